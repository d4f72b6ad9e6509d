local engine = require "support.engine"
local reading = require "support.reading"
local trace = require "support.trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.header "src/io/source.h"
engine.header "src/v2/file/batch_read.h"

local t = trace.types
local v = trace.varint

local function char(...)
  return string.char(...)
end

-- A varint of more than 64 bits.
local TOO_LARGE = ("\xff"):rep(9) .. "\x02"

describe("v2_batch_read", function()
  -- Calls check(status, batch, diag, source) for the batch at off, read whole
  -- and in steps of one byte.
  local function read(bytes, version, off, check)
    for step = 0, 1 do
      local src, diag, batch = ffi.new "source *[1]", engine.diag(), ffi.new "struct v2_batch"
      assert(lib.source_open_memory(src, bytes, #bytes, step, diag) == C.GOTRACE_OK)
      batch.cut = true -- left over from a batch before
      local status = tonumber(lib.v2_batch_read(src[0], version, off, batch, diag))
      local ok, err = pcall(check, status, batch, reading.diag(diag), src[0])
      lib.source_close(src[0])
      assert(ok, err)
    end
  end

  local function batch(head, data)
    head.gen, head.m, head.time = head.gen or 1, head.m or 2, head.time or 3
    return trace.batch(head, { data })
  end

  it("says where the batch is and whose", function()
    local bytes = "xyz" .. batch({ gen = 300, m = -1, time = 2 ^ 40 }, "data!") .. "more"
    read(bytes, 22, 3, function(status, b)
      assert.equal(C.GOTRACE_OK, status)
      assert.equal(3, tonumber(b.off))
      assert.equal(#bytes - #"data!more", tonumber(b.data))
      assert.equal(5, b.size)
      assert.is_false(b.cut)
      assert.equal(300, tonumber(b.gen))
      assert.equal(2 ^ 40, tonumber(b.time))
      assert.is_true(b.m == trace.none)
      assert.equal(0, b.exp)
    end)
  end)

  it("takes padded numbers", function()
    local bytes = char(t.EventBatch) .. v(1, 10) .. v(2, 3) .. v(3, 9) .. v(4, 5) .. "data"
    read(bytes, 22, 0, function(status, b)
      assert.equal(C.GOTRACE_OK, status)
      assert.same({ 1, 2, 3, 4 }, { tonumber(b.gen), tonumber(b.m), tonumber(b.time), b.size })
    end)
  end)

  local EVENTS, STRINGS, STACKS = C.V2_EVENTS, C.V2_STRINGS, C.V2_STACKS
  local SAMPLES, SYNC, EXPERIMENT, END = C.V2_SAMPLES, C.V2_SYNC, C.V2_EXPERIMENT, C.V2_END_OF_GENERATION
  local KINDS = { -- first byte of the data, what it makes of the batch by version
    { "an event", char(t.GoStart), { [22] = EVENTS, [25] = EVENTS, [26] = EVENTS } },
    { "strings", char(t.Strings), { [22] = STRINGS, [26] = STRINGS } },
    { "stacks", char(t.Stacks), { [22] = STACKS, [26] = STACKS } },
    { "samples", char(t.CPUSamples), { [22] = SAMPLES, [26] = SAMPLES } },
    { "a string without its table", char(t.String), { [22] = EVENTS } },
    { "the frequency", char(t.Frequency), { [22] = SYNC, [23] = SYNC, [25] = EVENTS, [26] = EVENTS } },
    { "sync", char(t.Sync), { [22] = EVENTS, [23] = EVENTS, [25] = SYNC, [26] = SYNC } },
    { "an end of generation", char(t.EndOfGeneration), { [22] = END, [25] = END, [26] = END } },
    { "nothing", "", { [22] = EVENTS, [26] = EVENTS } },
  }

  for _, case in ipairs(KINDS) do
    it("knows a batch by its first byte: " .. case[1], function()
      for version, kind in pairs(case[3]) do
        read(batch({}, case[2]), version, 0, function(status, b)
          assert.equal(C.GOTRACE_OK, status)
          assert.equal(kind, b.kind, "go 1." .. version)
        end)
        -- What an experiment's data begin with means nothing.
        read(batch({ exp = 7 }, case[2]), version, 0, function(status, b)
          assert.equal(C.GOTRACE_OK, status)
          assert.same({ EXPERIMENT, 7 }, { b.kind, b.exp })
        end)
        -- No experiment is none, as for Go's reader.
        read(batch({ exp = 0 }, case[2]), version, 0, function(status, b)
          assert.equal(C.GOTRACE_OK, status)
          assert.same({ kind, 0 }, { b.kind, b.exp })
        end)
      end
    end)
  end

  it("takes the byte that ends a generation for a batch", function()
    read("\1" .. trace.end_of_generation .. "\1", 26, 1, function(status, b)
      assert.equal(C.GOTRACE_OK, status)
      assert.same({ END, 1, 2, 0 }, { b.kind, tonumber(b.off), tonumber(b.data), b.size })
    end)
  end)

  it("ends where there are no bytes", function()
    read("", 26, 0, function(status)
      assert.equal(C.GOTRACE_END, status)
    end)
    local bytes = batch({}, "data")
    read(bytes, 26, #bytes, function(status)
      assert.equal(C.GOTRACE_END, status)
    end)
  end)

  it("does not wait for bytes behind the batch", function()
    local bytes = batch({}, "data")
    read(bytes .. bytes, 26, 0, function(status, _, _, src)
      assert.equal(C.GOTRACE_OK, status)
      if lib.source_size(src) == 0 then -- in steps
        assert.equal(#bytes, tonumber(lib.source_seen(src)))
      end
    end)
  end)

  it("takes 64 KiB of data", function()
    read(batch({}, ("x"):rep(65536)), 26, 0, function(status, b)
      assert.equal(C.GOTRACE_OK, status)
      assert.equal(65536, b.size)
    end)
  end)

  it("refuses a byte more", function()
    read(batch({}, ("x"):rep(65537)), 26, 0, function(status, _, d)
      assert.equal(C.GOTRACE_DAMAGED, status)
      assert.same(
        { "a batch larger than the format allows", "65537 bytes", "65536 at most", 0 },
        { d.what, d.have, d.want, d.off }
      )
    end)
  end)

  it("refuses what no batch begins with", function()
    for byte = 0, 255 do
      if byte ~= t.EventBatch and byte ~= t.ExperimentalBatch and byte ~= t.EndOfGeneration then
        read("xx" .. char(byte) .. ("\1"):rep(50), 26, 2, function(status, _, d)
          assert.equal(C.GOTRACE_DAMAGED, status)
          assert.same({ "no batch begins here", "byte " .. byte, 2 }, { d.what, d.have, d.off })
        end)
      end
    end
  end)

  for i, field in ipairs { "generation", "thread", "time", "size" } do
    it("refuses a " .. field .. " of more than 64 bits", function()
      local fields = { "\1", "\1", "\1", "\0" }
      fields[i] = TOO_LARGE
      read(char(t.EventBatch) .. table.concat(fields), 26, 0, function(status, _, d)
        assert.equal(C.GOTRACE_DAMAGED, status)
        assert.equal("no batch begins here", d.what)
      end)
    end)
  end

  describe("at the end of input", function()
    local whole = batch({ gen = 300, exp = 1 }, "data!")
    local head = #whole - 5

    it("says that a header is cut off", function()
      for n = 1, head - 1 do
        read(whole:sub(1, n), 26, 0, function(status, b, d)
          assert.equal(C.GOTRACE_DAMAGED, status)
          assert.matches("^the trace ends inside a batch", d.what)
          assert.same({ n .. " bytes of it", 0 }, { d.have, d.off })
          assert.is_false(b.cut)
        end)
      end
    end)

    it("shows what there is of cut-off data", function()
      for n = 0, 4 do
        read(whole:sub(1, head + n), 26, 0, function(status, b, d)
          assert.equal(C.GOTRACE_DAMAGED, status)
          assert.matches("^the trace ends inside a batch", d.what)
          assert.is_true(b.cut)
          assert.same({ head, n, 300 }, { tonumber(b.data), b.size, tonumber(b.gen) })
        end)
      end
    end)

    it("passes on what is wrong with the packing", function()
      local packed = engine.filter("gzip -c", whole)
      read(packed:sub(1, -4), 26, #whole, function(status, _, d)
        assert.equal(C.GOTRACE_DAMAGED, status)
        assert.not_matches("^the trace ends inside a batch", d.what)
      end)
      engine.clean()
    end)
  end)
end)

describe("the records of a batch", function()
  local function cursor(bytes)
    local p = ffi.cast("const uint8_t *", bytes)
    return ffi.new("struct v2_cursor", p, p, p + #bytes, 1000)
  end

  -- All records that next_ yields, as show makes them, and the last status and
  -- what it says. The offset of a damage counts from the batch's first byte.
  local function drain(bytes, next_, record, show)
    local c, out, diag = cursor(bytes), ffi.new(record), engine.diag()
    local got = {}
    while true do
      local before = c.p
      local status = tonumber(next_(c, out, diag))
      if status ~= C.GOTRACE_OK then
        assert(status == C.GOTRACE_END or c.p == before or before == c.start, "the cursor has moved")
        local d = reading.diag(diag)
        d.off = d.off - 1000
        return got, status, d, tonumber(c.p - c.start)
      end
      got[#got + 1] = show(out)
    end
  end

  local READERS = {
    strings = function(bytes)
      return drain(char(t.Strings) .. bytes, lib.v2_string_next, "struct v2_string", function(s)
        return { reading.decimal(s.id), ffi.string(s.data, s.len) }
      end)
    end,
    stacks = function(bytes)
      return drain(char(t.Stacks) .. bytes, lib.v2_stack_next, "struct v2_stack", function(s)
        local frames = {}
        for i = 0, s.len - 1 do
          local f = s.frames[i]
          frames[i + 1] = { tonumber(f.pc), tonumber(f.func), tonumber(f.file), tonumber(f.line) }
        end
        return { reading.decimal(s.id), frames }
      end)
    end,
    samples = function(bytes)
      return drain(char(t.CPUSamples) .. bytes, lib.v2_sample_next, "struct v2_sample", function(s)
        return { reading.decimal(s.time), reading.decimal(s.m), reading.decimal(s.p), reading.decimal(s.g),
          reading.decimal(s.stack) }
      end)
    end,
  }

  local GOOD = { -- reader, what is shown, bytes, records
    { "strings", "none", "", {} },
    { "strings", "several", trace.string(1, "one") .. trace.string(7, "two"), { { "1", "one" }, { "7", "two" } } },
    { "strings", "an empty one", trace.string(1, ""), { { "1", "" } } },
    { "strings", "any bytes", trace.string(1, "\0\255\n"), { { "1", "\0\255\n" } } },
    { "strings", "the largest id", trace.string(-1, "x"), { { "18446744073709551615", "x" } } },
    { "strings", "1024 bytes", trace.string(1, ("x"):rep(1024)), { { "1", ("x"):rep(1024) } } },
    { "strings", "padded numbers", char(t.String) .. v(1, 4) .. v(2, 10) .. "ab", { { "1", "ab" } } },
    { "stacks", "none", "", {} },
    { "stacks", "an empty one", trace.stack(3, {}), { { "3", {} } } },
    { "stacks", "several",
      trace.stack(3, { { 10, 1, 2, 300 }, { 20, 3, 4, 5 } }) .. trace.stack(4, { { 1, 2, 3, 4 } }),
      { { "3", { { 10, 1, 2, 300 }, { 20, 3, 4, 5 } } }, { "4", { { 1, 2, 3, 4 } } } } },
    { "samples", "none", "", {} },
    { "samples", "several", trace.sample { 100, 1, 2, 3, 4 } .. trace.sample { 2 ^ 40, -1, -1, 0, 0 },
      { { "100", "1", "2", "3", "4" },
        { "1099511627776", "18446744073709551615", "18446744073709551615", "0", "0" } } },
  }

  for _, case in ipairs(GOOD) do
    it(("are read: %s of %s"):format(case[2], case[1]), function()
      local got, status = READERS[case[1]](case[3])
      assert.same(case[4], got)
      assert.equal(C.GOTRACE_END, status)
    end)
  end

  it("are at most 128 frames", function()
    local frames = {}
    for i = 1, 128 do
      frames[i] = { i, 1, 1, 1 }
    end
    local got, status = READERS.stacks(trace.stack(1, frames))
    assert.equal(C.GOTRACE_END, status)
    assert.same({ 128, 1, 1, 1 }, got[1][2][128])
    frames[129] = { 129, 1, 1, 1 }
    local _, bad, d = READERS.stacks(trace.stack(1, frames))
    assert.equal(C.GOTRACE_DAMAGED, bad)
    assert.equal("stack 1 is deeper than the format allows", d.what)
    assert.same({ "129 frames", "128 at most" }, { d.have, d.want })
  end)

  local string_, stack = trace.string(1, "one"), trace.stack(1, { { 1, 2, 3, 4 } })
  local sample = trace.sample { 1, 2, 3, 4, 5 }
  local BAD = { -- reader, what is broken, bytes behind a good record, what is said
    { "strings", "another record", stack, "a record of another kind in this batch" },
    { "strings", "an id that is cut off", char(t.String), "a string's id or length is broken" },
    { "strings", "a length that is cut off", char(t.String) .. "\1", "a string's id or length is broken" },
    { "strings", "an id of more than 64 bits", char(t.String) .. TOO_LARGE .. "\0",
      "a string's id or length is broken" },
    { "strings", "1025 bytes", trace.string(7, ("x"):rep(1025)), "string 7 is longer than the format allows" },
    { "strings", "bytes that are cut off", trace.string(7, "text"):sub(1, -2), "string 7 goes beyond its batch" },
    { "strings", "the longest length", char(t.String) .. "\7" .. v(-1), "string 7 is longer than the format allows" },
    { "stacks", "another record", sample, "a record of another kind in this batch" },
    { "stacks", "an id that is cut off", char(t.Stack), "a stack's id or length is broken" },
    { "stacks", "a length that is cut off", char(t.Stack) .. "\1", "a stack's id or length is broken" },
    { "stacks", "a frame that is cut off", trace.stack(7, { { 1, 2, 3, 4 }, { 1, 2, 3, 4 } }):sub(1, -2),
      "stack 7 is cut off at frame 2" },
    { "stacks", "a frame of more than 64 bits", char(t.Stack) .. "\7\1" .. "\1\1\1" .. TOO_LARGE,
      "stack 7 is cut off at frame 1" },
    { "samples", "another record", string_, "a record of another kind in this batch" },
    { "samples", "one that is cut off", sample:sub(1, -2), "a CPU sample is broken" },
    { "samples", "a number of more than 64 bits", char(t.CPUSample) .. "\1\1\1\1" .. TOO_LARGE,
      "a CPU sample is broken" },
  }
  local FIRST = { strings = string_, stacks = stack, samples = sample }

  for _, case in ipairs(BAD) do
    it(("are refused: %s among %s"):format(case[2], case[1]), function()
      local first = FIRST[case[1]]
      local got, status, d, at = READERS[case[1]](first .. case[3])
      assert.equal(1, #got) -- what is before it stays
      assert.equal(C.GOTRACE_DAMAGED, status)
      assert.equal(case[4], d.what)
      assert.equal(1 + #first, d.off)
      assert.equal(1 + #first, at)
    end)
  end

  it("name the other kind", function()
    local _, _, d = READERS.strings(stack)
    assert.same({ "byte 3", "String (5)" }, { d.have, d.want })
  end)
end)

describe("v2_sync_read", function()
  local FREQ, CLOCK = trace.frequency(1e9), trace.clock { 5, 10, 20, 30 }

  -- The sync read, the status and what it says.
  local function read(bytes, version, sync)
    local p = ffi.cast("const uint8_t *", bytes)
    local c = ffi.new("struct v2_cursor", p, p, p + #bytes, 0)
    local diag = engine.diag()
    sync = sync or ffi.new "struct v2_sync"
    return sync, tonumber(lib.v2_sync_read(c, version, 1000, sync, diag)), reading.diag(diag), tonumber(c.p - p)
  end

  local function numbers(sync)
    return { tonumber(sync.clock_time), tonumber(sync.mono), tonumber(sync.sec), tonumber(sync.nsec) }
  end

  it("is the frequency before 1.25", function()
    for _, version in ipairs { 22, 23 } do
      local sync, status = read(FREQ, version)
      assert.equal(C.GOTRACE_OK, status)
      assert.is_true(sync.has_freq)
      assert.is_false(sync.has_clock)
      assert.equal(1e9, tonumber(sync.freq))
    end
  end)

  it("is frequency and clock since, in any order", function()
    for _, bytes in ipairs { FREQ .. CLOCK, CLOCK .. FREQ } do
      for _, version in ipairs { 25, 26 } do
        local sync, status = read(char(t.Sync) .. bytes, version)
        assert.equal(C.GOTRACE_OK, status)
        assert.is_true(sync.has_freq and sync.has_clock)
        assert.equal(1e9, tonumber(sync.freq))
        assert.same({ 1005, 10, 20, 30 }, numbers(sync))
      end
    end
  end)

  it("may come in several batches", function()
    local sync = read(char(t.Sync) .. FREQ, 26)
    local _, status = read(char(t.Sync) .. CLOCK, 26, sync)
    assert.equal(C.GOTRACE_OK, status)
    assert.is_true(sync.has_freq and sync.has_clock)
  end)

  it("may be empty", function()
    local sync, status = read(char(t.Sync), 26)
    assert.equal(C.GOTRACE_OK, status)
    assert.is_false(sync.has_freq or sync.has_clock)
  end)

  local BAD = { -- bytes, version, what is said, where
    { "a second frequency", char(t.Sync) .. FREQ .. FREQ, 26, "a second Frequency in one generation", 1 + #FREQ },
    { "one before 1.25", FREQ .. FREQ, 22, "a second Frequency in one generation", #FREQ },
    { "a second clock", char(t.Sync) .. CLOCK .. CLOCK, 26, "a second ClockSnapshot in one generation", 1 + #CLOCK },
    { "a clock before 1.25", FREQ .. CLOCK, 23, "a record of another kind in a sync batch", #FREQ },
    { "another record", char(t.Sync) .. FREQ .. "\5", 26, "a record of another kind in a sync batch", 1 + #FREQ },
    { "a frequency that is cut off", char(t.Sync) .. FREQ:sub(1, -2), 26, "the Frequency is broken", 1 },
    { "a frequency of more than 64 bits", char(t.Sync, t.Frequency) .. TOO_LARGE, 26, "the Frequency is broken", 1 },
    { "a clock that is cut off", char(t.Sync) .. CLOCK:sub(1, -2), 26, "the ClockSnapshot is broken", 1 },
  }

  for _, case in ipairs(BAD) do
    it("refuses " .. case[1], function()
      local _, status, d, at = read(case[2], case[3])
      assert.equal(C.GOTRACE_DAMAGED, status)
      assert.same({ case[4], case[5], case[5] }, { d.what, d.off, at })
    end)
  end

  it("keeps the first of two", function()
    local sync = read(char(t.Sync) .. FREQ .. trace.frequency(5), 26)
    assert.equal(1e9, tonumber(sync.freq))
  end)
end)
