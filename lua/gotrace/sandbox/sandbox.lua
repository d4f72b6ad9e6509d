-- sandbox.lua: what a script can reach.
--
-- Nothing here gives files, processes, bytecode or memory, and nothing leads
-- to what does: no debug, no environments of other functions, and metatables
-- of ours are protected. Each script has tables of its own, so that none can
-- change a library under another or under the program, whose own strings go
-- through a table that no script sees. What all the same got out would find
-- nothing there (engine/seal.lua).
local ffi = require "ffi"
local host = require "gotrace.engine.host"
local nesting = require "gotrace.sandbox.nesting"
local output = require "gotrace.sandbox.output"
local proxy = require "gotrace.base.proxy"

local base = {
  "assert", "error", "ipairs", "next", "pcall", "rawequal", "rawget", "rawset",
  "select", "tonumber", "tostring", "type", "unpack", "xpcall", "getmetatable",
  "setmetatable",
}

-- string.dump makes bytecode.
local libraries = {
  string = {
    "byte", "char", "find", "format", "gmatch", "gsub", "len", "lower", "match",
    "rep", "reverse", "sub", "upper",
  },
  table = {
    "concat", "foreach", "foreachi", "getn", "insert", "maxn", "move", "remove",
    "sort",
  },
  math = {
    "abs", "acos", "asin", "atan", "atan2", "ceil", "cos", "cosh", "deg", "exp",
    "floor", "fmod", "frexp", "huge", "ldexp", "log", "log10", "max", "min",
    "mod", "modf", "pi", "pow", "rad", "random", "randomseed", "sin", "sinh",
    "sqrt", "tan", "tanh",
  },
  bit = {
    "arshift", "band", "bnot", "bor", "bswap", "bxor", "lshift", "rol", "ror",
    "rshift", "tobit", "tohex",
  },
  coroutine = {
    "create", "isyieldable", "resume", "running", "status", "wrap", "yield",
  },
  os = { "clock", "date", "difftime", "time" },
}

-- In place of the library's: they call back from C.
local nested = {
  string = { gsub = nesting.gsub },
  table = { sort = nesting.sort },
  coroutine = { resume = nesting.resume, wrap = nesting.wrap },
}

local function pick(from, names)
  local t = {}
  for _, name in ipairs(names) do
    t[name] = from[name]
  end
  return t
end

-- The library of that name, for one script.
local function library(name)
  local t = pick(_G[name], libraries[name])
  for member, value in pairs(nested[name] or {}) do
    t[member] = value
  end
  return t
end

-- Methods of strings: the program's and every script's strings share one
-- metatable.
getmetatable("").__index = library "string"
getmetatable("").__metatable = false

-- Blames the caller's caller.
local function check_type(what, value, wanted, other)
  local kind = type(value)
  if kind ~= wanted and kind ~= other then
    error(("%s, not %s"):format(what, kind), 3)
  end
end

-- chunk_name(name): the name of a chunk of a script's. Ours are known by theirs,
-- and what is ours is not ended in the middle by a signal, nor blamed.
local function chunk_name(name)
  return (name:gsub("^@lua/gotrace/", "@./lua/gotrace/"))
end

-- load and loadstring, for text only, in the script's environment unless it
-- names another. It must be a table: LuaJIT takes what is none for none, and
-- the chunk would run in the globals of the thread.
local function loaders(env)
  local function load_text(chunk, name, _, given)
    check_type("load wants a string or a function", chunk, "string", "function")
    check_type("load wants a string as the name", name, "string", "nil")
    check_type("load wants a table as the environment", given, "table", "nil")
    return nesting.load(chunk, chunk_name(name or "=(load)"), "t", given or env)
  end
  local function loadstring_text(chunk, name)
    check_type("loadstring wants a string", chunk, "string")
    check_type("loadstring wants a string as the name", name, "string", "nil")
    return nesting.load(chunk, chunk_name(name or chunk), "t", env)
  end
  return load_text, loadstring_text
end

-- Numbers of memory, and nothing that steers the collector.
local function count_garbage(what)
  if what ~= nil and what ~= "count" then
    error('collectgarbage knows only "count" here', 2)
  end
  return collectgarbage "count"
end

-- environment(): the globals of a new script.
local function environment()
  local env = pick(_G, base)
  for name in pairs(libraries) do
    env[name] = library(name)
  end
  env._G = env
  env._VERSION = _VERSION
  env.pairs = proxy.pairs
  env.load, env.loadstring = loaders(env)
  env.collectgarbage = count_garbage
  env.print = output.printer()
  env.io = { write = output.write }
  return env
end

-- open(env): what --unsafe adds. The rest comes through require, which finds
-- the system's modules then (engine/seal.lua).
local function open(env)
  host.close_at_exit()
  env.io, env.os, env.ffi = io, os, ffi
  env.collectgarbage = collectgarbage
end

-- begin_random(): the generator of math.random starts anew, as for each trace: what
-- came before one decides nothing in it.
local function begin_random()
  math.randomseed(0)
end
begin_random()

return {
  begin_random = begin_random,
  chunk_name = chunk_name,
  environment = environment,
  open = open,
}
