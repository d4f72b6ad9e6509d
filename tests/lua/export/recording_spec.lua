-- record: where something happens that --when asks for, a valid trace of what is around it.
local lfs = require "lfs"
local program = require "support.program"

local SECOND = 1000000000
local http = program.recording("http"):gsub("^%./", lfs.currentdir() .. "/")
local inside_root = (program.root:gsub("^%./", lfs.currentdir() .. "/"):gsub("/$", ""))
local dir

-- YAML of a trace of generations, a second each: what happens in number i is more[i], a list of
-- { ns in it, "event: {...}" }; g 1 runs all the time, and ticks each tenth of a second.
local function yaml_of(more, header)
  local parts = { ("header: %s\ntrace:\n"):format(header or "go 1.25 trace") }
  for i, events in ipairs(more) do
    local from = i * SECOND
    parts[#parts + 1] = ([[
  - EventBatch: {gen: %d, time: %d}
    sync:
      - Frequency: {freq: 1000000000}
      - ClockSnapshot: {dt: 0, mono: %d, sec: %d, nsec: 7}
  - EventBatch: {gen: %d, m: 1, time: %d}
    events:
      - ProcStatus: {dt: 1, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 1, target_m: 1, status: Running}
]]):format(i, from, from, 1700000000 + i, i, from)
    local list = { unpack(events) }
    for n = 1, 9 do
      list[#list + 1] = { n * SECOND / 10, "HeapAlloc: {heapalloc: " .. i * 10 + n .. "}" }
    end
    table.sort(list, function(a, b)
      return a[1] < b[1]
    end)
    local last = 2
    for _, event in ipairs(list) do
      local text = event[2]:gsub("{", ("{dt: %.0f, "):format(event[1] - last), 1)
      parts[#parts + 1] = "      - " .. text .. "\n"
      last = event[1]
    end
    parts[#parts + 1] = ('  - EventBatch: {gen: %d}\n    strings:\n      - {id: 1, data: "checkout"}\n' ..
      '      - {id: 2, data: "pay\\e[31m"}\n'):format(i)
  end
  return table.concat(parts)
end

local function built(more, header)
  return program.build(yaml_of(more, header))
end

local function begin_task(at, id, name)
  return { at, ("UserTaskBegin: {task: %d, parent_task: 0, name: %d}"):format(id, name or 1) }
end

local function end_task(at, id)
  return { at, ("UserTaskEnd: {task: %d}"):format(id) }
end

local function record(words)
  words.env = ("cd '%s' &&"):format(dir)
  table.insert(words, 1, "record")
  return program.run(words)
end

local function names()
  local list = {}
  for name in lfs.dir(dir) do
    list[#list + 1] = name ~= "." and name ~= ".." and name or nil
  end
  table.sort(list)
  return list
end

-- The first and the last event of a trace that was written, in ns of the one that was read, by
-- the numbers that HeapAlloc has there: tenths of a second, from 11 on.
local function spanned(name)
  local path = dir .. "/" .. name
  local judged = program.run { "--verify", path }
  assert.equal(0, judged.status, judged.err .. judged.out)
  local r = program.run { "-e", [[
    local first, last
    function on.HeapAlloc(ev) first, last = first or ev.heapalloc, ev.heapalloc end
    function on.finish() print(first, last) end]], path }
  assert.equal(0, r.status, r.err)
  local first, last = r.out:match "^(%d+)\t(%d+)\n$"
  return tonumber(first), tonumber(last)
end

local nothing = {}
local SLOW = 'kind == "task" and dur > 100ms'

describe("record", function()
  before_each(function()
    dir = program.folder {}
  end)
  after_each(program.clean)

  it("writes what is around a task that was too long", function()
    local path = built { nothing, { begin_task(310000000, 3), end_task(320000000, 3) },
      { begin_task(210000000, 4), end_task(450000000, 4) }, nothing, nothing }
    local r = record { "--when", SLOW, "--keep=1s", "--after=300ms", "-o", "slow-%d.trace", path }
    assert.equal(0, r.status, r.err)
    assert.equal('slow-1.trace\tkind == "task" and dur > 100ms\t2.450000000\ttask\t240ms\t1\tcheckout\n', r.out)
    assert.matches("^gotrace%-lua: slow%-1%.trace: [%d.]+%a+, around 2%.450000000s\n$", r.err)
    assert.same({ "slow-1.trace" }, names())
    local first, last = spanned "slow-1.trace"
    assert.same({ 25, 37 }, { first, last }) -- 3.45 less 1, and 0.3 behind it
  end)

  it("does so as the trace comes through a pipe, and of a file that is packed", function()
    local path = built { nothing, { begin_task(1000, 4), end_task(450000000, 4) }, nothing }
    record { "--when", SLOW, "--keep=1s", "--after=300ms", "-o", "file-%d.trace", path }
    program.shell(("cat %s | (cd %s && %s)"):format(path, dir,
      program.line { "record", "--when", SLOW, "--keep=1s", "--after=300ms", "-o", "pipe-%d.trace", "-" }))
    program.shell(("gzip -c %s >%s.gz"):format(path, path))
    record { "--when", SLOW, "--keep=1s", "--after=300ms", "-o", "gz-%d.trace", path .. ".gz" }
    os.remove(path .. ".gz")
    assert.same({ "file-1.trace", "gz-1.trace", "pipe-1.trace" }, names())
    local whole = program.read(dir .. "/file-1.trace")
    assert.equal(whole, program.read(dir .. "/pipe-1.trace"))
    assert.equal(whole, program.read(dir .. "/gz-1.trace"))
  end)

  it("writes what -o with --from and --to writes of the whole", function()
    local path = built { nothing, { begin_task(1000, 4), end_task(450000000, 4) }, nothing }
    record { "--when", SLOW, "--keep=500ms", "--after=300ms", "-o", "slow-%d.trace", path }
    local whole = dir .. "/whole.trace"
    -- the task ends at 1.45 s
    assert.equal(0, program.run { "-q", "--from", "950000000ns", "--to", "1750000001ns", "-o", whole, path }.status)
    local function lines(file)
      return program.run({ "-e", "function on.any(ev) print(ev) end", file }).out
    end
    assert.equal(lines(whole), lines(dir .. "/slow-1.trace"))
  end)

  it("tries what is open as a generation begins: a hang is seen, once", function()
    local hang = { begin_task(300000000, 9) }
    local path = built { nothing, hang, nothing, nothing, nothing, nothing }
    local r = record { "--when", 'kind == "task" and dur > 1500ms', "--keep=500ms", "--after=100ms", "-F", "json",
      "-o", "hang-%d.trace", path }
    assert.equal(0, r.status, r.err)
    -- begun at 1.3 s, tried at 1.9 s (600 ms) and 2.9 s, by the last event before the begin
    assert.equal('{"file":"hang-1.trace","trigger":"kind == \\"task\\" and dur > 1500ms","time":2900000000,' ..
      '"kind":"task","dur":1600000000,"g":1,"name":"checkout"}\n', r.out)
    assert.same({ "hang-1.trace" }, names())
    assert.same({ 34, 39 }, { spanned "hang-1.trace" })
  end)

  it("tries what is open no sooner than it can hold, and tells of the same", function()
    local path = built { { begin_task(310000000, 3), begin_task(900000000, 5, 2) }, nothing, { end_task(50000000, 5) },
      nothing, nothing }
    local told = 0
    for _, expr in ipairs { "kind == 'task' and dur > 1s", "1500ms <= dur and kind == 'task'",
      "kind == 'task' and dur == 690ms", "kind == 'task' and (dur >= 2s or dur > 1900ms and g == 1)",
      "(dur > 3s or name == 'checkout') and kind == 'task'",
      "kind == 'task' and not (dur > 1s)", "kind == 'task' and s.dur > 1s", "kind == 'task' and dur > 1s - 5",
      "kind == 'task' and dur > 100s" } do
      local function rows(when)
        local r = record { "-q", "-w", when, "--keep=1s", "-F", "json", "-o", "x-%d.trace", path }
        os.execute("rm -f '" .. dir .. "'/x-*")
        assert.equal(0, r.status, r.err)
        return (r.out:gsub('"trigger":.-,"time"', '"time"'))
      end
      local own = rows(expr)
      assert.equal(rows("not not (" .. expr .. ")"), own, expr)
      told = told + (own ~= "" and 1 or 0)
    end
    assert.is_true(told >= 6, told)
  end)

  it("does not tell again of what was open as it ends", function()
    local path = built { { begin_task(300000000, 9) }, nothing, nothing, { end_task(500000000, 9) }, nothing }
    local r = record { "--when", 'kind == "task" and dur > 1s', "--keep=100ms", "--after=0s", "-o", "h-%d.trace", path }
    assert.equal(0, r.status, r.err)
    local _, n = r.out:gsub("\n", "")
    assert.equal(1, n, r.out)
    assert.same({ "h-1.trace" }, names())
  end)

  it("watches for several things in one run, events too", function()
    local path = built { nothing, { begin_task(210000000, 4), end_task(450000000, 4) }, nothing,
      { { 510000000, "HeapAlloc: {heapalloc: 8888}" } }, nothing }
    local r = record { "--when", SLOW, "-w", "heapalloc == 8888", "--keep=200ms", "--after=100ms", "-F", "csv", "-o",
      "x-%d.trace", path }
    assert.equal(0, r.status, r.err)
    assert.equal('file,trigger,time,kind,dur,g,name\n' ..
      'x-1.trace,"kind == ""task"" and dur > 100ms",1450000000,task,240000000,1,checkout\n' ..
      'x-2.trace,heapalloc == 8888,3510000000,HeapAlloc,,1,\n', r.out)
    assert.same({ "x-1.trace", "x-2.trace" }, names())
  end)

  it("puts what happens before --after is over into one trace", function()
    local path = built { nothing, { begin_task(1000, 4), end_task(150000000, 4), begin_task(160000000, 5, 2),
      end_task(450000000, 5), begin_task(500000000, 6), end_task(790000000, 6) }, nothing }
    local r = record { "--when", SLOW, "--keep=200ms", "--after=400ms", "-o", "x-%d.trace", path }
    assert.equal(0, r.status, r.err)
    assert.equal([[
x-1.trace	kind == "task" and dur > 100ms	1.150000000	task	150ms	1	checkout
x-1.trace	kind == "task" and dur > 100ms	1.450000000	task	290ms	1	pay\x1b[31m
x-2.trace	kind == "task" and dur > 100ms	1.790000000	task	290ms	1	checkout
]], r.out)
    assert.same({ "x-1.trace", "x-2.trace" }, names())
  end)

  it("keeps as much as --keep says in bytes, in whole generations", function()
    local more = {}
    for i = 1, 12 do
      more[i] = i == 9 and { begin_task(1000, 4), end_task(450000000, 4) } or nothing
    end
    local path = built(more)
    local one = lfs.attributes(path, "size") / 12
    local r = record { "--when", SLOW, ("--keep=%dB"):format(3.5 * one), "--after=100ms", "-o", "x-%d.trace", path }
    assert.equal(0, r.status, r.err)
    assert.same({ 71, 95 }, { spanned "x-1.trace" }) -- 7, 8 and 9
    r = record { "--when", SLOW, "--keep=1B", "--after=100ms", "-o", "y-%d.trace", path }
    assert.equal(0, r.status, r.err)
    assert.same({ 91, 95 }, { spanned "y-1.trace" }) -- the one in which it happens is there always
  end)

  it("ends when there are --max traces, or they would be larger than --max-size", function()
    local slow = { begin_task(1000, 4), end_task(450000000, 4) }
    local path = built { slow, slow, slow, slow, slow }
    local r = record { "--when", SLOW, "--keep=1s", "--after=0s", "--max=2", "-o", "x-%d.trace", path }
    assert.equal(0, r.status, r.err)
    assert.same({ "x-1.trace", "x-2.trace" }, names())
    assert.matches("2 traces are written, as many as %-%-max says\n$", r.err)
    local size = lfs.attributes(dir .. "/x-1.trace", "size") + lfs.attributes(dir .. "/x-2.trace", "size")
    r = record { "--when", SLOW, "--keep=1s", "--after=0s", ("--max-size=%dB"):format(size + 10), "-o", "y-%d.trace",
      path }
    assert.equal(0, r.status, r.err)
    assert.same({ "x-1.trace", "x-2.trace", "y-1.trace", "y-2.trace" }, names())
    assert.matches("y%-3%.trace is not written: with it they would be larger than %-%-max%-size\n$", r.err)
    r = record { "--when", SLOW, "--keep=1s", "--after=0s", "--max=0", "-o", "z-%d.trace", path }
    assert.equal(0, r.status, r.err)
    assert.equal(9, #names())
  end)

  it("leaves what has a name", function()
    local path = built { { begin_task(1000, 4), end_task(450000000, 4) }, nothing }
    program.write(dir .. "/x-1.trace", "mine")
    lfs.mkdir(dir .. "/x-2.trace")
    lfs.link("nowhere", dir .. "/x-3.trace", true)
    local r = record { "--when", SLOW, "-o", "x-%d.trace", path }
    assert.equal(0, r.status, r.err)
    assert.equal("mine", program.read(dir .. "/x-1.trace"))
    assert.equal("nowhere", lfs.symlinkattributes(dir .. "/x-3.trace", "target"))
    assert.same({ "x-1.trace", "x-2.trace", "x-3.trace", "x-4.trace" }, names())
  end)

  it("names them by number and time", function()
    local path = built { { begin_task(1000, 4), end_task(450000000, 4) }, nothing }
    local r = record { "--when", SLOW, "-o", "a%db%t.trace", path }
    assert.equal(0, r.status, r.err)
    assert.same({ "a1b20231114T221321.450Z.trace" }, names())
    for _, name in ipairs { "x.trace", "%t.trace", "-" } do
      r = record { "--when", SLOW, "-o", name, path }
      assert.equal(2, r.status)
      assert.matches("record writes traces: say where, with %-o 'slow%-%%d.trace'", r.err)
    end
    assert.is_nil(r.err:find("lacks", 1, true))
    r = record { "--when", SLOW, "-o", "x.trace", path }
    assert.matches("'slow-%d.trace'; x.trace lacks %d, the number of each\n", r.err, 1, true)
    r = record { "--when", SLOW, path }
    assert.equal(2, r.status)
    r = record { "--when", SLOW, "-o", "x%d/y%d.trace", path }
    assert.equal(2, r.status)
    assert.matches("%%d and %%t belong into the names of files", r.err)
  end)

  it("names them by a time that is none", function()
    local yaml = yaml_of { { begin_task(1000, 4), end_task(450000000, 4) }, nothing }
    for _, second in ipairs { "9223372036854775807", "18446744073709551615" } do
      local path = program.build((yaml:gsub(" sec: %d+", " sec: " .. second)))
      local r = record { "--when", SLOW, "-o", second .. "-%d-%t.trace", path }
      assert.equal(0, r.status, r.err)
      assert.is_truthy(lfs.attributes(dir .. "/" .. second .. "-1-00000000T000000.450Z.trace"))
    end
  end)

  it("says what it wants", function()
    local path = built { nothing }
    local r = record { "-o", "x-%d.trace", path }
    assert.equal(2, r.status)
    assert.matches("record wants %-%-when", r.err)
    r = record { "--when", "dur >", "-o", "x-%d.trace", path }
    assert.equal(2, r.status)
    for _, keep in ipairs { "10", "x", "-1s", "none", "" } do
      r = record { "--when", SLOW, "--keep=" .. keep, "-o", "x-%d.trace", path }
      assert.equal(2, r.status, keep)
      assert.matches("is not a duration or a size such as 10s or 64MB", r.err)
    end
    for _, wrong in ipairs { "--max=-1", "--after=-1s" } do
      r = record { "--when", SLOW, wrong, "-o", "x-%d.trace", path }
      assert.equal(2, r.status, wrong)
      assert.matches("0 or more", r.err)
    end
    assert.same({}, names())
  end)

  it("says that nothing has happened", function()
    local r = record { "--when", SLOW, "-o", "x-%d.trace", built { nothing, nothing } }
    assert.equal(0, r.status)
    assert.equal("gotrace-lua: nothing has happened that --when asks for: no trace is written\n", r.err)
    assert.same({}, names())
  end)

  it("goes on behind damage, and says what was lost", function()
    local slow = { begin_task(1000, 4), end_task(450000000, 4) }
    local path = built { nothing, slow, nothing, nothing, slow, nothing }
    local text = program.read(path)
    local third = math.floor(#text / 6 * 2.6)
    for _, broken in ipairs { text:sub(1, third) .. ("\255"):rep(40) .. text:sub(third + 41),
      text:sub(1, third) .. text:sub(third + 30) } do
      local r = record { "--when", SLOW, "--keep=3s", "--after=100ms", "-o", "x-%d.trace", program.tmpfile(broken) }
      assert.equal(3, r.status, r.err)
      assert.same({ "x-1.trace", "x-2.trace" }, names())
      spanned "x-1.trace"
      spanned "x-2.trace"
      os.remove(dir .. "/x-1.trace")
      os.remove(dir .. "/x-2.trace")
    end
  end)

  it("says that a file shrank while it was read, and not that the disk is at fault", function()
    local more = {}
    for i = 1, 40 do
      more[i] = { begin_task(310000000, i), end_task(320000000, i) }
    end
    local path = built(more)
    local half = math.floor(lfs.attributes(path, "size") / 2)
    local env = ("cd '%s' && GOTRACE_LUA_INIT=%s/tests/support/inside/shrinking.lua GOTRACE_SHRINKS=%s GOTRACE_TO=%d")
      :format(dir, inside_root, path, half)
    local r = program.run { env = env, "record", "-w", SLOW, "--keep=1s", "-o", "x-%d.trace", path }
    assert.equal(3, r.status, r.err)
    assert.matches("file shrank while it was read", r.err)
    assert.is_nil(r.err:find "disk")
    assert.same({}, names())
  end)

  it("costs what the trace does, however many tasks are open and never told of", function()
    local many, generations = {}, {}
    for i = 1, 7000 do
      many[i] = begin_task(1000 + i, i)
    end
    for i = 1, 1700 do
      generations[i] = i == 1 and many or nothing
    end
    local path = built(generations)
    local function cpu(words)
      local r = program.shell(("cd '%s' && time -p %s"):format(dir, program.line(words)))
      return tonumber(r.err:match "user ([%d.]+)"), r.err
    end
    local expr = "kind == 'task' and dur > 5000s"
    local plain = cpu { "-q", "-f", expr, "-a", "count()", path }
    local own, err = cpu { "record", "-w", expr, "--keep=1s", "-o", "x-%d.trace", path }
    assert.is_true(own < 2 * plain + 0.3, ("%g s, %g without: %s"):format(own, plain, err))
  end)

  it("writes what is due where the input is cut off", function()
    local slow = { begin_task(1000, 4), end_task(450000000, 4) }
    local path = built { nothing, slow }
    local text = program.read(path)
    local r = record { "--when", SLOW, "-o", "x-%d.trace", program.tmpfile(text:sub(1, #text - 30)) }
    assert.equal(3, r.status, r.err)
    assert.same({ "x-1.trace" }, names())
    spanned "x-1.trace"
  end)

  it("takes traces of old versions, which come whole", function()
    for _, version in ipairs { "1.15", "1.19", "1.21" } do
      local path = http:gsub("1%.27", version)
      local r = record { "--when", 'state == "Running" and dur > 100us', "--keep=2ms", "--after=1ms", "--max=1", "-o",
        version .. "-%d.trace", path }
      assert.equal(0, r.status, r.err)
      local judged = program.run { "--verify", dir .. "/" .. version .. "-1.trace" }
      assert.equal(0, judged.status, judged.err)
      r = program.run { "-e", "function on.finish(t) print(t.duration < 3.1e6, t.version) end",
        dir .. "/" .. version .. "-1.trace" }
      assert.equal("true\t1.26\n", r.out)
    end
  end)

  it("takes several traces, one behind the other", function()
    local path = built { { begin_task(1000, 4), end_task(450000000, 4) }, nothing }
    local both = program.tmpfile(program.read(path) .. program.read(path))
    local r = record { "-q", "--when", SLOW, "-o", "x-%d.trace", path, both }
    assert.equal(0, r.status, r.err)
    assert.same({ "x-1.trace", "x-2.trace", "x-3.trace" }, names())
    assert.equal(program.read(dir .. "/x-1.trace"), program.read(dir .. "/x-3.trace"))
  end)

  it("cannot write: a folder that is not there, or not ours; a limit of size", function()
    local path = built { { begin_task(1000, 4), end_task(450000000, 4) }, nothing }
    local r = record { "--when", SLOW, "-o", "none/x-%d.trace", path }
    assert.equal(5, r.status, r.err)
    assert.matches("cannot write beside none/x%-1%.trace: No such file or directory", r.err)
    local line = program.line { "record", "--when", SLOW, "-o", dir .. "/x-%d.trace", http }
    r = program.shell("ulimit -f 8; " .. line)
    assert.equal(5, r.status, r.err)
    assert.matches("cannot keep what is read on disk: File too large", r.err)
    assert.same({}, names())
  end)

  it("spares the runtime's goroutines, unless they are asked for", function()
    local words = { "--when", 'state == "Waiting" and dur > 0 and system', "-F", "csv", "-o", "x-%d.trace",
      http }
    assert.equal("", record({ unpack(words) }).out)
    words[#words + 1] = "--system"
    assert.matches("Waiting\n", record({ unpack(words) }).out)
  end)

  it("has something in each trace: of what is open at the end, too", function()
    local path = built { { begin_task(1000, 4) } }
    local r = record { "--when", SLOW, "--keep=0s", "--after=0s", "-o", "x-%d.trace", path }
    assert.equal(0, r.status, r.err)
    assert.same({ 19, 19 }, { spanned "x-1.trace" })
  end)

  it("tells no more than 20 of what has happened around a trace", function()
    local r = record { "--when", 'type == "GoStart"', "-o", "x-%d.trace", http }
    local _, n = r.out:gsub("\n", "")
    assert.equal(20, n)
    assert.matches("%(%d+ more have triggered it%)", r.err)
  end)
end)

describe("record of what comes through a FIFO", function()
  before_each(function()
    dir = program.folder {}
  end)
  after_each(program.clean)

  -- Feeds the begin of a trace, waits for a line of shell to hold, and then does `rest`.
  local function feed(words, path, bytes, wait, rest)
    return program.shell(([[
      cd '%s'; mkfifo f
      env --default-signal=INT %s >out 2>err & pid=$!
      exec 9>f
      head -c %d '%s' >&9
      i=0; while ! { %s; } && [ $i -lt 400 ]; do sleep 0.02; i=$((i + 1)); done
      [ $i -lt 400 ] && echo came
      %s
      exec 9>&-
      wait $pid; echo "status $?"; cat out; cat err >&2; rm f out err]]):format(dir, program.line(words), bytes, path,
      wait, rest))
  end

  local slow = { begin_task(1000, 4), end_task(450000000, 4) }

  it("writes while more is to come", function()
    local path = built { nothing, slow, nothing, nothing, nothing }
    local size = lfs.attributes(path, "size")
    local r = feed({ "record", "--when", SLOW, "--keep=1s", "--after=0s", "-o", "x-%d.trace", "f" }, path,
      math.floor(size * 0.9), "[ -s out ]", ("tail -c +%d '%s' >&9"):format(math.floor(size * 0.9) + 1, path))
    assert.matches("^came\nstatus 0\nx%-1%.trace\t", r.out, r.err)
    assert.same({ "x-1.trace" }, names())
  end)

  it("ends with Ctrl-C, and writes what was due", function()
    local path = built { nothing, slow, nothing, nothing, nothing }
    local size = lfs.attributes(path, "size")
    local code = "function on.generation(g) if g.n == 3 then io.write 'there\\n' io.stdout:flush() end end"
    local r = feed({ "--unsafe", "-e", code, "record", "--when", SLOW, "--keep=1s", "--after=60s", "-o", "x-%d.trace",
      "f" }, path, math.floor(size * 0.7), "[ -s out ]", "sleep 0.1; kill -INT $pid")
    assert.matches("^came\nstatus 130\nthere\nx%-1%.trace\t", r.out, r.err)
    assert.same({ "x-1.trace" }, names())
    spanned "x-1.trace"
  end)

  it("leaves nothing when it is killed", function()
    local path = built { nothing, nothing, nothing, nothing, nothing }
    local size = lfs.attributes(path, "size")
    local r = feed({ "--unsafe", "-e", "function on.generation(g) if g.n == 3 then io.write 'there\\n' " ..
      "io.stdout:flush() end end", "record", "--when", SLOW, "-o", "x-%d.trace", "f" }, path, math.floor(size * 0.7),
      "[ -s out ]", "kill -KILL $pid")
    assert.matches("^came\nstatus 137\n", r.out, r.err)
    assert.same({}, names())
  end)
end)

describe("trace.each_open", function()
  after_each(program.clean)

  it("goes through what is open as a generation begins", function()
    local path = built { { begin_task(300000000, 9), begin_task(400000000, 10, 2), end_task(500000000, 10) }, nothing }
    local r = program.run { "-e", [[
      function on.task(s) print("ended", s.name, s.dur, s.open) end
      function on.generation(g)
        for s in trace.each_open() do print(g.n, s.kind, s.name, s.from, s.dur, s.open) end
        print(pcall(function() return kept.dur end))
      end]], path }
    assert.equal(0, r.status, r.err)
    assert.matches("^false\t[^\n]*\nended\tpay[^\n]*\t100000000\tnil\n2\ttask\tcheckout\t300000000\t600000000\tend\n" ..
      "false\t[^\n]*\nended\tcheckout\t[%d]+\tend\n$", r.out)
  end)

  it("leaves out what has not lasted for as long as it is told", function()
    local code = [[
      local LEAST = { 0, 1, 1e3, 1e5, 1e6, 1e8, 5e8, 1e9, 2.5e9, 2^70, -5, 0.5 }
      local n, left_out = 0, 0
      local function seen(least, is_wanted)
        local list = {}
        for s in trace.each_open(least) do
          if is_wanted(s) then list[#list + 1] = tostring(s) else left_out = left_out + 1 end
        end
        return table.concat(list, "\n")
      end
      function on.anyspan() end
      function on.generation()
        n = n + 1
        for i = 1, #LEAST do -- each time others first
          local least = LEAST[(i * 5 + n) % #LEAST + 1]
          local own = seen(least, function() return true end)
          assert(own == seen(nil, function(s) return s.dur >= least end), least)
        end
      end
      function on.finish() print(n, left_out) end]]
    local tasks = { begin_task(300000000, 9), begin_task(400000000, 10, 2), begin_task(500000000, 11) }
    local more = { end_task(100000000, 10), begin_task(200000000, 12), begin_task(300000000, 13) }
    local paths = { built { tasks, nothing, more, nothing, { end_task(5, 9), end_task(7, 13) }, nothing } }
    for _, name in ipairs { "1.22-generations", "1.25-generations", "1.27-generations", "1.27-annotations" } do
      paths[#paths + 1] = ("%stestdata/real/go%s.trace"):format(program.root, name)
    end
    for _, path in ipairs(paths) do
      local r = program.run { "-q", "-e", code, path }
      assert.equal(0, r.status, r.err)
      assert.matches("^%d+\t%d+\n$", r.out)
    end
    local r = program.run { "-q", "-e", "function on.task() end function on.generation() trace.each_open 'x' end",
      paths[1] }
    assert.equal(4, r.status)
    assert.matches("trace.each_open: a number of ns is wanted, not a string", r.err)
  end)

  it("is for on.generation, and for who hooks spans", function()
    local path = built { nothing }
    local r = program.run { "-e", "function on.task() end function on.HeapAlloc() trace.each_open() end", path }
    assert.equal(4, r.status)
    assert.matches("trace.each_open is for on.generation", r.err)
    r = program.run { "-e", "function on.generation() trace.each_open() end", path }
    assert.equal(4, r.status)
    assert.matches("no hook of this script asks for spans", r.err)
  end)

  it("changes nothing of what is told", function()
    local code = "function on.anyspan(s) print(s) end "
    for _, name in ipairs { "annotations", "gc", "http", "lifetimes" } do
      local path = program.recording(name)
      local plain = program.run { "-e", code, path }
      local looked = program.run { "-e", code .. "function on.generation() for s in trace.each_open() do " ..
        "assert(s.dur >= 0 and s.open) end end", path }
      assert.equal(0, looked.status, looked.err)
      assert.is_true(plain.out == looked.out, name)
    end
  end)
end)
