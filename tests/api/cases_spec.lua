-- The hand-written traces of testdata/good and testdata/bad: each is built and
-- read by the program, and what it expects is checked.
--
--   expect: ok                                    read to its end
--   expect: {exit: 3, error: "part of the report"}
--   expect:                                       with the lines of `cat`
--     exit: 0
--     events:
--       - '0.000000001 m=1 ...'
--
-- `go: ok`, `refused` or `differs` notes where Go's reader sees something else,
-- on purpose; tests/oracle/cases_spec.lua compares with it.
--
-- CASES_UPDATE=1 writes what the program says now into files that expect
-- events or an error: for a change of the form of lines, to be reviewed.
local program = require "support.program"
local cases = require "support.cases"

local update = os.getenv "CASES_UPDATE"

-- The lines of text.
local function lines_of(text)
  local out = {}
  for line in text:gmatch "[^\n]+" do
    out[#out + 1] = line
  end
  return out
end

-- The first thing that the program reports, without path, offset and context.
local function first_report(err)
  local line = err:match "^gotrace%-lua: [^\n]-: offset %d+([^\n]*)" or err:match "^([^\n]*)"
  line = line:gsub("^, generation %d+", ""):gsub("^, thread %d+", ""):gsub("^[,:] ", "")
  return (line:gsub(" %(have .*", ""):gsub(" %(want .*", ""):gsub("; .*", ""):gsub(": from here .*", ""))
end

local function check(case, got)
  local want = case.expect
  assert.equal(want.exit, got.status, got.err)
  if want.exit == 0 then
    assert.equal("", got.err)
  end
  if want.error then
    assert.truthy(got.err:find(want.error, 1, true), got.err)
  end
  if want.events then
    assert.same(want.events, lines_of(got.out))
  end
end

local function rewrite(case, got)
  local want = case.expect
  if want.events then
    want.events = lines_of(got.out)
  end
  if want.error then
    want.error = first_report(got.err)
  end
  if want.events or want.error then
    program.write(case.path, cases.with_expect(case))
  end
end

for _, dir in ipairs { "good", "bad" } do
  describe("testdata/" .. dir, function()
    teardown(program.clean)

    for _, case in ipairs(cases.read(program.root .. "testdata/" .. dir)) do
      it(case.name .. ": " .. case.about, function()
        local trace = program.build(case.text)
        local got = program.run { "cat", trace }
        if update then
          rewrite(case, got)
        else
          check(case, got)
        end
        os.remove(trace)
      end)
    end

    it("expects what belongs there", function()
      for _, case in ipairs(cases.read(program.root .. "testdata/" .. dir)) do
        assert.equal(dir == "good", case.expect.exit == 0, case.path)
        assert.truthy(case.about:find "%.$", case.path .. " begins with a sentence")
        assert.truthy(dir == "good" or case.expect.error, case.path .. " has an error")
      end
    end)
  end)
end
