-- top.lua: a page on the terminal, of a program that runs or a file that is played back: what
-- goroutines do now, by the function that they started with, and how long they waited for a P.
--
--   gotrace-lua top http://localhost:6060
--
-- Keys: s sort, / filter, Enter stacks, Tab views, p pause, t totals, ? help, q quit.
--
--   $ gotrace-lua top --once testdata/real/go1.27-faults.trace | head -4
--   function                    exec  sched_wait      p50      p99  syscall    block
--   main.together.func1      151.3ms     148.3ms   17.4us   36.3ms      0ns  83.47ms
--   main.main                2.554ms     354.2us    899ns  155.5us  10.93ms  86.08ms
--   main.answerQuestions     508.3us     400.7us     11us    198us      0ns  13.73ms
--
--   $ gotrace-lua top --once --from 50ms --to 60ms testdata/real/go1.27-faults.trace | head -4
--   function                    exec  sched_wait      p50      p99  syscall    block
--   main.together.func1      19.41ms     52.77ms  8.822ms  8.822ms      0ns      0ns
--   main.main                11.65us     4.416us  4.416us  4.416us      0ns  9.984ms
--   main.waitForNothing          0ns         0ns                        0ns     70ms
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
