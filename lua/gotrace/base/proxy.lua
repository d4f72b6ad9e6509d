-- proxy.lua: objects that scripts read and cannot change.
--
-- A proxy is a userdata with nothing in it, so rawset, next and table.insert
-- refuse it; what it shows is kept where no script can reach it. Stacks and
-- frames are as safe and lighter (strings.lua).
local getmetatable, shown_metatable = debug.getmetatable, getmetatable

local rank = { number = 1, string = 2 }

-- Numbers come before strings, and keys of other kinds last.
local function key_less(a, b)
  local ra, rb = rank[type(a)] or 3, rank[type(b)] or 3
  if ra ~= rb then
    return ra < rb
  elseif ra == 1 then
    return a < b
  end
  return tostring(a) < tostring(b)
end

-- sorted_keys(t): the same for equal tables, which the order of next is not.
local function sorted_keys(t)
  local keys = {}
  for key in next, t do
    keys[#keys + 1] = key
  end
  table.sort(keys, key_less)
  return keys
end

-- For pairs: next must not be handed the fields themselves, and has no order.
local function pairs_of(fields)
  local keys, values, i = sorted_keys(fields), {}, 0
  for _, key in ipairs(keys) do
    values[key] = fields[key]
  end
  return function()
    i = i + 1
    return keys[i], values[keys[i]]
  end, values
end

-- Tables that scripts get, to do with as they like: pairs goes through them in
-- an order.
local ordered = { __metatable = false, __pairs = pairs_of }

local function in_order(t)
  return setmetatable(t, ordered)
end

-- is_in_order(t): whether it is such a table: one by names, be it empty.
local function is_in_order(t)
  return getmetatable(t) == ordered
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

-- kind(value): what a value is, in words: its type, or what an object is called.
local cdata_kind

local function kind_of(value)
  local meta = type(value) == "userdata" and getmetatable(value)
  return meta and meta.__kind or type(value) == "cdata" and cdata_kind and
    cdata_kind(value) or type(value)
end

-- kind_of_cdata(fn): fn names objects that are none of ours, or says nil.
local function set_kind_of_cdata(fn)
  cdata_kind = fn
end

local function is_text(value)
  local meta = type(value) == "userdata" and getmetatable(value)
  return type(value) == "string" or type(value) == "number" or
    meta and meta.__tostring or kind_of(value) ~= type(value)
end

-- a .. b where one of them is an object: of what can be shown.
local function concat(a, b)
  if not (is_text(a) and is_text(b)) then
    local other = a
    if is_text(a) then
      other = b
    end
    error(("attempt to concatenate a %s value"):format(type(other)), 2)
  end
  return tostring(a) .. tostring(b)
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
  its.__tostring = meta and meta.__tostring or function()
    return kind
  end
  its.__json = meta and meta.__json
  its.__kind, its.__concat = kind, concat
  return function(value)
    local proxy = newproxy(first)
    values[proxy] = value
    return proxy
  end, values
end

-- pairs of the scripts: LuaJIT's own asks for no __pairs. Whether a table is one
-- of ours is asked of those alone that hide their metatable: LuaJIT does not
-- compile debug.getmetatable.
local function each(t)
  local kind = type(t)
  local may_be_ours = kind == "userdata" or
    kind == "table" and shown_metatable(t) == false
  local meta = may_be_ours and getmetatable(t)
  if meta and (kind == "userdata" or meta == ordered) and meta.__pairs then
    return meta.__pairs(t)
  end
  return pairs(t)
end

-- iterate(names, values): the iterator of a pairs in which all was read beforehand.
local function iterate(names, values)
  local i = 0
  return function()
    i = i + 1
    return names[i], values[i]
  end
end

return {
  class = class,
  pairs = each,
  pairs_of = pairs_of,
  iterate = iterate,
  sorted_keys = sorted_keys,
  in_order = in_order,
  is_in_order = is_in_order,
  kind = kind_of,
  set_kind_of_cdata = set_kind_of_cdata,
  concat = concat,
}
