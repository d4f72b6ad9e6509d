-- silence.lua: what would otherwise be an empty answer without a word: scripts
-- that hook nothing, a window behind the end, changes that are not written.
-- Each is a warning on standard error, not a failure.
local changes = require "gotrace.event.edits"
local errors = require "gotrace.base.errors"
local insert = require "gotrace.synthesis.insert"
local format = require "gotrace.printing.format"
local pipeline = require "gotrace.script.pipeline"
local wall_clock = require "gotrace.base.wall_clock"
local window = require "gotrace.trace.window"

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
      errors.warn("%s leaves out a part of the trace, and nothing is made " ..
        "of the rest: -o NEW.trace writes it, -s SCRIPT looks at it",
        stage.name)
    elseif hooks_nothing(stage) then
      errors.warn("%s has no hooks: it sees nothing of the trace", stage.name)
    end
  end
end

-- Of a trace that ends at `last`.
local function past_end(name, w, last)
  local from = w.from - wall_clock.state.start
  if from > last and from < math.huge then
    errors.warn("%s: --from %s is behind its end at %s", name,
      format.duration(from), format.duration(last))
  end
end

-- Of a trace that has no event in it.
local function before_start(name, w)
  errors.warn("%s: --to %s is before its first event", name,
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
    errors.warn "events were changed, and nothing is written without -o"
  end
  if insert.state.lost then
    errors.warn("trace.region, task and log are about what -o writes, and " ..
      "nothing is written")
  end
  if not writes and (pipeline.any_has(stages, "string") or
    pipeline.any_has(stages, "stack")) then
    errors.warn("on.string and on.stack are about what -o writes, and " ..
      "nothing is written")
  end
  if changes.list.hides and not writes then
    errors.warn "trace.hide is about what -o writes, and nothing is written"
  end
end

return {
  without_hooks = without_hooks,
  of_window = of_window,
  after = after,
}
