-- sandbox.lua: what a script can reach.
--
-- Nothing here gives files, processes, bytecode or memory, and nothing leads
-- to what does: no debug, no environments of other functions, and metatables
-- of ours are protected. Each script has tables of its own, so that none can
-- change a library under another or under the program, whose own strings go
-- through a table that no script sees.
local ffi = require "ffi"
local host = require "gotrace.host"
local output = require "gotrace.output"
local proxy = require "gotrace.proxy"

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

local function pick(from, names)
  local t = {}
  for _, name in ipairs(names) do
    t[name] = from[name]
  end
  return t
end

-- Methods of strings: the program's and every script's strings share one
-- metatable.
getmetatable("").__index = pick(string, libraries.string)
getmetatable("").__metatable = false

-- load and loadstring, for text only, in the script's environment unless it
-- names another.
local function loaders(env)
  local function load_text(chunk, name, _, ...)
    if type(chunk) ~= "string" and type(chunk) ~= "function" then
      error("load wants a string or a function, not " .. type(chunk), 2)
    end
    local given = select("#", ...) > 0 and ... or env
    return load(chunk, name or "=(load)", "t", given)
  end
  local function loadstring_text(chunk, name)
    if type(chunk) ~= "string" then
      error("loadstring wants a string, not " .. type(chunk), 2)
    end
    return load(chunk, name or chunk, "t", env)
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
  for name, members in pairs(libraries) do
    env[name] = pick(_G[name], members)
  end
  env._G = env
  env._VERSION = _VERSION
  env.pairs = proxy.pairs
  env.load, env.loadstring = loaders(env)
  env.collectgarbage = count_garbage
  env.print = output.print
  env.io = { write = output.write }
  return env
end

-- open(env): what --unsafe adds. The rest comes through require, which finds
-- the system's modules then.
local function open(env)
  host.close_at_exit()
  env.io, env.os, env.ffi = io, os, ffi
  env.collectgarbage = collectgarbage
end

return { environment = environment, open = open }
