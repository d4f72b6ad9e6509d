-- The program's Lua that calls C, for specs that load it without the program:
-- `require "support.embedded"` first.
local ffi = require "ffi"
local engine = require "support.engine"

-- FFI finds the functions of the program in the process itself.
ffi.load(os.getenv "GOTRACE_LIB" or engine.root .. "build/debug/libgotrace.so", true)

package.loaded["gotrace.engine.host"] = {
  -- Declared here, once: busted loads modules anew for each file of specs.
  file = function(path)
    engine.header(path)
    return ""
  end,
}
