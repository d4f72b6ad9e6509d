-- counters.lua: bytes of heap, and how far it is from its goal.
local clock = require "chrome.clock"

local STATS = 1
local MOST_GOAL = 2 ^ 50 -- a higher one is none

-- follow(viewer): hooks for them.
local function follow(viewer)
  local heap = viewer:counter("Heap", STATS, { "Allocated", "NextGC" })
  local alloc, goal, shown_alloc, shown_goal = 0, 0, 0, 0

  local function show(time)
    if alloc ~= shown_alloc or goal ~= shown_goal then
      viewer:count(heap, time, alloc, math.max(0, goal - alloc))
      shown_alloc, shown_goal = alloc, goal
    end
  end

  function on.HeapAlloc(ev)
    alloc = ev.heapalloc
    show(clock.of(ev))
  end

  function on.HeapGoal(ev)
    goal = ev.heapgoal > MOST_GOAL and 0 or ev.heapgoal
    show(clock.of(ev))
  end
end

return { follow = follow }
