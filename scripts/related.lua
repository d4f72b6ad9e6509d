-- related.lua: goroutines that a goroutine had to do with: those that ended a wait of it,
-- and those that ended a wait of one of these, as Go's trace viewer shows them beside it.
--
--   $ gotrace-lua related --goroutine=1 testdata/real/go1.27-faults.trace | head -5
--   of  steps  goroutine                 wakes   waited
--    1      0  G1 main.main                  0      0ns
--    1      1  G23 main.answerQuestions     12  12.64ms
--    1      1  G26 main.together.func1       1  22.33ms
--    1      1  G35 main.together.func1       1  1.477ms
--
--   $ gotrace-lua related --goroutine=1 -F csv testdata/real/go1.27-faults.trace | head -2
--   of,steps,goroutine,wakes,waited
--   1,0,G1 main.main,0,0
description = "Who woke a goroutine, and who woke these: --goroutine=ID"
args = {
  { name = "goroutine", short = "G", type = "int", repeatable = true,
    required = true, help = "the goroutine's number; several: of each" },
  { name = "top", short = "t", type = "int", default = 0,
    help = "rows to show; 0: all" },
}

local STEPS = 2 -- as RelatedGoroutinesV2 of Go 1.27 internal/trace/summary.go

local related = columns { by = { "of", "steps", "goroutine" }, "sum wakes",
  { "sum waited", unit = "ns" } }
related:top(opt.top):sort "key"

local wakes = {} -- by who waited, by who ended it: { how often, ns }

function on.state(s)
  local waker = s.state == "Waiting" and s.next == "Runnable" and s.waker
  if not waker or s.clipped == "end" or s.clipped == "both" then
    return
  end
  local by = wakes[s.g] or {}
  wakes[s.g] = by
  by[waker] = by[waker] or { n = 0, ns = 0 }
  by[waker].n, by[waker].ns = by[waker].n + 1, by[waker].ns + s.dur
end

-- Adds up whom the goroutines of a set were woken by.
local function wakers_of(set)
  local found = {}
  for g in pairs(set) do
    for waker, sum in pairs(wakes[g] or {}) do
      local all = found[waker] or { n = 0, ns = 0 }
      found[waker] = all
      all.n, all.ns = all.n + sum.n, all.ns + sum.ns
    end
  end
  return found
end

local function add_related(g)
  local set = { [g] = true }
  related:add(g, 0, trace.goroutine(g), 0, 0)
  for steps = 1, STEPS do
    for waker, sum in pairs(wakers_of(set)) do
      if not set[waker] then
        related:add(g, steps, trace.goroutine(waker), sum.n, sum.ns)
      end
    end
    for waker in pairs(wakers_of(set)) do
      set[waker] = true
    end
  end
end

function on.finish(t)
  for _, g in ipairs(opt.goroutine) do
    if not trace.goroutine(g) then
      fail("%s: there is no goroutine %d", t.file, g)
    end
    add_related(g)
  end
end
