-- value.lua: single values as text and CSV, and what people read of numbers:
-- durations, sizes and shares.
local cell_of = require("gotrace.base.csv").cell
local printable = require "gotrace.base.printable"

-- Whole numbers in full, others to 14 digits: what was counted stays exact, and
-- 0.1 is not 0.10000000000000001.
local function number(n)
  if n == math.floor(n) and math.abs(n) < 1e18 then
    return ("%.0f"):format(n)
  end
  return ("%.14g"):format(n)
end

-- thousands(text): a number's text with commas between its thousands, from five digits on:
-- 9999 is read at a glance.
local function thousands(text)
  local sign, whole, rest = text:match "^(%-?)(%d+)(.*)$"
  if not whole or #whole < 5 then
    return text
  end
  local commas = whole:reverse():gsub("(%d%d%d)", "%1,"):reverse()
  return sign .. commas:gsub("^,", "") .. rest
end

-- A number of a table that no double holds: { number: the nearest, digits }.
local Exact = {}
Exact.__index = Exact

function Exact:text()
  return self.digits
end
Exact.csv, Exact.json = Exact.text, Exact.text

local function exact(n, digits)
  return setmetatable({ number = n, digits = digits }, Exact)
end

-- number_of(cell): what a cell of a table is as a number; nil for what is none.
local function number_of(value)
  if type(value) == "number" then
    return value
  end
  return getmetatable(value) == Exact and value.number or nil
end

local function text(value)
  if value == nil then
    return ""
  elseif type(value) == "number" then
    return number(value)
  elseif getmetatable(value) == Exact then
    return value.digits
  end
  return tostring(value)
end

local function csv(value)
  return cell_of(text(value), number_of(value) ~= nil)
end

local MOST = 100000 -- columns of a line

-- csv_line(values, n, shown): values[1] to values[n], nil for an empty one; of
-- each what shown makes of it, if that is given. One that is empty and alone has
-- quotes: an empty line is what is between two tables.
local function csv_line(values, n, shown)
  if type(n) ~= "number" or not (n >= 0 and n <= MOST) or n % 1 ~= 0 then
    error("csv_line wants the number of values, from 0 to " .. MOST, 2)
  end
  local parts = {}
  for i = 1, n do
    local value = values[i]
    if shown then
      value = shown(value)
    end
    parts[i] = csv(value)
  end
  return n == 1 and parts[1] == "" and '""' or table.concat(parts, ",")
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

-- From a minute on as Go writes durations, since 1.652m reads as 1.652 ms: "1m39.1s",
-- "12m4s", "1h23m".
local function long_duration(ns)
  local sign, s = ns < 0 and "-" or "", math.abs(ns) / 1e9
  local step = s < 600 and 0.1 or s < 3600 and 1 or 60
  s = math.floor(s / step + 0.5) * step
  if s < 3600 then
    return ("%s%.0fm%.4gs"):format(sign, math.floor(s / 60), s % 60)
  end
  local minutes = math.floor(s % 3600 / 60)
  return ("%s%.0fh"):format(sign, math.floor(s / 3600)) ..
    (minutes > 0 and minutes .. "m" or "")
end

local time_units = { { 1e9, "s" }, { 1e6, "ms" }, { 1e3, "us" } }

-- 1500000 is "1.5ms".
local function duration(ns)
  if math.abs(ns) >= 60e9 and math.abs(ns) < math.huge then
    return long_duration(ns)
  end
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
    if math.abs(n) >= unit[1] then
      return ("%.4g%s"):format(n / unit[1], unit[2])
    end
  end
  return ("%.0fB"):format(n)
end

local function percent(n)
  return number(n) .. "%"
end

-- What text makes of numbers in a unit.
local units = { ns = duration, bytes = bytes, ["%"] = percent }

return {
  number = number,
  thousands = thousands,
  exact = exact,
  number_of = number_of,
  units = units,
  text = text,
  line = line,
  csv = csv,
  csv_line = csv_line,
  duration = duration,
  bytes = bytes,
}
