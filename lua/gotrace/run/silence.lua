-- silence.lua: what would otherwise be an empty answer without a word: scripts
-- that hook nothing, a window behind the end, changes that are not written.
-- Each is a warning on standard error, not a failure.
local changes = require "gotrace.event.edits"
local errors = require "gotrace.base.errors"
local format = require "gotrace.tables.format"

local function hooks_nothing(stage)
  return stage.kind == "script" and next(stage.hooks) == nil and
    next(stage.scan) == nil and not stage.needs and not stage.counts and
    next(stage.leaves_out) == nil
end

-- without_hooks(stages): of a run that has nothing to print.
local function without_hooks(stages)
  for _, stage in ipairs(stages) do
    if hooks_nothing(stage) then
      errors.warn("%s has no hooks: it sees nothing of the trace", stage.name)
    end
  end
end

-- past_end(name, window, last): of a trace that ends at `last`.
local function past_end(name, w, last)
  if w.from > last and w.from < math.huge then
    errors.warn("%s: --from %s is behind its end at %s", name,
      format.duration(w.from), format.duration(last))
  end
end

-- after(stages): what one script changed for nobody. In a pipeline those behind
-- it see the change.
local function after(stages)
  if changes.list.lost and #stages == 1 then
    errors.warn "events were changed, and nothing is written without -o"
  end
end

return { without_hooks = without_hooks, past_end = past_end, after = after }
