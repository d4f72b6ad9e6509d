-- goroutine and related: on a trace whose right answer is known, and against the tables of all
-- goroutines.
local dkjson = require "dkjson"
local program = require "support.program"
local small = require "spans.small"

teardown(program.clean)

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

local function recording(name)
  return program.root .. "testdata/real/go" .. name .. ".trace"
end

local MAIN, WORKER, CHAN, SLEEP = 1, 2, 1, 7 -- of small.lua

-- Goroutine 1 creates 2, which works on task 1, sleeps twice, and is woken once.
local function life()
  return small.one_thread({ "UserTaskBegin", 9, 1, 0, 5, MAIN }, { "GoCreate", 10, 2, WORKER, MAIN },
    { "GoBlock", 10, CHAN, MAIN }, { "GoStart", 10, 2, 1 }, -- 40
    { "UserRegionBegin", 5, 1, 6, WORKER }, { "GoBlock", 5, SLEEP, WORKER }, { "GoUnblock", 100, 2, 2 }, -- 150
    { "GoStart", 10, 2, 3 }, { "UserRegionEnd", 10, 1, 6, WORKER }, { "GoUnblock", 10, 1, 1, WORKER }, -- 180
    { "GoBlock", 10, CHAN, WORKER }, { "GoStart", 10, 1, 2 }, { "GoUnblock", 10, 2, 4, MAIN }, -- 210
    { "UserTaskEnd", 5, 1, MAIN }, { "GoBlock", 5, SLEEP, MAIN }, { "GoStart", 10, 2, 5 }, { "GoDestroy", 20 }) -- 250
end

describe("goroutine", function()
  it("is a page of text", function()
    local path = life()
    assert.equal([[
trace       FILE
goroutine   2 main.worker
created     0.000000020 by 1 main.main at main.main:1
life        0.000000020 to 0.000000250, 230ns

time        for           total  percent
block       sleep         100ns   43.48%
exec                       60ns   26.09%
sched_wait                 50ns   21.74%
block       chan receive   20ns     8.7%

from         wait for      waker        dur  place
0.000000050  sleep         -          100ns  main.worker:2
0.000000190  chan receive  main.main   20ns  main.worker:2

region  total  times    max
inner   125ns      1  125ns

task  name   worked
   1  outer   195ns
]], (prints("goroutine", "-G", "2", path):gsub(path, "FILE"):gsub(" +\n", "\n")))
  end)

  it("is one object of JSON", function()
    local o = dkjson.decode(prints("-F", "json", "goroutine", "-G", "2", life()))
    assert.same({ 2, "main.worker", 1, "main.main", 20, 40, 250 },
      { o.id, o.name, o.creator, o.creator_name, o.created, o.started, o.ended })
    assert.matches("^main.main ", o.created_at)
    assert.same({ exec = 60, sched_wait = 50, block = 120, total = 230, syscall = 0, syscall_block = 0, gc_assist = 0,
      sweep = 0, unknown = 0, block_by = { sleep = 100, ["chan receive"] = 20 } }, o.stats)
    assert.same({ { from = 50, dur = 100, reason = "sleep", place = "main.worker main.go:2" },
      { from = 190, dur = 20, reason = "chan receive", place = "main.worker main.go:2", waker = 1,
        waker_name = "main.main" } }, o.waits)
    assert.same({ { name = "inner", count = 1, total = 125, max = 125 } }, o.regions)
    assert.same({ { id = 1, name = "outer", total = 195 } }, o.tasks)
  end)

  it("says what is not over, and what began before", function()
    local o = dkjson.decode(prints("-F", "json", "goroutine", "-G", "1", "--top=1", life()))
    assert.equal("both", o.open)
    assert.is_nil(o.creator)
    assert.is_nil(o.ended)
    assert.equal(1, #o.waits)
    assert.same({ from = 30, dur = 150, reason = "chan receive", place = "main.main main.go:1", waker = 2,
      waker_name = "main.worker" }, o.waits[1])
    assert.same({ { id = 1, name = "outer", total = 205 } }, o.tasks)
    assert.matches("\ncreated     before the trace\nlife        0.000000000 to 0.000000251, 251ns, not ended\n",
      prints("goroutine", "-G1", life()))
  end)

  it("has the figures that `goroutines` has", function()
    local path, n = recording "1.27-http", 0
    for line in prints("-F", "json", "goroutines", "--by=id", "--system", path):gmatch "[^\n]+" do
      local all = dkjson.decode(line)
      n = n + 1
      if n % 8 == 1 then
        local o = dkjson.decode(prints("-F", "json", "goroutine", "-G" .. all.id, "--top=0", path))
        local blocked = 0
        for word, ns in pairs(o.stats) do
          assert.same(all[word], ns, word)
        end
        for _, wait in ipairs(o.waits) do
          blocked = blocked + wait.dur
        end
        assert.equal(all.name, o.name)
        if not (o.stats.block_by.forever or o.open) then
          assert.equal(all.block, blocked)
        end
      end
    end
    assert.is_true(n > 50)
  end)

  it("has the same figures in CSV", function()
    local out = prints("-F", "csv", "goroutine", "-G2", life())
    assert.matches("^file,figure,value\n", out)
    assert.matches(",stats.block_by.sleep,100\n", out)
    assert.matches(",waits.2.waker_name,main.main\n", out)
    assert.matches(",tasks.1.total,195\n$", out)
  end)

  it("wants a number", function()
    local r = program.run { "goroutine", life() }
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: goroutine wants --goroutine: its number (see gotrace-lua --help goroutine)\n", r.err)
  end)
end)

describe("goroutines", function()
  it("says of each function how far its goroutines are apart, in what is asked for", function()
    local path, by = recording "1.27-faults", {}
    local words = { "total", "exec", "sched_wait", "block" }
    for line in prints("-F", "json", "goroutines", "--by=id", path):gmatch "[^\n]+" do
      local g = dkjson.decode(line)
      for _, word in ipairs(words) do
        local key = g.name .. " " .. word
        by[key] = by[key] or {}
        table.insert(by[key], g[word])
      end
    end
    local rows = 0
    for line in prints("-F", "json", "goroutines", "--top=0", "--of=total,exec,sched_wait,block", path)
      :gmatch '{"table":"each"[^\n]+' do
      local row = dkjson.decode(line)
      local list, sum = by[row["function"] .. " " .. row.of], 0
      table.sort(list)
      for _, ns in ipairs(list) do
        sum = sum + ns
      end
      assert.same({ #list, list[1], list[#list] }, { row.n, row.min, row.max })
      assert.is_true(math.abs(sum / #list - row.mean) < 1)
      local middle = list[math.ceil(#list / 2)]
      assert.is_true(math.abs(row.p50 - middle) <= 0.02 * middle, line)
      rows = rows + 1
    end
    assert.equal(4 * 6, rows)
  end)

  it("compares totals unless told otherwise, and by number nothing", function()
    local _, n = prints("-F", "csv", "goroutines", recording "1.27-faults"):gsub(",total,%d+,%d+,%d", "%0")
    assert.equal(6, n)
    assert.is_nil(prints("-F", "csv", "goroutines", "--by=id", recording "1.27-faults"):find("p99", 1, true))
    local r = program.run { "goroutines", "--of=exce", recording "1.27-faults" }
    assert.equal(2, r.status)
    assert.matches('^gotrace%-lua: %-%-of: "exce" is not one of total, exec, ', r.err)
  end)
end)

describe("related", function()
  it("is who ended waits, up to two steps away", function()
    -- 4 wakes 3, which wakes 2, which wakes 1.
    local path = small.one_thread({ "GoStatus", 0, 2, -1, 4 }, { "GoStatus", 0, 3, -1, 4 }, { "GoStatus", 0, 4, -1, 4 },
      { "GoUnblock", 9, 4, 1, MAIN }, { "GoBlock", 10, CHAN, MAIN }, { "GoStart", 10, 4, 2 },
      { "GoUnblock", 10, 3, 1, WORKER }, { "GoBlock", 10, CHAN, WORKER }, { "GoStart", 10, 3, 2 },
      { "GoUnblock", 10, 2, 1, WORKER }, { "GoBlock", 10, CHAN, WORKER }, { "GoStart", 10, 2, 2 },
      { "GoUnblock", 10, 1, 1, WORKER }, { "GoBlock", 10, CHAN, WORKER }, { "GoStart", 10, 1, 2 })
    assert.equal("of,steps,goroutine,wakes,waited\n1,0,G1 main.main,0,0\n1,1,G2 main.worker,1,80\n" ..
      "1,2,G3 main.worker,1,70\n", prints("-F", "csv", "related", "-G1", path))
    assert.equal("of,steps,goroutine,wakes,waited\n2,0,G2 main.worker,0,0\n2,1,G3 main.worker,1,70\n" ..
      "2,2,G4 main.worker,1,40\n4,0,G4 main.worker,0,0\n4,1,G1 main.main,1,10\n4,2,G2 main.worker,1,80\n",
      prints("-F", "csv", "related", "-G4", "-G2", path))
  end)

  it("takes in only waits that end in a window", function()
    local path = life()
    assert.equal("1,1,G2 main.worker,1,150\n", prints("-F", "csv", "related", "-G1", path):match "1,1,.*")
    assert.equal("1,1,G2 main.worker,1,80\n",
      prints("-F", "csv", "related", "-G1", "--from=100ns", path):match "1,1,.*")
    assert.is_nil(prints("-F", "csv", "related", "-G1", "--to=170ns", path):match "1,1,.*")
  end)
end)
