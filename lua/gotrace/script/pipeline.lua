-- pipeline.lua: the stages of a run put together: for each event type one
-- function, or none where nobody has a hook.
--
-- A stage is { kind = "filter" | "print", each = function } or a script
-- (script.lua). A function that returns exactly false drops the event: what
-- comes behind it is not called.
local ffi = require "ffi"
local constant = require "gotrace.script.constant"
local spec = require "gotrace.engine.event_table"
local fields = require "gotrace.event.fields"
local hooks = require "gotrace.script.hooks"

local function chain(a, b)
  if not (a and b) then
    return a or b
  end
  return function(ev)
    if a(ev) == false then
      return false
    end
    return (b(ev)) -- no tail call: see raise in fields.lua
  end
end

-- The hooks under v1 names that mean this type: { hook =, reason = }.
local function alias_hooks(stage, row)
  local list = {}
  for name, meaning in pairs(hooks.aliases) do
    local hook = stage.hooks[name]
    if hook and meaning[1] == row.name then
      list[#list + 1] = { name = name, hook = hook, reason = meaning[2] }
    end
  end
  table.sort(list, function(a, b)
    return a.name < b.name
  end)
  return list
end

-- Calls what fits the event's reason, and `unhandled` if nothing does.
local function alias_dispatch(list, own, unhandled)
  local reason_of = fields.lenient.reason
  return function(ev)
    local handled = own ~= nil
    if own and own(ev) == false then
      return false
    end
    for _, alias in ipairs(list) do
      if not alias.reason or alias.reason == reason_of(fields.cur) then
        handled = true
        if alias.hook(ev) == false then
          return false
        end
      end
    end
    if not handled and unhandled then
      return unhandled(ev)
    end
  end
end

-- A script's function for a type, or nil.
local function script_handler(stage, row)
  local own = stage.hooks[row.name]
  local unhandled = stage.hooks.unhandled
  local aliased = alias_hooks(stage, row)
  local specific = own or unhandled
  if #aliased > 0 then
    specific = alias_dispatch(aliased, own, unhandled)
  end
  return chain(stage.hooks.any, specific)
end

-- What the filters let through; nil where there are none.
local function filters_of(stages)
  local filters
  for _, stage in ipairs(stages) do
    if stage.kind == "filter" then
      filters = chain(filters, stage.each)
    end
  end
  return filters
end

-- The function for a type of the scripts and printers behind the stage at
-- place `first`, itself included, or nil.
local function handler(stages, row, first)
  local rest
  for i = first, #stages do
    local stage = stages[i]
    if stage.kind == "print" then
      rest = chain(rest, stage.each)
    elseif stage.kind == "script" then
      rest = chain(rest, script_handler(stage, row))
    end
  end
  return rest
end

-- Calls the hook of that name in every script that has it.
local function call_all(stages, name, ...)
  for _, stage in ipairs(stages) do
    local hook = stage.hooks and stage.hooks[name]
    if hook then
      hook(...)
    end
  end
end

local function any_has(stages, name)
  for _, stage in ipairs(stages) do
    if stage.hooks and stage.hooks[name] then
      return true
    end
  end
  return false
end

-- Not those of the trace itself.
local function is_event_hook(name)
  return name == "any" or name == "unhandled" or not hooks.is_general[name]
end

-- For these the order matters.
local function has_event_hooks(names)
  for name in pairs(names or {}) do
    if is_event_hook(name) then
      return true
    end
  end
  return false
end

-- "thread" if that will do for everybody who sees events, else "full"; and why.
local function order(stages)
  local thread = false
  for _, stage in ipairs(stages) do
    if stage.kind ~= "script" then
      return "full", "-f and -p see events as they happened"
    elseif stage.order == "thread" then
      thread = true
    elseif has_event_hooks(stage.hooks) or has_event_hooks(stage.scan) then
      return "full", stage.name .. ' hooks events without order = "thread"'
    end
  end
  if thread then
    return "thread", 'all that hook events say order = "thread"'
  end
  return "full", "no script hooks events"
end

-- A list with make(row) for each type, false where that is nil or there is no
-- type; all 255 present, so that the table is an array.
local function by_type(make)
  local list = {}
  for id = 1, 255 do
    list[id] = spec.rows[id] and make(spec.rows[id]) or false
  end
  return list
end

-- handlers(stages, writes): the functions by type. Filters alone are no reason
-- to look at an event, unless it is written: then they say whether it stays.
local function handlers(stages, writes)
  local filters = filters_of(stages)
  return by_type(function(row)
    local rest = handler(stages, row, 1)
    return (rest or writes) and chain(filters, rest)
  end)
end

-- Hooks that are called though no event is looked at.
local around = { begin = true, finish = true }

-- drops(stages): the types of which each event is dropped, as a mask by type, if
-- nothing else is done to events and nobody sees them; else nil.
local function drops(stages)
  local mask = ffi.new "uint8_t[256]"
  for _, stage in ipairs(stages) do
    if stage.kind ~= "script" then
      return nil
    end
    for name, hook in pairs(stage.hooks) do
      local row = spec.by_name[name]
      if row and constant.is_false(hook) then
        mask[row.id] = 1
      elseif not around[name] then
        return nil
      end
    end
  end
  return mask
end

-- Whether a hook of that name is given an event and may look at it. For that of
-- an alias its reason is looked at.
local function looks(name, hook)
  local info = debug.getinfo(hook, "u")
  return is_event_hook(name) and
    (hooks.aliases[name] ~= nil or info.nparams > 0 or info.isvararg)
end

-- is_blind(stages): whether nobody ever looks at an event: there is one script,
-- and its hooks have no parameters, as of those that count. One hook that takes
-- events is too many, since it could keep ev for the others; and what a script
-- adds for those behind it has much of the event at hand.
local function is_blind(stages)
  local stage = stages[1]
  if #stages ~= 1 or stage.kind ~= "script" then
    return false
  end
  for _, functions in ipairs { stage.hooks, stage.scan or {} } do
    for name, hook in pairs(functions) do
      if looks(name, hook) then
        return false
      end
    end
  end
  return true
end

-- behind(stages): for each stage the functions by type of those behind it. They
-- are put together when an event is added there, which is rare.
local function behind(stages)
  local list = {}
  for i = 1, #stages do
    list[i] = setmetatable({}, { __index = function(known, id)
      known[id] = handler(stages, spec.rows[id], i + 1) or false
      return known[id]
    end })
  end
  return list
end

-- scanning(stages): scripts that want a pass of their own, as stages with what
-- they hook there.
local function scanning(stages)
  local list = {}
  for _, stage in ipairs(stages) do
    if stage.scan and next(stage.scan) then
      list[#list + 1] = { kind = "script", hooks = stage.scan }
    end
  end
  return list
end

local function both(a, b)
  return a and b and function(ev)
    a(ev)
    b(ev)
  end or a or b
end

-- observers(stages): the functions by type where no stage can keep an event
-- from another.
local function observers(stages)
  return by_type(function(row)
    local all
    for _, stage in ipairs(stages) do
      all = both(all, script_handler(stage, row))
    end
    return all
  end)
end

-- The name under which a function is hooked, for error messages.
local function hook_name(stages, functions)
  for _, fn in ipairs(functions) do
    for _, stage in ipairs(stages) do
      for _, where in ipairs { "hooks", "scan" } do
        for name, hook in pairs(stage[where] or {}) do
          if hook == fn then
            return (where == "scan" and "scan." or "on.") .. name
          end
        end
      end
    end
  end
end

return {
  handlers = handlers,
  drops = drops,
  is_blind = is_blind,
  behind = behind,
  scanning = scanning,
  observers = observers,
  order = order,
  call_all = call_all,
  any_has = any_has,
  hook_name = hook_name,
}
