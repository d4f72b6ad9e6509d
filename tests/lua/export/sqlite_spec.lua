-- `sqlite`: a database that sqlite3 finds whole, of every recording, with the figures that -a has.
local dkjson = require "dkjson"
local faults = require "support.faults.faults"
local hostile_names = require "support.hostile.names"
local program = require "support.program"

teardown(function()
  program.clean()
  faults.clean()
end)

local KINDS = "state,proc,stw,gc,sweep,assist,region,task"

local function real(name)
  return program.root .. "testdata/real/" .. name .. ".trace"
end

local function recordings()
  local list = {}
  for path in io.popen("ls " .. program.root .. "testdata/real/*.trace"):lines() do
    list[#list + 1] = path
  end
  return list
end

-- The rows that statements yield, from sqlite3 itself.
local function ask(path, statements)
  local input = program.tmpfile(".mode json\n" .. statements .. ";\n")
  local r = program.shell(("sqlite3 -batch -readonly %s <%s"):format(program.quote(path), input))
  assert.equal("", program.unexpected(r.err))
  return r.out == "" and {} or assert(dkjson.decode(r.out)), r.out
end

local function export(...)
  local path = program.tmpname() .. ".db"
  local r = program.run { "-o", path, "sqlite", ... }
  assert.equal("", r.out .. program.unexpected(r.err))
  assert.equal(0, r.status)
  return path
end

local function is_whole(path)
  assert.same({ { integrity_check = "ok" } }, (ask(path, "PRAGMA integrity_check")))
  assert.same({}, (ask(path, "PRAGMA foreign_key_check")))
end

-- By its words, what each row counts and sums.
local function by_words(rows, ...)
  local by = {}
  for _, row in ipairs(rows) do
    local words = {}
    for i, name in ipairs { ... } do
      words[i] = row[name] or "?"
    end
    by[table.concat(words, "/")] = ("%d times, %d ns"):format(row.count, row.ns)
  end
  return by
end

local figures = [[
SELECT kind, name, count(*) AS count, sum(ns) AS ns FROM (
  SELECT 'state' AS kind, from_state AS name, duration_ns AS ns FROM g_transitions
  UNION ALL SELECT 'proc', from_state, duration_ns FROM p_transitions
  UNION ALL SELECT kind, name, duration_ns FROM ranges
  UNION ALL SELECT 'region', name, duration_ns FROM regions
  UNION ALL SELECT 'task', name, duration_ns FROM tasks
) GROUP BY kind, name]]

local reasons = [[
SELECT from_reason AS reason, count(*) AS count, sum(duration_ns) AS ns
FROM g_transitions WHERE from_reason IS NOT NULL GROUP BY 1]]

-- What -a says of both.
local function own_figures(path)
  local r = program.run { "--spans=" .. KINDS, "-F", "json", "-a", "count(), sum(dur) as ns by kind, name", "-a",
    "count(), sum(dur) as ns by reason", path }
  local figures_of, reasons_of = {}, {}
  for line in r.out:gmatch "[^\n]+" do
    local row = assert(dkjson.decode(line))
    if row.kind or row.reason then -- the rest is of what has no reason
      table.insert(row.kind and figures_of or reasons_of, row)
    end
  end
  return by_words(figures_of, "kind", "name"), by_words(reasons_of, "reason")
end

describe("sqlite has the figures of -a, of", function()
  for _, path in ipairs(recordings()) do
    it(path:match "[^/]*$", function()
      local db = export(path)
      is_whole(db)
      local of_all, of_reasons = own_figures(path)
      assert.same(of_all, by_words(ask(db, figures), "kind", "name"))
      assert.same(of_reasons, by_words(ask(db, reasons), "reason"))
    end)
  end
end)

-- Rows of a table, and what counts them on the command line: an event's type.
local counted = { logs = { "UserLog" }, labels = { "GoLabel" }, stack_samples = { "CPUSample" },
  metrics = { "HeapAlloc", "HeapGoal", "ProcsChange" } }

describe("sqlite", function()
  it("has a row of each event that is one", function()
    for _, name in ipairs { "go1.27-annotations", "go1.27-cpusamples", "go1.21-annotations", "go1.27-gc" } do
      local db = export(real(name))
      local r = program.run { "-F", "json", "-a", "count() by type", real(name) }
      local count = {}
      for line in r.out:gmatch "[^\n]+" do
        local row = dkjson.decode(line)
        count[row.type] = row.count
      end
      for tab, types in pairs(counted) do
        local sum = 0
        for _, one in ipairs(types) do
          sum = sum + (count[one] or 0)
        end
        assert.equal(sum, ask(db, "SELECT count(*) AS n FROM " .. tab)[1].n, name .. ": " .. tab)
      end
    end
  end)

  it("says in STRICT tables what it is, and of what", function()
    local db = export(real "go1.27-http")
    assert.same({ { application_id = 0x676f7472 } }, (ask(db, "PRAGMA application_id")))
    assert.same({ { user_version = 1 } }, (ask(db, "PRAGMA user_version")))
    assert.same({}, (ask(db, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND " ..
      "NOT strict AND name NOT LIKE 'sqlite%'")))
    local file = ask(db, "SELECT * FROM files")[1]
    local r = program.run { "-e", "function on.finish(t) print(t.version, t.duration, t.events) end",
      real "go1.27-http" }
    assert.equal(("%s\t%d\t%d\n"):format(file.version, file.duration_ns, file.events), r.out)
    assert.equal(1, file.file)
    assert.is_true(file.wall_time_ns > 1.5e18)
  end)

  it("has the same bytes each time", function()
    assert.is_true(program.read(export(real "go1.27-faults")) == program.read(export(real "go1.27-faults")))
  end)

  it("has stacks as they are printed", function()
    local db, path = export(real "go1.27-faults"), real "go1.27-faults"
    local r = program.run { "-e", [[local c = count("stack", "folded")
      function on.state(s) if #s.stack > 0 then c:add(s.stack:folded()) end end]], "-F", "json", path }
    local want = {}
    for line in r.out:gmatch "[^\n]+" do
      local row = dkjson.decode(line)
      want[row.folded] = row.stack
    end
    local have = {}
    for _, row in ipairs(ask(db, [[SELECT folded, count(*) AS n FROM g_transitions
        JOIN stacks ON stacks.stack_id = from_stack_id GROUP BY 1]])) do
      have[row.folded] = row.n
    end
    assert.same(want, have)
    assert.same({}, (ask(db, [[SELECT s.stack_id FROM stacks s WHERE folded IS NOT
      (SELECT group_concat(function, ';') FROM
        (SELECT function FROM stack WHERE stack_id = s.stack_id ORDER BY position DESC))]])))
    assert.same({}, (ask(db, [[SELECT s.stack_id FROM stacks s JOIN leaf_func l USING (stack_id)
      JOIN root_func r USING (stack_id)
      WHERE folded NOT LIKE '%' || l.function OR folded NOT LIKE r.function || '%']])))
  end)

  it("knows who woke whom, and why goroutines went on to wait", function()
    local path = real "go1.27-faults"
    local db = export(path)
    local r = program.run { "-F", "json", "--spans", "-f", 'state == "Waiting" and next == "Runnable"', "-a",
      "count(), sum(dur) as ns by waker", path }
    local want = {}
    for line in r.out:gmatch "[^\n]+" do
      local row = dkjson.decode(line)
      want[#want + 1] = { waker = row.waker, count = row.count, ns = row.ns }
    end
    local have = ask(db, "SELECT waker, count(*) AS count, sum(waited_ns) AS ns FROM wakes " ..
      "WHERE waited_ns IS NOT NULL GROUP BY 1")
    assert.same(by_words(want, "waker"), by_words(have, "waker"))
    -- Whose reason a wait has is that of the change before it.
    assert.same({ { n = 0 } }, (ask(db, [[SELECT count(*) AS n FROM (SELECT to_state, reason,
        lead(from_reason) OVER (PARTITION BY g ORDER BY end_time_ns) AS next_reason FROM g_transitions)
      WHERE to_state = 'Waiting' AND reason IS NOT next_reason]])))
    assert.same({ { n = 0 } }, (ask(db, "SELECT count(*) AS n FROM g_transitions WHERE to_state = 'waiting' " ..
      "AND reason IS NULL")))
  end)

  it("takes windows and filters in front", function()
    local path = real "go1.27-http"
    local input = program.tmpname() .. ".db"
    local r = program.run { "-o", input, "--from", "2ms", "--to", "9ms", "-f", 'g > 20', "sqlite", path }
    assert.equal("", program.unexpected(r.err))
    is_whole(input)
    local want = program.run { "--from", "2ms", "--to", "9ms", "-f", "g > 20", "-F", "json", "-a",
      "count(), sum(dur) as ns by state", path }
    local rows = {}
    for line in want.out:gmatch "[^\n]+" do
      rows[#rows + 1] = dkjson.decode(line)
    end
    assert.is_true(#rows > 2)
    assert.same(by_words(rows, "state"), by_words(ask(input, "SELECT from_state AS state, count(*) AS count, " ..
      "sum(duration_ns) AS ns FROM g_transitions GROUP BY 1"), "state"))
    assert.same({ { covered_ns = 7e6 } }, (ask(input, "SELECT covered_ns FROM files")))
    assert.is_true(ask(input, "SELECT count(*) AS n FROM g_transitions WHERE clipped IS NOT NULL")[1].n > 0)
  end)

  it("puts several traces into one database", function()
    local names = { "go1.15-http", "go1.21-http", "go1.27-http" }
    local db = export(real(names[1]), real(names[2]), real(names[3]))
    is_whole(db)
    local count = "SELECT count(*) AS n, sum(duration_ns) AS ns FROM g_transitions WHERE file = %d"
    for i, name in ipairs(names) do
      local alone = export(real(name))
      assert.same((ask(alone, count:format(1))), (ask(db, count:format(i))))
      assert.equal(real(name), ask(db, "SELECT name FROM files WHERE file = " .. i)[1].name)
    end
  end)

  it("goes to pipes, and through gzip", function()
    local path = real "go1.27-http"
    local want = program.read(export(path))
    for _, line in ipairs { "-o - sqlite %s >%s", "sqlite %s | cat >%s", "-o - sqlite %s | cat >%s" } do
      local out = program.tmpname()
      local r = program.shell(program.path .. " " .. line:format(path, out))
      assert.equal("", program.unexpected(r.err))
      assert.is_true(program.read(out) == want, line)
    end
    local packed = program.tmpname() .. ".db.gz"
    assert.equal(0, program.run({ "-o", packed, "sqlite", path }).status)
    assert.is_true(program.shell("gzip -dc " .. packed).out == want)
  end)

  it("leaves nothing where a run fails", function()
    local folder = program.folder {}
    local fails = 'function on.UserLog() error "stop" end'
    local r = program.run { "-o", folder .. "/x.db", "sqlite", "-e", fails, real "go1.27-annotations" }
    assert.matches("stop", r.err)
    assert.equal(4, r.status)
    assert.equal("", program.shell("ls -A " .. folder).out)
    r = program.run { "-o", folder .. "/x.db", "sqlite", "no-such-file" }
    assert.equal(2, r.status)
    assert.equal("", program.shell("ls -A " .. folder).out)
  end)

  it("needs no files without a name", function()
    local path = program.tmpname() .. ".db"
    local r = program.shell(("%s %s -o %s sqlite %s"):format(faults.env "tmpfile=95", program.path, path,
      real "go1.27-http"))
    assert.equal("", program.unexpected(r.err))
    assert.is_true(program.read(path) == program.read(export(real "go1.27-http")))
  end)

  it("says which package has SQLite where it is not there", function()
    local folder = program.folder { ["libsqlite3.so.0"] = "" }
    local r = program.shell(("LD_LIBRARY_PATH=%s %s -o %s/x.db sqlite %s; echo $?; ls %s"):format(folder, program.path,
      folder, real "go1.27-http", folder))
    assert.equal("5\nlibsqlite3.so.0\n", r.out)
    assert.matches("it takes SQLite %(apt install libsqlite3%-0%)", r.err)
    -- Nothing else needs it.
    r = program.shell(("LD_LIBRARY_PATH=%s %s -a 'count()' %s"):format(folder, program.path, real "go1.27-http"))
    assert.equal("", program.unexpected(r.err))
  end)

  it("keeps to the memory limit", function()
    local path = program.tmpname() .. ".db"
    local r = program.run { "--memory-limit", "4M", "-o", path, "sqlite", real "go1.27-http" }
    assert.equal(6, r.status)
    assert.matches("over the memory limit", r.err)
    assert.is_nil(io.open(path))
  end)

  it("says what the disk says", function()
    local path = program.tmpname() .. ".db"
    local r = program.shell(("%s %s -o %s sqlite %s"):format(faults.env "pwrite=28", program.path, path,
      real "go1.27-http"))
    assert.matches("cannot write the database: No space left on device", r.err)
    assert.equal(5, r.status)
    assert.is_nil(io.open(path))
  end)

  it("wants an empty table, a colon, spans and events", function()
    local wrong = {
      ["export.sqlite { x = 1 }"] = "takes an empty table",
      ["local d = export.sqlite {} function on.state(s) d.add_span(s) end"] = "call it with a colon",
      ["local d = export.sqlite {} function on.state(s) d:add_span(1) end"] = "a span is wanted",
      ["local d = export.sqlite {} function on.GoBlock(ev) d:add_event(1) end"] = "an event is wanted",
      ["local d = export.sqlite {} function scan.state(s) d:add_span(s) end"] = "by hooks of on, not of scan",
      ["local d, k = export.sqlite {} function on.state(s) k = s end function on.finish() d:add_span(k) end"] =
        "there is no current span here",
      ["local d = export.sqlite {} function on.GoBlock(ev) d:add(1) end"] = 'a database has no "add"',
    }
    for code, why in pairs(wrong) do
      local r = program.run { "-e", 'writes = "sqlite" ' .. code, real "go1.27-http" }
      assert.matches(why, r.err, 1, true)
      assert.matches("%-e:1:", r.err)
    end
  end)

  it("takes copies of spans and of events", function()
    local path = program.tmpname() .. ".db"
    local r = program.run { "-o", path, "-e", [[writes = "sqlite"
local d, kept, logs = export.sqlite {}, {}, {}
function on.state(s) kept[#kept + 1] = s:copy() end
function on.UserLog(ev) logs[#logs + 1] = ev:copy() end
function on.finish()
  for _, s in ipairs(kept) do d:add_span(s) end
  for _, ev in ipairs(logs) do d:add_event(ev) end
end]], real "go1.27-annotations" }
    assert.equal("", program.unexpected(r.err))
    is_whole(path)
    local db = export(real "go1.27-annotations")
    for _, sql in ipairs { "SELECT count(*) AS n, sum(duration_ns) AS ns FROM g_transitions",
      "SELECT count(*) AS n, sum(time_ns) AS ns, min(value) AS v FROM logs" } do
      assert.same((ask(db, sql)), (ask(path, sql)))
    end
  end)
end)

-- The longest that a trace of Go 1.22 and later may have, too.
local long_names = {
  { yaml = ("%q"):format(("x"):rep(1024)), line = ("x"):rep(1024) },
  { yaml = ("%q"):format(("\195\164"):rep(512)), line = ("\195\164"):rep(512) },
}

local columns = {
  "name FROM tasks", "name FROM regions", "key FROM logs", "value FROM logs", "label FROM labels",
  "name FROM functions", "file FROM functions", "str_val FROM label_sets", "folded FROM stacks",
  "region FROM g_transitions WHERE from_state = 'Waiting'", "reason FROM g_transitions WHERE to_state = 'Waiting'",
  "from_reason FROM g_transitions WHERE from_state = 'Waiting'",
}

describe("sqlite takes names that are", function()
  it("60 KB long, as Go 1.11 allows", function()
    local long = ("x"):rep(60000)
    local db = export(program.build(([[
expect: ok
header: go 1.11 trace
trace:
  - Batch: {p: 0, ticks: 1000}
  - ProcStart: {thread: 1}
  - UserTaskCreate: {taskid: 1, pid: 0, typeid: 1, stack: 0}
  - UserLog: {id: 0, keyid: 1, stack: 0, value: !bytes "\x1B\0LONG"}
  - Frequency: {freq: 1000000000}
  - String: {id: 1, data: "LONG"}
]]):gsub("LONG", long)))
    is_whole(db)
    assert.same({ { key = long, value = "\\x1b\\x00" .. long } }, (ask(db, "SELECT key, value FROM logs")))
  end)

  local function takes(name)
    it("hostile: " .. name.line:sub(1, 40), function()
      local db = export(hostile_names.trace(name.yaml))
      is_whole(db)
      for _, column in ipairs(columns) do
        local word = column:match "^%w+_?%w*"
        local want = word == "folded" and name.line:gsub(";", "_") or name.line
        assert.equal(want, ask(db, "SELECT " .. column)[1][word], column)
      end
      assert.equal("9223372036854775807", (program.shell("sqlite3 " .. db ..
        " \"SELECT value FROM metrics WHERE name LIKE '%goal%'\"").out:gsub("\n", "")))
    end)
  end

  for _, list in ipairs { hostile_names.names, long_names } do
    for _, name in ipairs(list) do
      takes(name)
    end
  end
end)
