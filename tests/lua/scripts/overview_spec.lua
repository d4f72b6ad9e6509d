-- overview: what the program shows of a trace where nothing says what to do.
local lfs = require "lfs"
local program = require "support.program"
local schema = require "lua.scripts.forms.schema"
local small = require "spans.small"
local trace = require "support.trace"

teardown(program.clean)

local whole = schema.decode(program.read(program.root .. "docs/overview.schema.json"))

local recordings = {}
for name in lfs.dir(program.root .. "testdata/real") do
  recordings[#recordings + 1] = name:find "%.trace$" and program.root .. "testdata/real/" .. name or nil
end
table.sort(recordings)

local function recording(name)
  return program.root .. "testdata/real/go" .. name .. ".trace"
end

-- Of testdata/planted: one of the services there.
local function planted(name)
  return function()
    return program.root .. "testdata/planted/" .. name .. ".trace"
  end
end

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- The report of a trace, checked.
local function checked(line)
  assert.is_true(#line < 8192, #line .. " bytes")
  local report = schema.decode(line)
  assert.is_nil(schema.check(report, whole))
  return report
end

local function report(...)
  return checked(prints("-F", "json", ...))
end

local function finding(r, id)
  for _, f in ipairs(r.findings) do
    if f.id == id then
      return f
    end
  end
end

-- What the program answered of a measure for each key, in JSON.
local function answers(key, value, ...)
  local by = {}
  for line in prints("-F", "json", ...):gmatch "[^\n]+" do
    local row = schema.decode(line)
    by[row[key]] = row[value]
  end
  return by
end

describe("Overviews of all recordings", function()
  local lines = {}

  setup(function()
    for line in prints("-F", "json", unpack(recordings)):gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
  end)

  it("are JSON by the schema, in at most 8 KB, an object a line", function()
    assert.equal(#recordings, #lines)
    for i, line in ipairs(lines) do
      local r = checked(line)
      assert.equal(recordings[i], r.trace.file)
      assert.is_true(r.totals.busy <= r.totals.capacity, r.trace.file)
      assert.is_false(r.truncated)
    end
  end)

  it("are the same bytes again, by whatever path", function()
    local again = program.run { "-F", "json", env = "GOTRACE_PATHS=slow", unpack(recordings) }
    assert.equal("", again.err)
    assert.is_true(table.concat(lines, "\n") .. "\n" == again.out)
  end)

  it("are the same alone", function()
    for i = 1, #recordings, 20 do
      assert.equal(lines[i] .. "\n", prints("-F", "json", recordings[i]))
    end
  end)

  it("fit a screen as text", function()
    local heights = {}
    for line in prints(unpack(recordings)):gmatch "([^\n]*)\n" do
      if line:find(program.root .. "testdata/", 1, true) == 1 then
        heights[#heights + 1] = 0
      end
      heights[#heights] = heights[#heights] + 1
      assert.is_true(#line <= 80 + #program.root, line)
    end
    assert.equal(#recordings, #heights)
    table.sort(heights)
    assert.is_true(heights[1] >= 15)
    assert.is_true(heights[#heights] <= 40 + 1) -- and the line before the next
  end)

  it("are rows of CSV, in one table", function()
    local out, seen = prints("-F", "csv", unpack(recordings)), {}
    assert.matches("^file,figure,value\n", out)
    for file, duration in out:gmatch "\n([^,\n]+),trace%.duration,(%d+)" do
      seen[#seen + 1] = file .. " " .. duration
    end
    for i, line in ipairs(lines) do
      local r = schema.decode(line)
      assert.equal(("%s %d"):format(r.trace.file, r.trace.duration), seen[i])
    end
    assert.equal(#lines, #seen)
  end)

  it("suggest commands that run", function()
    local shapes = {}
    for _, line in ipairs(lines) do
      local r = schema.decode(line)
      local all = { unpack(r.next) }
      for _, f in ipairs(r.findings) do
        all[#all + 1] = f.command
      end
      for _, command in ipairs(all) do
        shapes[command:gsub(" %S+$", "")] = command
      end
    end
    local n = 0
    for _, command in pairs(shapes) do
      local r = program.shell((command:gsub("^gotrace%-lua", program.quote(program.path))))
      assert.equal("", r.err, command)
      assert.equal(0, r.status, command)
      assert.is_true(#r.out > 0, command)
      n = n + 1
    end
    assert.is_true(n >= 12, n .. " commands")
  end)
end)

describe("What an overview says", function()
  it("is what spans add up to", function()
    for _, name in ipairs { "1.27-faults", "1.21-gc", "1.15-mix", "1.23-generations" } do
      local path = recording(name)
      local r = report("overview", "--system", path)
      local by = answers("state", "ns", "-a", "sum(dur) as ns by state", path)
      local account = r.totals.stats
      assert.equal(by.Running, account.exec)
      assert.equal(by.Running, r.totals.busy)
      assert.equal(by.Runnable or 0, account.sched_wait)
      assert.equal(by.Syscall or 0, account.syscall + account.syscall_block)
      assert.equal(by.Waiting, account.block)
      local reasons = answers("reason", "ns", "-a", "sum(dur) as ns by reason", path)
      for reason, ns in pairs(account.block_by) do
        assert.equal(reasons[reason], ns)
      end
      local stops = answers("kind", "ns", "--spans=stw", "-a", "max(dur) as ns by kind", path)
      assert.equal(stops.stw or 0, r.totals.gc.longest_stop)
    end
  end)

  it("leaves out what is the runtime's", function()
    local path = recording "1.27-faults"
    local r = report(path)
    local by = answers("state", "ns", "-f", 'not system and not func:find "^runtime/"', "-a",
      "sum(dur) as ns by state", path)
    assert.equal(by.Running, r.totals.stats.exec)
    assert.equal(by.Waiting, r.totals.stats.block)
    assert.same({ begin = 1, created = 23, ["end"] = 8 }, r.totals.goroutines)
    assert.is_true(report("--system", path).totals.goroutines["end"] > 8)
  end)

  it("is about the window", function()
    local r = report("--from", "10ms", "--to", "30ms", recording "1.27-faults")
    assert.equal(20e6, r.trace.duration)
    assert.equal(4 * 20e6, r.totals.capacity)
    local ran = answers("state", "ns", "--from", "10ms", "--to", "30ms", "-a", "sum(dur) as ns by state",
      recording "1.27-faults")
    assert.equal(ran.Running, r.totals.busy)
  end)

  it("counts the procs that there were", function()
    -- The first number held before, too: 4, then 7 from 256,512 ns on, and so on.
    local capacity, since, procs = 0, 0, 4
    local out = prints("-f", 'type == "ProcsChange"', "-p", "time,procs", recording "1.27-procs")
    assert.matches("^22528\t4\n24896\t4\n256512\t7\n", out)
    for time, n in (out .. "24945216\t0\n"):gmatch "(%d+)\t(%d+)" do
      capacity = capacity + procs * (time - since)
      since, procs = tonumber(time), tonumber(n)
    end
    local r = report(recording "1.27-procs")
    assert.equal(capacity, r.totals.capacity)
    assert.equal(12, r.trace.gomaxprocs)
  end)
end)

describe("A trace of Go 1.5", function()
  it("has no names: what its collector took is not known", function()
    local path = program.build(program.read(program.root .. "testdata/good/go1.5-gc.yaml"))
    local gc = report(path).totals.gc
    assert.equal(schema.null, gc.workers)
    assert.equal(schema.null, gc.share)
    assert.matches("\ncollector +%d cycles?; Go 1.5 has no names", prints(path))
  end)
end)

describe("A collection whose worker has no name", function()
  it("took nobody knows what", function()
    local path = recording "1.21-gccost"
    local gc = report("overview", path).totals.gc
    assert.is_true(gc.cycles > 0)
    assert.equal(schema.null, gc.workers)
    assert.equal(schema.null, gc.share)
    local line = "\ncollector   5 cycles; its workers have no names: what they took is unknown\n"
    assert.matches(line, prints(path), 1, true)
  end)
end)

describe("A goroutine that is created blocked", function()
  it("waits for what the trace does not say", function()
    local path = program.build(program.read(program.root .. "testdata/good/go1.23-coroutines.yaml"))
    local account = report(path).totals.stats
    assert.equal(account.block, account.block_by[""])
    assert.equal(10 + 9, account.block) -- of goroutine 2; 1 has no name
  end)
end)

-- What testdata/programs/faults.go found out about itself.
local function measured(path, what)
  local out = prints("-f", ('key == "measured %s"'):format(what), "-p", "value", path)
  return tonumber(out)
end

describe("The findings of faults.go", function()
  for _, name in ipairs { "1.21-faults", "1.27-faults" } do
    local path = recording(name)

    it("name the lock, and how long goroutines waited for it, of " .. name, function()
      local f = finding(report(path), "lock")
      local own = measured(path, "lock waits")
      assert.matches("main.wantLock:113", f.claim, 1, true)
      assert.is_true(math.abs(f.value - own) <= 0.05 * own, f.value .. " " .. own)
      assert.equal("sync.(*Mutex).Lock", f.evidence.stack[1]:match "^(.*):%d+$")
      assert.matches("^main.wantLock:", f.evidence.stack[2])
    end)

    it("name the goroutines that wait for what never comes, of " .. name, function()
      local r = report(path)
      local f = finding(r, "wait_forever")
      assert.equal(7, f.value) -- leakGoroutines(7)
      assert.matches("main.waitForNothing:129", f.claim, 1, true)
      assert.equal(7, finding(r, "goroutines_grow").value)
    end)

    it("name the slow requests, of " .. name, function()
      local r = report(path)
      local f, task = finding(r, "task_tail"), r.tasks[1]
      assert.equal("request", task.name)
      assert.equal(12, task.count)
      assert.is_true(task.max >= 4e6) -- lookUpSlowly sleeps as long
      assert.equal(math.floor(10 * task.p99 / task.p50 + 0.5) / 10, f.value)
      assert.equal(task.max, f.evidence.to - f.evidence.from)
    end)
  end

  it("name the slow reads", function()
    -- Go 1.21 says nothing of reads that keep their proc.
    local path = recording "1.27-faults"
    local f = finding(report(path), "syscall_blocked")
    local own = measured(path, "slow reads")
    assert.matches("^5 syscalls at main.readSlowly:145", f.claim)
    assert.is_true(math.abs(f.value - own) <= 0.05 * own)
  end)
end)

local function busy_for(ns, idle)
  return small.one_thread({ "ProcsChange", 0, 1, 0 }, { "GoStop", ns - 1, 10, 1 }, { "GoStart", idle, 1, 1 },
    { "GoDestroy", 0 })
end

local function first_bytes(name, n)
  return program.tmpfile(program.read(recording(name)):sub(1, n))
end

-- Of each rule a trace that shows it, and one that does not.
local rules = {
  damage = { function() return first_bytes("1.27-http", 50000) end, "1.27-http" },
  stw_long = { "1.27-procs", "1.27-http" },
  sched_latency = { "1.27-faults", "1.27-http" },
  cpu_saturated = { "1.27-gccost", "1.27-cpusamples" },
  cpu_idle = { "1.27-annotations", "1.27-http" },
  gc_share = { "1.27-gc", "1.27-faults" },
  assist = { "1.27-gc", "1.27-faults" },
  lock = { "1.27-faults", "1.27-channels" },
  chan_send = { planted "ingest", "1.27-channels" },
  long_run = { "1.27-faults", "1.27-http" },
  syscall_blocked = { "1.27-faults", "1.27-http" },
  goroutines_grow = { "1.27-faults", "1.27-http" },
  wait_forever = { "1.27-faults", "1.27-http" },
  task_tail = { "1.27-faults", "1.27-annotations" },
  task_outlier = { planted "render", "1.27-faults" },
}

-- The finding of a rule in a trace, a recording's name or what makes a path; whatever is damaged.
local function found(id, trace_of)
  local path = type(trace_of) == "string" and recording(trace_of) or trace_of()
  local r = program.run { "-q", "-F", "json", path }
  assert.is_true(r.status == 0 or r.status == 3)
  return finding(checked(r.out), id)
end

local function sorted_keys(t)
  local list = {}
  for key in pairs(t) do
    list[#list + 1] = key
  end
  table.sort(list)
  return list
end

local function sorted_matches(text, pattern)
  local seen = {}
  for id in text:gmatch(pattern) do
    seen[id] = true
  end
  return sorted_keys(seen)
end

describe("Rules of findings", function()
  it("are all looked at here, and stand in the schema and in the docs", function()
    local ids = sorted_matches(program.read(program.root .. "scripts/overview/findings.lua"), '\n  id = "([%w_]+)"')
    assert.is_true(#ids >= 13)
    assert.same(ids, sorted_keys(rules))
    local listed = { unpack(whole.properties.findings.items.properties.id.enum) }
    table.sort(listed)
    assert.same(ids, listed)
    local heads = {}
    local page = program.read(program.root .. "docs/scripting.md"):match "| finding | is told from |\n(.-)\n\n"
    for head in page:gmatch "\n| ([^|]+) |" do
      heads[#heads + 1] = head
    end
    assert.same(ids, sorted_matches(table.concat(heads), "`([%w_]+)`"))
  end)

  for id, traces in pairs(rules) do
    it(id .. " is where it should be", function()
      local f = found(id, traces[1])
      assert.is_table(f)
      assert.is_true(f.id == "cpu_idle" and f.value <= f.threshold or f.id ~= "cpu_idle" and f.value >= f.threshold)
      assert.is_true(#f.claim > 0)
    end)

    it(id .. " is nowhere else", function()
      assert.is_nil(found(id, traces[2]))
    end)
  end
end)

describe("A finding", function()
  it("cpu_saturated is a proc that is always busy", function()
    local f = finding(report(busy_for(9e5, 1e5)), "cpu_saturated")
    assert.equal(90, f.value)
    assert.equal("main.main", f.evidence.func)
    assert.is_nil(finding(report(busy_for(8e5, 2e5)), "cpu_saturated"))
  end)

  it("long_run begins at 20 ms", function()
    local f = finding(report(busy_for(20e6, 1e6)), "long_run")
    assert.equal(20e6, f.value)
    assert.same({ 0, 20e6 }, { f.evidence.from, f.evidence.to })
    assert.equal(1, f.evidence.g)
    assert.is_nil(finding(report(busy_for(20e6 - 1, 1e6)), "long_run"))
  end)

  it("stw_long begins at 1 ms", function()
    local function stopped(ns)
      return report(small.one_thread({ "STWBegin", 100, 9, 0 }, { "STWEnd", ns }, { "GoDestroy", 5e6 }))
    end
    local f = finding(stopped(1e6), "stw_long")
    assert.equal(1e6, f.value)
    assert.matches("GC sweep termination", f.claim)
    assert.equal(1e6, f.evidence.to - f.evidence.from)
    assert.is_nil(finding(stopped(1e6 - 1), "stw_long"))
    assert.equal("high", finding(stopped(1e7), "stw_long").severity)
    assert.equal("medium", f.severity)
  end)

  it("cpu_idle needs a trace that lasts", function()
    local r = program.run { "-q", "-F", "json", program.tmpfile("go 1.26 trace\0\0\0") }
    assert.equal(3, r.status)
    local one = checked(r.out)
    assert.equal(1, #one.findings)
    assert.equal("damage", one.findings[1].id)
  end)

  it("damage is told first, and what is readable with it", function()
    local text = program.read(recording "1.27-http")
    local path = program.tmpfile(text:sub(1, 50000))
    local r = program.run { "-q", "-F", "json", path }
    assert.equal(3, r.status)
    local f = checked(r.out).findings[1]
    assert.equal("damage", f.id)
    assert.equal("high", f.severity)
    assert.is_nil(finding(report(recording "1.27-http"), "damage"))
  end)
end)

describe("The command line", function()
  it("shows a page for a trace, as by the script's name", function()
    local path = recording "1.27-http"
    local page = prints(path)
    assert.equal(page, prints("overview", path))
    assert.equal(page .. "\n" .. page, prints(path, path))
    assert.equal(page, prints("--from=0s", path))
  end)

  it("reads standard input", function()
    local r = program.shell(("%s - <%s"):format(program.quote(program.path), program.quote(recording "1.27-http")))
    assert.equal("", r.err)
    assert.equal(0, r.status)
    assert.matches("^%-\ntrace +of Go 1.26 or 1.27, 18.56ms, 12,896 events", r.out)
    assert.matches("\n  gotrace%-lua blocks %-\n", r.out)
  end)

  it("says it where a script comes behind the trace", function()
    local r = program.run { recording "1.27-http", "blocks" }
    assert.equal(2, r.status)
    assert.equal(("gotrace-lua: %s is a trace: a script comes first, such as in gotrace-lua blocks %s\n"):format(
      recording "1.27-http", recording "1.27-http"), r.err)
  end)

  it("knows the script's options, and no others", function()
    local r = program.run { "--sytsem", recording "1.27-http" }
    assert.equal(2, r.status)
    assert.matches("%-%-sytsem", r.err)
  end)
end)

describe("Paths in commands", function()
  local text = program.read(recording "1.27-annotations")

  -- Runs a report's commands where the trace is.
  local function run_all(folder, name)
    local r = program.shell(("cd %s && %s -F json %s"):format(program.quote(folder), program.quote(program.path),
      program.quote(name)))
    assert.equal("", r.err)
    local one = checked(r.out)
    for _, command in ipairs(one.next) do
      local again = program.shell(("cd %s && %s"):format(program.quote(folder),
        (command:gsub("^gotrace%-lua", program.quote(program.path)))))
      assert.equal("", again.err, command)
      assert.is_true(#again.out > 0)
    end
    return one
  end

  it("are words for the shell", function()
    for _, name in ipairs { "it's a $(trace).trace", "a b", "x;y*", "-dash" } do
      local folder = program.folder { ["t"] = text }
      assert(os.rename(folder .. "/t", folder .. "/" .. name))
      run_all(folder, name == "-dash" and "./-dash" or name)
    end
  end)

  it("that are very long are the reader's", function()
    local long = ("d"):rep(200)
    local folder = program.folder { [long .. "/" .. ("f"):rep(200)] = text }
    local r = report(folder .. "/" .. long .. "/" .. ("f"):rep(200))
    assert.equal("gotrace-lua blocks TRACE", r.next[1])
    assert.is_true(#r.trace.file <= 256)
  end)
end)

describe("A trace of endless names", function()
  local strings, stacks, events = {}, {}, {}
  for i = 1, 60 do
    strings[i] = ("%c"):format(i % 30 + 1):rep(900) .. i
    stacks[i] = { { 16 * i, i, i, 1 } }
  end
  local function add(...)
    events[#events + 1] = { ... }
  end
  add("ProcStatus", 0, 0, 1)
  add("GoStatus", 1, 1, 1, 2)
  for i = 1, 40 do
    add("GoCreate", 1, 10 + i, i, i)
    add("UserTaskBegin", 1, i, 0, i, i)
    add("UserTaskEnd", 1e6 * i, i, i)
  end
  add("GoDestroy", 1)
  for i = 1, 40 do
    add("GoStart", 1, 10 + i, 1)
    add("GoBlock", 30e6, i, i)
  end
  events.m, events.time = 1, 1000
  local path = program.tmpfile(trace.file(26, { strings = strings, stacks = stacks, time = 1000, events }))

  it("has no more than 8 KB, and says so", function()
    local r = report(path)
    assert.is_true(r.truncated)
    assert.is_true(#r.next == 3)
  end)

  it("is text without control characters", function()
    for line in prints(path):gmatch "[^\n]+" do
      assert.is_nil(line:find "%c")
    end
  end)
end)

it("breaks a line of figures that has no room, and cuts none of it", function()
  local generations = {}
  for gen = 1, 11 do
    local batch = { m = 1, time = 1e6 * gen }
    for i = 1, 1000 do
      batch[i] = trace.idle(777, i)
    end
    generations[gen] = { gen = gen, time = 1e6 * gen, batch }
  end
  local path = program.tmpfile(trace.file(26, unpack(generations)))
  assert.matches("\ntrace       of Go 1.26 or 1.27, [%d.]+ms, 11,000 events in 11 generations," ..
    "\n            [%d.]+KiB\nprocs", prints(path))
end)
