-- trace.region, trace.task and trace.log: what scripts add to the trace that is written.
local program = require "support.program"
local maker = require "support.trace"

-- Goroutine 1 runs from 101 to 160 and from 200 to 1110, 2 from 170 to 190, 3 never.
local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

-- Writes with scripts, one -e each, and yields the path, what was said and printed.
local function write(trace, codes, options)
  local out = program.tmpname()
  local words = { "-o", out }
  for _, word in ipairs(options or {}) do
    words[#words + 1] = word
  end
  for _, code in ipairs(codes) do
    words[#words + 1] = "-e"
    words[#words + 1] = code
  end
  words[#words + 1] = trace
  local r = program.run(words)
  assert.equal(0, r.status, r.err)
  local verdict = program.run { "--verify", out }
  assert.equal(0, verdict.status, verdict.out .. verdict.err)
  return out, r.err, r.out
end

local SHOWN = [[function on.any(ev)
  local field = ({ UserRegionBegin = "name", UserRegionEnd = "name", UserLog = "key", UserTaskBegin = "name" })[ev.type]
  if field or ev.type:find "^Go[SB]" or ev.type == "UserTaskEnd" then
    print(ev.time, ev.g or "-", ev.type, field and ev[field] or "")
  end
end]]

-- The user's events of a trace, and what starts and stops goroutines: a line each.
local function events(path, pattern)
  local lines = {}
  for line in program.run_codes(path, SHOWN).out:gmatch "[^\n]+" do
    if line:find(pattern or "User") and not line:find "job" and not line:find "note" then
      lines[#lines + 1] = line:gsub("%s+$", "")
    end
  end
  return lines
end

local function asking(code)
  return { "function on.begin()\n" .. code .. "\nend" }
end

local function added(code, pattern)
  local path, err = write(small, asking(code))
  return events(path, pattern), err
end

-- What is said of a wrong one, without the place.
local function refused(code)
  local r = program.run_codes(small, "\nfunction on.begin() " .. code .. " end")
  assert.equal(4, r.status, r.err)
  return (r.err:match "^gotrace%-lua: %-e:2: ([^\n]*)\n")
end

describe("trace.region", function()
  it("is written where its goroutine runs", function()
    assert.same({ "135\t1\tUserRegionBegin\tr", "145\t1\tUserRegionEnd\tr" },
      added 'trace.region { g = 1, name = "r", from = 135, to = 145 }')
  end)

  it("goes to the nearest instant at which it does, before what stops it", function()
    local lines, err = added('trace.region { g = 2, name = "r", from = 165, to = 199 }', "\t2\t[UG]%a+[RB]")
    assert.same({ "171\t2\tUserRegionBegin\tr", "190\t2\tUserRegionEnd\tr", "191\t2\tGoBlock" },
      lines)
    assert.matches("2 ends of regions, tasks and logs moved to when their goroutine runs, at most by 9ns", err)
  end)

  it("may last longer than the trace and its goroutine", function()
    assert.same({ "171\t2\tUserRegionBegin\tr", "190\t2\tUserRegionEnd\tr" },
      added 'trace.region { g = 2, name = "r", from = -1e300, to = 1e300 }')
  end)

  it("is counted where its goroutine does not run, or is not known", function()
    local path, err = write(small, { [[
      function on.begin()
        trace.region { g = 3, name = "r", from = 1, to = 2 }
        trace.region { g = 99, name = "r", from = 1, to = 2 }
        trace.region { g = 2 ^ 63, name = "r", from = 1, to = 2 }
      end
      function on.finish(t) print(t.written.unplaced, t.written.shifted, t.written.added) end]] })
    assert.same({}, events(path))
    assert.matches("3 regions, tasks and logs had no place: their goroutine does not run", err)
  end)

  it("has the largest shift in trace.written", function()
    local _, _, out = write(small, { [[
      function on.begin() trace.region { g = 2, name = "r", from = 100, to = 197 } end
      function on.finish(t) print(t.written.shifted, t.written.largest_shift, t.written.unplaced) end]] })
    assert.equal("2\t70\t0\n", out)
  end)

  it("nests: inner ones end with outer ones", function()
    local lines, err = added [[
      trace.region { g = 1, name = "outer", from = 110, to = 135 }
      trace.region { g = 1, name = "inner", from = 120, to = 145 }]]
    assert.same({
      "111\t1\tUserRegionBegin\touter", "121\t1\tUserRegionBegin\tinner",
      "135\t1\tUserRegionEnd\tinner", "136\t1\tUserRegionEnd\touter",
    }, lines)
    assert.matches("1 ends of regions.*at most by 10ns", err)
  end)

  it("orders what is at one instant", function()
    local lines = added [[
      trace.region { g = 1, name = "short", from = 120, to = 120 }
      trace.log { g = 1, time = 120, key = "log" }
      trace.region { g = 1, name = "inner", from = 120, to = 125 }
      trace.region { g = 1, name = "before", from = 115, to = 120 }
      trace.region { g = 1, name = "outer", from = 120, to = 131 }]]
    local names = {}
    for _, line in ipairs(lines) do
      names[#names + 1] = line:match "\tUser%a-(%u%l+\t.*)$":gsub("\t", " ")
    end
    assert.same({
      "Begin before", "End before", "Begin outer", "Begin inner", "Begin short", "Log log", "End short",
      "End inner", "End outer",
    }, names)
  end)

  it("ends with a region of the trace that it begins in", function()
    local own = write(small, { [[
      function on.GoCreate(ev) if ev.new_g == 2 then emit("UserRegionBegin", { name = "own" }) end end
      function on.HeapAlloc() emit("UserRegionEnd", { name = "own" }) end]] })
    local path, err = write(own, asking [[
      trace.region { g = 1, name = "r", from = 118, to = 145 }
      trace.region { g = 1, name = "around", from = 101, to = 1000 }]])
    local lines = events(path)
    for i, line in ipairs(lines) do
      lines[i] = line:gsub("^%d+\t", "")
    end
    assert.same({
      "1\tUserRegionBegin\taround", "1\tUserRegionBegin\town", "1\tUserRegionBegin\tr",
      "1\tUserRegionEnd\tr", "1\tUserRegionEnd\town", "1\tUserRegionEnd\taround",
    }, lines)
    assert.matches("1 ends of regions", err)
    assert.is_nil(err:find "repaired")
  end)

  it("ends with one that is older than the trace", function()
    local own = write(small, { [[function on.HeapAlloc() emit("UserRegionEnd", { name = "old" }) end]] })
    local path, err = write(own, asking 'trace.region { g = 1, name = "r", from = 118, to = 145 }')
    local lines = events(path)
    assert.equal(3, #lines)
    assert.matches("UserRegionEnd\tr$", lines[2])
    assert.matches("UserRegionEnd\told$", lines[3])
    assert.is_nil(err:find "repaired")
  end)

  it("may be asked for by a scan, and as events come", function()
    local path = write(small, { [[
      function scan.state(s)
        if s.state == "Running" then trace.region { g = s.g, name = "run", from = s.from, to = s.to } end
      end
      function on.HeapAlloc(ev)
        trace.region { g = 1, name = "hook", from = ev.time, to = ev.time + 10 }
      end
      function on.GoBlock(ev) trace.log { g = ev.g, time = ev.time, key = "blocks" } end]] })
    local lines = events(path)
    for i, line in ipairs(lines) do
      lines[i] = line:match "%d+\t(%d+\tUser.*)$":gsub("\t", " ")
    end
    assert.same({
      "1 UserRegionBegin run", "1 UserRegionBegin hook", "1 UserRegionEnd hook", "1 UserRegionEnd run",
      "1 UserLog blocks", "2 UserRegionBegin run", "2 UserRegionEnd run", "2 UserLog blocks",
      "1 UserRegionBegin run", "1 UserRegionEnd run", "1 UserLog blocks",
    }, lines)
  end)

  it("takes names as they are", function()
    local path = write(small, asking [[
      trace.region { g = 1, name = "\27[31m\0\n\255", from = 121, to = 131 }
      trace.region { g = 1, name = ("x"):rep(1024), from = 121, to = 130 }
      trace.region { g = 1, name = "", from = 122, to = 130 }]])
    local r = program.run_codes(path, [[
      function on.UserRegionBegin(ev) print(#ev.name, ev.name == "\27[31m\0\n\255") end]])
    assert.equal("8\ttrue\n1024\tfalse\n0\tfalse\n", r.out)
  end)

  it("is shown to scripts behind, which may drop and change it", function()
    local path = write(small, {
      asking('trace.region { g = 1, name = "a", from = 121, to = 131 }' ..
        'trace.region { g = 1, name = "b", from = 122, to = 128 }' ..
        'trace.log { g = 1, time = 124, key = "k" }')[1],
      'function on.UserRegionBegin(ev) if ev.name == "b" then return false end end ' ..
        'function on.UserLog(ev) if ev.key == "k" then ev.key = "new" end end',
    })
    assert.same({ "121\t1\tUserRegionBegin\ta", "124\t1\tUserLog\tnew", "131\t1\tUserRegionEnd\ta" },
      events(path))
  end)

  it("does not come to the scripts before", function()
    local _, _, out = write(small, { "function on.UserRegionBegin(ev) print(ev) end",
      asking('trace.region { g = 1, name = "a", from = 121, to = 131 }')[1] })
    assert.equal("", out)
  end)

  it("is not written of a goroutine that is hidden", function()
    local path = write(small, asking 'trace.hide(1) trace.region { g = 1, name = "a", from = 121, to = 131 }')
    assert.same({}, events(path))
  end)

  it("is cut to the windows, and left out beyond them", function()
    local path, err = write(small, asking [[
      trace.region { g = 1, name = "begins", from = 105, to = 135 }
      trace.region { g = 1, name = "ends", from = 140, to = 900 }
      trace.region { g = 2, name = "out", from = 170, to = 180 }
      trace.region { g = 1, name = "on", from = 200, to = 1100 }]], { "--from", "115ns", "--to", "155ns" })
    local names = {}
    for _, line in ipairs(events(path)) do
      names[#names + 1] = line:match "\tUser(.*)$":gsub("\t", " ")
    end
    assert.same({ "RegionBegin begins", "RegionEnd begins", "RegionBegin ends", "RegionEnd ends" }, names)
    assert.is_nil(err:find "moved")
    assert.is_nil(err:find "withheld")
  end)

  it("is in each part of a trace that is split", function()
    local folder = program.folder {}
    local r = program.run { "-o", folder .. "/%d.trace", "-e", [[
      function scan.begin() trace.split(150)
        trace.region { g = 1, name = "a", from = 120, to = 1100 }
        trace.region { g = 2, name = "b", from = 170, to = 180 } end]], small }
    assert.equal(0, r.status, r.err)
    local function names(path)
      return table.concat(events(path), " "):gsub("%d+\t", "")
    end
    assert.equal("UserRegionBegin\ta UserRegionEnd\ta", (names(folder .. "/1.trace")))
    assert.equal("UserRegionBegin\ta UserRegionBegin\tb UserRegionEnd\tb UserRegionEnd\ta",
      (names(folder .. "/2.trace")))
  end)

  it("wants times, ids and text", function()
    assert.equal('trace.region: g is missing', refused "trace.region {}")
    assert.equal("trace.region: its fields are a table, not 5", refused "trace.region(5)")
    assert.equal("trace.region: from wants a time in ns, not nan",
      (refused 'trace.region { g = 1, name = "a", from = 0/0, to = 1 }'):gsub("%-nan", "nan"))
    assert.equal("trace.region: to wants a time in ns, not inf",
      refused 'trace.region { g = 1, name = "a", from = 0, to = 1/0 }')
    assert.equal("trace.region: from 3 is behind to 2", refused 'trace.region { g = 1, name = "a", from = 3, to = 2 }')
    assert.equal("trace.region: g wants the id of a goroutine, not -1",
      refused 'trace.region { g = -1, name = "a", from = 1, to = 2 }')
    assert.equal("trace.region: task wants the id of a task, a whole number up to 2^53, not 9.2233720368548e+18",
      refused 'trace.region { g = 1, name = "a", from = 1, to = 2, task = 2^63 }')
    assert.equal("trace.region: name wants a string of at most 1024 bytes, not a string of 1025 bytes",
      refused 'trace.region { g = 1, name = ("x"):rep(1025), from = 1, to = 2 }')
    assert.equal('trace.region: it has no field "form" (did you mean "from"?); it has g, name, from, to, task',
      refused 'trace.region { g = 1, name = "a", form = 1, to = 2 }')
  end)

  it("comes too late for what is before the event at hand", function()
    local r = program.run_codes(small, '\nfunction on.HeapAlloc(ev) trace.log { g = 1, time = 129 } end')
    assert.equal(4, r.status)
    assert.matches("^gotrace%-lua: %-e:2: trace%.log: 129 is before 130, the time of the event at hand: " ..
      "what is earlier is asked for in a scan hook or on%.begin\n", r.err)
    r = program.run_codes(small, '\nfunction on.finish() trace.log { g = 1, time = 129 } end')
    assert.matches("trace%.log: the trace has ended", r.err)
    r = program.run_codes(small, 'trace.log { g = 1, time = 129 }')
    assert.equal(2, r.status)
  end)

  it("says so where nothing is written", function()
    local r = program.run_codes(small, asking('trace.log { g = 1, time = 1 }')[1])
    assert.equal(0, r.status)
    assert.equal("gotrace-lua: trace.region, task and log are about what -o writes, and nothing is written\n", r.err)
  end)

  it("wants a file, and to show in the script's text", function()
    local r = program.run { "-o", "/dev/null", "-e", asking('trace.log { g = 1, time = 1 }')[1], "-",
      stdin = program.read(small) }
    assert.equal(2, r.status)
    assert.matches("standard input cannot be read twice, and trace.region, task and log want to know", r.err)
    local hidden = 'function on.begin(t) t["lo" .. "g"] { g = 1, time = 121, key = "hid" } end'
    r = program.run { "-o", "/dev/null", "-e", hidden, small }
    assert.matches('trace%.log: say needs = "runs" at the top of the script', r.err)
    assert.same({ "121\t1\tUserLog\thid" }, events((write(small, { 'needs = "runs" ' .. hidden }))))
  end)
end)

describe("trace.task", function()
  it("has an id that no task has, and takes logs and regions", function()
    local path, _, out = write(small, { [[
      function on.begin()
        local id = trace.task { g = 1, name = "request", from = 105, to = 1000 }
        local part = trace.task { g = 2, name = "part", from = 175, to = 185, parent = id }
        trace.log { g = 2, time = 180, key = "k", value = "v", task = part }
        trace.region { g = 1, name = "r", from = 120, to = 130, task = id }
        print(id, part)
      end]] })
    assert.equal("2\t3\n", out)
    local r = program.run_codes(path, [[
      function on.task(s) if s.name ~= "job" then print(s.task, s.name, s.parent or "-", s.from, s.open) end end
      function on.region(s) print(s.task, s.name) end
      function on.UserLog(ev) if ev.task ~= 1 then print(ev.task, ev.key, ev.value) end end]])
    assert.equal("2\tr\n3\tk\tv\n3\tpart\t2\t175\tnil\n2\trequest\t-\t105\tnil\n", r.out)
  end)

  it("keeps clear of ids that no program has", function()
    local odd = write(small, { [[function on.HeapAlloc()
      emit("UserTaskBegin", { task = 2 ^ 52 }) emit("UserTaskBegin", { task = 2 ^ 52 - 1 })
      emit("UserTaskBegin", { task = 2 ^ 53 }) end]] })
    local _, _, out = write(odd, asking [[
      for i = 1, 2 do print(("%.0f"):format(trace.task { g = 1, name = "t", from = 1, to = 2 } - 2 ^ 52)) end]])
    assert.equal("1\n2\n", out)
  end)

  it("has no end where its begin is dropped or withheld", function()
    local path = write(small, { asking('trace.task { g = 1, name = "t", from = 121, to = 131 }')[1],
      'function on.UserTaskBegin(ev) if ev.name == "t" then return false end end' })
    assert.same({}, events(path))
    local hidden = write(small, { [[
      function on.begin() trace.hide(1) trace.task { g = 1, name = "t", from = 121, to = 131 } end]] })
    assert.same({}, events(hidden))
  end)

  it("still tells what is known of one", function()
    local _, _, out = write(small, { [[
      function on.UserLog() print(trace.task(1).name, trace.task { g = 1, name = "t", from = 150, to = 155 }) end]] })
    assert.equal("job\t2\n", out)
  end)
end)

describe("trace.log", function()
  it("is of no task, and empty, unless said otherwise", function()
    local path = write(small, asking "trace.log { g = 1, time = 121.7 }")
    local r = program.run_codes(path, [[
      function on.UserLog(ev) if ev.task == 0 then print(ev.time, #ev.key, #ev.value) end end]])
    assert.equal("121\t0\t0\n", r.out)
  end)
end)

describe("many regions", function()
  it("come out whole", function()
    local _, _, out = write(program.recording "http", { [[
      function scan.finish()
        for i = 1, 20000 do
          trace.region { g = 1 + i % 40, name = "r" .. i % 7, from = i * 7919 % 2e7, to = i * 7919 % 2e7 + i % 5000 }
        end
      end
      function on.finish(t) print(t.written.added + 2 * t.written.unplaced, t.written.withheld) end]] })
    assert.equal("40000\t0\n", out)
  end)

  it("are the same by every path", function()
    local code = { [[
      function scan.state(s)
        if s.dur > 20000 then trace.region { g = s.g, name = s.state, from = s.from, to = s.to + 50 } end
      end]] }
    local function lines(env)
      local out = program.tmpname()
      local r = program.run { "-o", out, "-e", code[1], program.recording "http", env = env }
      return r.err:gsub("^[^:]*: [^:]*: ", ""), program.run { "cat", out }.out
    end
    local _, fast = lines ""
    local _, slow = lines "GOTRACE_PATHS=slow"
    assert.is_true(#fast > 0)
    assert.equal(slow, fast)
  end)
end)

describe("When goroutines run", function()
  -- Goroutine 1 creates so many, each of which runs once.
  local function crowd(n)
    local file, batch, time = { strings = { "x" }, stacks = { { { 16, 1, 1, 1 } } }, time = 1000 }, nil, 1000
    local function add(name, ns, ...)
      if not batch or #batch == 4000 then
        batch = { m = 1, time = time }
        file[#file + 1] = batch
      end
      batch[#batch + 1] = { name, ns, ... }
      time = time + ns
    end
    batch = { m = 1, time = time, { "ProcStatus", 0, 0, 1 }, { "GoStatus", 1, 1, 1, 2 } }
    file[1] = batch
    for g = 2, n + 1 do
      add("GoCreate", 1, g, 1, 0)
    end
    add("GoStop", 1, 1, 0)
    for g = 2, n + 1 do
      add("GoStart", 1, g, 1)
      add("GoDestroy", 1)
    end
    return program.tmpfile(maker.file(26, file))
  end

  it("is kept in little memory, however many there are", function()
    local out = program.tmpname()
    local r = program.run { "-q", "--memory-limit=54M", "-o", out, "-e",
      'needs = "runs" function on.begin() trace.region { g = 60001, name = "x", from = 0, to = 1e6 } end',
      crowd(60000) }
    assert.equal("", r.err)
    assert.equal(0, r.status)
    assert.equal("x\t60001\t1\n", program.run { "-f", 'kind == "region"', "-p", "name,g,dur", out }.out)
  end)
end)
