-- list.lua: -l and -lv: what there is to run and to hook.
local bundled = require "gotrace.cli.bundled"
local format = require "gotrace.tables.format"
local hooks = require "gotrace.event.hooks"
local output = require "gotrace.sandbox.output"
local spec = require "gotrace.engine.event_table"
local vintage = require "gotrace.expression.vintage"
local words = require "gotrace.event.words"

local function show(columns, rows, style)
  local t = { columns = columns, rows = rows }
  output.put(table.concat(format.table_lines(t, style), "\n"), "\n")
end

-- The first line of a description.
local function summary(stage)
  return (stage.description or ""):match "^[^\n]*"
end

-- scripts(describe, style): describe(name) loads a script and yields its stage.
local function scripts(describe, style)
  local rows = {}
  for i, name in ipairs(bundled.names()) do
    local ok, stage = pcall(describe, name)
    rows[i] = { name, ok and summary(stage) or "does not load" }
  end
  show({ "script", "description" }, rows, style)
end

local function event_rows()
  local rows = {}
  for i, name in ipairs(spec.names) do
    local row = spec.by_name[name]
    rows[i] = { name, "1." .. row.since,
      table.concat(spec.shown_args(row), " "), row.about }
  end
  return rows
end

local function alias_rows()
  local rows = {}
  for name, meaning in pairs(hooks.aliases) do
    rows[#rows + 1] = { name, meaning[1], meaning[2] or "" }
  end
  table.sort(rows, function(a, b)
    return a[1] < b[1]
  end)
  return rows
end

-- What Go's packages and tools call the fields that have another name here.
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

-- The words that reasons, kinds and statuses are, and since when.
local function word_rows()
  local rows = {}
  for _, field in ipairs { "reason", "kind", "status" } do
    for _, word in ipairs(words[field]) do
      local since = vintage.since(field, word)
      rows[#rows + 1] = word ~= "" and { field, word,
        since and "1." .. since or "" } or nil
    end
  end
  return rows
end

local function hook_rows()
  local rows = {}
  for i, hook in ipairs(hooks.general) do
    rows[i] = { "on." .. hook.name, hook.help }
  end
  return rows
end

local function events(style)
  show({ "event", "since", "arguments", "about" }, event_rows(), style)
  if style ~= "text" then
    return
  end
  output.write("\nEvery event has " .. table.concat(spec.common, ", ") ..
    ".\nA hook may set its arguments and time, and emit(type, fields) adds " ..
    "an event.\n\n")
  show({ "hook", "called for" }, hook_rows(), style)
  output.write "\nscan.<hook> is called in a first pass over the file.\n"
  output.write "\nNames of Go 1.5 to 1.21 that are understood:\n\n"
  show({ "hook", "means", "with reason" }, alias_rows(), style)
  output.write "\nWhat Go calls the fields:\n\n"
  show({ "field", "of", "Go's name" }, go_fields, style)
  output.write "\nWords that fields can be:\n\n"
  show({ "field", "word", "since" }, word_rows(), style)
end

return { scripts = scripts, events = events }
