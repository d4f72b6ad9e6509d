-- What is written besides what the keeper decides: times, clocks, generations,
-- samples, experiments, secrets; v1 traces; strictness; and writing that fails.
local engine = require "support.engine"
local rewriting = require "support.rewriting"
local reading = require "support.reading"
local trace = require "support.trace"
local v1 = require "v1.v1_trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C
local with = trace.running

-- A script of rewriting.run: fn(e, edit, add), with edit() and add(type) giving
-- the event to change, sets what is to become of each event.
local function script(fn)
  return function(_, _, e, _, names)
    local extra, len = ffi.new "gotrace_event[4]", 0
    local function append(flags)
      local x = extra + len
      x[0] = e
      x.flags, x.at, x.verdict = flags, 0, 0
      len = len + 1
      return x
    end
    if e.type < C.GOTRACE_EV_GENERATION then
      fn(e, function(flags)
        append(C.GOTRACE_ORIGINAL)
        e.flags = bit.bor(C.GOTRACE_EDITED, flags or 0)
      end, function(type)
        local x = append(C.GOTRACE_ADDED)
        x.type = trace.types[type]
        ffi.fill(x.arg, ffi.sizeof(x.arg))
        return x
      end, names)
    end
    return extra, len
  end
end

-- Drops the types.
local function without(...)
  local dropped = {}
  for _, name in ipairs { ... } do
    dropped[trace.types[name]] = true
  end
  return script(function(e)
    e.verdict = dropped[e.type] and C.GOTRACE_DROP or C.GOTRACE_KEEP
  end)
end

local keep = without()

local function is(e, name)
  return e.type == trace.types[name]
end

-- The lines, which have to come of the bytes; no damage.
local function rewrite(bytes, fn, options)
  local got = rewriting.run(bytes, fn or keep, options)
  assert.is_nil(got.why and got.why.what)
  got.read = reading.read(got.bytes)
  assert.same({}, reading.complaints(got.read))
  return got
end

describe("the output", function()
  after_each(engine.clean)

  describe("times", function()
    local function three(m)
      return with(m, 0, 5, { "HeapAlloc", 10, 1 }, { "HeapAlloc", 10, 2 }, { "HeapAlloc", 10, 3 })
    end

    -- The values of HeapAlloc and their times.
    local function allocs(got)
      local out = {}
      for _, e in ipairs(got.read.events) do
        if e.type == trace.types.HeapAlloc then
          out[#out + 1] = ("%d at %d"):format(e.arg[1], e.time)
        end
      end
      return out
    end

    local function set(value, time)
      return script(function(e, edit)
        if is(e, "HeapAlloc") and e.arg[0] == value then
          edit(C.GOTRACE_TIME_SET)
          e.time = time
        end
      end)
    end

    it("are those of the input", function()
      local got = rewrite(trace.file(26, { three(1) }))
      assert.same({ "1 at 11", "2 at 21", "3 at 31" }, allocs(got))
      assert.equal(0, got.counts.moved)
    end)

    it("are set by scripts", function()
      assert.same({ "1 at 11", "2 at 25", "3 at 31" }, allocs(rewrite(trace.file(26, { three(1) }), set(2, 25))))
    end)

    it("push what comes later on the thread", function()
      local got = rewrite(trace.file(26, { three(1) }), set(2, 40))
      assert.same({ "1 at 11", "2 at 40", "3 at 41" }, allocs(got))
    end)

    it("do not go back behind the thread's last", function()
      local got = rewrite(trace.file(26, { three(1) }), set(2, 5))
      assert.same({ "1 at 11", "2 at 12", "3 at 31" }, allocs(got))
      assert.equal(1, got.counts.moved)
    end)

    it("are in the ticks of their generation", function()
      local got = rewrite(trace.file(26, { freq = 5e8, three(1) }), set(2, 44))
      assert.same({ "1 at 22", "2 at 44", "3 at 62" }, allocs(got))
    end)

    -- What is put off, by 5000 ns, on one thread, what must not come before it on
    -- another, and what has led to that.
    local waiting = {
      { "GoStop", "GoStart", "a start behind a stop", [[
        1 GoStop 'preempted'
        2 GoStart 5
      ]] },
      { "UserTaskBegin", "UserTaskEnd", "the end of a task behind its begin", [[
        1 UserTaskBegin 3 - 'a'
        2 GoStart 6
        2 UserTaskEnd 3
        2 UserTaskBegin 3 - 'b'
      ]] },
      { "GoDestroy", "GoCreate", "an id that is used again", [[
        1 GoDestroy
        2 GoStart 6
        2 GoCreate 5
      ]] },
      { "GCMarkAssistActive", "GCMarkAssistEnd", "an end behind what others say", [[
        2 GCMarkAssistActive 5
        1 GCMarkAssistEnd
      ]] },
      { "HeapAlloc", "ProcSteal", "a theft behind what the proc was needed for", [[
        1 GoSyscallBegin
        1 HeapAlloc 7
        2 ProcSteal 0 1
        1 GoSyscallEndBlocked
      ]] },
      { "GCEnd", "GCBegin", "a mark phase behind the one before", [[
        1 GCBegin
        1 GCEnd
        2 GoStart 6
        2 GCBegin
      ]] },
      { "ProcStop", "ProcStart", "a proc behind the thread that had it", [[
        1 GoStop 'preempted'
        1 ProcStop
        3 ProcStart 0
      ]] },
    }
    for _, case in ipairs(waiting) do
      local first, second, name, text = unpack(case)
      local function check(freq)
        local all = [[
          1 ProcStatus 0 Running
          1 GoStatus 5 1 Running
          2 ProcStatus 1 Running
          2 GoStatus 6 - Runnable
        ]] .. text
        local done = false
        local bytes = rewriting.play(all, nil, { generation = { freq = freq } }).bytes
        local late = rewrite(bytes, script(function(e, edit)
          if is(e, first) and not done then
            done = true
            edit(C.GOTRACE_TIME_SET)
            e.time = e.time + 5000
          end
        end))
        assert.is_true(done)
        assert.equal(0, late.counts.withheld + late.counts.absorbed)
        local lines, times = rewriting.lines(late.bytes)
        local at = {}
        for i, line in ipairs(lines) do
          local type = line:match "%S+ (%S+)"
          at[type] = type == first and at[type] or times[i]
        end
        assert.is_true(at[first] > 5000)
        assert.is_true(at[second] > at[first])
      end
      it("make wait " .. name, function()
        check(1e9)
        check(15625000)
        check(4e9)
      end)
    end

    -- 2^63 ticks are no int64 of ns, and 2^53 no double that counts on.
    it("are tamed where Go's reader could not tell them apart", function()
      for _, wild in ipairs { "9223372036854775808", "18446744073709551600", "9007199254740992" } do
        local time = ffi.cast("uint64_t", 0)
        for digit in wild:gmatch "%d" do
          time = time * 10 + tonumber(digit)
        end
        local got = rewrite(trace.file(26, { with(1, 0, 5), { m = 1, time = time, { "HeapAlloc", 0, 1 },
          { "GoStop", 0 }, { "GoStart", 0, 5, 1 }, { "HeapAlloc", 0, 2 } } }), without "UserLog")
        assert.equal(6, got.counts.events)
        assert.is_true(got.read.info.last_time < 2 ^ 53)
      end
    end)

    -- Each of many short deltas is rounded to 0 ns; together they are far more.
    it("are seen in their order where ticks are no whole ns", function()
      local one, other = with(1, 0, 5), with(2, 1, 6)
      for i = 1, 600 do
        one[#one + 1] = { "HeapAlloc", 2, i }
        other[#other + 1] = i <= 500 and { "HeapGoal", 2, i } or nil
      end
      for _, ev in ipairs { { "GoSyscallBegin", 2, 1 }, { "GoDestroySyscall", 2 } } do
        one[#one + 1] = ev
      end
      other[#other + 1] = { "ProcSteal", 300, 0, 2, -1 }
      local got = rewrite(trace.file(26, { freq = 3e9, one, other }), without "HeapAlloc")
      assert.equal(507, got.counts.events)
      assert.equal(0, got.counts.withheld)
    end)

    it("may be of a clock that is finer than ns", function()
      local bytes = trace.file(26, { freq = 4e9, time = 4000, three(1) })
      assert.same(allocs { read = reading.read(bytes) }, allocs(rewrite(bytes)))
    end)
  end)

  describe("clocks", function()
    local function clocks(got)
      local out = {}
      for i, g in ipairs(got.read.generations) do
        out[i] = { g.clock_time, g.clock_mono, g.clock_sec, g.clock_nsec }
      end
      return out
    end

    local function gens(...)
      local list = {}
      for i, clock in ipairs { ... } do
        list[i] = { time = 1000 * i, clock = clock, with(1, 0, 5, { "HeapAlloc", 1, i }) }
      end
      return trace.file(26, unpack(list))
    end

    it("stay as they are", function()
      local bytes = gens({ 5, 10, 20, 30 }, { 5, 1010, 20, 1030 })
      assert.same(clocks { read = reading.read(bytes) }, clocks(rewrite(bytes)))
    end)

    it("go up", function()
      local got = rewrite(gens({ 5, 10, 20, 30 }, { 5, 10, 20, 30 }, { 0, 1, 1, 1 }))
      local list = clocks(got)
      for i = 2, 3 do
        local a, b = list[i - 1], list[i]
        assert.is_true(b[1] > a[1] and b[2] > a[2])
        assert.is_true(b[3] > a[3] or b[3] == a[3] and b[4] > a[4])
      end
    end)

    it("are made up where there are none", function()
      local got = rewrite(trace.file(23, { with(1, 0, 5) }, { time = 3000, with(1, 0, 5) }))
      assert.same({ { 0, 1, 0, 1 }, { 2000, 2001, 0, 2001 } }, clocks(got))
    end)

    it("are at the begin of a cut", function()
      local got = rewrite(gens({ 5, 10, 20, 30 }), script(function(e)
        e.verdict = is(e, "HeapAlloc") and C.GOTRACE_KEEP or C.GOTRACE_CUT
      end))
      assert.equal(0, got.read.generations[1].clock_time - got.read.generations[1].time - 3)
    end)
  end)

  describe("generations", function()
    local function gen(n, ...)
      return { gen = n, time = 1000 * n, with(1, 0, 5, ...) }
    end

    it("keep their numbers", function()
      local got = rewrite(trace.file(26, gen(3), gen(4)))
      assert.same({ 3, 4 }, { got.read.generations[1].gen, got.read.generations[2].gen })
    end)

    it("have others where those run out", function()
      local max = ffi.cast("uint64_t", -1LL)
      local got = rewrite(trace.file(26, { gen = max, time = 1000, with(1, 0, 5) }))
      assert.equal(1, got.read.generations[1].gen)
    end)

    it("may be at the tick 0, and at the same ticks as the one before", function()
      for _, times in ipairs { { 0 }, { 0, 0 }, { 1 }, { 1000, 1000 }, { 1000, 1001, 1001 }, { 1000, 999 } } do
        local list = {}
        for i, time in ipairs(times) do
          list[i] = { time = time, { m = 1, time = time, { "ProcStatus", 0, 0, 1 }, { "GoStatus", 0, 5, 1, 2 },
            { "HeapAlloc", 0, i } } }
        end
        for _, fn in ipairs { keep, without "HeapAlloc" } do
          local got = rewrite(trace.file(26, unpack(list)), fn)
          local shown, left = table.concat(times, " "), fn == keep and 3 or 2
          assert.equal(left * #times, got.counts.events, shown)
          assert.same({ 0, 0 }, { got.counts.withheld, got.counts.bridged }, shown)
          assert.equal(#times, #got.read.generations, shown)
          assert.is_true(got.read.generations[1].clock_time >= (times[1] == 0 and 1 or 0), shown)
          assert.is_true(got.read.generations[1].clock_mono > 0, shown)
          assert.same({}, reading.complaints(got.read), shown)
          for i = 2, #times do
            assert.is_true(got.read.generations[i].clock_time > got.read.generations[i - 1].clock_time, shown)
          end
        end
      end
    end)

    it("that lose all their events are left out", function()
      local got = rewrite(trace.file(26, gen(1), gen(2), gen(3)), script(function(e)
        e.verdict = e.time < 2000 and C.GOTRACE_CUT or C.GOTRACE_KEEP
      end))
      assert.equal(1, got.counts.generations)
      assert.equal(4, got.counts.cut)
    end)
  end)

  describe("samples", function()
    local function file()
      return trace.file(26, {
        strings = { "main.f", "f.go" },
        stacks = { [9] = { { 77, 1, 2, 12 } } },
        samples = { { 1005, 1, 0, 5, 9 }, { 1015, 1, 0, 6, 9 } },
        with(1, 0, 5, { "HeapAlloc", 10, 1 }, { "HeapAlloc", 10, 1 }),
      })
    end

    local function samples(got)
      local out = {}
      for _, line in ipairs(got.read.lines) do
        out[#out + 1] = line:find "CPUSample" and line or nil
      end
      return out
    end

    it("are kept", function()
      local got = rewrite(file())
      assert.same({ "5 CPUSample 1 0 5 stack=main.f:12", "15 CPUSample 1 0 6 stack=main.f:12" }, samples(got))
      assert.equal(6, got.counts.events)
    end)

    it("are dropped, with their stacks", function()
      local got = rewrite(file(), without "CPUSample")
      assert.same({}, samples(got))
      assert.equal(2, got.counts.dropped)
      assert.is_nil(got.bytes:find("main.f", 1, true))
    end)

    it("of hidden goroutines go", function()
      local got = rewrite(file(), function(_, _, _, w)
        lib.gotrace_writer_hide(w, 6, engine.diag())
      end)
      assert.same({ "5 CPUSample 1 0 5 stack=main.f:12" }, samples(got))
    end)

    it("are added", function()
      local got = rewrite(file(), script(function(e, _, add)
        if is(e, "HeapAlloc") then
          add "CPUSample"
        end
      end))
      assert.equal(2, got.counts.added)
      assert.equal(4, #samples(got))
    end)
  end)

  describe("experiments", function()
    local function file()
      return trace.file(26, {
        with(1, 0, 5, { "SpanAlloc", 1, 7, 1, 2 }, { "HeapObjectAlloc", 1, 3, 4 }),
        { m = 1, exp = 1, "opaque" },
      })
    end

    it("go along", function()
      assert.is_truthy(rewrite(file()).bytes:find("opaque", 1, true))
      assert.is_truthy(rewrite(file(), without "SpanAlloc").bytes:find("opaque", 1, true))
    end)

    it("go with their events", function()
      local got = rewrite(file(), without("SpanAlloc", "HeapObjectAlloc"))
      assert.is_nil(got.bytes:find("opaque", 1, true))
    end)
  end)

  describe("secrets", function()
    local function file()
      return trace.file(26, {
        strings = { "public", "secret", "secret.func", "f.go" },
        stacks = { [1] = { { 5, 1, 4, 1 } }, [2] = { { 6, 3, 4, 1 } } },
        with(1, 0, 5, { "UserLog", 1, 0, 1, 1, 1 }, { "GoLabel", 1, 2 }, { "GoStop", 1, 2, 2 }),
      })
    end

    it("are in what is kept", function()
      local bytes = rewrite(file()).bytes
      assert.is_truthy(bytes:find("secret", 1, true) and bytes:find("secret.func", 1, true))
    end)

    it("go with what named them", function()
      local bytes = rewrite(file(), without("GoLabel", "GoStop")).bytes
      assert.is_nil(bytes:find("secret", 1, true))
      assert.is_truthy(bytes:find("public", 1, true))
    end)

    it("go when they are edited away", function()
      local bytes = rewrite(file(), script(function(e, edit, _, names)
        if is(e, "GoLabel") or is(e, "GoStop") then
          local id = ffi.new "uint32_t[1]"
          lib.gotrace_intern(names, "plain", 5, id)
          edit()
          e.arg[0], e.arg[1] = id[0], 0
        end
      end)).bytes
      assert.is_nil(bytes:find("secret", 1, true))
      assert.is_truthy(bytes:find("plain", 1, true))
    end)
  end)

  describe("of a v1 trace", function()
    local function lines(bytes, fn)
      local got = rewriting.run(bytes, fn or keep)
      assert.is_nil(got.why)
      return (rewriting.lines(got.bytes)), got
    end

    local function start()
      return v1.trace(11):start()
    end

    it("has its threads", function()
      local t = start():GoBlock(1, 0):ProcStop(1):ProcStart(5, 9):GoUnblock(1, 1, 2, 0):GoStart(1, 1, 3)
      assert.same({
        "7 ProcStatus 0 Running",
        "7 GoStatus 1 - Running",
        "7 GoBlock",
        "7 ProcStop",
        "9 ProcStart 0",
        "9 GoUnblock 1",
        "9 GoStart 1",
      }, (lines(t:finish())))
    end)

    it("begins a generation a second", function()
      local t = start():GoBlock(1, 0):GoUnblock(500000000, 1, 2, 0):GoStart(1, 1, 3)
      local got = select(2, lines(t:GoBlock(600000000, 0):GoUnblock(1, 1, 4, 0):GoStart(1, 1, 5):finish()))
      assert.equal(2, got.counts.generations)
      assert.equal(0, got.counts.bridged)
    end)

    it("begins none for a few events far apart", function()
      local t = start()
      for g = 2, 200 do
        t:GoCreate(1, g, 0, 0)
      end
      for _ = 1, 50 do
        t:HeapAlloc(2000000000, 5)
      end
      assert.equal(1, select(2, lines(t:finish())).counts.generations)
    end)

    it("takes a goroutine out of a syscall that lost its P", function()
      local t = start():GoSysCall(1, 0):GoSysBlock(1):ProcStop(1):GoSysExit(5, 1, 2, 0)
      assert.same({
        "7 ProcStatus 0 Running",
        "7 GoStatus 1 - Running",
        "7 GoSyscallBegin",
        "7 ProcStop",
        "7 GoSyscallEndBlocked",
      }, (lines(t:finish())))
    end)

    it("has goroutines that were in a syscall on invented threads", function()
      local t = v1.trace(11):Batch(0, 1000):GoCreate(1, 3, 0, 0):GoInSyscall(1, 3):Gomaxprocs(1, 4, 0)
      local out, got = lines(t:finish())
      local m = tonumber(table.concat(out, "\n"):match "GoStatus 3 (%d+) Syscall")
      assert.equal(2 ^ 41 + 3, m)
      assert.equal(0, got.counts.withheld)
    end)

    it("stays valid without its starts", function()
      local t = start():GoCreate(1, 2, 0, 0):GoBlock(1, 0):GoStart(1, 2, 1):HeapAlloc(1, 5):GoEnd(1)
      local got = select(2, lines(t:finish(), without("GoStart", "ProcStart", "GoCreate")))
      assert.is_true(got.counts.bridged > 0)
      assert.equal(0, got.counts.withheld)
    end)
  end)

  describe("under strict", function()
    local PLAY = [[
      1 ProcStatus 0 Running
      1 GoStatus 5 1 Running
      1 GoStatus 6 - Waiting
      drop 1 GoUnblock 6
      %s
    ]]

    local function refused(text)
      local got = rewriting.perform(PLAY:format(text), { strict = true })
      assert.equal("DAMAGED", got.why.status)
      return got.why, got.bytes
    end

    it("refuses what needs a repair", function()
      local why, bytes = refused [[
        1 GoStop 'preempted'
        1 GoStart 6
      ]]
      assert.equal("the event needs others before it that are not there", why.what)
      assert.equal("GoStart", why.event)
      assert.equal(1, why.m)
      assert.equal(1, why.gen)
      assert.is_true(why.off > 16)
      assert.is_nil(bytes)
    end)

    it("refuses what has happened already", function()
      local why = refused [[
        drop 1 GoSyscallBegin
        1 GoSyscallEnd
      ]]
      assert.equal("what the event does has happened already", why.what)
      assert.equal("GoSyscallEnd", why.event)
    end)

    it("refuses what is left out", function()
      local why = refused [[
        drop 1 GCSweepBegin
        1 GCSweepEnd 1 2
      ]]
      assert.equal("the event cannot be written", why.what)
      assert.equal("no such range is in flight", why.have)
    end)

    it("leaves no file", function()
      local path = engine.tmpname()
      os.remove(path)
      rewriting.perform(PLAY:format "drop 1 GCSweepBegin\n1 GCSweepEnd", { strict = true, path = path })
      assert.is_nil(io.open(path))
    end)

    it("takes what is legal", function()
      rewriting.play(PLAY:format [[
        drop 1 HeapAlloc 1
        edit 1 GoStop 'a'
        as 1 GoStop 'b'
        1 GoStart 5
        emit 1 UserLog 0 'k' 'v'
      ]], { dropped = 2, edited = 1, added = 1 }, { strict = true })
    end)

    it("refuses what is lost of an old trace, though nothing is changed", function()
      local t = v1.trace(11):Batch(0, 1000):GoStart(1, 1, 1):GoSysExit(1, 9, 1, 0)
      local why = rewriting.run(t:finish(), keep, { strict = true }).why
      assert.same({ "GoStart", 20 }, { why.event, why.off })
      assert.is_nil(rewriting.run(t:finish(), keep, {}).why)
    end)
  end)

  describe("that cannot be written", function()
    local big = {}
    for i = 1, 60000 do
      big[i] = { "HeapAlloc", 1, i * 1000000 }
    end
    local batches = { with(1, 0, 5) }
    for i = 1, #big, 5000 do
      batches[#batches + 1] = { m = 1, time = 2000 + i, unpack(big, i, i + 4999) }
    end

    it("ends the writing", function()
      local got = rewriting.run(trace.file(26, batches), keep, { path = "/dev/full" })
      assert.equal("SYSTEM", got.why.status)
      assert.equal("cannot write /dev/full", got.why.what)
    end)

    it("is told at the end, when it is small", function()
      local got = rewriting.run(trace.file(26, { with(1, 0, 5) }), keep, { path = "/dev/full" })
      assert.equal("SYSTEM", got.why.status)
    end)

    it("is told at the beginning, when it has no folder", function()
      local got = rewriting.run(trace.file(26, { with(1, 0, 5) }), keep, { path = "/nowhere/x.trace" })
      assert.equal("SYSTEM", got.why.status)
      assert.is_nil(got.counts)
    end)
  end)
end)
