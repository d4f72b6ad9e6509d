-- What is kept of what is read: bytes come at its end and go at its begin, and the disk has no
-- more of them than that.
local ffi = require "ffi"
local lfs = require "lfs"
local engine = require "support.engine"
local program = require "support.program"
local C = engine.lib

engine.header "src/gotrace_lua.h"

local diag = engine.diag()
local HEAD = "0123456789abcdef"
local dir

local function open(path)
  local out = ffi.new "gotrace_kept *[1]"
  local status = C.gotrace_kept_open(out, path, diag)
  return status == C.GOTRACE_OK and out[0] or nil, tonumber(status)
end

local function add(k, text)
  assert.equal(C.GOTRACE_OK, C.gotrace_kept_add(k, text, #text, diag))
end

local function drop(k, n)
  assert.equal(C.GOTRACE_OK, C.gotrace_kept_drop(k, n, diag))
end

local function bytes(k)
  local data, len = ffi.new "const uint8_t *[1]", ffi.new "size_t[1]"
  assert.equal(C.GOTRACE_OK, C.gotrace_kept_bytes(k, HEAD, data, len, diag))
  return ffi.string(data[0], len[0])
end

local function names()
  local list = {}
  for name in lfs.dir(dir) do
    list[#list + 1] = name ~= "." and name ~= ".." and name or nil
  end
  return list
end

-- Blocks on the disk of what this process has open in the folder, in bytes.
local function on_disk()
  local sum = 0
  for fd in lfs.dir "/proc/self/fd" do
    local target = lfs.symlinkattributes("/proc/self/fd/" .. fd, "target") or ""
    if target:find(dir, 1, true) then
      sum = sum + (lfs.attributes("/proc/self/fd/" .. fd, "blocks") or 0) * 512
    end
  end
  return sum
end

describe("what is kept", function()
  before_each(function()
    dir = program.folder {}
  end)
  after_each(program.clean)

  it("is what was added less what was dropped, behind a head", function()
    local k = open(dir .. "/x")
    assert.equal(HEAD, bytes(k):sub(1, 16))
    add(k, "abc")
    add(k, "")
    add(k, "defgh")
    assert.equal(HEAD .. "abcdefgh", bytes(k))
    drop(k, 0)
    drop(k, 3)
    assert.equal(HEAD .. "defgh", bytes(k))
    add(k, "i")
    assert.equal(HEAD .. "defghi", bytes(k))
    drop(k, 6)
    add(k, "j")
    assert.equal(HEAD .. "j", bytes(k))
    C.gotrace_kept_free(k)
    C.gotrace_kept_free(nil)
  end)

  it("is a model's, whatever comes and goes", function()
    local k, model, x = open(dir .. "/x"), "", 7
    for i = 1, 400 do
      x = (x * 16807) % 2147483647
      local text = (("%d,"):format(i)):rep(x % 20000)
      add(k, text)
      model = model .. text
      x = (x * 16807) % 2147483647
      local n = math.min(#model, x % 45000)
      drop(k, n)
      model = model:sub(n + 1)
      if i % 7 == 0 then
        assert.is_true(HEAD .. model == bytes(k), i)
      end
    end
    C.gotrace_kept_free(k)
  end)

  it("takes no more of the disk than it is, and a little", function()
    local k, piece, most = open(dir .. "/x"), ("x"):rep(2 ^ 20), 0
    for i = 1, 64 do
      add(k, piece)
      if i > 4 then
        drop(k, #piece)
      end
      most = math.max(most, on_disk())
    end
    -- four, one that comes, and while they move down the same again
    assert.is_true(most >= 4 * 2 ^ 20 and most <= 10 * 2 ^ 20 + 2 ^ 16, most)
    assert.equal(HEAD .. piece:rep(4), bytes(k))
    C.gotrace_kept_free(k)
    assert.equal(0, on_disk())
  end)

  it("has no name", function()
    local k = open(dir .. "/x")
    add(k, "abc")
    for _, name in ipairs(names()) do
      assert.matches("^%.gotrace%-lua%-%x+%.tmp$", name) -- where there is no file without one
    end
    C.gotrace_kept_free(k)
    assert.same({}, names())
  end)

  it("is nowhere in a folder that is not there", function()
    local k, status = open(dir .. "/none/x")
    assert.is_nil(k)
    assert.equal(C.GOTRACE_SYSTEM, status)
    assert.equal(2, diag.sys) -- ENOENT
  end)
end)
