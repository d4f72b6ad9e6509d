-- ev: its fields, its methods, what it refuses.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

-- What code prints over a trace; the run must succeed.
local function prints(code, trace)
  local r = program.run { "-e", code, trace or small }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- The message of a script's run-time error.
local function fails(code, trace)
  local r = program.run { "-e", code, trace or small }
  assert.equal(4, r.status, r.err)
  return r.err
end

describe("ev", function()
  it("has the fields that all events have", function()
    assert.equal("GoCreate\t110\t7\t0\t1\t5\t1\n", prints [[
      function on.GoCreate(ev)
        if ev.n == 5 then
          print(ev.type, ev.time, ev.m, ev.p, ev.g, ev.n, ev.gen)
        end
      end]])
    assert.equal("number\tnumber\n", prints [[
      function on.HeapAlloc(ev) print(type(ev.off), type(ev.time)) end]])
  end)

  it("has the type's arguments under their names", function()
    assert.equal("2\tmain.worker\tmain.main\n3\tmain.worker\t\n", prints [[
      function on.GoCreate(ev)
        print(ev.new_g, ev.new_stack.root.func, ev.stack.leaf.func)
      end]])
    assert.equal("1\tnil\tjob\n", prints [[
      function on.UserTaskBegin(ev) print(ev.task, ev.parent_task, ev.name) end]])
    assert.equal('note\ta "b"\n\n', prints [[
      function on.UserLog(ev) print(ev.key, ev.value) end]])
    assert.equal("4096\n", prints "function on.HeapAlloc(ev) print(ev.heapalloc) end")
  end)

  it("has nil for ids of none", function()
    assert.equal("nil\tnil\t0\nnil\n", prints [[
      function on.ProcStatus(ev)
        if ev.gen == 1 then print(ev.p, ev.g, ev.target_p) end
      end
      function on.GoStatus(ev)
        if ev.target_g == 2 then print(ev.target_m) end
      end]])
  end)

  it("has statuses as words", function()
    assert.equal("P\tRunning\nG\tRunning\nP\tRunning\nG\tRunning\nG\tWaiting\n", prints [[
      function on.ProcStatus(ev) print("P", ev.status) end
      function on.GoStatus(ev) print("G", ev.status) end]])
  end)

  it("has a stack whatever the type, empty where there is none", function()
    assert.equal("0\t-\t\t0\n", prints [[
      function on.HeapAlloc(ev)
        print(#ev.stack, tostring(ev.stack), ev.stack.leaf.func, ev.stack.root.line)
      end]])
  end)

  it("gives numbers, strings and stacks, and no other cdata", function()
    assert.equal("", prints [[
      function on.any(ev)
        for _, name in ipairs { "time", "m", "p", "g", "n", "gen", "off" } do
          local t = type(ev[name])
          if t ~= "number" and t ~= "nil" then print(name, t) end
        end
        for _, name in ipairs(ev:fields()) do
          local t = type(ev[name])
          if name:find "stack" then t = ev[name] == ev[name].leaf and "?" or type(ev[name].id) end
          if t ~= "number" and t ~= "nil" and t ~= "string" then print(name, t) end
        end
      end]])
  end)

  it("lists its arguments", function()
    assert.equal("new_g new_stack stack\n", prints [[
      function on.GoCreate(ev) if ev.new_g == 2 then print(table.concat(ev:fields(), " ")) end end]])
    assert.equal("target_g\ntarget_g\n", prints [[
      function on.GoStart(ev) print(table.concat(ev:fields(), " ")) end]])
  end)

  it("is one line of text", function()
    assert.equal('0.000000150 m=7 p=0 g=1 UserLog task=1 key="note" value="a \\"b\\"\\n" stack=main.main\n',
      prints "function on.UserLog(ev) print(ev) end")
    assert.equal("0.000000100 m=7 p=- g=- ProcStatus target_p=0 status=Running\n",
      prints "function on.ProcStatus(ev) if ev.gen == 1 then print(ev) end end")
  end)

  it("gives the wire's arguments raw", function()
    assert.equal("1\t2\n2\t1\n", prints [[
      function on.GoStart(ev)
        local raw = ev:raw()
        print(raw.g_seq, raw.target_g)
      end]])
    assert.equal("18446744073709551615\tstring\n", prints [[
      function on.GoStatus(ev)
        if ev.target_g == 2 then print(ev:raw().target_m, type(ev:raw().target_m)) end
      end]])
  end)

  it("knows the wall clock", function()
    assert.equal("1700000000\t999999100\n1700000000\t999999130\n", prints [[
      function on.ProcStatus(ev) if ev.gen == 1 then print(ev:wall()) end end
      function on.HeapAlloc(ev) print(ev:wall()) end]])
    assert.equal("1700000001\t100\n", prints [[
      function on.ProcStatus(ev) if ev.gen == 2 then print(ev:wall()) end end]])
  end)

  it("carries the wall clock's nanoseconds over into seconds", function()
    local trace = program.build((program.read(program.root .. "tests/support/small.yaml")
      :gsub("nsec: 999999000", "nsec: 999999950")))
    assert.equal("1700000001\t50\n", prints([[
      function on.ProcStatus(ev) if ev.gen == 1 then print(ev:wall()) end end]], trace))
  end)

  it("has no wall clock where the trace has none", function()
    local trace = program.build [[
expect: ok
header: go 1.22 trace
trace:
  - EventBatch: {time: 100}
    sync:
      - Frequency: {freq: 1000000000}
  - EventBatch: {m: 1, time: 110}
    events:
      - ProcStatus: {target_p: 0, status: Running}
]]
    assert.equal("nil\n", prints("function on.any(ev) print((ev:wall())) end", trace))
  end)

  it("goes through its fields in pairs", function()
    assert.equal("type=HeapAlloc time=130 m=7 p=0 g=1 stack=- n=7 gen=1 heapalloc=4096 \n", prints [[
      function on.HeapAlloc(ev)
        for name, value in pairs(ev) do
          if name ~= "off" then io.write(name, "=", tostring(value), " ") end
        end
        print()
      end]])
  end)

  it("is one object", function()
    assert.equal("true\n", prints [[
      local first, same = nil, true
      function on.any(ev)
        first = first or ev
        same = same and first == ev
      end
      function on.finish() print(same) end]])
  end)

  describe("refuses", function()
    it("a field that the type lacks, at the script's line", function()
      local err = fails "\nfunction on.GoCreate(ev)\n  return ev.nw_g\nend"
      assert.matches('^gotrace%-lua: %-e:3: GoCreate has no field "nw_g" %(did you mean "new_g"%?%); ' ..
        "it has type, time, m, p, g, stack, n, gen, off, new_g, new_stack\n", err)
    end)

    it("a field of other types", function()
      assert.matches('^gotrace%-lua: %-e:1: HeapAlloc has no field "reason"; it has .*heapalloc\n',
        fails "function on.HeapAlloc(ev) local x = ev.reason return x end")
      assert.matches('^gotrace%-lua: %-e:1: HeapAlloc has no field "status"',
        fails "function on.HeapAlloc(ev) return ev.status end")
    end)

    it("sequence numbers", function()
      assert.matches('GoStart has no field "g_seq"', fails "function on.GoStart(ev) return ev.g_seq end")
    end)

    it("raw access", function()
      for _, call in ipairs { "rawget(ev, 'time')", "rawset(ev, 'time', 1)", "next(ev)", "setmetatable(ev, {})",
        "table.insert(ev, 1)" } do
        assert.equal(4, program.run({ "-e", "function on.any(ev) " .. call .. " end", small }).status, call)
      end
      assert.equal("false\n", prints "function on.HeapAlloc(ev) print(getmetatable(ev)) end")
    end)

    it("use after its time", function()
      local keep = "local keep function on.any(ev) keep = ev end "
      for _, use in ipairs { "keep.time", "keep.reason", "keep:raw()", "pairs(keep)" } do
        assert.matches("^gotrace%-lua: %-e:1: there is no current event here; ev:copy%(%) keeps one\n",
          fails(keep .. "function on.finish() local x = " .. use .. " end"))
      end
      assert.equal("no event\n", prints(keep .. "function on.finish() print(keep) end"))
    end)

    it("methods that were kept beyond its time", function()
      assert.matches("there is no current event here",
        fails "local raw function on.any(ev) raw = ev.raw end function on.finish() raw() end")
      assert.equal("nil\n",
        prints "local wall function on.any(ev) wall = ev.wall end function on.finish() print((wall())) end")
    end)

    it("use in the hooks of generations", function()
      assert.matches("there is no current event here", fails [[
        local keep
        function on.any(ev) keep = ev end
        function on.generation() if keep then return keep.time end end]])
    end)

    it("p and g in thread order, and says why", function()
      for _, name in ipairs { "p", "g" } do
        assert.matches("^gotrace%-lua: %-e:1: " .. name ..
          ' is not known in thread order: this run has order = "thread"\n',
          fails('order = "thread" function on.any(ev) return ev.' .. name .. " end"))
        assert.matches("^gotrace%-lua: %-e:1: " .. name .. " is not known in thread order",
          fails('order = "thread" function on.any(ev) local c = ev:copy() return c.' .. name .. " end"))
      end
    end)
  end)

  describe("copies", function()
    it("are one value", function()
      assert.equal("1\n1\n", prints [[function on.GoCreate(ev) print(select("#", ev:copy())) end]])
    end)

    it("keep everything", function()
      assert.equal("GoCreate\t110\t7\t0\t1\t2\tmain.worker\tmain.main\t5\n", prints [[
        local copy
        function on.GoCreate(ev) copy = copy or ev:copy() end
        function on.finish()
          print(copy.type, copy.time, copy.m, copy.p, copy.g, copy.new_g, copy.new_stack.leaf.func,
            copy.stack.leaf.func, copy.n)
        end]])
    end)

    it("have the methods of ev", function()
      assert.equal("1\t1700000000\t999999170\ttarget_g\n0.000000170 m=7 p=0 g=- GoStart target_g=2\nnil\n", prints [[
        local copy
        function on.GoStart(ev) copy = copy or ev:copy():copy() end
        function on.finish()
          io.write(copy:raw().g_seq, "\t", table.concat({ copy:wall() }, "\t"), "\t", copy:fields()[1], "\n")
          print(copy)
          print(copy.g)
        end]])
    end)

    it("are for reading", function()
      assert.matches("^gotrace%-lua: %-e:1: cannot set copy.mine: a copy is for reading",
        fails "function on.GoStart(ev) local copy = ev:copy() copy.mine = 9 end")
    end)

    it("refuse fields that the type lacks", function()
      assert.matches('^gotrace%-lua: %-e:1: GoStart has no field "tme" %(did you mean "time"%?%)',
        fails "function on.GoStart(ev) local c = ev:copy() return c.tme end")
    end)

    it("refuse to lend their methods", function()
      assert.matches("^gotrace%-lua: %-e:1: call the methods of an event with a colon: ev:raw%(%)\n",
        fails "function on.GoStart(ev) local c = ev:copy() c.raw({}) end")
    end)
  end)
end)

describe("stacks", function()
  it("are arrays with the leaf first", function()
    assert.equal("2\truntime.chanrecv1\tmain.main\truntime.chanrecv1\tmain.main\tnil\n", prints [[
      local done
      function on.GoBlock(ev)
        local st = ev.stack
        if not done then
          print(#st, st[1].func, st[2].func, st.leaf.func, st.root.func, st[3])
        end
        done = true
      end]])
  end)

  it("have frames with func, file, line and pc", function()
    assert.equal("time.Sleep\truntime/time.go\t40\t64\n", prints [[
      function on.GoUnblock(ev)
        local f = ev.stack.leaf
        print(f.func, f.file, f.line, f.pc)
      end]])
  end)

  it("read well", function()
    assert.equal("time.Sleep < main.worker\ttime.Sleep runtime/time.go:40\t-\n", prints [[
      function on.GoUnblock(ev) io.write(tostring(ev.stack), "\t", tostring(ev.stack.leaf)) end
      function on.GoStart(ev) if ev.target_g == 1 then print("\t" .. tostring(ev.stack.leaf)) end end]])
  end)

  it("are equal over generations, in id and as objects", function()
    assert.equal("true\ttrue\tnumber\n", prints [[
      local seen = {}
      function on.GoBlock(ev) if ev.reason == "chan receive" then seen[#seen + 1] = ev.stack end end
      function on.finish() print(seen[1] == seen[2], seen[1].id == seen[2].id, type(seen[1].id)) end]])
  end)

  it("iterate", function()
    assert.equal("1 runtime.chanrecv1\n2 main.main\n", prints [[
      function on.GoBlock(ev)
        if ev.gen == 2 then
          for i, frame in ipairs(ev.stack) do print(i .. " " .. frame.func) end
        end
      end]])
  end)

  it("refuse fields they lack", function()
    assert.matches('^gotrace%-lua: %-e:1: a stack has no field "func"; ' ..
      "it has leaf, root, user, id, frames from 1 to #stack, and has, match and folded\n",
      fails "function on.GoBlock(ev) return ev.stack.func end")
    assert.matches('^gotrace%-lua: %-e:1: a frame has no field "name"; it has func, file, line, pc, pkg and std\n',
      fails "function on.GoBlock(ev) return ev.stack.leaf.name end")
  end)
end)
