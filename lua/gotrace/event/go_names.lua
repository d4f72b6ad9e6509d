-- go_names.lua: what Go and its tools call things that have another name here:
-- { by Go's name in small letters: the field, and what it is }.
return {
  category = { "key", "trace.Log's category" },
  message = { "value", "trace.Log's message" },
  regiontype = { "name", "the type of a region" },
  tasktype = { "name", "the type of a task" },
  goid = { "g", "a goroutine's number" },
  goroutine = { "g", "a goroutine's number" },
  proc = { "p", "a proc's number" },
  processor = { "p", "a proc's number" },
  duration = { "dur", "how long a span lasts" },
  thread = { "m", "a thread's number" },
  ts = { "time", "an event's time" },
  timestamp = { "time", "an event's time" },
  stk = { "stack", "a stack" },
  parent = { "parent_task", "the task that a task is part of" },
  event = { "type", "an event's type" },
  eventtype = { "type", "an event's type" },
  func = { "stack.leaf.func", "where it happened" },
  len = { "#x", "a length" },
  null = { "nil", "what is not there" },
  none = { "nil", "what is not there" },
}
