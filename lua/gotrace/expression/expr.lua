-- expr.lua: -f and -p, and options that are expressions: Lua expressions in
-- which fields are bare names (expression.lua has what else they may say).
local around = require "gotrace.expression.around"
local errors = require "gotrace.base.errors"
local event = require "gotrace.event.event"
local expression = require "gotrace.syntax.expression"
local fields = require "gotrace.event.fields"
local format = require "gotrace.printing.format"
local functions = require "gotrace.expression.functions"
local mistakes = require "gotrace.expression.mistakes"
local output = require "gotrace.sandbox.output"
local proxy = require "gotrace.base.proxy"
local row_writer = require "gotrace.printing.row_writer"
local sandbox = require "gotrace.sandbox.sandbox"
local span_fields = require "gotrace.span.fields"
local suggest = require "gotrace.base.suggest"
local translation = require "gotrace.expression.translation"

-- bad(option, text, message): ends with exit status 2.
local function bad(option, text, message)
  errors.usage("%s '%s': %s", option, text, message)
end

-- A function of a library, as operators are: of what is nil it makes nil.
local function tolerant(fn)
  return function(...)
    for i = 1, select("#", ...) do
      if select(i, ...) == nil then
        return nil
      end
    end
    return fn(...)
  end
end

-- The globals of an expression; fields are not among them.
local function globals(about, unsafe)
  local base = sandbox.environment()
  if unsafe then
    sandbox.open(base)
  end
  for _, name in ipairs { "math", "string", "bit" } do
    for member, value in pairs(base[name]) do
      base[name][member] = type(value) == "function" and tolerant(value) or
        value
    end
  end
  for name, fn in pairs(functions.functions) do
    base[name] = fn
  end
  for name, fn in pairs(about.functions or {}) do
    base[name] = fn
  end
  base.trace = around.trace
  base[about.object] = about.value or event.ev
  return base
end

-- For functions in an expression, whose text is Lua's business: there a field
-- that the event lacks is nil, and what no event has is a mistake.
local function environment(about, option, text, base)
  return setmetatable({}, {
    __metatable = false,
    __index = function(_, name)
      local get = about.getters[name]
      if get then
        return (get(about.cur))
      elseif base[name] == nil then
        bad(option, text, mistakes.about(about, mistakes.no_field,
          tostring(name)))
      end
      return base[name]
    end,
    __newindex = function(_, name)
      error("an expression cannot set " .. tostring(name), 2)
    end,
  })
end

-- What is meant may be a field that only spans have.
local function span_hint(about, name)
  local near = about == mistakes.events and
    suggest.nearest(name, proxy.sorted_keys(span_fields.getters))
  local known = near and
    not suggest.nearest(name, proxy.sorted_keys(about.getters))
  if known and near == name then
    return (": %s is of spans, and this is about events"):format(name)
  end
  return known and (' (did you mean "%s", of spans?)'):format(near) or ""
end

local libraries = { math = true, string = true, bit = true, table = true,
  os = true }

-- What is wrong with a name in a tree: it is neither a field nor a global, or
-- what it is has no such member.
local function check_name(about, node, list, base)
  local of = node.op == "index" and node[1].op == "name" and node[1].name
  local key = of and node[2].op == "constant" and node[2].value
  if node.op == "name" and about ~= mistakes.events and
    mistakes.events.getters[node.name] and not about.getters[node.name] then
    local of_spans = node.name == "time" and ": theirs are from and to" or ""
    return ("%s is of events, and the line is about spans, by another field " ..
      "or --spans%s"):format(node.name, of_spans)
  elseif node.op == "name" and not about.getters[node.name] and
    base[node.name] == nil then
    return mistakes.no_field(node.name, list) .. span_hint(about, node.name)
  elseif key and of == "ev" and base.ev and not fields.strict[key] then
    return mistakes.no_field(tostring(key), list)
  elseif key and libraries[of] and base[of][key] == nil then
    return ('%s has no "%s"%s'):format(of, tostring(key),
      suggest.hint(tostring(key), proxy.sorted_keys(base[of])))
  end
end

local function wrong_name(about, list, base)
  for _, node in ipairs(list) do
    local wrong = mistakes.visit(node, function(inner)
      return check_name(about, inner, list, base)
    end)
    if wrong then
      return wrong
    end
  end
end

local function parse(about, text, base)
  local list, wrong = expression.parse(text)
  if not list then
    return nil, wrong
  end
  wrong = mistakes.about(about, wrong_name, about, list, base) or
    mistakes.about(about, mistakes.of, list)
  if wrong then
    return nil, wrong
  end
  return list
end

-- compile(about, option, text, unsafe): a function that yields the values of the
-- expressions in text for the event or span at hand, and their trees; or nil and
-- what is wrong. about: mistakes.events, or what span/subject.lua has.
local function compile(about, option, text, unsafe)
  local base = globals(about, unsafe)
  local list, wrong = parse(about, text, base)
  if not list then
    return nil, wrong
  end
  local code, sets = translation.translate(list, about.getters)
  local chunk, problem = load(code, "=" .. option, "t",
    environment(about, option, text, base))
  if not chunk then
    return nil, (problem:gsub("^[^:]*:%d+: ", ""))
  end
  return chunk(about.getters, about.cur, base, sets), list
end

-- The same of one expression.
local function compile_one(about, option, text, unsafe)
  local value, list = compile(about, option, text, unsafe)
  if value and #list > 1 then
    return nil, "one expression is wanted here: and, or put several together"
  end
  return value, list
end

-- asks_for_logs(list): whether trees of expressions about spans ask for logs of tasks.
local function asks_for_logs(list)
  for _, tree in ipairs(list) do
    local found = mistakes.visit(tree, function(node)
      return node.op == "name" and node.name == "log" or nil
    end)
    if found then
      return true
    end
  end
  return false
end

-- word_in(tree): the word that wants spans that it asks an event for, or nil.
local function word_in(node)
  return mistakes.visit(node, function(inner)
    local of_event = inner.op == "index" and inner[1].op == "name" and
      inner[1].name == "ev" and inner[2].value
    local name = inner.op == "name" and inner.name or of_event
    return fields.is_word_of_g[name] and name or nil
  end)
end

local conditions = setmetatable({}, { __mode = "k" })

-- word_of(value): the same of what condition made; nil of whatever else.
local function word_of(value)
  return conditions[value]
end

-- condition(text): a function that says whether the expression holds for the
-- event at hand; nil and what is wrong if it does not compile. For the options
-- of scripts.
local function condition(text)
  local holds, list = compile_one(mistakes.events, "expression", text)
  if not holds then
    return nil, list
  end
  local function is()
    return not not holds()
  end
  conditions[is] = word_in(list[1])
  return is
end

-- filter(about, text, unsafe): yields a function that says false for an event or span
-- that the expression does not hold for; and the expression's tree.
local function filter(about, text, unsafe)
  local holds, list = compile_one(about, "-f", text, unsafe)
  if not holds then
    bad("-f", text, list)
  end
  return function()
    if not holds() then
      return false
    end
  end, list[1]
end

-- What each expression of a list is called: as it is written.
local function written(text, list)
  local names = {}
  for i, node in ipairs(list) do
    names[i] = text:sub(node.first, node.last)
  end
  return names
end

-- The fields that the trees are, if they are nothing but fields of events.
local function only_fields(about, list)
  local names = {}
  for i, node in ipairs(list) do
    if about ~= mistakes.events or node.op ~= "name" or
      not about.getters[node.name] then
      return nil
    end
    names[i] = node.name
  end
  return names
end

-- printer(about, text, style, unsafe): a function that prints a line for the event or
-- span at hand, and the line to print before the first one, if any.
local function printer(about, text, style, unsafe)
  local all, list = compile(about, "-p", text, unsafe)
  if not all then
    bad("-p", text, list)
  end
  local names = written(text, list)
  local head = style == "csv" and format.csv_line(names, #names)
  local plain = only_fields(about, list)
  local lines = plain and row_writer.lines(names, style, plain)
  local slow = row_writer.writer(names, style, all, output.put_buffer)
  return output.line_printer(lines, slow), head
end

return { filter = filter, condition = condition, printer = printer,
  compile = compile, bad = bad, word_in = word_in, word_of = word_of,
  asks_for_logs = asks_for_logs }
