-- One program, recorded by Go 1.15, 1.21 and 1.27: a filter by goroutine, proc or
-- thread keeps the same of it. m, p and g are what there was just before the event,
-- and no proc that no runtime has.
local program = require "support.program"

local VERSIONS = { "1.15", "1.21", "1.27" }

local function recording(version, theme)
  return ("%stestdata/real/go%s-%s.trace"):format(program.root, version, theme)
end

-- { [type] = n } of the events for which expr holds.
local function kept(version, theme, expr)
  local out = {}
  local run = program.run { "-f", expr, "-p", "type", recording(version, theme) }
  assert.equal(0, run.status, run.err)
  for typ in run.out:gmatch "[^\n]+" do
    out[typ] = (out[typ] or 0) + 1
  end
  return out
end

-- The same in each version: how often the main goroutine does what does not depend
-- on how it is scheduled. 1.22 and later start two goroutines more for the trace itself.
local CERTAIN = {
  annotations = {
    GoBlock = 7, GoCreate = 20, UserLog = 33, UserRegionBegin = 5, UserRegionEnd = 4, UserTaskBegin = 11,
    UserTaskEnd = 11,
  },
  lifetimes = { GoBlock = 3, GoCreate = 9 },
  mix = { GoBlock = 16, GoCreate = 209 },
  sync = { GoBlock = 10, GoCreate = 69 },
}

-- What has a context always or never: types without one of m, p, g among their events.
local NEVER = {
  p = { ProcStart = true, ProcStatus = true },
  g = { GoStart = true, ProcStatus = true, ProcStop = true },
}
local ALWAYS_G = {
  "GCBegin", "GCEnd", "GoBlock", "GoDestroy", "GoLabel", "GoStop", "GoSyscallBegin", "GoSyscallEnd",
  "GoSyscallEndBlocked", "STWBegin", "STWEnd", "UserLog", "UserRegionBegin", "UserTaskBegin",
}
local THEMES = { "annotations", "channels", "gc", "http", "lifetimes", "mix", "procs", "sync", "syscalls", "timers" }

describe("whichever Go recorded a program", function()
  teardown(program.clean)

  for theme, want in pairs(CERTAIN) do
    it("its main goroutine does the same in " .. theme, function()
      for _, version in ipairs(VERSIONS) do
        local got, less = kept(version, theme, "g == 1"), version == "1.27" and 2 or 0
        for typ, n in pairs(want) do
          assert.equal(n, got[typ] - (typ == "GoCreate" and less or 0), version .. " " .. typ)
        end
        assert.is_nil(got.GoStart)
        assert.is_nil(got.GoDestroy)
      end
    end)
  end

  for _, version in ipairs(VERSIONS) do
    it("an event has what ran before it, by Go " .. version, function()
      for _, theme in ipairs(THEMES) do
        for field, types in pairs(NEVER) do
          local got = kept(version, theme, field .. " ~= nil")
          for typ in pairs(types) do
            assert.is_nil(got[typ], ("%s: %s with %s"):format(theme, typ, field))
          end
        end
        local got = kept(version, theme, "g == nil")
        for _, typ in ipairs(ALWAYS_G) do
          assert.is_nil(got[typ], ("%s: %s without g"):format(theme, typ))
        end
      end
    end)

    it("all procs are the runtime's, by Go " .. version, function()
      for _, theme in ipairs(THEMES) do
        assert.same({}, kept(version, theme, "p and p >= 64"))
        assert.is_nil(kept(version, theme, "m == nil").GoStart)
        assert.is_nil(kept(version, theme, "p == nil").GCBegin)
      end
    end)
  end
end)
