-- span_line.lua: a span as one readable line: when it began, how long it took,
-- and the fields that it has.
local event_line = require "gotrace.event.event_line"
local fields = require "gotrace.span.fields"
local printable = require "gotrace.base.printable"
local stacks = require "gotrace.engine.stacks"

local getters = fields.getters
local head = { kind = true, name = true, from = true, to = true, dur = true,
  state = true, begin_n = true, end_n = true }

local function stack_text(stack)
  return #stack > 0 and printable.line(stacks.frame_label(stack.leaf)) or nil
end

local function shown(value)
  if stacks.id_of(value) then
    return stack_text(value)
  elseif type(value) == "string" then
    return event_line.quote(value)
  elseif type(value) == "number" then
    return ("%.0f"):format(value)
  end
  return tostring(value)
end

local words = { prev = true, next = true, open = true, clipped = true }

local function field_text(view, name)
  local value = getters[name](view)
  if value == nil or value == false or head[name] then
    return ""
  end
  local text = words[name] and value or shown(value)
  return text and (" %s=%s"):format(name, text) or ""
end

-- What it is: a state's own word, the name of what has one in quotes.
local function title(view)
  local kind, state = getters.kind(view), getters.state(view)
  local name = state or event_line.quote(getters.name(view))
  return kind .. " " .. name
end

local function seconds(ns)
  local whole = math.floor(ns / 1e9)
  return ("%d.%09d"):format(whole, ns - whole * 1e9)
end

-- line(view): its text, without the line's end.
local function line(view)
  if fields.is_idle() and view == fields.cur then
    return "no span"
  end
  local parts = { ("%s %s dur=%.0f"):format(seconds(getters.from(view)),
    title(view), getters.dur(view)) }
  for _, name in ipairs(fields.names) do
    parts[#parts + 1] = field_text(view, name)
  end
  return table.concat(parts)
end

return { line = line }
