-- writer.lua: the trace that a run writes, if it writes one.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local changes = require "gotrace.event.edits"
local diag = require "gotrace.engine.diag"
local errors = require "gotrace.base.errors"
local lazy = require("gotrace.base.lazy").of
local memory = require "gotrace.engine.memory"
local format = require "gotrace.printing.format"
local names = require "gotrace.engine.strings"
local proxy = require "gotrace.base.proxy"
local pipeline = require "gotrace.script.pipeline"
local asked = require("gotrace.synthesis.insert").counts

local renames = lazy "gotrace.output.renames"

local OK, REFUSED = tonumber(C.GOTRACE_OK), tonumber(C.GOTRACE_DAMAGED)
local INTERRUPTED = tonumber(C.GOTRACE_INTERRUPTED)
local SYSTEM, NAMES = tonumber(C.GOTRACE_SYSTEM), tonumber(C.GOTRACE_NAMES)

local NAMED = 3 -- types of what was dropped, at most

local handle, path -- of the one that is open
local stages -- of the run that writes it
local is_preview -- what is written is not to appear
local guards -- of those that say what must not be in it, see guards_of
local fitting -- what says how large it may be; nil: as large as it is
local counts -- of the last one that was
local before = ffi.new "gotrace_written" -- the generation at hand
-- Goroutines in all parts of the output: those that are hidden, or with hides_others all others are.
local hidden, hides_others = {}, false
local why = ffi.new "gotrace_diag"

local fields = {
  "events", "dropped", "cut", "edited", "added", "absorbed", "bridged",
  "withheld", "moved", "bytes", "generations",
}

local function shown(file)
  return file == "-" and "standard output" or file
end

-- Ends the run with what the engine says.
local function stop(status, file)
  local text = tostring(diag.of(why))
  if status == REFUSED then
    errors.stop(errors.status.script, "%s: refused, as --strict asks: %s",
      shown(file), text)
  elseif memory.is_refusal(status) then
    memory.refuse(shown(file), why)
  elseif status == INTERRUPTED then
    errors.interrupt()
  end
  errors.stop(errors.status.output, "%s", text)
end

local function check(status, file)
  if tonumber(status) ~= OK then
    stop(tonumber(status), file)
  end
end

local function abandon()
  changes.list.wanted = false
  C.gotrace_writer_abandon(handle)
  handle = nil
end

-- What scripts have to say about the whole: a list of
--   without            what the engine leaves out (GOTRACE_WITHOUT_...)
--   judge(bytes, len)  ends the run unless these may appear
--   tell(shown)        what to say of them on stderr, and a second line or nil
--   is_preview         they are not to appear
local function guards_of(writing)
  local list = {}
  for _, stage in ipairs(writing) do
    list[#list + 1] = stage.guard
  end
  return list
end

local function hold()
  local without = 0
  for _, guard in ipairs(guards) do
    without = bit.bor(without, guard.without)
  end
  if #guards > 0 or fitting then
    check(C.gotrace_writer_hold(handle, why), path)
    C.gotrace_writer_leave_out(handle, without)
  end
end

local function tell_hidden()
  if hides_others then
    check(C.gotrace_writer_hide_all(handle, why), path)
  end
  local tell = hides_others and C.gotrace_writer_show or C.gotrace_writer_hide
  for g in pairs(hidden) do
    check(tell(handle, ffi.cast("uint64_t", g), why), path)
  end
end

-- open(file, trace, strict, stages): the rewrite of the engine's trace begins.
local function open(file, trace, strict, writing)
  local out = ffi.new "gotrace_writer *[1]"
  check(C.gotrace_writer_open(out, file, trace, names.handle, strict, why),
    file)
  handle, path, counts, stages = out[0], file, nil, writing
  guards, fitting = guards_of(stages), pipeline.fitting(stages)
  hold()
  local strings = pipeline.any_has(stages, "string")
  local stacks = pipeline.any_has(stages, "stack")
  if strings or stacks then
    C.gotrace_writer_translate(handle, strings, stacks)
  end
  ffi.fill(before, ffi.sizeof(before))
  changes.list.wanted = true
  tell_hidden()
end

local function is_open()
  return handle ~= nil
end

-- pass(dropped): nothing else is to be done to the trace than to leave out the
-- types with dropped[id] ~= 0, so that the engine may do it without anyone
-- looking. It need not: then verdicts are asked for as ever.
local function pass(dropped)
  C.gotrace_writer_pass(handle, dropped)
end

-- watch(): verdicts are going to be set, but maybe none that changes anything.
local function watch()
  C.gotrace_writer_watch(handle)
end

-- A generation begins: what has become of those before it is known.
local function begin_generation()
  ffi.copy(before, C.gotrace_writer_written(handle), ffi.sizeof(before))
end

-- Takes a batch, with what scripts did to it.
local function write(batch)
  local list = changes.list
  local status = C.gotrace_write(handle, batch, list.events, list.len, why)
  while tonumber(status) == NAMES do
    renames().answer(handle, stages)
    status = C.gotrace_write(handle, batch, list.events, list.len, why)
  end
  check(status, path)
end

-- hide(g): from the event at hand on, and in the parts of the output that come
-- later.
local function hide(g)
  hidden[g] = not hides_others or nil
  changes.list.hides = true
  if handle and not changes.hide(g) then
    check(C.gotrace_writer_hide(handle, ffi.cast("uint64_t", g), why), path)
  end
end

-- show(g): it is hidden no more.
local function show(g)
  hidden[g] = hides_others or nil
  if handle and not changes.hide(g, true) then
    check(C.gotrace_writer_show(handle, ffi.cast("uint64_t", g), why), path)
  end
end

-- hide_others(list): all but these, in the whole trace: before its first event.
local function hide_others(list)
  hidden, hides_others = {}, true
  changes.list.hides = true
  for _, g in ipairs(list) do
    hidden[g] = true
  end
  if handle then
    tell_hidden()
  end
end

-- Whether one of these has come up.
local function has_met(g)
  return handle ~= nil and
    C.gotrace_writer_has_met(handle, ffi.cast("uint64_t", g))
end

-- What has become of the events: a table of numbers, nil where nothing is
-- written. so_far: of those before the generation at hand, since those of a batch
-- are written behind all its hooks.
local function written(so_far)
  local w = handle and (so_far and before or C.gotrace_writer_written(handle))
    or counts
  if not w then
    return nil
  end
  local t = {}
  for _, name in ipairs(fields) do
    t[name] = tonumber(w[name])
  end
  t.shifted, t.largest_shift = asked.shifted, asked.largest
  t.unplaced = asked.unplaced
  return proxy.in_order(t)
end

-- Ends the trace: what is counted is final. It has no name yet.
local function finish()
  local status = tonumber(C.gotrace_writer_end(handle, why))
  if status == NAMES then
    renames().answer(handle, stages)
    status = C.gotrace_writer_end(handle, why)
  end
  check(status, path)
end

-- streams(): whether what was written cannot be taken back.
local function streams()
  return C.gotrace_writer_streams(handle)
end

-- Before the trace appears.
local function judge()
  local bytes, len = ffi.new "const uint8_t *[1]", ffi.new "size_t[1]"
  if #guards > 0 then
    check(C.gotrace_writer_bytes(handle, bytes, len, why), path)
  end
  is_preview = false
  for _, guard in ipairs(guards) do
    guard.judge(bytes[0], len[0])
    is_preview = is_preview or guard.is_preview
  end
end

-- fits(): whether what was written is as small as it is to be.
local function fits()
  local w = C.gotrace_writer_written(handle)
  return not fitting or fitting:judge(tonumber(w.bytes), tonumber(w.events))
end

-- Puts the trace in its place. The engine's diag if it must not have one: the
-- file that was read has changed.
local function commit()
  local w, file = handle, path
  judge()
  counts = ffi.new("gotrace_written", C.gotrace_writer_written(w)[0])
  if is_preview then
    return abandon()
  end
  changes.list.wanted, handle = false, nil
  local status = tonumber(C.gotrace_writer_commit(w, why))
  if status == SYSTEM and why.sys == 0 then
    return why
  end
  check(status, file)
end

-- " (UserLog)": of what types the dropped are, if nothing else drops any and there are few.
local function types_text()
  local is_hidden = hides_others or next(hidden) ~= nil
  local types = not is_hidden and pipeline.dropped_names(stages) or {}
  return #types > 0 and #types <= NAMED and
    (" (%s)"):format(table.concat(types, ", ")) or ""
end

-- ", 3 edited", "" for none of them.
local function several(list)
  local parts = {}
  for _, name in ipairs(list) do
    if counts[name] > 0 then
      parts[#parts + 1] = ("%s %s%s"):format(
        format.thousands(tonumber(counts[name])), name,
        name == "dropped" and types_text() or "")
    end
  end
  return table.concat(parts, ", ")
end

-- What of the regions, tasks and logs that scripts asked for is not as they said.
local function report_asked()
  local parts = {}
  if asked.shifted > 0 then
    parts[1] = ("%d ends of regions, tasks and logs moved to when their " ..
      "goroutine runs, at most by %s"):format(asked.shifted,
      format.duration(asked.largest))
  end
  if asked.unplaced > 0 then
    parts[#parts + 1] = ("%d regions, tasks and logs had no place: their " ..
      "goroutine does not run"):format(asked.unplaced)
  end
  if #parts > 0 then
    errors.warn("%s: %s", shown(path), table.concat(parts, "; "))
  end
end

-- What was done to the trace, if anything was.
local function report_changes()
  local less = counts.absorbed + counts.withheld + counts.moved > 0
  if counts.touched == 0 and counts.cut == 0 and not less then
    return
  end
  local text = ("%s: %s events"):format(shown(path),
    format.thousands(tonumber(counts.events)))
  local scripts = several { "cut", "dropped", "edited", "added" }
  local repairs = several { "absorbed", "bridged", "withheld", "moved" }
  errors.warn("%s%s%s", text, scripts ~= "" and "; " .. scripts or "",
    repairs ~= "" and "; repaired to stay valid: " .. repairs or "")
end

-- report(): says on stderr what was done to the trace.
local function report()
  if not is_preview then
    report_asked()
    report_changes()
  end
  for _, guard in ipairs(guards) do
    local text, more = guard.tell(shown(path))
    errors.warn("%s", text)
    if more then
      errors.warn("%s", more)
    end
  end
  if fitting then
    errors.warn("%s", fitting:tell(shown(path)))
  end
end

-- To be called before a trace.
local function reset()
  hidden, hides_others, counts = {}, false, nil
end

return {
  open = open,
  is_open = is_open,
  pass = pass,
  watch = watch,
  begin_generation = begin_generation,
  write = write,
  hide = hide,
  show = show,
  hide_others = hide_others,
  has_met = has_met,
  written = written,
  finish = finish,
  streams = streams,
  fits = fits,
  commit = commit,
  abandon = abandon,
  report = report,
  reset = reset,
  shown = shown,
}
