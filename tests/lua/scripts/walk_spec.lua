-- task, critical_path and slow_tasks: where the time of tasks went, on traces whose right
-- answer is known, and on all recordings.
local dkjson = require "dkjson"
local lfs = require "lfs"
local program = require "support.program"
local small = require "spans.small"

teardown(program.clean)

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- The cells of each line of CSV but the head; of what has no quotes.
local function objects(...)
  local list = {}
  for line in program.run({ "-F", "json", ... }).out:gmatch "[^\n]+" do
    list[#list + 1] = dkjson.decode(line)
  end
  return list
end

local function cells_of(text)
  local list = {}
  for line in text:gmatch "\n([^\n]+)" do
    local cells = {}
    for cell in (line .. ","):gmatch "([^,]*)," do
      cells[#cells + 1] = cell
    end
    list[#list + 1] = cells
  end
  return list
end

-- Threads of events { time, type, argument, ... }, in their order; goroutines' sequence numbers are
-- counted for what has one. All begin with proc 0 or 1 and a goroutine on it.
local numbered = { GoStart = 1, GoUnblock = 1 }

local function ordered(threads)
  local all = {}
  for m, events in ipairs(threads) do
    for i, e in ipairs(events) do
      all[#all + 1] = { e = e, m = m, i = i }
    end
  end
  table.sort(all, function(a, b)
    if a.e[1] ~= b.e[1] then
      return a.e[1] < b.e[1]
    end
    return a.m == b.m and a.i < b.i or a.m < b.m
  end)
  return all
end

local function file(...)
  local threads, batches, now, seq = { ... }, {}, {}, {}
  for m in ipairs(threads) do
    batches[m] = { m = m, time = 1000, { "ProcStatus", 0, m - 1, 1 } }
    now[m] = 0
  end
  for _, one in ipairs(ordered(threads)) do
    local e, g = one.e, one.e[3]
    local row = { e[2], e[1] - now[one.m], unpack(e, 3) }
    if numbered[e[2]] then
      seq[g] = (seq[g] or 0) + 1
      table.insert(row, 4, seq[g])
    end
    now[one.m] = e[1]
    table.insert(batches[one.m], row)
  end
  return program.tmpfile(small.file(unpack(batches)))
end

-- The walk as lines "from g state reason dur", in its order.
local function walk(...)
  local list = {}
  for _, c in ipairs(cells_of(prints("-F", "csv", "critical_path", "--top=0", ...))) do
    if #c == 8 then
      table.remove(c, 1)
    end
    local g = c[2]:match "^G%d+" or "-"
    list[#list + 1] = table.concat({ c[1], g, c[3], c[4], c[7] }, " "):gsub("  ", " ")
  end
  return list
end

-- Main begins task 1 and waits for 2, which waits for 3: strings and stacks of small.lua.
local RUNS, WAITS = 1, 3 -- stacks: of main.main, of main.worker
local CHAN, SLEEP = 1, 7
local chain = {
  { 0, "GoStatus", 1, 1, 2 },
  { 10, "UserTaskBegin", 1, 0, 5, RUNS },
  { 20, "GoCreate", 2, 2, RUNS },
  { 30, "GoBlock", CHAN, RUNS },
  { 40, "GoStart", 2 },
  { 50, "GoCreate", 3, 2, 2 },
  { 60, "GoBlock", CHAN, WAITS },
  { 70, "GoStart", 3 },
  { 100, "GoUnblock", 2, 2 },
  { 110, "GoDestroy" },
  { 115, "GoStart", 2 },
  { 140, "GoUnblock", 1, 2 },
  { 150, "GoDestroy" },
  { 160, "GoStart", 1 },
  { 190, "UserTaskEnd", 1, RUNS },
  { 200, "GoDestroy" },
}

describe("A task whose work goes over three goroutines", function()
  it("is charged to who worked, back through waits and creations", function()
    assert.same({
      "10 G1 Running 10", "20 G2 Runnable 20", "40 G2 Running 10", "50 G3 Runnable 20", "70 G3 Running 30",
      "100 G2 Runnable 15", "115 G2 Running 25", "140 G1 Runnable 20", "160 G1 Running 30",
    }, walk("--task=1", file(chain)))
  end)

  it("adds up by whatever key", function()
    local path = file(chain)
    assert.equal("state,total,parts,percent\nRunning,105,5,58.33\nRunnable,75,4,41.67\n",
      prints("-F", "csv", "task", "--by=state", path))
    assert.equal("func,state,total,parts,percent\nmain.worker,Running,65,3,36.11\nmain.worker,Runnable,55,3,30.56\n" ..
      "main.main,Running,40,2,22.22\nmain.main,Runnable,20,1,11.11\n",
      prints("-F", "csv", "task", "--by=func,state", "--task=1", path))
    assert.equal("task,name,mostly,place,total,exec,sched_wait,block\n" ..
      "1,outer,Running,main.worker main.go:2,180,105,75,0\n",
      prints("-F", "csv", "slow_tasks", path))
  end)

  it("has the place where each began", function()
    assert.equal("goroutine,state,waker,place,total,parts,percent\n" ..
      "G1 main.main,Running,,main.main main.go:1,40,2,22.22\n",
      (prints("-F", "csv", "task", "--by=goroutine,state,waker,place", "--top=1", file(chain))))
  end)
end)

-- Goroutine 2 is there before the task, and serves others.
local function server(...)
  local events = {
    { 0, "GoStatus", 2, -1, 4 }, { 0, "GoStatus", 1, 1, 2 }, { 10, "UserTaskBegin", 1, 0, 5, RUNS },
    { 20, "GoUnblock", 2, RUNS }, { 30, "GoBlock", CHAN, RUNS }, { 40, "GoStart", 2 }, ...,
  }
  return file(events)
end

local behind = { { 140, "GoUnblock", 1, 2 }, { 150, "GoBlock", CHAN, WAITS }, { 160, "GoStart", 1 },
  { 190, "UserTaskEnd", 1, RUNS } }

describe("A wait that a goroutine ended", function()
  it("is charged as such where that one does not work on the task", function()
    assert.same({ "10 G1 Running 20", "30 G1 Waiting chan receive 110", "140 G1 Runnable 20", "160 G1 Running 30" },
      walk("--task=1", server(unpack(behind))))
  end)

  it("is that one's as far as it worked on the task", function()
    local path = server({ 60, "UserRegionBegin", 1, 6, 2 }, unpack(behind))
    assert.same({ "10 G1 Running 20", "30 G1 Waiting chan receive 30", "60 G2 Running 80", "140 G1 Runnable 20",
      "160 G1 Running 30" }, walk("--task=1", path))
  end)

  it("is charged where it has left the task before", function()
    local path = server({ 60, "UserRegionBegin", 1, 6, 2 }, { 130, "UserRegionEnd", 1, 6, 2 }, unpack(behind))
    assert.same({ "10 G1 Running 20", "30 G1 Waiting chan receive 110", "140 G1 Runnable 20", "160 G1 Running 30" },
      walk("--task=1", path))
  end)

  it("is that one's where it works on a part of the task", function()
    local path = server({ 60, "UserTaskBegin", 2, 1, 6, 2 }, unpack(behind))
    assert.equal("60 G2 Running 80", walk("--task=1", path)[3])
    path = server({ 60, "UserTaskBegin", 2, 0, 6, 2 }, unpack(behind))
    assert.equal("140 G1 Runnable 20", walk("--task=1", path)[3])
  end)
end)

describe("A wait that no goroutine ended", function()
  it("is charged, by whom it was", function()
    local path = file({
      { 0, "GoStatus", 1, 1, 2 }, { 10, "UserTaskBegin", 1, 0, 5, RUNS }, { 30, "GoBlock", SLEEP, RUNS },
      { 140, "GoUnblock", 1 }, { 160, "GoStart", 1 }, { 190, "UserTaskEnd", 1, RUNS },
    })
    assert.same({ "10 G1 Running 20", "30 G1 Waiting sleep 110", "140 G1 Runnable 20", "160 G1 Running 30" },
      walk("--task=1", path))
    assert.equal("reason,waker,total,parts,percent\nsleep,,110,1,61.11\n",
      (prints("-F", "csv", "task", "--by=reason,waker", "--top=1", path)))
  end)
end)

-- 1 creates 2, which creates 3 and ends; 3 wakes 1.
local function heirs(start)
  return file({
    { 0, "GoStatus", 1, 1, 2 }, { 10, "UserTaskBegin", 1, 0, 5, RUNS }, { 20, "GoCreate", 2, 2, RUNS },
    { 30, "GoBlock", CHAN, RUNS }, { 40, "GoStart", 2 }, { 60, "GoCreate", 3, start, 2 }, { 65, "GoDestroy" },
    { 70, "GoStart", 3 }, { 100, "GoUnblock", 1, 2 }, { 110, "GoDestroy" }, { 120, "GoStart", 1 },
    { 130, "UserTaskEnd", 1, RUNS },
  })
end

describe("A wait that a goroutine of the task's ended", function()
  it("goes on with who created that one, at its birth", function()
    assert.same({ "10 G1 Running 10", "20 G2 Runnable 20", "40 G2 Running 20", "60 G3 Runnable 10", "70 G3 Running 30",
      "100 G1 Runnable 20", "120 G1 Running 10" }, walk("--task=1", heirs(2)))
  end)

  it("is charged where that one is the runtime's own", function()
    local SWEEPER = 4 -- a stack of small.lua: runtime.bgsweep
    assert.same({ "10 G1 Running 20", "30 G1 Waiting chan receive 70", "100 G1 Runnable 20", "120 G1 Running 10" },
      walk("--task=1", heirs(SWEEPER)))
  end)
end)

-- On two procs at a time: 2 ends at 90, 3 at 120 and wakes 1.
local function side_by_side()
  return file({
    { 0, "GoStatus", 1, 1, 2 }, { 10, "UserTaskBegin", 1, 0, 5, RUNS }, { 20, "GoCreate", 2, 2, RUNS },
    { 25, "GoCreate", 3, 2, RUNS }, { 50, "GoBlock", CHAN, RUNS }, { 55, "GoStart", 2 }, { 90, "GoDestroy" },
    { 130, "GoStart", 1 }, { 150, "UserTaskEnd", 1, RUNS },
  }, {
    { 30, "GoStart", 3 }, { 120, "GoUnblock", 1, 2 }, { 125, "GoDestroy" },
  })
end

describe("What runs side by side", function()
  it("is charged once, to the one that was waited for", function()
    local path = side_by_side()
    assert.same({ "10 G1 Running 15", "25 G3 Runnable 5", "30 G3 Running 90", "120 G1 Runnable 10",
      "130 G1 Running 20" }, walk("--task=1", path))
    assert.equal("task,total,parts,percent\n1,140,5,100\n", prints("-F", "csv", "task", "--by=task", path))
  end)

  it("is a goroutine's own while it does not wait", function()
    assert.same({ "0 G1 Running 50", "50 G3 Running 70", "120 G1 Runnable 10", "130 G1 Running 21" },
      walk("-G", "1", side_by_side()))
  end)
end)

describe("A task", function()
  it("that another goroutine ends is walked from there", function()
    local path = file({
      { 0, "GoStatus", 1, 1, 2 }, { 10, "UserTaskBegin", 1, 0, 5, RUNS }, { 20, "GoCreate", 2, 2, RUNS },
      { 30, "GoBlock", CHAN, RUNS }, { 40, "GoStart", 2 }, { 70, "UserTaskEnd", 1, 2 }, { 80, "GoUnblock", 1, 2 },
      { 90, "GoDestroy" },
    })
    assert.same({ "10 G1 Running 10", "20 G2 Runnable 20", "40 G2 Running 30" }, walk("--task=1", path))
    -- One that does not work on it ends it: then it is the creator's.
    path = server({ 70, "UserTaskEnd", 1, 2 }, { 80, "GoUnblock", 1, 2 }, { 90, "GoDestroy" })
    assert.same({ "10 G1 Running 20", "30 G1 Waiting chan receive 40" }, walk("--task=1", path))
  end)

  it("is that of its time, where its goroutine serves others before, behind and meanwhile", function()
    local path = file({
      { 0, "GoStatus", 1, 1, 2 }, { 10, "UserTaskBegin", 1, 0, 5, RUNS }, { 40, "UserTaskEnd", 1, RUNS },
      { 50, "UserTaskBegin", 2, 0, 5, RUNS }, { 60, "UserRegionBegin", 3, 6, RUNS },
      { 75, "UserRegionEnd", 3, 6, RUNS },
      { 90, "UserTaskEnd", 2, RUNS }, { 95, "UserTaskEnd", 3, RUNS }, { 99, "GoDestroy" },
    })
    assert.same({ "10 G1 Running 30" }, walk("--task=1", path))
    assert.same({ "50 G1 Running 10", "60 - nobody 15", "75 G1 Running 15" }, walk("--task=2", path))
    assert.same({ "0 - nobody 60", "60 G1 Running 15", "75 - nobody 20" }, walk("--task=3", path))
  end)

  it("has of a goroutine that serves two at a time what it did for it", function()
    local path = file({
      { 0, "GoStatus", 1, 1, 2 }, { 0, "GoStatus", 3, -1, 4 }, { 10, "UserTaskBegin", 1, 0, 5, RUNS },
      { 20, "GoUnblock", 3, RUNS }, { 30, "GoBlock", CHAN, RUNS }, { 40, "GoStart", 3 },
      { 60, "UserRegionBegin", 1, 6, 2 }, { 80, "UserRegionEnd", 1, 6, 2 }, { 85, "UserRegionBegin", 2, 6, 2 },
      { 95, "GoUnblock", 2, 2 }, { 100, "UserRegionEnd", 2, 6, 2 }, { 105, "UserRegionBegin", 1, 6, 2 },
      { 120, "GoUnblock", 1, 2 }, { 125, "UserRegionEnd", 1, 6, 2 }, { 130, "GoBlock", CHAN, WAITS },
      { 140, "GoStart", 1 }, { 150, "UserTaskEnd", 1, RUNS },
    }, {
      { 0, "GoStatus", 2, 2, 2 }, { 12, "UserTaskBegin", 2, 0, 5, RUNS }, { 35, "GoBlock", CHAN, RUNS },
      { 110, "GoStart", 2 }, { 115, "UserTaskEnd", 2, RUNS },
    })
    assert.same({ "10 G1 Running 20", "30 G1 Waiting chan receive 75", "105 G3 Running 15", "120 G1 Runnable 20",
      "140 G1 Running 10" }, walk("--task=1", path))
    assert.same({ "12 G2 Running 23", "35 G2 Waiting chan receive 50", "85 G3 Running 10", "95 G2 Runnable 15",
      "110 G2 Running 5" }, walk("--task=2", path))
  end)

  it("that is open as the trace ends is walked from there", function()
    local path = file({
      { 0, "GoStatus", 1, 1, 2 }, { 10, "UserTaskBegin", 1, 0, 5, RUNS }, { 30, "GoBlock", CHAN, RUNS },
      { 100, "ProcStop" },
    })
    assert.same({ "10 G1 Running 20", "30 G1 Waiting chan receive 71" }, walk(path))
  end)

  it("that began before the trace is walked to its begin", function()
    local path = file({
      { 0, "GoStatus", 1, 1, 2 }, { 10, "UserRegionBegin", 9, 5, RUNS }, { 30, "UserRegionEnd", 9, 5, RUNS },
      { 50, "UserTaskEnd", 9, RUNS },
    })
    assert.same({ "0 - nobody 10", "10 G1 Running 20", "30 - nobody 20" }, walk("--task=9", path))
  end)

  it("is nobody's where no goroutine works on it", function()
    local path = file({
      { 0, "GoStatus", 2, -1, 4 }, { 0, "GoStatus", 1, 1, 2 }, { 10, "UserTaskBegin", 1, 0, 5, RUNS },
      { 20, "GoUnblock", 2, RUNS }, { 30, "GoDestroy" }, { 40, "GoStart", 2 }, { 70, "UserRegionBegin", 1, 6, 2 },
      { 90, "UserTaskEnd", 1, 2 }, { 95, "UserRegionEnd", 1, 6, 2 },
    })
    assert.same({ "10 G1 Running 20", "30 - nobody 40", "70 G2 Running 20" }, walk("--task=1", path))
    assert.equal("state,total,parts,percent\nRunning,40,2,50\nnobody,40,1,50\n",
      prints("-F", "csv", "task", "--by=state", path))
  end)

  it("may be its own part, and a part of what is not there", function()
    local path = file({
      { 0, "GoStatus", 1, 1, 2 }, { 10, "UserTaskBegin", 1, 2, 5, RUNS }, { 20, "UserTaskBegin", 2, 1, 5, RUNS },
      { 30, "UserTaskBegin", 3, 3, 5, RUNS }, { 40, "UserTaskBegin", 4, 77, 5, RUNS }, { 50, "UserTaskEnd", 4, RUNS },
      { 55, "UserTaskEnd", 3, RUNS }, { 60, "UserTaskEnd", 2, RUNS }, { 70, "UserTaskEnd", 1, RUNS },
    })
    assert.same({ "40 G1 Running 10" }, walk("--task=4", path))
    assert.same({ "0 - nobody 40", "40 G1 Running 10", "50 - nobody 21" }, walk("--task=77", path))
    assert.same({ "10 G1 Running 10", "20 G1 Running 10", "30 - nobody 25", "55 G1 Running 5", "60 G1 Running 10" },
      walk("--task=1", path))
    assert.same({ "20 G1 Running 10", "30 - nobody 25", "55 G1 Running 5" }, walk("--task=2", path))
    assert.same({ "30 G1 Running 10", "40 - nobody 10", "50 G1 Running 5" }, walk("--task=3", path))
  end)

  it("is made of parts of parts, up to 64 in each other", function()
    local events = { { 0, "GoStatus", 1, 1, 2 } }
    for task = 1, 70 do
      events[#events + 1] = { 10 * task, "UserTaskBegin", task, task - 1, 5, RUNS }
    end
    for task = 70, 1, -1 do
      events[#events + 1] = { 1410 - 10 * task, "UserTaskEnd", task, RUNS }
    end
    local path = file(events)
    assert.equal("state,total,parts,percent\nRunning,1300,130,93.53\nnobody,90,1,6.47\n",
      prints("-F", "csv", "task", "--task=1", "--by=state", path))
    assert.equal("state,total,parts,percent\nRunning,1270,127,100\n",
      prints("-F", "csv", "task", "--task=7", "--by=state", path))
  end)

  it("says what it logged, in the order of its table, as logs has it", function()
    local path = program.root .. "testdata/real/go1.27-annotations.trace"
    local wanted, n = {}, 0
    for _, row in ipairs(objects("-a", "count() as n by task, key, value", "-f", 'type == "UserLog"', path)) do
      wanted[("%d %s %s"):format(row.task, row.key, row.value)] = row.n
    end
    for _, row in ipairs(objects("slow_tasks", "--top=0", path)) do
      if row.table == "logged" then
        local log = ("%d %s %s"):format(row.task, row.key, row.value)
        wanted[log], n = (wanted[log] or 0) - 1, n + 1
        assert.is_true(wanted[log] >= 0, log)
      end
    end
    assert.is_true(n > 10)
    local first, second = prints("slow_tasks", "--top=0", path):match "^task id  +mostly[^\n]+\n(.-)\n\n(task id.*)$"
    local from, rows = 1, 0
    for id in second:gmatch "\n(%d+) " do
      from = ("\n" .. first):find("\n" .. id .. " ", from, true)
      assert.is_number(from, id)
      rows = rows + 1
    end
    assert.is_true(rows > 20)
  end)

  it("may be chosen by its name", function()
    local path = program.root .. "testdata/real/go1.27-annotations.trace"
    local all = cells_of(prints("-F", "csv", "-f", 'kind ~= "task" or name == "part 1"', "slow_tasks", "--top=0", path)
      :match "^(.-\n)\n")
    assert.equal(6, #all)
    assert.same(all, cells_of(prints("-F", "csv", "slow_tasks", "--name=part 1", "--top=0", path):match "^(.-\n)\n"))
    assert.equal(all[1][1] .. "," .. all[1][5], (prints("-F", "csv", "task", "--name=part 1", "--by=task", path)
      :match "\n(%d+,%d+),"))
    assert.equal(all[1][1], prints("-F", "csv", "critical_path", "--name=part 1", path):match "\n(%d+),")
  end)

  it("that is not there is an error", function()
    for _, words in ipairs { { "task", "--task=5" }, { "critical_path", "--task=5" }, { "critical_path", "-G", "5" },
      { "goroutine", "-G", "5" }, { "related", "-G", "5" } } do
      local path = file(chain)
      words[#words + 1] = path
      local r = program.run(words)
      assert.equal(1, r.status)
      assert.equal(("gotrace-lua: %s: there is no %s 5\n"):format(path,
        words[1] == "task" and "task" or words[2] == "--task=5" and "task" or "goroutine"), r.err)
    end
  end)

  it("is cut to a window", function()
    assert.same({ "45 G2 Running 5", "50 G3 Runnable 20", "70 G3 Running 30", "100 G2 Runnable 15",
      "115 G2 Running 5" }, walk("--from=45ns", "--to=120ns", "--task=1", file(chain)))
  end)
end)

-- All recordings

local recordings = {}
for name in lfs.dir(program.root .. "testdata/real") do
  if name:find "%.trace$" then
    recordings[#recordings + 1] = name
  end
end
table.sort(recordings)

-- Spans of tasks as { task, from, to }.
local function tasks_of(path, ...)
  local list = {}
  for _, c in ipairs(cells_of("\n" .. prints("-F", "csv", "-f", 'kind == "task"', "-p", "task,from,to", path, ...))) do
    list[#list + 1] = tonumber(c[1]) and { task = tonumber(c[1]), from = tonumber(c[2]), to = tonumber(c[3]) } or nil
  end
  return list
end

-- States by goroutine, in order.
local function states_of(path)
  local by = {}
  for _, c in ipairs(cells_of("\n" .. prints("-F", "csv", "--spans", "-p", "g,state,from,to", path))) do
    if tonumber(c[1]) then
      by[c[1]] = by[c[1]] or {}
      table.insert(by[c[1]], { state = c[2], from = tonumber(c[3]), to = tonumber(c[4]) })
    end
  end
  return by
end

-- Whether a goroutine was in that state from `from` to `to`.
local function was(states, g, state, from, to)
  local low, high = 1, #states[g]
  while low < high do
    local middle = math.ceil((low + high) / 2)
    if states[g][middle].from <= from then
      low = middle
    else
      high = middle - 1
    end
  end
  local s = states[g][low]
  return s.state == state and s.from <= from and to <= s.to
end

-- Parts of each task in their order: { task, from, to, g, state }.
local function parts_of(out)
  local by, n = {}, 0
  for line in out:gmatch "[^\n]+" do
    local c = {}
    for cell in (line:gsub('"[^"]*"', "x") .. ","):gmatch "([^,]*)," do
      c[#c + 1] = cell
    end
    local task = tonumber(c[1])
    if task then
      by[task] = by[task] or {}
      table.insert(by[task], { from = tonumber(c[2]), to = c[2] + c[8], g = c[3]:match "^G(%d+)", state = c[4] })
      n = n + 1
    end
  end
  return by, n
end

-- Whose task: what events say, by the rule of docs/spans.md, so that the walk's own account of it has
-- something to be held against.

local function innermost(regions, e)
  for i = #regions, 1, -1 do
    if regions[i].task == e.task and regions[i].name == e.name then
      return i
    end
  end
  return #regions
end

local step = {}

function step.UserRegionBegin(g, e)
  table.insert(g.regions, { task = e.task, name = e.name })
end

function step.UserRegionEnd(g, e)
  table.remove(g.regions, innermost(g.regions, e))
end

function step.UserTaskBegin(g, e, all)
  table.insert(g.begun, e.task)
  all.parent[e.task] = e.parent_task
end

function step.UserTaskEnd(_, e, all)
  all.ended[e.task] = true
end

local function task_of(g, all)
  if #g.regions > 0 then
    return g.regions[#g.regions].task
  end
  while #g.begun > 0 and all.ended[g.begun[#g.begun]] do
    table.remove(g.begun)
  end
  return g.begun[#g.begun] or g.inherited
end

local function note(g, time, task)
  if g.tasks[#g.tasks] ~= task then
    table.insert(g.times, time)
    table.insert(g.tasks, task)
  end
end

local function goroutine(all, id, time, inherited)
  if not all.by[id] or inherited then
    all.by[id] = { regions = {}, begun = {}, inherited = inherited or 0, times = {}, tasks = {} }
    note(all.by[id], time, inherited or 0)
  end
  return all.by[id]
end

local WORK = 'type in {"UserTaskBegin", "UserTaskEnd", "UserRegionBegin", "UserRegionEnd"} or type:find "^GoCreate"'

-- Of the goroutines that somebody has annotated.
local function works_of(path)
  local all = { by = {}, parent = {}, ended = {}, system = {} }
  for line in prints("-F", "json", "-f", WORK, "-p", "time,type,g,task,parent_task,name,new_g,new_stack.root.func",
    path):gmatch "[^\n]+" do
    local e = dkjson.decode(line)
    local g = e.g and goroutine(all, e.g, 0)
    if step[e.type] then
      step[e.type](g, e, all)
      for _, other in pairs(e.type == "UserTaskEnd" and all.by or { g }) do
        note(other, e.time, task_of(other, all))
      end
    else
      local func = e["new_stack.root.func"] or ""
      local is_system = func:find "^runtime%." and func ~= "runtime.main"
      goroutine(all, e.new_g, e.time, g and not is_system and task_of(g, all) or 0)
    end
  end
  return all
end

-- Whether a goroutine worked on a task or a part of it in the middle of a time.
local function did_work(works, id, task, from, to)
  local g, found = works.by[tonumber(id)], 0
  for i, time in ipairs(g and g.times or {}) do
    if time <= (from + to) / 2 then
      found = g.tasks[i]
    end
  end
  while found and found ~= task do
    found = works.parent[found]
  end
  return found == task
end

local function is_alive(states, part)
  return states[1].from <= part.from and states[#states].to >= part.to
end

-- A part is of a goroutine that worked on the task; nobody's if there is none.
local function check_part(task, part, states, works)
  if part.state ~= "nobody" then
    assert.is_true(did_work(works, part.g, task, part.from, part.to), ("task %d, %d"):format(task, part.from))
    return
  end
  for g in pairs(states) do
    assert.is_false(did_work(works, g, task, part.from, part.to) and is_alive(states[g], part),
      ("task %d, %d: G%s"):format(task, part.from, g))
  end
end

-- states, works: nil where they are not compared.
local function check_walk(task, parts, states, works)
  local at = task.from
  for _, part in ipairs(parts) do
    if works then
      check_part(task.task, part, states, works)
    end
    assert.equal(at, part.from) -- no gap, no overlap
    assert.is_true(part.to > part.from)
    assert.is_true(not states or part.state == "nobody" or was(states, part.g, part.state, part.from, part.to),
      ("%s %s %d"):format(part.g, part.state, part.from))
    at = part.to
  end
  assert.equal(task.to, at)
end

describe("Walks of all recordings", function()
  it("charge each instant of each task once, to what its goroutine did then", function()
    local walked = 0
    for i, name in ipairs(recordings) do
      local path = program.root .. "testdata/real/" .. name
      local tasks = tasks_of(path)
      if #tasks > 0 then
        local states = i % 6 == 0 and states_of(path) or nil
        local works = states and works_of(path)
        local by = parts_of(prints("-F", "csv", "critical_path", "--slowest=0", "--top=0", path))
        for _, task in ipairs(tasks) do
          if task.to > task.from then
            check_walk(task, by[task.task], states, works)
            walked = walked + 1
          end
        end
      end
    end
    assert.is_true(walked > 1000, walked)
  end)

  it("are the same by whatever path, for a task alone, and from a pipe", function()
    for _, name in ipairs(recordings) do
      if name:find "annotations" or name:find "turnover" then
        local path = program.root .. "testdata/real/" .. name
        local all = prints("-F", "csv", "critical_path", "--slowest=0", "--top=0", path)
        local slow = program.run { "-F", "csv", "critical_path", "--slowest=0", "--top=0", path,
          env = "GOTRACE_PATHS=slow" }
        assert.equal(all, slow.out)
        local by = parts_of(all)
        local task = tasks_of(path)[5].task
        assert.same({ [task] = by[task] },
          (parts_of(prints("-F", "csv", "critical_path", "--top=0", "--task=" .. task, path))))
      end
    end
  end)

  it("charge each instant of a window once", function()
    local walked = 0
    for _, name in ipairs(recordings) do
      if name:find "annotations" or name:find "turnover" then
        local path = program.root .. "testdata/real/" .. name
        local last = tonumber(prints("-a", "max(to)", "--spans=goroutine", "-F", "csv", path):match "(%d+)\n$")
        local window = { ("--from=%dns"):format(last * 0.2), ("--to=%dns"):format(last * 0.6) }
        local by = parts_of(prints("-F", "csv", "critical_path", "--slowest=0", "--top=0", path, unpack(window)))
        for _, task in ipairs(tasks_of(path, unpack(window))) do
          if task.to > task.from then
            check_walk(task, by[task.task])
            walked = walked + 1
          end
        end
      end
    end
    assert.is_true(walked > 100, walked)
  end)

  it("of goroutines charge each instant of their lives once", function()
    for i = 1, #recordings, 7 do
      local path = program.root .. "testdata/real/" .. recordings[i]
      local states = states_of(path)
      local own = states["1"]
      local out, at = prints("-F", "csv", "critical_path", "-G", "1", "--top=0", path), own[1].from
      for line in out:gmatch "[^\n]+" do
        local from, g, state, dur = line:gsub('"[^"]*"', "x"):match "^(%d+),G(%d+)[^,]*,(%a+),.*,(%d+)$"
        if from then
          assert.equal(at, tonumber(from))
          at = from + dur
          assert.is_true(was(states, g, state, from + 0, at))
          local is_own = was(states, "1", "Waiting", from + 0, at)
          assert.is_true(g == "1" or is_own)
        end
      end
      assert.equal(own[#own].to, at)
    end
  end)
end)

-- What testdata/programs/faults.go found out about itself.
describe("The slow answers of faults.go", function()
  for _, version in ipairs { "1.21", "1.27" } do
    local path = program.root .. "testdata/real/go" .. version .. "-faults.trace"

    it("come first, Go " .. version, function()
      local own = tonumber(prints("-f", 'key == "measured slow answers"', "-p", "value", path))
      local first = cells_of(prints("-F", "csv", "task", "--slowest=3", path))[1]
      assert.same({ "Waiting", "chan receive", "main.answerQuestions", "main.serveRequest programs/faults.go:68" },
        { unpack(first, 1, 4) })
      assert.equal("3", first[6])
      assert.is_true(math.abs(first[5] - own) <= 0.05 * own, first[5] .. " " .. own)
      local slowest = cells_of(prints("-F", "csv", "task", "--slowest=1", path))[1]
      assert.equal("main.serveRequest programs/faults.go:68", slowest[4])
      assert.is_true(slowest[5] + 0 >= 4e6 and slowest[5] + 0 <= 1.05 * own / 3 * 1.05)
    end)
  end
end)
