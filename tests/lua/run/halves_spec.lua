-- A trace in two halves, written with -o: what goroutines did in these adds up to what they
-- did in the whole, by state.
--
-- A half is as long as from its first event to its last, and so is the part of the whole that it
-- is compared with: what goes on when a trace ends is a nanosecond longer, as its last event.
local program = require "support.program"
local lfs = require "lfs"

teardown(program.clean)

local recordings = {}
do
  local all = {}
  for name in lfs.dir(program.root .. "testdata/real") do
    all[#all + 1] = name:find "%.trace$" and name or nil
  end
  table.sort(all)
  for i, name in ipairs(all) do
    local is_taken = i % 4 == 0 or name:find "allocfree"
    recordings[#recordings + 1] = is_taken and program.root .. "testdata/real/" .. name or nil
  end
end

local function lines(...)
  local r, list = program.run { "-q", ... }, {}
  assert.equal("", r.err)
  assert.equal(0, r.status)
  for line in r.out:gmatch "[^\n]+" do
    list[#list + 1] = line
  end
  return list
end

local function duration(...)
  return tonumber(lines("-e", "function on.finish(t) print(t.duration) end", ...)[1])
end

-- ns by state of each goroutine, and how many spans it has.
local function states(...)
  local by = {}
  for _, line in ipairs(lines("--spans", "-p", "g,state,dur", ...)) do
    local g, state, ns = line:match "^(%d+)\t(%a+)\t(%d+)$"
    local own = by[g] or { spans = 0 }
    by[g], own.spans = own, own.spans + 1
    own[state] = (own[state] or 0) + ns
  end
  return by
end

-- Behind the statuses that a cut opens with, what comes first is up to two ticks later (64 ns in
-- these); traces of Go 1.21 and before are written with events of one time in a row, a
-- nanosecond or two apart.
local LATER, APART, OLD_LATER = 128, 4, 66
-- Where Go's reader, and so we, hand on events of the whole later than their clocks say, since
-- they wait for another thread (here up to 95 us): a cut states who runs, and they wait no more.
local WAITED = { ["go1.25-turnover.trace"] = 100000 }
local is_old = { ["go1.15"] = true, ["go1.19"] = true, ["go1.21"] = true }

local function half(path, option, time)
  local out = program.tmpname()
  assert.same({}, lines(option, time .. "ns", "-o", out, path))
  return out
end

local function differences(have, want)
  local list = {}
  for _, state in ipairs { "Runnable", "Running", "Syscall", "Waiting" } do
    list[#list + 1] = (have[state] or 0) - (want[state] or 0)
  end
  return list
end

-- What a half says of its goroutines is what the whole does, but for `most` ns; unknown(own):
-- whether it need not know of one.
local function check(have, want, most, unknown)
  for g, own in pairs(have) do
    for _, by in ipairs(differences(own, want[g] or {})) do
      assert.is_true(math.abs(by) <= most, ("goroutine %s: %d ns off"):format(g, by))
    end
  end
  for g, own in pairs(want) do
    assert.is_true(have[g] ~= nil or unknown(own), "goroutine " .. g .. " is not there")
  end
end

describe("A half of a trace", function()
  for _, path in ipairs(recordings) do
    local name = path:match "[^/]*$"
    it("has its part of the states of " .. name, function()
      local whole = duration(path)
      local middle = math.floor(whole / 2)
      local early, late = half(path, "--to", middle), half(path, "--from", middle)
      local ends, begins = duration(early), whole - duration(late)
      assert.is_true(ends <= middle and middle <= begins)
      local old = is_old[name:match "^go[%d.]+%d"]
      -- A status may be told in the second half alone, that has held since the trace began.
      check(states(early), states("--to", ends + 1 .. "ns", path), old and APART or 0, function(own)
        return own.spans == 1 and not own.Running and not own.Runnable
      end)
      check(states(late), states("--from", begins .. "ns", path), WAITED[name] or old and OLD_LATER or LATER, function()
        return false
      end)
    end)
  end
end)
