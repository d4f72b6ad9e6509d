-- perfetto.lua: a picture for ui.perfetto.dev, with all that a trace says of time: what each
-- P ran, what each goroutine did, tasks, the collector, counters, who woke whom and where.
--
--   $ gotrace-lua -o http.pftrace perfetto testdata/real/go1.27-http.trace && ls http.pftrace
--   http.pftrace
--   gotrace-lua: http.pftrace: 762.6KiB written; https://ui.perfetto.dev opens it
--
--   $ gotrace-lua -o ten.pftrace perfetto --goroutines=10 testdata/real/go1.27-http.trace && ls ten.pftrace
--   ten.pftrace
--   gotrace-lua: ten.pftrace: 683.4KiB written; https://ui.perfetto.dev opens it
--
-- Open it at https://ui.perfetto.dev: docs/exports.md. A pipe can be read with --all.
description = "For Perfetto: Ps, goroutines, tasks, GC, counters, arrows"
writes = "perfetto"
needs = "names"
args = {
  { name = "goroutines", type = "int", default = 2000, arg = "N",
    help = "so many goroutines have a track: the longest lives" },
  { name = "tasks", type = "int", default = 2000, arg = "N",
    help = "so many tasks have one: the longest" },
  { name = "all", type = "bool",
    help = "all have one; then a pipe can be read, too" },
}

local goroutines, procs

local picture = export.perfetto {
  goroutine = function(g, func)
    return ("G%d %s"):format(g, func), goroutines:track(g, func)
  end,
  proc = function(p) return procs:track(p) end,
}

local counters = require("perfetto.counters").new(picture)
goroutines = require("perfetto.goroutines").new(picture)
procs = require("perfetto.procs").new(picture)
local tasks = require("perfetto.tasks").new(picture)
require("perfetto.collector").follow(picture)

-- Who has a track is known before the first slice.
if not opt.all then
  require("perfetto.longest").find(goroutines, tasks, opt.goroutines,
    opt.tasks)
end

function on.state(s)
  picture:state(s)
  counters:state(s)
  goroutines:state(s)
end

function on.region(s)
  goroutines:region(s)
end

function on.assist(s)
  goroutines:assist(s)
end

function on.sweep(s)
  procs:sweep(s)
end

function on.task(s)
  tasks:task(s)
end

-- What only events say.

function on.GoUnblock(ev)
  procs:wakes(ev, "unblock", ev.target_g)
end

function on.GoCreate(ev)
  procs:wakes(ev, "create", ev.new_g)
  counters:born(ev.time, "Runnable")
end

function on.CPUSample(ev)
  procs:sample(ev)
end

function on.UserLog(ev)
  if not tasks:log(ev) then
    goroutines:log(ev)
  end
end

function on.finish()
  tasks:finish()
end

counters:follow()
