-- leaks.lua: goroutines that were created in the trace and had not ended when it did: by
-- where they were created and where they wait.
--
--   $ gotrace-lua leaks --top=3 testdata/real/go1.27-faults.trace
--   function         reason        left   oldest  waits at          created at
--   main.w...othing  chan receive     7  62.79ms  main.wa...ng:129  main.le...es:124
description = "Goroutines created here that have not ended, by place"
needs = "names"
args = {
  { name = "by", type = "keys",
    help = "what to group by: fields of their lives: func, place (where " ..
      "created), end_stack.user (where they are)" },
  { name = "top", short = "t", type = "int", default = 20,
    help = "rows to show; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local by = opt.by
local left = columns { by = by and by.names or
  { "function", "reason", "waits at", "created at" },
  "count left", "max oldest" }
left:ns():top(opt.top)

local waits = {} -- by goroutine: what it is in when the trace ends
local born = {} -- the lives that the trace saw begin, and not end

function on.state(s)
  if s.state == "Waiting" and s.open then
    waits[s.g] = { reason = s.reason, place = s.place }
  end
end

-- The tracer's own goroutine is none of the runtime's by its name.
local function is_wanted(s, reason)
  return opt.system or not (s.system or reason == "system goroutine wait")
end

function on.goroutine(s)
  if s.open ~= "end" then
    return
  elseif not by then
    born[#born + 1] = s:copy()
  elseif is_wanted(s, trace.goroutine(s.g).reason) then
    by:add(left, 1, s.dur)
  end
end

function on.finish()
  for _, s in ipairs(born) do
    local wait = waits[s.g] or {}
    if is_wanted(s, wait.reason) then
      left:add(s.func, wait.reason or "", wait.place or "", s.place or "", 1,
        s.dur)
    end
  end
end
