-- What gotrace-lua sees in a trace against what Go's own readers see in it
-- (README.md beside this file).

local compare = require "oracle.compare.compare"
local conversion = require "oracle.compare.conversion"
local programs = require "oracle.programs"
local tools = require "support.tools.tools"

local CUTS = 50
local MOST_KIB = 256 * 1024 -- of any of these small files

-- Recordings that Go refuses and we read, with the reason.
local WE_READ = {
  ["go1.9-sync_atomic.trace"] = "made by a pre-release of 1.9, whose GCSweepDone has no arguments",
}

-- Why there is no oracle, nil where there is one.
local missing = programs.prepare()
if missing then
  io.stderr:write("\n", ("!"):rep(72), "\n", missing, ("!"):rep(72), "\n")
end

-- A test that needs Go, and cannot be had for the reason given.
local function without_go(reason)
  tools.without({ why = reason }, pending)
end

local function check(name, test)
  it(name, function()
    if missing then
      return without_go(missing)
    end
    return test()
  end)
end

local function name_of(path)
  return path:match("[^/]*$")
end

-- Fails with the report of a comparison, if there is one.
local function agree(report)
  assert(not report, report)
end

local scratch = programs.scratch()
local function temp(name)
  return scratch .. "/" .. name
end

-- What is compared: our recordings, those of old versions, Go's own.

local recordings = programs.recordings()

local absent = {} -- versions of Go whose test data cannot be had

local function testdata_of(version)
  local goroot = programs.goroot(version)
  if not goroot then
    table.insert(absent, version)
  end
  return (goroot or "") .. "/src/internal/trace/testdata"
end

-- Go 1.15 and 1.21 share most of their recordings.
local function add_testdata_of(version, seen)
  for _, path in ipairs(programs.files(testdata_of(version), "_%l+$")) do
    if not seen[name_of(path)] then
      seen[name_of(path)] = true
      table.insert(recordings, path)
    end
  end
end

local text_traces, fuzz_inputs = {}, {}
if missing then
  table.insert(absent, "1.27")
else
  local seen = {}
  add_testdata_of("1.21", seen)
  add_testdata_of("1.15", seen)
  local testdata = testdata_of("1.27")
  text_traces = programs.convert("-totrace", programs.files(testdata .. "/tests", "%.test$"), scratch)
  fuzz_inputs = programs.convert("-unfuzz", programs.files(testdata .. "/fuzz/FuzzReader", "^[^.]"), scratch)
end

-- How a trace is compared, by the version of its header.

local function compare_old(want, got, version)
  return compare.contains(conversion.lines(io.lines(want)), got, version)
end

local function comparison(version)
  return version >= 22 and compare.identical or version >= 11 and compare.same_runs or compare_old
end

-- Go refuses path: so do we, after what was readable. Before 1.22 Go's reader
-- delivers nothing of such a file, so that there is nothing to compare.
local function compare_refused(path, want, got, status)
  if WE_READ[name_of(path)] then
    assert.equal(0, status)
    return
  end
  assert.equal(3, status)
  if programs.version(path) >= 22 then
    agree(compare.same_beginning(want, got))
  end
end

local function compare_dumps(path)
  local want, got = temp("want"), temp("got")
  local go_status = programs.go_dump(path, want)
  local status = programs.our_dump(path, got)
  if go_status ~= 0 then
    compare_refused(path, want, got, status)
  else
    assert.equal(0, status)
    local version = programs.version(path)
    agree(comparison(version)(want, got, version))
  end
end

-- Goroutines created, as Go's reader sees them; nil where it refuses the file.
local function created_by_go(path)
  if programs.version(path) >= 11 then
    return programs.go_created(path)
  elseif programs.go_dump(path, temp("want")) == 0 then
    local n = 0
    for _, ev in ipairs(conversion.lines(io.lines(temp("want")))) do
      n = n + (ev.key:find("^GoCreate\t") and 1 or 0)
    end
    return n
  end
end

-- Go 1.15 and 1.27 both read 1.11: there the conversion is held against Go's own.
-- Left out: annotations, which older traces have not, and what the collector
-- does, which 1.15 gives to no goroutine and 1.27 to the one running.
local NOT_LIFTED = { "\tUser", "\tGCStart\t", "\tGCDone\t", "\tGCSTW" }

local function is_converted(line)
  for _, part in ipairs(NOT_LIFTED) do
    if line:find(part, 1, true) then
      return false
    end
  end
  return true
end

local function lines_to_convert(path)
  local lines = io.lines(path)
  return function()
    local line = lines()
    while line and not is_converted(line) do
      line = lines()
    end
    return line
  end
end

local function compare_conversion(path)
  local old, new = temp("old"), temp("new")
  if programs.go_dump(path, new) == 0 and programs.go_dump_115(path, old) == 0 then
    agree(compare.contains(conversion.lines(lines_to_convert(old)), new, 11, conversion.before))
  end
end

-- Whatever the input: no crash, no hang, no memory without bound; and where Go
-- refuses, so do we.
local function compare_verdicts(verdicts, refusals_bind)
  for _, v in ipairs(verdicts) do
    local about = ("%s: %s, %d KiB; Go: %s"):format(v.subject, v.status, v.kib, v.reason)
    assert(v.status == "0" or v.status == "3", about)
    assert(v.kib <= MOST_KIB, about)
    assert(v.taken or v.status == "3" or not refusals_bind, about)
  end
end

describe("Go's reader and ours", function()
  lazy_teardown(function()
    programs.remove(scratch)
  end)

  for _, path in ipairs(recordings) do
    local name = name_of(path)
    check("see the same events in " .. name, function()
      compare_dumps(path)
    end)
    check("see as many goroutines created in " .. name, function()
      local n = created_by_go(path)
      if n then
        assert.equal(n, programs.our_created(path))
      end
    end)
    if programs.version(path) >= 22 then
      check("count the same types in " .. name, function()
        assert.equal(programs.go_counts(path), programs.our_counts(path))
      end)
    end
    check("take or refuse the same beginnings of " .. name, function()
      compare_verdicts(programs.verdicts(path, CUTS), not WE_READ[name])
    end)
  end

  for _, path in ipairs(recordings) do
    if programs.version(path) == 11 then
      check("convert alike what Go 1.15 sees in " .. name_of(path), function()
        compare_conversion(path)
      end)
    end
  end

  for _, path in ipairs(text_traces) do
    check("see the same events in Go's " .. name_of(path), function()
      compare_dumps(path)
    end)
  end

  for _, path in ipairs(fuzz_inputs) do
    check("take or refuse Go's fuzz input " .. name_of(path), function()
      compare_verdicts(programs.verdicts(path, 0), true)
    end)
  end

  for _, version in ipairs(absent) do
    it("agree on the test data of Go " .. version, function()
      without_go("Go " .. version .. " cannot be had")
    end)
  end
end)
