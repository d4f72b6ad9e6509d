-- pipeline.lua: the stages of a run put together: for each event type one
-- function, or none where nobody has a hook.
--
-- A stage is { kind = "filter" | "print", each = function } or a script
-- (script.lua). A function that returns exactly false drops the event: what
-- comes behind it is not called. Types that a stage says it leaves out
-- (`leaves_out`, a set of ids) it drops without being asked at each event.
local ffi = require "ffi"
local chains = require "gotrace.event.chain"
local paths = require "gotrace.engine.paths"
local proxy = require "gotrace.base.proxy"
local spec = require "gotrace.engine.event_table"
local fields = require "gotrace.event.fields"
local hooks = require "gotrace.event.hooks"
local spans = require "gotrace.span.handlers"

local chain, real = chains.of, chains.real

local function leave_out()
  return false
end

-- The hooks under v1 names that mean this type: { hook =, reason = }.
local function alias_hooks(stage, row)
  local list = {}
  for name, meaning in pairs(hooks.aliases) do
    local hook = real(stage.hooks[name])
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
  local own = real(stage.hooks[row.name])
  local unhandled = real(stage.hooks.unhandled)
  local aliased = alias_hooks(stage, row)
  local specific = own or unhandled
  if #aliased > 0 then
    specific = alias_dispatch(aliased, own, unhandled)
  end
  return chain(chain(stage.counts, stage.hooks.any), specific)
end

-- Whether a filter is answered once for each type.
local function is_by_type(stage)
  return stage.leaves_out and paths.takes "types"
end

-- filters_of(stages): a function that yields for a type what the filters say of
-- its events: nil where there are none, leave_out where all are dropped.
local function filters_of(stages)
  local asked, left_out
  left_out = {}
  for _, stage in ipairs(stages) do
    if stage.kind == "filter" and is_by_type(stage) then
      for id in pairs(stage.leaves_out) do
        left_out[id] = leave_out
      end
    elseif stage.kind == "filter" then
      asked = chain(asked, stage.each)
    end
  end
  return function(row)
    return left_out[row.id] or asked
  end
end

-- The function for a type of the scripts and printers behind the stage at
-- place `first`, itself included, or nil.
local function handler(stages, row, first)
  local rest
  for i = first, #stages do
    local stage = stages[i]
    if stage.kind == "print" then
      rest = chain(rest, stage.each)
    elseif stage.kind == "script" and stage.leaves_out[row.id] then
      return chain(rest, leave_out)
    elseif stage.kind == "script" then
      rest = chain(rest, script_handler(stage, row))
    end
  end
  return rest
end

local called -- the hook of the trace that was called last

-- Calls the hook of that name in every script that has it.
local function call_all(stages, name, ...)
  called = name
  for _, stage in ipairs(stages) do
    local hook = stage.hooks and stage.hooks[name]
    if hook then
      hook(...)
    end
  end
end

-- call_each(stages, name, of): each hook with a value of its own, of(stage).
local function call_each(stages, name, of)
  called = name
  for _, stage in ipairs(stages) do
    local hook = stage.hooks and stage.hooks[name]
    if hook then
      hook(of(stage))
    end
  end
end

-- with_hook(stages, name): the scripts that have a hook of that name, which is going to be
-- called for each in turn, and no other before.
local function with_hook(stages, name)
  local list = {}
  called = name
  for _, stage in ipairs(stages) do
    list[#list + 1] = stage.hooks and stage.hooks[name] and stage
  end
  return list
end

local function any_has(stages, name)
  for _, stage in ipairs(stages) do
    if stage.hooks and stage.hooks[name] then
      return true
    end
  end
  return false
end

-- Whether a script judges what is written, for which it wants all strings of the trace
-- before its first event.
local function any_guards(stages)
  for _, stage in ipairs(stages) do
    if stage.guard then
      return true
    end
  end
  return false
end

-- any_shows_page(stages): whether one shows a page while it runs (gotrace.screen).
local function any_shows_page(stages)
  for _, stage in ipairs(stages) do
    if stage.page then
      return true
    end
  end
  return false
end

-- fitting(stages): what says how large the output may be (script/fitting.lua); nil: nothing.
local function fitting(stages)
  for _, stage in ipairs(stages) do
    if stage.fitting then
      return stage.fitting
    end
  end
end

-- renew(stages, further): scripts are as if they had just been loaded.
--   further  for another trace, whose size is not known
local function renew(stages, further)
  for _, stage in ipairs(stages) do
    if stage.fitting and further then
      stage.fitting:begin()
    end
    if stage.renew then
      stage:renew()
    end
  end
end

-- Not those of the trace itself.
local function is_event_hook(name)
  return name == "any" or name == "unhandled" or
    not (hooks.is_general[name] or hooks.is_span[name])
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
  if spans.why(stages) then
    return "full", spans.why(stages)
  end
  for _, stage in ipairs(stages) do
    if stage.kind ~= "script" then
      return "full", "expressions see events as they happened"
    elseif stage.order == "thread" then
      thread = true
    elseif has_event_hooks(stage.hooks) or has_event_hooks(stage.scan) then
      return "full", stage.name .. ' hooks events without order = "thread"'
    elseif stage.counts then
      return "full", stage.name .. ' counts events without order = "thread"'
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

-- The function for a type.
local function handler_of(stages, filters, row, writes)
  local rest, filter = handler(stages, row, 1), filters(row)
  if filter == leave_out or rest == (paths.takes "types" and leave_out) then
    return writes and leave_out
  end
  return (rest or writes) and chain(filter, rest)
end

-- handlers(stages, writes): the functions by type. Filters alone, and types that
-- are left out, are no reason to look at an event, unless it is written: then
-- they say whether it stays.
local function handlers(stages, writes)
  local filters = filters_of(stages)
  return by_type(function(row)
    return handler_of(stages, filters, row, writes)
  end)
end

-- The types that a hook is called for: a set of ids.
local function ids_of(name)
  local alias, ids = hooks.aliases[name], {}
  local row = spec.by_name[alias and alias[1] or name]
  for id in pairs(spec.rows) do
    ids[id] = row == nil or row.id == id or nil
  end
  return ids
end

-- refresh(list, stages, writes, name): the functions by type, after hooks of that name have
-- changed. Yields the set of ids concerned.
local function refresh(list, stages, writes, name)
  local ids, filters = {}, filters_of(stages)
  if is_event_hook(name) then
    ids = ids_of(name)
  end
  for id in pairs(ids) do
    list[id] = handler_of(stages, filters, spec.rows[id], writes) or false
  end
  return ids
end

-- Hooks that are called though no event is looked at.
local around = { begin = true, finish = true }

-- The script's hook that sees events, any before others; nil if there is none.
local function looking_hook(stage)
  local names = {}
  for name in pairs(stage.hooks) do
    names[#names + 1] = is_event_hook(name) and name or nil
  end
  table.sort(names, function(a, b)
    return a == "any" or b ~= "any" and a < b
  end)
  return names[1]
end

-- who_looks(stages): what may look at an event, in words; nil if nothing does.
-- Hooks of a scan are looked for too: it has the same plan.
local function who_looks(stages)
  for _, stage in ipairs(stages) do
    if stage.kind == "print" then
      return stage.option or "what prints them"
    elseif stage.kind == "filter" and not is_by_type(stage) then
      return ("-f '%s'"):format(stage.text)
    elseif stage.kind == "script" then
      local name = looking_hook(stage)
      local scan = has_event_hooks(stage.scan) and "scan"
      if name or scan then
        return ("%s of %s"):format(name and "on." .. name or scan, stage.name)
      end
    end
  end
end

-- What keeps a script's trace from being copied; nil if nothing does.
local function why_rewritten(stage)
  local name = looking_hook(stage)
  if name then
    return ("on.%s may drop by goroutine, edit or add (%s)"):format(name,
      stage.name)
  elseif stage.counts then
    return stage.name .. " counts events"
  end
  for _, other in ipairs(proxy.sorted_keys(stage.hooks)) do
    if not around[other] then
      return ("on.%s (%s) is called as the trace is read"):format(other,
        stage.name)
    end
  end
end

local function add_types(mask, ids)
  for id in pairs(ids) do
    mask[id] = 1
  end
end

-- left_out(stages): the types of which each event is dropped, as a mask by type,
-- if nothing else is done to events and nobody sees them; else nil and why.
local function left_out(stages)
  local mask = ffi.new "uint8_t[256]"
  for _, stage in ipairs(stages) do
    local why
    if stage.kind == "print" then
      why = (stage.option or "-p") .. " looks at events"
    elseif stage.kind == "filter" and not is_by_type(stage) then
      why = ("-f '%s' asks for more than the type"):format(stage.text)
    elseif stage.kind == "script" then
      why = why_rewritten(stage)
    end
    if why then
      return nil, why
    end
    add_types(mask, stage.leaves_out)
  end
  return mask
end

-- dropped_names(stages): the names of the types of which each event is dropped, sorted; nil
-- if filters or hooks may drop others.
local function dropped_names(stages)
  local ids, list = {}, {}
  for _, stage in ipairs(stages) do
    if stage.kind == "filter" and not stage.leaves_out or
      stage.kind == "script" and (looking_hook(stage) or stage.counts) then
      return nil
    end
    for id in pairs(stage.leaves_out or {}) do
      ids[id] = true
    end
  end
  for id in pairs(ids) do
    list[#list + 1] = spec.rows[id].name
  end
  table.sort(list)
  return list
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
      list[#list + 1] = { kind = "script", hooks = stage.scan,
        leaves_out = {} }
    end
  end
  return list
end

-- who_inserts(stages): what may ask for regions, tasks and logs in the trace that is
-- written, in words; nil if nothing does.
local function who_inserts(stages)
  for _, stage in ipairs(stages) do
    if stage.inserts or stage.wants and stage.wants.runs then
      return stage.name .. " asks for regions, tasks or logs"
    end
  end
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

-- How well a hook's name fits what was going on: an event of that type, or the
-- hook of the trace that was called last. Less is better.
local function fit(name, type)
  if type then
    local alias = hooks.aliases[name]
    return name == "any" and 1 or name == type and 2 or
      alias and alias[1] == type and 3 or name == "unhandled" and 4 or 5
  end
  return name == called and 1 or 5
end

-- The names under which a stage has hooked the function, as { text =, fit = }.
local function names_of(stage, fn, type)
  local list = {}
  local function add(is_it, text, name)
    list[#list + 1] = is_it and { text = text .. name, fit = fit(name, type) }
      or nil
  end
  for name, parts in pairs(stage.parts or {}) do
    for _, part in ipairs(parts) do
      add(part.fn == fn, part.is_own and "on." or "probe ", name)
    end
  end
  for name, hook in pairs(stage.scan or {}) do
    add(hook == fn, "scan.", name)
  end
  table.sort(list, function(a, b)
    if a.fit ~= b.fit then
      return a.fit < b.fit
    end
    return a.text < b.text
  end)
  return list
end

-- hook_name(stages, functions, type): for error messages the name under which
-- the first of the functions that is hooked at all was called; type: that of
-- the event at hand, or nil.
local function hook_name(stages, functions, type)
  for _, fn in ipairs(functions) do
    for _, stage in ipairs(stages) do
      local best = names_of(stage, fn, type)[1]
      if best then
        return best.text
      end
    end
  end
end

return {
  handlers = handlers,
  refresh = refresh,
  left_out = left_out,
  who_looks = who_looks,
  who_inserts = who_inserts,
  behind = behind,
  scanning = scanning,
  observers = observers,
  order = order,
  call_all = call_all,
  call_each = call_each,
  any_has = any_has,
  any_guards = any_guards,
  dropped_names = dropped_names,
  any_shows_page = any_shows_page,
  fitting = fitting,
  renew = renew,
  with_hook = with_hook,
  hook_name = hook_name,
}
