-- Where traces are written to: whole or not at all.
local ffi = require "ffi"
local lfs = require "lfs"
local engine = require "support.engine"
local C = engine.lib

engine.header "src/io/out/sink.h"

local OK, SYSTEM = C.GOTRACE_OK, C.GOTRACE_SYSTEM

-- The names in a folder.
local function names(dir)
  local out = {}
  for name in lfs.dir(dir) do
    if name ~= "." and name ~= ".." then
      out[#out + 1] = name
    end
  end
  table.sort(out)
  return out
end

describe("a sink", function()
  local dir, diag
  local stop = engine.interrupter()

  before_each(function()
    dir, diag = os.tmpname(), engine.diag()
    os.remove(dir)
    assert(lfs.mkdir(dir))
  end)

  after_each(function()
    os.execute("rm -r " .. dir)
  end)

  local function open(path)
    local out = ffi.new "sink *[1]"
    local status = C.sink_open(out, path, stop, diag)
    return status == OK and out[0] or nil, status
  end

  it("shows nothing before it is committed", function()
    local s = assert(open(dir .. "/x"))
    assert.equal(OK, C.sink_write(s, "abc", 3, diag))
    assert.equal(3, tonumber(C.sink_size(s)))
    assert.is_nil(lfs.attributes(dir .. "/x"))
    assert.equal(OK, C.sink_commit(s, diag))
    assert.equal("abc", engine.read(dir .. "/x"))
    assert.same({ "x" }, names(dir))
  end)

  it("leaves nothing when it is abandoned", function()
    local s = assert(open(dir .. "/x"))
    assert.equal(OK, C.sink_write(s, "abc", 3, diag))
    C.sink_abandon(s)
    C.sink_abandon(nil)
    assert.same({}, names(dir))
  end)

  it("keeps the old file when it is abandoned", function()
    local f = assert(io.open(dir .. "/x", "w"))
    f:write "old"
    f:close()
    local s = assert(open(dir .. "/x"))
    C.sink_abandon(s)
    assert.equal("old", engine.read(dir .. "/x"))
    assert.same({ "x" }, names(dir))
  end)

  it("takes pieces smaller and larger than its buffer", function()
    local s, want = assert(open(dir .. "/x")), {}
    for i, n in ipairs { 1, 1000, 262144, 5, 262143, 1000000, 0, 3 } do
      want[i] = string.char(64 + i):rep(n)
      assert.equal(OK, C.sink_write(s, want[i], n, diag))
    end
    assert.equal(OK, C.sink_flush(s, diag))
    assert.equal(OK, C.sink_write(s, "end", 3, diag))
    assert.equal(OK, C.sink_commit(s, diag))
    assert.is_true(table.concat(want) .. "end" == engine.read(dir .. "/x"))
  end)

  it("gives a new file the permissions that the umask leaves", function()
    local s = assert(open(dir .. "/x"))
    assert.equal(OK, C.sink_commit(s, diag))
    local f = assert(io.open(dir .. "/y", "w"))
    f:close()
    assert.equal(lfs.attributes(dir .. "/y", "permissions"), lfs.attributes(dir .. "/x", "permissions"))
  end)

  it("knows of no other that is not yet committed", function()
    local s = assert(open(dir .. "/x"))
    local t = assert(open(dir .. "/x"))
    assert.equal(OK, C.sink_write(s, "s", 1, diag))
    assert.equal(OK, C.sink_commit(s, diag))
    assert.equal(OK, C.sink_commit(t, diag))
    assert.equal("", engine.read(dir .. "/x"))
    assert.same({ "x" }, names(dir))
  end)

  it("keeps back what streams, and drops it or hands it on", function()
    os.execute("mkfifo " .. dir .. "/f; cat " .. dir .. "/f >" .. dir .. "/got & echo >/dev/null")
    local s = assert(open(dir .. "/f"))
    local function hold(text, drop)
      C.sink_hold(s)
      assert.equal(OK, C.sink_write(s, text, #text, diag))
      assert.equal(OK, C.sink_let_go(s, drop, diag))
    end
    assert.is_false(C.sink_is_file(s))
    assert.equal(OK, C.sink_write(s, "a", 1, diag))
    hold(("b"):rep(300000), true)
    hold("c", false)
    hold("d", true)
    assert.equal(OK, C.sink_write(s, "e", 1, diag))
    assert.equal(3, tonumber(C.sink_size(s)))
    assert.equal(OK, C.sink_commit(s, diag))
    repeat
      os.execute "sleep 0.01"
    until engine.read(dir .. "/got") == "ace"
  end)

  it("shows what was written to a file so far, and again what came behind", function()
    local s, data, len = assert(open(dir .. "/x")), ffi.new "const uint8_t *[1]", ffi.new "size_t[1]"
    local function shown()
      assert.equal(OK, C.sink_bytes(s, data, len, diag))
      return ffi.string(data[0], len[0])
    end
    assert.equal(OK, C.sink_write(s, "abc", 3, diag))
    assert.equal("abc", shown())
    local more = ("d"):rep(300000)
    assert.equal(OK, C.sink_write(s, more, #more, diag))
    assert.is_true(shown() == "abc" .. more)
    C.sink_abandon(s)
  end)

  it("shows what it keeps of what streams, until that is let go", function()
    os.execute("mkfifo " .. dir .. "/f; cat " .. dir .. "/f >" .. dir .. "/got & echo >/dev/null")
    local s, data, len = assert(open(dir .. "/f")), ffi.new "const uint8_t *[1]", ffi.new "size_t[1]"
    assert.equal(OK, C.sink_keep(s, diag))
    assert.equal(OK, C.sink_write(s, "abc", 3, diag))
    assert.equal(OK, C.sink_bytes(s, data, len, diag))
    assert.equal("abc", ffi.string(data[0], len[0]))
    assert.equal("", engine.read(dir .. "/got"))
    assert.equal(OK, C.sink_release(s, diag))
    assert.equal(OK, C.sink_commit(s, diag))
    repeat
      os.execute "sleep 0.01"
    until engine.read(dir .. "/got") == "abc"
  end)

  it("says why it cannot be opened", function()
    for _, path in ipairs { dir, dir .. "/none/x", "" } do
      local s, status = open(path)
      assert.is_nil(s)
      assert.equal(SYSTEM, status)
      assert.not_equal("", ffi.string(diag.have))
    end
  end)

  it("says why it cannot be written", function()
    local s = assert(open "/dev/full")
    assert.equal(OK, C.sink_write(s, "abc", 3, diag))
    assert.equal(SYSTEM, C.sink_commit(s, diag))
    assert.equal("cannot write /dev/full", ffi.string(diag.what))
    assert.equal("No space left on device", ffi.string(diag.have))
  end)
end)
