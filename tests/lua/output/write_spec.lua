-- -o: what is written, what is said of it, and what is left behind when it
-- cannot be written. Whether all of it is valid is tests/oracle's to judge.
local lfs = require "lfs"
local program = require "support.program"
local making = require "support.trace"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

-- The path of what the command line writes, and the result of the run.
local function write(...)
  local path = program.tmpname()
  os.remove(path)
  local r = program.run { "-o", path, ... }
  return path, r
end

-- The lines of the events of a trace, without their times.
local function lines(path, filter)
  local r = program.run { "-e", ("function on.any(ev) if %s then print((tostring(ev):gsub('^%%S+ ', ''))) end end")
    :format(filter or "true"), path }
  assert.equal("", r.err)
  return r.out
end

local function usage(...)
  local r = program.run { ... }
  assert.equal(2, r.status, r.err)
  return r.err:match "^gotrace%-lua: (.*)\n$"
end

-- Names in the folder of a file.
local function beside(path)
  local n = 0
  for name in lfs.dir(path:match "^(.*)/") do
    n = n + (name:find(path:match "[^/]*$", 1, true) and 1 or 0)
  end
  return n
end

describe("-o", function()
  it("writes a trace anew without a script", function()
    local path, r = write(small)
    assert.equal("", r.out .. r.err)
    assert.equal(0, r.status)
    assert.equal(lines(small), lines(path))
    assert.equal("valid", program.run({ "--verify", path }).out:match ": (%S+)")
  end)

  it("upgrades old ones", function()
    local path, r = write(program.root .. "testdata/real/go1.15-http.trace")
    assert.equal("", r.err)
    assert.equal("1.26\n", program.run({ "-e", "function on.begin(t) print(t.version) end", path }).out)
  end)

  it("tells of what it puts in for what is lost, and --strict refuses that", function()
    local trace = program.build [[
header: go 1.26 trace
trace:
  - EventBatch: {time: 1000}
    sync:
      - Frequency: {freq: 1000000000}
      - ClockSnapshot: {dt: 0, mono: 5, sec: 1700000000, nsec: 0}
  - EventBatch: {m: 7, time: 1100}
    events:
      - ProcStatus: {dt: 0, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 1, target_m: 7, status: Running}
      - GoStatus: {dt: 1, target_g: 2, status: Runnable}
      - GoStop: {dt: 1}
      - GoBlock: {dt: 10}
  - EndOfGeneration
]]
    local path, r = write(trace)
    assert.equal(3, r.status)
    assert.matches(": 6 events; repaired to stay valid: 1 bridged\n", r.err)
    assert.equal("valid", program.run({ "--verify", path }).out:match ": (%S+)")
    os.remove(path)
    r = program.run { "--strict", "-o", path, trace }
    assert.equal(4, r.status)
    assert.equal(0, beside(path))
  end)

  it("gives tasks without a parent the one that stands for none", function()
    for _, road in ipairs { "function on.any(ev) end", "function on.HeapAlloc() return false end" } do
      local path = write("-q", "-e", road, program.root .. "testdata/real/go1.22-annotations.trace")
      local yaml = program.run { "yaml", path }.out
      assert.matches("UserTaskBegin: .*parent_task: 0", yaml)
      assert.not_matches("parent_task: %d%d%d%d%d%d", yaml)
    end
  end)

  it("writes what scripts leave", function()
    local path, r = write("-q", "-e", "function on.UserLog() return false end", small)
    assert.equal("", r.err)
    assert.equal(lines(small, 'ev.type ~= "UserLog"'), lines(path))
    assert.is_nil(program.read(path):find("note", 1, true))
  end)

  it("writes what -f leaves, also of types without a hook", function()
    local path = write("-q", "-f", 'type ~= "UserLog"', small)
    assert.equal(lines(small, 'ev.type ~= "UserLog"'), lines(path))
    path = write("-q", "-f", 'type ~= "UserLog"', "-e", "function on.HeapAlloc() return false end", small)
    assert.equal(lines(small, 'ev.type ~= "UserLog" and ev.type ~= "HeapAlloc"'), lines(path))
  end)

  it("prints beside writing", function()
    local path, r = write("-p", "type", "-f", 'type == "HeapAlloc" or type:find "^Go" or type:find "^Proc"', small)
    assert.matches("\nHeapAlloc\n", r.out)
    assert.is_nil(lines(path):find "UserLog")
  end)

  it("-f alone does not print", function()
    local _, r = write("-q", "-f", 'type ~= "UserLog"', small)
    assert.equal("", r.out)
  end)

  it("writes edits", function()
    local path = write("-q", "-e", [[
      function on.UserLog(ev) ev.value = "***" ev.key = ev.key:upper() end
      function on.HeapAlloc(ev) ev.heapalloc = 2^53 ev.time = ev.time + 5 end
      function on.GoBlock(ev) ev.stack = nil end]], small)
    assert.matches('UserLog task=1 key="NOTE" value="%*%*%*" stack=main.main\n', lines(path))
    assert.matches("HeapAlloc heapalloc=9007199254740992\n", lines(path))
    assert.is_nil(lines(path, 'ev.type == "GoBlock" and #ev.stack > 0'):find ".")
    assert.is_nil(program.read(path):find('a "b"', 1, true))
    assert.equal("135\n", program.run({ "-e", "function on.HeapAlloc(ev) print(ev.time) end", path }).out)
  end)

  it("writes what scripts add, in their order", function()
    local path = write("-q", "-e", [[
      function on.HeapAlloc(ev)
        emit("UserLog", { task = 1, key = "a", value = "1" })
        emit("UserLog", { key = "b", time = ev.time + 3 })
        return false
      end]], "-e", [[
      function on.UserLog(ev) if ev.key == "a" then emit("GoLabel", { label = "c" }) end end]], small)
    assert.equal('m=7 p=0 g=1 UserLog task=1 key="a" value="1" stack=-\n' ..
      'm=7 p=0 g=1 GoLabel label="c"\nm=7 p=0 g=1 UserLog task=0 key="b" value="" stack=-\n',
      lines(path, "ev.time >= 130 and ev.time < 140"))
  end)

  it("edits and adds in long traces", function()
    local trace = program.recording "http"
    local path = write("-q", "-e", [[
      local n = 0
      function on.GoBlock(ev)
        ev.reason = "x" .. n % 3
        if n % 2 == 0 then emit("HeapAlloc", { heapalloc = n }) end
        n = n + 1
      end]], trace)
    local show = "local x = { } function on.GoBlock(ev) x[ev.reason] = (x[ev.reason] or 0) + 1 end " ..
      "local n = 0 function on.HeapAlloc() n = n + 1 end function on.finish() print(n, x.x0, x.x1, x.x2) end"
    local before = program.run({ "-e", show, trace }).out:match "%d+"
    assert.equal(("%d\t153\t153\t153\n"):format(before + 230), program.run({ "-e", show, path }).out)
  end)

  it("sees everything in order, whatever scripts declare", function()
    local path, r = write("-e", 'order = "thread" local m function on.any(ev) m = ev.g end', program.recording "http")
    assert.equal("", r.err)
    assert.equal(0, r.status)
    assert.equal(lines(program.recording "http"), lines(path))
  end)

  it("may write over its input", function()
    local copy = program.tmpfile(program.read(small))
    local r = program.run { "-q", "-o", copy, "-e", "function on.UserLog() return false end", copy }
    assert.equal(0, r.status, r.err)
    assert.equal(lines(small, 'ev.type ~= "UserLog"'), lines(copy))
    assert.equal(1, beside(copy))
  end)

  it("takes standard input and packed traces", function()
    local path = program.tmpname()
    local r = program.shell(("gzip -c %s | %s -o %s"):format(small, program.quote(program.path), path))
    assert.equal("", r.err)
    assert.equal(lines(small), lines(path))
  end)

  it("wants one trace", function()
    assert.equal("-o writes one trace, of one that is read: there are 2 here", usage("-o", "/nosuch/x", small, small))
    assert.equal("-o writes one trace, of one that is read: there are 3 here",
      usage("-o", "/nosuch/x", "cat", small, small, small))
    assert.equal("-o wants a value: write what the scripts make, or the trace that they leave", usage "-o")
  end)

  it("takes the first word as a script where it is none of the traces", function()
    assert.equal('there is no script drpo (did you mean "drop"?); gotrace-lua -l lists those that come with it',
      usage("-o", "/nosuch/x", "drpo", small))
    assert.equal("cannot open /nosuch.trace: No such file or directory", usage("-o", "/tmp/x", "/nosuch.trace"))
    local dir = program.folder { hidden = "function on.UserLog() return false end" }
    local path = write("-q", dir .. "/hidden", small)
    assert.is_nil(lines(path):find "UserLog")
  end)
end)

describe("-o -", function()
  it("writes to standard output, and prints elsewhere", function()
    local r = program.run { "-o", "-", "-e",
      "print 'load' function on.HeapAlloc(ev) print(ev.type) io.write('x\\n') end", small }
    assert.equal("load\nHeapAlloc\nx\n", r.err)
    assert.equal(lines(small), lines(program.tmpfile(r.out)))
  end)

  it("also what unsafe scripts and tables print", function()
    local r = program.run { "--unsafe", "-o", "-", "-e", "io.write('direct\\n') count('n')", small }
    assert.equal("direct\nn\n0\n", r.err)
    assert.matches("^go 1.26 trace", r.out)
  end)

  it("makes pipes", function()
    local G = program.quote(program.path)
    local r = program.shell(("%s -q -o - drop -t UserLog %s | %s events -F csv | grep -c User"):format(G, small, G))
    assert.equal("1\n", r.out)
  end)
end)

describe("what is said of a trace that is written", function()
  it("is nothing where nothing was changed", function()
    local _, r = write("-e", "function on.any(ev) ev.time = ev.time return true end", small)
    assert.equal("", r.err)
  end)

  it("is what scripts did", function()
    local path, r = write("-e", [[
      function on.UserLog(ev) ev.value = "x" end
      function on.HeapAlloc() emit("GoLabel", { label = "y" }) return false end]], small)
    assert.equal(("gotrace-lua: %s: 18 events; 1 dropped, 1 edited, 1 added\n"):format(path), r.err)
  end)

  it("is what was repaired", function()
    local path, r = write("-e", "function on.GoStart() return false end", program.recording "http")
    assert.matches("^gotrace%-lua: " .. path:gsub("%p", "%%%0") .. ": [%d,]+ events; [%d,]+ dropped; " ..
      "repaired to stay valid: .*%d+ bridged", r.err)
  end)

  it("is what a window left out", function()
    local path, r = write("--from", "130ns", "--to", "170ns", small)
    assert.matches("^gotrace%-lua: " .. path:gsub("%p", "%%%0") .. ": [%d,]+ events; 14 cut\n$", r.err)
  end)

  it("is nothing with -q", function()
    local _, r = write("-q", "-e", "function on.GoStart() return false end", small)
    assert.equal("", r.err)
  end)

  it("is in trace.written too", function()
    local path, r = write("-q", "-e", [[
      function on.UserLog(ev) ev.value = "x" end
      function on.HeapAlloc() emit("GoLabel", { label = "y" }) return false end
      function on.finish(t)
        local w = t.written
        print(w.dropped, w.edited, w.added, w.cut, w.absorbed, w.bridged, w.withheld, w.moved, t.output)
      end]], small)
    assert.equal("1\t1\t1\t0\t0\t0\t0\t0\t" .. path .. "\n", r.out)
    r = program.run { "-e", "function on.finish(t) print(t.written, t.output) end", small }
    assert.equal("nil\tnil\n", r.out)
  end)
end)

describe("what is counted", function()
  it("is all that is in the file, also what ends it", function()
    local path, r = write("-e", [[
      function on.GoStart() return false end
      function on.finish(t) print(t.written.events, t.written.bytes) end]],
      program.root .. "testdata/real/go1.27-http.trace")
    local events, bytes = r.out:match "^(%d+)\t(%d+)\n$"
    assert.equal(tonumber(bytes), lfs.attributes(path, "size"))
    assert.equal(events, program.run({ "--verify", path }).out:match "(%d+) events")
  end)
end)

describe("a window", function()
  it("is cut out", function()
    local path = write("-q", "--from", "130ns", "--to", "170ns", small)
    local text = lines(path)
    assert.matches("HeapAlloc.*UserTaskBegin.*UserLog.*GoBlock", text)
    assert.is_nil(text:find("GoUnblock", 1, true))
    assert.equal("valid", program.run({ "--verify", path }).out:match ": (%S+)")
  end)

  it("shows hooks nothing else, and bounds what is known of the trace", function()
    local _, r = write("-q", "--to", "170ns", "-e",
      "local n = 0 function on.any() n = n + 1 end function on.finish(t) print(n, t.events) end", small)
    assert.equal("10\t10\n", r.out)
  end)

  it("may be empty", function()
    local path, r = write("-q", "--from", "1h", small)
    assert.equal(0, r.status, r.err)
    assert.equal(0, program.run({ "--verify", path }).status)
  end)

  it("may be one of several", function()
    local path = write("-q", "-e", "function on.begin(t) t.window(130, 135) t.window(1110, 2000) end", small)
    assert.matches("HeapAlloc.*GoBlock", lines(path))
    assert.is_nil(lines(path):find "User")
    assert.equal(0, program.run({ "--verify", path }).status)
  end)
end)

describe("--strict", function()
  it("refuses what is illegal", function()
    local path, r = write("--strict", "-e", "function on.GoStart() return false end", small)
    assert.equal(4, r.status)
    assert.matches("^gotrace%-lua: " .. path:gsub("%p", "%%%0") .. ": refused, as %-%-strict asks: .*Go%u%l+", r.err)
    assert.is_nil(lfs.attributes(path))
  end)

  it("lets pass what is not", function()
    local path, r = write("-q", "--strict", "-e", "function on.UserLog() return false end", small)
    assert.equal(0, r.status, r.err)
    assert.is_nil(lines(path):find "UserLog")
  end)

  it("is about scripts, not about where a window cuts", function()
    local old = program.root .. "testdata/real/go1.21-gc.trace"
    local _, r = write("--strict", "--from", "2ms", "--to", "8ms", old)
    assert.equal(0, r.status, r.err)
  end)

  it("wants -o", function()
    assert.equal("--strict is about the trace that -o writes: there is no -o", usage("--strict", "cat", small))
  end)
end)

describe("trace.hide", function()
  it("leaves out what a goroutine does", function()
    local path, r = write("-q", "-e", "function on.begin(t) t.hide(2) end", small)
    assert.equal(0, r.status, r.err)
    assert.is_nil(lines(path, "ev.g == 2"):find ".")
  end)

  it("holds from the event on whose hook asks for it, in the middle of a batch", function()
    local mix = program.recording "mix"
    local path, r = write("-q", "-e", [[local n = 0 function on.any(ev)
      if ev.g == 1 then n = n + 1 if n == 20 then trace.hide(1) print(ev) end end end]], mix)
    local asked = r.out:match "^%S+ (.*)\n$"
    local before = lines(mix, "ev.g == 1"):match("^(.-)" .. asked:gsub("%p", "%%%0"))
    local _, n = before:gsub("\n", "")
    assert.equal(19, n)
    local left = lines(path, "ev.g == 1")
    assert.equal(before, left:sub(1, #before))
    assert.matches("^m=%d+ p=%d+ g=1 GoBlock [^\n]*\n$", left:sub(#before + 1))
  end)

  it("may be asked for at a generation", function()
    local path = write("-q", "-e", "function on.generation(g) if g.n == 2 then trace.hide(1) end end",
      program.recording "generations")
    assert.matches("%S", lines(path, "ev.g == 1 and ev.gen == 1"))
    assert.is_nil(lines(path, "ev.g == 1 and ev.gen > 2"):find "%S")
  end)

  it("ends with trace.show, and the goroutine waits in between", function()
    local path, r = write("-q", "-e", [[function on.any(ev)
      if ev.time == 120 then trace.hide(1) elseif ev.time == 145 or ev.time == 150 then trace.show(1) end end]], small)
    assert.equal(0, r.status, r.err)
    local kept = lines(path, [[ev.g == 1 or
      (ev.type == "GoStart" or ev.type == "GoUnblock") and ev.target_g == 1]])
    assert.not_matches("UserTaskBegin", kept)
    assert.not_matches("HeapAlloc", kept)
    assert.matches('GoCreate.*GoBlock reason="unknown".*GoUnblock target_g=1.*GoStart target_g=1.*UserLog', kept)
    assert.matches("valid", program.run({ "--verify", path }).out)
  end)

  it("and trace.show may take turns, at any event", function()
    for _, name in ipairs { "mix", "generations", "syscalls", "gc" } do
      local path, r = write("-q", "-e", [[function on.any(ev)
        if ev.g then
          if (ev.n + ev.g) % 7 < 3 then trace.hide(ev.g) else trace.show(ev.g) end
        end end]], program.recording(name))
      assert.equal(0, r.status, r.err)
      assert.matches("valid", program.run({ "--verify", path }).out)
    end
  end)

  it("may be asked for of all others, whoever they are", function()
    for _, name in ipairs { "mix", "generations", "annotations" } do
      local recording = program.recording(name)
      local others = write("-q", "-e", [[local seen = {}
        function scan.any(ev) for _, g in ipairs { ev.g or 1, ev:raw().target_g or 1, ev:raw().new_g or 1 } do
          if g ~= 1 and g > 0 and g < 2^53 then seen[g] = true end end end
        function scan.finish(t) for g in pairs(seen) do t.hide(g) end end]], recording)
      local path, r = write("-q", "-e", [[function on.begin() trace.hide_others(1) end
        function on.finish(t) print(t.has_shown(1), t.has_shown(2), t.has_shown(1000000)) end]], recording)
      assert.equal("true\tfalse\tfalse\n", r.out)
      assert.equal(program.read(others), program.read(path))
    end
    local path = write("-q", "-e", "function on.begin(t) t.hide_others(2) t.show(1) t.hide(2) end", small)
    assert.is_nil(lines(path, "ev.g == 2"):find ".")
    assert.matches("g=1 ", lines(path, "ev.g == 1"))
    local r = program.run { "-q", "-o", "/dev/null", "-e", "function on.any() trace.hide_others(1) end", small }
    assert.matches("%-e:1: trace.hide_others holds for the whole trace: call it in on.begin or a scan hook\n", r.err)
  end)

  it("may be asked for by a scan hook", function()
    local path = write("-q", "-e", "function scan.finish(t) t.hide(2) end", small)
    assert.is_nil(lines(path, "ev.g == 2"):find ".")
  end)
end)

describe("trace.split", function()
  it("makes a trace of each part", function()
    local dir = program.folder {}
    local r = program.run { "-o", dir .. "/%d.trace", "-e", [[
      function scan.finish(t) t.split(1000) t.split(130) t.split(130) t.split(0) t.split(9999) end
      local n = 0
      function on.any() n = n + 1 end
      function on.finish(t) print(t.output:match "[^/]*$", n) end]], small }
    assert.equal(0, r.status, r.err)
    assert.equal("1.trace\t6\n2.trace\t14\n3.trace\t18\n", r.out)
    for i = 1, 3 do
      assert.equal(0, program.run({ "--verify", dir .. "/" .. i .. ".trace" }).status)
    end
    assert.matches("GoCreate", lines(dir .. "/1.trace"))
    assert.is_nil(lines(dir .. "/2.trace"):find "GoCreate ")
  end)

  it("wants names for them", function()
    assert.equal("the trace is split into 2 parts: -o wants a name with %d for their numbers, such as -o part-%d.trace",
      usage("-o", "/tmp/x", "-e", "function scan.finish(t) t.split(130) end", small))
  end)

  it("refuses too many of them, wherever the times come from", function()
    local says = "the trace would be split into %s parts, and 10000 is the most: " ..
      "make them longer (split --every) or look at less of it (--from, --to)"
    local trace = require "support.trace"
    local function split(duration, script)
      local batch = { m = 1, { "ProcStatus", 1, 1, 2 }, { "ProcStatus", duration, 1, 2 } }
      local far = program.tmpfile(trace.file(26, { batch }))
      local dir = program.folder {}
      local words = { "-q", "-o", dir .. "/%d.trace" }
      for _, word in ipairs(script) do
        words[#words + 1] = word
      end
      words[#words + 1] = far
      local r = program.run(words)
      return r.status, r.err:match "^gotrace%-lua: (.*)\n$", dir
    end
    local status, text, dir = split(2 ^ 52, { "split", "--every", "1s" })
    assert.same({ 2, says:format "more than 1000000" }, { status, text })
    assert.is_nil(io.open(dir .. "/1.trace"))
    status, text = split(10000 * 1000 + 1, { "split", "--every", "1us" })
    assert.same({ 2, says:format "10001" }, { status, text })
    status, text = split(1e6, { "-e", "function scan.finish(t) for i = 1, 1e9 do t.split(i % 7) end end" })
    assert.same({ 2, says:format "more than 1000000" }, { status, text })
  end)

  it("refuses to write a part over the trace, which is read again", function()
    local dir = program.folder { ["1.trace"] = program.read(small) }
    local r = program.run { "-q", "-o", dir .. "/%d.trace", "-e", "function scan.finish(t) t.split(130) end",
      dir .. "/1.trace" }
    assert.equal(2, r.status)
    assert.matches("part 1 would be written over .*/1%.trace, from which the others", r.err)
    assert.equal(program.read(small), program.read(dir .. "/1.trace"))
    assert.is_nil(lfs.attributes(dir .. "/2.trace"))
  end)

  it("keeps to the window", function()
    local dir = program.folder {}
    local r = program.run { "-q", "--from", "130ns", "--to", "1us", "-o", dir .. "/%d.trace", "-e", [[
      function scan.finish(t) t.split(100) t.split(150) t.split(1100) end
      local n = 0
      function on.any() n = n + 1 end
      function on.finish(t) print(t.output:match "[^/]*$", n) end]], small }
    assert.equal("1.trace\t2\n2.trace\t8\n", r.out)
  end)
end)

describe("a trace is not written", function()
  local function abandoned(status, ...)
    local path, r = write(...)
    assert.equal(status, r.status, r.err)
    assert.is_nil(lfs.attributes(path))
    assert.equal(0, beside(path))
    return r.err
  end

  it("when a script errs or fails", function()
    abandoned(4, "-e", "function on.HeapAlloc() error 'x' end", small)
    abandoned(4, "-e", "function on.finish() error 'x' end", small)
    abandoned(4, "-e", "function on.begin() error 'x' end", small)
    abandoned(1, "-e", "function on.HeapAlloc() fail 'x' end", small)
    abandoned(1, "-e", "function on.finish() fail 'x' end", small)
  end)

  it("when the command line is wrong, or there is no trace", function()
    abandoned(2, "-e", "x =", small)
    abandoned(2, "/nosuch")
    abandoned(3, program.tmpfile "hello, world, this is text")
  end)

  it("on Ctrl-C, and says so", function()
    local path = program.tmpname()
    os.remove(path)
    local r = program.shell(([[
      d=$(mktemp -d); mkfifo $d/f
      (exec 3>$d/f; cat %s >&3; sleep 20) & writer=$!
      env --default-signal=INT %s -o %s -e 'function on.GoStart(ev) print(ev.type) end' $d/f >$d/out & pid=$!
      i=0; while ! grep -qs "GoStart" $d/out && [ $i -lt 200 ]; do sleep 0.02; i=$((i + 1)); done
      kill -INT $pid; wait $pid; status=$?
      kill $writer 2>/dev/null; rm -r $d
      (exit $status)]]):format(small, program.quote(program.path), path))
    assert.equal(130, r.status)
    assert.equal(("gotrace-lua: %s: interrupted, nothing is written\n"):format(path), r.err)
    assert.equal(0, beside(path))
  end)

  it("when what is printed cannot be written", function()
    local path = program.tmpname()
    os.remove(path)
    local G = program.quote(program.path)
    local r = program.shell(("%s -o %s -p type %s >/dev/full"):format(G, path, small))
    assert.equal(5, r.status)
    assert.equal(0, beside(path))
    r = program.shell(("(%s -o %s -e 'function on.any() print((\"x\"):rep(70000)) end' %s; echo $? >&2) | head -c 1")
      :format(G, path, small))
    assert.equal("gotrace-lua: cannot write the output: Broken pipe\n5\n", r.err)
    assert.equal(0, beside(path))
  end)

  it("when there is no place for it", function()
    local r = program.run { "-o", "/nosuch/x.trace", small }
    assert.equal(5, r.status)
    assert.matches("^gotrace%-lua: cannot .*/nosuch/x.trace.*: No such file or directory\n$", r.err)
    r = program.run { "-o", "/dev/full", program.recording "http" }
    assert.equal(5, r.status)
    assert.matches("No space left on device\n$", r.err)
    r = program.shell(("(%s -o - %s; echo $? >&2) | true"):format(program.quote(program.path),
      program.recording "generations"))
    assert.matches("^gotrace%-lua: cannot write .*: Broken pipe\n5\n$", r.err)
  end)
end)

describe("damaged input", function()
  it("is written as far as it goes, with exit status 3", function()
    local cut = program.tmpfile(program.read(small):sub(1, 450))
    local path, r = write(cut)
    assert.equal(3, r.status)
    assert.matches("could not be read; likely the file ends early", r.err)
    assert.equal(0, program.run({ "--verify", path }).status)
    assert.matches("UserLog", lines(path))
  end)

  it("tells hooks of damage beside", function()
    local cut = program.tmpfile(program.read(small):sub(1, 450))
    local path, r = write("-e", "function on.damage(d) print('damage') end", cut)
    assert.equal("damage\n", r.out)
    assert.equal(0, program.run({ "--verify", path }).status)
  end)
end)

describe("stops of the world that each P told of", function()
  -- As Go 1.5 to 1.9 did.
  local yaml = [[
header: go 1.9 trace
trace:
  - Batch: {p: 0, ticks: 1000}
  - ProcStart: {thread: 1}
  - GoCreate: {dt: 1, g: 1, new_stack: 0, stack: 0}
  - GoStart: {dt: 1, g: 1, seq: 1}
  - STWStart: {dt: 10}
  - STWDone: {dt: 50}
  - Batch: {p: 1, ticks: 1000}
  - ProcStart: {thread: 2}
  - STWStart: {dt: 20}
  - STWDone: {dt: 20}
  - Frequency: {freq: 1000000000}
]]

  it("are written once, and it is said how many are not", function()
    local code = "function on.finish(t) print(t.written.absorbed, t.written.withheld) end"
    local path, r = write("-e", code, program.build(yaml))
    assert.equal("2\t0\n", r.out)
    assert.matches("repaired to stay valid: 2 absorbed\n$", r.err)
    local _, begins = lines(path):gsub("STWBegin", "")
    assert.equal(1, begins)
  end)
end)

describe("an event that a script adds", function()
  -- At unblocks, for another thread on which a goroutine runs, and for one that is not
  -- there.
  local code = [[
    local runs, n = {}, 0
    local function other(m)
      for id, g in pairs(runs) do
        if id ~= m then return id, g end
      end
    end
    function on.any(ev)
      runs[ev.m or -1] = nil
    end
    function on.GoStart(ev)
      runs[ev.m] = ev.target_g
    end
    function on.GoUnblock(ev)
      local m, g = other(ev.m)
      if not (ev.g and g) then return end
      n = n + 1
      emit("HeapAlloc", { m = m, heapalloc = 1e9 + m })
      emit("UserLog", { m = m, key = "m", value = m .. " " .. g })
      emit("UserLog", { g = g, key = "g", value = m .. " " .. g })
      emit("UserLog", { m = m, g = ev.g, key = "neither", value = "" })
      emit("UserLog", { m = ev.m, g = ev.g, key = "same", value = ev.m .. " " .. ev.g })
      emit("UserLog", { m = 99, key = "nowhere", value = "" })
    end
    function on.finish(t) print(n, t.written.added, t.written.withheld) end]]

  it("is on the thread and of the goroutine that it names, or nowhere", function()
    local path, r = write("-e", code, program.recording "http")
    local n, added, withheld = r.out:match "^(%d+)\t(%d+)\t(%d+)\n$"
    assert.is_true(tonumber(n) > 5)
    assert.same({ 4 * n, 2 * n }, { tonumber(added), tonumber(withheld) })
    local wrong = program.run { "-e", [[
      function on.UserLog(ev)
        if ev.value ~= ev.m .. " " .. ev.g then print(ev) end
      end
      function on.HeapAlloc(ev)
        if ev.heapalloc >= 1e9 and ev.heapalloc ~= 1e9 + ev.m then print(ev) end
      end]], path }
    assert.equal("", wrong.out .. wrong.err)
    assert.equal(0, program.run({ "--verify", path }).status)
  end)
end)

describe("a first generation of which nothing can be written", function()
  teardown(program.clean)

  -- The event of generation 44 needs a proc and has none.
  local bytes = "go 1.23 trace\0\0\0\1\44\45\1\23\43\45\1\1\1\80\26\17\1\16\1\1\81\14\4\45\23\24\20\1\10" ..
    "\25\16\1\45\10\1\13\11\93"

  it("is left out, as nothing may turn up behind it", function()
    local out = program.tmpname()
    local r = program.run { "-o", out, program.tmpfile(bytes) }
    assert.equal(3, r.status)
    r = program.run { "--verify", out }
    assert.equal("", r.err)
    r = program.run { "-e", "function on.generation(gen) print(gen.n) end", out }
    assert.equal("45\n", r.out)
  end)
end)

describe("a first generation that has only CPU samples", function()
  local samples = { { 1000, 1, 0, 5, 0 }, { 1002, 1, 0, 5, 0 } }
  local running = { m = 1, { "ProcStatus", 1, 0, 1 }, { "GoStatus", 1, 5, 1, 2 }, { "HeapAlloc", 1, 5 } }
  local idle = { m = 1, { "GCActive", 1, 3 } } -- nothing that a reader has to know at the begin

  -- The generations of what is written and how many events are in them.
  local function written(input, ...)
    local path, r = write(...)
    assert.equal(0, r.status, r.err)
    assert.equal("", program.run({ "--verify", path }).err, input)
    local count = "function on.any() end function on.finish(t) print(t.generations, t.events) end"
    return program.run({ "-e", count, path }).out
  end

  it("goes on with the next one: what is known at the begin has to be in the first", function()
    local next_ = { clock = { 0, 5000, 6000, 7000 }, running }
    local alone = program.tmpfile(making.file(26, { samples = samples }, next_))
    assert.equal("1\t5\n", written("copied", alone))
    assert.equal("1\t5\n", written("rewritten", "-e", "function on.any() end", alone))
  end)

  it("is one where it is all there is", function()
    local last = program.tmpfile(making.file(26, { samples = samples }, { clock = { 0, 5000, 6000, 7000 }, idle }))
    assert.equal("1\t2\n", written("all", "-f", 'type == "CPUSample"', last))
  end)
end)
