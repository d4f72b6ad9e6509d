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
    help = "of which figures goroutines are compared (total)" },
  { name = "top", short = "t", type = "int", default = 20,
    help = "rows to show; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local format = require "gotrace.format"
local tables = require "goroutines.tables"

local by_id, log_key = opt.by == "id", opt.by:match "^log:(.+)$"
local headings = { func = "function", id = "goroutine" }
local add = tables.tables(headings[opt.by] or opt.by, opt.top,
  by_id and {} or opt.of)

-- What a row is about; nil: none. Of several logs with the key the latest counts.
local key_of = {}
function key_of.func(g)
  return g.name
end
function key_of.id(g)
  return g
end
function key_of.trace()
  return trace
end
local logged = {} -- by goroutine
key_of[log_key and opt.by or ""] = function(g)
  return logged[g.id]
end

if log_key then
  function on.UserLog(ev)
    if ev.key == log_key and ev.g then
      logged[ev.g] = ev.value
    end
  end
end

-- Those that -f leaves.
local told = {}

function on.goroutine(s)
  told[s.g] = true
end

-- An object for each goroutine, with all that there is.
local function print_object(g)
  local s = g.stats
  local object = { id = g.id, name = g.name, block_by = s.block_by }
  for _, word in ipairs(tables.words) do
    object[word] = s[word]
  end
  print(format.json(object))
end

function on.finish()
  local objects, system = by_id and format.style() == "json", opt.system
  for g in trace.each_goroutine() do
    local is_wanted = told[g.id] and (system or not g.system)
    if is_wanted and objects then
      print_object(g)
    elseif is_wanted and key_of[opt.by](g) then
      add(key_of[opt.by](g), g.stats)
    end
  end
end
