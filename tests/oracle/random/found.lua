-- found: cases of random scripts (verdicts.lua) that Go once refused, with what
-- was wrong. { name, recording, statements, options = {...}, damage = {...} }
local found = {}

local GOROUTINE, NUMBER = { "target_g", "goroutine" }, { "heapalloc", "number" }

local function case(name, recording, ...)
  table.insert(found, { name = name, recording = recording, statements = { ... } })
end

case("a goroutine that has ended is stated again", "go1.22-syscalls", { "add", "GoDestroySyscall", {}, 0.2, 337917 })
case("a goroutine is created again on another thread", "go1.23-syscalls", { "add", "GoStart", GOROUTINE, 0.03, 135836 })
case("a sweep on no proc", "go1.22-stacks", { "add", "GCSweepActive", { "target_p", "proc" }, 0.2, 356501 })
case("two GC events that may have any number", "go1.23-syscalls",
  { "add", "GCBegin", { "stack", "stack" }, 0.03, 363002 }, { "add", "HeapAlloc", NUMBER, 0.03, 959686 })
case("a thread that waits beside one of the same time", "go1.15-mix", { "add", "GoSyscallEndBlocked", {}, 0.2, 7285 })
case("one type only, and sweeps", "go1.23-cgo",
  { "keep", { "GoDestroy" }, 0.3, 205457 }, { "add", "GCSweepActive", { "target_p", "proc" }, 0.03, 363588 })
case("an assist that others state", "go1.27-cgothreads",
  { "add", "GCMarkAssistActive", GOROUTINE, 0.2, 565935 }, { "drop_nth", "g", 6 }, { "again", 0.1, 384730 },
  { "drop_any", 0.9, 40680 })
case("times beyond what a double holds", "go1.15-mix",
  { "add", "GoCreateBlocked", { "new_g", "goroutine", "new_stack", "stack", "stack", "stack" }, 0.03, 643543 },
  { "edit", "GoUnblock", "time", "time", 1, 375495 })
case("a proc stolen before its thread needed it", "go1.24-lifetimes", { "add", "HeapAlloc", NUMBER, 0.2, 814046 })
case("a range of one that blocked for ever", "go1.15-http", { "edit_any", 0.05, 185267 })
case("statuses of no thread", "go1.23-cgo", { "edit_any", 0.3, 71107 })
case("a proc that is heard of late", "go1.22-turnover", { "keep", { "GoSyscallEndBlocked" }, 1, 1 })
case("another such proc", "go1.25-flight", { "keep", { "GoStop" }, 1, 1 })
case("a stop of the world over generations", "go1.24-turnover", { "drop", { "STWEnd" }, 1, 1 })

table.insert(found, {
  name = "two threads with one proc, behind a gap", recording = "go1.26-flight",
  statements = {}, damage = { "missing batch", 95289 },
})
table.insert(found, {
  name = "a generation numbered by the last number", recording = "go1.25-cgo",
  statements = {}, damage = { "experiment", 165329 },
})
table.insert(found, {
  name = "a hidden goroutine of a damaged trace", recording = "go1.19-procs",
  statements = { { "hide_nth", 1, 50 } }, damage = { "missing bytes", 617684 },
})
table.insert(found, {
  name = "a status that is none", recording = "go1.22-sync",
  statements = {}, damage = { "more bytes", 987268 },
})
table.insert(found, {
  name = "a sample an hour before the first goroutine", recording = "go1.19-cpusamples",
  statements = {}, damage = { "more bytes", 712880 },
})

return found
