-- What a process can do behind the wall: GOTRACE_LUA_INIT names this file. As an
-- attacker who has escaped from Lua would, it makes system calls as soon as the
-- wall stands, prints a line for each, `try NAME ERRNO` or `try NAME done`, and
-- lets the run go on.
--
--   GOTRACE_INSIDE, GOTRACE_OUTSIDE   folders that hold a file "there" each
--   GOTRACE_ONLY_FILES                 to try nothing else, which would end or change this process
--   GOTRACE_REFUSED                   calls that a container refuses from the start: numbers
local ffi = require "ffi"
local host = require "gotrace.engine.host"
local C = ffi.C

ffi.cdef [[
typedef struct { unsigned short code; unsigned char jt, jf; unsigned k; } wall_code;
typedef struct { unsigned short len; wall_code *code; } wall_program;
long syscall(long call, ...);
int open(const char *path, int flags, ...);
int creat(const char *path, unsigned mode);
int close(int fd);
int unlink(const char *path);
int rmdir(const char *path);
int rename(const char *old, const char *new);
int link(const char *old, const char *new);
int symlink(const char *old, const char *new);
int mkdir(const char *path, unsigned mode);
int mkfifo(const char *path, unsigned mode);
int truncate(const char *path, long size);
int ftruncate(int fd, long size);
int chmod(const char *path, unsigned mode);
int fchmod(int fd, unsigned mode);
int chown(const char *path, unsigned user, unsigned group);
int utimes(const char *path, const void *times);
int setxattr(const char *path, const char *name, const void *value, size_t size, int flags);
int linkat(int old_dir, const char *old, int new_dir, const char *new, int flags);
int flock(int fd, int how);
int execve(const char *path, char *const *argv, char *const *env);
int fork(void);
void _exit(int status);
int socket(int domain, int type, int protocol);
int socketpair(int domain, int type, int protocol, int *pair);
ssize_t recvmsg(int socket, void *message, int flags);
long ptrace(int what, ...);
int getpid(void);
int getppid(void);
int kill(int pid, int signal);
int prctl(int what, ...);
int fcntl(int fd, int what, ...);
int ioctl(int fd, unsigned long what, ...);
int mount(const char *from, const char *to, const char *type, unsigned long flags, const void *data);
int chroot(const char *path);
int unshare(int what);
int setuid(unsigned user);
int sched_yield(void);
]]

-- Numbers of calls without a function in libc.
local calls = {
  bpf = { x64 = 321, arm64 = 280 },
  perf_event_open = { x64 = 298, arm64 = 241 },
  userfaultfd = { x64 = 323, arm64 = 282 },
  keyctl = { x64 = 250, arm64 = 219 },
  process_vm_writev = { x64 = 311, arm64 = 271 },
  memfd_create = { x64 = 319, arm64 = 279 },
  prctl = { x64 = 157, arm64 = 167 },
  seccomp = { x64 = 317, arm64 = 277 },
  clone3 = 435, io_uring_setup = 425, pidfd_open = 434, openat2 = 437, of_tomorrow = 500,
}

local function number(name)
  local n = calls[name] or tonumber(name)
  return type(n) == "table" and n[jit.arch] or n
end

local function call(name, ...)
  local words = { ... }
  for i = 1, 6 do
    words[i] = ffi.cast("long", words[i] or 0)
  end
  return C.syscall(number(name), unpack(words, 1, 6))
end

local function try(name, result)
  local errno = ffi.errno()
  io.write("try ", name, " ", tonumber(result) == -1 and errno or "done", "\n")
end

local RDONLY, WRONLY, RDWR, CREAT, TRUNC, TMPFILE = 0, 1, 2, 64, 512, 0x410000
local mode = ffi.cast("unsigned", 420)

-- Opens and forgets.
local function open(path, flags)
  return C.open(path, flags, mode)
end

local function files(where, dir, other)
  local function path(name)
    return dir .. "/" .. name
  end
  try(where .. " read", open(path "there", RDONLY))
  try(where .. " write", open(path "there", WRONLY))
  try(where .. " read and write", open(path "there", RDWR))
  try(where .. " truncating open", open(path "there", RDONLY + TRUNC))
  try(where .. " make", open(path "new", WRONLY + CREAT))
  try(where .. " make for reading", open(path "new2", RDONLY + CREAT))
  try(where .. " creat", C.creat(path "new3", 420))
  local unnamed = open(dir, WRONLY + TMPFILE)
  try(where .. " unnamed", unnamed)
  try(where .. " name it", C.linkat(-100, "/proc/self/fd/" .. unnamed, -100, path "named", 0x400))
  try(where .. " rename", C.rename(path "there", path "renamed"))
  try(where .. " rename back", C.rename(path "renamed", path "there"))
  try(where .. " rename out", C.rename(path "there", other .. "/taken"))
  try(where .. " link", C.link(path "there", path "linked"))
  try(where .. " link out", C.link(path "there", other .. "/linked too"))
  try(where .. " symlink", C.symlink(path "there", path "symlinked"))
  try(where .. " truncate", C.truncate(path "there", 0))
  try(where .. " chmod", C.chmod(path "there", 511))
  try(where .. " chown", C.chown(path "there", 1, 1))
  try(where .. " utimes", C.utimes(path "there", nil))
  try(where .. " setxattr", C.setxattr(path "there", "user.a", "b", 1, 0))
  try(where .. " mkdir", C.mkdir(path "folder", 511))
  try(where .. " mkfifo", C.mkfifo(path "fifo", 420))
  try(where .. " rmdir", C.rmdir(path "empty"))
  try(where .. " unlink", C.unlink(path "there"))
end

local function others()
  try("socket", C.socket(2, 1, 0))
  try("socketpair", C.socketpair(1, 1, 0, ffi.new "int[2]"))
  try("recvmsg", C.recvmsg(0, ffi.new "char[56]", 0))
  try("ptrace", C.ptrace(0x4206, C.getppid(), 0, 0)) -- PTRACE_SEIZE
  try("kill group", C.kill(0, 0))
  try("kill all", C.kill(-1, 0))
  try("kill self", C.kill(C.getpid(), 0))
  try("prctl", C.prctl(4, ffi.cast("long", 0), ffi.cast("long", 0), ffi.cast("long", 0), ffi.cast("long", 0)))
  try("fcntl owner", C.fcntl(0, 8, ffi.cast("int", C.getppid())))
  try("fcntl flags", C.fcntl(0, 3))
  try("type into terminal", C.ioctl(0, 0x5412, ffi.new("char[1]", 65)))
  try("mount", C.mount("none", "/mnt", "tmpfs", 0, nil))
  try("chroot", C.chroot "/")
  try("unshare", C.unshare(0))
  try("setuid", C.setuid(1))
  for _, name in ipairs { "bpf", "perf_event_open", "userfaultfd", "keyctl", "process_vm_writev", "memfd_create",
    "clone3", "io_uring_setup", "pidfd_open", "openat2", "of_tomorrow" } do
    try(name, call(name))
  end
  if jit.arch == "x64" then
    calls.x32 = 0x40000000 + 39 -- getpid
    try("x32", call "x32")
  end
end

local function processes()
  local pid = C.fork()
  if pid == 0 then
    C._exit(0)
  end
  try("fork", pid)
  try("exec", C.execve("/bin/false", ffi.new("char *[1]"), ffi.new("char *[1]")))
end

-- A filter, as containers have one: these calls are refused.
local function refuse(list)
  local code, n = ffi.new "wall_code[64]", 1
  code[0] = { 0x20, 0, 0, 0 } -- A = number of the call
  for name in list:gmatch "%S+" do
    code[n] = { 0x15, 0, 1, number(name) } -- A == number: the next one
    code[n + 1] = { 0x06, 0, 0, 0x50000 + 1 } -- EPERM
    n = n + 2
  end
  code[n] = { 0x06, 0, 0, 0x7fff0000 }
  local program = ffi.new("wall_program", n + 1, code)
  local zero = ffi.cast("long", 0)
  C.prctl(38, ffi.cast("long", 1), zero, zero, zero)
  assert(C.prctl(22, ffi.cast("long", 2), program, zero, zero) == 0)
end

local raise = host.raise_wall
function host.raise_wall(...)
  refuse(os.getenv "GOTRACE_REFUSED" or "")
  local standing = raise(...)
  local inside, outside = os.getenv "GOTRACE_INSIDE", os.getenv "GOTRACE_OUTSIDE"
  if inside then
    files("inside", inside, outside)
    files("outside", outside, inside)
    try("kill parent", C.kill(C.getppid(), 0))
    if not os.getenv "GOTRACE_ONLY_FILES" then
      others()
      processes()
    end
  end
  return standing
end
