local parse = require("gotrace.syntax.aggregate").parse

-- What a text says, in a line.
local function shown(text)
  local parts = assert(parse(text))
  local list = {}
  for i, column in ipairs(parts.columns) do
    local args = {}
    for k, arg in ipairs(column.args) do
      args[k] = arg.text
    end
    list[i] = ("%s[%s]%s"):format(column.fn, table.concat(args, "|"), column.name and " as " .. column.name or "")
  end
  for _, key in ipairs(parts.by) do
    list[#list + 1] = ("by %s as %s"):format(key.text, key.name)
  end
  list[#list + 1] = parts.every and "every " .. parts.every
  list[#list + 1] = parts.top and "top " .. parts.top
  return table.concat(list, ", ")
end

describe("an aggregation", function()
  it("has columns, keys, a step and a number of rows", function()
    assert.equal("count[]", shown "count()")
    assert.equal("count[], by type as type", shown "count() by type")
    assert.equal("sum[dur], count[], by func as func, by reason as reason, top 10",
      shown "sum(dur), count() by func, reason top 10")
    assert.equal("max[heapalloc], every 100000000", shown "max(heapalloc) every 100ms")
    assert.equal("sum[dur], by p as p, every 1000, top 2", shown "sum(dur) by p every 1us top 2")
    assert.equal("lhist[dur|10000]", shown("lhist(dur, 10us)"):gsub("10us", "10000"))
  end)

  it("has names", function()
    assert.equal("sum[dur] as took, by func as where", shown "sum(dur) as took by func as where")
    assert.equal("sum[dur] as how long, by func as func", shown 'sum(dur) as "how long" by func')
    assert.equal("count[], by as as as", shown "count() by as")
  end)

  it("is cut by tokens", function()
    assert.equal('count[match(key, "a, b by c top 3")], by f(1, 2) as f(1, 2), by ({1, 2})[1] as ({1, 2})[1]',
      shown 'count(match(key, "a, b by c top 3")) by f(1, 2), ({1, 2})[1]')
    assert.equal("top[dur], by g as g, top 3", shown "top(dur) by g top 3")
    assert.equal("sum[x.top], by ev.by as ev.by", shown "sum(x.top) by ev.by")
    assert.equal("count[], by (function() return 1, 2 end)() as (function() return 1, 2 end)()",
      shown "count() by (function() return 1, 2 end)()")
  end)

  it("says what is wrong with it", function()
    for text, wrong in pairs {
      [""] = "it is empty",
      ["by type"] = "what to aggregate, such as count(), is missing",
      ["count() by time//1ms"] = "whole numbers are math.floor(a / b) here; steps of time are every 100ms, without by",
      ["count() by every 1ms"] = "every stands without by: count() every 100ms",
      ["count() by"] = "what to group by: by reason is missing",
      ["count() by g,"] = "what to group by: by reason is missing",
      ["count() by g by p"] = "by is there twice",
      ["count() top 3 by g"] = "by comes before top",
      ["count() every 0"] = "every wants a step of time: every 100ms",
      ["count() every x"] = "every wants a step of time: every 100ms",
      ["count() top"] = "top wants how many rows: top 10",
      ["count() top 1.5"] = "top wants how many rows: top 10",
      ["count"] = "count is no aggregation: count()",
      ["dur"] = "dur is no aggregation, such as sum(dur): what to do with it is missing",
      ["sum(dur) + 1"] = "sum(dur) + 1 is no aggregation, such as sum(dur): what to do with it is missing",
      ["sum(dur"] = "',' expected near the end",
      ["sum(dur) by g = 3"] = "= sets a variable; == compares",
      ["sum('x)"] = "a string that does not end",
    } do
      local parts, why = parse(text)
      assert.is_nil(parts, text)
      assert.equal(wrong, why, text)
    end
  end)
end)
