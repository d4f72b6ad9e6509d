-- layout.lua: a group as a table to print: which rows, in which order, and what their
-- columns say.
local group = require "gotrace.tables.group"
local suggest = require "gotrace.base.suggest"
local value = require "gotrace.base.value"

-- Rows of a measure, read once.
local function rows_of(self, item)
  item.rows = item.rows or self.measure.rows(item.state)
  return item.rows
end

local function weight_of(self, item)
  item.weight = item.weight or self.measure.weight(item.state)
  return item.weight
end

-- Sorts by value_of(item), the largest first; equal ones by key, so that output does
-- not depend on how a table happens to be laid out.
local function sort_by(items, value_of)
  table.sort(items, function(a, b)
    local va, vb = value_of(a), value_of(b)
    if va ~= vb then
      return va > vb
    end
    return group.keys_less(a.keys, b.keys)
  end)
end

-- The number of a name in a list, or nil.
local function place_of(name, list)
  for i, other in ipairs(list) do
    if other == name then
      return i
    end
  end
end

local function sort_by_key(items, first)
  table.sort(items, function(a, b)
    local ka, kb = { a.keys[first] }, { b.keys[first] }
    if group.keys_less(ka, kb) or group.keys_less(kb, ka) then
      return group.keys_less(ka, kb)
    end
    return group.keys_less(a.keys, b.keys)
  end)
end

-- sorted(self): all items, in their order.
local function sorted(self)
  local items, order = group.items(self), self.order
  local column = order and place_of(order, self.measure.columns)
  if column then
    sort_by(items, function(item)
      local row = rows_of(self, item)[1]
      return value.number_of(row and row[column]) or -math.huge
    end)
  elseif order then
    sort_by_key(items, place_of(order, self.keys) or 1)
  else
    sort_by(items, function(item)
      return weight_of(self, item)
    end)
  end
  return items
end

-- check_order(self, column): what is wrong with sorting by that, or nil.
local function check_order(self, column)
  local names = { "key" }
  for _, name in ipairs(self.keys) do
    names[#names + 1] = name
  end
  for _, name in ipairs(self.measure.many and {} or self.measure.columns) do
    names[#names + 1] = name
  end
  if not place_of(column, names) then
    return ('there is no column "%s" to sort by%s; there are %s'):format(
      tostring(column), suggest.hint(tostring(column), names),
      table.concat(names, ", "))
  end
end

-- Takes the items behind the limit off; yields one with all of them, or nil.
local function cut(self, items)
  local limit, n = self.limit or 0, #items
  if limit <= 0 or n <= limit then
    return nil
  end
  local state = self.measure.new()
  for i = n, limit + 1, -1 do
    self.measure.merge(state, items[i].state)
    items[i] = nil
  end
  return { keys = { ("... and %d more"):format(n - limit) }, state = state }
end

-- Shares are shown to a hundredth of a percent.
local function percent_of(n, whole)
  return whole ~= 0 and math.floor(n / whole * 10000 + 0.5) / 100 or 0
end

local function share_of(self, item, row)
  local at = self.measure.share_column
  return at and value.number_of(row[at]) or self.measure.share(item.state)
end

-- A row of the table: the keys, a row of the measure, and its share of `whole`.
local function full_row(self, item, row, whole)
  local n, all = #self.keys, {}
  for i = 1, n do
    all[i] = item.keys[i]
  end
  for i = 1, #self.measure.columns do
    all[n + i] = row[i]
  end
  if whole then
    all[n + #self.measure.columns + 1] =
      percent_of(share_of(self, item, row), whole)
  end
  return all
end

-- columns_of(self): names, and units by number.
local function columns_of(self)
  local columns, units, measure = {}, {}, self.measure
  for i, name in ipairs(self.keys) do
    columns[i] = name
  end
  for i, name in ipairs(measure.columns) do
    local own = measure.measured[i] and (self.unit or measure.unit) or
      measure.units and measure.units[i] or nil
    columns[#self.keys + i] = name
    units[#self.keys + i] = value.units[own] or own
  end
  if self.shares then
    columns[#columns + 1] = "percent"
    units[#columns] = value.units["%"]
  end
  return columns, units
end

local function whole_of(self)
  return self.shares and self.measure.share(group.total(self)) or nil
end

-- The row of what top left out; a measure of several rows has none.
local function rest_row(self, item, whole)
  local row = item and not self.measure.many and rows_of(self, item)[1]
  return item and full_row(self, item, row or {}, row and whole)
end

-- all_rows(self, items, whole): the rows, and the number of the item that each is of.
-- There may be many: what is done with is given back.
local function all_rows(self, items, whole)
  local rows, item_of = {}, {}
  for i, item in ipairs(items) do
    for _, row in ipairs(rows_of(self, item)) do
      rows[#rows + 1] = full_row(self, item, row, whole)
      item_of[#rows] = i
    end
    items[i] = false
  end
  return rows, item_of
end

-- table_of(self): as format.lua takes it.
local function table_of(self)
  local items, whole = sorted(self), whole_of(self)
  local rest = cut(self, items)
  local rows, bar_group = all_rows(self, items, whole)
  local columns, units = columns_of(self)
  local bars = self.measure.bars
  return {
    columns = columns,
    keys = #self.keys,
    is_measured = true,
    rows = rows,
    units = units,
    rest = rest_row(self, rest, whole),
    bars = bars and #self.keys +
      (bars == true and #self.measure.columns or bars),
    bar_group = bar_group,
  }
end

-- found(self, row): a row of the measure as scripts read it: a number where there is one
-- column, else a table by column.
local function found(self, row)
  local columns = self.measure.columns
  if #columns == 1 then
    return value.number_of(row[1])
  end
  local by_column = {}
  for i, name in ipairs(columns) do
    by_column[name] = value.number_of(row[i])
  end
  return by_column
end

-- read(self, state): what scripts get of a state: a row, a list of those of a measure
-- that has several, or nil.
local function read(self, state)
  local rows = self.measure.rows(state)
  if not self.measure.many then
    return rows[1] and found(self, rows[1])
  end
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = found(self, row)
  end
  return list
end

return {
  table_of = table_of,
  sorted = sorted,
  check_order = check_order,
  read = read,
}
