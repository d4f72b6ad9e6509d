-- The engine for specs: the shared test library (every symbol visible) through
-- FFI, with the declarations of the public headers. What a spec needs beyond
-- these it declares with engine.cdef.
--
-- GOTRACE_LIB names the library; by default build/debug/libgotrace.so.

-- busted forgets modules between spec files. This one is kept: declarations
-- hold for the whole process, and a library that is collected is unloaded, with
-- signal handlers still pointing into it.
local registry = debug.getregistry()
if registry.gotrace_engine then
  return registry.gotrace_engine
end

local ffi = require "ffi"
local engine = {}
registry.gotrace_engine = engine

-- The repository's folder, with a slash at its end.
engine.root = debug.getinfo(1, "S").source:match "^@(.*)tests/support/engine%.lua$"

function engine.read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read "*a"
  f:close()
  return text
end

-- A header as LuaJIT takes it: no preprocessor lines, no C-only block.
local function declarations(path)
  local out, hidden = {}, false
  for line in engine.read(engine.root .. path):gmatch "[^\n]+" do
    if line:find "^#" then
      hidden = line:find "^#ifndef GOTRACE_FFI" ~= nil or hidden and not line:find "^#endif"
    elseif not hidden then
      out[#out + 1] = line
    end
  end
  return table.concat(out, "\n")
end

-- Declares text once, however many specs ask for it. A struct may be defined
-- by one text only.
local declared = {}
function engine.cdef(text)
  if not declared[text] then
    ffi.cdef(text)
    declared[text] = true
  end
end

-- Declares a header that holds nothing but declarations outside that block, and
-- before it those of ours that it includes.
function engine.header(path)
  for included in engine.read(engine.root .. path):gmatch '\n#include "([^"]+)"' do
    engine.header("src/" .. included)
  end
  engine.cdef(declarations(path))
end

engine.header "src/gotrace.h"
engine.header "src/gotrace_lua.h"
engine.lib = ffi.load(os.getenv "GOTRACE_LIB" or engine.root .. "build/debug/libgotrace.so")

-- A diag, zeroed. Its texts: ffi.string(d.what).
function engine.diag()
  return ffi.new "gotrace_diag"
end

-- A new interrupter, for as long as it is referred to.
function engine.interrupter()
  return ffi.gc(engine.lib.gotrace_interrupter_new(), engine.lib.gotrace_interrupter_free)
end

-- A handler of signals, for C's signal(), that calls gotrace_interrupt on an interrupter.
local handling
function engine.interrupting(interrupter)
  if not handling then
    local path = os.tmpname()
    local command = ("${CC:-cc} -shared -fPIC -o %s %stests/support/faults/interrupting.c"):format(path, engine.root)
    assert(os.execute(command) == 0)
    engine.cdef "void interrupting_set(void *, void *); void interrupting_handle(int);"
    handling = ffi.load(path)
    os.remove(path)
  end
  handling.interrupting_set(engine.lib.gotrace_interrupt, interrupter)
  return ffi.cast("void *", handling.interrupting_handle)
end

-- Temporary files; engine.clean (for a teardown) removes them.
local temporary = {}

function engine.tmpname()
  local path = os.tmpname()
  temporary[#temporary + 1] = path
  return path
end

function engine.tmpfile(bytes)
  local path = engine.tmpname()
  local f = assert(io.open(path, "wb"))
  f:write(bytes)
  f:close()
  return path
end

function engine.clean()
  for i = #temporary, 1, -1 do
    os.remove(temporary[i])
    temporary[i] = nil
  end
end

-- What a shell command makes of input.
function engine.filter(command, input)
  local out = engine.tmpname()
  local status = os.execute(("{ %s; } <%s >%s"):format(command, engine.tmpfile(input), out))
  assert(status == 0 or status == true, command) -- as Lua 5.1 or 5.2 have it
  return engine.read(out)
end

return engine
