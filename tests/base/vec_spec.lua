local engine = require "support.engine"
local ffi = require "ffi"
local lib = engine.lib

engine.cdef "struct buf { uint8_t *data; size_t len, cap; };"
engine.cdef [[
bool buf_reserve(struct buf *b, size_t more);
bool buf_add(struct buf *b, const void *data, size_t n);
bool buf_add_byte(struct buf *b, uint8_t byte);
bool buf_add_leb128(struct buf *b, uint64_t v);
void buf_free(struct buf *b);
bool vec_grow(void **data, size_t *cap, size_t need, size_t size);
bool vec_grow_few(void **data, size_t *cap, size_t need, size_t size);
void mem_free(void *p);
]]
local SIZE_MAX = 0xffffffffffffffffULL

local function new()
  return ffi.gc(ffi.new "struct buf", lib.buf_free)
end

local function text(b)
  return ffi.string(b.data, b.len)
end

describe("buf", function()
  it("gathers bytes", function()
    local b, want = new(), {}
    for i = 1, 1000 do
      local piece = ("%d,"):format(i)
      assert.is_true(lib.buf_add(b, piece, #piece))
      assert.is_true(lib.buf_add_byte(b, i % 256))
      assert.is_true(lib.buf_add_leb128(b, 300))
      want[i] = piece .. string.char(i % 256) .. "\xac\x02"
    end
    assert.equal(table.concat(want), text(b))
    assert.is_true(b.cap >= b.len and b.cap < 3 * b.len)
  end)

  it("takes nothing from nowhere", function()
    local b = new()
    assert.is_true(lib.buf_add(b, nil, 0))
    assert.equal(0, tonumber(b.len))
    lib.buf_free(b)
  end)

  it("reserves and keeps what is there", function()
    local b = new()
    lib.buf_add(b, "abc", 3)
    assert.is_true(lib.buf_reserve(b, 100000))
    assert.is_true(b.cap >= 100003)
    local data = b.data
    assert.is_true(lib.buf_reserve(b, 100000))
    assert.is_true(data == b.data)
    assert.equal("abc", text(b))
  end)

  it("refuses sizes that overflow and changes nothing", function()
    local b = new()
    lib.buf_add(b, "abc", 3)
    local data, cap = b.data, b.cap
    for _, more in ipairs { SIZE_MAX, SIZE_MAX - 2, SIZE_MAX / 2 } do
      assert.is_false(lib.buf_reserve(b, more))
      assert.is_false(lib.buf_add(b, "x", more))
    end
    assert.is_true(data == b.data and cap == b.cap)
    assert.equal("abc", text(b))
  end)

  it("is empty and usable after it was freed", function()
    local b = new()
    lib.buf_add(b, "abc", 3)
    lib.buf_free(b)
    assert.is_true(b.data == nil and b.len == 0 and b.cap == 0)
    lib.buf_add(b, "de", 2)
    assert.equal("de", text(b))
  end)
end)

describe("vec_grow", function()
  local function grow(data, cap, need, size)
    local p, c = ffi.new("void *[1]", data), ffi.new("size_t[1]", cap)
    return lib.vec_grow(p, c, need, size), p[0], c[0]
  end

  it("grows at least to what is needed, by doubling", function()
    local ok, p, cap = grow(nil, 0, 17, 24)
    assert.is_true(ok and cap >= 17)
    ok, p, cap = grow(p, cap, cap + 1, 24)
    assert.is_true(ok and cap >= 64)
    lib.mem_free(p)
  end)

  it("begins with 2 where there are to be few", function()
    local p, c = ffi.new "void *[1]", ffi.new "size_t[1]"
    for _, step in ipairs { { 1, 2 }, { 3, 4 }, { 5, 8 }, { 100, 128 } } do
      assert.is_true(lib.vec_grow_few(p, c, step[1], 24))
      assert.equal(step[2], tonumber(c[0]))
    end
    lib.mem_free(p[0])
  end)

  it("refuses a size in bytes that overflows", function()
    for _, size in ipairs { 2, 8, 24, 4096 } do
      local ok, p, cap = grow(nil, 0, SIZE_MAX / size + 1, size)
      assert.is_false(ok)
      assert.is_true(p == nil and cap == 0)
    end
  end)
end)
