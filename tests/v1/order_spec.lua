-- The order of events of different Ps: rules of Go 1.27
-- internal/trace/internal/tracev1/{parser,order}.go.
local v1 = require "v1.v1_trace"

local BY_TIME = "no consistent ordering of events possible"
local OUT_OF_ORDER = "time stamps out of order"

-- The type and the context's P of each line from `from` on.
local function brief(lines, from)
  local out = {}
  for _, line in ipairs(lines) do
    local time, typ, p, args = line:match "^(%d+) (%w+) %S+ (%S+) %S+%s?(.*)$"
    if tonumber(time) >= (from or 0) then
      out[#out + 1] = ("%s %s %s%s"):format(time, typ, p, args:match " ?target_g=%d+" or "")
    end
  end
  return out
end

-- What the damages begin with.
local function complaints(out)
  local whats = {}
  for i, d in ipairs(out.damages) do
    whats[i] = d.what:match "^[^:,]+"
  end
  return whats
end

describe("events of different Ps", function()
  it("come by their times", function()
    local t = v1.trace(11):start():HeapAlloc(10, 1):HeapAlloc(20, 1)
    t:Batch(1, 1015):HeapAlloc(0, 1):HeapAlloc(5, 1):HeapAlloc(15, 1)
    assert.same({
      "10 HeapAlloc 0",
      "15 HeapAlloc 1",
      "20 HeapAlloc 1",
      "30 HeapAlloc 0",
      "35 HeapAlloc 1",
    }, brief(v1.lines(t:finish()), 10))
  end)

  it("of equal times come in the order of the Ps in the file", function()
    local t = v1.trace(11):Batch(3, 10):HeapAlloc(0, 1):Batch(1, 10):HeapAlloc(0, 1):Batch(3, 10):HeapAlloc(0, 1)
    assert.same({ "0 HeapAlloc 3", "1 HeapAlloc 3", "2 HeapAlloc 1" }, brief(v1.lines(t:finish())))
  end)

  it("of equal times do so where one P has many in a row, too", function()
    local t = v1.trace(11):start():HeapAlloc(20, 1):HeapAlloc(20, 1)
    t:Batch(1, 1010):HeapAlloc(0, 1):HeapAlloc(5, 1):HeapAlloc(5, 1):HeapAlloc(5, 1)
    assert.same({
      "10 HeapAlloc 1",
      "15 HeapAlloc 1",
      "20 HeapAlloc 0",
      "21 HeapAlloc 1",
      "25 HeapAlloc 1",
      "40 HeapAlloc 0",
    }, brief(v1.lines(t:finish()), 10))
    t = v1.trace(11):start():HeapAlloc(10, 1):HeapAlloc(5, 1):HeapAlloc(5, 1):Batch(1, 1015):HeapAlloc(0, 1)
    assert.same({
      "10 HeapAlloc 0",
      "15 HeapAlloc 0",
      "16 HeapAlloc 1",
      "20 HeapAlloc 0",
    }, brief(v1.lines(t:finish()), 10))
  end)

  it("come by their times where the last P of three is next", function()
    local t = v1.trace(11):start():HeapAlloc(10, 1):HeapAlloc(20, 1):HeapAlloc(20, 1)
    t:Batch(1, 1040):HeapAlloc(0, 1):Batch(2, 1020):HeapAlloc(0, 1)
    assert.same({
      "10 HeapAlloc 0",
      "20 HeapAlloc 2",
      "30 HeapAlloc 0",
      "40 HeapAlloc 1",
      "50 HeapAlloc 0",
    }, brief(v1.lines(t:finish()), 10))
  end)

  it("go on over the batches of a P", function()
    local t = v1.trace(11):start():GoCreate(10, 2, 0, 0):Batch(1, 1020):HeapAlloc(0, 1)
    t:Batch(0, 1030):GoBlock(0, 0):Batch(0, 1040):GoStart(0, 2, 1):GoEnd(10)
    assert.same({
      "10 GoCreate 0",
      "20 HeapAlloc 1",
      "30 GoBlock 0",
      "40 GoStart 0target_g=2",
      "50 GoDestroy 0",
    }, brief(v1.lines(t:finish()), 10))
  end)

  -- A goroutine goes from P to P faster than clocks agree.
  it("wait for what their goroutine has to go through, whatever the clocks say", function()
    local t = v1.trace(11):start():GoCreate(100, 2, 0, 0)
    t:Batch(1, 1020):ProcStart(0, 8):GoStart(10, 2, 1)
    local out = v1.read(t:finish())
    assert.same({ OUT_OF_ORDER }, complaints(out))
    assert.same({
      "20 ProcStatus -",
      "100 GoCreate 0",
      "101 GoStart 1target_g=2",
    }, brief(out, 20))
  end)

  it("follow the numbers of wakeups over three Ps", function()
    local t = v1.trace(11):start():GoCreate(10, 2, 0, 0):GoCreate(1, 3, 0, 0):GoUnblock(40, 2, 2, 0)
    t:Batch(1, 1015):GoStart(0, 2, 1):GoBlock(5, 0)
    t:Batch(2, 1020):GoStart(5, 3, 1):GoUnblock(40, 2, 4, 0)
    t:Batch(1, 1052):GoStart(3, 2, 3):GoBlock(5, 0)
    assert.same({
      "10 GoCreate 0",
      "11 GoCreate 0",
      "15 GoStart 1target_g=2",
      "20 GoBlock 1",
      "25 GoStart 2target_g=3",
      "51 GoUnblock 0target_g=2",
      "55 GoStart 1target_g=2",
      "60 GoBlock 1",
      "65 GoUnblock 2target_g=2",
    }, brief(v1.lines(t:finish()), 10))
  end)

  it("follow local forms without numbers", function()
    local t = v1.trace(11):start():GoCreate(10, 2, 0, 0):GoBlock(1, 0):GoStartLocal(1, 2)
    t:GoUnblockLocal(1, 1, 0):GoPreempt(1, 0):GoStartLocal(1, 1)
    assert.same({
      "10 GoCreate 0",
      "11 GoBlock 0",
      "12 GoStart 0target_g=2",
      "13 GoUnblock 0target_g=1",
      "14 GoStop 0",
      "15 GoStart 0target_g=1",
    }, brief(v1.lines(t:finish()), 10))
  end)

  it("follow the numbers of collections", function()
    local t = v1.trace(11):start():GCStart(10, 1, 0):GCDone(1)
    t:Batch(1, 1020):GCStart(0, 0, 0):GCDone(5)
    local out = v1.read(t:finish())
    assert.same({ "20 GCBegin 1", "21 GCBegin 0" }, { brief(out, 20)[1], brief(out, 20)[2] })
    assert.equal(OUT_OF_ORDER, complaints(out)[2])
  end)
end)

describe("events that nothing leads to", function()
  it("come by their time stamps, and what they follow is named", function()
    local t = v1.trace(11):start():HeapAlloc(40, 1)
    t:Batch(1, 1020):GoStart(0, 5, 3)
    local off = t:last()
    local out = v1.read(t:GoEnd(50):finish())
    -- It comes to light only on the way, since nobody waits for 20 us.
    assert.same({ "an event of goroutine 5 is missing" }, complaints(out))
    assert.equal(off, out.damages[1].off)
    assert.equal(0, out.damages[1].lost)
    assert.same({ "40 HeapAlloc 0", "41 GoStart 1target_g=5", "70 GoDestroy 1" }, brief(out, 40))
  end)

  it("have 20 us to come, and do not hold up others for longer", function()
    local t = v1.trace(11):start():HeapAlloc(40, 1):HeapAlloc(30000, 2):HeapAlloc(30000, 3)
    t:Batch(1, 1020):GoStart(0, 5, 3):HeapAlloc(10, 4):HeapAlloc(40000, 5)
    assert.same({
      "40 HeapAlloc 0", "41 GoStart 1target_g=5", "42 HeapAlloc 1", "30040 HeapAlloc 0", "40030 HeapAlloc 1",
      "60040 HeapAlloc 0",
    }, brief(v1.read(t:finish()), 40))
  end)

  it("that are too many come by their time stamps", function()
    local t = v1.trace(11):start():HeapAlloc(40, 1):HeapAlloc(90000, 1)
    t:Batch(1, 1020)
    for g = 100, 200 do
      t:GoStart(10, g, 3):GoEnd(10)
    end
    local out = v1.read(t:finish())
    assert.same({ BY_TIME }, { complaints(out)[1] })
    assert.equal("90040 HeapAlloc 0", brief(out, 90000)[1])
  end)

  it("are told of at the first P of those that wait since one time", function()
    local t = v1.trace(11):start():HeapAlloc(40, 1)
    t:Batch(1, 1020):GoStart(0, 5, 3)
    local off = t:last()
    local out = v1.read(t:Batch(2, 1020):GoStart(0, 6, 3):finish())
    assert.equal(off, out.damages[1].off)
  end)

  it("are told of so too where nobody can be trusted", function()
    local t = v1.trace(11):start():HeapAlloc(40, 1):Batch(1, 1020):GoStart(0, 100, 3)
    local off = t:last()
    for g = 101, 200 do
      t:GoEnd(10):GoStart(10, g, 3)
    end
    local out = v1.read(t:Batch(2, 1020):GoStart(0, 300, 3):finish())
    assert.same({ BY_TIME }, { complaints(out)[1] })
    assert.equal(off, out.damages[1].off)
  end)

  it("are found in a trace that was cut off, too", function()
    local t = v1.trace(11):start():HeapAlloc(40, 1)
    t:Batch(1, 1020):GoStart(0, 5, 3):GoEnd(50)
    local out = v1.read(t:text())
    assert.same({
      "the frequency is missing",
      "an event of goroutine 5 is missing",
    }, complaints(out))
    assert.same({ "20 GoStart 1target_g=5", "40 HeapAlloc 0", "70 GoDestroy 1" }, brief(out, 20))
  end)

  it("are found where two Ps take the same step", function()
    local t = v1.trace(11):start():GoCreate(10, 2, 0, 0)
    t:Batch(1, 1020):GoStart(0, 2, 1):Batch(2, 1021):GoStart(0, 2, 1)
    local out = v1.read(t:finish())
    assert.equal("an event of goroutine 2 is missing", complaints(out)[1])
    assert.same({ "20 GoStart 1target_g=2", "21 GoStart 2target_g=2" }, brief(out, 20))
  end)

  it("with a number that no goroutine reaches are", function()
    for _, seq in ipairs { 0xfffffffeULL, 0xffffffffULL, 0xfffffffffffffffeULL, 0xffffffffffffffffULL } do
      local out = v1.read(v1.trace(11):start():GoEnd(9):GoStart(1, 1, seq):finish())
      assert.equal("an event of goroutine 1 is missing", complaints(out)[1])
      assert.same({ "9 GoDestroy 0", "10 GoStart 0target_g=1" }, brief(out, 9))
    end
  end)

  -- Each P waits for another step of one goroutine that goes on and on.
  it("make no trouble in their thousands", function()
    local t = v1.trace(11):start()
    for p = 1, 10000 do
      t:Batch(p, 1000):GoStart(1, 1, 100000 + p)
    end
    t:Batch(0, 1010)
    for _ = 1, 10000 do
      t:GoSched(1, 0):GoStartLocal(1, 1)
    end
    local start = os.clock()
    local out = v1.read(t:finish(), { step = false })
    assert.equal(BY_TIME, complaints(out)[1])
    assert.equal(30002, out.info.events)
    assert.is_true(os.clock() - start < 10)
  end)
end)

describe("GoSysExit", function()
  -- Goroutine 1 in a syscall that blocks at 60, its P stopped; P 1 has events at
  -- 70, 80 ... 120.
  local function in_syscall(version)
    local t = v1.trace(version or 11):start():Batch(1, 1065):ProcStart(0, 8)
    for _ = 1, 6 do
      t:HeapAlloc(10, 1)
    end
    return t:Batch(0, 1050):GoSysCall(0, 0):GoSysBlock(10):ProcStop(1)
  end

  -- The types around the exit.
  local function around(t)
    local lines = v1.lines(t:finish())
    for i, line in ipairs(lines) do
      if line:find "EndBlocked" then
        return { lines[i - 1]:match "^%d+ %w+", line:match "^%d+ %w+", lines[i + 1]:match "^%d+ %w+" }
      end
    end
  end

  it("comes when it happened", function()
    local t = in_syscall():ProcStart(60, 9):GoSysExit(1, 1, 2, 1095):GoStart(1, 1, 3)
    assert.same({ "95 HeapAlloc", "96 GoSyscallEndBlocked", "105 HeapAlloc" }, around(t))
  end)

  it("comes behind events of the same time that were before it", function()
    local t = in_syscall():ProcStart(60, 9):GoSysExit(1, 1, 2, 1075):GoStart(1, 1, 3)
    assert.same({ "75 HeapAlloc", "76 GoSyscallEndBlocked", "85 HeapAlloc" }, around(t))
  end)

  it("may come as soon as its goroutine has lost its P", function()
    local out = v1.read(in_syscall():ProcStart(60, 9):GoSysExit(1, 1, 2, 1060):GoStart(1, 1, 3):finish())
    assert.same({}, complaints(out))
    assert.equal("60 GoSyscallEndBlocked -", brief(out, 60)[1])
  end)

  it("comes where it is written when it has no time", function()
    local t = in_syscall():ProcStart(60, 9):GoSysExit(1, 1, 2, 0):GoStart(1, 1, 3)
    assert.same({ "121 ProcStart", "122 GoSyscallEndBlocked", "123 GoStart" }, around(t))
  end)

  it("may happen behind its record, by the clock", function()
    local t = in_syscall():ProcStart(20, 9):GoSysExit(1, 1, 2, 1100)
    assert.same({ "95 HeapAlloc", "100 GoSyscallEndBlocked", "105 HeapAlloc" }, around(t))
    t = in_syscall():ProcStart(20, 9):GoSysExit(1, 1, 2, 1095)
    assert.same({ "85 HeapAlloc", "95 GoSyscallEndBlocked", "96 HeapAlloc" }, around(t))
    t = in_syscall():ProcStart(20, 9):GoSysExit(1, 1, 2, 2000)
    local lines = v1.lines(t:finish())
    assert.equal("1000 GoSyscallEndBlocked 7 - 1", lines[#lines])
  end)

  it("of several goroutines come by their times", function()
    local t = v1.trace(11):start():GoCreate(5, 2, 0, 0):GoSysCall(1, 0):GoSysBlock(1)
    t:GoStart(1, 2, 1):GoSysCall(1, 0):GoSysBlock(1)
    t:GoSysExit(90, 1, 2, 1060):GoSysExit(1, 2, 2, 1050)
    assert.same({ "50 GoSyscallEndBlocked 7 - 2", "60 GoSyscallEndBlocked 7 - 1" },
      v1.lines_from(50, t:finish()))
  end)

  it("without a syscall is damage, and comes with its record", function()
    local t = v1.trace(11):Batch(0, 1000):GoCreate(1, 1, 0, 0):GoWaiting(1, 1):Gomaxprocs(1, 1, 0)
    local out = v1.read(t:GoSysExit(50, 1, 2, 1020):finish())
    assert.same({ "a syscall exit that no syscall can have" }, complaints(out))
    assert.equal("52 GoSyscallEndBlocked - - 1", out[#out])
  end)

  it("before its syscall is damage, and comes with its record", function()
    local out = v1.read(in_syscall():ProcStart(20, 9):GoSysExit(1, 1, 2, 1040):finish())
    assert.same({ "a syscall exit that no syscall can have" }, complaints(out))
    assert.same({ "82 GoSyscallEndBlocked -" }, { brief(out, 81)[2] })
  end)

  it("comes with its record behind a stray one, unless that has passed", function()
    local t = v1.trace(11):start():GoCreate(5, 2, 0, 0):GoSysCall(1, 0):GoSysBlock(1)
    t:GoSysExit(10, 1, 2, 1090):GoStart(3, 2, 1):GoSysCall(18, 0):GoSysBlock(2)
    t:GoSysExit(10, 2, 2, 1035):HeapAlloc(50, 1)
    local out = v1.read(t:finish())
    assert.same({ "a syscall exit that no syscall can have" }, complaints(out))
    assert.same({
      "50 GoSyscallEndBlocked 7 - 2",
      "90 GoSyscallEndBlocked 7 - 1",
      "100 HeapAlloc 7 0 - heapalloc=1",
    }, { unpack(out, #out - 2) })
  end)

  it("comes with its record where times are out of order", function()
    local t = v1.trace(11):start():GoCreate(100, 2, 0, 0):GoSysCall(1, 0):GoSysBlock(1)
    t:Batch(1, 1020):ProcStart(0, 8):GoStart(10, 2, 1):GoSysExit(100, 1, 2, 1110)
    local out = v1.read(t:finish())
    assert.same({ OUT_OF_ORDER }, complaints(out))
    assert.same({ "130 GoSyscallEndBlocked -" }, brief(out, 130))
  end)
end)

describe("the order of 1.5", function()
  it("is that of its numbers", function()
    local t = v1.trace(5):Batch(0, 10, 100):HeapAlloc(0, 0, 1):HeapAlloc(2, 10, 2)
    t:Batch(1, 11, 105):HeapAlloc(0, 0, 3)
    assert.same({ "0 HeapAlloc 0", "5 HeapAlloc 1", "10 HeapAlloc 0" }, brief(v1.lines(t:finish())))
  end)

  it("holds when times contradict it", function()
    local t = v1.trace(5):Batch(0, 10, 100):HeapAlloc(0, 0, 1):HeapAlloc(2, 10, 2)
    t:Batch(1, 11, 120):HeapAlloc(0, 0, 3)
    local out = v1.read(t:finish())
    assert.same({ OUT_OF_ORDER }, complaints(out))
    assert.same({ "0 HeapAlloc 0", "20 HeapAlloc 1", "21 HeapAlloc 0" }, brief(out))
  end)

  it("is in doubt when two events have one number", function()
    local t = v1.trace(5):Batch(0, 10, 100):HeapAlloc(0, 0, 1):Batch(1, 10, 110):HeapAlloc(0, 0, 3)
    assert.same({ "sequence numbers out of order" }, complaints(v1.read(t:finish())))
  end)
end)

describe("P after P", function()
  it("events come as they were written, without P and goroutine", function()
    local t = v1.trace(11):Batch(1, 1015):ProcStart(0, 8):HeapAlloc(0, 1)
    t:Batch(0, 1000):GoCreate(0, 1, 0, 0):ProcStart(0, 7):GoStart(0, 1, 1):Gomaxprocs(0, 1, 0)
    t:GoSysCall(50, 0):GoSysBlock(10):GoSysExit(40, 1, 2, 1070):GoStart(1, 1, 3)
    t:Batch(1, 1060):GoCreate(10, 5, 0, 0)
    assert.same({
      "0 ProcStatus 7 - - target_p=0 status=Running",
      "1 GoStatus 7 - - target_g=1 target_m=- status=Running",
      "50 GoSyscallBegin 7 - - stack=",
      "100 GoSyscallEndBlocked - - -",
      "101 GoStart 7 - - target_g=1",
      "15 ProcStatus 8 - - target_p=1 status=Running",
      "16 HeapAlloc 8 - - heapalloc=1",
      "70 GoCreate 8 - - new_g=5 new_stack= stack=",
    }, v1.lines(t:finish(), { thread = true }))
  end)

  it("nothing comes where there is nothing", function()
    local out = v1.read(v1.trace(11):Batch(0, 1):finish(), { thread = true })
    assert.same({ 0, 1 }, { #out, #out.damages })
  end)

  it("CPU samples come last", function()
    local t = v1.trace(19):start():HeapAlloc(10, 1):CPUSample(0, 1005, 0, 1, 0):CPUSample(0, 1003, 0, 1, 0)
    assert.same({ "10 HeapAlloc 7 - - heapalloc=1", "3 CPUSample - - - stack=", "5 CPUSample - - - stack=" },
      { unpack(v1.lines(t:finish(), { thread = true }), 3) })
  end)

  it("1.5 keeps exits from syscalls where they were written", function()
    local t = v1.trace(5):Batch(0, 10, 1000):GoSysCall(0, 0, 0):GoSysExit(1, 100, 1, 12, 1010):HeapAlloc(1, 5, 1)
    assert.same({
      "0 GoSyscallBegin - - - stack=",
      "1 GoSyscallEnd - - -",
      "100 GoSyscallEndBlocked - - -",
      "105 HeapAlloc - - - heapalloc=1",
    }, v1.lines(t:finish(), { thread = true }))
  end)
end)
