-- object.lua: what is known of a goroutine, a task, a proc ... as of the event or span at
-- hand, as objects that scripts read: trace.goroutine(id) and its like.
local maker = require("gotrace.span.fields").maker
local proxy = require "gotrace.base.proxy"
local suggest = require "gotrace.base.suggest"

local function no_field(kind, name, names)
  error(('a %s has no field "%s"%s; it has %s'):format(kind, tostring(name),
    suggest.hint(tostring(name), names), table.concat(names, ", ")), 3)
end

local function names_of(...)
  local names = {}
  for _, getters in ipairs { ... } do
    for name in pairs(getters) do
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

-- class(is): objects of one kind, by id.
--   kind    what messages call one
--   advice  what to say of an assignment
--   read    read(id): has the engine fill what `get` looks at; false: there is none
--   get     by name, a function of the id
--   own     the same of what is the script's, which needs no trace
--   label   label(id): its text, after read
-- Yields of(id), an object or nil; reset(), for a further trace: objects of one that is
-- over know nothing any more; and id_of(object), nil of whatever else.
local function class(is)
  local own = is.own or {}
  -- What no script keeps is made anew when it is asked for again.
  local names, weak = names_of(is.get, own), { __mode = "v" }
  local objects = setmetatable({}, weak)
  local new, values
  local meta = {}

  local function is_there(value)
    return maker.handle ~= nil and maker.handle == value.of and
      is.read(value.id)
  end

  function meta.__index(object, name)
    local value = values[object]
    if own[name] then
      return own[name](value.id)
    elseif not is.get[name] then
      no_field(is.kind, name, names)
    elseif is_there(value) then
      return is.get[name](value.id)
    end
  end

  function meta.__pairs(object)
    local known = {}
    for _, name in ipairs(names) do
      known[name] = object[name]
    end
    return proxy.pairs_of(known)
  end

  function meta.__tostring(object)
    local value = values[object]
    return is_there(value) and is.label(value.id) or
      ("%s %.0f"):format(is.kind, value.id)
  end

  new, values = proxy.class(is.kind, is.advice, meta)

  local function of(id)
    if not is.read(id) then
      return nil
    end
    objects[id] = objects[id] or new { id = id, of = maker.handle }
    return objects[id]
  end

  local function reset()
    objects = setmetatable({}, weak)
  end

  local function id_of(object)
    local value = object ~= nil and values[object]
    return value and value.id or nil
  end

  return of, reset, id_of
end

-- number(value): of an id or time of the engine; nil for its -1.
local function number(value)
  local n = tonumber(value)
  return n >= 0 and n or nil
end

-- numbers(get, raw, names): getters of such fields of a struct.
local function numbers(get, raw, names)
  for _, name in ipairs(names) do
    get[name] = function()
      return number(raw[name])
    end
  end
end

return { class = class, number = number, numbers = numbers }
