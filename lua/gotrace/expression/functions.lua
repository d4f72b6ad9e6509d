-- functions.lua: what expressions can call beside Lua's libraries:
--
--   match(x, "regexp")    whether the regular expression is found in the text x
--   has(stack, "func")    whether the function, or package, is in the stack
--
-- Of a field that the event lacks both are nil, as operators are. What is written in the
-- expression is checked before a trace is read (problem).
local regexp = require "gotrace.base.regexp"
local stacks = require "gotrace.engine.stacks"

local functions = {}

local MOST = 1000
local compiled, count = {}, 0 -- by text

local function compile(text)
  local re, why = regexp.try(text)
  if not re then
    error(("the regular expression '%s': %s"):format(text, why), 0)
  elseif count == MOST then
    compiled, count = {}, 0
  end
  count = count + 1
  compiled[text] = re
  return re
end

function functions.match(text, pattern)
  if text == nil or pattern == nil then
    return nil
  end
  return (compiled[pattern] or compile(pattern)):match(tostring(text))
end

function functions.has(stack, word)
  if stack == nil or word == nil then
    return nil
  elseif not stacks.id_of(stack) then
    error("has wants a stack: has(stack, \"time.Sleep\")", 0)
  end
  return (stack:has(word))
end

-- What is wrong with the text that one of them is given, by name; nil if nothing is.
local check_text = {}

function check_text.match(value)
  if type(value) ~= "string" then
    return "match wants a regular expression in quotes"
  end
  local re, why = regexp.try(value)
  return not re and ("the regular expression '%s': %s"):format(value, why) or
    nil
end

function check_text.has(value)
  return stacks.word_problem(value)
end

local shape = {
  match = 'match wants text and a regular expression: match(reason, "^chan")',
  has = 'has wants a stack and a function: has(stack, "time.Sleep")',
}

local in_words = { number = "a number", text = "text", frame = "a frame",
  boolean = "true or false" }

-- What is wrong with the first argument, of which the kind and name may be known.
local function wrong_subject(name, kind, what)
  if name == "match" and kind == "stack" then
    return ('match wants text, and %s is a list of frames: has(%s, ' ..
      '"time.Sleep")'):format(what, what)
  elseif name == "match" and kind == "frame" then
    return ("match wants text, and %s is a frame: %s.func"):format(what, what)
  elseif name == "has" and kind and kind ~= "stack" then
    return ("has wants a stack, and %s is %s"):format(what, in_words[kind])
  end
end

-- problem(node, kind_at): what is wrong with a call of one of them in an expression's
-- tree; nil if nothing is, or it cannot be told. kind_at(node): the kind of a value and
-- its name, as far as they are known.
local function problem(node, kind_at)
  local fn = node[1]
  local name = fn.op == "name" and functions[fn.name] and fn.name
  if not name then
    return nil
  elseif #node ~= 3 then
    return shape[name]
  end
  return wrong_subject(name, kind_at(node[2])) or
    node[3].op == "constant" and check_text[name](node[3].value) or nil
end

return { functions = functions, problem = problem }
