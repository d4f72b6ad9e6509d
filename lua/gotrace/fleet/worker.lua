-- worker.lua: a process that reads traces for another one (src/script/workers.h), and says
-- what it made of each: messages of packing.lua behind their lengths, 4 bytes, the lowest
-- first. Each is a list:
--   "begin", number             of a trace: a task is one, or several that are small
--   "read", bytes               of its file so far, where progress is shown
--   "warn", at, text            a line of stderr; at: bytes that were printed before
--   "head", at, text            a head of CSV, where it is none of what stands before
--   "result", at, { ... }       all that is left to say of it (result_of)
-- What is printed goes to the output itself.
local arrival = require "gotrace.measures.arrival"
local changes = require "gotrace.event.edits"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local insert = require "gotrace.synthesis.insert"
local keys = require "gotrace.tables.keys"
local memory = require "gotrace.engine.memory"
local object = require "gotrace.tables.object"
local output = require "gotrace.sandbox.output"
local packed = require "gotrace.tables.packed"
local packing = require "gotrace.base.packing"
local printed = require "gotrace.printing.printed"
local progress = require "gotrace.run.progress"
local trouble = require "gotrace.script.script_error"
local wall_clock = require "gotrace.base.wall_clock"

local PLAIN = 2 ^ 8

local function length_of(text)
  local n, bytes = #text, {}
  for i = 1, 4 do
    bytes[i] = n % PLAIN
    n = math.floor(n / PLAIN)
  end
  return string.char(unpack(bytes))
end

local function say(message)
  local text = packing.pack(message)
  host.worker_say(length_of(text) .. text)
end

local before -- bytes that were printed for other tasks

-- Bytes of this task so far.
local function printed_bytes()
  io.stdout:flush()
  return host.written() - before
end

-- begin(): this process is one; nobody hears what it says before it has a task.
local function begin()
  errors.set_deliver(function() end)
end

local function hear()
  errors.set_deliver(function(text)
    say { "warn", printed_bytes(), text }
  end)
  printed.begin_apart(function(head)
    say { "head", printed_bytes(), head }
  end)
end

-- Main chunks set their tables up anew for each trace, in one and the same way.
local function is_loading(stages)
  for _, stage in ipairs(stages) do
    if stage.loaded == false then
      return true
    end
  end
  return false
end

-- What hooks do to tables that add up depends on the traces before, which this process
-- does not know: the task is not for it.
local function watch_tables(run, stages, n)
  local shared = {}
  for i, one in ipairs(object.all()) do
    shared[one] = i <= n
  end
  object.watch(function(one)
    if shared[one] and not is_loading(stages) then
      run.in_order = "a hook reads or sets a table, which depends on the " ..
        "traces before"
      errors.stop(errors.status.done, "") -- it is done again elsewhere
    end
  end)
end

-- Each task finds the tables as its script has made them, and nothing of others.
local function clear(n)
  object.watch(nil)
  object.cut(n)
  keys.forget()
end

-- So does each trace, but that tables which add up have what those before it in the task left.
local function begin_trace(run, stages, n)
  object.watch(nil)
  object.drop(n)
  run.status, run.opened, run.failures = errors.status.done, 0, {}
  run.interrupted, run.next, run.in_order = false, nil, nil
  for _, stage in ipairs(stages) do
    stage.partial = nil
    stage.uses_shared = false
  end
end

-- How the run ended, if it had to: { status, text }.
local function stop_of(run, way, problem)
  problem = memory.instead(problem, trouble.current_event())
  way.close_trace(run, run.pass)
  local _, stop = pcall(trouble.raise, problem)
  if errors.is_stop(stop) then
    return { stop.status, stop.text }
  end
  return { errors.status.script, errors.text_of(stop) }
end

local function tables_from(first, last, pack)
  local list, all = {}, object.all()
  for i = first, last do
    list[#list + 1] = pack(all[i])
  end
  return list
end

-- The rest, by name. tables: what is in those of the main chunks, of all traces of the task, with
-- the last of them (is_last); else false. own: those that hooks have
-- made, with how; partials: of each script, or false.
local function result_of(run, stages, n, stop, is_last)
  local partials, failed, uses_shared = {}, {}, false
  for i, stage in ipairs(stages) do
    partials[i] = stage.partial or false
    uses_shared = uses_shared or stage.uses_shared
  end
  for i, failure in ipairs(run.failures) do
    failed[i] = { failure.name, failure.problem }
  end
  local in_order = run.in_order or uses_shared and
    "a script keeps things in shared" or false
  is_last = is_last or in_order ~= false or stop ~= nil
  return {
    status = run.status, opened = run.opened, failures = failed,
    more = run.more, stop = stop or false, in_order = in_order,
    is_last = is_last, tables = is_last and tables_from(1, n, packed.pack),
    own = tables_from(n + 1, #object.all(), function(one)
      return { packed.describe(one), packed.pack(one) }
    end),
    partials = partials, head = printed.last_head() or false,
    lost = changes.list.lost or false, hides = changes.list.hides or false,
    inserts = insert.state.lost or false,
  }
end

-- What tells how far it is, if that is shown.
local function meter_of(task)
  return task.shows and progress.telling(function(bytes)
    say { "read", bytes }
  end) or progress.start({ quiet = true }, {})
end

-- Trace i of a task. Whether there is more to do of it.
local function do_trace(run, stages, task, i, way)
  begin_trace(run, stages, task.n)
  arrival.begin(task.of[i])
  say { "begin", task.number + i - 1 }
  run.inputs = task.inputs
  watch_tables(run, stages, task.n)
  run.is_begun = run.has_read or task.number + i > 2
  run.has_read, run.meter = true, meter_of(task)
  local ok, problem = xpcall(way.read_file, trouble.handler(stages), run,
    stages, task.paths[i], task.arguments[i])
  local stop = not ok and stop_of(run, way, problem) or nil
  object.watch(nil)
  run.more = run.inputs - task.inputs
  local result = result_of(run, stages, task.n, stop, i == task.paths.n)
  say { "result", printed_bytes(), result }
  return not result.is_last
end

local function do_task(run, stages, task, way)
  wall_clock.state.base = task.align or nil
  clear(task.n)
  before = host.written()
  hear()
  local i = 1
  while do_trace(run, stages, task, i, way) do
    i = i + 1
  end
end

-- read(run, stages, paths, way): what run.lua calls in place of its own loop: it does not come
-- back, as there is nothing left to do.
local function read(run, stages, _, way)
  local n = #object.all()
  output.flush()
  local text = host.worker_next()
  while text do
    local task = packing.unpack(text)
    task.n = n -- tables that add up
    do_task(run, stages, task, way)
    text = host.worker_next()
  end
  run.printed, run.is_done = true, true
  errors.stop(errors.status.done, "")
end

return { begin = begin, read = read }
