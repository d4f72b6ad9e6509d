-- longest.lua: how many stops of the world there were in all, and the longest: lines for people.
local format = require "gotrace.format"

local FEW = 3 -- of the longest
local BRIEF = 1e6 -- ns: a stop of less is none that one sees

local Longest = {}
Longest.__index = Longest

local function new()
  return setmetatable({ count = 0, total = 0, list = {} }, Longest)
end

-- add(s): a stop.
function Longest:add(s)
  local list, at = self.list, #self.list + 1
  self.count, self.total = self.count + 1, self.total + s.dur
  while at > 1 and list[at - 1].dur < s.dur do
    at = at - 1
  end
  table.insert(list, at, { dur = s.dur, from = s.from, name = s.name })
  list[FEW + 1] = nil
end

local function told(stop)
  return ("%s at %s, %s"):format(format.duration(stop.dur),
    format.duration(stop.from), format.line(stop.name))
end

-- print(t): what there was of a trace; nothing, if it had none.
function Longest:print(t)
  if self.count == 0 then
    return
  elseif t.inputs > 1 then
    print(format.line(t.file))
  end
  print(("stops: %s, %s in all; the longest:"):format(
    format.thousands(self.count), format.duration(self.total)))
  for _, stop in ipairs(self.list) do
    print("  " .. told(stop))
  end
  if self.list[1].dur < BRIEF then
    print "None took 1ms: where all hangs for a moment, runnable shows it, and"
    print [[--spans -f 'state == "Running" and dur > 5ms' who ran on meanwhile]]
  end
  print ""
end

return { new = new }
