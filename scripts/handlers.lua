-- handlers.lua: which handler of a server is slow, and on what it waits, by stacks: of net/http
-- and gRPC, and with --frame=FUNCTION of what else FUNCTION calls.
--
--   $ gotrace-lua handlers testdata/real/go1.27-http.trace | head -5
--   handler              seen    total     mean      p50      p99      max
--   main.handlers.func2    12  27.91ms  2.326ms   2.29ms   3.05ms  3.064ms
--   main.handlers.func3     4   2.11ms  527.5us    397us  922.9us  922.9us
--   main.handlers.func1     1  1.369ms  1.369ms  1.369ms  1.369ms  1.369ms
--   main.handlers.func4    12      0ns      0ns      0ns      0ns      0ns
--
--   $ gotrace-lua handlers -F csv --top=1 testdata/real/go1.27-http.trace | tail -5 | head -2
--   handler,reason,place,total,waits,max
--   main.handlers.func2,sleep,main.handlers.func2 programs/http.go:41,27569280,12,3040512
--
-- The last table says who made them wait, as text of the five that did most: whoever ended the wait,
-- and of a lock those that had it meanwhile, back along the queue to the one that had not itself to
-- wait for it; `in` what that one waited for, and the place of that, or where it ended the wait.
--
-- A handler is what the innermost frame calls that calls handlers: ServeHTTP of net/http, or what
-- --frame names. A trace has no requests, but the stacks of moments: where a goroutine began to
-- wait or a syscall, started another, was sampled. `total` is what was surely a handler's, as it
-- lies between two stacks in it; `perhaps` was run from a stack in it to one that is not: a part of
-- that is its. `seen` is how often it was entered, as stacks tell: a request that neither waits
-- nor makes a syscall may have no stack, so that this is no number of requests. Goroutines that a
-- handler starts are not in it: it waits for them.
description = [[
Handlers of HTTP and gRPC servers: which is slow, what it waits for

By stacks: total is what was surely a handler's, perhaps: a part of that is.
Not known: how many requests there were (seen: those that stacks tell of), and
what was done between two stacks. What connections wait between requests is no
handler's; --between shows it. Where requests are tasks of runtime/trace there
are tasks and slow_tasks.]]
args = {
  { name = "frame", repeatable = true, arg = "FUNCTION",
    help = "what calls handlers, in place of net/http's and gRPC's" },
  { name = "between", type = "bool",
    help = "what their goroutines do outside of handlers, too" },
  { name = "top", short = "t", type = "int", default = 20,
    help = "rows to show; 0: all" },
}

local follower = require "handlers.follower"
local frames = require "handlers.frames"

local visits = durations("seen", "handler"):top(opt.top):name "handlers"
local times = columns { by = { "handler" }, "sum total", "sum running",
  "sum waiting", "sum syscall", "sum runnable", "sum perhaps",
  "count goroutines" }
times:ns():top(opt.top):optional():name "time"
local waits = columns { by = { "handler", "reason", "place" }, "sum total",
  "count waits", "max max" }
waits:ns():top(opt.top):optional():name "waits"
visits:when_empty("handlers: " .. frames.none(opt.frame))

local who = require("holders.tables").new("handler"):top(opt.top)
local of_wait = require("holders.holders").new()

local handler_now = nil
local followed = follower(frames.finder(opt.frame), opt.between, {
  visit = function(handler, ns)
    visits:add(handler, ns)
  end,
  time = function(handler, ns)
    times:add(handler, ns.Running + ns.Waiting + ns.Syscall + ns.Runnable,
      ns.Running, ns.Waiting, ns.Syscall, ns.Runnable, ns.perhaps, 1)
  end,
  wait = function(handler, s)
    waits:add(handler, s.reason, s.place, s.dur, s.dur, s.dur)
    handler_now = handler
  end,
})

local function add_part(s, part, ns)
  if handler_now then
    who:add(handler_now, s, part, ns)
  end
end

function on.any(ev)
  followed:look(ev)
end

function on.state(s)
  handler_now = nil
  followed:add(s)
  of_wait:state(s, add_part)
end

function on.finish()
  followed:finish()
end
