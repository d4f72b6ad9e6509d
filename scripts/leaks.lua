-- leaks.lua: goroutines that were created in the trace and had not ended when it did: by
-- where they were created and where they wait.
--
--   $ gotrace-lua leaks --top=3 testdata/real/go1.27-faults.trace
--   function         reason        left   oldest  waits at          created at
--   main.w...othing  chan receive     7  62.79ms  main.wa...ng:129  main.le...es:124
description = "Goroutines created here that have not ended, by place"
needs = "names"
args = {
  { name = "top", short = "t", type = "int", default = 20,
    help = "rows to show; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local left = columns { by = { "function", "reason", "waits at", "created at" },
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
local function is_wanted(s)
  local wait = waits[s.g]
  local is_system = s.system or
    wait and wait.reason == "system goroutine wait"
  return opt.system or not is_system
end

function on.goroutine(s)
  if s.open == "end" then
    born[#born + 1] = s:copy()
  end
end

function on.finish()
  for _, s in ipairs(born) do
    local wait = waits[s.g] or {}
    if is_wanted(s) then
      left:add(s.func, wait.reason or "", wait.place or "", s.place or "", 1,
        s.dur)
    end
  end
end
