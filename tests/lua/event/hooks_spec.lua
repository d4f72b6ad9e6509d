-- Hooks: which are called, in which order, what they drop; marks and ends.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(...)
  local words = { ... }
  words[#words + 1] = small
  return program.run(words)
end

-- What scripts print, one -e each.
local function prints(...)
  local words = {}
  for _, code in ipairs { ... } do
    words[#words + 1] = "-e"
    words[#words + 1] = code
  end
  local r = run(unpack(words))
  assert.equal("", r.err)
  return r.out
end

local function load_error(code)
  local r = run("-e", code)
  assert.equal(2, r.status)
  return r.err
end

describe("hooks", function()
  it("are called for their type", function()
    assert.equal("2\t2\t3\n", prints [[
      local creates, starts, blocks = 0, 0, 0
      function on.GoCreate() creates = creates + 1 end
      function on.GoStart() starts = starts + 1 end
      function on.GoBlock() blocks = blocks + 1 end
      function on.finish() print(creates, starts, blocks) end]])
  end)

  it("any sees all, unhandled the rest", function()
    assert.equal("18\t16\n", prints [[
      local any, unhandled = 0, 0
      function on.any() any = any + 1 end
      function on.unhandled() unhandled = unhandled + 1 end
      function on.GoCreate() end
      function on.finish() print(any, unhandled) end]])
  end)

  it("any comes before the hook of the type", function()
    assert.equal("any\tGoCreate\nGoCreate\nany\tGoCreate\nGoCreate\n", prints [[
      function on.any(ev) if ev.type == "GoCreate" then print("any", ev.type) end end
      function on.GoCreate(ev) print(ev.type) end]])
  end)

  it("of the type are not called if any said false", function()
    assert.equal("0\n", prints [[
      local n = 0
      function on.any() return false end
      function on.GoCreate() n = n + 1 end
      function on.unhandled() n = n + 1 end
      function on.finish() print(n) end]])
  end)

  it("drop with false and nothing else", function()
    for verdict, seen in pairs { ["false"] = 0, ["nil"] = 2, ["true"] = 2, ["0"] = 2, ["''"] = 2, [""] = 2 } do
      assert.equal(seen .. "\n", prints(
        "function on.GoCreate(ev) return " .. verdict .. " end",
        "local n = 0 function on.GoCreate() n = n + 1 end function on.finish() print(n) end"), verdict)
    end
  end)

  it("see what the scripts before let through", function()
    assert.equal("a 2\na 3\nb 2\n", prints(
      "function on.GoCreate(ev) return ev.new_g ~= 9 end",
      'local all = {} function on.GoCreate(ev) all[#all + 1] = "a " .. ev.new_g return ev.new_g == 2 end ' ..
        "function on.finish() print(table.concat(all, '\\n')) end",
      'local all = {} function on.GoCreate(ev) all[#all + 1] = "b " .. ev.new_g end ' ..
        "function on.finish() print(table.concat(all, '\\n')) end"))
  end)

  it("of one script do not hide events from unhandled of another", function()
    assert.equal("18\n", prints("function on.GoCreate() end",
      "local n = 0 function on.unhandled() n = n + 1 end function on.finish() print(n) end"))
  end)

  it("mix with filters, which come first", function()
    local r = run("-e", "function on.GoCreate(ev) print('e', ev.new_g) end", "-f", "new_g == 3")
    assert.equal("e\t3\n", r.out)
  end)

  it("can be any function", function()
    assert.equal("0.000000110\n0.000000120\n", (prints("on.GoCreate = print"):gsub(" [^\n]*", "")))
  end)

  it("can be read back", function()
    assert.equal("true\tnil\n", prints "function on.any() end print(type(on.any) == 'function', on.GoCreate)")
  end)

  describe("that are wrong", function()
    it("are refused at the script's line, with a suggestion", function()
      assert.equal('gotrace-lua: -e:2: unknown hook on.GoCrate (did you mean "GoCreate"?)\n',
        load_error "\nfunction on.GoCrate(ev) end")
      assert.equal('gotrace-lua: -e:1: unknown hook on.Finish (did you mean "finish"?)\n',
        load_error "function on.Finish() end")
      assert.equal("gotrace-lua: -e:1: unknown hook on.xyzzy\n", load_error "function on.xyzzy() end")
      assert.equal('gotrace-lua: -e:1: unknown hook on.Create (did you mean "GoCreate"?)\n',
        load_error "function on.Create() end")
    end)

    it("include framing, which no script sees", function()
      assert.matches("unknown hook on.EventBatch", load_error "function on.EventBatch() end")
    end)

    it("must be functions", function()
      assert.equal("gotrace-lua: -e:1: on.any must be a function, not table\n", load_error "on.any = {}")
    end)

    it("cannot be set while the run goes on", function()
      local r = run("-e", "function on.GoCreate() on.GoStart = print end")
      assert.equal(4, r.status)
      assert.matches("^gotrace%-lua: %-e:1: hooks are set while the script loads, not later\n", r.err)
    end)

    it("cannot be replaced as a whole", function()
      assert.equal("gotrace-lua: -e:1: on holds the hooks: write function on.GoCreate(ev) ... end\n",
        load_error "on = {}")
    end)

    it("of spans are suggested, too", function()
      assert.equal('gotrace-lua: -e:1: unknown hook on.regions (did you mean "region"?)\n',
        load_error "function on.regions() end")
      assert.equal('gotrace-lua: -e:1: unknown hook on.any_span (did you mean "anyspan"?)\n',
        load_error "function on.any_span() end")
    end)
  end)
end)

describe("hooks without parameters", function()
  it("see as many events as others", function()
    local code = [[
      local n, creates = 0, 0
      function on.any(%s) n = n + 1 end
      function on.GoCreate(%s) creates = creates + 1 end
      function on.finish() print(n, creates) end]]
    assert.equal("18\t2\n", prints((code:gsub("%%s", ""))))
    assert.equal("18\t2\n", prints((code:gsub("%%s", "ev"))))
    assert.equal("18\t2\n", prints((code:gsub("%%s", "..."))))
  end)

  it("leave the others their events", function()
    assert.equal("GoCreate\t1\t2\nGoCreate\t1\t3\n", prints([[
      local n = 0
      function on.any() n = n + 1 end
      function on.GoCreate(ev) print(ev.type, ev.g, ev.new_g) end]]))
    assert.equal("GoCreate\t1\t2\nGoCreate\t1\t3\n", prints("function on.GoStart() end",
      "function on.GoCreate(...) local ev = ... print(ev.type, ev.g, ev.new_g) end"))
    assert.equal("2\n3\n", prints([[
      local kept
      function scan.any(ev) kept = ev end
      function on.GoCreate() print(kept.new_g) end]]))
  end)

  it("may be a function of Lua's own", function()
    assert.matches("^0.000000110 m=7 p=0 g=1 GoCreate new_g=2 ", prints "on.GoCreate = print")
  end)

  it("say where they went wrong", function()
    local r = run("-e", "function on.GoCreate() error 'boo' end")
    assert.equal(4, r.status)
    assert.matches("^gotrace%-lua: %-e:1: boo\n  hook: on.GoCreate\n  event: 5 at offset 70: 0.000000110 m=7 p=0 " ..
      "g=1 GoCreate ", r.err)
  end)
end)

describe("v1 names", function()
  it("mean the v2 event", function()
    for old, new in pairs {
      Gomaxprocs = "ProcsChange", GoStartLocal = "GoStart", GoStartLabel = "GoStart", GoUnblockLocal = "GoUnblock",
      GoBlockRecv = "GoBlock", UserTaskCreate = "UserTaskBegin",
    } do
      assert.matches("^" .. new .. "\n", prints("function on." .. old .. "(ev) print(ev.type) end"), old)
    end
  end)

  it("mean one reason only", function()
    assert.equal("sleep\n", prints "function on.GoSleep(ev) print(ev.reason) end")
    assert.equal("chan receive\nchan receive\n", prints "function on.GoBlockRecv(ev) print(ev.reason) end")
    assert.equal("", prints "function on.GoBlockSend(ev) print(ev.reason) end")
  end)

  it("stand beside the v2 name, and leave the rest to unhandled", function()
    assert.equal("3\t1\t2\n", prints [[
      local all, sleeps, recvs = 0, 0, 0
      function on.GoBlock() all = all + 1 end
      function on.GoSleep() sleeps = sleeps + 1 end
      function on.GoBlockRecv() recvs = recvs + 1 end
      function on.finish() print(all, sleeps, recvs) end]])
    assert.equal("2\n", prints [[
      local n = 0
      function on.GoSleep() end
      function on.unhandled(ev) if ev.type == "GoBlock" then n = n + 1 end end
      function on.finish() print(n) end]])
  end)

  it("drop what they match", function()
    local count = "local n = 0 function on.GoBlock() n = n + 1 end function on.finish() print(n) end"
    assert.equal("2\n", prints("function on.GoSleep() return false end", count))
    assert.equal("0\n", prints("function on.GoBlock() return false end function on.GoSleep() print('no') end", count))
    assert.equal("1\n", prints("function on.GoBlockRecv() return false end", count))
  end)

  it("without a v2 event say what replaces them", function()
    for name, advice in pairs {
      GoSysBlock = "use GoSyscallBegin; one that blocked ends with GoSyscallEndBlocked",
      GoWaiting = 'use GoStatus with status "Waiting"',
      GoInSyscall = 'use GoStatus with status "Syscall"',
      UserRegion = "use UserRegionBegin and UserRegionEnd",
      FutileWakeup = "such wake-ups arrive as GoUnblock and GoBlock; there is no event for them",
      TimerGoroutine = "no Go since 1.14 has timer goroutines; there is no event for them",
    } do
      assert.equal(("gotrace-lua: -e:1: on.%s: %s\n"):format(name, advice),
        load_error("function on." .. name .. "() end"))
    end
  end)
end)

describe("begin and finish", function()
  it("get the trace, before and after the events", function()
    local r = prints [[
      function on.begin(t) print("begin", t.version, t == trace) end
      function on.ProcsChange() print "event" end
      function on.finish(t) print("finish", t.events, t.damages, t.lost) end]]
    assert.equal("begin\t1.26\ttrue\nevent\nfinish\t18\t0\t0\n", r)
  end)

  it("run for each of several traces, and state does not last", function()
    local r = run("-e", [[
      local n = 0
      function on.begin(t) print("begin", t.inputs) end
      function on.GoCreate() n = n + 1 end
      function on.finish(t) print("finish", n) end]], small)
    assert.equal("begin\t2\nfinish\t2\nbegin\t2\nfinish\t2\n", r.out)
  end)

  it("run in the order of the pipeline", function()
    assert.equal("1\n2\n", prints("function on.finish() print(1) end", "function on.finish() print(2) end"))
  end)
end)

describe("trace", function()
  it("has its numbers", function()
    assert.equal("1.26\t544\tnone\t18\t2\t1\t1\t3\t1110\t544\n", prints [[
      function on.finish(t)
        print(t.version, t.size, t.compression, t.events, t.generations, t.threads, t.procs, t.goroutines,
          t.duration, t.file_size)
      end]])
  end)

  it("has the sizes of its parts", function()
    assert.equal("544\t16\n", prints [[
      function on.finish(t)
        local sum = 0
        for _, bytes in pairs(t.parts) do sum = sum + bytes end
        print(sum, t.parts.header)
      end]])
  end)

  it("has its strings", function()
    assert.equal("12\ttrue\n", prints [[
      function on.finish(t)
        local n, job = 0, false
        for s in t:strings() do n, job = n + 1, job or s == "job" end
        print(n, job)
      end]])
  end)

  it("can be kept after the run", function()
    local r = run("-e", [[
      function on.finish(t)
        if shared.first then print(shared.first.events) end
        shared.first = t
      end]], small)
    assert.equal("18\n", r.out)
  end)

  it("refuses fields it lacks, and changes", function()
    local r = run("-e", "function on.begin(t) return t.sze end")
    assert.equal(4, r.status)
    assert.matches('^gotrace%-lua: %-e:1: a trace has no field "sze" %(did you mean "size"%?%); it has argument, ' ..
      'binary, compression, ',
      r.err)
    r = run("-e", "function on.begin(t) t.size = 1 end")
    assert.matches("^gotrace%-lua: %-e:1: cannot set trace.size\n", r.err)
    assert.equal("gotrace-lua: -e:1: trace is the trace that is read and cannot be set\n", load_error "trace = 1")
  end)

  it("says that there is none yet", function()
    assert.equal("gotrace-lua: -e:1: no trace is open while the scripts load; use on.begin\n",
      load_error "print(trace.file)")
  end)
end)

describe("generation", function()
  it("is told when one begins", function()
    assert.equal("1 0 344 12 4 1\n14\n2 1000 184 5 1 0\n18\n", (prints [[
      local n = 0
      function on.any() n = n + 1 end
      function on.generation(gen)
        if gen.n > 1 then print(n) end
        print(gen.n, gen.time, gen.bytes, gen.strings, gen.stacks, gen.samples)
      end
      function on.finish() print(n) end]]:gsub("\t", " ")))
  end)

  it("knows its wall clock, and can be kept", function()
    assert.equal("1700000000\t999999000\n1700000001\t0\n", prints [[
      local all = {}
      function on.generation(gen) all[#all + 1] = gen end
      function on.finish() for _, gen in ipairs(all) do print(gen:wall()) end end]])
  end)
end)

describe("a generation's field", function()
  it("that there is not is refused at the line that asks", function()
    local r = run("-e", "local function ask(gen)\n  if gen.evnts then return true end\nend\n" ..
      "function on.generation(gen)\n  ask(gen)\n  return true\nend")
    assert.equal(4, r.status)
    assert.matches('^gotrace%-lua: %-e:2: a generation has no field "evnts"; it has .*bytes, .*wall%(%)\n', r.err)
  end)
end)

describe("damage", function()
  local cut
  setup(function()
    local whole = program.read(program.small())
    cut = program.tmpfile(whole:sub(1, 450))
  end)

  it("is told to the script and on stderr, and is exit status 3", function()
    local r = program.run { "-e", [[
      local n = 0
      function on.any() n = n + 1 end
      function on.damage(d)
        print("damage", d.offset, type(d.what), type(d.lost), tostring(d):find(d.what, 1, true) ~= nil)
      end
      function on.finish(t) print(n, t.damages) end]], cut }
    assert.equal(3, r.status)
    assert.matches("^damage\t%d+\tstring\tnumber\ttrue\n18\t1\n$", r.out)
    assert.matches("^gotrace%-lua: " .. cut .. ": offset %d+, .*\n" ..
      "gotrace%-lua: " .. cut .. ": %d+ of 450 bytes %([%d.]+%%%) could not be read; likely the file ends early: " ..
      "the program ended without trace.Stop, or the copy is not whole\n" ..
      "gotrace%-lua: " .. cut .. ": it is whole up to 200ns; behind that events are missing " ..
      "%(%-%-to 200ns leaves it out%)\n$", r.err)
  end)

  it("is not reported with -q, but is exit status 3 all the same", function()
    local r = program.run { "-q", "-e", "", cut }
    assert.equal(3, r.status)
    assert.equal("", r.err)
  end)

  it("gives way to fail and to script errors", function()
    assert.equal(1, program.run({ "-e", "function on.finish() fail('x') end", cut }).status)
    assert.equal(4, program.run({ "-e", "function on.finish() error('x') end", cut }).status)
  end)

  it("is guessed to be a change of bytes where the end is whole", function()
    local path = program.tmpname()
    local made = program.run { "build", program.root .. "testdata/bad/go1.22-create-known.yaml", "-o", path }
    assert.equal("", made.err)
    local r = program.run { "-e", "", path }
    assert.equal(3, r.status)
  end)
end)
