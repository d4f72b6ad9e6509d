-- report.lua: pairs as a table: for programs a row for each, for people two, the sides below each
-- other as in a diff.
local format = require "gotrace.format"

local figures = { "n", "rate", "mean", "p50", "p99" }

-- So that a line fits.
local function ratio_text(pair)
  if pair.ratio == math.huge then
    return ""
  elseif pair.ratio >= 10000 then
    return ">9999x"
  end
  return (pair.ratio < 100 and "%.2fx" or "%.0fx"):format(pair.ratio)
end

-- What is to be said of a pair in a word.
local function word_of(pair)
  return pair.note ~= "" and pair.note or ratio_text(pair)
end

local write = {}

local function lines_of(t, pair, side, sign, word)
  local row = { unpack(pair.keys) }
  local n = #pair.keys
  row[n + 1] = sign
  for i, name in ipairs(figures) do
    row[n + 1 + i] = side[name]
  end
  row[n + 2 + #figures] = word
  t:add(unpack(row, 1, n + 2 + #figures))
end

local function blank(keys)
  local list = {}
  for i = 1, #keys do
    list[i] = ""
  end
  return list
end

-- What is below a pair's first line is of the same keys.
function write.text(compared, list, top)
  local names = { unpack(compared.keys) }
  for _, name in ipairs { "", "n", "per s", "mean", "p50", "p99", "ratio" } do
    names[#names + 1] = name
  end
  local t = rows(unpack(names)):first(#compared.keys)
  t:unit("ns", "per s", "mean", "p50", "p99"):optional():name(compared.name)
  local shown = top > 0 and math.min(top, #list) or #list
  for i = 1, shown do
    local pair = list[i]
    lines_of(t, pair, pair[1], "-", "")
    lines_of(t, { keys = blank(pair.keys) }, pair[2], "+", word_of(pair))
  end
  if shown < #list then
    t:add(("... %d more"):format(#list - shown))
  end
end

function write.flat(compared, list, top)
  local names = { unpack(compared.keys) }
  for _, side in ipairs { "before", "after" } do
    for _, name in ipairs(figures) do
      names[#names + 1] = name .. "_" .. side
    end
  end
  names[#names + 1], names[#names + 2] = "ratio", "note"
  local t = rows(unpack(names)):optional():name(compared.name)
  for i = 1, top > 0 and math.min(top, #list) or #list do
    local pair = list[i]
    local row, n = { unpack(pair.keys) }, #pair.keys
    for side = 1, 2 do
      for k, name in ipairs(figures) do
        row[n + k + (side - 1) * #figures] = pair[side][name]
      end
    end
    n = n + 2 * #figures
    row[n + 1] = pair.ratio < math.huge and
      math.floor(pair.ratio * 1e4 + 0.5) / 1e4 or nil
    row[n + 2] = pair.note
    t:add(unpack(row, 1, n + 2))
  end
end

local says = { functions = "%s runs", waits = "waiting for %s takes",
  tasks = "a task %s takes" }
local words_of = { rate = "a second of trace", mean = "in the mean",
  p50 = "at p50", p99 = "at p99" }

-- What changed most of all that is no noise, and in that direction; nil: nothing did.
local function most_of(found, sign)
  local most
  for _, one in ipairs(found) do
    for _, pair in ipairs(one.list) do
      local change = pair.note ~= "noise" and pair.change * sign or 0
      if change > 0 and (not most or change > most.change) then
        most = { change = change, pair = pair, name = one.name }
      end
    end
  end
  return most
end

local function answer_of(most, of)
  local pair = most.pair
  local a, b = pair[1][of] or 0, pair[2][of] or 0
  return ("%s\n           %s %s instead of %s (%s)"):format(
    says[most.name]:format(pair.title), format.duration(b), words_of[of],
    format.duration(a), word_of(pair))
end

-- What is to be known first, in lines. found: { name, list of pairs }.
local function answer(found, of)
  local lines = {}
  for sign, what in pairs { [1] = "grew", [-1] = "fell" } do
    local most = most_of(found, sign)
    lines[#lines + 1] = most and ("%s most: %s"):format(what,
      answer_of(most, of)) or nil
  end
  table.sort(lines, function(a, b)
    return a > b -- grew, fell
  end)
  return #lines > 0 and lines or { "nothing has changed but noise" }
end

local function name_of(read)
  return read.traces == 1 and read.name or read.traces .. " traces"
end

-- How the tables are to be read. read: { name, traces } of each side.
local function legend(read, covered, of)
  return ([[
- before: %s, %s of it
+ after:  %s, %s of it
What changed most comes first; functions have the time that they ran. ratio:
after by before, of %s.
noise: fewer than ten values on a side say little.
]]):format(name_of(read[1]), format.duration(covered[1]), name_of(read[2]),
    format.duration(covered[2]),
    of == "rate" and "per s (time in a second of trace)" or of)
end

-- head(found, shared, of): prints both, for people. shared: { read, covered }.
local function head(found, shared, of)
  if format.style() == "text" then
    print(table.concat(answer(found, of), "\n"))
    print(legend(shared.read, shared.covered, of))
  end
end

-- show(compared, list, top): makes the table.
local function show(compared, list, top)
  local style = format.style() == "text" and "text" or "flat"
  write[style](compared, list, top)
end

return { show = show, change = word_of, head = head }
