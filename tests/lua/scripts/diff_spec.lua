-- diff: two traces, or two folders, side by side.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

local old = program.root .. "testdata/real/go1.21-faults.trace"
local new = program.recording "faults"

local function run(...)
  return program.run { ... }
end

local function prints(...)
  local r = run(...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- The objects of a table that diff -F json has, in its order.
local function pairs_of(name, ...)
  local list = {}
  for line in prints("-F", "json", "diff", "--top=0", ...):gmatch "[^\n]+" do
    local object = dkjson.decode(line)
    list[#list + 1] = object.table == name and object or nil
  end
  return list
end

-- The objects of -a on one trace.
local function objects(filter, aggregation, trace)
  local list = {}
  for line in prints("-F", "json", "-f", filter, "-a", aggregation, trace):gmatch "[^\n]+" do
    list[#list + 1] = dkjson.decode(line)
  end
  return list
end

local function find(list, field, value)
  for _, object in ipairs(list) do
    if object[field] == value then
      return object
    end
  end
end

-- A folder with copies of recordings, by name.
local function folder(files)
  local texts = {}
  for name, path in pairs(files) do
    texts[name] = program.read(path)
  end
  return program.folder(texts)
end

describe("diff", function()
  it("has the figures that each trace has by itself", function()
    local found = pairs_of("waits", old, new)
    for side, trace in pairs { before = old, after = new } do
      local duration = tonumber(prints("-e", "function on.finish(t) print(t.duration) end", trace))
      local own = objects('state == "Waiting" and not (system or match(func, "^runtime/"))',
        "durations(dur) as n by reason, place.func as place", trace)
      local n = 0
      for _, object in ipairs(found) do
        n = n + (object["n_" .. side] > 0 and 1 or 0)
      end
      assert.equal(#own, n)
      for _, want in ipairs(own) do
        local have
        for _, object in ipairs(found) do
          have = object.reason == want.reason and object.place == want.place and object or have
        end
        assert.equal(want.n, have["n_" .. side])
        assert.equal(math.floor(want.total / duration * 1e9 + 0.5), have["rate_" .. side])
        assert.equal(math.floor(want.mean + 0.5), have["mean_" .. side])
        assert.equal(want.p50, have["p50_" .. side])
        assert.equal(want.p99, have["p99_" .. side])
      end
    end
  end)

  it("is about functions and tasks, too", function()
    local tasks = pairs_of("tasks", old, new)
    assert.equal(1, #tasks)
    assert.same({ 12, 12, "" }, { tasks[1].n_before, tasks[1].n_after, tasks[1].note })
    local ran = objects('state == "Running"', "sum(dur) as ns, count() as n by func", new)
    local functions = pairs_of("functions", old, new)
    assert.equal(find(ran, "func", "main.main").n, find(functions, "function", "main.main").n_after)
  end)

  it("is about regions", function()
    local annotations = program.recording "annotations"
    local own = objects('kind == "region" and not open', "durations(dur) as n by name", annotations)
    local found = pairs_of("regions", annotations, annotations)
    assert.is_true(#own > 2)
    assert.equal(#own, #found)
    for _, want in ipairs(own) do
      local have = find(found, "region", want.name)
      assert.same({ want.n, want.p50, 1 }, { have.n_before, have.p50_after, have.ratio })
    end
  end)

  it("has one key where there is none, and where it is -", function()
    local function of(trace)
      local list = objects('state == "Waiting" and not (system or match(func, "^runtime/"))',
        "count() as n by region", trace)
      return find(list, "region", nil).n
    end
    local found, list = pairs_of("waits", "--by=region", old, new), {}
    for _, object in ipairs(found) do
      list[#list + 1] = object.region == nil and object or nil
    end
    assert.equal(1, #list)
    assert.same({ of(old), of(new), "" }, { list[1].n_before, list[1].n_after, list[1].note })
  end)

  it("has what each trace is as a whole", function()
    local gc = program.recording "gc"
    local before = program.root .. "testdata/real/go1.21-gc.trace"
    local totals = pairs_of("totals", before, gc)
    local function value(filter, aggregation, trace)
      return dkjson.decode((prints("-F", "json", "-f", filter, "-a", aggregation, trace))).x
    end
    local user = " and not (system or reason == 'system goroutine wait' or match(func, '^runtime/'))"
    for figure, asked in pairs {
      running = { "state == 'Running'" .. user, "sum(dur) as x" },
      waiting = { "state == 'Waiting'" .. user, "sum(dur) as x" },
      ["waiting for a P"] = { "state == 'Runnable'" .. user, "sum(dur) as x" },
      ["longest wait for a P"] = { "state == 'Runnable'" .. user, "max(dur) as x" },
      collections = { "kind == 'gc' and not open", "count() as x" },
      marking = { "kind == 'gc' and not open", "sum(dur) as x" },
      ["stops of the world"] = { "kind == 'stw' and not open", "count() as x" },
      ["time stopped"] = { "kind == 'stw' and not open", "sum(dur) as x" },
      ["longest stop"] = { "kind == 'stw' and not open", "max(dur) as x" },
    } do
      local have = find(totals, "figure", figure)
      assert.equal(value(asked[1], asked[2], before), have.before, figure)
      assert.equal(value(asked[1], asked[2], gc), have.after, figure)
    end
    assert.equal(value("kind == 'task' and not open", "sum(dur) as x", new),
      find(pairs_of("totals", old, new), "figure", "time of tasks").after)
  end)

  it("does not take a run that became shorter for something that grew", function()
    local function made(length, wait)
      local events = {}
      for i = 1, 12 do
        events[i] = ([[
      - GoBlock: {dt: 10, reason: 1}
      - GoUnblock: {dt: %d, target_g: 1, g_seq: %d}
      - GoStart: {dt: 10, target_g: 1, g_seq: %d}
]]):format(wait, 2 * i - 1, 2 * i)
      end
      return program.build(([[
expect: ok
header: go 1.26 trace
trace:
  - EventBatch: {gen: 1, time: 1000}
    sync: [Frequency: {freq: 1000000000}, ClockSnapshot: {dt: 0, mono: 1000, sec: 1700000000, nsec: 0}]
  - EventBatch: {gen: 1, m: 1, time: 1000}
    events:
      - ProcStatus: {dt: 1, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 1, target_m: 1, status: Running}
%s      - GoLabel: {dt: %d, label: 1}
  - EventBatch: {gen: 1}
    strings:
      - {id: 1, data: "asleep"}
  - EndOfGeneration
]]):format(table.concat(events), length))
    end
    local long, short, more = made(10000, 1000), made(2000, 1000), made(2000, 1500)
    local function grew(a, b)
      return prints("diff", "--system", a, b):match "grew most: ([^\n]*)"
    end
    assert.is_nil(grew(long, short))
    assert.equal("waiting for asleep, - takes", grew(long, more))
    assert.equal("waiting for asleep, - takes", grew(short, more))
    -- By its rate it did.
    assert.is_true(pairs_of("waits", "--system", long, short)[1].ratio > 1)
  end)

  it("finds nothing between a trace and itself", function()
    for _, name in ipairs { "functions", "waits", "tasks", "regions", "totals" } do
      for _, object in ipairs(pairs_of(name, new, new)) do
        assert.equal(1, object.ratio)
        assert.equal((object.n_before or 10) < 10 and "noise" or object.n_before and "" or object.note, object.note)
      end
    end
    assert.equal(0, run("diff", "--max=0%", new, new).status)
  end)

  it("is turned round with its sides", function()
    local one, other = pairs_of("waits", old, new), pairs_of("waits", new, old)
    assert.equal(#one, #other)
    for i, object in ipairs(one) do
      assert.equal(object.place, other[i].place)
      assert.equal(object.rate_before, other[i].rate_after)
      assert.equal(object.p99_after, other[i].p99_before)
    end
  end)

  it("sorts by what changed most", function()
    for _, of in ipairs { "rate", "mean", "p50", "p99" } do
      local before
      for _, object in ipairs(pairs_of("functions", "--of=" .. of, old, new)) do
        local change = math.abs((object[of .. "_after"] or 0) - (object[of .. "_before"] or 0))
        assert.is_true(not before or change <= before)
        before = change
      end
      assert.is_true(before ~= nil)
    end
  end)

  it("marks what is noise, new or gone", function()
    local functions = pairs_of("functions", old, new)
    assert.equal("new", find(functions, "function", "main.together.func1").note)
    assert.equal("noise", find(functions, "function", "main.waitForNothing").note)
    assert.equal("", find(functions, "function", "main.main").note)
    assert.equal("gone", find(pairs_of("functions", new, old), "function", "main.together.func1").note)
    assert.is_nil(find(functions, "function", "main.together.func1").ratio)
  end)

  it("fails beyond --max, but not for noise", function()
    local r = run("diff", "--of=mean", "--max=50%", old, new)
    assert.equal(1, r.status)
    assert.matches("2 grew by more than 50%%, the most main.together.func1 %(new%)\n$", r.err)
    assert.matches("main.answerQuestions +%- +17", r.out)
    assert.equal(0, run("diff", "--max=20%", "--by=func", new, new).status)
    -- What ran and waited fewer than ten times grew as well.
    local mix = program.recording "empty"
    assert.equal(0, run("diff", "--max=1%", mix, mix).status)
  end)

  it("knows what is a share", function()
    local r = run("diff", "--max=much", old, new)
    assert.equal(2, r.status)
    assert.matches('%-%-max: "much" is not a share %(10%%%)', r.err)
    assert.equal(1, run("diff", "--max=0.5", old, new).status)
  end)

  it("compares windows by their own length", function()
    local whole, part = pairs_of("functions", new, new), pairs_of("functions", "--from=50ms", "--to=90ms", new, new)
    local ran = objects('state == "Running"', "sum(dur) as ns by func", new)
    assert.is_true(#part > 0 and #part <= #whole)
    local windowed = dkjson.decode((prints("-F", "json", "--from=50ms", "--to=90ms", "-f",
      'state == "Running" and func == "main.together.func1"', "-a", "sum(dur) as ns by func", new)))
    assert.equal(math.floor(windowed.ns / 40e6 * 1e9 + 0.5),
      find(part, "function", "main.together.func1").rate_after)
    assert.is_true(windowed.ns < find(ran, "func", "main.together.func1").ns)
  end)

  it("wants two sides", function()
    for words, n in pairs { [{ new }] = "is 1", [{ new, new, new }] = "are 3" } do
      local r = run("diff", unpack(words))
      assert.equal(2, r.status)
      assert.equal(("gotrace-lua: diff compares two traces, or two folders of them: there %s here\n"):format(n), r.err)
    end
  end)

  it("says the same by every path and order", function()
    local a = folder { ["1.trace"] = old, ["2.trace"] = new }
    local b = folder { ["1.trace"] = new, ["2.trace"] = old }
    local http = program.recording "http"
    for _, style in ipairs { "text", "json", "csv" } do
      local want = prints("-F", style, "diff", a, http)
      assert.equal(want, prints("-F", style, "diff", b, http))
      for _, env in ipairs { "GOTRACE_THREADS=1", "GOTRACE_THREADS=2", "GOTRACE_PATHS=slow" } do
        assert.equal(want, program.run({ "-F", style, "diff", a, http, env = env }).out)
      end
    end
  end)

  it("keeps 80 columns", function()
    for line in prints("diff", old, new):gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
    local switches = program.recording "coroutines"
    local out = prints("diff", switches, program.recording "mix")
    assert.matches(" %d%d%d%dx\n", out)
    for line in out:gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
    for line in prints("diff", "--top=1", old, program.recording "http"):gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
  end)
end)

describe("a folder", function()
  it("stands for the traces in it, by name", function()
    local path = folder { ["b.trace"] = old, ["a.gz"] = new }
    program.write(path .. "/notes.txt", "no trace")
    program.write(path .. "/.hidden", program.read(new))
    assert.equal(("%s/a.gz\n%s/b.trace\n"):format(path, path),
      prints("-e", "function on.finish(t) print(t.file) end", path .. "/"))
    assert.equal(prints("blocks", path .. "/a.gz", path .. "/b.trace"), prints("blocks", path))
  end)

  it("has a page for each trace", function()
    local path = folder { ["b.trace"] = old, ["a.trace"] = new }
    assert.equal(prints(path .. "/a.trace", path .. "/b.trace"), prints(path))
  end)

  it("without a trace is an error", function()
    local path = program.folder { ["notes.txt"] = "no trace" }
    local r = run("blocks", path)
    assert.equal(2, r.status)
    assert.equal(("gotrace-lua: there is no trace in the folder %s\n"):format(path), r.err)
  end)

  it("of several is none to write", function()
    local r = run("-o", program.tmpname(), "upgrade", folder { ["b.trace"] = old, ["a.trace"] = new })
    assert.equal(2, r.status)
    assert.matches("%-o writes one trace, of one that is read: there are 2 here", r.err)
  end)
end)

describe("scripts with several traces", function()
  it("know which word each is of", function()
    local path = folder { ["b.trace"] = old, ["a.trace"] = new }
    assert.equal("1\n2\n2\n3\n", prints("-e", "function on.begin(t) print(t.argument) end", new, path, old))
  end)

  it("are told when all are read, once", function()
    assert.equal("693\n2\n", (prints("-e", [[
      function on.finish(t) shared.n = (shared.n or 0) + 1 if shared.n == 2 then print(t.events) end end
      function on.done() print(shared.n) end]], old, new)))
    local r = run("-e", 'local c = count("n", "k") function on.done() c:add(1) fail("no") end', old)
    assert.equal(1, r.status)
    assert.equal("k  n\n1  1\n", r.out)
  end)

  it("are told once where a file holds several, which are of one word", function()
    local both = program.tmpfile(program.read(new) .. program.read(old))
    assert.equal("1\n1\ndone\n2\n", program.run({ "-q", "-e", [[
      function on.begin(t) print(t.argument) end
      function on.finish(t) shared.n = (shared.n or 0) + 1 end
      function on.done() print "done" print(shared.n) end]], both }).out)
    -- All of it is one side.
    local r = program.run { "-q", "-F", "json", "diff", both, folder { ["a.trace"] = new, ["b.trace"] = old } }
    assert.equal(0, r.status)
    for line in r.out:gmatch "[^\n]+" do
      local object = dkjson.decode(line)
      assert.equal(1, object.ratio)
      assert.equal(object.n_before, object.n_after)
    end
  end)

  it("are not told where a hook fails", function()
    local r = run("-e", "function on.begin() error 'no' end function on.done() print 'done' end", old)
    assert.equal(4, r.status)
    assert.equal("", r.out)
  end)

  it("know what of a trace they see", function()
    local code = "function on.finish(t) print(t.covered, t.duration) end"
    local all = tonumber((prints("-e", code, new):match "%d+"))
    assert.equal(("%d\t%d\n"):format(all, all), prints("-e", code, new))
    assert.matches("^20000000\t", prints("--from=10ms", "--to=30ms", "-e", code, new))
    assert.matches(("^%d\t"):format(all - 1e7), prints("--from=10ms", "-e", code, new))
    assert.matches("^3000000\t", prints("-e",
      "function on.begin(t) t.window(1e6, 3e6) t.window(5e6, 6e6) end " .. code, new))
  end)
end)
