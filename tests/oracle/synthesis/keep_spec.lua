-- keep --during: whatever task, region or log is kept of a recording, Go takes what is
-- written; and of tasks it sees the chosen ones alone.
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local out, figures = scratch .. "/out.trace", scratch .. "/figures"

-- What --slowest and --region may choose in any recording: each wait of a goroutine is a task, each
-- run a region.
local TASKS = [[
function scan.state(s)
  if s.state == "Waiting" and s.dur > 1000 then
    local id = trace.task { g = s.g, name = "wait", from = s.from - 1, to = s.to + 1 }
    trace.log { g = s.g, time = s.from, key = "reason", value = s.reason, task = id }
  elseif s.state == "Running" and s.dur > 100000 then
    trace.region { g = s.g, name = "run", from = s.from, to = s.to }
  end
end
]]

describe("what keep --during leaves of a recording, Go takes:", function()
  local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

  local function keep(path, ...)
    local words = { "-o", out, "keep", ... }
    words[#words + 1] = path
    local status, text = programs.run(words)
    if status == 1 and text:find "no task or region" then
      return false
    end
    assert(status == 0, text)
    local version, why = go:accept(out)
    assert(version == 26, why)
    return true
  end

  for _, path in ipairs(programs.recordings()) do
    check(programs.name_of(path), function()
      local told = scratch .. "/told.trace"
      local status, text = programs.run { "-o", told, "-e", TASKS, path }
      assert(status == 0, text)
      if keep(told, "--slowest=3", "--name=wait", "--pad=20us") then
        assert(go:summary(out, figures))
        local tasks = {}
        for line in io.lines(figures) do
          tasks[line:match('^task (%d+) name\t"wait"$') or 0] = true
        end
        tasks[0] = nil
        local n = 0
        for _ in pairs(tasks) do
          n = n + 1
        end
        assert(n >= 1 and n <= 3, n)
      end
      keep(told, "--during", "--region=run")
      keep(told, "--during", "--log=reason=.", "--pad=5us")
    end)
  end
end)
