-- pairs_of.lua: what two traces have under the same keys.
--
-- A pair: { keys, title = they in words, [1] and [2] = the figures of each side: n, total, rate (ns a
-- second of trace), mean, p50, p99, ratio = of the second's to the first's, change, note = "noise", "new",
-- "gone" or "" }.

local FEW = 10 -- values: with fewer a figure says little

-- new(name, keys): what is compared: durations by key and side.
local function new(name, keys)
  local with_side = { unpack(keys) }
  with_side[#keys + 1] = "side"
  return { name = name, keys = keys,
    durations = durations("n", unpack(with_side)):quiet() }
end

local function round(x)
  return math.floor(x + 0.5)
end

local function figures_of(row, covered)
  if not row then
    return { n = 0, total = 0, rate = 0 }
  end
  local rate = covered > 0 and row.total / covered * 1e9 or 0
  return { n = row.n, total = row.total, rate = round(rate),
    mean = round(row.mean), p50 = row.p50, p99 = row.p99 }
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

-- total(title, unit, kind, before, after): a pair of figures of each side as a whole: n and
-- value. Nothing is told apart by keys here, so that many instead of one is no noise.
local function total(title, unit, kind, before, after)
  local note = note_of(before, after)
  return { title = title, unit = unit, kind = kind, before, after,
    ratio = ratio_of(before.value, after.value),
    note = math.max(before.n, after.n) >= FEW and note == "noise" and "" or
      note }
end

-- of(compared, covered, of): the pairs, those with the largest change of that figure
-- first. covered: ns of trace on each side.
local function of_tables(compared, covered, of)
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

return { new = new, of = of_tables, total = total }
