-- aggregate.lua: -a: a table that fills up by what a text says (syntax/aggregate.lua).
--
-- What lacks a key is in the row of those that do; what lacks the value is not counted.
local agg = require "gotrace.tables.agg"
local expr = require "gotrace.expression.expr"
local kinds = require "gotrace.measures.kinds"
local mistakes = require "gotrace.expression.mistakes"
local parse = require("gotrace.syntax.aggregate").parse
local printable = require "gotrace.base.printable"
local suggest = require "gotrace.base.suggest"

local measures = agg.measures

-- How many arguments each takes, and whether it stands alone: its rows are none that
-- others could be columns of.
local shapes, names = {}, {}
for i, kind in ipairs(kinds) do
  local takes = kind.takes or 1
  shapes[kind.name] = { kind.least or takes, takes, alone = kind.alone }
  names[i] = kind.name
end

-- Units of fields, of events and spans.
local units = {}
for unit, list in pairs {
  ns = { "time", "from", "to", "dur", "self", "blocked" },
  bytes = { "heapalloc", "heapgoal", "swept", "reclaimed" },
} do
  for _, name in ipairs(list) do
    units[name] = unit
  end
end

-- stats.exec, stats.block_by.sync: all that is in `stats` is ns.
local function is_of_stats(node)
  return node.op == "index" and (is_of_stats(node[1]) or
    node[1].op == "name" and node[1].name == "stats")
end

local keeps_unit = { ["+"] = true, ["-"] = true }
local scales = { ["*"] = true, ["/"] = true }

-- unit_of(node): what an expression's value is in, as far as can be told.
local function unit_of(node)
  if node.op == "name" then
    return units[node.name]
  elseif node.op == "index" then
    return is_of_stats(node) and "ns" or nil
  elseif node.op == "group" or node.op == "unary" and node.sign == "-" then
    return unit_of(node[1])
  elseif node.op ~= "binary" then
    return nil
  end
  local a, b = unit_of(node[1]), unit_of(node[2])
  local scaled = scales[node.sign] and node[2].op == "constant" and
    not node[2].duration
  return (keeps_unit[node.sign] and a == b or scaled) and a or nil
end

-- What others call an aggregation.
local other_names = { avg = "mean", average = "mean", median = "quantile",
  percentile = "quantile", quantiles = "quantile", histogram = "hist",
  total = "sum" }

local function no_aggregation(name)
  local other = other_names[name:lower()]
  local hint = other and (' (did you mean "%s"?)'):format(other) or
    suggest.hint(name, names)
  if name:find "^[pP]%d+$" or other == "quantile" then
    hint = " (quantile has p50, p90, p99 and p99.9)"
  end
  return ("there is no aggregation %s%s; there are %s"):format(name, hint,
    table.concat(names, ", "))
end

-- What is wrong with a column; nil if nothing is.
local function column_problem(about, column, parts)
  local shape, n = shapes[column.fn], #column.args
  if not shape then
    return no_aggregation(column.fn)
  elseif n < shape[1] or n > shape[2] then
    return column.fn == "lhist" and
      "lhist wants a value and how wide a bucket is: lhist(dur, 10us)" or
      n > shape[2] and column.fn == "quantile" and
      "quantile wants no share: quantile(dur) has columns for p50, p90, " ..
      "p99, p99.9 and the largest" or
      ("%s wants %s: %s(dur)"):format(column.fn, "what to measure", column.fn)
  elseif shape.alone and (#parts.columns > 1 or parts.every) then
    return ("%s stands alone: no column beside it, and no every"):format(
      column.fn)
  elseif column.fn == "lhist" and
    type(column.args[2].node.value) ~= "number" then
    return "lhist wants a number as the width of a bucket: lhist(dur, 10us)"
  elseif column.fn ~= "count" then
    return mistakes.about(about, mistakes.number_problem, column.fn,
      column.args[1].node)
  end
end

local function check(about, text, parts)
  for _, column in ipairs(parts.columns) do
    local problem = column_problem(about, column, parts)
    if problem then
      expr.bad("-a", text, problem)
    end
  end
end

-- What a column is called.
local function heading(column)
  return column.name or #column.args == 0 and column.fn or column.text
end

-- Whether a column is a sum of time that passes: of a series each step gets its part.
local function is_spread(column)
  return column.fn == "sum" and column.args[1].text == "dur"
end

local function measure_of(column)
  local make, arg = measures[column.fn], column.args[1]
  local width = column.args[2] and column.args[2].node.value
  local measure = make(heading(column), width)
  measure.unit = arg and column.fn ~= "count" and unit_of(arg.node) or nil
  return measure
end

local function key_names(parts)
  local list = {}
  for i, key in ipairs(parts.by) do
    list[i] = key.name
  end
  return list
end

-- The table that the text stands for.
local function table_of(parts)
  local first = parts.columns[1]
  if first.fn == "top" then
    local top = agg.library.top(heading(first), unpack(key_names(parts)))
    return unit_of(first.args[1].node) and
      top:unit(unit_of(first.args[1].node)) or top
  end
  local list = {}
  for i, column in ipairs(parts.columns) do
    list[i] = measure_of(column)
  end
  local measure = list[2] and measures.columns(list) or list[1]
  if parts.every then
    measure = measures.tseries(measure, parts.every)
  end
  return agg.make("-a", measure, unpack(key_names(parts)))
end

-- The expression of what a column measures: something for each that a count counts.
local function value_text(column)
  if #column.args == 0 then
    return "1"
  elseif column.fn == "count" then
    return ("((%s) and 1 or nil)"):format(column.args[1].text)
  end
  return "(" .. column.args[1].text .. ")"
end

-- The variables of what is added, and the expressions for them: times of a series, then a
-- value for each column.
local function inputs_of(about, parts)
  local list, texts = {}, {}
  if parts.every then
    local ends = about == mistakes.events and "time" or "to"
    list, texts = { "at" }, { ends }
  end
  for i, column in ipairs(parts.columns) do
    list[#list + 1], texts[#texts + 1] = "v" .. i, value_text(column)
  end
  return list, texts
end

-- What add gets behind the keys: not what is spread, and a count alone takes no value.
local function added_of(parts, inputs)
  local list, first = {}, parts.every and 1 or 0
  for i = 1, first do
    list[i] = inputs[i]
  end
  for i, column in ipairs(parts.columns) do
    local spread = parts.every and is_spread(column)
    local alone = #parts.columns == 1
    if not (alone and (spread or column.fn == "count")) then
      list[#list + 1] = spread and "nil" or inputs[first + i]
    end
  end
  return list
end

local function listed(...)
  local parts = {}
  for _, list in ipairs { ... } do
    for _, text in ipairs(list) do
      parts[#parts + 1] = text
    end
  end
  return table.concat(parts, ", ")
end

-- The calls for one event or span, as Lua text.
local function calls_of(parts, inputs, keys)
  local calls, alone = {}, #parts.columns == 1
  for i, column in ipairs(parts.columns) do
    if parts.every and is_spread(column) then
      calls[#calls + 1] = ("object:spread(%s)"):format(listed(keys,
        { ("at - v%d"):format(i), "at" }, { not alone and i or nil }))
    end
  end
  if not (alone and calls[1]) then
    calls[#calls + 1] = ("object:add(%s)"):format(listed(keys,
      added_of(parts, inputs)))
  end
  return table.concat(calls, " ")
end

-- What must be there: the value where it is one.
local function condition_of(parts, inputs)
  return #parts.columns == 1 and inputs[#inputs] .. " ~= nil" or "true"
end

local text_of_each = [[
local values, object = ...
return function()
  local ALL = values()
  if WANTED then
    CALLS
  end
end]]

-- The function that adds what is at hand: a chunk, so that it is compiled with as many
-- variables as there are.
local function adder(parts, inputs, values, object)
  local keys = {}
  for i in ipairs(parts.by) do
    keys[i] = "k" .. i
  end
  local text = text_of_each:gsub("%f[%u]%u%u%u+%f[%U]", {
    ALL = listed(inputs, keys),
    WANTED = condition_of(parts, inputs),
    CALLS = calls_of(parts, inputs, keys),
  })
  local chunk = assert(load(text, "@lua/gotrace/expression/aggregate.lua", "t",
    {}))
  return chunk(values, object)
end

-- Whether the engine can count by itself: all events, by their type.
local function is_counted(about, parts)
  local column = parts.columns[1]
  return about == mistakes.events and #parts.columns == 1 and
    column.fn == "count" and #column.args == 0 and not parts.every and
    #parts.by == 1 and parts.by[1].text == "type"
end

-- What to say where nothing was added.
local function when_empty(about, text)
  local one, shown = "span", "count() by kind, name"
  if about == mistakes.events then
    one, shown = "event", "count() by type"
  end
  return ("-a '%s': no row: no %s that is looked at has what it asks for; " ..
    "-a '%s' shows what the trace has"):format(printable.line(text), one, shown)
end

-- make(about, text, unsafe): a function that adds the event or span at hand to the table
-- that text stands for, and whether it looks at nothing but an event's type. A mistake
-- ends with exit status 2. about: as in expr.lua.
local function make(about, text, unsafe)
  local parts, problem = parse(text)
  if not parts then
    expr.bad("-a", text, problem)
  end
  check(about, text, parts)
  local inputs, texts = inputs_of(about, parts)
  for _, key in ipairs(parts.by) do
    texts[#texts + 1] = "(" .. key.text .. ")"
  end
  local values, wrong = expr.compile(about, "-a", table.concat(texts, ", "),
    unsafe)
  if not values then
    expr.bad("-a", text, wrong)
  end
  local object = table_of(parts)
  if parts.top then
    object:top(parts.top)
  end
  object:when_empty(when_empty(about, text))
  return adder(parts, inputs, values, object), is_counted(about, parts)
end

return { make = make, names = names }
