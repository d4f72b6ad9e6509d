-- dump.lua: every event as a line, in the form that Go's side prints too
-- (tests/oracle/README.md)
--
--   gotrace-lua tests/oracle/compare/dump.lua FILE
description = "Every event as a line, to be compared with Go's own readers"

local ESCAPES = {}
for byte = 0, 255 do
  ESCAPES[string.char(byte)] = string.format("\\x%02x", byte)
end
ESCAPES["\\"] = "\\\\"

local function escape(s)
  return (s:gsub("[%z\1-\31\\\127-\255]", ESCAPES))
end

-- Names within a frame keep clear of what separates frames.
local function escape_name(s)
  return (s:gsub("[%z\1-\31\\\127-\255;@]", ESCAPES))
end

local function render(st)
  local frames = {}
  for i = 1, #st do
    local f = st[i]
    frames[i] = string.format("%s@%s:%.0f@0x%x", escape_name(f.func), escape_name(f.file), f.line, f.pc)
  end
  return table.concat(frames, ";")
end

local rendered = {} -- by the stack's id, which is stable for the run

local function stack(st)
  if not st then
    return ""
  end
  local text = rendered[st.id]
  if not text then
    text = render(st)
    rendered[st.id] = text
  end
  return text
end

local function value(v)
  if v == nil then
    return "-"
  elseif type(v) == "number" then
    return string.format("%.0f", v)
  end
  return escape(v)
end

local SHOW = { stack = stack, new_stack = stack }
local fields = {} -- the names of a type's arguments, by type

local lines, count = {}, 0

local function flush()
  io.write(table.concat(lines, "\n", 1, count), count > 0 and "\n" or "")
  count = 0
end

function on.any(ev)
  local typ = ev.type
  local names = fields[typ]
  if not names then
    names = ev:fields()
    fields[typ] = names
  end
  local line = { string.format("%.0f", ev.time), typ, value(ev.m), value(ev.p), value(ev.g) }
  for i = 1, #names do
    local name = names[i]
    line[5 + i] = name .. "=" .. (SHOW[name] or value)(ev[name])
  end
  count = count + 1
  lines[count] = table.concat(line, "\t")
  if count == 1000 then
    flush()
  end
end

on.finish = flush
