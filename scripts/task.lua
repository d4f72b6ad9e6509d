-- task.lua: where the time of the slowest tasks went, or of the one with a number. Each
-- instant is charged once, whatever ran side by side: back from the task's end to its
-- begin, and at a wait on with whoever ended it, if that one works on the task, too.
--
--   $ gotrace-lua task testdata/real/go1.27-faults.trace
--   state     reason        waker             total  parts  percent  place
--   Waiting   chan receive  main.a...tions  4.213ms      1   93.92%  main.s...est:68
--   Runnable                main.a...tions  155.5us      1    3.47%  main.s...est:68
--   Running                                   111us      1    2.48%  main.s...sts:51
--   Running                                 6.272us      1    0.14%  main.s...est:68
--
--   $ gotrace-lua task -F csv testdata/real/go1.27-faults.trace | head -2
--   state,reason,waker,place,total,parts,percent
--   Waiting,chan receive,main.answerQuestions,main.serveRequest programs/faults.go:68,4212928,1,93.92
description = "Where the time of a task went: --slowest=N or --task=ID"
args = {
  { name = "task", was = { "id" }, type = "int",
    help = "the task with this number" },
  { name = "slowest", type = "int", default = 1,
    help = "the N slowest; 0: all" },
  { name = "name", help = "of tasks with this name" },
  { name = "by", type = "list",
    default = { "state", "reason", "waker", "place" }, arg = "WORD,...",
    matches = "^(trace|task|name|state|reason|waker|place|goroutine|func)$",
    wanted = "some of trace, task, name, state, reason, waker, place, " ..
      "goroutine, func",
    help = "what to group by" },
  { name = "top", short = "t", type = "int", default = 20,
    default_data = 0, help = "rows to show; 0: all" },
}

local walked = require "walk.slowest"
local words = require "walk.words"

local by = opt.by
local time = columns { by = by, "sum total", "count parts" }
time:ns():percent():top(opt.top)
time:when_empty("task: no such task begins and ends in the trace: tasks has " ..
  "those that there are")

local slowest = walked.new { id = opt.task, most = opt.slowest,
  name = opt.name }
slowest:hook(on)

local function keys_of(found, part)
  local keys = {}
  for i, word in ipairs(by) do
    if word == "trace" then
      keys[i] = trace
    elseif word == "task" then
      keys[i] = found.id
    elseif word == "name" then
      keys[i] = found.name
    else
      keys[i] = words[word](part)
    end
  end
  return keys
end

local function add(found, part)
  local row, n = keys_of(found, part), #by
  row[n + 1], row[n + 2] = part.to - part.from, 1
  time:add(unpack(row, 1, n + 2))
end

function on.finish(t)
  if opt.task and not slowest.list[1] then
    fail("%s: there is no task %d", t.file, opt.task)
  end
  for _, found in ipairs(slowest:ranked()) do
    for _, part in ipairs(walked.parts(found)) do
      add(found, part)
    end
  end
end
