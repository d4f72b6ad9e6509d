-- --by=trace of every bundled script: of several traces each has rows of its own, as many as alone; or
-- the script says that it has none by keys.
local program = require "support.program"

teardown(program.clean)

local function recording(name)
  return ("%stestdata/real/go%s.trace"):format(program.root, name)
end

local traces = { recording "1.27-faults", recording "1.27-gc", recording "1.27-mix" }

-- What a script needs to say anything here.
local needs = { top = { "--once" }, forbid = { "dur > 1000s" } }

local function run(script, ...)
  local words = { "-F", "csv", script, "--by=trace", unpack(needs[script] or {}) }
  for _, path in ipairs { ... } do
    words[#words + 1] = path
  end
  return program.run(words)
end

-- How many lines name a trace.
local function lines_of(text, path)
  local n = 0
  for line in text:gmatch "[^\n]+" do
    n = n + (line:find(path, 1, true) and 1 or 0)
  end
  return n
end

local scripts = {}
for line in program.run({ "-l" }).out:gmatch "[^\n]+" do
  local name = line:match "^([%l_]+) "
  -- diff compares two traces, and no more: it has a test of its own below.
  scripts[#scripts + 1] = name ~= "script" and name ~= "diff" and name or nil
end

describe("--by=trace", function()
  local with, without = 0, 0

  for _, script in ipairs(scripts) do
    it("of " .. script .. " tells traces apart, or is refused in words", function()
      local r = run(script, unpack(traces))
      if r.status ~= 0 then
        without = without + 1
        assert.equal(2, r.status, r.err)
        assert.equal("", r.out)
        assert.matches("^gotrace%-lua: unknown option %-%-by: [%l_ ]+ puts? rows together by trace", r.err)
        return
      end
      with = with + 1
      local all = 0
      for _, path in ipairs(traces) do
        local n = lines_of(r.out, path)
        assert.is_true((n > 0) == (lines_of(run(script, path).out, path) > 0), path .. "\n" .. r.out)
        all = all + n
      end
      assert.is_true(all >= 1, r.out)
    end)
  end

  it("of diff has what is of one trace alone in its row", function()
    local r = run("diff", traces[1], traces[3])
    assert.equal(0, r.status, r.err)
    assert.is_true(lines_of(r.out, traces[1]) > 0 and lines_of(r.out, traces[3]) > 0, r.out)
  end)

  it("is there where rows are put together", function()
    assert.is_true(with >= 22 and without >= 30, ("%d with, %d without"):format(with, without))
  end)
end)
