-- require("gotrace.format").json takes any value; histograms show negatives.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function json(value)
  local r = program.run { "-e", ("print(require('gotrace.format').json(%s))"):format(value), small }
  assert.equal("", r.err)
  return (r.out:gsub("\n$", ""))
end

describe("json", function()
  for value, text in pairs {
    ["nil"] = "null", ["true"] = "true", ["1.5"] = "1.5", ["0/0"] = "null", ["-1/0"] = "null",
    ["'a\"\\n'"] = '"a\\"\\n"',
    ["{}"] = "[]", ["{ 1, 'a', false }"] = '[1,"a",false]',
    ["{ b = 1, a = { 2, { c = 0/0 } } }"] = '{"a":[2,{"c":null}],"b":1}',
    ["{ 1, x = 2 }"] = '{"1":1,"x":2}', ["{ [2] = 1 }"] = '{"2":1}',
    ["{ [1] = 1, ['1'] = 2, x = 3 }"] = '{"1":2,"x":3}',
    ["(function() local t = {} return { t, t } end)()"] = "[[],[]]",
    ["setmetatable({}, { __tostring = function() return 'me' end })"] = '"me"',
  } do
    it("makes " .. text .. " of " .. value, function()
      assert.equal(text, json(value))
    end)
  end

  it("refuses what holds itself, at the script's line", function()
    local r = program.run { "-e", "local t = {} t.t = { t }\nprint(require('gotrace.format').json(t))", small }
    assert.matches("^gotrace%-lua: %-e:2: json: a table that holds itself", r.err)
  end)
end)

describe("hist", function()
  it("shows negative values where they are", function()
    local r = program.run { "-F", "csv", "-e", [[local h = hist "x"
      for _, v in ipairs { -5, -4, -1, -0.5, 0, 0.5, 1, 3 } do h:add(v) end
      function on.finish() end]], small }
    assert.equal("from,to,x\n-8,-4,2\n-4,-2,0\n-2,-1,1\n-1,0,1\n0,1,2\n1,2,1\n2,4,1\n", r.out)
  end)
end)
