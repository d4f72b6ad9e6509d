-- functions: their own time and share of the CPU.
local dkjson = require "dkjson"
local program = require "support.program"

teardown(program.clean)

local real = program.root .. "testdata/real/"

local function objects(...)
  local r = program.run { "-q", "-F", "json", ... }
  assert.equal("", r.err)
  local list = {}
  for line in r.out:gmatch "[^\n]+" do
    list[#list + 1] = dkjson.decode(line)
  end
  return list
end

local function by_function(...)
  local by, own = {}, 0
  for _, object in ipairs(objects("functions", ...)) do
    by[object["function"] or "-"], own = object, own + object.self
  end
  return by, own
end

describe("functions", function()
  for _, name in ipairs { "go1.15-mix", "go1.19-mix", "go1.22-mix", "go1.27-mix", "go1.27-faults" } do
    it("share out all that ran in " .. name, function()
      local trace = real .. name .. ".trace"
      local _, own = by_function("--of=spans", "--system", trace)
      assert.equal(objects("-f", 'state == "Running"', "-a", "sum(dur) as x", trace)[1].x, own)
    end)
  end

  it("have what was preempted in them", function()
    local trace = real .. "go1.27-faults.trace"
    local want = 0
    for _, row in ipairs(objects("-f", 'state == "Running" and next == "Runnable"', "-a",
      "sum(dur) as x by end_stack.user.func as f", trace)) do
      want = row.f == "main.together.func1" and row.x or want
    end
    assert.is_true(want > 0)
    local row = by_function(trace)["main.together.func1"]
    assert.is_true(row.self >= want and row.total >= row.self)
  end)

  it("count CPU samples where there are any", function()
    for _, version in ipairs { "1.19", "1.23", "1.27" } do
      local trace = ("%sgo%s-cpusamples.trace"):format(real, version)
      local by, own = by_function(trace)
      local list = objects("-f", 'type == "CPUSample" and g ~= nil', "-a",
        "count() as n by stack.user.func as f", trace)
      local all = 0
      for _, row in ipairs(list) do
        if by[row.f] and row.f:find "^main%." then
          assert.equal(row.n, by[row.f].self, row.f)
          all = all + row.n
        end
      end
      assert.is_true(all > 0)
      assert.equal(own, all)
      for _, row in pairs(by) do
        assert.equal(math.floor(1e4 * row.self / own + 0.5) / 100, row.percent)
      end
    end
  end)

  it("say that nothing ran", function()
    local r = program.run { "functions", "--of=samples", program.recording "gc" }
    assert.matches("no goroutine of the program ran, or there are no CPU samples", r.err)
  end)
end)
