-- seal.lua: what a leak out of the sandbox would find: nothing.
--
-- LuaJIT gives the thread's global table to whatever is loaded without one, and
-- coroutines inherit it. Once the modules of ours that every run needs are there, each with the
-- globals that it was loaded with, the thread needs none: it gets an empty table. And package
-- holds our modules only, and no path to others. What is left out base/lazy.lua loads: to require
-- a module in a function would load it without globals.
local lazy = require "gotrace.base.lazy"

-- All of this runs once: none is worth compiling.
require("jit").off(true, true)

local globals = getfenv(0)
local path, cpath = package.path, package.cpath

-- What was taken out of which table of package.
local taken = {}

local function is_ours(name)
  return name:find "^gotrace%." ~= nil
end

local function take_others(where)
  local others = {}
  for name, value in pairs(package[where]) do
    others[name] = not is_ours(name) and value or nil
  end
  for name in pairs(others) do
    package[where][name] = nil
  end
  taken[where] = others
end

local function give_back(where)
  for name, value in pairs(taken[where]) do
    package[where][name] = value
  end
end

local function shut()
  take_others "loaded"
  take_others "preload"
  package.path, package.cpath = "", ""
  setfenv(0, {})
end

-- open(): takes all of that back, for --unsafe.
local function open()
  give_back "loaded"
  give_back "preload"
  package.path, package.cpath = path, cpath
  setfenv(0, globals)
end

-- A module of ours that was left out. Nothing of a script's runs while it is loaded.
local function load_late(name)
  local sealed = getfenv(0) ~= globals
  if not sealed then
    return require(name)
  end
  open()
  local ok, module = pcall(require, name)
  shut()
  if not ok then
    error(module, 0)
  end
  return module
end

-- close(): to be called before any script is compiled.
local function close()
  shut()
  lazy.set_loader(load_late)
end

return { close = close, open = open }
