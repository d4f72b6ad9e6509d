-- A file that others write to while it is read: what comes out is anybody's
-- guess, but the reader ends, and alive. Each byte is to be read once, or to be
-- checked again.
local engine = require "support.engine"
local program = require "support.program"
local process = require "bench.process"
local ffi = require "ffi"
local lfs = require "lfs"
local lib, C = engine.lib, ffi.C

engine.cdef "int fileno(void *);"

local ALL = ffi.new "uint8_t[256]"
ffi.fill(ALL, 256, 1)
local SECONDS = 1
-- What changes the file, and a program that reads it, take their time to start, where a machine has
-- much to do or is emulated: so long a change is waited for.
local PATIENCE = 60

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

-- Calls fn with the path of a copy of a recording, while another process changes it as
-- tests/support/faults/scribble.lua says: for SECONDS, and until fn has met a change. Whether it did.
local function while_changing(name, pause, fn)
  local path = engine.tmpfile(engine.read(engine.root .. "testdata/real/" .. name .. ".trace"))
  local scribble = ("luajit %stests/support/faults/scribble.lua %s %d %s >/dev/null 2>&1 & echo $!"):format(
    engine.root,
    path,
    2 * PATIENCE,
    pause or ""
  )
  local pid = io.popen(scribble):read "*l"
  local began, met = os.time(), false
  local ok, why = pcall(function()
    repeat
      met = fn(path) or met
    until os.time() > began + (met and SECONDS or PATIENCE)
  end)
  os.execute("kill " .. pid)
  assert(ok, why)
  return met
end

describe("a file that changes under its reader", function()
  teardown(engine.clean)

  for _, name in ipairs { "go1.15-mix", "go1.21-cpusamples", "go1.22-http", "go1.27-generations" } do
    it("is read to its end: " .. name, function()
      assert.is_true(while_changing(name, nil, function(path)
        local damages = 0
        for order = C.GOTRACE_ORDER_FULL, C.GOTRACE_ORDER_THREAD do
          local status, n = read(path, order)
          assert.equal(C.GOTRACE_END, status)
          damages = damages + n
        end
        return damages > 0
      end))
    end)
  end

  -- So slowly that most batches are passed on as bytes.
  for _, name in ipairs { "go1.21-annotations", "go1.27-http" } do
    it("can be rewritten: " .. name, function()
      assert.is_true(while_changing(name, 500, function(path)
        local got = program.run { "-q", "-o", "/dev/null", "drop", "--types=UserLog,HeapAlloc", path }
        assert.is_true(got.status == 0 or got.status == 3, got.err)
        return got.status == 3
      end))
    end)
  end
end)

-- How a file is changed while it is read: at a place, by a number.
local function overwrite(path, at, bytes)
  local f = assert(io.open(path, "r+b"))
  f:seek("set", at)
  f:write(bytes)
  f:close()
end

local function read_size(path)
  return lfs.attributes(path, "size")
end

local changes = {
  ["bytes are changed"] = function(path, dice)
    for _ = 1, 20 do
      overwrite(path, dice(16, read_size(path) - 1), string.char(dice(0, 255)))
    end
  end,
  ["bytes are changed and the time is set back"] = function(path, dice)
    overwrite(path, dice(16, read_size(path) - 100), ("\255"):rep(64))
    lfs.touch(path, 1e9, 1e9)
  end,
  ["it is cut"] = function(path, dice)
    local bytes = engine.read(path)
    local f = assert(io.open(path, "wb")) -- the same file, empty
    f:write(bytes:sub(1, dice(0, #bytes - 1)))
    f:close()
  end,
  ["it grows"] = function(path)
    overwrite(path, read_size(path), "more")
  end,
  ["it is written anew"] = function(path)
    local f = assert(io.open(path, "wb"))
    f:write(engine.read(engine.root .. "testdata/real/go1.26-http.trace"))
    f:close()
  end,
}

-- Rewrites path to `to`, and calls change before batch number `at`. The status of
-- what failed, or of the commit; and how many batches there were.
local function rewrite(path, to, pass, at, change)
  local names, diag = lib.gotrace_names_new(), engine.diag()
  local trace, writer = ffi.new "gotrace *[1]", ffi.new "gotrace_writer *[1]"
  local batch, batches = ffi.new "gotrace_batch", 0
  assert.equal(C.GOTRACE_OK, lib.gotrace_open(trace, path, names, diag))
  lib.gotrace_want(trace[0], ALL, C.GOTRACE_ORDER_FULL)
  assert.equal(C.GOTRACE_OK, lib.gotrace_writer_open(writer, to, trace[0], names, false, diag))
  if pass then
    lib.gotrace_writer_pass(writer[0], ffi.new "uint8_t[256]")
  end
  local status
  repeat
    if batches == at then
      change()
    end
    status = lib.gotrace_next(trace[0], batch, diag)
    if status == C.GOTRACE_OK then
      assert.equal(C.GOTRACE_OK, lib.gotrace_write(writer[0], batch, nil, 0, diag))
      batches = batches + 1
    end
  until status ~= C.GOTRACE_OK
  if status == C.GOTRACE_END or lib.gotrace_writer_streams(writer[0]) then
    local committed = lib.gotrace_writer_commit(writer[0], diag)
    status = status == C.GOTRACE_END and committed or status
  else
    lib.gotrace_writer_abandon(writer[0])
  end
  local sys = diag.sys
  lib.gotrace_close(trace[0])
  lib.gotrace_names_free(names)
  return tonumber(status), batches, sys
end

local function is_valid(path)
  local status, damages = read(path, C.GOTRACE_ORDER_FULL)
  return status == C.GOTRACE_END and damages == 0
end

describe("an input that changes while it is rewritten", function()
  teardown(engine.clean)

  local NAMES = { "go1.15-mix", "go1.21-annotations", "go1.22-http", "go1.27-generations" }

  -- Calls try(name, pass, at) for batches over the whole of each trace.
  local function everywhere(try)
    for _, name in ipairs(NAMES) do
      local path = engine.root .. "testdata/real/" .. name .. ".trace"
      for _, pass in ipairs { false, true } do
        local _, batches = rewrite(path, "/dev/null", pass)
        for at = 0, batches, math.ceil(batches / 3) do
          try(name, pass, at)
        end
      end
    end
  end

  for what, change in pairs(changes) do
    it("makes no file, when " .. what, function()
      local out = engine.tmpname()
      everywhere(function(name, pass, at)
        local path = engine.tmpfile(engine.read(engine.root .. "testdata/real/" .. name .. ".trace"))
        lfs.touch(path, 1e9, 1e9)
        os.remove(out)
        local status, _, sys = rewrite(path, out, pass, at, function()
          change(path, math.random)
        end)
        assert.equal(C.GOTRACE_SYSTEM, status)
        assert.equal(0, sys)
        assert.is_nil(lfs.attributes(out))
        os.remove(path)
      end)
    end)

    it("streams what is valid, when " .. what, function()
      local out = engine.tmpname()
      everywhere(function(name, pass, at)
        local path = engine.tmpfile(engine.read(engine.root .. "testdata/real/" .. name .. ".trace"))
        local f = assert(io.popen("cat >" .. out, "w"))
        local fd = tonumber(ffi.C.fileno(f))
        local status = rewrite(path, "/dev/fd/" .. fd, pass, at, function()
          change(path, math.random)
        end)
        f:close()
        assert.equal(C.GOTRACE_SYSTEM, status)
        assert.is_true(is_valid(out))
        os.remove(path)
      end)
    end)
  end

  it("may get another name, or lose it", function()
    local path, out = engine.tmpfile(engine.read(engine.root .. "testdata/real/go1.27-http.trace")), engine.tmpname()
    assert.equal(C.GOTRACE_OK, (rewrite(path, out, true, 1, function()
      os.remove(path)
    end)))
    assert.is_true(is_valid(out))
  end)

  -- Seconds that the program takes from its start to its end.
  local function run_time(out)
    local began = process.now()
    assert.equal(0, program.run({ "-q", "-o", out, engine.root .. "testdata/real/go1.27-generations.trace" }).status)
    return process.now() - began
  end

  -- By a program at any moment, the first and last ones too.
  it("is noticed by the program, whenever it is", function()
    local path, out = engine.tmpname(), program.tmpname()
    local kinds, ended, longest = {}, {}, 2 * run_time(out)
    for _, change in pairs(changes) do
      kinds[#kinds + 1] = change
    end
    for i = 1, 40 do
      program.write(path, engine.read(engine.root .. "testdata/real/" .. NAMES[1 + i % 4] .. ".trace"))
      os.remove(out)
      local said, line = os.tmpname(), program.line { "-q", "-o", out, path }
      local pause = i % 20 / 20 * longest
      os.execute(("{ %s 2>%s; echo $? >>%s; } & echo $! >/dev/null; sleep %.3f"):format(line, said, said, pause))
      kinds[1 + i % #kinds](path, math.random)
      local text
      repeat
        os.execute "sleep 0.01"
        text = program.read(said)
      until text:find "%d+\n$"
      os.remove(said)
      local status = tonumber(text:match "(%d+)\n$")
      ended[status] = true
      assert.is_true(status == 0 or status == 3, text)
      assert.is_true(status == 3 or lfs.attributes(out, "size") ~= nil)
      assert.is_true(not lfs.attributes(out) or is_valid(out))
    end
    assert.is_true(ended[3])
  end)
end)
