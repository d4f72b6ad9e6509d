-- What a program writes is on the screen at once: a server of ours says when it has written the
-- last byte by which a generation is known to have ended, and writes nothing more meanwhile.
local ffi = require "ffi"
local program = require "support.program"
local terminal = require "support.tools.terminal"
local tools = require "support.tools.tools"

-- Whatever the machine's proxies are.
ffi.cdef "int setenv(const char *, const char *, int);"
ffi.C.setenv("no_proxy", "*", 1)

local MOST = 1 -- s, as long as a program takes for the next generation

-- The same clock in each process.
local CLOCK = [[
local ffi = require "ffi"
ffi.cdef [=[struct moment { long s, ns; };
int moment_now(int, struct moment *) __asm__("clock_gettime");]=] -- its name may be taken
local function now()
  local m = ffi.new "struct moment"
  ffi.C.moment_now(1, m) -- CLOCK_MONOTONIC
  return tonumber(m.s) + tonumber(m.ns) / 1e9
end
]]
local now = assert(loadstring(CLOCK .. "return now"))()

-- A path PLACE/BYTES is the first bytes of a trace, for which nothing more comes until nobody
-- listens, or 20 seconds.
local ROUTES = CLOCK .. [[
local function part(path, bytes)
  local file = assert(io.open(path, "rb"))
  local text = file:read(bytes)
  file:close()
  return text
end
return setmetatable({}, { __index = function(_, path)
  local version, bytes = path:match "^/(.-)/(%d+)$"
  return function(c)
    c:send "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    c:sleep(500) -- who asks has begun
    c:send(part(("FOLDER/go%s-generations.trace"):format(version), tonumber(bytes)))
    local wrote = assert(io.open("WROTE", "w"))
    wrote:write(("%.6f"):format(now()))
    wrote:close()
    for _ = 1, 200 do
      if io.open "DONE" then
        return
      end
      c:sleep(100)
    end
  end
end })
]]

-- Passes on what comes, and says when the first byte did.
local FIRST = CLOCK .. [[
local first, out = io.read(1), io.open(arg[1], "w")
out:write(first and ("%.6f"):format(now()) or "nothing came")
out:close()
os.execute "cat >/dev/null"
]]

-- How many bytes of a trace there must be until its first generation is known to have ended: up to
-- its end, which Go 1.26 and later mark; else to that of the first batch of the next one.
local function first_end(version)
  local trace = ("%stestdata/real/go%s-generations.trace"):format(program.root, version)
  local text, seen = program.run({ "yaml", trace }).out, 0
  local marks_end = version == "1.26" or version == "1.27"
  for off in text:gmatch "EventBatch: {gen: 2,[^\n]*# byte (%d+)" do
    seen = seen + 1
    if marks_end or seen == 2 then
      return tonumber(off)
    end
  end
end

describe("what a program has written", function()
  local base, pid, wrote, done

  setup(function()
    wrote, done = program.tmpname(), program.tmpname()
    local port = program.tmpname()
    os.remove(port)
    local made = ROUTES:gsub("%u%u%u%u+", { FOLDER = program.root .. "testdata/real", WROTE = wrote, DONE = done })
    local started = program.shell(("luajit '%stests/lua/fetch/server.lua' '%s' '%s' '%s' >/dev/null 2>&1 & echo $!")
      :format(program.root, program.tmpfile(made), port, program.tmpname()))
    pid = started.out:match "%d+"
    assert(program.shell(("(for i in $(seq 200); do [ -s '%s' ] && exit 0; sleep 0.05; done; exit 1)"):format(port))
      .status == 0)
    base = "http://127.0.0.1:" .. program.read(port)
  end)
  teardown(function()
    os.execute("kill " .. pid)
    program.clean()
  end)
  before_each(function()
    os.remove(done)
    program.write(wrote, "")
  end)
  after_each(terminal.clean)

  local function url(version)
    return ("%s/%s/%d"):format(base, version, first_end(version))
  end

  for _, version in ipairs { "1.22", "1.23", "1.24", "1.25", "1.26", "1.27" } do
    it("is printed within a second, Go " .. version, function()
      local seen, script = program.tmpname(), program.tmpfile(FIRST)
      program.write(seen, "")
      local result = program.shell(([[
        %s | luajit '%s' '%s' &
        for i in $(seq 200); do [ -s '%s' ] && break; sleep 0.05; done
        touch '%s'; wait]]):format(program.line { "-q", "-p", "n,type", url(version) }, script, seen, seen, done))
      local delay = tonumber(program.read(seen)) - tonumber(program.read(wrote))
      -- Below 0: it was seen before send had returned.
      assert.is_true(math.abs(delay) < MOST, ("%s: %.3f s"):format(result.err, delay))
    end)
  end

  local check = tools.tests(it, pending, tools.command "tmux")

  check("is on the page of top within a second", function()
    local t = terminal.open { line = program.line { "top", url "1.27" } }
    t:wait "live.-function +n +run rdy.-main"
    local delay = now() - tonumber(program.read(wrote))
    assert.is_true(math.abs(delay) < MOST, ("%.3f s"):format(delay))
    program.write(done, "")
    t:press "q"
  end)
end)
