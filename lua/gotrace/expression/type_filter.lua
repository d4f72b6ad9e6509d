-- type_filter.lua: expressions that ask for an event's type and nothing else.
--
-- type ~= "UserLog", type == "A" or type == "B", not (type == "X"): such a one
-- can be answered once for each type instead of at each event. It is known by
-- its syntax: and, or, not, brackets, true, false, and comparisons of type with
-- a string. Whatever else there is in it, it is asked at each event.
local lexer = require "gotrace.syntax.lexer"
local spec = require "gotrace.engine.event_table"

-- Each rule takes the reader { tokens =, i = } and yields what it has read, as a
-- function of the type's name; nil if it is something else.
local rule = {}

local function at(reader, text)
  local token = reader.tokens[reader.i]
  return token and token.kind ~= "string" and token.text == text
end

local function take(reader, text)
  if at(reader, text) then
    reader.i = reader.i + 1
    return true
  end
end

-- `type` or a string: what it is for a type.
local function operand(reader)
  local token = reader.tokens[reader.i]
  reader.i = reader.i + 1
  if token and token.kind == "string" then
    return function()
      return token.value
    end, true
  elseif token and token.kind == "name" and token.text == "type" then
    return function(name)
      return name
    end, false
  end
end

function rule.comparison(reader)
  local left, left_is_string = operand(reader)
  local equal = take(reader, "==")
  if not left or not (equal or take(reader, "~=")) then
    return nil
  end
  local right, right_is_string = operand(reader)
  if right and left_is_string ~= right_is_string then
    return function(name)
      return (left(name) == right(name)) == (equal or false)
    end
  end
end

function rule.bracket(reader)
  local inner = rule["or"](reader)
  return take(reader, ")") and inner
end

-- What stands between and, or: `not` binds tighter than a comparison, so behind
-- it there has to be a bracket.
function rule.single(reader)
  for _, word in ipairs { "true", "false" } do
    if take(reader, word) then
      return function()
        return word == "true"
      end
    end
  end
  if take(reader, "(") then
    return rule.bracket(reader)
  elseif take(reader, "not") then
    local inner = (at(reader, "(") or at(reader, "not")) and rule.single(reader)
    return inner and function(name)
      return not inner(name)
    end
  end
  return rule.comparison(reader)
end

-- operands { word operand }, from the left.
local function chain(word, operands, join)
  rule[word] = function(reader)
    local left = rule[operands](reader)
    while left and take(reader, word) do
      local right = rule[operands](reader)
      left = right and join(left, right)
    end
    return left
  end
end

chain("and", "single", function(a, b)
  return function(name)
    return a(name) and b(name)
  end
end)
chain("or", "and", function(a, b)
  return function(name)
    return a(name) or b(name)
  end
end)

-- left_out(text): the types that the expression does not hold for, as a set of
-- ids; nil if it asks for more than the type.
local function left_out(text)
  local tokens = lexer.tokens(text)
  local reader = { tokens = tokens or {}, i = 1 }
  local holds = rule["or"](reader)
  if not holds or reader.i <= #reader.tokens then
    return nil
  end
  local ids = {}
  for id, row in pairs(spec.rows) do
    ids[id] = not holds(row.name) or nil
  end
  return ids
end

return { left_out = left_out }
