-- longest.lua: a pass that finds out who has a track: the goroutines and tasks that were there
-- for longest. By events, as that keeps nothing of those that are over.
local choice = require "perfetto.choice"

-- Begins and ends of things under a number: begins(id, time), ends(id, time), and what was
-- chosen of them, up to the trace's end.
local function lives(most)
  local list, from = choice.new(most), {}

  local function begins(id, time)
    from[id] = from[id] or time
  end

  local function ends(id, time)
    list:add(id, time - (from[id] or trace.start))
    from[id] = nil
  end

  local function chosen(last)
    for id, time in pairs(from) do
      list:add(id, last - time)
    end
    return list:chosen()
  end

  return begins, ends, chosen
end

-- find(goroutines, tasks, most_goroutines, most_tasks): hooks that do.
local function find(goroutines, tasks, most_goroutines, most_tasks)
  local born, dies, chosen_goroutines = lives(most_goroutines)
  local begun, done, chosen_tasks = lives(most_tasks)

  for _, type in ipairs { "GoCreate", "GoCreateBlocked", "GoCreateSyscall" } do
    scan[type] = function(ev) born(ev.new_g, ev.time) end
  end
  for _, type in ipairs { "GoStatus", "GoStatusStack" } do
    scan[type] = function(ev) born(ev.target_g, trace.start) end
  end
  for _, type in ipairs { "GoDestroy", "GoDestroySyscall",
    "GoSwitchDestroy" } do
    scan[type] = function(ev) dies(ev.g, ev.time) end
  end

  function scan.UserTaskBegin(ev)
    begun(ev.task, ev.time)
  end

  function scan.UserTaskEnd(ev)
    done(ev.task, ev.time)
  end

  function scan.finish(t)
    goroutines:choose(chosen_goroutines(t.start + t.duration))
    tasks:choose(chosen_tasks(t.start + t.duration))
  end
end

return { find = find }
