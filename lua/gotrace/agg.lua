-- agg.lua: tables that fill up while the trace is read and print themselves at
-- the end of the run, in the form that -F asks for.
--
-- Scripts get objects that have methods and nothing else (opaque.lua).
local format = require "gotrace.format"
local group = require "gotrace.group"
local measures = require "gotrace.measures"
local opaque = require "gotrace.opaque"

-- One script's tables are in the order in which it made them, and those of a
-- pipeline in the order of the scripts: one list for the run.
local all = {}

local library = {}

local function check_names(kind, ...)
  for i = 1, select("#", ...) do
    local name = select(i, ...)
    if type(name) ~= "string" then
      error(("%s: column names are strings, not %s"):format(kind, type(name)),
        3)
    end
  end
end

local function check_number(kind, what, value)
  if type(value) ~= "number" or value ~= value or value <= 0 then
    error(("%s: %s must be a number above 0, not %s"):format(kind, what,
      tostring(value)), 3)
  end
end

local public = { "add", "ns", "object", "top" }

-- The script's object of an aggregate.
local function keep(aggregate)
  all[#all + 1] = aggregate
  return opaque.of(aggregate, public)
end

-- rows(column, ...): a table that the script fills itself, row by row.
local Rows = {}
local rows_meta = { __index = Rows }

function library.rows(...)
  check_names("rows", ...)
  local self = { columns = { ... }, rows = {}, keyed = false }
  return keep(setmetatable(self, rows_meta))
end

function Rows:add(...)
  self.rows[#self.rows + 1] = { ... }
  return self.handle
end

-- JSON as one object: the first column is its keys, the second the values.
function Rows:object()
  self.keyed = true
  return self.handle
end

function Rows:table()
  return self
end

-- kind(what, key, ...): what is measured, and the columns of its keys.
for _, kind in ipairs { "count", "sum", "stats", "quantile", "hist" } do
  library[kind] = function(what, ...)
    what = what or kind
    check_names(kind, what, ...)
    return keep(group.new(measures[kind](what), { ... }))
  end
end

-- lhist(what, width, key, ...): buckets of that width.
function library.lhist(what, width, ...)
  check_names("lhist", what, ...)
  check_number("lhist", "the width of a bucket", width)
  return keep(group.new(measures.lhist(what, width), { ... }))
end

-- tseries(what, step, key, ...): sums for each step of time.
function library.tseries(what, step, ...)
  check_names("tseries", what, ...)
  check_number("tseries", "the step", step)
  return keep(group.new(measures.tseries(what, step), { ... }))
end

-- top(what, label, ...): the largest single values, with their labels.
local Top = {}
local top_meta = { __index = Top }

function library.top(what, ...)
  what = what or "top"
  check_names("top", what, ...)
  local self = { what = what, labels = { ... }, list = {}, limit = 10 }
  return keep(setmetatable(self, top_meta))
end

local function insert(list, row, at, limit)
  local i = #list
  while i > 0 and list[i][at] < row[at] do
    i = i - 1
  end
  table.insert(list, i + 1, row)
  list[limit + 1] = nil
end

-- add(label, ..., value)
function Top:add(...)
  local at = #self.labels + 1
  if select("#", ...) ~= at then
    error(("top: %d labels and a value expected, %d given"):format(at - 1,
      select("#", ...)), 2)
  end
  local row, list = { ... }, self.list
  if type(row[at]) ~= "number" then
    error("top: the value must be a number, not " .. type(row[at]), 2)
  elseif #list < self.limit or row[at] > list[#list][at] then
    insert(list, row, at, self.limit)
  end
end

-- top(n): as many of them.
function Top:top(n)
  check_number("top", "how many", n)
  self.limit = n
  return self.handle
end

-- ns(): the values are ns; text shows them as 1.5ms.
function Top:ns()
  self.unit = format.duration
  return self.handle
end

function Top:table()
  local columns, at = { unpack(self.labels) }, #self.labels + 1
  columns[at] = self.what
  return { columns = columns, rows = self.list, units = { [at] = self.unit } }
end

-- print_all(style, write): each table, an empty line between.
local function print_all(style, write)
  for i, aggregate in ipairs(all) do
    if i > 1 and style ~= "json" then
      write "\n"
    end
    local lines = format.table_lines(aggregate:table(), style)
    write(table.concat(lines, "\n"), "\n")
  end
end

return { library = library, print_all = print_all }
