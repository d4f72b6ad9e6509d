-- window.lua: which part of a trace is looked at: --from and --to, the windows
-- that scripts ask for, and the parts into which one cuts its output.
--
-- A window is { from =, to = } in ns, from inclusive, to exclusive. The model
-- runs over the whole trace; outside the windows no hook sees an event.
local clock = require "gotrace.trace.clock"
local errors = require "gotrace.base.errors"
local format = require "gotrace.printing.format"
local wall_clock = require "gotrace.base.wall_clock"

-- So many outputs: each is a file, and a run over the trace. So many cuts,
-- because some may lie outside the command line's window.
local MOST_PARTS, MOST_CUTS = 10000, 1e6

local all = { from = -math.huge, to = math.huge }

-- What scripts asked for in the trace at hand, and how far that has come: "scan"
-- in the first pass, "begin" before the events, "events".
local asked, cuts, phase = {}, {}, "begin"

-- To be called before a trace.
local function reset()
  asked, cuts = {}, {}
end

-- To be called before a pass over it.
local function begin(looking)
  phase = looking and "scan" or "begin"
end

-- Whether either end of the command line's window counts from the trace's end.
local function is_from_end(time)
  return type(time) == "number" and time < 0
end

local function needs_end(options)
  return is_from_end(options.from) or is_from_end(options.to)
end

local function shown(name, time)
  return time and (" --%s %s"):format(name, type(time) == "number" and
    format.duration(time) or time.text) or ""
end

-- The command line's window; last is the trace's end where that is needed, input the trace
-- (nil: none is at hand).
local function of_options(options, last, input)
  if options.align and input then
    clock.find(input)
  end
  local from, to = clock.time_of(options.from), clock.time_of(options.to)
  if is_from_end(options.from) then
    from = math.max(0, last + from)
  end
  if is_from_end(options.to) then
    to = last + to
  end
  if (from or 0) >= (to or math.huge) then
    errors.usage("the window is empty:%s%s%s", shown("from", options.from),
      shown("to", options.to),
      last and ", in a trace of " .. format.duration(last) or "")
  end
  local start = wall_clock.state.start
  return { from = start + (from or -math.huge), to = start + (to or math.huge) }
end

-- check(options): refuses a window of the command line in which nothing can be, as far as that
-- is known before the traces are.
local function check(options)
  local has_moment = type(options.from) == "table" or
    type(options.to) == "table"
  if has_moment and not options.align then
    errors.usage("%s wants --align=wall: without it a time is since the " ..
      "trace began, such as 12ms", (shown("from", options.from) ..
      shown("to", options.to)):sub(2))
  elseif not (has_moment or needs_end(options)) then
    of_options(options)
  end
end

local function is_time(value)
  return value == nil or type(value) == "number" and value == value
end

-- What is wrong with a script's window, or nothing.
local function add(from, to)
  if phase == "events" then
    return "trace.window is for on.begin and scan hooks: events have come by"
  elseif not (is_time(from) and is_time(to)) then
    return "trace.window wants two times in ns: from, and up to which"
  end
  from, to = from or -math.huge, to or math.huge
  if from >= to then
    return ("trace.window: nothing is from %.0f on and before %.0f"):format(
      from, to)
  end
  -- Scan hooks ask in the order of time: windows that overlap stay one.
  local last = asked[#asked]
  if last and from >= last.from and from <= last.to then
    last.to = math.max(last.to, to)
    return
  end
  asked[#asked + 1] = { from = from, to = to }
end

local function refuse(how_many)
  errors.usage("the trace would be split into %s parts, and %d is the most: " ..
    "make them longer (split --every) or look at less of it (--from, --to)",
    how_many, MOST_PARTS)
end

local function split(time)
  if phase ~= "scan" then
    return "trace.split is for scan hooks: the parts are written one by one"
  elseif type(time) ~= "number" or time ~= time then
    return "trace.split wants a time in ns"
  end
  if #cuts == MOST_CUTS then
    refuse("more than " .. MOST_CUTS)
  end
  cuts[#cuts + 1] = time
end

-- Sorts the list; a new one, in which those that touch are one.
local function union(list)
  local merged = {}
  table.sort(list, function(a, b)
    return a.from < b.from
  end)
  for _, w in ipairs(list) do
    local last = merged[#merged]
    if last and w.from <= last.to then
      last.to = math.max(last.to, w.to)
    else
      merged[#merged + 1] = { from = w.from, to = w.to }
    end
  end
  return merged
end

-- What a list of windows, sorted, has in common with one more.
local function within(list, w)
  local common = {}
  for _, each in ipairs(list) do
    local from, to = math.max(each.from, w.from), math.min(each.to, w.to)
    if from < to then
      common[#common + 1] = { from = from, to = to }
    end
  end
  return common
end

-- parts(w, last): the parts of window w that scripts asked for, in a trace that
-- ends at `last`. None is empty for having been asked for twice, or beyond it.
-- More than MOST_PARTS are refused.
local function parts(w, last)
  table.sort(cuts)
  local list, from = {}, w.from
  for _, time in ipairs(cuts) do
    if time > math.max(from, 0) and time < w.to and time <= last then
      list[#list + 1] = { from = from, to = time }
      from = time
    end
  end
  list[#list + 1] = { from = from, to = w.to }
  if #list > MOST_PARTS then
    refuse(#list)
  end
  return list
end

-- windows(w): the windows to look at in window w, sorted.
local function windows(w)
  phase = "events"
  return within(#asked > 0 and union(asked) or { all }, w)
end

-- Whether a script has asked for one.
local function is_asked()
  return #asked > 0
end

-- Whether these windows leave nothing out.
local function is_all(list)
  return #list == 1 and list[1].from == all.from and list[1].to == all.to
end

return {
  all = all,
  is_all = is_all,
  is_asked = is_asked,
  reset = reset,
  begin = begin,
  needs_end = needs_end,
  of_options = of_options,
  check = check,
  add = add,
  split = split,
  parts = parts,
  windows = windows,
}
