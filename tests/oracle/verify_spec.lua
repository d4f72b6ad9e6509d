-- `--verify` accepts and refuses what Go's tools accept and refuse, and they accept
-- what is written of damaged traces (verify.lua, which also tries more mutations).
--
--   GOTRACE_MUTATIONS=10000    so many, and the pages of go tool trace for every 200th
local mutation = require "oracle.random.mutation"
local programs = require "oracle.programs"
local verify = require "oracle.verify"

local SEEDS = tonumber(os.getenv("GOTRACE_MUTATIONS")) or 300
local AT_ONCE = 50 -- seeds of a test
local PAGES_EACH = 200 -- seeds of which one is asked for its pages, too: they take a second

-- Recordings that Go refuses and we read, with the reason.
local WE_READ = {
  ["go1.9-sync_atomic.trace"] = "made by a pre-release of 1.9, whose GCSweepDone has no arguments",
}

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local changed, pages = scratch .. "/changed.trace", scratch .. "/pages"

describe("Go's tools and --verify judge alike", function()
  local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

  local function agree(path)
    local report = verify.difference(path, go)
    assert(not report, report)
  end

  for _, path in ipairs(programs.recordings()) do
    local name = programs.name_of(path)
    if not WE_READ[name] then
      check("the recording " .. name, function()
        agree(path)
      end)
    end
  end

  if not missing then
    local testdata = programs.goroot("1.27") .. "/src/internal/trace/testdata"
    for _, path in ipairs(programs.convert("-totrace", programs.files(testdata .. "/tests", "%.test$"), scratch)) do
      check("Go's " .. programs.name_of(path), function()
        agree(path)
      end)
    end
    local inputs = programs.files(testdata .. "/fuzz/FuzzReader", "^[^.]")
    for _, path in ipairs(programs.convert("-unfuzz", inputs, scratch)) do
      check("Go's fuzz input " .. programs.name_of(path), function()
        agree(path)
      end)
    end
  end

  -- Goroutines of C threads come again with the same number, and of one time others may be
  -- first.
  check("a coarse clock where goroutines come again", function()
    local reports = {}
    for _, path in ipairs(programs.recordings()) do
      local is_one = path:find "%-cgo" and programs.version(path) >= 22
      for seed = 1, is_one and 12 or 0 do
        programs.write(changed, mutation.make(programs.read(path), "ties", seed))
        reports[#reports + 1] = verify.difference(changed, go)
      end
    end
    assert(#reports == 0, "\n" .. table.concat(reports, "\n"))
  end)

  for first = 1, SEEDS, AT_ONCE do
    local last = first + AT_ONCE - 1
    check(("mutations %d to %d"):format(first, last), function()
      local reports = {}
      for seed = first, last do
        table.insert(reports, verify.seed(seed, go, changed, seed % PAGES_EACH == 0 and pages or nil))
      end
      assert(#reports == 0, "\n" .. table.concat(reports, "\n"))
    end)

    check(("what is written of mutations %d to %d"):format(first, last), function()
      local reports = {}
      for seed = first, last do
        table.insert(reports, verify.rewrite(seed, go, changed))
      end
      assert(#reports == 0, "\n" .. table.concat(reports, "\n"))
    end)
  end

  -- A --verify that says the same of everything.
  local function saying(status, text)
    local run = programs.run
    finally(function()
      programs.run = run
    end)
    function programs.run()
      return status, text
    end
  end

  local whole = programs.root .. "/testdata/real/go1.27-http.trace"

  check("or this test sees that --verify takes too much", function()
    programs.write(changed, programs.read(whole):sub(1, -2))
    saying(0, "")
    assert.matches("--verify takes it, Go says: ", verify.difference(changed, go), 1, true)
  end)

  check("or this test sees that --verify refuses too much", function()
    saying(3, "no")
    assert.equal("Go takes it, --verify says: no", verify.difference(whole, go))
  end)

  check("or this test sees that --verify gives no reason", function()
    programs.write(changed, programs.read(whole):sub(1, -2))
    saying(3, "")
    assert.matches("says nothing", verify.difference(changed, go), 1, true)
  end)
end)
