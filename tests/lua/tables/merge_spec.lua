-- Tables that were filled apart are one when they are put together.
local program = require "support.program"

local inside = ("GOTRACE_LUA_INIT=%stests/support/inside/merging.lua"):format(program.root)

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(code, ...)
  local r = program.run { env = inside, "-e", code .. "\nfunction on.begin() end", small, ... }
  assert.equal("", r.err)
  return r.out
end

-- How a table is made, and what is added as event i.
local kinds = {
  count = { "count('n', 'k')", "i % 7" },
  quantile = { "quantile('n', 'k', 'l')", "i % 7, 'l' .. i % 3, i - 20" },
  gauge = { "gauge('n', 'k')", "i % 7, i" },
  ["sum without a key"] = { "sum 'n'", "2 ^ 53 + i" },
  tseries = { "tseries('n', 10, 'k')", "i % 3 == 0, i, i * 0.25" },
  top = { "top('n', 'k', 'l'):top(5)", "i % 2, 'l' .. i % 3, math.floor(i / 4)" },
  columns = { "columns('n', 'k')", "'k' .. i % 5, i, i % 2 == 0 and 1 or nil, i % 3 == 0 and i or nil" },
}

describe("tables put together", function()
  for kind, it_is in pairs(kinds) do
    it("say what one of all says: " .. kind, function()
      local code = [[
        local function filled(from, to)
          local x = MAKE
          for i = from, to do x:add(VALUES) end
          return x
        end
        local one, two, three = filled(1, 100), filled(101, 200), filled(201, 300)
        local all, whole, before = MAKE, filled(1, 300), tostring(three)
        put_together(put_together(put_together(all, one), two), three)
        local i = 301
        print(#tostring(whole) > 10, tostring(whole) == tostring(all))
        all:add(VALUES)
        print(tostring(three) == before, tostring(whole) == tostring(all))]]
      assert.matches("^true\ttrue\ntrue\tfalse\n", run((code:gsub("%u%u+", { MAKE = it_is[1], VALUES = it_is[2] }))))
    end)
  end

  it("have the rows of both, those of the other behind", function()
    assert.matches("^a\n1\n0\n2\n",
      run "local x, y = rows 'a', rows 'a' x:add(1) y:add(0):add(2) put_together(x, y):print()")
  end)
end)

describe("a table of several measures", function()
  local code = "local c = columns('n', 'k'):percent() " ..
    "c:add('a', 1500, 1, nil) c:add('b', 500, nil, 7) c:add('a', 2000, 1, 9) "

  it("has a column for each, in its own unit", function()
    assert.equal("k  total  times  at  percent\na  3.5us      2   9    87.5%\nb  500ns      0   7    12.5%\n",
      run(code))
    assert.equal('{"k":"a","total":3500,"times":2,"at":9,"percent":87.5}\n' ..
      '{"k":"b","total":500,"times":0,"at":7,"percent":12.5}\n', run(code, "-F", "json"))
  end)

  it("can be sorted by any, and read", function()
    local out = run(code .. [[
      c:sort "times"
      for _ = 1, 3 do c:add("b", nil, 1, nil) end
      for k, t in c:each() do print(k, t.at, t.total, t.times) end]])
    assert.matches("^b\t7\t500\t3\na\t9\t3500\t2\n", out)
  end)

  it("says what is no value", function()
    local r = program.run { env = inside, "-e", "columns('n', 'k'):add('a', 'x', nil, nil)", small }
    assert.matches("^gotrace%-lua: %-e:1: columns: the value must be a number or nil, not string\n", r.err)
  end)
end)
