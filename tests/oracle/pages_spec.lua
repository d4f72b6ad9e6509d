-- `go tool trace` serves its pages of what we write: all that its first page
-- leads to, profiles and the data of the trace views included.
local programs = require "oracle.programs"

local AT_LEAST = 30 -- pages, of any trace in which something runs

-- Of each version of the format, and with all that has a page of its own.
local NAMES = {
  "go1.15-mix", "go1.19-cpusamples", "go1.21-annotations", "go1.22-cgo", "go1.23-allocfree", "go1.25-flight",
  "go1.26-http", "go1.27-annotations", "go1.27-coroutines", "go1.27-syscalls",
}

local THIRD = "math.randomseed(7) function on.any() return math.random() > 0.3 end"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local out, list = scratch .. "/out.trace", scratch .. "/pages"

local recordings = programs.corpus()
for _, name in ipairs(NAMES) do
  table.insert(recordings, ("%s/testdata/real/%s.trace"):format(programs.root, name))
end

describe("go tool trace serves its pages", function()
  local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

  local function serves(path)
    local pages, why = go:pages(path, list)
    assert(pages, why)
    assert.is_true(pages >= AT_LEAST, programs.read(list))
  end

  for _, path in ipairs(recordings) do
    local name = programs.name_of(path)

    check("of " .. name, function()
      local status, text = programs.run({ "-o", out, path })
      assert.equal(0, status, text)
      serves(out)
    end)

    check("of a third less of " .. name, function()
      local status, text = programs.run({ "-o", out, "-e", THIRD, path })
      assert.equal(0, status, text)
      serves(out)
    end)
  end

  check("or this test sees that it does not", function()
    programs.write(out, programs.read(programs.root .. "/testdata/real/go1.27-http.trace"):sub(1, 20000))
    local pages, why = go:pages(out, list)
    assert.is_nil(pages)
    assert.matches("go tool trace", why, 1, true)
  end)
end)
