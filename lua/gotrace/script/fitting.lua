-- fitting.lua: gotrace.fitting as scripts have it: what is written is to have a size at
-- most. A script says in which steps it leaves out more and more; it is loaded anew and
-- the trace written again, with one step more, until it is small enough.
local errors = require "gotrace.base.errors"
local value = require "gotrace.base.value"

local UNITS = { { "GiB", 2 ^ 30 }, { "MiB", 2 ^ 20 }, { "KiB", 2 ^ 10 } }

-- size_text(bytes): as --to-size takes it; rounded up, so that it would fit.
local function size_text(bytes)
  for _, unit in ipairs(UNITS) do
    local n = bytes / unit[2]
    if n >= 1 then
      return ("%.14g%s"):format(math.ceil(n * 10) / 10, unit[1])
    end
  end
  return ("%.0f bytes"):format(bytes)
end

local Fitting = {}
Fitting.__index = Fitting

-- "--stacks --heap": the steps that were taken; what the user asked for anyway is none.
function Fitting:taken_text()
  return table.concat(self.steps, " ", 1, self.taken)
end

-- The last step was in vain.
local function refuse(self, bytes, events)
  errors.stop(errors.status.failed, "nothing is written: with %s it is " ..
    "still %s (%s bytes), not %s; what remains are %s events: --from " ..
    "and --to cut, drop leaves out types",
    self.taken > 0 and self:taken_text() or "what is asked for",
    size_text(bytes), value.thousands(("%.0f"):format(bytes)),
    size_text(self.size), value.thousands(("%.0f"):format(events)))
end

-- judge(len, events): whether a trace of len bytes will do; if not, there is one
-- step more to take, or the run ends.
--   events  how many it has
function Fitting:judge(len, events)
  if len <= self.size then
    self.bytes = len
    return true
  elseif self.taken == #self.steps then
    refuse(self, len, events)
  end
  self.taken = self.taken + 1
  return false
end

-- begin(): for a further trace.
function Fitting:begin()
  self.taken = 0
end

-- tell(shown): what had to be left out for it.
function Fitting:tell(shown)
  local how = self.taken == 0 and "nothing more had to be left out" or
    ("%s got it there"):format(self:taken_text())
  return ("%s: %s, at most %s was asked for: %s"):format(shown,
    size_text(self.bytes), size_text(self.size), how)
end

-- library(stage): what a script gets: a function of
--   size   in bytes
--   steps  names of options, in the order in which they are taken
-- that yields how many of them to take now. It is called while the script loads.
local function library(stage)
  return function(chosen)
    local own = stage.fitting
    if not own then
      own = setmetatable({ size = chosen.size, steps = chosen.steps },
        Fitting)
      own:begin()
      stage.fitting = own
    end
    return own.taken
  end
end

return { library = library }
