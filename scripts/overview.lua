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
needs = "names"
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

local system = opt.system

-- The tracer's and the profiler's own goroutines are none of the runtime's for Go.
local function is_wanted(s)
  local is_system = s.system or s.reason == "system goroutine wait" or
    s.func:find("runtime/", 1, true) == 1
  return system or not is_system
end

function on.state(s)
  seen:state(s, is_wanted(s))
end

function on.goroutine(s)
  if is_wanted(s) then
    seen:goroutine(s)
  end
end

function on.stw(s)
  seen.stops:add(s)
end

function on.gc(s)
  seen.marks:add(s)
end

function on.sweep(s)
  seen.sweeps:add(s)
end

function on.assist(s)
  seen:assist(s)
end

function on.task(s)
  seen:task(s)
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

function on.finish(t)
  seen:finish(t)
  local r = report.of(t, seen, findings.of(t, seen))
  local write_it = write_row or write[format.style()]
  write_it(r)
end
