-- sums.lua: how many spans there were, how long they lasted and which was the longest, by
-- some of their fields: the module gotrace.sums of scripts.
--
-- The engine sums spans as it makes them, where nothing comes between: no -f, no hook
-- that may hide one. Else, and with GOTRACE_PATHS=slow, they are summed here.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local exact = require "gotrace.measures.exact"
local fields = require "gotrace.span.fields"
local memory = require "gotrace.engine.memory"
local proxy = require "gotrace.base.proxy"
local sketch = require "gotrace.measures.sketch"
local spans = require "gotrace.span.span"
local suggest = require "gotrace.base.suggest"

local maker, by_kind = fields.maker, fields.by_kind
local SPAN = ffi.sizeof "gotrace_span"
local GOROUTINE = by_kind.goroutine

-- What of the engine's struct tells values of a field apart: its name there, and in
-- gotrace_sum_field.
local raw_of = {}
for name in ([[state prev next open clipped name reason func stack end_stack
  waker_stack region depth g p m waker task parent]]):gmatch "%S+" do
  raw_of[name] = { name = name, bit = C["GOTRACE_BY_" .. name:upper()] }
end
raw_of.system = raw_of.func

local function raw_field(kind, name)
  if name ~= "name" or kind ~= by_kind.state and kind ~= by_kind.proc then
    return raw_of[name]
  end
  return raw_of.state
end

-- Raw sums: { count, order, from, to, shortest, longest, total, blocked (exact.lua),
-- sketch or nil, stats = ns by word, unaccounted (exact.lua), span = the engine's struct of
-- the longest }.

-- Of equally long ones the first is kept.
local function is_longer(a, b)
  return a.longest > b.longest or
    a.longest == b.longest and a.order < b.order
end

local function merge_stats(sum, other)
  exact.merge(sum.unaccounted, other.unaccounted)
  for word, ns in pairs(other.stats) do
    sum.stats[word] = sum.stats[word] + ns
  end
end

local function merge(sum, other)
  if is_longer(other, sum) then
    sum.span, sum.order = other.span, other.order
    sum.longest = other.longest
  end
  sum.count = sum.count + other.count
  sum.from, sum.to = math.min(sum.from, other.from), math.max(sum.to, other.to)
  sum.shortest = math.min(sum.shortest, other.shortest)
  exact.merge(sum.total, other.total)
  exact.merge(sum.blocked, other.blocked)
  merge_stats(sum, other)
  if sum.sketch then
    sketch.merge(sum.sketch, other.sketch)
  end
end

local function copy_of_table(from)
  local copy = {}
  for key, value in pairs(from) do
    copy[key] = value
  end
  return copy
end

-- copies(list): sums that others may be merged into.
local function copies(list)
  local all = {}
  for i, sum in ipairs(list) do
    local copy = copy_of_table(sum)
    for _, key in ipairs { "total", "blocked", "unaccounted", "stats" } do
      copy[key] = copy_of_table(sum[key])
    end
    copy.quantiles, copy.sketch = nil, sum.sketch and sketch.new()
    if sum.sketch then
      sketch.merge(copy.sketch, sum.sketch)
    end
    all[i] = copy
  end
  return all
end

-- identity(names, span): a text, the same for spans that are alike in these fields.
local function identity(names, span)
  local parts = {}
  for i, name in ipairs(names) do
    parts[i] = tostring(span[name])
  end
  return table.concat(parts, " ")
end

-- The same while spans are summed: what has no name yet is told apart by its goroutine.
local function early_identity(sums, span)
  local text = identity(sums.raw, span)
  local is_nameless = sums.by_func and span.func == 0
  return is_nameless and text .. " g" .. tostring(span.g) or text
end

local stats_words = { "exec", "sched_wait", "syscall", "syscall_block", "block",
  "gc_assist", "sweep", "total" }

local function words_of(stats)
  local by = {}
  for _, word in ipairs(stats_words) do
    by[word] = tonumber(stats[word])
  end
  return by
end

-- Span by span

local raw_stats, no_stats = ffi.new "gotrace_stats", ffi.new "gotrace_stats"

-- What is cut by a window has no account.
local function account(sum, span)
  if span.clipped == 0 and
    C.gotrace_spans_stats(maker.handle, span.stats, raw_stats) then
    sum.stats = words_of(raw_stats)
  else
    exact.add(sum.unaccounted, sum.total.low)
  end
end

local function new_sum(sums, span)
  local struct, dur = ffi.new "gotrace_span", tonumber(span.to - span.from)
  ffi.copy(struct, span, SPAN)
  struct.stats, struct.at = 0, 0
  local sum = { span = struct, count = 1, order = sums.seen,
    from = tonumber(span.from), to = tonumber(span.to),
    shortest = dur, longest = dur,
    total = exact.new(), blocked = exact.new(),
    stats = words_of(no_stats), unaccounted = exact.new(),
    sketch = sums.quantiles and sketch.new() or nil }
  exact.add(sum.total, dur)
  exact.add(sum.blocked, math.max(tonumber(span.blocked), 0))
  if sum.sketch then
    sketch.add(sum.sketch, dur)
  end
  if sums.stats then
    account(sum, span)
  end
  return sum
end

-- Puts a span into a sum that has others: of equally long ones the first is kept.
local function put(sums, sum, span)
  local from, to = tonumber(span.from), tonumber(span.to)
  local dur = to - from
  sum.count = sum.count + 1
  sum.from, sum.to = math.min(sum.from, from), math.max(sum.to, to)
  sum.shortest = math.min(sum.shortest, dur)
  exact.add(sum.total, dur)
  exact.add(sum.blocked, math.max(tonumber(span.blocked), 0))
  if dur > sum.longest then
    ffi.copy(sum.span, span, SPAN)
    sum.span.stats, sum.span.at = 0, 0
    sum.longest, sum.order = dur, sums.seen
  end
  if sum.sketch then
    sketch.add(sum.sketch, dur)
  end
end

-- adder(sums): what takes each span of its kind.
local function adder(sums)
  sums.list, sums.at, sums.seen = {}, {}, 0
  return function()
    local span = fields.cur.s
    if bit.band(bit.rshift(sums.states, span.state), 1) == 0 then
      return
    end
    sums.seen = sums.seen + 1
    local text = early_identity(sums, span)
    local sum = sums.at[text]
    if sum and not sums.stats then
      put(sums, sum, span)
    elseif sum then
      merge(sum, new_sum(sums, span))
    else
      sum = new_sum(sums, span)
      sums.at[text], sums.list[#sums.list + 1] = sum, sum
    end
  end
end

-- In the engine

local raw = ffi.new "gotrace_sum"

local function read_sum()
  local span = ffi.new "gotrace_span"
  ffi.copy(span, raw.longest, SPAN)
  return { span = span, count = tonumber(raw.count),
    order = tonumber(raw.order),
    from = tonumber(raw.from), to = tonumber(raw.to),
    shortest = tonumber(raw.shortest), longest = tonumber(span.to - span.from),
    total = exact.of_total(raw.total),
    blocked = exact.of_total(raw.blocked), stats = words_of(raw.stats),
    unaccounted = exact.of_total(raw.unaccounted), buckets = {} }
end

local bucket = ffi.new "gotrace_sum_bucket"

local function read_buckets(number, list)
  local place = ffi.new "gotrace_sum_place"
  while C.gotrace_spans_sum_bucket(maker.handle, number, place, bucket) do
    local buckets, i = list[bucket.sum + 1].buckets, bucket.bucket
    buckets[i] = (buckets[i] or 0) + bucket.count
  end
  for _, sum in ipairs(list) do
    sum.sketch = sketch.of(sum.count, sum.shortest, sum.longest, sum.buckets)
  end
end

local function read_list(sum_at, number)
  local list = {}
  while sum_at(maker.handle, number, #list, raw) do
    list[#list + 1] = read_sum()
  end
  return list
end

local function read(sums)
  local list = read_list(C.gotrace_spans_sum_at, sums.number)
  if sums.quantiles then
    read_buckets(sums.number, list)
  end
  return list
end

-- begin(sums, number): the engine is to sum; number: of those that it sums, from 0 on. Yields
-- how many of these numbers it takes.
local function begin(sums, number)
  local spec = ffi.new("gotrace_sum_spec", {
    bucket = sums.quantiles and sketch.WIDTH or 0, kind = sums.kind,
    states = sums.states, by = sums.mask, stats = sums.stats and 1 or 0 })
  if not C.gotrace_spans_sum(maker.handle, spec) then
    memory.stop()
  end
  sums.number = number
  return 1
end

-- What is going on

-- The spans of it, which count for the sums of `all` that are made here. Their lists of what
-- has ended are put aside meanwhile.
local function add_open(all, n)
  local made = C.gotrace_spans_made(maker.handle)
  for i = 0, n - 1 do
    local add = all[made[i].kind]
    if add then
      fields.cur.s = made + i
      add(spans.span)
    end
  end
  fields.set_idle()
end

local looked_at -- maker.turn of which the engine has summed what was going on

local function look_at_open()
  local n = C.gotrace_spans_sum_open(maker.handle)
  looked_at = maker.turn
  return n >= 0 and n or memory.stop()
end

-- A list of sums of what is going on. The engine looks at all of them at once.
local function read_open(sums)
  if sums.number then
    if looked_at ~= maker.turn then
      look_at_open()
    end
    return read_list(C.gotrace_spans_sum_open_at, sums.number)
  end
  local n = look_at_open()
  local list, at, seen = sums.list, sums.at, sums.seen
  sums.list, sums.at, sums.seen = {}, {}, 0
  add_open({ [sums.kind] = sums.add_open }, n)
  local open = sums.list
  sums.list, sums.at, sums.seen = list, at, seen
  return open
end

-- What scripts get

-- Names that came late: goroutines that had none are called what they are by now.
local function name(sum)
  local span = sum.span
  if span.func == 0 and span.g >= 0 then
    span.func = C.gotrace_spans_func(maker.handle, span.g)
    span.system = C.gotrace_spans_system(maker.handle, span.g)
    if span.kind == GOROUTINE then
      span.name = span.func
    end
  end
end

-- Those that turned out to be alike are one.
local function settle(sums, all, list, at)
  for _, sum in ipairs(all) do
    name(sum)
    local text = identity(sums.shown, sum.span)
    if at[text] then
      merge(at[text], sum)
      at[text].quantiles = nil
    else
      at[text], list[#list + 1] = sum, sum
    end
  end
  return list
end

local function settled(sums, all)
  return settle(sums, all, {}, {})
end

local values
local numbers = { count = true, from = true, to = true, shortest = true,
  order = true }

local function longest(sum)
  if sum.spares_longest then
    error("sums { longest = false, ... } have no longest span; how long it " ..
      "was is max", 4)
  end
  return spans.copy(sum.span)
end

local totals = { total = true, blocked = true, unaccounted = true }

local place_of = { p50 = 1, p90 = 2, p99 = 3 } -- as sketch.quantiles has them

local function quantile(sum, key)
  sum.quantiles = sum.quantiles or sum.sketch and sketch.quantiles(sum.sketch)
  return sum.quantiles and sum.quantiles[place_of[key]]
end

local function value(sum, key)
  if numbers[key] then
    return sum[key]
  elseif place_of[key] then
    return quantile(sum, key)
  elseif key == "stats" and sum.has_stats then
    return proxy.in_order(sum.stats)
  elseif totals[key] then
    return exact.number(sum[key])
  elseif key == "max" then
    return sum.longest
  elseif key == "longest" then
    return longest(sum)
  elseif not sum.by[key] then
    error(('a sum has no "%s": it has count, total, blocked, from, to, ' ..
      "shortest, longest, max and %s"):format(tostring(key),
      table.concat(sum.names, ", ")), 3)
  elseif key == "system" then
    return sum.span.system ~= 0
  end
  return fields.getters[key] { s = sum.span }
end

local new
new, values = proxy.class("sum", "they say what happened", {
  __index = function(object, key)
    return (value(values[object], key))
  end,
})

local methods = {}

local new_sums, of = proxy.class("sums", "they fill up by themselves", {
  __index = function(_, key)
    return methods[key] or error(('sums have no "%s": they have each(), ' ..
      "open(), clear() and all()"):format(tostring(key)), 2)
  end,
})

-- The sums behind an object, of which a method is called, and that there are any.
local function check_call(object, method)
  local sums = of[object] or error(("call it with a colon: x:%s()")
    :format(method), 3)
  if not maker.handle or not (sums.number or sums.list) then
    error("sums are there while a trace is read, as in on.generation, and " ..
      "in on.finish", 3)
  end
  return sums
end

local function iterator(sums, list)
  local i = 0
  return function()
    i = i + 1
    local sum = list[i]
    if sum then
      sum.by, sum.names, sum.has_stats = sums.by, sums.names, sums.stats
      sum.spares_longest = sums.spares_longest
      return new(sum)
    end
  end
end

-- What has ended since the last clear().
local function ended(sums)
  return sums.number and read(sums) or copies(sums.list)
end

-- The same, those that are alike put together: of the engine's read once, however often it is
-- asked for before something more may have happened.
local function seen(sums)
  if not sums.number then
    return settled(sums, ended(sums))
  elseif sums.seen_at ~= maker.turn then
    sums.seen_list, sums.seen_at = settled(sums, ended(sums)), maker.turn
  end
  return sums.seen_list
end

-- each(): an iterator over the sums of what has ended, in the order in which they came up.
function methods.each(object)
  local sums = check_call(object, "each")
  return iterator(sums, seen(sums))
end

-- open(): the same of what is going on, as if it ended now.
function methods.open(object)
  local sums = check_call(object, "open")
  return iterator(sums, settled(sums, read_open(sums)))
end

-- all(): as each(), of what was cleared, too. For that it has to be kept.
function methods.all(object)
  local sums = check_call(object, "all")
  if not sums.keep then
    error("all() is of sums { keep = true, ... }", 2)
  end
  local list, at = {}, {}
  settle(sums, copies(sums.past), list, at)
  return iterator(sums, settle(sums, copies(seen(sums)), list, at))
end

-- What is cleared; whoever has one of these sums keeps it as it is.
local function put_by(sums)
  for _, sum in ipairs(seen(sums)) do
    name(sum)
    local known = sums.past_at[identity(sums.shown, sum.span)]
    settle(sums, known and { sum } or copies { sum }, sums.past, sums.past_at)
  end
end

-- clear(): from now on they are sums of what comes.
function methods.clear(object)
  local sums = check_call(object, "clear")
  if sums.keep then
    put_by(sums)
  end
  sums.seen_at = nil
  if sums.number then
    C.gotrace_spans_sum_clear(maker.handle, sums.number)
  else
    sums.list, sums.at = {}, {}
  end
end

local states = { Runnable = C.GOTRACE_STATE_RUNNABLE,
  Running = C.GOTRACE_STATE_RUNNING, Syscall = C.GOTRACE_STATE_SYSCALL,
  Waiting = C.GOTRACE_STATE_WAITING, Idle = C.GOTRACE_STATE_IDLE }

local function refuse(message, ...)
  error("sums: " .. message:format(...), 4)
end

local function check_known(what, word, known)
  if known[word] == nil then
    local names = proxy.sorted_keys(known)
    refuse("no %s is called %s%s; there are %s", what, tostring(word),
      suggest.hint(tostring(word), names), table.concat(names, ", "))
  end
end

local function check(spec)
  if type(spec) ~= "table" then
    refuse('a table is wanted: sums { kind = "state", by = { "func" } }')
  end
  check_known("kind of spans", spec.kind, by_kind)
  if spec.state ~= nil then
    check_known("state", spec.state, states)
  end
  for _, field in ipairs(spec.by or {}) do
    check_known("field to sum by", field, raw_of)
  end
end

local function set_fields(sums, names)
  local known = {}
  for _, field in ipairs(names) do
    local one = raw_field(sums.kind, field)
    sums.by[field] = true
    sums.shown[#sums.shown + 1] = field == "system" and field or one.name
    if not known[one.name] then
      known[one.name], sums.raw[#sums.raw + 1] = true, one.name
      sums.mask = sums.mask + 2 ^ tonumber(one.bit)
    end
  end
  sums.by_func = known.func or false
end

local function make(spec)
  check(spec)
  local sums = { kind = by_kind[spec.kind], raw = {}, shown = {},
    by = {}, mask = 0, names = { unpack(spec.by or {}) },
    quantiles = spec.quantiles, stats = spec.stats, keep = spec.keep,
    past = {}, past_at = {}, spares_longest = spec.longest == false,
    states = spec.state and 2 ^ tonumber(states[spec.state]) or 0xffffffff }
  set_fields(sums, sums.names)
  return sums
end

-- library(stage): sums { kind =, state = nil for all, by = { field, ... }, quantiles =
-- whether tables with quantiles are made of them, stats = whether those of spans that have
-- any are summed, longest = false where nobody asks for the longest span }.
local function library(stage)
  return function(spec)
    if stage.loaded then
      error("sums are made while the script loads, not later", 2)
    end
    local sums = make(spec)
    sums.adder, sums.begin = adder, begin
    stage.sums[#stage.sums + 1] = sums
    return new_sums(sums)
  end
end

-- raw(object): what tables take of a sum; nil: it is none.
local function raw_of_object(object)
  return values[object]
end

return { library = library, raw = raw_of_object }
