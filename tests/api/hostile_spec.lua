-- What the shapes of support/hostile.lua cost grows as they do. Measured in CPU
-- time, of which four times the input may take ten times as much: n log n takes
-- less than five, a square sixteen.
local hostile = require "support.hostile"
local process = require "bench.process"
local program = require "support.program"

local MOST = 10
local LEAST = 0.03 -- seconds; below, the program's own begin counts for too much

local READ = { "-e", "function on.any() end" }
local SPANS = { "-e", "function on.anyspan() end" }
local COPY = { "-o", "/dev/null" }
local REWRITE = { "-o", "/dev/null", "-e", [[
local n = 0
function on.UserRegionBegin(ev) if ev.name == "renamed" then ev.name = "name" end end
function on.any() n = n + 1 if n % 7 == 0 then return false end end]] }

-- { what is done, n }: so large that what is square takes a second at least.
local how = {
  blocked = { READ, 3000 },
  baton = { READ, 3000 },
  unblocks = { READ, 3000 },
  ["one-proc"] = { READ, 3000 },
  ["mark-phases"] = { READ, 3000 },
  switches = { READ, 3000 },
  mixture = { READ, 20000 },
  ["shared-proc"] = { READ, 8000 },
  ["colliding-procs"] = { READ, 8000 },
  ["colliding-strings"] = { READ, 8000 },
  stops = { COPY, 8000 },
  ["stops-go-on"] = { REWRITE, 8000 },
  ["region-ends"] = { REWRITE, 4000 },
  ["regions-in-line"] = { SPANS, 8000 },
  ["v1-same-frames"] = { COPY, 8000 },
  ["v1-threads"] = { COPY, 8000 },
  ["v1-traces"] = { READ, 400 },
  ["v1-blocked"] = { READ, 8000 },
}

local function seconds(words, text)
  local command = { program.path, "-q" }
  for _, word in ipairs(words) do
    command[#command + 1] = word
  end
  command[#command + 1] = program.tmpfile(text)
  local run = process.run(command, "/dev/null", "/dev/null")
  assert(run.status == 0 or run.status == 3, "exit status " .. run.status)
  return run.cpu
end

describe("hostile input", function()
  teardown(program.clean)

  for _, shape in ipairs(hostile) do
    local way = how[shape.name]
    if way then
      it("costs what its size does: " .. shape.about, function()
        local n = math.floor(way[2] * shape.unit)
        local once = math.max(LEAST, seconds(way[1], shape.make(n)))
        local four = seconds(way[1], shape.make(4 * n))
        assert(four < MOST * once, ("%.0f ms, then %.0f ms"):format(once * 1e3, four * 1e3))
      end)
    end
  end

  -- A guess for each: no more may be asked for them than for all in one.
  it("costs little where each thread waits for another goroutine", function()
    local cost = {}
    for _, shape in ipairs(hostile) do
      cost[shape.name] = (shape.name == "blocked" or shape.name == "missing") and seconds(READ, shape.make(4000))
    end
    local once = math.max(LEAST, cost.blocked)
    assert(cost.missing < 8 * once, ("%.0f ms, for one %.0f ms"):format(cost.missing * 1e3, once * 1e3))
  end)

  it("is the same whenever it is made", function()
    for _, shape in ipairs(hostile) do
      assert(shape.make(40) == shape.make(40), shape.name)
    end
  end)
end)
