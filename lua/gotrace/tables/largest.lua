-- largest.lua: the largest single values, with their labels: { what, labels: names,
-- list: rows, the largest first, limit, unit }.
local keys = require "gotrace.tables.keys"
local group = require "gotrace.tables.group"
local value_of = require "gotrace.base.value"

local DEFAULT = 10

local function new(what, labels)
  return { what = what, labels = labels, list = {}, limit = DEFAULT }
end

-- comes_behind(a, b, at): whether row a does; equal values are in the order of their
-- labels, whatever order they came in.
local function comes_behind(a, b, at)
  if a[at] ~= b[at] then
    return a[at] < b[at]
  end
  return group.keys_less(b, a, at - 1)
end

local function row_of(at, ...)
  local row = { ... }
  for i = 1, at - 1 do
    row[i] = row[i] == nil and keys.none or keys.cell(row[i])
  end
  row[at] = row[at] + 0 -- no -0
  return row
end

local function insert(top, row, at)
  local list = top.list
  local i = #list
  while i > 0 and comes_behind(list[i], row, at) do
    i = i - 1
  end
  table.insert(list, i + 1, row)
  list[top.limit + 1] = nil
end

-- add(top, ...): labels and a value. Blames the third level for a mistake.
local function add(top, ...)
  local at = #top.labels + 1
  if select("#", ...) ~= at then
    error(("top: %d labels and a value expected, %d given"):format(at - 1,
      select("#", ...)), 3)
  end
  local value, list = select(at, ...), top.list
  if type(value) ~= "number" or value - value ~= 0 then
    error("top: the value must be a number, not " ..
      (type(value) == "number" and value or type(value)), 3)
  elseif #list < top.limit or value >= list[#list][at] then
    insert(top, row_of(at, ...), at)
  end
end

local function merge(top, other)
  local at = #top.labels + 1
  for _, row in ipairs(other.list) do
    insert(top, row, at)
  end
end

-- limit(top, n): as many of them.
local function limit(top, n)
  top.limit = n
  for i = #top.list, n + 1, -1 do
    top.list[i] = nil
  end
end

local function table_of(top)
  local columns, at = { unpack(top.labels) }, #top.labels + 1
  columns[at] = top.what
  return { columns = columns, rows = top.list,
    units = { [at] = value_of.units[top.unit] } }
end

return {
  new = new,
  add = add,
  merge = merge,
  limit = limit,
  table_of = table_of,
}
