-- runnable, and the small pictures that other scripts draw of a trace's time.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

local faults = program.recording "faults"
local gc = program.recording "gc"

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- The objects of a table.
local function objects(name, ...)
  local list = {}
  for line in prints("-F", "json", ...):gmatch "[^\n]+" do
    local object = dkjson.decode(line)
    if not object.table or object.table == name then
      list[#list + 1] = object
    end
  end
  return list
end

-- ns by time, as -a has them.
local function sums(filter, every, trace)
  local by_time = {}
  for _, o in ipairs(objects(nil, "-f", filter, "-a", "sum(dur) as ns every " .. every, trace)) do
    by_time[o.time] = o.ns
  end
  return by_time
end

local function hundredths(x)
  return math.floor(x * 100 + 0.5) / 100
end

describe("runnable", function()
  for _, trace in ipairs { faults, gc, program.root .. "testdata/real/go1.21-faults.trace" } do
    it("shows how many wait on average, as -a does: " .. trace:match "[^/]*$", function()
      local rows = objects("runnable", "runnable", "--system", trace)
      assert.is_true(#rows > 10 and #rows <= 40)
      local step = rows[2].time - rows[1].time
      local want = sums('state == "Runnable"', step / 1000 .. "us", trace)
      for _, row in ipairs(rows) do
        assert.equal(hundredths((want[row.time] or 0) / step), row.waiting)
      end
    end)

    it("finds the worst moment, and who ran then: " .. trace:match "[^/]*$", function()
      local worst = objects("worst", "runnable", "--system", "--top=1", trace)
      local duration = tonumber(prints("-e", "function on.finish(t) print(t.duration) end", trace))
      local step = duration > 4e7 and 1e5 or duration > 2e7 and 2e4 or 1e4
      assert.equal(0, worst[1].worst % step)
      local most = 0
      for _, ns in pairs(sums('state == "Runnable"', step / 1000 .. "us", trace)) do
        most = math.max(most, ns)
      end
      assert.equal(hundredths(most / step), worst[1].waiting)
      local cpu = 0
      for _, row in ipairs(worst) do
        local ran = sums(('state == "Running" and func == "%s"'):format(row["function"]), step / 1000 .. "us", trace)
        assert.equal(hundredths(100 * (ran[row.worst] or 0) / step), row.cpu)
        cpu = cpu + row.cpu
      end
      assert.is_true(cpu > 0 and cpu <= 400)
    end)
  end

  it("has moments that are rows apart", function()
    local seen, n = {}, 0
    for _, row in ipairs(objects("worst", "runnable", "--system", "--top=5", "--rows=20", faults)) do
      local at = math.floor(row.worst / 5e6)
      n = n + (seen[at] and seen[at] ~= row.worst and 1 or 0)
      seen[at] = row.worst
    end
    assert.equal(0, n)
    assert.same({}, objects("worst", "runnable", "--top=0", faults)[41] or {})
  end)

  it("shows each of several traces", function()
    local alone, n = objects("runnable", "runnable", gc), 0
    assert.equal(gc, alone[1].trace)
    assert.is_nil(prints("runnable", gc):find(gc, 1, true))
    assert.is_truthy(prints("runnable", gc, faults):find("trace", 1, true))
    for _, row in ipairs(objects("runnable", "runnable", faults, gc)) do
      if row.trace == gc then
        n = n + 1
        assert.equal(alone[n].waiting, row.waiting)
      else
        assert.equal(faults, row.trace)
      end
    end
  end)
end)

local blocks = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }

-- How the sums of steps look.
local function picture(by_time, step, n)
  local marks = {}
  for i = 0, n - 1 do
    local ns = by_time[i * step] or 0
    marks[i + 1] = ns > 0 and blocks[math.ceil(ns / step * 8)] or "·"
  end
  return table.concat(marks)
end

local function length(text)
  return select(2, text:gsub("[^\128-\191]", ""))
end

describe("a picture", function()
  for _, case in ipairs {
    { "procs", "\n0 +([^%d%s]+)\n", 'state == "Running" and p == 0 and kind == "state"' },
    { "stw", "\nGC mark termination +([^%d%s]+)\n", 'kind == "stw" and name == "GC mark termination"' },
    { "gc", "\nmark +([^%d%s]+)\n", 'kind == "gc"' },
  } do
    it("is drawn by " .. case[1], function()
      local out = prints(case[1], gc)
      local each = out:match "over time, ([%d.]+m?u?s) each"
      local step = tonumber(each:match "[%d.]+") * (each:find "ms" and 1e6 or 1e3)
      local drawn = out:match(case[2])
      assert.is_true(length(drawn) <= 40)
      assert.equal(picture(sums(case[3], each, gc), step, length(drawn)), drawn)
      -- For people alone, and of one trace.
      assert.is_nil(prints("-F", "json", case[1], gc):find("over time", 1, true))
      assert.is_nil(prints(case[1], gc, gc):find("over time", 1, true))
    end)
  end
end)

describe("procs", function()
  it("has shares of the time of all traces", function()
    local one, two = objects(nil, "procs", gc), objects(nil, "procs", gc, gc)
    assert.same(one[1].percent, two[1].percent)
    assert.equal(2 * one[1].busy, two[1].busy)
  end)

  it("has shares of a window", function()
    local rows = objects(nil, "--from=5ms", "--to=10ms", "procs", gc)
    assert.is_true(#rows > 1)
    for _, row in ipairs(rows) do
      assert.equal(hundredths(row.busy / 5e6 * 100), row.percent)
    end
  end)
end)
