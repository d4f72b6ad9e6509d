local reading = require "support.reading"
local trace = require "support.trace"

local t = trace.types
local both, events = reading.both, reading.events

-- A thread with a proc and a goroutine.
local RUNNING = { { "ProcStatus", 1, 0, 1 }, { "GoStatus", 1, 5, 1, 2 } }

-- A batch of thread 1: the running thread, then these events.
local function batch(...)
  local b = { m = 1, RUNNING[1], RUNNING[2] }
  for _, ev in ipairs { ... } do
    b[#b + 1] = ev
  end
  return b
end

-- The last event of a trace of one generation.
local function last(got)
  local lines = events(got)
  return lines[#lines]
end

local function whole(got)
  assert.same({}, reading.complaints(got))
  assert.equal("END", got.status)
  return got
end

describe("a generation's strings", function()
  it("are what its events name", function()
    local got = whole(both(trace.file(26, {
      strings = { [1] = "chan receive", [900] = "sync" },
      batch({ "STWBegin", 1, 900 }, { "STWEnd", 1 }, { "GoBlock", 1, 1 }),
    })))
    assert.same({
      "1 ProcStatus 1 - - target_p=0 status=Running",
      "2 GoStatus 1 0 - target_g=5 target_m=1 status=Running",
      "3 STWBegin 1 0 5 kind=sync stack=",
      "4 STWEnd 1 0 5",
      "5 GoBlock 1 0 5 reason=chan receive stack=",
    }, events(got))
  end)

  it("may stand in several batches, before and behind the events", function()
    local function strings(id, text)
      return trace.batch({ gen = 1, m = -1, time = 1000 }, { string.char(t.Strings), trace.string(id, text) })
    end
    local labels = batch({ "GoLabel", 1, 1 }, { "GoLabel", 1, 2 })
    local got = whole(both(trace.file(26, { strings(1, "one"), labels, strings(2, "two") })))
    assert.equal("4 GoLabel 1 0 5 label=two", last(got))
    assert.equal(2, got.generations[1].strings)
  end)

  it("are its own", function()
    local label = { "GoLabel", 1, 1 }
    local one, two = { strings = { "one" }, batch(label) }, { strings = { "two" }, batch(label) }
    local got = whole(both(trace.file(26, one, two)))
    assert.matches("label=one", events(got)[3])
    assert.matches("label=two", events(got)[6])
  end)

  it("have the empty one as 0", function()
    assert.equal("3 GoLabel 1 0 5 label=", last(whole(both(trace.file(26, { batch { "GoLabel", 1, 0 } })))))
  end)

  it("are not two of one id; the first holds", function()
    local records = { string.char(t.Strings), trace.string(1, "one"), trace.string(1, "two"), trace.string(2, "three") }
    local got = both(trace.file(26, {
      batch({ "GoLabel", 1, 1 }, { "GoLabel", 1, 2 }),
      trace.batch({ gen = 1, m = -1, time = 1000 }, records),
    }))
    assert.same({ "two strings have the id 1; the first is used" }, reading.complaints(got))
    assert.equal(1, got.damages[1].gen)
    assert.matches("label=one", events(got)[3])
    assert.matches("label=three", events(got)[4])
  end)

  it("are none of the id 0", function()
    local got = both(trace.file(26, { strings = { [0] = "zero" }, batch { "GoLabel", 1, 0 } }))
    assert.same({ "two strings have the id 0; the first is used" }, reading.complaints(got))
    assert.equal("3 GoLabel 1 0 5 label=", last(got))
  end)

  it("are 1024 bytes at most", function()
    local text = ("x"):rep(1024)
    local got = whole(both(trace.file(26, { strings = { text }, batch { "GoLabel", 1, 1 } })))
    assert.equal("3 GoLabel 1 0 5 label=" .. text, last(got))
    got = both(trace.file(26, { strings = { text .. "x", "two" }, batch({ "GoLabel", 1, 1 }, { "HeapAlloc", 1, 7 }) }))
    assert.equal("string 1 is longer than the format allows", got.damages[1].what)
    assert.equal("an event refers to an unknown string or stack", got.damages[2].what)
    assert.equal(2, #got.damages)
    assert.matches("label=%?1$", events(got)[3])
    assert.equal("4 HeapAlloc 1 0 5 heapalloc=7", last(got))
  end)

  it("lose those behind damage, and count the bytes", function()
    local records = { string.char(t.Strings), trace.string(1, "one"), "!", trace.string(2, "two") }
    local got = both(trace.file(26, {
      trace.batch({ gen = 1, m = -1, time = 1000 }, records),
      batch({ "GoLabel", 1, 1 }, { "GoLabel", 1, 2 }),
    }))
    assert.equal("a record of another kind in this batch", got.damages[1].what)
    assert.equal(1 + #records[4], got.damages[1].lost)
    assert.equal(1 + #records[4], got.info.lost)
    assert.same({ "3 GoLabel 1 0 5 label=one", "4 GoLabel 1 0 5 label=?2" }, { events(got)[3], events(got)[4] })
  end)
end)

describe("a generation's stacks", function()
  local STRINGS = { "main.f", "main.go", "main.g", "other.go" }

  local function alloc(id)
    return { "ProcsChange", 1, 4, id }
  end

  it("are what its events name", function()
    local got = whole(both(trace.file(26, {
      strings = STRINGS,
      stacks = { [3] = { { 10, 1, 2, 7 }, { 20, 3, 4, 8 } }, [4] = {} },
      batch(alloc(3), alloc(4), alloc(0)),
    })))
    assert.same({
      "3 ProcsChange 1 0 5 procs=4 stack=main.f:7;main.g:8",
      "4 ProcsChange 1 0 5 procs=4 stack=",
      "5 ProcsChange 1 0 5 procs=4 stack=",
    }, { unpack(events(got), 3) })
    assert.equal(2, got.generations[1].stacks)
  end)

  it("take one frame for a pc, the first", function()
    local got = whole(both(trace.file(26, {
      strings = STRINGS,
      stacks = { [1] = { { 10, 1, 2, 7 }, { 10, 3, 4, 8 } }, [2] = { { 20, 3, 4, 9 }, { 10, 3, 4, 9 } } },
      batch(alloc(1), alloc(2)),
    })))
    assert.equal("3 ProcsChange 1 0 5 procs=4 stack=main.f:7;main.f:7", events(got)[3])
    assert.equal("4 ProcsChange 1 0 5 procs=4 stack=main.g:9;main.f:7", events(got)[4])
  end)

  it("take it anew in each generation", function()
    local got = whole(both(trace.file(
      26,
      { strings = STRINGS, stacks = { { { 10, 1, 2, 7 } } }, batch(alloc(1)) },
      { strings = STRINGS, stacks = { { { 10, 3, 4, 8 } } }, batch(alloc(1)) }
    )))
    assert.matches("stack=main.f:7$", events(got)[3])
    assert.matches("stack=main.g:8$", events(got)[6])
  end)

  it("may name no function and no file", function()
    local got = whole(both(trace.file(26, { stacks = { { { 10, 0, 0, 7 } } }, batch(alloc(1)) })))
    assert.equal("3 ProcsChange 1 0 5 procs=4 stack=:7", last(got))
  end)

  it("may not name a string that is not there", function()
    local got = both(trace.file(26, {
      strings = STRINGS,
      stacks = { { { 10, 77, 2, 7 } }, { { 10, 88, 99, 8 } }, { { 20, 1, 99, 9 } } },
      batch(alloc(1), alloc(2), alloc(3)),
    }))
    -- The second frame of pc 10 is not looked at, as in Go's reader.
    assert.same({
      "a stack frame names the unknown string 77",
      "stack frames name unknown strings 1 more times",
    }, reading.complaints(got))
    assert.matches("stack=%?77:7$", events(got)[3])
    assert.matches("stack=%?77:7$", events(got)[4])
    assert.matches("stack=main.f:9$", events(got)[5])
  end)

  it("are not two of one id; the first holds", function()
    local function stacks(...)
      return trace.batch({ gen = 1, m = -1, time = 1000 }, { string.char(t.Stacks), ... })
    end
    local one, two = trace.stack(1, { { 10, 1, 2, 7 } }), trace.stack(1, { { 20, 3, 4, 8 } })
    local got = both(trace.file(26, { strings = STRINGS, stacks(one, two), batch(alloc(1)) }))
    assert.same({ "two stacks have the id 1; the first is used" }, reading.complaints(got))
    assert.matches("stack=main.f:7$", last(got))
    got = both(trace.file(26, { strings = STRINGS, stacks(trace.stack(0, {})), batch() }))
    assert.same({ "two stacks have the id 0; the first is used" }, reading.complaints(got))
  end)

  it("are 128 frames deep at most", function()
    local frames, lines = {}, {}
    for i = 1, 128 do
      frames[i], lines[i] = { i, 1, 2, i }, "main.f:" .. i
    end
    local got = whole(both(trace.file(26, { strings = STRINGS, stacks = { frames }, batch(alloc(1)) })))
    assert.equal("3 ProcsChange 1 0 5 procs=4 stack=" .. table.concat(lines, ";"), last(got))
    frames[129] = { 129, 1, 2, 129 }
    got = both(trace.file(26, { strings = STRINGS, stacks = { frames }, batch(alloc(1)) }))
    assert.equal("stack 1 is deeper than the format allows", got.damages[1].what)
    assert.matches("stack=$", last(got))
  end)
end)

describe("a generation's clock", function()
  it("turns ticks into ns", function()
    local got = whole(both(trace.file(26, {
      freq = 5e8,
      { m = 1, time = 1000, { "ProcStatus", 10, 0, 2 }, { "ProcStatus", 7, 1, 2 } },
    })))
    assert.equal(2, got.generations[1].ns_per_tick)
    assert.same({ 20, 34 }, { got.events[2].time, got.events[3].time })
  end)

  it("rounds down, event by event, as Go does", function()
    local got = whole(both(trace.file(26, {
      freq = 3e9,
      { m = 1, time = 3000, { "ProcStatus", 8, 0, 2 }, { "ProcStatus", 8, 1, 2 }, { "ProcStatus", 8, 2, 2 } },
    }), { want = { "ProcStatus" } }))
    local zero = math.floor(1000 * (1 / (3e9 / 1e9))) -- of the sync batch, in ns
    for i, time in ipairs { 1002, 1004, 1006 } do
      assert.equal(time - zero, got.events[i].time)
    end
  end)

  it("is of the generation's own", function()
    local got = whole(both(trace.file(
      26,
      { freq = 1e9, { m = 1, time = 1000, { "ProcStatus", 10, 0, 2 } } },
      { freq = 5e8, time = 2000, { m = 1, { "ProcStatus", 10, 0, 2 } } }
    )))
    assert.same({ 10, 3020 }, { got.events[2].time, got.events[4].time })
    assert.same({ 0, 3000 }, { got.generations[1].time, got.generations[2].time })
  end)

  it("begins with the earliest of all its batches", function()
    local got = whole(both(trace.file(26, {
      { m = 1, time = 900, { "ProcStatus", 10, 0, 2 } },
      { m = 2, time = 800, exp = 1 },
      { m = 3, time = 950, { "ProcStatus", 10, 1, 2 } },
    })))
    assert.same({ 110, 160 }, { got.events[2].time, got.events[3].time })
  end)

  it("does not begin with a batch of time 0 unless that is the last", function()
    local got = whole(both(trace.file(26, {
      { m = 1, time = 0, { "ProcStatus", 10, 0, 2 } },
      { m = 3, time = 950, { "ProcStatus", 10, 1, 2 } },
    })))
    -- As in Go's reader, which takes 0 for "none yet".
    assert.same({ 1, 10 }, { got.events[2].time, got.events[3].time })
  end)

  it("shows its snapshot", function()
    local got = whole(both(trace.file(25, { clock = { 7, 11, 12, 13 }, batch() })))
    local g = got.generations[1]
    assert.is_true(g.has_clock)
    assert.same({ 7, 11, 12, 13 }, { g.clock_time, g.clock_mono, g.clock_sec, g.clock_nsec })
    got = whole(both(trace.file(23, { batch() })))
    assert.is_false(got.generations[1].has_clock)
  end)

  for _, version in ipairs { 22, 23, 25, 26 } do
    it(("without a frequency is damage in 1.%d, and shows ticks"):format(version), function()
      local got = both(trace.file(version, { freq = false, { m = 1, time = 1000, { "ProcStatus", 10, 0, 2 } } }))
      local d = table.remove(got.damages)
      assert.equal("a generation without a Frequency; times are in ticks", d.what)
      assert.same({ 16, 1, 0 }, { d.off, d.gen, d.lost })
      -- Before 1.26 that is how one shows whose end was not written.
      local cut = version < 26 and { "the last generation has no end; was the recording cut off?" } or {}
      assert.same(cut, reading.complaints(got))
      assert.matches("^%d+ ProcStatus", last(got))
      assert.equal(1, got.generations[1].ns_per_tick)
    end)
  end

  it("without a frequency takes that of the generation before", function()
    local got = both(trace.file(26, { freq = 5e8, batch() }, { freq = false, batch() }))
    assert.same({ "a generation without a Frequency; that of generation 1 is used" }, reading.complaints(got))
    assert.equal(2, got.generations[2].ns_per_tick)
  end)

  it("without a snapshot is damage since 1.25", function()
    for version, want in pairs { [22] = {}, [23] = {}, [25] = { "a generation without a ClockSnapshot" },
      [26] = { "a generation without a ClockSnapshot" } } do
      assert.same(want, reading.complaints(both(trace.file(version, { clock = false, batch() }))))
    end
  end)

  it("is read as far as it goes", function()
    local sync = string.char(t.Sync) .. trace.frequency(5e8) .. "\255"
    sync = trace.batch({ gen = 1, m = -1, time = 1000 }, { sync })
    local got = both(trace.file(26, { freq = false, clock = false, sync, batch() }))
    assert.equal("a record of another kind in a sync batch", got.damages[1].what)
    assert.same({ 1, 1 }, { got.damages[1].lost, got.damages[1].gen })
    assert.equal(2, got.generations[1].ns_per_tick)
  end)

  -- 1/0 is infinite; what Go makes of that is in its reader's hands too.
  it("may have a frequency of 0", function()
    local b = { m = 1, time = 1000, { "ProcStatus", 10, 0, 2 }, { "ProcStatus", 10, 1, 2 }, { "ProcStatus", 10, 2, 2 } }
    local got = both(trace.file(26, { freq = 0, b }))
    assert.same({}, got.damages)
    assert.same({ 1, 2, 3 }, { got.events[2].time, got.events[3].time, got.events[4].time })
  end)
end)

describe("the generations of a trace", function()
  -- n generations, and what of them comes: their numbers.
  local function gens(got)
    local out = {}
    for i, g in ipairs(got.generations) do
      out[i] = g.gen
    end
    return out
  end

  local function numbered(...)
    local out = {}
    for i, gen in ipairs { ... } do
      out[i] = { gen = gen, batch { "HeapAlloc", 1, gen } }
    end
    return unpack(out)
  end

  for _, version in ipairs { 22, 23, 25, 26 } do
    it(("follow each other in 1.%d"):format(version), function()
      local got = whole(both(trace.file(version, numbered(1, 2, 3))))
      assert.same({ 1, 2, 3 }, gens(got))
      assert.equal(3, got.info.generations)
      assert.equal(9, got.info.events)
      assert.matches("heapalloc=3$", last(got))
    end)
  end

  it("begin and end where they do", function()
    for _, version in ipairs { 23, 26 } do
      local one, two = numbered(7, 8)
      one, two = trace.generation(version, one), trace.generation(version, two)
      local got = whole(both(trace.header(version) .. one .. two))
      local mid = 16 + #one
      assert.same({ 16, mid, mid, mid + #two }, {
        got.generations[1].off, got.generations[1]["end"], got.generations[2].off, got.generations[2]["end"],
      })
      assert.same({ "generation at 16", "generation at " .. mid }, { got.lines[1], got.lines[5] })
    end
  end)

  it("may begin with any number", function()
    for _, gen in ipairs { 2, 100, 2 ^ 40 } do
      assert.same({ gen }, gens(whole(both(trace.file(22, numbered(gen))))))
      assert.same({ gen }, gens(whole(both(trace.file(26, numbered(gen))))))
    end
  end)

  it("may have any numbers in 1.26, where each says that it ends", function()
    assert.same({ 5, 9, 2, 2 }, gens(whole(both(trace.file(26, numbered(5, 9, 2, 2))))))
  end)

  for name, case in pairs {
    ["a step of two"] = { 1, 3 },
    ["a step back"] = { 2, 1 },
  } do
    it(("are out of order before 1.26 with %s, and delivered all the same"):format(name), function()
      local got = both(trace.file(23, numbered(unpack(case))))
      assert.same({ "generations are out of order, or an end of generation is missing" }, reading.complaints(got))
      assert.same(
        { ("a batch of generation %d"):format(case[2]), ("generation %d"):format(case[1]), 0 },
        { got.damages[1].have, got.damages[1].want, got.damages[1].lost }
      )
      assert.same(case, gens(got))
      assert.equal(6, #events(got))
    end)
  end

  it("without an end are out of order in 1.26", function()
    local one, two = numbered(1, 2)
    one.ended = false
    local got = both(trace.file(26, one, two))
    assert.same({ "generations are out of order, or an end of generation is missing" }, reading.complaints(got))
    assert.same({ 1, 2 }, gens(got))
  end)

  it("have batches of none as damage", function()
    for _, version in ipairs { 23, 26 } do
      local stray = trace.batch({ gen = 0, m = 1, time = 1000 }, { trace.event { "HeapAlloc", 1, 99 } })
      local got = both(trace.file(version, { batch(), stray, { m = 1, { "HeapAlloc", 1, 7 } } }))
      assert.same({ "a batch of no generation" }, reading.complaints(got))
      assert.equal(#stray, got.damages[1].lost)
      assert.matches("heapalloc=7$", last(got))
    end
  end)

  it("end by a batch, too", function()
    local ends = trace.batch({ gen = 1, m = -1, time = 1 }, { trace.end_of_generation })
    local got = whole(both(trace.file(26, { ended = false, batch { "HeapAlloc", 1, 7 }, ends }, { batch() })))
    assert.same({ 1, 2 }, gens(got))
    -- The time of that batch is not one of the generation's.
    assert.equal(3, got.events[4].time)
  end)

  it("do not end so before 1.26", function()
    local byte = trace.end_of_generation
    for _, ends in ipairs { byte, trace.batch({ gen = 1, m = -1, time = 1000 }, { byte }) } do
      local got = both(trace.file(25, { batch(), ends, { m = 1, { "HeapAlloc", 1, 7 } } }))
      assert.same({ "a batch of no generation" }, reading.complaints(got))
      assert.equal(#ends, got.damages[1].lost)
      assert.same({ 1 }, gens(got))
      assert.matches("heapalloc=7$", last(got))
    end
  end)

  it("do not end twice", function()
    local got = both(trace.file(26, { batch() }, trace.end_of_generation, { batch() }))
    assert.same({ "an end of generation with nothing before it" }, reading.complaints(got))
    assert.same({ 1, 2 }, gens(got))
    assert.equal(4, #events(got))
  end)

  it("may not be none: then the program ended too early", function()
    for _, version in ipairs { 22, 23, 25, 26 } do
      local got = both(trace.header(version))
      assert.same({ "no events: the program ended before trace.Stop" }, reading.complaints(got))
      assert.same({ "damage 0" }, got.lines)
      assert.equal(16, got.damages[1].off)
    end
  end)

  it("lack an end where the recording was cut off in 1.26", function()
    local one, two = numbered(1, 2)
    two.ended = false
    local got = both(trace.file(26, one, two))
    assert.same({ "the last generation has no end; was the recording cut off?" }, reading.complaints(got))
    assert.same({ 1, 2 }, gens(got))
    assert.equal(6, #events(got))
  end)

  it("may be followed by tables that belong to none", function()
    local strings = trace.batch({ gen = 2, m = -1, time = 5 }, { string.char(t.Strings), trace.string(1, "x") })
    local stack = trace.stack(1, { { 1, 99, 99, 1 } })
    local stacks = trace.batch({ gen = 2, m = -1, time = 5 }, { string.char(t.Stacks), stack })
    local got = whole(both(trace.file(26, { batch() }, strings .. stacks)))
    assert.same({ 1 }, gens(got))
    -- Even these have to be in order.
    local others = trace.batch({ gen = 2, m = -1, time = 6 }, { string.char(t.Strings), trace.string(1, "x") })
    got = both(trace.file(26, { batch() }, strings .. others))
    assert.same({ "two strings have the id 1; the first is used" }, reading.complaints(got))
    assert.same({ "generation at 16", "1 ProcStatus 1 - - target_p=0 status=Running",
      "2 GoStatus 1 0 - target_g=5 target_m=1 status=Running", "damage 0" }, got.lines)
  end)

  it("keep what experiments say to themselves", function()
    local exp = { exp = 1, m = 1, "anything at all" }
    local got = whole(both(trace.file(26, { exp, batch(), exp })))
    assert.equal(2, #events(got))
    assert.equal(2 * #exp[1], got.info.part[8])
  end)
end)

describe("a batch that is there twice", function()
  local TWICE = { "a batch is there twice; it is read once" }
  local function alloc(n, time)
    return trace.batch({ gen = 1, m = 1, time = time or 1100 }, { trace.event { "HeapAlloc", 1, n } })
  end

  it("is read once and told, directly and behind others", function()
    for _, version in ipairs { 22, 25, 26 } do
      for _, between in ipairs { "", alloc(8, 1200) } do
        local clean = whole(both(trace.file(version, { batch(), alloc(7), between })))
        local got = both(trace.file(version, { batch(), alloc(7), between, alloc(7) }))
        assert.same(TWICE, reading.complaints(got))
        assert.same(events(clean), events(got))
        assert.equal(0, got.info.lost)
        local first = got.damages[1].off - #between - #alloc(7)
        assert.equal(("the bytes of the batch at offset %d"):format(first), got.damages[1].have)
      end
    end
  end)

  it("is none of other bytes, another time or another thread", function()
    local twin = trace.batch({ gen = 1, m = 2, time = 1100 }, { trace.event { "HeapAlloc", 1, 7 } })
    for _, other in ipairs { alloc(9), alloc(7, 1101), twin } do
      local thread = { m = 2, { "ProcStatus", 1, 1, 1 } }
      assert.equal(6, #events(whole(both(trace.file(26, { batch(), thread, alloc(7), other, alloc(6, 1300) })))))
    end
  end)

  it("may be a table, samples or the clock", function()
    local parts = {
      trace.batch({ gen = 1, m = -1, time = 5 }, { string.char(t.Strings), trace.string(9, "x") }),
      trace.batch({ gen = 1, m = -1, time = 6 }, { string.char(t.Stacks), trace.stack(9, {}) }),
      trace.batch({ gen = 1, m = -1, time = 7 }, { string.char(t.CPUSamples), trace.sample { 1000, 1, 0, 5, 0 } }),
    }
    for _, part in ipairs(parts) do
      local once, got = whole(both(trace.file(26, { batch(), part }))), both(trace.file(26, { batch(), part, part }))
      assert.same(TWICE, reading.complaints(got))
      assert.same(events(once), events(got))
    end
    local clock = trace.batch({ gen = 1, m = -1, time = 5 }, { string.char(t.Sync), trace.frequency(1e9),
      trace.clock { 0, 1, 2, 3 } })
    assert.same(TWICE, reading.complaints(both(trace.file(26, { freq = false, clock = false, clock, clock, batch() }))))
  end)
end)

describe("a generation's numbers", function()
  local bytes = trace.file(26, {
    strings = { "one", "two" },
    stacks = { { { 1, 1, 1, 1 } } },
    samples = { { 1000, 1, 0, 5, 1 }, { 1001, 1, 0, 5, 1 }, { 1002, 1, 0, 5, 1 } },
    batch(),
    { m = 2, { "ProcStatus", 1, 7, 2 } },
    { m = 1, { "HeapAlloc", 1, 1 } },
    { exp = 1, "experiment" },
  })

  it("count its parts", function()
    local g = whole(both(bytes)).generations[1]
    assert.same({ 3, 2, 1, 3 }, { g.batches, g.strings, g.stacks, g.samples })
  end)

  it("count each one's own", function()
    local second = trace.generation(26, { gen = 2, strings = { "one" }, batch() })
    local g = whole(both(bytes .. second)).generations[2]
    assert.same({ 1, 1, 0, 0 }, { g.batches, g.strings, g.stacks, g.samples })
  end)

  it("account for every byte", function()
    local got = whole(both(bytes))
    local sum = 0
    for _, n in ipairs(got.info.part) do
      assert.is_true(n > 0)
      sum = sum + n
    end
    assert.equal(#bytes, sum)
    assert.equal(16, got.info.part[1])
    assert.equal(#"experiment", got.info.part[8])
    assert.equal(#bytes, got.info.consumed)
    assert.equal(#bytes, got.info.size)
  end)
end)

describe("a batch of 64 KiB", function()
  -- HeapAlloc with a padded number, 11 bytes each, then up to n bytes in all.
  local function filled(n)
    local b, rest = batch(), n - 4 - 5
    while rest > 26 do
      b[#b + 1] = { "HeapAlloc", 1, trace.varint(7, 9) }
      rest = rest - 11
    end
    b[#b + 1] = { "HeapAlloc", 1, trace.varint(8, math.min(10, rest - 2)) }
    rest = rest - 2 - math.min(10, rest - 2)
    if rest > 0 then
      b[#b + 1] = { "HeapAlloc", 1, trace.varint(9, rest - 2) }
    end
    return b
  end
  local function size_of(b)
    local n = 0
    for _, ev in ipairs(b) do
      n = n + #trace.event(ev)
    end
    return n
  end

  it("is read", function()
    local b = filled(65536)
    assert.equal(65536, size_of(b))
    local got = whole(both(trace.file(26, { b })))
    assert.equal(#b, #events(got))
    assert.matches("heapalloc=9$", last(got))
  end)

  it("and a byte is damage, behind which it goes on", function()
    local b = filled(65537)
    assert.equal(65537, size_of(b))
    local got = both(trace.file(26, {
      batch { "HeapAlloc", 1, 1 },
      b,
      { m = 1, { "HeapAlloc", 1, 3 } },
      { m = 1, { "HeapAlloc", 1, 4 } },
    }))
    assert.same({ "a batch larger than the format allows" }, reading.complaints(got))
    assert.equal(#trace.batch({ gen = 1, m = 1, time = 1000 }, { ("x"):rep(65537) }), got.damages[1].lost)
    assert.same({ "heapalloc=1", "heapalloc=3", "heapalloc=4" }, {
      events(got)[3]:match "heapalloc.*", events(got)[4]:match "heapalloc.*", events(got)[5]:match "heapalloc.*",
    })
  end)
end)

describe("behind damage", function()
  local junk = "!\0\255 junk"

  it("reading goes on where batches can be read again", function()
    for _, version in ipairs { 22, 26 } do
      local got = both(trace.file(version, {
        batch { "HeapAlloc", 1, 1 },
        junk,
        { m = 1, { "HeapAlloc", 1, 2 } },
        { m = 1, { "HeapAlloc", 1, 3 } },
      }))
      assert.same({ "no batch begins here" }, reading.complaints(got))
      assert.equal(#junk, got.damages[1].lost)
      assert.equal(#junk, got.info.lost)
      assert.equal(5, #events(got))
      assert.matches("heapalloc=3$", last(got))
    end
  end)

  it("a generation is partial: unknown ids are no further damage", function()
    local function file(middle)
      return trace.file(26, {
        batch({ "GoLabel", 1, 77 }, { "ProcsChange", 1, 4, 88 }),
        { m = 1, { "HeapAlloc", 1, 1 } },
        middle,
        { m = 1, { "HeapAlloc", 1, 2 } },
        stacks = { { { 10, 99, 99, 1 } } },
      })
    end
    local got = both(file "")
    assert.equal(4, #got.damages) -- two ids of the frame, two of events
    got = both(file(junk))
    assert.same({ "no batch begins here" }, reading.complaints(got))
    assert.same({
      "3 GoLabel 1 0 5 label=?77",
      "4 ProcsChange 1 0 5 procs=4 stack=",
    }, { events(got)[3], events(got)[4] })
  end)

  it("the next generation is whole again", function()
    local got = both(trace.file(26, { batch(), junk }, { batch { "GoLabel", 1, 77 } }))
    assert.same({ "no batch begins here", "generations are out of order, or an end of generation is missing" },
      { got.damages[1].what, got.damages[2].what })
    assert.equal("an event refers to an unknown string or stack", got.damages[3].what)
    assert.equal(3, #got.damages)
    assert.equal(5, #events(got))
  end)

  it("several times", function()
    local g = { batch() }
    for i = 1, 20 do
      g[#g + 1] = junk:rep(i)
      g[#g + 1] = { m = 1, { "HeapAlloc", 1, i } }
      g[#g + 1] = { m = 1, { "HeapAlloc", 1, i } }
    end
    local got = both(trace.file(26, g))
    assert.equal(20, #got.damages)
    assert.equal(#junk * 210, got.info.lost)
    assert.equal(2 + 40, #events(got))
  end)

  it("nothing may be left", function()
    for _, version in ipairs { 22, 26 } do
      local got = both(trace.file(version, { batch { "HeapAlloc", 1, 7 }, ended = false }, junk:rep(100)))
      assert.same({ "no batch begins here" }, reading.complaints(got))
      assert.equal(100 * #junk, got.info.lost)
      assert.matches("heapalloc=7$", last(got))
      got = both(trace.header(version) .. junk)
      assert.equal("no batch begins here", got.damages[1].what)
      assert.equal(#junk, got.info.lost)
      assert.same({}, events(got))
    end
  end)
end)

describe("a trace that is cut off", function()
  -- Where the batches of a trace end, as a set.
  local function batch_ends(bytes)
    local at, ends = 17, { [16] = true }
    local function number()
      local v, unit = 0, 1
      repeat
        local byte = bytes:byte(at)
        v, unit, at = v + byte % 128 * unit, unit * 128, at + 1
      until byte < 128
      return v
    end
    while at <= #bytes do
      local kind = bytes:byte(at)
      at = at + 1
      if kind ~= t.EndOfGeneration then
        number() -- generation
        number() -- thread
        number() -- time
        at = number() + at
      end
      ends[at - 1] = true
    end
    return ends
  end

  local FILES = {}
  for _, version in ipairs { 22, 25, 26 } do
    FILES[version] = trace.file(
      version,
      {
        strings = { "chan receive", "main.f", "main.go" },
        stacks = { { { 10, 2, 3, 7 } } },
        samples = { { 1003, 1, 0, 5, 1 } },
        batch({ "HeapAlloc", 2, 2 ^ 40 }, { "GoBlock", 2, 1, 1 }),
      },
      { strings = { "other" }, { m = 1, RUNNING[1], { "GoStatus", 300, 5, -1, 4 }, { "GoUnblock", 1, 5, 1 } } }
    )
  end

  for version, bytes in pairs(FILES) do
    it(("is read as far as it goes, wherever that is (1.%d)"):format(version), function()
      local all, most = whole(both(bytes)), 0
      local boundary = batch_ends(bytes)
      for n = 16, #bytes do
        local got = both(bytes:sub(1, n))
        assert.equal("END", got.status)
        assert.is_true(#got.damages > 0 or boundary[n] ~= nil, n)
        assert.is_true(got.info.lost <= n, n)
        -- More bytes, no fewer events, unless it is tables that come to light.
        assert.is_true(#events(got) >= most, n)
        most = #events(got)
      end
      assert.equal(#events(all), most)
    end)
  end

  it("does not take the data of a cut-off batch for a batch", function()
    local inner = trace.batch({ gen = 1, m = 9, time = 1000 }, { trace.event { "ProcStatus", 1, 99, 2 } })
    local outer = { m = 1, RUNNING[1], RUNNING[2], { "HeapAlloc", 1, 7 }, inner, size = 1000 }
    local got = both(trace.file(26, { outer, ended = false }))
    -- What there is of it is no events: it is not only cut off.
    local lacks = ("a batch lacks %d of its bytes"):format(1000 - #inner - #trace.event { "HeapAlloc", 1, 7 } -
      #trace.event(RUNNING[1]) - #trace.event(RUNNING[2]))
    assert.same({ lacks }, reading.complaints(got))
    -- What comes just before may be misread.
    assert.equal("2 GoStatus 1 0 - target_g=5 target_m=1 status=Running", last(got))
    assert.equal(#inner + #trace.event { "HeapAlloc", 1, 7 }, got.info.lost)
  end)

  it("does not take a lone batch behind bytes of no generation for its begin", function()
    local lone = trace.batch({ gen = 1, m = 9, time = 1000 }, { trace.event { "ProcStatus", 1, 99, 2 } })
    local got = both(trace.header(26) .. "!" .. lone)
    assert.same({ "no batch begins here" }, reading.complaints(got))
    assert.same({}, events(got))
    assert.equal(1, #events(both(trace.header(26) .. "!" .. lone .. trace.end_of_generation)))
  end)

  it("delivers the events of a batch that is cut off", function()
    local b = trace.batch({ gen = 1, m = 1, time = 1000 }, {
      trace.event(RUNNING[1]),
      trace.event(RUNNING[2]),
      trace.event { "HeapAlloc", 1, 7 },
      trace.event { "HeapAlloc", 1, 300 },
    })
    local file = trace.file(26, { ended = false }) .. b
    local got = both(file:sub(1, -2))
    assert.same({ "the trace ends inside a batch; was its recording cut off?" }, reading.complaints(got))
    assert.equal("3 HeapAlloc 1 0 5 heapalloc=7", last(got))
    assert.equal(3, got.info.lost) -- what there is of the last event
  end)
end)
