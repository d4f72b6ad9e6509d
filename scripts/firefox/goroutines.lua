-- goroutines.lua: a thread of a Firefox profile for each goroutine that was chosen, below the
-- function that it started with: its states as samples, what it waited for, its regions, its
-- help for the collector, and its logs as markers.
local goroutines = {}
goroutines.__index = goroutines

-- new(profile)
local function new(profile)
  return setmetatable({ profile = profile, threads = {} }, goroutines)
end

-- choose(set): those that have a thread; without it all have.
function goroutines:choose(set)
  self.chosen = set
end

-- Its thread; nil: it has none.
local function thread(self, g, func)
  local number = self.threads[g]
  if not number and g and (not self.chosen or self.chosen[g]) then
    func = func and func ~= "" and func or "(not known)"
    number = self.profile:thread(("G%d %s"):format(g, func),
      { process = func, id = g })
    self.threads[g] = number
  end
  return number
end

local function waker(s)
  return s.waker and ("G%d %s"):format(s.waker, s.waker_func or "") or nil
end

local function task(id, name)
  return id and id > 0 and ("%s #%d"):format(name or "", id) or nil
end

-- Who made it runnable stands at the wait already.
local function mark(self, number, s, name)
  self.profile:marker(number, s.from, s.to, name, {
    type = s.state, category = s.state, stack = s.stack,
    fields = { waker = waker(s), task = task(s.task, s.task_name) },
  })
end

-- Where one is that runs the trace does not say.
function goroutines:state(s)
  local number = thread(self, s.g, s.func)
  if not number then
    return
  end
  local state, reason = s.state, s.reason ~= "" and s.reason or nil
  if state == "Running" then
    return self.profile:sample(number, s.from, s.to, nil, state)
  end
  self.profile:sample(number, s.from, s.to, s.stack, state, reason)
  if state ~= "Runnable" then
    mark(self, number, s, reason or state)
  end
end

function goroutines:region(s)
  local number = thread(self, s.g, s.func)
  if number then
    self.profile:marker(number, s.from, s.to, s.name, { type = "Region",
      category = "User", stack = s.stack,
      fields = { task = task(s.task, s.task_name) } })
  end
end

function goroutines:assist(s)
  local number = thread(self, s.g, s.func)
  if number then
    self.profile:marker(number, s.from, s.to, s.name, { type = "Assist",
      category = "Runtime", stack = s.stack })
  end
end

-- Of a goroutine without a thread they are the trace's.
function goroutines:log(ev)
  self.profile:marker(thread(self, ev.g, ev.func) or 0, ev.time, nil, ev.key,
    { type = "Log", category = "User", stack = ev.stack,
      fields = { message = ev.value, task = task(ev.task, ev.task_name) } })
end

function goroutines:sample(ev)
  local number = thread(self, ev.g, ev.func)
  if number then
    self.profile:marker(number, ev.time, nil, "CPU sample",
      { type = "CPU sample", category = "Running", stack = ev.stack })
  end
end

return { new = new }
