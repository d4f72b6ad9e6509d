-- Regions, tasks and logs that a script adds to recordings: Go takes what is written, and
-- sees them where they were asked for.
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local out, figures = scratch .. "/out.trace", scratch .. "/figures"

-- A task and a region for each state of a goroutine that lasts, in which it mostly does not
-- run; and what nests, crosses, lasts too long, or is nowhere.
local CROWD = [[
local n = 0
function scan.state(s)
  n = n + 1
  if s.dur > 2000 and n % 3 == 0 then
    local id = trace.task { g = s.g, name = "task " .. s.state, from = s.from, to = s.to }
    trace.region { g = s.g, name = "of it", from = s.from + 100, to = s.to - 100, task = id }
    trace.region { g = s.g, name = "crosses", from = s.from + 200, to = s.to + 1e5 }
    trace.log { g = s.g, time = s.from + s.dur / 2, key = "half", value = s.state, task = id }
  end
end
function on.begin(t)
  trace.region { g = 1, name = "all", from = -1, to = 1e15 }
  trace.region { g = 2 ^ 62, name = "nobody", from = 1, to = 2 }
end
function on.GoUnblock(ev)
  trace.region { g = ev.target_g, name = "woken", from = ev.time, to = ev.time + 1e5 }
end
]]

-- Each run of the program's goroutines is a region.
local RUNS = [[
function scan.state(s)
  if s.state == "Running" and not s.system and s.open == nil then
    trace.region { g = s.g, name = "run", from = s.from, to = s.to }
  end
end
]]

describe("what is added to a recording", function()
  local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

  local function write(path, code)
    local status, text = programs.run { "-o", out, "-e", code, path }
    assert(status == 0, text)
    local version, why = go:accept(out)
    assert(version == 26, why)
    assert(go:summary(out, figures))
  end

  for _, path in ipairs(programs.recordings()) do
    check("is taken by Go: " .. programs.name_of(path), function()
      write(path, CROWD)
    end)
  end

  check("is on the pages of go tool trace, as regions from stacks are", function()
    local path = programs.root .. "/testdata/real/go1.27-http.trace"
    local status, text = programs.run { "-o", out, "regions_from_stacks", "net/http.(*ServeMux).ServeHTTP", path }
    assert(status == 0, text)
    local list = scratch .. "/pages"
    local pages, why = go:pages(out, list)
    assert(pages, why)
    assert.matches("ServeMux", programs.read(list), 1, true)
  end)

  check("is seen by Go where it was asked for", function()
    write(programs.root .. "/testdata/real/go1.27-http.trace", RUNS)
    local seen = 0
    for line in io.lines(figures) do
      seen = seen + (line:find('^goroutine %d+ region %d+ name\t"run"$') and 1 or 0)
    end
    assert.is_true(seen > 800) -- of 859 runs
  end)
end)
