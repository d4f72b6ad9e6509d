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

-- Kinds of harm that hit a batch from within: of it some events may be misread, and what
-- depends on them. Numbers are shares of all events that were broken so.
local WITHIN = {
  ["a bit flipped"] = true, ["a byte inserted"] = true, ["a byte lost"] = true, ["50 bytes lost"] = true,
  ["text within"] = true, ["copied in text mode"] = true,
}

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
          local report = broken and harm.judge(whole, broken)
          local bad = report and (report.lost > 0 or (not WITHIN[kind] and (report.made > 0 or #report.causes > 0)))
          if bad then
            wrong[#wrong + 1] = ("%s, %d: %d lost, %d made up; %s"):format(RECORDINGS[i], n, report.lost, report.made,
              table.concat(report.causes, ", "))
          end
        end
      end
      assert(#wrong == 0, "\n  " .. table.concat(wrong, "\n  "))
    end)
  end
end)
