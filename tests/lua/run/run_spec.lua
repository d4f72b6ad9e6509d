-- A run as a process: its inputs, its outputs, how it ends.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local COUNT = "local n = 0 function on.any() n = n + 1 end function on.finish(t) print(n) n = 0 end"

-- A line of shell in which $G is the program and $T the small trace.
local function shell(line)
  return program.shell(("G=%s; T=%s; %s"):format(program.quote(program.path), small, line))
end

describe("inputs", function()
  it("are files, one after the other", function()
    local r = program.run { "-e", COUNT, small, small }
    assert.equal("18\n18\n", r.out)
  end)

  it("may be standard input, by name or because there is no other", function()
    assert.equal("18\n", shell(("cat $T | $G -e '%s' -"):format(COUNT)).out)
    assert.equal("18\n", shell(("cat $T | $G -e '%s'"):format(COUNT)).out)
    assert.equal("-\n", shell("cat $T | $G -e 'function on.begin(t) print(t.file) end' -").out)
  end)

  it("may be packed", function()
    for _, pack in ipairs { "gzip", "zstd -q" } do
      assert.equal("18\n", shell(("%s -c < $T | $G -e '%s' -"):format(pack, COUNT)).out)
    end
    assert.equal("gzip\n", shell("gzip -c $T | $G -e 'function on.begin(t) print(t.compression) end' -").out)
  end)

  it("may be missing, which is exit status 2, and the others are read", function()
    local r = program.run { "-e", COUNT, "/nosuch", small }
    assert.equal(2, r.status)
    assert.equal("18\n\nfailed   problem\n/nosuch  cannot open /nosuch: No such file or directory\n", r.out)
    assert.equal("gotrace-lua: cannot open /nosuch: No such file or directory\n", r.err)
  end)

  it("may be a folder without a trace, which is exit status 2", function()
    local r = program.run { "-e", COUNT, "/" }
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: there is no trace in the folder /\n", r.err)
  end)

  it("may be no trace, which is exit status 3", function()
    local path = program.tmpfile "hello, world, this is text"
    local r = program.run { "-e", COUNT, path }
    assert.equal(3, r.status)
    assert.matches("^gotrace%-lua: " .. path .. ": offset 0: not a Go execution trace %(", r.err)
    r = program.run { "-e", COUNT, stdin = "" }
    assert.equal(3, r.status)
    assert.matches("^gotrace%-lua: standard input: offset 0: not a Go execution trace %(have an empty file", r.err)
  end)

  it("may be of a version to come, which is exit status 3", function()
    local r = program.run { "-e", COUNT, program.tmpfile "go 1.99 trace\0\0\0" }
    assert.equal(3, r.status)
    assert.matches("go 1%.99", r.err)
  end)

  it("print no tables when none could be read", function()
    assert.equal("", program.run({ "-e", "count 'x'", "/nosuch" }).out)
  end)
end)

describe("a FIFO", function()
  it("delivers while the program that is traced still runs", function()
    local bytes = program.read(small)
    local first = program.run({ "-e", "function on.generation(g) print(g.off + g.bytes) end", small }).out
    local cut = tonumber(first:match "^%d+")
    local head, tail = program.tmpfile(bytes:sub(1, cut)), program.tmpfile(bytes:sub(cut + 1))
    -- The writer holds the second generation back until the first is printed.
    local r = shell(([[
      d=$(mktemp -d); mkfifo $d/f
      (exec 3>$d/f; cat %s >&3
       i=0; while ! grep -q "UserLog" $d/out 2>/dev/null && [ $i -lt 100 ]; do sleep 0.05; i=$((i + 1)); done
       grep -c . $d/out; cat %s >&3) &
      $G -e 'function on.any(ev) print(ev.type) end' $d/f >$d/out
      wait; grep -c . $d/out; rm -r $d]]):format(head, tail))
    assert.equal("", r.err)
    assert.equal("14\n18\n", r.out)
  end)
end)

describe("output", function()
  it("that cannot be written is exit status 5", function()
    local r = shell "$G -e 'function on.any(ev) print(ev) end' $T >/dev/full"
    assert.equal(5, r.status)
    assert.equal("gotrace-lua: cannot write the output: No space left on device\n", r.err)
  end)

  it("that fails early ends a long run", function()
    local r = shell("$G -e 'function on.any(ev) print((\"x\"):rep(70000)) end " ..
      "function on.finish() fail(\"no\") end' $T $T >/dev/full")
    assert.equal(5, r.status)
  end)

  it("that nobody reads ends quietly", function()
    local r = shell "$G -e 'function on.any(ev) print((\"x\"):rep(70000)) end' $T | head -c 1"
    assert.equal("x", r.out)
    assert.equal("", r.err)
    r = shell "(trap '' PIPE; $G -e 'function on.any(ev) print((\"x\"):rep(70000)) end' $T; echo $? >&2) | head -c 1"
    assert.equal("x", r.out)
    assert.equal("0\n", r.err)
  end)

  it("comes before the messages that follow it", function()
    local r = shell "$G -e 'print \"out\" error \"x\"' $T 2>&1"
    assert.equal("out\ngotrace-lua: -e:1: x\n", r.out)
  end)
end)

describe("Ctrl-C", function()
  -- A trace through a FIFO that is not closed: the program waits for more.
  local function interrupted(code, after)
    return shell(([[
      d=$(mktemp -d); mkfifo $d/f
      (exec 3>$d/f; cat $T >&3; sleep 20) & writer=$!
      env --default-signal=INT $G -e '%s' $d/f >$d/out 2>$d/err & pid=$!
      i=0; while ! grep -qs "GoStart" $d/out && [ $i -lt 200 ]; do sleep 0.02; i=$((i + 1)); done
      kill -INT $pid
      %s
      wait $pid; status=$?
      kill $writer 2>/dev/null; cat $d/out; cat $d/err >&2; rm -r $d
      exit_status=$status; (exit $exit_status)]]):format(code, after or ""))
  end

  it("ends the input and still runs finish", function()
    local r = interrupted "function on.GoStart(ev) print(ev.type) end function on.finish(t) print(\"finish\") end"
    assert.matches("^GoStart\n.*finish\n$", r.out)
    assert.equal("", r.err)
    assert.equal(130, r.status)
  end)

  it("ends the wait for a writer", function()
    local r = shell [[
      d=$(mktemp -d); mkfifo $d/f
      env --default-signal=INT $G -e '' $d/f & pid=$!
      sleep 0.3; kill -INT $pid; wait $pid; status=$?; rm -r $d; (exit $status)]]
    assert.equal("", r.err)
    assert.equal(130, r.status)
  end)

  it("twice ends a script that goes on for ever", function()
    local r = interrupted("function on.GoStart(ev) print(ev.type) end function on.GoBlock() end " ..
      "function on.finish() while true do end end", "sleep 0.3; kill -INT $pid")
    assert.equal(130, r.status)
  end)
end)

describe("the loop", function()
  -- LuaJIT's LJ_TRERR_LLEAVE and LINNER: a loop ended, or began, while another was being compiled; it tries again.
  local later = { ["8"] = true, ["9"] = true }
  -- What an event passes through.
  local hot = { run = true, delivery = true, event = true, fields = true, edit = true, argument = true, edits = true,
    emit = true }

  -- Runs the program, and says which places of the loop kept the compiler from going on.
  local function aborts(...)
    local log = program.tmpname()
    local init = program.tmpfile(([[
      local util = require "jit.util"
      local log = io.open("%s", "w")
      jit.attach(function(what, _, func, pc, code)
        local info = func and util.funcinfo(func, pc) or {}
        log:write(what, " ", info.source or "?", ":", info.currentline or 0, " ", tostring(code), "\n")
        log:flush()
      end, "trace")]]):format(log))
    local r = program.run { env = "GOTRACE_LUA_INIT=" .. init, ... }
    assert.equal(0, r.status, r.err)
    local text = program.read(log)
    assert.matches("stop @lua/gotrace/run/delivery%.lua", text)
    local list = {}
    for file, line, why in text:gmatch "abort @lua/gotrace/%l+/([^\n]*)%.lua:(%d+) ([^\n]*)" do
      list[#list + 1] = hot[file] and not later[why] and file .. ":" .. line .. " " .. why or nil
    end
    return table.concat(list, "\n")
  end

  it("compiles", function()
    local trace = program.recording "http"
    for _, code in ipairs {
      COUNT,
      "local s = 0 function on.any(ev) s = s + ev.time + (ev.g or 0) end",
      'local s = 0 function on.GoBlock(ev) if ev.reason == "sleep" then s = s + #ev.stack end end',
      'local c = count("n", "type") function on.any(ev) c:add(ev.type) end',
    } do
      assert.equal("", aborts("-e", code, trace), code)
    end
  end)

  it("compiles with edits and added events, also where they are written", function()
    local trace, path = program.recording "generations", program.tmpname()
    -- Each time that LuaJIT tries again later it waits for twice as many events, and one hook has some 250 of them in
    -- this trace. So it is read again and again; what is written has all types, which is enough.
    local again = {}
    for i = 1, 16 do
      again[i] = trace
    end
    for _, code in ipairs {
      'function on.GoBlock(ev) ev.reason = "x" end',
      "function on.GoBlock(ev) ev.stack = nil end function on.GoUnblock(ev) ev.target_g = ev.target_g + 1 end",
      'function on.GoUnblock(ev) if ev.g then emit("UserLog", { key = "a" }) end end',
    } do
      assert.equal("", aborts("-e", code, unpack(again)), code)
      assert.equal("", aborts("-q", "-o", path, "-e", code, trace), code)
    end
  end)

  it("keeps the compiler off where it was", function()
    local init = program.tmpfile "jit.off()"
    local r = program.run { env = "GOTRACE_LUA_INIT=" .. init, "--unsafe", "-e",
      "function on.finish() print((require('jit').status())) end", small }
    assert.equal("false\n", r.out)
  end)
end)

describe("a mistake of ours", function()
  it("is exit status 70 and asks for nothing of the user", function()
    local init = program.tmpfile 'package.preload["gotrace.tables.agg"] = function() error "broken" end'
    local r = shell(("GOTRACE_LUA_INIT=%s $G --version"):format(init))
    assert.equal(70, r.status)
    assert.matches("^gotrace%-lua: internal error: .*broken", r.err)
  end)
end)
