-- pairs_of.lua: what two traces have under the same keys.
--
-- A pair: { keys, title = they in words, [1] and [2] = the figures of each side: n, rate (ns a second
-- of trace), mean, p50, p99, ratio = of the second's to the first's, change, note = "noise", "new",
-- "gone" or "" }.

local FEW = 10 -- values: with fewer a figure says little

local function round(x)
  return math.floor(x + 0.5)
end

local function figures_of(row, covered)
  if not row then
    return { n = 0, rate = 0 }
  end
  local rate = covered > 0 and row.total / covered * 1e9 or 0
  return { n = row.n, rate = round(rate), mean = round(row.mean),
    p50 = row.p50, p99 = row.p99 }
end

-- A key that is there on one side alone, and often, is a change and no noise.
local function note_of(before, after)
  if math.max(before.n, after.n) < FEW then
    return "noise"
  elseif before.n == 0 or after.n == 0 then
    return before.n == 0 and "new" or "gone"
  end
  return math.min(before.n, after.n) < FEW and "noise" or ""
end

local function ratio_of(a, b)
  if a == b then
    return 1
  end
  return a > 0 and b / a or math.huge
end

local function pair_of(keys, before, after, of)
  local a, b = before[of] or 0, after[of] or 0
  local words = {}
  for i, key in ipairs(keys) do
    words[i] = tostring(key)
  end
  return { keys = keys, title = table.concat(words, ", "), before, after,
    ratio = ratio_of(a, b), change = b - a, note = note_of(before, after) }
end

-- Takes the key behind the others, the side, off.
local function key_list(n, ...)
  return { unpack({ ... }, 1, n) }, select(n + 1, ...)
end

-- pairs_of(compared, covered, of): the pairs, those with the largest change of that figure
-- first. covered: ns of trace on each side.
return function(compared, covered, of)
  local durations, n, list = compared.durations, #compared.keys, {}
  local function add(...)
    local keys, side, row = key_list(n, ...)
    keys[n + 1] = 3 - side
    local other = durations:get(unpack(keys, 1, n + 1))
    keys[n + 1] = nil
    if other and side == 2 then
      return -- it came with the first
    end
    local before, after = row, other
    if side == 2 then
      before, after = other, row
    end
    list[#list + 1] = pair_of(keys, figures_of(before, covered[1]),
      figures_of(after, covered[2]), of)
  end
  local next_row = durations:each()
  local row = { next_row() }
  while row[1] ~= nil do
    add(unpack(row, 1, n + 2))
    row = { next_row() }
  end
  table.sort(list, function(a, b)
    if math.abs(a.change) ~= math.abs(b.change) then
      return math.abs(a.change) > math.abs(b.change)
    end
    return a.title < b.title
  end)
  return list
end
