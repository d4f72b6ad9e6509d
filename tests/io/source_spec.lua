local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.header "src/io/source.h"
engine.cdef [[
int open(const char *path, int flags, ...);
int close(int fd);
int dup(int fd);
int dup2(int from, int to);
int truncate(const char *path, long len);
long lseek(int fd, long off, int whence);
long write(int fd, const void *data, size_t n);
unsigned geteuid(void);
void *signal(int sig, void *handler);
unsigned ualarm(unsigned usec, unsigned interval);
]]
local O_WRONLY, O_RDWR, SIGALRM = 1, 2, 14

-- A source that is closed when the test ends, also when it fails, and until then is
-- interrupted by `stop`.
local opened = {}
local stop = engine.interrupter()
local function keep(out, status, diag)
  if status ~= C.GOTRACE_OK then
    assert(out[0] == nil)
    return nil, diag
  end
  assert(lib.source_heed(out[0], stop, diag) == C.GOTRACE_OK)
  opened[#opened + 1] = out[0]
  return out[0]
end

local function open(path)
  local out, diag = ffi.new "source *[1]", engine.diag()
  return keep(out, lib.source_open(out, path, true, diag), diag)
end

local memory = {} -- what open sources borrow
local function open_memory(bytes, step)
  local out, diag = ffi.new "source *[1]", engine.diag()
  memory[#memory + 1] = bytes
  return keep(out, lib.source_open_memory(out, bytes, #bytes, step or 0, diag), diag)
end

-- How many bytes a peek shows; where they are; the first n of them.
local at = ffi.new "const uint8_t *[1]"
local function peek(s, off, n)
  return tonumber(lib.source_peek(s, off, n, at))
end
local function pointer(s, off, n)
  peek(s, off, n)
  return at[0]
end
local function bytes(s, off, n)
  local have = peek(s, off, n)
  return ffi.string(at[0], math.min(have, n))
end

local function status(s)
  local diag = engine.diag()
  return lib.source_status(s, diag), ffi.string(diag.what), diag
end

-- Reads to the end, n bytes at a time, letting go behind. Returns the bytes,
-- the status and what it says.
local function drain(s, n)
  local got, off = {}, 0
  while true do
    local piece = bytes(s, off, n or 4096)
    got[#got + 1] = piece
    off = off + #piece
    lib.source_release(s, off)
    if #piece < (n or 4096) then
      return table.concat(got), status(s)
    end
  end
end

-- A FIFO, and its write end (in this process; open for reading too, so that it
-- does not wait for a reader).
local function fifo()
  local path = engine.tmpname()
  os.remove(path)
  assert(os.execute("mkfifo " .. path) == 0)
  return path, C.open(path, O_RDWR)
end

local function put(fd, text)
  assert(C.write(fd, text, #text) == #text)
end

-- Calls fn, with arg, before each wait of s, until the test ends. Compiled code must not
-- call what calls back.
local hooks = {}
local function on_wait(s, fn, arg)
  jit.off()
  hooks[#hooks + 1] = ffi.cast("void (*)(void *)", fn)
  lib.source_on_wait(s, hooks[#hooks], arg)
end

-- Runs a Lua program in a process of its own, with the names of this file at
-- hand. Returns what it printed and its exit status as the shell has it.
local function run(program)
  local path = engine.tmpfile([[
    package.path = "]] .. engine.root .. [[tests/?.lua;" .. package.path
    local engine, ffi = require "support.engine", require "ffi"
    local lib, C = engine.lib, ffi.C
    engine.header "src/io/source.h"
    engine.cdef "void *signal(int, void *); int raise(int); int truncate(const char *, long);"
    engine.cdef "void *mmap(void *, size_t, int, int, int, long); int open(const char *, int, ...);"
    local function open(path)
      local out = ffi.new "source *[1]"
      assert(lib.source_open(out, path, true, nil) == C.GOTRACE_OK)
      return out[0]
    end
  ]] .. program)
  local p = io.popen("{ LD_PRELOAD=$GOTRACE_PRELOAD luajit " .. path .. "; echo status $?; } 2>/dev/null")
  local out = p:read "*a"
  p:close()
  local printed, code = out:match "^(.*)status (%d+)\n$"
  return printed, tonumber(code)
end

-- Resident memory in KiB, and its peak since reset_peak.
local function memory_of(field)
  return tonumber(engine.read("/proc/self/status"):match(field .. ":%s*(%d+) kB"))
end
local function reset_peak()
  local f = assert(io.open("/proc/self/clear_refs", "w"))
  f:write "5"
  f:close()
end

-- Something that packs to about a third.
local function sample(n)
  math.randomseed(7)
  local t = {}
  for i = 1, n / 16 do
    t[i] = ("%-11d %4d"):format(math.random(0, 99999), i % 9999)
  end
  return table.concat(t)
end

local plain = sample(300000)
local gz = engine.filter("gzip -c", plain)
local zst = engine.filter("zstd -qc", plain)
-- A stored deflate block is complete in itself.
local stored_gz = "\x1f\x8b\x08\0\0\0\0\0\0\3\0\3\0\xfc\xffone"
local skippable = "\x5a\x2a\x4d\x18\x05\0\0\0skip!"

describe("source", function()
  after_each(function()
    for i = #opened, 1, -1 do
      lib.source_close(opened[i])
      opened[i] = nil
    end
    jit.on()
    memory = {}
    engine.clean()
  end)

  describe("on a plain file", function()
    it("shows all of it at once", function()
      local s = open(engine.tmpfile(plain))
      assert.equal(#plain, peek(s, 0, 1))
      assert.equal(plain:sub(101, 200), bytes(s, 100, 100))
      assert.equal(C.GOTRACE_OK, status(s))
      assert.equal(#plain, tonumber(lib.source_size(s)))
      assert.equal(#plain, tonumber(lib.source_seen(s)))
      assert.equal(#plain, tonumber(lib.source_file_size(s)))
      assert.equal(C.SOURCE_PLAIN, lib.source_packing_of(s))
    end)

    it("ends behind the last byte", function()
      local s = open(engine.tmpfile(plain))
      assert.equal(5, peek(s, #plain - 5, 6))
      assert.equal(C.GOTRACE_END, status(s))
      assert.equal(0, peek(s, #plain, 1))
      assert.equal(0, peek(s, 2 ^ 60, 1))
    end)

    it("may be empty", function()
      local s = open(engine.tmpfile "")
      assert.equal(0, peek(s, 0, 1))
      assert.equal(C.GOTRACE_END, status(s))
      assert.equal(0, tonumber(lib.source_size(s)))
    end)

    it("lets go of pages that were passed", function()
      local path = engine.tmpfile "x"
      assert.equal(0, C.truncate(path, 64 * 2 ^ 20))
      local s = open(path)
      reset_peak()
      local before, sum = memory_of "VmRSS", 0
      for off = 0, 64 * 2 ^ 20 - 1, 65536 do
        local p = pointer(s, off, 65536)
        for i = 0, 65535, 4096 do
          sum = sum + p[i]
        end
        lib.source_release(s, off + 65536)
      end
      assert.equal(("x"):byte(), sum)
      assert.is_true(memory_of "VmHWM" - before < 4096)
    end)
  end)

  describe("on a file that shrinks", function()
    it("reads zeros and reports it", function()
      local path = engine.tmpfile(plain)
      local s = open(path)
      local p = pointer(s, 0, #plain)
      assert.equal(0, C.truncate(path, 5000))
      assert.equal(0, p[100000])
      assert.equal(0, p[200000])
      assert.equal(plain:sub(1, 4096), ffi.string(p, 4096))
      local st, what, diag = status(s)
      assert.equal(C.GOTRACE_SYSTEM, st)
      assert.matches("^file shrank while it was read", what)
      assert.equal("5000 bytes", ffi.string(diag.have))
      assert.equal("300000 bytes", ffi.string(diag.want))
      assert.equal(5000, tonumber(diag.offset))
      assert.equal(plain:sub(1, 5000), bytes(s, 0, #plain))
    end)

    it("reports it at the end too if the missing bytes were never touched", function()
      local path = engine.tmpfile(plain)
      local s = open(path)
      assert.equal(0, C.truncate(path, #plain - 1))
      assert.equal(#plain, peek(s, 0, #plain + 1))
      assert.equal(C.GOTRACE_SYSTEM, status(s))
    end)

    it("does not disturb other sources", function()
      local paths, views, sources = {}, {}, {}
      for i = 1, 5 do
        paths[i] = engine.tmpfile(plain)
        sources[i] = open(paths[i])
        views[i] = pointer(sources[i], 0, 1)
      end
      C.truncate(paths[2], 0)
      C.truncate(paths[4], 4096)
      lib.source_close(table.remove(opened, 3))
      local sum = 0
      for _, i in ipairs { 1, 2, 4, 5 } do
        sum = sum + views[i][0] + views[i][299999]
      end
      assert.equal(5 * plain:byte(1) - 2 * plain:byte(1) + 2 * plain:byte(-1), sum)
      for i, want in pairs { C.GOTRACE_OK, [2] = C.GOTRACE_SYSTEM, [4] = C.GOTRACE_SYSTEM, [5] = C.GOTRACE_OK } do
        assert.equal(want, status(sources[i]))
      end
    end)

    it("leaves the bus errors of others alone", function()
      local printed, code = run [[
        local path = engine.tmpfile(("x"):rep(100000))
        local s = open(path)
        local theirs = ffi.cast("uint8_t *", C.mmap(nil, 100000, 1, 2, C.open(path, 0), 0))
        C.truncate(path, 0)
        print "before"
        io.stdout:flush()
        os.remove(path)
        print(theirs[50000])
      ]]
      assert.equal("before\n", printed)
      assert.not_equal(0, code)
    end)

    it("hands bus errors that are sent to the handler before", function()
      local printed, code = run [[
        local stop = engine.interrupter()
        C.signal(7, engine.interrupting(stop)) -- for something that shows it was called
        local path = engine.tmpfile "bytes"
        local s = open(path)
        lib.source_heed(s, stop, nil)
        os.remove(path)
        C.raise(7)
        print(lib.source_take_interrupt(s))
      ]]
      assert.equal("true\n", printed)
      assert.equal(0, code)
    end)

    it("dies of a bus error that is sent when there was no handler", function()
      local printed, code = run [[
        local path = engine.tmpfile "bytes"
        local s = open(path)
        lib.source_heed(s, stop, nil)
        os.remove(path)
        C.raise(7)
        print "alive"
      ]]
      assert.equal("", printed)
      assert.not_equal(0, code)
    end)
  end)

  describe("on a pipe", function()
    it("shows what has come without waiting for the rest", function()
      local path, fd = fifo()
      local s = open(path)
      put(fd, "hello")
      assert.equal("hel", bytes(s, 0, 3))
      assert.equal(5, peek(s, 0, 1))
      assert.equal(C.GOTRACE_OK, status(s))
      put(fd, " world")
      assert.equal("hello world", bytes(s, 0, 11))
      C.close(fd)
      assert.equal("world", bytes(s, 6, 100))
      assert.equal(C.GOTRACE_END, status(s))
      assert.equal(0, tonumber(lib.source_size(s)))
      assert.equal(0, tonumber(lib.source_file_size(s)))
      assert.equal(11, tonumber(lib.source_seen(s)))
    end)

    it("waits for a writer, and between its writes", function()
      local path, fd = fifo()
      C.close(fd)
      local writer = io.popen("sh -c 'sleep 0.05; exec >" .. path .. "; printf go; sleep 0.05; printf trace'")
      assert.equal("gotrace", (drain(open(path), 100)))
      writer:close()
    end)

    it("reads all of a large one, whatever the steps", function()
      for _, n in ipairs { 1000, 65536, 99999, 400000 } do
        local path, fd = fifo()
        C.close(fd)
        local file = engine.tmpfile(plain)
        local writer = io.popen("cat " .. file .. " >" .. path)
        local got, st = drain(open(path), n)
        writer:close()
        assert.is_true(got == plain)
        assert.equal(C.GOTRACE_END, st)
      end
    end)

    it("keeps no more than was peeked", function()
      local path, fd = fifo()
      C.close(fd)
      local writer = io.popen("head -c 64M /dev/zero >" .. path)
      local s = open(path)
      reset_peak()
      local before, off = memory_of "VmRSS", 0
      repeat
        local have = peek(s, off, 1000)
        off = off + math.min(have, 1000)
        lib.source_release(s, off)
      until have < 1000
      writer:close()
      assert.equal(64 * 2 ^ 20, off)
      assert.is_true(memory_of "VmHWM" - before < 2048)
    end)

    it("skips what is released ahead of it", function()
      local path, fd = fifo()
      C.close(fd)
      local writer = io.popen("{ head -c 64M /dev/zero; printf end; } >" .. path)
      local s = open(path)
      reset_peak()
      local before = memory_of "VmRSS"
      lib.source_release(s, 64 * 2 ^ 20)
      assert.equal("end", bytes(s, 64 * 2 ^ 20, 10))
      writer:close()
      assert.is_true(memory_of "VmHWM" - before < 2048)
    end)

    it("tells before it waits, and only then", function()
      local path, fd = fifo()
      local s = open(path)
      local waits = 0
      put(fd, "here")
      on_wait(s, function()
        waits = waits + 1
        put(fd, "late")
      end)
      assert.equal("here", bytes(s, 0, 4))
      assert.equal(0, waits)
      assert.equal("herelate", bytes(s, 0, 8))
      assert.equal(1, waits)
      C.close(fd)
    end)
  end)

  describe("on standard input", function()
    local function with_stdin(fd, test)
      local saved = C.dup(0)
      C.dup2(fd, 0)
      C.close(fd)
      local ok, err = pcall(test)
      C.dup2(saved, 0)
      C.close(saved)
      assert(ok, err)
    end

    it("maps a file", function()
      with_stdin(C.open(engine.tmpfile(plain), 0), function()
        local s = open "-"
        assert.equal(#plain, tonumber(lib.source_size(s)))
        assert.is_true(drain(s) == plain)
      end)
    end)

    it("begins where a file has been read to", function()
      local fd = C.open(engine.tmpfile(plain), 0)
      C.lseek(fd, 1000, 0)
      with_stdin(fd, function()
        assert.is_true(drain(open "-") == plain:sub(1001))
      end)
    end)

    it("reads a pipe and leaves it open", function()
      local path, fd = fifo()
      put(fd, "through stdin")
      local reader = C.open(path, 0)
      C.close(fd)
      with_stdin(reader, function()
        local s = open "-"
        assert.equal("through stdin", (drain(s)))
        lib.source_close(table.remove(opened))
        local again = C.dup(0)
        assert.is_true(again >= 0)
        C.close(again)
      end)
    end)

    it("says so if there is none", function()
      local saved = C.dup(0)
      C.close(0)
      local s, diag = open "-"
      C.dup2(saved, 0)
      C.close(saved)
      assert.is_nil(s)
      assert.equal("cannot open standard input", ffi.string(diag.what))
    end)
  end)

  -- Each case is read from a file, from memory at once and in small steps, and
  -- must always give the same: these bytes, this status, these words.
  describe("on packed bytes", function()
    local END, DAMAGED, UNSUPPORTED = C.GOTRACE_END, C.GOTRACE_DAMAGED, C.GOTRACE_UNSUPPORTED
    local cut_gz, cut_zst = gz:sub(1, 50000), zst:sub(1, -5)
    local small = engine.filter("gzip -c", "small")
    local small_zst = engine.filter("zstd -qc", "small")
    local function flip(s, i)
      return s:sub(1, i - 1) .. string.char((s:byte(i) + 1) % 256) .. s:sub(i + 1)
    end
    local named = engine.filter("gzip -c", plain:sub(1, 1000))
    local cases = {
      { "gzip", gz, plain, END },
      { "several gzip members", gz .. small .. gz, plain .. "small" .. plain, END },
      { "an empty gzip", engine.filter("gzip -c", ""), "", END },
      { "gzip with a name and zero padding", named .. ("\0"):rep(1000), plain:sub(1, 1000), END },
      { "gzip, padding, gzip", small .. ("\0"):rep(5) .. small, "smallsmall", END },
      { "gzip cut off", cut_gz, true, DAMAGED, "gzip data is cut off at packed byte 50000" },
      { "gzip cut off in its header", gz:sub(1, 5), "", DAMAGED, "cut off at packed byte 5" },
      { "gzip cut off in its trailer", gz:sub(1, -2), plain, DAMAGED, "cut off" },
      { "a second gzip member cut off", small .. gz:sub(1, 7), "small", DAMAGED,
        "cut off at packed byte " .. #small + 7 },
      { "gzip with garbage", small .. "garbage", "small", DAMAGED,
        "something else follows the gzip data at packed byte " .. #small },
      { "gzip with one byte that begins like gzip", small .. "\x1f", "small", DAMAGED, "something else" },
      { "gzip, then zstd", small .. small_zst, "small", DAMAGED, "something else" },
      { "gzip with a broken checksum", flip(gz, #gz - 6), plain, DAMAGED, "incorrect data check" },
      { "gzip with a broken length", flip(gz, #gz), plain, DAMAGED, "incorrect length check" },
      { "gzip of an unknown method", "\x1f\x8b\x07" .. gz:sub(4), "", DAMAGED, "unknown compression method" },
      { "gzip with a broken block", stored_gz .. "\7", "one", DAMAGED, "invalid block type" },
      { "zstd", zst, plain, END },
      { "several zstd frames", zst .. small_zst .. zst, plain .. "small" .. plain, END },
      { "an empty zstd", engine.filter("zstd -qc", ""), "", END },
      { "skippable zstd frames", skippable .. zst .. skippable .. small_zst .. skippable, plain .. "small", END },
      { "only a skippable zstd frame", skippable, "", END },
      { "zstd of every level's window", engine.filter("zstd -qc --ultra -22", plain), plain, END },
      { "zstd with zero padding", small_zst .. ("\0"):rep(9), "small", END },
      { "zstd cut off", zst:sub(1, 60000), true, DAMAGED, "zstd data is cut off at packed byte 60000" },
      { "zstd cut off in its header", zst:sub(1, 5), "", DAMAGED, "cut off at packed byte 5" },
      { "zstd cut off in its checksum", cut_zst, plain, DAMAGED, "cut off" },
      { "a skippable zstd frame cut off", small_zst .. skippable:sub(1, -2), "small", DAMAGED, "cut off" },
      { "zstd with garbage", small_zst .. "garbage", "small", DAMAGED,
        "something else follows the zstd data at packed byte " .. #small_zst },
      { "zstd with a newline", small_zst .. "\n", "small", DAMAGED, "something else" },
      { "zstd with a broken checksum", flip(zst, #zst), plain, DAMAGED, "zstd data is broken" },
      { "zstd with a broken block", "\x28\xb5\x2f\xfd\0\0\x18\0\0one\6\0\0two", "one", DAMAGED,
        "zstd data is broken near packed byte 1" },
      { "zstd with a broken block behind a large one", "\x28\xb5\x2f\xfd\0\x38\2\0\x10x\6\0\0two",
        ("x"):rep(2 ^ 17), DAMAGED, "zstd data is broken near packed byte 1" },
      { "zstd with a window of 256 MiB", "\x28\xb5\x2f\xfd\0\x90\x19\0\0abc", "", UNSUPPORTED, "window" },
      { "zstd with a dictionary", "\x28\xb5\x2f\xfd\x01\0\x07\x19\0\0abc", "", UNSUPPORTED, "dictionary" },
    }
    for _, case in ipairs(cases) do
      local name, packed, want, want_status, words = unpack(case)
      it(name, function()
        local whole, st, what = drain(open(engine.tmpfile(packed)))
        assert.equal(want_status, st)
        assert.matches(words or "", what, 1, true)
        if want == true then -- as much as there is before the break
          assert.is_true(#whole > 100000)
          assert.is_true(whole == plain:sub(1, #whole))
        else
          assert.is_true(whole == want)
        end
        for _, step in ipairs { 0, 1, 4093 } do
          for _, n in ipairs { 1000, 400000 } do
            local got, st2, what2 = drain(open_memory(packed, step), n)
            assert.equal(st, st2)
            assert.is_true(got == whole)
            assert.matches(words or "", what2, 1, true)
          end
        end
      end)
    end

    it("knows the packing and not the size", function()
      for packed, want in pairs { [gz] = C.SOURCE_GZIP, [zst] = C.SOURCE_ZSTD } do
        local s = open(engine.tmpfile(packed))
        assert.equal(1, math.min(1, peek(s, 0, 1)))
        assert.equal(want, lib.source_packing_of(s))
        assert.equal(0, tonumber(lib.source_size(s)))
        assert.equal(#packed, tonumber(lib.source_file_size(s)))
      end
    end)

    it("delivers what a live producer has flushed", function()
      local path, fd = fifo()
      local s = open(path)
      put(fd, stored_gz)
      assert.equal("one", bytes(s, 0, 3))
      put(fd, "\0\3\0\xfc\xfftwo")
      assert.equal("onetwo", bytes(s, 0, 6))
      C.close(fd)
      assert.equal(6, peek(s, 0, 7))
      assert.equal(C.GOTRACE_DAMAGED, status(s))
    end)

    it("unpacks only as far as is peeked", function()
      for _, packed in ipairs {
        engine.filter("head -c 64M /dev/zero | gzip -c", ""),
        engine.filter("head -c 512M /dev/zero | zstd -qc", ""),
      } do
        local s = open(engine.tmpfile(packed))
        reset_peak()
        local before = memory_of "VmRSS"
        for off = 0, 2 ^ 20 - 1, 1000 do
          peek(s, off, 1000)
          lib.source_release(s, off + 1000)
        end
        assert.is_true(lib.source_seen(s) < 2 ^ 20 + 2 ^ 17)
        assert.is_true(memory_of "VmHWM" - before < 8192)
      end
    end)
  end)

  describe("on memory", function()
    it("gives the same in any steps", function()
      for _, step in ipairs { 0, 1, 7, 65536 } do
        local got, st = drain(open_memory(plain, step), 1001)
        assert.is_true(got == plain)
        assert.equal(C.GOTRACE_END, st)
      end
    end)

    it("takes beginnings of a magic number for what they are", function()
      for _, head in ipairs { "", "g", "\x1f", "\x1fabc", "\x28", "\x28\xb5\x2f", "\x50\x2a\x4d", "\x50go" } do
        for step = 0, 2 do
          local s = open_memory(head, step)
          assert.equal(head, (drain(s)))
          assert.equal(C.SOURCE_PLAIN, lib.source_packing_of(s))
        end
      end
    end)
  end)

  describe("interrupted", function()
    it("ends one read and goes on", function()
      local s = open_memory(plain, 100)
      assert.equal(1000, peek(s, 0, 1000))
      lib.gotrace_interrupt(stop)
      lib.gotrace_interrupt(stop)
      assert.equal(1000, peek(s, 0, 1001))
      assert.equal(C.GOTRACE_INTERRUPTED, status(s))
      assert.equal(1100, peek(s, 0, 1001))
      assert.equal(C.GOTRACE_OK, status(s))
    end)

    it("does not hold back bytes that are there", function()
      local s = open_memory(plain, 1000)
      peek(s, 0, 1000)
      lib.gotrace_interrupt(stop)
      assert.equal(1000, peek(s, 0, 900))
    end)

    it("is told of once in each source, by a read or by source_take_interrupt", function()
      local a, b = open_memory(plain, 10), open_memory(plain, 10)
      lib.gotrace_interrupt(stop)
      assert.is_true(lib.source_take_interrupt(a))
      assert.is_false(lib.source_take_interrupt(a))
      assert.equal(10, peek(a, 0, 10))
      assert.equal(0, peek(b, 0, 10))
      assert.is_false(lib.source_take_interrupt(b))
      assert.is_false(lib.source_take_interrupt(open_memory(plain)))
    end)

    it("before the packing is known changes nothing", function()
      local s = open_memory(gz, 1)
      for _ = 1, 3 do
        lib.gotrace_interrupt(stop)
        assert.equal(0, peek(s, 0, 1))
        assert.equal(C.GOTRACE_INTERRUPTED, status(s))
      end
      assert.is_true(drain(s) == plain)
    end)

    -- One that got lost would hang these tests.
    it("just before the wait ends it", function()
      local path, fd = fifo()
      local s = open(path)
      on_wait(s, lib.gotrace_interrupt, stop)
      for _ = 1, 10 do
        assert.equal(0, peek(s, 0, 1))
        assert.equal(C.GOTRACE_INTERRUPTED, status(s))
      end
      C.close(fd)
    end)

    it("waits again without spinning", function()
      local path, fd = fifo()
      C.close(fd)
      local writer = io.popen("sh -c 'sleep 0.2; echo late' >" .. path)
      local s = open(path)
      lib.gotrace_interrupt(stop)
      assert.equal(0, peek(s, 0, 1))
      local before = os.clock()
      assert.equal("late\n", bytes(s, 0, 5))
      assert.is_true(os.clock() - before < 0.1)
      writer:close()
    end)

    it("by a signal never misses it", function()
      local old = C.signal(SIGALRM, engine.interrupting(stop))
      local path, fd = fifo()
      local s = open(path)
      put(fd, "x")
      assert.equal(1, peek(s, 0, 1))
      for i = 1, 1000 do
        C.ualarm(1 + i % 97, 0)
        assert.equal(1, peek(s, 0, 2))
        assert.equal(C.GOTRACE_INTERRUPTED, status(s))
      end
      C.signal(SIGALRM, old)
      put(fd, "y")
      assert.equal("xy", bytes(s, 0, 2))
      C.close(fd)
    end)

    it("ends the wait for a FIFO's writer", function()
      local old = C.signal(SIGALRM, engine.interrupting(stop))
      local path, fd = fifo()
      C.close(fd)
      local s = open(path)
      C.ualarm(1000, 0)
      assert.equal(0, peek(s, 0, 1))
      assert.equal(C.GOTRACE_INTERRUPTED, status(s))
      C.signal(SIGALRM, old)
      fd = C.open(path, O_WRONLY)
      put(fd, "now")
      C.close(fd)
      assert.equal("now", (drain(s)))
    end)

    -- SIGALRM with a handler that does nothing of ours.
    it("is not what other signals do", function()
      local old = C.signal(SIGALRM, ffi.cast("void *", C.geteuid))
      local path, fd = fifo()
      C.close(fd)
      local writer = io.popen("sh -c 'sleep 0.05; echo late' >" .. path)
      local s = open(path)
      C.ualarm(10000, 3000)
      local got = bytes(s, 0, 5)
      C.ualarm(0, 0)
      C.signal(SIGALRM, old)
      writer:close()
      assert.equal("late\n", got)
    end)
  end)

  describe("refuses", function()
    local function refused(path, have)
      local s, diag = open(path)
      assert.is_nil(s)
      assert.equal(C.GOTRACE_SYSTEM, diag.status)
      assert.equal("cannot open " .. path, ffi.string(diag.what))
      assert.equal(have, ffi.string(diag.have))
    end

    it("what is not there", function()
      refused("/nonexistent/x.trace", "No such file or directory")
    end)

    it("a folder", function()
      refused("/tmp", "Is a directory")
    end)

    it("what may not be read", function()
      if C.geteuid() == 0 then
        return -- root may
      end
      local path = engine.tmpfile "secret"
      os.execute("chmod 0 " .. path)
      refused(path, "Permission denied")
    end)

    it("to go on when reading fails, and keeps what it has", function()
      local s = open "/proc/self/mem"
      assert.equal(0, peek(s, 0, 1))
      local st, what, diag = status(s)
      assert.equal(C.GOTRACE_SYSTEM, st)
      assert.equal("cannot read /proc/self/mem", what)
      assert.equal(5, diag.sys)
    end)
  end)
end)
