-- regions_from_stacks: what goroutines were surely in, by their stacks.
local program = require "support.program"

teardown(program.clean)

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
      - UserLog: {dt: 98, stack: 1}
      - UserLog: {dt: 100, stack: 2}
      - HeapAlloc: {dt: 50, heapalloc: 1}
      - GoBlock: {dt: 50, stack: 2}
      - GoUnblock: {dt: 100, target_g: 1, g_seq: 1}
      - GoStart: {dt: 100, target_g: 1, g_seq: 2}
      - UserLog: {dt: 100, stack: 2}
      - UserLog: {dt: 100, stack: 1}
      - UserLog: {dt: 100, stack: 2}
      - UserLog: {dt: 100, stack: 2}
      - GoDestroy: {dt: 100}
  - EventBatch:
    stacks:
      - {id: 1, frames: [{pc: 0x10, func: 1, file: 2, line: 10}]}
      - {id: 2, frames: [{pc: 0x20, func: 3, file: 2, line: 20}, {pc: 0x10, func: 1, file: 2, line: 11}]}
  - EventBatch:
    strings:
      - {id: 1, data: "main.main"}
      - {id: 2, data: "main.go"}
      - {id: 3, data: "main.work"}
  - EndOfGeneration
]]

local trace
setup(function()
  trace = program.build(EVENTS)
end)

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

describe("regions_from_stacks", function()
  it("counts without -o", function()
    assert.equal('{"region":"main.work","regions":2,"total":500,"mean":250,"p50":100,"p99":400,"max":400}\n' ..
      '{"region":"^ main.main $","regions":2,"total":0,"mean":0,"p50":0,"p99":0,"max":0}\n',
      prints("-F", "json", "regions_from_stacks", "main.work", "--also=^ main.main $", trace))
  end)

  it("looks at the window alone", function()
    assert.equal("region,regions,total,mean,p50,p99,max\nmain.work,1,100,100,100,100,100\n",
      (prints("-F", "csv", "--from", "650ns", "regions_from_stacks", "main.work", trace):gsub("%d+%.%d+", "100")))
  end)

  it("leaves out what is short", function()
    assert.matches('"regions":1,"total":400', prints("-F", "json", "regions_from_stacks", "main.work",
      "--min=0.2us", trace))
  end)

  it("writes them, over waits", function()
    local out = program.tmpname()
    local r = program.run { "-o", out, "regions_from_stacks", "main.work", trace }
    assert.equal("", r.out)
    assert.equal(0, r.status, r.err)
    assert.matches("4 added", r.err)
    assert.equal("1\tmain.work\t400\n1\tmain.work\t100\n", prints("--spans=region", "-p", "g,name,dur", out))
    assert.equal(0, program.run({ "--verify", out }).status)
  end)

  it("refuses what is no pattern", function()
    local r = program.run { "regions_from_stacks", "main ^", trace }
    assert.equal(2, r.status)
    assert.matches("a pattern for stacks %(%^ is the root, at the beginning of a pattern%)", r.err)
  end)

  it("takes every recording of three versions", function()
    local n = 0
    for _, version in ipairs { "1.15", "1.21", "1.27" } do
      for _, name in ipairs { "http", "sync", "annotations", "gc" } do
        local path = ("%stestdata/real/go%s-%s.trace"):format(program.root, version, name)
        for line in prints("regions_from_stacks", "main.*", path):gmatch "[^\n]+" do
          assert.is_true(#line <= 80, line)
          n = n + 1
        end
        local out = program.tmpname()
        assert.equal(0, program.run({ "-q", "-o", out, "regions_from_stacks", "main.*", path }).status)
        assert.equal(0, program.run({ "--verify", out }).status)
      end
    end
    assert.is_true(n > 20)
  end)
end)
