-- A goroutine of Go 1.5 runs though its start is lost: which one is told by what
-- the others do before and after.
local v1 = require "v1.v1_trace"

-- Goroutine 1 runs on P 0, and has created 2 and 3.
local function begin()
  local t = v1.trace(5):Batch(0, 1, 100):GoCreate(0, 0, 1, 9, 0):ProcStart(1, 1, 7):GoStart(1, 1, 1)
  return t:Gomaxprocs(1, 1, 2, 0):GoCreate(1, 1, 2, 9, 0):GoCreate(1, 1, 3, 9, 0)
end

-- Goroutines of the HeapAllocs.
local function runners(t)
  local out = {}
  for _, line in ipairs(v1.read(t:finish())) do
    out[#out + 1] = line:match "^%d+ HeapAlloc %S+ %S+ (%S+)"
  end
  return out
end

describe("who ran without a start", function()
  it("is the one that is unblocked later and has not run", function()
    local t = begin():GoBlockRecv(1, 1, 0):HeapAlloc(2, 1, 1):GoBlockRecv(1, 1, 0)
    t:GoStart(1, 1, 3):GoUnblock(1, 1, 2, 0):HeapAlloc(1, 1, 2)
    assert.same({ "2", "3" }, runners(t))
  end)

  it("is the one whose syscall ends later", function()
    local t = begin():GoBlockRecv(1, 1, 0):HeapAlloc(2, 1, 1):GoSysCall(1, 1, 0):GoSysBlock(1, 1)
    t:GoStart(1, 1, 3):HeapAlloc(1, 1, 2):GoEnd(1, 1):GoSysExit(1, 1, 2, 12, 0):HeapAlloc(2, 1, 3)
    assert.same({ "2", "3", "-" }, runners(t))
  end)

  it("is the one that does nothing any more, if it ended", function()
    local t = begin():GoBlockRecv(1, 1, 0):HeapAlloc(2, 1, 1):GoEnd(1, 1):GoStart(1, 1, 3):HeapAlloc(1, 1, 2)
    assert.same({ "2", "3" }, runners(t))
  end)

  it("is the one that its P made runnable last, if none is told by anything", function()
    local t = begin():GoBlockRecv(1, 1, 0):HeapAlloc(2, 1, 1):GoPreempt(1, 1, 0)
    assert.same({ "3" }, runners(t))
  end)

  it("is the one that has been runnable for longest, on another P", function()
    local t = begin():GoBlockRecv(1, 1, 0)
    t:Batch(1, 20, 200):ProcStart(0, 0, 8):HeapAlloc(2, 1, 1):GoPreempt(1, 1, 0)
    assert.same({ "2" }, runners(t))
  end)

  it("was runnable before it ran", function()
    local t = v1.trace(5):Batch(0, 1, 100):ProcStart(0, 0, 7):HeapAlloc(1, 1, 1):GoCreate(1, 1, 5, 9, 0)
    t:GoUnblock(1, 1, 1, 0):GoPreempt(1, 1, 0)
    assert.same({ "-" }, runners(t))
  end)

  it("is told from the first event on, however long it ran", function()
    local t, want = begin():GoBlockRecv(1, 1, 0), {}
    t:HeapAlloc(2, 1, 1)
    for i = 1, 1000 do
      t:HeapAlloc(1, 1, i)
      want[i] = "3"
    end
    want[1001] = "3"
    assert.same(want, runners(t:GoEnd(1, 1)))
  end)

  it("is told across the batches of its P", function()
    local t = begin():GoBlockRecv(1, 1, 0):HeapAlloc(2, 1, 1):Batch(0, 20, 200):HeapAlloc(0, 0, 2):GoEnd(1, 1)
    assert.same({ "3", "3" }, runners(t))
  end)

  it("is nobody, where more starts are missing than are lost one by one", function()
    local t = begin():GoBlockRecv(1, 1, 0)
    for i = 1, 65 do
      t:HeapAlloc(2, 1, i):GoPreempt(1, 1, 0)
    end
    assert.same({ "-" }, { runners(t)[1] })
  end)

  it("is told by one damage, and not in a whole trace", function()
    local out = v1.read(begin():GoBlockRecv(1, 1, 0):HeapAlloc(2, 1, 1):GoEnd(1, 1):finish())
    assert.equal(1, #out.damages)
    local whole = v1.read(begin():GoBlockRecv(1, 1, 0):GoStart(1, 1, 3):HeapAlloc(1, 1, 1):GoEnd(1, 1):finish())
    assert.equal(0, #whole.damages)
  end)
end)
