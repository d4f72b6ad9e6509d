-- The bundled scripts that answer questions about time: on every recording, in every form;
-- and against what a program measured of itself.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

local answers = { "blocks", "goroutines", "goroutines --of=exec,block", "goroutines --by=id", "sched", "syscalls",
  "stw", "regions", "tasks", "wakers", "leaks", "gc", "procs", "heap", "heap --by=m", "logs", "runnable", "task",
  "task --by=goroutine,name,func,place", "slow_tasks", "critical_path", "critical_path -G1", "related -G1",
  "goroutine -G1", "events", "created_by", "count_gocreate", "info", "regions_from_stacks main.*", "timeline",
  "handlers", "functions", "timeline --by=p", "flame", "flame --kind=wall --by=func" }

-- Bundled scripts that are none of these, and why.
local others = {
  around = "cuts", drop = "cuts", keep = "writes", split = "writes", trim = "cuts", upgrade = "writes",
  anonymize = "writes", deanonymize = "writes", strip = "writes", cat = "lines of events, as long as they are",
  grep = "lines of events", strings = "strings, as long as they are", diff = "of two (diff_spec)",
  forbid = "lines of events and spans", overview = "a page (overview_spec)",
  csv = "an export", dot = "an export", folded = "an export", ndjson = "an export", pprof = "an export",
  speedscope = "an export", perfetto = "an export", chrome = "an export", firefox = "an export", sqlite = "an export",
  otlp = "an export", report = "an export", record = "writes (recording_spec)", top = "a page (top_spec)",
}

local function run(...)
  return program.run { ... }
end

local function prints(...)
  local r = run(...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- Of the oldest Go, the last of the first family, and the latest all; of the others a sixth for
-- each answer, in turn (forms_spec and sqlite_spec go through all).
local all, three = {}, { ["15"] = true, ["21"] = true, ["27"] = true }
do
  local list = io.popen("ls " .. program.root .. "testdata/real/*.trace")
  for path in list:lines() do
    all[#all + 1] = path
  end
  list:close()
end

local function recordings_for(turn)
  local list = {}
  for i, path in ipairs(all) do
    local is_taken = three[path:match "go1%.(%d+)%-[^/]*$"] or (i + turn) % 6 == 0
    list[#list + 1] = is_taken and path or nil
  end
  return list
end

local turns = {} -- by answer
for i, name in ipairs(answers) do
  turns[name] = i
end

-- An answer on all of them: a script's name, and its options.
local function answer(name, ...)
  local words = { ... }
  for word in name:gmatch "%S+" do
    words[#words + 1] = word
  end
  for _, path in ipairs(recordings_for(turns[name])) do
    words[#words + 1] = path
  end
  return prints(unpack(words))
end

-- How many characters a line has.
local function width_of(line)
  return select(2, line:gsub("[^\128-\191]", ""))
end

-- How many cells a line of CSV has.
local function cells_of(line)
  local bare = line:gsub('"[^"]*"', "")
  return select(2, bare:gsub(",", "")) + 1
end

describe("The bundled scripts", function()
  it("are all among these answers, or are none", function()
    local taken = {}
    for _, name in ipairs(answers) do
      taken[name:match "^%S+"] = true
    end
    local list = io.popen("ls " .. program.root .. "scripts/*.lua")
    for path in list:lines() do
      local name = path:match "([^/]*)%.lua$"
      assert.is_true((taken[name] or others[name]) ~= nil, name)
    end
    list:close()
  end)
end)

describe("on recordings", function()
  for _, name in ipairs(answers) do
    it(name .. " keeps 80 columns", function()
      local rows = 0
      for line in answer(name):gmatch "[^\n]+" do
        assert.is_true(width_of(line) <= 80, line)
        rows = rows + 1
      end
      assert.is_true(rows > 1)
    end)

    it(name .. " is JSON, an object a line", function()
      local rows = 0
      for line in answer(name, "-F", "json"):gmatch "[^\n]+" do
        assert.is_table(dkjson.decode(line), line)
        rows = rows + 1
      end
      assert.is_true(rows > 0)
    end)

    it(name .. " is CSV, each row as wide as its head", function()
      local width, rows = nil, 0
      local out = answer(name, "-F", "csv"):gsub('"[^"]*"', '""') -- cells may have several lines
      for line in (out .. "\n"):gmatch "([^\n]*)\n" do
        width = line ~= "" and (width or cells_of(line)) or nil
        assert.is_true(line == "" or cells_of(line) == width, line)
        rows = rows + 1
      end
      assert.is_true(rows > 1)
    end)
  end

  it("the forms have the same figures", function()
    for _, name in ipairs { "blocks", "syscalls", "regions", "tasks", "sched" } do
      local csv, json = {}, {}
      local text = prints("-F", "csv", name, "--top=0", unpack(all))
      text = text:match "^(.-\n)\n" or text -- the first table
      local at = 0
      for word in text:match("^[^\n]+"):gmatch "[^,]+" do
        at = at + 1
        if word == "total" then break end
      end
      for line in text:gmatch "\n([^\n]+)" do
        local cells = {}
        for cell in (line:gsub('"[^"]*"', "x") .. ","):gmatch "([^,]*)," do cells[#cells + 1] = cell end
        csv[#csv + 1] = cells[at] ~= "" and cells[at] or nil
      end
      for total in prints("-F", "json", name, "--top=0", unpack(all)):gmatch '"total":([%d.e+]+)' do
        json[#json + 1] = total
      end
      assert.is_true(#csv > 1)
      assert.same(csv, json)
    end
  end)
end)

-- What a program logged of itself, in ns.
local function measured(trace)
  local found = {}
  for what, ns in prints("-f", 'key:find "^measured "', "-p", "key,value", trace):gmatch "measured ([^\t]+)\t(%d+)" do
    found[what] = tonumber(ns)
  end
  return found
end

-- The number of a column in the first row that a pattern is found in.
local function figure(out, pattern, column)
  local heads, at = {}, nil
  for head in out:match("^[^\n]+"):gmatch "[^,]+" do
    heads[#heads + 1] = head
    at = head == column and #heads or at
  end
  for line in out:gmatch "\n([^\n]+)" do
    if line:find(pattern) then
      local cells = {}
      for cell in (line .. ","):gmatch "([^,]*)," do cells[#cells + 1] = cell end
      return tonumber(cells[at])
    end
  end
end

local function within(percent, want, have)
  assert.is_true(have ~= nil and math.abs(have - want) <= want * percent / 100,
    ("want %s, have %s"):format(tostring(want), tostring(have)))
end

describe("a program that measured itself is right about", function()
  for _, version in ipairs { "1.21", "1.27" } do
    local trace = program.root .. "testdata/real/go" .. version .. "-faults.trace"

    it("its waits for a lock, Go " .. version, function()
      local out = prints("-F", "csv", "blocks", "--by=reason, place.func as f", trace)
      within(5, measured(trace)["lock waits"], figure(out, "sync,main.wantLock,", "total"))
    end)

    it("its slow answers, Go " .. version, function()
      local out = prints("-F", "csv", "-f", 'kind == "region" and name == "ask" and dur > 2ms', "-a",
        "sum(dur) as total, count() as n", trace)
      within(5, measured(trace)["slow answers"], figure(out, ".", "total"))
      assert.equal(3, figure(out, ".", "n"))
    end)

    it("its leaks, Go " .. version, function()
      local out = prints("-F", "csv", "leaks", trace)
      assert.matches("^[^\n]*\nmain.waitForNothing,chan receive,main.waitForNothing [^,]*,main.leakGoroutines [^,]*,7,",
        out)
    end)

    it("its requests, Go " .. version, function()
      local out = prints("-F", "csv", "tasks", trace)
      assert.equal(12, figure(out, "^request,", "complete"))
      assert.equal(0, figure(out, "^request,", "open"))
    end)
  end
end)

-- Before Go 1.22 a trace has the end of a syscall only if it lost its P.
describe("a program that measured itself is right about", function()
  it("its slow reads", function()
    local trace = program.recording "faults"
    local out = prints("-F", "csv", "syscalls", "--by=place.func as f", trace)
    within(5, measured(trace)["slow reads"], figure(out, "^main.readSlowly,", "total"))
  end)
end)

describe("forbid", function()
  local trace = program.recording "faults"

  it("lists what must not be, and fails", function()
    local r = run("forbid", 'reason == "sync" and dur > 5ms', trace)
    assert.equal(1, r.status)
    assert.equal(prints("-f", 'reason == "sync" and dur > 5ms', "cat", "--stacks", trace), r.out)
    assert.matches("\n\tmain%.together\n\t\t[^\n]+:84\n", r.out)
    assert.equal(prints("-F", "json", "-f", 'reason == "sync" and dur > 5ms', trace),
      run("-F", "json", "forbid", 'reason == "sync" and dur > 5ms', trace).out)
    assert.matches("3 of what must not be: reason == \"sync\" and dur > 5ms\n$", r.err)
  end)

  it("is silent where nothing is", function()
    assert.equal("", prints("forbid", 'reason == "sync" and dur > 5s', trace))
    assert.equal("", prints("forbid", 'type == "GoDestroySyscall"', trace))
  end)

  it("takes events and kinds of spans", function()
    assert.equal(prints("-f", 'type == "STWBegin"', "cat", "--stacks", trace),
      run("forbid", 'type == "STWBegin"', trace).out)
    assert.equal(prints("-f", 'kind == "region" and dur > 4ms', "cat", "--stacks", trace),
      run("forbid", 'kind == "region" and dur > 4ms', trace).out)
  end)

  it("refuses what is no expression", function()
    local r = run("forbid", "reason == ", trace)
    assert.equal(2, r.status)
    assert.matches("WHAT 'reason == '", r.err)
  end)
end)
