-- prefetch.lua: the stacks of a batch, made before the loop comes to its events.
--
-- A stack is made once, which takes loops and calls that LuaJIT would have to
-- compile where a hook asks for one; there it is never met again. So from the
-- first time on that anybody asks for a stack, those of each batch are made in
-- a loop of their own, and in the loop over events they are always there.
local ffi = require "ffi"
local names = require "gotrace.names"
local spec = require "gotrace.spec"

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

local function need(id)
  if not has_stack(id) then
    make_stack(id)
  end
end

local function fetch(events, len)
  for i = 0, len - 1 do
    local e = events + i
    local a, b = first[e.type], second[e.type]
    if a ~= NONE then
      need(tobit(e.arg[a]))
    end
    if b ~= NONE then
      need(tobit(e.arg[b]))
    end
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
