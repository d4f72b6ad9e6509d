-- --verify: what is said of good and bad traces. That it judges as Go's tools do
-- is tests/oracle's to show.
local program = require "support.program"
local trace = require "support.trace"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function verify(...)
  return program.run { "--verify", ... }
end

describe("--verify", function()
  it("says that a trace is valid", function()
    local r = verify(small)
    assert.equal(small .. ": valid go 1.26 trace, 18 events\n", r.out)
    assert.equal("", r.err)
    assert.equal(0, r.status)
    local old = program.root .. "testdata/real/go1.15-http.trace"
    assert.matches(": valid go 1%.11 trace, %d+ events\n$", verify(old).out)
  end)

  it("reads standard input and packed traces", function()
    local r = program.shell(("gzip -c %s | %s --verify -"):format(small, program.quote(program.path)))
    assert.equal("standard input: valid go 1.26 trace, 18 events\n", r.out)
  end)

  it("names the first violation", function()
    local bad = program.build((program.read(program.root .. "tests/support/small.yaml")
      :gsub("target_g: 2, g_seq: 1", "target_g: 2, g_seq: 7")))
    local r = verify(bad)
    assert.equal(3, r.status)
    assert.equal("", r.out)
    assert.matches("^gotrace%-lua: " .. bad:gsub("%p", "%%%0") .. ": offset %d+, generation 1, thread 7, " ..
      "GoStart: [^\n]+\n$", r.err)
  end)

  it("says where a cut one ends", function()
    local cut = program.tmpfile(program.read(small):sub(1, 450))
    local r = verify(cut)
    assert.equal(3, r.status)
    local _, lines = r.err:gsub("\n", "")
    assert.equal(1, lines)
    assert.matches(": offset %d+", r.err)
  end)

  it("judges several, and says of each", function()
    local cut = program.tmpfile(program.read(small):sub(1, 450))
    local r = verify(small, cut, small)
    assert.equal(3, r.status)
    assert.matches("^[^\n]+ valid [^\n]+\n[^\n]+ valid [^\n]+\n$", r.out)
    assert.matches("^gotrace%-lua: " .. cut:gsub("%p", "%%%0") .. ": offset %d+[^\n]+\n$", r.err)
  end)

  -- What the validator, the Summarizer or the pages of go tool trace refuse or
  -- panic at, though Go's reader takes it: each with what is said.
  local function refuses(name, why, ...)
    local batches = { ... }
    it("refuses " .. name, function()
      batches.strings = { [1] = "forever", [2] = "main.f", [3] = "f.go" }
      batches.stacks = { [1] = { { 1, 2, 3, 4 }, { 2, 2, 0, 4 } } }
      local r = verify(program.tmpfile(trace.file(26, batches)))
      assert.equal(3, r.status)
      assert.matches(": offset %d+, generation 1, thread %d+, [%a]+: " .. why, r.err)
    end)
  end

  refuses("a status that is none", "proc 0 has a status that is none", { m = 1, { "ProcStatus", 0, 0, 0 } })
  refuses("a goroutine that ends in a range", "goroutine 5 ends in a range %(have GC mark assist, want none%)",
    trace.running(1, 0, 5, { "GCMarkAssistBegin", 1 }, { "GoDestroy", 1 }))
  refuses("a thread that has two procs", "proc 1 runs on a thread that has another %(have proc 0, want none%)",
    trace.running(1, 0, 5, { "ProcStatus", 1, 1, 1 }))
  refuses("a goroutine that ended and is stated again", "goroutine 5 is not what it was",
    trace.running(1, 0, 5, { "GoDestroy", 1 }), { m = 2, time = 2000, { "GoStatus", 1, 5, -1, 4 } })
  refuses("a goroutine that runs without a proc, and stops", "goroutine 5 stops, but began to run without a proc",
    { m = 1, { "GoStatus", 0, 5, 1, 2 }, { "ProcStatus", 0, 0, 1 }, { "GoStop", 1 } })
  refuses("a label without a name", "a label without a name", trace.running(1, 0, 5, { "GoLabel", 1, 0 }))
  refuses("a task of no id", "a task with an id that is none", trace.running(1, 0, 5, { "UserTaskBegin", 1, 0 }))
  refuses("tasks in a circle", "task 7 is its own ancestor",
    trace.running(1, 0, 5, { "UserTaskBegin", 1, 8, 7, 2 }, { "UserTaskBegin", 1, 7, 8, 2 }))
  refuses("frames that lack something", "a frame of its stack lacks function, file, line or pc %(have frame 2%)",
    trace.running(1, 0, 5, { "GoStop", 1, 1, 1 }))
  refuses("a range of one that blocked forever", "goroutine 5 has a range after it blocked forever",
    trace.running(1, 0, 5, { "GoBlock", 1, 1 }, { "GoUnblock", 1, 5, 1 }, { "GoStart", 1, 5, 2 },
      { "STWBegin", 1, 2 }))
  refuses("a sweep beyond GOMAXPROCS", "a collector's work on a proc beyond GOMAXPROCS",
    trace.running(1, 3, 5, { "ProcsChange", 1, 2 }, { "GCSweepBegin", 1 }))
  refuses("procs without number", "go tool trace lists all procs up to this",
    { m = 1, { "ProcStatus", 0, 2 ^ 40, 2 } })

  it("refuses clocks that do not go on", function()
    local function at(time, clock)
      return { time = time, clock = clock, trace.running(1, 0, 5) }
    end
    local r = verify(program.tmpfile(trace.file(26, at(1000, { 0, 7, 7, 7 }), at(2000, { 0, 7, 8, 7 }))))
    assert.equal(3, r.status)
    assert.matches(": the generation's clocks are not later than the one's before", r.err, 1, true)
  end)

  it("refuses what is no trace, or not there", function()
    local r = verify(program.tmpfile "hello, world, this is text")
    assert.equal(3, r.status)
    assert.matches(": offset 0: not a Go execution trace", r.err)
    r = verify "/nosuch"
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: cannot open /nosuch: No such file or directory\n", r.err)
  end)

  it("does nothing else", function()
    for words, message in pairs {
      [{ small, "-e", "x = 1" }] = "--verify reads traces and does nothing else: no -e",
      [{ small, "-o", "/nosuch/x" }] = "--verify reads traces and does nothing else: no -o",
      [{ small, "--from", "1ms" }] = "--verify reads traces and does nothing else: no --from",
      [{ small, "--strict" }] = "--verify reads traces and does nothing else: no --strict",
      [{ small, "--foo" }] = "unknown option --foo",
    } do
      local r = verify(unpack(words))
      assert.equal(2, r.status)
      assert.equal("gotrace-lua: " .. message .. "\n", r.err)
    end
  end)
end)
