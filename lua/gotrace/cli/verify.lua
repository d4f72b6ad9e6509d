-- verify.lua: --verify: reads a trace by Go's rules, and says the first thing
-- that breaks them.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local diag = require "gotrace.engine.diag"
local errors = require "gotrace.base.errors"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"
local output = require "gotrace.script.output"
local progress = require "gotrace.run.progress"
local trace = require "gotrace.run.trace"

local OK, END = tonumber(C.GOTRACE_OK), tonumber(C.GOTRACE_END)
local INTERRUPTED = tonumber(C.GOTRACE_INTERRUPTED)
local SYSTEM = tonumber(C.GOTRACE_SYSTEM)

local function open(path)
  local out, why = ffi.new "gotrace *[1]", ffi.new "gotrace_diag"
  local status = tonumber(C.gotrace_open(out, path, names.handle, why))
  return status == OK and out[0] or nil, status, why
end

-- Reads on until the first damage, of which there is a mark.
local function read(handle, options)
  local wanted = ffi.new "uint8_t[256]"
  local batch, why = ffi.new "gotrace_batch", ffi.new "gotrace_diag"
  local info, meter = C.gotrace_info_of(handle), progress.start(options)
  wanted[C.GOTRACE_EV_DAMAGE] = 1
  wanted[C.GOTRACE_EV_GENERATION] = 1
  C.gotrace_want(handle, wanted, C.GOTRACE_ORDER_FULL)
  local status
  repeat
    status = tonumber(C.gotrace_next(handle, batch, why))
    meter:tick(info)
  until status ~= OK or info.damages > 0
  meter:clear()
  return status, why
end

local function refuse(path, text)
  errors.warn("%s: %s", path, text)
  return errors.status.damaged
end

-- The exit status of what was read so far.
local function judge(path, handle, status, why)
  local info = C.gotrace_info_of(handle)
  if info.damages > 0 then
    local d = trace.damage(handle, 0)
    return refuse(path, d.cause and ("%s; likely %s"):format(tostring(d),
      d.cause) or tostring(d))
  elseif status == INTERRUPTED then
    return errors.signal_status()
  elseif memory.is_refusal(status) then
    memory.refuse(path, why)
  elseif status ~= END then
    return refuse(path, tostring(diag.of(why)))
  end
  if info.next > 0 then
    return refuse(path, ("offset %.0f: another trace begins here: Go's " ..
      "tools read one in a file"):format(tonumber(info.next)))
  end
  output.write(("%s: valid go 1.%d trace, %.0f events\n"):format(path,
    info.version, tonumber(info.events)))
  return errors.status.done
end

-- verify(path, options): the exit status.
local function verify(path, options)
  errors.catch_signals()
  local handle, status, why = open(path)
  local shown = trace.shown(path)
  if status == INTERRUPTED then
    return errors.signal_status()
  elseif status == SYSTEM then
    errors.usage("%s", tostring(diag.of(why)))
  elseif memory.is_refusal(status) then
    memory.refuse(shown, why)
  elseif not handle then
    return refuse(shown, tostring(diag.of(why)))
  end
  status, why = read(handle, options)
  local result = judge(shown, handle, status, why)
  C.gotrace_close(handle)
  return result
end

return verify
