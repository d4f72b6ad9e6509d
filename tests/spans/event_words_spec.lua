-- func, task_name, region and system of events: words to group by, as spans have them.
local program = require "support.program"
local small = require "spans.small"

teardown(program.clean)

local run, lines, one_thread = small.run, small.lines, small.one_thread

describe("Words of events", function()
  local file
  setup(function()
    file = one_thread(
      { "UserTaskBegin", 4, 7, 0, 5, 1 },
      { "UserRegionBegin", 5, 7, 6, 1 },
      { "GoCreate", 5, 2, 4, 1 },
      { "UserRegionEnd", 5, 7, 6, 1 },
      { "GoBlock", 5, 1, 1 },
      { "GoStart", 5, 2, 1 },
      { "GoStop", 5, 4, 4 }
    )
  end)

  local expected = {
    "UserTaskBegin main.main outer nil false",
    "UserRegionBegin main.main outer inner false",
    "GoCreate main.main outer inner false",
    "UserRegionEnd main.main outer nil false",
    "GoBlock main.main outer nil false",
    "GoStart nil nil nil nil",
    "GoStop runtime.bgsweep nil nil true",
  }
  local shows = [[if ev.type ~= "GoStatus" and ev.type ~= "ProcStatus" then
    print(table.concat({ ev.type, tostring(ev.func), tostring(ev.task_name), tostring(ev.region),
      tostring(ev.system) }, " ")) end ]]

  it("are of its goroutine, as of the event", function()
    assert.same(expected, lines("needs = 'names' function on.any(ev) " .. shows .. "end", file))
    assert.same(expected, lines([[needs = 'names'
      local function each(e) local ev = e ]] .. shows .. [[ end
      for _, name in ipairs { "UserTaskBegin", "UserRegionBegin", "GoCreate", "UserRegionEnd", "GoBlock", "GoStart",
        "GoStop" } do on[name] = each end]], file))
  end)

  it("are kept by a copy", function()
    assert.same(expected, lines([[needs = 'names'
      local all = {}
      function on.any(ev) if ev.func ~= 'x' then all[#all + 1] = ev:copy() end end
      function on.finish() for _, ev in ipairs(all) do ]] .. shows .. " end end", file))
  end)

  it("are fields of -f and -p, which stay about events", function()
    local r = program.run { "-f", 'region == "inner"', "-p", "type,func,task_name,system", file }
    assert.equal("", r.err)
    assert.equal("UserRegionBegin\tmain.main\touter\tfalse\nGoCreate\tmain.main\touter\tfalse\n", r.out)
    r = program.run { "-f", "system", file }
    assert.matches("^[^\n]* GoStop [^\n]*\n$", r.out)
    r = program.run { "-f", 'func == "main.main" and dur > 1', "-p", "kind,state,dur", file }
    assert.equal("state\tRunning\t25\nstate\tWaiting\t11\n", r.out)
    assert.matches('func is text', program.run { "-f", "func == 5", file }.err)
  end)

  it("choose what is written", function()
    local out = program.tmpname()
    local r = program.run { "-q", "-f", 'func == "main.main" or not g', "-o", out, program.recording "annotations" }
    assert.equal("", r.err)
    r = program.run { "--verify", out }
    assert.equal(0, r.status)
    local others = "function on.UserRegionBegin(ev) if ev.func ~= 'main.main' then print(ev) end end"
    assert.is_true(#lines(others, program.recording "annotations") > 5)
    assert.same({}, lines(others, out))
  end)

  it("may be asked for by an option that is an expression", function()
    local script = program.tmpfile([[args = { { name = "where", type = "expr" } }
      function on.any(ev) if opt.where() then print(ev.type) end end]])
    local r = program.run { "-s", script, "--where", 'region == "inner"', file }
    assert.equal("UserRegionBegin\nGoCreate\n", r.out, r.err)
  end)

  it("are said to want spans where that does not show", function()
    local r = run("local name = 'fu' .. 'nc' function on.any(ev) print(ev[name]) end", file)
    assert.equal(4, r.status)
    assert.matches('^gotrace%-lua: %-e:1: func of an event is not known here: say needs = "spans"', r.err)
    assert.equal(2, #lines("needs = {'spans', 'names'} local name = 'fu' .. 'nc' " ..
      "function on.UserRegionBegin(ev) print(ev[name]) end on.GoCreate = on.UserRegionBegin", file))
  end)

  it("are no reason for spans where a frame's are meant", function()
    local r = program.run { "--explain", "-e", [[order = "thread"
      function on.GoCreate(ev) print(ev.stack.leaf.func) end
      local function name(frame) return frame.func end
      function on.GoBlock(ev) print(name(ev.stack.leaf)) end]], file }
    assert.matches("order: thread", r.err)
    r = program.run { "--explain", "-e", 'order = "thread" function on.GoCreate(e) print(e.func) end', file }
    assert.matches("order: full: %-e asks for func of events", r.err)
  end)

  it("are the same by every path", function()
    local path = program.recording "mix"
    local code = "function on.any(ev) print(ev.type, ev.func, ev.region, ev.task_name, ev.system) end"
    local slow = program.run { "-e", code, path, env = "GOTRACE_PATHS=slow" }
    assert.is_true(#slow.out > 1e5)
    assert.is_true(slow.out == program.run({ "-e", code, path }).out)
    assert.is_true(slow.out == program.run({ "-e", code, path, env = "GOTRACE_PATHS=threads,map" }).out)
  end)
end)
