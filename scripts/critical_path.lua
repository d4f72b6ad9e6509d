-- critical_path.lua: what the end of a task waited for, in order: each instant once, with
-- the goroutine that the walk of `task` was with. Of a goroutine: what it did, and while
-- it waited what whoever ended the wait did.
--
--   $ gotrace-lua critical_path testdata/real/go1.27-faults.trace
--   task 8 request of testdata/real/go1.27-faults.trace
--      from  goroutine     state         waker                 dur  place
--   5300096  G1 main.main  Running                           111us  main.sl...sts:51
--   5411136  G1 main.main  chan receive  main.an...stions  4.213ms  main.se...est:68
--   9624064  G1 main.main  Runnable      main.an...stions  155.5us  main.se...est:68
--   9779584  G1 main.main  Running                         6.272us  main.se...est:68
--   $ gotrace-lua critical_path --goroutine=1 --top=3 testdata/real/go1.27-faults.trace
--   G1 main.main of testdata/real/go1.27-faults.trace
--       from  goroutine            state     waker          dur  place
--   10257152  G23 main...uestions  sleep     -          4.193ms  main.loo...lowly:81
--   51185600  G40 main...er.func1  Runnable  main.main   36.5ms  main.tog...func1:79
--   87689536  G40 main...er.func1  Running              12.02ms  main.tog...func1:79
--   ... and 140 more: 47.2ms
description = "What a task or goroutine did and waited for, in order"
needs = "names"
args = {
  { name = "task", type = "int", help = "the task with this number" },
  { name = "slowest", type = "int", default = 1,
    help = "without --task: the N slowest tasks; 0: all" },
  { name = "goroutine", short = "G", type = "int",
    help = "the goroutine with this number" },
  { name = "top", short = "t", type = "int", default = 30,
    help = "the N longest parts, in their order; 0: all" },
}

local format = require "gotrace.format"
local walked = require "walk.slowest"
local waits = require "walk.waits"
local words = require "walk.words"

-- Text has no room for a wait's state beside its reason, and a line says of what it is.
local is_text = format.style() == "text"
local of_tasks = not opt.goroutine
local words_of = { "from", "goroutine", "state", "reason", "waker", "place" }
if is_text then
  words_of = { "from", "goroutine", "state", "waker", "place" }
elseif of_tasks then
  table.insert(words_of, 1, "task")
end
local path = columns { by = words_of, "sum dur" }
path:ns():sort "key"

local function key_of(part, word)
  if word == "state" and is_text and part.reason ~= "" then
    return part.reason or words.state(part)
  end
  return words[word](part)
end

local function add(part, task)
  local row = { task }
  for i, word in ipairs(words_of) do
    row[i] = row[i] or word == "from" and part.from or key_of(part, word)
  end
  row[#row + 1] = part.to - part.from
  path:add(unpack(row))
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

-- A line before and one behind the table, in text.
local function say(format_of, ...)
  if is_text then
    print(format_of:format(...))
  end
end

local function print_path(t, title, parts, task)
  local shown, others, rest = longest(parts, opt.top)
  for _, part in ipairs(shown) do
    add(part, not is_text and task or nil)
  end
  say("%s of %s", title, format.line(t.file))
  path:print():clear()
  if others > 0 then
    say("... and %d more: %s", others, format.duration(rest))
  end
end

local function look_at_goroutine()
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
      local title = tostring(trace.goroutine(opt.goroutine))
      print_path(t, title, of:parts(life))
    end
  end
end

local function look_at_tasks()
  local slowest = walked.new { id = opt.task, most = opt.slowest }
  slowest:hook(on)

  function on.finish(t)
    if opt.task and not slowest.list[1] then
      fail("%s: there is no task %d", t.file, opt.task)
    end
    for _, found in ipairs(slowest.list) do
      local title = ("task %.0f %s"):format(found.id, format.line(found.name))
      print_path(t, title, walked.parts(found), found.id)
    end
  end
end

if of_tasks then
  look_at_tasks()
else
  look_at_goroutine()
end
