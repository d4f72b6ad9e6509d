-- A thread's batch at the time of another of its batches: it is another thread's, whose
-- number is a guess.
local bit = require "bit"
local reading = require "support.reading"
local trace = require "support.trace"

-- A batch whose size is a number of ten bytes, as the runtime writes it.
local function batch(m, time, ...)
  local data = {}
  for i, ev in ipairs { ... } do
    data[i] = trace.event(ev)
  end
  data = table.concat(data)
  return trace.batch({ gen = 1, m = m, time = time, size = trace.varint(#data, 10) }, { data })
end

-- The thread that a second batch of thread m comes to be of, beside these others. That batch
-- has the only HeapAlloc.
local function guessed(m, others)
  local parts = {
    trace.header(26),
    batch(-1, 50, string.char(trace.types.Sync) .. trace.frequency(1e9) .. trace.clock { 0, 1, 2, 3 }),
    batch(m, 100, { "ProcStatus", 1, 1, 1 }, { "HeapGoal", 500, 1 }),
    batch(m, 200, { "ProcStatus", 1, 2, 1 }, { "HeapAlloc", 1, 7 }, { "ProcStop", 1 }),
  }
  for i, other in ipairs(others) do
    parts[#parts + 1] = batch(other, 1000, { "ProcStatus", i, 10 + i, 2 })
  end
  parts[#parts + 1] = trace.end_of_generation
  local got = reading.both(table.concat(parts))
  assert.equal("a batch of a thread that does something else meanwhile; which one is a guess", got.damages[1].what)
  for _, line in ipairs(reading.events(got)) do
    local thread = line:match "^%d+ HeapAlloc (%S+)"
    if thread then
      return thread
    end
  end
end

describe("a batch of a thread that does something else meanwhile", function()
  it("is of the number that differs in the lowest bit", function()
    assert.equal("7", guessed(6, {}))
  end)

  it("or in another one where there is such a thread", function()
    assert.equal("2", guessed(6, { 7, 4 }))
  end)

  it("but not of none", function()
    assert.equal("-4", guessed(-2, {}))
  end)

  it("or of the least that none has where each is somebody's", function()
    local others = {}
    for i = 0, 63 do
      others[i + 1] = bit.bxor(6LL, bit.lshift(1LL, i))
    end
    assert.equal("0", guessed(6, others))
    others[#others + 1] = 0
    assert.equal("1", guessed(6, others))
  end)
end)
