-- What LuaJIT makes of a run: GOTRACE_LUA_INIT names this file, and
-- GOTRACE_COMPILED the file that it writes.
--
-- A line for each trace that was compiled: `stop`, what it leads to, and where
-- it begins; for each that was not: `abort`, why, and where that was found; at
-- the end `exits`: how often compiled code was left where nothing follows.
local util = require "jit.util"
local vmdef = require "jit.vmdef"

local lines, began, exits = {}, {}, 0

local function place(func, pc)
  local info = util.funcinfo(func, pc)
  if not info.loc then
    return "?:0"
  end
  return ("%s:%d"):format(info.source:gsub("^[@=]", ""), info.currentline or info.linedefined)
end

local function reason(code, info)
  local text = type(code) == "number" and vmdef.traceerr[code] or tostring(code)
  if type(info) == "function" then
    info = place(info)
  end
  return (text:gsub("%%[ds]", { ["%d"] = tostring(info), ["%s"] = tostring(info) }))
end

jit.attach(function(what, trace, func, pc, code, info)
  if what == "start" then
    began[trace] = place(func, pc)
  elseif what == "stop" then
    lines[#lines + 1] = ("stop\t%s\t%s"):format(util.traceinfo(trace).linktype, began[trace])
  elseif what == "abort" then
    lines[#lines + 1] = ("abort\t%s\t%s"):format(reason(code, info), place(func, pc))
  end
end, "trace")

jit.attach(function()
  exits = exits + 1
end, "texit")

-- While files can be made: before the wall stands.
local file = assert(io.open(os.getenv "GOTRACE_COMPILED", "w"))

local main = package.preload["gotrace.main"]
package.preload["gotrace.main"] = function(...)
  local run = main(...)
  return function(...)
    local status = run(...)
    file:write(table.concat(lines, "\n"), "\nexits\t", exits, "\n")
    file:close()
    return status
  end
end
