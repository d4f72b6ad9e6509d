-- goroutine.lua: trace.goroutine(id): what is known of a goroutine, as of the
-- event or span at hand.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local fields = require "gotrace.span.fields"
local names = require "gotrace.engine.strings"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local suggest = require "gotrace.base.suggest"

local string_of, stack_of = names.string_of, names.stack_of
local NO_REASON = tonumber(C.GOTRACE_NO_REASON)
local maker = fields.maker
local states = { "Runnable", "Running", "Syscall", "Waiting", [6] = "NotExist" }

local raw = ffi.new "gotrace_goroutine"
local reason, ns = ffi.new "uint32_t[1]", ffi.new "int64_t[1]"

local function number(value)
  local n = tonumber(value)
  return n >= 0 and n or nil
end

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

local sums = { "exec", "sched_wait", "syscall", "syscall_block", "block",
  "gc_assist", "sweep", "total" }

local new_stats = proxy.class("stats", "they are the trace's")

-- Go's UnknownTime: what of the total nothing accounts for.
local function unknown(stats)
  local rest = stats.total - stats.exec - stats.sched_wait - stats.syscall -
    stats.syscall_block - stats.block
  return math.max(rest, 0)
end

local function stats(id)
  local all = {}
  for _, name in ipairs(sums) do
    all[name] = tonumber(raw.stats[name])
  end
  all.unknown = unknown(all)
  all.block_by = blocks(id)
  return new_stats(all)
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
    return number(ffi.cast("int64_t", raw.task))
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
  stats = stats,
}
for _, name in ipairs { "created", "started", "ended", "creator", "p", "m" } do
  get[name] = function()
    return number(raw[name])
  end
end

local all_names = { "vars" }
for name in pairs(get) do
  all_names[#all_names + 1] = name
end
table.sort(all_names)

-- By id: objects, and what scripts keep with them.
local objects, vars = {}, {}

local function vars_of(id)
  vars[id] = vars[id] or {}
  return vars[id]
end

local function no_field(name)
  error(('a goroutine has no field "%s"%s; it has %s'):format(tostring(name),
    suggest.hint(tostring(name), all_names),
    table.concat(all_names, ", ")), 3)
end

local ids
local meta = {}

function meta.__index(g, name)
  local id = ids[g]
  if name == "vars" then
    return vars_of(id)
  elseif not get[name] then
    no_field(name)
  elseif maker.handle and read(id) then
    return get[name](id)
  end
end

function meta.__pairs(g)
  local known = {}
  for _, name in ipairs(all_names) do
    known[name] = g[name]
  end
  return next, known
end

-- G18 main.worker
function meta.__tostring(g)
  local name = g.name or ""
  return ("G%.0f%s"):format(ids[g], name ~= "" and " " ..
    printable.line(name) or "")
end

local new
new, ids = proxy.class("goroutine", "it is the trace's; vars is the script's",
  meta)

-- of(id): the goroutine; nil: there is none of that id (yet).
local function of(id)
  if not (maker.handle and read(id)) then
    return nil
  end
  objects[id] = objects[id] or new(id)
  return objects[id]
end

-- each(): an iterator over all that have come up, in that order.
local function each()
  local i = -1
  return function()
    i = i + 1
    local id = tonumber(C.gotrace_spans_goroutine_at(maker.handle, i))
    return id >= 0 and of(id) or nil
  end
end

-- id_of(value): the id of a goroutine object; nil for whatever else.
local function id_of(value)
  return value ~= nil and ids[value] or nil
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
  objects, vars = {}, {}
end

return {
  of = of,
  each = each,
  id_of = id_of,
  name_of = name_of,
  forget = forget,
  reset = reset,
}
