
local compare = require "oracle.compare.compare"
local conversion = require "oracle.compare.conversion"

describe("oracle.compare.compare", function()
  local paths

  -- Lines with `|` for TAB, as a file.
  local function dump(...)
    local path = os.tmpname()
    table.insert(paths, path)
    local f = assert(io.open(path, "w"))
    for _, line in ipairs({ ... }) do
      f:write((line:gsub("|", "\t")), "\n")
    end
    f:close()
    return path
  end

  before_each(function()
    paths = {}
  end)

  after_each(function()
    for _, path in ipairs(paths) do
      os.remove(path)
    end
  end)

  describe("identical", function()
    it("says nothing of equal dumps", function()
      assert.is_nil(compare.identical(dump("1|A|-|-|-"), dump("1|A|-|-|-")))
    end)

    it("shows the first difference and what is around it", function()
      local report = compare.identical(dump("1|A", "2|B", "3|C", "4|D"), dump("1|A", "2|X", "3|C", "4|D"))
      assert.matches("line 2 differs", report, 1, true)
      assert.matches("both  1\tA", report, 1, true)
      assert.matches("Go    2\tB\n", report, 1, true)
      assert.matches("Go    4\tD", report, 1, true)
      assert.matches("ours  2\tX\n", report, 1, true)
    end)

    it("sees that one dump is longer", function()
      assert.matches("ours  (end)", compare.identical(dump("1|A", "2|B"), dump("1|A")), 1, true)
      assert.matches("Go    (end)", compare.identical(dump("1|A"), dump("1|A", "2|B")), 1, true)
    end)
  end)

  describe("same_beginning", function()
    it("lets either dump end earlier", function()
      assert.is_nil(compare.same_beginning(dump("1|A", "2|B"), dump("1|A")))
      assert.is_nil(compare.same_beginning(dump("1|A"), dump("1|A", "2|B")))
      assert.is_nil(compare.same_beginning(dump("1|A", "error|why"), dump("1|A", "2|B")))
    end)

    it("sees a difference before that", function()
      assert.matches("line 2", compare.same_beginning(dump("1|A", "2|B"), dump("1|A", "2|X")), 1, true)
    end)
  end)

  describe("same_runs", function()
    local go = { "5|A|0|0|1", "6|B|0|1|2", "9|C|0|0|1" }

    it("lets events of one clock tick change places, and ignores threads", function()
      assert.is_nil(compare.same_runs(dump(unpack(go)), dump("5|B|7|1|2", "6|A|-|0|1", "9|C|0|0|1")))
    end)

    it("keeps the order of others", function()
      assert.is_string(compare.same_runs(dump(unpack(go)), dump("5|A|0|0|1", "6|C|0|0|1", "9|B|0|1|2")))
    end)

    it("wants the same times", function()
      local report = compare.same_runs(dump(unpack(go)), dump("5|A|0|0|1", "6|B|0|1|2", "8|C|0|0|1"))
      assert.matches("times differ:\n  Go    9 to 9 ns, 1 events\n  ours  8 to 8 ns", report, 1, true)
    end)

    it("wants each event as often", function()
      local report = compare.same_runs(dump("5|A|0|0|1", "6|A|0|0|1"), dump("5|A|0|0|1", "6|B|0|0|1"))
      assert.matches("Go    A\t0\t1\n  ours  B\t0\t1", report, 1, true)
    end)

    it("takes the context before the event from where Go has the one behind", function()
      local theirs =
        dump("5|GoStart|3|0|7|target_g=7", "9|GoSyscallEndBlocked|-|1000003|7", "11|ProcStart|4|0|-|target_p=0")
      local ours = { "5|GoStart|3|0|-|target_g=7", "9|GoSyscallEndBlocked|3|-|7", "11|ProcStart|4|-|-|target_p=0" }
      assert.is_nil(compare.same_runs(theirs, dump(unpack(ours))))
      local behind = { "5|GoStart|3|0|7|target_g=7", "9|GoSyscallEndBlocked|3|0|7", "11|ProcStart|4|0|-|target_p=0" }
      for i, wrong in ipairs(behind) do
        local lines = { unpack(ours) }
        lines[i] = wrong
        assert.is_string(compare.same_runs(theirs, dump(unpack(lines))))
      end
    end)

    it("takes any P for one that Go has made up, but that", function()
      local theirs = dump("5|GoUnblock|-|1000002|7|target_g=8")
      assert.is_nil(compare.same_runs(theirs, dump("5|GoUnblock|3|0|7|target_g=8")))
      assert.is_string(compare.same_runs(theirs, dump("5|GoUnblock|-|1000002|7|target_g=8")))
      assert.is_string(compare.same_runs(theirs, dump("5|GoUnblock|3|0|6|target_g=8")))
    end)

    it("sees that one dump is longer", function()
      assert.matches("ours  (end)", compare.same_runs(dump(unpack(go)), dump(go[1], go[2])), 1, true)
      assert.matches("Go    (end)", compare.same_runs(dump(go[1], go[2]), dump(unpack(go))), 1, true)
    end)
  end)

  describe("contains", function()
    local function event(time, key)
      return { time = time, key = (key:gsub("|", "\t")) }
    end

    it("allows more events than expected, and times moved within a run", function()
      local got = dump("5|X|-|0|1", "6|A|-|0|1", "7|B|-|0|2", "20|C|-|0|1")
      assert.is_nil(compare.contains({ event(5, "A|0|1"), event(5, "B|0|2"), event(20, "C|0|1") }, got, 9))
    end)

    it("names an event that is missing", function()
      local got = dump("5|A|-|0|1", "20|C|-|0|1")
      assert.matches("B\t0\t1", compare.contains({ event(5, "B|0|1") }, got, 9), 1, true)
      assert.matches("no event at 9 ns", compare.contains({ event(9, "C|0|1") }, got, 9), 1, true)
      assert.matches("ends before 30 ns", compare.contains({ event(30, "C|0|1") }, got, 9), 1, true)
    end)

    it("looks at the PCs only in 1.5", function()
      local got = dump("5|A|-|0|1|stack=0x10@:0@0x10;f@g:1@0x20")
      local expected = { event(5, "A|0|1|stack=@:0@0x10;@:0@0x20") }
      assert.is_nil(compare.contains(expected, got, 5))
      assert.is_string(compare.contains(expected, got, 7))
    end)
  end)
end)

describe("oracle.compare.conversion", function()
  -- Lifts lines with `|` for TAB; the result is `time|key` each.
  local function converted(...)
    local out, lines = {}, { ... }
    local i = 0
    local function next_line()
      i = i + 1
      return lines[i] and lines[i]:gsub("|", "\t"), nil
    end
    for _, ev in ipairs(conversion.lines(next_line)) do
      table.insert(out, (("%d\t%s"):format(ev.time, ev.key):gsub("\t", "|")))
    end
    return out
  end

  it("turns what is alive at the start into statuses", function()
    assert.same(
      {
        "2|GoStatus|0|-|target_g=2|target_m=-|status=Waiting",
        "4|ProcStatus|-|-|target_p=0|status=Running",
        "5|GoStatus|0|-|target_g=1|target_m=-|status=Running",
        "6|GoStatus|-|-|target_g=3|target_m=-|status=Runnable",
        "9|GoCreate|0|1|new_g=4|new_stack=f@f.go:1@0x1|stack=",
      },
      converted(
        "0|GoCreate|-|0|-|g=1|new_stack=|stack=",
        "1|GoCreate|-|0|-|g=2|new_stack=|stack=",
        "2|GoWaiting|-|0|2|g=2",
        "3|GoCreate|-|0|-|g=3|new_stack=|stack=",
        "4|ProcStart|-|0|-|thread=0",
        "5|GoStart|-|0|1|g=1|seq=0",
        "6|Gomaxprocs|-|0|1|procs=4|stack=",
        "9|GoCreate|-|0|1|g=4|new_stack=f@f.go:1@0x1|stack="
      )
    )
  end)

  local start = "0|Gomaxprocs|-|0|1|procs=4|stack="

  it("gives an instant syscall 1 ns and a blocking one its time", function()
    assert.same(
      {
        "5|GoSyscallBegin|0|1|stack=a",
        "6|GoSyscallEnd|0|1",
        "7|HeapAlloc|0|2|heapalloc=1",
        "8|GoSyscallBegin|0|1|stack=b",
        "20|GoSyscallEndBlocked|-|1",
      },
      converted(
        start,
        "5|GoSysCall|-|0|1|stack=a",
        "7|HeapAlloc|-|0|2|mem=1",
        "8|GoSysCall|-|0|1|stack=b",
        "9|GoSysBlock|-|0|1",
        "20|GoSysExit|-|1000003|1|g=1|seq=3|ts=0"
      )
    )
  end)

  it("turns kinds of blocking into reasons", function()
    assert.same(
      { "1|GoBlock|0|1|reason=chan send|stack=s" },
      converted(start, "1|GoBlockSend|-|0|1|stack=s")
    )
  end)

  it("splits a start with a label", function()
    assert.same(
      { "1|GoStart|0|-|target_g=7", "1|GoLabel|0|7|label=GC (dedicated)" },
      converted(start, "1|GoStartLabel|-|0|7|g=7|seq=1|labelid=3|label=GC (dedicated)")
    )
  end)

  it("does not pass over a type that it does not know", function()
    assert.has_error(function()
      converted(start, "1|Unheard|-|0|1")
    end, "no form for Unheard")
  end)
end)
