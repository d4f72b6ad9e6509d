-- require "gotrace.expect": rules that must hold of a trace.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

-- Goroutines 1 and 2 take turns on two threads: region "a" of 1 from 110 to 150 (task 1), "b" of 2 from
-- 130 to 180, "a" of 1 from 200 to 230 (task 2), where 1 logs at 210; 3 is created at 105 and waits.
local EVENTS = [[
expect: ok
header: go 1.26 trace
trace:
  - EventBatch: {time: 1000}
    sync: [Frequency: {freq: 1000000000}, ClockSnapshot: {dt: 0, mono: 5, sec: 1700000000, nsec: 0}]
  - EventBatch: {m: 7, time: 1000}
    events:
      - ProcStatus: {dt: 1, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 1, target_m: 7, status: Running}
      - GoCreate: {dt: 103, new_g: 3, new_stack: 2, stack: 1}
      - UserRegionBegin: {dt: 5, task: 1, name: 3, stack: 1}
      - UserRegionEnd: {dt: 40, task: 1, name: 3}
      - UserRegionBegin: {dt: 50, task: 2, name: 3, stack: 1}
      - UserLog: {dt: 10, task: 2, key: 5, value: 6, stack: 1}
      - UserRegionEnd: {dt: 20, task: 2, name: 3}
      - GoBlock: {dt: 10, reason: 7}
      - GoStart: {dt: 10, target_g: 3, g_seq: 1}
      - GoBlock: {dt: 10, reason: 7, stack: 2}
  - EventBatch: {m: 8, time: 1000}
    events:
      - ProcStatus: {dt: 3, target_p: 1, status: Running}
      - GoStatus: {dt: 1, target_g: 2, target_m: 8, status: Running}
      - UserRegionBegin: {dt: 126, task: 0, name: 4, stack: 2}
      - UserRegionEnd: {dt: 50, task: 0, name: 4}
  - EventBatch:
    stacks:
      - {id: 1, frames: [{pc: 0x10, func: 1, file: 2, line: 10}]}
      - {id: 2, frames: [{pc: 0x20, func: 8, file: 2, line: 20}]}
  - EventBatch:
    strings:
      - {id: 1, data: "main.main"}
      - {id: 2, data: "main.go"}
      - {id: 3, data: "a"}
      - {id: 4, data: "b"}
      - {id: 5, data: "note"}
      - {id: 6, data: "id=7"}
      - {id: 7, data: "chan receive"}
      - {id: 8, data: "main.work"}
  - EndOfGeneration
]]

local trace
setup(function()
  trace = program.build(EVENTS)
end)

local function run(rules)
  return program.run { "-e", 'local expect = require "gotrace.expect" ' .. rules, trace }
end

local function holds(rules)
  local r = run(rules)
  assert.equal("", r.out .. r.err)
  assert.equal(0, r.status)
end

-- What is printed of rules that do not hold.
local function fails(rules)
  local r = run(rules)
  assert.equal(1, r.status, r.err)
  assert.matches("expectations do not hold\n$", r.err)
  return r.out
end

local function refused(rules)
  local r = run("\n" .. rules)
  assert.equal(2, r.status, r.err)
  return (r.err:match "^gotrace%-lua: %-e:2: ([^\n]*)\n")
end

describe("expect.before", function()
  it("holds where each has one before it", function()
    holds 'expect.before("region:a", "log:note")'
    holds 'expect.before("region:b", \'type == "UserLog"\')'
    holds 'expect.before(\'type == "GoCreate"\', "region:a")'
  end)

  it("fails where one has none, or it had not ended", function()
    assert.equal(table.concat({
      '-e:1: before("region:b", "region:a"): 1 of 2 come without one before',
      "  110ns to 150ns (40ns)  a  G1",
      "      main.main main.go:10",
      "",
    }, "\n"), fails 'expect.before("region:b", "region:a")')
    assert.matches("1 of 1 come without", fails 'expect.before("region:a", "region:b")')
  end)

  it("may be about events of what is known of their goroutine only", function()
    holds [[expect.before('type == "GoCreate"', 'type == "UserLog" and region == "a"')]]
    assert.matches('nothing in the trace is type == "UserLog" and region == "b"\n', fails
      [[expect.before('type == "GoCreate"', 'type == "UserLog" and region == "b"')]])
  end)

  it("may hold for each task by itself", function()
    holds 'expect.before("region:a", "log:note", { optional = true })'
    assert.matches('before%("region:a", "log:note", { by = "task" }%): 1 of 1 come without',
      fails 'expect.before("region:a", "log:note", { by = "task" })')
  end)
end)

describe("expect.at_most", function()
  it("counts what lasts at a time", function()
    holds 'expect.at_most(2, \'kind == "region"\')'
    holds 'expect.at_most(1, "region:a")'
    holds 'expect.at_most(1, \'kind == "region"\', { by = "g" })'
    assert.equal(table.concat({
      "-e:1: at_most(1, 'kind == \"region\"'): 2 at a time at 130ns, too many once",
      "  110ns to 150ns (40ns)  a  G1",
      "      main.main main.go:10",
      "  130ns to 180ns (50ns)  b  G2",
      "      main.work main.go:20",
      "",
    }, "\n"), fails 'expect.at_most(1, \'kind == "region"\')')
    assert.matches("too many 2 times", fails 'expect.at_most(0, \'kind == "region"\')')
  end)

  it("is about what lasts", function()
    assert.equal("expect.at_most: log:note: an event takes no time: it is about spans",
      refused 'expect.at_most(1, "log:note")')
    assert.equal("expect.at_most: n is a whole number, not nan",
      (refused('expect.at_most(0/0, "region:a")'):gsub("%-nan", "nan")))
  end)
end)

describe("expect.within", function()
  it("is about how long each takes", function()
    holds 'expect.within("40ns", "region:a")'
    holds 'expect.within(50, \'kind == "region"\')'
    assert.equal(table.concat({
      '-e:1: within("0.03us", "region:a"): 1 of 2 take longer, up to 40ns',
      "  110ns to 150ns (40ns)  a  G1",
      "      main.main main.go:10",
      "",
    }, "\n"), fails 'expect.within("0.03us", "region:a")')
  end)

  it("shows the longest first, whenever they were", function()
    assert.equal(table.concat({
      '-e:1: within("20ns", \'kind == "region"\'): 3 of 3 take longer, up to 50ns',
      "  130ns to 180ns (50ns)  b  G2",
      "      main.work main.go:20",
      "  110ns to 150ns (40ns)  a  G1",
      "      main.main main.go:10",
      "  200ns to 230ns (30ns)  a  G1",
      "",
    }, "\n"), fails [[expect.within("20ns", 'kind == "region"')]])
  end)

  it("counts of what is open what is seen", function()
    assert.matches("take longer.*main.work\n", fails [[expect.within(0, 'state == "Waiting" and g == 3')]])
  end)

  it("is about how soon another follows", function()
    holds 'expect.within(60, \'kind == "region" and task == 1\', "log:note")'
    assert.matches("1 of 1 are not followed in time: after 60ns", fails
      'expect.within("59ns", \'kind == "region" and task == 1\', "log:note")')
    assert.matches("1 of 2 are not followed in time: never", fails 'expect.within("1s", "region:a", "log:note")')
    assert.matches("1 of 1 are not followed in time: never", fails
      'expect.within("1s", \'kind == "region" and task == 1\', "log:note", { by = "task" })')
  end)

  it("wants a duration", function()
    assert.equal('expect.within: it wants a duration such as "10ms", not "ten"',
      refused 'expect.within("ten", "region:a")')
    assert.matches("not nan", (refused('expect.within(0/0, "region:a")'):gsub("%-nan", "nan")))
    assert.matches("not inf", refused 'expect.within(1/0, "region:a")')
  end)
end)

describe("expect.never", function()
  it("holds where there is none", function()
    holds 'expect.never "region:c"'
    holds 'expect.never \'type == "UserLog" and value == "x"\''
  end)

  it("shows what there is", function()
    assert.equal('-e:1: never("log:note=^id="): 1 in the trace\n  at 210ns  UserLog  G1\n      main.main main.go:10\n',
      fails 'expect.never "log:note=^id="')
  end)
end)

describe("expect.no_leaks", function()
  it("shows goroutines that have not ended, and where they wait", function()
    assert.equal(table.concat({
      "-e:1: no_leaks(): 1 were created here and have not ended",
      "  105ns to the end (157ns)  waits: chan receive  G3 main.work",
      "      main.work main.go:20",
      "",
    }, "\n"), (fails "expect.no_leaks()":gsub("%(%d+ns%)", "(157ns)")))
    assert.matches("G3", fails 'expect.no_leaks "func:main.work"')
    holds 'expect.no_leaks "func:main.main"'
  end)

  it("is about goroutines", function()
    assert.matches("it is about goroutines", refused 'expect.no_leaks "region:a"')
  end)
end)

describe("expectations", function()
  it("do not hold where a name is misspelled", function()
    assert.equal('-e:1: within("1s", "region:c"): nothing in the trace is region:c\n',
      fails 'expect.within("1s", "region:c")')
    holds 'expect.within("1s", "region:c", { optional = true })'
  end)

  it("are judged together, behind the script's own finish", function()
    local r = run [[
      expect.never "region:a"
      expect.at_most(9, "region:a")
      expect.never "region:b"
      function on.finish() print "done" end]]
    assert.matches("^done\n%-e:1: never.*\n%-e:3: never", r.out)
    assert.matches("2 of 3 expectations do not hold\n$", r.err)
  end)

  it("stand beside hooks of the script", function()
    local r = run [[
      local n = 0
      function on.region() n = n + 1 end
      function on.UserLog() n = n + 10 end
      expect.at_most(2, "region:a")
      expect.before("region:a", "log:note")
      function on.finish() print(n) end]]
    assert.equal("13\n", r.out)
  end)

  it("are told as JSON and CSV", function()
    local r = program.run { "-F", "json", "-e", 'require("gotrace.expect").never "region:a"', trace }
    local object = dkjson.decode(r.out)
    assert.equal(2, object.count)
    assert.equal('never("region:a")', object.rule)
    assert.equal(110, object.things[1].from)
    assert.equal("main.main", object.things[1].stack[1].func)
    r = program.run { "-F", "csv", "-e", 'require("gotrace.expect").never "region:a"', trace }
    assert.equal('line,rule,found,from,to,g,name,func,stack\n' ..
      '-e:1,"never(""region:a"")",2 in the trace,110,150,1,a,,main.main', (r.out:match "^.-\n.-%f[\n]"))
  end)

  it("hold for each trace anew", function()
    local r = program.run { "-e", 'require("gotrace.expect").at_most(1, "region:a")', trace, trace }
    assert.equal("", r.out .. r.err)
  end)

  it("are refused where they make no sense, at their line", function()
    assert.equal('expect.never: what it is about is a text, "region:load" or an expression, not 5',
      refused "expect.never(5)")
    assert.matches("^expect.never: raeson ==", refused "expect.never 'raeson == \"sync\"'")
    assert.matches('there is no option "per"', refused 'expect.before("region:a", "region:b", { per = "g" })')
    assert.matches('by wants an expression such as "task", not 1',
      refused 'expect.before("region:a", "region:b", { by = 1 })')
    assert.matches("expect has no rule befor %(did you mean before%?%)",
      (refused 'expect.befor("a", "b")':gsub('"', "")))
    local r = run 'function on.begin() expect.never "region:a" end'
    assert.equal(4, r.status)
    assert.matches("rules are declared at the top of the script", r.err)
  end)

  it("take names as data", function()
    holds 'expect.never "region:\\27[31m\\" or true or \\"\\0"'
    local r = run 'expect.within("1s", "region:\\27[31m")'
    assert.not_matches("\27", r.out)
  end)

  it("judge recordings of three versions", function()
    for _, version in ipairs { "1.15", "1.21", "1.27" } do
      local path = ("%stestdata/real/go%s-annotations.trace"):format(program.root, version)
      local r = program.run { "-e", [[local expect = require "gotrace.expect"
        expect.at_most(1000, 'kind == "region"')
        expect.within("10s", 'kind == "task"')
        expect.before('type == "GoCreate"', 'type == "UserTaskEnd"')
        expect.at_most(1, 'kind == "region"', { by = "name" })]], path }
      assert.equal(1, r.status, r.err)
      assert.matches("1 of 4 expectations do not hold", r.err)
    end
  end)
end)
