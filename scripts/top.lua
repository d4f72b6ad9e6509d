-- top.lua: a page on the terminal, of a program that runs or a file that is played back: what
-- goroutines do now, by the function that they started with, and how long they waited for a P.
--
--   gotrace-lua top http://localhost:6060
--
-- Keys: s sort, / filter, Enter stacks, Tab views, p pause, t totals, ? help, q quit.
--
--   $ gotrace-lua top --once testdata/real/go1.27-faults.trace | head -4
description = "A page of what goroutines do now, of a running program or a file"
args = {
  { name = "once", type = "bool",
    help = "print the tables at the end, and show no page" },
  { name = "every", type = "duration", default = 1e9,
    help = "how much of a file is shown at once" },
  { name = "speed", type = "number", default = 1,
    help = "how fast a file is played back; 0: as fast as can be" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

if opt.once then
  require("top.once")(opt.system)
else
  local screen = require "gotrace.screen"
  screen.page(require "top.page"(opt))
end
