-- The hand-written traces of testdata/good and testdata/bad, before Go's
-- readers: they take what we take, refuse what we refuse, and see the same
-- events. Where a case says `go:` (ok, refused, differs), its first line says how
-- and why that is not so.
local cases = require "support.cases"
local compare = require "oracle.compare.compare"
local conversion = require "oracle.compare.conversion"
local program = require "support.program"
local tools = require "support.tools.tools"
local programs = require "oracle.programs"

local missing = programs.prepare()

local function agree(report)
  assert(not report, report)
end

local function compare_events(want, got, version)
  if version >= 22 then
    agree(compare.identical(want, got, version))
  elseif version >= 11 then
    agree(compare.same_runs(want, got, version))
  else
    agree(compare.contains(conversion.lines(io.lines(want)), got, version))
  end
end

local function check(case)
  local trace, want, got = program.build(case.text), program.tmpname(), program.tmpname()
  local version = programs.version(trace)
  local go_takes = programs.go_dump(trace, want) == 0
  local we_take = programs.our_dump(trace, got) == 0
  local same = case.expect.exit == 0 and "ok" or "refused"
  assert.equal(case.expect.exit == 0, we_take)
  if case.expect.go == "differs" then
    return
  end
  assert.equal(case.expect.go or same, go_takes and "ok" or "refused")
  if go_takes and we_take then
    compare_events(want, got, version)
  elseif not go_takes and not we_take and version >= 22 then
    agree(compare.same_beginning(want, got))
  end
end

for _, dir in ipairs { "good", "bad" } do
  describe("Go and testdata/" .. dir, function()
    after_each(program.clean)

    for _, case in ipairs(cases.read(program.root .. "testdata/" .. dir)) do
      it(case.name, function()
        if missing then
          return tools.without({ why = missing }, pending)
        end
        check(case)
      end)
    end
  end)
end
