-- handlers.lua: which spans the stages of a run ask for, and the function that
-- each kind goes through.
local chain = require("gotrace.event.chain").of
local fields = require "gotrace.span.fields"
local paths = require "gotrace.engine.paths"

-- A hook for spans among functions, that of a kind before anyspan.
local function first_of(functions)
  for id = 0, #fields.kinds do
    if functions and functions[fields.kinds[id]] then
      return fields.kinds[id]
    end
  end
  return functions and functions.anyspan and "anyspan" or nil
end

-- hook_of(stage): a hook for spans that a script has, in words, or that it sums them; nil:
-- nothing. Hooks of a scan count, too.
local function hook_of(stage)
  local name, scan = first_of(stage.hooks), first_of(stage.scan)
  if name or scan then
    return name and "on." .. name or "scan." .. scan
  end
  return stage.sums and #stage.sums > 0 and "a sum" or nil
end

-- Whether a stage shows by its text that it may ask for something, or says that it does.
local function asks_for(stage, what)
  return stage[what] or stage.wants and stage.wants.spans or false
end

-- why(stages): what asks for spans, in words; nil if nothing does.
local function why(stages)
  for _, stage in ipairs(stages) do
    local hook = hook_of(stage)
    if hook then
      return ("%s of %s wants spans"):format(hook, stage.name)
    elseif stage.span then
      return "-f and -p are about spans"
    elseif stage.words then
      return ("%s asks for %s of events"):format(stage.name or "-f or -p",
        stage.words)
    elseif asks_for(stage, "objects") then
      return stage.name .. " asks for goroutines"
    end
  end
end

local function any(stages, is)
  for _, stage in ipairs(stages) do
    if is(stage) then
      return true
    end
  end
  return false
end

-- What takes spans of a kind for the sums of a stage that the engine does not make.
local function summing(stage, kind)
  local all
  for _, one in ipairs(stage.sums or {}) do
    all = chain(all, fields.kinds[one.kind] == kind and one.add or nil)
  end
  return all
end

-- What a stage has for spans of a kind: a script's hooks, or an expression.
local function of_stage(stage, kind)
  if stage.span then
    return stage.kinds[kind] and stage.span
  end
  return stage.hooks and chain(chain(stage.hooks.anyspan, stage.hooks[kind]),
    summing(stage, kind))
end

local function is_filter(stage)
  return stage.kind == "span filter"
end

local function filters_of(stages)
  local filters
  for _, stage in ipairs(stages) do
    filters = chain(filters, is_filter(stage) and stage.span or nil)
  end
  return filters
end

-- Filters come before all else, wherever they stand on the line.
local function handler(stages, kind)
  local rest
  for _, stage in ipairs(stages) do
    rest = chain(rest, not is_filter(stage) and of_stage(stage, kind) or nil)
  end
  return rest and chain(filters_of(stages), rest)
end

-- handlers(stages): the functions by kind (fields.kinds), from 0 on, false for kinds
-- that nobody wants now. A hook that returns false hides the span from what is behind it.
local function handlers(stages)
  local list = {}
  for id, kind in pairs(fields.kinds) do
    list[id] = handler(stages, kind) or false
  end
  return list
end

-- Whether a stage may want spans of a kind: a probe may be attached.
local function may_want(stage, kind)
  if stage.span then
    return stage.kind ~= "span filter" and stage.kinds[kind]
  end
  return stage.hooks and (stage.hooks.anyspan or stage.hooks[kind]) ~= nil or
    summing(stage, kind) ~= nil
end

-- Whether the engine may sum spans of a kind: no filter and no hook can hide one.
local function is_open(stages, kind)
  return paths.takes "sums" and not any(stages, function(stage)
    return stage.kind == "span filter" or may_want(stage, kind)
  end)
end

local function each_sum(stages, visit)
  for _, stage in ipairs(stages) do
    for _, one in ipairs(stage.sums or {}) do
      visit(one)
    end
  end
end

-- begin_sums(stages): says who makes which sums. Yields those of the engine.
local function begin_sums(stages)
  local own, rest = {}, {}
  each_sum(stages, function(one)
    one.add, one.number = nil, nil
  end)
  each_sum(stages, function(one)
    local list = is_open(stages, fields.kinds[one.kind]) and own or rest
    list[#list + 1] = one
  end)
  for _, one in ipairs(rest) do
    one.add = one:adder()
    one.add_open = chain(filters_of(stages), one.add)
  end
  return own
end

-- mask(stages): of the kinds that somebody may want.
local function mask(stages)
  local bits = 0
  for id, kind in pairs(fields.kinds) do
    bits = bits + (any(stages, function(stage)
      return may_want(stage, kind)
    end) and 2 ^ id or 0)
  end
  return bits
end

-- asks_for_objects(stages): whether hooks may ask for goroutines.
local function asks_for_objects(stages)
  return any(stages, function(stage)
    return asks_for(stage, "objects")
  end)
end

-- is_exact(stages): whether hooks may ask for what is known as of the event or span at hand,
-- or attach one there.
local function is_exact(stages)
  return any(stages, function(stage)
    return stage.words or stage.has_probes or asks_for(stage, "objects")
  end)
end

-- Whether what tasks are made of may be asked for.
local function wants_all(stage)
  return stage.wants and stage.wants.spans or stage.tasks
end

-- may_ask_for_figures(stages): whether somebody may ask for what goroutines do with their time.
local function may_ask_for_figures(stages)
  return any(stages, function(stage)
    local of_goroutines = any(stage.sums or {}, function(one)
      return one.asks_for_figures
    end)
    return of_goroutines or asks_for(stage, "objects") or wants_all(stage) or
      stage.export ~= nil
  end)
end

-- Kinds whose spans have stats.
local with_stats = { region = true, task = true, assist = true }

-- Whether a stage may ask for the stats of spans of a kind.
local function may_ask_for_stats(stage, kind)
  local scan = stage.scan or {}
  if stage.accounts and (may_want(stage, kind) or scan.anyspan or
    scan[kind]) then
    return true
  end
  return any(stage.sums or {}, function(one)
    return one.stats and fields.kinds[one.kind] == kind
  end)
end

-- accounts(stages): the kinds of spans, as a mask, of which somebody may ask for the stats;
-- all, if somebody may ask for tasks.
local function accounts(stages)
  local kinds, all = 0, any(stages, wants_all)
  for id, kind in pairs(fields.kinds) do
    local is_asked = with_stats[kind] and (all or any(stages, function(stage)
      return may_ask_for_stats(stage, kind)
    end))
    kinds = kinds + (is_asked and 2 ^ id or 0)
  end
  return kinds
end

-- who_wants_names(stages): what asks for names from the first event on, in words; nil if
-- nothing does.
local function who_wants_names(stages)
  for _, stage in ipairs(stages) do
    if stage.names then
      return stage.kind == "script" and stage.name .. " has expectations" or
        "-f and -p ask for names"
    elseif stage.wants and stage.wants.names then
      return stage.name .. ' says needs = "names"'
    end
  end
end

return {
  why = why,
  is_exact = is_exact,
  who_wants_names = who_wants_names,
  accounts = accounts,
  hook_of = hook_of,
  begin_sums = begin_sums,
  handlers = handlers,
  mask = mask,
  asks_for_objects = asks_for_objects,
  may_ask_for_figures = may_ask_for_figures,
}
