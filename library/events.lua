---@meta
-- What scripts of gotrace-lua have, for editors: written by ./dev docs, and of no use to the program.

---The types of events.
---@alias gotrace.EventType
---| "CPUSample"
---| "ProcsChange"
---| "ProcStart"
---| "ProcStop"
---| "ProcSteal"
---| "ProcStatus"
---| "GoCreate"
---| "GoCreateSyscall"
---| "GoStart"
---| "GoDestroy"
---| "GoDestroySyscall"
---| "GoStop"
---| "GoBlock"
---| "GoUnblock"
---| "GoSyscallBegin"
---| "GoSyscallEnd"
---| "GoSyscallEndBlocked"
---| "GoStatus"
---| "STWBegin"
---| "STWEnd"
---| "GCActive"
---| "GCBegin"
---| "GCEnd"
---| "GCSweepActive"
---| "GCSweepBegin"
---| "GCSweepEnd"
---| "GCMarkAssistActive"
---| "GCMarkAssistBegin"
---| "GCMarkAssistEnd"
---| "HeapAlloc"
---| "HeapGoal"
---| "GoLabel"
---| "UserTaskBegin"
---| "UserTaskEnd"
---| "UserRegionBegin"
---| "UserRegionEnd"
---| "UserLog"
---| "GoSwitch"
---| "GoSwitchDestroy"
---| "GoCreateBlocked"
---| "GoStatusStack"
---| "Span"
---| "SpanAlloc"
---| "SpanFree"
---| "HeapObject"
---| "HeapObjectAlloc"
---| "HeapObjectFree"
---| "GoroutineStack"
---| "GoroutineStackAlloc"
---| "GoroutineStackFree"

---What a goroutine waits for.
---@alias gotrace.Reason
---| "unspecified"
---| "forever"
---| "network"
---| "select"
---| "sync.(*Cond).Wait"
---| "sync"
---| "chan send"
---| "chan receive"
---| "GC mark assist wait for work"
---| "GC background sweeper wait"
---| "system goroutine wait"
---| "preempted"
---| "wait for debug call"
---| "wait until GC ends"
---| "sleep"
---| "GC weak to strong wait"
---| "synctest"
---| ""
---| string

---Why a goroutine yields.
---@alias gotrace.StopReason
---| "unspecified"
---| "runtime.Gosched"
---| "preempted"
---| ""
---| string

---Why the world is stopped.
---@alias gotrace.StopKind
---| "unknown"
---| "GC mark termination"
---| "GC sweep termination"
---| "write heap dump"
---| "goroutine profile"
---| "goroutine profile cleanup"
---| "all goroutines stack trace"
---| "read mem stats"
---| "AllThreadsSyscall"
---| "GOMAXPROCS"
---| "start trace"
---| "stop trace"
---| "CountPagesInUse (test)"
---| "ReadMetricsSlow (test)"
---| "ReadMemStatsSlow (test)"
---| "PageCachePagesLeaked (test)"
---| "ResetDebugLog (test)"
---| "all goroutine stack trace"
---| ""
---| string

---What a goroutine does.
---@alias gotrace.GoroutineState
---| "Runnable"
---| "Running"
---| "Syscall"
---| "Waiting"

---What a proc does.
---@alias gotrace.ProcStatus
---| "Running"
---| "Idle"
---| "Syscall"
---| "SyscallAbandoned"

---What happened: the event at hand.
---@class (exact) gotrace.Event
---@field type gotrace.EventType # `"GoCreate"` ...
---@field time integer # ns since the trace began
---@field m integer? # the context: thread, proc and goroutine that were running just before the event; nil if none or not known
---@field p integer? # the context: thread, proc and goroutine that were running just before the event; nil if none or not known
---@field g integer? # the context: thread, proc and goroutine that were running just before the event; nil if none or not known
---@field stack gotrace.Stack # where it happened; empty if the trace does not say
---@field n integer # number of the event in the trace, from 1
---@field gen integer # number of its generation
---@field off integer # its byte offset in the unpacked trace
---@field known boolean? # of a status: true where it only restates what was known already
---@field func string? # the function that `g` started with, and whether it is the runtime's own; `""` and nil until the trace has said, nil where `g` is
---@field system boolean? # the function that `g` started with, and whether it is the runtime's own; `""` and nil until the trace has said, nil where `g` is
---@field region string? # the innermost region that `g` is in, the name of the task that it works on; nil: none
---@field task_name string? # the innermost region that `g` is in, the name of the task that it works on; nil: none
---@field copy fun(self: gotrace.Event): gotrace.Event # an object with the same fields and methods, which lasts, and is for reading
---@field fields fun(self: gotrace.Event): string[] # list of the names of the type's arguments
---@field wall fun(self: gotrace.Event): integer?, integer? # wall clock: seconds since 1970, nanoseconds; nil if the trace does not say (before Go 1.25)
---@field raw fun(self: gotrace.Event): table<string, number|string> # table of the arguments as the trace has them: sequence numbers, ids of strings and stacks; a number above 2^53 is a string of digits

---Since Go 1.22: the CPU profiler took a sample.
---@class (exact) gotrace.CPUSample: gotrace.Event

---Since Go 1.22: GOMAXPROCS is, or has become, procs.
---@class (exact) gotrace.ProcsChange: gotrace.Event
---@field procs integer # number; in Go /sched/gomaxprocs:threads, GOMAXPROCS

---Since Go 1.22: a thread takes up a proc.
---@class (exact) gotrace.ProcStart: gotrace.Event
---@field target_p integer # proc's id

---Since Go 1.22: the thread lets go of its proc.
---@class (exact) gotrace.ProcStop: gotrace.Event

---Since Go 1.22: a proc is taken from a thread that sits in a syscall.
---@class (exact) gotrace.ProcSteal: gotrace.Event
---@field target_p integer # proc's id
---@field target_m integer? # thread's id

---Since Go 1.22: what a proc is doing as a generation begins.
---@class (exact) gotrace.ProcStatus: gotrace.Event
---@field target_p integer # proc's id
---@field status gotrace.ProcStatus # text

---Since Go 1.22: a goroutine is created, ready to run.
---@class (exact) gotrace.GoCreate: gotrace.Event
---@field new_g integer # goroutine's id
---@field new_stack gotrace.Stack # stack

---Since Go 1.22: a C thread calls into Go: its goroutine appears, in a syscall.
---@class (exact) gotrace.GoCreateSyscall: gotrace.Event
---@field new_g integer # goroutine's id

---Since Go 1.22: a goroutine starts to run.
---@class (exact) gotrace.GoStart: gotrace.Event
---@field target_g integer # goroutine's id

---Since Go 1.22: the running goroutine ends.
---@class (exact) gotrace.GoDestroy: gotrace.Event

---Since Go 1.22: the goroutine of a C thread goes, in a syscall.
---@class (exact) gotrace.GoDestroySyscall: gotrace.Event

---Since Go 1.22: the running goroutine yields but could run on.
---@class (exact) gotrace.GoStop: gotrace.Event
---@field reason gotrace.StopReason # text

---Since Go 1.22: the running goroutine waits.
---@class (exact) gotrace.GoBlock: gotrace.Event
---@field reason gotrace.Reason # text

---Since Go 1.22: a waiting goroutine becomes ready to run.
---@class (exact) gotrace.GoUnblock: gotrace.Event
---@field target_g integer # goroutine's id

---Since Go 1.22: the running goroutine enters a syscall.
---@class (exact) gotrace.GoSyscallBegin: gotrace.Event

---Since Go 1.22: it returns from the syscall and runs on.
---@class (exact) gotrace.GoSyscallEnd: gotrace.Event

---Since Go 1.22: it returns from a syscall that lost its proc and waits to run.
---@class (exact) gotrace.GoSyscallEndBlocked: gotrace.Event

---Since Go 1.22: what a goroutine is doing as a generation begins.
---@class (exact) gotrace.GoStatus: gotrace.Event
---@field target_g integer # goroutine's id
---@field target_m integer? # thread's id
---@field status gotrace.GoroutineState # text

---Since Go 1.22: the world is being stopped.
---@class (exact) gotrace.STWBegin: gotrace.Event
---@field kind gotrace.StopKind # text

---Since Go 1.22: the world runs again.
---@class (exact) gotrace.STWEnd: gotrace.Event

---Since Go 1.22: a mark phase is in progress as a generation begins.
---@class (exact) gotrace.GCActive: gotrace.Event

---Since Go 1.22: a mark phase of the garbage collector begins.
---@class (exact) gotrace.GCBegin: gotrace.Event

---Since Go 1.22: the mark phase ends.
---@class (exact) gotrace.GCEnd: gotrace.Event

---Since Go 1.22: a proc is sweeping as a generation begins.
---@class (exact) gotrace.GCSweepActive: gotrace.Event
---@field target_p integer # proc's id

---Since Go 1.22: the proc begins to sweep.
---@class (exact) gotrace.GCSweepBegin: gotrace.Event

---Since Go 1.22: the proc has swept; swept and reclaimed are bytes.
---@class (exact) gotrace.GCSweepEnd: gotrace.Event
---@field swept integer # number
---@field reclaimed integer # number

---Since Go 1.22: a goroutine is assisting as a generation begins.
---@class (exact) gotrace.GCMarkAssistActive: gotrace.Event
---@field target_g integer # goroutine's id

---Since Go 1.22: the goroutine has to help with marking.
---@class (exact) gotrace.GCMarkAssistBegin: gotrace.Event

---Since Go 1.22: it has helped enough.
---@class (exact) gotrace.GCMarkAssistEnd: gotrace.Event

---Since Go 1.22: bytes of live heap.
---@class (exact) gotrace.HeapAlloc: gotrace.Event
---@field heapalloc integer # number; in Go /memory/classes/heap/objects:bytes

---Since Go 1.22: bytes of heap at which the next collection is due to end.
---@class (exact) gotrace.HeapGoal: gotrace.Event
---@field heapgoal integer # number; in Go /gc/heap/goal:bytes

---Since Go 1.22: the goroutine's label, that of a GC worker for one.
---@class (exact) gotrace.GoLabel: gotrace.Event
---@field label string # text

---Since Go 1.22: trace.NewTask.
---@class (exact) gotrace.UserTaskBegin: gotrace.Event
---@field task integer # task's id
---@field parent_task integer? # task's id; in Go Parent
---@field name string # text; in Go trace.NewTask's taskType

---Since Go 1.22: Task.End.
---@class (exact) gotrace.UserTaskEnd: gotrace.Event
---@field task integer # task's id

---Since Go 1.22: trace.StartRegion or WithRegion begins.
---@class (exact) gotrace.UserRegionBegin: gotrace.Event
---@field task integer # task's id
---@field name string # text; in Go trace.StartRegion's regionType

---Since Go 1.22: the innermost region of the goroutine ends.
---@class (exact) gotrace.UserRegionEnd: gotrace.Event
---@field task integer # task's id
---@field name string # text; in Go trace.StartRegion's regionType

---Since Go 1.22: trace.Log.
---@class (exact) gotrace.UserLog: gotrace.Event
---@field task integer # task's id
---@field key string # text; in Go trace.Log's category
---@field value string # text; in Go trace.Log's message

---Since Go 1.23: the goroutine blocks and hands its thread to another (iter.Pull).
---@class (exact) gotrace.GoSwitch: gotrace.Event
---@field target_g integer # goroutine's id

---Since Go 1.23: the goroutine ends and hands its thread to another.
---@class (exact) gotrace.GoSwitchDestroy: gotrace.Event
---@field target_g integer # goroutine's id

---Since Go 1.23: a goroutine is created that waits from the start (iter.Pull).
---@class (exact) gotrace.GoCreateBlocked: gotrace.Event
---@field new_g integer # goroutine's id
---@field new_stack gotrace.Stack # stack

---Since Go 1.23: as GoStatus, with the goroutine's stack.
---@class (exact) gotrace.GoStatusStack: gotrace.Event
---@field target_g integer # goroutine's id
---@field target_m integer? # thread's id
---@field status gotrace.GoroutineState # text

---Since Go 1.23: a span of the heap exists as a generation begins.
---@class (exact) gotrace.Span: gotrace.Event
---@field id integer # number
---@field npages integer # number
---@field kindclass integer # number

---Since Go 1.23: a span of the heap is allocated.
---@class (exact) gotrace.SpanAlloc: gotrace.Event
---@field id integer # number
---@field npages integer # number
---@field kindclass integer # number

---Since Go 1.23: a span of the heap is freed.
---@class (exact) gotrace.SpanFree: gotrace.Event
---@field id integer # number

---Since Go 1.23: an object exists as a generation begins.
---@class (exact) gotrace.HeapObject: gotrace.Event
---@field id integer # number
---@field arg_type integer # number

---Since Go 1.23: an object is allocated.
---@class (exact) gotrace.HeapObjectAlloc: gotrace.Event
---@field id integer # number
---@field arg_type integer # number

---Since Go 1.23: an object is freed.
---@class (exact) gotrace.HeapObjectFree: gotrace.Event
---@field id integer # number

---Since Go 1.23: a goroutine's stack exists as a generation begins.
---@class (exact) gotrace.GoroutineStack: gotrace.Event
---@field id integer # number
---@field order integer # number

---Since Go 1.23: a goroutine's stack is allocated.
---@class (exact) gotrace.GoroutineStackAlloc: gotrace.Event
---@field id integer # number
---@field order integer # number

---Since Go 1.23: a goroutine's stack is freed.
---@class (exact) gotrace.GoroutineStackFree: gotrace.Event
---@field id integer # number

---An event of any type.
---@class (exact) gotrace.AnyEvent: gotrace.Event
---@field arg_type integer|nil
---@field heapalloc integer|nil
---@field heapgoal integer|nil
---@field id integer|nil
---@field key string|nil
---@field kind gotrace.StopKind|nil
---@field kindclass integer|nil
---@field label string|nil
---@field name string|nil
---@field new_g integer|nil
---@field new_stack gotrace.Stack|nil
---@field npages integer|nil
---@field order integer|nil
---@field parent_task integer|nil
---@field procs integer|nil
---@field reason gotrace.StopReason|gotrace.Reason|nil
---@field reclaimed integer|nil
---@field status gotrace.ProcStatus|gotrace.GoroutineState|nil
---@field swept integer|nil
---@field target_g integer|nil
---@field target_m integer|nil
---@field target_p integer|nil
---@field task integer|nil
---@field value string|nil
