-- -f, -p and --spans where they are about spans.
local program = require "support.program"

teardown(program.clean)

local http = program.recording "http"

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

describe("a line is about spans", function()
  -- Waits of goroutine 1, by a hook.
  local function waits()
    return prints("-e", [[function on.state(s)
      if s.g == 1 and s.state == "Waiting" then print(s.reason, s.dur) end
    end]], http)
  end

  it("by a field that only spans have", function()
    local list = waits()
    assert.matches("^sync\t%d+\n", list)
    assert.equal(list, prints("-f", 'state == "Waiting" and g == 1', "-p", "reason,dur", http))
    assert.equal(list, prints("-f", "g == 1", "-f", 'state == "Waiting"', "-p", "reason,dur", http))
  end)

  it("by a kind", function()
    local list = prints("-f", 'kind == "gc"', "-p", "name,open", http)
    assert.equal(("GC concurrent mark phase\t\n"):rep(2), list)
    assert.equal(list, prints("-p", "name,open", "--spans=gc", http))
    assert.is_true(#prints("-f", 'kind == "GC mark termination"', http) > 0) -- of events
  end)

  it("by --spans, which prints all by itself", function()
    local code = "needs = 'names' function on.state(s) print(s) end"
    assert.equal(prints("-e", code, http), prints("--spans", http))
    assert.is_nil(prints("--spans", http):find('func=""', 1, true))
    assert.equal(prints("-e", code, http), prints("--spans=state", "-f", "g", http))
  end)

  it("before cat, which prints spans then, in every form", function()
    for _, form in ipairs { "text", "json", "csv" } do
      assert.equal(prints("-F", form, "--spans=gc,stw", http), prints("-F", form, "cat", "--spans=gc,stw", http))
      assert.equal(prints("-F", form, "-f", "dur > 1ms", http), prints("-F", form, "-f", "dur > 1ms", "cat", http))
    end
    assert.equal(prints("-f", 'kind == "gc"', http), prints("cat", "-f", 'kind == "gc"', http))
    assert.matches("\n\truntime%.StartTrace\n\t\t[^\n]+:%d+\n", prints("cat", "--stacks", "--spans=stw", http))
    assert.equal(prints("-f", "g == 1", http), prints("-f", "g == 1", "cat", http))
    assert.matches("no script hooks any", usage("--spans", "grep", "Go", http))
  end)

  it("in every form", function()
    local json = prints("-F", "json", "--spans=gc", http)
    assert.matches('^{"kind":"gc","name":"GC concurrent mark phase","from":%d+,"to":%d+,"dur":%d+,', json)
    local csv = prints("-F", "csv", "--spans=gc,stw", http)
    assert.matches('^kind,name,from,to,dur,g,p,m,reason,task,waker,func,open,clipped,stack\nstw,start trace,%d+,', csv)
    assert.equal(1, select(2, csv:gsub("kind,name", "")))
    assert.matches("^name,dur\nstart trace,%d+\n", prints("-F", "csv", "--spans=stw", "-p", "name,dur", http))
  end)

  it("in a window", function()
    local whole = prints("--spans=gc", "-p", "from,to", http)
    local from, rest = whole:match "^(%d+)(.*)$"
    assert.equal(from + 1000 .. rest, prints("--spans=gc", "-p", "from,to", "--from", from + 1000 .. "ns", http))
  end)

  it("before a script that hooks them", function()
    local code = "function on.anyspan(s) print(s.kind, s.dur) end"
    local list = prints("-f", "dur > 17ms", "-e", code, http)
    assert.matches("^goroutine\t18069888\n", list)
    assert.matches("\nstate\t1%d+\n", list)
    assert.equal(prints("-e", (code:gsub("print", "if s.dur > 17e6 then print")) .. " end", http), list)
  end)

  it("before a script that hooks them alone, also by fields that events have", function()
    local code = "function on.state(s) print(s.g, s.dur) end"
    local list = prints("-f", 'reason == "sync" and g ~= 1', "-e", code, http)
    local by_hand = code:gsub("print", "if s.reason == 'sync' and s.g ~= 1 then print") .. " end"
    assert.equal(prints("-e", by_hand, http), list)
    assert.is_true(#list > 0)
    -- What is behind a script is about the same.
    assert.equal(list, prints("-e", code, "-f", 'reason == "sync" and g ~= 1', http))
    assert.equal(prints("-f", 'state == "Waiting" and reason == "sync"', "-F", "csv", "blocks", http),
      prints("-f", 'reason == "sync"', "-F", "csv", "blocks", http))
  end)

  it("and events before one that hooks both, each as far as it has the fields", function()
    local code = "function on.stw(s) print(s.kind, s.g) end function on.STWBegin(ev) print(ev.type, ev.g) end"
    local all = prints("-e", code, http)
    local first = prints("-f", "g == 1", "-e", code, http)
    assert.matches("^STWBegin\t1\nstw\t1\n", first)
    assert.is_true(#first < #all)
    for line in first:gmatch "[^\n]+" do
      assert.matches("\t1$", line)
    end
    -- A span has no type.
    assert.equal(select(2, all:gsub("stw", "")), (select(2, prints("-f", 'type == "GoBlock"', "-e", code, http)
      :gsub("stw", ""))))
  end)

  it("not before one that hooks events, nor where something is printed or written", function()
    local code = "function on.any(ev) print(ev.type, ev.g) end"
    assert.matches("^GoBlock\t", prints("-f", 'reason == "sync"', "-e", code, http))
    assert.matches("^GoBlock\n", prints("-f", 'reason == "sync"', "-e", "function on.state() end", "-p", "type", http))
  end)
end)

describe("what is said of lines about spans", function()
  it("is what a word or a field should have been", function()
    assert.matches('no trace has state "Runing" %(did you mean "Running"%?%)', usage("-f", 'state == "Runing"', http))
    assert.matches("to is ns, such as 1500 or 5ms, and never text", usage("-f", 'to == "Running"', http))
    assert.matches('no field is called "duration": how long a span lasts is dur here',
      usage("--spans", "-p", "duration", http))
    assert.matches('"goroutine": a goroutine\'s number is g here', usage("--spans", "-p", "goroutine", http))
    assert.is_nil(usage("--spans", "-p", "timestamp", http):find("time here", 1, true)) -- spans have none
    assert.matches('no trace has state "Blocked": there are Runnable, Running, Syscall, Waiting',
      usage("-f", 'state == "Blocked"', http))
    assert.matches("gotrace%-lua %-lv lists what there is", usage("-f", 'reason == "xyzzy"', http))
    assert.matches('"gg" is none of state, proc, stw', usage("--spans=gg", http))
  end)

  it("is that one line is about one of them", function()
    assert.matches('no field is called "dur": dur is of spans, and this is about events',
      usage("around", "--when=dur > 1ms", "-o", "/dev/null", http))
    assert.matches("type is of events, and the line is about spans", usage("-p", "type,dur", http))
    assert.matches("expressions about spans choose no events", usage("-f", "dur > 1ms", "-o", "/dev/null", http))
    assert.matches("%-f is about spans, and no script hooks any", usage("-f", "dur > 1ms", "events", http))
    assert.matches("%-f 'type == \"GoBlock\"' is about events, by type, and the script hooks spans alone",
      usage("-f", 'type == "GoBlock"', "blocks", http))
  end)
end)
