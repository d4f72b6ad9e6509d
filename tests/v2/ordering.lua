-- Small traces for the specs of the full order, and what is read of them.
local assert = require "luassert"
local reading = require "support.reading"
local trace = require "support.trace"

local both, events = reading.both, reading.events

-- Statuses.
local G_RUNNING = 2
local P_RUNNING, P_IDLE = 1, 2

-- A thread with a proc and a goroutine of its own: 10 and 100 more than its id.
local function thread(m, ...)
  local b = { m = m, { "ProcStatus", 1, 10 + m, P_RUNNING }, { "GoStatus", 1, 100 + m, m, G_RUNNING } }
  for _, ev in ipairs { ... } do
    b[#b + 1] = ev
  end
  return b
end

local function whole(got)
  assert.same({}, reading.complaints(got))
  assert.equal("END", got.status)
  return got
end

-- One generation of these batches, read without damage: the lines of its
-- events behind the first n.
local function lines(n, g)
  return { unpack(events(whole(both(trace.file(26, g)))), n + 1) }
end

local function times(got)
  local out = {}
  for _, e in ipairs(got.events) do
    if e.n > 0 then
      out[#out + 1] = e.time
    end
  end
  return out
end

-- A proc's status: an event that needs nothing.
local function idle(dt, p)
  return { "ProcStatus", dt, p, P_IDLE }
end

return { thread = thread, whole = whole, lines = lines, times = times, idle = idle }
