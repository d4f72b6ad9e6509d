-- Generations that go out as they came in: what is in them, what is not, and
-- what is done where that cannot be. What a reader makes of it has to be what
-- it makes of the same trace written event by event.
local engine = require "support.engine"
local reading = require "support.reading"
local rewriting = require "support.rewriting"
local trace = require "support.trace"
local lfs = require "lfs"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C
local with = trace.running

-- Rewrites `bytes` without the types; { bytes, seen (events that were asked
-- about), passes, counts }. by_event: does not try to let anything through.
local function write(bytes, types, by_event)
  local names, t, w = lib.gotrace_names_new(), ffi.new "gotrace *[1]", ffi.new "gotrace_writer *[1]"
  local batch, diag, path, dropped = ffi.new "gotrace_batch", engine.diag(), engine.tmpname(), ffi.new "uint8_t[256]"
  local got, all = { seen = 0 }, ffi.new "uint8_t[256]"
  for _, name in ipairs(types or {}) do
    dropped[trace.types[name]] = 1
  end
  local function check(st)
    assert(st == C.GOTRACE_OK, ffi.string(diag.what))
  end
  check(lib.gotrace_open_memory(t, bytes, #bytes, 0, names, diag))
  check(lib.gotrace_writer_open(w, path, t[0], names, false, diag))
  ffi.fill(all, 256, 1)
  lib.gotrace_want(t[0], all, C.GOTRACE_ORDER_FULL)
  got.passes = not by_event and lib.gotrace_writer_pass(w[0], dropped)
  while lib.gotrace_next(t[0], batch, diag) == C.GOTRACE_OK do
    for i = 0, batch.len - 1 do
      local e = batch.events[i]
      if e.type < C.GOTRACE_EV_GENERATION then
        got.seen = got.seen + 1
        e.verdict = dropped[e.type] == 1 and C.GOTRACE_DROP or C.GOTRACE_KEEP
      end
    end
    check(lib.gotrace_write(w[0], batch, nil, 0, diag))
  end
  check(lib.gotrace_writer_end(w[0], diag))
  got.counts = {}
  for _, name in ipairs { "events", "dropped", "generations", "absorbed", "bridged", "bytes" } do
    got.counts[name] = tonumber(lib.gotrace_writer_written(w[0])[name])
  end
  check(lib.gotrace_writer_commit(w[0], diag))
  got.damages = tonumber(lib.gotrace_info_of(t[0]).damages)
  lib.gotrace_close(t[0])
  lib.gotrace_names_free(names)
  got.bytes = engine.read(path)
  return got
end

-- The lines of a trace and their times, by thread: which of two threads comes
-- first at one time may differ.
local function threads(bytes)
  local lines, times = rewriting.lines(bytes)
  local out = {}
  for i, line in ipairs(lines) do
    local m = line:match "^(%S+) " or ""
    out[m] = out[m] or {}
    table.insert(out[m], times[i] .. " " .. line)
  end
  return out
end

local function lines(bytes)
  local text, times = rewriting.lines(bytes)
  for i, time in ipairs(times) do
    text[i] = time .. " " .. text[i]
  end
  return text
end

-- assert.same, but for lists that may be long: it says where they part.
local function same_lines(want, have)
  for i = 1, math.max(#want, #have) do
    assert.equal(want[i], have[i], "line " .. i)
  end
end

local function recordings()
  local list = {}
  for name in lfs.dir(engine.root .. "testdata/real") do
    local minor = tonumber(name:match "^go1%.(%d+).*%.trace$")
    if minor and minor >= 22 then
      list[#list + 1] = name
    end
  end
  table.sort(list)
  return list
end

local strings = { [1] = "key", [2] = "a secret", [3] = "reason", [4] = "main.f", [5] = "f.go", [6] = "main.g" }
local stacks = { [1] = { { 16, 4, 5, 7 } }, [2] = { { 16, 6, 5, 8 }, { 32, 6, 5, 9 } } }

describe("a trace that goes through", function()
  after_each(engine.clean)

  for _, name in ipairs(recordings()) do
    it("reads as one written event by event: " .. name, function()
      local bytes = engine.read(engine.root .. "testdata/real/" .. name)
      local through, by_event = write(bytes), write(bytes, {}, true)
      assert.is_true(through.passes)
      local list = lines(by_event.bytes)
      same_lines(list, lines(through.bytes))
      for _, count in ipairs { "events", "dropped", "generations" } do
        assert.equal(by_event.counts[count], through.counts[count], count)
      end
      assert.equal(#through.bytes, through.counts.bytes)
      -- Only batches of an experiment are nothing for it.
      local has_experiment = table.concat(list, "\n"):find " SpanAlloc "
      assert.equal(has_experiment and by_event.seen or 0, through.seen)
    end)

    it("lacks what is left out, and nothing else: " .. name, function()
      local bytes = engine.read(engine.root .. "testdata/real/" .. name)
      local types = { "UserLog", "HeapAlloc", "CPUSample" }
      local through, by_event = write(bytes, types), write(bytes, types, true)
      assert.same({}, reading.complaints(reading.read(through.bytes)))
      local have, want = threads(through.bytes), threads(write(bytes).bytes)
      for m, list in pairs(want) do
        local left = {}
        for _, line in ipairs(list) do
          local type = line:match "^%S+ %S+ (%S+)"
          if not (type == "UserLog" or type == "HeapAlloc" or type == "CPUSample") then
            left[#left + 1] = (line:gsub("^%S+ ", ""))
          end
        end
        for i, line in ipairs(have[m] or {}) do
          have[m][i] = line:gsub("^%S+ ", "")
        end
        same_lines(left, have[m] or {})
      end
      for _, count in ipairs { "events", "dropped", "generations", "absorbed", "bridged" } do
        assert.equal(by_event.counts[count], through.counts[count], count)
      end
    end)
  end

  -- That one of another id has ended is nothing to it.
  it("has goroutines of any id", function()
    for _, id in ipairs { 6, 2 ^ 24, 2 ^ 40 } do
      local bytes = trace.file(26, { with(1, 0, id, { "GoDestroy", 1 }),
        { m = 2, time = 2000, { "GoStatus", 1, id + 1, -1, 4 } } })
      local through, by_event = write(bytes), write(bytes, {}, true)
      assert.equal(0, through.seen)
      same_lines(lines(bytes), lines(by_event.bytes))
      same_lines(lines(bytes), lines(through.bytes))
    end
  end)

  it("has procs that a lower GOMAXPROCS left idle, and goroutines that blocked for ever", function()
    local events = { { "ProcsChange", 1, 8 }, { "ProcsChange", 1, 2 }, { "GoStop", 1 }, { "GoStart", 1, 5, 1 },
      { "GCSweepBegin", 1 }, { "GCSweepEnd", 1, 0, 0 }, { "GoBlock", 1, 7 } }
    local bytes = trace.file(26, { strings = { [7] = "forever" }, { m = 2, { "ProcStatus", 0, 5, 2 } },
      with(1, 0, 5, unpack(events)) })
    local through = write(bytes)
    assert.equal(0, through.seen)
    same_lines(lines(bytes), lines(through.bytes))
  end)

  it("has only the strings and stacks that something in it refers to", function()
    local bytes = trace.file(26, {
      strings = strings,
      stacks = stacks,
      with(1, 0, 5, { "UserLog", 5, 0, 1, 2, 2 }, { "GoBlock", 7, 3, 1 }),
    })
    local all, less = write(bytes), write(bytes, { "UserLog" })
    assert.equal(0, all.seen + less.seen)
    for text, stays in pairs { ["a secret"] = false, key = false, reason = true, ["main.f"] = true, ["f.go"] = true,
      ["main.g"] = false } do
      assert.is_truthy(all.bytes:find(text, 1, true), text)
      assert.equal(stays, less.bytes:find(text, 1, true) ~= nil, text)
    end
    assert.same({ "1 ProcStatus 0 Running", "1 GoStatus 5 1 Running", "1 GoBlock 'reason'" },
      (rewriting.lines(less.bytes)))
  end)

  it("has them wherever their ids lie", function()
    local bytes = trace.file(26, {
      strings = { [5] = "near", [3000000] = "far", [77777] = "a secret", [2000001] = "stop" },
      with(1, 0, 5, { "UserLog", 5, 0, 77777, 5 }, { "STWBegin", 1, 2000001, 0 }, { "STWEnd", 1 },
        { "GoBlock", 7, 3000000, 0 }),
    })
    local less = write(bytes, { "UserLog" })
    assert.equal(0, less.seen)
    for text, stays in pairs { near = false, far = true, stop = true, ["a secret"] = false } do
      assert.equal(stays, less.bytes:find(text, 1, true) ~= nil, text)
    end
  end)

  it("keeps the frame that stands for a PC, though it came with another stack", function()
    local bytes = trace.file(26, {
      strings = strings,
      stacks = stacks,
      with(1, 0, 5, { "UserLog", 5, 0, 1, 2, 1 }, { "GoBlock", 7, 3, 2 }),
    })
    local function last(of)
      local read = reading.read(of)
      return read.lines[#read.lines]:match "stack=.*"
    end
    local less = write(bytes, { "UserLog" })
    assert.equal(0, less.seen)
    assert.equal("stack=main.f:7;main.g:9", last(bytes))
    assert.equal(last(bytes), last(less.bytes))
  end)

  it("leaves the time of what is left out to what follows", function()
    local bytes = trace.file(26, {
      freq = 3e8,
      with(1, 0, 5, { "HeapAlloc", 7, 1 }, { "HeapAlloc", 200, 2 }, { "HeapGoal", 1, 3 }, { "HeapAlloc", 9, 4 }),
      { m = 1, time = 5000, { "HeapAlloc", 8, 5 }, { "HeapGoal", 300, 6 } },
    })
    local less = write(bytes, { "HeapAlloc" })
    local _, times = rewriting.lines(less.bytes)
    local _, before = rewriting.lines(bytes)
    assert.equal(0, less.seen)
    assert.is_true(math.abs(before[5] - times[3]) <= 2)
    assert.is_true(math.abs(before[#before] - times[#times]) <= 2)
  end)

  it("keeps threads in line that have nothing left", function()
    local bytes = trace.file(26, {
      with(2, 0, 5, { "HeapAlloc", 1, 1 }),
      with(1, 1, 6, { "HeapAlloc", 1, 1 }),
    }, {
      { m = 2, { "HeapAlloc", 1, 1 } },
      with(1, 1, 6, { "HeapAlloc", 1, 1 }),
      { m = 2, { "ProcStatus", 1, 0, 1 }, { "GoStatus", 0, 5, 2, 2 } },
    })
    local less = write(bytes, { "HeapAlloc" })
    assert.equal(0, less.seen)
    assert.same({}, reading.complaints(reading.read(less.bytes)))
    assert.equal(4, less.counts.dropped)
  end)

  -- At one time that comes first whose first batch did.
  it("keeps their order at equal ticks", function()
    local bytes = trace.file(26, { time = 1000, with(2, 0, 5), with(1, 1, 6) }, {
      time = 2000,
      { m = 2, time = 2000, { "HeapAlloc", 0, 1 } },
      { m = 1, time = 2010, { "ProcStatus", 0, 1, 1 }, { "GoStatus", 0, 6, 1, 2 }, { "HeapGoal", 0, 11 } },
      { m = 2, time = 2010, { "ProcStatus", 0, 0, 1 }, { "GoStatus", 0, 5, 2, 2 }, { "HeapGoal", 0, 22 } },
    })
    local less = write(bytes, { "HeapAlloc" })
    assert.equal(0, less.seen)
    local function goals(of)
      local out = {}
      for _, line in ipairs((rewriting.lines(of))) do
        out[#out + 1] = line:match "HeapGoal (%d+)"
      end
      return out
    end
    assert.same({ "22", "11" }, goals(bytes))
    assert.same({ "22", "11" }, goals(less.bytes))
  end)

  it("has no generation of which nothing is left at its begin", function()
    local generations = {
      { freq = 1e9 },
      with(1, 0, 5, { "HeapAlloc", 1, 1 }),
      { freq = 1e9 },
    }
    generations[2] = { generations[2] }
    local bytes = trace.file(26, unpack(generations))
    for _, types in ipairs { {}, { "HeapAlloc" } } do
      local through, by_event = write(bytes, types), write(bytes, types, true)
      same_lines(lines(by_event.bytes), lines(through.bytes))
      assert.equal(by_event.counts.generations, through.counts.generations)
    end
  end)
end)

describe("a trace that cannot go through whole", function()
  after_each(engine.clean)

  local good = { with(1, 0, 5, { "HeapAlloc", 1, 1 }, { "HeapAlloc", 1, 2 }) }
  local more = { with(1, 0, 5, { "HeapAlloc", 1, 3 }) }
  local bad = { with(1, 0, 5, { "GoStart", 1, 9, 1 }) }

  local function check(bytes, types, damages)
    local through, by_event = write(bytes, types), write(bytes, types, true)
    assert.is_true(through.passes)
    assert.equal(by_event.seen, through.seen)
    assert.equal(by_event.damages, through.damages)
    assert.equal(damages, through.damages)
    same_lines(lines(by_event.bytes), lines(through.bytes))
    for count, n in pairs(by_event.counts) do
      if count ~= "bytes" then
        assert.equal(n, through.counts[count], count)
      end
    end
    return through
  end

  it("is written event by event from the generation on that breaks a rule", function()
    check(trace.file(26, good, more, bad, good), {}, 1)
    check(trace.file(26, bad, good), {}, 1)
    check(trace.file(26, good, bad), { "HeapGoal" }, 1)
  end)

  it("is, when it is cut off", function()
    local bytes = trace.file(26, good, more, good)
    for cut = 1, #bytes - 17, 3 do
      local some = bytes:sub(1, #bytes - cut)
      local through, by_event = write(some), write(some, {}, true)
      assert.equal(by_event.damages, through.damages)
      same_lines(lines(by_event.bytes), lines(through.bytes))
    end
  end)

  it("is, when what is left out was wrong", function()
    local wrong = trace.file(26, good, { with(1, 0, 5, { "UserLog", 1, 0, 77, 78 }) })
    check(wrong, { "UserLog" }, 1)
    check(trace.file(26, good, { { m = 3, { "HeapAlloc", 1, 1 } } }), { "HeapAlloc" }, 1)
  end)

  it("is, when ids are beyond all reason", function()
    local id = 2 ^ 40
    local bytes = trace.file(26, { strings = { [id] = "reason" }, with(1, 0, 5, { "GoBlock", 7, id, 0 }) })
    assert.equal(3, check(bytes, {}, 0).seen)
  end)

  it("says so before the first event where it never could", function()
    assert.is_false(write(trace.file(26, good), { "GoStop" }).passes)
    assert.is_false(write(trace.file(26, good), { "HeapObject" }).passes)
    local v1 = engine.read(engine.root .. "testdata/real/go1.15-http.trace")
    assert.is_false(write(v1, {}).passes)
  end)
end)
