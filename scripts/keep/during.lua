-- during.lua: keep's way with --during and --slowest: of each task or region that is chosen
-- a window, and in it the goroutines while they work on it, and the runs of those who woke
-- them.
local work = require "keep.work"
local log = require("keep.log").wanted(opt.log)

local tasks = {} -- those that may be chosen: { task =, from =, to = }
local regions = {} -- pieces of work of their own
local wanted = {} -- tasks that logs speak of

scan.any = work.take

function scan.state(s)
  if s.state == "Running" then
    work.ran(s)
  end
end

function scan.task(s)
  if opt.name and s.name ~= opt.name or not s.task then
    return
  end
  tasks[#tasks + 1] = { task = s.task, from = s.from, to = s.to, dur = s.dur }
end

function scan.region(s)
  if s.name == opt.region then
    regions[#regions + 1] = { g = s.g, from = s.from, to = s.to }
  end
end

function scan.UserLog(ev)
  if log(ev) then
    wanted[ev.task] = true
  end
end

-- The longest ones, of equal ones the first.
local function slowest(n)
  table.sort(tasks, function(a, b)
    if a.dur ~= b.dur then
      return a.dur > b.dur
    end
    return a.from < b.from
  end)
  local list = {}
  for i = 1, math.min(n, #tasks) do
    list[i] = tasks[i]
  end
  return list
end

-- The chosen tasks, and regions.
local function chosen()
  local list = opt.slowest and slowest(opt.slowest) or {}
  for _, t in ipairs(tasks) do
    if t.task == opt.task or wanted[t.task] then
      list[#list + 1] = t
    end
  end
  return list, regions
end

-- When goroutines appear and go: { time =, g =, by = 1 or -1, works = }.
local turns = {}

local function turn(piece, from, to)
  if from <= to then
    local works = not piece.wakes
    turns[#turns + 1] = { time = from, g = piece.g, by = 1, works = works }
    turns[#turns + 1] = { time = to + 1, g = piece.g, by = -1, works = works }
  end
end

local function take_pieces(pieces, list)
  local of_task = {}
  for _, t in ipairs(list) do
    of_task[t.task] = of_task[t.task] or t
  end
  for _, piece in ipairs(pieces) do
    local t = of_task[piece.task]
    local pad = piece.wakes and opt.pad or 0
    if t then
      turn(piece, math.max(piece.from, t.from - pad),
        math.min(piece.to, t.to + pad))
    end
  end
end

function scan.finish(t)
  local pieces, seen = work.all(t.duration)
  local list, own = chosen()
  if #list + #own == 0 then
    fail("no task or region of %s is what --task, --region, --slowest, " ..
      "--name or --log want", t.file)
  end
  take_pieces(pieces, list)
  for _, piece in ipairs(own) do
    turn(piece, piece.from, piece.to)
  end
  table.sort(turns, function(a, b)
    return a.time < b.time
  end)
  for _, what in ipairs { list, own } do
    for _, each in ipairs(what) do
      t.window(each.from - opt.pad, each.to + opt.pad + 1)
    end
  end
  for g in pairs(seen) do
    t.hide(g)
  end
end

local shown, works, at = {}, {}, 1

local function apply(each)
  local g = each.g
  local before = shown[g] or 0
  shown[g] = before + each.by
  works[g] = (works[g] or 0) + (each.works and each.by or 0)
  if shown[g] > 0 and before == 0 then
    trace.show(g)
  elseif shown[g] == 0 then
    trace.hide(g)
  end
end

function on.begin()
  shown, works, at = {}, {}, 1
end

-- What who only woke others says of other work is left out.
function on.any(ev)
  while turns[at] and turns[at].time <= ev.time do
    apply(turns[at])
    at = at + 1
  end
  if ev.type:find "^User" and (works[ev.g] or 0) == 0 then
    return false
  end
end
