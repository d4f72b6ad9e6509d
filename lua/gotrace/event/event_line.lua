-- event_line.lua: an event as one readable line.
--
-- `cat` prints nothing else, so each type gets functions of its own, written as
-- Lua text from the event table: no loop over arguments, one call of putf. It
-- is one function for each set of numbers that have their highest bit set (ids
-- of none, mostly), since %d makes no string of its own for a number, and "-"
-- is none. Where a number is beyond 2^53, which %d rounds, there is another set of
-- them.
local buffer = require "string.buffer"
local fields = require "gotrace.event.fields"
local names = require "gotrace.engine.strings"
local printable = require "gotrace.base.printable"
local spec = require "gotrace.engine.event_table"
local stacks = require "gotrace.engine.stacks"

-- In double quotes, in one line, whatever it holds.
local function quote(s)
  return '"' .. printable.quoted(s) .. '"'
end

-- What a function makes of each id, made once.
local function cached(make)
  local texts = {}
  local function miss(id)
    local text = make(id)
    texts[id] = text
    return text
  end
  return function(id, ...)
    return texts[id] or (miss(id))
  end
end

local quoted = cached(function(id)
  return quote(names.string_of(id))
end)

local leaf = cached(function(id)
  return printable.line(stacks.frame_label(names.stack_of(id).leaf))
end)

local function status(kind)
  return cached(function(value)
    return fields.status_word(kind, value)
  end)
end

-- Kinds whose values are found by their small numbers.
local show = {
  STR = quoted,
  STACK = leaf,
  GSTATUS = status "GSTATUS",
  PSTATUS = status "PSTATUS",
}

-- The numbers of a line: m, p, g and arguments. { name, value as Lua, kind }
local function numbers_of(row)
  local list = {}
  for _, name in ipairs { "m", "p", "g" } do
    list[#list + 1] = { name = name, value = "e." .. name, kind = "G",
      context = true }
  end
  for _, arg in ipairs(row.args) do
    if arg.kind ~= "SEQ" and not show[arg.kind] then
      local value = ("e.arg[%d]"):format(arg.at)
      list[#list + 1] = { name = arg.name, value = value, kind = arg.kind }
    end
  end
  return list
end

-- Which of the numbers have their highest bit set, as a number: Lua text.
local function signs_text(numbers)
  local terms = {}
  for i, number in ipairs(numbers) do
    terms[i] = ("tobit(rshift(%s, 63)) * %d"):format(number.value, 2 ^ (i - 1))
  end
  return table.concat(terms, " + ")
end

-- Lua text: whether one of the numbers that have no such bit is 2^53 or more.
local function large_text(numbers)
  local terms = {}
  for i, number in ipairs(numbers) do
    terms[i] = ("band(%s, bnot(arshift(%s, 63)))"):format(number.value,
      number.value)
  end
  return ("rshift(bor(%s), 53) ~= 0"):format(table.concat(terms, ", "))
end

-- All of its digits.
function show.digits(value)
  return (tostring(value):gsub("U?LL$", ""))
end

-- The pattern of a number, and its value as Lua text. Where the highest bit is
-- set an id is none, and what is none is beyond %d. What the run's order does not
-- know is not said to be none.
local function number_text(number, negative, large)
  if number.context and fields.is_unknown(number.name) then
    return "?"
  elseif negative and number.kind ~= "NUM" then
    return "-"
  elseif negative or large then
    return "%s", ("show.digits(%s)"):format(number.value)
  end
  return "%d", ("tonumber(%s)"):format(number.value)
end

-- The columns of the head are the same for all types, for awk and cut.
local template = [[
local show, floor = ...
return function(out, view, ...)
  local e = view.e
  local time = tonumber(e.time)
  local seconds = floor(time / 1e9)
  out:putf("%d.%09dPATTERN", seconds, time - seconds * 1e9VALUES)
end]]

local function compile(text, ...)
  return assert(load(text, "@lua/gotrace/event/event_line.lua", "t", _G))(...)
end

-- The function for one set of signs; large: for numbers beyond 2^53 too.
local function write_function(row, numbers, signs, large)
  local pattern, values, next_number = {}, {}, 1
  local function add(name, shown, value)
    pattern[#pattern + 1] = (" %s=%s"):format(name, shown)
    values[#values + 1] = value and ", " .. value
  end
  local function add_number()
    local i = next_number
    next_number = i + 1
    local negative = bit.band(signs, 2 ^ (i - 1)) ~= 0
    add(numbers[i].name, number_text(numbers[i], negative, large))
  end
  for _ = 1, 3 do -- m, p, g
    add_number()
  end
  pattern[#pattern + 1] = " " .. row.name
  for _, arg in ipairs(row.args) do
    if show[arg.kind] then
      add(arg.name, "%s", ("show.%s(tonumber(e.arg[%d]))"):format(arg.kind,
        arg.at))
    elseif arg.kind ~= "SEQ" then
      add_number()
    end
  end
  local parts = { PATTERN = table.concat(pattern),
    VALUES = table.concat(values) }
  return compile(string.gsub(template, "%u+", parts), show, math.floor)
end

-- Functions by signs, each of which makes the one to take its place.
local function lazy_functions(row, numbers, large)
  local by_signs = {}
  for signs = 0, 2 ^ #numbers - 1 do
    local function make(out, view)
      by_signs[signs] = write_function(row, numbers, signs, large)
      by_signs[signs](out, view)
    end
    jit.off(make)
    by_signs[signs] = make
  end
  return by_signs
end

-- The function for a type: finds, or makes, the one for the event's signs.
local function write_chooser(row)
  local numbers = numbers_of(row)
  local parts = { SIGNS = signs_text(numbers), LARGE = large_text(numbers) }
  return compile(([[
    local small, large, bit = ...
    local band, bnot, bor, tobit = bit.band, bit.bnot, bit.bor, bit.tobit
    local rshift, arshift = bit.rshift, bit.arshift
    return function(out, view, ...)
      local e = view.e
      local by_signs = LARGE and large or small
      by_signs[SIGNS](out, view)
    end]]):gsub("%u%u+", parts), lazy_functions(row, numbers, false),
    lazy_functions(row, numbers, true), bit)
end

local lines = {}

local function make_lines(type)
  local row = spec.rows[type]
  lines[type] = row and write_chooser(row) or function(out)
    out:put "no event"
  end
  return lines[type]
end

jit.off(make_lines)

-- put(out, view): appends the line of a view's event (fields.lua) to a
-- string.buffer.
local function put(out, view, ...)
  local type = view.e.type
  local write = lines[type] or make_lines(type)
  write(out, view)
end

local text = buffer.new()

local function line(view, ...)
  text:reset()
  put(text, view)
  return text:get()
end

-- steps_of(type): what its line has, with its end, for the engine to make it
-- (printing/lines.lua).
local function steps_of(type)
  local row, steps, before = spec.rows[type], {}, ""
  local function add(column, arg)
    steps[#steps + 1] = { before = before, column = column, arg = arg }
    before = ""
  end
  if not row then
    return nil
  end
  add "seconds"
  for _, name in ipairs { "m", "p", "g" } do
    before = ("%s %s="):format(before, name)
    if fields.is_unknown(name) then
      before = before .. "?"
    else
      add(name)
    end
  end
  before = ("%s %s"):format(before, row.name)
  for _, arg in ipairs(row.args) do
    if arg.kind ~= "SEQ" then
      before = ("%s %s="):format(before, arg.name)
      add(arg.kind, arg.at)
    end
  end
  before = before .. "\n"
  add "literal"
  return steps
end

-- text_of(kind, id): what the line shows of an argument of that kind.
local function text_of(kind, id)
  if kind == "STACK" then -- of which there may be as many as events
    local func, pc = names.leaf_of(id)
    return printable.line(stacks.frame_label { func = func, pc = pc })
  end
  return show[kind](id)
end

return { line = line, put = put, quote = quote, steps_of = steps_of,
  text_of = text_of }
