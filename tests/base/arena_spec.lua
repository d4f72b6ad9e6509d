local engine = require "support.engine"
local ffi = require "ffi"
local lib = engine.lib

engine.cdef [[
struct arena { struct arena_chunk *chunks; size_t used, size; };
void *arena_get(struct arena *a, size_t n);
void arena_free(struct arena *a);
]]

local function new()
  return ffi.gc(ffi.new "struct arena", lib.arena_free)
end

describe("arena", function()
  it("gives aligned pieces that stay as they are", function()
    math.randomseed(3)
    local a, pieces = new(), {}
    for i = 1, 3000 do
      local n = math.random(0, 200)
      if i % 500 == 0 then
        n = 100000 + i -- larger than a chunk
      end
      local p = lib.arena_get(a, n)
      assert.is_true(p ~= nil)
      assert.equal(0, tonumber(ffi.cast("uintptr_t", p) % 8))
      ffi.fill(p, n, i % 256)
      pieces[i] = { p = ffi.cast("uint8_t *", p), n = n }
    end
    for i, piece in ipairs(pieces) do
      for _, j in ipairs { 0, piece.n - 1 } do
        assert.is_true(piece.n == 0 or piece.p[j] == i % 256)
      end
    end
  end)

  it("refuses sizes that overflow and goes on", function()
    local a = new()
    assert.is_true(lib.arena_get(a, 8) ~= nil)
    for _, n in ipairs { 0xffffffffffffffffULL, 0xfffffffffffffff8ULL, 0x8000000000000000ULL } do
      assert.is_true(lib.arena_get(a, n) == nil)
    end
    assert.is_true(lib.arena_get(a, 8) ~= nil)
  end)

  it("is empty and usable after it was freed", function()
    local a = new()
    lib.arena_free(a)
    lib.arena_get(a, 1000)
    lib.arena_free(a)
    assert.is_true(a.chunks == nil and a.used == 0 and a.size == 0)
    assert.is_true(lib.arena_get(a, 1000) ~= nil)
  end)
end)
