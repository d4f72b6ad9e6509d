-- What is delivered of a batch of which a byte is missing: what is certain.
local reading = require "support.reading"
local trace = require "support.trace"

local COUNT = 6

-- The data of a batch of thread 1: goroutine 5 runs, allocates, starts others; pieces, an
-- event each.
local function pieces()
  local out = { trace.event { "ProcStatus", 1, 0, 1 }, trace.event { "GoStatus", 1, 5, 1, 2 } }
  for i = 1, COUNT do
    out[#out + 1] = trace.event { "HeapAlloc", 3, 1000 + i }
  end
  return out
end

-- A batch as the runtime writes it, whose size is said to be `more`.
local function padded(m, time, data, more)
  return trace.batch({ gen = 1, m = m, time = time, size = trace.varint(#data + (more or 0), 10) }, { data })
end

-- A trace with a batch of `data` that lacks a byte, between others.
local function broken(data)
  local types = trace.types
  return table.concat {
    trace.header(26), padded(-1, 900, string.char(types.Sync) .. trace.frequency(1e9) .. trace.clock { 0, 1, 2, 3 }),
    padded(1, 1000, data, 1), padded(1, 1500, trace.event { "HeapAlloc", 1, 7 }),
    padded(2, 1600, trace.event { "ProcStatus", 1, 1, 2 }),
    padded(-1, 1700, string.char(types.Stacks) .. trace.stack(1, { { 1, 1, 1, 1 } })),
    padded(-1, 1800, string.char(types.Strings) .. trace.string(1, "one")), trace.end_of_generation,
  }
end

-- How many HeapAllocs of the broken batch come, whole or byte by byte, in either order.
local function allocs(bytes)
  local counts = {}
  for _, order in ipairs { "full", "thread" } do
    local n, got = 0, reading.both(bytes, { order = order })
    for _, line in ipairs(got.lines) do
      n = n + (line:find "heapalloc=100%d$" and 1 or 0)
      assert.is_nil(line:find "g=999 ", line)
    end
    assert.truthy(got.damages[1].what:find "^a batch lacks %d+ of its bytes$", got.damages[1].what)
    counts[#counts + 1] = n
  end
  assert.equal(counts[1], counts[2])
  return counts[1]
end

describe("a batch that lacks a byte", function()
  it("is delivered as far as its events can be, but for the last of them", function()
    local good = table.concat(pieces())
    local cases = {
      trace.event { "GoUnblock", 3, 999, 1, 0 }, -- no such goroutine
      trace.event { "GoStart", 3, 5, 2 ^ 40 }, -- no such number
      trace.event { "ProcStart", 3, 77, 1 }, -- no such proc
      trace.event { "GoBlock", 3, 5, 0 }, -- no such string
      trace.event { "GoBlock", 3, 0, 9 }, -- no such stack
      trace.event { "HeapAlloc", 600, 5 }, -- later than the next batch of the thread
      trace.event { "GoStatus", 3, 5, 1, 9 }, -- no such status
      "\200", -- no event
    }
    for _, bad in ipairs(cases) do
      local bytes = broken(good .. bad .. trace.event { "HeapAlloc", 1, 5 })
      assert.equal(COUNT - 1, allocs(bytes))
    end
  end)

  it("is delivered whole where nothing is against it", function()
    local good = table.concat(pieces())
    local more = trace.event { "GoCreate", 3, 999999, 0, 0 } .. trace.event { "GoUnblock", 3, 999999, 1, 0 }
    local bytes = broken(good .. more .. trace.event { "HeapAlloc", 1, 5 })
    assert.equal(COUNT, allocs(bytes))
  end)
end)

describe("a table that lacks a byte", function()
  it("is read up to the record before the one that breaks", function()
    local strings = string.char(trace.types.Strings) .. trace.string(1, "one")
    local bytes = table.concat {
      trace.header(26), padded(-1, 1800, strings .. trace.string(2, "two") .. "\99", 1),
      padded(1, 1000, table.concat(pieces()) .. trace.event { "GoLabel", 1, 1 } .. trace.event { "GoLabel", 1, 2 }),
      trace.end_of_generation,
    }
    local lines = table.concat(reading.both(bytes).lines, "\n")
    assert.truthy(lines:find("label=one", 1, true))
    assert.truthy(lines:find("label=?2", 1, true))
  end)
end)
