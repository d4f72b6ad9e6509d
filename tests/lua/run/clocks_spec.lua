-- Clocks of processors that disagree, as in virtual machines: traces of Go 1.5 to 1.21
-- whose Ps have other times than the order of their events allows. Events are kept,
-- with their times moved, and what is written is valid. And C threads, which
-- leave traces that look alike.
local program = require "support.program"

teardown(program.clean)

-- A recording in which all batches of P p come so many ticks later.
local function skewed(name, p, ticks)
  local yaml = program.run({ "yaml", program.root .. "testdata/real/" .. name .. ".trace" }).out
  local shifted, n = yaml:gsub("(Batch: {p: " .. p .. ", ticks: )(%d+)", function(head, at)
    return ("%s%.0f"):format(head, tonumber(at) + ticks)
  end)
  assert(n > 0)
  return program.build(shifted)
end

local COUNTS = [[function on.finish(t)
  local w = t.written
  print(("%d %d %d %d"):format(w.events, w.absorbed, w.withheld, w.moved))
end]]

-- Writes it anew: events, absorbed, withheld, moved; the path, and the run.
local function rewritten(trace)
  local path = program.tmpname()
  local run = program.run { "-o", path, "-e", COUNTS, trace }
  local events, absorbed, withheld, moved = run.out:match "^(%d+) (%d+) (%d+) (%d+)\n$"
  return tonumber(events), tonumber(absorbed), tonumber(withheld), tonumber(moved), path, run
end

-- Few ranges of the collector begin twice; all else is there.
local CASES = {
  { "go1.15-sync", 2, 200000 }, -- 5 ms
  { "go1.15-http", 0, 20000 },
  { "go1.19-http", 2, 2000000 },
  { "go1.19-gc", 1, -20000 },
  { "go1.21-http", 3, -500000 },
}

describe("a clock that disagrees", function()
  for _, case in ipairs(CASES) do
    local name, p, ticks = unpack(case)
    describe(("by %d ticks on P %d of %s"):format(ticks, p, name), function()
      local trace, events, absorbed, withheld, moved, path, run
      setup(function()
        trace = skewed(name, p, ticks)
        events, absorbed, withheld, moved, path, run = rewritten(trace)
      end)

      it("costs no events but their times", function()
        local whole = rewritten(program.root .. "testdata/real/" .. name .. ".trace")
        assert.is_true(math.abs(events - whole) <= 4, ("%d of %d"):format(events, whole))
        assert.is_true(absorbed <= 2 and withheld <= 2, ("%d %d"):format(absorbed, withheld))
        assert.is_true(moved > 0)
        assert.equal("valid", program.run({ "--verify", path }).out:match ": (%S+)")
      end)

      it("is told, and seen by --strict", function()
        assert.equal(3, run.status)
        assert.matches(moved .. " moved", run.err, 1, true)
        assert.matches("likely clocks of two processors disagree (a virtual machine?)\n", run.err, 1, true)
        assert.equal(4, program.run({ "--strict", "-o", program.tmpname(), trace }).status)
      end)
    end)
  end

  it("moves nothing where all agree", function()
    for _, name in ipairs { "go1.15-http", "go1.19-syscalls", "go1.21-cgo", "go1.21-gc" } do
      local trace = program.root .. "testdata/real/" .. name .. ".trace"
      local _, absorbed, withheld, moved = rewritten(trace)
      assert.same({ 0, 0, 0 }, { absorbed, withheld, moved })
      assert.equal(0, program.run({ "--strict", "-o", program.tmpname(), trace }).status)
    end
  end)
end)

describe("a C thread that calls Go", function()
  -- Its goroutine 5 is never created; it comes from C and goes back there.
  local function calls(version, stack)
    return program.build(([[
header: go 1.%d trace
trace:
  - Batch: {p: 0, ticks: 1000}
  - GoCreate: {dt: 0, g: 1, new_stack: 1, stack: 0}
  - ProcStart: {dt: 0, thread: 7}
  - GoStart: {dt: 0, g: 1, seq: 1}
  - Gomaxprocs: {dt: 0, procs: 1, stack: 1}
  - GoBlock: {dt: 5, stack: 1}
  - GoStart: {dt: 5, g: 5, seq: 4}
  - HeapAlloc: {dt: 5, mem: 1}
  - GoSysCall: {dt: 5, stack: %d}
  - GoSysBlock: {dt: 5}
  - ProcStop: {dt: 5}
  - Frequency: {freq: 1000000000}
  - String: {id: 1, data: main.main}
  - Stack:
      id: 1
      frames:
        - {pc: 0x10, func: 1, file: 1, line: 1}
]]):format(version, stack))
  end

  local function cause(trace)
    local err = program.run({ "events", trace }).err
    assert.matches("an event of goroutine 5 is missing", err)
    return err:match "likely ([^\n]*)"
  end

  it("is named before 1.21, by its syscalls without a stack", function()
    assert.equal("a C thread called Go before 1.21", cause(calls(19, 0)))
    assert.equal("a C thread called Go before 1.21", cause(calls(11, 0)))
  end)

  it("is not where others explain it", function()
    assert.is_nil(cause(calls(21, 0)))
    assert.is_nil(cause(calls(19, 1)))
  end)
end)

describe("A clock that jumps by more than Go's reader can add up", function()
  local trace
  setup(function()
    trace = program.build [[
expect: ok
header: go 1.26 trace
trace:
  - EventBatch: {time: 1000}
    sync:
      - Frequency: {freq: 1000000000}
      - ClockSnapshot: {dt: 0, mono: 5, sec: 1700000000, nsec: 0}
  - EventBatch: {m: 7, time: 1100}
    events:
      - ProcStatus: {dt: 0, target_p: 0, status: Running}
      - HeapAlloc: {dt: 10, heapalloc: 4096}
      - HeapAlloc: {dt: 2305843009213693952, heapalloc: 8192}
  - EndOfGeneration
]]
  end)

  it("is written the same by every path, and what is moved is counted", function()
    local copied, looked_at, slow = program.tmpname(), program.tmpname(), program.tmpname()
    local moved = "events; repaired to stay valid: 1 moved\n"
    for path, run in pairs {
      [copied] = program.run { "-o", copied, trace },
      [looked_at] = program.run { "-o", looked_at, "-e", "function on.any(ev) end", trace },
      [slow] = program.run { "-o", slow, trace, env = "GOTRACE_PATHS=slow" },
    } do
      assert.equal(0, run.status)
      assert.matches(moved, run.err, 1, true)
      assert.equal(program.read(copied), program.read(path))
    end
    assert.equal(0, program.run({ "--verify", copied }).status)
  end)

  it("is refused by --strict", function()
    for _, script in ipairs { "", "function on.any(ev) end" } do
      local run = program.run { "--strict", "-o", program.tmpname(), "-e", script, trace }
      assert.equal(4, run.status)
      assert.matches("HeapAlloc: the event cannot be written at its time", run.err, 1, true)
    end
  end)
end)
