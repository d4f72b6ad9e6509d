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

-- show(compared, list, top): makes the table.
local function show(compared, list, top)
  local style = format.style() == "text" and "text" or "flat"
  write[style](compared, list, top)
end

return { show = show, change = word_of }
