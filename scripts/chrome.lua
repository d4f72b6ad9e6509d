-- chrome.lua: what `go tool trace` serves as /jsontrace, as a file: for chrome://tracing and
-- whatever else reads its events.
--
--   $ gotrace-lua -q -o http.json chrome testdata/real/go1.27-http.trace && head -c 25 http.json
--   {"displayTimeUnit":"ns",
--
--   $ gotrace-lua chrome testdata/real/go1.27-http.trace | grep -c '"ph":"X"'
--   5925
--
-- Event for event Go's own (Go 1.27, cmd/trace): names as its page has them, not as spans.
description = "What go tool trace serves: JSON for the trace viewer of Chrome"
writes = "chrome"

local clock = require "chrome.clock"

local viewer = export.chrome {}

local goroutines = require("chrome.goroutines").new(viewer)
local procs = require("chrome.procs").new(viewer, goroutines)

goroutines:follow(procs)
procs:follow()
require("chrome.counters").follow(viewer)

local PROCS, STATS = 0, 1

local function meta(name, pid, tid, args)
  viewer:add { name = name, ph = "M", ts = 0, pid = pid, tid = tid,
    args = args }
end

local function process(pid, name, place)
  meta("process_name", pid, 0, { name = name })
  meta("process_sort_index", pid, 0, { sort_index = place })
end

local function row(tid, name, place)
  meta("thread_name", PROCS, tid, { name = name })
  meta("thread_sort_index", PROCS, tid, { sort_index = place })
end

function on.begin(t)
  clock.begin(t)
end

function on.finish(t)
  local last = clock.finish(t)
  procs:finish(last)
  goroutines:finish(last)
  process(STATS, "STATS", 0)
  process(PROCS, "PROCS", 2)
  for i, name in ipairs { "GC", "Network", "Timers", "Syscalls" } do
    row(({ 1000004, 1000002, 1000001, 1000003 })[i], name, i - 7)
  end
  for p = 0, procs.highest do
    row(p, "Proc " .. p, p)
  end
end
