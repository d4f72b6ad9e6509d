-- agg.lua: tables that fill up while the trace is read and print themselves at
-- the end of the run, in the form that -F asks for.
--
-- Scripts get objects that only their methods can change (proxy.lua). What is
-- no number, string or boolean becomes text as it is added: no script code runs
-- any more when the tables are printed.
local format = require "gotrace.tables.format"
local group = require "gotrace.tables.group"
local measures = require "gotrace.tables.measures"
local proxy = require "gotrace.base.proxy"

-- One script's tables are in the order in which it made them, and those of a
-- pipeline in the order of the scripts: one list for the run.
local all = {}

local library = {}

-- Where the script is from a check of a constructor's, as error counts: between
-- them is what finds a table that was made before (script/made.lua).
local SCRIPT = 5

local function check_names(kind, ...)
  for i = 1, select("#", ...) do
    local name = select(i, ...)
    if type(name) ~= "string" then
      error(("%s: column names are strings, not %s"):format(kind, type(name)),
        SCRIPT)
    end
  end
end

-- level: where the script is, as error counts.
local function check_number(kind, what, value, level)
  if type(value) ~= "number" or value ~= value or value <= 0 then
    error(("%s: %s must be a number above 0, not %s"):format(kind, what,
      tostring(value)), level or SCRIPT)
  end
end

-- Keeps the object and what makes a table of it (format.lua).
local function keep(object, table_of)
  all[#all + 1] = { object = object, table_of = table_of }
  return object
end

-- class(methods, table_of): objects with these methods, each called with what
-- the object stands for. Returns new(value).
local function class(methods, table_of)
  local values, new
  local own = {}
  for name, method in pairs(methods) do
    own[name] = function(object, ...)
      local value = values[object]
      if not value then
        error(("call it with a colon: x:%s()"):format(name), 2)
      end
      method(value, ...)
      return object
    end
  end
  local function shown(style, between)
    return function(object)
      local t = table_of(values[object])
      return table.concat(format.table_lines(t, style), between)
    end
  end
  local names = proxy.sorted_keys(own)
  new, values = proxy.class("table", "x:add() fills it", {
    __index = function(_, name)
      return own[name] or group.no_method(name, names)
    end,
    __pairs = function()
      return next, {}
    end,
    __tostring = shown("text", "\n"),
    __json = shown("json", ""),
  })
  return function(value)
    return keep(new(value), function(object)
      return table_of(values[object])
    end)
  end
end

local plain = { number = true, string = true, boolean = true, ["nil"] = true }

local function row_of(...)
  local row = { ... }
  for i = 1, select("#", ...) do
    if not plain[type(row[i])] then
      row[i] = tostring(row[i])
    end
  end
  return row
end

-- rows(column, ...): a table that the script fills itself, row by row.
local Rows = {}

function Rows.add(rows, ...)
  if select("#", ...) > #rows.columns then
    error(("rows: %d columns, and %d values for them"):format(#rows.columns,
      select("#", ...)), 3)
  end
  rows.rows[#rows.rows + 1] = row_of(...)
end

-- JSON as one object: the first column is its keys, the second the values.
function Rows.object(rows)
  if #rows.columns ~= 2 then
    error(("rows: an object has two columns, keys and values, not %d"):format(
      #rows.columns), 3)
  end
  rows.keyed = true
end

local new_rows = class(Rows, function(rows)
  return rows
end)

function library.rows(...)
  check_names("rows", ...)
  if select("#", ...) == 0 then
    error("rows: the names of its columns are missing", SCRIPT - 1)
  end
  return new_rows { columns = { ... }, rows = {}, keyed = false }
end

-- kind(what, key, ...): what is measured, and the columns of its keys.
for _, kind in ipairs { "count", "sum", "stats", "quantile", "hist" } do
  library[kind] = function(what, ...)
    what = what or kind
    check_names(kind, what, ...)
    return keep(group.new(measures[kind](what), { ... }), group.table_of)
  end
end

-- lhist(what, width, key, ...): buckets of that width.
function library.lhist(what, width, ...)
  check_names("lhist", what, ...)
  check_number("lhist", "the width of a bucket", width)
  return keep(group.new(measures.lhist(what, width), { ... }), group.table_of)
end

-- tseries(what, step, key, ...): sums for each step of time.
function library.tseries(what, step, ...)
  check_names("tseries", what, ...)
  check_number("tseries", "the step", step)
  return keep(group.new(measures.tseries(what, step), { ... }), group.table_of)
end

-- top(what, label, ...): the largest single values, with their labels.
local Top = {}

local function insert(list, row, at, limit)
  local i = #list
  while i > 0 and list[i][at] < row[at] do
    i = i - 1
  end
  table.insert(list, i + 1, row)
  list[limit + 1] = nil
end

-- add(label, ..., value)
function Top.add(top, ...)
  local at = #top.labels + 1
  if select("#", ...) ~= at then
    error(("top: %d labels and a value expected, %d given"):format(at - 1,
      select("#", ...)), 3)
  end
  local value, list = select(at, ...), top.list
  if type(value) ~= "number" then
    error("top: the value must be a number, not " .. type(value), 3)
  elseif #list < top.limit or value > list[#list][at] then
    insert(list, row_of(...), at, top.limit)
  end
end

-- top(n): as many of them.
function Top.top(top, n)
  check_number("top", "how many", n, 4)
  top.limit = n
end

-- ns(): the values are ns; text shows them as 1.5ms.
function Top.ns(top)
  top.unit = format.duration
end

local new_top = class(Top, function(top)
  local columns, at = { unpack(top.labels) }, #top.labels + 1
  columns[at] = top.what
  return { columns = columns, rows = top.list, units = { [at] = top.unit } }
end)

function library.top(what, ...)
  what = what or "top"
  check_names("top", what, ...)
  return new_top { what = what, labels = { ... }, list = {}, limit = 10 }
end

-- print_all(style, write): each table, an empty line between.
local function print_all(style, write)
  for i, aggregate in ipairs(all) do
    if i > 1 and style ~= "json" then
      write "\n"
    end
    local t = aggregate.table_of(aggregate.object)
    local lines = format.table_lines(t, style)
    write(table.concat(lines, "\n"), "\n")
  end
end

-- Whether any of them has something to say.
local function has_rows()
  for _, aggregate in ipairs(all) do
    if #aggregate.table_of(aggregate.object).rows > 0 then
      return true
    end
  end
  return false
end

return { library = library, print_all = print_all, has_rows = has_rows }
