-- work.lua: who works on which task, from when to when, and who woke them: learnt as a
-- scan goes through the trace.
--
-- Whose task a goroutine works on is told as of each event at which that may change. A piece
-- of work is { g =, from =, to =, task = }, or has a region's name instead of a task.
local pieces = {} -- those that are over
local current = {} -- by goroutine
local workers = {} -- by task: the set of goroutines
local seen = {} -- all goroutines

local function finish(g, time)
  local piece = current[g]
  if piece then
    piece.to = time
    pieces[#pieces + 1] = piece
    workers[piece.task][g] = nil
    current[g] = nil
  end
end

-- What goroutine g works on as of the event at hand.
local function look(g, time)
  local object = g and trace.goroutine(g)
  local task = object and object.task or 0
  local piece = current[g]
  if not g or (piece and piece.task or 0) == task then
    return
  end
  finish(g, time)
  if task ~= 0 then
    workers[task] = workers[task] or {}
    workers[task][g] = true
    current[g] = { g = g, from = time, task = task }
  end
end

-- Whoever worked on it goes over to another, and who ends it or speaks of it works on it.
local function mention(ev)
  if ev.g and ev.task and ev.task ~= 0 then
    pieces[#pieces + 1] = { g = ev.g, from = ev.time, to = ev.time,
      task = ev.task }
  end
end

local function ended(ev)
  local all = {}
  for g in pairs(workers[ev.task] or {}) do
    all[#all + 1] = g
  end
  for _, g in ipairs(all) do
    look(g, ev.time)
  end
  mention(ev)
end

-- By type of event, what it may change.
local changes = { UserTaskEnd = ended }
for _, name in ipairs { "UserTaskBegin", "UserRegionBegin", "UserRegionEnd" } do
  changes[name] = function(ev)
    look(ev.g, ev.time)
    mention(ev)
  end
end
for _, name in ipairs { "GoCreate", "GoCreateBlocked", "GoCreateSyscall" } do
  changes[name] = function(ev)
    seen[ev.new_g] = true
    look(ev.new_g, ev.time)
  end
end
for _, name in ipairs { "GoStatus", "GoStatusStack" } do
  changes[name] = function(ev)
    seen[ev.target_g] = true
  end
end
changes.UserLog = mention

-- Wakers: their runs become pieces when they are over.
local woken = {} -- by goroutine that runs and has woken others: the set of their tasks

function changes.GoUnblock(ev)
  local piece = current[ev.target_g]
  if ev.g and piece then
    woken[ev.g] = woken[ev.g] or {}
    woken[ev.g][piece.task] = true
  end
end

-- take(ev): to be called with each event.
local function take(ev)
  if ev.g then
    seen[ev.g] = true
    if ev.type:find "Destroy" then
      finish(ev.g, ev.time)
    end
  end
  local change = changes[ev.type]
  if change then
    change(ev)
  end
end

-- ran(s): to be called with each Running span.
local function ran(s)
  for task in pairs(woken[s.g] or {}) do
    pieces[#pieces + 1] = { g = s.g, from = s.from, to = s.to, task = task,
      wakes = true }
  end
  woken[s.g] = nil
end

-- all(last): what has been learnt of a trace that ends at `last`: the pieces, and the set
-- of goroutines.
local function all(last)
  for g in pairs(seen) do
    finish(g, last)
  end
  return pieces, seen
end

return { take = take, ran = ran, all = all }
