-- mistakes.lua: expressions that are right by their syntax and hold for no event
-- of any trace: a word that a field never has, a time compared with text. Each
-- is refused with what was meant, as far as that can be guessed.
local expression = require "gotrace.syntax.expression"
local fields = require "gotrace.event.fields"
local functions = require "gotrace.expression.functions"
local go_names = require "gotrace.event.go_names"
local hooks = require "gotrace.event.hooks"
local proxy = require "gotrace.base.proxy"
local stack_pattern = require "gotrace.engine.stack_pattern"
local stacks = require "gotrace.engine.stacks"
local suggest = require "gotrace.base.suggest"
local words = require "gotrace.event.words"

local compares = { ["=="] = true, ["~="] = true, ["<"] = true, ["<="] = true,
  [">"] = true, [">="] = true }

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

for _, name in ipairs { "func", "task_name", "region" } do
  kind_of[name] = "text"
end
kind_of.trace = "trace"

-- What expressions are about, if not spans (span/subject.lua): the getters of fields,
-- what these are, and the words that they can be.
local events = { name = "event", getters = fields.lenient, cur = fields.cur,
  object = "ev", kind_of = kind_of, words = words }
local subject = events

-- about(what, fn, ...): fn(...) where expressions are about that.
local function about(what, fn, ...)
  local before = subject
  subject = what
  local a, b = fn(...)
  subject = before
  return a, b
end

local function quoted(text)
  return ('"%s"'):format(text)
end

-- What is meant by "Go*".
local function beginning(name, value)
  local start = value:match "^([%w_ ]+)%*$"
  if start then
    return (': %s:find "^%s" asks how it begins'):format(name, start)
  elseif value:find "[*?]" then
    return (": %s:find \"...\" asks for a pattern"):format(name)
  end
end

local FEW = 6 -- words that a message lists

local function word_hint(value, list)
  local hint = suggest.hint(value, list)
  if hint ~= "" then
    return hint
  end
  return #list <= FEW and (": there are %s"):format(table.concat(list, ", ")) or
    "; gotrace-lua -lv lists what there is"
end

-- A word that the field never has, and is not what a damaged trace may say.
local function wrong_word(name, value)
  local list = subject.words[name]
  if not list or value:find "^%?" or value:find "^status %d" then
    return nil
  end
  for _, word in ipairs(list) do
    if word == value then
      return nil
    end
  end
  local alias = subject == events and name == "type" and hooks.aliases[value]
  if alias then
    return ("%s is of older traces, and shown as type == %s%s"):format(value,
      quoted(alias[1]), alias[2] and " with reason == " ..
      quoted(alias[2]) or "")
  end
  return ("no trace has %s %s%s"):format(name, quoted(value),
    beginning(name, value) or word_hint(value, list))
end

local function wrong_number(name, value)
  local is_number = tonumber(value) or expression.duration(value)
  local hint = is_number and (": write %s without quotes"):format(value) or ""
  local is_time = name == "time" or name == "from" or name == "to" or
    name == "dur" or name == "self" or name == "blocked"
  local what = is_time and "ns, such as 1500 or 5ms," or "a number"
  return ("%s is %s and never text%s"):format(name, what, hint)
end

-- What is wrong with a comparison of what is of a kind with a constant, or nil.
local function wrong_for(name, kind, value)
  local given = type(value)
  if kind == "number" and given == "string" then
    return wrong_number(name, value)
  elseif kind == "stack" and given ~= "nil" then
    return ("%s is a list of frames: compare %s.leaf.func"):format(name, name)
  elseif kind == "frame" and given ~= "nil" then
    return ("%s is a frame: compare %s.func"):format(name, name)
  elseif kind == "trace" and given ~= "nil" then
    return "trace is the trace that is read: compare trace.file"
  elseif kind == "text" and given == "number" then
    return ("%s is text: in quotes, \"%s\""):format(name, value)
  elseif kind == "text" and given == "string" then
    return wrong_word(name, value)
  end
end

-- The same of a field.
local function wrong_constant(name, value)
  return wrong_for(name, subject.kind_of[name], value)
end

local function field_of(node)
  if node.op == "group" then
    return field_of(node[1])
  elseif node.op == "index" and node[1].op == "name" and
    node[1].name == subject.object then
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

-- What is in a stack, and in a frame: kinds by names.
local parts_of = {
  stack = { leaf = "frame", root = "frame", user = "frame", id = "number" },
  frame = { func = "text", file = "text", line = "number", pc = "number",
    pkg = "text", std = "boolean" },
}
local asks_of_stack = { has = true, match = true, folded = true }

-- The kind of what a tree is, and its name: a field, and what is in a stack.
local function kind_at(node)
  local name = field_of(node)
  if name then
    return subject.kind_of[name], name
  elseif node.op ~= "index" then
    return nil
  end
  local of, whole = kind_at(node[1])
  local key = node[2].op == "constant" and node[2].value
  if of == "stack" and type(key) == "number" then
    return "frame", ("%s[%s]"):format(whole, key)
  elseif parts_of[of] and key then
    return parts_of[of][key], whole .. "." .. tostring(key)
  end
end

local what = { number = "a number", text = "text", stack = "a list of frames",
  frame = "a frame", boolean = "true or false",
  trace = "the trace that is read" }

-- Two fields, or a field and a constant.
local function check_pair(a, b)
  local kind, name = kind_at(a)
  local other_kind, other = kind_at(b)
  if name and b.op == "constant" then
    return wrong_for(name, kind, b.value)
  elseif kind and other_kind and kind ~= other_kind then
    return ("%s is %s, and %s is %s"):format(name, what[kind], other,
      what[other_kind])
  end
end

-- in wants a list: what is none for sure.
local function wrong_list(node)
  local list, value = node[2], node[2].value
  local kind = kind_at(list)
  if list.op == "constant" and value ~= nil then
    return ("in wants a list: %s in {%s}"):format(field_of(node[1]) or "x",
      list.text)
  elseif list.op == "constant" or kind == "number" or kind == "text" or
    list.op == "unary" or list.op == "in" then
    return "in wants a list, such as {1, 2}"
  elseif kind == "stack" then
    return ("in wants a list of values, and %s is one of frames: compare " ..
      "%s.leaf.func, or tostring(%s):find \"...\""):format(field_of(list),
      field_of(list), field_of(list))
  end
end

local function check_list(node)
  if node[2].op ~= "table" then
    return wrong_list(node)
  end
  for _, value in ipairs(node[2]) do
    local wrong = check_pair(node[1], value)
    if wrong then
      return wrong
    end
  end
end

local arithmetic = { ["+"] = true, ["-"] = true, ["*"] = true, ["/"] = true,
  ["%"] = true, ["^"] = true }

local function check_arithmetic(node)
  for i = 1, 2 do
    local kind, name = kind_at(node[i])
    if kind and kind ~= "number" then
      return ("%s is %s, and no number to calculate with"):format(name,
        what[kind])
    end
  end
end

local asks = { "find", "match", "gmatch", "gsub", "format", "rep", "sub",
  "upper", "lower", "byte", "len", "reverse" }
local is_ask = {}
for _, name in ipairs(asks) do
  is_ask[name] = true
end

-- What is asked of a stack.
local function check_stack(node)
  local given = node[2] and node[2].op == "constant" and #node == 2 and
    node[2].value
  if given and node.name == "has" then
    return stacks.word_problem(given)
  elseif type(given) == "string" and node.name == "match" then
    local pattern, why = stack_pattern.compile(given)
    return not pattern and ("the pattern '%s': %s"):format(given, why) or nil
  end
end

local function check_method(node)
  local kind, name = kind_at(node[1])
  if kind == "stack" and asks_of_stack[node.name] then
    return check_stack(node)
  end
  if kind == "number" then
    return ("%s is a number: it has no %s"):format(name, node.name)
  elseif kind == "stack" then
    return ("%s is a list of frames: it is tostring(%s):%s, or %s.leaf.func:%s")
      :format(name, name, node.name, name, node.name)
  elseif kind == "frame" then
    return ("%s is a frame: it is %s.func:%s"):format(name, name, node.name)
  elseif kind == "text" and not is_ask[node.name] then
    return ("text has no %s%s"):format(node.name, node.name == "contains" and
      ": it is " .. name .. ":find" or suggest.hint(node.name, asks))
  end
end

local function check_call(node)
  local wrong = functions.problem(node, kind_at)
  if wrong then
    return wrong
  end
  local kind, name = kind_at(node[1])
  return kind and ("%s is %s here, a field of the %s, and no function")
    :format(name, what[kind], subject.name)
end

-- A key that is not there.
local function check_index(node)
  local kind, name = kind_at(node[1])
  local key = node[2].op == "constant" and node[2].value
  if kind == "text" and key and is_ask[key] then
    return ("%s is called with a colon: %s:%s"):format(key, name, key)
  elseif kind == "text" or kind == "number" then
    return ("%s is %s, and has no fields"):format(name, what[kind])
  elseif parts_of[kind] and type(key) == "string" and
    not parts_of[kind][key] then
    local names = proxy.sorted_keys(parts_of[kind])
    return ('%s is %s: it has no "%s"%s, but %s'):format(name, what[kind], key,
      suggest.hint(key, names), table.concat(names, ", "))
  end
end

local orders = { ["<"] = true, ["<="] = true, [">"] = true, [">="] = true }

-- a < b < c.
local function check_chain(node)
  local left = node[1]
  if left.op == "binary" and orders[left.sign] then
    return ("a %s b %s c compares a truth with c: it is a %s b and b %s c")
      :format(left.sign, node.sign, left.sign, node.sign)
  end
end

local checks = { ["in"] = check_list, method = check_method, call = check_call,
  index = check_index }

local function check(node)
  if checks[node.op] then
    return checks[node.op](node)
  elseif node.op == "binary" and compares[node.sign] then
    return orders[node.sign] and check_chain(node) or
      check_pair(node[1], node[2]) or check_pair(node[2], node[1])
  elseif node.op == "binary" and arithmetic[node.sign] then
    return check_arithmetic(node)
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
  for name in pairs(subject.getters) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- Whether it is a word of some field, or an event's name.
local function is_word(name)
  for _, list in pairs(subject.words) do
    for _, word in ipairs(list) do
      if word == name then
        return true
      end
    end
  end
  return hooks.is_event(name)
end

-- The text that a bare name was meant to be, if it is compared with a field.
local function meant_text(name, list)
  local function look(node)
    local pair = node.op == "binary" and compares[node.sign] or node.op == "in"
    for i = 1, pair and 2 or 0 do
      local field, other = field_of(node[i]), node[3 - i]
      local is_it = visit(other, function(inner)
        return inner.op == "name" and inner.name == name or nil
      end)
      if subject.kind_of[field or ""] == "text" and is_it then
        return suggest.nearest(name, subject.words[field] or {}) or name
      end
    end
  end
  for _, node in ipairs(list) do
    local text = visit(node, look)
    if text then
      return text
    end
  end
end

-- The text that a bare name stands for, or nil where a field is nearer.
local function unquoted(name, list)
  if is_word(name) then
    return name
  end
  local field = suggest.nearest(name, field_names())
  local text = meant_text(name, list)
  return (not field or subject.kind_of[field] ~= "text") and text or nil
end

-- Whether a field is text.
local function is_text(field)
  return subject.kind_of[field] == "text"
end

-- The word of a field that a bare name stands for, or the name.
local function nearest_word(field, name)
  return suggest.nearest(name, subject.words[field] or {}) or name
end

-- What Go and its tools call a field that there is here, or nil.
local function go_name(name)
  local go = go_names[name:lower()]
  local is_here = go and (subject == events or
    subject.getters[go[1]:match "^%a+"] ~= nil)
  return is_here and go or nil
end

-- no_field(name, list): what to say of a name that is none here; list: the trees
-- that it is in, or nil.
local function no_field(name, list)
  local go, text = go_name(name), unquoted(name, list or {})
  local hint = suggest.hint(name, field_names())
  if name == "call" then -- a column of syscalls
    hint = ": the function that a stack is in is stack.leaf.func"
  elseif go then
    hint = (": %s is %s here"):format(go[2], go[1])
  elseif text then
    hint = (": text is in quotes, %s"):format(quoted(text))
  end
  return ('no field is called "%s"%s'):format(name, hint)
end

-- number_problem(name, node): what is wrong with a tree as what an aggregation of that name
-- measures; nil: nothing, or it cannot be told.
local function number_problem(name, node)
  local kind, of_what = kind_at(node)
  if kind and kind ~= "number" then
    return ("%s wants a number, and %s is %s"):format(name, of_what, what[kind])
  end
end

return {
  about = about,
  events = events,
  of = of,
  no_field = no_field,
  number_problem = number_problem,
  visit = visit,
  constant_pair = constant_pair,
  comparison = wrong_constant,
  is_text = is_text,
  nearest_word = nearest_word,
}
