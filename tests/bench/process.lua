-- process: runs a program and says how long it took and how much memory it had.
--
-- The peak is the kernel's, ru_maxrss. It begins with the size of the process
-- that starts the other, so that this one should stay small.
local ffi = require "ffi"

ffi.cdef [[
struct bench_timespec { long tv_sec; long tv_nsec; };
struct bench_rusage { long utime[2]; long stime[2]; long maxrss; long other[13]; };
int clock_gettime(int clock, struct bench_timespec *ts);
int posix_spawn_file_actions_init(void *actions);
int posix_spawn_file_actions_addopen(void *actions, int fd, const char *path, int flags, unsigned mode);
int posix_spawn_file_actions_destroy(void *actions);
int posix_spawnp(int *pid, const char *file, const void *actions, const void *attr, const char *const argv[],
                 char *const envp[]);
int wait4(int pid, int *status, int options, struct bench_rusage *usage);
int usleep(unsigned us);
extern char **environ;
]]

local C = ffi.C
local CLOCK_MONOTONIC = 1
local O_RDONLY, O_CREATE = 0, 0x241 -- O_WRONLY | O_CREAT | O_TRUNC

local process = {}

local function now()
  local ts = ffi.new "struct bench_timespec"
  C.clock_gettime(CLOCK_MONOTONIC, ts)
  return tonumber(ts.tv_sec) + tonumber(ts.tv_nsec) * 1e-9
end
process.now = now

local function check(what, errno)
  if errno ~= 0 then
    error(("%s: errno %d"):format(what, errno), 0)
  end
end

-- Starts a program with these files as its standard output, errors and input (nil: nothing).
local function spawn(words, out, err, input)
  local actions = ffi.new "char[256]" -- glibc's type has 80
  check("posix_spawn", C.posix_spawn_file_actions_init(actions))
  C.posix_spawn_file_actions_addopen(actions, 0, input or "/dev/null", O_RDONLY, 0)
  C.posix_spawn_file_actions_addopen(actions, 1, out, O_CREATE, 438)
  C.posix_spawn_file_actions_addopen(actions, 2, err, O_CREATE, 438)
  local argv = ffi.new("const char *[?]", #words + 1, words)
  argv[#words] = nil
  local pid = ffi.new "int[1]"
  local errno = C.posix_spawnp(pid, words[1], actions, nil, argv, C.environ)
  C.posix_spawn_file_actions_destroy(actions)
  check(words[1], errno)
  return pid[0]
end

-- Runs a command of words. Returns { seconds =, cpu = (of all its threads),
-- kib = (the peak), status = (128 and more: a signal) }.
function process.run(words, out, err, input)
  local status, usage = ffi.new "int[1]", ffi.new "struct bench_rusage"
  local began = now()
  C.wait4(spawn(words, out, err, input), status, 0, usage)
  local ended = now()
  local function seconds(t)
    return tonumber(t[0]) + tonumber(t[1]) * 1e-6
  end
  local signal = status[0] % 128
  return {
    seconds = ended - began,
    cpu = seconds(usage.utime) + seconds(usage.stime),
    kib = tonumber(usage.maxrss),
    status = signal > 0 and 128 + signal or math.floor(status[0] / 256) % 256,
  }
end

local WNOHANG = 1
local LOOK_EVERY = 1000 -- us

-- What the kernel says of the memory that a process has now and that no file is behind, in KiB.
local function anonymous_of(pid)
  local file = io.open(("/proc/%d/status"):format(pid))
  local text = file and file:read "*a" or ""
  if file then
    file:close()
  end
  return tonumber(text:match "RssAnon:%s*(%d+)") or 0
end

-- Runs a command, and looks every millisecond: the most that was seen of it, in KiB. The kernel
-- keeps the peak of all that is resident, pages of the mapped trace among them, but not of this.
function process.anonymous(words, out, err)
  local status, usage = ffi.new "int[1]", ffi.new "struct bench_rusage"
  local pid, most = spawn(words, out, err), 0
  while C.wait4(pid, status, WNOHANG, usage) == 0 do
    most = math.max(most, anonymous_of(pid))
    C.usleep(LOOK_EVERY)
  end
  return most
end

return process
