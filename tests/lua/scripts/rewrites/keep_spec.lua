-- keep --during: what was done for a task or region, and nothing else.
local program = require "support.program"

teardown(program.clean)

-- Goroutine 1 serves three requests, each of them with a region, in which 2 wakes it; 3 works on
-- the second one, for which it was created, and 4 on nothing.
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
      - GoCreate: {dt: 8, new_g: 2, new_stack: 1}
      - GoCreate: {dt: 10, new_g: 4, new_stack: 1}
REQUESTS
      - GoBlock: {dt: 50}
      - GoStart: {dt: 50, target_g: 4, g_seq: 1}
      - GoDestroy: {dt: 50}
  - EventBatch:
    stacks:
      - {id: 1, frames: [{pc: 0x10, func: 1, file: 2, line: 10}]}
  - EventBatch:
    strings:
      - {id: 1, data: "main.main"}
      - {id: 2, data: "main.go"}
      - {id: 3, data: "request"}
      - {id: 4, data: "read"}
      - {id: 5, data: "id"}
      - {id: 6, data: "one"}
      - {id: 7, data: "two"}
      - {id: 8, data: "three"}
  - EndOfGeneration
]]

local function request(task, more, behind)
  local seq = task
  return ([[
      - UserTaskBegin: {dt: 100, task: %d, name: 3}
      - UserLog: {dt: 10, task: %d, key: 5, value: %d}
%s      - UserRegionBegin: {dt: 10, task: %d, name: 4}
      - GoBlock: {dt: 10}
      - GoStart: {dt: 10, target_g: 2, g_seq: %d}
      - UserLog: {dt: 10, task: 0, key: 5, value: 1}
      - GoUnblock: {dt: 10, target_g: 1, g_seq: %d}
      - GoBlock: {dt: 10}
      - GoStart: {dt: %d, target_g: 1, g_seq: %d}
      - GoUnblock: {dt: 10, target_g: 2, g_seq: %d}
%s      - UserRegionEnd: {dt: 10, task: %d, name: 4}
      - UserTaskEnd: {dt: 10, task: %d}
]]):format(task, task, 5 + task, more or "", task, 2 * seq - 1, 2 * seq - 1, 20 * task, 2 * seq, 2 * seq, behind or "",
    task, task)
end

local trace
setup(function()
  local requests = request(1) ..
    request(2, "      - GoCreate: {dt: 10, new_g: 3, new_stack: 1}\n") .. request(3)
  trace = program.build((EVENTS:gsub("REQUESTS\n", function()
    return requests
  end)))
end)

-- Writes with keep's options, and yields what is in it, a word an event.
local function kept(...)
  local out = program.tmpname()
  local r = program.run { "-q", "-o", out, "keep", ... }
  assert.equal(0, r.status, r.err)
  local verdict = program.run { "--verify", out }
  assert.equal(0, verdict.status, verdict.out)
  local words = {}
  for line in program.run({ "-e", [[function on.any(ev)
    local id = ev:raw().task or ev.type:find "^Go[SUBD]" and ev:raw().target_g or ""
    print((ev.g or "-") .. ":" .. ev.type .. id) end]], out }).out:gmatch "[^\n]+" do
    if line:find "User" or line:find ":Go[SUBDC]%l+%d*$" and not line:find "Status" then
      words[#words + 1] = line
    end
  end
  return words, out
end

local SECOND = {
  "1:UserTaskBegin2", "1:UserLog2", "1:GoCreate", "1:UserRegionBegin2", "1:GoBlock", "-:GoStart2", "2:GoUnblock1",
  "2:GoBlock", "-:GoStart1", "1:UserRegionEnd2", "1:UserTaskEnd2",
}

describe("keep --during", function()
  it("keeps a task alone, and who woke it", function()
    assert.same(SECOND, (kept("--during", "--task=2", trace)))
  end)

  it("takes tasks by what they log", function()
    assert.same(SECOND, (kept("--during", "--log=id=^two$", trace)))
  end)

  it("keeps a region alone", function()
    local words = kept("--during", "--region=read", trace)
    local begins = 0
    for _, word in ipairs(words) do
      assert.not_matches("UserTask", word)
      assert.not_matches("UserLog", word)
      begins = begins + (word:find "RegionBegin" and 1 or 0)
    end
    assert.equal(3, begins)
  end)

  it("keeps the slowest tasks", function()
    local words = kept("--slowest=1", trace)
    assert.equal("1:UserTaskBegin3", words[1])
    assert.equal("1:UserTaskEnd3", words[#words])
    words = kept("--slowest=2", "--name=request", trace)
    local text = table.concat(words, " ")
    assert.not_matches("Task%a+1", text)
    assert.matches("Task%a+2.*Task%a+3", text)
    assert.equal(3, select(2, table.concat(kept("--slowest=9", trace), " "):gsub("TaskBegin", "")))
  end)

  it("keeps time around it", function()
    local _, out = kept("--during", "--task=2", "--pad=110ns", trace)
    local _, short = kept("--during", "--task=2", trace)
    local function took(path)
      return tonumber(program.run_codes(path, "function on.finish(t) print(t.duration) end").out)
    end
    assert.is_true(took(out) >= took(short) + 60)
    local words = kept("--during", "--task=2", "--pad=110ns", trace)
    assert.equal("1:GoBlock", table.remove(words)) -- and is not seen any more
    assert.same(SECOND, words)
  end)

  it("says what it has no use for", function()
    local function says(...)
      local r = program.run { "-o", "/dev/null", "keep", ... }
      assert.equal(1, r.status, r.err)
      return r.err
    end
    assert.matches("no task or region of .* is what %-%-task", says("--during", "--task=9", trace))
    assert.matches("no task or region", says("--slowest=1", "--name=other", trace))
    assert.matches("choose whole goroutines", says("--during", "--task=1", "--with=wakers", trace))
    assert.matches("want %-%-slowest or %-%-during", says("--task=1", "--pad=1ms", trace))
    assert.matches("a number from 1 on", says("--slowest=0", trace))
    assert.matches("is no regular expression", says("--during", "--log=id=(", trace))
  end)

  it("takes any recording", function()
    for _, version in ipairs { "1.15", "1.21", "1.22", "1.27" } do
      local path = ("%stestdata/real/go%s-annotations.trace"):format(program.root, version)
      assert.is_true(#kept("--slowest=2", "--pad=100us", path) > 2)
    end
  end)
end)

describe("keep --log", function()
  it("keeps goroutines that log such a message", function()
    local text = table.concat(kept("--log=id=^main", trace), " ")
    assert.matches("2:UserLog0", text)
    assert.not_matches("1:", text)
  end)
end)
