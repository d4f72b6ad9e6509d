-- plain.lua: expressions that compare an event's context with numbers and ask
-- for nothing else: g ~= 7, p == 0 or p == 1, g > 5 and m ~= 12. What they say of
-- an event the engine can tell.
local C = require "gotrace.engine.abi"
local ffi = require "ffi"

local MOST = tonumber(C.GOTRACE_MOST_COMPARISONS)
local fields = { g = C.GOTRACE_FIELD_G, p = C.GOTRACE_FIELD_P,
  m = C.GOTRACE_FIELD_M }
local signs = { ["=="] = C.GOTRACE_EQUALS, ["~="] = C.GOTRACE_DIFFERS,
  ["<"] = C.GOTRACE_LESS, ["<="] = C.GOTRACE_AT_MOST, [">"] = C.GOTRACE_MORE,
  [">="] = C.GOTRACE_AT_LEAST }
local turned = { ["<"] = ">", ["<="] = ">=", [">"] = "<", [">="] = "<=" }

local function bare(node)
  while node.op == "group" do
    node = node[1]
  end
  return node
end

-- field sign number, of a comparison either way round; nil if it is something else.
local function comparison(node)
  local a, b = bare(node[1]), bare(node[2])
  local sign = node.sign
  if a.op == "constant" then
    a, b, sign = b, a, turned[sign] or sign
  end
  local field = a.op == "name" and fields[a.name]
  local number = b.op == "constant" and type(b.value) == "number" and b.value
  if field and number and signs[sign] then
    return { field, signs[sign], number }
  end
end

local is_word = { ["and"] = true, ["or"] = true }

-- Adds those that stand between words of one kind; false if there is something
-- else.
local function collect(node, list)
  node = bare(node)
  local word = node.op == "binary" and node.sign
  if is_word[word] then
    local fits = (list.word or word) == word
    list.word = word
    return fits and collect(node[1], list) and collect(node[2], list)
  end
  local found = word and comparison(node)
  list[#list + 1] = found or nil
  return found and #list <= MOST
end

-- of(tree): gotrace_comparisons that say the same; nil: there are none.
local function of(tree)
  local list = {}
  if not collect(tree, list) then
    return nil
  end
  local out = ffi.new "gotrace_comparisons"
  out.any, out.len = list.word == "or", #list
  for i, each in ipairs(list) do
    local c = out.list[i - 1]
    c.field, c.sign, c.number = unpack(each)
  end
  return out
end

return { of = of }
