-- What scripts cannot reach, each way that somebody might try.
local lfs = require "lfs"
local program = require "support.program"
local attempts = require "support.attempts"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(code, ...)
  return program.run { "-e", code, small, ... }
end

-- What code prints while it loads.
local function prints(code)
  local r = run(code)
  assert.equal("", r.err)
  return r.out
end

-- Any bytes as a Lua string.
local function literal(bytes)
  return '"' .. bytes:gsub(".", function(c)
    return ("\\%03d"):format(c:byte())
  end) .. '"'
end

-- The names that a table has, sorted.
local function names(expression)
  return prints(([[
    local list = {}
    for name in pairs(%s) do list[#list + 1] = name end
    table.sort(list)
    print(table.concat(list, " "))]]):format(expression))
end

describe("the sandbox", function()
  it("has these globals and no others", function()
    assert.equal("_G _VERSION assert bit collectgarbage columns coroutine count count_types drop durations emit " ..
      "error fail gauge getmetatable group hist io ipairs last lhist load loadstring math max mean min next os " ..
      "pairs pcall print probe quantile rawequal rawget rawset require rows select " ..
      "setmetatable spread stats string sum table tonumber top tostring tseries type unpack xpcall\n", names "_G")
  end)

  it("has no dangerous members in its libraries", function()
    assert.equal("clock date difftime time\n", names "os")
    assert.equal("write\n", names "io")
    assert.equal("byte char find format gmatch gsub len lower match rep reverse sub upper\n", names "string")
    assert.matches("^create ", names "coroutine")
  end)

  for _, name in ipairs {
    "debug", "package", "ffi", "jit", "dofile", "loadfile", "getfenv", "setfenv", "newproxy", "module", "gcinfo",
    "arg", "string.dump", "io.open", "io.popen", "io.lines", "io.stdout", "os.execute", "os.exit", "os.getenv",
    "os.remove", "os.rename", "os.tmpname",
  } do
    it("has no " .. name, function()
      assert.equal("nil\n", prints("print(" .. name .. ")"))
    end)
  end

  it("leads nowhere from a string", function()
    assert.equal("false\tnil\tnil\n", prints [[print(getmetatable(""), ("").dump, ("").execute)]])
    local r = run [[setmetatable("", {})]]
    assert.equal(2, r.status)
  end)

  it("keeps the strings of the program apart from a script's library", function()
    local r = run [[
      function string.format() return "owned" end
      string.gsub = nil
      function table.concat() return "owned" end
      function math.floor() return 0 / 0 end
      function on.UserLog(ev) io.write(tostring(ev), "\n") end]]
    assert.equal('0.000000150 m=7 p=0 g=1 UserLog task=1 key="note" value="a \\"b\\"\\n" stack=main.main\n', r.out)
  end)

  it("keeps the libraries of scripts apart", function()
    local r = program.run { "-e", "string.rep = nil table.concat = nil print = nil _G.pcall = nil",
      "-e", "print(type(string.rep), type(table.concat), type(pcall))", small }
    assert.equal("function\tfunction\tfunction\n", r.out)
  end)

  it("loads no bytecode", function()
    local code = string.dump(function()
      return 1
    end)
    local path = program.tmpfile(code)
    local r = program.run { "-s", path, small }
    assert.equal(2, r.status)
    assert.matches("is bytecode; scripts are loaded as text only\n$", r.err)
    for _, loader in ipairs { "load(code)", "loadstring(code)", "load(code, 'x', 'b')", "load(code, 'x', 'bt')",
      "load(function() local c = code code = nil return c end)" } do
      r = run(("local code = %s\nlocal chunk, why = %s print(chunk, why)"):format(literal(code), loader))
      assert.equal("", r.err)
      assert.matches("^nil\t", r.out, loader)
    end
  end)

  it("loads no bytecode from a script behind a #! line", function()
    local code = string.dump(function()
      return 1
    end)
    local r = program.run { "-s", program.tmpfile("#!/bin/x\n" .. code), small }
    assert.equal(2, r.status)
  end)

  it("runs what it loads inside", function()
    assert.equal("nil\tnil\tnil\n", prints [[
      local a = load "return debug"
      local b = loadstring "return ffi"
      local c = load("return package", "x", "t", nil)
      print(a(), b(), c())]])
    assert.equal("5\n", prints [[print(load("return x", "c", "t", { x = 5 })())]])
    assert.equal("nil\n", prints [[
      local co = coroutine.wrap(function() return load("return debug")() end)
      print(co())]])
    assert.equal("nil\n", prints [[print(select(2, pcall(load("return io.open"))))]])
  end)

  it("requires nothing of the system's and nothing of ours", function()
    for _, name in ipairs { "ffi", "debug", "jit", "jit.util", "lfs", "gotrace.engine.host", "gotrace.run.run",
      "gotrace.engine.abi", "string.buffer", "table.new" } do
      local r = run(("require %q"):format(name))
      assert.equal(2, r.status, name)
      assert.matches('no module "' .. name:gsub("%p", "%%%0") .. '" beside the script, in %.', r.err)
    end
  end)

  it("requires nothing outside the script's folder", function()
    local dir = program.folder { ["out.lua"] = "return 1", ["in/s.lua"] = "require(name)" }
    for _, name in ipairs { "../out", "...out", "/etc/passwd", "..", ".", "", "a/b", "x\0y", "-" } do
      program.write(dir .. "/in/s.lua", ("require(%s)"):format(literal(name)))
      local r = program.run { dir .. "/in/s.lua", small }
      assert.equal(2, r.status, name)
      assert.matches("no module ", r.err)
    end
  end)

  it("gives copies of its public modules", function()
    local r = program.run { "-e", 'require("gotrace.format").table_lines = error', "-e",
      'local c = count("n", "k") function on.any(ev) c:add("x") end', small }
    assert.equal("", r.err)
    assert.equal("k   n\nx  18\n", r.out)
  end)

  it("protects the metatables of its objects", function()
    assert.matches("^false\tfalse\tfalse\tfalse\tfalse\tfalse\n", prints [[
      print(getmetatable(on), getmetatable(opt), getmetatable(trace), getmetatable(_G),
        getmetatable(count("a")), getmetatable(rows("a")))]])
    assert.matches("^nil\tnil\tfalse\tfalse\n", prints [[
      local _, stop = pcall(fail, "x")
      local function hidden(object) return object.__index end
      print(stop.__index, require("gotrace.regexp").compile("a").__index, pcall(hidden, count("a")) ~= false,
        pcall(hidden, rows("a")) ~= false)]])
    assert.equal("false\tfalse\tffi\tffi\tfalse\n", prints [[
      local done
      function on.GoBlock(ev)
        if done then return end
        done = true
        print(getmetatable(ev), getmetatable(ev:copy()), getmetatable(ev.stack), getmetatable(ev.stack.leaf),
          getmetatable(trace))
      end]])
    assert.equal("false\tfalse\n", prints [[
      local re = require("gotrace.regexp").compile "a"
      io.write(tostring(getmetatable(re)), "\t")
      local _, stop = pcall(fail, "x")
      print(getmetatable(stop))]])
    assert.equal(2, run("setmetatable(_G, {})").status)
  end)

  it("hands no memory to regular expressions", function()
    assert.equal("false\tcall it as re:match(text)\n", prints [[
      local re = require("gotrace.regexp").compile "a"
      local ok, why = pcall(re.match, 1LL, "x")
      print(ok, why)]])
  end)

  it("makes no pointers of numbers", function()
    for _, try in ipairs { "(1LL)[0]", "(1LL).x", "(1LL)()", "#1LL", "(1LL)[0] = 1", "(1i).foo" } do
      local statement = try:find "=" and try or "local x = " .. try
      assert.equal(2, run(statement).status, try)
    end
  end)

  it("reaches nothing through the environments of functions", function()
    assert.equal("nil\tnil\n", prints [[print(rawget(_G, "getfenv"), _G._G.setfenv)]])
  end)

  it("sees no engine functions in errors", function()
    local r = run [[
      function on.any(ev)
        print(xpcall(function() return ev.nothing end, function(e) return type(e) end))
        fail("done")
      end]]
    assert.equal("false\tstring\n", r.out)
  end)

  it("knows the collector's count and no more", function()
    assert.equal("number\n", prints [[print(type(collectgarbage("count")))]])
    assert.matches('collectgarbage knows only "count" here', run([[collectgarbage("stop")]]).err)
  end)

  it("writes strings and numbers only", function()
    assert.matches("io.write wants strings and numbers, not table", run("io.write({})").err)
    assert.equal("0\n", prints [[print(select("#", io.write("")))]])
  end)

  it("survives a script that runs out of stack or asks for too much memory", function()
    local r = run "local function f() return 1 + f() end f()"
    assert.equal(2, r.status)
    assert.matches("stack overflow", r.err)
    r = run "return ('x'):rep(2 ^ 31 - 1)"
    assert.equal(2, r.status)
    assert.matches("not enough memory", r.err)
  end)

  it("survives errors that are no strings", function()
    assert.matches("^gotrace%-lua: error of type table\n", run("error(setmetatable({}, {__tostring = error}))").err)
    assert.matches("^gotrace%-lua: an error without a message\n", run("error()").err)
    local r = run "function on.any() error({}) end"
    assert.equal(4, r.status)
    assert.matches("^gotrace%-lua: error of type table\n", r.err)
  end)

  it("cannot turn other exit statuses out of fail", function()
    local r = run "function on.any() local _, stop = pcall(fail, 'x') error(stop) end"
    assert.equal(1, r.status)
    assert.equal("gotrace-lua: x\n", r.err)
  end)

  it("holds for -f and -p as well", function()
    for _, expression in ipairs { "debug", "ffi", "io.open('x')", "require('ffi')" } do
      assert.not_equal(0, program.run({ "-p", expression, small }).status, expression)
    end
    assert.equal("false\n", program.run({ "-f", "n == 1", "-p", "getmetatable(string.format('x'))", small }).out)
  end)

  it("holds for links beside a script", function()
    local dir = program.folder { ["sub/mod.lua"] = "x = 5", ["out.lua"] = "y = 7", ["sub/s.lua"] = [[
      print(pcall(require, "out")) print(pcall(require, "fifo")) require "mod" require "within" print(x, y)]] }
    assert(lfs.link("../out.lua", dir .. "/sub/out.lua", true))
    assert(lfs.link("mod.lua", dir .. "/sub/within.lua", true))
    assert.equal(0, program.shell("mkfifo " .. dir .. "/sub/fifo.lua").status)
    local refused = ('false\tmodule "%%s" is no file in %s/sub, or a link that leads out of it\n'):format(dir)
    assert.equal(refused:format "out" .. refused:format "fifo" .. "5\tnil\n",
      program.run({ dir .. "/sub/s.lua", small }).out)
    local r = program.run { "--unsafe", "-e", "print(1)", small }
    assert.equal("1\n", r.out)
  end)

  describe("--unsafe", function()
    it("opens io, os and ffi", function()
      local r = run("print(type(io.open), type(os.execute), type(ffi.new), type(require('debug').getinfo))", "--unsafe")
      assert.equal("function\tfunction\tfunction\tfunction\n", r.out)
    end)

    it("lets require find the system's modules", function()
      local r = run("print(type(require('ffi').new))", "--unsafe")
      assert.equal("function\n", r.out)
    end)

    it("excludes --sandbox", function()
      local r = run("", "--unsafe", "--sandbox")
      assert.equal(2, r.status)
      assert.equal("gotrace-lua: --sandbox and --unsafe exclude each other\n", r.err)
    end)
  end)

  it("is what --sandbox says", function()
    assert.equal("nil\n", run("print(debug)", "--sandbox").out)
  end)

  -- Each in a function of its own, all in one run: an attempt may not spoil
  -- anything for those behind it, either.
  -- Ours are not ended in the middle, and not blamed for errors.
  it("lets no chunk pass as one of ours", function()
    local code = [[print(pcall(load("error 'x'", "@lua/gotrace/x.lua")))]]
    local r = program.run { "-e", code, small }
    assert.matches("./lua/gotrace/x.lua:1: x", r.out, 1, true)
  end)

  describe("attempts", function()
    local results = {}

    setup(function()
      -- A hook makes no tables: there they are some that are there.
      local parts = { [[
        local tables = { count = count("a", "k"), rows = rows "a", top = top("a", "b"), tseries = tseries("a", 1),
          gauge = gauge("a", "k") }
        for name, one in pairs(tables) do _G[name] = function() return one end end
        local tried = {}]] }
      for i, attempt in ipairs(attempts) do
        parts[#parts + 1] = ("tried[%d] = load(%s)"):format(i, literal(attempt.code:gsub("^", "local ev = ... ")))
      end
      parts[#parts + 1] = [[
        local write = io.write
        local done
        function on.any(ev)
          if done or #ev.stack == 0 then return end
          done = true
          for i, try in ipairs(tried) do
            local ok, got = pcall(try, ev)
            write(i, " ", ok and got and "got " .. type(got) or "nothing", "\n")
          end
        end]]
      local dir = program.folder { ["s.lua"] = table.concat(parts, "\n") }
      local r = program.run { dir .. "/s.lua", program.recording "sync" }
      assert.equal(0, r.status, r.err)
      for i, result in r.out:gmatch "(%d+) ([^\n]*)\n" do
        results[tonumber(i)] = result
      end
    end)

    it("are many", function()
      assert.is_true(#attempts >= 120)
    end)

    for i, attempt in ipairs(attempts) do
      it(attempt.name, function()
        assert.equal("nothing", results[i])
      end)
    end
  end)

  it("refuses an environment that is no table at its line, and in -f, -p and options", function()
    local code = "load('return io.popen', 'x', 't', 1)"
    local wanted = "load wants a table as the environment, not number"
    assert.equal("gotrace-lua: -e:1: " .. wanted .. "\n", run(code).err)
    assert.matches(wanted, program.run({ "-f", code, small }).err, 1, true)
    assert.matches(wanted, program.run({ "-p", code, small }).err, 1, true)
    local with_option = program.tmpfile "args = { { name = 'match', type = 'expr' } } function on.any() opt.match() end"
    assert.matches(wanted, program.run({ "-s", with_option, "--match", code, small }).err, 1, true)
    assert.matches(wanted, program.run({ "--help", "-s", program.tmpfile(code) }).err, 1, true)
    assert.matches(wanted, program.run({ "-n", "-e", code }).err, 1, true)
    local dir = program.folder { ["m.lua"] = code, ["s.lua"] = "require 'm'" }
    assert.matches("m.lua:1: " .. wanted, program.run({ dir .. "/s.lua", small }).err, 1, true)
  end)

  it("leaves a leak nothing to find", function()
    local init = program.tmpfile [[
      local leak, preload = load, package.preload
      local load_sandbox = preload["gotrace.sandbox.sandbox"]
      preload["gotrace.sandbox.sandbox"] = function(...)
        local sandbox = load_sandbox(...)
        local environment, loaded = sandbox.environment, package.loaded
        sandbox.environment = function()
          local env = environment()
          env.leak, env.loaded, env.preload, env.system_require = leak, loaded, preload, require
          return env
        end
        return sandbox
      end]]
    local code = [[
      print(leak("return io or os or require or _G")())
      print(coroutine.wrap(function() return leak("return io or os or require or _G")() end)())
      for _, t in ipairs { loaded, preload } do
        for name in pairs(t) do
          if not name:find "^gotrace%." then print(name) end
        end
      end
      for _, name in ipairs { "ffi", "io", "jit.util", "lfs", "jit.bc" } do print((pcall(system_require, name))) end]]
    local r = program.run { "-e", code, small, env = "GOTRACE_LUA_INIT=" .. init }
    assert.same({ out = "nil\nnil\n" .. ("false\n"):rep(5), err = "", status = 0 }, r)
    r = program.run { "--unsafe", "-e", "print(type(leak('return require')()), (pcall(system_require, 'ffi')))", small,
      env = "GOTRACE_LUA_INIT=" .. init }
    assert.equal("function\ttrue\n", r.out)
  end)

  it("ends calls that nest on the C stack with an error", function()
    for what, code in pairs {
      wrap = "local function f() local c = coroutine.wrap(f) return c() end f()",
      ["wrap, with a line at each level"] =
        "local function f() local c = coroutine.wrap(f) local r = c() return r end f()",
      resume = [[local function f()
        local ok, why = coroutine.resume(coroutine.create(f)) if not ok then error(why, 0) end end f()]],
      gsub = "local function f() return (('x'):gsub('x', f)) end f()",
      ["string.gsub"] = "local function f() return (string.gsub('x', 'x', f)) end f()",
      ["gsub with a table"] = [[local t = setmetatable({}, {})
        getmetatable(t).__index = function() return (('x'):gsub('x', t)) end return t.x]],
      sort = "local function f() table.sort({ 1, 2, 3 }, f) end f()",
      ["sort with metamethods"] = [[local mt = {}
        function mt.__lt() table.sort { setmetatable({}, mt), setmetatable({}, mt) } return true end
        table.sort { setmetatable({}, mt), setmetatable({}, mt) }]],
      format = [[local t = setmetatable({}, {})
        getmetatable(t).__tostring = function() return ('%s'):format(t) end return ('%s'):format(t)]],
      mixed = [[local function f() return (("x"):gsub("x", function() return coroutine.wrap(f)() end)) end f()]],
    } do
      local r = run("print(pcall(function() " .. code .. " end))")
      assert.equal(0, r.status, what)
      assert.matches("^false\t.*stack overflow\n$", r.out, what)
    end
    local r = run("function on.GoBlock() local function f() return (('x'):gsub('x', f)) end f() end")
    assert.equal(4, r.status)
    assert.matches("^gotrace%-lua: %-e:1: stack overflow\n", r.err)
    assert.equal("0\n", prints("local function f(n) if n == 0 then return 0 end " ..
      "return (('x'):gsub('x', function() return f(n - 1) end)) end print(f(60))"))
  end)

  it("has no limit of its own on the parser and on long strings", function()
    for _, text in ipairs { "('('):rep(1e5)", "('{'):rep(1e5)", "('do '):rep(1e5)", "('a^'):rep(1e5)",
      "('function f() '):rep(1e5)", "('if a then else'):rep(1e5)" } do
      assert.equal("nil\n", prints("print((load('return ' .. " .. text .. ")))"))
    end
    for _, code in ipairs { "('x'):rep(2^31 - 1)", "('%99999d'):format(1)", "('%.99f'):rep(9):format(1)",
      "('x'):rep(1e5):find(('.-'):rep(1e5) .. 'y')", "('('):rep(1e5):find(('('):rep(1e5))", "('x'):find('%f')",
      "table.concat({}, '', 1, 2^31 - 1)", "unpack({}, 1, 1e9)", "string.char(unpack({ 1 }, 1, 1e7))" } do
      assert.equal("false\n", prints("print((pcall(function() return " .. code .. " end)))"), code)
    end
  end)

  describe("a script that is only described or checked", function()
    local loud = "description = 'd' print 'x' io.write 'x' "

    it("prints nothing", function()
      assert.equal("", program.run({ "-n", "-e", loud, small }).out)
      local path = program.tmpfile(loud)
      assert.equal(("usage: gotrace-lua %s [options] TRACE...\n\nd\n"):format(path),
        program.run({ "--help", "-s", path }).out)
    end)

    -- Run first: of the times that a script has (sandbox/bounded.lua) one passes ten times as fast, the
    -- other is a second of the processor.
    local in_a_hurry = "GOTRACE_LUA_INIT=" .. program.tmpfile [[
      local clock = os.clock
      function os.clock() return clock() * 10 end]]
    local ended_soon = "GOTRACE_LUA_INIT=" .. program.tmpfile [[
      local host = require "gotrace.engine.host"
      local limit_cpu = host.limit_cpu
      function host.limit_cpu(seconds, ...) return limit_cpu(math.min(seconds, 1), ...) end]]

    it("ends, whatever it catches", function()
      for _, code in ipairs {
        "while true do end",
        "while true do pcall(function() while true do end end) end",
        "while true do pcall(error) end",
        "local f = coroutine.wrap(function() while true do pcall(error) end end) while true do pcall(f) end",
        "while true do xpcall(function() while true do end end, function() while true do end end) end",
        "while true do load(function() while true do end end) end",
        "while true do pcall(string.gsub, 'x', 'x', function() while true do end end) end",
        "error(setmetatable({}, { __tostring = function() while true do end end }))",
      } do
        local r = program.run { "--help", "-s", program.tmpfile(code), env = in_a_hurry }
        assert.equal(2, r.status, code)
        assert.matches("it takes too long to load", r.err)
      end
      assert.equal(2, program.run({ "-n", "-e", "while true do end" }).status)
    end)

    it("ends where no hook comes", function()
      for _, code in ipairs {
        "local s = ('a'):rep(40):find(('a?'):rep(40) .. ('a'):rep(40) .. 'b')",
        "pcall(string.find, ('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(40) .. 'b')",
      } do
        for _, words in ipairs { { "--help", "-s", program.tmpfile(code) }, { "-n", "-e", code } } do
          words.env = ended_soon
          local r = program.run(words)
          assert.equal(2, r.status, code)
          assert.matches("^gotrace%-lua: a script cannot be loaded: it takes too long to load", r.err)
        end
      end
    end)

    it("ends where no hook comes, by the clock that there is", function()
      local r = program.run { "-n", "-e", "string.find(('a'):rep(40), ('a?'):rep(40) .. ('a'):rep(40) .. 'b')" }
      assert.equal(2, r.status)
      assert.matches("^gotrace%-lua: a script cannot be loaded: it takes too long to load", r.err)
    end)

    it("may use coroutines", function()
      local code = [[
        local f = coroutine.wrap(function(a) return coroutine.yield(a + 1) end)
        assert(f(1) == 2 and f(5) == 5)]]
      assert.equal("", program.run({ "-n", "-e", code, small }).err)
    end)
  end)

  it("takes errors of any kind", function()
    for _, value in ipairs {
      "nil", "true", "1LL", "print", "coroutine.create(print)", "{}", "ev", "trace", "on",
      "setmetatable({}, { __tostring = error })", "setmetatable({}, { __tostring = function() return {} end })",
      "setmetatable({}, { __tostring = function() end })", "setmetatable({}, { __tostring = fail })",
      "setmetatable({}, { __index = error, __newindex = error, __concat = error, __eq = error, __len = error })",
      "{ message = {}, frames = 5, functions = 5, status = 0, text = 'x' }",
      "setmetatable({}, { __tostring = function() return ('x'):rep(1e10) end })",
    } do
      assert.equal(2, run("error(" .. value .. ")").status, value)
      assert.equal(4, run("function on.any(ev) error(" .. value .. ") end").status, value)
      assert.equal(4, run("function on.any(ev) coroutine.wrap(error)(" .. value .. ") end").status, value)
      assert.equal(1, run("function on.any(ev) fail(" .. value .. ") end").status, value)
    end
  end)

  it("keeps the true status of what was caught and thrown again", function()
    for _, code in ipairs {
      "error(s)", "error(s, 2)", "pcall(function() s.status = 0 end) error(s)",
      "pcall(rawset, s, 'status', 0) error(s)",
      "pcall(setmetatable, s, {}) error(s)", "coroutine.wrap(error)(s)",
      "xpcall(error, function() error(s) end, s) error(s)",
    } do
      local r = run("function on.any() local _, s = pcall(fail, 'x') " .. code .. " end")
      assert.same({ out = "", err = "gotrace-lua: x\n", status = 1 }, r, code)
    end
    for _, code in ipairs { "s.status = 0", "s.text = 'fine'", "rawset(s, 'status', 0)", "setmetatable(s, {})" } do
      local r = run("function on.any() local _, s = pcall(fail, 'x') " .. code .. " error(s) end")
      assert.equal(4, r.status, code)
    end
  end)
end)
