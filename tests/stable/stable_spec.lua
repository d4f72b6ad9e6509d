-- What docs/stability.md promises: no shape that it calls stable goes or changes unnoticed.
local program = require "support.program"
local shapes = require "stable.shapes"
teardown(program.clean)

local now, known
setup(function()
  now, known = {}, {}
  for _, line in ipairs(shapes.lines()) do
    now[line] = true
  end
  for line in io.lines(program.root .. "tests/stable/shapes.txt") do
    known[line] = true
  end
end)

-- What is in one and not in the other, sorted.
local function lacking(has, lacks)
  local list = {}
  for line in pairs(has) do
    list[#list + 1] = not lacks[line] and line or nil
  end
  table.sort(list)
  return table.concat(list, "\n")
end

describe("what is stable", function()
  it("is still there as it was", function()
    assert.equal("", lacking(known, now), "gone or changed, which docs/stability.md says when it may be")
  end)

  it("is all in tests/stable/shapes.txt", function()
    assert.equal("", lacking(now, known), "new; write the list again: luajit tests/stable/shapes.lua > " ..
      "tests/stable/shapes.txt")
  end)

  -- The list would say less, and no spec would notice.
  it("is of all kinds", function()
    local kinds = {}
    for line in pairs(known) do
      local kind = line:match "^%l+"
      kinds[kind] = (kinds[kind] or 0) + 1
    end
    for kind, least in pairs { api = 700, json = 300, library = 120, option = 150, part = 1, script = 50,
      status = 10 } do
      assert.is_true((kinds[kind] or 0) >= least, kind)
    end
    for _, line in ipairs { "api global emit function", "json blocks reason", "json gc from", "option program -f EXPR",
      "option blocks -t, --top N", "part gotrace-lua part, version 1", "status 130" } do
      assert.is_true(known[line], line)
    end
  end)
end)
