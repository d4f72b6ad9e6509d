-- The round trip: `gotrace-lua -o OUT IN` of every recording, and nothing else.
-- Go takes what comes out, calls it its latest version, and sees in it what it
-- saw before. Generations of v2 go through as they are, unless somebody looks at
-- events: both roads have to lead there.
local cases = require "support.cases"
local compare = require "oracle.compare.compare"
local losing = require "support.losing.one"
local program = require "support.program"
local programs = require "oracle.programs"
local summary = require "oracle.compare.summary"

local LATEST = 26
local READABLE = {}
for _, version in ipairs { 5, 7, 8, 9, 10, 11, 19, 21, 22, 23, 25, 26 } do
  READABLE[version] = true
end
local LARGER = 1.03 -- times what was read, of the same version
local OLD_TOLERANCE = 1000 -- ns: what v1 does not say has to be put between its ticks

-- Recordings that Go 1.15 refuses and we read, with the reason; there is
-- nothing to compare them with.
local GO_REFUSES = {
  ["go1.9-sync_atomic.trace"] = "made by a pre-release of 1.9, whose GCSweepDone has no arguments",
}

-- Recordings that lose an event.
local LOSING = {
  "go1.15-http", "go1.15-lifetimes", "go1.15-sync", "go1.19-annotations", "go1.19-syscalls", "go1.21-cgo", "go1.21-gc",
  "go1.21-mix", "go1.22-lifetimes", "go1.27-channels",
}

-- Cases whose times may differ, by how many ns and why.
local ROUNDED = {
  ["go1.22-odd-frequency"] = 2, -- ticks of less than a ns are written as ns
}

-- What Go 1.15 does not say of its elders: which goroutine stopped the world,
-- and in 1.5 what functions are called. Only what moves goroutines is converted.
-- There a P may also do something before it was started.
local function not_in_115(version)
  if version >= 11 then
    return nil
  end
  return function(key)
    return key:find('range "stop-the-world', 1, true) or key:find("^events ") or
      version == 5 and (key:find(" name$") or key:find("^transition proc "))
  end
end

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local out, want, got = scratch .. "/out.trace", scratch .. "/want", scratch .. "/got"

local PLAIN = {}
local LOOK = { "-e", "function on.any() end" }
local FREE = { "drop", "--types=UserLog,HeapAlloc,HeapGoal,CPUSample" } -- on which nothing depends

local RENAMED = { "-e", [[
function on.string(s, role) return role .. #s end
function on.stack(st) return #st % 3 > 0 and { { func = "f" .. #st, file = "f.go", line = #st } } end]] }

local function agree(report)
  assert(not report, report)
end

describe("a trace written anew", function()
  local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

  local written, how -- what `out` is made of

  -- Runs the program with the words that say how.
  local function write(path, words)
    local line = { "-q", "-o", out, unpack(words) }
    os.remove(out)
    written, how = path, words
    table.insert(line, path)
    return programs.run(line)
  end

  local function rewrite(path, words)
    if path ~= written or words ~= how then
      local status, text = write(path, words)
      assert.equal(0, status, text)
    end
  end

  local function summary_of(path, to)
    local ask = programs.version(path) < 11 and go.summary_115 or go.summary
    assert(ask(go, path, to))
  end

  local function accept()
    local latest, why = go:accept(out)
    assert(latest, why)
    assert.equal(LATEST, latest)
    assert.equal(LATEST, programs.version(out))
  end

  local function check_road(path, name, road, words)
    local version = programs.version(path)

    check("is one of the latest version that Go takes: " .. name .. road, function()
      rewrite(path, words)
      accept()
    end)

    check("has the same summary: " .. name .. road, function()
      if GO_REFUSES[name] then
        return
      end
      rewrite(path, words)
      summary_of(path, want)
      summary_of(out, got)
      agree(summary.compare(want, got, {
        v1 = version < 22,
        tolerance = version < 22 and OLD_TOLERANCE or 0,
        ignored = not_in_115(version),
      }))
    end)

    if version >= 22 then
      check("has the same events: " .. name .. road, function()
        rewrite(path, words)
        assert.equal(0, (programs.go_dump(path, want)))
        assert.equal(0, (programs.go_dump(out, got)))
        agree(compare.identical(want, got))
      end)
    end

    if version == LATEST then
      check("is hardly larger: " .. name .. road, function()
        rewrite(path, words)
        local before, after = #programs.read(path), #programs.read(out)
        assert(after <= before * LARGER, ("%d bytes of %d"):format(after, before))
      end)
    end
  end

  for _, path in ipairs(programs.recordings()) do
    local name = programs.name_of(path)
    check_road(path, name, "", PLAIN)
    if programs.version(path) >= 22 then
      check_road(path, name, ", event by event", LOOK)
    end
    check("can do without what nothing depends on: " .. name, function()
      rewrite(path, FREE)
      accept()
    end)
  end

  for _, path in ipairs(programs.recordings()) do
    check("may have other names and stacks: " .. programs.name_of(path), function()
      rewrite(path, RENAMED)
      accept()
    end)
  end

  for _, name in ipairs(LOSING) do
    check("is one that Go takes, whichever event was lost: " .. name, function()
      local bytes, lost = losing.read(name), scratch .. "/lost.trace"
      local places = losing.places(bytes)
      for n = 1, 12 do
        local place = places[n * 7919 % #places + 1]
        programs.write(lost, (losing.without(bytes, place)))
        local status, text = write(lost, n % 2 == 0 and LOOK or PLAIN)
        assert(status == 0 or status == 3, text)
        local latest, why = go:accept(out)
        assert(latest, ("without the %s at %d: %s"):format(place.type, place.off, why))
      end
    end)
  end

  -- Traces that no program made: whatever Go makes of them, it takes what we do.
  -- Where they end early, or in disorder, nothing is compared.
  local function try_road(path, tolerance, words)
    local status, text = write(path, words)
    assert(status == 0 or status == 3, text)
    if not READABLE[programs.version(path)] then
      return -- no trace, or one that nobody knows
    end
    local was_valid = go:accept(path, true)
    local latest, why = (was_valid and go.accept or go.read)(go, out, true)
    assert(latest, why)
    if status == 0 and was_valid and programs.version(path) >= 22 then
      summary_of(path, want)
      summary_of(out, got)
      agree(summary.compare(want, got, { tolerance = tolerance or 0 }))
    end
  end

  local function try_made(path, tolerance)
    try_road(path, tolerance, PLAIN)
    try_road(path, tolerance, LOOK)
  end

  if not missing then
    local testdata = programs.goroot("1.27") .. "/src/internal/trace/testdata"
    local texts = programs.convert("-totrace", programs.files(testdata .. "/tests", "%.test$"), scratch)
    local inputs = programs.convert("-unfuzz", programs.files(testdata .. "/fuzz/FuzzReader", "^[^.]"), scratch)
    for _, list in ipairs { texts, inputs } do
      for _, path in ipairs(list) do
        check("is one that Go takes: Go's " .. programs.name_of(path), function()
          try_made(path)
        end)
      end
    end
  end

  for _, dir in ipairs { "good", "bad" } do
    for _, case in ipairs(cases.read(programs.root .. "/testdata/" .. dir)) do
      check("is one that Go takes: " .. dir .. "/" .. case.name, function()
        finally(program.clean)
        try_made(program.build(case.text), ROUNDED[case.name])
      end)
    end
  end
end)
