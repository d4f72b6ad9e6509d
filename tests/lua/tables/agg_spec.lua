-- count and rows: tables that print themselves.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(code, ...)
  return program.run { "-e", code .. "\nfunction on.begin() end", small, ... }
end

local function prints(code, ...)
  local r = run(code, ...)
  assert.equal("", r.err)
  return r.out
end

describe("count", function()
  local by_type = "local by = count('events', 'type') function on.any(ev) by:add(ev.type) end"

  it("prints what it counted, the most frequent first", function()
    assert.equal(table.concat({
      "type           events",
      "GoBlock             3",
      "GoStatus            3",
      "GoCreate            2",
      "GoStart             2",
      "ProcStatus          2",
      "CPUSample           1",
      "GoUnblock           1",
      "HeapAlloc           1",
      "ProcsChange         1",
      "UserLog             1",
      "UserTaskBegin       1",
      "",
    }, "\n"), prints(by_type))
  end)

  it("prints CSV and JSON", function()
    assert.matches("^type,events\nGoBlock,3\nGoStatus,3\n", prints(by_type, "-F", "csv"))
    assert.matches('^{"type":"GoBlock","events":3}\n{"type":"GoStatus","events":3}\n{"type":"GoCreate","events":2}\n',
      prints(by_type, "-F", "json"))
  end)

  it("has a top, and in text a row of the rest", function()
    local code = "local by = count('events', 'type'):top(2) function on.any(ev) by:add(ev.type) end"
    assert.equal("type            events\nGoBlock              3\nGoStatus             3\n... and 9 more      12\n",
      prints(code))
    assert.equal("type,events\nGoBlock,3\nGoStatus,3\n", prints(code, "-F", "csv"))
    assert.equal('{"type":"GoBlock","events":3}\n{"type":"GoStatus","events":3}\n', prints(code, "-F", "json"))
  end)

  it("counts combinations of keys", function()
    local code = "local by = count('n', 'type', 'g') function on.GoBlock(ev) by:add(ev.type, ev.g) end"
    assert.equal("type     g  n\nGoBlock  1  2\nGoBlock  2  1\n", prints(code))
    assert.equal('{"type":"GoBlock","g":1,"n":2}\n{"type":"GoBlock","g":2,"n":1}\n', prints(code, "-F", "json"))
  end)

  it("counts without a key", function()
    local code = "local n = count 'blocks' function on.GoBlock() n:add() end"
    assert.equal("blocks\n     3\n", prints(code))
    assert.equal("blocks\n3\n", prints(code, "-F", "csv"))
  end)

  it("sorts equal numbers by key, numbers as numbers", function()
    assert.equal("k,count\n2,1\n10,1\na,1\ntrue,1\n", prints([[
      local c = count("count", "k")
      c:add(10) c:add(2) c:add(true) c:add("a")]], "-F", "csv"))
  end)

  it("prints several tables in the order they were made", function()
    assert.equal("a\n0\n\nb\n0\n", prints "count 'a' count 'b'")
  end)

  it("counts over all traces", function()
    assert.equal("blocks\n     6\n",
      prints("local n = count 'blocks' function on.GoBlock() n:add() end", small))
  end)

  it("has a row of what has no key, which - as a text shares", function()
    local code = [[local n = count("n", "k", "l") n:add(1, nil) n:add(nil, nil) n:add(nil, nil) n:add("-", nil)
      local s = sum("ns", "k") s:add(nil, 7)
      local t = top("ns", "k") t:add(nil, 7)
      function on.finish()
        for k, l, times in n:each() do io.write(k, " ", l, " ", times, ";") end
        print("", n:get(nil, nil), n:get(1, nil), s:get(nil))
      end]]
    assert.equal("- - 3;1 - 1;\t3\t1\t7\nk  l  n\n-  -  3\n1  -  1\n\nk  ns\n-   7\n\nk  ns\n-   7\n",
      prints(code))
    assert.equal("k,l,n\n,,3\n1,,1\n", (prints(code, "-F", "csv"):match "k,l,n.-\n\n"):sub(1, -2))
    assert.equal('{"table":"n","k":null,"l":null,"n":3}', prints(code, "-F", "json"):match "[^\n]+\n([^\n]+)")
  end)

  it("says what is wrong", function()
    assert.matches("^gotrace%-lua: %-e:1: count: 1 key expected, 2 given\n", run("count('n', 'k'):add(1, 2)").err)
    local a_key = "^gotrace%-lua: %-e:1: count: a key is a string, a number, a boolean, a stack, a frame, " ..
      "a goroutine, trace or nil, not "
    assert.matches(a_key .. "table\n", run("count('n', 'k'):add({})").err)
    assert.matches(a_key .. "cdata\n", run("count('n', 'k'):add(1LL)").err)
    assert.matches("^gotrace%-lua: %-e:1: top wants a number, not string\n", run("count('n', 'k'):top('x')").err)
    assert.matches("^gotrace%-lua: %-e:1: count: column names are strings, not number\n", run("count('n', 3)").err)
  end)
end)

describe("sum", function()
  it("adds up, the largest first", function()
    local code = "local s = sum('ns', 'g') s:add(1, 5) s:add(2, 10) s:add(2, 30)"
    assert.equal("g,ns\n2,40\n1,5\n", prints(code, "-F", "csv"))
    assert.equal('{"g":2,"ns":40}\n{"g":1,"ns":5}\n', prints(code, "-F", "json"))
  end)

  it("shows ns as durations in text", function()
    assert.equal("g   time\n1  1.5ms\n", prints "sum('time', 'g'):ns():add(1, 1500000)")
    assert.equal("g,time\n1,1500000\n", prints("sum('time', 'g'):ns():add(1, 1500000)", "-F", "csv"))
  end)

  it("wants numbers", function()
    assert.matches("^gotrace%-lua: %-e:1: sum: the value must be a number, not string\n",
      run("sum('ns', 'g'):add(1, 'x')").err)
    assert.matches("sum: the value must be a number, not %-?nan\n", run("sum('ns'):add(0 / 0)").err)
    assert.matches("sum: the value must be a number, not inf\n", run("sum('ns'):add(1 / 0)").err)
    assert.matches("^gotrace%-lua: %-e:1: sum: 2 keys and values expected, 1 given\n",
      run("sum('ns', 'g'):add(1)").err)
  end)
end)

describe("stats", function()
  it("has count, least, mean, most and sum", function()
    assert.equal("k,count,min,mean,max,ns\na,2,1,2,3,4\nb,1,1,1,1,1\n",
      prints("local s = stats('ns', 'k') s:add('b', 1) s:add('a', 1) s:add('a', 3)", "-F", "csv"))
  end)

  it("of nothing is empty", function()
    assert.equal("count,min,mean,max,ns\n", prints("stats 'ns'", "-q", "-F", "csv"))
  end)
end)

describe("quantile", function()
  it("is right to one percent", function()
    local out = prints("local q = quantile 'ns' for i = 1, 10000 do q:add(i) end", "-F", "csv")
    local n, p50, p90, p99, p999, max = out:match "\n(%d+),([%d.]+),([%d.]+),([%d.]+),([%d.]+),(%d+)\n$"
    assert.equal("10000", n)
    assert.equal("10000", max)
    for want, have in pairs { [5000] = p50, [9000] = p90, [9900] = p99, [9990] = p999 } do
      assert.is_true(math.abs(have - want) <= want * 0.01, have)
    end
  end)

  it("is exact at the ends, also with 0 and below", function()
    assert.equal("count,p50,p90,p99,p99.9,max ns\n1,7,7,7,7,7\n", prints("quantile('ns'):add(7)", "-F", "csv"))
    assert.equal("count,p50,p90,p99,p99.9,max ns\n2,-1,-1,-1,-1,-1\n",
      prints("local q = quantile 'ns' q:add(-1) q:add(-1)", "-F", "csv"))
    assert.equal("count,p50,p90,p99,p99.9,max ns\n3,0,4.99,4.99,4.99,5\n",
      prints("local q = quantile 'ns' q:add(0) q:add(0) q:add(5)", "-F", "csv"))
  end)

  it("of nothing is empty", function()
    assert.equal("count,p50,p90,p99,p99.9,max ns\n", prints("quantile 'ns'", "-q", "-F", "csv"))
  end)
end)

describe("hist", function()
  local code = "local h = hist 'n' for _, v in ipairs { 0, 0.5, 1, 2, 3, 4, 7, 8, 1000 } do h:add(v) end"

  it("has buckets of powers of two, with those between", function()
    assert.equal(table.concat({ "from,to,n", "0,1,2", "1,2,1", "2,4,2", "4,8,2", "8,16,1", "16,32,0", "32,64,0",
      "64,128,0", "128,256,0", "256,512,0", "512,1024,1", "" }, "\n"), prints(code, "-F", "csv"))
  end)

  it("puts each power of two into its own bucket", function()
    local out = prints("local h = hist 'n' for i = 0, 50 do h:add(2 ^ i) h:add(2 ^ i - 0.25) end", "-F", "csv")
    for from, n in out:gmatch "\n(%d+),%d+,(%d+)" do
      local alone = from == "0" or tonumber(from) == 2 ^ 50
      assert.equal(alone and 1 or 2, tonumber(n), from)
    end
  end)

  it("draws bars in text", function()
    assert.equal(table.concat({
      "from  to  n",
      "   0   1  2  ########################################",
      "   1   2  1  ####################",
      "",
    }, "\n"), prints "local h = hist 'n' h:add(0) h:add(0) h:add(1)")
  end)

  it("has one for each key", function()
    assert.equal("k,from,to,n\nb,1,2,2\na,2,4,1\n",
      prints("local h = hist('n', 'k') h:add('a', 3) h:add('b', 1) h:add('b', 1)", "-F", "csv"))
  end)

  it("shows ns as durations", function()
    assert.equal("   from       to  n\n524.3us  1.049ms  1  ########################################\n",
      prints "hist('n'):ns():add(1e6)")
  end)

  it("of nothing is empty", function()
    assert.equal("from  to  n\n", prints("hist 'n'", "-q"))
  end)
end)

describe("lhist", function()
  it("has buckets of one width", function()
    assert.equal("from,to,n\n-10,0,1\n0,10,2\n10,20,0\n20,30,1\n",
      prints("local h = lhist('n', 10) h:add(0) h:add(9) h:add(20) h:add(-1)", "-F", "csv"))
  end)

  it("leaves empty buckets out when they are too many", function()
    assert.equal("from,to,n\n0,1,1\n1000000000,1000000001,1\n",
      prints("local h = lhist('n', 1) h:add(0) h:add(1e9)", "-F", "csv"))
  end)

  it("wants a width", function()
    assert.matches("^gotrace%-lua: %-e:1: lhist: the width of a bucket must be a number above 0, not 0\n",
      run("lhist('n', 0)").err)
  end)
end)

describe("tseries", function()
  it("sums up by steps of time", function()
    assert.equal("time,n\n0,2\n100,0\n200,5\n",
      prints("local t = tseries('n', 100) t:add(0, 1) t:add(99, 1) t:add(200, 5)", "-F", "csv"))
  end)

  it("has one for each key", function()
    assert.equal("k,time,n\nb,100,7\na,0,1\n",
      prints("local t = tseries('n', 100, 'k') t:add('a', 1, 1) t:add('b', 150, 7)", "-F", "csv"))
  end)

  it("wants a step", function()
    assert.matches("tseries: the step must be a number above 0, not nil\n", run("tseries('n')").err)
  end)
end)

describe("top", function()
  it("keeps the largest values and their labels", function()
    assert.equal("g  what  ns\n3  c     30\n2  b     20\n", prints [[
      local t = top("ns", "g", "what"):top(2)
      t:add(1, "a", 10) t:add(3, "c", 30) t:add(2, "b", 20) t:add(4, "d", 5)]])
  end)

  it("shows ten unless told otherwise", function()
    local _, n = prints("local t = top 'ns' for i = 1, 99 do t:add(i) end", "-F", "csv"):gsub("\n", "")
    assert.equal(11, n)
  end)

  it("shows ns as durations", function()
    assert.equal("  ns\n20ns\n", prints "top('ns'):ns():add(20)")
  end)

  it("says what is wrong", function()
    assert.matches("^gotrace%-lua: %-e:1: top: 1 labels and a value expected, 1 given\n",
      run("top('ns', 'g'):add(1)").err)
    assert.matches("^gotrace%-lua: %-e:1: top: the value must be a number, not string\n", run("top('ns'):add('x')").err)
    assert.matches("^gotrace%-lua: %-e:1: top: how many must be a number above 0, not 0\n", run("top('ns'):top(0)").err)
  end)
end)

describe("spread", function()
  it("is how many values there are, and how far apart", function()
    assert.equal("k  n  min  mean   p50   p99  max\nb  1   90    90    90    90   90\n" ..
      "a  3   10    20  20.1  29.9   30\n",
      prints [[local s = spread("n", "k") s:add("a", 10) s:add("a", 30) s:add("a", 20) s:add("b", 90)]])
    assert.equal("n   min  mean   p50   p99   max\n1  50ns  50ns  50ns  50ns  50ns\n",
      prints "spread('n'):ns():add(50)")
    assert.equal("", prints "spread('n', 'k'):optional()")
  end)
end)

describe("tables of a stranger's", function()
  it("have a limit of keys, and keys that can be found again", function()
    local keys = "local keys = {} for i = 1, %d do keys[i] = 'k' .. i end "
    assert.matches("^gotrace%-lua: %-e:1: count: 64 keys are the most, not 65\n",
      run(keys:format(65) .. "count('n', unpack(keys))").err)
    prints(keys:format(64) .. "count('n', unpack(keys)):add(unpack(keys))")
    assert.matches("^gotrace%-lua: %-e:1: count: a key cannot be NaN\n", run("count('n', 'k'):add(0 / 0)").err)
  end)

  it("take no longer than their width is long", function()
    local code = 'local by = count("n", "k") by:add "a" by:add(("x"):rep(3e5)) count(("y"):rep(3e5)):add()'
    local r = program.shell("timeout 20 " .. program.line { "--wide", "-e", code, small })
    assert.equal(0, r.status)
    assert.matches("\na +1\nx+ +1\n\ny+\n +1\n$", r.out)
  end)
end)

describe("rows", function()
  it("prints what it is given", function()
    local code = "local t = rows('name', 'n') t:add('a', 1):add('b', 22)"
    assert.equal("name   n\na      1\nb     22\n", prints(code))
    assert.equal("name,n\na,1\nb,22\n", prints(code, "-F", "csv"))
    assert.equal('{"name":"a","n":1}\n{"name":"b","n":22}\n', prints(code, "-F", "json"))
  end)

  it("can be one JSON object", function()
    assert.equal('{"a":1}\n', prints("rows('k', 'v'):object():add('a', 1)", "-F", "json"))
  end)

  it("may have holes", function()
    assert.equal("a,b\n,2\n", prints("rows('a', 'b'):add(nil, 2)", "-F", "csv"))
  end)

  it("has units by column, in text", function()
    local code = "rows('name', 'n', 'took', 'size'):unit('ns', 'took'):unit('bytes', 'size'):add('a', 1500, 1500, 1536)"
    assert.equal("name     n   took    size\na     1500  1.5us  1.5KiB\n", prints(code))
    assert.equal("name,n,took,size\na,1500,1500,1536\n", prints(code, "-F", "csv"))
  end)

  it("has keys, which text may shorten", function()
    local code = "rows('name', 'n'):first(1):add(('x'):rep(100), 1)"
    assert.equal(80, #prints(code):match "\n([^\n]*)\n")
    assert.is_true(#prints((code:gsub(":first%(1%)", ""))):match "\n([^\n]*)\n" > 100)
    assert.equal("name,n\n" .. ("x"):rep(100) .. ",1\n", prints(code, "-F", "csv"))
  end)
end)
