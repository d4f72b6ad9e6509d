-- format.lua: tables as text, CSV and JSON; and values (value.lua, json.lua), as
-- scripts have them in gotrace.format.
local json = require "gotrace.tables.json"
local single = require "gotrace.tables.value"

local csv_line, line, text = single.csv_line, single.line, single.text
local json_object, key_texts = json.json_object, json.key_texts

-- Tables: { columns = names, rows = lists, keyed = true if a row is a key and
-- its value, units = { [column] = what makes text of its numbers }, bars =
-- column that text draws too }. Each writer yields lines.
local write = {}

function write.csv(t)
  local lines = { csv_line(t.columns, #t.columns) }
  for _, row in ipairs(t.rows) do
    lines[#lines + 1] = csv_line(row, #t.columns)
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

function write.json(t)
  if t.keyed then
    return json_keyed(t)
  end
  local lines = {}
  for i, row in ipairs(t.rows) do
    local comma = i < #t.rows and "," or ""
    lines[i] = " " .. json_object(t.columns, row) .. comma
  end
  table.insert(lines, 1, "[")
  lines[#lines + 1] = "]"
  return lines
end

-- Characters, not bytes, so that columns stay aligned.
local function width_of(s)
  return select(2, s:gsub("[^\128-\191]", ""))
end

-- The texts of a column, and whether they are numbers.
local function column_texts(t, i)
  local unit = t.units and t.units[i] or text
  local texts, numeric = {}, #t.rows > 0
  for r, row in ipairs(t.rows) do
    local value = row[i]
    texts[r] = type(value) == "number" and unit(value) or line(value)
    numeric = numeric and (value == nil or type(value) == "number")
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

-- The column as bars, the longest for its largest value.
local function bar_column(t)
  local most, bars = 0, { [0] = "" }
  for _, row in ipairs(t.rows) do
    most = math.max(most, row[t.bars])
  end
  for r, row in ipairs(t.rows) do
    local share = most > 0 and math.max(row[t.bars], 0) / most or 0
    bars[r] = ("#"):rep(math.ceil(share * BAR))
  end
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
  for r = 0, #t.rows do
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
