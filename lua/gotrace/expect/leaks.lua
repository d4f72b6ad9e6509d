-- leaks.lua: goroutines that have not ended: each is told with what it waits for.
local listed = require "gotrace.expect.listed"

-- rule(): as before.lua's, and a hook for states.
local function rule()
  local note, judge = listed "%d were created here and have not ended"
  local left, waits = {}, {} -- goroutines; and by goroutine, what it is in at the end

  local function look(s)
    if s.state == "Waiting" and s.open then
      waits[s.g] = { reason = s.reason, stack = s.stack }
    end
  end

  local function keep(thing)
    left[#left + 1] = thing
  end

  -- The tracer's own goroutine is none of the runtime's by its name.
  local function judge_all()
    for _, thing in ipairs(left) do
      local wait = waits[thing.g] or {}
      thing.name = wait.reason and "waits: " .. wait.reason or "runs"
      thing.stack = wait.stack or thing.stack
      if wait.reason ~= "system goroutine wait" then
        note.a(thing)
      end
    end
    return judge()
  end

  return { a = keep }, judge_all, look
end

return rule
