-- INT, TERM and HUP end a run: cleanly where it can be reached, else within
-- seconds; and with the exit status of the signal.
local program = require "support.program"

local G, T = program.quote(program.path), program.recording "http"
local STATUS = { INT = 130, TERM = 143, HUP = 129 }
-- Says that it is there, once.
local HERE = 'local here = false local function say() if not here then here = true io.write("here\\n") ' ..
  'io.stdout:flush() end end '

teardown(program.clean)

-- Runs the program, sends the signals once something was printed, and says how
-- long it took from there. `words`: its command line, as shell.
local function signalled(signals, words)
  local r = program.shell(([[
    d=$(mktemp -d); mkfifo $d/f
    env --default-signal %s %s >$d/out 2>$d/err & pid=$!
    i=0; while [ ! -s $d/out ] && [ $i -lt 200 ]; do sleep 0.02; i=$((i + 1)); done
    from=$(date +%%s%%N)
    for s in %s; do kill -$s $pid; sleep 0.1; done
    wait $pid; status=$?
    echo $((($(date +%%s%%N) - from) / 1000000)); cat $d/out; cat $d/err >&2; rm -r $d
    (exit $status)]]):format(G, words, signals))
  local ms, out = r.out:match "^(%d+)\n(.*)$"
  return { status = r.status, ms = tonumber(ms), out = out, err = r.err }
end

-- A script with --unsafe, so that it can say when it is there.
local function script(code)
  return ("--unsafe -e %s %s"):format(program.quote(HERE .. code), T)
end

-- Ends at once, in the middle of what it does, and whatever the signal prints the
-- same.
local function ends(code)
  local out
  for signal, status in pairs(STATUS) do
    local r = signalled(signal, script(code))
    assert.equal("", r.err)
    assert.equal(status, r.status)
    assert.is_true(r.ms < 1500, r.ms)
    assert.equal(out or r.out, r.out)
    out = r.out
  end
  return out
end

describe("a script that is interpreted ends at once", function()
  it("in a hook, which pcall cannot hold; finish is called and tables are printed", function()
    local out = ends [[
      local n = count "n"
      function on.GoStart() n:add() say() while true do pcall(error) end end
      function on.finish() print "finish" end]]
    assert.equal("here\nfinish\nn\n1\n", out)
  end)

  it("with the signal's status, whatever finish does then", function()
    for what, says in pairs { ['fail "x"'] = "^gotrace%-lua: x\n$", ['error "x"'] = "hook: on.finish" } do
      local r = signalled("TERM", script("function on.GoStart() say() while true do pcall(error) end end " ..
        "function on.finish() " .. what .. " end"))
      assert.equal(143, r.status)
      assert.matches(says, r.err)
    end
  end)

  it("in coroutines", function()
    local out = ends [[
      function on.GoStart()
        say()
        local co = coroutine.wrap(function() while true do pcall(error) coroutine.yield() end end)
        while true do pcall(co) end
      end
      function on.finish() print "finish" end]]
    assert.equal("here\nfinish\n", out)
  end)

  it("behind xpcall with a handler that goes on", function()
    ends [[
      local function again() return xpcall(error, function() return 1 end) end
      function on.GoStart() say() while true do xpcall(again, again) end end]]
  end)

  it("in its main chunk", function()
    assert.equal("here\n", ends "say() while true do pcall(error) end")
  end)

  it("in finish, which is not called again", function()
    local out = ends 'local n = count "n" function on.finish() say() while true do pcall(error) end end'
    assert.equal("here\nn\n0\n", out)
  end)

  it("in a scan hook, in -f and in -p", function()
    ends "function scan.GoStart() say() while true do pcall(error) end end"
    local r = signalled("TERM", ("-p type -f '(function() while n > 3 do pcall(error) end return true end)()' " ..
      "-p \"print()\" %s"):format(T))
    assert.equal(143, r.status)
  end)

  it("and nothing is written", function()
    local path = program.tmpname()
    os.remove(path)
    local r = signalled("TERM", ("-o %s "):format(path) ..
      script "function on.GoStart() say() while true do pcall(error) end end")
    assert.equal(143, r.status)
    assert.equal(("gotrace-lua: %s: interrupted, nothing is written\n"):format(path), r.err)
    assert.is_nil(io.open(path))
  end)
end)

describe("what cannot be reached ends after two seconds", function()
  local function late(code)
    local r = signalled("TERM", script(code))
    assert.equal(143, r.status)
    assert.equal("here\n", r.out)
    assert.is_true(r.ms > 1500 and r.ms < 5000, r.ms)
  end

  it("a compiled loop", function()
    late "function on.GoStart() say() local n = 0 while true do n = n + 1 if n > 2^40 then n = 0 end end end"
  end)

  it("a function of C", function()
    late 'function on.GoStart() say() local s = ("a"):rep(40) s:find(("a*"):rep(40) .. "b") end'
  end)

  it("finish, when it goes on for ever after a signal", function()
    late "function on.GoStart() say() while true do pcall(error) end end function on.finish() while true do end end"
  end)
end)

describe("a second signal", function()
  it("ends the run at once", function()
    local r = signalled("INT INT", script "function on.GoStart() say() while true do end end")
    assert.equal(130, r.status)
    assert.is_true(r.ms < 1500, r.ms)
  end)

  it("that comes together with the first is the same", function()
    local r = program.shell(("env --default-signal timeout 0.5 %s -e %s %s"):format(G, program.quote [[
      function on.GoStart() while true do pcall(error) end end
      function on.finish() print "finish" end]], T))
    assert.equal("finish\n", r.out)
    assert.equal(124, r.status)
  end)
end)

describe("a run that waits is ended", function()
  it("for a FIFO's writer, and for more of its input", function()
    for signal, status in pairs(STATUS) do
      local r = program.shell(([[
        d=$(mktemp -d); mkfifo $d/f
        env --default-signal %s -e 'local n = count "n"' $d/f >$d/out & pid=$!
        sleep 0.3; kill -%s $pid; wait $pid; status=$?; cat $d/out; rm -r $d; (exit $status)]]):format(G, signal))
      assert.equal(status, r.status)
    end
    local r = program.shell(([[
      sleep 5 | env --default-signal sh -c 'echo $$ >&2; exec %s -e ""' 2>/dev/null & pid=$!
      sleep 0.3; kill -TERM $pid; wait $pid]]):format(program.path))
    assert.equal(143, r.status)
  end)

  it("for who reads what it writes or prints", function()
    -- Whoever writes a trace says so, which who is ended after two seconds does not.
    local says = { ["-o - "] = "gotrace-lua: standard output: interrupted, nothing is written\n", cat = "" }
    for signal, status in pairs { TERM = 143, INT = 130 } do
      for what, text in pairs(says) do
        local r = program.shell(([[
          d=$(mktemp -d); mkfifo $d/f; sleep 20 <$d/f & reader=$!
          env --default-signal %s %s %s >$d/f 2>$d/err & pid=$!
          sleep 0.5; kill -%s $pid; wait $pid; status=$?
          kill $reader; cat $d/err; rm -r $d; (exit $status)]]):format(G, what, T, signal))
        assert.equal(text, r.out)
        assert.equal(status, r.status)
      end
    end
  end)

  it("to open a FIFO that nobody reads", function()
    local r = program.shell(([[
      d=$(mktemp -d); mkfifo $d/f
      env --default-signal %s -q -o $d/f %s & pid=$!
      sleep 0.3; kill -INT $pid
      (sleep 1.5; echo late) & late=$!
      wait $pid; status=$?; kill $late; rm -r $d; (exit $status)]]):format(G, T))
    assert.equal("", r.out) -- at once, not after two seconds
    assert.equal(130, r.status)
  end)
end)

describe("signals that are switched off", function()
  it("stay off", function()
    local r = program.shell(([[(trap '' INT TERM HUP; exec %s -e '
      function on.finish() local t = os.clock() while os.clock() < t + 0.6 do end print "finish" end' %s) & pid=$!
      sleep 0.3; kill -INT $pid; kill -TERM $pid; kill -HUP $pid; wait $pid]]):format(G, T))
    assert.equal("finish\n", r.out)
    assert.equal(0, r.status)
  end)
end)

describe("a script that is only checked", function()
  it("ends too when the signal came before it", function()
    -- A chunk that passes as ours: the signal ends others.
    local init = program.tmpfile [[
      local host, ffi = require "gotrace.engine.host", require "ffi"
      ffi.cdef "int raise(int)"
      host.catch_signals = load("local catch, raise = ... return function(e) catch(e) raise(2) end",
        "@lua/gotrace/raise.lua")(host.catch_signals, ffi.C.raise)]]
    local r = program.run { env = "GOTRACE_LUA_INIT=" .. init, "-n", "-e", "x = 1", T }
    assert.equal("", r.err)
    assert.equal(STATUS.INT, r.status)
  end)
end)
