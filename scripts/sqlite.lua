-- sqlite.lua: a SQLite database of what happened: states of goroutines and procs, ranges,
-- tasks, regions, logs, metrics, CPU samples, stacks. docs/sql.md has its tables, and questions.
--
--   $ gotrace-lua -q -o http.db sqlite testdata/real/go1.27-http.trace
--   $ sqlite3 http.db "SELECT from_state, count(*), sum(duration_ns) FROM g_transitions GROUP BY 1"
--   Runnable|5544|10113793
--   Running|5895|17224512
--   Syscall|351|1491521
--   Waiting|463|446654668
--
--   $ gotrace-lua -q -o two sqlite testdata/real/go1.27-gc.trace && sqlite3 two "SELECT count(*) FROM g_transitions"
--   38348
--
-- Of several traces it makes one database, whose rows say of which file they are.

description = "A SQLite database of states, ranges, tasks, logs and metrics"
writes = "sqlite"

local db = export.sqlite {}

for _, kind in ipairs { "state", "proc", "stw", "gc", "sweep", "assist",
  "region", "task" } do
  on[kind] = function(s)
    db:add_span(s)
  end
end

for _, name in ipairs { "HeapAlloc", "HeapGoal", "ProcsChange", "CPUSample",
  "GoLabel", "UserLog" } do
  on[name] = function(ev)
    db:add_event(ev)
  end
end
