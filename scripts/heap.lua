-- heap.lua: the live heap over time, and the size at which a collection was due.
--
--   $ gotrace-lua heap testdata/real/go1.27-gc.trace
--     time      heap      goal
--   0.000s  3.291MiB  3.258MiB  ##########################
--   0.001s  4.005MiB  3.954MiB  ###############################
--   0.002s  4.465MiB  4.384MiB  ###################################
--   0.003s
--   0.004s
--   0.005s
--   0.006s
--   0.007s  4.473MiB  4.384MiB  ###################################
--   0.008s  4.515MiB  4.407MiB  ###################################
--   0.009s
--   0.010s
--   0.011s
--   0.012s  4.819MiB  4.407MiB  ######################################
--   0.013s  4.936MiB   4.57MiB  #######################################
--   0.014s
--   0.015s
--   0.016s   4.97MiB   4.57MiB  #######################################
--   0.017s  5.188MiB   4.57MiB  ########################################
--   0.018s   4.79MiB  4.389MiB  #####################################
--   0.019s  4.765MiB  4.389MiB  #####################################
--   0.020s  2.917MiB  3.898MiB  #######################
--
--   $ gotrace-lua heap -F csv testdata/real/go1.27-gc.trace | head -3
--   time,heap,goal
--   0,3450968,3416408
--   1000000,4199928,4146224
description = "The live heap over time, and its goal"
args = {
  { name = "by", type = "event_keys",
    help = "the heap at each step for each of: fields of events" },
  { name = "every", type = "duration", help = "a row for each step of time" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "with --by: how many to show; 0: all" },
}

-- Steps that are not chosen are a fortieth of the trace at least, and round.
local by, goal = opt.by, nil
local heap = tseries { "heap", opt.every or 1e6,
  measure = { "max heap", "max goal" }, rows = not opt.every and 40 or nil,
  unpack(by and by.names or {}) }
heap:unit("bytes"):top(by and opt.top or 0)

function on.begin()
  goal = nil
end

function on.HeapGoal(ev)
  goal = ev.heapgoal
end

function on.HeapAlloc(ev)
  if by then
    by:add(heap, ev.time, ev.heapalloc, goal)
  else
    heap:add(ev.time, ev.heapalloc, goal)
  end
end
