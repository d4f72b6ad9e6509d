-- mistakes.lua: expressions that are right by their syntax and hold for no event
-- of any trace: a word that a field never has, a time compared with text. Each
-- is refused with what was meant, as far as that can be guessed.
local expression = require "gotrace.script.expression"
local fields = require "gotrace.event.fields"
local hooks = require "gotrace.script.hooks"
local suggest = require "gotrace.base.suggest"
local words = require "gotrace.event.words"

local compares = { ["=="] = true, ["~="] = true, ["<"] = true, ["<="] = true,
  [">"] = true, [">="] = true }

-- What an expression looks at that has another name in Go.
local go_names = {
  category = { "key", "trace.Log's category" },
  message = { "value", "trace.Log's message" },
  regiontype = { "name", "the type of a region" },
  tasktype = { "name", "the type of a task" },
  goid = { "g", "a goroutine's number" },
  goroutine = { "g", "a goroutine's number" },
  proc = { "p", "a proc's number" },
  thread = { "m", "a thread's number" },
  ts = { "time", "an event's time" },
  timestamp = { "time", "an event's time" },
  stk = { "stack", "a stack" },
  parent = { "parent_task", "the task that a task is part of" },
  null = { "nil", "what is not there" },
  none = { "nil", "what is not there" },
}

local numbers = { NUM = true, G = true, P = true, M = true, TASK = true }

-- What a field is: "number", "text", "stack", or nil if that depends.
local kind_of = { type = "text", time = "number", m = "number", p = "number",
  g = "number", n = "number", gen = "number", off = "number" }
for name, kinds in pairs(fields.places) do
  for kind in pairs(kinds) do
    local is = numbers[kind] and "number" or kind == "STACK" and "stack" or
      "text"
    kind_of[name] = kind_of[name] == nil and is or kind_of[name] == is and is
  end
end

local function quoted(text)
  return ('"%s"'):format(text)
end

-- A word that the field never has, and is not what a damaged trace may say.
local function wrong_word(name, value)
  local list = words[name]
  if not list or value:find "^%?" or value:find "^status %d" then
    return nil
  end
  for _, word in ipairs(list) do
    if word == value then
      return nil
    end
  end
  local alias = name == "type" and hooks.aliases[value]
  if alias then
    return ("%s is of older traces, and shown as type == %s%s"):format(value,
      quoted(alias[1]), alias[2] and " with reason == " ..
      quoted(alias[2]) or "")
  end
  return ("no trace has %s %s%s"):format(name, quoted(value),
    suggest.hint(value, list))
end

local function wrong_number(name, value)
  local is_number = tonumber(value) or expression.duration(value)
  local hint = is_number and (": write %s without quotes"):format(value) or ""
  local what = name == "time" and "ns, such as 1500 or 5ms," or "a number"
  return ("%s is %s and never text%s"):format(name, what, hint)
end

-- What is wrong with a comparison of a field with a constant, or nil.
local function wrong_constant(name, value)
  local kind, given = kind_of[name], type(value)
  if kind == "number" and given == "string" then
    return wrong_number(name, value)
  elseif kind == "stack" and given ~= "nil" then
    return ("%s is a list of frames: compare %s.leaf.func"):format(name, name)
  elseif kind == "text" and given == "number" then
    return ("%s is text: in quotes, \"%s\""):format(name, value)
  elseif kind == "text" and given == "string" then
    return wrong_word(name, value)
  end
end

local function field_of(node)
  if node.op == "group" then
    return field_of(node[1])
  elseif node.op == "index" and node[1].op == "name" and
    node[1].name == "ev" then
    return node[2].op == "constant" and node[2].value
  end
  return node.op == "name" and node.name
end

-- constant_pair(a, b): the field and the constant that two trees are, in whichever
-- order; nil if they are something else.
local function constant_pair(a, b)
  if a.op == "constant" then
    a, b = b, a
  end
  local name = field_of(a)
  if name and b.op == "constant" then
    return name, b.value
  end
end

local function check_pair(a, b)
  local name = field_of(a)
  if name and b.op == "constant" then
    return wrong_constant(name, b.value)
  end
end

local function check_list(node)
  if node[2].op ~= "table" then
    return nil
  end
  for _, value in ipairs(node[2]) do
    local wrong = check_pair(node[1], value)
    if wrong then
      return wrong
    end
  end
end

local function check(node)
  if node.op == "binary" and compares[node.sign] then
    return check_pair(node[1], node[2]) or check_pair(node[2], node[1])
  elseif node.op == "in" then
    return check_list(node)
  end
end

-- visit(node, fn): fn of the node and all below it, up to the first that says
-- something. What a table's keys and a raw text hold is not looked at.
local function visit(node, fn)
  local said = fn(node)
  for i = 1, said and 0 or #node do
    said = visit(node[i], fn)
    if said then
      break
    end
  end
  return said
end

-- of(list): the first mistake in the trees of a list, or nil.
local function of(list)
  for _, node in ipairs(list) do
    local wrong = visit(node, check)
    if wrong then
      return wrong
    end
  end
end

local function field_names()
  local names = {}
  for name in pairs(fields.lenient) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- no_field(name): what to say of a name that is none here.
local function no_field(name)
  local go = go_names[name:lower()]
  local hint = go and (": %s is %s here"):format(go[2], go[1]) or
    suggest.hint(name, field_names())
  return ('no field is called "%s"%s'):format(name, hint)
end

return { of = of, no_field = no_field, visit = visit, go_names = go_names,
  constant_pair = constant_pair }
