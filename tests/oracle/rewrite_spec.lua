-- The round trip: `gotrace-lua -o OUT IN` of every recording, and nothing else.
-- Go takes what comes out, calls it its latest version, and sees in it what it
-- saw before.
local cases = require "support.cases"
local compare = require "oracle.compare"
local program = require "support.program"
local programs = require "oracle.programs"
local summary = require "oracle.summary"

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

-- Cases whose times may differ, by how many ns and why.
local ROUNDED = {
  ["go1.22-odd-frequency"] = 2, -- ticks of less than a ns are written as ns
}

-- What Go 1.15 does not say of its elders: which goroutine stopped the world,
-- and in 1.5 what functions are called. Only what moves goroutines is lifted.
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

local function agree(report)
  assert(not report, report)
end

describe("a trace written anew", function()
  local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

  local written -- what `out` is made of

  local function rewrite(path)
    if path ~= written then
      os.remove(out)
      local status, text = programs.run({ "-o", out, path })
      assert.equal(0, status, text)
      written = path
    end
  end

  local function summary_of(path, to)
    local ask = programs.version(path) < 11 and go.summary_115 or go.summary
    assert(ask(go, path, to))
  end

  for _, path in ipairs(programs.recordings()) do
    local name, version = programs.name_of(path), programs.version(path)

    check("is one of the latest version that Go takes: " .. name, function()
      rewrite(path)
      local latest, why = go:accept(out)
      assert(latest, why)
      assert.equal(LATEST, latest)
      assert.equal(LATEST, programs.version(out))
    end)

    check("has the same summary: " .. name, function()
      if GO_REFUSES[name] then
        return
      end
      rewrite(path)
      summary_of(path, want)
      summary_of(out, got)
      agree(summary.compare(want, got, {
        v1 = version < 22,
        tolerance = version < 22 and OLD_TOLERANCE or 0,
        ignored = not_in_115(version),
      }))
    end)

    if version >= 22 then
      check("has the same events: " .. name, function()
        rewrite(path)
        assert.equal(0, (programs.go_dump(path, want)))
        assert.equal(0, (programs.go_dump(out, got)))
        agree(compare.identical(want, got))
      end)
    end

    if version == LATEST then
      check("is hardly larger: " .. name, function()
        rewrite(path)
        local before, after = #programs.read(path), #programs.read(out)
        assert(after <= before * LARGER, ("%d bytes of %d"):format(after, before))
      end)
    end
  end

  -- Traces that no program made: whatever Go makes of them, it takes what we do.
  -- Where they end early, or in disorder, nothing is compared.
  local function try_made(path, tolerance)
    os.remove(out)
    local status, text = programs.run({ "-o", out, path })
    assert(status == 0 or status == 3, text)
    written = nil
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
