-- format.lua: tables as text, CSV and JSON; and values (value.lua, json.lua), as
-- scripts have them in gotrace.format.
local json = require "gotrace.printing.json"
local single = require "gotrace.base.value"
local text_table = require "gotrace.printing.text_table"

local csv_line, line, text = single.csv_line, single.line, single.text
local json_object, key_texts = json.json_object, json.key_texts
local number_of = single.number_of

-- Tables: { columns = names, keys = how many of them are keys, rows = lists, keyed = true
-- if a row is a key and its value, is_measured = true if what is no key was counted or
-- measured, units = { [column] = what makes text of its numbers }, bars = column that text
-- draws too, the longest bar of each `bar_group` (by row) for its largest value, rest = a
-- last row that only text has, name = what JSON says of rows where there are several
-- tables }. A cell is a string, a number, a boolean, nil, or an object with the methods
-- text, csv and json (value.exact, keys.lua). Each writer yields lines.
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

write.text = text_table.lines

-- table_lines(t, style): style is text, csv or json.
local function table_lines(t, style)
  return write[style](t)
end

return {
  number = single.number,
  thousands = function(n)
    return single.thousands(single.number(n))
  end,
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
