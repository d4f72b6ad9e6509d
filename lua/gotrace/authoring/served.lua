-- served.lua: functions of a process that the wall is not around, for one that it is: this
-- process forks, the child goes on behind the wall, and its parent does what it is asked for
-- through a pipe until the child has ended.
local errors = require "gotrace.base.errors"
local ffi = require "ffi"
local host = require "gotrace.engine.host"

ffi.cdef [[
int pipe(int fds[2]);
int fork(void);
int close(int fd);
ssize_t read(int fd, void *data, size_t len);
ssize_t write(int fd, const void *data, size_t len);
int waitpid(int pid, int *status, int options);
]]

local C = ffi.C
local EINTR = 4
local WIDTH = 16 -- digits of a message's length

local function pipe()
  local fds = ffi.new "int[2]"
  if C.pipe(fds) ~= 0 then
    errors.stop(errors.status.output, "no pipe can be made")
  end
  return fds[0], fds[1]
end

local function put(fd, text)
  local at = 0
  while at < #text do
    local n = tonumber(C.write(fd, ffi.cast("const char *", text) + at,
      #text - at))
    if n < 0 and ffi.errno() ~= EINTR then
      return false
    end
    at = at + math.max(n, 0)
  end
  return true
end

-- So many bytes; nil: the other side has ended.
local function take(fd, len)
  local bytes, at = ffi.new("char[?]", len + 1), 0
  while at < len do
    local n = tonumber(C.read(fd, bytes + at, len - at))
    if n == 0 or n < 0 and ffi.errno() ~= EINTR then
      return nil
    end
    at = at + math.max(n, 0)
  end
  return ffi.string(bytes, len)
end

-- A message is a list of texts: how many, the length of each, and they themselves.
local function send(fd, list)
  local parts = { tostring(#list) }
  for _, text in ipairs(list) do
    parts[#parts + 1] = tostring(#text)
  end
  local text = table.concat(parts, " ") .. "\n" .. table.concat(list)
  return put(fd, ("%" .. WIDTH .. "d"):format(#text) .. text)
end

local function receive(fd)
  local len = tonumber(take(fd, WIDTH) or "")
  local text = len and take(fd, len)
  if not text then
    return nil
  end
  local head, at = text:match "^([%d ]*)\n()"
  local list, is_first = {}, true
  for digits in (head or ""):gmatch "%d+" do
    if not is_first then
      list[#list + 1] = text:sub(at, at + tonumber(digits) - 1)
      at = at + tonumber(digits)
    end
    is_first = false
  end
  return list
end

local function answer(functions, request)
  local fn = functions[request[1]]
  local results = { pcall(fn, unpack(request, 2)) }
  local ok = table.remove(results, 1)
  local reply = { ok and "ok" or "error" }
  for _, value in ipairs(ok and results or { errors.text_of(results[1]) }) do
    reply[#reply + 1] = tostring(value)
  end
  return reply
end

-- Until the other side has ended.
local function serve(functions, from, to)
  local request = receive(from)
  while request do
    if not send(to, answer(functions, request)) then
      return
    end
    request = receive(from)
  end
end

local function status_of(pid)
  local status = ffi.new "int[1]"
  while C.waitpid(pid, status, 0) < 0 and ffi.errno() == EINTR do
    status[0] = 0
  end
  local signal = bit.band(status[0], 127)
  return signal > 0 and 128 + signal or bit.rshift(status[0], 8)
end

-- In the child: asks for one of the functions. They take texts and yield texts.
local function asker(from, to)
  return function(...)
    local reply = send(to, { ... }) and receive(from)
    if not reply then
      error("the process that starts the program has ended", 0)
    elseif reply[1] ~= "ok" then
      error(reply[2], 0)
    end
    return unpack(reply, 2)
  end
end

-- behind_wall(functions, work): the exit status of work(ask), which runs in a child behind
-- the wall: ask(name, text, ...) is one of the functions, in this process.
local function behind_wall(functions, work)
  local request_from, request_to = pipe()
  local reply_from, reply_to = pipe()
  local pid = C.fork()
  if pid < 0 then
    errors.stop(errors.status.output, "no process can be made")
  elseif pid == 0 then
    C.close(request_from)
    C.close(reply_to)
    host.raise_wall()
    return work(asker(reply_from, request_to))
  end
  C.close(request_to)
  C.close(reply_from)
  serve(functions, request_from, reply_to)
  return status_of(pid)
end

return { behind_wall = behind_wall }
