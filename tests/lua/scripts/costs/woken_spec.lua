-- sched: how often goroutines were woken; stw: all stops, and when the longest were.
local dkjson = require "dkjson"
local program = require "support.program"

local function objects(...)
  local list = {}
  for line in program.run({ "-F", "json", ... }).out:gmatch "[^\n]+" do
    list[#list + 1] = dkjson.decode(line)
  end
  return list
end

describe("sched", function()
  for _, name in ipairs { "faults", "http" } do
    it("counts wakes of " .. name .. ", from what, and the goroutines", function()
      local trace, wanted, n = program.recording(name), {}, 0
      for _, s in ipairs(objects("-f", 'state == "Runnable" and prev == "Waiting" and not system and ' ..
        'not (func:find "^runtime/")', "-a", "count() as n by func, g", trace)) do
        local sum = wanted[s.func] or { wakes = 0, most = 0 }
        wanted[s.func] = sum
        sum.wakes, sum.most = sum.wakes + s.n, sum.most + 1
      end
      local found = {}
      for _, row in ipairs(objects("sched", "--by=func", trace)) do
        if row.table == "woken" then
          n = n + 1
          found[row.func] = (found[row.func] or 0) + row.wakes
          assert.is_true(row.goroutines >= 1 and row.goroutines <= wanted[row.func].most)
          assert.is_true(row.per_second > row.wakes)
        end
      end
      assert.is_true(n > 3)
      for func, sum in pairs(wanted) do
        assert.equal(sum.wakes, found[func], func)
      end
    end)
  end
end)

describe("stw", function()
  it("has all stops and when the longest were", function()
    local trace = program.recording "gc"
    local stops = objects("--spans=stw", "-p", "name,dur,from", trace)
    local out = program.run({ "stw", trace }).out
    table.sort(stops, function(a, b)
      return a.dur > b.dur
    end)
    assert.matches("^stops: " .. #stops .. ", 1.158ms in all; the longest:\n", out)
    local n, ns = 0, 0
    for _, stop in ipairs(stops) do
      ns = ns + stop.dur
    end
    assert.equal(1158, math.floor(ns / 1e3 + 0.5))
    for us, name in out:gmatch "\n  ([%d.]+)us at [%d.]+[mu]s, ([^\n]+)" do
      n = n + 1
      assert.is_true(math.abs(stops[n].dur / 1e3 - tonumber(us)) < 0.06)
      assert.equal(stops[n].name, name)
    end
    assert.equal(3, n)
  end)
end)
