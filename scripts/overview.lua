-- overview.lua: a page about a trace: what it did, what stands out, what to ask next.
-- It is what runs where no script is given.
--
--   $ gotrace-lua testdata/real/go1.27-faults.trace | head -8
--   testdata/real/go1.27-faults.trace
--   trace       of Go 1.26 or 1.27, 99.91ms, 693 events in 1 generation, 8.568KiB
--   procs       4, busy for 38.6% of their time
--   goroutines  8 left at the end, 1 at the beginning, 23 created
--   scheduler   114 waits for a proc, p50 15.2us, p99 28.3ms, longest 36.51ms
--   collector   0 cycles, 0% of the procs' time, assists 0ns (0ns running)
--   stops       1 stop of the world, longest 4.16us
--   damage      none
--
--   $ gotrace-lua -F json testdata/real/go1.27-faults.trace | head -c 70; echo
--   {"schema":1,"trace":{"file":"testdata/real/go1.27-faults.trace","versi
description = "A page about a trace, and what to ask next (without a script)"
args = {
  { name = "by", choices = { "trace" },
    help = "a table with a row for each" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local format = require "gotrace.format"
local look = require("overview.look").follow(opt.system)
local page = require "overview.page"
local report = require "overview.report"

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
  local seen, findings = look(t)
  local show = write_row or write[format.style()]
  show(report.of(t, seen, findings))
end
