-- Goroutines' figures, regions, tasks and changes of state of each recording against Go's
-- Summarizer, to the ns.
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)
local FIGURES = programs.root .. "/tests/oracle/spans/figures.lua"

local function lines_of(text)
  local by = {}
  for key, value in text:gmatch "([^\n]-)\t([^\n]*)\n" do
    by[key] = value
  end
  return by
end

-- Go's v1 traces begin with an event of its own, 1 ns before the first.
local function moved(value, by)
  local ns = value:match "^(%d+)ns$"
  return ns and ("%dns"):format(math.max(0, ns - by)) or value
end

local is_time = { created = true, started = true, ended = true, start = true, ["end"] = true }

-- A region's figures as figures.lua has them.
local function account(region)
  local list = {}
  for name, ns in pairs(region.account) do
    list[#list + 1] = ns ~= "0ns" and not name:find "stop%-the%-world" and name .. "=" .. ns or nil
  end
  table.sort(list)
  return table.concat(list, " ")
end

-- Each region is a line, and how often there is one of its kind; one that Go makes of the
-- task in whose region its goroutine was created has no name.
local function count_regions(by, regions, lead)
  for key, region in pairs(regions) do
    local g = key:match "^goroutine (%d+)"
    local inherited = region.name == '""' and region.start == by["goroutine " .. g .. " created"]
    local from, to = moved(region.start, lead):gsub("ns", ""), moved(region["end"], lead):gsub("ns", "")
    local line = ("region %s %s %s %s %s"):format(g, region.name, from, to, account(region))
    if not inherited then
      by[line] = tostring((tonumber(by[line]) or 0) + 1)
    end
  end
end

-- Go gives reasons to more changes than spans do: of waits alone they count.
local function count_change(by, key, value)
  local head, reason = key:match '^(transition .-) (".*")$'
  local line = head .. " " .. (head:find " Waiting$" and reason or '""')
  by[line] = tostring((tonumber(by[line]) or 0) + tonumber(value))
end

local is_of_region = { name = true, task = true, start = true, ["end"] = true }

-- Of Go's summary what is compared.
local function figures_of_go(text, lead)
  local by, regions = {}, {}
  for key, value in pairs(lines_of(text)) do
    local region, what = key:match "^(goroutine %d+ region %d+) (.*)$"
    local field = key:match " (%S+)$"
    if region then
      regions[region] = regions[region] or { account = {} }
      local into = is_of_region[what] and regions[region] or regions[region].account
      into[what] = value
    elseif key:find "^transition " then
      count_change(by, key, value)
    elseif key:find "^goroutine %d+ %l" and not key:find "stop%-the%-world" and not key:find " region " then
      by[key] = is_time[field] and moved(value, lead) or value
    elseif key:find "^task %d+ region %d+ name$" then
      local task_regions = key:match "^task %d+ " .. "regions"
      by[task_regions] = tostring((tonumber(by[task_regions]) or 0) + 1)
    elseif key:find "^task %d+ goroutine" or key:find "^task %d+ log %d+ [gm]" then
      by[key] = value
    elseif key:find "^task %d+ [nse]%l+$" then
      by[key] = is_time[field] and moved(value, lead) or value
    end
  end
  count_regions(by, regions, lead)
  return by
end

-- Task 0 is Go's background, and no task to us. What waits forever has ended for Go, with
-- its regions. A time of nothing is none. Names are compared where %q is plain.
local function is_same(key, theirs, own)
  local nothing = theirs == "0ns" and own == nil or own == "0ns" and theirs == nil
  local background = key:find "^task 0 "
  local text = (theirs or own):find("\\", 1, true) ~= nil
  local worker = theirs == nil and key:find "^task %d+ goroutine" -- one that only works on it
  nothing = nothing or theirs == nil and own == "0" or worker
  return theirs == own or nothing or background or text or key:find " ended$" and own == "-"
end

-- Where two Ps' events have equal ticks Go's reader of v1 chooses by chance.
local function is_near(theirs, own)
  local a, b = (theirs or "0ns"):match "^(%d+)ns$", (own or "0ns"):match "^(%d+)ns$"
  return a and b and math.abs(a - b) <= 20
end

-- A task that is ended twice ends with the first, and has then been told; Go takes the last,
-- which has no name.
local function forget_later_ends(theirs, own)
  for key, name in pairs(own) do
    local task = key:match "^(task %d+ )name$"
    if task and theirs[key] == '""' and name ~= '""' then
      theirs[key], theirs[task .. "end"] = name, own[task .. "end"]
      theirs[task .. "regions"] = own[task .. "regions"]
    end
  end
end

local function differences(theirs, own, near)
  local list = {}
  forget_later_ends(theirs, own)
  local function compare(key)
    local a, b = theirs[key], own[key]
    if not (is_same(key, a, b) or near and is_near(a, b)) then
      list[#list + 1] = ("%s: Go %s, ours %s"):format(key, tostring(a), tostring(b))
    end
  end
  for key in pairs(theirs) do
    compare(key)
  end
  for key in pairs(own) do
    if theirs[key] == nil then
      compare(key)
    end
  end
  table.sort(list)
  return list
end

-- Regions are taken out of what is compared by key: { from, to, account } by goroutine and
-- name, in the order of time; a time that is none is "-".
local function regions_of(by)
  local lists = {}
  for key, n in pairs(by) do
    local who, from, to, figures = key:match '^region (%d+ ".*") (%S+) (%S+) ?(.*)$'
    if who then
      lists[who] = lists[who] or {}
      for _ = 1, tonumber(n) do
        table.insert(lists[who], { from = from, to = to, account = figures })
      end
      by[key] = nil
    end
  end
  for _, list in pairs(lists) do
    table.sort(list, function(a, b)
      local x, y = tonumber(a.from) or -1, tonumber(b.from) or -1
      return x < y or x == y and (tonumber(a.to) or math.huge) < (tonumber(b.to) or math.huge)
    end)
  end
  return lists
end

local function near_time(a, b)
  return a == b or is_near(a .. "ns", b .. "ns")
end

-- Whether both have the same words, with nearly the same ns.
local function near_account(a, b)
  local by, same = {}, true
  for word, ns in (a .. " "):gmatch "(%S[^=]*)=(%d+ns)" do
    by[word] = { ns }
  end
  for word, ns in (b .. " "):gmatch "(%S[^=]*)=(%d+ns)" do
    by[word] = by[word] or {}
    by[word][2] = ns
  end
  for _, pair in pairs(by) do
    same = same and (pair[1] == pair[2] or is_near(pair[1], pair[2]))
  end
  return same
end

local old_regions = 0 -- how many were compared

local function is_near_region(a, b)
  old_regions = old_regions + 1
  return a and b and near_time(a.from, b.from) and near_time(a.to, b.to) and near_account(a.account, b.account)
end

local function shown(region)
  return region and ("%s to %s: %s"):format(region.from, region.to, region.account) or "none"
end

-- Regions of v1 may have times that are some ns apart, as all of it.
local function add_regions(list, theirs, own)
  for who in pairs(own) do
    theirs[who] = theirs[who] or {}
  end
  for who, expected in pairs(theirs) do
    local ours = own[who] or {}
    for i = 1, math.max(#expected, #ours) do
      if not is_near_region(expected[i], ours[i]) then
        list[#list + 1] = ("region %s, number %d: Go %s, ours %s"):format(who, i, shown(expected[i]), shown(ours[i]))
      end
    end
  end
end

local function compare(path)
  local is_v1 = programs.version(path) < 22
  local summary = scratch .. "/summary"
  assert(go:summary(path, summary))
  local theirs = figures_of_go(programs.read(summary), is_v1 and 1 or 0)
  local status, out = programs.run({ FIGURES, path }, true)
  assert(status == 0, out)
  local own = lines_of(out)
  local their_regions, own_regions = is_v1 and regions_of(theirs), is_v1 and regions_of(own)
  local list = differences(theirs, own, is_v1)
  if is_v1 then
    add_regions(list, their_regions, own_regions)
  end
  return #list > 0 and table.concat(list, "\n  ", 1, math.min(#list, 10)) or nil
end

describe("What spans know is what Go's Summarizer does of", function()
  for _, path in ipairs(programs.recordings()) do
    if programs.version(path) >= 11 then
      check(programs.name_of(path), function()
        assert.is_nil(compare(path))
      end)
    end
  end

  check("many regions of Go 1.21 and before", function()
    assert.is_true(old_regions > 400, old_regions)
  end)
end)
