-- report.lua: pairs as a table: for programs a row for each, for people two, the sides below each
-- other as in a diff.
local format = require "gotrace.format"
local totals = require "diff.totals"

local ALIKE = 2 -- times: lengths of traces of which the time in all can be compared

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
    local row, n = {}, #pair.keys
    for k, key in ipairs(pair.keys) do -- no key is null, as in all tables
      row[k] = key ~= "-" and key or nil
    end
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
  tasks = "a task %s takes", regions = "region %s takes" }
local words_of = { rate = "a second of trace", mean = "in the mean",
  p50 = "at p50", p99 = "at p99" }

-- How much a pair changed, for a rate the less of its own change and the time's in all: if that
-- did not change, the run only became shorter or longer. Of lengths that are far apart, and of
-- many traces, no time in all can be compared.
local function change_of(pair, shared, of)
  local a, b = unpack(shared.covered)
  if of ~= "rate" or shared.read[1].traces ~= 1 or shared.read[2].traces ~= 1 or
    math.max(a, b) > ALIKE * math.min(a, b) then
    return pair.change
  end
  local in_all = (pair[2].total - pair[1].total) / math.max(a, b) * 1e9
  if in_all * pair.change <= 0 then
    return 0
  end
  return math.abs(in_all) < math.abs(pair.change) and in_all or pair.change
end

-- What changed most of all that is no noise, and in that direction; nil: nothing did.
local function most_of(found, shared, of, sign)
  local most
  for _, one in ipairs(found) do
    for _, pair in ipairs(one.list) do
      local change = pair.note ~= "noise" and
        change_of(pair, shared, of) * sign or 0
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
  local text = ("%s\n           %s %s instead of %s (%s)"):format(
    says[most.name]:format(pair.title), format.duration(b), words_of[of],
    format.duration(a), word_of(pair))
  return of ~= "rate" and text or ("%s;\n           in all %s instead of %s")
    :format(text, format.duration(pair[2].total),
      format.duration(pair[1].total))
end

-- What is to be known first, in lines. found: { name, list of pairs }.
local function answer(found, all, shared, of)
  local lines = {}
  for i, what in ipairs { "grew", "fell" } do
    local most = most_of(found, shared, of, i == 1 and 1 or -1)
    lines[#lines + 1] = most and ("%s most: %s"):format(what,
      answer_of(most, of)) or nil
  end
  for i, line in ipairs(totals.told(all, word_of)) do
    lines[#lines + 1] = (i == 1 and "in all:    " or "           ") .. line
  end
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

-- show(tables, found, all): the head, for people, and the tables. Totals come first for people,
-- and for programs behind the tables that were there before.
--   tables  what is compared; found: { name, list of pairs } for each
--   all     the totals
local function show(self, tables, found, all)
  local is_text, of = format.style() == "text", self.opt.of
  if is_text then
    print(table.concat(answer(found, all, self.shared, of), "\n"))
    print(legend(self.shared.read, self.shared.covered, of))
    totals.show(all, word_of)
  end
  for i, compared in ipairs(tables) do
    write[is_text and "text" or "flat"](compared, found[i].list, self.opt.top)
  end
  if not is_text then
    totals.show(all)
  end
end

-- new(opt, shared): of the script; shared: { read, covered }.
local function new(opt, shared)
  return {
    change = word_of,
    show = function(...)
      show({ opt = opt, shared = shared }, ...)
    end,
  }
end

return { new = new }
