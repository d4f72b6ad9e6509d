-- translation.lua: an expression's tree as Lua text that LuaJIT compiles.
--
-- Fields are read by their getters, and an operation on what is nil, as is each
-- field that the event at hand lacks, is nil and no error: that is what the
-- operators' helpers see to. Where both sides are never nil, or Lua's own
-- operator does not mind, there is no helper.

-- The chunk's arguments: F getters by name, C the view of the event, B globals,
-- S sets of constants.
local head = "local F, C, B, S = ... "

local helpers = {
  index = "function(o, k) if o == nil then return nil end return o[k] end",
  length = "function(o) if o == nil then return nil end return #o end",
  negative = "function(a) if a == nil then return nil end return -a end",
  call = "function(f, ...) if f == nil then return nil end return f(...) end",
  method = "function(o, name, ...) if o == nil then return nil end " ..
    "return o[name](o, ...) end",
  -- Of a string: what it is asked about may be a field, too.
  ask = "function(o, name, a, ...) if o == nil or a == nil then " ..
    "return nil end return o[name](o, a, ...) end",
  find = "function(a, list) if list == nil then return nil end " ..
    "local kind = B.type(list) if kind ~= 'table' and kind ~= 'cdata' then " ..
    "B.error('in wants a list, such as {1, 2}, not a ' .. kind, 0) end " ..
    "for i = 1, #list do if list[i] == a then " ..
    "return true end end return false end",
}
local names = {
  ["+"] = "add", ["-"] = "subtract", ["*"] = "multiply", ["/"] = "divide",
  ["%"] = "modulo", ["^"] = "power", [".."] = "concat", ["<"] = "less",
  [">"] = "greater", ["<="] = "at_most", [">="] = "at_least",
}
for sign, name in pairs(names) do
  helpers[name] = ("function(a, b) if a == nil or b == nil then return nil " ..
    "end return a %s b end"):format(sign)
end

-- Fields that every event has.
local always = { type = true, time = true, n = true, gen = true, off = true,
  stack = true }

local rank = { ["or"] = 1, ["and"] = 2, ["=="] = 3, ["~="] = 3 }

-- Whether a node's value is never nil, as far as can be seen.
local function is_never_nil(node)
  if node.op == "constant" then
    return node.value ~= nil
  elseif node.op == "name" then
    return always[node.name] or false
  elseif node.op == "group" then
    return is_never_nil(node[1])
  elseif node.op == "binary" and names[node.sign] then
    return is_never_nil(node[1]) and is_never_nil(node[2])
  end
  return false
end

local text_of

-- t: what the translation has so far: { fields, used, sets }.
local function use(t, name, ...)
  t.used[name] = true
  local parts = {}
  for i = 1, select("#", ...) do
    parts[i] = select(i, ...)
  end
  return ("%s(%s)"):format(name, table.concat(parts, ", "))
end

-- In brackets where its operator binds less than the one around it.
local function operand(t, node, around)
  local text = text_of(t, node)
  local own = node.op == "binary" and (rank[node.sign] or 0)
  return own and own < around and "(" .. text .. ")" or text
end

local write = {}

function write.constant(_, node)
  return type(node.value) == "number" and node.text:find "^%-" and
    "(" .. node.text .. ")" or node.text
end

function write.raw(_, node)
  return node.text
end

function write.name(t, node)
  return (t.fields[node.name] and "F.%s(C)" or "B.%s"):format(node.name)
end

function write.group(t, node)
  return "(" .. text_of(t, node[1]) .. ")"
end

-- ev.reason is as reason: a field that may be missing.
local function field_of_event(t, node)
  local of, key = node[1], node[2]
  return of.op == "name" and of.name == "ev" and key.op == "constant" and
    t.fields[key.value] and key.value
end

local function is_library(t, node)
  return node.op == "name" and not t.fields[node.name] and node.name ~= "ev"
end

function write.index(t, node)
  local field = field_of_event(t, node)
  if field then
    return ("F.%s(C)"):format(field)
  end
  local of, key = text_of(t, node[1]), text_of(t, node[2])
  if is_library(t, node[1]) then
    return ("%s[%s]"):format(of, key)
  end
  return use(t, "index", of, key)
end

local function texts(t, list, first)
  local parts = {}
  for i = first, #list do
    parts[#parts + 1] = text_of(t, list[i])
  end
  return parts
end

function write.call(t, node)
  local fn = node[1]
  local known = is_library(t, fn) or fn.op == "index" and is_library(t, fn[1])
  if known then
    return ("%s(%s)"):format(text_of(t, fn), table.concat(texts(t, node, 2),
      ", "))
  end
  return use(t, "call", unpack(texts(t, node, 1)))
end

-- What strings are asked: find, match, sub ... cannot do without an argument.
local asks = { find = true, match = true, gmatch = true, gsub = true,
  rep = true, sub = true }

function write.method(t, node)
  local helper = asks[node.name] and "ask" or "method"
  return use(t, helper, text_of(t, node[1]), ("%q"):format(node.name),
    unpack(texts(t, node, 2)))
end

function write.table(t, node)
  local parts = {}
  for i, value in ipairs(node) do
    local key = node.keys[i]
    parts[i] = (key and ("[%s] = "):format(text_of(t, key)) or "") ..
      text_of(t, value)
  end
  return "{" .. table.concat(parts, ", ") .. "}"
end

function write.unary(t, node)
  local sign, inner = node.sign, node[1]
  local text = text_of(t, inner)
  if sign == "not" then
    return ("not (%s)"):format(text)
  elseif sign == "-" and is_never_nil(inner) then
    return ("(- (%s))"):format(text)
  end
  return use(t, sign == "-" and "negative" or "length", text)
end

function write.binary(t, node)
  local sign, a, b = node.sign, node[1], node[2]
  local own = rank[sign]
  if own then -- of equal rank the left one is first, as in Lua
    return ("%s %s %s"):format(operand(t, a, own), sign, operand(t, b,
      own + 1))
  elseif is_never_nil(node) then
    return ("(%s %s %s)"):format(text_of(t, a), sign, text_of(t, b))
  end
  return use(t, names[sign], text_of(t, a), text_of(t, b))
end

-- The set of a list's values, if all are constants.
local function set_of(list)
  local set = {}
  for i, value in ipairs(list) do
    if value.op ~= "constant" or value.value == nil or list.keys[i] then
      return nil
    end
    set[value.value] = true
  end
  return set
end

write["in"] = function(t, node)
  local a, list = text_of(t, node[1]), node[2]
  local set = list.op == "table" and set_of(list)
  if not set then
    return use(t, "find", a, text_of(t, list))
  end
  t.sets[#t.sets + 1] = set
  return ("(S[%d][index_of(%s)] or false)"):format(#t.sets, a)
end

function text_of(t, node)
  return write[node.op](t, node)
end

local function definitions(used)
  local parts = {}
  for name in pairs(used) do
    parts[#parts + 1] = ("local %s = %s "):format(name, helpers[name])
  end
  table.sort(parts)
  return table.concat(parts)
end

-- nil is in no set, and cannot be looked for.
local index_of = "local function index_of(a) if a == nil then return S end " ..
  "return a end "

-- translate(list, fields): for the trees of a list the text of a chunk that
-- yields a function, which yields their values; and the sets for the chunk.
-- fields: which names are fields.
local function translate(list, fields)
  local t = { fields = fields, used = {}, sets = {} }
  local parts = {}
  for i, node in ipairs(list) do
    parts[i] = "(" .. text_of(t, node) .. ")"
  end
  local body = ("return function() return %s end"):format(table.concat(parts,
    ", "))
  return head .. (#t.sets > 0 and index_of or "") .. definitions(t.used) ..
    body, t.sets
end

return { translate = translate }
