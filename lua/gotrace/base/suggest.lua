-- suggest.lua: "did you mean ...?"

local function row(n)
  local t = {}
  for i = 0, n do
    t[i] = i
  end
  return t
end

-- Edit distance of a and b, a swap of neighbours counting once.
local function distance(a, b)
  local before, prev, cur = nil, row(#b), row(#b)
  for i = 1, #a do
    cur[0] = i
    for j = 1, #b do
      local same = a:byte(i) == b:byte(j)
      local d = math.min(prev[j] + 1, cur[j - 1] + 1,
        prev[j - 1] + (same and 0 or 1))
      if before and j > 1 and a:byte(i) == b:byte(j - 1) and
        a:byte(i - 1) == b:byte(j) then
        d = math.min(d, before[j - 2] + 1)
      end
      cur[j] = d
    end
    before, prev, cur = prev, cur, before or row(#b)
  end
  return prev[#b]
end

-- How far b is from what was written as a; nil: too far to be meant.
local function cost(a, b)
  local d = distance(a:lower(), b:lower())
  if d <= math.max(1, math.floor(#a / 3)) and 2 * d < #a then
    return d
  end
  -- Half a name ("Create", "Begin") is worth a guess, behind any misspelling.
  local at, last = b:lower():find(a:lower(), 1, true)
  local is_word = at == 1 and #a == 2 and b:find("^%A", last + 1)
  if at and (#a >= 3 or is_word) then
    return 100 + #b - #a
  end
end

local LONGEST = 40 -- bytes: nobody means a name with more

-- The name nearest to what was written, or nil. That may be anything: what
-- tostring makes of a script's object need not be a string.
local function nearest(written, names)
  if type(written) ~= "string" or #written > LONGEST then
    return nil
  end
  local best, least
  for _, name in ipairs(names) do
    local c = cost(written, name)
    if c and (not least or c < least) then
      best, least = name, c
    end
  end
  return best
end

-- ` (did you mean "GoCreate"?)`, or "".
local function hint(written, names)
  local name = nearest(written, names)
  return name and (' (did you mean "%s"?)'):format(name) or ""
end

return { nearest = nearest, hint = hint, distance = distance }
