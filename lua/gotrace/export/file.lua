-- file.lua: the file of a run that writes no trace but what its script makes: a profile,
-- a table. It is there whole or not at all; what is no file gets the bytes as they come.
local ffi = require "ffi"
local buffer = require "string.buffer"
local C = require "gotrace.engine.abi"
local diag = require "gotrace.engine.diag"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local memory = require "gotrace.engine.memory"

local OK = tonumber(C.GOTRACE_OK)
local INTERRUPTED = tonumber(C.GOTRACE_INTERRUPTED)
local PIECE = 65536 -- bytes that are handed on together

local handle, path -- of the one that is open
local waiting = buffer.new() -- text that is not handed on yet
local why = ffi.new "gotrace_diag"

local function shown()
  return path == "-" and "standard output" or path
end

-- check(status): ends the run if the engine could not do what it was asked for.
local function check(status)
  status = tonumber(status)
  if status == OK then
    return
  elseif memory.is_refusal(status) then
    memory.refuse(shown(), why)
  elseif status == INTERRUPTED then
    errors.interrupt()
  end
  errors.stop(errors.status.output, "%s", tostring(diag.of(why)))
end

-- open(name, packed): packed: with gzip.
local function open(name, packed)
  local out = ffi.new "gotrace_output *[1]"
  path = name
  check(C.gotrace_output_open(out, name, packed, host.interrupter, why))
  handle = out[0]
end

local function hand_on()
  local at, len = waiting:ref()
  check(C.gotrace_output_write(handle, at, len, why))
  waiting:reset()
end

-- put(text): behind what there is. Before the file is open it waits.
local function put(text)
  waiting:put(text)
  if handle and #waiting >= PIECE then
    hand_on()
  end
end

-- put_bytes(at, len): the same of bytes of the engine's.
local function put_bytes(at, len)
  if handle then
    if #waiting > 0 then
      hand_on()
    end
    check(C.gotrace_output_write(handle, at, len, why))
  else
    waiting:putcdata(at, len)
  end
end

-- raw(): the engine's handle, for formats that are made there.
local function raw()
  hand_on()
  return handle
end

-- commit(): puts the file in its place. How many bytes it has; nil: it is no file.
local function commit()
  hand_on()
  local open_one, size = handle, ffi.new "uint64_t[1]"
  local is_file = C.gotrace_output_is_file(open_one)
  handle = nil
  check(C.gotrace_output_commit(open_one, size, why))
  return is_file and tonumber(size[0]) or nil
end

-- abandon(): leaves no trace of it, as far as that can be. Whether there was one.
local function abandon()
  local was_open = handle ~= nil
  C.gotrace_output_abandon(handle)
  handle = nil
  waiting:reset()
  return was_open
end

return {
  open = open,
  put = put,
  put_bytes = put_bytes,
  raw = raw,
  why = why,
  check = check,
  commit = commit,
  abandon = abandon,
  shown = shown,
}
