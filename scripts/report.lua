-- report.lua: one page about a trace, for a browser: what stands out and what to do about it,
-- what goroutines and Ps did over time, latencies, the heap, where goroutines wait, the
-- slowest tasks. It opens from a disk, fetches nothing, and can be sent around as it is.
--
--   $ gotrace-lua -q -o report.html report testdata/real/go1.27-faults.trace && ls report.html
--   report.html
--
--   $ gotrace-lua -q -o late.html report --from=50ms testdata/real/go1.27-faults.trace && head -1 late.html
--   <!DOCTYPE html>
--
-- What is drawn is thinned out (docs/exports.md).
description = "One HTML page: what stands out, pictures, tables"
writes = "report"
args = {
  { name = "top", short = "t", type = "int", default = 20,
    help = "so many of the slowest tasks; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local page = export.report {}

local course = require("report.course").new()
local latency = require("report.latency").new(opt.system)
local look = require("overview.look").follow(opt.system)
local slow = require("report.slow").new(opt.top)
local stacks = require("report.stacks").follow(opt.system)
local verdicts = require "report.verdicts"
local goroutines = require "report.goroutines"

course:hook(on)
slow:hook(on)

function on.state(s)
  course:state(s)
  latency:state(s)
  slow:state(s)
end

function on.task(s)
  latency:task(s)
  slow:task(s)
end

on.goroutine = goroutines.goroutine

function on.finish(t)
  latency:finish()
  slow:finish()
  local seen, findings = look(t)
  page:about(verdicts.about(t, seen))
  page:add(verdicts.findings(findings))
  page:add(verdicts.facts(t, seen, findings))
  for _, part in ipairs {
    course:states(), course:procs(t), latency:part(t, seen), course:heap(t),
    stacks(t, seen), goroutines.part(t, opt.system), slow:part(t),
  } do
    page:add(part)
  end
end
