-- chain.lua: hooks in a row: what comes behind one that returns false is not called.
--
-- The same two are the same function each time: hooks that come and go (probes) make no new
-- ones, which LuaJIT would have to compile again.
local made = {}

-- idle: the hook that stands where only probes are, and none is attached. It is never called
-- for an event or span.
local function idle() end

local function new(a, b)
  return function(ev)
    if a(ev) == false then
      return false
    end
    return (b(ev)) -- no tail call: see raise in fields.lua
  end
end

-- real(hook): nil for none, and for idle.
local function real(hook)
  return hook ~= idle and hook or nil
end

-- of(a, b): both in turn, where both are there; else the one that is.
local function of(a, b)
  a, b = real(a), real(b)
  if not (a and b) then
    return a or b
  end
  local with = made[a] or {}
  made[a], with[b] = with, with[b] or new(a, b)
  return with[b]
end

-- forget(): of the functions of a trace that is over nothing is kept.
local function forget()
  made = {}
end

return { of = of, real = real, idle = idle, forget = forget }
