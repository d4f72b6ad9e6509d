-- firefox.lua: a profile for https://profiler.firefox.com: a thread for each goroutine, with what
-- it did from moment to moment and what it waited for; tasks, the collector, the heap.
--
--   $ gotrace-lua -q -o http.json.gz firefox testdata/real/go1.27-http.trace && ls http.json.gz
--   http.json.gz
--
--   $ gotrace-lua -q -o m.json.gz firefox testdata/real/go1.27-faults.trace && gzip -dc m.json.gz | head -c 20; echo
--   {"meta":{"product":"
--
-- Drop the file on that page, which uploads nothing: docs/exports.md. A pipe can be read with --all.
description = "For Firefox's profiler: goroutines as threads, spans as markers"
writes = "firefox"
needs = "names"
args = {
  { name = "goroutines", type = "int", default = 50, arg = "N",
    help = "so many goroutines have a thread: the longest lives" },
  { name = "tasks", type = "int", default = 2000, arg = "N",
    help = "so many tasks are shown: the longest" },
  { name = "all", type = "bool",
    help = "all of them; then a pipe can be read, too" },
}

local TRACE = 0 -- the thread of what is no goroutine's
local MOST_BYTES = 2 ^ 50

local profile = export.firefox { thread = "tasks and the collector" }
local goroutines = require("firefox.goroutines").new(profile)
local tasks = {}

function tasks:choose(set)
  self.chosen = set
end

if not opt.all then
  require("perfetto.longest").find(goroutines, tasks, opt.goroutines,
    opt.tasks)
end

function on.state(s)
  goroutines:state(s)
end

function on.region(s)
  goroutines:region(s)
end

function on.assist(s)
  goroutines:assist(s)
end

function on.task(s)
  if not tasks.chosen or tasks.chosen[s.task] then
    local parent = s.parent and s.parent > 0 and s.parent or nil
    profile:marker(TRACE, s.from, s.to, s.name, { type = "Task",
      category = "User", stack = s.stack,
      fields = { id = s.task, parent = parent } })
  end
end

for _, kind in ipairs { "gc", "stw" } do
  on[kind] = function(s)
    profile:marker(TRACE, s.from, s.to, s.name, { type = kind:upper(),
      category = "Runtime", stack = s.stack })
  end
end

function on.UserLog(ev)
  goroutines:log(ev)
end

function on.CPUSample(ev)
  goroutines:sample(ev)
end

local heap, goal = profile:counter "heap", profile:counter "heap goal"

function on.HeapAlloc(ev)
  profile:count(heap, ev.time, math.min(ev.heapalloc, MOST_BYTES))
end

-- A goal that is higher is none: the collector is switched off.
function on.HeapGoal(ev)
  profile:count(goal, ev.time, ev.heapgoal < MOST_BYTES and ev.heapgoal or 0)
end
