local engine = require "support.engine"
local trace = require "support.trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.header "src/io/source.h"
engine.header "src/event/versions.h"
engine.header "src/read/header.h"

-- Status, version and diag of these bytes' header, read whole or in steps.
local function read(bytes, step)
  local src, diag, header = ffi.new "source *[1]", engine.diag(), ffi.new "struct header"
  assert(lib.source_open_memory(src, bytes, #bytes, step, diag) == C.GOTRACE_OK)
  local status = tonumber(lib.header_read(src[0], 0, header, diag))
  lib.source_close(src[0])
  return status, header.version, diag, tonumber(header.off)
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
      if lib.version_known(version) then
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
    { "another file", "#!/bin/sh\nexec true\n", '"#!/bin/sh"' },
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

  -- A header that is not whole.
  for bytes, shown in pairs {
    ["go 1."] = '"go 1."',
    ["go 1.26 t"] = '"go 1.26 t"',
    ["go 1.22 trace"] = '"go 1.22 trace"',
    [nul("go 1.22 trace"):sub(1, 15)] = '"go 1.22 trace\\x00\\x00"',
  } do
    it(("says that the file ends inside it: %d bytes"):format(#bytes), function()
      both(bytes, function(status, _, diag)
        assert.equal(C.GOTRACE_UNSUPPORTED, status)
        assert.equal("not a Go execution trace but the begin of one: the file ends inside the header",
          ffi.string(diag.what))
        assert.equal(shown, ffi.string(diag.have))
      end)
    end)
  end

  it("says that its zeros are gone", function()
    for _, first in ipairs { "\1\1", "\49\1" } do
      both("go 1.22 trace" .. first .. ("\2"):rep(100), function(status, _, diag)
        assert.equal(C.GOTRACE_UNSUPPORTED, status)
        assert.matches("^not a Go execution trace but one without its zero bytes", ffi.string(diag.what))
      end)
    end
    both("go 1.21 trace" .. "\65\135" .. ("\200"):rep(100), function(_, _, diag)
      assert.matches("^not a Go execution trace but one without its zero bytes", ffi.string(diag.what))
    end)
    both("go 1.21 trace" .. "All of this is text.\n", function(_, _, diag)
      assert.matches("^not a Go execution trace$", ffi.string(diag.what))
    end)
  end)

  local function check_found(front, version, off)
    both(front .. trace.header(version) .. "\1", function(status, got, _, at)
      assert.equal(C.GOTRACE_OK, status)
      assert.same({ version, off }, { got, at })
    end)
  end

  it("is found behind text", function()
    for _, text in ipairs {
      "2024/01/02 03:04:05 starting\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
      "go 1.21 go 1.22 trace\n",
      '{"level":"info"}\n',
      "\239\187\191",
    } do
      check_found(text, 26, #text)
      check_found(text, 21, #text)
    end
  end)

  it("is looked for in so many bytes", function()
    local most = 65536 - 16
    check_found(("x"):rep(most), 26, most)
    both(("x"):rep(most + 1) .. trace.header(26), function(status)
      assert.equal(C.GOTRACE_UNSUPPORTED, status)
    end)
  end)

  local CONTAINERS = { -- the first bytes, what it is
    { "PK\3\4go.trace", "a zip archive" },
    { ("go.trace" .. ("\0"):rep(249) .. "ustar\0" .. ("\0"):rep(249)), "a tar archive" },
    { "<!DOCTYPE html>\n<html>", "a page of HTML" },
    { "\n <HTML><body>404", "a page of HTML" },
    { "\2537zXZ\0", "xz data" },
    { "BZh91AY", "bzip2 data" },
    { "\255\254g\0o\0 \0001\0.\0", "text in UTF%-16, as PowerShell writes it" },
    { "g\0o\0 \0001\0.\0002\0002\0 \0t\0", "text in UTF%-16, as PowerShell writes it" },
    { "\10\4\8\1\16\2\10\4\8\3\16\4\18\5", "a profile" },
    { "\127ELF\2\1", "a program or core file" },
    { ("\0"):rep(600), "zeros" },
    { "Z28gMS4yNyB0cmFjZQAAAAEB//", "text in base64" },
    { "H4sIAAAAAAAAA+y9", "packed data in base64" },
    { "676f20312e323720747261636500", "numbers in hexadecimal" },
    { "00000000: 676f 2031 2e32 3720", "a dump of xxd" },
    { "00000000  67 6f 20 31 2e 32", "a dump of hexdump" },
    { "version https://git-lfs.github.com/spec/v1\noid", "a pointer of Git LFS" },
  }

  for _, case in ipairs(CONTAINERS) do
    it("is not looked for in " .. case[2], function()
      both(case[1] .. trace.header(26) .. "\1", function(status, _, diag)
        assert.equal(C.GOTRACE_UNSUPPORTED, status)
        assert.matches("^not a Go execution trace but " .. case[2], ffi.string(diag.what))
        assert.not_equal("", ffi.string(diag.want))
      end)
    end)
  end

  it("names JSON and YAML", function()
    both('{"error":"no such trace"}\n', function(_, _, diag)
      assert.matches("but JSON", ffi.string(diag.what))
      assert.equal([["{\"error\":\"no such trace\"}"]], ffi.string(diag.have))
    end)
    both("header: go 1.26 trace\ntrace: []\n", function(_, _, diag)
      assert.matches("but a trace as YAML", ffi.string(diag.what))
    end)
  end)

  it("is of what was packed", function()
    local packed = engine.filter("gzip -c", trace.header(22))
    both(packed, function(status, version)
      assert.equal(C.GOTRACE_OK, status)
      assert.equal(22, version)
    end)
  end)

  it("says where packed data begin behind text", function()
    for _, packed in ipairs { "\31\139\8\0rest", "\40\181\47\253rest" } do
      both("curl: (warning)\nlistening (x)\n" .. packed, function(status, _, diag)
        assert.equal(C.GOTRACE_UNSUPPORTED, status)
        assert.equal("text stands before packed data, so that these are not unpacked", ffi.string(diag.what))
        assert.matches("tail %-c %+31 ", ffi.string(diag.want))
      end)
    end
    both("text \31\139 and more", function(_, _, diag)
      assert.equal("not a Go execution trace", ffi.string(diag.what))
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
