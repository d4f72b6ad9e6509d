-- Bytes that are no records of a v1 trace, among those that are: text that something
-- else wrote, and what is left where bytes were lost or added. The records that are
-- hit are lost, and no more.
local breaks = require "support.losing.breaks"
local engine = require "support.engine"
local ffi = require "ffi"
local losing = require "support.losing.v1"
local one_removed = require "support.losing.one"
local reading = require "support.reading"
local v1 = require "v1.v1_trace"
local lib, C = engine.lib, ffi.C

local RECORDINGS = {
  "go1.5-log", "go1.7-log", "go1.9-log", "go1.15-annotations", "go1.19-cpusamples", "go1.21-sync",
}
local NEAR = 50000 -- ns

local TEXTS = {
  "ok\n", "PASS\n", "hi\n", "started\n", "0\n", "listening on :8080\n", "2024/01/02 03:04:05 x\n", "Hello, World!\n",
  "\n", '{"a":1}\n', "exit status 2\n", "[GIN] GET /\n", "\r\n", "level=info msg=\"x\"\r\n", "elapsed: 3s\n", "done",
  "panic: oh\n\ngoroutine 1 [running]:\nmain.main()\n\t/home/u/x.go:12 +0x1d\nexit status 2\n", "FAIL\n", "Ready\r\n",
  "\27[31merror\27[0m \195\169\n",
}

-- The same numbers each time.
local seed
local function random(n)
  seed = seed * 16807 % 2147483647
  return seed % n + 1
end

-- { [offset] = event }, as in support.losing.one, how many, and the damages.
local function read(bytes)
  local t, batch, diag = ffi.new "gotrace *[1]", ffi.new "gotrace_batch", engine.diag()
  local names, lost = lib.gotrace_names_new(), ffi.new "uint64_t[1]"
  local out, n, last, damages = {}, 0, nil, {}
  assert(lib.gotrace_open_memory(t, bytes, #bytes, 0, names, diag) == C.GOTRACE_OK)
  while lib.gotrace_next(t[0], batch, diag) == C.GOTRACE_OK do
    for i = 0, batch.len - 1 do
      local e = batch.events[i]
      if e.type < C.GOTRACE_EV_GENERATION then
        local off = tonumber(e.off)
        local key = off == last and off + 0.5 or off
        out[key] = { tonumber(e.time), e.type, tonumber(e.m), tonumber(e.p), tonumber(e.g) }
        last, n = off, n + 1
      end
    end
  end
  for i = 1, math.min(9, tonumber(lib.gotrace_info_of(t[0]).damages)) do
    local d = lib.gotrace_damage(t[0], i - 1, lost)
    damages[i] = reading.diag(d)
    damages[i].fact, damages[i].cut = tonumber(d.fact), d.cut == 1
  end
  lib.gotrace_close(t[0])
  lib.gotrace_names_free(names)
  return out, n, damages
end

local function is_same(a, b)
  return a and math.abs(a[1] - b[1]) <= NEAR and a[2] == b[2] and a[3] == b[3] and a[4] == b[4] and a[5] == b[5]
end

-- How many events of `whole` are not in got, how many are otherwise, and how many of
-- got are invented, if what lies from `off` on has moved by `by`.
local function compare(whole, got, off, by)
  local lost, other, seen = 0, 0, {}
  for key, want in pairs(whole) do
    local moved = key < off and key or key + by
    seen[moved] = true
    if not got[moved] then
      lost = lost + 1
    elseif not is_same(got[moved], want) then
      other = other + 1
    end
  end
  local invented = 0
  for key in pairs(got) do
    invented = invented + (seen[key] and 0 or 1)
  end
  return lost, other, invented
end

local function is_quoted(damages, text)
  for _, d in ipairs(damages) do
    if d.what:find "^text that is no part of the trace" then
      return d.have:find(text:match "^%w*", 1, true) ~= nil
    end
  end
  return false
end

describe("text in a v1 trace", function()
  for _, name in ipairs(RECORDINGS) do
    if one_removed.exists(name) then
      local bytes = one_removed.read(name)
      local whole = read(bytes)

      it("is skipped behind the header: " .. name, function()
        for _, text in ipairs(TEXTS) do
          local got, _, damages = read(bytes:sub(1, 16) .. text .. bytes:sub(17))
          assert.same({ 0, 0, 0 }, { compare(whole, got, 16, #text) }, text)
          assert.equal(1, #damages, text)
          assert.is_true(is_quoted(damages, text), text)
        end
      end)

      -- Two or three bytes may be records of their own, and those behind them too.
      it("is skipped between any two records: " .. name, function()
        seed = 20261126
        local places, bad, tries = losing.places(bytes), {}, 40
        for _ = 1, tries do
          local off, text = places[random(#places)].off, TEXTS[random(#TEXTS)]
          local got, _, damages = read(bytes:sub(1, off) .. text .. bytes:sub(off + 1))
          local lost, other, invented = compare(whole, got, off, #text)
          if lost + other + invented > 2 or not is_quoted(damages, text) then
            bad[#bad + 1] = ("%q at %d: %d lost, %d otherwise, %d invented"):format(text, off, lost, other, invented)
          end
        end
        assert.is_true(#bad <= tries / 40, table.concat(bad, "\n"))
      end)
    end
  end

  -- In 21-procs the first batch, of P 2, begins with text too: A and a control character.
  for _, name in ipairs { "go1.15-gc", "go1.15-procs", "go1.19-procs", "go1.21-annotations", "go1.21-procs" } do
    it("is skipped behind the header, whatever it says: " .. name, function()
      local bytes = one_removed.read(name)
      local whole = read(bytes)
      for _, text in ipairs(breaks.LINES) do
        local got, _, damages = read(bytes:sub(1, 16) .. text .. bytes:sub(17))
        assert.same({ 0, 0, 0 }, { compare(whole, got, 16, #text) }, text)
        assert.equal(1, #damages, text)
        assert.is_true(is_quoted(damages, text), text)
      end
    end)
  end

  -- A percent sign is the number of a String.
  it("is no name though it has a percent sign in it", function()
    local bytes = one_removed.read "go1.21-annotations"
    local whole, lost, places = read(bytes), 0, losing.places(bytes)
    for i = 1, #places, 20 do
      local off, text = places[i].off, breaks.LINES[i % 3 + 1]
      local got, _, damages = read(bytes:sub(1, off) .. text .. bytes:sub(off + 1))
      lost = lost + compare(whole, got, off, #text)
      for _, d in ipairs(damages) do
        assert.is_nil(d.what:find "two strings have the same id", ("%q at %d"):format(text, off))
      end
    end
    assert.is_true(lost <= 4, lost .. " are lost")
  end)

  -- With numbers and lengths that are characters too.
  it("is not told from names with ends of lines in them", function()
    local t = v1.trace(21):start()
    local function named(i)
      return ("name %d:\nof %d lines, which a program\nmade\n"):format(i, 3):sub(1, 20 + i % 30)
    end
    for i = 1, 90 do
      t:String(i, named(i)):UserRegion(10, 0, 0, i, 0):HeapAlloc(10, i):UserRegion(10, 0, 1, i, 0)
    end
    for i = 91, 120 do
      t:String(i, named(i))
    end
    local begun = 0
    for _, line in ipairs(v1.lines(t:finish())) do
      begun = begun + (line:find "UserRegionBegin" and 1 or 0)
    end
    assert.equal(90, begun)
  end)

  it("is not told from strings where those are broken", function()
    local bytes = one_removed.read "go1.15-http"
    local at = bytes:find("programs/main", 1, true)
    local _, n, damages = read(bytes:sub(1, at) .. bytes:sub(at + 2))
    assert.equal(select(2, read(bytes)), n)
    assert.is_nil(damages[1].what:find "text")
  end)
end)

-- Of a batch's header that is broken not always is left whose its events are: then they
-- are nobody's. All others cost a record or two, and what they say of time.
describe("a byte in a v1 trace", function()
  local function lose(bytes, off)
    return bytes:sub(1, off) .. bytes:sub(off + 2), -1
  end
  local function add(bytes, off)
    return bytes:sub(1, off) .. string.char(random(256) - 1) .. bytes:sub(off + 1), 1
  end

  local function share_lost(name, change)
    seed = 19
    local bytes = one_removed.read(name)
    local whole, n = read(bytes)
    local lost_in_all, invented_in_all, tries = 0, 0, 40
    for _ = 1, tries do
      local off = 16 + random(#bytes - 17)
      local changed, by = change(bytes, off)
      local lost, _, invented = compare(whole, (read(changed)), off, by)
      lost_in_all, invented_in_all = lost_in_all + lost, invented_in_all + invented
    end
    return lost_in_all / n / tries, invented_in_all / n / tries
  end

  for _, name in ipairs { "go1.15-annotations", "go1.19-cpusamples", "go1.21-sync" } do
    for what, change in pairs { ["is lost"] = lose, ["is added"] = add } do
      it(("that %s costs few events: %s"):format(what, name), function()
        local lost, invented = share_lost(name, change)
        assert.is_true(lost < 0.01, ("%.4f are lost"):format(lost))
        assert.is_true(invented < 0.001, ("%.4f are invented"):format(invented))
      end)
    end
  end
end)

describe("a v1 trace that is cut off", function()
  -- Events that say how a trace begins become others where that is not known.
  local function start_of(bytes)
    for _, place in ipairs(losing.places(bytes)) do
      if place.type == "Gomaxprocs" then
        return place.off
      end
    end
  end

  for _, name in ipairs(RECORDINGS) do
    if one_removed.exists(name) then
      it("has all that stands before, and says so: " .. name, function()
        seed = 7
        local bytes = one_removed.read(name)
        local whole, places, start = read(bytes), losing.places(bytes), start_of(bytes)
        for _ = 1, 40 do
          local len = 16 + random(#bytes - 17)
          local got, _, damages = read(bytes:sub(1, len))
          for _, place in ipairs(places) do
            local is_there = place.stop > len or place.off <= start or not whole[place.off] or got[place.off]
            assert.is_truthy(is_there or place.type == "Gomaxprocs", ("%d of %d"):format(place.off, len))
          end
          assert.is_true(#damages > 0, ("cut at %d"):format(len))
        end
      end)
    end
  end
end)

describe("a v1 trace that was converted", function()
  local bytes = one_removed.read "go1.19-gc"
  local head, rest = bytes:sub(1, 16), bytes:sub(17)
  local conversions = {
    CRLF = rest:gsub("\n", "\r\n"),
    ASCII = rest:gsub("[\128-\255]", function(c) return string.char(c:byte() - 128) end),
    UTF8 = rest:gsub("[\128-\255]", function(c)
      return string.char(192 + math.floor(c:byte() / 64), 128 + c:byte() % 64)
    end),
  }
  for fact, converted in pairs(conversions) do
    it("has that as its only cause: " .. fact, function()
      local _, _, damages = read(head .. converted)
      assert.equal(tonumber(C["GOTRACE_FACT_" .. fact]), damages[1].fact)
      for i, d in ipairs(damages) do
        assert.is_false(d.cut)
        assert.is_true(i == 1 or d.fact == tonumber(C.GOTRACE_FACT_NONE))
      end
    end)
  end
end)

describe("a trace of Go 1.21 with a header in it", function()
  local HEADER = "go 1.21 trace\0\0\0"

  local function logging(text)
    local t = v1.trace(21):start():String(1, "key")
    t:UserLog(10, 0, 1, 0, text)
    for i = 1, 20 do
      t:HeapAlloc(10, i)
    end
    return t:finish()
  end

  it("that was logged is read whole", function()
    for _, text in ipairs { HEADER .. "\1", "x" .. HEADER .. "A" .. HEADER .. "A", HEADER:rep(9, "\1") .. "\1" } do
      local _, n, damages = read(logging(text))
      assert.same({ select(2, read(logging "x")), {} }, { n, damages })
    end
  end)

  it("ends there otherwise, and nothing is made of what is before", function()
    local bytes = one_removed.read "go1.21-empty"
    local whole, n = read(bytes)
    for cut = 200, #bytes, 9 do
      local alone, with = bytes:sub(1, cut), bytes:sub(1, cut) .. bytes
      assert.equal(select(2, read(alone)), select(2, read(with)), cut)
    end
    for _, text in ipairs(breaks.LINES) do
      local got, m, damages = read(bytes .. text .. one_removed.read "go1.22-timers")
      assert.same({ n, 1 }, { m, #damages }, text)
      assert.same({ 0, 0, 0 }, { compare(whole, got, #bytes, 0) })
      assert.is_true(is_quoted(damages, text), text)
    end
  end)
end)
