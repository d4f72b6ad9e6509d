-- timeline.lua: what goroutines or Ps did over time, a line each, drawn in the width of the
-- terminal: they ran (█, lower where it was less than all of the time), could have run (▒),
-- were in a syscall (s) or waited (·). A character shows the first of these that took an
-- eighth of its time.
--
--   $ gotrace-lua timeline --top=5 testdata/real/go1.27-faults.trace
--   func                   over time, 1.8ms each
--   main.together.func1            ·············      ▇███████████████████████████▄
--   main.main              ▄·▃··▃··············▂sssssss····························
--   main.waitForNothing                        ▒···································
--   main.answerQuestions   ▒·······▂
--   main.readSlowly.func1                       ·······
--   $ gotrace-lua timeline --by=p testdata/real/go1.27-faults.trace | tail -4
--   0                              ▃                    ███████████████████████████▇
--   1  ▅  ▂▂                                 ▅       █████████████████████▄
--   2         ▄   ▂                           ▄██████████████████████████████▄
--   3                               sssssssss███████████████████████████████████▅
description = "What goroutines did over time, drawn in the terminal's width"
needs = "names"
args = {
  { name = "by", type = "keys", default = "func",
    help = "a line for each: fields of spans, such as func, g, p, task_name" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "lines: those that did most; 0: all" },
  { name = "width", short = "w", type = "int", default = 0,
    help = "characters of time; 0: what the terminal has room for" },
}

local drawn = require "timeline.drawn"
local lines = require("timeline.lines").new(opt.by)

function on.state(s)
  lines:add(s)
end

function on.finish()
  drawn.show(lines)
end
