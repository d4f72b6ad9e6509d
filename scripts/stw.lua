-- stw.lua: when the world was stopped: for what, how often and for how long.
--
--   $ gotrace-lua stw testdata/real/go1.27-gc.trace | head -4
--   stops: 19, 1.158ms in all; the longest:
--     217.2us at 1.713ms, GC sweep termination
--     184.9us at 717.3us, GC sweep termination
--     161.9us at 19.4ms, GOMAXPROCS
--   $ gotrace-lua stw --top=3 testdata/real/go1.27-gc.trace | tail -11 | head -5
--   name                  stops    total     mean      p50      p99      max
--   GC sweep termination      8  789.1us  98.64us   78.3us    216us  217.2us
--   GC mark termination       8  201.9us  25.23us    9.5us    115us  115.7us
--   GOMAXPROCS                2  164.6us   82.3us   2.69us  161.9us  161.9us
--   ... and 1 more            1  2.624us  2.624us  2.624us  2.624us  2.624us
--   $ gotrace-lua stw testdata/real/go1.27-gc.trace | tail -5
--   name                  over time, 1ms each
--   GC mark termination   ·▁▁·····▁····▁···▁▁▁·
--   GC sweep termination  ▂▂·····▁····▁··▁·▁▁▁·
--   GOMAXPROCS            ···················▂▁
--   start trace           ▁····················
description = "Stops of the world: for what, how often, how long"
needs = "names"
args = {
  { name = "by", type = "keys", default = "name",
    help = "what to group by: fields of spans" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
}

local pictures = require("picture.pictures").new "name"

local longest = require("stops.longest").new()
local is_text = require("gotrace.format").style() == "text"

local by = opt.by
local stops = durations("stops", unpack(by.names)):top(opt.top)
stops:when_empty("stw: the world was not stopped while the trace was made: " ..
  "where all hangs for a moment, runnable shows it")

function on.stw(s)
  by:add(stops, s.dur)
  longest:add(s)
  pictures:add(s.name, s.from, s.to)
end

function on.finish(t)
  if is_text then
    longest:print(t)
  end
  pictures:show(t)
end
