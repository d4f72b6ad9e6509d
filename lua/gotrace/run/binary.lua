-- binary.lua: --binary: the program that was traced, from which the stacks of
-- Go 1.5 get their names.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local diag = require "gotrace.engine.diag"
local errors = require "gotrace.base.errors"
local memory = require "gotrace.engine.memory"

local OK, END = tonumber(C.GOTRACE_OK), tonumber(C.GOTRACE_END)

local function refuse(path, raw)
  if memory.is_refusal(raw.status) then
    memory.refuse(path, raw)
  end
  local d = diag.of(raw)
  errors.usage("--binary: %s%s", d.system and "" or path .. ": ", tostring(d))
end

-- use(handle, path): before the trace is read. False: it has names of its own.
-- A program that has none to give ends the run.
local function use(handle, path)
  local raw = ffi.new "gotrace_diag"
  local status = tonumber(C.gotrace_binary(handle, path, raw))
  if status ~= OK and status ~= END then
    refuse(path, raw)
  end
  return status == OK
end

-- report(handle, path, file, quiet): when the trace has been read: true if path
-- is not the program that was traced, as far as that can be seen.
local function report(handle, path, file, quiet)
  local raw = ffi.new "gotrace_diag"
  if not C.gotrace_binary_misfit(handle, raw) then
    return false
  end
  if not quiet then
    errors.warn("%s: --binary %s: %s", file, path, tostring(diag.of(raw)))
  end
  return true
end

return { use = use, report = report }
