-- --by of the bundled scripts: whatever the keys, rows add up to the same whole; with
-- --by=trace several traces are one table with a column for them.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

local function recording(name)
  return ("%stestdata/real/go%s.trace"):format(program.root, name)
end

local traces = { recording "1.27-faults", recording "1.27-gc", recording "1.21-mix" }

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- The objects of a script's first table.
local function objects(...)
  local list, first = {}, nil
  for line in prints("-F", "json", ...):gmatch "[^\n]+" do
    local object = dkjson.decode(line)
    first = first or { name = object.table }
    list[#list + 1] = object.table == first.name and object or nil
  end
  assert.is_true(#list > 0)
  return list
end

local function sum(rows, column, trace)
  local n = 0
  for _, row in ipairs(rows) do
    n = n + ((not trace or row.trace == trace) and row[column] or 0)
  end
  return n
end

-- A column that adds up, and keys to group by.
local cases = {
  { "blocks", "total", "func", "trace,reason", "waker_func or \"-\" as w" },
  { "sched", "total", "func", "trace,prev" },
  { "syscalls", "total", "place.func as at", "trace,place" },
  { "stw", "total", "name", "trace,name" },
  { "regions", "total", "func", "trace,name" },
  { "tasks", "complete", "func", "trace,name" },
  { "wakers", "waited", "func", "trace,reason", "waker_func or \"-\" as w", "g" },
  { "leaks", "left", "func", "place", "end_stack.user as at", "trace,func" },
  { "gc", "mark", "func", "name", "trace,name" },
  { "gc", "assist", "func", "trace,func" },
  { "procs", "busy", "func", "trace,p", "g" },
}

describe("--by", function()
  for _, case in ipairs(cases) do
    local script, column = case[1], case[2]
    it(("of %s adds up to the same %s by every key"):format(script, column), function()
      local whole = sum(objects(script, "--top=0", unpack(traces)), column)
      assert.is_true(whole > 0)
      for i = 3, #case do
        local rows = objects(script, "--top=0", "--by=" .. case[i], unpack(traces))
        assert.equal(whole, sum(rows, column), case[i])
      end
    end)

    it(("trace of %s is a row for each trace, of %s what it has alone"):format(script, column), function()
      local rows = objects(script, "--by=trace", unpack(traces))
      for _, trace in ipairs(traces) do
        local r = program.run { script, "--top=0", "-F", "json", trace }
        local alone = r.out ~= "" and sum(objects(script, "--top=0", trace), column) or 0
        assert.equal(alone, sum(rows, column, trace))
      end
    end)

    it(("trace of %s names traces by what tells them apart"):format(script), function()
      local out = prints(script, "--by=trace", unpack(traces))
      assert.matches("^[^\n]*trace", out)
      assert.matches("mix.trace", out, 1, true)
      for line in out:gmatch "[^\n]+" do
        local _, width = line:gsub("[^\128-\191]", "")
        assert.is_true(width <= 80, line)
      end
    end)
  end

  it("of wakers names who woke as -a does", function()
    local rows = objects("wakers", "--by=waker_func", traces[1])
    local again = objects("-f", 'state == "Waiting" and next == "Runnable" and not system', "-a",
      "sum(dur) as ns by waker_func", traces[1])
    assert.equal(#again, #rows)
    for i, row in ipairs(rows) do
      assert.equal(again[i].waker_func, row.waker_func)
      assert.equal(again[i].ns, row.waited)
    end
    assert.equal(rows[1].waker_func, "main.together.func1")
  end)

  it("of heap has the heap at each step of each", function()
    local rows = objects("heap", "--by=trace", unpack(traces))
    for _, trace in ipairs { traces[2], traces[3] } do
      local most = 0
      for _, row in ipairs(rows) do
        most = math.max(most, row.trace == trace and row.heap or 0)
      end
      assert.equal(objects("-a", "max(heapalloc) as most", trace)[1].most, most)
    end
    local alone, n = objects("heap", traces[2]), 0
    for _, row in ipairs(rows) do
      if row.trace == traces[2] then
        n = n + 1
        assert.equal(alone[n].heap, row.heap)
      end
    end
    assert.equal(#alone, n)
  end)

  it("of heap has the goal that a collection was due at, and the first of many alone", function()
    local rows = objects("heap", traces[2])
    local goals = objects("-a", "min(heapgoal) as least, max(heapgoal) as most", traces[2])[1]
    local least, most = math.huge, 0
    for _, row in ipairs(rows) do
      least, most = math.min(least, row.goal or math.huge), math.max(most, row.goal or 0)
    end
    assert.is_true(least >= goals.least and most == goals.most)
    assert.matches("^  time +heap +goal\n0.000s +[%d.]+MiB +[%d.]+MiB  #+\n", prints("heap", traces[2]))
    local some = prints("heap", "--by=m", "--top=1", traces[2])
    local _, threads = some:gsub("\n *%d+  0.000s", "%0")
    assert.is_true(threads <= 1)
    assert.matches("\n%.%.%. and %d+ more\n$", some)
  end)

  it("of runnable shares out all that goroutines waited for a proc", function()
    for _, keys in ipairs { "func", "trace", "prev,func" } do
      local rows = objects("runnable", "--by=" .. keys, unpack(traces))
      assert.equal(sum(objects("sched", unpack(traces)), "total"), sum(rows, "waited"), keys)
    end
  end)

  it("of procs is a share of each trace's own time", function()
    for _, row in ipairs(objects("procs", "--by=trace", unpack(traces))) do
      local share = sum(objects("procs", row.trace), "percent")
      assert.is_true(math.abs(share - row.percent) < 0.03, row.trace)
    end
  end)

  it("of procs by what runs is a share of the time that was busy", function()
    local whole = sum(objects("procs", unpack(traces)), "busy")
    for _, keys in ipairs { "func", "name", "state,func" } do
      local rows = objects("procs", "--by=" .. keys, unpack(traces))
      assert.equal(whole, sum(rows, "busy"))
      assert.is_true(math.abs(sum(rows, "percent") - 100) < 0.01 * #rows)
      assert.is_nil(rows[1].idle)
      for i = 2, #rows do
        assert.is_true(rows[i - 1].busy >= rows[i].busy)
      end
    end
  end)

  it("of overview is a row for each trace, of its own figures", function()
    local rows = objects("overview", "--by=trace", unpack(traces))
    assert.equal(#traces, #rows)
    for i, trace in ipairs(traces) do
      local r, row = dkjson.decode(prints("-F", "json", trace)), rows[i]
      assert.equal(trace, row.trace)
      assert.equal(r.trace.duration, row.duration)
      assert.equal(r.totals.gc.share, row.gc)
      assert.equal(r.totals.gc.longest_stop, row.stop)
      assert.equal(r.sched.p99, row.p99)
      assert.equal(r.findings[1].id, row.finding)
    end
    assert.matches("^trace,duration,", prints("--by=trace", "-F", "csv", traces[1]))
    for line in prints("--by=trace", unpack(traces)):gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
  end)
end)

describe("Collections of several traces", function()
  it("are told apart", function()
    local a, b = traces[2], recording "1.26-gc"
    local function by_table(rows, into)
      for _, row in ipairs(rows) do
        into[row.table] = into[row.table] or {}
        table.insert(into[row.table], row)
      end
      return into
    end
    local both = by_table(objects("gc", a, b), {})
    local alone = by_table(objects("gc", b), by_table(objects("gc", a), {}))
    for _, name in ipairs { "cycles", "collector", "course" } do
      assert.same(alone[name], both[name])
    end
    assert.is_nil(prints("gc", a):find("trace", 1, true))
  end)
end)
