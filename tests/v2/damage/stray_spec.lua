-- Batches that say they are of another generation than those around them, and bytes that
-- look like such: they cost themselves at most, and what is not hit keeps its time and
-- context.
local engine = require "support.engine"
local harm = require "support.losing.harm"

local function recording(name)
  return harm.whole(engine.read(engine.root .. "testdata/real/" .. name .. ".trace"))
end

-- whole.bytes with `more` in place of `less` bytes at off.
local function replaced(whole, off, less, more)
  return whole.bytes:sub(1, off) .. more .. whole.bytes:sub(off + less + 1)
end

local function first_damage(got)
  return got.damages[1] and got.damages[1].what
end

-- Events of got that are not in whole as they are there; `by`: offsets are so much higher
-- from `off` on.
local function changed(whole, got, off, by)
  local n = 0
  for at, e in pairs(got.events) do
    local was = whole.events[at >= (off or math.huge) and at - by or at]
    local same = was and was.type == e.type and was.time == e.time and was.m == e.m and was.p == e.p and was.g == e.g
    n = n + (same and 0 or 1)
  end
  return n
end

describe("a batch whose generation has one wrong bit", function()
  for name, off in pairs { ["go1.24-sync"] = 2667, ["go1.22-cgo"] = 514, ["go1.26-procs"] = 636 } do
    it("counts as one of those around it: " .. name, function()
      local whole = recording(name)
      for bit_of = 1, 6 do
        local broken = string.char(bit.bxor(whole.bytes:byte(off + 2), 2 ^ bit_of))
        local got = harm.read(replaced(whole, off + 1, 1, broken))
        assert.equal("a batch whose generation is broken; it counts as one of these", first_damage(got))
        assert.equal(1, #got.damages)
        assert.equal(whole.count, got.count)
        assert.equal(0, changed(whole, got))
      end
    end)
  end

  it("is the first of all, or of its generation", function()
    local whole = recording "go1.25-flight"
    for i, b in ipairs(whole.batches) do
      if i == 1 or b.gen ~= whole.batches[i - 1].gen then
        local got = harm.read(replaced(whole, b.first + 1, 1, string.char(b.gen + 64)))
        assert.equal(1, #got.damages)
        assert.equal(whole.count, got.count)
        assert.equal(0, changed(whole, got))
      end
    end
  end)
end)

describe("a batch of another generation", function()
  it("is skipped where it was not written", function()
    local whole = recording "go1.25-flight"
    local later
    for _, b in ipairs(whole.batches) do
      later = b.gen == 9 and b.kind == "events" and b or later
    end
    local bytes = whole.bytes:sub(later.first + 1, later.behind)
    local at = whole.batches[4].first
    local got = harm.read(replaced(whole, at, 0, bytes))
    assert.equal("a batch of another generation; it is skipped", first_damage(got))
    assert.equal(#bytes, got.damages[1].lost)
    assert.equal(whole.count, got.count)
    assert.equal(0, changed(whole, got, at, #bytes))
  end)

  it("is what garbage looks like where a header is hit", function()
    local whole = recording "go1.26-procs"
    local got = harm.read(replaced(whole, 102, 0, "\240"))
    for _, d in ipairs(got.damages) do
      assert.is_nil(d.what:find("generations are out of order", 1, true))
    end
    assert.is_true(got.count > 0.8 * whole.count)
  end)
end)

describe("a batch of the last generation behind its end", function()
  it("is there twice", function()
    for name, range in pairs { ["go1.27-channels"] = { 68, 1513 }, ["go1.26-procs"] = { 98, 636 } } do
      local whole = recording(name)
      local got = harm.read(whole.bytes .. whole.bytes:sub(range[1] + 1, range[2]))
      assert.equal("a batch is there twice; it is read once", first_damage(got))
      assert.equal(1, #got.damages)
      assert.equal(whole.count, got.count)
      assert.equal(0, changed(whole, got))
    end
  end)
end)

describe("text that ends in a 1", function()
  it("ends there, whatever batch is behind it", function()
    for _, name in ipairs { "go1.22-cgo", "go1.24-procs", "go1.26-coroutines" } do
      local whole = recording(name)
      for _, b in ipairs(whole.batches) do
        if b.kind ~= "end" then
          local got = harm.read(replaced(whole, b.first, 0, "progress 51"))
          assert.equal("text that is no part of the trace; 11 bytes are skipped", first_damage(got))
          assert.equal(1, #got.damages)
          assert.equal(0, changed(whole, got, b.first, 11))
          assert.equal(whole.count, got.count)
        end
      end
    end
  end)
end)

describe("the begin of a recording that is gone", function()
  for name, case in pairs { ["go1.24-timers"] = { 42, 140, 0.8 }, ["go1.25-syscalls"] = { 17, 143, 0.95 } } do
    it("takes no more with it: " .. name, function()
      local whole = recording(name)
      local got = harm.read(replaced(whole, case[1], case[2], ""))
      assert.is_true(got.count >= case[3] * whole.count)
    end)
  end
end)
