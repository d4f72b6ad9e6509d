-- What is no part of a trace but stands in its file: text, and other traces. The
-- recordings of testdata/real must yield the events that they have alone.
local engine = require "support.engine"
local reading = require "support.reading"
local trace = require "support.trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

local NAMES = {
  "go1.15-sync", "go1.19-channels", "go1.21-http", "go1.21-annotations", "go1.22-sync", "go1.23-http", "go1.25-sync",
  "go1.27-http",
}

local LOG = "2024/01/02 03:04:05 worker 1 ready\n"
-- What could be taken for a batch or an end of generation is among them.
local TEXTS = {
  LOG,
  "PASS\nok  \texample.com/p\t0.412s\n",
  "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nX-Go: 1\r\n\r\n",
  "1 2024/01/02 1: 1 of 11 items\n",
  "404 page not found\n",
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz\n",
  "INFO: starting \27[32mgr\195\188n\27[0m\n",
  '{"level":"info","msg":"ready"}\n',
  "panic: runtime error\n\ngoroutine 1 [running]:\nmain.main()\n",
}

local function recording(name)
  local root = debug.getinfo(1, "S").source:match "^@(.*)tests/api/" or ""
  local file = assert(io.open(root .. "testdata/real/" .. name .. ".trace", "rb"))
  local bytes = file:read "*a"
  file:close()
  return bytes
end

-- A number for all events and their context and arguments, but for ids of strings
-- and stacks; and what was found wrong.
local function read(bytes, step)
  local names, out, diag = lib.gotrace_names_new(), ffi.new "gotrace *[1]", engine.diag()
  local batch, lost, sum = ffi.new "gotrace_batch", ffi.new "uint64_t[1]", 0ULL
  assert(lib.gotrace_open_memory(out, bytes, #bytes, step, names, diag) == C.GOTRACE_OK, ffi.string(diag.what))
  while lib.gotrace_next(out[0], batch, diag) == C.GOTRACE_OK do
    for i = 0, batch.len - 1 do
      local e = batch.events[i]
      if e.type < C.GOTRACE_EV_GENERATION then
        sum = (sum + e.type) * 31 + e.time * 7 + e.g * 5 + e.p * 3 + e.m
      end
    end
  end
  local info, damages = lib.gotrace_info_of(out[0]), {}
  local events = tonumber(info.events)
  for i = 1, math.min(tonumber(info.damages), 9) do
    damages[i] = reading.diag(lib.gotrace_damage(out[0], i - 1, lost))
    damages[i].lost = tonumber(lost[0])
  end
  lib.gotrace_close(out[0])
  lib.gotrace_names_free(names)
  return { events = events, sum = tostring(sum) }, damages
end

-- Where a batch begins, by the engine's own framing: all of a v2 trace.
engine.header "src/io/source.h"
engine.header "src/v2/file/batch_read.h"
local function batches_of(bytes, version)
  local src, b, list = ffi.new "source *[1]", ffi.new "struct v2_batch", {}
  assert(lib.source_open_memory(src, bytes, #bytes, 0, nil) == C.GOTRACE_OK)
  local off = 16
  while lib.v2_batch_read(src[0], version, off, b, nil) == C.GOTRACE_OK do
    list[#list + 1] = off
    off = tonumber(b.data) + b.size
  end
  lib.source_close(src[0])
  return list
end

local function version_of(bytes)
  return tonumber(bytes:match "^go 1%.(%d+) trace")
end

-- Opens the trace behind another: the lines of all, as { lines, info }.
local function all_of(bytes, step)
  local names, out, diag = lib.gotrace_names_new(), ffi.new "gotrace *[1]", engine.diag()
  local batch, found = ffi.new "gotrace_batch", {}
  assert(lib.gotrace_open_memory(out, bytes, #bytes, step or 0, names, diag) == C.GOTRACE_OK)
  while true do
    local t, n = out[0], 0
    local status
    repeat
      status = tonumber(lib.gotrace_next(t, batch, diag))
      for i = 0, status == 0 and batch.len - 1 or -1 do
        n = n + (batch.events[i].type < C.GOTRACE_EV_GENERATION and 1 or 0)
      end
    until status ~= 0
    assert.equal(C.GOTRACE_END, status)
    local info = lib.gotrace_info_of(t)
    found[#found + 1] = {
      events = n,
      off = tonumber(info.off),
      size = tonumber(info.size),
      damages = tonumber(info.damages),
    }
    if info.next == 0 then
      lib.gotrace_close(t)
      break
    end
    local status_of_next = tonumber(lib.gotrace_follow(out, t, diag))
    if status_of_next ~= 0 then
      found.failed = ffi.string(diag.what)
      break
    end
  end
  lib.gotrace_names_free(names)
  return found
end

describe("text in a trace", function()
  for _, name in ipairs(NAMES) do
    describe("of " .. name, function()
      local bytes = recording(name)
      local alone = read(bytes, 0)

      local function same(with, text, at)
        for _, step in ipairs { 0, 4096 } do
          local got, damages = read(with, step)
          assert.same(alone, got)
          assert.equal(1, #damages)
          assert.equal(#text, damages[1].lost)
          assert.equal(at, damages[1].off)
          assert.matches("^text that is no part of the trace", damages[1].what)
        end
      end

      for _, text in ipairs(TEXTS) do
        it(("before it: %q"):format(text:sub(1, 12)), function()
          same(text .. bytes, text, 0)
        end)
        it(("behind its header: %q"):format(text:sub(1, 12)), function()
          same(bytes:sub(1, 16) .. text .. bytes:sub(17), text, 16)
        end)
        it(("behind its end: %q"):format(text:sub(1, 12)), function()
          same(bytes .. text, text, #bytes)
        end)
        -- Behind a table "4" is the end of its generation, as good as any.
        if version_of(bytes) >= 22 and not text:find "^4" then
          it(("between its batches: %q"):format(text:sub(1, 12)), function()
            local list = batches_of(bytes, version_of(bytes))
            for i = 1, 5 do
              local off = list[math.ceil(#list * i / 6)]
              same(bytes:sub(1, off) .. text .. bytes:sub(off + 1), text, off)
            end
          end)
        end
      end
    end)
  end
end)

describe("several traces in a file", function()
  local made = {}
  for i, name in ipairs(NAMES) do
    made[i] = recording(name)
  end

  it("are each read as alone", function()
    local want, off = {}, 0
    for i, bytes in ipairs(made) do
      local got = all_of(bytes)[1]
      want[i] = { events = got.events, off = off, size = #bytes, damages = 0 }
      off = off + #bytes
    end
    for _, step in ipairs { 0, 1000 } do
      assert.same(want, all_of(table.concat(made), step))
    end
  end)

  it("with text between them", function()
    for _, step in ipairs { 0, 1000 } do
      local got = all_of(made[1] .. LOG .. made[8] .. LOG .. made[2], step)
      assert.same({ 0, #made[1] + #LOG, #made[1] + #made[8] + 2 * #LOG }, { got[1].off, got[2].off, got[3].off })
      assert.same({ 1, 1, 0 }, { got[1].damages, got[2].damages, got[3].damages })
      assert.equal(all_of(made[8])[1].events, got[2].events)
    end
  end)

  -- The program was killed, and started again.
  for i, name in ipairs(NAMES) do
    it("the first of which is cut off anywhere: " .. name, function()
      for k = 1, 20 do
        local len = 17 + math.floor((#made[i] - 18) * k / 21)
        local cut = made[i]:sub(1, len)
        local got = all_of(cut .. made[8])
        assert.equal(2, #got, ("cut at %d"):format(len))
        assert.equal(len, got[2].off)
        assert.equal(all_of(made[8])[1].events, got[2].events)
        assert.is_true(all_of(cut)[1].events <= got[1].events)
      end
    end)
  end

  it("are not seen in what an event says", function()
    for _, payload in ipairs { trace.header(26), trace.header(26) .. "\1", trace.header(21) .. "\1" } do
      local bytes = trace.file(26, {
        { m = 1, time = 1, { "ProcStatus", 1, 0, 1 }, { "GoStatus", 1, 5, 1, 2 } },
        strings = { [1] = payload },
      })
      local got = all_of(bytes)
      assert.equal(1, #got)
      assert.equal(2, got[1].events)
      assert.equal(0, got[1].damages)
    end
  end)

  it("say so where the second is of a version that nobody knows", function()
    local got = all_of(made[8] .. ("go 1.77 trace" .. ("\0"):rep(3)) .. "\1\1")
    assert.equal(1, #got)
    assert.matches("format version go 1.77", got.failed)
  end)
end)

-- A file that was longer, and was written anew without being cut off.
describe("the end of an older trace", function()
  for _, pair in ipairs {
    { "go1.26-flight", "go1.27-gc" }, { "go1.27-sync", "go1.27-http" }, { "go1.27-allocfree", "go1.27-mix" },
    { "go1.26-http", "go1.26-mix" }, { "go1.23-stacks", "go1.22-gc" }, { "go1.25-syscalls", "go1.23-http" },
    { "go1.25-http", "go1.24-mix" }, { "go1.25-annotations", "go1.23-turnover" },
    { "go1.25-sync", "go1.22-generations" }, { "go1.15-empty", "go1.15-lifetimes" }, { "go1.21-cgo", "go1.19-gc" },
    { "go1.19-sync", "go1.21-mix" }, { "go1.21-faults", "go1.15-http" },
  } do
    it(("%s, is no part of %s"):format(pair[2], pair[1]), function()
      local bytes, older = recording(pair[1]), recording(pair[2])
      local got, damages = read(bytes .. older:sub(#bytes + 1), 0)
      assert.same(read(bytes, 0), got)
      assert.equal(1, #damages)
      assert.matches("the end of an older trace follows", damages[1].what, 1, true)
      assert.equal(#older - #bytes, damages[1].lost)
    end)
  end

  -- Of such a table some records may be taken for the new trace's, if their ids are none of it.
  it("that is but a part of a table leaves events as they are, and their stacks", function()
    for _, pair in ipairs {
      { "go1.15-stacks", "go1.15-gc" }, { "go1.21-sync", "go1.21-http" }, { "go1.19-timers", "go1.21-procs" },
      { "go1.24-sync", "go1.23-http" }, { "go1.27-sync", "go1.27-http" },
    } do
      local bytes, older = recording(pair[1]), recording(pair[2])
      local want = table.concat(reading.events(reading.read(bytes)), "\n")
      for n = 100, 2000, 380 do
        local got = reading.read(bytes .. older:sub(-n))
        assert(want == table.concat(reading.events(got), "\n"), ("%d bytes behind %s"):format(n, pair[1]))
        assert.truthy(got.damages[1], n)
      end
    end
  end)
end)
