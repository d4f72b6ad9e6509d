-- Every function that a script can reach, called with every type in every
-- position: tests/support/reach.lua calls, tests/support/inside/outside.lua judges.
local program = require "support.program"

describe("what a script can reach", function()
  teardown(program.clean)

  it("gives nothing from outside, and ends nothing", function()
    local r = program.run { "-q", "-s", program.root .. "tests/support/reach.lua", program.recording "sync",
      env = ("GOTRACE_LUA_INIT=%stests/support/inside/outside.lua"):format(program.root) }
    assert.equal("", r.err)
    assert.equal(0, r.status)
    assert.is_nil(r.out:match "leak: [^\n]*")
    local calls = tonumber(r.out:match "calls: (%d+)")
    assert.is_true(calls > 300000, "only " .. tostring(calls) .. " calls")
  end)
end)
