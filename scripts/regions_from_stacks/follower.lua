-- follower.lua: what goroutines are surely in, by stacks that follow each other.

-- Which patterns a stack matches. Equal stacks are one object.
local function matcher(patterns)
  local known = {}
  return function(stack)
    local found = known[stack]
    if not found then
      found = {}
      for i, pattern in ipairs(patterns) do
        found[i] = stack:match(pattern)
      end
      known[stack] = found
    end
    return found
  end
end

-- follower(patterns, min, tell): look(ev) and finish(), which call tell(g, pattern, from, to)
-- with what stacks say and lasts `min` ns.
local function follower(patterns, min, tell)
  local matches = matcher(patterns)
  local inside = {} -- by goroutine and pattern: { from, to }

  local function leave(g, i)
    local region = inside[g][i]
    inside[g][i] = nil
    if region and region[2] - region[1] >= min then
      tell(g, patterns[i], region[1], region[2])
    end
  end

  local function leave_all(g)
    for i in ipairs(patterns) do
      leave(g, i)
    end
    inside[g] = nil
  end

  local function see(g, time, stack)
    inside[g] = inside[g] or {}
    for i, is_in in ipairs(matches(stack)) do
      local region = inside[g][i]
      if not is_in then
        leave(g, i)
      elseif region then
        region[2] = time
      else
        inside[g][i] = { time, time }
      end
    end
  end

  local function look(ev)
    local status = ev.type == "GoStatusStack"
    local g, stack = status and ev.target_g or ev.g, ev.stack
    if g and #stack > 0 then
      see(g, ev.time, stack)
    end
    if g and inside[g] and ev.type:find "Destroy" then
      leave_all(g)
    end
  end

  local function finish()
    local open = {}
    for g in pairs(inside) do
      open[#open + 1] = g
    end
    table.sort(open)
    for _, g in ipairs(open) do
      leave_all(g)
    end
  end

  return look, finish
end

return follower
