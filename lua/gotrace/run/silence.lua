-- silence.lua: what would otherwise be an empty answer without a word: scripts
-- that hook nothing, a window behind the end, changes that are not written.
-- Each is a warning on standard error, not a failure. One that says why makes those
-- that only say that there is nothing needless.
local changes = require "gotrace.event.edits"
local errors = require "gotrace.base.errors"
local insert = require "gotrace.synthesis.insert"
local lives = require("gotrace.span.goroutine").lives
local format = require "gotrace.printing.format"
local pipeline = require "gotrace.script.pipeline"
local wall_clock = require "gotrace.base.wall_clock"
local window = require "gotrace.trace.window"

local has_warned = false

local function warn(...)
  has_warned = true
  errors.warn(...)
end

-- A script that only leaves out events, or chooses a part of the time.
local function only_cuts(stage)
  if not stage.leaves_out or stage.kind ~= "script" or stage.needs or
    stage.counts or next(stage.scan or {}) then
    return false
  end
  for name in pairs(stage.hooks) do
    if name ~= "begin" then
      return false
    end
  end
  return next(stage.leaves_out) ~= nil or window.is_asked()
end

local function hooks_nothing(stage)
  return stage.kind == "script" and next(stage.hooks) == nil and
    next(stage.scan or {}) == nil and not stage.needs and not stage.counts and
    next(stage.leaves_out) == nil
end

-- without_hooks(stages, writes): of a run that has nothing to print.
local function without_hooks(stages, writes)
  for _, stage in ipairs(stages) do
    if #stages == 1 and not writes and only_cuts(stage) then
      warn("%s leaves out a part of the trace, and nothing is made " ..
        "of the rest: -o NEW.trace writes it, -s SCRIPT looks at it",
        stage.name)
    elseif hooks_nothing(stage) then
      warn("%s has no hooks: it sees nothing of the trace", stage.name)
    end
  end
end

-- Of a trace that ends at `last`.
local function past_end(name, w, last)
  local from = w.from - wall_clock.state.start
  if from > last and from < math.huge then
    warn("%s: --from %s is behind its end at %s", name,
      format.duration(from), format.duration(last))
  end
end

-- Of a trace that has no event in it.
local function before_start(name, w)
  warn("%s: --to %s is before its first event", name,
    format.duration(w.to - wall_clock.state.start))
end

-- of_window(name, window, trace, options, is_bounded): where nothing of the trace is in the
-- window of the command line.
--   is_bounded  reading ended at the window's end
local function of_window(name, w, trace, options, is_bounded)
  if type(options.from) == "table" or type(options.to) == "table" then
    return -- many traces are looked at for a moment that few were there in
  elseif options.from and not is_bounded then
    past_end(name, w, trace.duration)
  elseif options.to and is_bounded and trace.events == 0 then
    before_start(name, w)
  end
end

-- after(stages, writes): what one script changed for nobody. In a pipeline those
-- behind it see the change, but for goroutines that are hidden.
local function after(stages, writes)
  if changes.list.lost and #stages == 1 then
    warn "events were changed, and nothing is written without -o"
  end
  if insert.state.lost then
    warn("trace.region, task and log are about what -o writes, and " ..
      "nothing is written")
  end
  if not writes and (pipeline.any_has(stages, "string") or
    pipeline.any_has(stages, "stack")) then
    warn("on.string and on.stack are about what -o writes, and " ..
      "nothing is written")
  end
  if changes.list.hides and not writes then
    warn "trace.hide is about what -o writes, and nothing is written"
  end
end

-- of_lives(options): what goroutines did is told of their lives, whatever
-- part of the trace is looked at.
local function of_lives(options)
  if lives.asked and (options.from or options.to or window.is_asked()) then
    warn("what goroutines did is of their whole lives, not of the part of " ..
      "the trace that is looked at: -a 'sum(dur), count() by func, state' " ..
      "is of that")
  end
end

-- of_tables(list): what is to be said of those without a row.
local function of_tables(list)
  for _, text in ipairs(has_warned and {} or list) do
    warn("%s", text)
  end
end

-- The last filter, where what is left of it is what is printed; else nil.
local function shown_filter(stages)
  local last = stages[#stages]
  if not last or (last.kind ~= "print" and last.kind ~= "span print") or
    last.aggregates then
    return nil
  end
  for i = #stages - 1, 1, -1 do
    if stages[i].kind == "filter" or stages[i].kind == "span filter" then
      return stages[i]
    end
  end
end

-- of_filters(stages, is_told): -f that no event, or span, holds for. is_told: something was
-- printed, or written.
local function of_filters(stages, is_told)
  local filter = not (is_told or has_warned) and shown_filter(stages)
  if filter then
    local is_span = filter.kind == "span filter"
    warn("-f '%s': it holds for no %s; -a '%s' shows what the trace has",
      filter.text, is_span and "span" or "event",
      is_span and "count() by kind, name" or "count() by type")
  end
end

return {
  of_lives = of_lives,
  of_tables = of_tables,
  of_filters = of_filters,
  without_hooks = without_hooks,
  of_window = of_window,
  after = after,
}
