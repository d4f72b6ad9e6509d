-- The framing of v1 records: rules of Go 1.15 internal/trace/parser.go and Go
-- 1.27 internal/trace/internal/tracev1/parser.go.
local ffi = require "ffi"
local engine = require "support.engine"
local v1 = require "v1.v1_trace"
local lib = engine.lib

engine.cdef [[
unsigned v1_nargs(uint32_t type, uint32_t version);
const char *v1_name(uint32_t type);
]]

local function nargs(name, version)
  return lib.v1_nargs(v1.ids[name], version)
end

describe("the number of arguments", function()
  it("counts the tick delta and the stack", function()
    assert.equal(1, nargs("GoEnd", 11))
    assert.equal(2, nargs("GoSched", 11))
    assert.equal(4, nargs("GoCreate", 11))
    assert.equal(5, nargs("UserTaskCreate", 11))
  end)

  it("counts the sequence delta in 1.5", function()
    assert.equal(2, nargs("GoEnd", 5))
    assert.equal(3, nargs("GoSched", 5))
  end)

  it("counts no delta where there is none", function()
    assert.equal(2, nargs("Batch", 7))
    assert.equal(3, nargs("Batch", 5))
    assert.equal(1, nargs("Frequency", 7))
    assert.equal(2, nargs("Frequency", 5))
    assert.equal(2, nargs("TimerGoroutine", 5))
  end)

  it("grew with the versions", function()
    local first = { GCStart = 7, GoStart = 7, GoUnblock = 7, GCSweepDone = 9, STWStart = 10 }
    local more = { GCStart = 1, GoStart = 1, GoUnblock = 1, GCSweepDone = 2, STWStart = 1 }
    for name, version in pairs(first) do
      local before = nargs(name, version - 1) - (version == 7 and 1 or 0) -- 6 counts as 5 does
      assert.equal(more[name], nargs(name, version) - before, name)
    end
  end)

  it("is 0 for what has a form of its own or is unknown", function()
    assert.equal(0, nargs("String", 21))
    assert.equal(0, nargs("Stack", 21))
    assert.equal(0, lib.v1_nargs(0, 21))
    assert.equal(0, lib.v1_nargs(50, 21))
    assert.equal(0, lib.v1_nargs(64, 21))
  end)

  it("comes with a name", function()
    assert.equal("CPUSample", ffi.string(lib.v1_name(49)))
    assert.is_true(lib.v1_name(50) == nil)
    assert.is_true(lib.v1_name(64) == nil)
  end)
end)

-- The last line of a trace.
local function last(t)
  local lines = v1.lines(t:finish())
  return lines[#lines]
end

describe("a record", function()
  it("may have its arguments' length in front however few there are", function()
    local t = v1.trace(11):start():bytes(string.char(v1.ids.HeapAlloc + 0xc0, 2, 9, 33))
    assert.equal("9 HeapAlloc 7 0 1 heapalloc=33", last(t))
  end)

  it("may have padded numbers", function()
    local t = v1.trace(11):start():bytes(string.char(v1.ids.HeapAlloc + 0x40) .. "\x89\x80\0" .. "\xa1\x80\x80\0")
    assert.equal("9 HeapAlloc 7 0 1 heapalloc=33", last(t))
  end)

  it("may have a padded length", function()
    local t = v1.trace(11):start():bytes(string.char(v1.ids.GoCreate + 0xc0) .. "\x84\0" .. "\9\5\0\0")
    assert.equal("9 GoCreate 7 0 1 new_g=5 new_stack= stack=", last(t))
  end)

  it("may hold the largest numbers", function()
    local t = v1.trace(11):start():HeapAlloc(9, 0xffffffffffffffffULL)
    assert.equal("9 HeapAlloc 7 0 1 heapalloc=-", last(t):gsub("18446744073709551615", "-"))
  end)

  -- Near the end of the file records are read in another way than before.
  it("is the same wherever it stands", function()
    for padding = 0, 200, 20 do
      local t = v1.trace(11):start():GoCreate(9, 0x123456789abcULL, 0, 0):String(1, ("x"):rep(padding + 1))
      assert.equal("9 GoCreate 7 0 1 new_g=20015998343868 new_stack= stack=", v1.lines(t:finish())[3])
    end
  end)

  it("of a log carries text, which may be empty", function()
    local t = v1.trace(11):start():UserLog(9, 1, 0, 0, "")
    assert.equal("9 UserLog 7 0 1 task=1 key= value= stack=", last(t))
  end)

  -- A pre-release of 1.9, of which recordings exist.
  it("of GCSweepDone may lack arguments in 1.9", function()
    local t = v1.trace(9):start():GCSweepStart(9, 0):GCSweepDone(1)
    assert.equal("10 GCSweepEnd 7 0 1 swept=0 reclaimed=0", last(t))
    local out = v1.read(v1.trace(10):start():GCSweepStart(9, 0):GCSweepDone(1):finish())
    assert.equal("a wrong number of arguments", out.damages[1].what)
  end)
end)

-- A record that is broken, before one that is good.
local WRONG = "a wrong number of arguments"
local broken = {
  { "has too few arguments", v1.record(11, "HeapAlloc", 9), WRONG },
  { "has too many arguments", v1.record(11, "HeapAlloc", 9, 1, 1), WRONG },
  { "has far too many arguments", v1.record(11, "HeapAlloc", 1, 2, 3, 4, 5, 6, 7, 8, 9), WRONG },
  { "has a length that ends inside a number", "\xcd\3\1\1\x81", WRONG },
  { "has a length of 0", "\xcd\0", WRONG },
  { "has no such type", "\x32\1", "no such event in this version; %d bytes are skipped" },
  { "has the type 0", "\0", "no such event in this version; %d bytes are skipped" },
  { "has a later version's type", "\x31\1", "no such event in this version; %d bytes are skipped" },
  { "has a number of 65 bits", "\x61\xff\xff\xff\xff\xff\xff\xff\xff\xff\2\1",
    "a number of more than 64 bits; %d bytes are skipped" },
  { "has a number of 11 bytes", "\x61\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\1\1",
    "a number of more than 64 bits; %d bytes are skipped" },
  { "is longer than any", "\xcd\xff\xff\xff\1", "a record longer than any real one; %d bytes are skipped" },
  { "goes beyond the end", "\xcd\xc8\1", "bytes that are no record; %d bytes are skipped" },
  { "is a string of the id 0", "\x25\0\1x", "a string without an id or without text" },
  { "is a string without text", "\x25\9\0", "a string without an id or without text" },
  { "is a string beyond the end", "\x25\9\xc8\1", "bytes that are no record; %d bytes are skipped" },
  { "is a string longer than any", "\x25\9\xff\xff\xff\1",
    "a record longer than any real one; %d bytes are skipped" },
  { "is a stack of too many frames", v1.record(11, "Stack", 1, 1001),
    "a stack whose size does not fit its frames" },
  { "is a stack of too few numbers", v1.record(11, "Stack", 1, 2, 16, 1, 2, 3),
    "a stack whose size does not fit its frames" },
  { "is a stack without a size", v1.record(11, "Stack", 1), "a stack whose size does not fit its frames" },
  { "is a stack with a number of 12 bytes", "\xc3\17\1\1" .. ("\x80"):rep(11) .. "\1\1\1\1",
    "a stack whose size does not fit its frames" },
  { "is a stack with a number of 13 bytes over many others",
    "\xc3\41\1\5" .. ("\2"):rep(16) .. ("\x80"):rep(12) .. "\1" .. ("\3"):rep(10),
    "a stack whose size does not fit its frames" },
  { "is a stack whose last number has 11 bytes", "\xc3\20\1\2" .. ("\2"):rep(7) .. ("\x80"):rep(10) .. "\1",
    "a stack whose size does not fit its frames" },
  { "is a stack of broken numbers", "\xc3\12\1\2\xff\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    "a stack whose size does not fit its frames" },
}

describe("a record that", function()
  for _, case in ipairs(broken) do
    local name, bytes, what = unpack(case)
    it(name .. " is damage at its offset", function()
      local t = v1.trace(11):start():bytes(bytes)
      local off, size = t:last(), #bytes
      local out = v1.read(t:HeapGoal(9, 1):finish())
      local d = out.damages[1]
      assert.equal(what:format(size), d.what)
      assert.equal(off, d.off)
      assert.equal(size, d.lost)
      assert.equal("9 HeapGoal 7 0 1 heapgoal=1", out[3])
      assert.equal(1, #out.damages)
    end)
  end

  -- Those far from the end are stepped over unread.
  it("has a number of 11 bytes is damage far from the end, too", function()
    local t = v1.trace(11):start():HeapAlloc(1, 1):bytes("\xcd\14" .. ("\x80"):rep(10) .. "\1\1\1\1")
    local off = t:last()
    local d = v1.read(t:HeapAlloc(1, 1):String(9, ("x"):rep(200)):finish()).damages[1]
    assert.same({ WRONG, off, 16 }, { d.what, d.off, d.lost })
  end)

  it("lacks arguments says how many there are, and should be", function()
    local d = v1.read(v1.trace(11):start():HeapAlloc(9):finish()).damages[1]
    assert.same({ "HeapAlloc", "1", "2 in Go 1.11" }, { d.event, d.have, d.want })
  end)

  it("is unknown says its type", function()
    local d = v1.read(v1.trace(7):start():bytes("\x31\1\1"):finish()).damages[1]
    assert.same({ "", "type 49", "an event of Go 1.7" }, { d.event, d.have, d.want })
  end)
end)

describe("a trace cut off after any byte", function()
  it("is read up to there", function()
    local t = v1.trace(21):start()
    local first = #t:text() -- with the Gomaxprocs, before which creations are kept back
    t:String(1, "one"):Stack(4, { 300, 1, 0, 9 }):UserLog(9, 1, 1, 4, "text")
    t:GoCreate(1, 0x123456, 0, 4):HeapAlloc(1, 0x12345678)
    local text = t:finish()
    local all = v1.read(text)
    for len = 16, #text - 1 do
      local out = v1.read(text:sub(1, len))
      assert.is_true(#out.damages > 0)
      assert.equal(len, out.info.size)
      assert.is_true(out.info.lost < 20)
      for i = 1, len < first and 0 or #out do -- times are ticks, which are ns here
        assert.equal(all[i]:gsub(" stack=.*$", ""), (out[i]:gsub(" stack=.*$", "")))
      end
    end
  end)
end)
