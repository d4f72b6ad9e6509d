-- flame: its frames are what spans add up to, and are drawn as wide as that.
local program = require "support.program"

teardown(program.clean)

local faults = program.recording "faults"

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- Rows of CSV as { stack, total, self }.
local function frames(...)
  local list, by = {}, {}
  for stack, total, own in prints("-F", "csv", "flame", ...):gmatch "\n[^,\n]*,([^,\n]*),(%d+),(%d+)" do
    list[#list + 1] = { stack = stack, total = tonumber(total), own = tonumber(own) }
    by[stack] = list[#list]
  end
  return list, by
end

local function characters(line)
  return select(2, line:gsub("[^\128-\191]", ""))
end

describe("flame", function()
  it("has frames that add up to what folded writes", function()
    for kind, of in pairs { block = "block", ["off-cpu"] = "off-cpu", wall = "wall" } do
      local _, by = frames("--kind=" .. kind, "--system", faults)
      local n = 0
      for line in prints("folded", "--kind=" .. of, faults):gmatch "[^\n]+" do
        local stack, ns = line:match "^(.*) (%d+)$"
        local found = by[stack] or stack:find "^%[no stack%]" and { own = tonumber(ns) }
        assert.is_truthy(found, stack)
        assert.equal(tonumber(ns), found.own, stack)
        n = n + 1
      end
      assert.is_true(n > 5)
    end
  end)

  it("counts in a frame what is in those below it, and its own", function()
    local list, by = frames("--kind=wall", "--by=func", faults)
    local inner = {}
    for _, frame in ipairs(list) do
      local parent = frame.stack:match "^(.*);[^;]*$"
      if parent then
        assert.is_not_nil(by[parent])
        inner[parent] = (inner[parent] or 0) + frame.total
      end
    end
    for _, frame in ipairs(list) do
      assert.equal(frame.total, frame.own + (inner[frame.stack] or 0))
    end
    assert.is_not_nil(by["main.together.func1"])
  end)

  it("draws frames in their share of the width, below what they are part of", function()
    local lines = {}
    for line in prints("flame", "--width=100", faults):gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    local _, by = frames(faults)
    local total, widest = 0, 0
    for stack, frame in pairs(by) do
      total = total + (stack:find ";" and 0 or frame.total)
      widest = stack:find ";" and widest or math.max(widest, frame.total)
    end
    local first = lines[2]:match "^(├.-┤)"
    assert.equal(math.floor(100 * widest / total + 0.5), characters(first))
    assert.matches("^├main.waitForNothing", first)
    assert.matches("69.3%%┤$", first)
    for _, line in ipairs(lines) do
      assert.is_true(characters(line) <= 100)
    end
  end)

  it("fits the terminal, and has colours only there", function()
    for line in prints("flame", faults):gmatch "[^\n]+" do
      assert.is_true(characters(line) <= 80, line)
    end
    assert.is_nil(prints("flame", faults):find "\27")
    local colored = prints("--color=always", "flame", faults)
    assert.matches("\27%[30;46m├main.waitForNothing", colored)
    assert.equal(prints("flame", faults), (colored:gsub("\27%[[%d;]*m", "")))
  end)

  it("says nothing where there is nothing, and what it cannot", function()
    assert.equal("", prints("flame", "--kind=cpu", faults))
    local r = program.run { "flame", "--kind=cpu", "--by=func", faults }
    assert.matches("%-%-by is about spans", r.err)
    assert.equal(1, r.status)
  end)
end)
