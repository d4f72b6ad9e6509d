-- Where batches go on behind damage, and what is taken for one.
local engine = require "support.engine"
local trace = require "support.trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.header "src/io/source.h"
engine.header "src/v2/file/batch_read.h"
engine.header "src/v2/damage/resync.h"

-- A source of these bytes for fn(source, step), whole and byte by byte; what it
-- returns, which is to be the same.
local function both(bytes, fn)
  local found
  for step = 0, 1 do
    local src = ffi.new "source *[1]"
    assert(lib.source_open_memory(src, bytes, #bytes, step, nil) == C.GOTRACE_OK)
    local got = fn(src[0])
    lib.source_close(src[0])
    assert(step == 0 or got == found)
    found = got
  end
  return found
end

local ALLOC = trace.event { "HeapAlloc", 1, 2 }

local function batch(gen, data, more)
  local b = { gen = gen, m = 1, time = 1000 }
  for k, v in pairs(more or {}) do
    b[k] = v
  end
  return trace.batch(b, { data or ALLOC })
end

-- As the runtime writes it.
local function padded(gen, more)
  local b = { size = trace.varint(#ALLOC, 10) }
  for k, v in pairs(more or {}) do
    b[k] = v
  end
  return batch(gen, ALLOC, b)
end

local function habits(h)
  return ffi.new("struct v2_habits", h.gen or 0, h.low or 1000, h.high or 1000, h.padded or false)
end

-- Where it goes on behind `from`, nil: nowhere.
local function resync(bytes, version, from, h, doubt)
  return both(bytes, function(src)
    local at = ffi.new "uint64_t[1]"
    return lib.v2_resync(src, version, from, habits(h), doubt or C.V2_LIKELY, at) and tonumber(at[0]) or nil
  end)
end

local JUNK = "!\1!junk"

describe("v2_resync", function()
  local CASES = { -- what there is, version, generation, whether it is gone on there
    { "two batches of the generation", batch(5) .. batch(5), 26, 5, true },
    { "a batch and the end", batch(5), 26, 5, true },
    { "batches of the next generation", batch(6) .. batch(6), 26, 5, true },
    { "batches of the generation after it", batch(7) .. batch(7), 26, 5, true },
    { "batches of a later one", batch(8) .. batch(8), 26, 5, false },
    { "batches of an earlier one", batch(4) .. batch(4), 26, 5, false },
    { "batches of generation 0", batch(0) .. batch(0), 26, 5, false },
    { "any generation where none is known", batch(99) .. batch(99), 26, 0, true },
    { "generation 0 where none is known", batch(0) .. batch(0), 26, 0, false },
    { "an experimental batch first", batch(5, "", { exp = 1 }) .. batch(5), 26, 5, true },
    { "an end of generation second", batch(5) .. trace.end_of_generation, 26, 5, true },
    { "such a byte before 1.26", batch(5) .. trace.end_of_generation, 25, 5, false },
    { "an end of generation first", trace.end_of_generation .. "!", 26, 5, false },
    { "something else second", batch(5) .. "!", 26, 5, false },
    { "a second batch of another generation", batch(5) .. batch(9), 26, 5, false },
    { "a second batch that is cut off", batch(5) .. batch(5):sub(1, -2), 26, 5, false },
    { "a batch that is cut off", batch(5):sub(1, -2), 26, 5, false },
    { "a batch that is too large", batch(5, ("x"):rep(65537)), 26, 5, false },
    { "a batch that begins with no event", batch(5, "data") .. batch(5), 26, 5, false },
    { "a second one that does", batch(5) .. batch(5, "data"), 26, 5, false },
    { "a batch of strings", batch(5, "\4") .. batch(5, "\2"), 26, 5, true },
    { "an empty batch", batch(5, "") .. batch(5), 26, 5, false },
    { "a batch and an earlier one", batch(6) .. batch(5), 26, 5, false },
    { "two of generations that cannot follow", batch(99) .. batch(5), 26, 0, false },
    { "a batch of another time", batch(5, ALLOC, { time = 2 ^ 50 }) .. batch(5), 26, 5, false },
    { "a second one of another time", batch(5) .. batch(5, ALLOC, { time = 2 ^ 50 }), 26, 5, false },
    { "a batch of no thread that can be", batch(5, ALLOC, { m = 2 ^ 50 }) .. batch(5), 26, 5, false },
    { "a batch of no thread", batch(5, ALLOC, { m = -1 }) .. batch(5), 26, 5, true },
    { "nothing", "", 26, 5, false },
  }

  for _, case in ipairs(CASES) do
    it((case[5] and "goes on at " or "does not go on at ") .. case[1], function()
      local want = case[5] and #JUNK or nil
      -- Where it is not to go on, the last batch alone must not do either.
      local doubt = case[5] and C.V2_LIKELY or C.V2_PAIR
      assert.equal(want, resync(JUNK .. case[2], case[3], 0, { gen = case[4] }, doubt))
    end)
  end

  it("does not go on at a batch and the end if it must be two", function()
    assert.is_nil(resync(JUNK .. batch(5), 26, 0, { gen = 5 }, C.V2_PAIR))
    assert.equal(#JUNK, resync(JUNK .. batch(5) .. batch(5), 26, 0, { gen = 5 }, C.V2_PAIR))
  end)

  it("does not go on at two among the data of a batch", function()
    local two = batch(5) .. batch(5)
    assert.is_nil(resync(JUNK .. two, 26, 0, { gen = 5 }, C.V2_CERTAIN))
    assert.is_nil(resync(JUNK .. two .. "!", 26, 0, { gen = 5 }, C.V2_CERTAIN))
    assert.equal(#JUNK, resync(JUNK .. two .. batch(5), 26, 0, { gen = 5 }, C.V2_CERTAIN))
  end)

  it("does not go on where it is", function()
    local first = batch(5)
    assert.equal(#first, resync(first .. batch(5) .. batch(5), 26, 0, { gen = 5 }))
  end)

  it("looks on behind what only seems a batch", function()
    local bytes = "!" .. batch(5) .. "!!" .. batch(5) .. batch(5)
    assert.equal(#bytes - 2 * #batch(5), resync(bytes, 26, 0, { gen = 5 }))
  end)

  it("looks no further than 16 MiB", function()
    local pair = batch(5) .. batch(5)
    local zeros = ("\0"):rep(C.V2_RESYNC)
    local function whole(bytes)
      local src, at = ffi.new "source *[1]", ffi.new "uint64_t[1]"
      assert(lib.source_open_memory(src, bytes, #bytes, 0, nil) == C.GOTRACE_OK)
      local there = lib.v2_resync(src[0], 26, 0, habits { gen = 5 }, C.V2_LIKELY, at)
      lib.source_close(src[0])
      return there
    end
    assert.is_false(whole(zeros .. pair))
    assert.is_true(whole(zeros:sub(2) .. pair))
  end)

  describe("where the runtime wrote the trace", function()
    local RUNTIME = { gen = 5, padded = true }

    it("goes on at one batch, whatever is behind it", function()
      local one = padded(5)
      for _, bytes in ipairs { one, one .. "!", one .. batch(5), one:sub(1, -2), padded(5000) } do
        assert.equal(#JUNK, resync(JUNK .. bytes, 26, 0, RUNTIME, C.V2_CERTAIN))
      end
    end)

    it("does not go on at what others write", function()
      assert.is_nil(resync(JUNK .. batch(5):rep(4), 26, 0, RUNTIME))
    end)

    it("does not go on at another trace's", function()
      for _, bytes in ipairs { padded(4), padded(0), padded(5, { time = 2 ^ 50 }), padded(5, { m = 2 ^ 50 }) } do
        assert.is_nil(resync(JUNK .. bytes:rep(4), 26, 0, RUNTIME))
      end
    end)
  end)
end)

describe("v2_believable", function()
  -- Whether the first batch is believed.
  local function believable(bytes, version, h)
    return both(bytes, function(src)
      local b = ffi.new "struct v2_batch"
      assert(lib.v2_batch_read(src, version, 0, b, nil) == C.GOTRACE_OK)
      return lib.v2_believable(src, version, habits(h), b)
    end)
  end

  local RUNTIME = { gen = 5, padded = true }

  it("takes what only the runtime writes", function()
    assert.is_true(believable(padded(9) .. "!", 26, RUNTIME))
  end)

  it("takes what the trace goes on behind", function()
    for _, behind in ipairs { "", batch(5), batch(6), trace.end_of_generation } do
      assert.is_true(believable(batch(9) .. behind, 26, { gen = 5 }))
      assert.is_true(believable(batch(0) .. behind, 26, { gen = 5 }))
    end
    assert.is_true(believable(batch(9) .. padded(5), 26, RUNTIME))
    assert.is_true(believable(trace.end_of_generation .. padded(9), 26, RUNTIME))
    assert.is_true(believable(trace.end_of_generation, 26, RUNTIME))
  end)

  it("takes two that fit each other", function()
    assert.is_true(believable(batch(90) .. batch(90), 26, { gen = 5 }))
    assert.is_true(believable(padded(90, { time = 2 ^ 50 }) .. padded(91, { time = 2 ^ 50 }), 26, RUNTIME))
  end)

  -- As of a program that did nothing for hours.
  it("takes two of the generation that others wrote, whatever their times", function()
    local far = batch(5, ALLOC, { time = 2 ^ 44 }) .. batch(5, ALLOC, { time = 2 ^ 45 }) .. "!"
    assert.is_true(believable(far, 26, { gen = 5 }))
    assert.is_false(believable(far, 26, { gen = 6 }))
    assert.is_false(believable(far, 26, RUNTIME))
  end)

  it("takes three in a row that others wrote", function()
    assert.is_true(believable(batch(5):rep(3) .. "!", 26, RUNTIME))
  end)

  it("takes a first batch unless there are better ones", function()
    assert.is_true(believable(batch(9) .. "!!!", 26, {}))
    assert.is_false(believable(batch(9) .. "!!!" .. padded(1), 26, {}))
    assert.is_false(believable(batch(9, padded(1)) .. batch(9), 26, {}))
  end)

  it("takes nothing else", function()
    assert.is_false(believable(batch(9) .. "!", 26, { gen = 5 }))
    assert.is_false(believable(batch(9) .. batch(50), 26, { gen = 5 }))
    assert.is_false(believable(batch(9) .. batch(9) .. "!", 26, RUNTIME))
    assert.is_false(believable(batch(9) .. trace.end_of_generation, 25, { gen = 5 }))
    assert.is_false(believable(trace.end_of_generation .. "!", 26, RUNTIME))
    assert.is_false(believable(trace.end_of_generation .. batch(5), 26, RUNTIME))
  end)
end)

describe("v2_habits_learn", function()
  local function learn(...)
    local h = ffi.new "struct v2_habits"
    for _, b in ipairs { ... } do
      lib.v2_habits_learn(h, ffi.new("struct v2_batch", b))
    end
    return { tonumber(h.gen), tonumber(h.low), tonumber(h.high), h.padded }
  end

  it("keeps the last generation, and the times of all", function()
    assert.same({ 8, 3, 9, false }, learn({ gen = 7, time = 5 }, { gen = 7, time = 9 }, { gen = 8, time = 3 }))
  end)

  it("keeps what all have", function()
    assert.same({ 7, 5, 5, true }, learn({ gen = 7, time = 5, padded = true }, { gen = 7, time = 5, padded = true }))
    assert.same({ 7, 5, 5, false }, learn({ gen = 7, time = 5, padded = true }, { gen = 7, time = 5 }))
    assert.same({ 7, 5, 5, false }, learn({ gen = 7, time = 5 }, { gen = 7, time = 5, padded = true }))
  end)
end)
