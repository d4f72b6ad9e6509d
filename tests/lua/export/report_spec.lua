-- The page of `report`: what is in its file. What a browser makes of it is in
-- tests/oracle/browser.
local dkjson = require "dkjson"
local program = require "support.program"
local trace = require "support.trace"

teardown(program.clean)

local faults = program.recording "faults"

local function prints(...)
  local r = program.run { ... }
  assert.equal("", program.unexpected(r.err))
  assert.equal(0, r.status)
  return r.out
end

-- The file, and its data: { title =, sections = by id }.
local function page_of(...)
  local path = program.tmpname()
  assert.equal("", prints("-o", path, ...))
  local text = program.read(path)
  local data = assert(dkjson.decode(text:match '<script type="application/json" id="data">\n(.-)\n</script>'))
  for _, section in ipairs(data.sections) do
    data.sections[section.id or ""] = section
  end
  return text, data
end

local function is_refused(status, text, code)
  local script = 'writes = "report" local w = export.report {} ' .. code
  local r = program.run { "-o", program.tmpname(), "-e", script, faults }
  assert.is_truthy(r.err:find(text, 1, true), r.err)
  assert.equal(status, r.status)
end

-- A trace of so many sizes of the heap, each its own.
local function size_of(i)
  return 1e6 + (i * 7919) % 1e6
end

local function heap_trace(n)
  local batches, batch = {}, trace.running(1, 0, 1)
  for i = 1, n do
    if (i - 1) % 5000 == 0 then
      batch = i == 1 and batch or { m = 1, time = 1000 + 10 * i }
      batches[#batches + 1] = batch
    end
    batch[#batch + 1] = { "HeapAlloc", 10, size_of(i) }
  end
  return program.tmpfile(trace.file(26, batches))
end

describe("the page of report", function()
  it("fetches nothing, and lets nothing else be run", function()
    local text = page_of("report", faults)
    assert.is_truthy(text:find("default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline';", 1, true))
    for _, word in ipairs {
      "<link", "<img", "<iframe", " src=", "@import", "url%(", "innerHTML", "outerHTML", "document.write",
    } do
      assert.is_nil(text:gsub("var uPlot=.-</script>", ""):find(word), word)
    end
  end)

  it("is the same each time, and by every path", function()
    local text = page_of("report", faults)
    assert.is_true(text == page_of("report", faults))
    local path = program.tmpname()
    local r = program.run { "-o", path, "report", faults, env = "GOTRACE_PATHS=slow" }
    assert.equal("", program.unexpected(r.err))
    assert.is_true(text == program.read(path))
  end)

  it("has 150 KB where there is nothing, and 2 MB at 100,000 points", function()
    assert.is_true(#page_of("report", program.recording "empty") < 150 * 1024)
    local text, data = page_of("report", heap_trace(100000))
    local heap = data.sections.heap
    assert.is_true(#text < 2 * 1024 * 1024)
    assert.is_true(#heap.x >= 2000 and #heap.x <= 8001, #heap.x)
    -- Thinned out, it has the extremes and the ends that it had.
    local values = heap.series[1].values
    local least, most, smallest, largest = math.huge, 0, math.huge, 0
    for i = 1, 100000 do
      smallest, largest = math.min(smallest, size_of(i)), math.max(largest, size_of(i))
    end
    for _, value in ipairs(values) do
      least, most = math.min(least, value), math.max(most, value)
    end
    assert.same({ smallest, largest, size_of(1), size_of(100000) }, { least, most, values[1], values[#heap.x] })
    for i = 2, #heap.x do
      assert.is_true(heap.x[i] > heap.x[i - 1])
    end
  end)

  it("says what the overview says, and what to do about it", function()
    local _, data = page_of("report", faults)
    local findings = assert(dkjson.decode(prints("-F", "json", faults))).findings
    for i, finding in ipairs(findings) do
      local row = data.sections.findings.rows[i]
      assert.same({ finding.claim, finding.command, finding.severity }, { row.claim, row.command, row.severity })
      assert.is_true(#row.advice > 20)
      assert.is_not_nil(data.sections[row.where], row.where)
    end
    assert.equal(#findings, #data.sections.findings.rows)
    assert.same({ "scheduler", prints(faults):match "scheduler +([^\n]+)" }, data.sections.figures.rows[4])
  end)

  it("has advice for each rule of the overview", function()
    local advice = program.read(program.root .. "scripts/report/verdicts.lua")
    for id in program.read(program.root .. "scripts/overview/findings.lua"):gmatch 'id = "([%l_]+)"' do
      assert.is_truthy(advice:find("\n  " .. id .. " = {", 1, true), id)
    end
  end)

  it("has the sums of other answers", function()
    local _, data = page_of("report", faults)
    local states = data.sections.states.summary.rows
    for _, row in ipairs(states) do
      local csv = prints("-F", "csv", "-a", "sum(dur) by state", "-f", ("state == %q"):format(row[1]), faults)
      assert.equal(csv:match ",(%d+)\n$", ("%d"):format(row[4]))
    end
    local waits = 0
    for _, bin in ipairs(data.sections.latency.series[1].bins) do
      waits = waits + bin.count
    end
    assert.equal(prints(faults):match "scheduler +(%d+) waits", ("%d"):format(waits))
    assert.equal("main.together.func1", data.sections.goroutines.rows[1][1])
    local first = data.sections.tasks.rows[1]
    assert.same({ 8, 4485760 }, { first.id, first.to - first.from })
    local sum = 0
    for _, part in ipairs(first.parts) do
      sum = sum + part[2]
    end
    assert.equal(first.to - first.from, sum)
    local blocked = data.sections.stacks.tabs[1]
    for i, parent in ipairs(blocked.parents) do
      assert.is_true(parent < i and blocked.values[i] <= (blocked.values[parent] or blocked.total))
    end
    assert.equal("main.waitForNothing:129", blocked.rows[1][6])
  end)

  it("works in windows, behind filters and on pipes, and is about one trace", function()
    local _, data = page_of("-q", "--from", "50ms", "--to", "90ms", "report", faults)
    assert.same({ 50e6, 90e6 }, data.time)
    local states, procs = data.sections.states, data.sections.procs
    assert.same({ 50e6, 50e6 }, { states.x[1], procs.from })
    assert.is_true(#states.x > 300 and states.x[#states.x] >= 90e6 and states.x[#states.x] < 91e6)
    local running, all = 0, prints("--from", "50ms", "--to", "90ms", "-F", "csv", "-a", "sum(dur)", "-f",
      'state == "Running"', faults)
    for i = 1, #states.x - 1 do
      running = running + states.series[1].values[i] * (states.x[i + 1] - states.x[i])
    end
    assert.is_true(math.abs(running / tonumber(all:match "\n(%d+)") - 1) < 0.01)
    page_of("-f", 'func ~= "main.main"', "report", faults)
    local r = program.run { "report", faults, faults }
    assert.matches("report is about one trace", r.err)
    local path = program.tmpname()
    r = program.run { "-o", path, "report", "-", stdin = program.read(faults) }
    r.err = program.unexpected(r.err)
    assert.same({ status = 0, err = "", out = "" }, r)
    assert.is_truthy(program.read(path):find("17 waits for a lock", 1, true))
  end)

  it("says what is wrong with a script's part", function()
    is_refused(4, "the kind of a part is one of bars, facts", "function on.finish() w:add { kind = 'pie' } end")
    is_refused(4, "a part of the kind table has a list columns, not nil",
      "function on.finish() w:add { kind = 'table' } end")
    is_refused(4, "a part is a table, not number", "function on.finish() w:add(1) end")
    is_refused(4, "tables are nested more than", [[local t = { kind = "facts", rows = {} } t.rows[1] = t
      function on.finish() w:add(t) end]])
    is_refused(4, 'a report has no "put"', "function on.finish() w:put() end")
    is_refused(4, "call it with a colon", "function on.finish() w.add { kind = 'facts', rows = {} } end")
  end)

  it("has uPlot as its README says", function()
    local folder = program.root .. "lua/gotrace/export/page/uplot/"
    local n = 0
    for name, sum in program.read(folder .. "README.md"):gmatch "| `([%w.]+)` | [^\n]-`(%x+)` |" do
      assert.equal(sum, program.shell(("sha256sum '%s%s'"):format(folder, name)).out:match "^%x+")
      n = n + 1
    end
    assert.equal(3, n)
  end)
end)
