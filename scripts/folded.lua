-- folded.lua: where goroutines wait or run, as folded stacks for flame graphs: from root to
-- leaf, the reason or the state last, and ns.
--
--   $ gotrace-lua folded -f 'reason == "sleep"' testdata/real/go1.27-faults.trace
--   main.answerQuestions;main.lookUpSlowly;time.Sleep;[sleep] 12538816
--   main.main;main.faults;main.(*recording).times;main.faults.func1;main.leakGoroutines;time.Sleep;[sleep] 1109568
--   main.readSlowly.func1;time.Sleep;[sleep] 10783296
--   main.together.func1;main.lockConvoy.func1;main.holdLock;time.Sleep;[sleep] 19703104
--   main.together.func1;main.lockConvoy.func1;main.wantLock;time.Sleep;[sleep] 19856704
--
--   $ gotrace-lua folded testdata/real/go1.27-faults.trace | wc -l
--   50
description = "Folded stacks for flame graphs, in ns"
writes = "folded"
args = {
  { name = "kind", default = "off-cpu",
    choices = { "off-cpu", "block", "wall", "cpu" },
    help = "of what: waits and all else but running, or CPU samples" },
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

local stacks = export.folded { states = states[opt.kind], stack = opt.stack,
  open = opt.open }

if opt.kind == "cpu" then
  function on.CPUSample(ev) stacks:add(ev.stack) end
else
  function on.state(s) stacks:add_span(s) end
end
