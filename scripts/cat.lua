-- cat.lua: the events, one a line; with --stacks their stacks below them.
--
--   $ gotrace-lua cat testdata/real/go1.27-http.trace | head -3
--   0.000050048 m=28441 p=- g=- ProcStatus target_p=1 status=Running
--   0.000050304 m=28441 p=1 g=- GoStatus target_g=1 target_m=28441 status=Running
--   0.000054656 m=28441 p=1 g=1 ProcsChange procs=4 stack=runtime.traceLocker.Gomaxprocs
--
--   $ gotrace-lua cat --stacks testdata/real/go1.27-http.trace | head -9
--   0.000050048 m=28441 p=- g=- ProcStatus target_p=1 status=Running
--   0.000050304 m=28441 p=1 g=- GoStatus target_g=1 target_m=28441 status=Running
--   0.000054656 m=28441 p=1 g=1 ProcsChange procs=4 stack=runtime.traceLocker.Gomaxprocs
--   	runtime.traceLocker.Gomaxprocs
--   		runtime/traceruntime.go:282
--   	runtime.StartTrace
--   		runtime/trace.go:428
--   	runtime/trace.(*traceMultiplexer).startLocked
--   		runtime/trace/subscribe.go:142
-- With --spans, or with -f about spans, it prints these.
--
--   $ gotrace-lua cat --spans=stw testdata/real/go1.27-faults.trace
--   0.000047360 stw "start trace" dur=4160 g=1 p=1 m=1171 task=0 func="main.main" stack=runtime.StartTrace
local format = require "gotrace.format"
local stacks = require "stacks.text"

description = "The events, one a line; with --spans the spans"
args = {
  { name = "stacks", type = "bool", help = "print stacks below each line" },
}

local function show_with_stack(x)
  print(x)
  if x.stack and format.style() == "text" then
    io.write(stacks.of(x.stack))
  end
end

-- print itself as the hook: the engine then makes the lines.
local show = opt.stacks and show_with_stack or print
local kinds = format.spans()
if kinds then
  needs = "names"
else
  on.any = show
end
for _, kind in ipairs(kinds or {}) do
  on[kind] = show
end
