-- The reader's own thread: whatever is read, one thread and two yield the same,
-- byte by byte and batch by batch.
local engine = require "support.engine"
local lfs = require "lfs"
local reading = require "support.reading"
local trace = require "support.trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C
local idle, many, varint = trace.idle, trace.idles, trace.varint

engine.cdef "int setenv(const char *, const char *, int); int unsetenv(const char *); int usleep(unsigned);"

local function threads(n)
  if n then
    C.setenv("GOTRACE_THREADS", tostring(n), 1)
  else
    C.unsetenv "GOTRACE_THREADS"
  end
end

-- Threads of this process, but for those that the emulator has of its own that runs it, if one
-- does (qemu: one; tests/packages/arm64).
local emulators = 0

local function count_threads()
  local n = -emulators
  for name in lfs.dir "/proc/self/task" do
    n = n + (name:find "^%d" and 1 or 0)
  end
  return n
end

if os.getenv "GOTRACE_EMULATED" then
  emulators = count_threads() - 1
end

-- Fails if that is not one soon: one that has been joined is still listed for a
-- moment.
local function assert_alone()
  local ends = os.time() + 3
  while count_threads() > 1 and os.time() < ends do
    C.usleep(1000)
  end
  assert.equal(1, count_threads())
end

-- n batches of one thread and so many events, at different times.
local function many_batches(n, events)
  local out = {}
  for i = 1, n do
    out[i] = many(events)
    out[i].time = 1000 + i
  end
  return out
end

-- More than all blocks hold; a batch has 64 KiB at most.
local LONG = trace.file(26, many_batches(8, 8000), { many(40) })

-- Three Ps in turn, a thousand HeapAllocs each time, of 1.21: `rounds` times.
local function many_v1(rounds)
  local out, event = { "go 1.21 trace\0\0\0" }, "\97\3" .. varint(300000)
  for i = 0, rounds - 1 do
    out[#out + 1] = "\65" .. varint(i % 3) .. varint(1000 * i) .. event:rep(1000)
    out[#out + 1] = "\37" .. varint(i + 1) .. "\6" .. ("s%05d"):format(i)
  end
  return table.concat(out) .. "\2" .. varint(1000000000)
end

-- More than the ring of runs holds.
local LONG_V1 = many_v1(70)

local stop = engine.interrupter()

-- An open trace, read by n threads, of bytes or of the file `path`, and a function that calls
-- gotrace_next.
local function open(bytes, n, names, path)
  local out, batch, diag = ffi.new "gotrace *[1]", ffi.new "gotrace_batch", engine.diag()
  threads(n)
  local status = lib.gotrace_open_with(out, path, ffi.new("gotrace_options", {
    size = ffi.sizeof "gotrace_options", data = bytes, len = bytes and #bytes or 0, interrupter = stop,
  }), names, diag)
  assert.equal(C.GOTRACE_OK, status)
  return out[0], function()
    return tonumber(lib.gotrace_next(out[0], batch, diag)), batch
  end
end

local INFO = ffi.sizeof "gotrace_info"
local EVENT = ffi.sizeof "gotrace_event"

-- All that gotrace_next shows, a line each call: options.want, .order as for
-- reading.read; .between(i, names) is called behind call i. How many names there are
-- is asked at the end: those of generations that are read ahead come early.
local function history(bytes, n, options)
  local names = lib.gotrace_names_new()
  local t, next_ = open(bytes, n, names)
  if options.want or options.order then
    local mask = ffi.new("uint8_t[256]")
    ffi.fill(mask, 256, 1)
    lib.gotrace_want(t, options.want and reading.mask(options.want) or mask,
      options.order or C.GOTRACE_ORDER_FULL)
  end
  local got, info, lost = {}, lib.gotrace_info_of(t), ffi.new "uint64_t[1]"
  local told = 0
  repeat
    local status, batch = next_()
    got[#got + 1] = table.concat({
      status, batch.len, tonumber(batch.gen.gen), tonumber(batch.gen.off), tonumber(batch.gen.time),
      ffi.string(info, INFO), status == C.GOTRACE_END and lib.gotrace_string_count(names) or 0,
      batch.len > 0 and ffi.string(batch.events, batch.len * EVENT) or "",
    }, " ")
    while lib.gotrace_damage(t, told, lost) ~= nil do
      got[#got + 1] = ffi.string(lib.gotrace_damage(t, told, lost).what)
      told = told + 1
    end
    if options.between then
      options.between(#got, names)
    end
  until status ~= C.GOTRACE_OK and status ~= C.GOTRACE_INTERRUPTED
  for id = 0, lib.gotrace_string_count(names) - 1 do
    got[#got + 1] = reading.string(names, id)
  end
  lib.gotrace_close(t)
  lib.gotrace_names_free(names)
  return got
end

-- Not assert.same, which would show megabytes.
local function check(bytes, options, what)
  local one, two = history(bytes, 1, options or {}), history(bytes, 2, options or {})
  assert.equal(#one, #two, what)
  for i, text in ipairs(one) do
    assert.is_true(text == two[i], ("%s: differs in call %d"):format(what or "", i))
  end
end

local function recordings()
  local out, folder = {}, engine.root .. "testdata/real/"
  for name in lfs.dir(folder) do
    if name:find "%.trace$" then
      out[name] = engine.read(folder .. name)
    end
  end
  return out
end

describe("read_ahead", function()
  teardown(function()
    threads(nil)
    engine.clean()
  end)

  describe("changes nothing", function()
    it("in any recording", function()
      for name, bytes in pairs(recordings()) do
        check(bytes, nil, name)
      end
    end)

    it("when few types are wanted, or none", function()
      for name, bytes in pairs(recordings()) do
        if name:find "^go1.2[37]" then
          check(bytes, { want = { "GCBegin", "UserTaskBegin", "damage" } }, name)
          check(bytes, { want = { "generation" } }, name)
          check(bytes, { want = {} }, name)
        end
      end
    end)

    it("in a generation that is longer than all blocks", function()
      assert.is_true(#history(LONG, 2, {}) > 60)
      check(LONG)
    end)

    it("in the order of threads", function()
      check(LONG, { order = C.GOTRACE_ORDER_THREAD })
    end)

    it("in what is damaged", function()
      for name, bytes in pairs(recordings()) do
        if name:find "^go1.2[26]" and name:find "http" or name:find "generations" then
          for part = 1, 9 do
            local at = math.floor(#bytes * part / 10) - part
            check(bytes:sub(1, at), nil, name .. " cut at " .. at)
            check(bytes:sub(1, at) .. "\255\0" .. bytes:sub(at + 3), nil, name .. " broken at " .. at)
            check(bytes:sub(1, at) .. bytes:sub(at + 40), nil, name .. " with a gap at " .. at)
          end
        end
      end
    end)

    it("in what is damaged of v1", function()
      for _, name in ipairs { "go1.5-http", "go1.15-mix", "go1.21-mix", "go1.21-cpusamples" } do
        local bytes = recordings()[name .. ".trace"]
        for part = 1, bytes and 19 or 0 do
          local at = math.floor(#bytes * part / 20) - part
          check(bytes:sub(1, at), nil, name .. " cut at " .. at)
          check(bytes:sub(1, at) .. "\255\0" .. bytes:sub(at + 3), nil, name .. " broken at " .. at)
          check(bytes:sub(1, at) .. bytes:sub(at + 40), nil, name .. " with a gap at " .. at)
          check(bytes:sub(1, at) .. bytes:sub(at - 40), nil, name .. " that stutters at " .. at)
        end
      end
    end)

    it("in a long trace of v1", function()
      assert.is_true(#history(LONG_V1, 2, {}) > 60)
      check(LONG_V1)
      check(LONG_V1, { order = C.GOTRACE_ORDER_THREAD })
    end)

    -- The second half is indexed from what looks like a batch.
    it("where something in a text of v1 looks like the middle of a trace", function()
      local like = ("\65\0\1" .. ("\97\3\4"):rep(40)):rep(300)
      local text = "\37" .. varint(90000) .. varint(#like) .. like
      check(many_v1(9) .. text .. many_v1(9):sub(17))
    end)

    it("where strings of v1 have one id", function()
      check(many_v1(30) .. "\37\1\1x")
    end)

    -- Ids depend on who comes first.
    it("in the ids of names that only an event knows, and of a script's own", function()
      local b = { m = 1, { "ProcStatus", 1, 0, 1 }, { "GoStatus", 1, 5, 1, 2 } }
      for i = 1, 5000 do
        b[#b + 1] = i % 3 == 0 and { "GoLabel", 1, 100000 + i % 700 } or idle(1, i)
      end
      b[#b + 1] = { "UserTaskBegin", 1, 1, 0, 99999, 0 }
      local id = ffi.new "uint32_t[1]"
      check(trace.file(26, { b }), {
        between = function(i, names)
          local text = "?" .. 100000 + i * 61 % 700
          assert(lib.gotrace_intern(names, text, #text, id))
        end,
      })
    end)

    it("where more is damaged than is listed", function()
      local b = { m = 1, { "ProcStatus", 1, 0, 1 }, { "GoStatus", 1, 5, 1, 2 } }
      for i = 1, 3000 do
        b[#b + 1] = { "GoLabel", 1, 100000 + i }
      end
      check(trace.file(26, { b }))
    end)

    it("when interrupted", function()
      for _, bytes in ipairs { LONG, LONG_V1 } do
        check(bytes, {
          between = function(i)
            if i % 10 == 3 and i < 50 then
              lib.gotrace_interrupt(stop)
            end
          end,
        })
      end
    end)
  end)

  it("keeps a batch as it is until the next is taken", function()
    local names = lib.gotrace_names_new()
    local t, next_ = open(LONG, 2, names)
    for _ = 1, 100 do
      local _, batch = next_()
      local before = ffi.string(batch.events, batch.len * EVENT)
      for i = 0, 20000 do -- while the thread goes on
        before:byte(i % #before + 1)
      end
      assert.is_true(before == ffi.string(batch.events, batch.len * EVENT))
      ffi.fill(batch.events, batch.len * EVENT, 255) -- it is the caller's
    end
    lib.gotrace_close(t)
    lib.gotrace_names_free(names)
  end)

  -- The thread itself gets the SIGBUS.
  it("outlives a file that shrinks", function()
    for bytes, last in pairs { [LONG] = C.GOTRACE_END, [LONG_V1] = C.GOTRACE_SYSTEM } do
      local names, path = lib.gotrace_names_new(), engine.tmpfile(bytes)
      local t, next_ = open(nil, 2, names, path)
      next_()
      assert.equal(0, os.execute("truncate -s 4096 " .. path))
      local status
      repeat
        status = next_()
      until status ~= C.GOTRACE_OK
      assert.equal(last, status)
      assert.is_true(last ~= C.GOTRACE_END or lib.gotrace_info_of(t).damages > 0)
      lib.gotrace_close(t)
      lib.gotrace_names_free(names)
    end
  end)

  it("ends wherever it is closed", function()
    for calls = 0, 240 do
      local names = lib.gotrace_names_new()
      local t, next_ = open(calls % 2 == 0 and LONG or LONG_V1, 2, names)
      for _ = 1, calls / 2 do
        next_()
      end
      lib.gotrace_close(t)
      lib.gotrace_names_free(names)
    end
    assert_alone()
  end)

  it("ends where it waits for names", function()
    local b = { m = 1, { "ProcStatus", 1, 0, 1 }, { "GoStatus", 1, 5, 1, 2 } }
    for i = 1, 2000 do
      b[#b + 1] = i < 1500 and idle(1, i) or { "GoLabel", 1, 100000 + i }
    end
    local bytes = trace.file(26, { b })
    for calls = 1, 6 do
      local names = lib.gotrace_names_new()
      local t, next_ = open(bytes, 2, names)
      for _ = 1, calls do
        next_()
      end
      lib.gotrace_close(t)
      assert.equal(calls < 3 and 1 or 2, math.min(2, lib.gotrace_string_count(names)))
      lib.gotrace_names_free(names)
    end
  end)

  describe("is a thread", function()
    -- Those that a trace has while it is read: after so many batches, for each of
    -- which the caller takes so many seconds.
    local function started(bytes, n, batches, seconds)
      local names = lib.gotrace_names_new()
      assert_alone()
      local t, next_ = open(bytes, n, names)
      for _ = 1, batches or 1 do
        next_()
        local ends = os.clock() + (seconds or 0)
        while seconds and os.clock() < ends do
          ends = ends - 1e-9
        end
      end
      local more = count_threads() - 1
      lib.gotrace_close(t)
      lib.gotrace_names_free(names)
      assert_alone()
      return more
    end

    it("for long generations, if there is a CPU for it, and something to do beside it", function()
      local cpus, longer = tonumber(io.popen("nproc"):read "*l"), trace.file(26, many_batches(60, 8000))
      assert.equal(cpus > 1 and 1 or 0, started(longer, nil, 450, 0.0002))
      -- Another process may have had the CPU where the caller seems to be busy.
      assert.equal(0, math.min(started(longer, nil, 450), started(longer, nil, 450), started(longer, nil, 450)))
      assert.equal(0, started(LONG))
      assert.equal(0, started(trace.file(26, { many(5000) })))
      assert.equal(cpus > 1 and 1 or 0, started(many_v1(100)))
      assert.equal(0, started(many_v1(10)))
    end)

    it("as GOTRACE_THREADS says", function()
      assert.equal(0, started(LONG, 1))
      assert.equal(1, started(trace.file(26, { many(5) }), 2))
      assert.equal(0, started(LONG_V1, 1))
      assert.equal(1, started(many_v1(1), 2))
    end)

    it("in each of several traces that are read in turn", function()
      local names = lib.gotrace_names_new()
      local a, next_a = open(LONG, 2, names)
      local b, next_b = open(LONG, 2, names)
      local status
      repeat
        local batch
        status, batch = next_a()
        local len = batch.len
        assert.equal(status, (next_b()))
        assert.equal(len, batch.len)
      until status ~= C.GOTRACE_OK
      assert.equal(C.GOTRACE_END, status)
      lib.gotrace_close(a)
      lib.gotrace_close(b)
      lib.gotrace_names_free(names)
    end)
  end)
end)
