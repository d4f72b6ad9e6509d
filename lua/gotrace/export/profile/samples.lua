-- samples.lua: sums by stack and labels, of which profiles are made.
--
-- The engine adds up, by the ids of stacks and numbers of label sets. Those of spans are its
-- own, too; they get their texts here at the end of a trace: by then it has told the names of
-- its goroutines.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local fields = require "gotrace.span.fields"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"

local maker, by_kind = fields.maker, fields.by_kind
local string_of = names.string_of
local STATE, PROC = by_kind.state, by_kind.proc
local OWN_SETS = tonumber(C.GOTRACE_OWN_SETS)

-- Labels that spans can have, in the order in which they are written.
local bits = { state = C.GOTRACE_LABEL_STATE, reason = C.GOTRACE_LABEL_REASON,
  goroutine = C.GOTRACE_LABEL_FUNC, task = C.GOTRACE_LABEL_TASK,
  region = C.GOTRACE_LABEL_REGION, g = C.GOTRACE_LABEL_G }

local whose = { own = C.GOTRACE_STACK_OWN, waker = C.GOTRACE_STACK_WAKER,
  event = C.GOTRACE_STACK_EVENT }

local raw = ffi.new "gotrace_sample"

local function new_sums()
  local sums = ffi.gc(C.gotrace_samples_new(), C.gotrace_samples_free)
  if sums == nil then
    memory.stop()
  end
  return sums
end

-- new(): lists: the labels by number of a set.
local function new()
  return { sums = new_sums(), lists = {}, by_text = {}, own = OWN_SETS,
    named = 0 }
end

-- add(samples, stack, set, first, second): stack: an id.
local function add(samples, stack, set, first, second)
  if not C.gotrace_samples_add(samples.sums, stack, set, first, second) then
    memory.stop()
  end
end

-- The sets of spans

-- rule(types, spec): what the engine is told of spans. types: how many sums there are;
-- spec: { states = a list of states or nil for all, labels = a set of names, skips_open,
-- stack = "own", "waker" or "event" }.
local function rule(types, spec)
  local one = ffi.new "gotrace_sample_rule"
  one.states, one.counts = 0xffffffff, types > 1 and 1 or 0
  one.skips_open = spec.skips_open and 1 or 0
  one.stack = tonumber(whose[spec.stack])
  for name in pairs(spec.labels) do
    one.labels = one.labels + tonumber(bits[name])
  end
  if spec.states then
    one.states = 0
  end
  for _, state in ipairs(spec.states or {}) do
    one.states = bit.bor(one.states, bit.lshift(1, fields.state_ids[state]))
  end
  return one
end

-- add_span(samples, s, rule): s: a span's struct.
local function add_span(samples, s, one)
  if not C.gotrace_samples_add_span(samples.sums, maker.handle, s, one) then
    memory.stop()
  end
end

-- What a span is: of a state its name, else its kind.
local function state_of(set)
  if set.kind == STATE or set.kind == PROC then
    return fields.getters.state { s = set }
  end
  return fields.kinds[set.kind]
end

local function text_of_id(id)
  return id > 0 and string_of(id) or nil
end

-- The labels of a set, { key =, value = }, in their order.
local function labels_of(set, wanted)
  local list = {}
  local function put(name, value)
    if value and value ~= "" and wanted[name] then
      list[#list + 1] = { key = name, value = value }
    end
  end
  put("state", state_of(set))
  put("reason", text_of_id(set.reason))
  put("goroutine", text_of_id(set.func))
  put("task", text_of_id(set.task))
  put("region", text_of_id(set.region))
  put("g", set.g >= 0 and tonumber(set.g))
  return list
end

local label_set = ffi.new "gotrace_label_set"

-- end_trace(samples, wanted): what goroutines are called is known as far as it will be.
-- wanted: the names of labels, as a set.
local function end_trace(samples, wanted)
  local number = samples.named + 1
  while C.gotrace_samples_set_at(samples.sums, number, label_set) do
    if label_set.func == 0 and label_set.g >= 0 and maker.handle then
      label_set.func = C.gotrace_spans_func(maker.handle, label_set.g)
    end
    samples.lists[number] = labels_of(label_set, wanted)
    number = number + 1
  end
  samples.named = number - 1
  C.gotrace_samples_end_trace(samples.sums)
end

-- The sets of scripts

local function text_of(list)
  local parts = {}
  for _, label in ipairs(list) do
    local key, value = label.key, tostring(label.value)
    parts[#parts + 1] = ("%d:%s=%s%d:%s"):format(#key, key,
      type(label.value), #value, value)
  end
  return table.concat(parts, ",")
end

-- of_list(samples, list): the number of the set of these labels, { key =, value = a string
-- or a number }, in their order; 0 for none.
local function of_list(samples, list)
  if #list == 0 then
    return 0
  end
  local text = text_of(list)
  local number = samples.by_text[text]
  if not number then
    number = samples.own
    samples.own = number + 1
    samples.lists[number], samples.by_text[text] = list, number
  end
  return number
end

-- settled(samples): the sums with those put together whose labels turned out to be alike,
-- and their labels as `sets`, lists by number from 1 on.
local function settled(samples)
  local whole = new()
  local i = 0
  whole.own = 1
  while C.gotrace_samples_at(samples.sums, i, raw) do
    local list = samples.lists[raw.labels]
    if raw.value[0] ~= 0 or raw.value[1] ~= 0 then
      add(whole, raw.stack, list and of_list(whole, list) or 0, raw.value[0],
        raw.value[1])
    end
    i = i + 1
  end
  whole.sets = whole.lists
  return whole
end

-- each(samples): an iterator over settled ones: the id of a stack, the labels, and both
-- sums as numbers.
local function each(samples)
  local i = -1
  return function()
    i = i + 1
    if C.gotrace_samples_at(samples.sums, i, raw) then
      return raw.stack, samples.sets[raw.labels] or {},
        tonumber(raw.value[0]), tonumber(raw.value[1])
    end
  end
end

return {
  new = new,
  rule = rule,
  add = add,
  add_span = add_span,
  of_list = of_list,
  end_trace = end_trace,
  settled = settled,
  each = each,
}
