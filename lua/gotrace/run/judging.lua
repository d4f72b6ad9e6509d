-- judging.lua: verdicts that the engine gives, a batch at a time, where nobody else looks at events.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local lazy = require("gotrace.base.lazy").of
local paths = require "gotrace.engine.paths"

local plain = lazy "gotrace.expression.plain"
local MARK_GENERATION = tonumber(C.GOTRACE_EV_GENERATION)

-- Whether no hook is called for an event.
local function is_idle(handlers)
  for id = 1, MARK_GENERATION - 1 do
    if handlers[id] then
      return false
    end
  end
  return true
end

-- What says of each event what all handlers together do; nil: they have to be called.
local function comparisons_of(stages, handlers)
  if is_idle(handlers) then
    return ffi.new "gotrace_comparisons" -- none: all hold
  end
  local filter = #stages == 1 and stages[1].kind == "filter" and stages[1]
  return filter and not filter.leaves_out and plain().of(filter.tree) or nil
end

-- of(stages, handlers, deliver): what judges a batch, in place of deliver(batch, handlers, first, last),
-- to which marks are left; nil: hooks have to see each event.
local function of(stages, handlers, deliver)
  local comparisons = paths.takes "judge" and comparisons_of(stages, handlers)
  return comparisons and function(batch, first, last)
    while first < last do
      first = C.gotrace_judge(batch.events, first, last, comparisons)
      if first < last then
        deliver(batch, handlers, first, first + 1)
        first = first + 1
      end
    end
  end or nil
end

return { of = of }
