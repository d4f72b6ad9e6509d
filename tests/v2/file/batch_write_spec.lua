-- The framing of what is written: read back batch by batch, and as a trace.
local bit = require "bit"
local ffi = require "ffi"
local engine = require "support.engine"
local reading = require "support.reading"
local trace = require "support.trace"
local batch = require "v2.file.batch_writing"
local lib, C = engine.lib, ffi.C

local FULL = C.V2_MAX_BATCH
local t = trace.types
local decimal = reading.decimal
local u64, check, numbers = batch.u64, batch.check, batch.numbers
local writing, written, generation = batch.writing, batch.written, batch.generation
local two_bytes, overflow = batch.two_bytes, batch.overflow
local batches, of_kind, threads = batch.batches, batch.of_kind, batch.threads
local each_event, show, events = batch.each_event, batch.show, batch.events
local each_record = batch.each_record
local strings, stacks, samples = batch.strings, batch.stacks, batch.samples

local EDGES = { 0, 1, 127, 128, 16383, 16384, 2 ^ 21 - 1, 2 ^ 21, 2 ^ 32, 2 ^ 63, -1 }

describe("a trace that is written", function()
  teardown(engine.clean)

  it("is these bytes", function()
    local bytes = generation({
      gen = 3, ticks = 1000, freq = 128, clock = { 1300, 5, 6, 7 }, order = { 2, 300 },
    }, function(w)
      w:string(1, "main.f")
      w:event(300, "ProcStatus", 1001, 16384, 2)
      w:event(2, "ProcStart", 1002, 0, 1)
      w:event(2, "ProcStop", 1202)
      w:stack(9, { { 128, 1, 1, 12 } })
      w:sample { 1003, 2, -1, 0, 9 }
      w:experiment(1, 2, 1004, "opaque")
    end)
    local ones = ("\xff"):rep(9) .. "\1"
    local want = table.concat {
      "go 1.26 trace\0\0\0",
      "\1\3" .. ones .. "\xe8\7\10", -- a batch of 10 bytes: generation 3, no thread, 1000
      "\50\8\x80\1\51\xac\2\5\6\7", -- sync: frequency 128, clock 300 later
      "\49\1\3\2\xec\7\6opaque",
      "\1\3\2\xea\7\7" .. "\10\0\0\1" .. "\11\xc8\1",
      "\1\3\xac\2\xe9\7\6" .. "\13\0\x80\x80\1\2",
      "\1\3" .. ones .. "\xe8\7\9" .. "\2\3\9\1\x80\1\1\1\12",
      "\1\3" .. ones .. "\xe8\7\10" .. "\4\5\1\6main.f",
      "\1\3" .. ones .. "\xe8\7\17" .. "\6\7\xeb\7\2" .. ones .. "\0\9",
      "\52",
    }
    assert.equal(want, bytes)
  end)

  it("may be of no generation, and of an empty one", function()
    assert.equal("go 1.26 trace\0\0\0", written(function() end))
    local list = batches(generation({ order = { 1, 2 } }, function() end))
    assert.same({ "sync", "end" }, { list[1].kind, list[2].kind, list[3] })
  end)

  it("says what its clock is", function()
    local g = { gen = 7, ticks = 5e15, freq = 2 ^ 40, clock = { 5e15 + 12, 10, 20, 30 } }
    local b = batches(generation(g, function() end))[1]
    local from = ffi.cast("const uint8_t *", b.data)
    local c = ffi.new("struct v2_cursor", from, from, from + #b.data, 0)
    local sync, diag = ffi.new "struct v2_sync", engine.diag()
    check(lib.v2_sync_read(c, 26, b.time, sync, diag), diag)
    assert.same({ "sync", 7, -1, 5e15 }, { b.kind, b.gen, b.m, b.time })
    assert.is_true(sync.has_freq and sync.has_clock)
    assert.equal(2 ^ 40, tonumber(sync.freq))
    assert.same({ 5e15 + 12, 10, 20, 30 },
      { tonumber(sync.clock_time), tonumber(sync.mono), tonumber(sync.sec), tonumber(sync.nsec) })
  end)

  it("has any event with any arguments", function()
    local rnd, want = numbers(42), {}
    local bytes = generation({ ticks = 1 }, function(w)
      local thread, arg = w:thread(5), ffi.new "uint64_t[4]"
      local ticks = 1ULL
      local function add(id, make)
        local nargs = lib.gotrace_spec_of(id).nargs
        for i = 0, nargs - 1 do
          arg[i] = u64(make())
        end
        ticks = ticks + bit.rshift(rnd(), 12)
        w:raw(thread, id, ticks, arg, nargs)
        want[#want + 1] = show(id, ticks, arg, nargs)
      end
      for id = 0, 255 do
        local spec = lib.gotrace_spec_of(id)
        if spec ~= nil and spec.timed == 1 and id ~= t.CPUSample then
          for _, edge in ipairs(EDGES) do
            add(id, function() return edge end)
          end
          for _ = 1, 150 do
            add(id, rnd)
          end
        end
      end
    end)
    local list = of_kind(bytes, "events")
    assert.is_true(#list > 1)
    local got = {}
    for _, b in ipairs(list) do
      each_event(b, function(...)
        got[#got + 1] = show(...)
      end)
    end
    assert.equal(#want, #got)
    assert.same(want, got)
  end)

  it("takes no byte more than needed", function()
    local bytes = generation({}, function(w)
      for i, edge in ipairs(EDGES) do
        w:event(1, "HeapAlloc", 1000 + i, edge)
      end
    end)
    local want = {}
    for i, edge in ipairs(EDGES) do
      want[i] = trace.event { "HeapAlloc", i == 1 and 0 or 1, edge }
    end
    assert.equal(table.concat(want), of_kind(bytes, "events")[1].data)
  end)

  describe("in batches", function()
    it("has the ticks of the first event in the header", function()
      local b = of_kind(generation({ ticks = 1000 }, function(w)
        w:event(1, "ProcStop", 1234)
        w:event(1, "ProcStop", 1234)
        w:event(1, "ProcStop", 1240)
      end), "events")[1]
      assert.equal(1234, b.time)
      assert.equal("\11\0\11\0\11\6", b.data)
    end)

    it("fills one to the last byte", function()
      local list = of_kind(generation({}, function(w)
        two_bytes(w, 1, 1000, FULL / 2)
      end), "events")
      assert.equal(1, #list)
      assert.equal(FULL, list[1].size)
    end)

    it("begins another with the event that is too much", function()
      local list = of_kind(generation({}, function(w)
        two_bytes(w, 1, 1000, FULL / 2 + 1)
      end), "events")
      assert.same({ 2, FULL, 2 }, { #list, list[1].size, list[2].size })
      assert.same({ 1000 + FULL / 2 .. " ProcStop" }, events(list[2]))
    end)

    it("does not cut an event in two", function()
      for size = 3, 12 do -- of an event that finds 8 bytes left
        local list = of_kind(generation({}, function(w)
          local last = two_bytes(w, 1, 1000, FULL / 2 - 4)
          w:event(1, "HeapAlloc", last, u64(2) ^ (7 * (size - 3)))
        end), "events")
        local fits = size <= 8
        assert.equal(fits and 1 or 2, #list)
        assert.equal(fits and FULL - 8 + size or FULL - 8, list[1].size)
        assert.equal(size, fits and size or list[2].size)
      end
    end)

    it("keeps all events of many threads", function()
      local rnd, want, got = numbers(7), {}, {}
      local bytes = generation({}, function(w)
        local ticks, arg = 1000, ffi.new "uint64_t[4]"
        for _ = 1, 60000 do
          local m = rnd(5)
          ticks = ticks + rnd(300)
          arg[0], arg[1] = rnd(1e6), rnd(4)
          w:raw(w:thread(m), t.ProcStatus, ticks, arg, 2)
          want[m] = want[m] or {}
          table.insert(want[m], show(t.ProcStatus, u64(ticks), arg, 2))
        end
      end)
      local list = of_kind(bytes, "events")
      assert.is_true(#list >= 7)
      for _, b in ipairs(list) do
        got[b.m] = got[b.m] or {}
        assert.is_true(b.size <= FULL)
        each_event(b, function(...)
          table.insert(got[b.m], show(...))
        end)
      end
      for m = 0, 4 do
        assert.equal(table.concat(want[m], "\n"), table.concat(got[m], "\n"))
      end
    end)
  end)

  describe("has its threads", function()
    it("as they were first used", function()
      assert.equal("3 1 2", threads(generation({}, function(w)
        w:thread(2) -- asked for is not used
        for _, m in ipairs { 3, 1, 3, 2, 1 } do
          w:event(m, "ProcStop", 1000)
        end
      end)))
    end)

    it("as the order says, then as they were first used", function()
      assert.equal("2 4 1 5 3", threads(generation({ order = { 2, 4, 1 } }, function(w)
        for _, m in ipairs { 5, 1, 3, 4, 2 } do
          w:event(m, "ProcStop", 1000)
        end
      end)))
    end)

    it("without those that have nothing to say", function()
      assert.equal("4 5", threads(generation({ order = { 2, 4, 1 } }, function(w)
        w:event(5, "ProcStop", 1000)
        w:event(4, "ProcStop", 1000)
      end)))
    end)

    it("once each, if the order has one twice", function()
      assert.equal("2 1", threads(generation({ order = { 2, 1, 2 } }, function(w)
        w:event(1, "ProcStop", 1000)
        w:event(2, "ProcStop", 1000)
      end)))
    end)

    it("with places held for those before one that is full", function()
      local bytes = generation({ order = { 1, 2, 3, 4 }, ticks = 500 }, function(w)
        w:event(4, "ProcStop", 1000)
        w:event(1, "ProcStop", 1000)
        overflow(w, 3, 1000)
      end)
      assert.equal("1- 2- 3 1 3 4", threads(bytes))
      local empty = of_kind(bytes, "events")[1]
      assert.same({ 1, 500, 0 }, { empty.gen, empty.time, empty.size })
    end)

    it("with a place held once", function()
      assert.equal("1- 2- 3 2 3 1 2 3", threads(generation({ order = { 1, 2, 3 } }, function(w)
        w:event(1, "ProcStop", 1000)
        local last = overflow(w, 3, 1000)
        overflow(w, 2, 1000)
        two_bytes(w, 3, last, FULL / 2)
      end)))
    end)

    it("with places held before one that is not in the order", function()
      assert.equal("1- 2- 7- 8 7 8", threads(generation({ order = { 1, 2 } }, function(w)
        w:event(7, "ProcStop", 1000)
        overflow(w, 8, 1000)
      end)))
    end)

    it("without places for those that come later", function()
      assert.equal("8 8 1 7", threads(generation({ order = { 8, 1 } }, function(w)
        overflow(w, 8, 1000)
        w:event(7, "ProcStop", 1000)
        w:event(1, "ProcStop", 1000)
      end)))
    end)

    it("with places held anew in each generation", function()
      assert.equal("1- 2- 3 3 2- 1 1", threads(written(function(w)
        for gen, m in ipairs { 3, 1 } do
          w:begin { gen = gen, order = m == 3 and { 1, 2, 3 } or { 2, 1, 3 } }
          overflow(w, m, 1000)
          w:finish()
        end
      end)))
    end)

    it("of any number", function()
      local list = of_kind(generation({ order = { 2 ^ 40, -1 } }, function(w)
        w:event(-1, "ProcStop", 1000)
        w:event(2 ^ 40, "ProcStop", 1000)
      end), "events")
      assert.same({ 2 ^ 40, -1 }, { list[1].m, list[2].m })
    end)

    it("numbered from 0, for good", function()
      written(function(w)
        assert.same({ 0, 1, 0 }, { w:thread(70), w:thread(-1), w:thread(70) })
        w:begin { order = { 5, 70 } }
        assert.same({ 2, 0, 3 }, { w:thread(5), w:thread(70), w:thread(6) })
        w:finish()
        assert.same({ 2, 0, 3 }, { w:thread(5), w:thread(70), w:thread(6) })
        for m = 100, 1100 do
          assert.equal(m - 96, w:thread(m))
        end
      end)
    end)

    it("with their last ticks, for a generation", function()
      written(function(w)
        w:begin { order = { 1 } }
        assert.equal(0, w:last(1))
        w:event(1, "ProcStop", 1005)
        w:event(1, "ProcStop", 1007)
        assert.same({ 1007, 0 }, { w:last(1), w:last(2) })
        w:finish()
        assert.equal(0, w:last(1))
        w:begin { gen = 2 }
        w:event(1, "ProcStop", 3)
        assert.equal(3, w:last(1))
        assert.equal(3 + FULL / 2, overflow(w, 1, 3))
        assert.equal(3 + FULL / 2, w:last(1))
        w:finish()
      end)
    end)
  end)

  it("has generations one after the other", function()
    local bytes = written(function(w)
      for gen = 1, 3 do
        -- The second has threads that the others have not; time goes back.
        w:begin { gen = gen * 200, ticks = 4000 - gen * 1000, order = gen ~= 2 and { 2, 1 } or { 3 } }
        w:string(1, "gen " .. gen)
        for _, m in ipairs(gen ~= 2 and { 1, 2 } or { 4, 3 }) do
          w:event(m, "HeapAlloc", 4000 - gen * 1000 + m, gen)
        end
        w:finish()
      end
    end)
    local got = {}
    for i, b in ipairs(batches(bytes)) do
      local text = b.kind == "events" and b.m .. ": " .. events(b)[1] or b.kind
      got[i] = b.kind == "end" and "end" or ("%d %d %s"):format(b.gen, b.time, text)
    end
    assert.same({
      "200 3000 sync", "200 3002 2: 3002 HeapAlloc 1", "200 3001 1: 3001 HeapAlloc 1", "200 3000 strings", "end",
      "400 2000 sync", "400 2003 3: 2003 HeapAlloc 2", "400 2004 4: 2004 HeapAlloc 2", "400 2000 strings", "end",
      "600 1000 sync", "600 1002 2: 1002 HeapAlloc 3", "600 1001 1: 1001 HeapAlloc 3", "600 1000 strings", "end",
    }, got)
  end)

  describe("has strings", function()
    local function table_of(add)
      local list = of_kind(generation({ ticks = 77 }, add), "strings")
      for _, b in ipairs(list) do
        assert.same({ -1, 77, 0 }, { b.m, b.time, b.exp })
      end
      return list
    end

    it("of any length up to 1024 bytes", function()
      local want = { { "1", "" }, { "300", "\0" }, { "18446744073709551615", ("y"):rep(1024) }, { "2", "\255\n" } }
      assert.same(want, strings(table_of(function(w)
        w:string(1, "")
        w:string(300, "\0")
        w:string(trace.none, want[3][2])
        w:string(2, "\255\n")
      end)))
    end)

    it("to the last byte of a batch", function()
      for more = 0, 1 do
        local list = table_of(function(w)
          for id = 1, 63 do
            w:string(id, ("s"):rep(1024))
          end
          w:string(64, ("s"):rep(FULL - 1 - 63 * 1028 - 4 + more))
        end)
        assert.equal(1 + more, #list)
        assert.equal(more == 0 and FULL or 1 + 63 * 1028, list[1].size)
        assert.equal(64, #strings(list))
      end
    end)

    it("in as many batches as it takes", function()
      local rnd, want = numbers(3), {}
      local list = table_of(function(w)
        for i = 1, 1000 do
          want[i] = { tostring(i), string.char(97 + i % 26):rep(rnd(1025)) }
          w:string(i, want[i][2])
        end
      end)
      assert.is_true(#list >= 8)
      assert.same(want, strings(list))
    end)
  end)

  describe("has stacks", function()
    local function frames(n, i)
      local out = {}
      for j = 1, n do
        out[j] = { i and 2 ^ 40 + j or -1, i or -1, i or -1, i and j or -1 }
      end
      return out
    end

    local function text(id, list)
      local out = { tostring(id) }
      for i, f in ipairs(list) do
        out[i + 1] = ("%s,%s,%s,%s"):format(decimal(u64(f[1])), decimal(u64(f[2])), decimal(u64(f[3])),
          decimal(u64(f[4])))
      end
      return table.concat(out, " ")
    end

    it("of 0 to 128 frames", function()
      local want = {}
      local list = of_kind(generation({}, function(w)
        for i, n in ipairs { 0, 1, 127, 128 } do
          w:stack(i, frames(n, i))
          want[i] = text(i, frames(n, i))
        end
      end), "stacks")
      assert.equal(1, #list)
      assert.same(want, stacks(list))
    end)

    it("in as many batches as it takes", function()
      local list = of_kind(generation({ ticks = 77 }, function(w)
        for i = 1, 30 do
          w:stack(i, frames(128)) -- 5124 bytes
        end
      end), "stacks")
      local got = stacks(list)
      assert.same({ 3, 1 + 12 * 5124 }, { #list, list[1].size })
      assert.same({ -1, 77 }, { list[3].m, list[3].time })
      assert.equal(30, #got)
      for i = 1, 30 do
        assert.equal(text(i, frames(128)), got[i])
      end
    end)
  end)

  it("has CPU samples", function()
    local want = {}
    local list = of_kind(generation({ ticks = 77 }, function(w)
      for i = 1, 6000 do
        w:sample { 1000 + i, i % 3 == 0 and -1 or i, 5, 2 ^ 50, i }
        want[i] = ("%d %s 5 1125899906842624 %d"):format(1000 + i,
          i % 3 == 0 and "18446744073709551615" or i, i)
      end
    end), "samples")
    assert.is_true(#list > 1)
    assert.same({ -1, 77 }, { list[2].m, list[2].time })
    assert.same(want, samples(list))
  end)

  it("has experiments as they were", function()
    local large = ("\0\52\1x"):rep(FULL / 4)
    local list = of_kind(generation({}, function(w)
      w:experiment(1, 5, 1001, "\52")
      w:experiment(255, trace.none, 2 ^ 50, large)
      w:experiment(2, 0, 1, "")
    end), "experiment")
    local got = {}
    for i, b in ipairs(list) do
      got[i] = { b.exp, b.gen, b.m, b.time, b.data }
    end
    assert.same({ { 1, 1, 5, 1001, "\52" }, { 255, 1, -1, 2 ^ 50, large }, { 2, 1, 0, 1, "" } }, got)
  end)

  it("knows its size", function()
    local size
    local bytes = written(function(w)
      local function more(n, name, ...)
        local before = w:size()
        w[name](w, ...)
        assert.equal(before + n, w:size(), name)
      end
      assert.equal(16, w:size())
      more(1 + 1 + 10 + 2 + 1 + (1 + 6 + 1 + 1 + 3), "begin", { ticks = 1000 })
      more(4, "event", 1, "ProcStart", 1000, 5, 6)
      more(5, "event", 1, "ProcStart", 1200, 5, 6)
      more(1 + 3 + 3, "string", 1, "abc") -- with the table's first byte
      more(3 + 3, "string", 2, "abc")
      more(1 + 3 + 4, "stack", 1, { { 1, 2, 3, 4 } })
      more(1 + 6, "sample", { 1, 2, 3, 4, 5 })
      more(7 + 4, "experiment", 1, 1, 1000, "data")
      more(6 + 3 * 15 + 1, "finish")
      size = w:size()
    end)
    assert.equal(#bytes, size)
  end)
end)

describe("a written trace, read as one", function()
  teardown(engine.clean)

  local G_RUNNING, P_RUNNING, P_IDLE = 2, 1, 2

  local function read(bytes)
    local got = reading.both(bytes)
    assert.same({}, reading.complaints(got))
    assert.equal("END", got.status)
    return got
  end

  it("says what was written", function()
    local got = read(generation({ ticks = 1000, clock = { 1010, 1, 2, 3 } }, function(w)
      w:event(1, "ProcStatus", 1001, 0, P_RUNNING)
      w:event(1, "GoStatus", 1002, 7, 1, G_RUNNING)
      w:event(1, "GoCreate", 1003, 8, 2, 2)
      w:event(1, "UserLog", 1004, -1, 1, 3, 2)
      w:sample { 1003, 1, 0, 7, 2 }
      w:stack(2, { { 4096, 1, 2, 12 } })
      w:string(1, "main.f")
      w:string(2, "f.go")
      w:string(3, ("v"):rep(1024))
    end))
    assert.same({
      "generation at 16",
      "1 ProcStatus 1 - - target_p=0 status=Running",
      "2 GoStatus 1 0 - target_g=7 target_m=1 status=Running",
      "3 GoCreate 1 0 7 new_g=8 new_stack=main.f:12 stack=main.f:12",
      "4 CPUSample 1 0 7 stack=main.f:12",
      "5 UserLog 1 0 7 task=- key=main.f value=" .. ("v"):rep(1024) .. " stack=main.f:12",
    }, got.lines)
    local g = got.generations[1]
    assert.same({ 1, 10, 1, 2, 3, 3, 1, 1 },
      { g.gen, g.clock_time, g.clock_mono, g.clock_sec, g.clock_nsec, g.strings, g.stacks, g.samples })
  end)

  it("holds memory for the threads of late, not for all there were", function()
    local arg = ffi.new("uint64_t[4]", { -1ULL, -1ULL, -1ULL, -1ULL })
    local first, most = nil, 0
    written(function(w)
      for gen = 1, 60 do
        w:begin { gen = gen, ticks = 1000 * gen, clock = { 1000 * gen, gen, gen, 0 } }
        for m = 2 * gen, 2 * gen + 1 do
          local thread = w:thread(m)
          for _ = 1, 1000 do
            w:raw(thread, t.UserLog, 1000 * gen, arg, 4)
          end
        end
        w:finish()
        first = gen == 5 and tonumber(lib.mem_used()) or first
        most = math.max(most, tonumber(lib.mem_used()))
      end
    end)
    assert.is_true(most - first < 2 ^ 20, most - first)
  end)

  -- Events of one time, on thread 2 in more than a batch.
  local function tie(order)
    local got = reading.read(generation({ order = order }, function(w)
      w:event(1, "ProcStatus", 2000, 1, P_IDLE)
      for p = 2, 20000 do
        w:event(2, "ProcStatus", 2000, p, P_IDLE)
      end
    end))
    assert.same({}, reading.complaints(got))
    return got.lines
  end

  it("has events of one time in the order of their threads", function()
    assert.equal("1000 ProcStatus 1 - - target_p=1 status=Idle", tie({ 1, 2 })[2])
    assert.equal("1000 ProcStatus 1 - - target_p=1 status=Idle", tie({})[2])
    local lines = tie { 2, 1 }
    assert.equal("1000 ProcStatus 2 - - target_p=2 status=Idle", lines[2])
    assert.equal("20999 ProcStatus 1 - - target_p=1 status=Idle", lines[20001])
  end)

  -- A recording as it is but for its clock, and written anew. With a tick a
  -- nanosecond: of other clocks Go rounds the time of every event to the
  -- nanosecond, adding up from the begin of its batch, and batches are cut
  -- anew here.

  local function copy(w, b)
    if b.kind == "events" then
      each_event(b, function(id, ticks, arg, nargs)
        w:raw(w:thread(b.m), id, ticks, arg, nargs)
      end)
    elseif b.kind == "strings" then
      for _, s in ipairs(strings { b }) do
        w:string(tonumber(s[1]), s[2])
      end
    elseif b.kind == "stacks" then
      each_record(b, lib.v2_stack_next, "struct v2_stack", function(s)
        check(lib.v2_write_stack(w.w, s, w.diag), w.diag)
      end)
    elseif b.kind == "samples" then
      each_record(b, lib.v2_sample_next, "struct v2_sample", function(s)
        check(lib.v2_write_sample(w.w, s, w.diag), w.diag)
      end)
    elseif b.kind == "experiment" then
      w:experiment(b.exp, b.m, b.time, b.data)
    end
  end

  local function head_of(list)
    local g = { gen = list[1].gen, ticks = list[1].time, order = {} }
    for _, b in ipairs(list) do
      g.ticks = math.min(g.ticks, b.time)
      if b.kind == "events" then
        g.order[#g.order + 1] = b.m
      end
    end
    g.clock = { g.ticks, 1, 2, 3 }
    return g
  end

  -- Batches by generation.
  local function generations(bytes)
    local out, list = {}, {}
    for _, b in ipairs(batches(bytes)) do
      if b.kind == "end" then
        out[#out + 1], list = list, {}
      else
        list[#list + 1] = b
      end
    end
    return out
  end

  local function reference(bytes)
    local out = { trace.header(26) }
    for _, list in ipairs(generations(bytes)) do
      local g = head_of(list)
      out[#out + 1] = trace.generation(26, { gen = g.gen, time = g.ticks, clock = { 0, 1, 2, 3 }, ended = false })
      for _, b in ipairs(list) do
        out[#out + 1] = b.kind ~= "sync" and trace.batch({ exp = b.kind == "experiment" and b.exp or nil,
          gen = b.gen, m = b.m, time = b.time }, { b.data }) or ""
      end
      out[#out + 1] = trace.end_of_generation
    end
    return table.concat(out)
  end

  local function rewritten(bytes)
    return written(function(w)
      for _, list in ipairs(generations(bytes)) do
        w:begin(head_of(list))
        for _, b in ipairs(list) do
          copy(w, b)
        end
        w:finish()
      end
    end)
  end

  local RECORDINGS = { "allocfree", "annotations", "cpusamples", "generations", "syscalls", "coroutines" }

  for _, name in ipairs(RECORDINGS) do
    it("is the recording that it is made of: " .. name, function()
      local bytes = engine.read(engine.root .. "testdata/real/go1.27-" .. name .. ".trace")
      local again = rewritten(bytes)
      local want, got = reading.read(reference(bytes)), reading.read(again)
      assert.same({}, reading.complaints(want))
      assert.same({}, reading.complaints(got))
      assert.is_true(#want.lines > 100)
      assert.equal(table.concat(reading.events(want), "\n"), table.concat(reading.events(got), "\n"))
      assert.is_true(#again <= #bytes) -- Go pads some numbers
      assert.equal(#of_kind(bytes, "experiment"), #of_kind(again, "experiment"))
    end)
  end
end)

describe("a trace that cannot be written", function()
  local BUFFER = 262144 -- of a sink: what goes beyond it has to be written

  local function fails(first, fn)
    local err
    writing("/dev/full", first, function(w)
      local ok, e = pcall(fn, w)
      err = not ok and e
    end)
    return err
  end

  -- Nothing fits the sink's buffer any more.
  local function fill(w)
    local n = BUFFER - tonumber(lib.sink_size(w.out))
    check(lib.sink_write(w.out, ("x"):rep(n), n, w.diag), w.diag)
  end

  local function refused(err)
    assert.is_table(err)
    assert.same({ "SYSTEM", "cannot write /dev/full", "No space left on device" }, { err.status, err.what, err.have })
  end

  it("has no writer without a header", function()
    refused(fails(BUFFER, function(w)
      assert(w.w == nil)
      check(w.diag.status, w.diag)
    end))
    lib.v2_writer_free(nil)
  end)

  it("says so while there is more to come", function()
    refused(fails(0, function(w)
      w:begin()
      for _ = 1, 5 do
        overflow(w, 1, 1000 + w:last(1))
      end
    end))
  end)

  local function begun(w)
    w:begin { order = { 1, 2 } }
  end

  local CASES = { -- what fails, what comes before, the call
    { "the begin of a generation", function() end, function(w)
      begun(w)
      w:finish()
    end },
    { "a batch of events", function(w)
      begun(w)
      two_bytes(w, 1, 1000, FULL / 2)
    end, function(w) w:event(1, "ProcStop", 90000) end },
    { "the place of a thread", function(w)
      begun(w)
      two_bytes(w, 2, 1000, FULL / 2)
    end, function(w) w:event(2, "ProcStop", 90000) end },
    { "strings", begun, function(w)
      for i = 1, 64 do
        w:string(i, ("s"):rep(1024))
      end
    end },
    { "stacks", begun, function(w)
      local f = {}
      for i = 1, 128 do
        f[i] = { -1, -1, -1, -1 }
      end
      for i = 1, 13 do
        w:stack(i, f)
      end
    end },
    { "samples", begun, function(w)
      for _ = 1, 1300 do
        w:sample { -1, -1, -1, -1, -1 }
      end
    end },
    { "an experiment", begun, function(w) w:experiment(1, 1, 1, "x") end },
    { "an experiment without data", begun, function(w) w:experiment(1, 1, 1, "") end },
    { "the last events", function(w)
      begun(w)
      w:event(1, "ProcStop", 1000)
    end, function(w) w:finish() end },
    { "the last strings", function(w)
      begun(w)
      w:string(1, "x")
    end, function(w) w:finish() end },
    { "the end of a generation", begun, function(w) w:finish() end },
  }

  for _, case in ipairs(CASES) do
    it("says so of " .. case[1], function()
      refused(fails(0, function(w)
        case[2](w)
        fill(w)
        case[3](w)
      end))
    end)
  end
end)
