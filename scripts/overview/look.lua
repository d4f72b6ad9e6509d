-- look.lua: has the engine sum up what the overview wants to know of a trace, and says what
-- that was.
local findings = require "overview.findings"
local new_seen = require("overview.seen").new
local sums = require "gotrace.sums"

local by_func = { "func", "system" }

-- What is summed while the trace is read.
local function new_sums()
  return {
    running = sums { kind = "state", state = "Running", by = by_func },
    ready = sums { kind = "state", state = "Runnable", by = by_func,
      quantiles = true },
    syscall = sums { kind = "state", state = "Syscall",
      by = { "stack", unpack(by_func) } },
    waiting = sums { kind = "state", state = "Waiting",
      by = { "reason", "stack", "open", unpack(by_func) } },
  }, {
    stops = sums { kind = "stw", by = { "name" } },
    marks = sums { kind = "gc" },
    sweeps = sums { kind = "sweep" },
  }
end

-- follow(is_all): is_all: goroutines of the runtime, too. To be called while the script
-- loads. Returns look(t), for on.finish: what was seen (seen.lua), and what stands out.
local function follow(is_all)
  local seen = new_seen()
  local state_of, ranges = new_sums()
  local lives = sums { kind = "goroutine", by = { "open", "clipped",
    unpack(by_func) } }
  local others = {
    assist = sums { kind = "assist", stats = true },
    task = sums { kind = "task", by = { "name", "open" }, quantiles = true },
  }

  function on.ProcsChange(ev)
    seen:procs(ev.time, ev.procs)
  end

  function on.damage(d)
    seen:hurt(d)
  end

  -- The tracer's and the profiler's own goroutines are none of the runtime's for Go.
  local function is_wanted(s, reason)
    local is_system = s.system or reason == "system goroutine wait" or
      s.func:find("runtime/", 1, true) == 1
    return is_all or not is_system
  end

  local function take_states()
    for state, all in pairs(state_of) do
      for sum in all:each() do
        local reason = state == "waiting" and sum.reason or nil
        seen:state(state, sum, is_wanted(sum, reason))
      end
    end
  end

  local function take_rest()
    for sum in lives:each() do
      if is_wanted(sum) then
        seen:goroutines(sum)
      end
    end
    for name, all in pairs(ranges) do
      for sum in all:each() do
        seen[name]:add_sum(sum)
      end
    end
    for kind, all in pairs(others) do
      for sum in all:each() do
        seen[kind](seen, sum)
      end
    end
  end

  return function(t)
    take_states()
    take_rest()
    seen:finish(t)
    return seen, findings.of(t, seen)
  end
end

return { follow = follow }
