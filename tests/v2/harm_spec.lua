-- Recordings of Go 1.22 and later broken as files are (tests/support/losing/harm.lua): what
-- is not hit is as it was, nothing is made up, and no cause is told that was none. Places
-- are drawn, the same each time; HARM=N draws N times as many.
local engine = require "support.engine"
local harm = require "support.losing.harm"

local TIMES = tonumber(os.getenv "HARM" or 1)
local RECORDINGS = {
  "go1.22-annotations", "go1.22-generations", "go1.23-channels", "go1.24-cpusamples", "go1.25-http", "go1.25-sync",
  "go1.26-flight", "go1.27-allocfree", "go1.27-cpusamples", "go1.27-lifetimes",
}

-- Kinds of harm that hit a batch from within: of it so many events may be misread in a
-- recording, and what depends on them.
local WITHIN = {
  ["a bit flipped"] = 10, ["a byte inserted"] = 2, ["a byte lost"] = 2, ["50 bytes lost"] = 2,
  ["text within"] = 2,
}

-- What is wrong, or nil. Before 1.26 a trace that lacks bytes of its last batch may look
-- as one that ends early.
local function judge(kind, report)
  local bad = report.lost > 0 or report.made > (WITHIN[kind] or 0) or not WITHIN[kind] and #report.causes > 0
  return bad and ("%d lost, %d made up; %s"):format(report.lost, report.made, table.concat(report.causes, ", "))
end

describe("a recording with", function()
  local wholes = {}
  setup(function()
    for i, name in ipairs(RECORDINGS) do
      wholes[i] = harm.whole(engine.read(engine.root .. "testdata/real/" .. name .. ".trace"))
    end
  end)

  for k, kind in ipairs(harm.kinds) do
    it(kind, function()
      local wrong = {}
      for i, whole in ipairs(wholes) do
        for n = 1, TIMES do
          local broken = harm.break_(kind, whole, 7919 * (k + 100 * n) + i)
          local bad = broken and judge(kind, harm.judge(whole, broken))
          wrong[#wrong + 1] = bad and ("%s, %d: %s"):format(RECORDINGS[i], n, bad) or nil
        end
      end
      assert(#wrong == 0, "\n  " .. table.concat(wrong, "\n  "))
    end)
  end
end)

-- Bytes of a batch's header at most.
local AT_MOST = 40

describe("a line within a batch of events costs the one that it stands in:", function()
  local LINES = { "2024/01/02 03:04:05 listening on :8080\n", '{"level":"info","msg":"ready"}\n', "exit status 2\n" }

  -- An offset in the data of such a batch.
  local function place(whole, random)
    local batch
    repeat
      batch = whole.batches[random(#whole.batches) + 1]
    until batch.kind == "events" and batch.behind - batch.first > 2 * AT_MOST
    return batch.first + AT_MOST + random(batch.behind - batch.first - AT_MOST)
  end

  local function with(whole, off, line)
    return {
      bytes = whole.bytes:sub(1, off) .. line .. whole.bytes:sub(off + 1), hit = {}, causes = { TEXT = true },
      moved = function(at)
        return at < off and at or at + #line
      end,
    }
  end

  for i, name in ipairs(RECORDINGS) do
    it(name, function()
      local whole = harm.whole(engine.read(engine.root .. "testdata/real/" .. name .. ".trace"))
      local random = harm.random(i)
      for n = 1, 12 * TIMES do
        local off, line = place(whole, random), LINES[n % #LINES + 1]
        local report = harm.judge(whole, with(whole, off, line))
        local what = ("%d bytes at %d: %d lost, %d wrong, %d made"):format(#line, off, report.lost, report.wrong,
          report.made)
        -- Those that wait for the one that is lost may come too late.
        assert(report.lost <= 1 and report.wrong <= math.max(10, report.all / 100) and report.made == 0, what)
        assert(#report.causes == 0 and not report.silent, what)
      end
    end)
  end
end)
