-- columns.lua: rows of plain fields as lines that the engine makes (lines.lua): those of -p,
-- and events as JSON objects. The texts are those of cells.lua.
local buffer = require "string.buffer"
local cells = require "gotrace.printing.cells"
local csv = require "gotrace.base.csv"
local fields = require "gotrace.event.fields"
local lines = require "gotrace.printing.lines"
local names = require "gotrace.engine.strings"
local spec = require "gotrace.engine.event_table"

local MOST = 1e15 - 1 -- as in cells.lua

local forms = {
  text = { strings = "BARE", most = MOST, none = "" },
  csv = { strings = "CELLS", most = MOST, none = "" },
  json = { strings = "QUOTED", most = MOST, none = "null" },
}

local is_word = { GSTATUS = true, PSTATUS = true }

-- What a value of a row is as text.
local function text_of(put, value)
  local out = buffer.new()
  put(out, value)
  return out:get()
end

-- What is shown of an id, by the kind of argument that it is of.
local value_of = {
  STR = names.text_of,
  STACK = names.known_stack,
  GSTATUS = function(id)
    return fields.status_word("GSTATUS", id)
  end,
  PSTATUS = function(id)
    return fields.status_word("PSTATUS", id)
  end,
  FLAG = function(id)
    return id == 1
  end,
}

local function argument_of(row, name)
  for _, arg in ipairs(row.args) do
    if arg.name == name and arg.kind ~= "SEQ" then
      return arg
    end
  end
end

local function is_status(row)
  for _, arg in ipairs(row.args) do
    if is_word[arg.kind] then
      return true
    end
  end
  return false
end

-- The column of a field and its argument's place; nil where all events of the type have
-- the same value, which comes then.
local function column_of(row, name)
  local arg = argument_of(row, name)
  if fields.is_unknown(name) then
    return nil, nil, nil
  elseif name == "type" then
    return nil, nil, row.name
  elseif arg then
    return arg.kind, arg.at
  elseif name == "stack" then
    return nil, nil, names.known_stack(0)
  elseif name == "known" and not is_status(row) then
    return nil, nil, nil
  end
  local has = name == "known" or spec.is_common[name]
  return has and name or nil
end

-- The steps of a line: before(i) stands before each of the fields, last behind them.
local function steps_of(row, list, put, before, last)
  local steps, text = {}, ""
  for i, name in ipairs(list) do
    local column, arg, value = column_of(row, name)
    text = text .. before(i, name)
    if column then
      steps[#steps + 1] = { before = text, column = column, arg = arg }
    end
    text = column and "" or text .. text_of(put, value)
  end
  steps[#steps + 1] = { before = text .. last, column = "literal" }
  return steps
end

-- of(style, list_of, before, last): lines of fields, list_of(row) of a type.
local function of(style, list_of, before, last, fills_empty)
  local form, put = forms[style], cells.put[style]
  return lines.new {
    form = {
      strings = style == "csv" and csv.is_guarded() and "ASKED" or form.strings,
      most = form.most,
      none = form.none,
      fills_empty = fills_empty,
    },
    steps_of = function(type)
      local row = spec.rows[type]
      return row and steps_of(row, list_of(row), put, before, last)
    end,
    text_of = function(kind, id)
      return text_of(put, value_of[kind](id))
    end,
  }
end

-- is_field(name): whether it is one that the engine can print.
local function is_field(name)
  return name == "known" or spec.is_common[name] or
    fields.places[name] ~= nil and not fields.is_word_of_g[name]
end

-- of_fields(style, list, before, last): lines of -p for these fields; nil where that is
-- Lua's. before(i): what stands before each of them; last: behind the last one.
local function of_fields(style, list, before, last)
  for _, name in ipairs(list) do
    if not is_field(name) then
      return nil
    end
  end
  return of(style, function()
    return list
  end, before, last, style == "csv" and #list == 1)
end

-- objects(): lines of events as JSON.
local function objects()
  return of("json", fields.of_row, function(i, name)
    return (i > 1 and ',"' or '{"') .. name .. '":'
  end, "}\n")
end

return { of_fields = of_fields, objects = objects }
