-- packed.lua: tables of scripts as plain values, for packing.lua. What is read is not
-- trusted: an error, a text without a place, says what is wrong.
--
-- A table: { how it is made, what is in it }. The first is all that merging wants to be the
-- same: { class, what, measure or columns, keys, settings ... }. The second, by class:
--   group   { key, ..., state, key, ..., state, ... }, by key (measures/packed.lua)
--   rows    { file, { cell, ... }, file, ... }, the rows of each file behind each other
--   top     { label, ..., value, ... }, the largest first
local agg = require "gotrace.tables.agg"
local group = require "gotrace.tables.group"
local keys = require "gotrace.tables.keys"
local largest = require "gotrace.tables.largest"
local layout = require "gotrace.tables.layout"
local measures = require "gotrace.measures.packed"
local object = require "gotrace.tables.object"
local value_of = require "gotrace.base.value"

local function refuse(what, ...)
  error(what:format(...), 0)
end

local function list(value)
  if type(value) ~= "table" or not value.n then
    refuse "a list is missing"
  end
  return value
end

local function name(value)
  return type(value) == "string" and value or refuse "a name is missing"
end

local function names(value)
  for i = 1, list(value).n do
    name(value[i])
  end
  return value
end

local function flag(value)
  return type(value) == "boolean" and value or
    value ~= false and refuse "neither true nor false" or nil
end

local function number(value)
  return type(value) == "number" and value == value and value or
    refuse "a number is missing"
end

local function unit(value)
  if value and not value_of.units[value] then
    refuse "there is no such unit"
  end
  return value or nil
end

local classes = {}

-- Groups

local Group = {}
classes.group = Group

function Group.describe(self)
  return { measures.describe(self.measure), { unpack(self.keys) },
    self.unit or false, self.order or false, self.limit or 0,
    self.shares or false }
end

function Group.make(what, plain)
  local made = agg.make(what, measures.of(plain[1]), unpack(names(plain[2])))
  local self = object.of(made).value
  self.unit, self.order = unit(plain[3]), plain[4] and name(plain[4]) or nil
  if self.order and layout.check_order(self, self.order) then
    refuse "it is sorted by no column"
  end
  self.limit = math.floor(number(plain[5]))
  self.shares = flag(plain[6]) and self.measure.share ~= nil or nil
end

function Group.pack(self)
  local items, plain, n = group.items(self), {}, #self.keys
  table.sort(items, function(a, b)
    return group.keys_less(a.keys, b.keys, n)
  end)
  for i, item in ipairs(items) do
    local at = (i - 1) * (n + 1)
    for k = 1, n do
      plain[at + k] = keys.pack(item.keys[k])
    end
    plain[at + n + 1] = measures.pack(self.measure, item.state)
  end
  plain.n = #items * (n + 1)
  return plain
end

local function key(plain)
  local one = keys.read_packed(plain)
  if one == nil or one ~= one then
    refuse "a key is missing"
  end
  return one
end

function Group.add(self, plain)
  local n = #self.keys
  if list(plain).n % (n + 1) ~= 0 then
    refuse "there are keys without a state"
  end
  for at = 0, plain.n - 1, n + 1 do
    local path = {}
    for k = 1, n do
      path[k] = key(plain[at + k])
    end
    self.measure.merge(group.make(self, path),
      measures.read(self.measure, plain[at + n + 1]))
  end
end

-- Rows

local Rows = {}
classes.rows = Rows

-- The name of what units are kept as.
local function unit_name(fn)
  for known, other in pairs(value_of.units) do
    if fn == other then
      return known
    end
  end
  return false
end

function Rows.describe(self)
  local units, pictures = {}, {}
  for i in ipairs(self.columns) do
    units[i] = unit_name(self.units[i])
    pictures[i] = self.pictures[i] or false
  end
  return { { unpack(self.columns) }, units, pictures, self.n_keys or false,
    self.keyed or false }
end

function Rows.make(_, plain)
  local columns = names(plain[1])
  if columns.n == 0 then
    refuse "there is no column"
  end
  local self = object.of(agg.library.rows(unpack(columns))).value
  for i in ipairs(columns) do
    self.units[i] = value_of.units[unit(list(plain[2])[i])]
    self.pictures[i] = flag(list(plain[3])[i])
  end
  self.n_keys = plain[4] and
    math.max(0, math.min(columns.n, math.floor(number(plain[4])))) or nil
  self.keyed = flag(plain[5]) and columns.n == 2 or nil
end

function Rows.pack(self)
  local plain, n = {}, #self.columns
  for _, block in ipairs(agg.blocks_of(self)) do
    local cells = { n = n * #block.rows }
    for i, row in ipairs(block.rows) do
      for k = 1, n do
        cells[(i - 1) * n + k] = keys.pack(row[k])
      end
    end
    plain[#plain + 1], plain[#plain + 2] = block.of, cells
  end
  return plain
end

local function rows_of(cells, n)
  local rows = {}
  if list(cells).n % n ~= 0 then
    refuse "a row is not whole"
  end
  for at = 0, cells.n - 1, n do
    local row = {}
    for k = 1, n do
      row[k] = keys.read_packed(cells[at + k])
    end
    rows[#rows + 1] = row
  end
  return rows
end

function Rows.add(self, plain)
  local blocks = {}
  for i = 1, list(plain).n, 2 do
    blocks[#blocks + 1] = { of = name(plain[i]),
      rows = rows_of(plain[i + 1], #self.columns) }
    if i > 1 and plain[i] <= plain[i - 2] then
      refuse "rows are in no order"
    end
  end
  agg.add_blocks(self, blocks)
end

-- The largest values

local Top = {}
classes.top = Top

function Top.describe(self)
  return { { unpack(self.labels) }, self.unit or false, self.limit }
end

function Top.make(what, plain)
  local self = object.of(agg.library.top(what,
    unpack(names(plain[1])))).value
  self.unit = unit(plain[2])
  if not (number(plain[3]) >= 1 and plain[3] < 2 ^ 31) then
    refuse "there is no place in it"
  end
  self.limit = math.floor(plain[3])
end

function Top.pack(self)
  local n = #self.labels + 1
  local plain = { n = n * #self.list }
  for i, row in ipairs(self.list) do
    for k = 1, n do
      plain[(i - 1) * n + k] = keys.pack(row[k])
    end
  end
  return plain
end

function Top.add(self, plain)
  local n = #self.labels + 1
  local rows = rows_of(plain, n)
  for _, row in ipairs(rows) do
    number(row[n])
  end
  largest.merge(self, { list = rows })
end

-- describe(one): how it is made; one: of object.all.
local function describe(one)
  local class = one.class.name
  return { class, one.class.what(one.value),
    classes[class].describe(one.value), one.given or false,
    one.is_optional or false, one.is_printed or false }
end

-- pack(one): what is in it.
local function pack(one)
  return classes[one.class.name].pack(one.value)
end

-- add(one, plain): as if what is packed there had been added.
local function add(one, plain)
  classes[one.class.name].add(one.value, plain)
end

-- make(plain): the table that was described, behind all others: an entry of object.all.
local function make(plain)
  local class = classes[list(plain)[1]]
  if not class then
    refuse "there is no such table"
  end
  class.make(name(plain[2]), list(plain[3]))
  local all = object.all()
  local one = all[#all]
  one.given = plain[4] and name(plain[4]) or nil
  one.is_optional, one.is_printed = flag(plain[5]), flag(plain[6])
  return one
end

return { describe = describe, pack = pack, add = add, make = make }
