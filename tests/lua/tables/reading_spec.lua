-- What scripts read of their tables, and what they say of how they are shown.
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

-- The lines that a script prints before its tables.
local function says(code)
  return (prints(code .. " print '--'"):match "^(.-)%-%-\n")
end

local function refused(code)
  local r = run("\n" .. code)
  assert.equal(2, r.status)
  return (r.err:match "^gotrace%-lua: %-e:2: ([^\n]*)" or r.err)
end

local abc = "local s = sum('ns', 'k', 'n') s:add('a', 1, 5) s:add('b', 2, 50) s:add('a', 2, 45) "

describe("quiet", function()
  it("keeps a table from printing itself", function()
    assert.equal("5\n", prints "local s = sum('ns', 'k'):quiet() s:add('a', 5) print(s:get('a'))")
    assert.equal("x  n\nb  1\n", prints "local s = sum('ns', 'k'):quiet() s:add('a', 5) count('n', 'x'):add('b')")
  end)
end)

describe("get", function()
  it("is a number for one column, and 0 where nothing was counted", function()
    assert.equal("5\t0\t0\n", says(abc .. "print(s:get('a', 1), s:get('b', 1), s:get('c', 3))"))
    assert.equal("2\t0\n", says "local c = count('n', 'k') c:add(1):add(1) print(c:get(1), c:get('1'))")
    assert.equal("0\n", says "print(count('n'):get())")
    assert.equal("7\tnil\n", says "local m = max('n', 'k') m:add('a', 7):add('a', 3) print(m:get('a'), m:get('b'))")
  end)

  it("is a table by columns for several", function()
    assert.equal("2\t1\t2\t3\t4\n", says [[
      local s = stats("ns", "k") s:add("a", 1) s:add("a", 3)
      local t = s:get "a" print(t.count, t.min, t.mean, t.max, t.ns)]])
    assert.equal("7\t7\tnil\n", says [[
      local q = quantile("ns", "k") q:add("a", 7) print(q:get("a").p50, q:get("a")["max ns"], q:get("b"))]])
    assert.equal("nil\n", says "print(stats('n'):get())")
  end)

  it("is a list for several rows", function()
    assert.equal("2\t1\t2\t0\t4\t8\t1\n", says [[
      local h = hist("n", "k") h:add("a", 1) h:add("a", 5) local t = h:get "a"
      print(#t - 1, t[1].from, t[1].to, t[2].n, t[3].from, t[3].to, t[3].n)]])
    assert.equal("100\t4\n", says "local t = tseries('n', 100) t:add(150, 4) print(t:get()[1].time, t:get()[1].n)")
  end)

  it("wants the keys", function()
    assert.equal("sum: 2 keys expected, 1 given", refused(abc .. "s:get('a')"))
    assert.matches("^sum: a key is a string, .*, not table$", refused(abc .. "s:get('a', {})"))
    assert.equal("call it with a colon: x:get()", refused(abc .. "s.get('a')"))
  end)

  it("is as of the event at hand", function()
    local r = program.run { "-q", "-e",
      "local c = count('n') function on.GoBlock() c:add() print(c:get(), c:total()) end", small }
    assert.matches("^1\t1\n2\t2\n3\t3\n", r.out)
  end)
end)

describe("each", function()
  it("goes through the keys and values as they are printed, whatever top says", function()
    assert.equal("b\t2\t50\na\t2\t45\na\t1\t5\n", says(abc .. "s:top(1) for k, n, v in s:each() do print(k, n, v) end"))
    assert.equal("a\t1\t5\na\t2\t45\nb\t2\t50\n",
      says(abc .. "s:sort 'key' for k, n, v in s:each() do print(k, n, v) end"))
  end)

  it("may have a table that changes meanwhile", function()
    assert.equal("b\na\na\n3\n", says(abc ..
      "for k in s:each() do print(k) s:clear() s:add('z', 1, 1) s:add(k, 2, 1) s:add('y', 1, 1) end " ..
      "local n = 0 for _ in s:each() do n = n + 1 end print(n)"))
  end)

  it("of a table without keys is its value", function()
    assert.equal("0\n", says "for n in count('n'):each() do print(n) end")
    assert.equal("", says "for n in max('n'):each() do print(n) end")
  end)

  it("of rows and top has numbers", function()
    assert.equal("1\tnil\t2\n2\tx\tnil\n",
      says "local r = rows('a', 'b') r:add(nil, 2) r:add 'x' for i, a, b in r:each() do print(i, a, b) end")
    assert.equal("1\tb\t9\n2\ta\t3\n",
      says "local t = top('n', 'l') t:add('a', 3) t:add('b', 9) for i, l, n in t:each() do print(i, l, n) end")
  end)
end)

describe("total", function()
  it("is of all keys", function()
    assert.equal("100\n", says(abc .. "print(s:total())"))
    assert.equal("3\t9\n", says [[
      local g = stats("n", "k") for i = 1, 3 do g:add(i, i * 3) end print(g:total().count, g:total().max)]])
    assert.equal("4\n", says [[
      local l = last("n", "k"):add("b", 1):add("a", 2):add("c", 3):add("a", 4) print(l:total())]])
    assert.equal("0\n", says "print(count('n', 'k'):total())")
  end)
end)

describe("print", function()
  it("is at once, in the form of -F, and not once more at the end", function()
    local code = "local c = count('n', 'k') c:add 'x' c:print() io.write('-')"
    assert.equal("k  n\nx  1\n-", prints(code))
    assert.equal("k,n\nx,1\n-", prints(code, "-F", "csv"))
    assert.equal('{"k":"x","n":1}\n-', prints(code, "-F", "json"))
    local rows = "local r = rows('a') r:add(1) r:print() r:clear() r:add(2) r:print()"
    assert.equal("a\n1\na\n2\n", prints(rows))
  end)

  it("is silent where a script is only checked", function()
    local folder = program.folder { ["s.lua"] = "local c = count('n') c:print() function on.begin() end" }
    assert.not_matches("\nn\n", "\n" .. program.run({ "-n", folder .. "/s.lua", small }).out)
  end)
end)

describe("clear", function()
  it("empties", function()
    assert.equal("k,n,ns\nc,1,2\n", prints(abc .. "s:clear():add('c', 1, 2)", "-F", "csv"))
    assert.equal("n\n1\n", prints("local n = count('n') n:add():clear():add()", "-F", "csv"))
    assert.equal("n\n1\n", prints("local n = top('n') n:add(5):clear():add(1)", "-F", "csv"))
  end)
end)

describe("unit", function()
  it("is what text shows values in", function()
    assert.equal("k       v\na  1.5KiB\nb   -2KiB\n",
      prints "local s = sum('v', 'k'):unit 'bytes' s:add('a', 1536) s:add('b', -2048)")
    assert.equal("k      v\na  12.5%\n", prints "sum('v', 'k'):unit('%'):add('a', 12.5)")
    assert.equal("k,v\na,1536\n", prints("sum('v', 'k'):unit('bytes'):add('a', 1536)", "-F", "csv"))
    assert.equal("count  min  mean  max    v\n    2  1us   2us  3us  4us\n",
      prints "local s = stats('v'):unit 'ns' s:add(1000):add(3000)")
    assert.equal("   v\n2KiB\n", prints "top('v'):unit('bytes'):add(2048)")
  end)

  it("of a time series is that of its values: times are seconds", function()
    assert.equal("time     v\n0.1s  1KiB  ########################################\n",
      prints "tseries('v', 1e8):unit('bytes'):add(1.5e8, 1024)")
    assert.equal("     time  v\n0.000002s  1  ########################################\n",
      prints "tseries('v', 2000):add(2000, 1)")
  end)

  it("is one of three", function()
    assert.equal('unit wants "ns", "bytes" or "%", not "s"', refused "count('n'):unit 's'")
    assert.equal('unit wants "ns", "bytes" or "%", not nil', refused "top('n'):unit()")
  end)
end)

describe("sort", function()
  local q = "local q = stats('v', 'k') q:add('a', 1) q:add('a', 1) q:add('b', 9) q:add('c', 5) q:add('c', -5) "

  it("is by a column of the measure or of the keys", function()
    local function order(by)
      return says(q .. ("q:sort %q for k in q:each() do io.write(k) end print()"):format(by))
    end
    assert.equal("bac\n", order "v")
    assert.equal("acb\n", order "count")
    assert.equal("bca\n", order "max")
    assert.equal("abc\n", order "key")
    assert.equal("abc\n", order "k")
  end)

  it("by a key's column goes by the others then", function()
    assert.equal("k,n,ns\na,1,5\na,2,45\nb,2,50\n", prints(abc .. "s:sort 'n'", "-F", "csv"))
  end)

  it("names what there is", function()
    assert.equal('there is no column "maxx" to sort by (did you mean "max"?); there are key, k, count, min, mean, ' ..
      "max, v", refused(q .. "q:sort 'maxx'"))
    assert.equal('there is no column "n" to sort by; there are key, k', refused "hist('n', 'k'):sort 'n'")
  end)
end)

describe("percent", function()
  it("is the share of all, whatever is shown", function()
    assert.equal(table.concat({
      "k               v  percent",
      "a               5    62.5%",
      "b               2      25%",
      "... and 1 more  1    12.5%",
      "",
    }, "\n"), prints "sum('v', 'k'):percent():top(2):add('a', 5):add('b', 2):add('c', 1)")
    assert.equal('{"k":1,"n":2,"percent":66.67}\n{"k":2,"n":1,"percent":33.33}\n',
      prints("local c = count('n', 'k'):percent() c:add(1) c:add(1) c:add(2)", "-F", "json"))
  end)

  it("of a histogram is that of its buckets", function()
    assert.equal("from,to,n,percent\n1,2,3,75\n2,4,1,25\n",
      prints("local h = hist('n'):percent() h:add(1):add(1):add(1):add(2)", "-F", "csv"))
  end)

  it("of nothing is 0", function()
    assert.equal("n,percent\n0,0\n", prints("count('n'):percent()", "-F", "csv"))
  end)

  it("is for what adds up", function()
    assert.equal("max: a part of a max says nothing: percent is for counts and sums", refused "max('n', 'k'):percent()")
  end)
end)

describe("a table of several", function()
  local two = "count('n', 'k'):add 'x' count('n', 'k'):add 'y' sum('m'):add(1) rows('a'):add(1) "

  it("says in JSON which it is", function()
    assert.equal('{"table":"n","k":"x","n":1}\n{"table":"n 2","k":"y","n":1}\n{"table":"m","m":1}\n' ..
      '{"table":"rows","a":1}\n', prints(two, "-F", "json"))
    assert.equal('{"table":"mine","n":0}\n{"table":"n","n":0}\n',
      prints("count('n'):name 'mine' count('n')", "-F", "json"))
    assert.equal("name wants a string, not nil", refused "count('n'):name()")
  end)

  it("has a header of its own in CSV", function()
    assert.equal("k,n\nx,1\n\nk,n\ny,1\n\nm\n1\n\na\n1\n", prints(two, "-F", "csv"))
  end)

  it("has no two columns of one name", function()
    assert.equal('{"n":"x","\\"n\\"":1}\n', prints("count('n', 'n'):add 'x'", "-F", "json"))
    assert.equal('{"table":"n","\\"table\\"":"x","n":1}\n{"table":"m","m":0}\n',
      prints("count('n', 'table'):add 'x' count 'm'", "-F", "json"))
  end)
end)

describe("numbers", function()
  it("beyond 2^53 are right to the unit in every form", function()
    local code = "local s = sum('n', 'k') s:add('a', 2^53) s:add('a', 1) s:add('b', -2^53) s:add('b', -1) "
    assert.equal("k                       n\na   9,007,199,254,740,993\nb  -9,007,199,254,740,993\n", prints(code))
    assert.equal("k,n\na,9007199254740993\nb,-9007199254740993\n", prints(code, "-F", "csv", "--csv-safe"))
    assert.equal('{"k":"a","n":9007199254740993}\n{"k":"b","n":-9007199254740993}\n', prints(code, "-F", "json"))
    assert.equal("k       n\na   2502h\nb  -2502h\n", prints(code .. "s:ns()"))
  end)

  it("have one row without a key, which each, get and add call -", function()
    local code = [[local c = columns { by = { "k", "l" }, "sum a", "last b" }
      c:add(nil, 1, 5, nil) c:add("", 1, 7, nil) c:add("-", 1, 2, nil)
      for k, l, row in c:each() do c:add(k, l, nil, row.a)
        print(c:get(k, l).a, c:get(k ~= "-" and k or nil, l).b) end ]]
    assert.equal("7\t7\n7\t7\nk  l  a  b\n   1  7  7\n-  1  7  7\n", prints(code))
    assert.equal('{"k":"","l":1,"a":7,"b":7}\n{"k":null,"l":1,"a":7,"b":7}\n',
      prints(code, "-F", "json"):match "({.*)")
  end)

  it("below 0 have bars of minuses", function()
    assert.equal("time   n\n0.0s   2  " .. ("#"):rep(20) .. "\n0.1s  -4  " .. ("-"):rep(40) .. "\n",
      prints "tseries('n', 1e8):add(0, 2):add(1e8, -4)")
  end)

  it("have bars by key", function()
    local out = prints "local h = hist('n', 'k') for i = 1, 100 do h:add('a', 1) end h:add('b', 1)"
    assert.equal("k  from  to    n\na     1   2  100  " .. ("#"):rep(40) .. "\nb     1   2    1  " .. ("#"):rep(40) ..
      "\n", out)
  end)
end)

describe("measures that a script makes", function()
  it("are those of one value", function()
    for kind, want in pairs { min = -1, max = 9, mean = 3.25, last = 2, sum = 13, count = 4 } do
      local add = kind == "count" and "m:add 'a'" or "m:add('a', v)"
      local code = "local m = %s('v', 'k') for _, v in ipairs { 3, 9, -1, 2 } do %s end"
      assert.equal(("k,v\na,%s\n"):format(want), prints(code:format(kind, add), "-F", "csv"))
    end
    assert.equal("last,min,mean,max v\n2,-1,3.25,9\n",
      prints("local g = gauge 'v' for _, v in ipairs { 3, 9, -1, 2 } do g:add(v) end", "-F", "csv"))
  end)

  it("may be those of a time series", function()
    assert.equal("k,time,v\na,0,7\na,100,3\n", prints([[
      local t = tseries { "v", 100, "k", measure = "max" }
      t:add("a", 1, 7) t:add("a", 2, 5) t:add("a", 100, 3)]], "-F", "csv"))
    assert.equal("time,count,p50,p90,p99,p99.9,max v\n0,1,3,3,3,3,3\n",
      prints("tseries { 'v', 100, measure = 'quantile' }:add(5, 3)", "-F", "csv"))
    assert.equal("time,n\n0,2\n", prints("tseries { 'n', 100, measure = 'count' }:add(5):add(6)", "-F", "csv"))
    assert.equal('tseries: there is no measure sums (did you mean "sum"?); there are count, sum, min, max, mean, ' ..
      "last, gauge, stats, quantile, durations, spread", refused "tseries { 'n', 100, measure = 'sums' }")
    assert.equal("tseries: the step must be a number above 0, not nil", refused "tseries { 'n' }")
  end)

  it("are the same in each trace", function()
    local code = "local t = tseries { 'n', 1e9, 'k', measure = %s } function on.GoBlock(ev) t:add('x', 0, 1) end"
    assert.equal("k,time,n\nx,0,6\n", prints(code:format "'sum'" , small, "-F", "csv"))
    local r = run(code:format "shared.n or 'max'" .. " shared.n = 'min'", small)
    assert.matches('for the trace before table 1 was tseries%({ "n", 1000000000, "k", measure = "max" }%)', r.err)
  end)

  it("share what lasts out to the steps of time", function()
    assert.equal("k,time,ns\na,0,50\na,100,100\na,200,20\n",
      prints("tseries('ns', 100, 'k'):spread('a', 50, 220)", "-F", "csv"))
    assert.equal("tseries: 1 keys and two times expected, 2 given", refused "tseries('ns', 100, 'k'):spread('a', 50)")
    assert.equal("tseries: spread wants two times in ns behind the keys, not string",
      refused "tseries('ns', 100, 'k'):spread('a', 50, 'b')")
    assert.matches("^tseries: spread: the end is before", refused "tseries('ns', 100):spread(2, 1)")
    assert.matches("^tseries: spread: 9000000000000 steps are too many", refused "tseries('ns', 1):spread(0, 9e12)")
    assert.equal("count: spread is for a tseries: it shares a time out to steps that sum up",
      refused "count('ns'):spread(0, 1)")
    assert.equal("tseries: spread: it shares a time out to steps that sum up",
      refused "tseries { 'ns', 10, measure = 'max' }:spread(0, 1)")
  end)
end)

describe("top", function()
  it("keeps the same of equal values, whatever order they come in", function()
    local function out(list)
      return prints(("local t = top('n', 'l'):top(2) for _, l in ipairs %s do t:add(l, 1) end"):format(list),
        "-F", "csv")
    end
    assert.equal("l,n\na,1\nb,1\n", out "{ 'c', 'a', 'b' }")
    assert.equal("l,n\na,1\nb,1\n", out "{ 'b', 'c', 'a' }")
  end)
end)

describe("rows", function()
  it("refuses units and keys that it has no columns for", function()
    assert.equal('rows: there is no column "tok" (did you mean "took"?)', refused "rows('a', 'took'):unit('ns', 'tok')")
    assert.equal('rows: a unit is "ns", "bytes" or "%"', refused "rows('a'):unit('m', 'a')")
    assert.equal("rows: first wants how many of its columns are keys", refused "rows('a'):first(2)")
  end)
end)
