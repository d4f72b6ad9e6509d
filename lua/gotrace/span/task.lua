-- task.lua: trace.task(id): what is known of a user task.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local fields = require "gotrace.span.fields"
local names = require "gotrace.engine.strings"
local object = require "gotrace.span.object"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"

local maker, number = fields.maker, object.number
local string_of, stack_of = names.string_of, names.stack_of

local raw = ffi.new "gotrace_task"
local raw_log = ffi.new "gotrace_task_log"
local raw_region = ffi.new "gotrace_task_region"

local function read(id)
  return C.gotrace_spans_task(maker.handle, id, raw)
end

local function log(id, i)
  C.gotrace_spans_task_log(maker.handle, id, i, raw_log)
  return proxy.in_order {
    time = tonumber(raw_log.time),
    g = number(raw_log.g),
    key = string_of(raw_log.key),
    value = string_of(raw_log.value),
    stack = stack_of(raw_log.stack),
  }
end

local function region(id, i)
  C.gotrace_spans_task_region(maker.handle, id, i, raw_region)
  return proxy.in_order {
    name = string_of(raw_region.name),
    g = number(raw_region.g),
    from = tonumber(raw_region.from),
    to = number(raw_region.to),
  }
end

local function goroutine(id, i)
  return tonumber(C.gotrace_spans_task_goroutine(maker.handle, id, i))
end

-- A new list of n things.
local function list(make, id, n)
  local all = {}
  for i = 1, n do
    all[i] = make(id, i - 1)
  end
  return all
end

local get = {
  id = function()
    return tonumber(raw.id)
  end,
  name = function()
    return string_of(raw.name)
  end,
  parent = function()
    return number(ffi.cast("int64_t", raw.parent))
  end,
  from = function()
    return tonumber(raw.from)
  end,
  to = function()
    return number(raw.to)
  end,
  goroutines = function(id)
    return list(goroutine, id, raw.goroutines)
  end,
  logs = function(id)
    return raw.gone == 0 and list(log, id, raw.logs) or nil
  end,
  regions = function(id)
    return raw.gone == 0 and list(region, id, raw.regions) or nil
  end,
  stats = function(id)
    return fields.stats_at(C.gotrace_spans_task_stats(maker.handle, id,
      maker.now()))
  end,
}

-- task 7 order
local function label(id)
  local name = string_of(raw.name)
  return ("task %.0f%s"):format(id, name ~= "" and " " ..
    printable.line(name) or "")
end

local of, reset = object.class { kind = "task", advice = "it is the trace's",
  read = read, get = get, label = label }

local id = ffi.new "uint64_t[1]"

-- each(): an iterator over all that have come up, in that order.
local function each()
  local i = -1
  return function()
    while true do
      i = i + 1
      if not C.gotrace_spans_task_at(maker.handle, i, id) then
        return nil
      end
      local task = number(ffi.cast("int64_t", id[0]))
      if task then
        return of(task)
      end
    end
  end
end

return { of = of, each = each, reset = reset }
