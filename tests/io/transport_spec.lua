-- What was done to the bytes of a trace on their way is taken back, by whatever it is
-- read: a file that is mapped or not, memory, and pipes of any steps.
local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.header "src/io/source.h"
engine.cdef [[
int open(const char *path, int flags, ...);
int close(int fd);
long write(int fd, const void *data, size_t n);
]]
local O_RDWR = 2

local at = ffi.new "const uint8_t *[1]"
local function opened(open, ...)
  local out, diag = ffi.new "source *[1]", engine.diag()
  assert(open(out, ...) == C.GOTRACE_OK, ffi.string(diag.what))
  return out[0]
end

-- All of it, its packing and the status at the end.
local function drain(s)
  local n = tonumber(lib.source_peek(s, 0, 2 ^ 30, at))
  local got, packing = ffi.string(at[0], n), tonumber(lib.source_packing_of(s))
  local status = tonumber(lib.source_status(s, nil))
  lib.source_close(s)
  return got, packing, status
end

local function each_way(bytes, check)
  for _, step in ipairs { 0, 1, 7, 4093 } do
    check(drain(opened(lib.source_open_memory, bytes, #bytes, step, nil)))
  end
  for _, map in ipairs { true, false } do
    check(drain(opened(lib.source_open, engine.tmpfile(bytes), map, nil)))
  end
end

local function is_taken_back(want, packing, bytes)
  each_way(bytes, function(got, is, status)
    assert.is_true(got == want, ("%d bytes, not %d"):format(#got, #want))
    assert.equal(tonumber(C[packing]), is)
    assert.equal(tonumber(C.GOTRACE_END), status)
  end)
end

local function text_mode(bytes)
  return (bytes:gsub("\n", "\r\n"))
end

local function latin1(bytes)
  return (bytes:gsub("[\128-\255]", function(c)
    return string.char(192 + math.floor(c:byte() / 64), 128 + c:byte() % 64)
  end))
end

local ANSWER = "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
local function chunked(bytes, size, form)
  local out = {}
  for i = 1, #bytes, size do
    local chunk = bytes:sub(i, i + size - 1)
    out[#out + 1] = (form or "%x\r\n"):format(#chunk) .. chunk .. "\r\n"
  end
  return table.concat(out) .. "0\r\n\r\n"
end

local function recording(name)
  return engine.read(engine.root .. "testdata/real/" .. name .. ".trace")
end
-- The smallest of both families, whose line feeds are few, and more than is looked at.
local TRACES = {
  recording "go1.22-empty", recording "go1.19-empty", recording "go1.15-sync", recording "go1.27-http",
  recording "go1.26-flight",
}

describe("what was done to a trace on its way", function()
  after_each(engine.clean)

  it("is taken back of text mode", function()
    for _, bytes in ipairs(TRACES) do
      is_taken_back(bytes, "SOURCE_TEXT_MODE", text_mode(bytes))
    end
  end)

  it("is taken back of carriage returns that were there before", function()
    local bytes = TRACES[1]:gsub("\n", "\r\n\r\r\n")
    is_taken_back(bytes, "SOURCE_TEXT_MODE", text_mode(bytes))
  end)

  it("is taken back of Latin-1", function()
    for _, bytes in ipairs(TRACES) do
      is_taken_back(bytes, "SOURCE_LATIN1", latin1(bytes))
    end
  end)

  it("is taken back of chunks behind an answer's headers, which stay", function()
    for i, bytes in ipairs(TRACES) do
      is_taken_back(ANSWER .. bytes, "SOURCE_CHUNKED", ANSWER .. chunked(bytes, 512 * i))
      local wait = "HTTP/1.1 100 Continue\r\n\r\n" .. ANSWER:lower():gsub("^http", "HTTP")
      is_taken_back(wait .. bytes, "SOURCE_CHUNKED", wait .. chunked(bytes, 70000, "%X;a=b\r\n"))
    end
  end)

  it("is taken back of chunks alone", function()
    for i, bytes in ipairs(TRACES) do
      is_taken_back(bytes, "SOURCE_CHUNKED", chunked(bytes, 16))
      is_taken_back(bytes, "SOURCE_CHUNKED", chunked(bytes, 100000 * i))
    end
  end)

  it("is taken back up to where chunks are cut off or broken", function()
    local bytes = TRACES[3]
    local whole = chunked(bytes, 4096)
    is_taken_back(bytes:sub(1, 5000), "SOURCE_CHUNKED", whole:sub(1, 5000 + 6 + 2 + 6))
    local text = "log: no size\n" .. ("x"):rep(100)
    is_taken_back(bytes:sub(1, 4096) .. text, "SOURCE_CHUNKED", whole:sub(1, 6 + 4096 + 2) .. text)
  end)

  it("is nothing where one byte shows that it was not done", function()
    for _, bytes in ipairs(TRACES) do
      is_taken_back(bytes, "SOURCE_PLAIN", bytes)
      local changed = text_mode(bytes):sub(1, 60000) .. "\n"
      is_taken_back(changed, "SOURCE_PLAIN", changed)
      changed = latin1(bytes):sub(1, 60000) .. "\200\n\r"
      is_taken_back(changed, "SOURCE_PLAIN", changed)
    end
  end)

  it("is told by the first 64 KiB, however much of it is there at once", function()
    local bytes = TRACES[4]
    assert.is_true(#bytes > 2 ^ 16)
    is_taken_back(bytes .. "\n", "SOURCE_TEXT_MODE", text_mode(bytes) .. "\n")
    is_taken_back(bytes .. "\200", "SOURCE_LATIN1", latin1(bytes) .. "\200")
  end)

  it("is nothing of texts, numbers before a trace, and answers that are not chunked", function()
    local trace = TRACES[3]
    local plain = ANSWER:gsub("Transfer%-Encoding: chunked", "Content-Length: 9")
    for _, bytes in ipairs {
      ("a line\r\n"):rep(100), ("gr\195\188n\n"):rep(100), "1\r\n" .. trace, "10\r\n" .. trace, "42\r\n" .. trace,
      plain .. trace, "HTTP/1.1 200 OK\n" .. trace, "HTTP/", "4", "", "1000\r\ngo", "\r", "\194", "\0\r\n\r\n\r\n",
    } do
      is_taken_back(bytes, "SOURCE_PLAIN", bytes)
    end
  end)

  it("holds nothing back from who waits, before it may have been done", function()
    local path = engine.tmpname()
    os.remove(path)
    assert(os.execute("mkfifo " .. path) == 0)
    local fd = C.open(path, O_RDWR)
    local s = opened(lib.source_open, path, true, nil)
    local function put(bytes)
      assert.equal(#bytes, tonumber(C.write(fd, bytes, #bytes)))
    end
    put "go 1.26 trace\0\0\0"
    assert.equal(16, tonumber(lib.source_peek(s, 0, 16, at)))
    put(("a\r\n"):rep(10))
    assert.equal(17, tonumber(lib.source_peek(s, 0, 17, at)))
    put "\200\1\n" -- was not done
    assert.equal(49, tonumber(lib.source_peek(s, 0, 49, at)))
    C.close(fd)
    lib.source_close(s)
  end)
end)
