-- Answers that are whole: parts that make it up, all rows for programs, waits called by what was
-- waited for, and one figure under one word.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

local annotations = program.recording "annotations"
local gc = program.recording "gc"
local http = program.recording "http"

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

local function objects(...)
  local list = {}
  for line in prints("-F", "json", ...):gmatch "[^\n]+" do
    list[#list + 1] = dkjson.decode(line)
  end
  return list
end

local function sum(list, field)
  local n = 0
  for _, row in ipairs(list) do
    n = n + row[field]
  end
  return n
end

describe("The row of what has no key", function()
  it("comes through partial files in any order, and processes", function()
    for _, form in ipairs { "text", "csv", "json" } do
      local line = { "-F", form, "-a", "count(), sum(dur), quantile(dur) by task_name, reason" }
      local function with(...)
        local all = { unpack(line) }
        for _, word in ipairs { ... } do
          all[#all + 1] = word
        end
        return prints(unpack(all))
      end
      line[4] = "count(), sum(dur) by task_name, reason"
      local want = with(annotations, http)
      local one, two = program.tmpname(), program.tmpname()
      with("--partial-out", one, annotations)
      with("--partial-out", two, http)
      assert.equal(want, prints("merge", one, two))
      assert.equal(want, prints("merge", two, one))
      assert.equal(want, with("-j", "2", annotations, http))
    end
  end)

  it("makes the parts of bundled scripts the whole", function()
    for name, field in pairs { blocks = "total", sched = "total", syscalls = "total", wakers = "waited" } do
      local function whole_by(keys) -- of http syscalls, as only the tracer makes some in the other
        return sum(objects(name, "--by=" .. keys, name == "syscalls" and http or annotations), field)
      end
      local whole = whole_by "trace"
      assert.is_true(whole > 0)
      assert.equal(whole, whole_by "task_name", name)
      assert.equal(whole, whole_by "log:number, waker_func", name)
    end
  end)
end)

describe("Programs get all rows", function()
  it("of what people see the first of, unless --top is given", function()
    local text = prints("blocks", "--by=g, place", http)
    local left = tonumber(text:match "\n%.%.%. and (%d+) more")
    assert.is_true(left > 0)
    assert.equal(20 + left, #objects("blocks", "--by=g, place", http))
    assert.equal(20 + left, select(2, prints("-F", "csv", "blocks", "--by=g, place", http):gsub("\n", "")) - 1)
    assert.equal(3, #objects("blocks", "--by=g, place", "--top=3", http))
    assert.matches("default 20; 0 in csv and json", prints("--help", "blocks"), 1, true)
  end)

  it("of an option's own default_data", function()
    local code = 'args = { { name = "n", type = "int", default = 2, default_data = 7 } } print(opt.n) on.any = print'
    local function first(...)
      return program.run { "-e", code, ... }.out:match "^[^\n]+"
    end
    assert.equal("2", first(annotations))
    assert.equal("7", first("-F", "json", annotations))
    assert.equal("5", first("-F", "csv", "--n=5", annotations))
    local r = program.run { "-e", code:gsub("7", "true"), annotations }
    assert.matches("the default_data true is no int", r.err)
  end)
end)

describe("blocks", function()
  it("calls a wait for the collector one", function()
    local by = {}
    for _, row in ipairs(objects("blocks", "--by=cause", gc)) do
      by[row.cause] = row.total
    end
    assert.is_true(by["sync (GC)"] > 0)
    assert.is_true(by["GC mark assist wait for work"] > 0)
    assert.is_nil(by["GC mark assist wait for work (GC)"])
    -- By its frames: those of the program's own locks are no waits for the collector.
    local want = objects("-f", 'state == "Waiting" and not system and reason == "sync" and (' ..
      'has(stack, "runtime.gcStart") or has(stack, "runtime.gcMarkDone") or has(stack, "runtime.stopTheWorldGC"))',
      "-a", "sum(dur) as total", gc)
    assert.equal(want[1].total, by["sync (GC)"])
    assert.equal("sync", objects("blocks", "--by=cause", annotations)[2].cause)
  end)

  it("says how much of syscalls there is", function()
    local total = sum(objects("syscalls", http), "total")
    local calls = sum(objects("syscalls", http), "calls")
    assert.matches("\n\nnot among them +ask +total +calls\nsyscalls +gotrace%-lua syscalls +%S+ +" .. calls .. "\n",
      prints("blocks", http))
    assert.is_true(total > 0)
    assert.not_matches("syscall", prints("-F", "csv", "blocks", "--by=reason", http))
  end)
end)

describe("One word is one figure", function()
  it("in gc, goroutines, sched and the overview", function()
    for _, name in ipairs { "gc", "http", "services" } do
      local trace = program.recording(name)
      local o = objects("overview", trace)[1]
      local assists = objects("--spans=assist", "-a", "sum(dur) as ns, sum(stats.exec) as ran", trace)[1]
      assert.equal(assists.ns, o.totals.gc.assist)
      assert.equal(assists.ns, o.totals.stats.gc_assist)
      assert.equal(assists.ran, o.totals.gc.assist_exec)
      assert.equal(assists.ns, sum(objects("gc", "--by=trace", trace), "assist"))
      local sched = objects("sched", "--by=trace", trace)[1]
      assert.equal(o.sched.count, sched.waits)
      assert.equal(o.totals.stats.sched_wait, sched.total)
      local all = objects("sched", "--by=trace", "--system", trace)[1]
      assert.is_true(all.waits > sched.waits)
      assert.equal(all.total, objects("-f", 'state == "Runnable"', "-a", "sum(dur) as ns", trace)[1].ns)
    end
  end)
end)
