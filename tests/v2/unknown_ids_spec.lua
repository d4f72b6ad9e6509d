-- Where tables are missing most events refer to what is not there: that is said
-- once, with how many they are, in each generation.
local reading = require "support.reading"
local trace = require "support.trace"

local FIRST = "an event refers to an unknown string or stack"

local function thread(m, ...)
  local b = { m = m, { "ProcStatus", 1, m - 1, 1 }, { "GoStatus", 1, 10 * m, m, 2 } }
  for _, ev in ipairs { ... } do
    b[#b + 1] = ev
  end
  return b
end

local function label(id)
  return { "GoLabel", 1, id }
end

describe("unknown ids", function()
  it("are told once a generation", function()
    local got = reading.both(trace.file(26,
      { thread(1, label(77), label(78), label(77)), thread(2, label(5)) },
      { strings = { "here" }, thread(1, label(1)) },
      { thread(1, label(8), label(9)) },
      { thread(1, label(8)) }))
    assert.same({
      FIRST, "3 more events refer to unknown strings or stacks",
      FIRST, "1 more events refer to unknown strings or stacks",
      FIRST,
    }, reading.complaints(got))
    assert.same({ 1, 1, 3, 3, 4 }, { got.damages[1].gen, got.damages[2].gen, got.damages[3].gen, got.damages[4].gen,
      got.damages[5].gen })
    assert.matches("id 77", got.damages[1].have)
    assert.matches("label=%?78", table.concat(got.lines, "\n"))
  end)

  it("of samples are told once a generation", function()
    local got = reading.both(trace.file(26, {
      stacks = { { { 10, 0, 0, 7 } } }, thread(1),
      samples = { { 20, 1, 0, 10, 1 }, { 21, 1, 0, 10, 77 }, { 22, 1, 0, 10, 78 }, { 23, 1, 0, 10, 0 } },
    }))
    assert.same({ "a CPU sample refers to an unknown stack" }, reading.complaints(got))
    assert.equal("id 77", got.damages[1].have)
  end)

  it("of frames are told once a generation", function()
    local stacks = { { { 10, 77, 2, 7 } }, { { 20, 88, 99, 8 } } }
    local alloc = { "HeapAlloc", 1, 7 }
    local got = reading.both(trace.file(26, { stacks = stacks, thread(1, alloc) },
      { stacks = { { { 10, 77, 0, 7 } } }, thread(1, alloc) }))
    assert.same({
      "a stack frame names the unknown string 77", "stack frames name unknown strings 3 more times",
      "a stack frame names the unknown string 77",
    }, reading.complaints(got))
  end)
end)
