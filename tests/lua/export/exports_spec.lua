-- Exports as users have them: what is in them, where they go, and what is refused.
local dkjson = require "dkjson"
local lfs = require "lfs"
local pprof = require "export.pprof"
local program = require "support.program"

teardown(program.clean)

local http, small = program.recording "http", nil
setup(function()
  small = program.small()
end)

local function prints(...)
  local r = program.run { ... }
  assert.equal("", program.unexpected(r.err))
  assert.equal(0, r.status)
  return r.out
end

local function profile_of(...)
  local path = program.tmpname()
  assert.equal("", prints("-o", path, ...))
  return pprof.read(path)
end

-- The bundled ones, and words behind which they work on any trace.
local formats = { "pprof", "folded", "speedscope", "dot", "csv", "ndjson", "chrome", "perfetto", "firefox", "otlp",
  "report" }

local function is_refused(text, ...)
  local r = program.run { ... }
  assert.equal(2, r.status)
  assert.is_truthy(r.err:find(text, 1, true), r.err)
  assert.equal("", r.out)
end

describe("the file of an export", function()
  it("is that of -o, packed if its name ends in .gz", function()
    for _, name in ipairs(formats) do
      local dir = program.folder {}
      local plain, packed = dir .. "/x", dir .. "/x.gz"
      assert.equal("", prints("-o", plain, name, http))
      assert.equal("", prints("-o", packed, name, http))
      local unpacked = program.shell("gzip -dc " .. packed)
      assert.equal(0, unpacked.status)
      local expected = program.read(name == "pprof" and packed or plain)
      assert.is_true((name == "pprof" and program.read(plain) or unpacked.out) == expected, name)
    end
  end)

  it("is standard output without -o, and what is printed goes to standard error", function()
    local code = [[
      writes = "folded"
      local w = export.folded {}
      function on.finish() w:add(nil, 3, "x") print "printed" end
      local c = count "n"
      function on.GoCreate() c:add() end]]
    local r = program.run { "-e", code, small }
    assert.equal("[x] 3\n", r.out)
    assert.matches("printed\n", r.err)
    assert.matches("n\n2\n", r.err)
    assert.equal(0, r.status)
  end)

  it("is not there where a script fails, and what was there stays", function()
    for _, code in ipairs { "error 'no'", "fail 'no'" } do
      local path = program.tmpfile "old"
      local r = program.run { "-o", path, "-e", [[
        writes = "csv"
        local w = export.csv { "a" }
        function on.GoCreate() w:add(1) ]] .. code .. " end", small }
      assert.is_true(r.status == 4 or r.status == 1)
      assert.equal("old", program.read(path))
    end
  end)

  it("is whole where a trace is damaged", function()
    local text = program.read(http)
    local cut = program.tmpfile(text:sub(1, math.floor(#text / 2)))
    local path = program.tmpname()
    local r = program.run { "-o", path, "pprof", cut }
    assert.equal(3, r.status)
    assert.is_true(#pprof.read(path).samples > 10)
  end)

  it("is not written where no trace can be read", function()
    local dir = program.folder {}
    assert.equal(2, program.run({ "-o", dir .. "/x", "pprof", dir .. "/none" }).status)
    assert.is_nil(lfs.attributes(dir .. "/x"))
  end)

  it("that cannot be written is exit status 5", function()
    local r = program.run { "-o", "/dev/full", "csv", http }
    assert.equal(5, r.status)
    assert.matches("cannot write /dev/full", r.err)
    r = program.run { "-o", program.tmpname() .. "/x", "pprof", http }
    assert.equal(5, r.status)
  end)

  it("is written once", function()
    is_refused("a run has one output", "folded", "-s", "csv", small)
    is_refused("upgrade writes a trace, and folded writes folded", "folded", "-s", "upgrade", small)
  end)
end)

describe("a script that writes", function()
  local function wrong(text, code)
    is_refused(text, "-e", code, small)
  end

  it("says so, and makes it once, at its top", function()
    wrong('say writes = "csv" before', 'export.csv { "a" }')
    wrong('-e says writes = "csv" and makes none', 'writes = "csv"')
    wrong("it is made already", 'writes = "csv" export.csv { "a" } export.csv { "a" }')
    wrong("writes is one of chrome, csv, dot, firefox, folded", 'writes = "pdf"')
    wrong('did you mean "pprof"', 'writes = "pprofs"')
    wrong("writes is one of", "writes = 1")
    wrong("there is no export.pdf", 'writes = "csv" export.pdf {}')
    wrong("export.csv wants a table, not string", 'writes = "csv" export.csv "a"')
    wrong("cannot be set", "export = 1")
    local r = program.run { "-e", 'writes = "csv" function on.GoCreate() export.csv { "a" } end', small }
    assert.equal(2, r.status)
  end)

  it("has its mistakes told at their line", function()
    local function fails(text, made, code)
      local r = program.run { "-e", ("writes = %q\nlocal w = export.%s\nfunction on.GoCreate(ev)\n%s end"):format(
        made:match "^%l+", made, code), small }
      assert.equal(4, r.status, r.err)
      assert.is_truthy(r.err:find("-e:4", 1, true), r.err)
      assert.is_truthy(r.err:find(text, 1, true), r.err)
    end
    fails("a stack is wanted", "pprof {}", "w:add(1)")
    fails("a number below 2^53 is wanted, not", "pprof {}", 'w:add(nil, "x")')
    fails("a number below 2^53 is wanted", "pprof {}", "w:add(nil, 1/0)")
    fails("a number below 2^53 is wanted", "pprof {}", "w:add(nil, 0/0)")
    fails("labels are a table", "pprof {}", 'w:add(nil, 1, "x")')
    fails("a string or a number is wanted", "pprof {}", "w:add(nil, 1, { a = {} })")
    fails("a span is wanted", "pprof {}", "w:add_span(ev)")
    fails("call it with a colon", "pprof {}", "w.add(ev.stack)")
    fails('a profile has no "write"', "pprof {}", "w:write()")
    fails("there are 1 columns, and 2 values here", 'csv { "a" }', "w:add(1, 2)")
    fails("comes in the order of time", "speedscope {}", 'w:add("x", 5, 6) w:add("x", 4, 6)')
    fails("comes in the order of time", "speedscope {}", 'w:add("x", 5, 4)')
    fails("a string or a number is wanted, not nil", "dot {}", 'w:add("x")')
  end)

  it("has what it makes checked", function()
    wrong("is its name and its unit", 'writes = "pprof" export.pprof { "delay" }')
    wrong('go is "net" or "sync" or "syscall" or "sched", not', 'writes = "pprof" export.pprof { go = "block" }')
    for _, other in ipairs { '"a b"', "labels = {}", "states = {}", 'stack = "own"', 'open = "skip"' } do
      wrong("what go = counts has no say in how", ('writes = "pprof" export.pprof { go = "sync", %s }'):format(other))
    end
    wrong("two types of values at most", 'writes = "pprof" export.pprof { "a b", "c d", "e f" }')
    wrong("no label is called reasons", 'writes = "pprof" export.pprof { labels = { "reasons" } }')
    wrong("no state is called Waitin", 'writes = "folded" export.folded { states = { "Waitin" } }')
    wrong('stack is "own" or "waker" or "event"', 'writes = "folded" export.folded { stack = "mine" }')
    wrong("columns are a list of 1 to 1000 names", 'writes = "csv" export.csv {}')
    wrong("two columns are called a", 'writes = "csv" export.csv { "a", "a" }')
  end)

  it("loads without what it writes for --help, -n and -l", function()
    for _, name in ipairs(formats) do
      assert.matches("usage: gotrace%-lua " .. name, prints("--help", name))
      assert.equal("", prints("-n", name))
    end
  end)

  it("writes no trace: --strict and -f about spans are as without -o", function()
    is_refused("--strict is about traces", "--strict", "-o", program.tmpname(), "pprof", small)
    local path = program.tmpname()
    assert.equal("", prints("-o", path, "-f", 'reason == "sync"', "csv", "--fields=reason", http))
    assert.matches("^reason\nsync\n", program.read(path))
  end)
end)

describe("pprof", function()
  -- By the labels of samples, their sums.
  local function sums(p, label)
    local by = {}
    for _, one in ipairs(p.samples) do
      local key = one.labels[label] or ""
      by[key] = (by[key] or 0) + one.values[#one.values]
    end
    return by
  end

  local function figures(...)
    local by = {}
    for reason, ns in prints("-F", "csv", ...):gmatch "([^\n,]*),(%d+)\n" do
      by[reason] = tonumber(ns)
    end
    return by
  end

  it("has what spans say: by reason, by state, by start function", function()
    local p = profile_of("pprof", "--kind=wall", http)
    assert.same(figures("-a", "sum(dur) by state", http), sums(p, "state"))
    assert.same(figures("-a", "sum(dur) by func", http), sums(p, "goroutine"))
    p = profile_of("pprof", "--kind=block", http)
    assert.same(figures("-f", 'state == "Waiting"', "-a", "sum(dur) by reason", http), sums(p, "reason"))
    p = profile_of("pprof", "--kind=block", "--open=skip", "--labels=g", http)
    assert.same(figures("-f", 'state == "Waiting" and not open', "-a", "sum(dur) by g", http),
      (function(by)
        local texts = {}
        for g, ns in pairs(by) do
          texts[tostring(g)] = ns
        end
        return texts
      end)(sums(p, "g")))
  end)

  it("has regions and tasks by name", function()
    local trace = program.recording "annotations"
    local p = profile_of("pprof", "--kind=wall", "--labels=region,task", trace)
    assert.same(figures("-a", 'sum(dur) by region or ""', trace), sums(p, "region"))
    assert.same(figures("--spans", "-a", 'sum(dur) by task_name or ""', trace), sums(p, "task"))
  end)

  it("has the goroutine's own stack, or the waker's", function()
    local function leaves(words)
      local by = {}
      for _, one in ipairs(profile_of(unpack(words)).samples) do
        local leaf = one.frames[1] and one.frames[1].func or "-"
        by[leaf] = (by[leaf] or 0) + one.values[2]
      end
      return by
    end
    local sync = { "-f", 'reason == "sync"', "pprof", http }
    assert.is_true(leaves(sync)["sync.(*WaitGroup).Wait"] > 0)
    local woken = leaves { "-f", 'reason == "sync"', "pprof", "--stack=waker", http }
    assert.is_nil(woken["sync.(*WaitGroup).Wait"])
    assert.is_true(next(woken) ~= nil)
  end)

  it("counts events, and CPU samples", function()
    local p = profile_of("pprof", "--event=GoCreate,GoBlock", http)
    local n = 0
    for _, one in ipairs(p.samples) do
      n = n + one.values[1]
    end
    assert.same({ "samples count" }, p.types)
    assert.equal(tonumber(prints("-f", 'type == "GoCreate" or type == "GoBlock"', "-F", "csv", "-a", "count()", http)
      :match "(%d+)\n$"), n)
    p = profile_of("pprof", "--event=GoCreate", "--labels=goroutine,g", http)
    assert.same(figures("-a", "count() by func", "-f", 'type == "GoCreate"', http), sums(p, "goroutine"))
    p = profile_of("pprof", "--kind=cpu", small)
    assert.same({ { values = { 1 }, labels = {},
      frames = { { func = "main.main", file = "main.go", line = 10, pc = 16 } } } }, p.samples)
    assert.equal("", prints("-o", program.tmpname(), "pprof", "--event=GoStart", http)) -- which has none
  end)

  it("knows when the trace was made, and how long it is", function()
    local p = profile_of("pprof", small)
    assert.equal(tonumber(prints("-e", "on.any = print function on.finish(t) io.write(t.duration, '\\n') end", "-q",
      small):match "(%d+)\n$"), p.duration)
    assert.is_true(math.abs(p.time - 1700000000999999000) < 1e4, p.time)
    assert.matches("^gotrace%-lua %d", p.comment)
    assert.equal("delay", p.default_type)
  end)

  it("adds up over traces, whatever these call their goroutines", function()
    local one, two = profile_of("pprof", http), profile_of("pprof", http, http)
    assert.equal(#one.samples, #two.samples)
    for i, sample in ipairs(one.samples) do
      assert.equal(2 * sample.values[2], two.samples[i].values[2])
      assert.same(sample.frames, two.samples[i].frames)
    end
    assert.equal(2 * one.duration, two.duration)
  end)

  it("is about a window", function()
    local p = profile_of("--from", "2ms", "--to", "3ms", "pprof", "--kind=wall", http)
    assert.same(figures("--from", "2ms", "--to", "3ms", "-a", "sum(dur) by state", http), sums(p, "state"))
    assert.equal(1e6, p.duration)
  end)

  it("has a script's own types and labels", function()
    local p = profile_of("-e", [[
      writes = "pprof"
      local w = export.pprof { "allocs count", "space bytes", comment = "mine" }
      function on.GoCreate(ev)
        w:add(ev.stack, 64, { size = 64, class = "small" }, 2)
        w:add(ev.stack, 0.6)
      end]], small)
    assert.same({ "allocs count", "space bytes" }, p.types)
    assert.equal("mine", p.comment)
    assert.equal("space", p.default_type)
    assert.same({ { values = { 2, 64 }, labels = { size = 64, class = "small" } }, { values = { 1, 1 }, labels = {} } },
      { { values = p.samples[1].values, labels = p.samples[1].labels },
        { values = p.samples[2].values, labels = p.samples[2].labels } })
  end)
end)

describe("folded", function()
  it("has what pprof has, sorted", function()
    local out = prints("folded", "--kind=wall", http)
    local lines, total = {}, 0
    for line, ns in out:gmatch "(([^\n]*) %d+)\n" do
      lines[#lines + 1] = line
      total = total + tonumber(line:match "%d+$")
      assert.is_truthy(ns)
    end
    local sorted = { unpack(lines) }
    table.sort(sorted, function(a, b)
      return a:gsub(" %d+$", "") < b:gsub(" %d+$", "")
    end)
    assert.same(sorted, lines)
    assert.equal(tonumber(prints("-F", "csv", "-a", "sum(dur)", "--spans", http):match "(%d+)\n$"), total)
  end)

  it("adds up lines that are alike", function()
    local code = [[
      writes = "folded"
      local w = export.folded {}
      function on.GoCreate() w:add(nil, 1, "a;b\nc") w:add(nil, 2, "a;b;c") w:add(nil) end]]
    assert.equal("[a_b_c] 6\n[no stack] 2\n", prints("-e", code, small))
  end)
end)

describe("csv and ndjson", function()
  it("have a row a span, alike", function()
    local fields = "--fields=trace,kind,name,from,dur,reason,stack"
    local csv = prints("csv", "--kinds=state,gc", fields, http)
    local json = prints("ndjson", "--kinds=state,gc", fields, http)
    local n, m = select(2, csv:gsub("\n", "")), select(2, json:gsub("\n", ""))
    assert.equal(n, m + 1)
    local row = dkjson.decode(json:match "[^\n]+")
    assert.equal(http, row.trace)
    assert.equal("table", type(row.stack))
    assert.equal(tonumber(prints("-F", "csv", "--spans=state,gc", "-a", "count()", http):match "(%d+)\n$"), m)
  end)

  it("have a head without rows, and what a script adds", function()
    assert.equal("a,b\n", prints("-e", 'writes = "csv" export.csv { "a", "b" }\nfunction on.finish() end', small))
    local code = [[
      writes = "ndjson"
      local w = export.ndjson { "a", "b" }
      function on.finish() w:add('x"\n', nil) w:add(1.5) w:add(nil, true) end]]
    assert.equal('{"a":"x\\"\\n","b":null}\n{"a":1.5,"b":null}\n{"a":null,"b":true}\n', prints("-e", code, small))
  end)

  it("have a row an event, alike", function()
    local csv = prints("csv", "--events=Heap*", "--fields=time,type,heapalloc,heapgoal,func", http)
    assert.equal(prints("-F", "csv", "-p", "time,type,heapalloc,heapgoal,func", "-f",
      'type == "HeapAlloc" or type == "HeapGoal"', http), csv)
    local json = prints("ndjson", "--events=HeapAlloc", "--fields=trace,heapalloc,heapgoal", http)
    local row = dkjson.decode(json:match "[^\n]+")
    assert.same({ trace = http, heapalloc = tonumber(csv:match "HeapAlloc,(%d+)") }, row)
  end)

  it("are of spans or of events, and have fields that there are", function()
    local r = program.run { "csv", "--events=GoCreate", "--kinds=gc", http }
    assert.equal(2, r.status)
    assert.matches("a table has one of both", r.err)
    for _, kind in ipairs { "--events=GoCreate", "--kinds=state" } do
      r = program.run { "csv", kind, "--fields=goroutine", http }
      assert.equal(4, r.status)
      assert.matches('has .-field "goroutine"', r.err)
    end
  end)

  it("are one for several traces", function()
    local out = prints("csv", "--fields=trace", "--kinds=gc", http, program.recording "gc", "-f", "dur >= 0")
    assert.matches("^trace\n", out)
    assert.matches("http%.trace\n.*gc%.trace\n", out)
    assert.equal(1, select(2, out:gsub("trace\n", "trace\n")) - select(2, out:gsub("%.trace\n", "")))
  end)
end)

describe("dot", function()
  it("has who wakes and who creates whom", function()
    local out = prints("dot", http)
    assert.matches('^digraph "gotrace" {\n', out)
    assert.matches("}\n$", out)
    local created = '"net/http.(*conn).serve" -> "net/http.(*connReader).backgroundRead" ' ..
      '[label="creates 48x", style=dashed];'
    assert.is_truthy(out:find(created, 1, true))
    assert.is_nil(prints("dot", "--edges=wakes", http):find("creates", 1, true))
    assert.equal(3, select(2, prints("dot", "--top=3", http):gsub(" %-> ", "")))
  end)
end)

describe("firefox", function()
  local function profile(...)
    return assert(dkjson.decode(prints("firefox", ...), 1, dkjson.null))
  end

  it("has so many goroutines, and the trace's own thread", function()
    assert.equal(6, #profile("--goroutines=5", http).threads)
    local all = profile("--all", http)
    assert.is_true(#all.threads > 50)
    assert.equal("tasks and the collector", all.threads[1].name)
    assert.equal(20, #all.meta.initialVisibleThreads)
    assert.equal(60, all.meta.preprocessedProfileVersion)
    local r = program.run { "firefox", "--all", "-", stdin = program.read(http) }
    assert.equal(0, r.status)
    assert.equal(#all.threads, #dkjson.decode(r.out).threads)
    r = program.run { "firefox", "-", stdin = program.read(http) }
    assert.equal(2, r.status)
    assert.matches("cannot be read twice", r.err)
  end)

  it("has times of each state as spans have them, whatever is left of them", function()
    for _, words in ipairs { { http }, { "--from", "5ms", "--to", "9ms", http },
      { "-f", 'reason == "network" or state == "Running"', http } } do
      local ns = {}
      local p = profile("--all", unpack(words))
      for _, thread in ipairs(p.threads) do
        for i, stack in ipairs(thread.samples.stack) do
          local frame = stack ~= dkjson.null and p.shared.stackTable.frame[stack + 1]
          local name = frame and p.meta.categories[p.shared.frameTable.category[frame + 1] + 1].name
          if name then
            ns[name] = (ns[name] or 0) + math.floor(thread.samples.weight[i] * 1e6 + 0.5)
          end
        end
      end
      local expected = {}
      for state, sum in prints("-F", "csv", "-a", "sum(dur) by state", unpack(words)):gmatch "(%a+),(%d+)\n" do
        expected[state] = tonumber(sum)
      end
      assert.same(expected, ns)
    end
  end)

  it("tells apart as many categories and stacks as there are", function()
    local p = assert(dkjson.decode(prints("-e", [[writes = "firefox"
      local w, n = export.firefox {}, 0
      function on.GoCreate(ev)
        for i = 1, 200 do
          w:sample(0, n, n + 1, i % 3 == 0 and ev.stack or ev.new_stack, "c" .. i)
          n = n + 1
        end
      end]], small), 1, dkjson.null))
    local stacks = p.threads[1].samples.stack
    for i = 1, 200 do -- the second event has no stack of its own
      local frame = p.shared.stackTable.frame[stacks[i] + 1]
      assert.equal("c" .. i, p.meta.categories[p.shared.frameTable.category[frame + 1] + 1].name)
      local above = p.shared.stackTable.frame[p.shared.stackTable.prefix[stacks[i] + 1] + 1]
      local func = p.shared.stringArray[p.shared.funcTable.name[p.shared.frameTable.func[above + 1] + 1] + 1]
      assert.equal(i % 3 == 0 and "main.main" or "main.worker", func)
    end
  end)

  it("is what a script makes of it, and refuses what is out of order at its line", function()
    local text = prints("-e", [[writes = "firefox"
      local w = export.firefox { name = "mine", thread = "all" }
      local a = w:thread("a", { process = "p", id = 7 })
      w:sample(a, 10, 20, nil, "Waiting", "x") w:sample(a, 20, 25, nil, "Running") w:sample(a, 30, 40, nil, "odd")
      w:marker(a, 12, 15, "inner", { type = "T", fields = { n = 3, s = "t" } })
      w:marker(a, 11, nil, "at once")
      local c = w:counter "bytes" w:count(c, 1, 100) w:count(c, 2, 60)]], small)
    local p = assert(dkjson.decode(text, 1, dkjson.null))
    local t = p.threads[2]
    assert.same({ "mine", "a", "p", 7 }, { p.meta.product, t.name, t.processName, t.tid })
    assert.same({ 0.00001, 0.00002, 0.000025, 0.00003, 0.00004 }, t.samples.time)
    assert.same({ 0.00001, 0.000005, 0, 0.00001, 0 }, t.samples.weight)
    assert.equal(dkjson.null, t.samples.stack[3])
    assert.same({ "inner", "at once" }, { p.shared.stringArray[t.markers.name[1] + 1],
      p.shared.stringArray[t.markers.name[2] + 1] })
    assert.same({ type = "T", n = 3, s = "t" }, t.markers.data[1])
    assert.same({ 100, -40 }, p.counters[1].samples.count)
    local wrong = {
      ["w:sample(0, 5, 6) w:sample(0, 4, 6)"] = "comes in the order of time",
      ["w:sample(9, 5, 6)"] = "a thread is wanted", ["w:sample(0, -1, 6)"] = "a time in ns",
      ["w:marker(0, 5, 4, 'x')"] = "before it begins", ["w:count(3, 1, 1)"] = "a counter is wanted",
      ["w:marker(0, 5, 6, 'x', { fields = { type = 1 } })"] = "no field of a marker is called type",
      ["w.sample(0)"] = "call it with a colon", ["w:add()"] = 'a profile has no "add"',
    }
    for code, why in pairs(wrong) do
      local r = program.run { "-e", "writes = 'firefox' local w = export.firefox {}\nfunction on.finish()\n" .. code ..
        " end", small }
      assert.equal(4, r.status, code)
      assert.is_truthy(r.err:find("-e:3: ", 1, true) and r.err:find(why, 1, true), r.err)
    end
  end)
end)

describe("otlp", function()
  local function spans(...)
    local list, by = {}, {}
    for line in prints(...):gmatch "[^\n]+" do
      local span = assert(dkjson.decode(line)).resourceSpans[1].scopeSpans[1].spans[1]
      span.at = {}
      for _, attribute in ipairs(span.attributes) do
        span.at[attribute.key] = attribute.value.stringValue or tonumber(attribute.value.intValue)
      end
      list[#list + 1], by[span.spanId] = span, span
    end
    return list, by
  end

  local annotations = program.recording "annotations"

  it("has each task and region, with its times, and what it is a part of", function()
    local list, by = spans("otlp", annotations)
    local expected, own = {}, {}
    local rows = prints("ndjson", "--kinds=task,region", "--fields=kind,name,dur,task", annotations)
    for line in rows:gmatch "[^\n]+" do
      local row = dkjson.decode(line)
      expected[#expected + 1] = ("%s %d"):format(row.name, row.dur)
    end
    for i, span in ipairs(list) do
      local low, high = span.startTimeUnixNano:sub(-12), span.endTimeUnixNano:sub(-12)
      own[i] = ("%s %d"):format(span.name, tonumber(high) - tonumber(low))
      local parent = by[span.parentSpanId]
      if span.name == "inner" then
        assert.equal("outer", parent.name)
        assert.equal(parent.at["go.goroutine.id"], span.at["go.goroutine.id"])
      end
      assert.is_true(not parent or parent.traceId == span.traceId)
    end
    table.sort(expected)
    table.sort(own)
    assert.same(expected, own)
  end)

  it("links what is left by -f to the next that is left", function()
    local list, by = spans("-f", 'name == "inner"', "otlp", annotations)
    assert.is_true(#list > 10)
    for _, span in ipairs(list) do
      assert.is_nil(by[span.parentSpanId]) -- the task, which is left out
    end
  end)

  it("has the time of day, else that of --epoch", function()
    local clock = dkjson.decode(prints("-e", "function on.generation(g) local s, ns = g:wall() " ..
      "io.write(('[%d,%d,%d]\\n'):format(s, ns, g.time)) end", "-q", annotations):match "[^\n]+")
    local list = spans("otlp", annotations)
    assert.is_true(math.abs(tonumber(list[1].startTimeUnixNano) / 1e9 - clock[1]) < 2)
    local old = program.root .. "testdata/real/go1.21-annotations.trace"
    assert.is_true(tonumber((spans("otlp", old))[1].startTimeUnixNano) < 1e12)
    assert.matches("^1700000000", (spans("otlp", "--epoch=1700000000", old))[1].startTimeUnixNano)
  end)

  it("is the same each time, wherever the file lies", function()
    local dir = program.folder { ["go1.27-annotations.trace"] = program.read(annotations) }
    assert.equal(prints("otlp", annotations), prints("otlp", dir .. "/go1.27-annotations.trace"))
  end)

  it("has logs as events: of tasks, and of regions without one", function()
    local trace = program.build [[
expect: ok
header: go 1.26 trace
trace:
  - EventBatch: {time: 1000}
    sync:
      - Frequency: {freq: 1000000000}
      - ClockSnapshot: {dt: 0, mono: 5, sec: 1700000000, nsec: 0}
  - EventBatch: {m: 7, time: 1100}
    events:
      - ProcStatus: {dt: 0, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 1, target_m: 7, status: Running}
      - UserRegionBegin: {dt: 10, task: 0, name: 1}
      - UserLog: {dt: 10, task: 0, key: 2, value: 1}
      - UserRegionBegin: {dt: 10, task: 0, name: 2}
      - UserRegionBegin: {dt: 10, task: 0, name: 3}
      - UserLog: {dt: 10, task: 0, key: 3, value: 1}
      - UserRegionEnd: {dt: 10, task: 0, name: 3}
      - UserTaskBegin: {dt: 10, task: 5, name: 1}
      - UserLog: {dt: 10, task: 5, key: 1, value: 1}
  - EventBatch:
    strings:
      - {id: 1, data: outer}
      - {id: 2, data: middle}
      - {id: 3, data: inner}
  - EndOfGeneration
]]
    local list, by = spans("otlp", trace)
    local shown = {}
    for i, span in ipairs(list) do
      local parent = by[span.parentSpanId]
      local logged = {}
      for k, event in ipairs(span.events) do
        logged[k] = event.name
      end
      shown[i] = ("%s in %s: %s"):format(span.name, parent and parent.name or "-", table.concat(logged, ","))
    end
    table.sort(shown)
    assert.same({ "inner in middle: inner", "middle in outer: ", "outer in -: middle", "outer in -: outer" }, shown)
  end)

  it("refuses what it cannot say at the script's line", function()
    for code, why in pairs {
      ["w:add(1)"] = "a span is a table", ["w:add {}"] = "a string or a number is wanted",
      ["w.add {}"] = "with a colon",
      ["w:add { trace = 1, id = 1, name = 'x', from = 1, to = 2, attributes = 1 }"] = "attributes are a table",
    } do
      local r = program.run { "-e", "writes = 'otlp' local w = export.otlp {}\nfunction on.finish()\n" .. code ..
        " end", small }
      assert.equal(4, r.status, code)
      assert.is_truthy(r.err:find("-e:3: ", 1, true) and r.err:find(why, 1, true), r.err)
    end
  end)
end)

describe("speedscope", function()
  -- What the format asks for, as its own file-format-spec says it: frames that are there, ends of what was begun last,
  -- times that never decrease and lie between start and end.
  local function check_profile(profile, frames)
    local open, at = {}, profile.startValue
    assert.same({ "evented", "nanoseconds" }, { profile.type, profile.unit })
    for _, event in ipairs(profile.events) do
      assert.is_true(event.at >= at and event.at <= profile.endValue)
      assert.is_not_nil(frames[event.frame + 1])
      at = event.at
      if event.type == "O" then
        open[#open + 1] = event.frame
      else
        assert.equal("C", event.type)
        assert.equal(event.frame, table.remove(open))
      end
    end
    assert.same({}, open)
  end

  local function check_file(text)
    local all = assert(dkjson.decode(text))
    assert.equal("https://www.speedscope.app/file-format-schema.json", all["$schema"])
    assert.matches("^gotrace%-lua@", all.exporter)
    assert.equal("string", type(all.name))
    for _, frame in ipairs(all.shared.frames) do
      assert.equal("string", type(frame.name))
      for key, value in pairs(frame) do
        local kind = ({ name = "string", file = "string", line = "number" })[key]
        assert.equal(kind, type(value))
      end
    end
    for _, profile in ipairs(all.profiles) do
      check_profile(profile, all.shared.frames)
    end
    return all
  end

  it("is as its format says, for recordings of all kinds", function()
    for _, name in ipairs { "http", "gc", "cgothreads", "turnover", "empty" } do
      check_file(prints("speedscope", program.recording(name)))
    end
    check_file(prints("--from", "1ms", "--to", "2ms", "speedscope", http))
  end)

  it("has those that ran for longest, with all they did", function()
    local all = check_file(prints("speedscope", "--top=3", http))
    assert.equal(3, #all.profiles)
    local lasts = 0
    for _, event in ipairs(all.profiles[1].events) do
      lasts = math.max(lasts, event.at)
    end
    assert.equal(all.profiles[1].endValue, lasts)
  end)

  it("is about one trace, which is read twice", function()
    is_refused("speedscope is about one trace: there are 2 here", "speedscope", http, http)
    local r = program.run { "speedscope", "-", stdin = program.read(http) }
    assert.equal(2, r.status)
    assert.matches("cannot be read twice", r.err)
  end)

  it("keeps open what goes on", function()
    local code = [[
      writes = "speedscope"
      local w = export.speedscope { name = "mine" }
      function on.finish()
        w:add("a", 1, 2, nil, "x") w:add("a", 2, 3, nil, "x") w:add("a", 5, 6, nil, "x") w:add("b", 0, 0)
      end]]
    local all = check_file(prints("-e", code, small))
    local events = {}
    for i, event in ipairs(all.profiles[1].events) do
      events[i] = event.type .. event.at
    end
    assert.equal("O1 C3 O5 C6", table.concat(events, " "))
    assert.equal("mine", all.name)
  end)
end)
