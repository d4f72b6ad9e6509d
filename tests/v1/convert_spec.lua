-- How events of 1.5 to 1.21 become v2's: rules of Go 1.27
-- internal/trace/tracev1.go, and of Go 1.15's parser before 1.11.
local v1 = require "v1.v1_trace"

describe("the start of a v1 trace", function()
  it("restates Ps, and goroutines by what is known of them", function()
    local t = v1.trace(11):Batch(0, 1000)
    t:GoCreate(1, 1, 0, 0):GoCreate(1, 2, 0, 0):GoWaiting(1, 2)
    t:GoCreate(1, 3, 0, 0):GoInSyscall(1, 3):GoCreate(1, 4, 0, 0)
    t:ProcStart(1, 7):GoStart(1, 1, 1):Gomaxprocs(1, 4, 0)
    assert.same({
      "2 GoStatus - 0 - target_g=2 target_m=- status=Waiting",
      "4 GoStatus - 0 - target_g=3 target_m=- status=Syscall",
      "6 ProcStatus 7 - - target_p=0 status=Running",
      "7 GoStatus 7 0 - target_g=1 target_m=- status=Running",
      "8 GoStatus - - - target_g=4 target_m=- status=Runnable",
    }, v1.lines(t:finish()))
  end)

  it("states a P that is first heard of when it stops", function()
    local t = v1.trace(11):Batch(0, 1000):Gomaxprocs(0, 1, 0):Batch(1, 1000):ProcStop(9):ProcStart(1, 7)
    local out = v1.read(t:finish())
    assert.same({
      "9 ProcStatus - - - target_p=1 status=Idle",
      "10 ProcStart 7 - - target_p=1",
    }, { unpack(out) })
    assert.equal("P 1 does not run before it stops", out.damages[1].what)
  end)

  it("keeps creations back only until the first Gomaxprocs", function()
    local t = v1.trace(11):start():GoCreate(10, 5, 0, 0):Gomaxprocs(10, 8, 0)
    assert.same({
      "10 GoCreate 7 0 1 new_g=5 new_stack= stack=",
      "20 ProcsChange 7 0 1 procs=8 stack=",
    }, v1.lines_from(10, t:finish()))
  end)

  -- It is lost with the batch that was written first; goroutines created later
  -- are not to be taken for older ones.
  it("is not waited for where there is no Gomaxprocs", function()
    local t = v1.trace(11):Batch(0, 0):GoCreate(5, 5, 0, 0)
    assert.same({ "0 GoCreate - 0 - new_g=5 new_stack= stack=" }, v1.lines(t:finish()))
  end)

  it("delivers thousands of goroutines alive, over many batches of events", function()
    local t = v1.trace(11):Batch(0, 0)
    for g = 1, 2000 do
      t:GoCreate(0, g, 0, 0)
    end
    t:Gomaxprocs(0, 1, 0)
    local lines = v1.lines(t:finish(), { step = 1000 })
    assert.equal(2000, #lines)
    assert.equal("1999 GoStatus - - - target_g=2000 target_m=- status=Runnable", lines[2000])
  end)
end)

describe("a goroutine that stops", function()
  -- v1 type, v2 type, reason
  local kinds = {
    { "GoStop", "GoBlock", "forever" },
    { "GoSched", "GoStop", "runtime.Gosched" },
    { "GoPreempt", "GoStop", "preempted" },
    { "GoSleep", "GoBlock", "sleep" },
    { "GoBlock", "GoBlock", "" },
    { "GoBlockSend", "GoBlock", "chan send" },
    { "GoBlockRecv", "GoBlock", "chan receive" },
    { "GoBlockSelect", "GoBlock", "select" },
    { "GoBlockSync", "GoBlock", "sync" },
    { "GoBlockCond", "GoBlock", "sync.(*Cond).Wait" },
    { "GoBlockNet", "GoBlock", "network" },
    { "GoBlockGC", "GoBlock", "GC mark assist wait for work" },
  }
  for _, kind in ipairs(kinds) do
    it(("by %s has the reason %q"):format(kind[1], kind[3]), function()
      local t = v1.trace(21):start()
      t[kind[1]](t, 50, 3):String(1, "f"):Stack(3, { 16, 1, 0, 9 })
      assert.same({ ("50 %s 7 0 1 reason=%s stack=f:9"):format(kind[2], kind[3]) }, v1.lines_from(50, t:finish()))
    end)
  end

  it("by ending is destroyed", function()
    assert.same({ "50 GoDestroy 7 0 1" }, v1.lines_from(50, v1.trace(21):start():GoEnd(50):finish()))
  end)
end)

describe("a syscall", function()
  it("that does not block takes 1 ns", function()
    local t = v1.trace(11):start():GoSysCall(50, 0):GoEnd(50)
    assert.same(
      { "50 GoSyscallBegin 7 0 1 stack=", "51 GoSyscallEnd 7 0 1", "100 GoDestroy 7 0 1" },
      v1.lines_from(50, t:finish())
    )
  end)

  it("that blocks ends when it says that it did", function()
    local t = v1.trace(11):start():GoSysCall(50, 0):GoSysBlock(10):ProcStop(1)
    t:ProcStart(100, 8):GoSysExit(10, 1, 2, 1120):GoStart(10, 1, 3)
    assert.same({
      "50 GoSyscallBegin 7 0 1 stack=",
      "61 ProcStop 7 0 -",
      "120 GoSyscallEndBlocked 7 - 1",
      "161 ProcStart 8 - - target_p=0",
      "181 GoStart 8 0 - target_g=1",
    }, v1.lines_from(50, t:finish()))
  end)

  it("that never comes back has no end", function()
    local t = v1.trace(11):start():GoSysCall(50, 0):GoSysBlock(10)
    assert.same({ "50 GoSyscallBegin 7 0 1 stack=" }, v1.lines_from(50, t:finish()))
  end)

  it("blocks for those who ask after it alone, too", function()
    local t = v1.trace(11):start():GoSysCall(50, 0):GoSysBlock(10)
    assert.same({}, v1.lines(t:finish(), { only = { GoSyscallEnd = true } }))
  end)

  -- Go 1.27 looks at the goroutine's next event, whichever it is.
  it("with a CPU sample in it is taken for one that does not block", function()
    local t = v1.trace(19):start():GoSysCall(50, 0):GoSysBlock(10)
    t:CPUSample(0, 1070, 0, 1, 0):CPUSample(0, 1055, 0, 1, 0)
    assert.same({
      "50 GoSyscallBegin 7 0 1 stack=",
      "51 GoSyscallEnd 7 0 1",
      "55 CPUSample - 0 1 stack=",
      "70 CPUSample - 0 1 stack=",
    }, v1.lines_from(50, t:finish()))
  end)

  it("with a CPU sample of another goroutine in it blocks", function()
    local t = v1.trace(19):start():GoSysCall(50, 0):GoSysBlock(10)
    t:CPUSample(0, 1055, 0, 2, 0):CPUSample(0, 1040, 0, 1, 0):CPUSample(0, 1070, 0, 1, 0)
    assert.same({
      "40 CPUSample - 0 1 stack=",
      "50 GoSyscallBegin 7 0 1 stack=",
      "55 CPUSample - 0 2 stack=",
      "70 CPUSample - 0 1 stack=",
    }, v1.lines_from(40, t:finish()))
  end)

  it("with a CPU sample at the time when it blocks does block", function()
    local t = v1.trace(19):start():GoSysCall(50, 0):GoSysBlock(10)
    t:CPUSample(0, 1060, 0, 1, 0)
    assert.same({
      "50 GoSyscallBegin 7 0 1 stack=",
      "60 CPUSample - 0 1 stack=",
    }, v1.lines_from(50, t:finish()))
  end)

  it("of a local exit ends with its record", function()
    local t = v1.trace(11):start():GoSysCall(50, 0):GoSysBlock(10):GoSysExitLocal(40, 1, 1070):GoStartLocal(1, 1)
    assert.same({
      "50 GoSyscallBegin 7 0 1 stack=",
      "100 GoSyscallEndBlocked 7 - 1",
      "101 GoStart 7 0 - target_g=1",
    }, v1.lines_from(50, t:finish()))
  end)
end)

describe("CPU samples of equal times", function()
  it("come in the order of the file", function()
    local t = v1.trace(19):start():CPUSample(0, 1060, 0, 1, 0)
    for g = 1, 5 do
      t:CPUSample(0, 1050, 0, g, 0)
    end
    assert.same({
      "50 CPUSample - 0 1 stack=",
      "51 CPUSample - 0 2 stack=",
      "52 CPUSample - 0 3 stack=",
      "53 CPUSample - 0 4 stack=",
      "54 CPUSample - 0 5 stack=",
      "60 CPUSample - 0 1 stack=",
    }, v1.lines_from(50, t:finish()))
  end)

  it("come behind the events of all Ps", function()
    local t = v1.trace(19):start():CPUSample(0, 1050, 0, 1, 0):HeapAlloc(50, 1):Batch(3, 1050):HeapAlloc(0, 2)
    assert.same({
      "50 HeapAlloc 7 0 1 heapalloc=1",
      "51 HeapAlloc - 3 - heapalloc=2",
      "52 CPUSample - 0 1 stack=",
    }, v1.lines_from(50, t:finish()))
  end)
end)

describe("an event that Go puts on no P", function()
  local function unblock(t)
    t:GoCreate(5, 2, 0, 0):GoBlockNet(1, 0):GoStart(1, 2, 1):GoUnblock(1, 1, 2, 0)
    local lines = v1.lines(t:finish())
    return lines[#lines]
  end

  it("was on the P that wrote it: an unblock from the network", function()
    assert.equal("8 GoUnblock 7 0 2 target_g=1 stack=", unblock(v1.trace(11):start()))
    assert.equal("8 GoUnblock 7 0 2 target_g=1 stack=", unblock(v1.trace(10):start()))
  end)

  it("was on the P that wrote it: an unblock by a timer", function()
    assert.equal("8 GoUnblock 7 0 2 target_g=1 stack=", unblock(v1.trace(10):start():TimerGoroutine(2)))
    assert.equal("8 GoUnblock 7 0 2 target_g=1 stack=", unblock(v1.trace(11):start():TimerGoroutine(2)))
  end)

  it("was on the P that wrote it: the start of a collection", function()
    assert.same({ "9 GCBegin 7 0 1 stack=" }, v1.lines_from(9, v1.trace(11):start():GCStart(9, 0, 0):finish()))
    assert.same({ "9 GCBegin 7 0 1 stack=" }, v1.lines_from(9, v1.trace(10):start():GCStart(9, 0, 0):finish()))
  end)
end)

describe("stopping the world", function()
  local function kind(version, n)
    local t = v1.trace(version):start()
    t:STWStart(9, n):STWDone(1)
    return v1.lines_from(9, t:finish())[1]:match "kind=(.-) stack"
  end

  it("has a kind by version", function()
    assert.equal("GC mark termination", kind(9))
    assert.equal("GC sweep termination", kind(10, 1))
    assert.equal("GC mark termination", kind(11, 0))
    assert.equal("", kind(19, 2))
    assert.equal("", kind(21, 0))
    assert.equal("GC mark termination", kind(21, 1))
    assert.equal("ResetDebugLog (test)", kind(21, 16))
    assert.equal("", kind(21, 17))
  end)

  it("is each P's own before 1.10", function()
    local t = v1.trace(9):start():STWStart(9):Batch(1, 1010):STWStart(0):STWDone(5):Batch(0, 1020):STWDone(0)
    assert.same({
      "9 STWBegin 7 0 1 kind=GC mark termination stack=",
      "10 STWBegin - 1 - kind=GC mark termination stack=",
      "15 STWEnd - 1 -",
      "20 STWEnd 7 0 1",
    }, v1.lines_from(9, t:finish()))
  end)
end)

describe("other events", function()
  it("are v2's, with their arguments in v2's places", function()
    local t = v1.trace(21):start():String(1, "one"):String(2, "two"):Stack(4, { 16, 1, 2, 3 })
    t:GCSweepStart(10, 4):GCSweepDone(1, 100, 50):GCMarkAssistStart(1, 4):GCMarkAssistDone(1)
    t:HeapAlloc(1, 4096):HeapGoal(1, 8192):GCStart(1, 0, 4):GCDone(1)
    t:UserTaskCreate(1, 5, 0, 1, 4):UserTaskCreate(1, 6, 5, 2, 4):UserRegion(1, 5, 0, 2, 4)
    t:UserRegion(1, 5, 1, 2, 4):UserLog(1, 5, 1, 4, "a\0b"):UserTaskEnd(1, 5, 4)
    assert.same({
      "10 GCSweepBegin 7 0 1 stack=one:3",
      "11 GCSweepEnd 7 0 1 swept=100 reclaimed=50",
      "12 GCMarkAssistBegin 7 0 1 stack=one:3",
      "13 GCMarkAssistEnd 7 0 1",
      "14 HeapAlloc 7 0 1 heapalloc=4096",
      "15 HeapGoal 7 0 1 heapgoal=8192",
      "16 GCBegin 7 0 1 stack=one:3",
      "17 GCEnd 7 0 1",
      "18 UserTaskBegin 7 0 1 task=5 parent_task=- name=one stack=one:3",
      "19 UserTaskBegin 7 0 1 task=6 parent_task=5 name=two stack=one:3",
      "20 UserRegionBegin 7 0 1 task=5 name=two stack=one:3",
      "21 UserRegionEnd 7 0 1 task=5 name=two stack=one:3",
      "22 UserLog 7 0 1 task=5 key=one value=a\0b stack=one:3",
      "23 UserTaskEnd 7 0 1 task=5 stack=one:3",
    }, v1.lines_from(10, t:finish()))
  end)

  it("are the label behind a start with one", function()
    local t = v1.trace(8):start():String(1, "GC (dedicated)"):GoCreate(5, 2, 0, 0):GoBlock(1, 0)
    assert.same({
      "7 GoStart 7 0 - target_g=2",
      "8 GoLabel 7 0 2 label=GC (dedicated)",
    }, v1.lines_from(7, t:GoStartLabel(1, 2, 1, 1):finish()))
  end)

  it("are left out when nothing of them is in v2", function()
    assert.same({}, v1.lines_from(3, v1.trace(10):start():FutileWakeup(9):finish()))
  end)

  it("behind the stop of their P, whose start is lost, are on the thread that came to rest last", function()
    local t = v1.trace(11):start():GoEnd(10):ProcStop(1):HeapAlloc(1, 1)
    assert.equal("12 HeapAlloc 7 0 - heapalloc=1", v1.lines_from(12, t:finish())[1])
    t = v1.trace(11):start():GoEnd(10):ProcStop(1):HeapAlloc(2, 1)
    t:Batch(1, 1012):ProcStart(0, 7)
    assert.equal("13 HeapAlloc - 0 - heapalloc=1", v1.lines_from(13, t:finish())[1])
  end)
end)

describe("times", function()
  it("are ns by the frequency, cut as Go cuts them", function()
    local t = v1.trace(11):Batch(0, 1000):HeapAlloc(0, 1):HeapAlloc(1, 2):HeapAlloc(1, 3):HeapAlloc(10, 4)
    local lines = v1.lines(t:Frequency(300000000):text())
    -- 3.33 ns a tick
    assert.same({ "0", "3", "6", "40" }, {
      lines[1]:match "^%d+",
      lines[2]:match "^%d+",
      lines[3]:match "^%d+",
      lines[4]:match "^%d+",
    })
  end)

  it("strictly increase", function()
    local t = v1.trace(11):Batch(0, 1000):HeapAlloc(0, 1):HeapAlloc(0, 2):HeapAlloc(1, 3):HeapAlloc(8, 4)
    local lines = v1.lines(t:finish())
    assert.equal("0 HeapAlloc - 0 - heapalloc=1", lines[1])
    assert.equal("1 HeapAlloc - 0 - heapalloc=2", lines[2])
    assert.equal("2 HeapAlloc - 0 - heapalloc=3", lines[3])
    assert.equal("9 HeapAlloc - 0 - heapalloc=4", lines[4])
  end)

  it("that no int64 holds do no harm", function()
    local t = v1.trace(11):Batch(0, 1):HeapAlloc(0, 1):HeapAlloc(0x7fffffffffffff00ULL, 2):HeapAlloc(1, 3)
    local lines = v1.lines(t:Frequency(1):text())
    assert.equal("4000000000000000000 HeapAlloc - 0 - heapalloc=2", lines[2])
    assert.equal("4000000000000000001 HeapAlloc - 0 - heapalloc=3", lines[3])
  end)
end)

describe("1.5", function()
  it("orders by sequence numbers, and has arguments that are missing as 0", function()
    local t = v1.trace(5):Batch(0, 10, 1000)
    t:GoCreate(0, 0, 1, 0, 0):ProcStart(1, 0, 7):GoStart(1, 0, 1):Gomaxprocs(1, 0, 1, 0)
    t:GoCreate(1, 5, 2, 0x400, 3):GCStart(2, 5, 3):GCSweepStart(1, 1, 0):GCSweepDone(1, 1)
    t:Batch(1, 15, 1007):ProcStart(0, 0, 8):GoStart(10, 20, 2)
    t:Stack(3, 0x10, 0x20)
    assert.same({
      "5 GoCreate 7 0 1 new_g=2 new_stack=0x401:0 stack=0x10:0;0x20:0",
      "7 ProcStatus 8 - - target_p=1 status=Running",
      "10 GCBegin 7 0 1 stack=0x10:0;0x20:0",
      "11 GCSweepBegin 7 0 1 stack=",
      "12 GCSweepEnd 7 0 1 swept=0 reclaimed=0",
      "27 GoStart 8 1 - target_g=2",
    }, v1.lines_from(5, t:finish()))
  end)

  it("has an exit from a syscall at its own number and time", function()
    local t = v1.trace(5):Batch(0, 10, 1000)
    t:GoCreate(0, 0, 1, 0, 0):ProcStart(1, 0, 7):GoStart(1, 0, 1):Gomaxprocs(1, 0, 1, 0)
    t:GoSysCall(1, 5, 0):GoSysBlock(1, 5):ProcStop(2, 10)
    t:ProcStart(2, 100, 8):GoSysExit(1, 1, 1, 16, 1012):GoStart(1, 1, 1)
    assert.same({
      "5 GoSyscallBegin 7 0 1 stack=",
      "12 GoSyscallEndBlocked 7 - 1",
      "20 ProcStop 7 0 -",
      "120 ProcStart 8 - - target_p=0",
      "122 GoStart 8 0 - target_g=1",
    }, v1.lines_from(5, t:finish()))
  end)
end)
