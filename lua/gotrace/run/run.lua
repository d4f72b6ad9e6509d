-- run.lua: the loop. The engine fills a batch of events, in order; Lua walks it
-- and calls for each event the one function that its type has.
--
-- No call goes from C into Lua, nothing is allocated for an event, and one
-- xpcall is around the whole run.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local agg = require "gotrace.tables.agg"
local arrival = require "gotrace.measures.arrival"
local chains = require "gotrace.event.chain"
local binary = require "gotrace.run.binary"
local changes = require "gotrace.event.edits"
local compiler = require "gotrace.run.compiler"
local delivery = require "gotrace.run.delivery"
local diag = require "gotrace.engine.diag"
local emit = require "gotrace.event.emit"
local errors = require "gotrace.base.errors"
local exporting = require "gotrace.output.exporting"
local event = require "gotrace.event.event"
local failures = require "gotrace.trace.failures"
local fields = require "gotrace.event.fields"
local first_passes = require "gotrace.run.first_passes"
local host = require "gotrace.engine.host"
local inputs = require "gotrace.run.input"
local insert = require "gotrace.synthesis.insert"
local judging = require "gotrace.run.judging"
local lazy = require("gotrace.base.lazy").of
local lines = require "gotrace.printing.lines"
local losses = require "gotrace.trace.damage_report"
local memory = require "gotrace.engine.memory"
local output = require "gotrace.sandbox.output"
local partials = require "gotrace.run.partials"
local parts = require "gotrace.trace.parts"
local pipeline = require "gotrace.script.pipeline"
local plan = require "gotrace.run.plan"
local probes = require "gotrace.script.probes"
local prefetch = require "gotrace.event.prefetch"
local progress = require "gotrace.run.progress"
local sandbox = require "gotrace.sandbox.sandbox"
local silence = require "gotrace.run.silence"
local trace = require "gotrace.trace.trace"
local trouble = require "gotrace.script.script_error"
local window = require "gotrace.trace.window"
local writer = require "gotrace.output.writer"
local known_names = lazy "gotrace.span.known_names"
local paging = lazy "gotrace.run.paging"
local spans = lazy "gotrace.run.spans"

local cur, around = fields.cur, fields.around
local OK, END = tonumber(C.GOTRACE_OK), tonumber(C.GOTRACE_END)
local INTERRUPTED = tonumber(C.GOTRACE_INTERRUPTED)
local SYSTEM = tonumber(C.GOTRACE_SYSTEM)
local MARK_GENERATION = tonumber(C.GOTRACE_EV_GENERATION)
local MARK_DAMAGE = tonumber(C.GOTRACE_EV_DAMAGE)
local COUNT_ONLY = tonumber(C.GOTRACE_COUNT_ONLY)
local FULL = C.GOTRACE_ORDER_FULL

local function begin_batch(batch)
  changes.clear()
  event.set_active(batch.gen)
  around.batch = batch.events
  prefetch.begin(batch)
end

-- Behind the last window the trace is over, whatever the engine has read.
local function bound_trace(batch, last)
  local i = delivery.place_of(batch, 0, last)
  local before = i > 0 and tonumber(batch.events[i - 1].time) or around.before
  while i < batch.len and batch.events[i].n == 0 do
    i = i + 1
  end
  if i < batch.len then
    trace.bound(tonumber(batch.events[i].n) - 1, before)
    return true
  end
end

-- Whether it is the first of a generation.
local function is_new(batch, pass)
  local off = batch.gen.off
  local new = off ~= pass.generation
  pass.generation = off
  return new
end

-- With a page it is shown in time what happened.
local function deliver_whole(batch, pass)
  local page, first = pass.page, 0
  while page do
    local last = delivery.place_of(batch, first, page.due)
    delivery.deliver(batch, pass, first, last)
    if last == batch.len then
      return
    end
    first = last
    event.set_idle()
    page:step()
    event.set_active(batch.gen)
  end
  delivery.deliver(batch, pass, first, batch.len)
end

local function take_batch(batch, pass)
  if pass.learn then
    return pass.learn(batch)
  end
  if pass.writes and is_new(batch, pass) then
    writer.begin_generation()
  end
  local last = tonumber(batch.events[batch.len - 1].time)
  begin_batch(batch)
  local w = pass.windows[pass.window]
  if w and w.from <= tonumber(batch.events[0].time) and last < w.to then
    deliver_whole(batch, pass)
  else
    delivery.windows(batch, pass)
  end
  if pass.last and not pass.bounded and last >= pass.last then
    pass.bounded = bound_trace(batch, pass.last)
  end
  around.before = last
  event.set_idle()
  prefetch.done()
  if pass.page then
    pass.page:took(batch.len, last)
  end
  if pass.writes then
    writer.write(batch)
  end
end

-- Functions for the marks in the stream. A mark is no event, so there is no
-- current one while its hooks run.
local function mark_handler(run, pass, name, object_of)
  if not pipeline.any_has(pass.stages, name) then
    return false
  end
  return function()
    local gen, e = cur.gen, cur.e
    local object = object_of(run)
    event.set_idle()
    around.mark_n, around.mark_time = tonumber(e.arg[1]), tonumber(e.time)
    around.mark_at = changes.place(e)
    if object then
      pipeline.call_all(pass.stages, name, object)
    end
    event.set_idle()
    event.set_active(gen)
  end
end

local function add_marks(run, pass)
  local handlers = pass.handlers
  handlers[MARK_GENERATION] = mark_handler(run, pass, "generation", function()
    return trace.generation(cur.gen[0])
  end)
  local report = mark_handler(run, pass, "damage", function()
    return trace.damage(run.handle, cur.e.arg[0], tonumber(cur.e.time))
  end)
  handlers[MARK_DAMAGE] = function()
    trace.tell(cur.e, run.handle)
    if report then
      report()
    end
  end
end

-- What is printed of events without looking at them the engine prints, a batch at a time.
local function choose_printer(pass)
  local may = not (pass.writes or pass.spans)
  pass.print_batch = may and lines.batch_printer(pass.handlers,
    output.put_lines, delivery.events) or nil
end

-- What can be told of events that are written without looking at them it judges.
local function choose_judge(pass)
  local may = pass.writes and not pass.spans
  pass.judge = may and judging.of(pass.stages, pass.handlers,
    delivery.events) or nil
end

local function choose_for_batches(pass)
  choose_printer(pass)
  choose_judge(pass)
end

-- A pass over a trace: what looks at its events, and how.
local function make_pass(run, pass)
  add_marks(run, pass)
  pass.spans = run.plan.spans and #pass.stages > 0
  pass.objects, pass.accounts = run.plan.objects, run.plan.accounts
  pass.figures = run.plan.figures
  pass.exact = run.plan.exact
  pass.inserts = pass.writes and run.plan.runs
  choose_for_batches(pass)
  pass.wanted = pass.wanted or plan.wanted(run.plan, pass.handlers, pass.writes)
  return pass
end

-- Between batches: what scripts caught of a memory limit ends the run.
local function settle_memory()
  if memory.is_met() then
    memory.stop(trouble.current_event())
  end
end

-- A live reader gets what there is before anything can wait, and a failed write
-- ends the run.
local function settle_output(run)
  if output.has_failed() or run.live and output.is_pending() then
    run.meter:clear()
    output.flush()
  end
end

-- Whether what is left of the trace matters to nobody. What is written is read
-- to its end, so that all damage is known; and spans of a window may end behind it.
local function is_done(pass)
  return pass.page and pass.page:has_quit() or
    not (pass.writes or pass.spans) and pass.window > #pass.windows
end

-- The trace is at its end: with a page somebody may want to look at it.
local function end_page(run, pass)
  if pass.page then
    local goes_on = tonumber(run.info.next) > 0 or run.options.repeats
    pass.page:finish(goes_on)
  end
  return pass.page and host.signal() and INTERRUPTED or nil
end

-- Nil when the trace is at its end, INTERRUPTED, or the diag of what keeps it
-- from being read further.
local function read_batches(run, pass)
  local batch, why = ffi.new "gotrace_batch", ffi.new "gotrace_diag"
  while not is_done(pass) do
    settle_memory()
    settle_output(run)
    local status = tonumber(C.gotrace_next(run.handle, batch, why))
    if status == OK then
      if batch.len > 0 then -- none: only to show progress
        take_batch(batch, pass)
      end
    elseif status == END then
      return end_page(run, pass)
    elseif status == INTERRUPTED and pass.page and not host.signal() then
      pass.page:pulse()
    else
      return status == INTERRUPTED and INTERRUPTED or why
    end
    run.meter:tick(run.handle)
  end
  trace.stop()
end

-- A trace that cannot be read at all, or not further.
local function report_diag(run, input, raw, status)
  local name = trace.shown(input.name)
  if memory.is_refusal(raw.status) then
    memory.refuse(name, raw)
  end
  local d = diag.of(raw)
  local head = d.system and "" or name .. ": "
  errors.warn("%s%s", head, tostring(d))
  failures.add(run, input.name, tostring(d))
  run.status = errors.first(run.status, status)
end

-- The handle, or nil: a file that is not there is the caller's mistake, one
-- that is no trace is damaged.
local function open(run, input)
  local status, handle, why, exit_status, problem = inputs.open(input)
  if handle then
    return handle
  elseif status == INTERRUPTED then
    run.interrupted = true
    return nil
  elseif exit_status then
    if not run.options.repeats then -- which asks again
      failures.add(run, input.name, problem)
    end
    run.status = errors.first(run.status, exit_status)
    return nil
  end
  report_diag(run, input, why, status == SYSTEM and errors.status.usage or
    errors.status.damaged)
end

-- What was printed comes before the trace appears. What keeps it from that, if it
-- does, as in read_batches.
local function put_in_place(run)
  run.is_too_large = not writer.fits()
  if run.is_too_large then
    return writer.abandon()
  end
  output.flush()
  local why = writer.commit()
  if not why and not run.options.quiet then
    writer.report()
  end
  return why
end

-- why: what the reading ended with. The same, or what put_in_place says.
local function finish_output(run, why)
  settle_memory()
  if not why then
    return put_in_place(run)
  elseif why ~= INTERRUPTED and writer.streams() then
    writer.finish() -- valid as far as it goes
    writer.commit()
  end
  writer.abandon()
  if why == INTERRUPTED and not run.options.quiet then
    errors.warn("%s: interrupted, nothing is written",
      writer.shown(trace.current.output))
  end
  return why
end

-- Of a trace that has names --binary is said to be of no use, once.
local function use_binary(run, pass)
  local program = run.options.binary
  run.named = program and binary.use(run.handle, program)
  trace.set_binary(run.named and program or nil)
  if pass == run.main and run.named == false and not run.options.quiet then
    errors.warn("%s: --binary is of no use: stacks have their names in " ..
      "traces of Go 1.7 and later, this is one of Go %s",
      trace.shown(run.input.name), trace.current.version)
  end
end

-- Why nothing of this trace comes through one of the filters, or is what all hooks
-- of a script ask for; nil: it may.
local function shut_filter(stages, version)
  for _, stage in ipairs(stages) do
    local why = stage.why_never and stage.why_never(version)
    if why then
      return (stage.text and ("-f '%s'"):format(stage.text) or stage.name) ..
        ": " .. why
    end
  end
end

-- That is a mistake; of several traces others may have what it asks for.
local function check_filters(run, pass)
  local why = shut_filter(pass.stages, tonumber(run.info.version))
  if why and run.inputs == 1 then
    errors.usage("%s", why)
  elseif why and not run.options.quiet then
    errors.warn("%s: %s", trace.shown(run.input.name), why)
  end
end

local function report_binary(run)
  local chosen = run.options
  if run.named and binary.report(run.handle, chosen.binary,
    trace.shown(trace.current.file), chosen.quiet) then
    run.status = errors.first(run.status, errors.status.usage)
  end
end

-- Whether what it names can be read from its begin again.
local function is_file(input)
  local kind = input.path ~= "-" and not input.url and host.kind(input.path)
  return kind == nil or kind == "file"
end

-- Whether the names of this trace are looked for in a pass of their own: from a pipe they are
-- not known until the trace tells.
local function looks_for_names(run, input)
  return run.names ~= nil and is_file(input)
end

-- Whether all strings of this trace are to be known first.
local function looks_for_strings(run, input)
  return run.strings ~= nil and is_file(input)
end

-- Why it is read twice; nil: it need not be.
local function why_twice(run)
  return run.options.align and "--align wants to know its clock first" or
    run.scan and "scan hooks see it in a pass of their own" or
    run.fitting and "--to-size writes it until it is small enough" or
    run.runs and "trace.region, task and log want to know when goroutines run"
end

-- Whether traces of one file can be had from the same stream of bytes: none is
-- read a second time, and the next one is read at all.
local function can_follow(run)
  return not (why_twice(run) or looks_for_names(run, run.input) or
    looks_for_strings(run, run.input) or
    window.needs_end(run.options)) and
    (not run.options.output or parts.is_numbered(run))
end

-- Gives the handle back. One that follows in the file is next.
local function release(run, going_on)
  local handle, off = run.handle, tonumber(run.info.next)
  run.handle = nil
  if not going_on or off == 0 then
    C.gotrace_close(handle)
    run.status = errors.first(run.status, inputs.finish(run.input))
  elseif can_follow(run) then
    run.next = inputs.follow(run.input, handle)
  else
    C.gotrace_close(handle)
    run.next = inputs.at(run.input, off)
  end
end

-- Whatever happened: the losses are told, and the handle is given back. going_on:
-- the trace was read to its end.
local function close_trace(run, pass, going_on)
  event.set_idle()
  prefetch.done()
  writer.abandon()
  if not run.handle then
    return
  end
  if run.meter then
    run.meter:clear()
  end
  if pass == run.main and not run.is_too_large then
    local file, quiet = trace.current.file, run.options.quiet
    local lost = losses.report(run.handle, run.info, file, quiet)
    if lost then
      failures.add(run, file, lost)
      run.status = errors.first(run.status, errors.status.damaged)
    end
    report_binary(run)
  end
  if pass.spans then
    spans().close()
  end
  trace.keep_current()
  release(run, going_on)
end

-- What scripts do when all is read: in a run that was told to end too, where it
-- must not take long.
local function finish_hooks(run)
  local pass = run.unfinished
  run.unfinished = nil
  event.set_idle()
  trace.end_telling()
  if pass and not pass.looking then
    insert.end_events()
  end
  if pass then
    pipeline.call_all(pass.stages, "finish", trace.current)
  end
  if pass and pass == run.main then
    partials.take(pass.stages)
  end
end

-- Where the command line's window ends, if the trace is looked at up to there.
local function last_of(pass, w)
  return not pass.looking and w.to < math.huge and w.to or nil
end

-- The mask with which each event comes, to be counted: of those that nobody
-- looks at no more than that.
local function counting(wanted)
  local mask = ffi.new "uint8_t[256]"
  for id = 1, 255 do
    local is_event = id < MARK_GENERATION and id ~= MARK_DAMAGE
    mask[id] = wanted[id] == 0 and is_event and COUNT_ONLY or wanted[id]
  end
  return mask
end

-- Reads the open trace. w: the window that it is looked at in.
local function read_open(run, pass, w)
  run.unfinished = pass
  window.begin(pass.looking)
  trace.begin_telling()
  around.before, around.looking = trace.current.start, pass.looking
  if pass.spans then
    spans().begin(pass, run.info.version)
  end
  insert.begin_pass(pass.looking)
  if pass.open then
    pass.open(run.info)
  end
  pipeline.call_all(pass.stages, "begin", trace.current)
  pass.windows, pass.window = pass.looking and { w } or window.windows(w), 1
  trace.set_windows(pass.windows)
  local order = window.is_all(pass.windows) and pass.order or FULL
  pass.last, pass.bounded, pass.generation = last_of(pass, w), false, nil
  if pass.spans then
    spans().set_windows(pass.windows)
  end
  if not pass.looking then
    insert.begin_events(pass.windows, plan.may_ask(pass))
  end
  C.gotrace_want(run.handle, pass.last and counting(pass.wanted) or pass.wanted,
    order)
  if pass.left_out and window.is_all(pass.windows) then
    writer.pass(pass.left_out)
  elseif pass.watched and window.is_all(pass.windows) then
    writer.watch()
  end
  if pass == run.main and pipeline.any_shows_page(pass.stages) then
    pass.page = paging().begin(run, pass)
  end
  run.meter:begin(run.handle)
  local why = read_batches(run, pass)
  run.meter:clear()
  run.meter:finish(run.handle)
  if pass.spans then
    spans().finish(pass, tonumber(run.info.last_time))
  elseif pass.learned then
    pass.learned(tonumber(run.info.last_time))
  end
  run.interrupted = why == INTERRUPTED
  if run.interrupted then
    host.heed_signal()
  elseif pass.writes and not why then
    writer.finish()
  end
  finish_hooks(run)
  return why
end

-- False when the trace cannot be read to its end.
local function read_pass(run, pass, input, w, file)
  local handle = open(run, input)
  if not handle then
    return false
  end
  run.pass, run.handle, run.info = pass, handle, C.gotrace_info_of(handle)
  run.input = input
  run.opened = run.opened + (pass.is_first and 0 or 1)
  trace.set_current(input, run.inputs, run.info, file)
  use_binary(run, pass)
  if pass == run.main then
    check_filters(run, pass)
    exporting.begin_reading(run.options.export, handle)
  end
  run.live = run.info.file_size == 0 or run.terminal
  if pass.writes then
    writer.open(file, handle, run.options.strict, pass.stages)
  end
  local why = read_open(run, pass, w)
  local streams = pass.writes and writer.streams()
  if pass.writes then
    why = finish_output(run, why)
  end
  if why and not run.interrupted then
    report_diag(run, input, why, errors.status.damaged)
    if pass.writes and not streams then
      errors.warn("%s: nothing is written", writer.shown(file))
    end
  end
  close_trace(run, pass, not why)
  return not why
end

-- Two passes over a pipe there cannot be.
local function check_file(input, why)
  if not is_file(input) then
    errors.usage("%s cannot be read twice, and %s", trace.shown(input.path),
      why)
  end
end

-- When the trace ends; nil if it cannot be read.
local function end_of(run, input)
  check_file(input, "a time from the end wants to know the end first")
  if read_pass(run, run.idle, input, window.all) then
    return trace.current.duration
  end
end

local function window_of(run, input)
  local last
  if window.needs_end(run.options) then
    last = end_of(run, input)
    if not last then
      return nil
    end
  end
  return window.of_options(run.options, last, input)
end

local function number_stages(stages)
  for i, stage in ipairs(stages) do
    stage.index = i
  end
  emit.start(pipeline.behind(stages))
  trace.set_stages(stages)
end

-- Probes have been attached or detached: from the next event or span on the others are called.
local function refresh(run, stages, name)
  local pass = run.main
  pipeline.refresh(pass.handlers, stages, pass.writes, name)
  emit.set_behind(pipeline.behind(stages))
  choose_for_batches(pass)
  if pass.spans and pass.tellers then
    spans().refresh(pass)
  end
end

local function start_probes(run, stages)
  for _, stage in ipairs(stages) do
    if stage.has_probes then
      probes.start(stage, function(name)
        refresh(run, stages, name)
      end)
      for name in pairs(stage.parts) do
        refresh(run, stages, name)
      end
    end
  end
end

local function make_passes(run, stages)
  chains.forget()
  number_stages(stages)
  run.plan = plan.make(stages, run.options)
  fields.set_unknown(run.plan.unknown)
  local order = C["GOTRACE_ORDER_" .. run.plan.order:upper()]
  run.main = make_pass(run, {
    stages = stages,
    handlers = run.plan.handlers,
    order = order,
    writes = run.plan.writes,
    left_out = run.plan.left_out,
    watched = run.plan.watched,
    looking = false,
  })
  local scanning = pipeline.scanning(stages)
  run.scan = #scanning > 0 and make_pass(run, {
    stages = scanning,
    handlers = pipeline.observers(scanning),
    order = order,
    looking = true,
  })
  run.idle = make_pass(run, first_passes.idle())
  run.names = run.plan.names and make_pass(run, first_passes.names()) or nil
  run.strings = pipeline.any_guards(stages) and
    make_pass(run, first_passes.strings()) or nil
  run.fitting = pipeline.fitting(stages)
  run.runs = run.plan.runs and make_pass(run, first_passes.runs()) or nil
  start_probes(run, stages)
end

-- For each trace the scripts begin anew: nothing that one left behind is there
-- for the next but their tables and what they share.
-- None of that is worth compiling. further: it is not the same trace again.
local function renew(run, stages, further)
  compiler.pause()
  sandbox.begin_random()
  pipeline.renew(stages, further)
  make_passes(run, stages)
  compiler.resume()
end

-- The main pass over a part of the trace; again, with more left out, while what is
-- written is too large.
local function read_part(run, input, part, file)
  local whole = read_pass(run, run.main, input, part, file)
  while whole and run.is_too_large do
    run.meter:more(1)
    renew(run, run.main.stages)
    whole = read_pass(run, run.main, input, part, file)
  end
  run.is_too_large = false
  return whole
end

-- How often a trace is read, if nothing is left out of what is written.
local function passes_of(run, input)
  local n = 1
  for _, more in ipairs { window.needs_end(run.options) or false,
    looks_for_names(run, input), looks_for_strings(run, input),
    run.runs ~= nil, run.scan } do
    n = n + (more and 1 or 0)
  end
  return n
end

local function read_trace(run, input)
  window.reset()
  writer.reset()
  run.meter:plan(passes_of(run, input))
  local w = window_of(run, input)
  if run.names then
    known_names().forget()
  end
  if w and looks_for_names(run, input) then
    known_names().begin()
    w = read_pass(run, run.names, input, window.all) and w
  end
  if w and looks_for_strings(run, input) then
    w = read_pass(run, run.strings, input, window.all) and w
  end
  if w and why_twice(run) then
    check_file(input, why_twice(run))
  end
  insert.begin_trace()
  if w and run.runs then
    w = read_pass(run, run.runs, input, window.all) and w
  end
  if w and run.scan then
    w = read_pass(run, run.scan, input, window.all, run.options.output) and w
    insert.end_scan()
  end
  local list = w and parts.of(run, input, w) or {}
  local whole = #list > 0
  run.meter:more(math.max(#list - 1, 0))
  for i, part in ipairs(list) do
    if not run.interrupted then
      whole = read_part(run, input, part, parts.name(run, i)) and whole
    end
  end
  run.parts = run.parts + #list
  if whole and not (run.interrupted or run.options.quiet) then
    silence.of_window(trace.shown(input.name), w, trace.current,
      run.options, run.main.bounded)
  end
end

-- The trace that follows in the file, if it is to be read: of several, the first
-- alone is written to a file whose name has no place for a number.
local function take_next(run)
  local input = run.next
  run.next = nil
  if not input then
    return nil
  end
  local options, shown = run.options, trace.shown(input.path)
  local text = "%s: another trace begins at byte %.0f; "
  if options.output and not parts.is_numbered(run) then
    run.status = errors.first(run.status, errors.status.damaged)
    errors.warn(text .. "the one before it alone is written: to have all, " ..
      "-o wants a name with %%d, such as -o trace-%%d.trace", shown, input.off)
    return nil
  elseif not options.quiet then
    errors.warn(text .. "it is read as a file of its own, %s", shown,
      input.off, trace.shown(input.name))
  end
  return input
end

-- What scripts say of all traces together.
local function call_done(run)
  local opened = run.opened > 0 and not run.is_done
  run.is_done = true
  if opened then
    partials.done(run.main.stages)
  end
end

local function print_tables(run)
  host.end_hurry()
  if run.opened > 0 and not run.printed then
    run.printed = true
    agg.print_all(run.options.style, output.put)
    failures.print(run, output.put)
  end
end

-- What was found before the run had to end is worth having. Whatever it was
-- that ended it may keep this from being told, too.
local function print_found(run, problem)
  local is_output = errors.is_stop(problem) and
    problem.status == errors.status.output
  if not is_output then
    local _ = pcall(print_tables, run) or collectgarbage() -- to say why
  end
end

-- After a signal has ended a script in the middle of what it did: the rest is as
-- where a batch is the last one.
local function wind_up(run)
  run.interrupted = true
  host.heed_signal()
  finish_hooks(run)
  if writer.is_open() then
    finish_output(run, INTERRUPTED)
  end
  close_trace(run, run.pass)
  call_done(run)
  print_tables(run)
  exporting.abandon(not run.options.quiet)
end

-- Whether no further trace is to be read.
local function is_over(run)
  local page = run.main.page
  return run.interrupted or page and page:has_quit()
end

-- A file, and the traces that follow in it.
local function read_file(run, stages, path, argument)
  local input = inputs.first(path, argument)
  while input do
    if run.is_begun then
      renew(run, stages, true)
    end
    run.is_begun, run.at = true, run.at + 1
    read_trace(run, input)
    input = not is_over(run) and (take_next(run) or inputs.again(input)) or
      nil
    run.inputs = run.inputs + (input and 1 or 0)
  end
end

-- read_files(run, stages, paths, first): those from number `first` on, in their order.
local function read_files(run, stages, paths, first)
  local arguments = run.options.arguments or {}
  for i = first, #paths do
    arrival.begin(("%010d"):format(i))
    run.meter:file(i)
    read_file(run, stages, paths[i], arguments[i] or i)
    if is_over(run) then
      break
    end
  end
end

local function read_all(run, stages, paths)
  local export = run.options.export
  run.inputs, run.parts = #paths, 0
  run.meter = progress.start(run.options, paths)
  if export then
    exporting.open(export, run.options.export_to, run.options.quiet)
  end
  if run.options.fleet then
    run.options.fleet(run, stages, paths, { read_file = read_file,
      read_files = read_files, close_trace = close_trace })
  else
    read_files(run, stages, paths, 1)
  end
  local quiet = run.options.quiet or run.interrupted or run.opened == 0 or
    run.main.page
  local printed = output.has_printed()
  if not (quiet or printed or agg.has_rows()) then
    silence.without_hooks(stages, run.options.output)
  end
  call_done(run)
  print_tables(run)
  if export then
    exporting.finish(run, export)
  end
  if not quiet then
    silence.after(stages, run.options.output)
    silence.of_lives(run.options)
    silence.of_tables(printed and {} or agg.empty())
    silence.of_filters(stages, printed or run.options.output or export)
  end
end

-- run(stages, paths, options): the exit status.
--   options  { style (of -F), quiet, progress (true: always), output, strict,
--            from, to (ns), arguments (of the paths: the numbers of the command line's
--            words that they are of), export (of exporting.of) and export_to (its path),
--            repeats (whether URLs are asked for again and again),
--            fleet (what reads the traces, if not this process one by one: fleet.lua) }
local function run_all(stages, paths, options)
  local run = {
    options = options,
    status = errors.status.done,
    opened = 0,
    at = 0,
    failures = {},
    terminal = output.is_terminal(),
  }
  make_passes(run, stages)
  errors.catch_signals()
  compiler.resume()
  local handler = trouble.handler(stages)
  local ok, problem = xpcall(read_all, handler, run, stages, paths)
  if errors.is_interruption(problem) then
    ok, problem = xpcall(wind_up, handler, run)
  end
  if not ok then
    problem = memory.instead(problem, trouble.current_event())
  end
  if pipeline.any_shows_page(stages) then
    paging().close()
  end
  close_trace(run, run.pass)
  if not ok then
    exporting.abandon()
    print_found(run, problem)
    trouble.raise(problem)
  end
  return run.interrupted and errors.signal_status() or run.status
end

return { run = run_all }
