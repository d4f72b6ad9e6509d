-- context: the context that Go's converters give to events of Go 1.5 to 1.21, as
-- ours: what ran just before the event, which is what v2 means by it too
-- (docs/design.md, "v1: index, merge, convert").
local context = {}

-- What Go does not say. It matches anything but a P that there is none.
context.ANY = "?"

local NOBODY_RUNS = { GoStart = true, GoStatus = true }
local NO_P = { ProcStart = true, ProcStatus = true, GoSyscallEndBlocked = true }
-- Go 1.15 gives them to no goroutine.
local COLLECTOR = { GCBegin = true, GCEnd = true, STWBegin = true, STWEnd = true }

-- Go's Ps 1000000 and above are the network, timers, the collector: the P that
-- the event was on is lost.
local function is_made_up(p)
  return #p == 7 and tonumber(p) ~= nil
end

local function proc(typ, p)
  return NO_P[typ] and "-" or is_made_up(p) and context.ANY or p
end

-- `Type p g ...`, separated by TABs, of Go; collector: its goroutine is lost too.
function context.before(key, collector)
  local typ, p, g, rest = key:match("^([^\t]*)\t([^\t]*)\t([^\t]*)(.*)$")
  g = NOBODY_RUNS[typ] and "-" or collector and COLLECTOR[typ] and context.ANY or g
  return table.concat({ typ, proc(typ, p), g }, "\t") .. rest
end

local function fits(want, got)
  return want == got or want == context.ANY
end

-- Whether got, ours, is what Go says by want.
function context.matches(want, got)
  local wt, wp, wg, wrest = want:match("^([^\t]*)\t([^\t]*)\t([^\t]*)(.*)$")
  local gt, gp, gg, grest = got:match("^([^\t]*)\t([^\t]*)\t([^\t]*)(.*)$")
  return wt == gt and fits(wp, gp) and not is_made_up(gp) and fits(wg, gg) and wrest == grest
end

return context
