-- A file, GOTRACE_SHRINKS, of which others cut off what is behind GOTRACE_TO bytes as its third
-- generation is kept: for record.
local ffi = require "ffi"
local kept = require "gotrace.export.kept"

ffi.cdef "int open(const char *path, int flags, ...); int ftruncate(int fd, long length);"

local WRITE_ONLY = 1
local fd = ffi.C.open(os.getenv "GOTRACE_SHRINKS", WRITE_ONLY)
local open = kept.open

function kept.open(path)
  local self, n = open(path), 0
  local add = self.add
  function self.add(...)
    n = n + 1
    if n == 3 then
      assert(ffi.C.ftruncate(fd, tonumber(os.getenv "GOTRACE_TO")) == 0)
    end
    return add(...)
  end
  return self
end
