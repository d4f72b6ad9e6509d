local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.cdef [[
gotrace_status diag_set(gotrace_diag *d, gotrace_status status, uint64_t offset, const char *fmt, ...);
gotrace_status diag_system(gotrace_diag *d, const char *fmt, ...);
gotrace_status diag_no_memory(gotrace_diag *d);
void diag_have(gotrace_diag *d, const char *fmt, ...);
void diag_want(gotrace_diag *d, const char *fmt, ...);
]]
local NO_OFFSET = 0xffffffffffffffffULL

describe("diag", function()
  it("says what and where, and forgets what it said before", function()
    local d = engine.diag()
    ffi.fill(d, ffi.sizeof(d), 0x55)
    assert.equal(C.GOTRACE_DAMAGED, lib.diag_set(d, C.GOTRACE_DAMAGED, 77, "%s %d", "bad", ffi.new("int", 5)))
    assert.equal("bad 5", ffi.string(d.what))
    assert.equal(C.GOTRACE_DAMAGED, d.status)
    assert.equal(77, tonumber(d.offset))
    assert.equal(0, d.sys)
    assert.equal(0, tonumber(d.gen))
    assert.equal(-1, tonumber(d.m))
    for _, field in ipairs { "event", "have", "want" } do
      assert.equal("", ffi.string(d[field]))
    end
  end)

  it("adds what was found and what was expected", function()
    local d = engine.diag()
    lib.diag_set(d, C.GOTRACE_DAMAGED, 1, "x")
    lib.diag_have(d, "%d bytes", ffi.new("int", 3))
    lib.diag_want(d, "more")
    assert.equal("x", ffi.string(d.what))
    assert.equal("3 bytes", ffi.string(d.have))
    assert.equal("more", ffi.string(d.want))
  end)

  it("cuts texts that are too long", function()
    local d, long = engine.diag(), ("x"):rep(1000)
    lib.diag_set(d, C.GOTRACE_DAMAGED, 1, "%s", long)
    lib.diag_have(d, "%s", long)
    lib.diag_want(d, "%s", long)
    assert.equal(199, #ffi.string(d.what))
    assert.equal(199, #ffi.string(d.have))
    assert.equal(99, #ffi.string(d.want))
  end)

  it("keeps errno and its words", function()
    local d = engine.diag()
    ffi.errno(2)
    assert.equal(C.GOTRACE_SYSTEM, lib.diag_system(d, "cannot open %s", "x"))
    assert.equal(2, d.sys)
    assert.equal("cannot open x", ffi.string(d.what))
    assert.equal("No such file or directory", ffi.string(d.have))
    assert.is_true(d.offset == NO_OFFSET)
  end)

  it("says that memory ran out", function()
    local d = engine.diag()
    assert.equal(C.GOTRACE_NO_MEMORY, lib.diag_no_memory(d))
    assert.equal("out of memory", ffi.string(d.what))
    assert.is_true(d.offset == NO_OFFSET)
  end)

  it("may be missing", function()
    assert.equal(C.GOTRACE_DAMAGED, lib.diag_set(nil, C.GOTRACE_DAMAGED, 1, "x"))
    assert.equal(C.GOTRACE_SYSTEM, lib.diag_system(nil, "x"))
    assert.equal(C.GOTRACE_NO_MEMORY, lib.diag_no_memory(nil))
    lib.diag_have(nil, "x")
    lib.diag_want(nil, "x")
  end)
end)
