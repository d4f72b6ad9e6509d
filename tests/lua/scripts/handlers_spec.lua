-- handlers: the time of a server's handlers, as far as stacks tell.
local program = require "support.program"

teardown(program.clean)

-- A connection's goroutine: reads a request, is in the handler of /slow, waits there and goes on,
-- and is in main.quick, by way of what wraps it. Between, it writes.
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
      - UserLog: {dt: 10, stack: 2}
      - GoBlock: {dt: 50, reason: 8, stack: 2}
      - GoUnblock: {dt: 100, target_g: 1, g_seq: 1}
      - GoStart: {dt: 20, target_g: 1, g_seq: 2}
      - UserLog: {dt: 7, stack: 2}
      - GoSyscallBegin: {dt: 5, p_seq: 1, stack: 1}
      - GoSyscallEnd: {dt: 1000}
      - UserLog: {dt: 30, stack: 3}
      - GoBlock: {dt: 4, reason: 10}
      - GoUnblock: {dt: 200, target_g: 1, g_seq: 3}
      - GoStart: {dt: 60, target_g: 1, g_seq: 4}
      - UserLog: {dt: 2, stack: 3}
      - GoDestroy: {dt: 9}
  - EventBatch:
    stacks:
      - {id: 1, frames: [{pc: 0x10, func: 1, file: 9, line: 10}]}
      - {id: 2, frames: [{pc: 0x20, func: 4, file: 9, line: 20}, {pc: 0x30, func: 5, file: 9, line: 22},
          {pc: 0x40, func: 2, file: 9, line: 1},
          {pc: 0x50, func: 3, file: 9, line: 1}, {pc: 0x10, func: 1, file: 9, line: 11}]}
      - {id: 3, frames: [{pc: 0x60, func: 6, file: 9, line: 30}, {pc: 0x40, func: 2, file: 9, line: 1},
          {pc: 0x70, func: 7, file: 9, line: 40},
          {pc: 0x40, func: 2, file: 9, line: 1}, {pc: 0x10, func: 1, file: 9, line: 11}]}
  - EventBatch:
    strings:
      - {id: 1, data: "net/http.(*conn).serve"}
      - {id: 2, data: "net/http.HandlerFunc.ServeHTTP"}
      - {id: 3, data: "net/http.(*ServeMux).ServeHTTP"}
      - {id: 4, data: "sync.(*Mutex).Lock"}
      - {id: 5, data: "main.slow"}
      - {id: 6, data: "main.quick"}
      - {id: 7, data: "main.logged.func1"}
      - {id: 8, data: "sync"}
      - {id: 9, data: "main.go"}
      - {id: 10, data: "preempted"}
  - EndOfGeneration
]]

local trace
setup(function()
  trace = program.build(EVENTS)
end)

local function prints(...)
  local r = program.run { "-F", "csv", "handlers", ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

local SURE = [[
handler,seen,total,mean,p50,p99,max
main.quick,1,266,266,266,266,266
main.slow,1,177,177,177,177,177

handler,total,running,waiting,syscall,runnable,perhaps,goroutines
main.quick,266,6,200,0,60,39,1
main.slow,177,57,100,0,20,15,1
]]

describe("handlers", function()
  it("charges what lies between two stacks in one handler, the innermost", function()
    assert.equal(SURE .. [[

handler,reason,place,total,waits,max
main.slow,sync,main.slow main.go:22,100,1,100
]], prints(trace))
  end)

  it("shows what its goroutines do between handlers", function()
    local out = prints("--between", trace)
    assert.truthy(out:find("\n(between handlers),1100,100,0,1000,0,54,1\n", 1, true), out)
  end)

  it("takes what calls handlers by name", function()
    local out = prints("--frame=main.slow", trace)
    assert.truthy(out:find("\nsync.(*Mutex).Lock,177,57,100,0,20,15,1\n", 1, true), out)
    assert.is_nil(out:find "main.quick")
  end)

  it("says what to do where no stack is in one", function()
    assert.equal("gotrace-lua: handlers: no stack has what main.none calls: --frame is a function's name as " ..
      "stacks have it, as folded prints them\n", program.run({ "handlers", "--frame=main.none", trace }).err)
    local r = program.run { "handlers", program.root .. "testdata/real/go1.27-gc.trace" }
    assert.truthy(r.err:find "^gotrace%-lua: handlers: no stack goes through a handler of net/http or gRPC")
    assert.equal("handler  seen  total  mean  p50  p99  max\n", r.out)
  end)
end)
