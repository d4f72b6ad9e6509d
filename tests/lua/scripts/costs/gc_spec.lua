-- gc: what all collections come to, the list that is cut, and what programs get of both.
local dkjson = require "dkjson"
local program = require "support.program"

local gc = program.recording "gc"
local services = program.recording "services"

local function run(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

local function objects(...)
  local list = {}
  for line in run("-F", "json", ...):gmatch "[^\n]+" do
    list[#list + 1] = dkjson.decode(line)
  end
  return list
end

local function table_of(rows, name)
  local list = {}
  for _, row in ipairs(rows) do
    list[#list + 1] = row.table == name and row or nil
  end
  return list
end

for _, trace in ipairs { gc, services } do
  describe("gc of " .. trace, function()
    local rows
    setup(function()
      rows = objects("gc", trace)
    end)

    it("counts the collections that began, and has the course of them", function()
      local events = objects("-f", 'type == "GCBegin"', "-a", "count() as n", trace)[1].n
      assert.is_true(events > 2)
      local whole, n, to = table_of(rows, "collector")[1], 0, 0
      assert.equal(events, whole.began)
      for _, step in ipairs(table_of(rows, "course")) do
        n = n + step.began
        local inside = 0
        for _, c in ipairs(table_of(rows, "cycles")) do
          inside = inside + (c.from >= step.from and c.from < step.to and 1 or 0)
        end
        assert.equal(inside, step.began)
        assert.equal(to, step.from)
        to = step.to
      end
      assert.equal(events, n)
      assert.is_true(to >= whole.duration)
      assert.is_true(math.abs(whole.rate - events / whole.duration * 1e9) < 1e-6 * whole.rate)
    end)

    it("has the collector's share and stops as the overview, and when the longest was", function()
      local totals = objects(trace)[1].totals.gc
      local whole = table_of(rows, "collector")[1]
      assert.equal(totals.share, whole.share)
      local stops = objects("--spans=stw", "-f", 'name:find "^GC "', "-a",
        "count() as n, sum(dur) as ns, max(dur) as longest", trace)[1]
      assert.equal(stops.n, whole.stops)
      assert.equal(stops.ns, whole.stopped)
      assert.equal(stops.longest, whole.longest_stop)
      local at = objects("--spans=stw", "-f", ('name:find "^GC " and dur == %d'):format(stops.longest), "-a",
        "min(from) as at", trace)[1].at
      assert.equal(at, whole.longest_stop_at)
    end)

    it("counts what sets them off by the place of GCBegin", function()
      local by, n = {}, 0
      for _, row in ipairs(objects("-f", 'type == "GCBegin"', "-a", "count() as n by stack.user as at", trace)) do
        by[row.at.func .. row.at.line] = row.n
      end
      for _, row in ipairs(table_of(rows, "set_off_by")) do
        assert.equal(by[row.place.func .. row.place.line], row.began)
        n = n + row.began
      end
      assert.equal(table_of(rows, "collector")[1].began, n)
    end)

    it("lists those that cost most, in their order, and what the others come to", function()
      local cycles = table_of(rows, "cycles")
      table.sort(cycles, function(a, b)
        return a.stw + a.assist > b.stw + b.assist
      end)
      local wanted = { cycles[1].n, cycles[2].n }
      table.sort(wanted)
      local out, found = run("gc", "--top=2", trace), {}
      for n in out:match "\n *n +from[^\n]*\n(.-)%.%.%. and":gmatch "%f[^\n%z] *(%d+)  [^\n]+" do
        found[#found + 1] = tonumber(n)
      end
      assert.same(wanted, found)
      assert.truthy(out:find(("... and %d more, "):format(#cycles - 2), 1, true), out)
      assert.is_nil(run("gc", "--top=0", trace):find("more, which", 1, true))
    end)
  end)
end

describe("gc", function()
  it("names the trace where there are several, each with lines of its own", function()
    local out = run("gc", gc, services)
    assert.truthy(out:find(gc .. "\n8 collections began in ", 1, true), out)
    assert.truthy(out:find(services .. "\n5 collections began in ", 1, true), out)
  end)

  it("counts in a window what began in it, by its own steps", function()
    local rows = objects("--from=7ms", "--to=16ms", "gc", gc)
    local whole = table_of(rows, "collector")[1]
    assert.equal(3, whole.began)
    assert.equal(9e6, whole.duration)
    assert.equal(7e6, table_of(rows, "course")[1].from)
  end)

  it("shows no table where there was no collection", function()
    local r = program.run { "gc", program.recording "faults" }
    assert.truthy(r.err:find("no collection ran", 1, true), r.err)
    assert.is_nil(r.out:find("longest", 1, true))
  end)
end)
