-- words.lua: the words that some fields can have, as Go's runtime writes them:
-- Go 1.27's traceBlockReasonStrings and traceGoStopReasonStrings
-- (runtime/traceruntime.go) and stwReasonStrings (runtime/proc.go), which hold
-- those of all versions before; what only the converter of older traces writes
-- (internal/trace/tracev1.go) is at the end of each list.
local spec = require "gotrace.engine.event_table"
local fields = require "gotrace.event.fields"

local words = {
  reason = {
    "unspecified", "forever", "network", "select", "sync.(*Cond).Wait", "sync",
    "chan send", "chan receive", "GC mark assist wait for work",
    "GC background sweeper wait", "system goroutine wait", "preempted",
    "wait for debug call", "wait until GC ends", "sleep",
    "GC weak to strong wait", "synctest", "runtime.Gosched", "",
  },
  kind = {
    "unknown", "GC mark termination", "GC sweep termination", "write heap dump",
    "goroutine profile", "goroutine profile cleanup",
    "all goroutines stack trace", "read mem stats", "AllThreadsSyscall",
    "GOMAXPROCS", "start trace", "stop trace", "CountPagesInUse (test)",
    "ReadMetricsSlow (test)", "ReadMemStatsSlow (test)",
    "PageCachePagesLeaked (test)", "ResetDebugLog (test)",
    "all goroutine stack trace", "",
  },
  -- Those of GoStop.
  stop = { "unspecified", "runtime.Gosched", "preempted", "" },
  type = spec.names,
  status = {},
}

local function add_status(list)
  for i = 1, #list do
    words.status[#words.status + 1] = list[i]
  end
end
add_status(fields.words.GSTATUS)
add_status(fields.words.PSTATUS)

return words
