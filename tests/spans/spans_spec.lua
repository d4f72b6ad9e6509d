-- Spans: what something did from one moment to another.
local lfs = require "lfs"
local program = require "support.program"
local small = require "spans.small"
local trace = require "support.trace"

teardown(program.clean)

local here = program.root .. "tests/spans/"

local run, lines, one_thread = small.run, small.lines, small.one_thread
local strings, stacks = small.strings, small.stacks

-- Prints these fields of the spans of a kind.
local function shows(kind, ...)
  local fields = {}
  for i, name in ipairs { ... } do
    fields[i] = ("tostring(s.%s)"):format(name)
  end
  return ("function on.%s(s) print(table.concat({%s}, ' ')) end"):format(kind, table.concat(fields, ", "))
end

local recordings = {}
for name in lfs.dir(program.root .. "testdata/real") do
  recordings[#recordings + 1] = name:find "%.trace$" and program.root .. "testdata/real/" .. name or nil
end
table.sort(recordings)

describe("Spans of recordings", function()
  it("follow each other, add up to lives, and come when they end", function()
    for _, path in ipairs(recordings) do
      local r = program.run { here .. "life.lua", path }
      assert.equal("", r.out .. r.err, path)
    end
  end)

  it("are the same behind a part that is lost, whatever else is asked for", function()
    local tell = shows("state", "g", "state", "from", "to", "open") .. " "
      .. shows("proc", "p", "from", "to", "open") .. " "
    for i, path in ipairs(recordings) do
      if i % 9 == 0 or path:find "go1.22%-gc" then
        local bytes = program.read(path)
        local at = math.floor(#bytes * 0.3)
        local hurt = program.tmpfile(bytes:sub(1, at) .. bytes:sub(at + 3001))
        local alone = program.run { "-e", tell, hurt }
        local beside = program.run { "-e", tell .. "function on.any(ev) end", hurt }
        assert.same(alone, beside, path)
      end
    end
  end)

  local function sums(path, ...)
    local r, by = program.run { "-q", here .. "sums.lua", path, ... }, {} -- a third may have no event
    assert.equal("", r.err)
    for key, ns, own in r.out:gmatch "([^\n]-)\t(%d+)\t(%d+)\n" do
      by[key] = { tonumber(ns), tonumber(own) }
    end
    return by
  end

  it("add up over windows, by whatever they are told apart", function()
    for i, path in ipairs(recordings) do
      if i % 6 == 0 then
        local whole = sums(path)
        local at = lines("function on.finish(t) print(math.floor(t.duration / 3)) end", path)[1]
        local early, late = sums(path, "--to", at .. "ns"), sums(path, "--from", at .. "ns")
        for key, sum in pairs(whole) do
          local a, b = early[key] or { 0, 0 }, late[key] or { 0, 0 }
          assert.same(sum, { a[1] + b[1], a[2] + b[2] }, path .. " " .. key)
          early[key], late[key] = nil, nil
        end
        assert.same({ {}, {} }, { early, late })
      end
    end
  end)

  it("are the same with one thread and with two", function()
    local path = program.root .. "testdata/real/go1.27-mix.trace"
    local code = "function on.anyspan(s) print(s) end"
    local one = program.run { "-e", code, path, env = "GOTRACE_PATHS=slow" }
    local two = program.run { "-e", code, path, env = "GOTRACE_PATHS=threads,map" }
    assert.is_true(#one.out > 1e6)
    assert.is_true(one.out == two.out)
  end)

  it("are made of what happened, whatever scripts do to it", function()
    local path = program.root .. "testdata/real/go1.27-sync.trace"
    local tells = "function on.anyspan(s) print(s) end"
    local alone = program.run { "-e", tells, path }
    for _, first in ipairs {
      "function on.any(ev) return false end",
      'drop "*"',
      "function on.GoBlock(ev) ev.reason = 'mine' ev.stack = nil end",
    } do
      local behind = program.run { "-e", first, "-e", tells, "-q", path }
      assert.is_true(alone.out == behind.out, first)
    end
  end)
end)

describe("A state", function()
  it("that is older than the trace has held since its generation began", function()
    local file = one_thread({ "GoStatus", 5, 2, -1, 4 }, { "GoUnblock", 10, 2, 1, 0 })
    local code = shows("state", "g", "state", "from", "to", "open", "prev", "reason", "begin_n")
    assert.same({ "2 Waiting 0 16 begin nil  nil" }, { (lines(code, file)[1]) })
  end)

  it("says where it was blocked, who woke it and what came next", function()
    local file = one_thread(
      { "GoCreate", 9, 2, 2, 1 },
      { "GoBlock", 10, 1, 1 },
      { "GoStart", 10, 2, 1 },
      { "GoUnblock", 10, 1, 1, 3 },
      { "GoBlock", 10, 7, 3 },
      { "GoStart", 10, 1, 2 }
    )
    local code = [[function on.state(s)
      print(("%d %s %d..%d %s>%s %s %s %s | %s | %s"):format(s.g, s.state, s.from, s.to, tostring(s.prev),
        tostring(s.next), tostring(s.reason), tostring(s.waker), tostring(s.p), tostring(s.stack), s.func)) end]]
    assert.same({
      "1 Running 0..20 nil>Waiting nil nil 0 | - | main.main",
      "2 Runnable 10..30 NotExist>Running nil 1 nil | main.worker | main.worker",
      "1 Waiting 20..40 Running>Runnable chan receive 2 nil | main.main | main.main",
      "2 Running 30..50 Runnable>Waiting nil nil 0 | main.worker | main.worker",
      "1 Runnable 40..60 Waiting>Running nil 2 nil | main.main | main.main",
      "2 Waiting 50..61 Running>nil sleep nil nil | chan receive < main.worker | main.worker",
      "1 Running 60..61 Runnable>nil nil nil 0 | main.main | main.main",
    }, lines(code, file))
  end)

  it("of one that is created blocked has a reason that the trace does not say", function()
    local file = one_thread({ "GoCreateBlocked", 9, 2, 2, 1 }, { "GoUnblock", 10, 2, 1, 3 })
    local code = shows("state", "g", "state", "from", "to", "prev", "reason") .. " " ..
      "function on.finish() print(trace.goroutine(2).stats.block_by[''] or 'none') end"
    assert.same({ "2 Waiting 10 20 NotExist ", "10" }, { lines(code, file)[1], lines(code, file)[4] })
  end)

  it("of a syscall says how long it had no proc", function()
    local syscall = {
      m = 1,
      time = 1000,
      { "ProcStatus", 0, 0, 1 },
      { "GoStatus", 1, 1, 1, 2 },
      { "GoSyscallBegin", 9, 1, 1 },
      { "GoSyscallEndBlocked", 90 },
    }
    local thief = { m = 2, time = 1050, { "ProcSteal", 0, 0, 2, 1 } }
    local file = program.tmpfile(trace.file(26, { strings = strings, stacks = stacks, time = 1000, syscall, thief }))
    local list = lines(shows("state", "state", "from", "to", "blocked", "p"), file)
    assert.equal("Syscall 10 100 50 0", list[2])
  end)

  it("of a syscall that is older than a trace of Go 1.21 or before has no proc that is known", function()
    local n = 0
    for _, path in ipairs(recordings) do
      local version = tonumber(path:match "go1%.(%d+)")
      for _, line in ipairs(version < 22 and lines([[function on.state(s)
          if s.state == "Syscall" and s.open and s.from == 0 then print(s.p, s.blocked) end
        end]], path) or {}) do
        n = n + 1
        assert.equal("nil\tnil", line)
      end
    end
    assert.is_true(n > 3)
  end)

  it("is cut in three by a GoSwitch, each a nanosecond behind the other", function()
    local file = one_thread(
      { "GoStatus", 1, 2, -1, 4 },
      { "GoSwitch", 8, 2, 1 },
      { "GoSwitchDestroy", 10, 1, 1 }
    )
    assert.same({
      "2 Waiting 0 10 Runnable 1",
      "1 Running 0 11 Waiting nil",
      "2 Runnable 10 12 Running 1",
      "1 Waiting 11 20 Runnable 2",
      "2 Running 12 21 NotExist nil",
      "1 Runnable 20 22 Running 2",
      "1 Running 22 23 nil nil",
    }, lines(shows("state", "g", "state", "from", "to", "next", "waker"), file))
  end)

  it("does not bridge a part that is lost", function()
    local first = {
      strings = strings,
      stacks = stacks,
      time = 1000,
      {
        m = 1,
        time = 1000,
        { "ProcStatus", 0, 0, 1 },
        { "GoStatus", 1, 1, 1, 2 },
        { "GoBlock", 9, 1, 1 },
        { "ProcStop", 5 },
      },
    }
    local function generation(time)
      return {
        strings = strings,
        stacks = stacks,
        time = time,
        { m = 1, time = time, { "ProcStatus", 0, 0, 2 }, { "GoStatus", 1, 1, -1, 4 }, { "GoUnblock", 9, 1, 1, 0 } },
      }
    end
    local whole = program.tmpfile(trace.file(26, first, generation(2000)))
    local code = shows("state", "g", "state", "from", "to", "open")
    assert.same({ "1 Running 0 10 begin", "1 Waiting 10 1010 nil", "1 Runnable 1010 1011 end" }, lines(code, whole))
    local torn = program.tmpfile(trace.file(26, first, ("\1"):rep(300), generation(2000)))
    local r = run(code, torn)
    assert.equal(3, r.status)
    assert.matches("1 Waiting 10 15 end\n", r.out)
    assert.matches("1 Waiting 1000 1010 begin\n1 Runnable 1010 1011 end\n$", r.out)
  end)
end)

describe("A region", function()
  it("ends with its goroutine, the inner one first, and knows its own time", function()
    local file = one_thread(
      { "UserRegionBegin", 9, 0, 5, 1 },
      { "UserRegionBegin", 10, 0, 6, 1 },
      { "UserRegionEnd", 30, 0, 6, 1 },
      { "UserRegionBegin", 5, 0, 6, 1 },
      { "GoDestroy", 5 }
    )
    assert.same({
      "inner 20 50 30 1 outer nil",
      "inner 55 60 5 1 outer nil",
      "outer 10 60 15 0 nil nil",
    }, lines(shows("region", "name", "from", "to", "self", "depth", "region", "open"), file))
  end)

  it("that began before the trace is all that its goroutine did", function()
    local file = one_thread(
      { "UserRegionBegin", 9, 0, 6, 1 },
      { "UserRegionEnd", 10, 0, 6, 1 },
      { "UserRegionEnd", 10, 0, 5, 1 },
      { "UserRegionBegin", 10, 0, 5, 1 }
    )
    assert.same({
      "inner 10 20 10 nil",
      "outer 0 30 20 begin",
      "outer 40 41 1 end",
    }, lines(shows("region", "name", "from", "to", "self", "open"), file))
  end)
end)

describe("A task", function()
  it("is what goroutines work on in its regions, or since they began it", function()
    local file = one_thread(
      { "UserTaskBegin", 4, 7, 0, 5, 1 },
      { "GoCreate", 5, 2, 2, 1 },
      { "UserTaskBegin", 5, 8, 7, 6, 1 },
      { "UserRegionBegin", 5, 7, 6, 1 },
      { "GoBlock", 5, 1, 1 },
      { "GoStart", 5, 2, 1 },
      { "UserTaskEnd", 5, 7, 3 },
      { "UserTaskEnd", 5, 7, 3 }
    )
    assert.same({
      "outer 7 nil 5 35 nil 1",
      "inner 8 7 15 41 end 1",
    }, lines(shows("task", "name", "task", "parent", "from", "to", "open", "g"), file))
    local states = lines(shows("state", "g", "state", "task", "task_name", "region"), file)
    assert.same({
      "1 Running 0 nil nil",
      "2 Runnable 7 outer nil",
      "1 Waiting 7 outer inner",
      "2 Running 7 outer nil",
    }, states)
  end)
end)

describe("A span hook", function()
  local file
  setup(function()
    file = one_thread(
      { "GoCreate", 9, 2, 2, 1 },
      { "GoBlock", 10, 1, 1 },
      { "GoStart", 10, 2, 1 },
      { "GoDestroy", 10 }
    )
  end)

  local function fails(code)
    local r = run(code, file)
    assert.equal(4, r.status, r.err)
    return r.err
  end

  it("that returns false hides the span from what is behind it, and no event", function()
    local r = program.run {
      "-e",
      "function on.anyspan(s) return s.kind == 'goroutine' end function on.state() print 'no' end",
      "-e",
      "local n = 0 function on.anyspan(s) print(s.kind) end function on.any() n = n + 1 end " ..
        "function on.finish() print(n) end",
      file,
    }
    assert.equal("goroutine\ngoroutine\n6\n", r.out)
  end)

  it("sees inner spans first, and what is open by its begin", function()
    assert.same({
      "state 1 20 begin",
      "state 2 30 nil",
      "state 2 40 nil",
      "goroutine 2 40 nil",
      "proc nil 41 both",
      "goroutine 1 41 both",
      "state 1 41 end",
    }, lines(
      [[function on.anyspan(s)
        print(("%s %s %d %s"):format(s.kind, tostring(s.g), s.to, tostring(s.open)))
      end]],
      file
    ))
  end)

  it("leaves marks to theirs, wherever they stand", function()
    local marks = "function on.damage(d) print(d.what) end function on.finish(t) print(t.damages) end "
    local whole = program.read(program.recording "sync")
    for _, off in ipairs { 600, 1500, 2500, 3300, 5000 } do
      local torn = program.tmpfile(whole:sub(1, off) .. "\255\255\255" .. whole:sub(off + 4))
      local alone = program.run { "-q", "-e", marks, torn }
      local beside = program.run { "-q", "-e", marks .. "function on.state() end", torn }
      assert.equal(3, alone.status)
      assert.equal(alone.out, beside.out)
    end
  end)

  it("can keep a copy, not the span", function()
    local code = [[local kept
      function on.state(s) kept = kept or s:copy() end
      function on.finish() print(kept.state .. " " .. kept.to .. " " .. kept.func) end]]
    assert.same({ "Running 20 main.main" }, lines(code, file))
    assert.matches("there is no current span here; s:copy%(%) keeps one",
      fails "local kept function on.state(s) kept = s end function on.finish() print(kept.dur) end")
  end)

  it("cannot change what happened, nor ask for what no span has", function()
    assert.matches("cannot set span.dur: spans say what happened", fails "function on.state(s) s.dur = 1 end")
    assert.matches("cannot set span.dur", fails "function on.state(s) local c = s:copy() c.dur = 1 end")
    assert.matches('a span has no field "duration"', fails "function on.state(s) print(s.duration) end")
    assert.matches("with a colon", fails "function on.state(s) print(s.copy()) end")
  end)

  it("that errs is told with its span", function()
    assert.matches("hook: on.state\n  span: state Running of G1, 0ns to 20ns\n  stack",
      fails "function on.state(s) error 'no' end")
    assert.matches("hook: on.anyspan\n  span: proc Running of P0, 0ns to 41ns\n",
      fails "function on.anyspan(s) if s.kind == 'proc' then error 'no' end end")
    assert.matches("hook: on.GoBlock\n  event: 4 at",
      fails "function on.state() end function on.GoBlock() error 'no' end")
  end)

  it("wants full order, whatever the script says", function()
    assert.equal(7, #lines('order = "thread" function on.anyspan(s) print(s) end', file))
  end)

  it("comes with scan, too, and may write", function()
    local out = program.tmpname()
    local r = program.run {
      "-e",
      [[local slow = {}
      function scan.state(s) if s.dur >= 10 then slow[s.g] = (slow[s.g] or 0) + 1 end end
      function on.GoCreate() return slow[2] == nil end
      function on.finish() print(slow[1], slow[2]) end]],
      "-q", "-o", out, file,
    }
    assert.equal("", r.err)
    assert.equal("2\t2\n", r.out)
  end)
end)

describe("trace.goroutine", function()
  local file
  setup(function()
    file = one_thread(
      { "GoCreate", 9, 2, 2, 1 },
      { "GoBlock", 10, 1, 1 },
      { "GoStart", 10, 2, 1 },
      { "GoUnblock", 10, 1, 1, 3 },
      { "GoDestroy", 10 },
      { "GoStart", 10, 1, 2 }
    )
  end)

  it("is as of the event at hand", function()
    assert.same({
      "GoStatus Running 0 2 0",
      "GoCreate Running 0 10 0",
      "GoBlock Waiting 20 20 0",
      "GoStart Waiting 20 20 10",
      "GoUnblock Runnable 40 20 20",
      "GoDestroy Runnable 40 20 20",
      "GoStart Running 60 20 20",
    }, lines([[function on.any(ev)
      local g = trace.goroutine(1)
      if g then print(("%s %s %d %d %d"):format(ev.type, g.state, g.since, g.stats.exec, g.stats.block)) end
    end]], file))
  end)

  it("knows names, lives and figures at the end", function()
    assert.same({
      "G1 main.main nil 0 2 nil Running -",
      "G2 main.worker 1 10 30 50 NotExist main.main",
    }, lines([[function on.finish()
      for g in trace.each_goroutine() do
        print(table.concat({ tostring(g), tostring(g.creator), g.created, g.started, tostring(g.ended), g.state,
          tostring(g.created_at) }, " "))
      end
    end]], file))
  end)

  it("keeps what a script puts there until it ends", function()
    assert.same({ "GoCreate", "nil" }, lines([[
      function on.GoCreate(ev) trace.goroutine(ev.new_g).vars.by = ev.type end
      function on.GoDestroy(ev) print(trace.goroutine(ev.g).vars.by) end
      function on.finish() print(tostring(trace.goroutine(2).vars.by)) end]], file))
  end)

  it("is nil for one that is not there, and refuses what is no id", function()
    assert.same({ "nil" }, lines("function on.finish() print(trace.goroutine(77)) end", file))
    local r = run("function on.finish() print(trace.goroutine 'x') end", file)
    assert.equal(4, r.status)
    assert.matches("trace.goroutine wants the id of a goroutine", r.err)
    r = run("local t, m = trace, 'gorou' .. 'tine' function on.finish() print(t[m](1)) end", file)
    assert.matches('say needs = "spans"', r.err)
    assert.same({ "G1 main.main" }, lines(
      "needs = 'spans' local t, m = trace, 'gorou' .. 'tine' function on.finish() print(t[m](1)) end", file))
  end)
end)

describe("What is known of goroutines", function()
  -- Each of n goroutines is created, has a region, waits once and ends.
  local function many(n)
    local parts, seq = {}, 0
    for g = 2, n + 1 do
      if g % 500 == 2 then
        parts[#parts + 1] = { m = 1, time = 1000 + g * 20 }
      end
      for _, e in ipairs {
        { "GoCreate", 1, g, 2, 1 }, { "GoBlock", 1, 1, 1 }, { "GoStart", 1, g, 1 },
        { "UserRegionBegin", 1, 0, 5, 1 }, { "UserRegionEnd", 1, 0, 5, 1 },
        { "GoBlock", 1, 1, 2 }, { "GoUnblock", 1, g, 2, 0 }, { "GoStart", 1, g, 3 }, { "GoDestroy", 1 },
        { "GoUnblock", 1, 1, seq + 1, 0 }, { "GoStart", 1, 1, seq + 2 },
      } do
        table.insert(parts[#parts], e)
      end
      seq = seq + 2
    end
    return program.tmpfile(small.file({ m = 1, time = 1000, { "ProcStatus", 0, 0, 1 }, { "GoStatus", 1, 1, 1, 2 } },
      unpack(parts)))
  end

  it("takes little memory when they have ended", function()
    local code = "local n = 0 function on.goroutine() n = n + 1 end function on.finish() print(n) end"
    assert.same({ "20001" }, lines(code, many(20000), "--memory-limit", "20M"))
  end)

  it("is known when it has ended as it was before, and may come back", function()
    local file = one_thread(
      { "GoCreate", 9, 2, 2, 1 },
      { "GoBlock", 10, 1, 1 },
      { "GoStart", 10, 2, 1 },
      { "GoLabel", 1, 1 },
      { "GoUnblock", 9, 1, 1, 3 },
      { "GoDestroy", 10 },
      { "GoStart", 10, 1, 2 },
      { "GoCreate", 10, 3, 2, 1 }
    )
    local code = [[
      function on.GoDestroy() print(tostring(trace.goroutine(2)), trace.goroutine(2).ended) end
      function on.finish()
        local g = trace.goroutine(2)
        print(g.name, g.created, g.started, g.ended, g.creator, g.state, g.since, g.labels[1], g.stats.exec,
          g.stats.sched_wait, g.stats.total, #g.created_at, g.task, g.system, next(g.stats.block_by))
        local list = {}
        for other in trace.each_goroutine() do list[#list + 1] = other.id end
        print(table.concat(list, " "), trace.goroutine(2) == g)
      end]]
    assert.same({
      "G2 main.worker\t50",
      "main.worker\t10\t30\t50\t1\tNotExist\t50\tchan receive\t20\t20\t40\t1\t0\tfalse\tnil",
      "1 2 3\ttrue",
    }, lines(code, file))
  end)
end)
