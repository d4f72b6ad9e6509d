-- Whatever road a rewrite takes, Go's tools take what comes out: of traces that only
-- Go's reader takes (sched/minded), and of stops of the world that outlive a
-- generation. Go looks up what one was called when it ends, by the string id of its
-- begin.
local minded = require "sched.minded"
local programs = require "oracle.programs"
local trace = require "support.trace"
local verify = require "oracle.verify"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local input, out, pages = scratch .. "/in.trace", scratch .. "/out.trace", scratch .. "/pages"

local ROADS = {
  ["as it is"] = {},
  ["without logs"] = { "drop", "--types=UserLog" },
  ["looked at"] = { "-e", "function on.any(ev) return ev.time >= 0 end" },
  ["thinned"] = { "-e", "function on.GoStop() return false end" },
  ["cut"] = { "--from", "1ns" },
}

-- Goroutine g runs on thread m with proc m - 1, stated.
local function running(m, ...)
  return { m = m, { "ProcStatus", 1, m - 1, 1 }, { "GoStatus", 1, m, m, 2 }, ... }
end

-- Generations of such batches, { strings, batch... }, each a microsecond later.
local function file(...)
  local list = {}
  for i, g in ipairs { ... } do
    list[i] = { time = 1000 * i, clock = { 0, 1000 * i, 1, 1000 * i }, strings = g[1], unpack(g, 2) }
  end
  return trace.file(26, unpack(list))
end

local BEGIN, END = { "STWBegin", 1, 5, 0 }, { "STWEnd", 1 }
local LOG = { "UserLog", 1, 0, 6, 5, 0 } -- key 6, value 5
local first = { { [5] = "GC mark termination", [6] = "why" }, running(1, BEGIN) }

-- Batches of a table with records 1 to 9,000, of which each fits into one.
local function crowded(kind, record)
  local batches = {}
  for from = 1, 9000, 1000 do
    local records = { string.char(trace.types[kind]) }
    for i = from, from + 999 do
      table.insert(records, record(i))
    end
    table.insert(batches, trace.batch({ gen = 1, m = -1, time = 1000 }, records))
  end
  return table.concat(batches)
end

-- A stop begins, and there are 9,000 stacks, each of a function of its own.
local function crowd()
  local events = {}
  for i = 1, 9000 do
    events[i] = trace.event { "ProcsChange", 1, 1, i }
  end
  return { time = 1000, clock = { 0, 1000, 1, 1000 }, strings = { [5] = "GC mark termination", [6] = "f.go" },
    running(1, BEGIN, table.concat(events)),
    crowded("Stacks", function(i) return trace.stack(i, { { i, 10 + i, 6, 1 } }) end),
    crowded("Strings", function(i) return trace.string(10 + i, "main.f" .. i) end) }
end

local CASES = {
  ["its name is there and nothing else refers to it"] =
    file(first, { { [5] = "GC mark termination" }, running(1, END) }),
  ["its id is another string's by then"] = file(first, { { [5] = "other", [6] = "x" }, running(1, LOG, END) }),
  ["its id is no string's by then"] = file(first, { { [6] = "x" }, running(1, END) }),
  ["its id is a secret's of which only logs know"] =
    file(first, { { [5] = "a secret", [6] = "x" }, running(1, LOG, END) }),
  ["its name is a log's too"] = file({ first[1], running(1, LOG, BEGIN) },
    { { [5] = "GC mark termination" }, running(1, END) }),
  ["another trace part is broken by then"] = file(first, { { [5] = "GC mark termination" }, running(1, END) },
    { { [5] = "x" }, running(1, { "GoStop", 1, 77, 0 }) }),
  ["the generation of its end is broken"] = file(first,
    { { [5] = "GC mark termination" }, running(1, END, { "GoStop", 1, 77, 0 }) }),
  ["it goes on through a whole generation"] = file(first, { { [5] = "x" }, running(1, LOG) },
    { { [5] = "GC mark termination" }, running(1, END) }),
  ["two are nested, and both end later"] = file(
    { { [5] = "one", [6] = "two" }, running(1, BEGIN, { "STWBegin", 1, 6, 0 }) },
    { { [6] = "one", [5] = "two" }, running(1, END, END) }),
  ["two of one name are nested"] = file(
    { { [5] = "one", [6] = "one" }, running(1, BEGIN, { "STWBegin", 1, 6, 0 }) },
    { { [5] = "one", [6] = "one" }, running(1, END, END) }),
  ["two goroutines stop the world"] = file(
    { { [5] = "one", [6] = "two" }, running(1, BEGIN), running(2, { "STWBegin", 2, 6, 0 }) },
    { { [5] = "two", [6] = "one" }, running(1, END), running(2, END) }),
  ["two goroutines begin by one id in two generations"] = file(
    { { [5] = "one" }, running(1, BEGIN), running(2) },
    { { [5] = "two" }, running(1), running(2, BEGIN) },
    { { [5] = "two" }, running(1, END), running(2, END) }),
  ["one goroutine stops it in two generations"] = file(
    { { [5] = "one" }, running(1, BEGIN, END) },
    { { [5] = "two" }, running(1, BEGIN) },
    { { [6] = "two" }, running(1, END) }),
  ["there are 9,000 functions beside it"] = trace.file(26, crowd(),
    { time = 100000, clock = { 0, 100000, 1, 100000 }, strings = { [5] = "x" }, running(1, END) }),
  ["its kind has no name"] = file({ {}, running(1, { "STWBegin", 1, 0, 0 }) }, { {}, running(1, END) }),
}

describe("what only Go's reader takes, and", function()
  local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

  -- Writes the trace by a road, and asks all judges.
  local function written(bytes, words)
    programs.write(input, bytes)
    local line = { "-q", "-o", out, unpack(words) }
    table.insert(line, input)
    local status, text = programs.run(line, true)
    assert(status == 0 or status == 3, text)
    local version, why = go:accept(out)
    assert(version, why)
    status, text = programs.run({ "--verify", out }, true)
    assert.equal(0, status, text)
    return programs.read(out)
  end

  for _, case in ipairs(minded) do
    -- Of procs without number the pages would never come.
    local endless = case.why:find("lists all procs", 1, true)
    check("is minded: " .. case.name, function()
      programs.write(input, case.bytes)
      assert(go:read(input))
      assert.is_true(endless ~= nil or not (go:accept(input) and go:pages(input, pages)))
    end)

    for road, words in pairs(ROADS) do
      check(("is written %s: %s"):format(road, case.name), function()
        written(case.bytes, words)
      end)
    end
  end

  for name, bytes in pairs(CASES) do
    check("a stop is judged as by Go where " .. name, function()
      programs.write(input, bytes)
      local report = verify.difference(input, go)
      assert(not report, report)
    end)

    for road, words in pairs(ROADS) do
      check(("a stop is written %s where %s"):format(road, name), function()
        local got = written(bytes, words)
        assert.is_nil(road == "without logs" and got:find("a secret", 1, true) or nil)
      end)
    end
  end
end)
