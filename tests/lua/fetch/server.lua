-- server.lua: a server of HTTP whose answers a spec writes itself, right ones and wrong ones.
--
--   luajit server.lua ROUTES PORT LOG
--
-- ROUTES is a Lua file that returns { [path] = function(connection, request) }; a request's
-- path may have a query, which is request.query. PORT receives the port number, LOG the
-- heads of all requests. A connection has send(text), sleep(ms) and reset(); what a function
-- leaves open is closed. One connection at a time.
local ffi = require "ffi"

ffi.cdef [[
  typedef unsigned int socklen_t;
  struct in_address { uint16_t family, port; uint32_t address; uint8_t zero[8]; };
  struct linger { int on, seconds; };
  int socket(int, int, int);
  int bind(int, const void *, socklen_t);
  int listen(int, int);
  int getsockname(int, void *, socklen_t *);
  int setsockopt(int, int, int, const void *, socklen_t);
  int accept(int, void *, socklen_t *);
  ssize_t recv(int, void *, size_t, int);
  ssize_t send(int, const void *, size_t, int);
  int close(int);
  int usleep(unsigned);
  unsigned alarm(unsigned);
]]
local C = ffi.C
local INET, STREAM, SOCKET_LEVEL, LINGER, NO_SIGNAL = 2, 1, 1, 13, 0x4000
local LONGEST = 600 -- s that it lives, if nobody ends it

local routes, port_file, log_file = dofile(arg[1]), arg[2], arg[3]

local function listen()
  local fd, address = C.socket(INET, STREAM, 0), ffi.new "struct in_address"
  address.family, address.address = INET, 0x0100007f -- 127.0.0.1
  assert(C.bind(fd, address, ffi.sizeof(address)) == 0 and C.listen(fd, 16) == 0)
  local size = ffi.new("socklen_t[1]", ffi.sizeof(address))
  C.getsockname(fd, address, size)
  return fd, bit.rshift(address.port, 8) + bit.lshift(bit.band(address.port, 255), 8)
end

local Connection = {}
Connection.__index = Connection

-- False when nobody listens any more.
function Connection:send(text)
  local at = 0
  while at < #text do
    local n = C.send(self.fd, ffi.cast("const char *", text) + at, #text - at, NO_SIGNAL)
    if n <= 0 then
      return false
    end
    at = at + tonumber(n)
  end
  return true
end

function Connection:sleep(ms) -- luacheck: no self
  C.usleep(ms * 1000)
end

-- Ends it so that the other side gets an error.
function Connection:reset()
  C.setsockopt(self.fd, SOCKET_LEVEL, LINGER, ffi.new("struct linger", 1, 0), ffi.sizeof "struct linger")
end

local function read_head(fd)
  local head, buffer = "", ffi.new "char[4096]"
  while not head:find "\r\n\r\n" do
    local n = C.recv(fd, buffer, 4096, 0)
    if n <= 0 then
      return nil
    end
    head = head .. ffi.string(buffer, n)
  end
  return head
end

local function serve(fd)
  local head = read_head(fd)
  local connection = setmetatable({ fd = fd }, Connection)
  local method, path, query = (head or ""):match "^(%u+) ([^ ?]*)%??([^ ]*)"
  local log = assert(io.open(log_file, "a"))
  log:write(head or "")
  log:close()
  local route = routes[path]
  if route then
    route(connection, { method = method, query = query, head = head })
  elseif head then
    connection:send "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
  end
  C.close(fd)
end

C.alarm(LONGEST)
local fd, port = listen()
local file = assert(io.open(port_file .. ".new", "w"))
file:write(port)
file:close()
os.rename(port_file .. ".new", port_file)
while true do
  serve(C.accept(fd, nil, nil))
end
