-- edits.lua: what scripts did to the batch at hand beyond verdicts: the
-- events that they added, what those were that they edited, and the goroutines
-- that they hide from some event on. It is what gotrace_write takes as `extra`:
-- in one piece, sorted by the place in the batch, which comes by itself since
-- the batch is walked from first to last.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local fields = require "gotrace.event.fields"

local around, cur = fields.around, fields.cur
local SIZE = ffi.sizeof "gotrace_event"
local bytes = ffi.typeof "const char *"
local EDITED, ADDED = tonumber(C.GOTRACE_EDITED), tonumber(C.GOTRACE_ADDED)
local ORIGINAL, HIDES = tonumber(C.GOTRACE_ORIGINAL), tonumber(C.GOTRACE_HIDES)

-- Kept only where a trace is written; lost: there was something, elsewhere;
-- hides: goroutines are hidden, wherever.
local list = { events = ffi.new "gotrace_event[64]", len = 0, wanted = false,
  lost = false, hides = false }
local room = 64

-- A copy of e at the list's end.
local function append(e)
  if not list.wanted then
    list.lost = true
    return
  elseif list.len == room then
    local events = ffi.new("gotrace_event[?]", 2 * room)
    ffi.copy(events, list.events, room * SIZE)
    list.events, room = events, 2 * room
  end
  ffi.copy(list.events + list.len, e, SIZE)
  list.len = list.len + 1
end

local function is_added(e)
  return bit.band(e.flags, ADDED) ~= 0
end

-- The place in the batch of the event at hand; of an added one, that of the
-- event which it comes behind. The difference of pointers to a struct whose size
-- is no power of two is not compiled.
local function place(e)
  if is_added(e) then
    return e.at
  end
  return (ffi.cast(bytes, e) - ffi.cast(bytes, around.batch)) / SIZE
end

-- To be called before e, the event at hand, is changed.
local function before_edit(e)
  if bit.band(e.flags, EDITED + ADDED) ~= 0 then
    return
  end
  append(e)
  if list.wanted then
    local original = list.events + list.len - 1
    original.at = place(e)
    original.flags = ORIGINAL
  end
  e.flags = bit.bor(e.flags, EDITED)
end

local hiding = ffi.new("gotrace_event", { flags = HIDES })

-- hide(g, shows): goroutine g is hidden from the event, or mark, at hand on, or no more.
-- False if there is neither.
local function hide(g, shows)
  if fields.has_event() then
    hiding.at = place(cur.e)
  elseif around.mark_n >= 0 then
    hiding.at = around.mark_at
  else
    return false
  end
  hiding.arg[0], hiding.arg[1] = ffi.cast("uint64_t", g), shows and 1 or 0
  append(hiding)
  return true
end

local function clear()
  list.len = 0
end

return {
  list = list,
  append = append,
  is_added = is_added,
  place = place,
  before_edit = before_edit,
  hide = hide,
  clear = clear,
}
