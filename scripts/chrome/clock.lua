-- clock.lua: when an event is, for Go: its own first event is 0, which in traces of Go 1.21
-- and before is a ns before the file's.
local clock = { ahead = 0 }

-- begin(t): a trace begins.
function clock.begin(t)
  clock.ahead = tonumber(t.version:match "^1%.(%d+)") < 22 and 1 or 0
end

-- of(ev)
function clock.of(ev)
  return ev.time + clock.ahead
end

-- finish(t): when its last event, of its own too, is.
function clock.finish(t)
  return t.duration + 1
end

return clock
