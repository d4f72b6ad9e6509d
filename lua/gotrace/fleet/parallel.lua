-- parallel.lua: the traces of a run, read by several processes at once (worker.lua). What they
-- made of each is put together here in the order of the traces, so that it is what one process
-- would have made.
--
-- A task is a trace, or several in a row that are small, as their tables come together: {
-- number: of the first, each: what is known of each { number, path, result, ends: bytes that were
-- printed up to its end }, done: results that have come, buffer: what was printed, came: bytes of
-- it, notes: warnings and heads with their places, and of the how-manieth trace they are }. Those
-- that are done wait for the ones before them; so no more than a few for each process are ahead,
-- and who prints much waits for its turn.
local buffer = require "string.buffer"
local changes = require "gotrace.event.edits"
local errors = require "gotrace.base.errors"
local failures = require "gotrace.trace.failures"
local host = require "gotrace.engine.host"
local insert = require "gotrace.synthesis.insert"
local object = require "gotrace.tables.object"
local output = require "gotrace.sandbox.output"
local packed = require "gotrace.tables.packed"
local packing = require "gotrace.base.packing"
local partials = require "gotrace.run.partials"
local printed = require "gotrace.printing.printed"
local progress = require "gotrace.run.progress"
local trace = require "gotrace.trace.trace"
local wall_clock = require "gotrace.base.wall_clock"

local AHEAD = 4 -- files for each process
local MOST_PRINTED = 2 ^ 24 -- bytes that wait for their turn
local MOST_STARTS = 3 -- of a worker that ends before it has done anything

local SMALL, MOST_TOGETHER = 2 ^ 18, 16 -- bytes and traces of a task of several

-- In a run: { run, stages, way (of run.lua), paths, workers: by number, { task, said: bytes of
-- messages, starts }, tasks: by number of their first trace, first: the trace whose turn it is,
-- handed: how many were handed out, ahead: tasks that are not done with, again: tasks that have to
-- be done once more, sink: what takes texts (put and warn), merge: how many tables add up }.

local function new_task(all, first, n)
  local each = {}
  for i = 1, n do
    each[i] = { number = first + i - 1, path = all.paths[first + i - 1] }
  end
  return { number = first, each = each, done = 0, buffer = buffer.new(),
    came = 0, put = 0, notes = {} }
end

local function size_of(path)
  local file = host.kind(path) == "file" and io.open(path, "rb")
  local size = file and file:seek "end" or math.huge
  if file then
    file:close()
  end
  return size
end

-- How many traces from that one on are a task: while there are tasks for all, they are small, and
-- stand as what depends on their order has them.
local function together(all, first)
  local most = math.min(MOST_TOGETHER, #all.paths - first + 1,
    math.floor(#all.paths / (AHEAD * #all.workers)))
  local n, bytes = 1, most > 1 and size_of(all.paths[first]) or math.huge
  while n < most do
    bytes = bytes + size_of(all.paths[first + n])
    if bytes > SMALL or all.of(first + n) < all.of(first + n - 1) then
      break
    end
    n = n + 1
  end
  return n
end

-- What is to be done next; nil: nothing, for now.
local function next_task(all)
  if all.again[1] then
    return table.remove(all.again, 1)
  elseif all.handed == #all.paths or all.ahead >= AHEAD * #all.workers then
    return nil
  end
  local first = all.handed + 1
  local task = new_task(all, first, together(all, first))
  all.handed, all.ahead = all.handed + #task.each, all.ahead + 1
  return task
end

-- As packing.lua has them.
local function told(all, task)
  local arguments = all.run.options.arguments or {}
  local told_of = { number = task.number, inputs = all.run.inputs,
    align = wall_clock.state.base or false,
    shows = progress.wanted(all.run.options), paths = { n = #task.each },
    arguments = {}, of = {} }
  for i, one in ipairs(task.each) do
    told_of.paths[i] = one.path
    told_of.arguments[i] = arguments[one.number] or one.number
    told_of.of[i] = all.of(one.number)
  end
  return told_of
end

local function hand_out(all, i)
  local worker = all.workers[i]
  local task = not worker.task and next_task(all)
  if task then
    worker.task, all.tasks[task.number] = task, task
    host.worker_task(i, packing.pack(told(all, task)))
  end
end

-- Which workers' output is taken: it may wait.
local function asked(all)
  local list = {}
  for i, worker in ipairs(all.workers) do
    local task = worker.task
    list[i] = task ~= nil and (task.number == all.first or
      #task.buffer < MOST_PRINTED)
  end
  return list
end

local HEAD = 4 -- bytes of a message's length

-- The length of the message that the buffer begins with; nil: it is not there yet.
local function length_of(said)
  local at, n = said:ref()
  if n < HEAD then
    return nil
  end
  local len = at[0] + at[1] * 2 ^ 8 + at[2] * 2 ^ 16 + at[3] * 2 ^ 24
  return n >= HEAD + len and len or nil
end

-- The messages that are whole.
local function take_messages(worker)
  local list, said = {}, worker.said
  local len = length_of(said)
  while len do
    said:skip(HEAD)
    list[#list + 1] = packing.unpack(said:get(len))
    len = length_of(said)
  end
  return list
end

local function is_complete(task)
  return task.ends ~= nil and task.came >= task.ends
end

local news = {}

function news.out(_, worker, text)
  if worker.task then
    worker.task.buffer:put(text)
    worker.task.came = worker.task.came + #text
  end
end

local function take_result(task, at, result)
  task.done = task.done + 1
  local one = task.each[task.done]
  one.result, one.ends = result, at
  if result.is_last then
    task.ends, task.in_order = at, result.in_order
  end
end

function news.say(_, worker, text)
  worker.said:put(text)
  for _, message in ipairs(take_messages(worker)) do
    local kind, at, what = message[1], message[2], message[3]
    local task = worker.task
    if kind == "begin" then
      task.is_begun, worker.starts = true, 0
    elseif kind == "read" then
      task.read = at
    elseif kind == "result" then
      take_result(task, at, what)
    else
      table.insert(task.notes, { kind = kind, at = at, text = what,
        of = task.done + 1 })
    end
  end
end

-- Which of several traces it was that ended the process is seen when each is a task.
local function split(all, task)
  all.ahead = all.ahead - 1 + #task.each
  for i, one in ipairs(task.each) do
    table.insert(all.again, i, new_task(all, one.number, 1))
  end
end

local function end_task(task, why)
  task.buffer:reset() -- nobody knows how it would have gone on
  task.came, task.notes = task.put, {}
  task.ends, task.each[1].result = task.came, { died = why }
  task.done, task.each[1].ends = 1, task.came
end

-- Whoever dies before the task was begun has a successor that will do it.
function news.died(all, worker, why)
  local task = worker.task
  worker.said:reset()
  if task and task.is_begun and not is_complete(task) then
    if #task.each > 1 then
      all.tasks[task.number], worker.task = nil, nil
      split(all, task)
    else
      end_task(task, why)
    end
  elseif not (task and task.is_begun) then
    worker.starts = worker.starts + 1
    if worker.starts >= MOST_STARTS then
      errors.stop(errors.status.script, "a process that reads traces ended " ..
        "before it began: %s", why)
    end
  end
end

local function put_text(all, task, i, to)
  local n = to - task.put
  if n > 0 then
    all.meter:clear()
    all.sink.put(task.each[i], task.buffer:get(n))
    task.put = to
  end
end

-- What trace i of the task printed, up to byte `to`, with what was said between.
local function put_output(all, task, i, to)
  local notes = task.notes
  while notes[1] and notes[1].of == i and notes[1].at <= to do
    local note = table.remove(notes, 1)
    put_text(all, task, i, note.at)
    all.meter:clear()
    all.sink[note.kind](task.each[i], note.text)
  end
  put_text(all, task, i, to)
end

local function merge_tables(all, task, result)
  local list = object.all()
  for i = 1, result.tables and all.n or 0 do
    packed.add(list[i], result.tables[i])
  end
  for _, own in ipairs(result.own) do
    all.sink.own(task, own)
  end
end

local function merge_partials(all, result)
  for i, stage in ipairs(all.stages) do
    if result.partials[i] then
      partials.add(stage, result.partials[i])
    end
  end
end

local function merge_flags(result)
  changes.list.lost = changes.list.lost or result.lost or nil
  changes.list.hides = changes.list.hides or result.hides or nil
  insert.state.lost = insert.state.lost or result.inserts or nil
end

-- A process that died is a trace that could not be read.
local function note_death(all, task, why)
  local text = ("the process that read it ended: %s"):format(why)
  local run = all.run
  all.sink.warn(task, ("gotrace-lua: %s: %s\n"):format(
    trace.shown(task.path), text))
  task.failures = { { task.path, text } }
  failures.add(run, task.path, text)
  run.status = errors.first(run.status, errors.status.damaged)
end

local function merge_result(all, task, result)
  local run = all.run
  run.opened = run.opened + result.opened
  run.inputs = run.inputs + result.more
  run.status = errors.first(run.status, result.status)
  task.failures = result.failures
  for _, failure in ipairs(result.failures) do
    failures.add(run, failure[1], failure[2])
  end
  merge_tables(all, task, result)
  merge_flags(result)
  if result.head then
    printed.head_line(result.head)
  end
  if result.stop then
    errors.stop(result.stop[1], result.stop[2])
  end
  merge_partials(all, result)
end

local function finish_trace(all, task, i)
  local one = task.each[i]
  put_output(all, task, i, one.ends)
  if one.result.died then
    note_death(all, one, one.result.died)
  else
    merge_result(all, one, one.result)
  end
  all.sink.done(all, one)
end

-- Whose turn it is. False: the traces from this one on are read in their order.
local function finish(all)
  local task = all.tasks[all.first]
  if task.in_order then
    all.in_order = task.in_order
    return false
  end
  for i = 1, task.done do
    finish_trace(all, task, i)
  end
  all.tasks[all.first] = nil
  all.first, all.ahead = all.first + #task.each, all.ahead - 1
  return true
end

-- Output that is too much to wait goes out as soon as it is its turn.
local function put_early(all)
  local task = all.tasks[all.first]
  if task and task.done == 0 and #task.each == 1 and
    #task.buffer >= MOST_PRINTED then
    put_output(all, task, 1, task.came)
  end
end

local function free(worker)
  if worker.task and is_complete(worker.task) then
    worker.task = nil
  end
end

local function take_news(all)
  for _, one in ipairs(host.worker_wait(asked(all))) do
    local worker = all.workers[one[1]]
    news[one[2]](all, worker, one[3])
    free(worker)
  end
end

-- Bytes that have been read of files whose turn it is not yet, and of the one whose it is.
local function bytes_ahead(all)
  local n = 0
  for _, task in pairs(all.tasks) do
    n = n + (task.read or 0)
  end
  return n
end

local function step(all)
  for i in ipairs(all.workers) do
    hand_out(all, i)
  end
  take_news(all)
  put_early(all)
  local task = all.tasks[all.first]
  while task and is_complete(task) do
    if not finish(all) then
      return
    end
    task = all.tasks[all.first]
  end
  all.meter:told(all.first - 1, bytes_ahead(all))
end

-- What is left is read here, one by one.
local function go_on_in_order(all)
  host.end_workers()
  all.sink.refuse(all.in_order)
  all.run.at = all.first - 1
  local task = all.tasks[all.first]
  if task.put > 0 then -- what went out early comes once more
    host.skip_output(task.put)
  end
  all.run.is_begun = all.first > 1
  all.way.read_files(all.run, all.stages, all.paths, all.first)
end

local function interrupt(all)
  host.heed_signal()
  all.run.interrupted = true
end

-- Texts as they are printed.
local printing = {}

function printing.put(_, text)
  output.put(text)
end

function printing.warn(_, text)
  errors.put_warning(text)
end

function printing.head(_, head)
  output.put(printed.head_line(head))
end

function printing.own(_, own)
  packed.add(packed.make(own[1]), own[2])
end

function printing.done(all)
  if all.run.terminal then
    output.flush()
  end
end

function printing.refuse() end

local function workers_of(n)
  local list = {}
  for i = 1, n do
    list[i] = { said = buffer.new(), starts = 0 }
  end
  return list
end

-- reader(n, sink, of): what run.lua calls in place of its own loop, where n processes are
-- there. sink: where texts go (printing); of(number): by what files are in order (arrival.lua).
local function reader(n, sink, of)
  return function(run, stages, paths, way)
    local all = { run = run, stages = stages, way = way, paths = paths,
      workers = workers_of(n), tasks = {}, first = 1, handed = 0,
      ahead = 0, again = {},
      sink = sink or printing, n = #object.all(),
      of = of or function(number)
        return ("%010d"):format(number)
      end, meter = run.meter }
    if sink then
      run.printed, run.is_done = true, true -- it is not for this process to tell
    end
    while all.first <= #paths and not (all.in_order or run.interrupted) do
      step(all)
      if host.signal() then
        interrupt(all)
      elseif output.has_failed() then
        output.flush()
      end
    end
    all.meter:clear()
    if all.in_order and not run.interrupted then
      go_on_in_order(all)
    else
      host.end_workers()
    end
    if sink and not run.interrupted then
      sink.finish(all)
    elseif sink and not run.options.quiet then
      errors.warn "interrupted, no partial result is written"
    end
  end
end

return { reader = reader }
