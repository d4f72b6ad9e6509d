-- procs.lua: a track for each P, with the goroutines that it ran; who woke whom, and CPU
-- samples. What was swept is below it: sweeping goes on while others run.
local procs = {}
procs.__index = procs

-- new(picture)
local function new(picture)
  return setmetatable({ picture = picture, tracks = {}, sweeps = {} }, procs)
end

function procs:track(p)
  local number = self.tracks[p]
  if not number then
    self.group = self.group or self.picture:track("Procs", { rank = 2 })
    number = self.picture:track("P" .. p, { parent = self.group, rank = p })
    self.tracks[p] = number
  end
  return number
end

-- wakes(ev, what, g): ev makes g runnable; its number is that of the arrow to where g runs.
function procs:wakes(ev, what, g)
  if ev.p then
    self.picture:wake(self:track(ev.p), ev.time, what, g, ev.stack, ev.n)
  end
end

function procs:sample(ev)
  if ev.p then
    self.picture:instant(self:track(ev.p), ev.time, "CPU sample", ev.stack)
  end
end

function procs:sweep(s)
  if s.p then
    local number = self.sweeps[s.p]
    if not number then
      number = self.picture:track("sweep", { parent = self:track(s.p) })
      self.sweeps[s.p] = number
    end
    self.picture:span(number, s, s.name)
  end
end

return { new = new }
