-- Traces that Go's reader takes, and at which its validator, its Summarizer or the
-- pages of go tool trace fail or panic: each with what --verify says of it.
local trace = require "support.trace"
local v1 = require "v1.v1_trace"

local list = {} -- { name, why, bytes }

local function refuses(name, why, ...)
  local batches = { ... }
  batches.strings = { [1] = "forever", [2] = "main.f", [3] = "f.go", [4] = "" }
  batches.stacks = { [1] = { { 1, 2, 3, 4 }, { 2, 2, 0, 4 } } }
  table.insert(list, { name = name, why = why, bytes = trace.file(26, batches) })
end

refuses("a status that is none", "proc 0 has a status that is none", { m = 1, { "ProcStatus", 0, 0, 0 } })
refuses("a goroutine that ends in a range", "goroutine 5 ends in a range %(have GC mark assist, want none%)",
  trace.running(1, 0, 5, { "GCMarkAssistBegin", 1 }, { "GoDestroy", 1 }))
refuses("a thread that has two procs", "proc 1 runs on a thread that has another %(have proc 0, want none%)",
  trace.running(1, 0, 5, { "ProcStatus", 1, 1, 1 }))
refuses("a goroutine that ended and is stated again", "goroutine 5 is not what it was",
  trace.running(1, 0, 5, { "GoDestroy", 1 }), { m = 2, time = 2000, { "GoStatus", 1, 5, -1, 4 } })
refuses("a goroutine that runs without a proc, and stops", "goroutine 5 stops, but began to run without a proc",
  { m = 1, { "GoStatus", 0, 5, 1, 2 }, { "ProcStatus", 0, 0, 1 }, { "GoStop", 1 } })
refuses("a syscall that was there before its proc", "goroutine 5 stops, but began to run without a proc",
  { m = 1, { "GoStatus", 0, 5, 1, 3 }, { "ProcStatus", 0, 0, 3 }, { "GoSyscallEnd", 1 }, { "GoStop", 1 } })
table.insert(list, {
  name = "a first generation without events",
  why = "nothing was known of proc 0 in the first generation",
  bytes = trace.file(26, {},
    { gen = 2, time = 2000, clock = { 0, 100, 2, 1000 }, { m = 1, { "ProcStatus", 0, 0, 1 } } }),
})
refuses("a label without a name", "a label without a name", trace.running(1, 0, 5, { "GoLabel", 1, 0 }))
refuses("a task of no id", "a task with an id that is none", trace.running(1, 0, 5, { "UserTaskBegin", 1, 0 }))
refuses("tasks in a circle", "task 7 is its own ancestor",
  trace.running(1, 0, 5, { "UserTaskBegin", 1, 8, 7, 2 }, { "UserTaskBegin", 1, 7, 8, 2 }))
refuses("frames that lack something", "a frame of its stack lacks function, file, line or pc %(have frame 2%)",
  trace.running(1, 0, 5, { "GoStop", 1, 1, 1 }))
refuses("a range of one that blocked forever", "goroutine 5 has a range after it blocked forever",
  trace.running(1, 0, 5, { "GoBlock", 1, 1 }, { "GoUnblock", 1, 5, 1 }, { "GoStart", 1, 5, 2 },
    { "STWBegin", 1, 2 }))
refuses("a sweep beyond GOMAXPROCS", "a collector's work on a proc beyond GOMAXPROCS",
  trace.running(1, 3, 5, { "ProcsChange", 1, 2 }, { "GCSweepBegin", 1 }))
refuses("a mark assist that goes on beyond GOMAXPROCS", "a collector's work on a proc beyond GOMAXPROCS",
  trace.running(1, 3, 5, { "ProcsChange", 1, 4 }, { "GCMarkAssistBegin", 1 }, { "ProcsChange", 1, 2 }, { "GoStop", 1 }))
refuses("a mark assist that is taken up beyond GOMAXPROCS", "a collector's work on a proc beyond GOMAXPROCS",
  { m = 2, { "GoStatus", 0, 6, -1, 1 } }, trace.running(1, 3, 5, { "ProcsChange", 1, 4 }, { "GCMarkAssistBegin", 1 },
    { "GoStop", 1 }, { "GoStart", 1, 6, 1 }, { "ProcsChange", 1, 2 }, { "GoStop", 1 }, { "GoStart", 1, 5, 1 }))
refuses("a sweep that ends beyond GOMAXPROCS", "a collector's work on a proc beyond GOMAXPROCS",
  trace.running(1, 3, 5, { "GCSweepBegin", 1 }, { "ProcsChange", 1, 2 }, { "GCSweepEnd", 1, 0, 0 }))
refuses("procs without number", "go tool trace lists all procs up to this",
  { m = 1, { "ProcStatus", 0, 2 ^ 40, 2 } })
refuses("procs above 2^63", "go tool trace lists all procs up to this %(have proc 9223372036854775813",
  { m = 1, { "ProcStatus", 0, 9223372036854775813ULL, 2 } })
refuses("a label that is empty", "a label without a name", trace.running(1, 0, 5, { "GoLabel", 1, 4 }))
refuses("a goroutine that runs on two threads", "goroutine 5 runs on a thread that has another",
  trace.running(1, 0, 5), trace.running(2, 1, 6, { "GoStatus", 1, 5, 2, 2 }))
refuses("a switch to another out of a range", "goroutine 5 ends in a range",
  { m = 2, { "GoStatus", 0, 6, -1, 4 } }, trace.running(1, 0, 5, { "GCMarkAssistBegin", 1 },
    { "GoSwitchDestroy", 1, 6, 1 }))

-- What Go makes of old traces.
local function refuses_old(name, why, t)
  table.insert(list, { name = name, why = why, bytes = t:finish() })
end

refuses_old("two syscalls that were there before an old trace",
  "goroutine 3 runs on a thread that has another, as Go's tools convert old traces %(have goroutine 2, want none%)",
  v1.trace(11):Batch(0, 1000):GoCreate(0, 2, 0, 0):GoInSyscall(0, 2):GoCreate(0, 3, 0, 0):GoInSyscall(0, 3)
    :ProcStart(0, 7):Gomaxprocs(0, 1, 0):HeapAlloc(10, 1))
refuses_old("a goroutine of an old trace with a stack that is not there",
  "goroutine 2 begins with a stack that is not in the trace %(have stack 9%)",
  v1.trace(11):start():GoCreate(10, 2, 9, 0))
refuses_old("a frame of an old trace with a name that is not there",
  "a stack frame names the unknown string 8", -- the reader says so before a judge does
  v1.trace(11):start():String(1, "main.f"):String(9, "main.g"):Stack(3, { 16, 1, 8, 4 }):GoSched(10, 3))
for name, t in pairs {
  log = v1.trace(11):start():UserLog(10, 5, 8, 0, "text"),
  region = v1.trace(11):start():UserRegion(10, 5, 0, 8, 0),
} do
  refuses_old(("a %s of an old trace with a name that is not there"):format(name),
    "its name is not in the trace, as Go's tools convert old traces %(have string 8%)",
    t:String(1, "a"):String(9, "b"))
end

return list
