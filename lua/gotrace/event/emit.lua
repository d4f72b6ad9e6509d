-- emit.lua: emit(type, fields): events that scripts add.
--
-- An added event waits in a pool until the one at hand is done with, then goes
-- through the stages behind the one that emitted it, as if it had stood in the
-- trace there; what these emit comes right behind it. So the stages see one
-- stream each, whatever was added before them.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local argument = require "gotrace.event.argument"
local changes = require "gotrace.event.edits"
local event = require "gotrace.event.event"
local fields = require "gotrace.event.fields"
local go_names = require "gotrace.event.go_names"
local proxy = require "gotrace.base.proxy"
local spec = require "gotrace.engine.event_table"
local suggest = require "gotrace.base.suggest"

local cur, around, ev = fields.cur, fields.around, event.ev
local SIZE = ffi.sizeof "gotrace_event"
local ADDED = tonumber(C.GOTRACE_ADDED)
local TIME_SET = tonumber(C.GOTRACE_TIME_SET)

-- The pool: events that stay where they are, and the stage of each. waiting is
-- how many are in use.
local pool = {}
local from = {}
local queue = ffi.new "struct { int32_t waiting; }"

-- A copy of the event at hand at the pool's end, not yet in use.
local function draft(row)
  local i = queue.waiting
  local new = pool[i]
  if not new then
    new = ffi.new "gotrace_event"
    pool[i] = new
  end
  ffi.copy(new, cur.e, SIZE)
  new.at = changes.place(cur.e)
  new.type, new.verdict, new.flags = row.id, 0, ADDED
  return new
end

-- The names that emit takes for a type.
local function names_of(row)
  local list = spec.shown_args(row)
  for _, name in ipairs { "time", "m", "p", "g" } do
    list[#list + 1] = name
  end
  return list
end

-- The following yield nothing, or what is wrong. Fields are read raw: no
-- metamethod of a script gets to emit in the midst of it.

-- The first that there is none of.
local function no_name(row, values, set)
  for _, name in ipairs(proxy.sorted_keys(values)) do
    if not set[name] then
      local list, text = names_of(row), tostring(name)
      local go = go_names[text:lower()]
      local hint = go and (": %s is %s here"):format(go[2], go[1]) or
        suggest.hint(text, list)
      return ('it has no field "%s"%s; it has %s'):format(text, hint,
        table.concat(list, ", "))
    end
  end
end

local known = {} -- by type's name: the set of the names

local function check_names(row, values)
  local set = known[row.name]
  if not set then
    set = {}
    for _, name in ipairs(names_of(row)) do
      set[name] = true
    end
    known[row.name] = set
  end
  for name in next, values do
    if not set[name] then
      return no_name(row, values, set)
    end
  end
end

local function unwanted(name, wanted, value)
  return ("%s wants %s, not %s"):format(name, wanted, argument.shown(value))
end

local function set_args(new, row, values)
  for _, arg in ipairs(row.args) do
    local value = rawget(values, arg.name)
    local new_value, wanted
    if value == nil then
      new_value = argument.default(row, arg)
    else
      new_value, wanted = argument.of(row, arg, value)
    end
    if new_value == nil then
      return wanted and unwanted(arg.name, wanted, value) or
        arg.name .. " is missing"
    end
    new.arg[arg.at] = new_value
  end
end

local function set_time(new, time)
  local least = tonumber(cur.e.time)
  if not argument.is_whole(time) then
    return unwanted("time", "a whole number of ns", time)
  elseif time < least then
    return ("time %.0f is before %.0f, that of the event which it comes " ..
      "behind"):format(time, least)
  end
  new.time = time
  new.flags = ADDED + TIME_SET
end

-- On another thread than the event at hand, or of another goroutine, its context is
-- not that of the new one: the rest of it is not known, unless it is given.
local function leave_context(new, m, g)
  if m ~= nil and m ~= tonumber(new.m) or g ~= nil and g ~= tonumber(new.g) then
    new.m, new.p, new.g, new.home = -1, -1, -1, -1
  end
end

local function set_context(new, values)
  leave_context(new, rawget(values, "m"), rawget(values, "g"))
  for _, name in ipairs { "m", "p", "g" } do
    local id = rawget(values, name)
    if id ~= nil then
      if not argument.is_whole(id) then
        return unwanted(name, "an id, a whole number from 0 on", id)
      end
      new[name] = id
    end
  end
  new.home = rawget(values, "m") or new.home
  local time = rawget(values, "time")
  if time ~= nil then
    return set_time(new, time)
  end
end

local function add(stage, name, values)
  local row = spec.by_name[name]
  if type(name) ~= "string" then
    return "emit wants the name of an event's type and a table of its " ..
      "fields, not " .. argument.shown(name)
  elseif not row then
    return ('emit: there is no event "%s"%s'):format(name,
      suggest.hint(name, spec.names))
  elseif type(values) ~= "table" then
    return ("emit %s: its fields are a table, not a %s"):format(name,
      type(values))
  end
  -- Names first: the message about a wrong one may run a script's __tostring,
  -- which may emit. From the draft on no script code runs until it is in use.
  local wrong = check_names(row, values)
  local new = not wrong and draft(row)
  wrong = wrong or set_args(new, row, values) or set_context(new, values)
  if wrong then
    return ("emit %s: %s"):format(name, wrong)
  end
  from[queue.waiting] = stage.index
  queue.waiting = queue.waiting + 1
end

-- emit_of(stage): the script's `emit`.
local function emit_of(stage)
  return function(name, values)
    local wrong
    if not spec.rows[cur.e.type] then
      wrong = "emit adds an event behind the current one, and there is none " ..
        "here"
    elseif around.looking then
      wrong = "scan hooks only look, emit belongs into those of on"
    else
      wrong = add(stage, name, values or {})
    end
    if wrong then
      error(wrong, 2)
    end
  end
end

local settle

-- An added event meets the stages behind its own, and what they add to it comes
-- behind it. False if one of them drops it.
local function pass(i, handlers)
  local new, first = pool[i], queue.waiting
  local handler = handlers[new.type]
  cur.e = new
  local kept = not (handler and handler(ev) == false)
  if kept then
    changes.append(new)
  end
  if queue.waiting > first then
    settle(first)
  end
  return kept
end

local behind -- handlers by stage

-- Takes the events from the pool's place `first` on out of it. What a later
-- stage added stands before what an earlier one did.
function settle(first)
  local last = queue.waiting - 1
  for stage = #behind, 1, -1 do
    for i = first, last do
      if from[i] == stage then
        pass(i, behind[stage])
      end
    end
  end
  queue.waiting = first
end

-- insert(stage, row, set): adds an event of that type that no hook emits, by stage number
-- `stage`: set(new) fills in all but its place, that of the event at hand. False if a stage
-- behind drops it.
local function insert(stage, row, set)
  local new, i = draft(row), queue.waiting
  set(new)
  from[i] = stage
  queue.waiting = i + 1
  local kept = pass(i, behind[stage])
  queue.waiting = i
  return kept
end

-- set_behind(handlers): handlers[k] are the functions by type of the stages behind number k.
local function set_behind(handlers)
  behind = handlers
end

-- start(handlers): to be called before a run.
local function start(handlers)
  set_behind(handlers)
  queue.waiting = 0
end

return { of = emit_of, queue = queue, settle = settle, start = start,
  insert = insert, set_behind = set_behind }
