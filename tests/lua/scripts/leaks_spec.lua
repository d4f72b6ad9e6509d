-- leaks: what was created and has not ended, the suspicious first.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

local head = [[
header: go 1.22 trace
trace:
  - EventBatch: {time: 100}
    sync:
      - Frequency: {freq: 1000000000}
  - EventBatch: {m: 1, time: 100}
    events:
      - ProcStatus: {dt: 0, target_p: 0, status: Running}
      - GoStatus: {dt: 0, target_g: 1, target_m: 1, status: Running}
%s  - EventBatch:
    strings:
      - {id: 1, data: main.go}
      - {id: 2, data: main.main}
      - {id: 3, data: main.ever}
      - {id: 4, data: main.grow}
      - {id: 5, data: main.once}
      - {id: 6, data: main.brief}
      - {id: 7, data: main.wait}
      - {id: 11, data: forever}
      - {id: 12, data: chan receive}
      - {id: 13, data: sleep}
  - EventBatch:
    stacks:
      - {id: 3, frames: [{pc: 0x30, func: 3, file: 1, line: 3}]}
      - {id: 4, frames: [{pc: 0x40, func: 4, file: 1, line: 4}]}
      - {id: 5, frames: [{pc: 0x50, func: 5, file: 1, line: 5}]}
      - {id: 6, frames: [{pc: 0x60, func: 6, file: 1, line: 6}]}
      - {id: 7, frames: [{pc: 0x70, func: 7, file: 1, line: 7}]}
      - {id: 10, frames: [{pc: 0xa0, func: 2, file: 1, line: 10}]}
]]

local born = [[
      - GoCreate: {dt: %d, new_g: %d, new_stack: %d, stack: 10}
      - GoStop: {dt: 1, reason: 12, stack: 10}
      - GoStart: {dt: 1, target_g: %d, g_seq: 1}
      - %s
      - GoStart: {dt: 1, target_g: 1, g_seq: %d}
]]
local EVER, GROW, ONCE, BRIEF = 3, 4, 5, 6
local FOREVER, RECEIVE, SLEEP = 11, 12, 13

-- The path of a trace in which goroutines { function, reason of their wait; nil: they end,
-- dt } are created one behind the other, each from dt ns on.
local function trace_of(goroutines)
  local text = {}
  for i, one in ipairs(goroutines) do
    local what = one[2] and ("GoBlock: {dt: 1, reason: %d, stack: 7}"):format(one[2]) or "GoDestroy: {dt: 1}"
    text[i] = born:format(one[3], i + 1, one[1], i + 1, what, i)
  end
  return program.build(head:format(table.concat(text)))
end

-- Of eight made by one site three end, one of them at 181 ns, and of another one is left in each
-- quarter of the trace, which lasts for 361 ns.
local planted = {
  { ONCE, nil, 6 }, { ONCE, nil, 6 }, { ONCE, RECEIVE, 6 }, { ONCE, RECEIVE, 6 }, { ONCE, RECEIVE, 6 },
  { ONCE, SLEEP, 6 }, { ONCE, SLEEP, 6 }, { GROW, RECEIVE, 6 }, { BRIEF, nil, 6 }, { GROW, RECEIVE, 56 },
  { ONCE, nil, 28 }, { GROW, RECEIVE, 64 }, { BRIEF, nil, 16 }, { GROW, RECEIVE, 76 }, { EVER, FOREVER, 6 },
}

local waits = [[
function,reason,waits_at,created_at,left,oldest
main.ever,forever,main.wait main.go:7,main.main main.go:10,1,5
main.grow,chan receive,main.wait main.go:7,main.main main.go:10,4,285
main.once,chan receive,main.wait main.go:7,main.main main.go:10,3,335
main.once,sleep,main.wait main.go:7,main.main main.go:10,2,305
]]
local sites = [[
function,created_at,created,ended,q1,q2,q3,left,oldest
main.ever,main.main main.go:10,1,0,0,0,0,1,5
main.grow,main.main main.go:10,4,0,1,2,3,4,285
main.once,main.main main.go:10,8,3,5,6,5,5,335
]]

local function objects(...)
  local list = {}
  for line in prints("-F", "json", ...):gmatch "[^\n]+" do
    list[#list + 1] = dkjson.decode(line)
  end
  return list
end

describe("leaks", function()
  local trace = trace_of(planted)

  it("has waits forever first, then sites that grow in each quarter, then most", function()
    assert.equal(waits .. "\n" .. sites, prints("-F", "csv", "leaks", trace))
  end)

  it("has the same figures as text", function()
    assert.equal([[
function   reason        left  oldest  waits_at     created_at
main.ever  forever          1     5ns  main.wait:7  main.main:10
main.grow  chan receive     4   285ns  main.wait:7  main.main:10
main.once  chan receive     3   335ns  main.wait:7  main.main:10
main.once  sleep            2   305ns  main.wait:7  main.main:10

function   created  ended  q1  q2  q3  left  oldest  created_at
main.ever        1      0   0   0   0     1     5ns  main.main:10
main.grow        4      0   1   2   3     4   285ns  main.main:10
main.once        8      3   5   6   5     5   335ns  main.main:10
]], prints("leaks", trace))
  end)

  it("has the same figures as JSON", function()
    local list = objects("leaks", trace)
    assert.equal(7, #list)
    assert.same({ table = "leaks", ["function"] = "main.grow", reason = "chan receive", left = 4, oldest = 285,
      waits_at = { func = "main.wait", file = "main.go", line = 7 },
      created_at = { func = "main.main", file = "main.go", line = 10 } }, list[2])
    assert.same({ table = "sites", ["function"] = "main.once", created = 8, ended = 3, q1 = 5, q2 = 6, q3 = 5, left = 5,
      oldest = 335, ["created_at"] = { func = "main.main", file = "main.go", line = 10 } }, list[7])
  end)

  it("says what the rows come to that --top leaves out, in text", function()
    assert.equal([[
function        reason   left  oldest  waits_at     created_at
main.ever       forever     1     5ns  main.wait:7  main.main:10
... and 3 more              9   335ns

function        created  ended  q1  q2  q3  left  oldest  created_at
main.ever             1      0   0   0   0     1     5ns  main.main:10
... and 2 more       12      3   6   8   8     9   335ns
]], prints("leaks", "--top=1", trace))
    assert.equal(2, #objects("leaks", "--top=1", trace))
    assert.equal(7, #objects("leaks", "--top=0", trace))
  end)

  it("--by is about lives, of which there are those that ended", function()
    assert.equal([[
place.func,created,ended,q1,q2,q3,left,oldest
main.main,15,5,6,8,8,10,335
]], prints("-F", "csv", "leaks", "--by=place.func", trace))
  end)

  it("--by with reason or state is about what they are left in", function()
    assert.equal("reason,left,oldest\nforever,1,5\nchan receive,7,335\nsleep,2,305\n",
      prints("-F", "csv", "leaks", "--by=reason", trace))
    assert.equal("state,left,oldest\nWaiting,10,335\n", prints("-F", "csv", "leaks", "--by=state", trace))
    assert.equal("func,why,left,oldest\nmain.ever,forever,1,5\nmain.once,-,5,335\nmain.grow,-,4,285\n",
      prints("-F", "csv", "leaks", "--by=func, reason == \"forever\" and reason or \"-\" as why", trace))
  end)

  it("adds several traces up", function()
    local _, more = prints("-F", "csv", "leaks", trace, trace):match "^(.-\n)\n(.*)$"
    assert.equal([[
function,created_at,created,ended,q1,q2,q3,left,oldest
main.ever,main.main main.go:10,2,0,0,0,0,2,5
main.grow,main.main main.go:10,8,0,2,4,6,8,285
main.once,main.main main.go:10,16,6,10,12,10,10,335
]], more)
  end)

  it("counts each in the window that it was created in", function()
    for _, column in ipairs { "created", "ended", "left" } do
      local sums = {}
      for i, window in ipairs { "--to=180ns", "--from=180ns", "--top=0" } do
        sums[i] = 0
        for _, row in ipairs(objects("leaks", "--by=kind", window, trace)) do
          sums[i] = sums[i] + row[column]
        end
      end
      assert.is_true(sums[1] > 0)
      assert.equal(sums[3], sums[1] + sums[2], column)
    end
  end)

  it("leaves the tracer's own goroutine out, but with --system", function()
    local recording = program.root .. "testdata/real/go1.22-gc.trace"
    local tracers, others = 0, 0
    for _, row in ipairs(objects("leaks", "--system", "--by=reason", recording)) do
      local is_tracer = row.reason == "system goroutine wait"
      tracers, others = tracers + (is_tracer and row.left or 0), others + (is_tracer and 0 or row.left)
    end
    assert.same({ 1, 2 }, { tracers, others })
    assert.equal(3, objects("leaks", "--system", "--by=kind", recording)[1].left)
    assert.equal("reason,left,oldest\n", prints("-q", "-F", "csv", "leaks", "--by=reason", recording))
    assert.equal("kind,created,ended,q1,q2,q3,left,oldest\n",
      prints("-q", "-F", "csv", "leaks", "--by=kind", recording))
    assert.equal("function,reason,waits_at,created_at,left,oldest\n",
      prints("-q", "-F", "csv", "leaks", recording))
  end)

  for minor = 22, 27 do
    it(("puts what waits forever first in a recording of Go 1.%d"):format(minor), function()
      local list = objects("leaks", ("%stestdata/real/go1.%d-turnover.trace"):format(program.root, minor))
      local first = list[1]
      assert.equal("main.blockForEver forever 1", ("%s %s %d"):format(first["function"], first.reason, first.left))
    end)
  end
end)
