-- cells.lua: values as they stand in the rows that -F asks for, appended to a
-- string.buffer: LuaJIT compiles that into the loop over events.
local csv_cell = require("gotrace.base.csv").cell
local format = require "gotrace.printing.format"
local single = require "gotrace.base.value"
local stacks = require "gotrace.engine.stacks"

local floor, type = math.floor, type
local MOST_EXACT = 1e15 -- of %d
local MOST_TEXTS = 10000 -- of strings that are kept

local function json_frame(frame)
  return format.json_object({ "func", "file", "line", "pc" },
    { frame.func, frame.file, frame.line, frame.pc })
end

local function frames_of(stack)
  local frames = {}
  for i, frame in ipairs(stack) do
    frames[i] = json_frame(frame)
  end
  return "[" .. table.concat(frames, ",") .. "]"
end

-- By the stack's id: there are few stacks and many events.
local frames = {}

local function json_stack(stack)
  frames[stack.id] = frames[stack.id] or frames_of(stack)
  return frames[stack.id]
end

-- known(value): the JSON of a stack or a frame; nil of what is neither.
local function known(value)
  if stacks.id_of(value) then
    return json_stack(value)
  elseif stacks.is_frame(value) then
    return json_frame(value)
  end
end

-- json(value): as format.json, of a stack at once: most events have one.
local function json(value)
  local stack_id = type(value) == "cdata" and stacks.id_of(value)
  return stack_id and json_stack(value) or format.json(value)
end

-- cell(value): a value of a row as format.csv takes it: the empty stack is an
-- empty cell.
local function cell(value)
  if stacks.id_of(value) and #value == 0 then
    return nil
  end
  return value
end

-- Appends what value.number says of it.
local function put_number(out, n)
  local whole = n == floor(n) and n > -MOST_EXACT and n < MOST_EXACT
  if whole and (n ~= 0 or 1 / n > 0) then -- -0 has a sign
    out:putf("%d", n)
  else
    out:put(single.number(n))
  end
end

-- What a function makes of strings, of which there are few.
local function cached(make)
  local texts, n = {}, 0
  local function miss(s)
    if n == MOST_TEXTS then
      texts, n = {}, 0
    end
    n = n + 1
    texts[s] = make(s)
    return texts[s]
  end
  return function(s, ...)
    return texts[s] or (miss(s))
  end
end

-- A function that appends a value; what is neither a number nor a string is `other`'s.
local function putter(of_string, other)
  local text_of = cached(of_string)
  return function(out, value)
    local kind = type(value)
    if kind == "number" then
      put_number(out, value)
    elseif kind == "string" then
      out:put(text_of(value))
    else
      out:put((other(value)))
    end
  end
end

local function csv_other(value)
  local shown = cell(value)
  return csv_cell(single.text(shown), single.number_of(shown) ~= nil)
end

local put_json = putter(format.json, json)

-- put[style](out, value): appends a value of a row in that form.
local put = {
  text = putter(format.line, format.line),
  csv = putter(function(s)
    return csv_cell(s)
  end, csv_other),
  -- JSON has no infinities and no NaN.
  json = function(out, value)
    if type(value) == "number" and value - value ~= 0 then
      out:put "null"
    else
      put_json(out, value)
    end
  end,
}

return { put = put, cell = cell, json = json, known = known }
