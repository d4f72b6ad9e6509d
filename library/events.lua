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
---@class (exact) gotrace.Event.CPUSample: gotrace.Event

---Since Go 1.22: GOMAXPROCS is, or has become, procs.
---@class (exact) gotrace.Event.ProcsChange: gotrace.Event
---@field procs integer # number, of ProcsChange: GOMAXPROCS is, or has become, procs; in Go /sched/gomaxprocs:threads, GOMAXPROCS

---Since Go 1.22: a thread takes up a proc.
---@class (exact) gotrace.Event.ProcStart: gotrace.Event
---@field target_p integer # proc's id, of ProcStart: a thread takes up a proc

---Since Go 1.22: the thread lets go of its proc.
---@class (exact) gotrace.Event.ProcStop: gotrace.Event

---Since Go 1.22: a proc is taken from a thread that sits in a syscall.
---@class (exact) gotrace.Event.ProcSteal: gotrace.Event
---@field target_p integer # proc's id, of ProcSteal: a proc is taken from a thread that sits in a syscall
---@field target_m integer? # thread's id, of ProcSteal: a proc is taken from a thread that sits in a syscall

---Since Go 1.22: what a proc is doing as a generation begins.
---@class (exact) gotrace.Event.ProcStatus: gotrace.Event
---@field target_p integer # proc's id, of ProcStatus: what a proc is doing as a generation begins
---@field status gotrace.ProcStatus # text, of ProcStatus: what a proc is doing as a generation begins

---Since Go 1.22: a goroutine is created, ready to run.
---@class (exact) gotrace.Event.GoCreate: gotrace.Event
---@field new_g integer # goroutine's id, of GoCreate: a goroutine is created, ready to run
---@field new_stack gotrace.Stack # stack, of GoCreate: a goroutine is created, ready to run

---Since Go 1.22: a C thread calls into Go: its goroutine appears, in a syscall.
---@class (exact) gotrace.Event.GoCreateSyscall: gotrace.Event
---@field new_g integer # goroutine's id, of GoCreateSyscall: a C thread calls into Go: its goroutine appears, in a syscall

---Since Go 1.22: a goroutine starts to run.
---@class (exact) gotrace.Event.GoStart: gotrace.Event
---@field target_g integer # goroutine's id, of GoStart: a goroutine starts to run

---Since Go 1.22: the running goroutine ends.
---@class (exact) gotrace.Event.GoDestroy: gotrace.Event

---Since Go 1.22: the goroutine of a C thread goes, in a syscall.
---@class (exact) gotrace.Event.GoDestroySyscall: gotrace.Event

---Since Go 1.22: the running goroutine yields but could run on.
---@class (exact) gotrace.Event.GoStop: gotrace.Event
---@field reason gotrace.StopReason # text, of GoStop: the running goroutine yields but could run on

---Since Go 1.22: the running goroutine waits.
---@class (exact) gotrace.Event.GoBlock: gotrace.Event
---@field reason gotrace.Reason # text, of GoBlock: the running goroutine waits

---Since Go 1.22: a waiting goroutine becomes ready to run.
---@class (exact) gotrace.Event.GoUnblock: gotrace.Event
---@field target_g integer # goroutine's id, of GoUnblock: a waiting goroutine becomes ready to run

---Since Go 1.22: the running goroutine enters a syscall.
---@class (exact) gotrace.Event.GoSyscallBegin: gotrace.Event

---Since Go 1.22: it returns from the syscall and runs on.
---@class (exact) gotrace.Event.GoSyscallEnd: gotrace.Event

---Since Go 1.22: it returns from a syscall that lost its proc and waits to run.
---@class (exact) gotrace.Event.GoSyscallEndBlocked: gotrace.Event

---Since Go 1.22: what a goroutine is doing as a generation begins.
---@class (exact) gotrace.Event.GoStatus: gotrace.Event
---@field target_g integer # goroutine's id, of GoStatus: what a goroutine is doing as a generation begins
---@field target_m integer? # thread's id, of GoStatus: what a goroutine is doing as a generation begins
---@field status gotrace.GoroutineState # text, of GoStatus: what a goroutine is doing as a generation begins

---Since Go 1.22: the world is being stopped.
---@class (exact) gotrace.Event.STWBegin: gotrace.Event
---@field kind gotrace.StopKind # text, of STWBegin: the world is being stopped

---Since Go 1.22: the world runs again.
---@class (exact) gotrace.Event.STWEnd: gotrace.Event

---Since Go 1.22: a mark phase is in progress as a generation begins.
---@class (exact) gotrace.Event.GCActive: gotrace.Event

---Since Go 1.22: a mark phase of the garbage collector begins.
---@class (exact) gotrace.Event.GCBegin: gotrace.Event

---Since Go 1.22: the mark phase ends.
---@class (exact) gotrace.Event.GCEnd: gotrace.Event

---Since Go 1.22: a proc is sweeping as a generation begins.
---@class (exact) gotrace.Event.GCSweepActive: gotrace.Event
---@field target_p integer # proc's id, of GCSweepActive: a proc is sweeping as a generation begins

---Since Go 1.22: the proc begins to sweep.
---@class (exact) gotrace.Event.GCSweepBegin: gotrace.Event

---Since Go 1.22: the proc has swept; swept and reclaimed are bytes.
---@class (exact) gotrace.Event.GCSweepEnd: gotrace.Event
---@field swept integer # number, of GCSweepEnd: the proc has swept; swept and reclaimed are bytes
---@field reclaimed integer # number, of GCSweepEnd: the proc has swept; swept and reclaimed are bytes

---Since Go 1.22: a goroutine is assisting as a generation begins.
---@class (exact) gotrace.Event.GCMarkAssistActive: gotrace.Event
---@field target_g integer # goroutine's id, of GCMarkAssistActive: a goroutine is assisting as a generation begins

---Since Go 1.22: the goroutine has to help with marking.
---@class (exact) gotrace.Event.GCMarkAssistBegin: gotrace.Event

---Since Go 1.22: it has helped enough.
---@class (exact) gotrace.Event.GCMarkAssistEnd: gotrace.Event

---Since Go 1.22: bytes of live heap.
---@class (exact) gotrace.Event.HeapAlloc: gotrace.Event
---@field heapalloc integer # number, of HeapAlloc: bytes of live heap; in Go /memory/classes/heap/objects:bytes

---Since Go 1.22: bytes of heap at which the next collection is due to end.
---@class (exact) gotrace.Event.HeapGoal: gotrace.Event
---@field heapgoal integer # number, of HeapGoal: bytes of heap at which the next collection is due to end; in Go /gc/heap/goal:bytes

---Since Go 1.22: the goroutine's label, that of a GC worker for one.
---@class (exact) gotrace.Event.GoLabel: gotrace.Event
---@field label string # text, of GoLabel: the goroutine's label, that of a GC worker for one

---Since Go 1.22: trace.NewTask.
---@class (exact) gotrace.Event.UserTaskBegin: gotrace.Event
---@field task integer # task's id, of UserTaskBegin: trace.NewTask
---@field parent_task integer? # task's id, of UserTaskBegin: trace.NewTask; in Go Parent
---@field name string # text, of UserTaskBegin: trace.NewTask; in Go trace.NewTask's taskType

---Since Go 1.22: Task.End.
---@class (exact) gotrace.Event.UserTaskEnd: gotrace.Event
---@field task integer # task's id, of UserTaskEnd: Task.End

---Since Go 1.22: trace.StartRegion or WithRegion begins.
---@class (exact) gotrace.Event.UserRegionBegin: gotrace.Event
---@field task integer # task's id, of UserRegionBegin: trace.StartRegion or WithRegion begins
---@field name string # text, of UserRegionBegin: trace.StartRegion or WithRegion begins; in Go trace.StartRegion's regionType

---Since Go 1.22: the innermost region of the goroutine ends.
---@class (exact) gotrace.Event.UserRegionEnd: gotrace.Event
---@field task integer # task's id, of UserRegionEnd: the innermost region of the goroutine ends
---@field name string # text, of UserRegionEnd: the innermost region of the goroutine ends; in Go trace.StartRegion's regionType

---Since Go 1.22: trace.Log.
---@class (exact) gotrace.Event.UserLog: gotrace.Event
---@field task integer # task's id, of UserLog: trace.Log
---@field key string # text, of UserLog: trace.Log; in Go trace.Log's category
---@field value string # text, of UserLog: trace.Log; in Go trace.Log's message

---Since Go 1.23: the goroutine blocks and hands its thread to another (iter.Pull).
---@class (exact) gotrace.Event.GoSwitch: gotrace.Event
---@field target_g integer # goroutine's id, of GoSwitch: the goroutine blocks and hands its thread to another (iter.Pull)

---Since Go 1.23: the goroutine ends and hands its thread to another.
---@class (exact) gotrace.Event.GoSwitchDestroy: gotrace.Event
---@field target_g integer # goroutine's id, of GoSwitchDestroy: the goroutine ends and hands its thread to another

---Since Go 1.23: a goroutine is created that waits from the start (iter.Pull).
---@class (exact) gotrace.Event.GoCreateBlocked: gotrace.Event
---@field new_g integer # goroutine's id, of GoCreateBlocked: a goroutine is created that waits from the start (iter.Pull)
---@field new_stack gotrace.Stack # stack, of GoCreateBlocked: a goroutine is created that waits from the start (iter.Pull)

---Since Go 1.23: as GoStatus, with the goroutine's stack.
---@class (exact) gotrace.Event.GoStatusStack: gotrace.Event
---@field target_g integer # goroutine's id, of GoStatusStack: as GoStatus, with the goroutine's stack
---@field target_m integer? # thread's id, of GoStatusStack: as GoStatus, with the goroutine's stack
---@field status gotrace.GoroutineState # text, of GoStatusStack: as GoStatus, with the goroutine's stack

---Since Go 1.23: a span of the heap exists as a generation begins.
---@class (exact) gotrace.Event.Span: gotrace.Event
---@field id integer # number, of Span: a span of the heap exists as a generation begins
---@field npages integer # number, of Span: a span of the heap exists as a generation begins
---@field kindclass integer # number, of Span: a span of the heap exists as a generation begins

---Since Go 1.23: a span of the heap is allocated.
---@class (exact) gotrace.Event.SpanAlloc: gotrace.Event
---@field id integer # number, of SpanAlloc: a span of the heap is allocated
---@field npages integer # number, of SpanAlloc: a span of the heap is allocated
---@field kindclass integer # number, of SpanAlloc: a span of the heap is allocated

---Since Go 1.23: a span of the heap is freed.
---@class (exact) gotrace.Event.SpanFree: gotrace.Event
---@field id integer # number, of SpanFree: a span of the heap is freed

---Since Go 1.23: an object exists as a generation begins.
---@class (exact) gotrace.Event.HeapObject: gotrace.Event
---@field id integer # number, of HeapObject: an object exists as a generation begins
---@field arg_type integer # number, of HeapObject: an object exists as a generation begins

---Since Go 1.23: an object is allocated.
---@class (exact) gotrace.Event.HeapObjectAlloc: gotrace.Event
---@field id integer # number, of HeapObjectAlloc: an object is allocated
---@field arg_type integer # number, of HeapObjectAlloc: an object is allocated

---Since Go 1.23: an object is freed.
---@class (exact) gotrace.Event.HeapObjectFree: gotrace.Event
---@field id integer # number, of HeapObjectFree: an object is freed

---Since Go 1.23: a goroutine's stack exists as a generation begins.
---@class (exact) gotrace.Event.GoroutineStack: gotrace.Event
---@field id integer # number, of GoroutineStack: a goroutine's stack exists as a generation begins
---@field order integer # number, of GoroutineStack: a goroutine's stack exists as a generation begins

---Since Go 1.23: a goroutine's stack is allocated.
---@class (exact) gotrace.Event.GoroutineStackAlloc: gotrace.Event
---@field id integer # number, of GoroutineStackAlloc: a goroutine's stack is allocated
---@field order integer # number, of GoroutineStackAlloc: a goroutine's stack is allocated

---Since Go 1.23: a goroutine's stack is freed.
---@class (exact) gotrace.Event.GoroutineStackFree: gotrace.Event
---@field id integer # number, of GoroutineStackFree: a goroutine's stack is freed

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
