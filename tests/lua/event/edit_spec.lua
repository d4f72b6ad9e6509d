-- Edits: ev.name = "x": what may be set, to what, and who sees it.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

-- What the scripts print, one -e each; the run must succeed.
local function prints(...)
  local r = program.run_codes(small, ...)
  assert.equal("", (r.err:gsub("^gotrace%-lua: events were changed, and nothing is written without %-o\n", "")))
  assert.equal(0, r.status)
  return r.out
end

-- The first line of what is said of a wrong edit, without the place.
local function refuses(code)
  local r = program.run { "-e", "\n" .. code, small }
  assert.equal(4, r.status, r.err)
  return r.err:match "^gotrace%-lua: %-e:2: ([^\n]*)\n"
end

-- What no hook wants to see is not there to be compared with, but for -o.
local ALL = "function on.any() end "

describe("an edit", function()
  it("is what is read afterwards", function()
    assert.equal("5000\thello\t7\n", prints [[
      local heap, name, p
      function on.HeapAlloc(ev) ev.heapalloc = 5000 heap = ev.heapalloc end
      function on.UserTaskBegin(ev) ev.name = "hello" name = ev.name end
      function on.ProcStatus(ev) ev.target_p = 7 p = ev.target_p end
      function on.finish() print(heap, name, p) end]])
  end)

  it("is what the scripts behind see, and -p", function()
    assert.equal("hello\n", prints('function on.UserTaskBegin(ev) ev.name = "hello" end',
      "function on.UserTaskBegin(ev) print(ev.name) end"))
    local r = program.run { "-e", "function on.HeapAlloc(ev) ev.heapalloc = 1 end",
      "-p", "heapalloc", "-f", 'type == "HeapAlloc"', small }
    assert.equal("1\n", r.out)
  end)

  it("is in the event's line and copies", function()
    assert.equal("0.000000130 m=7 p=0 g=1 HeapAlloc heapalloc=9\n9\n", prints [[
      function on.HeapAlloc(ev) ev.heapalloc = 9 print(ev) print(ev:copy().heapalloc) end]])
  end)

  it("of one event leaves the next alone", function()
    assert.equal("9\t3\n", prints [[
      local seen = {}
      function on.GoCreate(ev) if ev.new_g == 2 then ev.new_g = 9 end seen[#seen + 1] = ev.new_g end
      function on.finish() print(unpack(seen)) end]])
  end)

  it("sets ids, and none where an event can do without", function()
    assert.equal("4\tnil\t0\n", prints [[
      local parent, none, task
      function on.UserTaskBegin(ev)
        ev.parent_task = 4 parent = ev.parent_task
        ev.parent_task = nil none = ev.parent_task
      end
      function on.UserLog(ev) ev.task = nil task = ev.task end
      function on.finish() print(parent, none, task) end]])
  end)

  it("sets stacks of the run, also none", function()
    assert.equal("time.Sleep\t0\n", prints [[
      local stack
      function on.GoUnblock(ev) stack = ev.stack end
      function on.GoBlock(ev)
        if ev.reason == "sleep" then
          ev.stack = stack
          io.write(ev.stack.leaf.func, "\t")
          ev.stack = nil
          print(#ev.stack)
        end
      end]])
  end)

  it("sets statuses by their words", function()
    assert.equal("Idle\tSyscall\n", prints [[
      local p
      function on.ProcStatus(ev) ev.status = "Idle" p = ev.status end
      function on.GoStatus(ev) if ev.n == 2 then ev.status = "Syscall" print(p, ev.status) end end]])
  end)

  it("sets strings of any bytes, up to 1024", function()
    assert.equal("1024\t0\t0\n", prints [[
      function on.UserTaskBegin(ev)
        ev.name = ("x"):rep(1024)
        local long = #ev.name
        ev.name = "\0"
        local nul = ev.name:byte()
        ev.name = ""
        print(long, nul, #ev.name)
      end]])
  end)

  it("sets times", function()
    assert.equal("135\n", prints [[
      function on.HeapAlloc(ev) ev.time = 135 print(ev.time) end]])
  end)
end)

describe("a copy", function()
  it("keeps what it was made of", function()
    assert.equal("4096\t1\n", prints [[
      function on.HeapAlloc(ev)
        local copy = ev:copy()
        ev.heapalloc = 1
        print(copy.heapalloc, ev.heapalloc)
      end]])
  end)

  it("is not edited", function()
    assert.equal("cannot set copy.heapalloc: a copy is for reading; what a hook sets in ev is what is written",
      refuses "function on.HeapAlloc(ev) local copy = ev:copy() copy.heapalloc = 1 end")
  end)
end)

describe("an edit is refused, at the script's line,", function()
  it("for numbers that are none", function()
    for value, shown in pairs { ["-1"] = "-1", ["1.5"] = "1.5", ["2^53 + 2"] = "9.007199254741e+15", ['"x"'] = '"x"',
      ["nil"] = "nil", ["{}"] = "a table", ["0/0"] = "nan", ["true"] = "true" } do
      assert.equal("cannot set ev.heapalloc: it wants a whole number from 0 to 2^53, not " .. shown,
        (refuses("function on.HeapAlloc(ev) ev.heapalloc = " .. value .. " end"):gsub("%-nan", "nan")))
    end
    assert.equal("ok\n", prints "function on.HeapAlloc(ev) ev.heapalloc = 2^53 print 'ok' end")
  end)

  it("for ids that are none, or missing", function()
    assert.equal("cannot set ev.target_g: it wants an id, a whole number from 0 on, not -1",
      refuses "function on.GoStart(ev) ev.target_g = -1 end")
    assert.equal("cannot set ev.target_g: it wants an id, a whole number from 0 on, not nil",
      refuses "function on.GoStart(ev) ev.target_g = nil end")
    assert.equal("cannot set ev.task: it wants an id, a whole number from 0 on, not nil",
      refuses "function on.UserTaskBegin(ev) ev.task = nil end")
  end)

  it("for strings that are none, or too long", function()
    assert.equal("cannot set ev.name: it wants a string, not 5",
      refuses "function on.UserTaskBegin(ev) ev.name = 5 end")
    assert.equal("cannot set ev.name: it wants a string, not nil",
      refuses "function on.UserTaskBegin(ev) ev.name = nil end")
    assert.equal("cannot set ev.name: it wants a string of at most 1024 bytes, not a string of 1025 bytes",
      refuses "function on.UserTaskBegin(ev) ev.name = ('x'):rep(1025) end")
  end)

  it("for stacks that are none of ours", function()
    local text = "cannot set ev.stack: it wants a stack of this run, or nil for none, not a table"
    assert.equal(text, refuses "function on.GoUnblock(ev) ev.stack = {} end")
    assert.equal(text, refuses "function on.GoUnblock(ev) ev.stack = { id = 1 } end")
    assert.equal(text:gsub("a table", "a frame"), (refuses "function on.GoUnblock(ev) ev.stack = ev.stack.leaf end"))
    assert.equal("cannot set ev.stack: HeapAlloc has none", refuses "function on.HeapAlloc(ev) ev.stack = nil end")
  end)

  it("for statuses that there are not", function()
    assert.equal('cannot set ev.status: it wants one of Running, Idle, Syscall, SyscallAbandoned, not "Waiting"',
      refuses 'function on.ProcStatus(ev) ev.status = "Waiting" end')
    assert.equal('cannot set ev.status: it wants one of Runnable, Running, Syscall, Waiting, not "Idle"',
      refuses 'function on.GoStatus(ev) ev.status = "Idle" end')
  end)

  it("for times that run backwards on their thread", function()
    assert.equal("cannot set ev.time: it wants a whole number of ns from 0 to 2^53, not -1",
      refuses "function on.HeapAlloc(ev) ev.time = -1 end")
    assert.equal("cannot set ev.time: 119 is before 120, the time of the event before it on its thread",
      refuses(ALL .. "function on.HeapAlloc(ev) ev.time = 119 end"))
    assert.equal("120\n", prints(ALL .. "function on.HeapAlloc(ev) ev.time = 120 print(ev.time) end"))
  end)

  it("for times before the batch", function()
    -- The second generation is a batch of its own.
    assert.equal("cannot set ev.time: 5 is before 200, the time of the event before it on its thread",
      refuses(ALL .. "function on.ProcStatus(ev) if ev.gen == 2 then ev.time = 5 end end"))
  end)

  it("for times before what was set", function()
    assert.equal("cannot set ev.time: 125 is before 128, the time of the event before it on its thread", refuses [[
      function on.GoCreate(ev) if ev.new_g == 3 then ev.time = 128 end end function on.HeapAlloc(ev) ev.time = 125 end
      ]])
  end)

  it("but dropped events are in nobody's way", function()
    assert.equal("115\n", prints(ALL .. [[
      function on.GoCreate(ev) if ev.new_g == 3 then return false end end
      function on.HeapAlloc(ev) ev.time = 115 print(ev.time) end]]))
  end)

  it("for the context and the place", function()
    for _, name in ipairs { "m", "p", "g" } do
      assert.equal(("cannot set ev.%s: the context is what happened; drop the event, and emit one with another context")
        :format(name), refuses("function on.HeapAlloc(ev) ev." .. name .. " = 1 end"))
    end
    for _, name in ipairs { "type", "n", "gen", "off" } do
      assert.equal(("cannot set ev.%s: it says where the event is from; drop the event, and emit another")
        :format(name), refuses("function on.HeapAlloc(ev) ev." .. name .. " = 1 end"))
    end
  end)

  it("for fields that the type lacks", function()
    assert.matches('^HeapAlloc has no field "heapaloc" %(did you mean "heapalloc"%?%); it has type, time, ',
      refuses "function on.HeapAlloc(ev) ev.heapaloc = 1 end")
    assert.matches('^HeapAlloc has no field "reason"; it has ',
      refuses "function on.HeapAlloc(ev) ev.reason = 'x' end")
    assert.matches('^GoStart has no field "g_seq"', refuses "function on.GoStart(ev) ev.g_seq = 1 end")
    assert.matches('^HeapAlloc has no field "raw"', refuses "function on.HeapAlloc(ev) ev.raw = 1 end")
    assert.matches('^HeapAlloc has no field "1"', refuses "function on.HeapAlloc(ev) ev[1] = 1 end")
  end)

  it("where there is no event", function()
    local text = "there is no current event here; ev:copy() keeps one"
    assert.equal(text, refuses "local k function on.any(ev) k = ev end function on.finish() k.time = 1 end")
    assert.equal(text, refuses [[
      local k function on.any(ev) k = ev end function on.generation() if k then k.time = 1 end end]])
  end)
end)
