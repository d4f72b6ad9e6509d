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

-- Text has no room for a wait's state beside its reason.
local is_text = format.style() == "text"
local path = columns {
  by = is_text and { "from", "goroutine", "state", "waker", "place" } or
    { "from", "goroutine", "state", "reason", "waker", "place" },
  "sum dur",
}
path:ns():sort "from"

local function add(part)
  local dur, g, state = part.to - part.from, words.goroutine(part),
    words.state(part)
  if is_text then
    path:add(part.from, g, part.reason ~= "" and part.reason or state,
      words.waker(part), words.place(part), dur)
  else
    path:add(part.from, g, state, words.reason(part), words.waker(part),
      words.place(part), dur)
  end
end

local function is_longer(a, b)
  if a.to - a.from ~= b.to - b.from then
    return a.to - a.from > b.to - b.from
  end
  return a.from < b.from
end

-- The longest parts, and how long the others are.
local function longest(parts, most)
  local list, rest = {}, 0
  for i, part in ipairs(parts) do
    list[i] = part
  end
  table.sort(list, is_longer)
  for i = #list, most > 0 and most + 1 or #list + 1, -1 do
    rest, list[i] = rest + list[i].to - list[i].from, nil
  end
  return list, #parts - #list, rest
end

local function print_path(t, parts)
  local shown, others, rest = longest(parts, opt.top)
  for _, part in ipairs(shown) do
    add(part)
  end
  if is_text and trace.inputs > 1 then
    print(t.file)
  end
  path:print():clear()
  if is_text and others > 0 then
    print(("... and %d more  %s"):format(others, format.duration(rest)))
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
      print_path(t, of:parts(life))
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
      print_path(t, walked.parts(found))
    end
  end
end
