-- goroutine_sums.lua: what goroutines that are alike did with their time, summed up: the
-- module gotrace.goroutine_sums of scripts.
--
-- The engine goes through all that it knows of goroutines, once the trace has been read,
-- where no -f and no hook may hide one. Else, and with GOTRACE_PATHS=slow, it is done here,
-- goroutine by goroutine.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local exact = require "gotrace.measures.exact"
local fields = require "gotrace.span.fields"
local goroutine = require "gotrace.span.goroutine"
local memory = require "gotrace.engine.memory"
local proxy = require "gotrace.base.proxy"
local sketch = require "gotrace.measures.sketch"
local string_of = require("gotrace.engine.strings").string_of
local suggest = require "gotrace.base.suggest"

local maker = fields.maker

-- By number, from 0 on, as gotrace_group.figures.
local words = { [0] = "exec", "sched_wait", "syscall", "syscall_block", "block",
  "gc_assist", "sweep", "total", "unknown" }
local FIGURES = tonumber(C.GOTRACE_FIGURES)

local number_of = {}
for i = 0, FIGURES - 1 do
  number_of[words[i]] = i
end

-- Raw sums: { name, system, count, figures = by word, block_by = by reason }; a figure is what
-- measures make tables of (measures.lua, add_sum): { count, total (exact.lua), shortest,
-- longest, sketch if it is one of sums.quantiles }.

-- Goroutine by goroutine

local function new_figure()
  return { count = 0, total = exact.new(), shortest = math.huge,
    longest = -math.huge }
end

local function add_figure(figure, ns)
  figure.count = figure.count + 1
  exact.add(figure.total, ns)
  figure.shortest = math.min(figure.shortest, ns)
  figure.longest = math.max(figure.longest, ns)
  if figure.sketch then
    sketch.add(figure.sketch, ns)
  end
end

local function new_sum(sums, name, system)
  local sum = { name = name, system = system, count = 0, figures = {},
    block_by = {} }
  for word in pairs(number_of) do
    sum.figures[word] = new_figure()
  end
  for word in pairs(sums.quantiles) do
    sum.figures[word].sketch = sketch.new()
  end
  return sum
end

local function add_goroutine(sum, stats)
  sum.count = sum.count + 1
  for word, figure in pairs(sum.figures) do
    add_figure(figure, stats[word])
  end
  for reason, ns in next, stats.block_by do
    local figure = sum.block_by[reason] or new_figure()
    sum.block_by[reason] = figure
    add_figure(figure, ns)
  end
end

-- adder(sums): what takes each life.
local function adder(sums)
  sums.told = {}
  return function()
    sums.told[tonumber(fields.cur.s.g)] = true
  end
end

local function sum_up(sums)
  local list, at = {}, {}
  for g in goroutine.each() do
    if sums.told[g.id] then
      local name = sums.by_name and g.name or ""
      local key = (g.system and "system " or "own ") .. name
      if not at[key] then
        at[key] = new_sum(sums, name, g.system)
        list[#list + 1] = at[key]
      end
      add_goroutine(at[key], g.stats)
    end
  end
  return list
end

-- In the engine

local function read_figure(count, figure)
  return { count = tonumber(count), total = exact.of_total(figure.total),
    shortest = tonumber(figure.least), longest = tonumber(figure.most),
    buckets = {} }
end

local function read_figures(group)
  local by = {}
  for i = 0, FIGURES - 1 do
    by[words[i]] = read_figure(group.count, group.figures[i])
  end
  return by
end

local function read_groups(handle)
  local list, group = {}, ffi.new "gotrace_group"
  while C.gotrace_groups_at(handle, #list, group) do
    list[#list + 1] = { name = string_of(group.func),
      system = group.system ~= 0, count = tonumber(group.count),
      figures = read_figures(group), block_by = {} }
  end
  return list
end

local function read_blocks(handle, list)
  local block, i = ffi.new "gotrace_group_block", 0
  while C.gotrace_groups_block(handle, i, block) do
    list[block.group + 1].block_by[string_of(block.reason)] =
      read_figure(block.count, block.figure)
    i = i + 1
  end
end

local function read_buckets(sums, handle, list)
  local bucket = ffi.new "gotrace_sum_bucket"
  local place = ffi.new "gotrace_sum_place"
  while C.gotrace_groups_bucket(handle, place, bucket) do
    local group, figure = math.floor(bucket.sum / FIGURES), bucket.sum % FIGURES
    local buckets = list[group + 1].figures[words[figure]].buckets
    buckets[bucket.bucket] = (buckets[bucket.bucket] or 0) + bucket.count
  end
  for _, sum in ipairs(list) do
    for word in pairs(sums.quantiles) do
      local f = sum.figures[word]
      f.sketch = sketch.of_sum(f.count, f.shortest, f.longest, f.buckets)
    end
  end
end

local function read(sums)
  local mask = 0
  for word in pairs(sums.quantiles) do
    mask = mask + 2 ^ number_of[word]
  end
  local spec = ffi.new("gotrace_group_spec", { bucket = sketch.WIDTH,
    quantiles = mask, by_func = sums.by_name })
  local handle = C.gotrace_spans_groups(maker.handle, spec, maker.now())
  if handle == nil then
    memory.stop()
  end
  ffi.gc(handle, C.gotrace_groups_free)
  local list = read_groups(handle)
  read_blocks(handle, list)
  read_buckets(sums, handle, list)
  C.gotrace_groups_free(ffi.gc(handle, nil))
  return list
end

-- begin(sums): the engine is to sum. Yields of how many specs of spans: none.
local function begin(sums)
  sums.told = nil
  sums.in_engine = true
  return 0
end

-- What scripts get

local function no_field(what, name, names)
  error(('%s has no "%s"%s; it has %s'):format(what, tostring(name),
    suggest.hint(tostring(name), names), table.concat(names, ", ")), 3)
end

local figure_fields = { "count", "longest", "shortest", "total" }

local new_figure_object, raw_of
new_figure_object, raw_of = proxy.class("figure", "they say what happened", {
  __index = function(object, name)
    local figure = raw_of[object]
    if name == "total" then
      return exact.number(figure.total)
    elseif name == "count" or name == "shortest" or name == "longest" then
      return figure[name]
    end
    no_field("a figure of goroutines", name, figure_fields)
  end,
})

local sum_fields = { "block_by", "count", "name", "system" }
for i = 0, FIGURES - 1 do
  sum_fields[#sum_fields + 1] = words[i]
end
table.sort(sum_fields)

local own = { count = true, name = true, system = true }

local function blocks(sum)
  local by = {}
  for reason, figure in pairs(sum.block_by) do
    by[reason] = new_figure_object(figure)
  end
  return proxy.in_order(by)
end

local new, values
new, values = proxy.class("sum", "they say what happened", {
  __index = function(object, name)
    local sum = values[object]
    if own[name] then
      return sum[name]
    elseif name == "block_by" then
      return blocks(sum)
    elseif not number_of[name] then
      no_field("a sum of goroutines", name, sum_fields)
    end
    return new_figure_object(sum.figures[name])
  end,
})

local methods = {}

local new_sums, of = proxy.class("sums", "they fill up by themselves", {
  __index = function(_, name)
    return methods[name] or error(('sums have no "%s": they have each()')
      :format(tostring(name)), 2)
  end,
})

-- each(): an iterator over the sums, in the order in which their first goroutines came up:
-- at the end of the trace, in on.finish.
function methods.each(object)
  local sums = of[object] or error("call it with a colon: x:each()", 2)
  if not maker.handle or not (sums.in_engine or sums.told) then
    error("sums are there when the trace has been read, in on.finish", 2)
  end
  local list, i = sums.in_engine and read(sums) or sum_up(sums), 0
  goroutine.lives.asked = true
  return function()
    i = i + 1
    return list[i] and new(list[i])
  end
end

local function refuse(message, ...)
  error("goroutine_sums: " .. message:format(...), 4)
end

local function check(spec)
  if type(spec) ~= "table" then
    refuse 'a table is wanted: goroutine_sums { by = "name" }'
  elseif spec.by ~= nil and spec.by ~= "name" then
    refuse('they are by "name", or by nothing, not by %s', tostring(spec.by))
  elseif spec.quantiles ~= nil and type(spec.quantiles) ~= "table" then
    refuse('quantiles are a list, such as { "exec" }, not a %s',
      proxy.kind(spec.quantiles))
  end
end

local function make(spec)
  check(spec)
  local sums = { kind = fields.by_kind.goroutine, quantiles = {},
    asks_for_figures = true,
    by_name = spec.by ~= nil, adder = adder, begin = begin }
  for _, word in ipairs(spec.quantiles or {}) do
    if not number_of[word] then
      local known = proxy.sorted_keys(number_of)
      refuse('goroutines have no "%s"%s; they have %s', tostring(word),
        suggest.hint(tostring(word), known), table.concat(known, ", "))
    end
    sums.quantiles[word] = true
  end
  return sums
end

-- library(stage): goroutine_sums { by = "name" or nil for all together, quantiles = the words
-- of stats of which tables with quantiles are made }.
local function library(stage)
  return function(spec)
    if stage.loaded then
      error("sums are made while the script loads, not later", 2)
    end
    local sums = make(spec)
    stage.sums[#stage.sums + 1] = sums
    return new_sums(sums)
  end
end

-- raw(object): what tables take of a figure; nil: it is none.
local function raw_of_object(object)
  return raw_of[object]
end

return { library = library, raw = raw_of_object }
