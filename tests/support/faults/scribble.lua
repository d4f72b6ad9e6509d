-- Changes the bytes of a file over and over, and back, until it is killed or
-- SECONDS have passed: one byte at a time, a few, or a page of zeros, as it looks
-- where a file was cut short. PAUSE: microseconds that it leaves the file
-- so, and then as it was.
--
--   luajit scribble.lua PATH SECONDS [PAUSE]
local ffi = require "ffi"
ffi.cdef [[
int open(const char *, int, ...);
void *mmap(void *, size_t, int, int, int, long);
int usleep(unsigned);
]]
local READ_WRITE, SHARED = 3, 1

local path, seconds, pause = arg[1], tonumber(arg[2]), tonumber(arg[3])
local f = assert(io.open(path, "rb"))
local bytes = f:read "*a"
f:close()
local data = ffi.cast("volatile uint8_t *", ffi.C.mmap(nil, #bytes, READ_WRITE, SHARED, ffi.C.open(path, 2), 0))

local function spoil(from, n)
  local value = n > 8 and 0 or math.random(0, 255)
  for i = from, math.min(from + n, #bytes) - 1 do
    data[i] = value
  end
end

local function rest()
  if pause then
    ffi.C.usleep(pause)
  end
end

local function restore(from, n)
  for i = from, math.min(from + n, #bytes) - 1 do
    data[i] = bytes:byte(i + 1)
  end
end

local ends = os.time() + seconds
repeat
  for _ = 1, pause and 1 or 1000 do
    local from, kind = math.random(16, #bytes - 1), math.random(100)
    local n = kind == 1 and 4096 or kind < 10 and 8 or 1
    spoil(from, n)
    rest()
    restore(from, n)
    rest()
  end
until os.time() > ends
