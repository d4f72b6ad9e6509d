-- pprof.lua: a profile for pprof: where goroutines wait, run, or are made to run; or where
-- events of some types happen.
--
--   $ gotrace-lua -q -o waits.pb.gz pprof --kind=block testdata/real/go1.27-http.trace && ls waits.pb.gz
--   waits.pb.gz
--   $ gotrace-lua -q -o made.pb.gz pprof --event=GoCreate testdata/real/go1.27-http.trace && ls made.pb.gz
--   made.pb.gz
--
-- Then `go tool pprof -http=: waits.pb.gz`. The kinds net, sync, syscall and sched are
-- those of `go tool trace -pprof`, value by value, without labels.
description = "A pprof profile: of waits, states, CPU samples or events"
writes = "pprof"
args = {
  { name = "kind", default = "off-cpu", choices = { "off-cpu", "block", "wall",
    "cpu", "net", "sync", "syscall", "sched" },
    help = "states, or CPU samples; net to sched: as Go has them" },
  { name = "event", type = "events", arg = "TYPE",
    help = "events of these types, and how many: --event=GoCreate" },
  { name = "labels", type = "list", choices = { "state", "reason", "goroutine",
    "task", "region", "g" },
    help = "what tells samples apart: of states all but g, of events none" },
  { name = "stack", choices = { "own", "waker" }, default = "own",
    help = "the goroutine's own, or that of who woke it" },
  { name = "open", choices = { "count", "skip" }, default = "count",
    help = "what begins or ends outside of the trace" },
}

local states = {
  ["off-cpu"] = { "Waiting", "Runnable", "Syscall" },
  block = { "Waiting" },
  wall = { "Waiting", "Runnable", "Syscall", "Running" },
}

if opt.event or opt.kind == "cpu" then
  local types = opt.event or { "CPUSample" }
  local profile = export.pprof { "samples count" }
  for _, name in ipairs(types) do
    on[name] = function(ev) profile:add(ev.stack) end
  end
  if opt.labels then
    require "pprof.labelled"(profile, types, opt.labels)
  end
else
  local profile = export.pprof(not states[opt.kind] and { go = opt.kind } or
    { states = states[opt.kind], labels = opt.labels, stack = opt.stack,
      open = opt.open })
  function on.state(s) profile:add_span(s) end
end
