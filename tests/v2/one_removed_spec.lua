-- One event of v2 is lost: it costs at most itself (tests/support/losing/one.lua).
local one_removed = require "support.losing.one"
local reading = require "support.reading"

local RECORDINGS = {
  ["go1.22-annotations"] = 80, ["go1.22-cgothreads"] = 150, ["go1.23-coroutines"] = 100, ["go1.24-gc"] = 30,
  ["go1.25-flight"] = 60, ["go1.26-http"] = 80, ["go1.27-channels"] = 100, ["go1.27-generations"] = 10,
  ["go1.27-procs"] = 100, ["go1.27-syscalls"] = 150,
}

describe("an event that is lost", function()
  for file, n in pairs(one_removed.list(RECORDINGS, 22, 99)) do
    it("costs at most itself in " .. file, function()
      one_removed.check(file, n)
    end)
  end

  it("is named", function()
    local bytes = one_removed.read "go1.27-channels"
    for _, place in ipairs(one_removed.places(bytes)) do
      if place.type == "GoUnblock" then
        local less = one_removed.without(bytes, place)
        local what = reading.complaints(reading.read(less))
        assert.equal(1, #what)
        assert.truthy(what[1]:find "^an event of goroutine %d+ is missing$", what[1])
        break
      end
    end
  end)
end)
