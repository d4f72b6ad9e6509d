-- hostile: the words of the scripts that verdicts.lua makes up. All but the last
-- line stands before each of them, so that every one is whole in itself.
--
-- Each statement has its own seed, and goes on as it did when others are taken
-- out. What the program refuses by an error is passed over: the rest of the
-- script goes on.
-- luacheck: globals on scan, read globals emit trace

local say = {} -- the statements

local rules = {} -- called for each event, in turn, until one returns false

-- Returns roll(n): a whole number from 0 to n - 1.
local function dice(seed)
  local s = seed % 2147483646 + 1
  return function(n)
    s = (s * 48271) % 2147483647
    return s % n
  end
end

local function likely(roll, p)
  return p >= 1 or roll(10000) < p * 10000
end

-- Values to use where others belong: what came by lately, and what never does.

local KEPT = 32
local seen = { g = {}, p = {}, m = {}, task = {}, stack = {}, text = {} }
local count = { g = 0, p = 0, m = 0, task = 0, stack = 0, text = 0 }

local function see(kind, value)
  if value ~= nil then
    seen[kind][count[kind] % KEPT + 1] = value
    count[kind] = count[kind] + 1
  end
end

local function observe(ev)
  see("g", ev.g)
  see("p", ev.p)
  see("m", ev.m)
  see("stack", ev.stack)
  local typ = ev.type
  if typ == "GoUnblock" or typ == "GoStart" or typ == "GoStatus" then
    see("g", ev.target_g)
  elseif typ == "GoCreate" then
    see("g", ev.new_g)
    see("stack", ev.new_stack)
  elseif typ == "UserTaskBegin" or typ == "UserRegionBegin" or typ == "UserLog" then
    see("task", ev.task)
  elseif typ == "GoBlock" or typ == "GoStop" then
    see("text", ev.reason)
  end
end

local function recent(kind, roll)
  local n = math.min(count[kind], KEPT)
  return n > 0 and seen[kind][roll(n) + 1] or nil
end

local ODD_NUMBERS = { 0, 1, 2, 3, 7, 100, 4095, 65536, 2147483647, 2147483648, 4294967295, 4294967296, 1e15,
  9007199254740991, 9007199254740992, -1, -5, 0.5, 1e300, 1 / 0, 0 / 0 }
local ODD_TEXTS = { "", "x", "a:b", "chan receive", "forever", "GC (dedicated)", "\0\255\1", "\195\182", "\n\t",
  ("l"):rep(1024), ("l"):rep(1025), ("l"):rep(70000) }
local STATUSES = { "Running", "Runnable", "Syscall", "Waiting", "Idle", "SyscallAbandoned", "Dead", "", "running" }
local MISFITS = { true, {}, "7", print }

local function any(list, roll)
  return list[roll(#list) + 1]
end

local function an_id(kind)
  return function(roll)
    local how = roll(10)
    if how < 6 then
      return recent(kind, roll)
    elseif how < 8 then
      return 100000 + roll(4)
    end
    return any(ODD_NUMBERS, roll)
  end
end

local VALUES = {
  goroutine = an_id "g",
  proc = an_id "p",
  thread = an_id "m",
  task = an_id "task",
  number = function(roll)
    return roll(2) == 0 and roll(100000) or any(ODD_NUMBERS, roll)
  end,
  string = function(roll)
    return roll(3) == 0 and recent("text", roll) or any(ODD_TEXTS, roll)
  end,
  stack = function(roll)
    return roll(5) > 0 and recent("stack", roll) or nil
  end,
  status = function(roll)
    return any(STATUSES, roll)
  end,
  time = function(roll, ev)
    local by = any({ 0, 1, -1, 5, 100, -100, 10000, -10000, 1e6, -1e6, 1e9 }, roll)
    return roll(12) == 0 and any(ODD_NUMBERS, roll) or ev.time + by
  end,
}

local function a_value(kind, roll, ev)
  if roll(25) == 0 then
    return any(MISFITS, roll)
  end
  return VALUES[kind](roll, ev)
end

-- Kinds of a field by its name, for events of which nothing else is known.
local KIND = {
  time = "time", stack = "stack", new_stack = "stack", target_g = "goroutine", new_g = "goroutine",
  target_p = "proc", target_m = "thread", task = "task", parent_task = "task", status = "status",
  name = "string", reason = "string", label = "string", kind = "string", key = "string", value = "string",
}

local COMMON = { "time", "time", "g", "p", "m", "type", "n", "stack" }

local function rule(f)
  if #rules == 0 then
    function on.any(ev)
      observe(ev)
      for i = 1, #rules do
        if rules[i](ev) == false then
          return false
        end
      end
    end
  end
  rules[#rules + 1] = f
end

local function set_of(list)
  local set = {}
  for _, name in ipairs(list) do
    set[name] = true
  end
  return set
end

local function set_field(ev, name, value)
  ev[name] = value
end

local function hide(g)
  trace.hide(g)
end

-- Drops events of these types, with probability p.
function say.drop(types, p, seed)
  local set, roll = set_of(types), dice(seed)
  rule(function(ev)
    return not (set[ev.type] and likely(roll, p))
  end)
end

-- Drops all but these types, with probability p.
function say.keep(types, p, seed)
  local set, roll = set_of(types), dice(seed)
  rule(function(ev)
    return set[ev.type] or not likely(roll, p)
  end)
end

-- Drops any event, with probability p.
function say.drop_any(p, seed)
  local roll = dice(seed)
  rule(function()
    return not likely(roll, p)
  end)
end

-- Hooks one type and no more, and drops its events with probability p.
function say.hook(typ, p, seed)
  local roll = dice(seed)
  on[typ] = function()
    return not likely(roll, p)
  end
end

-- Drops events whose number lies in first .. last.
function say.drop_span(first, last)
  rule(function(ev)
    return ev.n < first or ev.n > last
  end)
end

-- Drops what happens on every `every`th of the goroutines (field g), procs (p)
-- or threads (m), rest after them.
function say.drop_on(field, every, rest)
  rule(function(ev)
    local id = ev[field]
    return id == nil or id % every ~= rest
  end)
end

-- Drops all events of the nth distinct goroutine, proc or thread that events
-- happen on.
function say.drop_nth(field, n)
  local number, total = {}, 0
  rule(function(ev)
    local id = ev[field]
    if id == nil then
      return true
    elseif not number[id] then
      total = total + 1
      number[id] = total
    end
    return number[id] ~= n
  end)
end

-- Assigns something to a field of events of a type, with probability p.
function say.edit(typ, field, kind, p, seed)
  local roll = dice(seed)
  rule(function(ev)
    if ev.type == typ and likely(roll, p) then
      pcall(set_field, ev, field, a_value(kind, roll, ev))
    end
  end)
end

-- Lets events of a type happen `by` ns later, with probability p.
function say.later(typ, by, p, seed)
  local roll = dice(seed)
  rule(function(ev)
    if ev.type == typ and likely(roll, p) then
      pcall(set_field, ev, "time", ev.time + by)
    end
  end)
end

-- Assigns something to any field of any event, with probability p.
function say.edit_any(p, seed)
  local roll = dice(seed)
  rule(function(ev)
    if likely(roll, p) then
      local names = ev:fields()
      local field = roll(6) > 0 and names[roll(#names + 1) + 1] or any(COMMON, roll)
      pcall(set_field, ev, field, a_value(KIND[field] or "number", roll, ev))
    end
  end)
end

-- Adds an event of a type whose arguments are { name, kind, ... }, with
-- probability p behind any event. Of the arguments and of the context some are left out.
function say.add(typ, arguments, p, seed)
  assert(emit, "no emit")
  local roll = dice(seed)
  rule(function(ev)
    if likely(roll, p) then
      local fields = {}
      for i = 1, #arguments, 2 do
        if roll(12) > 0 then
          fields[arguments[i]] = a_value(arguments[i + 1], roll, ev)
        end
      end
      if roll(4) == 0 then
        fields.g, fields.p, fields.m = VALUES.goroutine(roll), recent("p", roll), recent("m", roll)
      end
      if roll(6) == 0 then
        fields.time = VALUES.time(roll, ev)
      end
      pcall(emit, typ, fields)
    end
  end)
end

-- Adds copies of events behind them, with probability p.
function say.again(p, seed)
  local roll = dice(seed)
  rule(function(ev)
    if likely(roll, p) then
      local fields = {}
      for _, name in ipairs(ev:fields()) do
        fields[name] = ev[name]
      end
      for _ = 0, roll(3) do
        pcall(emit, ev.type, fields)
      end
    end
  end)
end

-- Fields of regions, tasks and logs that are asked for; nil: as often as not.
local function asked_fields(kind, roll, ev)
  local from, to = VALUES.time(roll, ev), VALUES.time(roll, ev)
  local fields = { g = roll(4) > 0 and ev.g or a_value("goroutine", roll, ev) }
  if kind == "log" then
    fields.time, fields.key, fields.value = from, a_value("string", roll, ev), recent("text", roll)
  else
    fields.name = a_value("string", roll, ev)
    fields.from, fields.to = roll(9) > 0 and math.min(from, to) or from, math.max(from, to)
  end
  if roll(3) == 0 then
    fields[kind == "task" and "parent" or "task"] = a_value("task", roll, ev)
  end
  return fields
end

-- Asks for regions, tasks or logs at events, with probability p: as they come, or in a
-- scan before. The name of the function is none that is seen in a text.
function say.ask(kind, where, p, seed)
  local roll, name = dice(seed), kind
  needs = "runs" -- luacheck: ignore
  local function ask(ev)
    if likely(roll, p) then
      local made, id = pcall(trace[name], asked_fields(kind, roll, ev))
      see("task", made and id or nil)
    end
  end
  if where == "scan" then
    function scan.any(ev)
      observe(ev)
      ask(ev)
    end
  else
    rule(ask)
  end
end

-- Hides the nth distinct goroutine when it is met, `late` events later.
function say.hide_nth(n, late)
  local number, total, due, whom = {}, 0, nil, nil
  rule(function(ev)
    local g = ev.g
    if g and not number[g] then
      total = total + 1
      number[g] = total
      if total == n then
        due, whom = ev.n + late, g
      end
    end
    if due and ev.n >= due then
      pcall(hide, whom)
      due = nil
    end
  end)
end

-- Hides and shows goroutines in turns.
function say.hide_turns(p, seed)
  local roll = dice(seed)
  rule(function(ev)
    if ev.g and likely(roll, p) then
      pcall(roll(2) == 0 and hide or trace.show, ev.g)
    end
  end)
end

-- Hides a goroutine before the trace begins, whether there is one or not.
function say.hide_first(g)
  function on.begin()
    pcall(hide, g)
  end
end

-- Hides all goroutines but these, and shows and hides some of them when they are met.
function say.hide_others(gs, p, seed)
  local roll = dice(seed)
  function on.begin()
    pcall(trace.hide_others, unpack(gs))
  end
  rule(function(ev)
    if ev.g and likely(roll, p) then
      pcall(roll(2) == 0 and hide or trace.show, ev.g)
    end
  end)
end

-- Asks for a part of the trace, in ns.
function say.window(from, to)
  function on.begin()
    pcall(function()
      trace.window(from, to)
    end)
  end
end

return say
