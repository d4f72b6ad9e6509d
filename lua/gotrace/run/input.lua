-- input.lua: the traces that a run reads. A file may hold several, one behind the
-- other: each is an input of its own, { path, off, name, argument }. The first has the
-- file's name, a further one that and the offset of its header: x.trace@18981.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local host = require "gotrace.engine.host"
local names = require "gotrace.engine.strings"

local out, why = ffi.new "gotrace *[1]", ffi.new "gotrace_diag"

-- How traces are opened: Ctrl-C ends what the engine waits for.
local options = ffi.new("gotrace_options", {
  size = ffi.sizeof "gotrace_options", interrupter = host.interrupter,
})

-- The first trace of a file; argument: the number of the command line's word that it
-- is of.
local function first(path, argument)
  return { path = path, off = 0, name = path, argument = argument }
end

-- The one whose header is at off, in the file of another.
local function at(input, off)
  return { path = input.path, off = off, argument = input.argument,
    name = ("%s@%.0f"):format(input.path, off) }
end

-- Status, handle and diag of what the engine opened, or did not.
local function opened(status)
  local handle = tonumber(status) == C.GOTRACE_OK and out[0] or nil
  return { status = tonumber(status), handle = handle,
    why = ffi.new("gotrace_diag", why) }
end

-- open(input): the status, the handle or nil, and the diag of what went wrong.
local function open(input)
  options.off = input.off
  local ready = input.ready or opened(C.gotrace_open_with(out, input.path,
    options, names.handle, why))
  input.ready = nil
  return ready.status, ready.handle, ready.why
end

-- follow(input, handle): the trace behind the one that handle has read to its
-- end, in the same stream of bytes. Takes the handle.
local function follow(input, handle)
  local info = C.gotrace_info_of(handle)
  local next_one = at(input, tonumber(info.next))
  next_one.ready = opened(C.gotrace_follow(out, handle, why))
  return next_one
end

return { first = first, at = at, open = open, follow = follow }
