-- Attempts to get out of the sandbox: { what is tried, code }. The code returns
-- what it got hold of: nil or false is nothing. An error is nothing, either.
-- `ev` is an event with a stack.
local attempts = {}

local function add(name, code)
  attempts[#attempts + 1] = { name = name, code = code }
end

-- Names that are not there, in any way to write them.
for _, name in ipairs {
  "debug", "package", "ffi", "jit", "dofile", "loadfile", "getfenv", "setfenv", "newproxy", "module", "gcinfo", "arg",
} do
  add(name .. " as a global", "return " .. name)
  add(name .. " in loaded text", ("return load('return %s')()"):format(name))
end
for _, name in ipairs {
  "string.dump", "string.buffer", "table.new", "io.open", "io.popen", "io.lines", "io.read", "io.output", "io.stdout",
  "os.execute", "os.exit", "os.getenv", "os.remove", "os.rename", "os.tmpname", "os.setlocale",
} do
  add(name, "return " .. name)
end

-- Environments of loaded text.
for what, env in pairs {
  number = "1", boolean = "true", ["false"] = "false", string = "'x'", ["function"] = "print",
  coroutine = "coroutine.create(print)", int64 = "1LL", event = "ev", trace = "trace", stop = "select(2, pcall(fail))",
} do
  add("load with a " .. what .. " as the environment", ("return load('return io', 'x', 't', %s)()"):format(env))
  add("load of a reader with a " .. what .. " as the environment",
    ("local t = 'return io' return load(function() local r = t t = nil return r end, 'x', 't', %s)()"):format(env))
end
add("load without an environment", "return load('return io.popen', 'x', 't', nil)()")
add("load in an empty table", "return load('return _G or io or require', 'x', 't', {})()")
add("load in a table whose metatable leads on",
  "return load('return ffi', 'x', 't', setmetatable({}, {__index = _G}))()")
add("load in a coroutine", "return coroutine.wrap(function() return load('return debug')() end)()")
add("load in a coroutine's own globals", "return coroutine.wrap(load('return package', 'x', 't', {}))()")
add("load as a handler", "return select(2, xpcall(error, load('return debug')))")
add("loadstring in a metamethod", "return setmetatable({}, {__index = loadstring 'return package'}).x")
add("load as gsub's function", "return load(('x'):gsub('x', 'return debug'))()")
add("a chunk that calls itself ours", "return load('return require(\"gotrace.host\")', '@lua/gotrace/run/run.lua')()")
for what, head in pairs { bytecode = [["\27LJ\2"]], ["bytecode behind #!"] = [["#!x\n\27LJ\2"]] } do
  add("load of " .. what, ("return (load(%s))"):format(head))
  add("load of " .. what .. " as binary", ("return (load(%s, 'x', 'b'))"):format(head))
  add("loadstring of " .. what, ("return (loadstring(%s))"):format(head))
end

-- Modules.
for _, name in ipairs {
  "ffi", "io", "os", "debug", "jit", "jit.util", "jit.opt", "package", "_G", "string.buffer", "table.new",
  "gotrace.engine.host",
  "gotrace.run.run", "gotrace.engine.abi", "gotrace.sandbox.sandbox", "gotrace.engine.seal",
  "gotrace.main", "gotrace.sandbox.output",
  "../x", "/etc/passwd",
  "a/../b", "x\0y", "", ".", "..",
} do
  add(("require %q"):format(name), ("return require(%q)"):format(name))
end
add("require of a table", "return require({})")
add("require of what tostring makes a module",
  "return require(setmetatable({}, {__tostring = function() return 'ffi' end}))")
add("the module behind a copy", [[
  local f = require "gotrace.format" f.text = 5
  return load("return require 'gotrace.format'.text == 5 and package")()]])

-- Metatables.
for what, value in pairs {
  string = "''", event = "ev", copy = "ev:copy()", stack = "ev.stack", frame = "ev.stack.leaf", trace = "trace",
  globals = "_G", hooks = "on", options = "opt", ["scan hooks"] = "scan", count = "count('a')", rows = "rows('a')",
  top = "top('a', 'b')", stop = "select(2, pcall(fail))",
  ["regular expression"] = "require('gotrace.regexp').compile('a')",
} do
  add("the metatable of a " .. what, -- LuaJIT's word for one of a C struct's
    ("local m = getmetatable(%s) return m ~= 'ffi' and m"):format(value))
  add("another metatable for a " .. what, ("return setmetatable(%s, {})"):format(value))
  add("the __index of a " .. what, ("return (%s).__index"):format(value))
end
for _, value in ipairs { "print", "coroutine.create(print)", "1", "1LL", "true", "nil" } do
  add("the metatable of " .. value, ("local m = getmetatable(%s) return m and m ~= 'ffi' and m"):format(value))
end
add("a field of strings", "('').x = 1 return true")
add("a method for all strings", "string.x = 1 return ('').x")
add("the program's methods of strings", "string.gsub = nil return not ('').gsub")
add("a metatable's protection through rawset", "return rawset(getmetatable('') or error(), 'x', 1)")

-- Memory.
for _, code in ipairs {
  "(1LL)[0]", "(1LL).x", "(1LL)()", "#1LL", "(1i)()", "(1LL):x()", "1LL .. 1LL", "-ev", "ev + 1", "#1i",
} do
  add(code, "return " .. code)
end

-- What objects carry.
for _, object in ipairs { "count('a', 'k')", "rows('a')", "top('a', 'b')", "tseries('a', 1)", "gauge('a', 'k')" } do
  for _, name in ipairs { "measure", "states", "keys", "rows", "list", "order", "handle", "table", "wanted" } do
    add(("%s.%s"):format(object, name), ("return (%s).%s"):format(object, name))
  end
  add(object .. ".add set", ("local x = %s x.add = print return x.add == print"):format(object))
  add(object .. ".table raw", ("return rawset(%s, 'table', print)"):format(object))
  add("the fields of " .. object, ("return next(%s)"):format(object))
end
add("another object's methods", "return count('a').top({ limit = 1 }, 3)")

-- Stops.
for _, name in ipairs { "status", "text", "x", "__tostring" } do
  add("a stop's " .. name .. " set", ("local _, s = pcall(fail, 'x') s.%s = 0 return true"):format(name))
  add("a stop's " .. name .. " set raw", ("local _, s = pcall(fail, 'x') return rawset(s, '%s', 0)"):format(name))
end

-- Engine code through errors, handlers and what calls back.
add("a function in an error", "return select(2, pcall(function() return ev.nothing end)).func")
add("a handler's arguments",
  "return select(2, xpcall(function() return ev.nothing end, function(...) return select(2, ...) end))")
add("an upvalue through an iterator", "local f, s = pairs(ev) return s")
add("an iterator's state", "local f, s = trace.strings() return s")
add("the main coroutine", "local co = coroutine.running() return co and type(co) ~= 'thread' and co")
add("a yield out of the program", "coroutine.yield(1) return true")
add("the collector stopped", "collectgarbage('stop') return true")
add("the order of a library's table", "return table.sort({ 3, 1, 2 }, function() return debug end)")

return attempts
