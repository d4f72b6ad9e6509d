-- csv.lua: cells of CSV, as RFC 4180 has them: what holds a comma, a quote or
-- the end of a line (a carriage return alone is one, too) is in quotes.
--
-- A spreadsheet takes a cell that begins with = + - @ for a formula, whatever
-- quotes it has. A reader that is a program wants it as it is, so a cell is
-- changed only where --csv-safe asks for it.
local printable = require "gotrace.base.printable"

local guarding = false

-- From now on no text is a formula. Called once, before anything is printed.
local function guard()
  guarding = true
end

-- is_guarded(): whether that was called.
local function is_guarded()
  return guarding
end

-- Tab and the ends of lines are skipped by some spreadsheets. The wide forms of
-- the signs, U+FF0B and so on, are taken for them where Japanese is written.
local function is_formula(s)
  return s:find "^[=+@\t\r\n-]" ~= nil or
    s:find "^\239\188[\139\141\157\160]" ~= nil
end

-- Where a comma is in numbers, cells are separated by semicolons: a formula
-- behind one must not begin a cell.
local function wants_quotes(s)
  return s:find '[,"\r\n]' ~= nil or guarding and s:find "[;\t]" ~= nil
end

-- cell(s, is_number): a number's minus makes no formula.
local function cell(s, is_number)
  s = printable.cell(s)
  if guarding and not is_number and is_formula(s) then
    s = "'" .. s
  end
  return wants_quotes(s) and '"' .. s:gsub('"', '""') .. '"' or s
end

return { cell = cell, guard = guard, is_guarded = is_guarded }
