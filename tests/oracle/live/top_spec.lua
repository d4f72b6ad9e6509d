-- top of a program that runs (serve.go), in a terminal of tmux.
local ffi = require "ffi"
local program = require "support.program"
local programs = require "oracle.programs"
local terminal = require "support.tools.terminal"
local tools = require "support.tools.tools"

ffi.cdef "int setenv(const char *, const char *, int);"
ffi.C.setenv("no_proxy", "*", 1)

local root = program.root
local built = root .. "build/oracle/live"

local missing = programs.prepare()
local check = tools.tests(it, pending, tools.command "tmux", { why = missing })

-- Seconds from when the program writes a generation until it is on the screen, and some for a
-- machine that is busy: the runtime writes one about each second.
local SOON = 4

local stop

-- Where the program listens.
local function serve(version)
  local out = program.tmpname()
  local started = program.shell(("'%s/serve-%s' >'%s' 2>/dev/null & echo $!"):format(built, version, out))
  local wait = "(for i in $(seq 200); do [ -s '%s' ] && exit 0; sleep 0.05; done; exit 1)"
  assert.equal(0, program.shell(wait:format(out)).status)
  local pid = started.out:match "%d+"
  stop = function()
    os.execute("kill " .. pid .. " 2>/dev/null")
  end
  return "127.0.0.1:" .. program.read(out):match "%d+", pid
end

describe("top of a running program", function()
  setup(function()
    if not missing then
      local made = program.shell(("'%stests/oracle/live/build' '%s' 1.19 1.24 1.27"):format(root, built))
      assert.equal(0, made.status, made.err)
    end
  end)
  after_each(function()
    if stop then
      stop()
    end
    terminal.clean()
  end)

  for _, version in ipairs { "1.24", "1.27" } do
    check("of Go " .. version .. " shows each generation as it comes, until q", function()
      local address = serve(version)
      local t = terminal.open { line = program.line { "top", "http://" .. address } }
      t:wait " live"
      local began = os.time()
      local lines = t:wait "main%.work +4 "
      assert.is_true(os.time() - began <= SOON)
      assert.matches("^top  http://127.0.0.1:%d+/debug/pprof/trace%?seconds=36000  [%d.]+s  live$", lines[1])
      assert.matches("^Ps .* of %d+ busy$", lines[2])
      assert.matches("sync %d+%%", table.concat(lines, "\n"))
      local first = lines[1]
      t:wait(function(_, now)
        return now[1] ~= first
      end)
      t:press "3"
      lines = t:wait "\nrequest +%d+ +%d+ "
      local per_second = tonumber(table.concat(lines, "\n"):match "\nrequest +%d+ +%d+ +(%d+)")
      assert.is_true(per_second > 0)
      t:press("1", "/")
      t:type "main.work"
      t:press("Enter", "Enter")
      t:wait "main.work: where it waits"
      t:wait "main.work.func1"
      t:press("Escape", "p")
      lines = t:wait "PAUSED"
      program.shell "sleep 2.5"
      assert.equal(lines[1], t:lines()[1])
      t:press "p"
      t:wait(function(_, now)
        return now[1]:find "live$" and now[1] ~= first
      end)
      t:press "q"
      t:wait "status 0\n"
      -- and lets go of it
      local again = program.run { "-F", "json", "top", "--once",
        ("http://%s/debug/pprof/trace?seconds=0.5"):format(address) }
      assert.equal(0, again.status, again.err)
      assert.matches('"function":"main.work"', again.out)
    end)
  end

  check("of Go 1.19 shows what it wrote when it ends", function()
    local address = serve "1.19"
    local t = terminal.open { line = program.line { "top", ("http://%s/debug/pprof/trace?seconds=1"):format(address) } }
    local lines = t:wait "the trace has ended"
    assert.matches("main.work +4 ", table.concat(lines, "\n"))
    t:press "q"
    t:wait "status 0\n"
  end)

  check("stays when the program has ended, and says it behind it", function()
    local address, pid = serve "1.27"
    local t = terminal.open { line = program.line { "top", "http://" .. address } }
    t:wait "main%.work +4 "
    program.shell("kill " .. pid)
    t:wait "the trace has ended"
    t:press "q"
    local _, text = t:wait "status 3\n"
    assert.matches("the answer was cut off after %d+ bytes", (text:gsub("\n", " ")))
  end)

  check("ends with Ctrl-C", function()
    local t = terminal.open { line = program.line { "top", "http://" .. serve "1.27" } }
    t:wait "main%.work +4 "
    t:press "C-c"
    t:wait "status 130\n"
    t:wait "\nicanon\n"
  end)

  check("is refused where it cannot be had, without a page", function()
    local t = terminal.open { line = program.line { "top", "http://127.0.0.1:1" } }
    local _, text = t:wait "status 2\n"
    assert.matches("Failed to connect", (text:gsub("\n", "")))
  end)
end)
