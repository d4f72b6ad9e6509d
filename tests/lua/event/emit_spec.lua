-- emit: events that scripts add, and which scripts see them.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(...)
  return program.run_codes(small, ...)
end

local function prints(...)
  local r = run(...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- What is said of a wrong emit in the hook of HeapAlloc, without the place.
local function refuses(arguments)
  local r = run("\nfunction on.HeapAlloc(ev) emit(" .. arguments .. ") end")
  assert.equal(4, r.status, r.err)
  return r.err:match "^gotrace%-lua: %-e:2: ([^\n]*)\n"
end

local SHOW = "function on.any(ev) if ev.time >= 130 and ev.time <= 140 then print(ev) end end"

describe("emit", function()
  it("adds behind the event at hand, with its time and context", function()
    assert.equal(table.concat({
      "0.000000130 m=7 p=0 g=1 HeapAlloc heapalloc=4096",
      '0.000000130 m=7 p=0 g=1 UserLog task=1 key="k" value="v" stack=-',
      '0.000000130 m=7 p=0 g=1 GoLabel label="two"',
      '0.000000140 m=7 p=0 g=1 UserTaskBegin task=1 parent_task=- name="job" stack=main.main',
      "",
    }, "\n"), prints([[
      function on.HeapAlloc()
        emit("UserLog", { task = 1, key = "k", value = "v" })
        emit("GoLabel", { label = "two" })
      end]], SHOW))
  end)

  it("takes a time and a context", function()
    assert.equal("0.000000137 m=8 p=3 g=4 GoLabel label=\"\"\n", prints([[
      function on.HeapAlloc() emit("GoLabel", { time = 137, m = 8, p = 3, g = 4 }) end]],
      "function on.GoLabel(ev) print(ev) end"))
  end)

  it("fills in what is missing", function()
    assert.equal("0\t\t0\nnil\t\t0\n0\n0\n", prints([[
      function on.HeapAlloc()
        emit "UserLog"
        emit("UserTaskBegin", { task = 5 })
        emit("CPUSample")
        emit("HeapGoal", {})
      end]], [[
      function on.UserLog(ev) if ev.time == 130 then print(ev.task, ev.key, #ev.stack) end end
      function on.UserTaskBegin(ev) if ev.task == 5 then print(ev.parent_task, ev.name, #ev.stack) end end
      function on.CPUSample(ev) if ev.time == 130 then print(#ev.stack) end end
      function on.HeapGoal(ev) print(ev.heapgoal) end]]))
  end)

  it("writes ids of none as such", function()
    local out = program.tmpname()
    local code = [[function on.HeapAlloc() emit("UserTaskBegin", { task = 5 }) end]]
    local r = program.run { "-o", out, "-e", code, small }
    assert.equal(0, r.status, r.err)
    assert.equal("-\n", program.run_codes(out, [[
      function on.UserTaskBegin(ev) if ev.task == 5 then print(ev.parent_task or "-") end end]]).out)
    assert.equal("\njob\n", program.run_codes(out, "function on.task(s) print(s.name) end").out)
  end)

  it("takes stacks, statuses and ids", function()
    assert.equal("9\tmain.main\tmain.main\n9\t7\tWaiting\n", prints([[
      function on.UserTaskBegin(ev)
        emit("GoCreate", { new_g = 9, new_stack = ev.stack, stack = ev.stack })
        emit("GoStatus", { target_g = 9, target_m = 7, status = "Waiting" })
      end]], [[
      function on.GoCreate(ev)
        if ev.new_g == 9 then print(ev.new_g, ev.new_stack.leaf.func, ev.stack.leaf.func) end
      end
      function on.GoStatus(ev) if ev.target_g == 9 then print(ev.target_g, ev.target_m, ev.status) end end]]))
  end)

  it("stays when the event at hand is dropped", function()
    assert.equal("GoLabel\nUserTaskBegin\n", prints([[
      function on.HeapAlloc() emit("GoLabel", { label = "x" }) return false end]],
      "function on.any(ev) if ev.time >= 130 and ev.time <= 140 then print(ev.type) end end"))
  end)

  it("is never seen by the script itself or those before it", function()
    local count = "local n = 0 function on.GoLabel() n = n + 1 end function on.finish() print(n) end "
    assert.equal("0\n0\n1\n", prints(count,
      count .. "function on.HeapAlloc() emit('GoLabel') end",
      count))
  end)

  it("meets the scripts behind as if it stood there", function()
    -- Each line is what a stage sees: E is the event, the rest are labels.
    local function stage(name, adds)
      return ([[
        local seen = {}
        function on.any(ev)
          local is = ev.type == "HeapAlloc" and "E" or ev.type == "GoLabel" and ev.label
          if is then
            seen[#seen + 1] = is
            %s
          end
        end
        function on.finish() print("%s: " .. table.concat(seen, " ")) end]]):format(adds, name)
    end
    local add = 'emit("GoLabel", { label = is .. "%s1" }) emit("GoLabel", { label = is .. "%s2" })'
    assert.equal(table.concat({
      "1: E",
      "2: E Ea1 Ea2",
      "3: E Eb1 Eb2 Ea1 Ea1b1 Ea1b2 Ea2 Ea2b1 Ea2b2",
      "",
    }, "\n"), prints(stage("1", add:format("a", "a")), stage("2", add:format("b", "b")), stage("3", "")))
  end)

  it("is edited and dropped by the scripts behind", function()
    assert.equal("new\n", prints(
      'function on.HeapAlloc() emit("GoLabel", { label = "a" }) emit("GoLabel", { label = "b" }) end',
      'function on.GoLabel(ev) if ev.label == "b" then return false end ev.label = "new" end',
      "function on.GoLabel(ev) print(ev.label) end"))
  end)

  it("has no time before that of its event, also when edited", function()
    local r = run('function on.HeapAlloc() emit("GoLabel") end', "function on.GoLabel(ev) ev.time = 129 end")
    assert.matches("cannot set ev.time: 129 is before 130", r.err)
    assert.equal("150\n", prints('function on.HeapAlloc() emit("GoLabel") end',
      "function on.GoLabel(ev) ev.time = 150 print(ev.time) end"))
  end)

  it("is shown by -p and not asked by -f", function()
    local r = program.run { "-f", 'type == "HeapAlloc"', "-e", 'function on.HeapAlloc() emit("GoLabel") end',
      "-p", "type", small }
    assert.equal("HeapAlloc\nGoLabel\n", r.out)
  end)

  it("knows where a script behind went wrong", function()
    local r = run('function on.HeapAlloc() emit("GoLabel", { label = "x" }) end',
      "function on.GoLabel() error 'boo' end")
    assert.matches("^gotrace%-lua: %-e 2:1: boo\n  hook: on.GoLabel\n" ..
      '  event: 7 at offset %d+: 0%.000000130 m=7 p=0 g=1 GoLabel label="x"\n', r.err)
  end)

  it("adds as many as one likes", function()
    assert.equal("18000\n18000\n", prints("function on.any() for i = 1, 1000 do emit('GoLabel') end end",
      "local n = 0 function on.GoLabel() n = n + 1 emit('HeapGoal') end function on.finish() print(n) end",
      "local n = 0 function on.HeapGoal() n = n + 1 end function on.finish() print(n) end"))
  end)
end)

describe("emit refuses, at the script's line,", function()
  it("what is no event", function()
    assert.equal('emit: there is no event "UserLgo" (did you mean "UserLog"?)', refuses '"UserLgo", {}')
    assert.equal('emit: there is no event "EventBatch"', refuses '"EventBatch", {}')
    assert.equal("emit wants the name of an event's type and a table of its fields, not nil", refuses "nil")
    assert.equal("emit UserLog: its fields are a table, not a number", refuses '"UserLog", 5')
  end)

  it("fields that there are not", function()
    assert.equal('emit UserLog: it has no field "vale" (did you mean "value"?); ' ..
      "it has task, key, value, stack, time, m, p, g", refuses '"UserLog", { vale = 1 }')
    assert.matches('^emit GoStart: it has no field "g_seq"', refuses '"GoStart", { target_g = 1, g_seq = 1 }')
    assert.matches('^emit GoLabel: it has no field "1"', refuses '"GoLabel", { "x" }')
  end)

  it("values that will not do", function()
    assert.equal("emit UserLog: key wants a string, not 5", refuses '"UserLog", { key = 5 }')
    assert.equal("emit HeapGoal: heapgoal wants a whole number from 0 to 2^53, not -1",
      refuses '"HeapGoal", { heapgoal = -1 }')
    assert.equal("emit GoUnblock: stack wants a stack of this run, or nil for none, not a table",
      refuses '"GoUnblock", { target_g = 1, stack = {} }')
    assert.equal("emit GoLabel: g wants an id, a whole number from 0 on, not 1.5", refuses '"GoLabel", { g = 1.5 }')
    assert.equal("emit GoLabel: g wants an id, a whole number from 0 on, not false", refuses '"GoLabel", { g = false }')
    assert.equal('emit GoLabel: time wants a whole number of ns, not "1"', refuses '"GoLabel", { time = "1" }')
    assert.equal("emit GoLabel: time 129 is before 130, that of the event which it comes behind",
      refuses '"GoLabel", { time = 129 }')
  end)

  it("events without what they are about", function()
    for name, missing in pairs { GoUnblock = "target_g", GoCreate = "new_g", UserTaskBegin = "task",
      UserTaskEnd = "task", ProcStart = "target_p", ProcStatus = "target_p", GoSwitch = "target_g" } do
      assert.equal(("emit %s: %s is missing"):format(name, missing), refuses(('"%s"'):format(name)))
    end
    assert.equal("emit GoStatus: status is missing", refuses '"GoStatus", { target_g = 1 }')
  end)

  it("to work where there is no event", function()
    for _, hook in ipairs { "begin", "finish", "generation" } do
      local r = run("function on." .. hook .. "() emit('GoLabel') end function on.any() end")
      assert.equal(4, r.status)
      assert.matches("^gotrace%-lua: %-e:1: emit adds an event behind the current one, and there is none here\n", r.err)
    end
    local r = run("emit('GoLabel')")
    assert.equal(2, r.status)
    assert.matches("there is none here", r.err)
  end)

  it("to be outwitted by metamethods", function()
    assert.equal("\n", prints([[
      function on.HeapAlloc()
        emit("UserLog", setmetatable({}, { __index = function() emit("GoLabel") return "x" end }))
      end]], [[
      function on.UserLog(ev) if ev.time == 130 then print(ev.key) end end
      function on.GoLabel() print "no" end]]))
  end)

  it("and leaves nothing behind then", function()
    assert.equal("false\n0\n", prints([[
      function on.HeapAlloc() print((pcall(emit, "UserLog", { key = 5 }))) end]],
      "local n = 0 function on.UserLog(ev) if ev.time == 130 then n = n + 1 end end function on.finish() print(n) end"))
  end)
end)
