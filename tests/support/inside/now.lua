-- now: what runs now, for whoever waits for it or runs beside it. For `busted --helper`.
--
-- GOTRACE_NOW is a file that has the name of the test that runs, so that who ends a run that
-- does not end can say where it was. GOTRACE_CLAIMS is a folder of several runs that are told
-- of the same files: each file is run by the one that made its folder there, and in it are the
-- seconds that it took.
--
-- Under ASan libasan is preloaded into this process. Programs of ours have it linked; into shells
-- and tools it would bring nothing but its time, so that they are started without. What needs it,
-- as it loads libgotrace.so, finds its name in GOTRACE_PRELOAD.
local busted = require "busted"
local ffi = require "ffi"
local lfs = require "lfs"

ffi.cdef [[
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
]]
-- What is printed into a pipe is as on a terminal of 80 columns.
ffi.C.setenv("COLUMNS", "80", 1)
ffi.C.setenv("GOTRACE_PRELOAD", os.getenv "LD_PRELOAD" or "", 1)
ffi.C.unsetenv "LD_PRELOAD"

local function write(path, text)
  local file = assert(io.open(path, "w"))
  file:write(text)
  file:close()
end

local now = os.getenv "GOTRACE_NOW"
if now then
  busted.subscribe({ "test", "start" }, function(test)
    write(now, ("%s:%d: %s\n"):format(test.trace.short_src, test.trace.currentline, test.name))
    return nil, true
  end)
end

local claims = os.getenv "GOTRACE_CLAIMS"
if claims then
  local function claim(file)
    return claims .. "/" .. file.name:gsub("/", "_")
  end
  local mine = {}

  busted.subscribe({ "file", "start" }, function(file)
    mine[file.name] = lfs.mkdir(claim(file))
    if not mine[file.name] then
      getmetatable(file.run).__call = function() end
    end
    return nil, true
  end)

  busted.subscribe({ "file", "end" }, function(file)
    if mine[file.name] then
      write(claim(file) .. "/seconds", ("%.1f %s\n"):format(file.duration, file.name))
    end
    return nil, true
  end)
end
