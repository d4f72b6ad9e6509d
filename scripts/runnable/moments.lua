-- moments.lua: when most goroutines waited for a P, and who ran then. A moment is { ns that
-- goroutines waited in it, order = the number of its step }.
local Moments = {}

local function by_ns(a, b)
  if a.ns ~= b.ns then
    return a.ns > b.ns
  end
  return a.order < b.order
end

-- worst(steps, key, factor): the worst step of each `factor` in a row, the worst first: else
-- all moments were one.
function Moments.worst(steps, key, factor)
  local worst, list = {}, {}
  for at, ns in pairs(steps:totals(key)) do
    local row, one = math.floor(at / factor), { ns = ns, order = at }
    if not worst[row] or by_ns(one, worst[row]) then
      worst[row] = one
    end
  end
  for _, one in pairs(worst) do
    list[#list + 1] = one
  end
  table.sort(list, by_ns)
  return list
end

-- at(steps, prefix, moment): of the keys that begin so what there was, the most first: { ns,
-- order = the rest of the key }.
function Moments.at(steps, prefix, moment)
  local list = {}
  for key in pairs(steps.by) do
    local ns = key:sub(1, #prefix) == prefix and
      steps:totals(key)[moment.order]
    list[#list + 1] = ns and { order = key:sub(#prefix + 1), ns = ns } or nil
  end
  table.sort(list, by_ns)
  return list
end

return Moments
