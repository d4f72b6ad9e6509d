local engine = require "support.engine"
local reading = require "support.reading"
local ffi = require "ffi"
local lib = engine.lib

engine.header "src/event/intern.h"

local id = ffi.new "uint32_t[1]"

describe("names", function()
  local names

  before_each(function()
    names = lib.gotrace_names_new()
  end)
  after_each(function()
    lib.gotrace_names_free(names)
  end)

  local function string_(text)
    assert.is_true(lib.names_string(names, text, #text, id))
    return id[0]
  end

  -- frames: { pc, func, file, line }
  local function stack(frames)
    local list = ffi.new("gotrace_frame[?]", math.max(#frames, 1))
    for i, f in ipairs(frames) do
      list[i - 1].pc, list[i - 1].func, list[i - 1].file, list[i - 1].line = f[1], f[2], f[3], f[4]
    end
    assert.is_true(lib.names_stack(names, list, #frames, id))
    return id[0]
  end

  local function unknown(wire_id)
    assert.is_true(lib.names_unknown(names, wire_id, id))
    return id[0]
  end

  it("has the empty string and the empty stack as 0", function()
    assert.equal("", reading.string(names, 0))
    assert.equal(0, lib.gotrace_stack_len(names, 0))
    assert.equal(0, string_ "")
    assert.equal(0, stack {})
    assert.equal(1, lib.gotrace_string_count(names))
  end)

  it("gives equal strings equal ids, and others others", function()
    local one, two = string_ "one", string_ "two"
    assert.not_equal(one, two)
    assert.equal(one, string_ "one")
    assert.equal(two, string_ "two")
    assert.equal("one", reading.string(names, one))
    assert.equal("two", reading.string(names, two))
  end)

  it("counts ids up from 0", function()
    assert.same({ 1, 2, 1, 3 }, { string_ "a", string_ "b", string_ "a", string_ "c" })
    assert.equal(4, lib.gotrace_string_count(names))
  end)

  it("tells strings apart by every byte and by their length", function()
    local texts = { "\0", "\0\0", "a", "a\0", "\0a", ("x"):rep(7), ("x"):rep(8), ("x"):rep(9), ("x"):rep(16) }
    for i = 1, 24 do -- one byte changed, over more than two words
      texts[#texts + 1] = ("y"):rep(i - 1) .. "z" .. ("y"):rep(24 - i)
    end
    local ids = {}
    for i, text in ipairs(texts) do
      ids[i] = string_(text)
    end
    for i, text in ipairs(texts) do
      assert.equal(i, ids[i])
      assert.equal(text, reading.string(names, ids[i]))
      assert.equal(ids[i], string_(text))
    end
  end)

  it("copies what it is given, and ends it with a NUL", function()
    local buffer = ffi.new("char[4]", "abc")
    assert.is_true(lib.names_string(names, buffer, 3, id))
    buffer[0] = 120
    assert.equal("abc", reading.string(names, id[0]))
    local len = ffi.new "uint32_t[1]"
    assert.equal("abc", ffi.string(lib.gotrace_string(names, id[0], len)))
  end)

  it("keeps many, and where they are", function()
    local pointers, len = {}, ffi.new "uint32_t[1]"
    for i = 1, 20000 do
      assert.equal(i, string_(("name %d"):format(i)))
      pointers[i] = lib.gotrace_string(names, i, len)
    end
    for i = 1, 20000 do
      assert.equal(("name %d"):format(i), reading.string(names, i))
      assert.equal(i, string_(("name %d"):format(i)))
      assert.is_true(pointers[i] == lib.gotrace_string(names, i, len))
    end
  end)

  it("takes a long one", function()
    local long = ("0123456789"):rep(100000)
    assert.equal(long, reading.string(names, string_(long)))
  end)

  it("shows the empty string for an id that it never gave", function()
    assert.equal("", reading.string(names, 1))
    assert.equal("", reading.string(names, 2 ^ 32 - 1))
  end)

  it("says which strings a trace has itself, of one trace after the other", function()
    assert.is_false(lib.gotrace_has_string(names, 0))
    lib.names_begin(names)
    local other = string_ "other"
    assert.is_true(lib.names_defined(names, "own", 3, id))
    local own = id[0]
    assert.is_true(lib.gotrace_has_string(names, own))
    assert.is_false(lib.gotrace_has_string(names, other))
    assert.is_false(lib.gotrace_has_string(names, 2 ^ 32 - 1))
    lib.names_begin(names)
    assert.is_false(lib.gotrace_has_string(names, own))
    assert.is_true(lib.names_defined(names, "own", 3, id))
    assert.equal(own, id[0])
    assert.is_true(lib.gotrace_has_string(names, own))
  end)

  it("gives equal stacks equal ids, and others others", function()
    local a = stack { { 1, 2, 3, 4 } }
    local b = stack { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } }
    assert.same({ 1, 2 }, { a, b })
    assert.equal(a, stack { { 1, 2, 3, 4 } })
    assert.equal(b, stack { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } })
    for i, frame in ipairs { { 9, 2, 3, 4 }, { 1, 9, 3, 4 }, { 1, 2, 9, 4 }, { 1, 2, 3, 9 } } do
      assert.equal(2 + i, stack { frame })
    end
    assert.equal(7, stack { { 5, 6, 7, 8 }, { 1, 2, 3, 4 } })
  end)

  it("shows a stack's frames, and nothing behind them", function()
    local func, file = string_ "main.f", string_ "main.go"
    local s = stack { { 10, func, file, 7 }, { 20, 0, 0, 2 ^ 40 } }
    assert.same({
      { func = "main.f", file = "main.go", line = 7, pc = 10 },
      { func = "", file = "", line = 2 ^ 40, pc = 20 },
    }, reading.stack(names, s))
    assert.is_true(lib.gotrace_stack_frame(names, s, 2) == nil)
    assert.is_true(lib.gotrace_stack_frame(names, 0, 0) == nil)
    assert.is_true(lib.gotrace_stack_frame(names, 99, 0) == nil)
    assert.equal(0, lib.gotrace_stack_len(names, 99))
  end)

  it("has a readable name for an unknown id, one each", function()
    local a, b = unknown(12), unknown(2 ^ 53)
    assert.equal("?12", reading.string(names, a))
    assert.equal("?9007199254740992", reading.string(names, b))
    assert.equal(a, unknown(12))
    assert.equal("?18446744073709551615", reading.string(names, unknown(-1LL)))
  end)

  it("frees nothing of nothing", function()
    lib.gotrace_names_free(nil)
    lib.idtab_free(nil)
  end)

  -- 16 bytes each, made so that a hash which multiplies word by word with a
  -- number known beforehand finds all of them equal; and others, by which the
  -- machine's speed is known.
  it("is not slowed down by names made to collide", function()
    local N, K = 120000, 0x9e3779b97f4a7c15ULL
    local function word(x)
      return ffi.string(ffi.new("uint64_t[1]", x), 8)
    end
    local function second_word(i)
      local h = (bit.bxor(bit.bxor(0xcbf29ce484222325ULL, 16ULL), ffi.cast("uint64_t", i))) * K
      return bit.bxor(bit.bxor(h, bit.rshift(h, 29)), 12345ULL)
    end
    local function time(first, second)
      local start = os.clock()
      for i = 1, N do
        assert.equal(first + i, string_(word(i) .. word(second(i))))
      end
      return os.clock() - start
    end
    local ordinary = time(0, function(i)
      return second_word(i) + 1
    end)
    assert.is_true(time(N, second_word) < 4 * ordinary, "quadratic") -- a third of them took 3 s
  end)
end)

describe("idtab", function()
  local tab

  before_each(function()
    tab = lib.idtab_new()
  end)
  after_each(function()
    lib.idtab_free(tab)
  end)

  -- Wire ids may be numbers or uint64_t; nil: not defined.
  local function get(wire_id)
    return lib.idtab_get(tab, wire_id, id) and id[0] or nil
  end

  local ALL_ONES = ffi.cast("uint64_t", -1LL)
  local WIRE_IDS = { 0, 1, 2, 3, 1023, 1024, 1025, 1026, 5000, 1e6, 2 ^ 32, 2 ^ 32 + 1, 2 ^ 53, ALL_ONES }

  it("is empty at first", function()
    for _, wire_id in ipairs(WIRE_IDS) do
      assert.is_nil(get(wire_id))
    end
    assert.equal(1, tonumber(lib.idtab_complete(tab)))
  end)

  it("knows what was added, dense ids and outliers", function()
    for i, wire_id in ipairs(WIRE_IDS) do
      assert.equal(1, lib.idtab_add(tab, wire_id, i))
    end
    for i, wire_id in ipairs(WIRE_IDS) do
      assert.equal(i, get(wire_id))
    end
    for _, wire_id in ipairs { 4, 1022, 1027, 4999, 5001, 2 ^ 32 + 2, ALL_ONES - 1 } do
      assert.is_nil(get(wire_id))
    end
  end)

  it("keeps the first of two", function()
    for _, wire_id in ipairs(WIRE_IDS) do
      assert.equal(1, lib.idtab_add(tab, wire_id, 7))
      assert.equal(0, lib.idtab_add(tab, wire_id, 8))
      assert.equal(7, get(wire_id))
    end
  end)

  it("replaces what is set", function()
    for _, wire_id in ipairs(WIRE_IDS) do
      assert.is_true(lib.idtab_set(tab, wire_id, 7))
      assert.is_true(lib.idtab_set(tab, wire_id, 8))
      assert.equal(8, get(wire_id))
      assert.equal(0, lib.idtab_add(tab, wire_id, 9))
    end
  end)

  it("holds the id 0 too", function()
    assert.equal(1, lib.idtab_add(tab, 5, 0))
    assert.equal(0, get(5))
  end)

  it("forgets all when it is cleared", function()
    for i, wire_id in ipairs(WIRE_IDS) do
      lib.idtab_add(tab, wire_id, i)
    end
    lib.idtab_clear(tab)
    for _, wire_id in ipairs(WIRE_IDS) do
      assert.is_nil(get(wire_id))
      assert.equal(1, lib.idtab_add(tab, wire_id, 9))
      assert.equal(9, get(wire_id))
    end
  end)

  it("knows an outlier after the dense ids have grown past it", function()
    assert.equal(1, lib.idtab_add(tab, 3000, 42)) -- far from the first entries
    for i = 1, 4000 do
      assert.equal(i == 3000 and 0 or 1, lib.idtab_add(tab, i, i))
    end
    assert.equal(42, get(3000))
    assert.is_true(lib.idtab_set(tab, 3000, 43))
    assert.equal(43, get(3000))
    assert.equal(2999, get(2999))
    assert.equal(3001, get(3001))
  end)

  it("says how far its ids go without a gap", function()
    local function complete()
      return tonumber(lib.idtab_complete(tab))
    end
    for i = 1, 10 do
      lib.idtab_add(tab, i, i)
      assert.equal(i + 1, complete())
    end
    lib.idtab_add(tab, 12, 12)
    assert.equal(11, complete())
    lib.idtab_add(tab, 11, 11)
    assert.equal(13, complete())
    lib.idtab_clear(tab)
    assert.equal(1, complete())
  end)

  it("takes no memory by the size of an id", function()
    engine.cdef [[
      struct mallinfo2 {
        size_t arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks, fordblks, keepcost;
      };
      struct mallinfo2 mallinfo2(void);
    ]]
    local function used()
      local info = ffi.C.mallinfo2()
      return tonumber(info.uordblks + info.hblkhd)
    end
    local before = used()
    for i = 1, 1000 do
      assert.equal(1, lib.idtab_add(tab, ffi.cast("uint64_t", i) * 1000003, i))
    end
    assert.is_true(used() - before < 200000)
    for i = 1, 1000 do
      assert.equal(i, get(ffi.cast("uint64_t", i) * 1000003))
    end
  end)
end)
