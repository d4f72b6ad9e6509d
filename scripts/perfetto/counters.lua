-- counters.lua: bytes of heap, GOMAXPROCS, and goroutines by state (Running and Syscall are
-- threads, too): these every 100 us at most, as there are so many changes.
local MOST = 2 ^ 50 -- what is higher is none
local STEP = 1e5 -- ns
local states = { "Running", "Runnable", "Syscall", "Waiting" }

local counters = {}
counters.__index = counters

-- new(picture)
local function new(picture)
  return setmetatable({ picture = picture, tracks = {}, ranks = 0, last = -STEP,
    now = { Running = 0, Runnable = 0, Syscall = 0, Waiting = 0 } }, counters)
end

local function track(self, name, unit)
  local number = self.tracks[name]
  if not number then
    self.group = self.group or self.picture:track("Counters", { rank = 0 })
    self.ranks = self.ranks + 1
    number = self.picture:counter(name, { parent = self.group, unit = unit,
      rank = self.ranks })
    self.tracks[name] = number
  end
  return number
end

-- show(time, name, value, unit): what a trace says may be any 64 bits.
function counters:show(time, name, value, unit)
  self.picture:count(track(self, name, unit), time, math.min(value, MOST))
end

local function tell(self, time)
  if time - self.last >= STEP then
    self.last = time
    for _, state in ipairs(states) do
      self:show(time, "goroutines " .. state, math.max(0, self.now[state]))
    end
  end
end

-- state(s): at its end the goroutine does something else. One that is older than a window
-- counts from its first change on.
function counters:state(s)
  local now = self.now
  if s.clipped ~= "begin" and s.clipped ~= "both" then
    now[s.state] = now[s.state] - 1
  end
  if s.next then
    self:born(s.to, s.next)
  end
end

-- born(time, state): one is there that was not.
function counters:born(time, state)
  if self.now[state] then
    self.now[state] = self.now[state] + 1
  end
  tell(self, time)
end

-- follow(): hooks for what only events say.
function counters:follow()
  function on.GoCreateBlocked(ev)
    self:born(ev.time, "Waiting")
  end

  function on.GoCreateSyscall(ev)
    self:born(ev.time, "Syscall")
  end

  function on.GoStatus(ev)
    if not ev.known then
      self:born(ev.time, ev.status)
    end
  end

  function on.HeapAlloc(ev)
    self:show(ev.time, "heap", ev.heapalloc, "bytes")
  end

  -- Without a goal (GOGC=off) it is 2^64 - 1, or not far below.
  function on.HeapGoal(ev)
    local goal = ev.heapgoal < MOST and ev.heapgoal or 0
    self:show(ev.time, "heap goal", goal, "bytes")
  end

  function on.ProcsChange(ev)
    self:show(ev.time, "GOMAXPROCS", ev.procs)
  end
end

return { new = new }
