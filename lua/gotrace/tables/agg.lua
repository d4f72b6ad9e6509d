-- agg.lua: the tables that scripts make: they fill up while the trace is read, can
-- be read meanwhile, and print themselves at the end of the run, in the form that -F
-- asks for.
--
-- What is no number, string, boolean or key object (keys.lua) becomes text as it
-- is added: no script code runs any more when the tables are printed.
local arrival = require "gotrace.measures.arrival"
local group = require "gotrace.tables.group"
local keys = require "gotrace.tables.keys"
local largest = require "gotrace.tables.largest"
local layout = require "gotrace.tables.layout"
local kinds = require "gotrace.measures.kinds"
local measures = require "gotrace.measures.measures"
local object = require "gotrace.tables.object"
local proxy = require "gotrace.base.proxy"
local suggest = require "gotrace.base.suggest"
local sums = require("gotrace.base.lazy").of "gotrace.tables.sums"
local goroutine_sums =
  require("gotrace.base.lazy").of "gotrace.tables.goroutine_sums"
local value_of = require "gotrace.base.value"

local library = {}

-- Where the script is from a check of a constructor's, as error counts: between
-- them is what finds a table that was made before (script/made.lua). Constructors end
-- in tail calls, which are no level.
local SCRIPT = 5

-- Where it is from a method's, and from what the method calls.
local CALLER = 3

local function check_names(kind, ...)
  for i = 1, select("#", ...) do
    local name = select(i, ...)
    if type(name) ~= "string" then
      error(("%s: column names are strings, not %s"):format(kind, type(name)),
        SCRIPT)
    end
  end
end

local function check_number(kind, what, value)
  if type(value) ~= "number" or value - value ~= 0 or value <= 0 then
    error(("%s: %s must be a number above 0, not %s"):format(kind, what,
      tostring(value)), SCRIPT)
  end
end

local function set_unit(value, unit)
  if not value_of.units[unit] then
    error(("unit wants \"ns\", \"bytes\" or \"%%\", not %s"):format(
      type(unit) == "string" and ('"%s"'):format(unit) or proxy.kind(unit)),
      CALLER + 1)
  end
  value.unit = unit
end

-- Setters of groups.
local Group = {}

-- top(n): only the n first rows; 0 is all.
function Group.top(self, n)
  if type(n) ~= "number" or n ~= n then
    error("top wants a number, not " .. (n ~= n and "NaN" or type(n)), CALLER)
  end
  self.limit = math.floor(n)
end

-- unit(name): what text shows values in: "ns" as 1.5ms, "bytes" as 1.5KiB, "%".
function Group.unit(self, unit)
  set_unit(self, unit)
end

function Group.ns(self)
  self.unit = "ns"
end

-- sort(column): by that column, the largest first; by "key" or a key's column, the
-- least first.
function Group.sort(self, column)
  local problem = layout.check_order(self, column)
  if problem then
    error(problem, CALLER)
  end
  self.order = column
end

-- percent(): a column more: the share of all.
function Group.percent(self)
  if not self.measure.share then
    error(("%s: a part of a %s says nothing: percent is for counts and sums")
      :format(self.measure.kind, self.measure.kind), CALLER)
  end
  self.shares = true
end

function Group.clear(self)
  group.clear(self)
end

local function check_spread(self, given, from, to)
  local n, parts = #self.keys, self.measure.several and 1 or 0
  if not self.measure.spread then
    error(("%s: spread is for a tseries: it shares a time out to steps that " ..
      "sum up"):format(self.measure.kind), CALLER + 1)
  elseif given ~= n + 2 + parts then
    error(("tseries: %d keys and two times expected, %d given"):format(n,
      given), CALLER + 1)
  end
  for _, time in ipairs { from or false, to or false } do
    if type(time) ~= "number" or time - time ~= 0 then
      error("tseries: spread wants two times in ns behind the keys, not " ..
        (type(time) == "number" and time or proxy.kind(time)), CALLER + 1)
    end
  end
end

-- spread(key, ..., from, to): the time between is added to each step, as far as it
-- lies in it; where there are several measures the number of one stands behind.
function Group.spread(self, ...)
  local n, given = #self.keys, select("#", ...)
  local from, to, part = select(n + 1, ...)
  check_spread(self, given, from, to)
  local list = group.key_list(self, n, unpack({ ... }, 1, n))
  local problem = self.measure.spread(group.make(self, list), from, to, part)
  if problem then
    error("tseries: spread: " .. problem, CALLER)
  end
end

-- The sum that a value is, of spans (tables/sums.lua) or a figure of goroutines
-- (tables/goroutine_sums.lua); nil: it is none.
local function raw_sum(value)
  return value ~= nil and
    (sums().raw(value) or goroutine_sums().raw(value)) or nil
end

-- Blames the script for a sum that the measure cannot be made of; nil: none is added.
local function check_sum(measure, sum)
  if not measure.add_sum then
    error(("%s: it is not made of sums"):format(measure.kind), CALLER + 1)
  elseif sum and measure.quantiles and not sum.sketch then
    error(("%s: it wants sums { quantiles = true }"):format(measure.kind),
      CALLER + 1)
  end
end

-- add_sum(key, ..., sum): what was summed up of spans, as if each span's `dur` had been
-- added; of a figure of goroutines as if each goroutine's had.
function Group.add_sum(self, ...)
  local n, given = #self.keys, select("#", ...)
  local sum = given == n + 1 and raw_sum((select(given, ...)))
  if not sum then
    error(("%s: add_sum wants %d keys and a sum behind them"):format(
      self.measure.kind, n), CALLER)
  end
  check_sum(self.measure, sum)
  local list = group.key_list(self, n, unpack({ ... }, 1, n))
  self.measure.add_sum(group.make(self, list), sum)
end

-- add_sums(key, ..., sum, ...): the same of `columns`, with a sum for each measure; nil is
-- not counted.
function Group.add_sums(self, ...)
  local n, parts = #self.keys, self.measure.parts
  if not parts then
    error(("%s: add_sums is for columns"):format(self.measure.kind), CALLER)
  elseif select("#", ...) ~= n + #parts then
    error(("columns: add_sums wants %d keys and %d sums, not %d values")
      :format(n, #parts, select("#", ...)), CALLER)
  end
  local given, raw = { ... }, {}
  for i, measure in ipairs(parts) do
    raw[i] = raw_sum(given[n + i])
    if given[n + i] ~= nil and not raw[i] then
      error(("columns: value %d is no sum"):format(i), CALLER)
    end
    check_sum(measure, raw[i])
  end
  local list = group.key_list(self, n, unpack(given, 1, n))
  local state = group.make(self, list)
  for i, measure in ipairs(parts) do
    if raw[i] then
      measure.add_sum(state[i], raw[i])
    end
  end
end

-- What a script can read.
local Read = {}

-- Where nothing was added there is no row, but a count and a sum of 0.
local function value_at(self, state)
  if state == nil and self.measure.share and #self.measure.columns == 1 then
    state = self.measure.new()
  end
  return state ~= nil and layout.read(self, state) or nil
end

-- get(key, ...): what there is of these keys: a number, a table by column, or a list of
-- them; nil for nothing.
function Read.get(self, ...)
  local list = group.key_list(self, select("#", ...), ...)
  return value_at(self, group.find(self, list))
end

-- total(): the same of all keys together.
function Read.total(self)
  return layout.read(self, group.total(self))
end

-- each(): an iterator over the keys and what there is of them, in the order in which
-- they are printed, those behind top's limit too.
function Read.each(self)
  local items, i, n = layout.sorted(self), 0, #self.keys
  return function()
    i = i + 1
    local item, row = items[i], {}
    for k = 1, item and n or 0 do
      row[k] = keys.get(item.keys[k])
    end
    row[n + 1] = item and layout.read(self, item.state)
    return unpack(row, 1, n + 1)
  end
end

local new_group, groups = object.class {
  name = "group",
  setters = Group,
  readers = Read,
  table_of = layout.table_of,
  has_rows = group.has_rows,
  merge = group.merge,
  what = function(self)
    return self.what
  end,
}

-- make(what, measure, ...): a table of that measure, with those columns of keys.
local function make(what, measure, ...)
  local self = group.new(groups, measure, { ... })
  self.what = what
  return new_group(self)
end

-- Measures of one row: what columns and steps of time may have.
local one_row = {}
for _, kind in ipairs(kinds) do
  if not kind.alone then
    one_row[#one_row + 1], one_row[kind.name] = kind.name, true
  end
end

-- kind(what, key, ...): what is measured, and the columns of its keys.
local function maker_of(kind)
  return function(what, ...)
    what = what or kind
    check_names(kind, what, ...)
    return make(what, measures[kind](what), ...)
  end
end

for _, kind in ipairs(kinds) do
  if not kind.special then
    library[kind.name] = maker_of(kind.name)
  end
end

-- The measure that a column of `columns` says: "sum blocked", or { "sum size", unit =
-- "bytes" }.
local function column_of(given)
  local text, unit = given, nil
  if type(given) == "table" then
    text, unit = given[1], given.unit
  end
  local kind, what = tostring(text):match "^(%a+) (.+)$"
  local known = kind and one_row[kind]
  if not known then
    error(('columns: "%s": a column is a measure and its name, such as ' ..
      '"sum time"%s; measures are %s'):format(tostring(text),
      suggest.hint(kind or "", one_row), table.concat(one_row, ", ")), SCRIPT)
  end
  local measure = measures[kind](what)
  if unit ~= nil and not value_of.units[unit] then
    error(('columns: "%s": a unit is "ns", "bytes" or "%%"'):format(text),
      SCRIPT)
  end
  measure.unit = unit or measure.unit
  return measure
end

-- The columns that a list says.
local function columns_of(list)
  local all = {}
  for i, text in ipairs(list) do
    all[i] = column_of(text)
  end
  return measures.columns(all)
end

-- columns { by = { key, ... }, "MEASURE NAME", ... }: several measures of one row each,
-- as columns of one table, sorted by the first. add takes the keys and a value for each;
-- nil is not counted.
function library.columns(spec)
  local by = type(spec) == "table" and spec.by or {}
  if type(spec) ~= "table" or type(by) ~= "table" or #spec == 0 then
    error('columns wants { by = { "key" }, "count times", "sum time" }', SCRIPT)
  end
  local measure = columns_of(spec)
  check_names("columns", unpack(by))
  return make("columns", measure, unpack(by))
end

-- lhist(what, width, key, ...): buckets of that width.
function library.lhist(what, width, ...)
  check_names("lhist", what, ...)
  check_number("lhist", "the width of a bucket", width)
  return make(what, measures.lhist(what, width), ...)
end

local function measure_of_steps(name, what)
  name = name or "sum"
  if type(name) == "table" and #name > 0 then
    return columns_of(name)
  end
  if not one_row[name] then
    error(("tseries: there is no measure %s%s; there are %s"):format(
      tostring(name), suggest.hint(tostring(name), one_row),
      table.concat(one_row, ", ")), SCRIPT)
  end
  return measures[name](what)
end

-- how: { measure = its name, or a list as of columns; rows = how many at most }, both optional.
local function make_series(how, what, step, ...)
  check_names("tseries", what, ...)
  check_number("tseries", "the step", step)
  if how.rows ~= nil then
    check_number("tseries", "how many rows", how.rows)
  end
  local of_step = measure_of_steps(how.measure, what)
  local series = measures.tseries(of_step, step, how.rows)
  series.bars = type(how.measure) == "table" and 2 or series.bars
  return make(what, series, ...)
end

-- tseries(what, step, key, ...): sums for each step of time; of another measure
-- tseries { what, step, key, ..., measure = "max", rows = 40 }: of more rows several in a
-- row become one. measure = { "max heap", "max goal" }: several columns, with bars of the
-- first; add takes a value for each.
function library.tseries(what, ...)
  if type(what) ~= "table" then
    return make_series({}, what, ...)
  end
  return make_series(what, unpack(what, 1, table.maxn(what)))
end

-- rows(column, ...): a table that the script fills itself, row by row.
local Rows = {}

-- object(): JSON as one object: the first column is its keys, the second the values.
function Rows.object(rows)
  if #rows.columns ~= 2 then
    error(("rows: an object has two columns, keys and values, not %d"):format(
      #rows.columns), CALLER)
  end
  rows.keyed = true
end

local function check_column(rows, name)
  for i, column in ipairs(rows.columns) do
    if column == name then
      return i
    end
  end
  error(('rows: there is no column "%s"%s'):format(tostring(name),
    suggest.hint(tostring(name), rows.columns)), CALLER + 1)
end

-- unit(unit, column, ...): text shows the numbers of these columns in it.
function Rows.unit(rows, unit, ...)
  if not value_of.units[unit] then
    error('rows: a unit is "ns", "bytes" or "%"', CALLER)
  end
  for i = 1, select("#", ...) do
    local name = select(i, ...)
    rows.units[check_column(rows, name)] = value_of.units[unit]
  end
end

-- first(n): the first n columns say what a row is about: text may shorten them, and has places
-- in the code last.
function Rows.first(rows, n)
  if type(n) ~= "number" or n % 1 ~= 0 or n < 0 or n > #rows.columns then
    error("rows: first wants how many of its columns are keys", CALLER)
  end
  rows.n_keys = n
end

-- picture(column): its texts show what goroutines did, or boxes (├ ┤): a terminal has them in
-- colours.
function Rows.picture(rows, name)
  rows.pictures[check_column(rows, name)] = true
end

function Rows.clear(rows)
  rows.rows, rows.marks = {}, {}
end

-- each_row(list, n): an iterator over rows of n cells, with their numbers first, as a
-- cell may be nil.
local function each_row(list, n)
  local i = 0
  return function()
    i = i + 1
    local row = {}
    for k = 1, list[i] and n or 0 do
      row[k] = keys.get(list[i][k])
    end
    if list[i] then
      return i, unpack(row, 1, n)
    end
  end
end

local RowsRead = {}

-- each(): an iterator over the rows: number and cells.
function RowsRead.each(rows)
  return each_row(rows.rows, #rows.columns)
end

-- Rows are in the order of the files that they are of (arrival.lua): marks[i] says of which
-- file those from `first` on are.

local function mark(rows)
  local marks, of = rows.marks, arrival.of()
  if #marks == 0 or marks[#marks].of ~= of then
    marks[#marks + 1] = { of = of, first = #rows.rows + 1 }
  end
end

-- blocks_of(rows): { of =, rows = } for each file.
local function blocks_of(rows)
  local blocks = {}
  for i, at in ipairs(rows.marks) do
    local behind = rows.marks[i + 1] and rows.marks[i + 1].first or
      #rows.rows + 1
    blocks[i] = { of = at.of, rows = {} }
    for k = at.first, behind - 1 do
      table.insert(blocks[i].rows, rows.rows[k])
    end
  end
  return blocks
end

local function put_blocks(rows, blocks)
  for _, block in ipairs(blocks) do
    local marks = rows.marks
    if #marks == 0 or marks[#marks].of ~= block.of then
      marks[#marks + 1] = { of = block.of, first = #rows.rows + 1 }
    end
    for _, row in ipairs(block.rows) do
      rows.rows[#rows.rows + 1] = row
    end
  end
end

-- add_blocks(rows, blocks): each to its place. The rows of one file stay in their order.
local function add_blocks(rows, blocks)
  local last = rows.marks[#rows.marks]
  if #blocks > 0 and last and blocks[1].of < last.of then
    local all = blocks_of(rows)
    for i, block in ipairs(all) do
      block.n = i
    end
    for i, block in ipairs(blocks) do
      all[#all + 1], block.n = block, #rows.marks + i
    end
    table.sort(all, function(a, b)
      return a.of < b.of or a.of == b.of and a.n < b.n
    end)
    rows.rows, rows.marks, blocks = {}, {}, all
  end
  put_blocks(rows, blocks)
end

local new_rows, rows_of = object.class {
  name = "rows",
  setters = Rows,
  readers = RowsRead,
  table_of = function(rows)
    return { columns = rows.columns, rows = rows.rows, keyed = rows.keyed,
      keys = rows.n_keys, units = rows.units, pictures = rows.pictures }
  end,
  has_rows = function(rows)
    return #rows.rows > 0
  end,
  merge = function(rows, other)
    put_blocks(rows, blocks_of(other))
  end,
  what = function()
    return "rows"
  end,
}

local function add_row(one, ...)
  local rows = rows_of[one]
  if not rows then
    error("call it with a colon: x:add()", 2)
  elseif select("#", ...) > #rows.columns then
    error(("rows: %d columns, and %d values for them"):format(#rows.columns,
      select("#", ...)), 2)
  end
  local row = { ... }
  for i = 1, #rows.columns do
    row[i] = keys.cell(row[i])
  end
  mark(rows)
  rows.rows[#rows.rows + 1] = row
  return one
end

function library.rows(...)
  check_names("rows", ...)
  if select("#", ...) == 0 then
    error("rows: the names of its columns are missing", SCRIPT - 1)
  end
  return new_rows { columns = { ... }, rows = {}, marks = {}, units = {},
    pictures = {}, add = add_row }
end

-- top(what, label, ...): the largest single values, with their labels.
local Top = {}

function Top.top(top, n)
  if type(n) ~= "number" or not (n >= 1 and n < 2 ^ 31) then
    error("top: how many must be a number above 0, not " .. tostring(n), CALLER)
  end
  largest.limit(top, math.floor(n))
end

function Top.unit(top, unit)
  set_unit(top, unit)
end

function Top.ns(top)
  top.unit = "ns"
end

function Top.clear(top)
  top.list = {}
end

local TopRead = {}

-- each(): an iterator over number, labels and value, the largest first.
function TopRead.each(top)
  return each_row({ unpack(top.list) }, #top.labels + 1)
end

local new_top, tops = object.class {
  name = "top",
  setters = Top,
  readers = TopRead,
  table_of = largest.table_of,
  has_rows = function(top)
    return #top.list > 0
  end,
  merge = largest.merge,
  what = function(top)
    return top.what
  end,
}

local function add_top(one, ...)
  local top = tops[one] or error("call it with a colon: x:add()", 2)
  largest.add(top, ...)
  return one
end

function library.top(what, ...)
  what = what or "top"
  check_names("top", what, ...)
  local top = largest.new(what, { ... })
  top.add = add_top
  return new_top(top)
end

return {
  library = library,
  make = make,
  measures = measures,
  merge = object.merge,
  blocks_of = blocks_of,
  add_blocks = add_blocks,
  print_all = object.print_all,
  has_rows = object.has_rows,
  empty = object.empty,
  set_put = object.set_put,
}
