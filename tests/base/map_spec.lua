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
local NONE = 0xffffffff

local function new()
  return ffi.gc(ffi.new "struct map", lib.map_free)
end

-- Both halves of a product: its low 64 bits, its high 64 bits.
local function product(a, b)
  local low = 0xffffffffULL
  local al, ah, bl, bh = bit.band(a, low), bit.rshift(a, 32), bit.band(b, low), bit.rshift(b, 32)
  local middle = ah * bl + bit.rshift(al * bl, 32)
  local other = al * bh + bit.band(middle, low)
  return a * b, ah * bh + bit.rshift(middle, 32) + bit.rshift(other, 32)
end

-- map_get and map_home, which are inline in C.
local function get(m, key)
  if m.slots == nil then
    return NONE
  end
  local secret = m.secret
  local low, high = product(bit.bxor(ffi.cast("uint64_t", key), secret.add), secret.times)
  local i = bit.band(bit.bxor(low, high), m.mask)
  while m.slots[i].value ~= NONE and m.slots[i].key ~= key do
    i = bit.band(i + 1, m.mask)
  end
  return m.slots[i].value
end

-- The map holds exactly what the table does.
local function same(m, t)
  local n = 0
  for key, value in pairs(t) do
    n = n + 1
    assert.equal(value, get(m, key))
  end
  assert.equal(n, tonumber(m.len))
  local used = 0
  for i = 0, m.slots == nil and -1 or tonumber(m.mask) do
    used = used + (m.slots[i].value ~= NONE and 1 or 0)
  end
  assert.equal(n, used)
end

describe("map", function()
  it("is empty when zeroed", function()
    local m = new()
    assert.equal(NONE, get(m, 0))
    assert.is_false(lib.map_delete(m, 0))
    lib.map_clear(m)
    same(m, {})
  end)

  it("keeps key 0, the largest key and value 0", function()
    local m = new()
    assert.is_true(lib.map_put(m, 0, 0))
    assert.is_true(lib.map_put(m, 0xffffffffffffffffULL, NONE - 1))
    assert.equal(0, get(m, 0))
    assert.equal(NONE - 1, get(m, 0xffffffffffffffffULL))
    assert.equal(2, tonumber(m.len))
  end)

  it("replaces", function()
    local m = new()
    lib.map_put(m, 7, 1)
    lib.map_put(m, 7, 2)
    same(m, { [7] = 2 })
  end)

  it("forgets all and is used again", function()
    local m = new()
    for key = 1, 100 do
      lib.map_put(m, key, key)
    end
    lib.map_clear(m)
    same(m, {})
    lib.map_put(m, 5, 6)
    same(m, { [5] = 6 })
    lib.map_free(m)
    same(m, {})
    lib.map_put(m, 5, 7)
    same(m, { [5] = 7 })
  end)

  it("stays at most three quarters full", function()
    local m = new()
    for key = 1, 5000 do
      lib.map_put(m, key, key)
      assert.is_true(m.len * 4 <= (m.mask + 1) * 3)
    end
  end)

  it("does not grow while as many come as go", function()
    local m = new()
    for key = 1, 100000 do
      lib.map_put(m, key, key)
      assert.is_true(key <= 10 or lib.map_delete(m, key - 10))
    end
    assert.equal(10, tonumber(m.len))
    assert.equal(15, tonumber(m.mask))
  end)

  -- Dense keys, keys that share their low bits, and few slots with many runs.
  for name, spread in pairs { dense = 1, ["with equal low bits"] = 2 ^ 32, ["like addresses"] = 64 } do
    it("does what a table does: random keys, " .. name, function()
      math.randomseed(11)
      for _, range in ipairs { 8, 12, 60, 3000 } do
        local m, t = new(), {}
        for i = 1, 20000 do
          local key = math.random(0, range) * spread
          if math.random() < 0.5 then
            assert.is_true(lib.map_put(m, key, i))
            t[key] = i
          else
            assert.equal(t[key] ~= nil, lib.map_delete(m, key))
            t[key] = nil
          end
          if i % (range < 100 and 50 or 2000) == 0 then
            same(m, t)
          end
        end
      end
    end)
  end
end)
