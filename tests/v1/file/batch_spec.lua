-- The time of a batch whose header lacks a byte of it (src/v1/file/batch.h).
local engine = require "support.engine"
local ffi = require "ffi"
local lib = engine.lib

engine.cdef [[
struct batch_header { bool is_known; uint64_t pid, ticks; const uint8_t *left, *end; };
void v1_header_complete(struct batch_header *h, uint64_t near, bool behind);
]]

local function leb128(v)
  local out = {}
  repeat
    local low = v % 128
    v = math.floor(v / 128)
    out[#out + 1] = v > 0 and low + 128 or low
  until v == 0
  return out
end

-- The time that is found where byte i of `ticks` is lost, or nothing is where i is nil.
local function complete(ticks, i, near, behind)
  local bytes = leb128(ticks)
  if i then
    table.remove(bytes, i)
  end
  local data = ffi.new("uint8_t[?]", #bytes + 1, bytes)
  local h = ffi.new("struct batch_header", { left = data })
  h["end"] = data + #bytes
  lib.v1_header_complete(h, near, behind)
  return tonumber(h.ticks)
end

describe("the time of a batch that lacks a byte", function()
  local TICKS = 0x123456789

  it("is the one next to that of its neighbour, whichever byte is lost", function()
    for i = 1, #leb128(TICKS) do
      assert.equal(TICKS, complete(TICKS, i, TICKS, false), "byte " .. i)
    end
  end)

  it("is near where it cannot be the same", function()
    for i = 1, 2 do -- the low ones: others are farther
      assert.is_true(math.abs(complete(TICKS, i, TICKS + 3, false) - (TICKS + 3)) <= 3, "byte " .. i)
    end
  end)

  it("is not before its neighbour's where none can be", function()
    for i = 1, #leb128(TICKS) do
      assert.equal(TICKS, complete(TICKS, i, TICKS, true), "byte " .. i)
      local found = complete(TICKS, i, TICKS + 5, true)
      assert.is_true(found == 0 or found >= TICKS + 5, "byte " .. i)
    end
  end)

  it("is not made up where no byte is lost, or more", function()
    assert.equal(0, complete(TICKS, nil, TICKS, false))
    assert.equal(0, complete(TICKS, 1, 100, false))
  end)
end)
