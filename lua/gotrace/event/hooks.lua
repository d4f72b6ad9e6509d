-- hooks.lua: the names a script may define in `on`, and what is said about
-- those it may not.
local spec = require "gotrace.engine.event_table"
local suggest = require "gotrace.base.suggest"

-- Hooks that are not event types, in the order of the docs.
local general = {
  { name = "any", help = "each event, before the hook of its type" },
  { name = "unhandled", help = "each event without a hook of its own" },
  { name = "begin", help = "the trace is open: on.begin(trace)" },
  { name = "finish", help = "after the last event: on.finish(trace)" },
  { name = "done", help = "all traces are read: on.done()" },
  { name = "generation", help = "a generation begins: on.generation(gen)" },
  { name = "damage", help = "a part could not be read: on.damage(d)" },
  { name = "string", help = "with -o, once for each name and what it is: " ..
    "on.string(s, role) returns another" },
  { name = "stack", help = "with -o, once for each stack: on.stack(st) " ..
    "returns other frames" },
}
-- Hooks for spans: each kind's, and that of all.
local spans = {
  { name = "state", help = "a goroutine was Runnable, Running, Waiting or " ..
    "in a Syscall" },
  { name = "proc", help = "a proc was Running or Idle" },
  { name = "stw", help = "the world was stopped" },
  { name = "gc", help = "a mark phase of the garbage collector" },
  { name = "sweep", help = "a proc swept" },
  { name = "assist", help = "a goroutine helped with marking" },
  { name = "region", help = "a user region" },
  { name = "task", help = "a user task" },
  { name = "goroutine", help = "a goroutine's life" },
  { name = "anyspan", help = "each span, before the hook of its kind" },
}
local is_general, is_span = {}, {}
for _, hook in ipairs(general) do
  is_general[hook.name] = true
end
for _, hook in ipairs(spans) do
  is_span[hook.name] = true
end

-- shown(name): a hook as it is written: "on.finish(trace)".
local arguments = { begin = "trace", finish = "trace", generation = "gen",
  damage = "d", done = "", string = "s, role", stack = "st" }
local function shown(name)
  return ("on.%s(%s)"):format(name, arguments[name] or "ev")
end

-- v1 names, of which v2 says the same in another way: the type, and the reason
-- where the type alone says more. The words are those of Go 1.27's converter
-- (internal/trace/tracev1.go) and of the v2 runtimes.
local aliases = {
  Gomaxprocs = { "ProcsChange" },
  GCStart = { "GCBegin" },
  GCDone = { "GCEnd" },
  STWStart = { "STWBegin" },
  STWDone = { "STWEnd" },
  GCSTWStart = { "STWBegin" },
  GCSTWDone = { "STWEnd" },
  GCSweepStart = { "GCSweepBegin" },
  GCSweepDone = { "GCSweepEnd" },
  GCMarkAssistStart = { "GCMarkAssistBegin" },
  GCMarkAssistDone = { "GCMarkAssistEnd" },
  NextGC = { "HeapGoal" },
  GoStartLocal = { "GoStart" },
  GoStartLabel = { "GoStart" },
  GoEnd = { "GoDestroy" },
  GoSched = { "GoStop", "runtime.Gosched" },
  GoPreempt = { "GoStop", "preempted" },
  GoSleep = { "GoBlock", "sleep" },
  GoUnblockLocal = { "GoUnblock" },
  GoBlockSend = { "GoBlock", "chan send" },
  GoBlockRecv = { "GoBlock", "chan receive" },
  GoBlockSelect = { "GoBlock", "select" },
  GoBlockSync = { "GoBlock", "sync" },
  GoBlockCond = { "GoBlock", "sync.(*Cond).Wait" },
  GoBlockNet = { "GoBlock", "network" },
  GoBlockGC = { "GoBlock", "GC mark assist wait for work" },
  GoSysCall = { "GoSyscallBegin" },
  GoSysExit = { "GoSyscallEndBlocked" },
  GoSysExitLocal = { "GoSyscallEndBlocked" },
  UserTaskCreate = { "UserTaskBegin" },
}

-- v1 names without one event that means the same.
local gone = {
  GoSysBlock = "use GoSyscallBegin; one that blocked ends with " ..
    "GoSyscallEndBlocked",
  GoWaiting = 'use GoStatus with status "Waiting"',
  GoInSyscall = 'use GoStatus with status "Syscall"',
  UserRegion = "use UserRegionBegin and UserRegionEnd",
  FutileWakeup = "such wake-ups arrive as GoUnblock and GoBlock; there is " ..
    "no event for them",
  TimerGoroutine = "no Go since 1.14 has timer goroutines; there is no " ..
    "event for them",
}

local function all_names()
  local names = {}
  for _, hook in ipairs(general) do
    names[#names + 1] = hook.name
  end
  for _, hook in ipairs(spans) do
    names[#names + 1] = hook.name
  end
  for _, name in ipairs(spec.names) do
    names[#names + 1] = name
  end
  for name in pairs(aliases) do
    names[#names + 1] = name
  end
  table.sort(names)
  return names
end

-- nil if a script may define the hook, else what to tell it. where: "on" or
-- "scan".
local function refusal(name, where)
  if is_general[name] or is_span[name] or spec.by_name[name] or
    aliases[name] then
    return nil
  elseif gone[name] then
    return ("%s.%s: %s"):format(where, name, gone[name])
  end
  return ("unknown hook %s.%s%s"):format(where, tostring(name),
    suggest.hint(tostring(name), all_names()))
end

-- Whether a name is that of an event, of any version.
local function is_event(name)
  return (spec.by_name[name] or aliases[name]) ~= nil
end

return {
  general = general,
  spans = spans,
  is_span = is_span,
  is_event = is_event,
  is_general = is_general,
  aliases = aliases,
  refusal = refusal,
  shown = shown,
}
