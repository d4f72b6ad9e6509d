-- Messages in protobuf's wire format, as this reads them and, where it is at hand, protoc.
local ffi = require "ffi"
local engine = require "support.engine"
local pprof = require "export.pprof"
local program = require "support.program"
local tools = require "support.tools.tools"
local C = engine.lib

engine.header "src/base/mem.h"
engine.cdef "struct buf { uint8_t *data; size_t len, cap; };"
engine.cdef [[
struct protobuf { struct buf bytes; bool failed; };
void protobuf_number(struct protobuf *p, uint32_t field, uint64_t value);
void protobuf_bytes(struct protobuf *p, uint32_t field, const void *data, size_t n);
void protobuf_message(struct protobuf *p, uint32_t field, const struct protobuf *inner);
void protobuf_packed(struct protobuf *p, uint32_t field, const uint64_t *values, size_t n);
void protobuf_clear(struct protobuf *p);
void protobuf_free(struct protobuf *p);
]]

teardown(program.clean)

local function written(fill)
  local p = ffi.gc(ffi.new "struct protobuf", C.protobuf_free)
  fill(p)
  assert.is_false(p.failed)
  return ffi.string(p.bytes.data, p.bytes.len)
end

describe("a message", function()
  it("has numbers of all sizes, but not 0", function()
    local text = written(function(p)
      C.protobuf_number(p, 1, 1)
      C.protobuf_number(p, 2, 0)
      C.protobuf_number(p, 16, 300)
      C.protobuf_number(p, 3, 0xffffffffffffffffULL)
    end)
    assert.equal("\8\1" .. "\128\1\172\2" .. "\24" .. ("\255"):rep(9) .. "\1", text)
    assert.same({ { 1, 1 }, { 16, 300 } }, { unpack(pprof.fields(text), 1, 2) })
  end)

  it("has bytes, empty ones too", function()
    local text = written(function(p)
      C.protobuf_bytes(p, 6, "", 0)
      C.protobuf_bytes(p, 6, "a\0b", 3)
    end)
    assert.same({ { 6, "" }, { 6, "a\0b" } }, pprof.fields(text))
  end)

  it("has packed numbers", function()
    local text = written(function(p)
      C.protobuf_packed(p, 2, ffi.new("uint64_t[3]", { 1, 0, 128 }), 3)
      C.protobuf_packed(p, 3, nil, 0)
    end)
    assert.equal("\18\4\1\0\128\1", text)
  end)

  it("has messages in it", function()
    local inner = ffi.gc(ffi.new "struct protobuf", C.protobuf_free)
    C.protobuf_number(inner, 1, 7)
    local text = written(function(p)
      C.protobuf_message(p, 4, inner)
    end)
    assert.same({ { 4, "\8\7" } }, pprof.fields(text))
  end)

  it("is empty behind protobuf_clear", function()
    assert.equal("", written(function(p)
      C.protobuf_number(p, 1, 7)
      C.protobuf_clear(p)
    end))
  end)

  it("says that there was no memory", function()
    local p = ffi.gc(ffi.new "struct protobuf", C.protobuf_free)
    C.mem_fail(1, true)
    C.protobuf_bytes(p, 1, ("x"):rep(100), 100)
    C.mem_fail(0, false)
    assert.is_true(p.failed)
  end)

  local check = tools.tests(it, pending, tools.command "protoc")

  check("is one to protoc", function()
    local path = program.tmpfile(written(function(p)
      C.protobuf_number(p, 1, 300)
      C.protobuf_bytes(p, 6, "main.main", 9)
    end))
    local r = program.shell("protoc --decode_raw <" .. path)
    assert.equal('1: 300\n6: "main.main"\n', r.out)
  end)
end)
