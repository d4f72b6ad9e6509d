-- of_each.lua: how long each waited for a P in each step of time.

-- new(opt): a function that adds the span at hand to a series by its keys.
local function new(opt)
  local by = opt.by
  local waited = tseries { "waited", 1e6, measure = "sum",
    rows = math.max(1, opt.rows), unpack(by.names) }:ns()
  local spread = {}

  function spread.add(_, ...)
    waited:spread(...)
  end

  return function(s)
    by:add(spread, s.from, s.to)
  end
end

return { new = new }
