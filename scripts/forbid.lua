-- forbid.lua: for CI: what must not be in a trace. Offenders are listed with their stacks,
-- and the exit status is 1.
--
--   $ gotrace-lua forbid 'type == "STWBegin"' testdata/real/go1.27-faults.trace
--   0.000047360 m=1171 p=1 g=1 STWBegin kind="start trace" stack=runtime.StartTrace
--   	runtime.StartTrace
--   		runtime/trace.go:429
--   	runtime/trace.(*traceMultiplexer).startLocked
--   		runtime/trace/subscribe.go:142
--   	runtime/trace.(*traceMultiplexer).addedSubscriber
--   		runtime/trace/subscribe.go:112
--   	runtime/trace.(*traceMultiplexer).subscribeTraceStartWriter
--   		runtime/trace/subscribe.go:80
--   	runtime/trace.Start
--   		runtime/trace/trace.go:119
--   	main.(*recording).start
--   		programs/main.go:64
--   	main.faults
--   		programs/faults.go:22
--   	main.main
--   		programs/main.go:51
--   gotrace-lua: testdata/real/go1.27-faults.trace: 1 of what must not be: type == "STWBegin"
--
--   $ gotrace-lua forbid 'kind == "stw" and dur > 1ms' testdata/real/go1.27-faults.trace && echo fine
--   fine
description = "Fail where an event or a span is what must not be: EXPR"
needs = "names"
args = {
  { name = "what", type = "filter", positional = true, required = true,
    help = "an expression about events or spans" },
  { name = "top", short = "t", type = "int", default = 20,
    help = "offenders to show; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local format = require "gotrace.format"
local stacks = require "stacks.text"
local top, system = opt.top, opt.system
local found = 0

local function offends(x)
  found = found + 1
  if top == 0 or found <= top then
    print(x)
    if x.stack and format.style() == "text" then
      io.write(stacks.of(x.stack))
    end
  end
end

-- Without the expression the script is only described.
local what = opt.what or { about = "spans", kinds = {} }
local holds = what.holds

local function look(x)
  if holds() and (system or not x.system) then
    offends(x)
  end
end

if what.about == "events" then
  on.any = look
end
for _, kind in ipairs(what.kinds) do
  on[kind] = look
end

function on.finish(t)
  if found > 0 then
    fail("%s: %d of what must not be: %s", t.file, found, what)
  end
end
