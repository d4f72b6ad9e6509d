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
    ["{ [1] = 1, ['1'] = 2, x = 3 }"] = '{"\\"1\\"":2,"1":1,"x":3}',
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

describe("json of an object of ours", function()
  local function of_block(code)
    local r = program.run { "-e", "local json = require('gotrace.format').json " ..
      "function on.GoBlock(ev) " .. code .. " end", small }
    assert.equal("", r.err)
    return (r.out:match "^[^\n]*")
  end

  it("is an object, or a list of them", function()
    assert.matches('^{"type":"GoBlock","time":%d+,.*"stack":%[{"func":"[^"]+","file":.*"reason":"[^"]*"}$',
      of_block "print(json(ev))")
    assert.equal("true\ttrue", of_block "print(json(ev) == json(ev:copy()), json({ ev }) == '[' .. json(ev) .. ']')")
    assert.matches('^%[{"func":"[^"]+","file":"[^"]*","line":%d+,"pc":%d+}', of_block "print(json(ev.stack))")
    assert.matches('^{"func":"[^"]+",', of_block "print(json(ev.stack.leaf))")
  end)

  it("has no address in it", function()
    local r = program.run { "-e", [[local json = require("gotrace.format").json
      local c = count("n", "reason") c:add "x"
      function on.generation(gen) print(json(gen)) print(json(ev)) end
      function on.finish(t) print(json { t.parts, c, trace, opt, 1LL, -2ULL }) end]], small }
    assert.equal("", r.err)
    assert.not_matches("0x", r.out)
    assert.matches('^{"batches":%d+,"bytes":%d+,"n":1,.-}\nnull\n', r.out)
    assert.matches('\n%[{"events":%d+,.-},%[{"reason":"x","n":1}%],{.-},{},1,18446744073709551614%]\n', r.out)
  end)

  it("refuses tables that are nested too deep, at the script's line", function()
    local r = program.run { "-e", "local t = {} for i = 1, 300000 do t = { t } end\n" ..
      "print(require('gotrace.format').json(t))", small }
    assert.equal("gotrace-lua: -e:2: json: tables are nested more than 1000 deep\n", r.err)
    r = program.run { "-e", "local t = {} for i = 1, 999 do t = { t } end " ..
      "print(#require('gotrace.format').json(t))", small }
    assert.equal("2000\n", r.out)
  end)

  it("keeps keys apart, whatever they are", function()
    for value, text in pairs {
      ["{ [1] = 1, ['1'] = 2, ['\"1\"'] = 3, x = 4 }"] = [[{"\"\"1\"\"":2,"\"1\"":3,"1":1,"x":4}]],
      ["{ [0.1] = 1, [0.1 + 2^-56] = 2, ['0.10000000000000002'] = 3 }"] =
        [[{"\"0.10000000000000002\"":3,"0.1":1,"0.10000000000000002":2}]],
      ["{ ['nil'] = 1, [''] = 2, null = 3 }"] = '{"":2,"nil":1,"null":3}',
      ["{ [true] = 1, ['true'] = 2 }"] = [[{"\"true\"":1,"true":2}]],
    } do
      assert.equal(text, json(value))
    end
  end)
end)
