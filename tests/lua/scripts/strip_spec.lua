-- strip: what is left out, and what stays.
local lfs = require "lfs"
local program = require "support.program"

teardown(program.clean)

local real = program.root .. "testdata/real/"

local function strip(name, ...)
  local out = program.tmpname()
  local r = program.run { "-q", "-o", out, "strip", real .. name .. ".trace", ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  assert.equal(0, program.run { "--verify", out }.status)
  return out
end

local function goroutines(path)
  return program.run { "-q", "goroutines", "--top=0", path }.out
end

-- How often each type occurs.
local function counts(path)
  local list = {}
  for line in program.run({ "-q", "-F", "csv", "events", path }).out:gmatch "[^\n]+" do
    local name, n = line:match "^(%w+),(%d+)$"
    list[name or ""] = tonumber(n)
  end
  return list
end

describe("strip", function()
  it("leaves out stacks but for roots, so that goroutines have their names", function()
    for _, name in ipairs { "go1.27-http", "go1.22-generations", "go1.15-http" } do
      local path = real .. name .. ".trace"
      local whole = program.tmpname()
      assert.equal(0, program.run({ "-q", "-o", whole, path }).status)
      for _, option in ipairs { "--stacks", "--stacks=2" } do
        local out = strip(name, option)
        assert.is_true(lfs.attributes(out, "size") < lfs.attributes(whole, "size"))
        assert.equal(goroutines(path), goroutines(out))
      end
    end
  end)

  it("keeps as many frames as it is told, and the root", function()
    local code = "local most = 0 function on.any(ev) most = math.max(most, #ev.stack) end " ..
      "function on.finish() print(most) end"
    for frames = 0, 3 do
      local out = strip("go1.27-http", "--stacks=" .. frames)
      assert.equal(frames + 1 .. "\n", program.run({ "-q", "-e", code, out }).out)
    end
  end)

  it("leaves out events of one kind and no others", function()
    for option, types in pairs {
      ["--cpu-samples"] = { "go1.27-cpusamples", "CPUSample" },
      ["--labels"] = { "go1.27-gc", "GoLabel" },
      ["--heap"] = { "go1.27-gc", "HeapAlloc HeapGoal" },
      ["--logs"] = { "go1.27-annotations", "UserLog" },
      ["--annotations"] = { "go1.27-annotations",
        "UserTaskBegin UserTaskEnd UserRegionBegin UserRegionEnd UserLog" },
      ["--experiments"] = { "go1.27-allocfree",
        "HeapObject HeapObjectAlloc HeapObjectFree Span SpanAlloc SpanFree GoroutineStack GoroutineStackAlloc " ..
        "GoroutineStackFree" },
    } do
      local before, after = counts(real .. types[1] .. ".trace"), counts(strip(types[1], option))
      local gone = 0
      for name in types[2]:gmatch "%w+" do
        assert.is_nil(after[name], name)
        gone = gone + (before[name] or 0)
        before[name] = nil
      end
      assert.is_true(gone > 0, option)
      assert.same(before, after)
    end
  end)

  it("says what it wants", function()
    local r = program.run { "-o", program.tmpname(), "strip", program.small() }
    assert.equal(1, r.status)
    assert.truthy(r.err:find("say what to leave out: --stacks,", 1, true))
    r = program.run { "-o", program.tmpname(), "strip", "--stacks=-1", program.small() }
    assert.truthy(r.err:find("--stacks=-1: a number of frames", 1, true))
    assert.equal(2, program.run { "strip", "--stacks", program.small() }.status)
  end)
end)
