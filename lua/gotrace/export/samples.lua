-- samples.lua: sums by stack and labels, of which profiles are made.
--
-- The engine adds up, by the ids of stacks and numbers of label sets; here is what these
-- sets are. Those that spans have are found by what their structs say, so that nothing is
-- made for a span, and get their texts at the end of the trace: by then it has told the
-- names of its goroutines.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local fields = require "gotrace.span.fields"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"
local new_table = require "table.new"

local maker, by_kind = fields.maker, fields.by_kind
local string_of = names.string_of
local NO_REASON = tonumber(C.GOTRACE_NO_REASON)
local STATES = 8 -- more than there are
local STATE, PROC = by_kind.state, by_kind.proc

local raw = ffi.new "gotrace_sample"

local function new_sums()
  local sums = ffi.gc(C.gotrace_samples_new(), C.gotrace_samples_free)
  if sums == nil then
    memory.stop()
  end
  return sums
end

-- new(wanted): wanted: the names of the labels that spans have, as a set.
local function new(wanted)
  return { sums = new_sums(), sets = {}, tree = {}, late = {}, by_text = {},
    wanted = wanted }
end

-- add(samples, stack, set, first, second): stack: an id.
local function add(samples, stack, set, first, second)
  if not C.gotrace_samples_add(samples.sums, stack, set, first, second) then
    memory.stop()
  end
end

-- The sets of spans

-- What a span is: of a state its name, else its kind; and the name of a range, region
-- or task.
local function state_of(kind, state)
  if kind == STATE or kind == PROC then
    return fields.getters.state { s = { state = state } }
  end
  return fields.kinds[kind]
end

-- The labels, in their order; each a function of the raw values that a set is found by.
local function labels_of(set)
  local list = {}
  local function put(name, value)
    if set.wanted[name] and value and value ~= "" then
      list[#list + 1] = { key = name, value = value }
    end
  end
  put("state", state_of(set.kind, set.state))
  put("reason", set.reason > 0 and set.reason ~= NO_REASON and
    string_of(set.reason))
  put("goroutine", set.func > 0 and string_of(set.func))
  put("task", set.task > 0 and string_of(set.task))
  put("region", set.region > 0 and string_of(set.region))
  put("g", set.g >= 0 and set.g)
  return list
end

local function child(node, key)
  local next_one = node[key]
  if not next_one then
    next_one = {}
    node[key] = next_one
  end
  return next_one
end

-- A number for a set that has not come up in this trace.
local function new_set(samples, s, task)
  local set = { kind = s.kind, state = s.state, reason = s.reason,
    func = s.func, task = task, region = s.region, g = tonumber(s.g),
    wanted = samples.wanted }
  local number = #samples.sets + 1
  samples.sets[number], samples.late[number] = set, set
  return number
end

local function task_of(s)
  if ffi.cast("int64_t", s.task) > 0 and maker.handle then
    return C.gotrace_spans_task_name(maker.handle, s.task)
  end
  return 0
end

-- of_span(samples, s): the number of the label set of a span's struct.
local function of_span(samples, s)
  local wanted = samples.wanted
  local g, task = -1, 0
  if wanted.g or wanted.goroutine and s.func == 0 then
    g = tonumber(s.g)
  end
  if wanted.task then
    task = task_of(s)
  end
  local node = child(samples.tree, (s.reason * 16 + s.kind) * STATES + s.state)
  node = child(node, wanted.goroutine and s.func or 0)
  node = child(node, wanted.region and s.region or 0)
  node = child(node, task)
  local set = node[g]
  if not set then
    set = new_set(samples, s, task)
    node[g] = set
  end
  return set
end

-- The sets of scripts

local function text_of(list)
  local parts = new_table(2 * #list, 0)
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
    number = #samples.sets + 1
    samples.sets[number], samples.by_text[text] = { list = list }, number
  end
  return number
end

-- The end of a trace

local function name_late(set)
  if set.func == 0 and set.g >= 0 and maker.handle then
    set.func = C.gotrace_spans_func(maker.handle, set.g)
  end
end

-- end_trace(samples): what goroutines are called is known as far as it will be.
local function end_trace(samples)
  for _, set in pairs(samples.late) do
    name_late(set)
    set.list = labels_of(set)
  end
  samples.tree, samples.late = {}, {}
end

-- settled(samples): the sums with those put together whose labels turned out to be alike,
-- and the lists of labels by the numbers that these have.
local function settled(samples)
  local whole = new(samples.wanted)
  local i = 0
  while C.gotrace_samples_at(samples.sums, i, raw) do
    local set = raw.labels > 0 and of_list(whole,
      samples.sets[raw.labels].list) or 0
    if raw.value[0] ~= 0 or raw.value[1] ~= 0 then
      add(whole, raw.stack, set, raw.value[0], raw.value[1])
    end
    i = i + 1
  end
  return whole
end

-- each(samples): an iterator over settled ones: the id of a stack, the labels, and both
-- sums as numbers.
local function each(samples)
  local i = -1
  return function()
    i = i + 1
    if C.gotrace_samples_at(samples.sums, i, raw) then
      local set = samples.sets[raw.labels]
      return raw.stack, set and set.list or {}, tonumber(raw.value[0]),
        tonumber(raw.value[1])
    end
  end
end

return {
  new = new,
  add = add,
  of_span = of_span,
  of_list = of_list,
  end_trace = end_trace,
  settled = settled,
  each = each,
}
