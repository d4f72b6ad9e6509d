-- -a: tables without a script.
local program = require "support.program"

teardown(program.clean)

local http, timers, v1 = program.recording "http", program.recording "timers", program.recording("http", "1.21")

local function run(...)
  return program.run { ... }
end

local function prints(...)
  local r = run(...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

local function usage(...)
  local r = run(...)
  assert.equal(2, r.status, r.out)
  return r.err
end

describe("-a", function()
  it("counts what a script counts", function()
    for _, trace in ipairs { http, v1 } do
      local by = prints("-e", [[local by = count("count", "type")
        function on.any(ev) by:add(ev.type) end]], trace)
      assert.equal(by, prints("-a", "count() by type", trace))
      assert.equal(by, prints("-a", "count() by ev.type as type", trace))
      assert.equal("type,n", prints("-F", "csv", "-a", "count() as n by type", trace):match "^[^\n]+")
    end
  end)

  it("sums up spans as a script does", function()
    for _, trace in ipairs { http, v1 } do
      local by = prints("-e", [[local by = sum("sum(dur)", "state", "reason"):ns():top(3)
        function on.state(s) by:add(s.state, s.reason, s.dur) end]], trace)
      assert.equal(by, prints("-a", "sum(dur) by state, reason top 3", trace))
    end
  end)

  it("has several columns, sorted by the first", function()
    local out = prints("-F", "csv", "-a", "sum(dur) as took, count(), max(dur) by reason", http)
    assert.matches("^reason,took,count,max%(dur%)\n", out)
    local before, total = math.huge, 0
    for line in out:gmatch "[^\n]+" do
      local took, n = line:match ",(%d+),(%d+),%d+$"
      if took then
        assert.is_true(tonumber(took) <= before)
        before, total = tonumber(took), total + tonumber(n)
      end
    end
    local all = prints("-F", "csv", "--spans", "-a", "count()", http)
    assert.equal(total, tonumber(all:match "count\n(%d+)"))
  end)

  it("leaves out what lacks a key or the value", function()
    assert.equal(prints("-f", "reason", "-a", "count()", http), prints("-a", "count(reason) as count", http))
    assert.equal(prints("-f", "heapalloc", "-a", "max(heapalloc)", http), prints("-a", "max(heapalloc)", http))
    -- Those without the key are a row of their own: parts make the whole.
    local all = tonumber(prints("-F", "csv", "-a", "count()", http):match "(%d+)\n$")
    local without = prints("-F", "csv", "-f", "not reason", "-a", "count()", http):match "(%d+)\n$"
    local with = prints("-F", "csv", "-f", "reason", "-a", "count() by reason", http)
    local out, sum = prints("-F", "csv", "-a", "count() by reason", http), 0
    assert.matches("\n," .. without .. "\n", out)
    assert.equal(with, (out:gsub("\n," .. without .. "\n", "\n")))
    for n in out:gmatch ",(%d+)\n" do
      sum = sum + n
    end
    assert.equal(all, sum)
    assert.matches('\n{"reason":null,"count":' .. without .. "}\n", "\n" .. prints("-F", "json", "-a",
      "count() by reason", http))
  end)

  it("stands behind filters, scripts and beside others", function()
    local by = prints("-a", "count() by reason", "-f", 'type == "GoBlock"', http)
    assert.equal(by, prints("-f", 'type == "GoBlock"', "-a", "count() by reason", http))
    local code = 'function on.any(ev) return ev.type == "GoBlock" end'
    assert.equal(by, prints("-e", code, "-a", "count() by reason", http))
    assert.equal(by .. "\n" .. by, prints("-f", 'type == "GoBlock"', "-a", "count() by reason",
      "-a", "count() by reason", http))
  end)

  it("has values in the unit of their field in text alone", function()
    assert.matches("max%(heapalloc%)\n%s*[%d.]+MiB\n", prints("-a", "max(heapalloc)", http))
    assert.matches("\nGC mark assist +[%d.]+[um]s +[%d.]+[um]s\n", prints("--spans=assist", "-a",
      "sum(stats.exec), max(stats.block_by.sync + stats.total) by name", program.recording "gc"))
    assert.matches("max%(heapalloc%)\n%d+\n", prints("-F", "csv", "-a", "max(heapalloc)", http))
    assert.matches("\n%s*[%d.]+ms\n", prints("-a", "max(dur)", http))
    assert.matches("\n%s*[%d.]+ms\n", prints("-a", "max(to - from)", http))
    assert.matches("\n%s*[%d.,]+\n", prints("-a", "max(dur / 1000 + g)", http))
  end)

  it("adds up over traces", function()
    local one = prints("-F", "csv", "-a", "count(), sum(dur)", http)
    local two = prints("-F", "csv", "-a", "count(), sum(dur)", http, http)
    local n, sum = one:match "(%d+),(%d+)\n$"
    assert.equal(("count,sum(dur)\n%.0f,%.0f\n"):format(2 * n, 2 * sum), two)
  end)

  it("draws histograms and the largest", function()
    assert.equal(prints("-e", [[local h = hist("hist(dur)", "reason"):ns():top(2)
      function on.state(s) if s.reason then h:add(s.reason, s.dur) end end]], http),
      prints("-f", "reason", "-a", "hist(dur) by reason top 2", http))
    assert.equal(prints("-e", [[local h = lhist("lhist(dur, 1ms)", 1e6):ns()
      function on.state(s) h:add(s.dur) end]], http), prints("-a", "lhist(dur, 1ms)", http))
    assert.equal(prints("-e", [[local t = top("top(dur)", "g", "state"):ns():top(4)
      function on.state(s) t:add(s.g, s.state, s.dur) end]], http), prints("-a", "top(dur) by g, state top 4", http))
  end)

  it("is a series of time", function()
    local out = prints("-F", "csv", "-f", 'state == "Running"', "-a", "sum(dur) every 1ms", http)
    local all, rows = 0, 0
    for sum in out:gmatch "\n%d+,(%d+)" do
      all, rows = all + sum, rows + 1
      assert.is_true(tonumber(sum) <= 64e6) -- no step has more than its length, for each proc
    end
    assert.is_true(rows > 5)
    local sum = prints("-F", "csv", "-f", 'state == "Running"', "-a", "sum(dur)", http)
    assert.equal(all, tonumber(sum:match "(%d+)\n$"))
    assert.matches("^time,max%(heapalloc%)\n", prints("-F", "csv", "-a", "max(heapalloc) every 1ms", http))
    local two = prints("-F", "csv", "-f", 'state == "Running"', "-a", "sum(dur), count() every 1ms", http)
    assert.equal(out, (two:gsub(",[^,\n]*\n", "\n")))
  end)

  it("may have stacks and their parts as keys", function()
    assert.equal(prints("-e", [[local by = count("count", "f")
      function on.GoBlock(ev) by:add(ev.stack.user.func) end]], http),
      prints("-f", 'type == "GoBlock"', "-a", "count() by stack.user.func as f", http))
    assert.equal(prints("-f", "place", "-a", "sum(dur) by place", http),
      prints("-f", "#stack > 0", "-a", "sum(dur) by stack.user as place", http))
  end)

  it("is told as the reason in --explain", function()
    local function explained(text)
      return run("--explain", "-n", "-a", text, http).err
    end
    assert.matches("%-a may look at all of an event", explained "count() by g")
    assert.matches("nobody looks at an event", explained "count() by type")
  end)

  it("refuses what cannot be meant", function()
    for text, wrong in pairs {
      ["cont()"] = 'there is no aggregation cont (did you mean "count"?)',
      ["p99(dur)"] = "there is no aggregation p99 (quantile has p50, p90, p99 and p99.9)",
      ["median(dur)"] = "there is no aggregation median (quantile has p50, p90, p99 and p99.9)",
      ["avg(dur)"] = 'there is no aggregation avg (did you mean "mean"?)',
      ["sum()"] = "sum wants what to measure: sum(dur)",
      ["sum(dur, 3)"] = "sum wants what to measure: sum(dur)",
      ["sum(type)"] = "sum wants a number, and type is text",
      ["max(stack)"] = "max wants a number, and stack is a list of frames",
      ["lhist(dur)"] = "lhist wants a value and how wide a bucket is: lhist(dur, 10us)",
      ["lhist(dur, g)"] = "lhist wants a number as the width of a bucket: lhist(dur, 10us)",
      ["hist(dur), count()"] = "hist stands alone: no column beside it, and no every",
      ["hist(dur) every 1ms"] = "hist stands alone: no column beside it, and no every",
      ["sum(durr)"] = 'no field is called "durr" (did you mean "dur", of spans?)',
      ["count() by raeson"] = 'no field is called "raeson" (did you mean "reason"?)',
      ["count() by time.g"] = "time is a number, and has no fields",
    } do
      local err = usage("-a", text, http)
      local told = ("gotrace-lua: -a '%s': %s"):format(text, wrong)
      assert.equal(told, err:sub(1, #told), text)
    end
    assert.matches("expressions about spans choose no events", usage("-a", "sum(dur)", "-o", "/dev/null", http))
    assert.matches("-a wants an expression before the trace", usage("-a", timers))
  end)
end)
