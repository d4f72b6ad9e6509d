-- goroutine.lua: trace.goroutine(id): what is known of a goroutine.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local maker = require("gotrace.span.fields").maker
local names = require "gotrace.engine.strings"
local object = require "gotrace.span.object"
local printable = require "gotrace.base.printable"
local stats_of = require("gotrace.span.stats").of

local string_of, stack_of = names.string_of, names.stack_of
local NO_REASON = tonumber(C.GOTRACE_NO_REASON)
local states = { "Runnable", "Running", "Syscall", "Waiting", [6] = "NotExist" }

local raw = ffi.new "gotrace_goroutine"
local reason, ns = ffi.new "uint32_t[1]", ffi.new "int64_t[1]"

local function read(id)
  return C.gotrace_spans_goroutine(maker.handle, id, maker.now(), raw)
end

-- Ns by reason.
local function blocks(id)
  local by, now = {}, maker.now()
  for i = 0, raw.reasons - 1 do
    C.gotrace_spans_block(maker.handle, id, i, now, reason, ns)
    by[string_of(reason[0])] = tonumber(ns[0])
  end
  return by
end

local get = {
  id = function()
    return tonumber(raw.id)
  end,
  name = function()
    return string_of(raw.name)
  end,
  created_at = function()
    return stack_of(raw.created_at)
  end,
  task = function()
    return object.number(ffi.cast("int64_t", raw.task))
  end,
  labels = function()
    return raw.label > 0 and { string_of(raw.label) } or {}
  end,
  system = function()
    return raw.system ~= 0
  end,
  state = function()
    return states[raw.state]
  end,
  since = function()
    return states[raw.state] and tonumber(raw.since) or nil
  end,
  reason = function()
    return raw.reason ~= NO_REASON and string_of(raw.reason) or nil
  end,
  stats = function(id)
    return stats_of(raw.stats, blocks(id))
  end,
}
object.numbers(get, raw, { "created", "started", "ended", "creator", "p", "m" })

local vars = {} -- what scripts keep, by id

local function vars_of(id)
  vars[id] = vars[id] or {}
  return vars[id]
end

-- G18 main.worker
local function label(id)
  local name = string_of(raw.name)
  return ("G%.0f%s"):format(id, name ~= "" and " " .. printable.line(name) or
    "")
end

local of, forget_objects, id_of = object.class {
  kind = "goroutine",
  advice = "it is the trace's; vars is the script's",
  read = read,
  get = get,
  own = { vars = vars_of },
  label = label,
}

-- Whether a script went through whole lives.
local lives = { asked = false }

-- each(): an iterator over all that have come up, in that order.
local function each()
  local i = -1
  lives.asked = true
  return function()
    i = i + 1
    local id = tonumber(C.gotrace_spans_goroutine_at(maker.handle, i))
    return id >= 0 and of(id) or nil
  end
end

-- name_of(id): what is known of its name now; "" is nothing.
local function name_of(id)
  return maker.handle and read(id) and string_of(raw.name) or ""
end

-- What a script keeps with a goroutine is gone when it ends.
local function forget(id)
  vars[id] = nil
end

local function reset()
  vars = {}
  forget_objects()
end

return {
  of = of,
  each = each,
  id_of = id_of,
  lives = lives,
  name_of = name_of,
  forget = forget,
  reset = reset,
}
