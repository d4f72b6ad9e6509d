-- The bench works: a few cases on tiny traces, in a cache of its own. What it
-- measures is not judged. They are all by Go 1.27: for another version its
-- library would have to be compiled first.
local programs = require "oracle.programs"
local support = require "support.program"

local check = programs.tests(it, pending)
local root = support.root == "" and "." or support.root

local function bench(words)
  local folder = support.folder {}
  return support.shell(("GOTRACE_BENCH=%s luajit %s/tests/bench/bench.lua --tiny %s"):format(
    support.quote(folder), support.quote(root), words))
end

describe("the bench", function()
  teardown(support.clean)

  check("measures every kind of case", function()
    local r = bench "count-thread rewrite-file cat gzip procs spans pprof-sync chrome rare@many-stacks"
    assert.equal(0, r.status, r.err)
    for _, name in ipairs { "count%-thread", "rewrite%-file", "cat", "gzip", "scaling: procs", "states", "goroutines",
      "overview", "scaling: spans", "pprof%-sync", "chrome", "rare@many%-stacks" } do
      assert.matches("\n" .. name .. " ", r.out)
    end
    local kept = support.read(root .. "/" .. r.out:match "kept in (%S+)")
    assert.matches('"name":"cat"', kept)
    assert.matches('"cases": %[{.*},\n{.*}%],\n"series": %[{', kept)
    os.remove(root .. "/" .. r.out:match "kept in (%S+)")
  end)

  check("says what it does not know", function()
    local r = bench "no-such-case"
    assert.equal(2, r.status)
    assert.matches("no case no%-such%-case", r.err)
  end)
end)
