-- format.lua: tables as text, CSV and JSON; and values (value.lua, json.lua), as
-- scripts have them in gotrace.format.
local json = require "gotrace.tables.json"
local single = require "gotrace.tables.value"

local csv_line, line, text = single.csv_line, single.line, single.text
local json_object, key_texts = json.json_object, json.key_texts
local number_of = single.number_of

-- Tables: { columns = names, rows = lists, keyed = true if a row is a key and
-- its value, units = { [column] = what makes text of its numbers }, bars =
-- column that text draws too, the longest bar of each `bar_group` (by row) for its largest
-- value, rest = a last row that only text has, name = what JSON says of rows where
-- there are several tables }. A cell is a string, a number, a boolean, nil, or
-- an object with the methods text, csv and json (value.exact, keys.lua). Each
-- writer yields lines.
local write = {}

local function is_object(cell)
  return type(cell) == "table"
end

local function csv_cell(cell)
  if is_object(cell) and not number_of(cell) then
    return cell:csv()
  end
  return cell
end

function write.csv(t)
  local lines = { csv_line(t.columns, #t.columns) }
  for _, row in ipairs(t.rows) do
    lines[#lines + 1] = csv_line(row, #t.columns, csv_cell)
  end
  return lines
end

local function json_keyed(t)
  local keys, values = {}, {}
  for i, row in ipairs(t.rows) do
    keys[i], values[i] = row[1], row[2]
  end
  return { json_object(key_texts(keys, #t.rows), values) }
end

local function json_cell(cell)
  return is_object(cell) and cell:json() or json.json(cell)
end

-- Columns of one name would be one to a reader: the second gets quotes.
local function json_head(t)
  local names = { t.name and "table" }
  for _, column in ipairs(t.columns) do
    names[#names + 1] = column
  end
  names = key_texts(names, #names)
  for i, name in ipairs(names) do
    names[i] = json.json(name) .. ":"
  end
  return names
end

-- An object a row.
function write.json(t)
  if t.keyed then
    return json_keyed(t)
  end
  local lines, head = {}, json_head(t)
  local before = t.name and 1 or 0
  for r, row in ipairs(t.rows) do
    local parts = { t.name and head[1] .. json.json(t.name) }
    for i = 1, #t.columns do
      parts[before + i] = head[before + i] .. json_cell(row[i])
    end
    lines[r] = "{" .. table.concat(parts, ",") .. "}"
  end
  return lines
end

-- Characters, not bytes, so that columns stay aligned.
local function width_of(s)
  return select(2, s:gsub("[^\128-\191]", ""))
end

-- cell_text(unit, cell): unit makes text of numbers.
local function cell_text(unit, cell)
  local n = number_of(cell)
  if n and unit then
    return unit(n)
  end
  return is_object(cell) and cell:text() or line(cell)
end

-- The texts of a column, that of the rest behind them, and whether they are numbers.
local function column_texts(t, i)
  local unit = t.units and t.units[i]
  local texts, numeric = {}, #t.rows > 0
  for r, row in ipairs(t.rows) do
    texts[r] = cell_text(unit, row[i])
    numeric = numeric and (row[i] == nil or number_of(row[i]) ~= nil)
  end
  if t.rest then
    texts[#texts + 1] = cell_text(unit, t.rest[i])
  end
  return texts, numeric
end

-- A column of numbers is right-aligned, and so is its heading.
local function align(heading, texts, numeric)
  local width = width_of(heading)
  for _, s in ipairs(texts) do
    width = math.max(width, width_of(s))
  end
  local function pad(s)
    local gap = (" "):rep(width - width_of(s))
    return numeric and gap .. s or s .. gap
  end
  local padded = { [0] = pad(heading) }
  for r, s in ipairs(texts) do
    padded[r] = pad(s)
  end
  return padded
end

-- Without the blanks at its end. From the back: a pattern that begins with
-- blanks would go through those in the middle again from each.
local function trimmed(s)
  return s:match "^.*%S" or ""
end

local BAR = 40

-- The largest value of each group, in either direction.
local function most_of(t, group_of)
  local most = {}
  for r, row in ipairs(t.rows) do
    local group, value = group_of(r), math.abs(number_of(row[t.bars]) or 0)
    most[group] = math.max(most[group] or 0, value)
  end
  return most
end

-- The column as bars; those of negative values are of minuses.
local function bar_column(t)
  local function group_of(r)
    return t.bar_group and t.bar_group[r] or 1
  end
  local most, bars = most_of(t, group_of), { [0] = "" }
  for r, row in ipairs(t.rows) do
    local value, longest = number_of(row[t.bars]) or 0, most[group_of(r)]
    local share = longest > 0 and math.abs(value) / longest or 0
    bars[r] = (value < 0 and "-" or "#"):rep(math.ceil(share * BAR))
  end
  bars[#t.rows + 1] = ""
  return bars
end

function write.text(t)
  local columns = {}
  for i, name in ipairs(t.columns) do
    columns[i] = align(line(name), column_texts(t, i))
  end
  if t.bars then
    columns[#columns + 1] = bar_column(t)
  end
  local lines = {}
  for r = 0, #t.rows + (t.rest and 1 or 0) do
    local cells = {}
    for i, column in ipairs(columns) do
      cells[i] = column[r]
    end
    lines[r + 1] = trimmed(table.concat(cells, "  "))
  end
  return lines
end

-- table_lines(t, style): style is text, csv or json.
local function table_lines(t, style)
  return write[style](t)
end

return {
  number = single.number,
  text = text,
  line = line,
  csv = single.csv,
  csv_line = csv_line,
  json = json.json,
  json_object = json_object,
  table_lines = table_lines,
  duration = single.duration,
  bytes = single.bytes,
}
