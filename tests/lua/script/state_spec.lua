-- What scripts cannot do to the state of the program: make it show another event
-- than the one at work, reach memory through its objects, change what it reads
-- again, hand it what it does not expect.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(...)
  return program.run_codes(small, ...)
end

-- What scripts print; the run must succeed.
local function prints(...)
  local r = run(...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- A hook that runs once, at an event with a stack of two frames: the first block.
local function once(code)
  return "local done function on.GoBlock(ev) if done then return end done = true " .. code .. " end"
end

-- Ways to leave a function of the program in its midst: code that calls f(x) in
-- a way that may not return from it.
local leave = {
  ["an error out of a full stack"] = [[
    local function deeper(f, x) pcall(f, x) return 1 + deeper(f, x) end
    local function call(f, x) pcall(deeper, f, x) end]],
  ["an error in the midst of an error"] = [[
    local function call(f, x) xpcall(f, function() return f(x) end, x) end]],
  ["a yield"] = [[
    local function call(f, x) coroutine.wrap(function() f(x) coroutine.yield() end)() end]],
  ["nothing unusual"] = "local function call(f, x) f(x) end",
}

-- What is called there, as a function of a copy.
local calls = {
  "tostring", "function(c) return c:raw() end", "function(c) return c:wall() end",
  "function(c) return c:fields() end", "function(c) return c:copy() end",
  "function(c) return pcall(function() return c.nothing end) end",
  "function(c) return pcall(function() for _ in pairs(c) do error('out') end end) end",
  "function(c) return pcall(c.raw, {}) end",
}

describe("the event at work", function()
  for how, code in pairs(leave) do
    it("is what it was after " .. how, function()
      assert.equal(("10 160 GoBlock\n"):rep(#calls), prints(([[
        local first, done
        %s
        function on.GoCreate(ev) first = first or ev:copy() end
        function on.GoBlock(ev)
          if done then return end
          done = true
          for _, f in ipairs { %s } do
            call(f, first)
            io.write(ev.n, " ", ev.time, " ", ev.type, "\n")
          end
        end]]):format(code, table.concat(calls, ", "))))
    end)
  end

  it("is what is at work when a coroutine goes on at another event", function()
    assert.equal("2\t100\n3\t101\n4\t102\nfalse\n", prints [[
      local keep
      local step = coroutine.wrap(function()
        while true do
          print(setmetatable({}, { __tostring = function() coroutine.yield() return tostring(keep.n) end }), keep.time)
        end
      end)
      local n = 0
      function on.any(ev)
        keep, n = ev, n + 1
        if n <= 4 then step() end
      end
      function on.finish() print((pcall(step))) end]])
  end)

  it("is left alone by what emits in the midst of an emit", function()
    assert.equal("-e:3: emit UserLog: it has no field \"again\"; it has task, key, value, stack, time, m, p, g\n" ..
      "9\tsecond\n", prints([[
      function on.HeapAlloc(ev)
        print(select(2, pcall(function()
          emit("UserLog", { key = "first", value = "", [setmetatable({}, { __tostring = function()
            emit("UserLog", { key = "second", value = "" }) return "again" end })] = 1 }) end)))
        ev.heapalloc = 9
        io.write(ev.heapalloc, "\t")
      end]], 'function on.UserLog(ev) if ev.key ~= "note" then print(ev.key) end end'))
  end)

  it("does not change what pairs goes through", function()
    assert.equal("type\tGoCreate\ntime\t110\nm\t7\n", prints [[
      local following
      function on.GoCreate(ev) following = following or pairs(ev) end
      function on.finish() for _ = 1, 3 do print(following()) end end]])
  end)

  it("is gone in finish", function()
    for _, use in ipairs { "keep.time", "keep:raw()", "keep:copy()", "pairs(keep)", "keep.time == 1" } do
      local r = run("local keep function on.any(ev) keep = ev end function on.finish() local x = " .. use .. " end")
      assert.equal(4, r.status, use)
      assert.matches("^gotrace%-lua: %-e:1: there is no current event here", r.err)
    end
  end)
end)

describe("a copy", function()
  it("outlives its event, and the collector", function()
    local line = "0.000000110 m=7 p=0 g=1 GoCreate new_g=2 new_stack=main.worker stack=main.main\n"
    assert.equal((line .. "2\n1700000000\n"):rep(2), prints [[
      local copy
      function on.GoCreate(ev) copy = copy or ev:copy():copy() end
      function on.finish()
        for _ = 1, 2 do
          print(copy) print(copy:raw().new_g) print((copy:wall()))
          for _ = 1, 50 do local t = {} for j = 1, 2000 do t[j] = { j } end end
        end
      end]])
  end)

  it("goes through its fields in pairs", function()
    assert.equal("type=HeapAlloc time=130 m=7 p=0 g=1 stack=- n=7 gen=1 off=80 heapalloc=4096 \n", prints [[
      function on.HeapAlloc(ev)
        for name, value in pairs(ev:copy()) do io.write(name, "=", tostring(value), " ") end
        print()
      end]])
  end)
end)

-- Objects that scripts can only read: how one is come by, and a field to set.
local objects = {
  { "ev.stack", "leaf", "stacks are for reading; ev.stack = nil takes an event's stack away, and another event's " ..
    "may take its place", called = "stack" },
  { "ev.stack", "id", "stacks are for reading", called = "stack" },
  { "ev.stack", "mine", "stacks are for reading", called = "stack" },
  { "ev.stack.leaf", "func", "frames are for reading, and functions cannot be renamed; ev.stack = nil takes an " ..
    "event's stack away", called = "frame" },
  { "ev.stack[2]", "pc", "frames are for reading", called = "frame" },
  { "ev:copy()", "reason", "a copy is for reading; what a hook sets in ev is what is written", called = "copy" },
  { "ev:copy()", "mine", "a copy is for reading", called = "copy" },
  { "trace", "size" },
  { "trace", "output" },
  { "opt", "top", "options come from the command line; a variable of the script's own can hold another value" },
  { "opt", "mine", "options come from the command line" },
  { "gen", "n", called = "generation" },
  { "by", "rows", "x:add() fills it", called = "table" },
  { "best", "limit", "x:add() fills it", called = "table" },
  { "list", "rows", "x:add() fills it", called = "table" },
}

local world = [[
  args = { { name = "top", type = "int", default = 3 } }
  local gen, by, best, list = nil, count("n", "k"), top("t"), rows("r")
  function on.generation(g) gen = g end
]]

-- What becomes of a statement about an object, at line 6.
local function attempt(statement)
  return run(world .. "\n" .. once("\n" .. statement .. "\n"))
end

-- Each of the statements, about variables of these values, is an error. One that
-- runs is shown.
local function refuses_all(names, values, statements, field)
  local parts = { ("local %s = %s"):format(names, values) }
  for _, statement in ipairs(statements) do
    statement = statement:gsub("%%s", field)
    parts[#parts + 1] = ("if pcall(function() %s end) then fail([[%s]]) end"):format(statement, statement)
  end
  local r = run(world .. once(table.concat(parts, "\n")))
  assert.equal("", (r.err:gsub("^gotrace%-lua: no table has a row: [^\n]*\n", ""))) -- the world's tables
  assert.equal(0, r.status)
end

describe("for reading only are", function()
  for _, object in ipairs(objects) do
    local expression, field, advice = unpack(object)
    it(expression .. ": an assignment to " .. field .. " is an error at its line", function()
      for _, value in ipairs { '"abc"', "setmetatable({}, { __index = error })" } do
        local r = attempt(("local object = %s object.%s = %s"):format(expression, field, value))
        assert.equal(4, r.status, r.err)
        local text = ("gotrace-lua: -e:6: cannot set %s.%s%s"):format(object.called or expression, field,
          advice and ": " .. advice or "\n")
        assert.equal(text, r.err:sub(1, #text))
      end
    end)

    it(expression .. ": " .. field .. " cannot be set behind its back", function()
      refuses_all("object", expression, {
        "rawset(object, '%s', 1)", "setmetatable(object, { __index = { %s = 1 } })", "table.insert(object, '%s')",
        "table.remove(object)", "table.sort(object)", "table.move({ '%s' }, 1, 1, 1, object)",
        "next(object).%s = 1", "rawget(object, '%s').x = 1", "getmetatable(object).__index = error",
      }, field)
    end)
  end

  it("damages", function()
    local path = program.tmpfile(program.read(small):sub(1, -60))
    local r = program.run { "-q", "-e", 'function on.damage(d) d.what = "nothing" end', path }
    assert.equal(4, r.status)
    assert.matches("^gotrace%-lua: %-e:1: cannot set damage.what\n", r.err)
  end)

  it("what their pairs go through: a table that is nobody's", function()
    assert.equal("main.main\ttrue\ttrue\t3\nk  n\n\nt\n\nr\n", prints(world .. once [[
      local _, frame = pairs(ev.stack.root) frame.func = "***"
      local _, stack = pairs(ev.stack) stack.leaf = nil
      local _, options = pairs(opt) options.top = 9
      print(ev.stack.root.func, ev.stack.leaf ~= nil, trace.size > 0, opt.top)]]))
  end)

  it("what scripts of a pipeline share", function()
    assert.equal("false\truntime.chanrecv1\t18\n", prints(once
      [[io.write(tostring(pcall(function() ev.stack.leaf.func = "***" end)), "\t")
        pcall(rawset, trace, "events", 0)]],
      once 'io.write(ev.stack.leaf.func, "\\t")' .. " function on.finish(t) print(t.events) end"))
  end)

  it("what args declares, which is checked before anything shows it", function()
    for row, text in pairs {
      ["choices = { {} }"] = "choices must be strings or numbers",
      ["choices = { print }"] = "choices must be strings or numbers",
      ["type = 'int', matches = '^1'"] = "type int has a form of its own, and no matches",
      ["type = 'list', default = { {} }"] = "the default must be a list of strings or numbers",
    } do
      local path = program.tmpfile(("args = { { name = 'x', %s } }"):format(row))
      for _, words in ipairs { { "--help", path }, { path, "--x=1", small } } do
        local r = program.run(words)
        assert.equal(2, r.status, r.err)
        assert.matches(":1: args%[1%]: " .. text .. "\n", r.err)
      end
    end
  end)

  it("numbers to choose from, which are words in messages", function()
    local path = program.tmpfile "args = { { name = 'x', type = 'int', choices = { 1, 20 } } }"
    local r = program.run { path, "--x=3", small }
    assert.equal(2, r.status)
    assert.matches('^gotrace%-lua: %-%-x: "3" is none of 1, 20', r.err)
  end)

  it("but options that are lists are the script's own", function()
    local code = [[
      args = { { name = "words", type = "list", default = { "a" }, help = "some" } }
      opt.words[1] = {} ]]
    assert.matches("%-%-words A,B,...  some %(default a%)",
      program.run({ "--help", program.tmpfile(code) }).out)
  end)
end)

describe("stacks and frames", function()
  local function shows(expected, code)
    assert.equal(expected, prints(once(code)))
  end

  it("are read as before", function()
    shows("2\truntime.chanrecv1\tmain.main\tnil\tnumber\n",
      "local st = ev.stack print(#st, st[1].func, st.root.func, st[3], type(st.id))")
    shows("1 runtime.chanrecv1 runtime/chan.go:30\n2 main.main main.go:11\n",
      'for i, f in ipairs(ev.stack) do print(i .. " " .. tostring(f)) end')
    shows("file=runtime/chan.go func=runtime.chanrecv1 line=30 pc=48\n", [[
      local list = {}
      for name, value in pairs(ev.stack.leaf) do list[#list + 1] = name .. "=" .. value end
      table.sort(list)
      print(table.concat(list, " "))]])
    shows("runtime.chanrecv1 < main.main\n", "print(ev.stack)")
  end)

  it("are keys of tables: the same stack is the same object", function()
    assert.equal("2\ttrue\n", prints [[
      local n, st = {}
      function on.GoBlock(ev)
        if ev.reason == "chan receive" then n[ev.stack] = (n[ev.stack] or 0) + 1 st = ev.stack end
      end
      function on.finish() print(n[st], st == st) end]])
  end)

  -- Of x, a stack or a frame, and y, the other.
  local tries = {
    "x + 1", "x - x", "1 + x", "x + y", "x .. {}", "-x", "x ^ 2", "x % 2", "1LL + x", "x - 1LL", "x < y", "x <= x",
    "x < 1", "1LL < x", "x()", "x.y", "x[{}]", "x[1LL]", "x[x]", "x[nil]", "x[0/0].y", "x[2^53].y", "x[-1].y",
    "('%d'):format(x)", "('%x'):format(x)", "('%c'):format(x)", "('a'):rep(x)", "bit.bor(x, 1)", "bit.tohex(x)",
    "math.floor(x)", "string.char(x)", "select(x, 1)", "unpack(x)", "next(x)", "rawlen(x)", "rawget(x, 1)",
    "table.concat(x)", "table.concat { x }", "io.write(x)", "trace.hide(x)", "trace.window(x, x)", "emit(x)",
    "emit('UserLog', { key = x })", "emit('GoStart', { target_g = x })", "setmetatable(x, {})", "load(x)()",
    "coroutine.wrap(x)()", "ipairs(x)(1, x).y", "ipairs(x)(x, 'a').y", "ipairs(x)(nil, nil).y",
    "by:add(x, x)", "by.add(x, x)", "by:get(x, x)", "by:unit(x)", "by:sort(x)", "ev:copy().raw(x)",
  }

  it("give no memory", function()
    local statements = {}
    for i, try in ipairs(tries) do
      statements[i] = "local z = " .. try .. " return z"
    end
    refuses_all("x, y", "ev.stack, ev.stack.leaf", statements, "")
    refuses_all("x, y", "ev.stack.leaf, ev.stack", statements, "")
  end)

  it("compare equal to themselves only", function()
    shows("true\tfalse\tfalse\tfalse\tfalse\tfalse\tnil\n", [[
      local x, y = ev.stack, ev.stack.leaf
      print(x == x, x == y, x == 1, x == nil, x == "x", x == 1LL, tonumber(x))]])
  end)

  it("of a run are the only ones that an event may be given", function()
    for _, value in ipairs { "ev.stack.leaf", "1LL", "{}", "1", "ev", "ev:copy()", "'x'" } do
      local r = run("function on.GoUnblock(ev) ev.stack = " .. value .. " end")
      assert.equal(4, r.status)
      assert.matches("cannot set ev.stack: it wants a stack of this run, or nil for none, not ", r.err)
    end
  end)
end)

-- Values that a function of ours may be handed instead of what it wants.
local hostile = [[
  local hostile = {
    false, "abc", "", ("x"):rep(2000), "a\0b", 0, -1, 1.5, 2 ^ 31, 2 ^ 53, 2 ^ 53 + 2, 2 ^ 64, 1e308, -1e308, 1 / 0,
    -1 / 0, 0 / 0, 1LL, -1LL, 18446744073709551615ULL, 1i, {}, { {} }, print, function() error "x" end,
    coroutine.create(function() end), ev, ev.stack, ev.stack.leaf, ev:copy(), trace, opt, by, list,
    setmetatable({}, { __index = error, __newindex = error, __tostring = error, __eq = error, __lt = error,
      __le = error, __concat = error, __call = error, __len = error, __unm = error, __add = error }),
    setmetatable({}, { __tostring = function() return 1 end }),
  }
  hostile[#hostile + 1] = nil
]]

-- Functions of one value, which each gets in turn.
local targets = {
  "function(v) ev.stack = v end", "function(v) ev.reason = v end", "function(v) ev.time = v end",
  "function(v) ev[v] = v end", "function(v) return ev[v] end", "function(v) return ev.stack[v] end",
  "function(v) return ev.stack.leaf[v] end", "function(v) return ev:copy()[v] end", "function(v) return trace[v] end",
  "function(v) return opt[v] end", "function(v) return gen[v] end", "function(v) ev.raw(v) ev.wall(v) ev.fields(v) end",
  "function(v) ev:copy().raw(v) end", "function(v) ev:copy().copy(v) end", "function(v) gen.wall(v) end",
  "trace.show", "trace.region", "trace.log", "trace.task",
  "function(v) trace.log { g = v, time = ev.time } end",
  "function(v) trace.region { g = 1, name = v, from = ev.time, to = v } end",
  "function(v) trace.task { g = 1, name = 'x', from = ev.time, to = ev.time, parent = v } end",
  "function(v) trace.region { [v] = v } end",
  "trace.hide", "trace.split", "trace.window", "function(v) trace.window(v, v) end", "trace.strings",
  "emit", "function(v) emit(v, v) end", "function(v) emit('UserLog', v) end", "pairs", "ipairs",
  "function(v) emit('UserLog', { key = v, value = v }) end", "function(v) emit('UserLog', { [v] = v }) end",
  "function(v) emit('UserLog', { key = 'k', value = 'v', task = v, stack = v, time = v, m = v, p = v, g = v }) end",
  "function(v) emit('GoStatus', { target_g = 1, status = v }) end",
  "function(v) emit('GoStart', { target_g = v }) end", "function(v) emit('HeapAlloc', { heapalloc = v }) end",
  "function(v) ipairs(ev.stack)(v, v) end", "function(v) ipairs(ev.stack)(ev.stack, v) end",
  "count", "function(v) count('n', v) end", "function(v) lhist('n', v) end", "function(v) tseries('n', v) end", "top",
  "function(v) by:add(v) end", "function(v) by.add(v, v) end", "function(v) by.top(v, 1) end", "by.ns",
  "function(v) sum('n', 'k'):add(v, v) end", "function(v) quantile('n'):add(v) end",
  "function(v) top('t', 'l'):add(v, v) end", "function(v) top('t'):top(v) end", "rows",
  "function(v) by:get(v) end", "function(v) by:unit(v) end", "function(v) by:sort(v) end", "function(v) by:name(v) end",
  "function(v) by.total(v) end", "function(v) by.each(v) end", "function(v) by:each()(v) end",
  "function(v) by.print(v) end", "function(v) by.percent(v) end", "function(v) tseries { v, v, measure = v } end",
  "function(v) by:spread(v, v) end", "gauge", "last", "function(v) list:add(v) list:each()() end",
  "print", "io.write", "tostring", "function(v) print(v, v) end", "require", "load", "loadstring",
  'require("gotrace.regexp").compile', 'require("gotrace.regexp").compile("a").match',
  'function(v) require("gotrace.regexp").compile("a"):match(v) end', 'require("gotrace.format").number',
  'require("gotrace.format").duration', 'require("gotrace.format").bytes', 'require("gotrace.format").json',
  'require("gotrace.format").csv', "function(v) on[v] = v end", "function(v) on.GoStart = v end",
}

describe("arguments are looked at first by", function()
  for _, target in ipairs(targets) do
    it(target, function()
      local out = program.tmpname()
      local r = program.run { "-q", "-o", out, "-e", world .. once(hostile .. ([[
        local before = ev.n
        local target = %s
        for i = 1, 40 do pcall(target, hostile[i]) end
        if ev.n ~= before or ev.type ~= "GoBlock" then fail "another event" end]]):format(target)), small }
      -- The tables that were made print themselves; what is printed is no matter.
      assert.equal(0, r.status, r.err)
      assert.equal(0, program.run({ "--verify", out }).status)
    end)
  end
end)

-- Functions of C that Lua calls, and what scripts have a say in of that which
-- they are handed. What is not in this list has not been thought about.
local known = {
  gotrace_abi = "nothing", gotrace_names_new = "nothing", gotrace_names_free = "nothing",
  gotrace_string = "ids of the engine's events, and of gotrace_intern",
  gotrace_string_count = "nothing",
  gotrace_intern = "a string of at most 1024 bytes: argument.lua has looked at it",
  gotrace_stack_len = "ids of the engine's events, and of stack objects",
  gotrace_stack_frame = "ids of the engine's events, and of stack objects, and a frame below gotrace_stack_len",
  gotrace_open = "nothing", gotrace_next = "nothing", gotrace_close = "nothing", gotrace_info_of = "nothing",
  gotrace_want = "the order, one of two words: declare.lua has looked at it",
  gotrace_damage = "nothing: the engine's mark has the number",
  gotrace_writer_open = "nothing", gotrace_writer_pass = "the types that are dropped, by their hooks",
  gotrace_writer_hide = "a whole number from 0 to 2^53: trace.lua has looked at it",
  gotrace_writer_show = "a whole number from 0 to 2^53: trace.lua has looked at it",
  gotrace_writer_written = "nothing", gotrace_writer_end = "nothing", gotrace_writer_commit = "nothing",
  gotrace_writer_abandon = "nothing",
  gotrace_write = "the batch, in which arguments and times were set that edit.lua and emit.lua have looked at",
  strcspn = "strings by their ids, and functions of frames, which no script can change",
  gotrace_fwrite = "nothing: a buffer of our own", isatty = "nothing", strerror = "nothing", clock_gettime = "nothing",
}

describe("calls of C", function()
  it("are all known with what scripts have a say in", function()
    for path in program.shell(("ls '%s'lua/gotrace/*.lua"):format(program.root)).out:gmatch "[^\n]+" do
      local text = program.read(path):gsub("%-%-[^\n]*", "")
      for _, pattern in ipairs { "%f[%w]C%.(gotrace_[%w_]+)", "ffi%.C%.(%l[%w_]*)" } do
        for name in text:gmatch(pattern) do
          assert.is_string(known[name], ("%s calls %s: what do scripts have a say in?"):format(path, name))
        end
      end
    end
  end)
end)

describe("values become text", function()
  it("before the first is written", function()
    assert.equal("inner\nouter\tlast\n", prints(once [[
      print(setmetatable({}, { __tostring = function() print "inner" return "outer" end }), "last")]]))
    local r = program.run { "-f", "n == 1", "-p",
      '1, setmetatable({}, { __tostring = function() print "inner" return "outer" end })', small }
    local printed = r.out
    assert.equal("inner\n1\touter\n", printed)
  end)

  it("as they are added to a table, not when it is printed", function()
    assert.equal("add\nprinted\na                                  b\n" ..
      "0.000000130 m=7 p=0 g=1 HeapAlloc heapalloc=4096  text\n", prints [[
      local list = rows("a", "b")
      local x = setmetatable({}, { __tostring = function() print "add" return "text" end })
      function on.HeapAlloc(ev) list:add(ev, x) end
      function on.finish() print "printed" end]]:gsub("a  +b\n", "a                                  b\n"))
    assert.equal("t     n\ntext  1\n", (prints [[
      local best, text = top("n", "t"), "text"
      best:add(setmetatable({}, { __tostring = function() return text end }), 1)
      function on.finish() text = "late" end]]))
  end)
end)
