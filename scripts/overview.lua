-- overview.lua: a page about a trace: what it did, what stands out, what to ask next.
-- It is what runs where no script is given.
--
--   $ gotrace-lua testdata/real/go1.27-faults.trace | head -8
--   testdata/real/go1.27-faults.trace
--   trace       go 1.26, 99.91ms, 693 events in 1 generation, 8.568KiB
--   procs       4, busy for 38.6% of their time
--   goroutines  8 left at the end, 1 at the beginning, 23 created
--   scheduler   114 waits for a proc, p50 15.2us, p99 28.3ms, longest 36.51ms
--   collector   0 cycles, 0% of the procs' time, 0ns of it assist
--   stops       1 stop of the world, longest 4.16us
--   damage      none
description = "A page about a trace, and what to ask next (without a script)"
args = {
  { name = "by", choices = { "trace" },
    help = "a table with a row for each" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local findings = require "overview.findings"
local format = require "gotrace.format"
local page = require "overview.page"
local report = require "overview.report"
local seen = require("overview.seen").new()
local sums = require "gotrace.sums"

-- What is summed while the trace is read.
local by_func = { "func", "system" }
local state_of = {
  running = sums { kind = "state", state = "Running", by = by_func },
  ready = sums { kind = "state", state = "Runnable", by = by_func,
    quantiles = true },
  syscall = sums { kind = "state", state = "Syscall",
    by = { "stack", unpack(by_func) } },
  waiting = sums { kind = "state", state = "Waiting",
    by = { "reason", "stack", "open", unpack(by_func) } },
}
local lives = sums { kind = "goroutine", by = { "open", "clipped",
  unpack(by_func) } }
local tasks = sums { kind = "task", by = { "name", "open" }, quantiles = true }
local assists = sums { kind = "assist", stats = true }
local ranges = {
  stops = sums { kind = "stw", by = { "name" } },
  marks = sums { kind = "gc" },
  sweeps = sums { kind = "sweep" },
}

-- The tracer's and the profiler's own goroutines are none of the runtime's for Go.
local function is_wanted(s, reason)
  local is_system = s.system or reason == "system goroutine wait" or
    s.func:find("runtime/", 1, true) == 1
  return opt.system or not is_system
end

function on.ProcsChange(ev)
  seen:procs(ev.time, ev.procs)
end

function on.damage(d)
  seen.damage = seen.damage or tostring(d)
end

local write = {}

function write.json(r)
  io.write(report.json(r), "\n")
end

-- One table for all traces, which the main chunk makes.
write.csv = format.style() == "csv" and not opt.by and
  require("overview.csv").write or nil
local write_row = opt.by and require("overview.row").write

-- Pages of several traces have an empty line between them.
function write.text(r)
  io.write(shared.is_second and "\n" or "", page.of(r))
  shared.is_second = true
end

-- What was summed.
local function look()
  for state, all in pairs(state_of) do
    for sum in all:each() do
      local reason = state == "waiting" and sum.reason or nil
      seen:state(state, sum, is_wanted(sum, reason))
    end
  end
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
  for kind, all in pairs { assist = assists, task = tasks } do
    for sum in all:each() do
      seen[kind](seen, sum)
    end
  end
end

function on.finish(t)
  look()
  seen:finish(t)
  local show = write_row or write[format.style()]
  show(report.of(t, seen, findings.of(t, seen)))
end
