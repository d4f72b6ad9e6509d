-- machine.lua: trace.proc(id), trace.thread(id) and trace.gc(n).
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local maker = require("gotrace.span.fields").maker
local object = require "gotrace.span.object"

local states = { [2] = "Running", [5] = "Idle" }

local function class(kind, raw, read, names, get, text)
  object.numbers(get, raw, names)
  return object.class { kind = kind, advice = "it is the trace's", read = read,
    get = get, label = function(id)
      return text:format(id)
    end }
end

local proc = ffi.new "gotrace_proc"
local proc_of, reset_procs = class("proc", proc, function(id)
  return C.gotrace_spans_proc(maker.handle, id, maker.now(), proc)
end, { "id", "m", "g", "running", "idle" }, {
  state = function()
    return states[proc.state]
  end,
}, "P%.0f")

local thread = ffi.new "gotrace_thread"
local thread_of, reset_threads = class("thread", thread, function(id)
  return C.gotrace_spans_thread(maker.handle, id, thread)
end, { "id", "p", "g" }, {}, "M%.0f")

local gc = ffi.new "gotrace_gc"
local gc_of, reset_gcs = class("gc", gc, function(n)
  return n < 2 ^ 32 and C.gotrace_spans_gc(maker.handle, n, gc)
end, { "from", "to", "stw", "assist", "heap_before", "heap_after", "goal" }, {
  n = function(n)
    return n
  end,
}, "GC %.0f")

local now, goal = ffi.new "int64_t[1]", ffi.new "int64_t[1]"

-- heap(): bytes in the heap and its goal, as last told; nil: nothing was.
local function heap()
  if maker.handle == nil then
    return nil
  end
  C.gotrace_spans_heap(maker.handle, now, goal)
  local bytes, aim = tonumber(now[0]), tonumber(goal[0])
  return bytes >= 0 and bytes or nil, aim >= 0 and aim or nil
end

local function reset()
  reset_procs()
  reset_threads()
  reset_gcs()
end

return { proc = proc_of, thread = thread_of, gc = gc_of, heap = heap,
  reset = reset }
