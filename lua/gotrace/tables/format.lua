-- format.lua: values and tables as text, CSV and JSON.
--
-- The JSON here only writes, and writes the keys in the order of the columns
-- and rows, one line each; lua-cjson has no order of keys to keep.
local cell_of = require("gotrace.tables.csv").cell
local printable = require "gotrace.base.printable"

-- Whole numbers in full, others to 14 digits: what was counted stays exact, and
-- 0.1 is not 0.10000000000000001.
local function number(n)
  if n == math.floor(n) and math.abs(n) < 1e18 then
    return ("%.0f"):format(n)
  end
  return ("%.14g"):format(n)
end

local function text(value)
  if value == nil then
    return ""
  elseif type(value) == "number" then
    return number(value)
  end
  return tostring(value)
end

local function csv(value)
  return cell_of(text(value), type(value) == "number")
end

local MOST = 100000 -- columns of a line

-- csv_line(values, n): values[1] to values[n], nil for an empty one.
local function csv_line(values, n)
  if type(n) ~= "number" or not (n >= 0 and n <= MOST) or n % 1 ~= 0 then
    error("csv_line wants the number of values, from 0 to " .. MOST, 2)
  end
  local parts = {}
  for i = 1, n do
    parts[i] = csv(values[i])
  end
  return table.concat(parts, ",")
end

-- A value within one line of text.
local function line(value)
  if type(value) == "string" then
    return printable.line(value)
  elseif type(value) == "number" then
    return number(value)
  end
  return printable.line(text(value))
end

local function json_string(s)
  return '"' .. printable.json(s) .. '"'
end

local function json_scalar(value)
  local kind = type(value)
  if value == nil then
    return "null"
  elseif kind == "boolean" then
    return tostring(value)
  elseif kind == "number" then
    -- JSON has no infinities and no NaN.
    local finite = value == value and math.abs(value) ~= math.huge
    return finite and number(value) or "null"
  end
  return json_string(tostring(value))
end

-- How many values a list has; nil for a table that is none. An empty table is
-- an empty list.
local function list_length(t)
  local n = 0
  for _ in pairs(t) do
    n = n + 1
  end
  return n == #t and n or nil
end

-- The keys of a table as texts, sorted, so that the same table is the same text;
-- and what stands under them. Of two that have one text, 1 and "1", the string
-- keeps it.
local function members(t)
  local names, values = {}, {}
  for key, value in pairs(t) do
    local name = text(key)
    if values[name] == nil then
      names[#names + 1] = name
    end
    if values[name] == nil or type(key) == "string" then
      values[name] = value
    end
  end
  table.sort(names)
  return names, values
end

local json_value

local function json_table(t, inside)
  if inside[t] then
    error("a table that holds itself has no JSON", 0)
  end
  inside[t] = true
  local parts, n = {}, list_length(t)
  for i = 1, n or 0 do
    parts[i] = json_value(t[i], inside)
  end
  local names, values = members(n and {} or t)
  for i, name in ipairs(names) do
    parts[i] = json_string(name) .. ":" .. json_value(values[name], inside)
  end
  inside[t] = nil
  local inner = table.concat(parts, ",")
  return n and "[" .. inner .. "]" or "{" .. inner .. "}"
end

-- A table with a __tostring is an object, and its text.
function json_value(value, inside)
  if type(value) == "table" and not (getmetatable(value) or {}).__tostring then
    return json_table(value, inside)
  end
  return json_scalar(value)
end

-- json(value): any value; lists as arrays, other tables as objects. One that
-- holds itself is an error.
local function json(value)
  if type(value) ~= "table" then
    return json_scalar(value)
  end
  local ok, result = pcall(json_value, value, {})
  if not ok then
    error("json: " .. tostring(result), 2)
  end
  return result
end

-- One object; values may have holes.
local function json_object(names, values)
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = json_string(text(name)) .. ":" .. json(values[i])
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

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

-- What makes another text of a key: more digits, or a string in quotes, as the
-- text of a number or a boolean is none.
local function other_text(key, name)
  if type(key) == "number" then
    return ("%.17g"):format(key)
  end
  return '"' .. name .. '"'
end

-- The keys as texts. Different keys may have one text, 1 and "1": the second
-- one gets another, so that no reader takes them for the same.
local function key_texts(rows)
  local names, owner = {}, {}
  for i, row in ipairs(rows) do
    local key, name = row[1], text(row[1])
    while owner[name] ~= nil and owner[name] ~= key do
      name = other_text(key, name)
    end
    names[i], owner[name] = name, key
  end
  return names
end

local function json_keyed(t)
  local values = {}
  for i, row in ipairs(t.rows) do
    values[i] = row[2]
  end
  return { json_object(key_texts(t.rows), values) }
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

local time_units = { { 3600e9, "h" }, { 60e9, "m" }, { 1e9, "s" },
  { 1e6, "ms" }, { 1e3, "us" } }

-- 1500000 is "1.5ms".
local function duration(ns)
  for _, unit in ipairs(time_units) do
    if math.abs(ns) >= unit[1] then
      return ("%.4g%s"):format(ns / unit[1], unit[2])
    end
  end
  return ("%.4gns"):format(ns)
end

local size_units = { { 2 ^ 30, "GiB" }, { 2 ^ 20, "MiB" }, { 2 ^ 10, "KiB" } }

-- 1536 is "1.5KiB".
local function bytes(n)
  for _, unit in ipairs(size_units) do
    if n >= unit[1] then
      return ("%.4g%s"):format(n / unit[1], unit[2])
    end
  end
  return ("%.0fB"):format(n)
end

return {
  number = number,
  text = text,
  line = line,
  csv = csv,
  csv_line = csv_line,
  json = json,
  json_object = json_object,
  table_lines = table_lines,
  duration = duration,
  bytes = bytes,
}
