local engine = require "support.engine"
local trace = require "support.trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.header "src/io/source.h"
engine.header "src/read/header.h"

-- Status, version and diag of these bytes' header, read whole or in steps.
local function read(bytes, step)
  local src, diag, version = ffi.new "source *[1]", engine.diag(), ffi.new "uint32_t[1]"
  assert(lib.source_open_memory(src, bytes, #bytes, step, diag) == C.GOTRACE_OK)
  local status = tonumber(lib.header_read(src[0], version, diag))
  lib.source_close(src[0])
  return status, version[0], diag
end

local function both(bytes, check)
  check(read(bytes, 0))
  check(read(bytes, 1))
end

local function nul(text)
  return text .. ("\0"):rep(16 - #text)
end

describe("header", function()
  local KNOWN = { 5, 7, 8, 9, 10, 11, 19, 21, 22, 23, 25, 26 }

  for _, version in ipairs(KNOWN) do
    it(("knows go 1.%d"):format(version), function()
      both(trace.header(version) .. "more", function(status, got)
        assert.equal(C.GOTRACE_OK, status)
        assert.equal(version, got)
      end)
    end)
  end

  it("knows these versions and no others", function()
    local known = {}
    for version = 0, 300 do
      if lib.header_known(version) then
        known[#known + 1] = version
      end
    end
    assert.same(KNOWN, known)
  end)

  for _, version in ipairs { 0, 1, 6, 12, 20, 24, 27, 99, 100, 999 } do
    it(("names go 1.%d as one that it does not know"):format(version), function()
      both(nul(("go 1.%d trace"):format(version)), function(status, _, diag)
        assert.equal(C.GOTRACE_UNSUPPORTED, status)
        assert.equal(
          ("a trace of format version go 1.%d, which is not known here"):format(version),
          ffi.string(diag.what)
        )
        assert.matches("1.23, 1.25 or 1.26$", ffi.string(diag.want))
        assert.equal(0, tonumber(diag.offset))
      end)
    end)
  end

  local NO_TRACE = { -- what it is, its bytes, what is shown of them
    { "an empty file", "", "an empty file" },
    { "a short file", "go 1.22 trace", '"go 1.22 trace"' },
    { "all but the last byte", nul("go 1.22 trace"):sub(1, 15), '"go 1.22 trace\\x00\\x00"' },
    { "another file", "#!/bin/sh\nexec true\n", '"#!/bin/sh\\x0aexec t"' },
    { "Go 2", nul "go 2.22 trace", '"go 2.22 trace\\x00\\x00\\x00"' },
    { "no number", nul "go 1. trace", '"go 1. trace\\x00\\x00\\x00\\x00\\x00"' },
    { "a number of four digits", nul "go 1.1234 trace", '"go 1.1234 trace\\x00"' },
    { "a number with a sign", nul "go 1.-2 trace", '"go 1.-2 trace\\x00\\x00\\x00"' },
    { "another word", nul "go 1.22 crate", '"go 1.22 crate\\x00\\x00\\x00"' },
    { "another word's beginning", nul "go 1.22 traces", '"go 1.22 traces\\x00\\x00"' },
    { "a padding of spaces", "go 1.22 trace   ", '"go 1.22 trace   "' },
    { "something behind the padding", "go 1.22 trace\0\0!", '"go 1.22 trace\\x00\\x00!"' },
    { "a space in front", " go 1.22 trace\0\0", '" go 1.22 trace\\x00\\x00"' },
  }

  for _, case in ipairs(NO_TRACE) do
    it("refuses " .. case[1], function()
      both(case[2], function(status, _, diag)
        assert.equal(C.GOTRACE_UNSUPPORTED, status)
        assert.equal("not a Go execution trace", ffi.string(diag.what))
        assert.equal(case[3], ffi.string(diag.have))
        assert.matches("^\"go 1.N trace\"", ffi.string(diag.want))
      end)
    end)
  end

  it("is of what was packed", function()
    local packed = engine.filter("gzip -c", trace.header(22))
    both(packed, function(status, version)
      assert.equal(C.GOTRACE_OK, status)
      assert.equal(22, version)
    end)
  end)

  it("passes on what is wrong with the packing", function()
    local packed = engine.filter("gzip -c", trace.header(22))
    both(packed:sub(1, 12), function(status, _, diag)
      assert.equal(C.GOTRACE_DAMAGED, status)
      assert.not_equal("not a Go execution trace", ffi.string(diag.what))
    end)
    engine.clean()
  end)
end)
