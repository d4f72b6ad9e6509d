-- What becomes of a recording when one of its events is lost: of the rest at least
-- 99 % come with the thread, proc, goroutine and time (to 50 us) that they have in
-- the whole recording.
--
--   one_removed.check(file, n)    fails where that is not so for n of its events
--   one_removed.check(file, n, share)   with another share of wrong events in all
--
-- The sample is the same each time; ONE_REMOVED=all takes every event of every
-- recording (one_removed.list), for hours.
local assert = require "luassert"
local engine = require "support.engine"
local ffi = require "ffi"
local lfs = require "lfs"
local removing_v1 = require "support.losing.v1"
local removing_v2 = require "support.losing.v2"
local lib, C = engine.lib, ffi.C

local one_removed = {}

local NEAR = 50000 -- ns
local REAL = engine.root .. "testdata/real/"
local ALL = os.getenv "ONE_REMOVED" == "all"

-- Recordings of Go 1.5 to 1.9, where they are.
local CORPUS = (os.getenv "GOTRACE_CORPUS" or engine.root .. "../shared/corpus") .. "/"

function one_removed.exists(file)
  return lfs.attributes(REAL .. file .. ".trace") or lfs.attributes(CORPUS .. file .. ".trace")
end

function one_removed.read(file)
  local dir = lfs.attributes(REAL .. file .. ".trace") and REAL or CORPUS
  return engine.read(dir .. file .. ".trace")
end

-- The functions of v1.lua or v2.lua, by the trace.
local function removing_of(bytes)
  return tonumber(bytes:match "^go 1%.(%d+) trace") < 22 and removing_v1 or removing_v2
end

function one_removed.places(bytes)
  return removing_of(bytes).places(bytes)
end

function one_removed.without(bytes, place)
  return removing_of(bytes).without(bytes, place)
end

-- Calls visit(event) for each event; returns how many damages there are.
local function each_event(bytes, names, visit)
  local t, batch, diag = ffi.new "gotrace *[1]", ffi.new "gotrace_batch", engine.diag()
  assert(lib.gotrace_open_memory(t, bytes, #bytes, 0, names, diag) == C.GOTRACE_OK)
  while lib.gotrace_next(t[0], batch, diag) == C.GOTRACE_OK do
    for i = 0, batch.len - 1 do
      if batch.events[i].type < C.GOTRACE_EV_GENERATION then
        visit(batch.events[i])
      end
    end
  end
  local damages = tonumber(lib.gotrace_info_of(t[0]).damages)
  lib.gotrace_close(t[0])
  return damages
end

-- { [offset] = { time, m, p, g } }, and how many damages. v1's records may become
-- two events: of the second one half is added to the offset.
local function read(bytes, names)
  local out, last = {}, nil
  local damages = each_event(bytes, names, function(e)
    local off = tonumber(e.off)
    local key = off == last and off + 0.5 or off
    last = off
    out[key] = { tonumber(e.time), tonumber(e.m), tonumber(e.p), tonumber(e.g) }
  end)
  return out, damages
end

local function is_right(got, want)
  return got and math.abs(got[1] - want[1]) <= NEAR and got[2] == want[2] and got[3] == want[3] and got[4] == want[4]
end

-- The numbers of events that are not as in the whole recording and of all
-- others than the one that is lost, and of damages.
local function compare(bytes, whole, place, names)
  local less, moved = one_removed.without(bytes, place)
  local got, damages = read(less, names)
  local wrong, all = 0, 0
  for key, want in pairs(whole) do
    local off = math.floor(key)
    if off ~= place.off then
      all = all + 1
      wrong = wrong + (is_right(got[moved(off) + key - off], want) and 0 or 1)
    end
  end
  return wrong, all, damages
end

-- n of the list, the same each time; all of it for nil.
local function sample(list, n)
  if ALL or n >= #list then
    return list
  end
  local seed, out = 20261126, {}
  for i = 1, n do
    seed = seed * 16807 % 2147483647
    out[i] = list[seed % #list + 1]
  end
  return out
end

-- What is lost with it stands nowhere else, so that it can only be guessed: the
-- thread that a proc of v1 is started on. No other record names a thread.
local function is_guess(place)
  return place.version and place.type == "ProcStart"
end

-- { bad = { text, ... }, damages = most of one, share = of wrong events in all, tried = n }
local function try(file, n)
  local bytes, names = one_removed.read(file), lib.gotrace_names_new()
  local whole = read(bytes, names)
  local list = sample(one_removed.places(bytes), n)
  local out, wrong_in_all, all_in_all = { bad = {}, damages = 0, tried = #list }, 0, 0
  for _, place in ipairs(list) do
    local wrong, all, damages = compare(bytes, whole, place, names)
    if wrong > all / 100 and not is_guess(place) then
      table.insert(out.bad, ("%s at %d: %d of %d"):format(place.type, place.off, wrong, all))
    end
    out.damages = math.max(out.damages, damages)
    wrong_in_all, all_in_all = wrong_in_all + wrong, all_in_all + all
  end
  lib.gotrace_names_free(names)
  out.share = wrong_in_all / all_in_all
  return out
end

-- Whose start is lost is found from what the goroutine does next, up to a few dozen
-- events ahead (in 1.5 any number); one that runs for longer alone has no goroutine up to
-- there. So one loss in 50 may cost more than itself.
function one_removed.check(file, n, share)
  local got = try(file, n)
  assert.is_true(#got.bad <= got.tried / 50, table.concat(got.bad, "\n"))
  assert.is_true(got.share < (share or 0.004), ("%.4f of the events are wrong"):format(got.share))
  assert.is_true(got.damages <= 3, got.damages .. " damages")
end

-- { [file] = n }: some, or with ONE_REMOVED=all every recording of these versions.
function one_removed.list(some, first, last)
  if not ALL then
    return some
  end
  local out = {}
  for name in lfs.dir(REAL) do
    local stem, minor = name:match "^(go1%.(%d+).*)%.trace$"
    if stem and tonumber(minor) >= first and tonumber(minor) <= last then
      out[stem] = math.huge
    end
  end
  return out
end

return one_removed
