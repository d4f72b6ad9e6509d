-- diag.lua: the engine's error value as an object, and as a line.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local suggest = require "gotrace.base.suggest"

local NO_OFFSET = 2 ^ 63
local SYSTEM = tonumber(C.GOTRACE_SYSTEM)

local function chars(array, size)
  return printable.line(ffi.string(array, size):match "^[^%z]*")
end

local function optional(s)
  return s and s ~= "" and printable.line(s) or nil
end

-- "offset 123, generation 2, thread 7, GoStart: "
local function place(d)
  local where = {}
  local function add(label, value)
    where[#where + 1] = value and label .. value
  end
  add("offset ", d.offset)
  add("generation ", d.gen)
  add("thread ", d.m)
  add("", d.event)
  return #where > 0 and table.concat(where, ", ") .. ": " or ""
end

-- " (have ..., want ...)"
local function detail(d)
  local parts = {}
  parts[#parts + 1] = d.have and "have " .. d.have
  parts[#parts + 1] = d.want and "want " .. d.want
  return #parts > 0 and (" (%s)"):format(table.concat(parts, ", ")) or ""
end

local function text(d)
  if d.system then
    return ("%s: %s"):format(d.what, d.have)
  end
  return place(d) .. d.what .. detail(d)
end

-- What scripts find in a damage, where it is known.
local names = { "what", "offset", "gen", "m", "event", "have", "want", "lost",
  "cause", "time" }
local is_name = { system = true, cut = true }
for _, name in ipairs(names) do
  is_name[name] = true
end

local new_damage, damages
new_damage, damages = proxy.class("damage", nil, {
  -- With dots, as the getters (fields.lua).
  __index = function(d, name, ...)
    if not is_name[name] then
      error(('a damage has no field "%s"%s; it has %s'):format(tostring(name),
        suggest.hint(tostring(name), names), table.concat(names, ", ")), 2)
    end
    return damages[d][name]
  end,
  __pairs = function(d)
    local known = {}
    for _, name in ipairs(names) do
      known[name] = damages[d][name]
    end
    return proxy.pairs_of(known)
  end,
  __tostring = function(d)
    return text(damages[d])
  end,
})

-- of(raw, lost, cause, time): a gotrace_diag as an object that scripts may get; lost:
-- the bytes that it cost; cause: what most likely brought it about, or nil; time: of
-- the last event before it, or nil.
local function of(raw, lost, cause, time)
  local offset = tonumber(raw.offset)
  return new_damage {
    what = chars(raw.what, 200),
    offset = offset < NO_OFFSET and offset or nil,
    gen = raw.gen > 0 and tonumber(raw.gen) or nil,
    m = raw.m >= 0 and tonumber(raw.m) or nil,
    event = optional(chars(raw.event, 32)),
    have = optional(chars(raw.have, 200)),
    want = optional(chars(raw.want, 100)),
    system = raw.status == SYSTEM,
    cut = raw.cut == 1, -- the input ends where it should not
    lost = lost,
    cause = cause,
    time = time,
  }
end

-- The same from the parts that a command of C returns.
local function of_command(status, what, have, want)
  return new_damage {
    what = printable.line(what),
    have = optional(have),
    want = optional(want),
    system = status == SYSTEM,
  }
end

return { of = of, of_command = of_command }
