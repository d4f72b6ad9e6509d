-- critical_path.lua: what the end of a task waited for, in order: each instant once, with
-- the goroutine that the walk of `task` was with. Of a goroutine: what it did, and while
-- it waited what whoever ended the wait did.
--
--   $ gotrace-lua critical_path testdata/real/go1.27-faults.trace
description = "What a task or goroutine did and waited for, in order"
needs = "names"
args = {
  { name = "task", type = "int",
    help = "the task with this number; without: the slowest" },
  { name = "goroutine", short = "G", type = "int",
    help = "the goroutine with this number" },
  { name = "top", short = "t", type = "int", default = 30,
    help = "the N longest parts, in their order; 0: all" },
}

local format = require "gotrace.format"
local walked = require "walk.slowest"
local waits = require "walk.waits"
local words = require "walk.words"

local is_text = format.style() == "text"
local path = rows("from", "dur", "goroutine", "state", "reason", "waker",
  "place")

-- Text has times as `cat` prints them.
local function time(ns)
  return is_text and ("%.9f"):format(ns / 1e9) or ns
end

local function duration(ns)
  return is_text and format.duration(ns) or ns
end

local function add(part)
  path:add(time(part.from), duration(part.to - part.from),
    words.goroutine(part), words.state(part), words.reason(part),
    words.waker(part), words.place(part))
end

local function is_longer(a, b)
  if a.to - a.from ~= b.to - b.from then
    return a.to - a.from > b.to - b.from
  end
  return a.from < b.from
end

-- The longest parts as keys, and how long the others are.
local function longest(parts)
  local list, shown, rest = {}, {}, 0
  for i, part in ipairs(parts) do
    list[i] = part
  end
  table.sort(list, is_longer)
  for i, part in ipairs(list) do
    if opt.top == 0 or i <= opt.top then
      shown[part] = true
    else
      rest = rest + part.to - part.from
    end
  end
  return shown, #list - opt.top, rest
end

local function add_all(parts)
  local shown, others, rest = longest(parts)
  for i = #parts, 1, -1 do
    if shown[parts[i]] then
      add(parts[i])
    end
  end
  if rest > 0 and is_text then
    path:add("", format.duration(rest), ("... and %d more"):format(others), "",
      "", "", "")
  end
end

if opt.goroutine then
  local of = waits.new(opt.goroutine)

  function on.state(s)
    of:state(s)
  end

  function on.goroutine(s)
    of:life(s)
  end

  function on.finish(t)
    if not of.lives[1] then
      fail("%s: there is no goroutine %d", t.file, opt.goroutine)
    end
    for _, life in ipairs(of.lives) do
      add_all(of:parts(life))
    end
  end
else
  local slowest = walked.new { id = opt.task, most = 1 }
  slowest:hook(on)

  function on.finish(t)
    if opt.task and not slowest.list[1] then
      fail("%s: there is no task %d", t.file, opt.task)
    end
    for _, found in ipairs(slowest.list) do
      add_all(walked.parts(found))
    end
  end
end
