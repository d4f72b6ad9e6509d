-- stats.lua: how time was spent, as scripts read it: of a goroutine, and of what lies in
-- a region, an assist or a task.
local proxy = require "gotrace.base.proxy"
local suggest = require "gotrace.base.suggest"

local sums = { "exec", "sched_wait", "syscall", "syscall_block", "block",
  "gc_assist", "sweep", "total" }
local names = { "block_by", "unknown", unpack(sums) }
table.sort(names)

local values
local function no_field(name)
  error(('stats have no field "%s"%s; they have %s'):format(tostring(name),
    suggest.hint(tostring(name), names), table.concat(names, ", ")), 3)
end

local new
new, values = proxy.class("stats", "they are the trace's", {
  __index = function(stats, name, ...)
    local value = values[stats][name]
    if value == nil then
      no_field(name)
    end
    return value
  end,
})

-- Go's UnknownTime: what of the total nothing accounts for.
local function unknown(stats)
  local rest = stats.total - stats.exec - stats.sched_wait - stats.syscall -
    stats.syscall_block - stats.block
  return math.max(rest, 0)
end

-- of(raw, block_by): raw: the engine's struct; block_by: a table of ns by reason.
local function of(raw, block_by)
  -- Field by field: names that are constants are compiled, and there may be
  -- many goroutines.
  local all = { exec = tonumber(raw.exec),
    sched_wait = tonumber(raw.sched_wait),
    syscall = tonumber(raw.syscall),
    syscall_block = tonumber(raw.syscall_block), block = tonumber(raw.block),
    gc_assist = tonumber(raw.gc_assist), sweep = tonumber(raw.sweep),
    total = tonumber(raw.total), unknown = 0, block_by = false }
  all.unknown, all.block_by = unknown(all), proxy.in_order(block_by)
  return new(all)
end

return { of = of }
