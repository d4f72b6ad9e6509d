-- Recordings of Go 1.22 and later with bytes cut off, lost or inserted: that costs
-- what is cut off, or the batch that it is in, and nothing is made of it. Places are
-- drawn, the same each time; DAMAGED=N draws N times as many.
local engine = require "support.engine"
local ffi = require "ffi"
local reading = require "support.reading"
local trace = require "support.trace"
local lib, C = engine.lib, ffi.C

local TIMES = tonumber(os.getenv "DAMAGED" or 1)
local RECORDINGS = {
  "go1.22-annotations", "go1.22-http", "go1.23-annotations", "go1.23-sync", "go1.24-coroutines", "go1.24-generations",
  "go1.25-sync", "go1.25-cpusamples", "go1.26-channels", "go1.27-sync", "go1.27-allocfree", "go1.27-turnover",
}

local function recording(name)
  return engine.read(engine.root .. "testdata/real/" .. name .. ".trace")
end

-- The events of a trace, { [offset] = type }, and its damages.
local function read(bytes)
  local names, out, diag = lib.gotrace_names_new(), ffi.new "gotrace *[1]", engine.diag()
  assert.equal(C.GOTRACE_OK, lib.gotrace_open_memory(out, bytes, #bytes, 0, names, diag))
  local t, batch, events, damages = out[0], ffi.new "gotrace_batch", {}, {}
  while lib.gotrace_next(t, batch, diag) == C.GOTRACE_OK do
    for i = 0, batch.len - 1 do
      if batch.events[i].type < C.GOTRACE_EV_GENERATION then
        events[tonumber(batch.events[i].off)] = batch.events[i].type
      end
    end
  end
  local lost = ffi.new "uint64_t[1]"
  local d = lib.gotrace_damage(t, 0, lost)
  while d ~= nil do
    damages[#damages + 1] = reading.diag(d)
    d = lib.gotrace_damage(t, #damages, lost)
  end
  lib.gotrace_close(t)
  lib.gotrace_names_free(names)
  return events, damages
end

-- The batches of a whole trace: { first byte, the byte behind }, as offsets.
local function batches(bytes)
  local at, out = 17, {}
  local function number()
    local v, unit, byte = 0, 1
    repeat
      byte = bytes:byte(at)
      v, unit, at = v + byte % 128 * unit, unit * 128, at + 1
    until byte < 128
    return v
  end
  while at <= #bytes do
    local first, kind = at - 1, bytes:byte(at)
    at = at + (kind == trace.types.ExperimentalBatch and 2 or 1)
    if kind ~= trace.types.EndOfGeneration then
      for _ = 1, 3 do -- generation, thread, time
        number()
      end
      at = number() + at
    end
    out[#out + 1] = { first, at - 1 }
  end
  return out
end

local function batch_at(list, off)
  for _, b in ipairs(list) do
    if b[1] <= off and off < b[2] then
      return b
    end
  end
end

-- Draws n places behind the header: visit(offset).
local function draw(n, size, seed, visit)
  local state = seed
  for _ = 1, n * TIMES do
    state = (state * 16807) % 2147483647
    visit(16 + state % (size - 16))
  end
end

-- How many of the events are not among others, but for those that skip says.
local function count_missing(events, others, skip)
  local n = 0
  for off, type in pairs(events) do
    if others[off] ~= type and not skip(off) then
      n = n + 1
    end
  end
  return n
end

-- The events where they are when bytes are put in (or taken out, less than 0) at off.
local function moved(events, off, bytes)
  local out = {}
  for at, type in pairs(events) do
    out[at < off and at or at + bytes] = type
  end
  return out
end

-- What is wrong of what is read of these bytes, which are a recording with `more`
-- bytes put in at off: outside of the batch there all is as it was. "" if nothing.
local function check_batch(bytes, whole, b, off, more)
  local events, damages = read(bytes)
  local function inside(at)
    return b[1] <= at and at < b[2] + more
  end
  local lost = count_missing(moved(whole, off, more), events, inside)
  local made = count_missing(events, moved(whole, off, more), inside)
  -- What depends on an event that is lost, as the second of two statuses, may go too.
  return lost > 2 and ("%d lost; "):format(lost) or made > 0 and ("%d made up; "):format(made) or "", damages
end

local function none(wrong)
  assert(#wrong == 0, "\n  " .. table.concat(wrong, "\n  "))
end

-- Damages each recording at n places: damage(bytes, offset) returns the bytes and
-- how many there are more. Each costs its batch at most; check(damages) returns what
-- else is wrong.
local function each_batch(n, seed, damage, check)
  local wrong = {}
  for i, name in ipairs(RECORDINGS) do
    local bytes = recording(name)
    local whole, list = read(bytes), batches(bytes)
    draw(n, #bytes, seed + i, function(off)
      local changed, more = damage(bytes, off)
      local what, damages = check_batch(changed, whole, batch_at(list, off), off, more)
      what = what .. (check and check(damages) or "")
      if what ~= "" then
        wrong[#wrong + 1] = ("%s at %d: %s"):format(name, off, what)
      end
    end)
  end
  none(wrong)
end

local LOG = "2024/01/02 03:04:05 listening on :8080\n"

local function says_log(damages)
  for _, d in ipairs(damages) do
    if d.have:find("2024/01/02", 1, true) then
      return ""
    end
  end
  return "the text is not quoted"
end

describe("a recording", function()
  it("delivers all events before the place where it is cut off", function()
    local wrong = {}
    for i, name in ipairs(RECORDINGS) do
      local bytes = recording(name)
      local whole = read(bytes)
      draw(12, #bytes, 7000 + i, function(off)
        local events, damages = read(bytes:sub(1, off))
        local lost = count_missing(whole, events, function(at)
          return at >= off
        end)
        local made = count_missing(events, whole, function() end)
        -- The last event may be cut off itself.
        if lost > 1 or made > 0 or #damages == 0 then
          wrong[#wrong + 1] = ("%s at %d: %d lost, %d made up, %d damages"):format(name, off, lost, made, #damages)
        end
      end)
    end
    none(wrong)
  end)

  it("loses no more than a batch with a byte", function()
    each_batch(6, 1000, function(bytes, off)
      return bytes:sub(1, off) .. bytes:sub(off + 2), -1
    end)
  end)

  it("loses no more than a batch to a byte that is inserted", function()
    each_batch(6, 2000, function(bytes, off)
      return bytes:sub(1, off) .. "\1" .. bytes:sub(off + 1), 1
    end)
  end)

  it("loses no more than a batch to a word", function()
    each_batch(6, 3000, function(bytes, off)
      return bytes:sub(1, off) .. "done" .. bytes:sub(off + 1), 4
    end)
  end)

  it("loses no more than a batch to a line of a log, which is quoted", function()
    each_batch(6, 4000, function(bytes, off)
      return bytes:sub(1, off) .. LOG .. bytes:sub(off + 1), #LOG
    end, says_log)
  end)

  -- Those that people met.
  for name, places in pairs {
    ["go1.22-annotations"] = { 1502 }, ["go1.23-annotations"] = { 509 }, ["go1.24-coroutines"] = { 1971 },
    ["go1.24-generations"] = { 43488 }, ["go1.24-mix"] = { 62961 }, ["go1.25-sync"] = { 7717, 6168, 6528 },
    ["go1.26-channels"] = { 1840 },
  } do
    it("has no batches in one that is cut off: " .. name, function()
      local bytes = recording(name)
      local whole = read(bytes)
      for _, off in ipairs(places) do
        local events, damages = read(bytes:sub(1, off))
        assert.equal("the trace ends inside a batch; was its recording cut off?", damages[1].what)
        assert.equal(0, count_missing(events, whole, function() end))
        assert.is_true(count_missing(whole, events, function(at)
          return at >= off
        end) <= 1)
      end
    end)
  end

  it("that was killed keeps its events before lines that were written behind them", function()
    for _, name in ipairs { "go1.22-http", "go1.27-sync" } do
      local bytes = recording(name)
      local off = 9000
      local events, damages = read(bytes:sub(1, off) .. LOG)
      -- A byte or two before it may be text as well.
      assert.matches('2024/01/02 03:04:05 listening on :8080\\n"$', damages[1].have)
      local whole = read(bytes)
      assert.equal(0, count_missing(events, whole, function() end))
      assert.is_true(count_missing(whole, events, function(at)
        return at >= off
      end) <= 2)
    end
  end)
end)

describe("the first batch of a recording", function()
  it("may be damaged anywhere", function()
    for _, name in ipairs { "go1.22-http", "go1.26-annotations" } do
      local bytes = recording(name)
      local whole, first = read(bytes), batches(bytes)[1]
      for off = first[1], first[2] - 1 do
        for _, text in ipairs { "\0", "\1", "5", "done", LOG } do
          local changed = bytes:sub(1, off) .. text .. bytes:sub(off + 1)
          assert.equal("", (check_batch(changed, whole, first, off, #text)))
        end
      end
    end
  end)
end)

describe("a generation of the runtime before 1.26", function()
  local function complaints(bytes)
    return reading.complaints(reading.read(bytes))
  end

  it("is none with its Frequency alone", function()
    for _, name in ipairs { "go1.22-http", "go1.23-sync", "go1.24-generations", "go1.25-http" } do
      local bytes = recording(name)
      local cut = bytes:sub(1, batches(bytes)[1][2])
      assert.same({ "no events: the program ended before trace.Stop" }, complaints(cut))
    end
    -- A later one.
    local later = recording("go1.24-generations"):sub(1, 17607)
    assert.same({ "the last generation has no end; was the recording cut off?" }, complaints(later))
  end)

  it("is cut off without its strings, which are written last", function()
    for _, name in ipairs { "go1.22-http", "go1.25-http" } do
      local bytes = recording(name)
      local list = batches(bytes)
      local cut = bytes:sub(1, list[#list][1])
      assert.same({ "the last generation has no end; was the recording cut off?" }, complaints(cut))
    end
  end)
end)

describe("a recording that is cut off in its first batch", function()
  it("ends early, and that is all", function()
    for _, name in ipairs { "go1.22-cgo", "go1.25-http", "go1.27-empty" } do
      local bytes = recording(name)
      for off = 17, batches(bytes)[1][2] - 1 do
        local got = reading.complaints(reading.read(bytes:sub(1, off)))
        assert.same({ "the trace ends inside a batch; was its recording cut off?" }, got)
      end
    end
  end)
end)

describe("a Frequency that is lost", function()
  -- A recording without the bytes between two offsets.
  local function without(bytes, from, to)
    return bytes:sub(1, from) .. bytes:sub(to + 1)
  end

  local function times(bytes)
    local got = reading.read(bytes, { want = { "GoStart", "GoBlock" } })
    return got.events, got.damages
  end

  it("is that of the next generation", function()
    for _, name in ipairs { "go1.23-generations", "go1.27-generations" } do
      local bytes = recording(name)
      local first = batches(bytes)[1]
      local want = times(bytes)
      local got, damages = times(without(bytes, first[1], first[2]))
      assert.equal("a generation without a Frequency; that of generation 2 is used", damages[1].what)
      assert.equal(#want, #got)
      local shift = want[1].time - got[1].time -- where the trace begins is lost, too
      for i, e in ipairs(want) do
        assert.is_true(math.abs(e.time - got[i].time - shift) <= 1000)
      end
    end
  end)

  it("is that of the next one if the batch is damaged", function()
    local bytes = recording "go1.23-generations"
    local first = batches(bytes)[1]
    local want = times(bytes)
    for off = first[2] - 5, first[2] - 1 do
      local got = times(without(bytes, off, off + 1))
      assert.equal(want[#want].time - want[1].time, got[#got].time - got[1].time)
    end
  end)
end)

-- Bytes put into a recording: costs nothing but themselves.
local function put(bytes, off, text)
  local whole, changed = read(bytes), bytes:sub(1, off) .. text .. bytes:sub(off + 1)
  local events, damages = read(changed)
  assert.same(moved(whole, off, #text), events)
  return damages, reading.read(changed)
end

describe("text before the last end of a generation", function()
  local CASES = {
    ["go1.26-channels"] = { 13939, '{"level":"info"}\n' }, ["go1.27-cgothreads"] = { 7949, '{"level":"info"}\n' },
    ["go1.27-sync"] = { 14021, "\n" }, ["go1.26-sync"] = { 13591, "no end of line" },
  }
  for name, case in pairs(CASES) do
    it("takes nothing of the strings with it: " .. name, function()
      local bytes, off, text = recording(name), unpack(case)
      assert.equal(#bytes - 1, off)
      local damages, got = put(bytes, off, text)
      assert.equal(1, #damages)
      assert.equal(("text that is no part of the trace; %d bytes are skipped"):format(#text), damages[1].what)
      assert.equal(#text, got.info.lost)
      -- What the strings name is named.
      assert.is_nil(table.concat(got.lines):find("?%d"))
    end)
  end
end)

describe("text between two batches", function()
  it("that ends without a line's end takes nothing of the first with it", function()
    local bytes = recording "go1.24-procs"
    local first = batches(bytes)[2]
    local damages = put(bytes, first[2], '{"level":"info"}')
    assert.equal("text that is no part of the trace; 16 bytes are skipped", damages[1].what)
  end)
end)

describe("the end of a trace before 1.26", function()
  -- The recording with its first batch of strings where its first batch of stacks is.
  it("is whole wherever its strings stand", function()
    for _, name in ipairs { "go1.22-timers", "go1.25-http" } do
      local bytes = recording(name)
      local list = batches(bytes)
      local stacks
      for _, b in ipairs(list) do
        local _, first = bytes:find("^\1[\128-\255]*[%z\1-\127]" .. ("[\128-\255]*[%z\1-\127]"):rep(3), b[1] + 1)
        stacks = stacks or bytes:byte(first + 1) == trace.types.Stacks and b
      end
      local strings = list[#list]
      local changed = bytes:sub(1, stacks[1]) .. bytes:sub(strings[1] + 1) .. bytes:sub(stacks[1] + 1, strings[1])
      local got = reading.read(changed)
      assert.same({}, reading.complaints(got))
      assert.equal(#reading.read(bytes).events, #got.events)
    end
  end)

  it("is not missing where the frequency is", function()
    local bytes = recording "go1.22-timers"
    local got = reading.read(bytes:sub(1, 16) .. bytes:sub(batches(bytes)[1][2] + 1))
    assert.same({ "a generation without a Frequency; times are in ticks" }, reading.complaints(got))
  end)
end)

describe("a batch that lacks bytes", function()
  it("is not cut off, if it is the last of a trace", function()
    local bytes = recording "go1.22-timers"
    local last = batches(bytes)[#batches(bytes)]
    local off = last[1] + 200
    local damages = reading.complaints(reading.read(bytes:sub(1, off) .. bytes:sub(off + 51)))
    assert.equal("a batch lacks 50 of its bytes", damages[1])
  end)
end)

describe("a page of zeros in a recording", function()
  local harm = require "support.losing.harm"

  it("is seen, wherever it is", function()
    for _, name in ipairs { "go1.22-timers", "go1.24-sync", "go1.26-procs", "go1.27-cpusamples" } do
      local bytes = recording(name)
      for at = 512, #bytes - 512, 512 do
        local got = harm.read(bytes:sub(1, at) .. ("\0"):rep(512) .. bytes:sub(at + 513))
        local seen = false
        for _, d in ipairs(got.damages) do
          seen = seen or d.fact == tonumber(C.GOTRACE_FACT_ZEROS)
        end
        assert.is_true(seen, ("%s at %d"):format(name, at))
      end
    end
  end)
end)

describe("a recording that was taken for text", function()
  local harm = require "support.losing.harm"
  local CONVERTED = {
    LF = function(bytes)
      return bytes:gsub("\n", "\r")
    end,
    CR = function(bytes)
      return bytes:gsub("\r", "\n")
    end,
    ASCII = function(bytes)
      return bytes:gsub("[\128-\255]", "?")
    end,
  }

  for fact, convert in pairs(CONVERTED) do
    it("shows it: " .. fact, function()
      for _, name in ipairs { "go1.22-cgothreads", "go1.22-generations", "go1.24-sync", "go1.26-procs" } do
        local got, seen = harm.read((convert(recording(name)))), {}
        for _, d in ipairs(got.damages) do
          seen[d.fact] = true
        end
        assert.is_true(seen[tonumber(C["GOTRACE_FACT_" .. fact])], name)
        assert.is_nil(seen[tonumber(C.GOTRACE_FACT_TEXT)], name)
      end
    end)
  end
end)
