-- Where exports are written to: whole or not at all, packed if asked for, the same bytes each
-- time.
local ffi = require "ffi"
local lfs = require "lfs"
local engine = require "support.engine"
local program = require "support.program"
local C = engine.lib

engine.header "src/gotrace_lua.h"
engine.header "src/base/mem.h"

teardown(program.clean)

local diag = engine.diag()

local function open(path, packed)
  local out = ffi.new "gotrace_output *[1]"
  assert.equal(C.GOTRACE_OK, C.gotrace_output_open(out, path, packed, nil, diag))
  return out[0]
end

local function write(path, packed, pieces)
  local o = open(path, packed)
  for _, piece in ipairs(pieces) do
    assert.equal(C.GOTRACE_OK, C.gotrace_output_write(o, piece, #piece, diag))
  end
  assert.is_nil(lfs.attributes(path))
  assert.is_true(C.gotrace_output_is_file(o))
  assert.equal(C.GOTRACE_OK, C.gotrace_output_commit(o, ffi.new "uint64_t[1]", diag))
end

-- What does not pack well, and what does.
local function noise(n)
  local parts, x = {}, 1
  for i = 1, n do
    x = (x * 16807) % 2147483647
    parts[i] = string.char(x % 256)
  end
  return table.concat(parts)
end

describe("an output", function()
  local dir

  before_each(function()
    dir = program.folder {}
  end)

  it("is there when it is committed", function()
    write(dir .. "/x", false, { "abc", "", "def" })
    assert.equal("abcdef", program.read(dir .. "/x"))
  end)

  it("leaves nothing when it is abandoned", function()
    for _, packed in ipairs { false, true } do
      local o = open(dir .. "/x", packed)
      assert.equal(C.GOTRACE_OK, C.gotrace_output_write(o, "abc", 3, diag))
      C.gotrace_output_abandon(o)
    end
    C.gotrace_output_abandon(nil)
    assert.is_nil(lfs.attributes(dir .. "/x"))
    local names = {}
    for name in lfs.dir(dir) do
      names[#names + 1] = not name:find "^%.+$" and name or nil
    end
    assert.same({}, names)
  end)

  local texts = {
    nothing = {},
    ["a byte"] = { "x" },
    ["much that is alike"] = { ("line\n"):rep(500000), "end" },
    ["much that is not"] = { noise(300000), noise(70000) },
    ["more than zlib takes at once"] = { ("x"):rep(3 * 1024 * 1024 + 17) },
  }
  for name, pieces in pairs(texts) do
    it("is what gzip unpacks: " .. name, function()
      write(dir .. "/x.gz", true, pieces)
      local r = program.shell(("gzip -dc '%s/x.gz'"):format(dir))
      assert.equal("", r.err)
      assert.is_true(r.out == table.concat(pieces))
    end)
  end

  it("is the same each time when it is packed", function()
    write(dir .. "/x.gz", true, { "abc" })
    write(dir .. "/y.gz", true, { "abc" })
    assert.equal(program.read(dir .. "/x.gz"), program.read(dir .. "/y.gz"))
  end)

  it("says what keeps it from being opened, or that there is no memory", function()
    local out = ffi.new "gotrace_output *[1]"
    assert.equal(C.GOTRACE_SYSTEM, C.gotrace_output_open(out, dir .. "/none/x", true, nil, diag))
    assert.is_true(out[0] == nil)
    assert.matches("cannot create a file beside", ffi.string(diag.what))
    for n = 1, 20 do
      C.mem_fail(n, true)
      local status = C.gotrace_output_open(out, dir .. "/x", true, nil, diag)
      C.mem_fail(0, false)
      if status == C.GOTRACE_OK then
        assert.is_true(n > 3)
        return C.gotrace_output_abandon(out[0])
      end
      assert.equal(C.GOTRACE_NO_MEMORY, status)
      assert.is_true(out[0] == nil)
    end
    error "it was never opened"
  end)
end)
