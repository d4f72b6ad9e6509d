-- proxy.lua: objects that scripts read and cannot change.
--
-- A proxy is a userdata with nothing in it, so rawset, next and table.insert
-- refuse it; what it shows is kept where no script can reach it. Stacks and
-- frames are as safe and lighter (strings.lua).
local getmetatable = debug.getmetatable

-- A copy of the fields, for pairs: next must not be handed the table itself.
local function pairs_of(fields)
  local copy = {}
  for key, value in pairs(fields) do
    copy[key] = value
  end
  return next, copy
end

local function metamethods(kind, advice, values)
  return {
    __metatable = false,
    -- With dots, as the getters (fields.lua).
    __index = function(proxy, name, ...)
      return values[proxy][name]
    end,
    __newindex = function(_, name)
      error(("cannot set %s.%s%s"):format(kind, tostring(name), advice), 2)
    end,
    __pairs = function(proxy)
      return pairs_of(values[proxy])
    end,
  }
end

-- class(kind, advice, meta): objects that messages call `kind`; advice says
-- what to do instead of setting a field, or is nil. new(value) makes one, values[proxy] is its
-- value: a table of fields, unless the metamethods in meta know better.
-- Returns new, values.
local function class(kind, advice, meta)
  advice = advice and ": " .. advice or ""
  local values = setmetatable({}, { __mode = "k" })
  local first = newproxy(true)
  local its = getmetatable(first)
  for name, method in pairs(metamethods(kind, advice, values)) do
    its[name] = meta and meta[name] or method
  end
  its.__tostring = meta and meta.__tostring
  return function(value)
    local proxy = newproxy(first)
    values[proxy] = value
    return proxy
  end, values
end

-- pairs of the scripts: LuaJIT's own asks no userdata for its __pairs.
local function each(t)
  local meta = type(t) == "userdata" and getmetatable(t)
  if meta and meta.__pairs then
    return meta.__pairs(t)
  end
  return pairs(t)
end

return { class = class, pairs = each, pairs_of = pairs_of }
