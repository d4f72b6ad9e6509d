-- prefetch.lua: the stacks of a batch, made before the loop comes to its events.
--
-- A stack is made once, which takes loops and calls that LuaJIT would have to
-- compile where a hook asks for one; there it is never met again. So from the
-- first time on that anybody asks for a stack, those of each batch are made in
-- a loop of their own, and in the loop over events they are always there.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local names = require "gotrace.engine.strings"
local spec = require "gotrace.engine.event_table"

local tobit = bit.tobit
local has_stack, make_stack = names.has_stack, names.make_stack
local NONE = 255

-- Where each type has its stacks in arg[]: two at most.
local first, second = ffi.new "uint8_t[256]", ffi.new "uint8_t[256]"
ffi.fill(first, 256, NONE)
ffi.fill(second, 256, NONE)
for id, row in pairs(spec.rows) do
  for _, arg in ipairs(row.args) do
    if arg.kind == "STACK" then
      first[id], second[id] = arg.at, first[id]
    end
  end
end

local missing = ffi.new("int32_t[?]", 2 * C.GOTRACE_BATCH) -- of a batch

-- Appends the id, if it is missing, to the n that are; how many there are then.
local function note(id, n)
  if has_stack(id) then
    return n
  end
  missing[n] = id
  return n + 1
end

-- Not part of the loop that looks what is missing: were it given up there for
-- what is made, it would be given up for what is there, too.
local function make_missing(n)
  for i = 0, n - 1 do
    if not has_stack(missing[i]) then
      make_stack(missing[i])
    end
  end
end
jit.off(make_missing)

local function fetch(events, len)
  local n = 0
  for i = 0, len - 1 do
    local e = events + i
    local a, b = first[e.type], second[e.type]
    if a ~= NONE then
      n = note(tobit(e.arg[a]), n)
    end
    if b ~= NONE then
      n = note(tobit(e.arg[b]), n)
    end
  end
  if n > 0 then
    make_missing(n)
  end
end

local current = ffi.new "gotrace_batch" -- borrowed like the engine's
local wanted = false

names.on_missed(function()
  wanted = true
  fetch(current.events, current.len)
end)

-- To be called with each batch before its events are looked at.
local function begin(batch)
  ffi.copy(current, batch, ffi.sizeof(current))
  if wanted then
    fetch(batch.events, batch.len)
  end
end

-- The events of the last batch are gone.
local function done()
  current.len = 0
end

return { begin = begin, done = done }
