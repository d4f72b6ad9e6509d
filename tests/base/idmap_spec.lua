local engine = require "support.engine"
local ffi, bit = require "ffi", require "bit"
local lib = engine.lib

engine.cdef [[
struct map_slot { uint64_t key; uint32_t value; };
struct hash_secret { uint64_t add, times; };
struct map { struct map_slot *slots; size_t mask; size_t len; struct hash_secret secret; };
bool map_put(struct map *m, uint64_t key, uint32_t value);
bool map_delete(struct map *m, uint64_t key);
void map_clear(struct map *m);
void map_free(struct map *m);
]]
engine.cdef [[
struct idmap_page { uint32_t value[64]; };
struct idmap {
  struct { uint32_t *data; size_t len, cap; } near;
  struct map far;
  struct { struct idmap_page *data; size_t len, cap; } pages;
  struct { uint8_t *data; size_t len, cap; } used;
  struct { uint32_t *data; size_t len, cap; } unused;
};
bool idmap_put(struct idmap *m, uint64_t id, uint32_t value);
void idmap_delete(struct idmap *m, uint64_t id);
bool idmap_copy(struct idmap *to, const struct idmap *from);
void idmap_free(struct idmap *m);
]]
local NONE = 0xffffffff

local function new()
  return ffi.gc(ffi.new "struct idmap", lib.idmap_free)
end

local function far(m, number)
  for i = 0, m.far.slots == nil and -1 or tonumber(m.far.mask) do
    if m.far.slots[i].value ~= NONE and m.far.slots[i].key == number then
      return m.far.slots[i].value
    end
  end
  return NONE
end

-- idmap_get, which is inline in C.
local function get(m, id)
  local number = bit.rshift(ffi.cast("uint64_t", id), 6)
  local page = number < m.near.len and m.near.data[number] or NONE
  if page == NONE then
    page = far(m, number)
  end
  return page == NONE and NONE or m.pages.data[page].value[tonumber(bit.band(ffi.cast("uint64_t", id), 63))]
end

local function same(m, t)
  local pages, n = {}, 0
  for id, value in pairs(t) do
    assert.equal(value, get(m, id))
    local page = math.floor(id / 64)
    n = n + (pages[page] and 0 or 1)
    pages[page] = true
  end
  assert.equal(n, tonumber(m.pages.len - m.unused.len))
end

describe("idmap", function()
  it("is empty when zeroed", function()
    local m = new()
    assert.equal(NONE, get(m, 0))
    lib.idmap_delete(m, 0)
    lib.idmap_delete(m, -1)
    same(m, {})
  end)

  it("keeps the smallest and the largest id", function()
    local m = new()
    assert.is_true(lib.idmap_put(m, 0, 0))
    assert.is_true(lib.idmap_put(m, 0xffffffffffffffffULL, NONE - 1))
    assert.equal(0, get(m, 0))
    assert.equal(NONE - 1, get(m, 0xffffffffffffffffULL))
    assert.equal(NONE, get(m, 1))
  end)

  it("takes no more pages while as many ids come as go", function()
    local m = new()
    for id = 1, 1000000 do
      lib.idmap_put(m, id, id)
      if id > 100 then
        lib.idmap_delete(m, id - 100)
      end
    end
    assert.is_true(m.pages.len <= 4)
    assert.is_true(m.near.len <= 4096 + 4 * 64)
  end)

  it("takes memory by what it holds, not by how large ids are", function()
    local m = new()
    for i = 1, 1000 do
      lib.idmap_put(m, i * 1000000007, i)
    end
    assert.equal(1000, tonumber(m.pages.len))
    assert.is_true(m.near.len <= 4096 + 64 * 1000)
    for i = 1, 1000 do
      assert.equal(i, get(m, i * 1000000007))
    end
  end)

  for name, spread in pairs { dense = 1, ["a page each"] = 64, ["near and far"] = 100003 } do
    it("does what a table does, and so does its copy: random ids, " .. name, function()
      math.randomseed(11)
      local m, t = new(), {}
      for i = 1, 6000 do
        local id = math.random(0, 700) * spread
        if math.random() < 0.6 then
          assert.is_true(lib.idmap_put(m, id, i))
          t[id] = i
        else
          lib.idmap_delete(m, id)
          t[id] = nil
        end
        if i % 1000 == 0 then
          same(m, t)
          local copy = new()
          assert.is_true(lib.idmap_copy(copy, m))
          same(copy, t)
          for gone in pairs(t) do
            lib.idmap_delete(copy, gone)
          end
          same(copy, {})
        end
      end
    end)
  end
end)
