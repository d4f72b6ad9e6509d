-- What options of scripts say to group events by: what it asks of a goroutine is known,
-- though the script itself asks for no spans.
local program = require "support.program"

local gc = program.recording "gc"
teardown(program.clean)

local function rows(...)
  local r = program.run { "-F", "csv", "heap", "--top=0", "--every=1ms", ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

describe("keys of events", function()
  it("may be what is known of the event's goroutine only", function()
    local out = rows("--by=func", gc)
    assert.matches("^func,time,heap,goal\n", out)
    assert.matches("\nmain%.main,%d+,%d+,", out)
  end)

  it("may be so within an expression, and beside others", function()
    assert.matches("^where,time,heap,goal\nin main%.main,", rows('--by="in " .. func as where', gc))
    assert.matches("^type,func,time,heap,goal\nHeapAlloc,main%.main,", rows("--by=type, func", gc))
  end)
end)
