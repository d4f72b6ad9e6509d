-- Copies of generations that are put in order side by side: what is written is what
-- one thread writes, also where what other tools than Go's reader mind (sched/strict.h)
-- goes by what came before.
local engine = require "support.engine"
local lfs = require "lfs"
local trace = require "support.trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C
local idle = trace.idle

engine.cdef "int setenv(const char *, const char *, int); int unsetenv(const char *);"

local INFO, WRITTEN = ffi.sizeof "gotrace_info", ffi.sizeof "gotrace_written"

local function threads_now()
  local count = 0
  for name in lfs.dir "/proc/self/task" do
    count = count + (name:find "^%d" and 1 or 0)
  end
  return count
end

-- What comes of `bytes` without the types: { the bytes written, counts, info, how many
-- events were asked about one by one, the most threads that there were }.
local function copy(bytes, types, threads)
  C.setenv("GOTRACE_THREADS", tostring(threads), 1)
  local names, t, w = lib.gotrace_names_new(), ffi.new "gotrace *[1]", ffi.new "gotrace_writer *[1]"
  local batch, diag, path, dropped = ffi.new "gotrace_batch", engine.diag(), engine.tmpname(), ffi.new "uint8_t[256]"
  local out, all = { seen = 0, threads = 0 }, ffi.new "uint8_t[256]"
  ffi.fill(all, 256, 1)
  for _, name in ipairs(types) do
    dropped[trace.types[name]] = 1
  end
  local function check(st)
    assert(st == C.GOTRACE_OK, ffi.string(diag.what))
  end
  check(lib.gotrace_open_memory(t, bytes, #bytes, 0, names, diag))
  check(lib.gotrace_writer_open(w, path, t[0], names, false, diag))
  lib.gotrace_want(t[0], all, C.GOTRACE_ORDER_FULL)
  assert(lib.gotrace_writer_pass(w[0], dropped))
  while lib.gotrace_next(t[0], batch, diag) == C.GOTRACE_OK do
    out.threads = math.max(out.threads, threads_now())
    for i = 0, batch.len - 1 do
      local e = batch.events[i]
      if e.type < C.GOTRACE_EV_GENERATION then
        out.seen = out.seen + 1
        e.verdict = dropped[e.type] == 1 and C.GOTRACE_DROP or C.GOTRACE_KEEP
      end
    end
    check(lib.gotrace_write(w[0], batch, nil, 0, diag))
  end
  check(lib.gotrace_writer_end(w[0], diag))
  out.counts = ffi.string(lib.gotrace_writer_written(w[0]), WRITTEN)
  out.info = ffi.string(lib.gotrace_info_of(t[0]), INFO)
  check(lib.gotrace_writer_commit(w[0], diag))
  lib.gotrace_close(t[0])
  lib.gotrace_names_free(names)
  out.bytes = engine.read(path)
  os.remove(path)
  return out
end

-- Returns how many events one thread saw: 0 where all was copied.
local function check(bytes, what, types)
  local one = copy(bytes, types or {}, 1)
  for threads = 2, 4, 2 do
    local more = copy(bytes, types or {}, threads)
    for _, part in ipairs { "bytes", "counts", "info", "seen" } do
      assert(one[part] == more[part], ("%s, %d threads: the %s differ"):format(what, threads, part))
    end
  end
  return one.seen
end

local function recordings(pattern)
  local out, folder = {}, engine.root .. "testdata/real/"
  for name in lfs.dir(folder) do
    if name:find(pattern) then
      out[name] = engine.read(folder .. name)
    end
  end
  return out
end

-- Thread 1 has proc 1 and goroutine 5, goroutine 6 waits, proc 2 is idle; and what comes behind.
local function begin(...)
  return { m = 1, { "ProcStatus", 1, 1, 1 }, { "GoStatus", 1, 5, 1, 2 }, { "GoStatus", 1, 6, -1, 4 },
    { "ProcStatus", 1, 2, 2 }, ... }
end

local REASONS = { "forever", "one", "two" }

local function generation(time, ...)
  return { time = time, strings = REASONS, ... }
end

local function last()
  return generation(90000, { m = 9, idle(1, 2) })
end

describe("generations that are copied side by side", function()
  teardown(function()
    C.unsetenv "GOTRACE_THREADS"
    engine.clean()
  end)

  it("are what one thread writes of every recording", function()
    for name, bytes in pairs(recordings "^go1.2[2-7].*%.trace$") do
      check(bytes, name)
      check(bytes, name .. " without logs", { "UserLog" })
      check(bytes, name .. " with less", { "UserLog", "HeapAlloc", "CPUSample" })
    end
  end)

  it("and of recordings that are cut, broken, with a gap, or stutter", function()
    for name, bytes in pairs(recordings "^go1.2[347]%-generations%.trace$") do
      for part = 1, 8 do
        local at = math.floor(#bytes * part / 9) - part
        check(bytes:sub(1, at), name .. " cut at " .. at)
        check(bytes:sub(1, at) .. "\255\0" .. bytes:sub(at + 3), name .. " broken at " .. at, { "UserLog" })
        check(bytes:sub(1, at) .. bytes:sub(at + 40), name .. " with a gap at " .. at)
        check(bytes:sub(1, at) .. bytes:sub(at - 40), name .. " that stutters at " .. at, { "UserLog" })
      end
    end
  end)

  it("are on further threads", function()
    local bytes = recordings "^go1.27%-generations%.trace$"["go1.27-generations.trace"]
    local before = threads_now()
    assert.equal(before, copy(bytes, {}, 1).threads)
    assert.is_true(copy(bytes, {}, 4).threads > before + 2)
  end)

  -- minded: one thread does not copy it.
  local function three(name, minded, one, two, types)
    local seen = check(trace.file(26, one, two, last()), name, types)
    assert.equal(minded, seen > 0, name)
  end

  it("by what a thread had before", function()
    local first = generation(1000, begin())
    three("nothing has changed", false, first, generation(9000, begin()))
    three("a goroutine runs on another thread", true, first, generation(9000, { m = 2, { "ProcStatus", 1, 1, 1 },
      { "GoStatus", 1, 5, 2, 2 } }))
    three("one that is told of by another thread", true, first, generation(9000, { m = 2, { "GoStatus", 1, 5, 1, 2 } }))
    three("a proc runs on another thread", true, first, generation(9000, { m = 2, { "ProcStatus", 1, 1, 1 } }))
    three("a proc that is new", false, first, generation(9000, begin(), { m = 2, { "ProcStatus", 1, 7, 1 } }))
    three("a proc that is new where there is one", true, first, generation(9000, { m = 1, { "ProcStatus", 1, 7, 1 } }))
    three("a proc comes to a syscall without one", true,
      generation(1000, begin(), { m = 3, { "GoStatus", 1, 7, 3, 3 } }),
      generation(9000, begin(), { m = 3, { "ProcStatus", 1, 8, 3 }, { "GoStatus", 1, 7, 3, 3 } }))
  end)

  it("by the tasks that there were", function()
    local function tasks(...)
      local list = {}
      for i, pair in ipairs { ... } do
        list[i] = { "UserTaskBegin", 1, pair[1], pair[2], 2, 0 }
      end
      return unpack(list)
    end
    local function both(name, minded, one, two)
      three(name, minded, generation(1000, begin(unpack(one))), generation(9000, begin(unpack(two))))
    end
    both("a child", false, { tasks { 10, 0 } }, { tasks { 11, 10 } })
    both("a circle", true, { tasks({ 11, 12 }, { 12, 13 }) }, { tasks { 13, 11 } })
    both("a circle within one", true, {}, { tasks({ 11, 12 }, { 12, 11 }) })
    both("another parent", false, { tasks { 11, 12 }, { "UserTaskEnd", 1, 11, 0 } }, { tasks({ 11, 13 }, { 13, 11 }) })
    both("no task", true, {}, { tasks { 0, 1 } })
  end)

  it("by GOMAXPROCS", function()
    local sweep, swept = { "GCSweepBegin", 1, 0 }, { "GCSweepEnd", 1, 1, 1 }
    local function procs(n, ...)
      return generation(1000, begin({ "ProcsChange", 1, n, 0 }, ...))
    end
    three("enough", false, procs(8), generation(9000, begin(sweep, swept)))
    three("a proc beyond", true, procs(1), generation(9000, begin(sweep, swept)))
    three("an idle one beyond", false, procs(2), generation(9000, begin(sweep, swept)))
    three("they become fewer", true, procs(8), generation(9000, begin({ "ProcsChange", 1, 1, 0 }, sweep, swept)))
    three("they become more", false, procs(2), generation(9000, begin({ "ProcsChange", 1, 9, 0 }, sweep, swept)))
    three("a sweep goes on", false, procs(8, sweep), generation(9000, begin({ "GCSweepActive", 1, 1 }, swept)))
    three("a sweep is told of by a thread without a proc", true, procs(8, sweep),
      generation(9000, begin(), { m = 4, { "GCSweepActive", 9, 1 } }))
  end)

  it("by who rests", function()
    local rests = generation(1000, begin { "GoBlock", 1, 1, 0 })
    local function on(...)
      return generation(9000, { m = 1, { "ProcStatus", 1, 1, 1 }, { "GoStatus", 1, 5, -1, 4 },
        { "GoStatus", 1, 6, -1, 4 }, ... })
    end
    three("and rests on", false, rests, on { "HeapAlloc", 1, 1 })
    three("and is woken", false, rests, on({ "GoUnblock", 1, 5, 1, 0 }, { "GoStart", 1, 5, 2 }))
    three("and stops the world", true, rests, on({ "GoUnblock", 1, 5, 1, 0 }, { "GoStart", 1, 5, 2 },
      { "STWBegin", 1, 2, 0 }, { "STWEnd", 1 }))
    three("and rests in the second", false, generation(1000, begin()),
      generation(9000, begin({ "GoBlock", 1, 1, 0 })))
  end)

  it("where a generation begins before the one in front of it has ended", function()
    local log = { "UserLog", 1, 0, 2, 3, 0 }
    for _, time in ipairs { 900, 1000, 1001, 1004, 1006, 1008, 1010, 1020 } do
      three("at " .. time, false, generation(1000, begin(log, log)), generation(time, begin(log)))
      three("at " .. time .. " without logs", false, generation(1000, begin(log, log)),
        generation(time, begin(log, log, { "HeapAlloc", 1, 7 })), { "UserLog" })
    end
  end)
end)
