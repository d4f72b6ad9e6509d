-- What scripts cannot reach, each way that somebody might try.
local program = require "support.program"

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
    assert.equal("_G _VERSION assert bit collectgarbage coroutine count emit error fail getmetatable hist io ipairs " ..
      "lhist load loadstring math next os pairs pcall print quantile rawequal rawget rawset require rows select " ..
      "setmetatable stats string sum table tonumber top tostring tseries type unpack xpcall\n", names "_G")
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
    for _, name in ipairs { "ffi", "debug", "jit", "jit.util", "lfs", "gotrace.host", "gotrace.run", "gotrace.abi",
      "string.buffer", "table.new" } do
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
    assert.matches("^nil\tnil\tnil\tnil\n", prints [[
      local _, stop = pcall(fail, "x")
      print(count("a").__index, rows("a").__index, stop.__index, require("gotrace.regexp").compile("a").__index)]])
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
    assert.matches("^gotrace%-lua: nil\n", run("error()").err)
    local r = run "function on.any() error({}) end"
    assert.equal(4, r.status)
    assert.matches("^gotrace%-lua: table: ", r.err)
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
end)
