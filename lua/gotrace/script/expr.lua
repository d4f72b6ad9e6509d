-- expr.lua: -f and -p: Lua expressions in which fields are bare names.
local errors = require "gotrace.base.errors"
local event = require "gotrace.event.event"
local fields = require "gotrace.event.fields"
local format = require "gotrace.tables.format"
local output = require "gotrace.script.output"
local sandbox = require "gotrace.script.sandbox"
local suggest = require "gotrace.base.suggest"

local function field_names()
  local names = {}
  for name in pairs(fields.lenient) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- In brackets, so that it is one expression with one value; the line break ends
-- a comment.
local function compile(option, text, env)
  return load("return (" .. text .. "\n)", "=" .. option, "t", env)
end

local function bad(option, text, message)
  errors.usage("%s '%s': %s", option, text,
    (message:gsub("^[^:]*:%d+: ", "")))
end

-- A field that the event's type lacks is nil, so that one expression can be
-- asked of all types; what no type has is a mistake.
local function environment(option, text, unsafe)
  local base = sandbox.environment()
  if unsafe then
    sandbox.open(base)
  end
  base.ev = event.ev
  return setmetatable({}, {
    __metatable = false,
    __index = function(_, name)
      local get = fields.lenient[name]
      if get then
        return (get(fields.cur))
      end
      local value = base[name]
      if value == nil then
        bad(option, text, ('no field is called "%s"%s'):format(name,
          suggest.hint(name, field_names())))
      end
      return value
    end,
    __newindex = function(_, name)
      error("an expression cannot set " .. tostring(name), 2)
    end,
  })
end

-- The expressions of a list. The compiler is the judge of what a comma
-- separates: a piece that does not compile goes on behind the comma.
local function split(text)
  local list, piece = {}, nil
  for part in (text .. ","):gmatch "([^,]*)," do
    piece = piece and piece .. "," .. part or part
    if load("return (" .. piece .. "\n)", "=", "t", {}) then
      list[#list + 1] = piece:match "^%s*(.-)%s*$"
      piece = nil
    end
  end
  return list, piece
end

-- condition(text): a function that says whether the expression holds for the
-- event at hand; nil and what is wrong if it does not compile. For the options
-- of scripts.
local function condition(text)
  local option = "expression"
  local holds, wrong = compile(option, text, environment(option, text))
  if not holds then
    return nil, (wrong:gsub("^[^:]*:%d+: ", ""))
  end
  return function()
    return not not holds()
  end
end

-- filter(text): yields a function that says false for an event that the
-- expression does not hold for.
local function filter(text, unsafe)
  local holds, wrong = compile("-f", text, environment("-f", text, unsafe))
  if not holds then
    bad("-f", text, wrong)
  end
  return function()
    if not holds() then
      return false
    end
  end
end

local print_row = {}

-- All values become text before the first is written: what a value's
-- __tostring prints comes before the line, not into it.
function print_row.text(_, n, ...)
  local texts = {}
  for i = 1, n do
    texts[i] = format.line((select(i, ...)))
  end
  output.put(table.concat(texts, "\t"), "\n")
end
function print_row.csv(_, n, ...)
  output.put(format.csv_line({ ... }, n), "\n")
end
function print_row.json(names, _, ...)
  output.put(format.json_object(names, { ... }), "\n")
end

-- printer(text, style): a function that prints a line for the current event,
-- and the line to print before the first one, if any.
local function printer(text, style, unsafe)
  local list, rest = split(text)
  if rest then
    local _, wrong = compile("-p", rest, {})
    bad("-p", rest, wrong)
  end
  local env = environment("-p", text, unsafe)
  local all, wrong = load("return (" .. table.concat(list, "\n), (") ..
    "\n)", "=-p", "t", env)
  if not all then -- each is good, and they are too many for one function
    bad("-p", text, wrong)
  end
  local show = print_row[style]
  local head = style == "csv" and format.csv_line(list, #list)
  return function()
    show(list, #list, all())
  end, head
end

return { filter = filter, condition = condition, printer = printer,
  split = split }
