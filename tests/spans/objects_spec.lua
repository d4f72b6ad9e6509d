-- trace.task, trace.gc, trace.proc and trace.thread.
local program = require "support.program"
local small = require "spans.small"

teardown(program.clean)

local run, lines, one_thread = small.run, small.lines, small.one_thread

describe("trace.task", function()
  local file
  setup(function()
    file = one_thread(
      { "UserTaskBegin", 4, 7, 0, 5, 1 },
      { "GoCreate", 5, 2, 2, 1 },
      { "UserLog", 5, 7, 5, 6, 1 },
      { "UserRegionBegin", 5, 7, 6, 1 },
      { "UserTaskBegin", 5, 8, 7, 6, 1 },
      { "UserRegionEnd", 5, 7, 6, 1 },
      { "GoBlock", 6, 1, 1 },
      { "GoStart", 5, 2, 1 },
      { "UserRegionBegin", 5, 7, 5, 1 },
      { "UserTaskEnd", 5, 7, 3 }
    )
  end)

  local shows = [[local function show(t)
    local list = {}
    for _, log in ipairs(t.logs or {}) do
      list[#list + 1] = log.time .. ":" .. log.key .. "=" .. log.value .. "@" .. log.g
    end
    for _, r in ipairs(t.regions or {}) do
      list[#list + 1] = r.name .. ":" .. r.from .. "-" .. tostring(r.to) .. "@" .. r.g
    end
    print(tostring(t), t.from, tostring(t.to), tostring(t.parent), table.concat(t.goroutines, ","), t.stats.exec,
      table.concat(list, " "))
  end ]]

  it("is as of the event at hand, and has logs and regions until on.task", function()
    assert.same({
      "task 7 outer\t5\tnil\tnil\t1,2\t5\t",
      "task 7 outer\t5\tnil\tnil\t1,2\t20\t15:outer=inner@1 inner:20-nil@1",
      "task 7 outer\t5\t51\tnil\t1,2\t35\t15:outer=inner@1 inner:20-30@1 outer:46-nil@2",
      "task 8 inner\t25\tnil\t7\t1\t6\t",
    }, lines(shows .. [[
      function on.GoCreate(ev) show(trace.task(7)) end
      function on.UserTaskBegin(ev) if ev.task == 8 then show(trace.task(7)) end end
      function on.task(s) show(trace.task(s.task)) end]], file))
  end)

  it("lasts, without what has been told", function()
    assert.same({ "outer 51 nil nil 2 35", "inner nil 0 0 1 6" }, lines([[function on.finish()
      for t in trace.each_task() do
        local logs, regions = t.logs, t.regions
        print(table.concat({ t.name, tostring(t.to), tostring(logs and #logs), tostring(regions and #regions),
          #t.goroutines, t.stats.exec }, " "))
      end
    end]], file))
  end)

  it("is nil for the background and for what is not there", function()
    assert.same({ "nil\tnil" }, lines("function on.finish() print(trace.task(0), trace.task(99)) end", file))
  end)

  it("cannot be changed, nor asked for what it has not", function()
    local code = "function on.finish() local t = trace.task(7) %s end"
    for _, try in ipairs {
      { "t.name = 'x'", "cannot set task.name: it is the trace's" },
      { "rawset(t, 'name', 'x')", "table expected" },
      { "print(t.stat)", 'a task has no field "stat" %(did you mean "stats"%?%); it has from, goroutines, id, logs,' },
      { "trace.task('x')", "trace.task wants the id of a task, not" },
      { "print(trace.task(7).stats.x)", 'stats have no field "x"' },
    } do
      local r = run(code:format(try[1]), file)
      assert.equal(4, r.status)
      assert.matches(try[2], r.err)
    end
    assert.same({ "1", "1" }, lines([[function on.UserRegionEnd()
      local logs = trace.task(7).logs
      print(#logs) logs[2] = logs[1] logs[1].key = nil
      print(#trace.task(7).logs)
    end]], file))
  end)

  it("has to be asked for in a way that shows", function()
    local r = run("local name = 'ta' .. 'sk' function on.finish() print(trace[name](7)) end", file)
    assert.matches('trace.task: nothing is known of that here: say needs = "spans" at the top of the script', r.err)
    assert.same({ "task 7 outer" }, lines(
      "needs = 'spans' local name = 'ta' .. 'sk' function on.finish() print(trace[name](7)) end", file))
  end)

  it("is not meant by a field or a hook of its name", function()
    local r = program.run { "--explain", "-n", "-e", "function on.UserLog(ev) print(ev.task) end", file }
    assert.not_matches("asks for", r.err)
  end)
end)

describe("trace.gc", function()
  it("is each cycle of the collector, with what it cost", function()
    local file = one_thread(
      { "HeapGoal", 4, 4000 },
      { "HeapAlloc", 4, 3000 },
      { "GCBegin", 1, 1, 1 }, -- at 10
      { "STWBegin", 5, 9, 1 },
      { "STWEnd", 5 }, -- for 5
      { "GCMarkAssistBegin", 10, 1 }, -- at 30
      { "GCMarkAssistEnd", 10 }, -- for 10
      { "STWBegin", 10, 10, 1 }, -- at 50, not the collector's
      { "STWEnd", 2 },
      { "STWBegin", 8, 11, 1 }, -- at 60
      { "HeapAlloc", 3, 1000 },
      { "GCEnd", 2, 2 }, -- at 65
      { "HeapGoal", 1, 5000 },
      { "HeapAlloc", 1, 1500 },
      { "STWEnd", 3 } -- at 70
    )
    assert.same({
      "1 10 nil 5 0 3000 nil 4000",
      "1 10 65 15 10 3000 1000 4000",
      "nil",
    }, lines([[
      local function show(n)
        local c = trace.gc(n)
        if not c then print "nil" return end
        print(table.concat({ c.n, c.from, tostring(c.to), c.stw, c.assist, c.heap_before, tostring(c.heap_after),
          c.goal }, " "))
      end
      function on.GCMarkAssistBegin() show(1) end
      function on.finish() show(1) show(2) end]], file))
  end)

  it("counts once what stops of several procs have in common, as before Go 1.10", function()
    local path = program.recording "gc"
    assert.same({ "true" }, lines([[function on.finish()
      local n = 1
      while trace.gc(n) do
        local c = trace.gc(n)
        assert(c.stw > 0 and c.stw < c.to - c.from + 1e6 and c.heap_after < c.heap_before, n)
        n = n + 1
      end
      print(n > 4)
    end]], path))
  end)
end)

describe("Stops of the world", function()
  it("of Go 1.15 to 1.21 are their own, not all that was before", function()
    for _, version in ipairs { "1.15", "1.19", "1.21" } do
      local path = program.root .. ("testdata/real/go%s-gc.trace"):format(version)
      assert.same({ "0" }, lines([[local n = 0
        function on.stw(s) if s.open or s.name == "" or s.dur > 1e6 then n = n + 1 end end
        function on.finish() print(n) end]], path))
    end
  end)
end)

describe("trace.proc and trace.thread", function()
  it("say who is where", function()
    local one = {
      m = 1, time = 1000,
      { "ProcStatus", 0, 0, 1 },
      { "GoStatus", 1, 1, 1, 2 },
      { "GoSyscallBegin", 9, 1, 1 },
      { "GoSyscallEndBlocked", 90 },
    }
    local two = {
      m = 2, time = 1050,
      { "ProcSteal", 0, 0, 2, 1 },
      { "ProcStart", 10, 0, 3 },
      { "GoStatus", 1, 3, -1, 4 },
      { "GoUnblock", 4, 3, 1, 0 },
      { "GoStart", 5, 3, 2 },
      { "ProcStatus", 1, 1, 2 },
    }
    local file = program.tmpfile(small.file(one, two))
    assert.same({
      "GoSyscallBegin P0 Running 1 1 10 0 | 0 1 | nil",
      "ProcSteal P0 Idle nil nil 50 0 | nil 1 | nil",
      "ProcStart P0 Running 2 nil 50 10 | nil 1 | 0 nil",
      "GoStart P0 Running 2 3 60 10 | nil 1 | 0 3",
      "GoSyscallEndBlocked P0 Running 2 3 90 10 | nil nil | 0 3",
    }, lines([[
      local function s(...)
        local t = { ... }
        for i = 1, select("#", ...) do t[i] = tostring(t[i]) end
        return table.concat(t, " ")
      end
      local function show(ev)
        local p, a, b = trace.proc(0), trace.thread(1), trace.thread(2)
        print(s(ev.type, p, p.state, p.m, p.g, p.running, p.idle) .. " | " .. s(a.p, a.g) .. " | " ..
          (b and s(b.p, b.g) or "nil"))
      end
      for _, name in ipairs { "GoSyscallBegin", "ProcSteal", "ProcStart", "GoStart", "GoSyscallEndBlocked" } do
        on[name] = show
      end]], file))
  end)

  it("are nil where nothing is known", function()
    assert.same({ "nil\tnil" }, lines("function on.finish() print(trace.proc(7), trace.thread(77)) end",
      one_thread({ "GoStop", 9, 4, 1 })))
  end)
end)
