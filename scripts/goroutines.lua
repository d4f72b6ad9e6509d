-- goroutines.lua: goroutines by the function that they started with: how many, and what
-- they did with their time, in the words of Go's goroutine page.
--
--   $ gotrace-lua goroutines --top=5 testdata/real/go1.27-faults.trace | head -7
--   function                        total   n     exec  sched_wait    block  syscall
--   main.waitForNothing           439.1ms   7   15.3us     1.556ms  437.5ms      0ns
--   main.together.func1           383.1ms  14  151.3ms     148.3ms  83.47ms      0ns
--   main.main                     99.91ms   1  2.554ms     354.2us  86.08ms  10.93ms
--   runtime/trace...Locked.func1  99.77ms   1  14.08us     138.4us  99.58ms  32.83us
--   main.answerQuestions          14.64ms   1  508.3us     400.7us  13.73ms      0ns
--   ... and 1 more                11.09ms   1   23.1us      80.9us  10.78ms  206.1us
--   $ gotrace-lua goroutines --of=exec --top=2 testdata/real/go1.27-faults.trace | sed -n 6,8p
--   function             of     n      min     mean      p50      p99      max
--   main.together.func1  exec  14  28.48us   10.8ms     12ms   28.3ms  28.41ms
--   main.main            exec   1  2.554ms  2.554ms  2.554ms  2.554ms  2.554ms
--
-- The second table `each` says how the goroutines of a row differ: by their total, or what --of names.
-- sched_wait is time that they could run and had no P: what sched counts as its waits. gc_assist
-- is from the begin to the end of mark assists, a part of exec, sched_wait and block.
-- All figures are of whole lives: with --from and --to of the goroutines that are there then.
-- With --by=log:KEY goroutines are together that logged the same under that key.
description = "Goroutines by function: how many, what they did with their time"
args = {
  { name = "by", matches = "^(func|id|trace|log:.+)$", arg = "WHAT",
    wanted = "one of func, id, trace, log:KEY", default = "func",
    help = "a row for each func, id, trace, or value of log:KEY" },
  { name = "of", type = "list", default = { "total" }, arg = "WORD,...",
    matches = "^(total|exec|sched_wait|block|syscall|syscall_block|gc_assist" ..
      "|sweep|unknown)$", wanted = "one of total, exec, sched_wait, " ..
      "block, syscall, syscall_block, gc_assist, sweep, unknown",
    help = "of which figures goroutines are compared, and the order (total)" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local tables = require "goroutines.tables"

local headings = { func = "function", id = "goroutine" }
local add, add_sum = tables.tables(headings[opt.by] or opt.by, opt.top,
  opt.by == "id" and {} or opt.of, opt.of[1])

local function is_wanted(g)
  return opt.system or not g.system
end

if opt.by ~= "func" and opt.by ~= "trace" then
  on.finish = require("goroutines.single").finish(opt.by, add, is_wanted)
  return
end

local goroutine_sums = require "gotrace.goroutine_sums"
local all = goroutine_sums { by = opt.by == "func" and "name" or nil,
  quantiles = opt.of }

function on.finish()
  for sum in all:each() do
    if is_wanted(sum) then
      add_sum(opt.by == "func" and sum.name or trace, sum)
    end
  end
end
