-- docs/cookbook.md: its commands find what was planted in two programs, in the traces of two
-- versions: the right function comes first, with what the program measured of itself.
-- (examples_spec has that they print what stands there.)
local examples = require "support.examples"
local program = require "support.program"

teardown(program.clean)

local versions = { "1.21", "1.27" }
local TOLERANCE = 0.05

-- The commands of each question, by its number.
local commands = {}
do
  local number
  local at = {}
  for line in io.lines(program.root .. "docs/cookbook.md") do
    at[#at + 1] = line:match "^### (%d+)%." or false
  end
  for _, example in ipairs(examples.of "docs/cookbook.md") do
    for i = 1, example.at do
      number = at[i] and tonumber(at[i]) or number
    end
    commands[number] = commands[number] or {}
    table.insert(commands[number], example.command)
  end
end

local function trace_of(version, theme)
  return ("%stestdata/real/go%s-%s.trace"):format(program.root, version, theme)
end

-- What the program logged of itself.
local measured = setmetatable({}, { __index = function(known, trace)
  local found = {}
  local r = program.run { "-f", 'match(key, "^measured ")', "-p", "key,value", trace }
  for what, n in r.out:gmatch "measured ([^\t]+)\t(%d+)" do
    found[what] = tonumber(n)
  end
  known[trace] = found
  return found
end })

-- The heading and the rows of CSV that a command prints of a trace, without what only people want.
local function answer(command, theme, version)
  local words = command:gsub("testdata/real/go1%.27%-" .. theme .. "%.trace", trace_of(version, theme))
    :gsub(" | .*$", ""):gsub(" %-%-top=%d+", " --top=0"):gsub(" top %d+'", "'")
  local r = program.shell((words:gsub("^gotrace%-lua", program.quote(program.path) .. " -F csv")))
  assert.equal("", r.err)
  assert.equal(0, r.status)
  local rows = {}
  for line in r.out:gmatch "[^\n]+" do
    local row = {}
    for cell in (line .. ","):gmatch "([^,]*)," do
      row[#row + 1] = cell
    end
    rows[#rows + 1] = row
  end
  return table.remove(rows, 1), rows
end

local function place_of(name, list)
  for i, other in ipairs(list) do
    if other == name then
      return i
    end
  end
  error("no column " .. name)
end

-- question, command of it, theme; first: what the first row begins with, in which column; is: the
-- figure in a column, or the sum over all rows, that is near what was measured; only: the version.
local cases = {
  { 1, 1, "faults", first = "request" },
  { 2, 1, "services", column = "place", first = "main.askForRates", is = { "total", "asking for rates" } },
  { 2, 2, "services", has = "main.askForRates" },
  { 2, 3, "faults", first = "chan receive", is = { "total", "slow answers" } },
  { 2, 3, "faults", column = "place", first = "main.serveRequest" },
  { 3, 1, "services", first = "eve", is = { "total", "orders of eve" } },
  { 4, 1, "services", first = "price", is = { "total", "pricing" } },
  { 5, 1, "faults", first = "main.answerQuestions", is = { "waited", "slow answers" } },
  { 6, 2, "faults", first = "main.wantLock", is = { "total", "lock waits" } },
  { 7, 1, "faults", all = { "sum(dur)", "lock waits" }, has = "main.holdLock" },
  { 8, 1, "faults", first = "main.together.func%d" },
  { 9, 1, "services", has = "main.busyWorker", is = { "exec", "busy worker" } },
  { 10, 1, "faults", first = "main.together.func%d" },
  { 11, 1, "faults", first = "main.together.func%d" },
  { 13, 1, "services", rows = "collections" },
  -- Of Go 1.21 the worker of this trace has no name.
  { 13, 2, "gccost", only = "1.27", first = "runtime.gcBgMarkWorker", is = { "took", "collector's workers" } },
  { 13, 3, "gccost", all = { "helped", "help for the collector" }, has = "main.main" },
  { 14, 1, "services", first = "main.growLeaves" },
  -- Before Go 1.22 a stop of the world has no stack.
  { 15, 2, "services", only = "1.27", first = "main.stopTheWorld", is = { "stops", "stops for statistics", 0 } },
  { 16, 1, "faults", first = "main.waitForNothing" },
  { 17, 1, "services", first = "main.handleOne", is = { "goroutines", "goroutines started", 0 } },
  -- Before Go 1.22 a trace has the end of a syscall only if it lost its P.
  { 18, 1, "faults", only = "1.27", first = "main.readSlowly", is = { "total", "slow reads" } },
  { 19, 1, "faults", has = "main.lookUpSlowly" },
  { 20, 1, "faults", all = { "sum(dur)", "lock waits" } },
}

local function is_near(want, have, tolerance)
  assert.is_true(want ~= nil and have ~= nil and math.abs(have - want) <= want * tolerance,
    ("want %s, have %s"):format(tostring(want), tostring(have)))
end

local function row_with(rows, text)
  for _, row in ipairs(rows) do
    if table.concat(row, ","):find(text, 1, true) then
      return row
    end
  end
end

local function check(case, version)
  local head, rows = answer(commands[case[1]][case[2]], case[3], version)
  local numbers = measured[trace_of(version, case[3])]
  assert.is_true(#rows > 0)
  if case.first then
    assert.matches("^" .. case.first, rows[1][case.column and place_of(case.column, head) or 1])
  end
  if case.is then
    local row = case.has and row_with(rows, case.has) or rows[1]
    local have = tonumber(row[place_of(case.is[1], head)])
    is_near(numbers[case.is[2]], have, case.is[3] or TOLERANCE)
  end
  if case.has then
    assert.is_table(row_with(rows, case.has))
  end
  if case.all then
    local sum, at = 0, place_of(case.all[1], head)
    for _, row in ipairs(rows) do
      sum = sum + (tonumber(row[at]) or 0)
    end
    is_near(numbers[case.all[2]], sum, TOLERANCE)
  end
  if case.rows then
    local n = 0 -- of the first table, which has as many cells as its head
    for _, row in ipairs(rows) do
      n = n + (#row == #head and 1 or 0)
    end
    assert.equal(numbers[case.rows], n)
  end
end

describe("The cookbook", function()
  for _, case in ipairs(cases) do
    for _, version in ipairs(versions) do
      if version == (case.only or version) then
        it(("finds what was planted: question %d, command %d, Go %s"):format(case[1], case[2], version), function()
          check(case, version)
        end)
      end
    end
  end

  it("has 20 questions at least, each with a command", function()
    assert.is_true(#commands >= 20)
    for number = 1, #commands do
      assert.is_true(#commands[number] > 0)
    end
  end)

  it("fails where there is what must not be", function()
    local r = program.run { "forbid", 'kind == "task" and name == "request" and dur > 4ms', trace_of("1.27", "faults") }
    assert.equal(1, r.status)
    assert.matches("3 of what must not be", r.err)
  end)
end)

describe("docs/one-liners.md", function()
  it("has twelve lessons, each with commands", function()
    local lessons, n = {}, 0
    for line in io.lines(program.root .. "docs/one-liners.md") do
      n = n + (line:find "^## %d+%." and 1 or 0)
      lessons[n] = (lessons[n] or 0) + (line:find "^%$ gotrace%-lua" and 1 or 0)
    end
    assert.equal(12, n)
    for i = 1, n do
      assert.is_true(lessons[i] > 0)
    end
  end)
end)
