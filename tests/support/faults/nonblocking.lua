-- Runs a program whose standard output does not wait for its reader.
--
--   luajit nonblocking.lua PROGRAM ARGUMENT...
local ffi = require "ffi"
ffi.cdef [[
int fcntl(int fd, int command, ...);
int execvp(const char *file, const char **argv);
]]
local F_SETFL, O_WRONLY, O_NONBLOCK = 4, 1, 2048

ffi.C.fcntl(1, F_SETFL, ffi.cast("int", O_WRONLY + O_NONBLOCK))
local argv = ffi.new("const char *[?]", #arg + 1)
for i = 1, #arg do
  argv[i - 1] = arg[i]
end
ffi.C.execvp(arg[1], argv)
error("cannot run " .. arg[1])
