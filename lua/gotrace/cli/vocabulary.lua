-- vocabulary.lua: -lv NAME: what an event or a kind of span has: fields, what these can be,
-- and since when.
local errors = require "gotrace.base.errors"
local format = require "gotrace.printing.format"
local hooks = require "gotrace.event.hooks"
local output = require "gotrace.sandbox.output"
local samples = require("gotrace.base.lazy").of "gotrace.manual.samples"
local spec = require "gotrace.engine.event_table"
local subject = require "gotrace.span.subject"
local suggest = require "gotrace.base.suggest"
local types = require "gotrace.script.types"
local vintage = require "gotrace.expression.vintage"
local words = require "gotrace.event.words"

-- What Go's packages and tools call the fields that have another name here: the field, whose
-- it is, and Go's name.
local go_fields = {
  { "g", "all", "GoID, goroutine" },
  { "p", "all", "ProcID, proc" },
  { "m", "all", "ThreadID, thread" },
  { "time", "all", "Time, ts" },
  { "stack", "all", "Stack, stk" },
  { "key", "UserLog", "trace.Log's category" },
  { "value", "UserLog", "trace.Log's message" },
  { "name", "UserRegion...", "trace.StartRegion's regionType" },
  { "name", "UserTaskBegin", "trace.NewTask's taskType" },
  { "parent_task", "UserTaskBegin", "Parent" },
  { "heapalloc", "HeapAlloc", "/memory/classes/heap/objects:bytes" },
  { "heapgoal", "HeapGoal", "/gc/heap/goal:bytes" },
  { "procs", "ProcsChange", "/sched/gomaxprocs:threads, GOMAXPROCS" },
}

local function go_name(field, event)
  for _, row in ipairs(go_fields) do
    local start = row[2]:match "^(.*)%.%.%.$"
    local is_its = row[2] == "all" or row[2] == event or
      start and event:sub(1, #start) == start
    if row[1] == field and is_its then
      return row[3]
    end
  end
  return ""
end

-- What an argument is, by its kind in the event table.
local is = { NUM = "number", G = "goroutine's id", P = "proc's id",
  M = "thread's id", TASK = "task's id", STR = "text", STACK = "stack",
  GSTATUS = "text", PSTATUS = "text" }
local statuses = { GSTATUS = { "Runnable", "Running", "Syscall", "Waiting" },
  PSTATUS = { "Running", "Idle", "Syscall", "SyscallAbandoned" } }

-- What waits are for: no wait has Gosched's reason.
local waits = {}
for _, word in ipairs(words.reason) do
  waits[#waits + 1] = word ~= "runtime.Gosched" and word or nil
end

local function words_of(event, arg)
  if arg.name == "reason" then
    return event == "GoStop" and words.stop or waits
  end
  return statuses[arg.kind] or arg.kind == "STR" and words[arg.name] or {}
end

-- A row for a field, or one for each word that it can be.
local function add(rows, name, field, what, list, go)
  local has_words = false
  for _, word in ipairs(list) do
    local since = vintage.since(field, word)
    rows[#rows + 1] = word ~= "" and
      { name, field, what, word, since and "1." .. since or "", go } or nil
    has_words = true
  end
  if not has_words then
    rows[#rows + 1] = { name, field, what, "", "", go }
  end
end

local function rows_of_event(row)
  local rows = {}
  for _, arg in ipairs(row.args) do
    if arg.kind ~= "SEQ" then
      add(rows, row.name, arg.name, is[arg.kind], words_of(row.name, arg),
        go_name(arg.name, row.name))
    end
  end
  return rows
end

-- The names that traces of Go 1.5 to 1.21 have for it.
local function old_names(event)
  local list = {}
  for name, meaning in pairs(hooks.aliases) do
    list[#list + 1] = meaning[1] == event and { name, meaning[2] or "" } or nil
  end
  table.sort(list, function(a, b)
    return a[1] < b[1]
  end)
  return list
end

-- Fields of spans: of all, of those of goroutines, and of kinds.
local all = { "kind", "name", "from", "to", "dur" }
local edges = { "open", "clipped", "begin_n", "end_n" }
local of_goroutine = { "g", "func", "system", "task", "task_name", "stack",
  "end_stack", "place" }
local own = {
  state = { "state", "reason", "cause", "prev", "next", "waker", "waker_func",
    "waker_stack", "event_stack", "blocked", "region", "p", "m" },
  proc = { "state", "prev", "next", "p", "m" },
  stw = { "p", "m" }, gc = { "p", "m" }, sweep = { "p", "m" },
  assist = { "p", "m", "stats" },
  region = { "depth", "self", "region", "stats" },
  task = { "parent", "stats" },
  goroutine = { "prev", "next" },
}

-- fields_of(kind): the names of what spans of a kind can have.
local function fields_of(kind)
  local list = {}
  for _, names in ipairs { all, own[kind],
    kind ~= "proc" and of_goroutine or {}, edges } do
    for _, name in ipairs(names) do
      list[#list + 1] = name
    end
  end
  return list
end

-- What a field of spans is that no expression compares.
local span_is = { system = "true, false", stats = "ns by word" }
local states = { state = { "Runnable", "Running", "Syscall", "Waiting" },
  proc = { "Running", "Idle" } }

local function span_words(kind, field)
  if field == "kind" then
    return {}
  elseif field == "name" then
    return kind == "stw" and words.kind or {}
  elseif field == "state" then
    return states[kind]
  elseif field == "reason" then
    return waits
  end
  return subject.words[field] or {}
end

local function rows_of_span(kind)
  local rows = {}
  for _, field in ipairs(fields_of(kind)) do
    add(rows, kind, field, span_is[field] or subject.kind_of[field],
      span_words(kind, field), go_name(field, ""))
  end
  return rows
end

-- For people a field stands once, and its name is in the head.
local function shown(rows)
  local list, before = {}, nil
  for i, row in ipairs(rows) do
    local again = row[2] == before
    list[i] = again and { "", "", row[4], row[5], "" } or
      { row[2], row[3], row[4], row[5], row[6] }
    before = row[2]
  end
  return list
end

-- A table as people see it: without columns that are empty.
local function put_text(columns, rows)
  local heads, list = {}, {}
  for i, column in ipairs(columns) do
    local is_empty = true
    for r, row in ipairs(rows) do
      is_empty = is_empty and row[i] == ""
      list[r] = list[r] or {}
    end
    heads[#heads + 1] = not is_empty and column or nil
    for r, row in ipairs(rows) do
      table.insert(list[r], not is_empty and row[i] or nil)
    end
  end
  if #rows > 0 then
    output.put("\n", table.concat(format.table_lines({ columns = heads,
      rows = list }, "text"), "\n"), "\n")
  end
end

local KINDS = { "state", "proc", "stw", "gc", "sweep", "assist", "region",
  "task", "goroutine" }

local columns = { "of", "field", "is", "word", "since", "Go's name" }

-- A head, fields, old names and an example for people, fields for programs.
local function show(told, style)
  if style == "text" then
    output.put(told.head, "\n")
    put_text({ unpack(columns, 2) }, told.rows)
    put_text({ "Go 1.5 to 1.21", "reason" }, told.old)
    if told.sample then
      output.write("\n", told.sample, "\n")
    end
  elseif #told.all > 0 then
    output.put(table.concat(format.table_lines({ columns = columns,
      rows = told.all }, style), "\n"), "\n")
  end
end

local function head_of_span(kind)
  for _, hook in ipairs(hooks.spans) do
    if hook.name == kind then
      return ("%s: spans, on.%s(s): %s"):format(kind, kind, hook.help)
    end
  end
end

local function no_name(name)
  local names = { unpack(spec.names) }
  for _, hook in ipairs(hooks.general) do
    if "on." .. hook.name == name or hook.name == name then
      errors.usage("-lv: on.%s is a hook of scripts: %s; " ..
        "gotrace-lua help scripting has them", hook.name, hook.help)
    end
  end
  for kind in pairs(own) do
    names[#names + 1] = kind
  end
  errors.usage("-lv: there is no event and no kind of span %s%s", name,
    suggest.hint(name, names))
end

-- The events that a name stands for: one, several by a pattern, or that which means an old one.
local function events_of(name)
  local alias = hooks.aliases[name]
  return types.events.parse(alias and alias[1] or name) or no_name(name)
end

-- A recording that has one, and how it is shown: made by ./dev docs.
local function sample_of(name)
  local command = samples().commands[name]
  return command and ("$ %s\n%s"):format(command, samples().lines[name])
end

local function told_of(name, head, every, old)
  return { head = head, rows = shown(every), all = every, old = old,
    sample = sample_of(name) }
end

-- of(name): what is said of an event or a kind of span: { head =, rows = for people, all =
-- rows for programs, old = names in Go 1.5 to 1.21, sample = text, or nil }.
local function of(name)
  if own[name] then
    return told_of(name, head_of_span(name), rows_of_span(name), {})
  end
  local row = spec.by_name[name]
  return told_of(name, ("%s, since Go 1.%d: %s"):format(name, row.since,
    row.about), rows_of_event(row), old_names(name))
end

-- tell(name, style): all of it.
local function tell(name, style)
  if own[name] then
    return show(of(name), style)
  end
  for i, event in ipairs(events_of(name)) do
    if i > 1 and style == "text" then
      output.put "\n"
    end
    show(of(event), style)
  end
end

-- Whether tell has something to say.
local function is_known(name)
  return own[name] ~= nil or spec.by_name[name] ~= nil or
    hooks.aliases[name] ~= nil
end

return { tell = tell, of = of, is_known = is_known, kinds = KINDS,
  go_fields = go_fields, go_name = go_name, is = is, statuses = statuses,
  waits = waits, fields_of = fields_of }
