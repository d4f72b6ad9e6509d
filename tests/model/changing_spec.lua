-- A file that others write to while it is read: what comes out is anybody's
-- guess, but the reader ends, and alive. Each byte is to be read once, or to be
-- checked again.
local engine = require "support.engine"
local program = require "support.program"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

local ALL = ffi.new "uint8_t[256]"
ffi.fill(ALL, 256, 1)
local SECONDS = 1

-- Reads it to its end; the last status, and how many places are damaged.
local function read(path, order)
  local names = lib.gotrace_names_new()
  local out, batch, diag = ffi.new "gotrace *[1]", ffi.new "gotrace_batch", engine.diag()
  assert.equal(C.GOTRACE_OK, lib.gotrace_open(out, path, names, diag))
  lib.gotrace_want(out[0], ALL, order)
  local status
  repeat
    status = lib.gotrace_next(out[0], batch, diag)
  until status ~= C.GOTRACE_OK
  local damages = tonumber(lib.gotrace_info_of(out[0]).damages)
  lib.gotrace_close(out[0])
  lib.gotrace_names_free(names)
  return tonumber(status), damages
end

-- Calls fn with the path of a copy of a recording, for SECONDS, while another
-- process changes it as tests/support/scribble.lua says.
local function while_changing(name, pause, fn)
  local path = engine.tmpfile(engine.read(engine.root .. "testdata/real/" .. name .. ".trace"))
  local scribble = ("luajit %stests/support/scribble.lua %s 60 %s >/dev/null 2>&1 & echo $!"):format(
    engine.root,
    path,
    pause or ""
  )
  local pid = io.popen(scribble):read "*l"
  local ends = os.time() + SECONDS
  local ok, why = pcall(function()
    repeat
      fn(path)
    until os.time() > ends
  end)
  os.execute("kill " .. pid)
  assert(ok, why)
end

describe("a file that changes under its reader", function()
  teardown(engine.clean)

  for _, name in ipairs { "go1.15-mix", "go1.21-cpusamples", "go1.22-http", "go1.27-generations" } do
    it("is read to its end: " .. name, function()
      local damages = 0
      while_changing(name, nil, function(path)
        for order = C.GOTRACE_ORDER_FULL, C.GOTRACE_ORDER_THREAD do
          local status, n = read(path, order)
          assert.equal(C.GOTRACE_END, status)
          damages = damages + n
        end
      end)
      assert.is_true(damages > 0) -- it did change
    end)
  end

  -- So slowly that most batches are passed on as bytes.
  for _, name in ipairs { "go1.21-annotations", "go1.27-http" } do
    it("can be rewritten: " .. name, function()
      local ended = {}
      while_changing(name, 500, function(path)
        local got = program.run { "-q", "-o", "/dev/null", "drop", "--types=UserLog,HeapAlloc", path }
        ended[got.status] = true
        assert.is_true(got.status == 0 or got.status == 3, got.err)
      end)
      assert.is_true(ended[3])
    end)
  end
end)
