-- run.lua: the loop. The engine fills a batch of events, in order; Lua walks it
-- and calls for each event the one function that its type has.
--
-- No call goes from C into Lua, nothing is allocated for an event, and one
-- xpcall is around the whole run.
local ffi = require "ffi"
local C = require "gotrace.abi"
local agg = require "gotrace.agg"
local compiler = require "gotrace.compiler"
local diag = require "gotrace.diag"
local errors = require "gotrace.errors"
local event = require "gotrace.event"
local fields = require "gotrace.fields"
local host = require "gotrace.host"
local losses = require "gotrace.losses"
local names = require "gotrace.names"
local output = require "gotrace.output"
local pipeline = require "gotrace.pipeline"
local progress = require "gotrace.progress"
local trace = require "gotrace.trace"
local trouble = require "gotrace.trouble"

local ev, cur = event.ev, fields.cur
local OK, END = tonumber(C.GOTRACE_OK), tonumber(C.GOTRACE_END)
local INTERRUPTED = tonumber(C.GOTRACE_INTERRUPTED)
local SYSTEM = tonumber(C.GOTRACE_SYSTEM)
local MARK_GENERATION = tonumber(C.GOTRACE_EV_GENERATION)
local MARK_DAMAGE = tonumber(C.GOTRACE_EV_DAMAGE)

-- The hot loop. Only false drops.
local function deliver(batch, handlers)
  local events = batch.events
  event.set_active(batch.gen)
  for i = 0, batch.len - 1 do
    local e = events + i
    local handler = handlers[e.type]
    cur.e = e
    if handler and handler(ev) == false then
      e.verdict = 1
    end
  end
end

-- Functions for the marks in the stream. A mark is no event, so there is no
-- current one while its hooks run.
local function mark_handler(run, name, object_of)
  if not pipeline.any_has(run.stages, name) then
    return false
  end
  return function()
    local gen = cur.gen
    local object = object_of(run)
    event.set_idle()
    if object then
      pipeline.call_all(run.stages, name, object)
    end
    event.set_active(gen)
  end
end

local function add_marks(run)
  run.handlers[MARK_GENERATION] = mark_handler(run, "generation", function()
    return trace.generation(cur.gen[0])
  end)
  run.handlers[MARK_DAMAGE] = mark_handler(run, "damage", function()
    return trace.damage(run.handle, cur.e.arg[0])
  end)
end

-- The mask that the engine gets: nothing is decoded that nobody looks at. To
-- show progress, a turn of the loop at each generation is enough.
local function wanted_of(handlers, progressing)
  local wanted = ffi.new "uint8_t[256]"
  for id = 1, 255 do
    wanted[id] = handlers[id] and 1 or 0
  end
  if progressing then
    wanted[MARK_GENERATION] = 1
  end
  return wanted
end

-- Between batches: a live reader gets what there is before anything can wait,
-- and a failed write ends the run.
local function settle_output(run)
  if output.has_failed() or run.live and output.is_pending() then
    run.meter:clear()
    output.flush()
  end
end

-- Nil when the trace is at its end, INTERRUPTED, or the diag of what keeps it
-- from being read further.
local function read_batches(run)
  local batch, why = ffi.new "gotrace_batch", ffi.new "gotrace_diag"
  while true do
    settle_output(run)
    local status = tonumber(C.gotrace_next(run.handle, batch, why))
    if status == OK then
      deliver(batch, run.handlers)
    elseif status == END then
      return nil
    else
      return status == INTERRUPTED and INTERRUPTED or why
    end
    run.meter:tick(run.info)
  end
end

-- A trace that cannot be read at all, or not further.
local function report_diag(run, path, raw, status)
  local d = diag.of(raw)
  local head = d.system and "" or trace.shown(path) .. ": "
  errors.warn("%s%s", head, tostring(d))
  run.status = math.max(run.status, status)
end

-- The handle, or nil: a file that is not there is the caller's mistake, one
-- that is no trace is damaged.
local function open(run, path)
  local out, why = ffi.new "gotrace *[1]", ffi.new "gotrace_diag"
  local status = tonumber(C.gotrace_open(out, path, names.handle, why))
  if status == OK then
    run.opened = run.opened + 1
    return out[0]
  elseif status == INTERRUPTED then
    run.interrupted = true
    return nil
  end
  report_diag(run, path, why, status == SYSTEM and errors.status.usage or
    errors.status.damaged)
end

local function finish_trace(run)
  event.set_idle()
  pipeline.call_all(run.stages, "finish", trace.current)
end

local function read_trace(run, path)
  local handle = open(run, path)
  if not handle then
    return
  end
  run.handle, run.info = handle, C.gotrace_info_of(handle)
  trace.set_current(path, run.inputs, run.info)
  run.live = run.info.file_size == 0 or run.terminal
  pipeline.call_all(run.stages, "begin", trace.current)
  C.gotrace_want(handle, run.wanted, run.order)
  run.meter = progress.start(run.options)
  local why = read_batches(run)
  run.meter:clear()
  run.interrupted = why == INTERRUPTED
  finish_trace(run)
  if why and not run.interrupted then
    report_diag(run, path, why, errors.status.damaged)
  end
end

-- Whatever happened: the losses are told, and the handle is given back.
local function close_trace(run)
  event.set_idle()
  if not run.handle then
    return
  end
  if run.meter then
    run.meter:clear()
  end
  local file, quiet = trace.current.file, run.options.quiet
  if losses.report(run.handle, run.info, file, quiet) then
    run.status = math.max(run.status, errors.status.damaged)
  end
  trace.keep_current()
  C.gotrace_close(run.handle)
  run.handle = nil
end

local function read_all(run, paths)
  run.inputs, run.opened = #paths, 0
  for _, path in ipairs(paths) do
    read_trace(run, path)
    close_trace(run)
    if run.interrupted then
      break
    end
  end
  if run.opened > 0 then
    agg.print_all(run.options.style, output.write)
  end
end

-- run(stages, paths, options): the exit status.
--   options  { style (of -F), quiet, progress (true: always) }
local function run_all(stages, paths, options)
  local order = pipeline.order(stages)
  local run = {
    stages = stages,
    options = options,
    status = errors.status.done,
    terminal = progress.is_terminal(1),
    handlers = pipeline.handlers(stages),
    order = C["GOTRACE_ORDER_" .. order:upper()],
  }
  if order == "thread" then
    fields.set_thread_order()
  end
  add_marks(run)
  run.wanted = wanted_of(run.handlers, progress.wanted(options))
  host.catch_interrupt()
  compiler.resume()
  local ok, problem = xpcall(read_all, trouble.handler(stages), run, paths)
  close_trace(run)
  if not ok then
    trouble.raise(problem)
  end
  return run.interrupted and errors.status.interrupted or run.status
end

return { run = run_all }
