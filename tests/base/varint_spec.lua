local engine = require "support.engine"
local ffi = require "ffi"
local lib = engine.lib

engine.cdef [[
bool leb128_get_slow(const uint8_t **p, const uint8_t *end, uint64_t *out);
size_t leb128_put(uint8_t *to, uint64_t v);
void leb128_put_padded(uint8_t *to, uint64_t v, size_t n);
size_t leb128_size(uint64_t v);
]]
local MAX = 0xffffffffffffffffULL

-- The value at the front of a string and the bytes it takes; nil if refused,
-- and then the cursor has not moved.
local function get(s)
  local bytes = ffi.new("uint8_t[?]", #s + 1, s)
  local p, out = ffi.new("const uint8_t *[1]", bytes), ffi.new "uint64_t[1]"
  local ok = lib.leb128_get_slow(p, bytes + #s, out)
  local used = tonumber(p[0] - ffi.cast("const uint8_t *", bytes))
  if not ok then
    assert.equal(0, used)
    return nil
  end
  return out[0], used
end

local function put(v)
  local to = ffi.new "uint8_t[10]"
  return ffi.string(to, lib.leb128_put(to, v))
end

local values = { 0ULL, 1ULL, 0x7fULL, 0x80ULL, 0x3fffULL, 0x4000ULL, 0xffffffffULL, 2ULL ^ 35, 2ULL ^ 56,
  2ULL ^ 63 - 1, 2ULL ^ 63, MAX - 1, MAX }

describe("leb128", function()
  it("writes what it reads, in as few bytes as possible", function()
    for _, v in ipairs(values) do
      local s = put(v)
      local got, used = get(s .. "\xff")
      assert.is_true(got == v)
      assert.equal(#s, used)
      assert.equal(#s, tonumber(lib.leb128_size(v)))
      assert.is_true(#s == 1 or s:byte(-1) ~= 0)
    end
    assert.equal("\0", put(0))
    assert.equal("\xac\x02", put(300))
    assert.equal(("\xff"):rep(9) .. "\1", put(MAX))
  end)

  it("reads padded forms up to ten bytes", function()
    for _, s in ipairs { "\x80\0", "\x80\x80\x80\0", ("\x80"):rep(9) .. "\0" } do
      local v, used = get(s)
      assert.is_true(v == 0ULL)
      assert.equal(#s, used)
    end
    assert.is_true(get("\x81" .. ("\x80"):rep(8) .. "\0") == 1ULL)
    assert.is_true(get(("\x80"):rep(9) .. "\1") == 2ULL ^ 63)
  end)

  it("reads the same however much stands behind", function()
    for _, v in ipairs(values) do
      for size = #put(v), 10 do
        local to = ffi.new "uint8_t[10]"
        lib.leb128_put_padded(to, v, size)
        for more = 0, 10 do
          local got, used = get(ffi.string(to, size) .. ("\xff"):rep(more))
          assert.is_true(got == v)
          assert.equal(size, used)
        end
      end
    end
  end)

  it("refuses more than 64 bits", function()
    assert.is_nil(get(("\xff"):rep(9) .. "\2"))
    assert.is_nil(get(("\x80"):rep(9) .. "\x7f"))
  end)

  it("refuses more than ten bytes, whatever they hold", function()
    assert.is_nil(get(("\x80"):rep(10) .. "\0"))
    assert.is_nil(get(("\x80"):rep(9) .. "\x81\0"))
    assert.is_nil(get(("\xff"):rep(1000)))
  end)

  it("refuses what is cut off", function()
    assert.is_nil(get "")
    for _, v in ipairs(values) do
      local s = put(v)
      for n = 0, #s - 1 do
        assert.is_nil(get(s:sub(1, n)))
      end
    end
  end)

  it("pads to the width it is told", function()
    for _, v in ipairs(values) do
      for n = tonumber(lib.leb128_size(v)), 10 do
        local to = ffi.new("uint8_t[11]", ("\xaa"):rep(10))
        to[n] = 0xaa
        lib.leb128_put_padded(to, v, n)
        assert.equal(0xaa, to[n])
        local got, used = get(ffi.string(to, n))
        assert.is_true(got == v)
        assert.equal(n, used)
      end
    end
  end)
end)
