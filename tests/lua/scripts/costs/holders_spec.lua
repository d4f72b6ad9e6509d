-- Who made goroutines wait: of locks whoever had them, whatever the queue; in handlers and blocks.
local dkjson = require "dkjson"
local program = require "support.program"

local new = dofile(program.root .. "scripts/holders/holders.lua").new

local function stack(name)
  return { user = name }
end
local LOCK, FREE, NAP = stack "lock", stack "unlock", stack "nap"

local function wait(g, from, to, reason, waker, at)
  return { state = "Waiting", next = "Runnable", g = g, from = from, to = to, dur = to - from, reason = reason,
    cause = reason, stack = at or LOCK, place = (at or LOCK).user, waker = waker,
    waker_func = waker and "f" .. waker, waker_stack = waker and FREE }
end

-- What is told of spans: { "g func reason place ns", ... }.
local function told(...)
  local holders, list = new(), {}
  for _, s in ipairs { ... } do
    holders:state(s, function(span, part, ns)
      list[#list + 1] = ("%d %s %s %s %d"):format(span.g, part.func, part.reason or "-", part.place or "-", ns)
    end)
  end
  return list
end

describe("Who made goroutines wait for a lock", function()
  it("is who had it, through all of the queue", function()
    assert.same({ "2 f1 sleep nap 90", "3 f2 - unlock 1", "3 f1 sleep nap 80", "4 f3 - unlock 2", "4 f2 - unlock 1",
        "4 f1 sleep nap 70" },
      told(wait(1, 5, 95, "sleep", nil, NAP), wait(2, 10, 100, "sync", 1), wait(3, 20, 101, "sync", 2),
        wait(4, 30, 103, "sync", 3)))
  end)

  it("is the next where that one has waited for it before", function()
    assert.same({ "2 f1 - unlock 10", "3 f2 - unlock 20" },
      told(wait(2, 0, 10, "sync", 1), wait(3, 15, 35, "sync", 2)))
  end)

  it("is its waker where that waited at another place", function()
    assert.same({ "2 f1 - unlock 10", "3 f2 - unlock 31" },
      told(wait(2, 0, 10, "sync", 1, NAP), wait(3, 5, 36, "sync", 2)))
  end)

  it("is told once for holders that are alike", function()
    assert.same({ "2 f1 - unlock 10", "3 f2 - unlock 10", "3 f1 - unlock 10", "1 f3 - unlock 30", "1 f2 - unlock 10",
        "1 f1 - unlock 10" },
      told(wait(2, 0, 10, "sync", 1), wait(3, 0, 20, "sync", 2), wait(1, 0, 50, "sync", 3)))
  end)

  it("is a waker's for other reasons, and nobody's for timers", function()
    assert.same({ "2 f1 - unlock 10" }, told(wait(2, 0, 10, "chan receive", 1), wait(3, 0, 10, "sleep")))
  end)
end)

local function objects(...)
  local list = {}
  for line in program.run({ "-F", "json", ... }).out:gmatch "[^\n]+" do
    list[#list + 1] = dkjson.decode(line)
  end
  return list
end

describe("handlers", function()
  it("divides each wait that somebody ended among those", function()
    local trace = program.recording "faults"
    local options = { "handlers", "--frame=main.wantLock", "--frame=main.serveRequest", trace }
    local sums, n = {}, 0
    for _, row in ipairs(objects(unpack(options))) do
      local key = row.place and row.reason .. row.place.func .. row.place.line
      if row.table == "waits" then
        sums[key] = { waits = row.total }
      elseif row.table == "wakers" then
        sums[key].parts = (sums[key].parts or 0) + row.total
        n = n + 1
      end
    end
    assert.is_true(n > 1)
    for key, sum in pairs(sums) do
      local is_ended = not key:find "^sleep"
      assert.equal(is_ended and sum.waits or nil, sum.parts, key)
    end
  end)
end)

describe("blocks", function()
  it("says below who had the lock, and where that one was", function()
    local out = program.run({ "blocks", program.recording "faults" }).out
    local where = out:match "\nwaited at +locks held by [^\n]*\n(.*)$"
    assert.is_string(where, out)
    assert.matches("\nwantLock:113 +together.func1, in sleep +43.75ms +17  main.holdLock:106\n", where)
    for _, option in ipairs { "--by=reason", "--by=func" } do
      assert.is_nil(program.run({ "blocks", option, program.recording "faults" }).out:find "locks held by")
    end
  end)
end)
