local engine = require "support.engine"
local ffi = require "ffi"
local trace = require "support.trace"

engine.cdef [[
struct summary_hit { uint16_t at, events; uint32_t ticks; };
struct batch_summary {
  const uint8_t *data; uint32_t size; uint32_t room; struct summary_hit *hits; uint32_t len;
  uint32_t events, ticks; bool whole;
};
struct summary_rule { uint64_t all[256]; uint64_t plain[256]; uint64_t most; const void *way; };
void summary_prepare(struct summary_rule *out, const uint8_t wanted[256], uint32_t most, bool portable);
typedef struct batch_summary *summary_take(void *arg);
void summary_run(const struct summary_rule *rule, summary_take *take, void *arg);
]]
local lib = engine.lib

local function mask(types)
  local out = ffi.new "uint8_t[256]"
  for _, name in ipairs(types) do
    out[trace.types[name]] = 1
  end
  return out
end

-- What is said of batches, given as strings: { events, ticks, hits }, false for
-- those that are not whole.
local function run(batches, options)
  local n = #batches
  local rule, structs = ffi.new "struct summary_rule", ffi.new("struct batch_summary[?]", n)
  local hits, at = {}, 0
  for i, data in ipairs(batches) do
    hits[i] = ffi.new("struct summary_hit[?]", #data + 1)
    local room = options.room or #data
    structs[i - 1] = { data = ffi.cast("const uint8_t *", data), size = #data, room = room, hits = hits[i] }
  end
  local take = ffi.cast("summary_take *", function()
    at = at + 1
    return at <= n and structs + (at - 1) or nil
  end)
  lib.summary_prepare(rule, mask(options.want or {}), options.most or 0xffffffff, options.portable or false)
  lib.summary_run(rule, take, nil)
  take:free()
  local out = {}
  for i = 1, n do
    local b = structs[i - 1]
    local found = {}
    for j = 0, b.len - 1 do
      found[j + 1] = { b.hits[j].at, b.hits[j].events, b.hits[j].ticks }
    end
    out[i] = b.whole and { b.events, b.ticks, found }
  end
  return out
end

-- The same, for any CPU and for this one.
local function both(batches, options)
  options = options or {}
  options.portable = true
  local portable = run(batches, options)
  options.portable = false
  assert.same(portable, run(batches, options))
  return portable
end

-- Pieces: { type, dt, bytes of the varints from dt on }. Returns the batch and
-- what is to be said of it.
local function batch(pieces, want)
  local data, at, ticks, hits = {}, 0, 0, {}
  for i, piece in ipairs(pieces) do
    if piece[1] == want then
      hits[#hits + 1] = { at, i - 1, ticks }
    end
    data[i] = string.char(trace.types[piece[1]]) .. piece[3]
    at, ticks = at + #data[i], ticks + piece[2]
  end
  return table.concat(data), { #pieces, ticks, hits }
end

local ARGS = {
  ProcStop = 0, HeapAlloc = 1, GoStart = 2, GoUnblock = 3, UserLog = 4, SpanFree = 1, SpanAlloc = 3, GoDestroy = 0,
}
local NAMES = { "ProcStop", "HeapAlloc", "GoStart", "GoUnblock", "UserLog", "SpanFree", "SpanAlloc", "GoDestroy" }

-- Numbers of 1 to 10 bytes, short ones mostly, some padded.
local function number(random)
  local bytes = random(4) > 1 and random(3) or random(10)
  local v = bytes <= 6 and random(0, 128 ^ bytes - 1) or random(0, 2 ^ 31 - 1)
  return v, trace.varint(v, bytes <= 6 and random(5) > 1 and 1 or bytes)
end

local function pieces_of(random, n)
  local out = {}
  for i = 1, n do
    local name = NAMES[random(#NAMES)]
    local dt = random(0, 127)
    local bytes = trace.varint(dt, random(8) == 1 and random(7) or 1)
    for _ = 1, ARGS[name] do
      local _, text = number(random)
      bytes = bytes .. text
    end
    out[i] = { name, dt, bytes }
  end
  return out
end

describe("batches that are run over", function()
  it("have events, ticks, and wanted events", function()
    local data, said = batch({
      { "HeapAlloc", 3, "\3\7" }, { "GoStart", 5, "\5\1\2" }, { "ProcStop", 200, "\200\1" }, { "GoStart", 0, "\0\1\2" },
    }, "GoStart")
    assert.same({ said }, both({ data }, { want = { "GoStart" } }))
    assert.same({ 4, 208, { { 3, 1, 3 }, { 10, 3, 208 } } }, said)
  end)

  it("may be empty, and any number", function()
    assert.same({}, both {})
    local empty, said = {}, {}
    for i = 1, 40 do
      empty[i], said[i] = "", { 0, 0, {} }
    end
    assert.same(said, both(empty))
  end)

  it("are the same as decoded, whatever their numbers look like", function()
    math.randomseed(4711)
    for _ = 1, 20 do
      local batches, said = {}, {}
      for i = 1, math.random(1, 20) do
        batches[i], said[i] = batch(pieces_of(math.random, math.random(0, 1000)), "GoUnblock")
      end
      assert.same(said, both(batches, { want = { "GoUnblock" } }))
    end
  end)

  it("are not whole where bytes are no event, at any place", function()
    local good = ("\19\1\2\3"):rep(100) -- GoStop
    for _, bad in ipairs { "\0\1", "\255\1\1\1", "\19\1\2", "\19\1" .. ("\128"):rep(10) .. "\1\1", "\19\1\255" } do
      for at = 0, 100 do
        local data = good:sub(1, 4 * at) .. bad .. (bad:byte() == 19 and #bad < 5 and "" or good:sub(4 * at + 1))
        assert.is_false(both({ data, good })[1], ("%q"):format(bad))
        assert.same({ { 100, 100, {} }, false }, both { good, data })
      end
    end
  end)

  it("are not whole with an argument over 64 bits, however short the event", function()
    local much = ("\255"):rep(9) .. "\2"
    assert.same({ false }, both { "\37\1" .. much .. ("\38\1\1"):rep(50) })
    assert.same({ false }, both { "\37\1" .. ("\128"):rep(10) .. "\0" .. ("\38\1\1"):rep(50) })
    assert.same({ { 51, 51, {} } }, both { "\37\1" .. ("\255"):rep(9) .. "\1" .. ("\38\1\1"):rep(50) })
  end)

  it("are not whole with deltas that are too long or too large", function()
    local rest = ("\38\1\1"):rep(50)
    assert.same({ { 51, 51, {} } }, both { "\11" .. trace.varint(1, 7) .. rest })
    for size = 8, 10 do
      assert.same({ false, false }, both {
        "\11" .. trace.varint(1, size) .. rest, "\11" .. ("\255"):rep(size - 1) .. "\1" .. rest,
      })
    end
    assert.same({ { 51, 0xffffffff, {} } }, both { "\11" .. trace.varint(0xffffffff - 50) .. rest })
    assert.same({ false }, both { "\11" .. trace.varint(0x100000000 - 50) .. rest })
    assert.same({ { 51, 51, {} }, false }, both({ "\11\1" .. rest, "\11\2" .. rest }, { most = 51 }))
  end)

  it("are not whole with more wanted events than there is room for", function()
    local data = ("\16\1\2\3"):rep(30)
    assert.same({ false }, both({ data }, { want = { "GoStart" }, room = 29 }))
    assert.equal(30, #both({ data }, { want = { "GoStart" }, room = 30 })[1][3])
  end)
end)
