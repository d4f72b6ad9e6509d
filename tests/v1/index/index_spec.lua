-- What a v1 trace consists of: batches, counts, what holds for the whole file.
local ffi = require "ffi"
local engine = require "support.engine"
local v1 = require "v1.v1_trace"
local C = ffi.C
local NO_P = 0xffffffffffffffffULL -- -1, as the runtime writes it

describe("a v1 trace", function()
  it("is counted", function()
    local t = v1.trace(21):start():String(1, "one"):Stack(4, { 300, 1, 0, 9 })
    t:GoCreate(10, 2, 4, 4):GoEnd(1):ProcStop(1)
    t:Batch(NO_P, 1020):HeapAlloc(1, 1):Batch(2, 1030):ProcStart(0, 9):CPUSample(0, 1005, 0, 1, 4)
    local info = v1.read(t:finish()).info
    assert.equal(8, info.events) -- two for the start
    assert.equal(2, info.procs)
    assert.equal(2, info.threads)
    assert.equal(2, info.goroutines)
    assert.equal(1, info.generations)
    assert.equal(info.size, info.consumed)
    assert.equal(0, info.lost)
  end)

  it("is divided into parts", function()
    local t = v1.trace(19):Batch(0, 1000):HeapAlloc(1, 1):String(1, "one"):Stack(4, { 300, 1, 0, 9 })
    t:CPUSample(0, 1005, 0, 1, 4)
    local part, size = v1.read(t:finish()).info.part, {}
    for i = 1, #t do
      size[i] = #t[i]
    end
    assert.equal(16, part[C.GOTRACE_PART_HEADER])
    assert.equal(size[2], part[C.GOTRACE_PART_FRAMING])
    assert.equal(size[3], part[C.GOTRACE_PART_EVENTS])
    assert.equal(size[4], part[C.GOTRACE_PART_STRINGS])
    assert.equal(size[5], part[C.GOTRACE_PART_STACKS])
    assert.equal(size[6], part[C.GOTRACE_PART_SAMPLES])
    assert.equal(size[7], part[C.GOTRACE_PART_SYNC])
  end)

  it("has its parts counted however events are stepped over", function()
    local t = v1.trace(19):start()
    for i = 1, 300 do
      t:HeapAlloc(i, i * i):GoSched(1, 0):GoStartLocal(1, 1)
    end
    local info = v1.read(t:finish(), { step = 100 }).info
    local batch, frequency = #t[2], #t[#t]
    assert.equal(#t:text() - 16 - batch - frequency, info.part[C.GOTRACE_PART_EVENTS])
    assert.equal(902, info.events)
  end)

  it("begins with the mark of its one generation", function()
    local out = v1.read(v1.trace(11):start():finish())
    assert.same({ C.GOTRACE_EV_GENERATION }, out.marks)
    assert.same({ strings = 0, stacks = 0 }, out.gen)
  end)

  it("has the offset of each event's record", function()
    local t = v1.trace(11):start():HeapAlloc(9, 1)
    local off = t:last()
    t:GoSysCall(1, 0)
    assert.same({ off, t:last(), t:last() }, { unpack(v1.read(t:finish()).offs, 3) })
  end)

  it("may have batches without events, and events of threads without a P", function()
    local t = v1.trace(11):Batch(5, 1):Batch(6, 1):Batch(NO_P, 1000):HeapAlloc(0, 7):Batch(5, 2)
    assert.same({ "0 HeapAlloc - - - heapalloc=7" }, v1.lines(t:finish()))
  end)

  it("may be of very many Ps", function()
    local t = v1.trace(11)
    for p = 0, 20000 do
      t:Batch(p, 30000 - p):HeapAlloc(0, p)
    end
    local start = os.clock()
    local out = v1.read(t:finish(), { step = 5000 })
    assert.equal("0 HeapAlloc - 20000 - heapalloc=20000", out[1])
    assert.equal(20001, out.info.procs)
    assert.is_true(os.clock() - start < 10)
  end)
end)

describe("a v1 trace is damaged", function()
  -- The one damage of a trace.
  local function damage(text)
    local out = v1.read(text)
    assert.equal(1, #out.damages)
    return out.damages[1], out
  end

  it("without a frequency: times are in ticks", function()
    local t = v1.trace(11):Batch(0, 1000):HeapAlloc(0, 1):HeapAlloc(77, 2)
    local d, out = damage(t:text())
    assert.is_truthy(d.what:find "^the frequency is missing")
    assert.equal(#t:text(), d.off)
    assert.equal("77 HeapAlloc - 0 - heapalloc=2", out[2])
  end)

  it("by a frequency that cannot be", function()
    for _, freq in ipairs { 0, 0x8000000000000000ULL } do
      local t = v1.trace(11):Batch(0, 1000):HeapAlloc(0, 1):Frequency(freq)
      local d = damage(t:text())
      assert.is_truthy(d.what:find "^a frequency that cannot be")
      assert.equal(t:last(), d.off)
    end
  end)

  it("without events", function()
    assert.equal("there are no events in the trace", damage(v1.trace(11):Batch(0, 1):finish()).what)
  end)

  it("where it is empty", function()
    local out = v1.read(v1.trace(11):text())
    assert.equal(2, #out.damages)
    assert.equal(16, out.damages[1].off)
  end)

  it("by events before the first batch, which are lost", function()
    local t = v1.trace(11):HeapAlloc(1, 1)
    local lost = #t[#t]
    local d, out = damage(t:HeapAlloc(1, 1):Batch(0, 1000):HeapAlloc(0, 3):finish())
    assert.equal("events before the first batch: they belong to no P", d.what)
    assert.same({ 16, 2 * lost }, { d.off, d.lost })
    assert.same({ "0 HeapAlloc - 0 - heapalloc=3" }, { unpack(out) })
  end)

  it("by a batch of a P that there cannot be, with its events", function()
    local t = v1.trace(11):start():HeapAlloc(5, 1):Batch(0x80000000ULL, 1000)
    local off = t:last()
    local d, out = damage(t:HeapAlloc(1, 1):HeapAlloc(1, 1):Batch(0, 1000):HeapAlloc(10, 3):finish())
    assert.equal("a batch of a P that there cannot be", d.what)
    assert.same({ "P 2147483648", "2147483647 at most" }, { d.have, d.want })
    assert.same({ off, #t[8] + #t[9] + #t[10] }, { d.off, d.lost })
    assert.equal("10 HeapAlloc 7 0 1 heapalloc=3", out[#out])
    assert.equal(4, #out)
  end)

  it("is described a hundred times at most, then counted", function()
    local t = v1.trace(11):start()
    for _ = 1, 150 do
      t:HeapAlloc(1):HeapAlloc(1, 1):HeapAlloc(1, 1)
    end
    local out = v1.read(t:finish())
    assert.equal(101, #out.damages)
    assert.equal("50 more records are broken", out.damages[101].what)
    assert.equal(50 * 2, out.damages[101].lost)
    assert.equal(150 * 2, out.info.lost)
  end)
end)

describe("reading", function()
  it("ends once for an interrupt, and goes on", function()
    local text = v1.trace(11):start():HeapAlloc(5, 1):finish()
    local names, t, diag = engine.lib.gotrace_names_new(), ffi.new "gotrace *[1]", engine.diag()
    local batch = ffi.new "gotrace_batch"
    local stop = engine.interrupter()
    local options = ffi.new("gotrace_options", { size = ffi.sizeof "gotrace_options", data = text, len = #text,
      interrupter = stop })
    assert.equal(C.GOTRACE_OK, engine.lib.gotrace_open_with(t, nil, options, names, diag))
    engine.lib.gotrace_interrupt(stop)
    assert.equal(C.GOTRACE_INTERRUPTED, engine.lib.gotrace_next(t[0], batch, diag))
    assert.equal(C.GOTRACE_OK, engine.lib.gotrace_next(t[0], batch, diag))
    engine.lib.gotrace_close(t[0])
    engine.lib.gotrace_names_free(names)
  end)
end)
