-- gotrace.h's handle, over v2 traces.
local engine = require "support.engine"
local reading = require "support.reading"
local trace = require "support.trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C
local idle, many = trace.idle, trace.idles

engine.header "src/io/source.h"
engine.cdef "int mkfifo(const char *path, unsigned mode);"

-- A proc and a goroutine on a thread.
local RUNNING = { { "ProcStatus", 1, 0, 1 }, { "GoStatus", 1, 5, 1, 2 } }

local SMALL = trace.file(26, { many(3) })

describe("gotrace", function()
  local names, handles, held

  before_each(function()
    names, handles, held = lib.gotrace_names_new(), {}, {}
  end)
  after_each(function()
    for _, t in ipairs(handles) do
      lib.gotrace_close(t)
    end
    lib.gotrace_names_free(names)
    engine.clean()
  end)

  local function keep(status, out)
    if status == C.GOTRACE_OK then
      handles[#handles + 1] = out[0]
      return out[0]
    end
    assert(out[0] == nil)
    return nil, tonumber(status)
  end

  local stop = engine.interrupter()
  local SIZE = ffi.sizeof "gotrace_options"

  local function open_with(path, options)
    local out, diag = ffi.new "gotrace *[1]", engine.diag()
    local t, status = keep(lib.gotrace_open_with(out, path, options, names, diag), out)
    return t, status, reading.diag(diag)
  end

  local function open_memory(bytes, step)
    held[#held + 1] = bytes
    return open_with(nil, ffi.new("gotrace_options", {
      size = SIZE, data = bytes, len = #bytes, step = step or 0, interrupter = stop,
    }))
  end

  local function open(path)
    return open_with(path, ffi.new("gotrace_options", { size = SIZE, interrupter = stop }))
  end

  local batch, diag = ffi.new "gotrace_batch", engine.diag()
  local function next_(t)
    return tonumber(lib.gotrace_next(t, batch, diag))
  end

  -- The number of events until the end, and of batches.
  local function drain(t)
    local n, batches = 0, 0
    local status = next_(t)
    while status == C.GOTRACE_OK do
      n, batches = n + batch.len, batches + 1
      status = next_(t)
    end
    assert.equal(C.GOTRACE_END, status)
    return n, batches
  end

  it("has a version of its interface, and of itself", function()
    assert.equal(C.GOTRACE_ABI, lib.gotrace_abi())
    assert.matches("^%d+%.%d+", ffi.string(lib.gotrace_version()))
  end)

  describe("opens", function()
    it("a file", function()
      local path = engine.tmpfile(SMALL)
      local t = open(path)
      local info = lib.gotrace_info_of(t)
      assert.same({ 26, 0, #SMALL, #SMALL, 16, 0 }, {
        info.version, info.compression, tonumber(info.size), tonumber(info.file_size), tonumber(info.consumed),
        tonumber(info.events),
      })
      assert.equal(4, (drain(t)))
    end)

    it("what is packed", function()
      for command, number in pairs { ["gzip -c"] = 1, ["zstd -qc"] = 2 } do
        local packed = engine.filter(command, SMALL)
        local path = engine.tmpfile(packed)
        for _, t in ipairs { open_memory(packed), open(path) } do
          assert.equal(4, (drain(t)))
          local info = lib.gotrace_info_of(t)
          assert.same({ number, #SMALL }, { info.compression, tonumber(info.size) })
        end
      end
    end)

    it("no file that is not there", function()
      local _, status, d = open "/nonexistent/file"
      assert.equal(C.GOTRACE_SYSTEM, status)
      assert.matches("/nonexistent/file", d.what)
    end)

    it("nothing that is no trace", function()
      for _, bytes in ipairs { "", "#!/bin/sh", trace.header(27), trace.header(22):sub(1, 15) } do
        for step = 0, 1 do
          local _, status = open_memory(bytes, step)
          assert.equal(C.GOTRACE_UNSUPPORTED, status)
        end
        local _, status = open(engine.tmpfile(bytes))
        assert.equal(C.GOTRACE_UNSUPPORTED, status)
      end
    end)
  end)

  it("closes what was not read, and nothing", function()
    open_memory(SMALL)
    local t = open_memory(trace.file(26, { many(2000) }))
    assert.equal(C.GOTRACE_OK, next_(t))
    lib.gotrace_close(nil)
  end)

  describe("delivers", function()
    it("batches of no more events than it says, all of one generation", function()
      local t = open_memory(trace.file(26, { many(1500) }, { many(10) }))
      local sum, of = 0, {}
      while next_(t) == C.GOTRACE_OK do
        assert.is_true(batch.len > 0 and batch.len <= C.GOTRACE_BATCH)
        sum = sum + batch.len
        for i = 0, batch.len - 1 do
          local off = batch.events[i].off
          assert.is_true(off >= batch.gen.off and off < batch.gen["end"])
        end
        of[tonumber(batch.gen.gen)] = true
      end
      assert.equal(2 + 1510, sum)
      assert.same({ true, true }, of)
    end)

    -- What is known of an event that nobody looks at, a line each.
    local function bare_lines(bytes, order, want)
      local t, mask, lines = open_memory(bytes), ffi.new "uint8_t[256]", {}
      ffi.fill(mask, 256, want)
      lib.gotrace_want(t, mask, order)
      while next_(t) == C.GOTRACE_OK do
        for i = 0, batch.len - 1 do
          local e = batch.events[i]
          local is_bare = e.type < C.GOTRACE_EV_GENERATION and want == C.GOTRACE_COUNT_ONLY
          assert.equal(is_bare and want or 0, bit.band(e.flags, C.GOTRACE_COUNT_ONLY))
          lines[#lines + 1] = ("%d %s %s %s %d"):format(e.type, e.time, e.off, e.n, e.verdict)
        end
      end
      return table.concat(lines, "\n")
    end

    it("where and when an event is, and no more, if that is all that is wanted", function()
      local folder = engine.root .. "testdata/real/"
      for name in ("go1.15-mix go1.21-cpusamples go1.22-http go1.27-generations"):gmatch "%S+" do
        local bytes = engine.read(folder .. name .. ".trace")
        for order = C.GOTRACE_ORDER_FULL, C.GOTRACE_ORDER_THREAD do
          local whole, bare = bare_lines(bytes, order, 1), bare_lines(bytes, order, C.GOTRACE_COUNT_ONLY)
          assert.is_true(#whole > 5000)
          assert.is_true(whole == bare, name)
        end
      end
    end)

    it("the end again and again", function()
      local t = open_memory(SMALL)
      drain(t)
      assert.equal(C.GOTRACE_END, next_(t))
      assert.equal(0, batch.len)
      assert.equal(C.GOTRACE_END, next_(t))
    end)

    it("events that nothing was decided about", function()
      local t = open_memory(SMALL)
      assert.equal(C.GOTRACE_OK, next_(t))
      for i = 0, batch.len - 1 do
        assert.equal(0, batch.events[i].verdict)
        batch.events[i].verdict = 1
      end
      t = open_memory(SMALL)
      next_(t)
      assert.equal(0, batch.events[1].verdict)
    end)

    it("each event with the offset of its first byte", function()
      local bytes = trace.file(26, { many(600), { m = 2, { "HeapObject", 1, 2 ^ 40, 3 } }, { m = 1, idle(1, 9) } })
      for _, e in ipairs(reading.both(bytes).events) do
        local event = e.type == trace.types.ProcStatus and idle(1, e.arg[1])
          or e.type == trace.types.HeapObject and { "HeapObject", 1, 2 ^ 40, 3 }
        if event then
          event = trace.event(event)
          assert.equal(event, bytes:sub(e.off + 1, e.off + #event))
        end
      end
    end)

    it("numbers in order from 1, and 0 for marks", function()
      local got = reading.both(trace.file(26, { many(600) }, { many(3) }))
      local n = 0
      for _, e in ipairs(got.events) do
        if e.line:find "^generation" then
          assert.equal(0, e.n)
        else
          n = n + 1
          assert.equal(n, e.n)
        end
      end
      assert.equal(603, n)
    end)

    it("what is consumed, as it goes", function()
      local one, two = trace.generation(26, { many(10) }), trace.generation(26, { gen = 2, many(10) })
      local t = open_memory(trace.header(26) .. one .. two)
      local seen = {}
      while next_(t) == C.GOTRACE_OK do
        seen[#seen + 1] = tonumber(lib.gotrace_info_of(t).consumed)
      end
      seen[#seen + 1] = tonumber(lib.gotrace_info_of(t).consumed)
      assert.equal(16, seen[1])
      assert.equal(16 + #one + #two, seen[#seen])
      for i = 2, #seen do
        assert.is_true(seen[i] >= seen[i - 1])
      end
    end)
  end)

  describe("interns", function()
    local function file(strings)
      return trace.file(26, {
        strings = strings,
        stacks = { [9] = { { 10, 1, 2, 7 } } },
        { m = 1, RUNNING[1], RUNNING[2], { "GoLabel", 1, 1 }, { "ProcsChange", 1, 4, 9 } },
      })
    end

    -- Ids of the label and of the stack in each generation of a trace.
    local function ids(bytes, shared)
      local got, out = reading.read(bytes, { names = shared }), {}
      for _, e in ipairs(got.events) do
        if e.type == trace.types.GoLabel then
          out[#out + 1] = e.arg[1]
        elseif e.type == trace.types.ProcsChange then
          out[#out + 1] = e.arg[2]
        end
      end
      return out
    end

    it("over generations", function()
      local g = function(gen, strings, label)
        return {
          gen = gen,
          strings = strings,
          stacks = { [gen] = { { 10, label, label, 7 } } },
          { m = 1, RUNNING[1], RUNNING[2], { "GoLabel", 1, label }, { "ProcsChange", 1, 4, gen } },
        }
      end
      local got = ids(trace.file(26, g(1, { "a", "b" }, 1), g(2, { "b", "a" }, 2), g(3, { "b", "a" }, 1)))
      assert.equal(got[1], got[3])
      assert.equal(got[2], got[4])
      assert.not_equal(got[1], got[5])
      assert.not_equal(got[2], got[6])
    end)

    it("over traces that share names", function()
      local a, b = ids(file { "x", "y" }, names), ids(file { "x", "y" }, names)
      assert.same(a, b)
      local c = ids(file { "z", "y" }, names)
      assert.not_equal(a[1], c[1])
      assert.not_equal(a[2], c[2])
      assert.equal("x", reading.string(names, a[1]))
    end)
  end)

  describe("keeps damages", function()
    local function broken(n) -- each batch ends in damage
      local list = { { m = 1, RUNNING[1], RUNNING[2] } }
      for i = 1, n do
        list[i + 1] = { m = 1, { "HeapAlloc", 1, i }, "\255" }
      end
      return trace.file(26, list)
    end

    it("the first thousand, and counts the others", function()
      local t, lost = open_memory(broken(1500)), ffi.new "uint64_t[1]"
      drain(t)
      assert.equal(1500, tonumber(lib.gotrace_info_of(t).damages))
      assert.equal("byte 255", ffi.string(lib.gotrace_damage(t, 0, lost).have))
      assert.equal("byte 255", ffi.string(lib.gotrace_damage(t, 999, lost).have))
      assert.is_true(lib.gotrace_damage(t, 1000, lost) == nil)
      assert.is_true(lib.gotrace_damage(t, 2 ^ 63, lost) == nil)
    end)

    it("and marks each where it was found", function()
      local got = reading.both(broken(1200))
      local numbers, expected = {}, {}
      for i, line in ipairs(got.lines) do
        if line:find "^damage" then
          numbers[#numbers + 1] = line
          assert.matches("HeapAlloc", got.lines[i - 1])
        end
      end
      for i = 1, 1200 do
        expected[i] = "damage " .. i - 1
      end
      assert.same(expected, numbers)
    end)

    it("even when more come at once than a batch of events has room for", function()
      -- A table of strings with one id is read before the first event.
      local strings = { string.char(trace.types.Strings) }
      for i = 1, 701 do
        strings[i + 1] = trace.string(1, "x")
      end
      local got = reading.both(trace.file(26, { trace.batch({ gen = 1, m = -1, time = 1000 }, strings), many(3) }))
      assert.equal(700, got.info.damages)
      assert.equal(700, #got.damages)
      assert.equal(3, #reading.events(got))
    end)
  end)

  it("takes options of a caller that knows fewer of them", function()
    local options = ffi.new("gotrace_options", { size = ffi.offsetof("gotrace_options", "step"), data = "no trace",
      len = 8, step = -1ULL, interrupter = ffi.cast("void *", 8) })
    local t, status, why = open_with(nil, options)
    assert.is_nil(t)
    assert.equal(C.GOTRACE_UNSUPPORTED, status, why.what)
  end)

  describe("is interrupted", function()
    engine.cdef "int getpid(void); void *signal(int, void *);"
    local LONG = trace.file(26, { many(1500) }, { many(1500) })

    it("once, and goes on", function()
      for step = 0, 1 do
        local t = open_memory(LONG, step)
        assert.equal(C.GOTRACE_OK, next_(t))
        local n = batch.len
        lib.gotrace_interrupt(stop)
        assert.equal(C.GOTRACE_INTERRUPTED, next_(t))
        assert.equal(0, batch.len)
        assert.equal(2 + 3000, n + drain(t))
      end
    end)

    it("once for several calls at once", function()
      local t = open_memory(LONG)
      lib.gotrace_interrupt(stop)
      lib.gotrace_interrupt(stop)
      assert.equal(C.GOTRACE_INTERRUPTED, next_(t))
      assert.equal(2 + 3000, (drain(t)))
    end)

    it("in every open trace", function()
      local a, b = open_memory(LONG), open_memory(LONG)
      lib.gotrace_interrupt(stop)
      assert.equal(C.GOTRACE_INTERRUPTED, next_(a))
      assert.equal(C.GOTRACE_INTERRUPTED, next_(b))
      assert.equal(drain(a), (drain(b)))
    end)

    -- The interrupt comes from the hook that runs before a read waits, while a
    -- generation is read that has shown damage already.
    it("and loses no mark of damage by it", function()
      local path = engine.tmpname()
      os.remove(path)
      assert(C.mkfifo(path, 384) == 0)
      local file = trace.file(26, { many(3), trace.batch({ gen = 0, m = 1, time = 1 }, {}), ended = false })
      local rest = trace.batch({ gen = 1, m = 1, time = 1000 }, { trace.event(idle(9, 9)) })
      local first, second = engine.tmpfile(file), engine.tmpfile(rest .. trace.end_of_generation)
      local writer = io.popen(("{ cat %s; sleep 0.2; cat %s; } >%s"):format(first, second, path))
      -- A child sends the signal; its handler is the engine's own function.
      local old = C.signal(10, engine.interrupting(stop))
      local killer = io.popen(("sleep 0.1; kill -USR1 %d"):format(C.getpid()))
      local t = open(path)
      local seen, lines = {}, {}
      repeat
        local status = next_(t)
        seen[#seen + 1] = status
        for i = 0, batch.len - 1 do
          lines[#lines + 1] = batch.events[i].type
        end
      until status == C.GOTRACE_END
      killer:close()
      writer:close()
      C.signal(10, old)
      assert.same({ C.GOTRACE_EV_DAMAGE, C.GOTRACE_EV_GENERATION, 13, 13, 13, 13 }, lines)
      assert.same({ C.GOTRACE_OK, C.GOTRACE_INTERRUPTED, C.GOTRACE_OK, C.GOTRACE_END }, {
        seen[1], seen[2], seen[3], seen[#seen],
      })
    end)

    it("while nothing has come yet", function()
      local path = engine.tmpname()
      os.remove(path)
      assert(C.mkfifo(path, 384) == 0)
      local old = C.signal(10, engine.interrupting(stop))
      local killer = io.popen(("sleep 0.1; kill -USR1 %d"):format(C.getpid()))
      local t, status = open(path)
      killer:close()
      C.signal(10, old)
      assert.is_nil(t)
      assert.equal(C.GOTRACE_INTERRUPTED, status)
    end)

    it("by its own interrupter", function()
      local t, other = open_memory(LONG), engine.interrupter()
      lib.gotrace_interrupt(other)
      assert.equal(C.GOTRACE_OK, next_(t))
      local plain = ffi.new "gotrace *[1]"
      assert.equal(C.GOTRACE_OK, lib.gotrace_open_memory(plain, LONG, #LONG, 0, names, diag))
      lib.gotrace_interrupt(stop)
      assert.equal(C.GOTRACE_OK, next_(plain[0]))
      lib.gotrace_close(plain[0])
    end)

    it("also while nothing is wanted", function()
      local parts = { trace.header(26) }
      for gen = 1, 50 do
        parts[gen + 1] = trace.generation(26, { gen = gen, many(10) })
      end
      local t = open_memory(table.concat(parts))
      lib.gotrace_want(t, ffi.new "uint8_t[256]", C.GOTRACE_ORDER_FULL)
      lib.gotrace_interrupt(stop)
      assert.equal(C.GOTRACE_INTERRUPTED, next_(t))
      assert.equal(16, tonumber(lib.gotrace_info_of(t).consumed))
      assert.equal(C.GOTRACE_END, next_(t))
      assert.equal(500, tonumber(lib.gotrace_info_of(t).events))
    end)
  end)

  it("delivers what a pipe has brought before more comes", function()
    local path = engine.tmpname()
    os.remove(path)
    assert(C.mkfifo(path, 384) == 0)
    local one, two = trace.generation(26, { many(3) }), trace.generation(26, { gen = 2, many(3) })
    local go = engine.tmpname()
    os.remove(go)
    local writer = io.popen(("{ cat %s; while [ ! -e %s ]; do sleep 0.02; done; cat %s; } >%s"):format(
      engine.tmpfile(trace.header(26) .. one), go, engine.tmpfile(two), path
    ))
    local t = open(path)
    local n = 0
    while n < 4 and next_(t) == C.GOTRACE_OK do -- while the writer waits for the file
      n = n + batch.len
    end
    io.open(go, "w"):close()
    assert.equal(4, n)
    assert.equal(4, (drain(t)))
    writer:close()
  end)
end)
