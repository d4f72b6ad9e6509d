-- Traces asked of programs that run, of several versions of Go (serve.go).
local ffi = require "ffi"
local program = require "support.program"
local programs = require "oracle.programs"

-- Whatever the machine's proxies are.
ffi.cdef "int setenv(const char *, const char *, int);"
ffi.C.setenv("no_proxy", "*", 1)

local root = program.root
local built = root .. "build/oracle/live"
local versions = { "1.19", "1.24", "1.27" }

local check = programs.tests(it, pending)

-- Starts the program of a version; where it listens, a function that ends it, and its process.
local function serve(version, options)
  local out = program.tmpname()
  local started = program.shell(("'%s/serve-%s' %s >'%s' 2>/dev/null & echo $!")
    :format(built, version, options or "", out))
  local wait = "(for i in $(seq 200); do [ -s '%s' ] && exit 0; sleep 0.05; done; exit 1)"
  assert.equal(0, program.shell(wait:format(out)).status)
  local pid = started.out:match "%d+"
  return "127.0.0.1:" .. program.read(out):match "%d+", function()
    os.execute("kill " .. pid .. " 2>/dev/null")
  end, pid
end

local function with_server(version, options, test)
  local address, stop = serve(version, options)
  local ok, problem = pcall(test, address)
  stop()
  if not ok then
    error(problem, 0)
  end
end

local function profiler(address, seconds)
  return ("http://%s/debug/pprof/trace?seconds=%s"):format(address, seconds)
end

describe("a running program", function()
  setup(function()
    if not programs.prepare() then
      local made = program.shell(("'%stests/oracle/live/build' '%s' %s")
        :format(root, built, table.concat(versions, " ")))
      assert.equal(0, made.status, made.err)
    end
  end)
  after_each(program.clean)

  for _, version in ipairs(versions) do
    check("of Go " .. version .. " is asked once, and again", function()
      with_server(version, "", function(address)
        local kept, written = program.tmpname(), program.tmpname()
        local result = program.run { "--save", kept, "-o", written, profiler(address, 1) }
        assert.equal(0, result.status, result.err)
        local judged = program.run { "--verify", written }
        assert.equal(0, judged.status, judged.err)
        assert.equal(0, programs.go_dump(written, "/dev/null"))
        assert.equal(programs.go_counts(kept), programs.our_counts(kept))
        result = program.run { "--repeat=2", "-e", "function on.finish(t) print(t.file, t.events > 100) end",
          profiler(address, 0.3) }
        assert.equal(0, result.status, result.err)
        assert.equal(("%s#1\ttrue\n%s#2\ttrue\n"):format(profiler(address, 0.3), profiler(address, 0.3)), result.out)
      end)
    end)

    check("of Go " .. version .. " records one trace at a time", function()
      with_server(version, "", function(address)
        local result = program.shell(([[
          %s >/dev/null & sleep 1
          %s
          wait
        ]]):format(program.line { "events", profiler(address, 3) }, program.line { "events", profiler(address, 1) }))
        assert.truthy(result.err:find("the server says 500 Internal Server Error: Could not enable tracing: ", 1, true),
          result.err)
        assert.truthy(result.err:find("try again when it has ended", 1, true))
      end)
    end)

    check("of Go " .. version .. " may end before its trace does", function()
      local address, stop, pid = serve(version)
      local result = program.shell(([[
        %s & pid=$!
        sleep 2.5; kill %s
        wait $pid; echo "status $?"
      ]]):format(program.line { "events", profiler(address, 30) }, pid))
      stop()
      assert.truthy(result.out:find "status 3\n", result.out)
      assert.truthy(result.err:find "the answer was cut off after %d+ bytes", result.err)
    end)

    -- From Go 1.22 on the slow task is seen while it goes on.
    check("of Go " .. version .. " is recorded where a task takes too long", function()
      local folder = program.folder {}
      with_server(version, "", function(address)
        local result = program.shell(([[
          %s & pid=$!
          sleep 1.2; curl -s --noproxy '*' 'http://%s/slow?for=2500ms'
          wait $pid; echo "status $?"
        ]]):format(program.line { "record", "-w", 'kind == "task" and name == "slow" and dur > 400ms', "--keep=1s",
          "--after=200ms", "-o", folder .. "/slow-%d-%t.trace", profiler(address, 6) }, address))
        assert.matches("slow%-1%-20%d%d%d%d%d%dT%d+%.%d+Z%.trace\t[^\t]*\t[%d.]+\ttask\t[%w.]+\t%d+\tslow\nstatus 0\n",
          result.out, result.err)
      end)
      local written = programs.files(folder, "%.trace$")
      assert.equal(1, #written)
      local judged = program.run { "--verify", written[1] }
      assert.equal(0, judged.status, judged.err)
      assert.equal(0, programs.go_dump(written[1], "/dev/null"))
    end)

    check("of Go " .. version .. " ends with Ctrl-C of who asks", function()
      with_server(version, "", function(address)
        local result = program.shell(([[
          env --default-signal=INT %s & pid=$!
          sleep 2; kill -INT $pid; wait $pid; echo "status $?"
        ]]):format(program.line { "-e", "function on.finish(t) print 'finished' end", profiler(address, 600) }))
        assert.equal("finished\nstatus 130\n", result.out, result.err)
        -- and is free for the next one
        assert.equal(0, program.run({ "events", profiler(address, 0.2) }).status)
      end)
    end)
  end

  check("of Go 1.19 refuses more seconds than its WriteTimeout, a newer one does not", function()
    with_server("1.19", "-write-timeout 1s", function(address)
      local result = program.run { "events", profiler(address, 3) }
      assert.equal(2, result.status)
      assert.truthy(result.err:find("profile duration exceeds server's WriteTimeout", 1, true), result.err)
      assert.truthy(result.err:find("ask for fewer seconds", 1, true), result.err)
    end)
    with_server("1.27", "-write-timeout 1s", function(address)
      assert.equal(0, program.run({ "events", profiler(address, 2) }).status)
    end)
  end)

  check("with a certificate that nobody knows is refused, and trusted with --cacert", function()
    local certificate = program.tmpname()
    with_server("1.27", "-tls " .. certificate, function(address)
      local url = profiler(address, 0.3):gsub("^http:", "https:")
      local result = program.run { "events", url }
      assert.equal(2, result.status)
      assert.truthy(result.err:find("certificate", 1, true), result.err)
      assert.truthy(result.err:find("--cacert=FILE", 1, true), result.err)
      assert.equal(0, program.run({ "events", "--cacert", certificate, url }).status)
      assert.equal(0, program.run({ "events", "--insecure", url }).status)
    end)
  end)

  check("is asked through a socket", function()
    local socket = program.tmpname()
    os.remove(socket)
    with_server("1.24", "-unix " .. socket, function()
      local result = program.run { "events", "--unix-socket", socket, "http://anything/debug/pprof/trace?seconds=0.3" }
      assert.equal(0, result.status, result.err)
    end)
  end)

  -- The runtime writes a generation about each second.
  check("is seen while it runs", function()
    for _, version in ipairs { "1.24", "1.27" } do
      with_server(version, "", function(address)
        local out = program.tmpname()
        local result = program.shell(([[
          %s >'%s' & pid=$!
          for i in $(seq 100); do [ -s '%s' ] && break; sleep 0.05; done
          kill -0 $pid && [ -s '%s' ] && echo seen
          wait $pid
        ]]):format(program.line { "-p", "time,type", profiler(address, 8) }, out, out, out))
        assert.equal("seen\n", result.out, result.err)
      end)
    end
  end)
end)
