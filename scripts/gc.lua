-- gc.lua: collections: when, how long, how long the world stood and goroutines had to
-- help, and what became of the heap.
--
--   $ gotrace-lua gc testdata/real/go1.27-gc.trace | head -9
--   n     from     mark      stw   assist    before     after      goal
--   1  716.4us  679.7us  194.4us  1.966ms  3.291MiB  2.954MiB  3.258MiB
--   2  1.713ms  875.6us  221.3us  2.377ms  3.988MiB  3.384MiB  3.954MiB
--   3  7.838ms  621.7us  132.5us  909.8us  4.465MiB  3.407MiB  4.384MiB
--   4  12.13ms  1.553ms  84.42us  5.457ms  4.418MiB   3.57MiB  4.407MiB
--   5   15.4ms  1.788ms  43.01us  154.8us  4.577MiB  3.348MiB   4.57MiB
--   6  17.72ms  609.7us  156.2us  33.09us  4.369MiB  3.389MiB  4.348MiB
--   7  18.87ms    478us  120.3us  223.9us  4.394MiB  3.243MiB  4.389MiB
--   8  19.56ms  365.6us  38.85us      0ns  3.257MiB  2.898MiB  4.243MiB
--   $ gotrace-lua gc testdata/real/go1.27-gc.trace | tail -2
--         over time, 500us each
--   mark  ·▅▇▅█▂·········▃█·······▆██▃··▂███▄▅▆▃▆▆
description = "Collections: when, how long, stops, assists, heap"

local pictures = require("picture.pictures").new ""

local cycles = columns { by = { "n" }, "last from", "last mark", "last stw",
  "last assist", { "last before", unit = "bytes" },
  { "last after", unit = "bytes" }, { "last goal", unit = "bytes" } }
cycles:ns():sort "key"

-- The times of mark phases that -f and windows leave.
local told = {}

function on.gc(s)
  pictures:add("mark", s.from, s.to)
  told[#told + 1] = { from = s.from, to = s.to }
end

local at = 1 -- the first of them that is not before the cycle at hand

local function is_told(c)
  while told[at] and told[at].from < c.from do
    at = at + 1
  end
  return told[at] ~= nil and told[at].to <= (c.to or math.huge)
end

function on.finish(t)
  local n = 1
  while trace.gc(n) do
    local c = trace.gc(n)
    if is_told(c) then
      cycles:add(n, c.from, c.to and c.to - c.from, c.stw, c.assist,
        c.heap_before, c.heap_after, c.goal)
    end
    n = n + 1
  end
  pictures:show(t)
end
