-- scan: hooks that see the trace in a first pass; windows chosen from it.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(...)
  return program.run_codes(small, ...)
end

local function prints(...)
  local r = run(...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

local COUNT = "local n = 0 function on.any() n = n + 1 end function on.finish() print(n) n = 0 end "

describe("scan hooks", function()
  it("see the whole trace before the others", function()
    local creates = "GoCreate\t2\nGoCreate\t3\n"
    assert.equal("scan begin\n" .. creates .. "scan finish\t18\nbegin\n" .. creates .. "finish\n", prints [[
      local function show(ev) print(ev.type, ev.new_g) end
      function scan.begin() print "scan begin" end
      scan.GoCreate = show
      function scan.finish(t) print("scan finish", t.events) end
      function on.begin() print "begin" end
      on.GoCreate = show
      function on.finish() print "finish" end]])
  end)

  it("are the same as those of on", function()
    assert.equal("18\t5\t1\t2\n", prints [[
      local any, rest, sleeps, gens = 0, 0, 0, 0
      function scan.any() any = any + 1 end
      function scan.GoBlock() end
      function scan.GoSleep() sleeps = sleeps + 1 end
      function scan.GoStatus() end
      function scan.ProcStatus() end
      function scan.GoCreate() end
      function scan.GoStart() end
      function scan.UserLog() end
      function scan.unhandled(ev) rest = rest + 1 end
      function scan.generation() gens = gens + 1 end
      function on.begin() print(any, rest, sleeps, gens) end]])
  end)

  it("see what filters and other scripts drop", function()
    local r = program.run { "-f", "false", "-e", "function on.any() return false end", "-e",
      "local n = 0 function scan.any() n = n + 1 return false end function on.begin() print(n) end", "-e",
      "local n = 0 function scan.any() n = n + 1 end function on.begin() print(n) end", small }
    assert.equal("18\n18\n", r.out)
  end)

  it("run for each of several traces", function()
    local r = program.run { "-e", "function scan.finish() print 'scan' end function on.finish() print 'on' end", small,
      small }
    assert.equal("scan\non\nscan\non\n", r.out)
  end)

  it("only look", function()
    assert.matches("^gotrace%-lua: %-e:1: cannot set ev.heapalloc: scan hooks only look, " ..
      "edits belong into those of on\n  hook: scan.HeapAlloc\n",
      run("function scan.HeapAlloc(ev) ev.heapalloc = 1 end").err)
    assert.matches("^gotrace%-lua: %-e:1: scan hooks only look, emit belongs into those of on\n",
      run("function scan.HeapAlloc(ev) emit('GoLabel') end").err)
  end)

  it("may ask for thread order", function()
    assert.equal("18\n", prints [[
      order = "thread"
      local n = 0
      function scan.any() n = n + 1 end
      function scan.finish() print(n) end]])
    assert.matches("p is not known in thread order",
      run('order = "thread" function scan.any(ev) return ev.p end').err)
  end)

  it("need a file", function()
    local r = program.shell(("cat %s | %s -e 'function scan.any() end'"):format(small, program.quote(program.path)))
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: standard input cannot be read twice, and scan hooks see it in a pass of their own\n",
      r.err)
  end)

  it("are not run on what cannot be opened", function()
    local r = program.run { "-e", "function scan.any() end " .. COUNT, "/nosuch", small }
    assert.equal(2, r.status)
    assert.equal("18\n\nfailed   problem\n/nosuch  cannot open /nosuch: No such file or directory\n", r.out)
    assert.equal("gotrace-lua: cannot open /nosuch: No such file or directory\n", r.err)
  end)

  it("do not make damage be told twice", function()
    local cut = program.tmpfile(program.read(small):sub(1, 450))
    local r = program.run { "-e", "local n = 0 function scan.damage() n = n + 1 end " ..
      "function on.begin() print(n) end", cut }
    assert.equal(3, r.status)
    assert.equal("1\n", r.out)
    local _, lines = r.err:gsub("\n", "")
    assert.equal(3, lines) -- what, how much, and up to which time it is whole
  end)

  it("that are wrong are refused as those of on are", function()
    local function load_error(code)
      local r = run(code)
      assert.equal(2, r.status)
      return r.err
    end
    assert.equal('gotrace-lua: -e:1: unknown hook scan.GoCrate (did you mean "GoCreate"?)\n',
      load_error "function scan.GoCrate() end")
    assert.equal("gotrace-lua: -e:1: scan.any must be a function, not table\n", load_error "scan.any = {}")
    assert.equal("gotrace-lua: -e:1: scan holds the hooks: write function scan.GoCreate(ev) ... end\n",
      load_error "scan = {}")
  end)
end)

describe("trace.window", function()
  it("leaves out what is outside", function()
    assert.equal("4\n", prints("function on.begin(t) t.window(130, 170) end " .. COUNT))
    assert.equal("5\n", prints("function on.begin(t) t.window(130, 171) end " .. COUNT))
    assert.equal("5\n", prints("function on.begin(t) t.window(nil, 120) end " .. COUNT))
    assert.equal("4\n", prints("function on.begin(t) t.window(1100) end " .. COUNT))
  end)

  it("may be asked for several times", function()
    assert.equal("130\n140\n1110\n", prints [[
      function on.begin(t) t.window(1105, 5000) t.window(130, 135) t.window(133, 150) t.window(133, 134) end
      function on.any(ev) print(ev.time) end]])
  end)

  it("may come from the first pass", function()
    assert.equal("HeapAlloc\nUserTaskBegin\n", prints [[
      function scan.HeapAlloc(ev) trace.window(ev.time, ev.time + 11) end
      function on.any(ev) print(ev.type) end]])
  end)

  it("may be asked for at every event", function()
    local trace = program.recording "generations"
    local r = program.run { "-e", "function scan.any(ev) trace.window(ev.time, ev.time + 1) end " .. COUNT, trace }
    assert.equal("33193\n", r.out)
    r = program.run { "-e", "function scan.any(ev) if ev.n % 2 == 0 then trace.window(ev.time, ev.time + 1) end end " ..
      COUNT, trace }
    assert.equal("16596\n", r.out)
  end)

  it("holds for one trace only", function()
    local r = program.run { "-e", "function on.begin(t) if not shared.again then t.window(130, 131) end " ..
      "shared.again = true end " .. COUNT, small, small }
    assert.equal("1\n18\n", r.out)
  end)

  it("is the same in thread order", function()
    assert.equal("4\n", prints('order = "thread" function on.begin(t) t.window(130, 170) end ' .. COUNT))
  end)

  it("within that of the command line", function()
    local r = program.run { "--from", "150ns", "-e", "function on.begin(t) t.window(130, 170) end " .. COUNT, small }
    assert.equal("2\n", r.out)
  end)

  it("refuses what is no window, and to come late", function()
    assert.matches("^gotrace%-lua: %-e:1: trace.window: nothing is from 5 on and before 5\n",
      run("function on.begin(t) t.window(5, 5) end").err)
    assert.matches("^gotrace%-lua: %-e:1: trace.window wants two times in ns: from, and up to which\n",
      run("function on.begin(t) t.window('5') end").err)
    assert.matches("^gotrace%-lua: %-e:1: trace.window is for on.begin and scan hooks: events have come by\n",
      run("function on.HeapAlloc() trace.window(5, 6) end").err)
    assert.matches("^gotrace%-lua: %-e:1: no trace is open while the scripts load; use on.begin\n",
      run("trace.window(5, 6)").err)
  end)
end)

describe("trace.split", function()
  it("is for scan hooks", function()
    assert.matches("^gotrace%-lua: %-e:1: trace.split is for scan hooks: the parts are written one by one\n",
      run("function on.begin(t) t.split(5) end").err)
    assert.matches("^gotrace%-lua: %-e:1: trace.split wants a time in ns\n",
      run("function scan.begin(t) t.split() end").err)
  end)

  it("does nothing where nothing is written", function()
    assert.equal("18\n", prints("function scan.begin(t) t.split(150) end " .. COUNT))
  end)
end)

describe("trace.hide", function()
  it("wants a goroutine, and says that it does nothing where nothing is written", function()
    local r = run("function on.begin(t) t.hide(1) end " .. COUNT)
    assert.equal("18\n", r.out)
    assert.equal("gotrace-lua: trace.hide is about what -o writes, and nothing is written\n", r.err)
    assert.equal(0, r.status)
    assert.matches("^gotrace%-lua: %-e:1: trace.hide wants the id of a goroutine, not %-1\n",
      run("function on.begin(t) t.hide(-1) end").err)
    assert.matches("^gotrace%-lua: %-e:1: trace.hide wants the id of a goroutine, not a trace\n",
      run("function on.begin(t) t:hide(1) end").err)
  end)
end)

describe("needs", function()
  it("is for scripts that write", function()
    local r = run 'needs = "output"'
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: -e writes a trace: say where, with -o NEW.trace\n", r.err)
    assert.equal('gotrace-lua: -e:1: needs must be "output": the script is for writing a trace; ' ..
      '"spans": it asks for what spans know; "names": it wants all names from the first event on; ' ..
      '"pair": it compares two traces; "runs": it asks for regions, tasks or logs; or a list of these\n',
      run("needs = 'input'").err)
  end)
end)
