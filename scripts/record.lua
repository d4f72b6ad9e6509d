-- record.lua: keep the last of a running program's trace, and write it where something
-- happens that --when asks for: a task that took too long, a goroutine that hangs. What is
-- going on is tried as each generation of the trace begins, about each second.
--
--   $ gotrace-lua record -w 'kind == "gc" and dur > 1ms' --keep=5ms -o 'gc-%d.trace' testdata/real/go1.27-http.trace
--   gc-1.trace	kind == "gc" and dur > 1ms	0.003346880	gc	1.701ms	30	GC concurrent mark phase
--   gotrace-lua: gc-1.trace: 73.83KiB, around 0.003346880s
--
--   $ gotrace-lua record -w 'kind == "task" and dur > 4.4ms' -o 'slow-%d.trace' testdata/real/go1.27-faults.trace
--   slow-1.trace	kind == "task" and dur > 4.4ms	0.009785856	task	4.486ms	1	request
--   slow-1.trace	kind == "task" and dur > 4.4ms	0.014590272	task	4.437ms	1	request
--   gotrace-lua: slow-1.trace: 7.998KiB, around 0.009785856s
description = "Write the trace around it, where something happens: -w EXPR"
writes = "recording"
needs = "names"
args = {
  { name = "when", short = "w", type = "filter", required = true,
    repeatable = true,
    help = "an expression about events or spans, as -f has it" },
  { name = "keep", type = "extent", default = "10s",
    help = "how much is kept before it, as time or size: 30s, 64MB" },
  { name = "after", type = "duration", default = 1e9,
    help = "how long to go on behind it" },
  { name = "max", type = "int", default = 20,
    help = "end when so many traces are written; 0: never" },
  { name = "max-size", type = "size",
    help = "end before they are larger than that, put together" },
  { name = "system", type = "bool",
    help = "spans of the runtime's goroutines, too" },
}

local recording = export.recording { keep = opt.keep, after = opt.after,
  max = opt.max ~= 0 and opt.max or nil, max_size = opt.max_size,
  spares_system = not opt.system }

-- A hook for each kind that one of the expressions is about, which tries those.
local looks = {}

local function add(hook, when)
  local before, text, holds = looks[hook], tostring(when), when.holds
  looks[hook] = function(x)
    if before then
      before(x)
    end
    if holds() then
      recording:trigger(x, text)
    end
  end
end

local has_spans = false
local least = math.huge -- ns: what lasts for less holds for none of them
for _, when in ipairs(opt.when or {}) do -- none: the script is only described
  if when.about == "events" then
    add("any", when)
  end
  if when.about == "spans" then
    has_spans, least = true, math.min(least, when.least)
  end
  for _, kind in ipairs(when.kinds) do
    add(kind, when)
  end
end

for hook, look in pairs(looks) do
  on[hook] = look
end

if has_spans then
  function on.generation()
    for s in trace.each_open(least) do
      looks[s.kind](s)
    end
  end
end
