-- How the time is spent that lies in a region, an assist or a task.
local made = require "spans.small"
local program = require "support.program"

teardown(program.clean)

local lines, one_thread = made.lines, made.one_thread

-- Prints the figures of the spans of a kind.
local function shows(kind)
  return ([[function on.%s(s)
    local t = s.stats
    print(s.name, t.exec, t.sched_wait, t.block, t.block_by["chan receive"] or 0, t.gc_assist, t.total)
  end]]):format(kind)
end

-- Goroutine 1 runs for 10 ns in region outer, 10 in inner, waits for 20, is runnable for
-- 10, and runs for 10 more in each.
local function in_regions()
  return one_thread(
    { "GoStatus", 1, 2, -1, 4 },
    { "UserRegionBegin", 9, 7, 5, 1 },
    { "UserRegionBegin", 10, 7, 6, 1 },
    { "GoBlock", 10, 1, 1 },
    { "GoUnblock", 20, 1, 1, 0 },
    { "GoStart", 10, 1, 2 },
    { "UserRegionEnd", 10, 7, 6, 1 },
    { "UserRegionEnd", 10, 7, 5, 1 },
    { "UserRegionBegin", 10, 7, 5, 1 }
  )
end

describe("stats of a region", function()
  it("are what lies inside it, inner ones included", function()
    assert.same({
      "inner\t20\t10\t20\t20\t0\t50",
      "outer\t40\t10\t20\t20\t0\t70",
      "outer\t1\t0\t0\t0\t0\t1",
    }, lines(shows "region", in_regions()))
  end)

  it("of one that began before the trace are all that the goroutine did", function()
    local file = one_thread({ "GoStop", 9, 4, 1 }, { "GoStart", 10, 1, 1 }, { "UserRegionEnd", 10, 0, 5, 1 })
    assert.same({ "outer\t20\t10\t0\t0\t0\t30" }, lines(shows "region", file))
  end)

  it("are kept by a copy, and are for reading", function()
    assert.same({ "50", "cannot set stats.exec: they are the trace's" }, lines([[local kept
      function on.region(s) kept = kept or s:copy() end
      function on.finish()
        print(kept.stats.total)
        print((select(2, pcall(function() kept.stats.exec = 1 end)):gsub("^%-e:%d+: ", "")))
      end]], in_regions()))
  end)

  it("of one that lies whole in a window are those that it has without, of others none", function()
    local tells = [[function on.anyspan(s)
      if s.kind == "region" or s.kind == "task" or s.kind == "assist" then
        local t = s.stats
        print(s.kind, s.name, s.begin_n or "-", s.end_n or "-", s.clipped or "whole",
          t and ("%d %d %d %d"):format(t.exec, t.sched_wait, t.block, t.total) or "none")
      end
    end]]
    local n = { whole = 0, cut = 0 }
    for _, name in ipairs { "1.27-annotations", "1.21-annotations", "1.27-gc", "1.27-faults" } do
      local path = program.root .. "testdata/real/go" .. name .. ".trace"
      local whole = {}
      for _, line in ipairs(lines(tells, path)) do
        whole[line] = true
      end
      for _, line in ipairs(lines(tells, path, "--from", "1ms", "--to", "3ms")) do
        local clipped, stats = line:match "\t(%a+)\t([^\t]+)$"
        local kind = clipped == "whole" and "whole" or "cut"
        n[kind] = n[kind] + 1
        assert.is_true(kind == "cut" and stats == "none" or whole[line] ~= nil, line)
      end
    end
    assert.is_true(n.whole > 10 and n.cut > 3, n.whole .. " " .. n.cut)
  end)

  it("are not known of a part that is in a window", function()
    local file = in_regions()
    assert.same({ "inner nil", "outer nil", "outer 1" }, lines(
      'function on.region(s) print(s.name .. " " .. tostring(s.stats and s.stats.exec)) end', file, "--from", "30ns"))
  end)

  it("are there for -p, and have to be asked for", function()
    local file = in_regions()
    local r = program.run { "-f", 'kind == "region"', "-p", "name,stats.exec", file }
    assert.equal("inner\t20\nouter\t40\nouter\t1\n", r.out)
    r = program.run { "-e", "local f = 'sta' .. 'ts' function on.region(s) print(s[f].exec) end", file }
    assert.equal(4, r.status)
    assert.matches('^gotrace%-lua: %-e:1: nothing is known of the stats of spans here: say needs = "spans"', r.err)
    assert.same({ "20", "40", "1" }, lines(
      "needs = 'spans' local f = 'sta' .. 'ts' function on.region(s) print(s[f].exec) end", file))
    r = program.run { "-e", "function on.region(s) print(s.stats.exce) end", file }
    assert.matches('stats have no field "exce" %(did you mean "exec"%?%)', r.err)
  end)

  it("are no other kind's", function()
    assert.same({ "nil" }, { lines("function on.state(s) print(s.stats) end", in_regions())[1] })
  end)
end)

describe("stats of an assist", function()
  it("are what its goroutine did meanwhile", function()
    local file = one_thread(
      { "GCMarkAssistBegin", 9, 1 },
      { "GoBlock", 10, 1, 1 },
      { "GoUnblock", 20, 1, 1, 0 },
      { "GoStart", 10, 1, 2 },
      { "GCMarkAssistEnd", 10 },
      { "GCMarkAssistBegin", 10, 1 },
      { "GoDestroy", 7 }
    )
    assert.same({
      "GC mark assist\t20\t10\t20\t20\t50\t50",
      "GC mark assist\t7\t0\t0\t0\t7\t7",
    }, lines(shows "assist", file))
  end)
end)

describe("stats of a task", function()
  it("are what goroutines did while they worked on it", function()
    assert.same({ "\t41\t10\t20\t20\t0\t71" }, lines(shows "task", in_regions()))
    local file = one_thread(
      { "UserTaskBegin", 4, 7, 0, 5, 1 }, -- at 5: goroutine 1 works on 7
      { "GoCreate", 5, 2, 2, 1 }, -- and from 10 on goroutine 2
      { "UserTaskBegin", 5, 8, 7, 6, 1 }, -- at 15 goroutine 1 goes over to 8 ...
      { "UserTaskEnd", 5, 8, 3 }, -- ... and at 20 back
      { "GoBlock", 5, 1, 1 },
      { "GoStart", 5, 2, 1 },
      { "UserTaskEnd", 5, 7, 3 }, -- at 35, by goroutine 2
      { "GoDestroy", 5 }
    )
    assert.same({
      "inner\t5\t0\t0\t0\t0\t5",
      "outer\t20\t20\t10\t10\t0\t50", -- 10 to 15 and 20 to 25, 30 to 35; 10 to 30; 25 to 35
    }, lines(shows "task", file))
  end)

  it("leave out the runtime's own goroutines", function()
    local file = one_thread(
      { "UserTaskBegin", 9, 7, 0, 5, 1 },
      { "GoCreate", 10, 2, 4, 1 },
      { "UserTaskEnd", 10, 7, 3 }
    )
    assert.same({ "outer\t20\t0\t0\t0\t0\t20" }, lines(shows "task", file))
  end)

  it("count a syscall without its proc up to the task's end, whoever ends it", function()
    local syscall = {
      m = 1, time = 1000,
      { "ProcStatus", 0, 0, 1 },
      { "GoStatus", 1, 1, 1, 2 },
      { "UserTaskBegin", 8, 7, 0, 5, 1 },
      { "GoSyscallBegin", 1, 1, 1 },
      { "GoSyscallEndBlocked", 90 },
    }
    local thief = {
      m = 2, time = 1050,
      { "ProcSteal", 0, 0, 2, 1 },
      { "ProcStatus", 1, 1, 1 },
      { "GoStatus", 1, 2, 2, 2 },
      { "UserTaskEnd", 8, 7, 0 },
    }
    local file = program.tmpfile(made.file(syscall, thief))
    assert.same({ "1 40 10 51" }, lines([[function on.task(s) local t = s.stats
      print(t.exec .. " " .. t.syscall .. " " .. t.syscall_block .. " " .. t.total) end]], file))
  end)
end)

describe("stats of a goroutine", function()
  local ASKS = [[needs = "spans"
    local words = { "exec", "sched_wait", "syscall", "syscall_block", "block", "gc_assist", "sweep", "total" }
    local asked = 0
    local function look(g)
      local stats = g and g.stats or {}
      asked = asked + (g and 1 or 0)
      for _, word in ipairs(words) do
        if (stats[word] or 0) < 0 then print(g, word, stats[word]) end
      end
      for reason, ns in pairs(stats.block_by or {}) do
        if ns < 0 then print(g, "block_by", reason, ns) end
      end
    end
    function on.any(ev)
      for g in trace.each_goroutine() do look(g) end
    end
    function on.finish()
      for g in trace.each_goroutine() do look(g) end
      print(asked > 0)
    end]]

  -- A GoSwitch is three steps, a nanosecond apart: what is known behind it is 2 ns later than it.
  it("are never below 0, behind a GoSwitch neither", function()
    for _, version in ipairs { "1.23", "1.24", "1.25", "1.26", "1.27" } do
      local trace = program.root .. ("testdata/real/go%s-coroutines.trace"):format(version)
      assert.equal("true\n", program.run({ "-e", ASKS, trace }).out)
    end
  end)

  it("are never below 0 where what comes behind a GoSwitch is lost", function()
    local trace = program.build(program.read(program.root .. "testdata/bad/go1.23-switch-in-syscall.yaml"))
    assert.equal("true\n", program.run({ "-e", ASKS, trace }).out)
  end)
end)
