-- One event of Go 1.5 to 1.21 is lost: it costs at most itself (tests/support/losing/one.lua).
local one_removed = require "support.losing.one"
local reading = require "support.reading"

local RECORDINGS = {
  ["go1.15-annotations"] = 80, ["go1.15-http"] = 80, ["go1.15-lifetimes"] = 100, ["go1.15-sync"] = 20,
  ["go1.19-cpusamples"] = 100, ["go1.19-syscalls"] = 100, ["go1.19-timers"] = 80, ["go1.21-channels"] = 80,
  ["go1.21-annotations"] = 200, ["go1.21-gc"] = 100, ["go1.21-mix"] = 20, ["go1.21-procs"] = 100,
}

local OLDER = {
  ["go1.5-log"] = 160, ["go1.5-sync_atomic"] = 15, ["go1.8-log"] = 60, ["go1.8-sync_atomic"] = 30, ["go1.9-log"] = 60,
}

-- It has 156 events, of which 124 lose their thread with the first ProcStart: half of
-- a percent over its 151 losses.
local SHARES = { ["go1.5-log"] = 0.006 }

-- The complaints of the recording without its n-th event of that type.
local function complaints(file, typ, n)
  local bytes = one_removed.read(file)
  for _, place in ipairs(one_removed.places(bytes)) do
    n = n - (place.type == typ and 1 or 0)
    if n == 0 then
      local out = reading.read((one_removed.without(bytes, place)))
      return reading.complaints(out)
    end
  end
end

describe("an event that is lost", function()
  for file, n in pairs(one_removed.list(RECORDINGS, 5, 21)) do
    it("costs at most itself in " .. file, function()
      one_removed.check(file, n)
    end)
  end

  for file, n in pairs(OLDER) do
    if one_removed.exists(file) then
      it("costs at most itself in " .. file, function()
        one_removed.check(file, n, SHARES[file])
      end)
    end
  end

  for _, typ in ipairs { "GoCreate", "GoUnblock", "GoUnblockLocal", "GoStartLocal", "GoBlockRecv", "GoSleep" } do
    it("is named, if it is a " .. typ, function()
      local what = complaints("go1.21-channels", typ, 5) or complaints("go1.21-timers", typ, 5)
      assert.truthy(what[1]:find "goroutine %d+", what[1])
      assert.is_true(#what <= 3)
    end)
  end
end)
