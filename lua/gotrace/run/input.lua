-- input.lua: the traces that a run reads. A file may hold several, one behind the
-- other: each is an input of its own, { path, off, name, argument, url }. The first has the
-- file's name, a further one that and the offset of its header: x.trace@18981. path may be
-- an URL, which is url then.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local clock = require "gotrace.trace.clock"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local lazy = require("gotrace.base.lazy").of
local names = require "gotrace.engine.strings"
local urls = require "gotrace.fetch.urls"

local fetcher = lazy "gotrace.fetch.fetcher"

local out, why = ffi.new "gotrace *[1]", ffi.new "gotrace_diag"

-- How traces are opened: Ctrl-C ends what the engine waits for.
local options = ffi.new("gotrace_options", {
  size = ffi.sizeof "gotrace_options", interrupter = host.interrupter,
})

-- The first trace of a file; argument: the number of the command line's word that it
-- is of.
local function first(path, argument)
  local url = urls.is_url(path) and path or nil
  return { path = path, off = 0, name = url and fetcher().name(url) or path,
    argument = argument, url = url }
end

-- Another one of the same URL, if --repeat asks for it; nil: it does not.
local function again(input)
  if input.url and fetcher().goes_on() then
    return first(input.path, input.argument)
  end
end

-- The one whose header is at off, in the file of another.
local function at(input, off)
  return { path = input.path, off = off, argument = input.argument,
    name = ("%s@%.0f"):format(input.url and input.name or input.path, off),
    url = input.url }
end

-- Status, handle and diag of what the engine opened, or did not.
local function opened(status)
  local handle = tonumber(status) == C.GOTRACE_OK and out[0] or nil
  return { status = tonumber(status), handle = handle,
    why = ffi.new("gotrace_diag", why) }
end

local function open_path(path)
  return opened(C.gotrace_open_with(out, path, options, names.handle, why))
end

-- What is at an URL: the same, and the exit status of what could not be had and was said.
local function open_url(input)
  local path, exit_status = fetcher().open(input)
  if not path then
    return { status = tonumber(exit_status and C.GOTRACE_SYSTEM or
      C.GOTRACE_INTERRUPTED), exit_status = exit_status }
  end
  local ready = open_path(path)
  fetcher().opened()
  return ready
end

-- An open trace that --align has no place for is closed again.
local function put_on_clock(input, ready)
  local problem = ready.handle and clock.begin(ready.handle, input)
  if problem then
    C.gotrace_close(ready.handle)
    errors.warn("%s: %s", input.name, problem)
    ready.handle, ready.exit_status = nil, errors.status.damaged
    ready.problem = problem
  end
end

-- open(input): the status, the handle or nil, and the diag of what went wrong. Where that
-- has been said there are no diag, but the exit status in its place, and the problem.
local function open(input)
  options.off = input.off
  local ready = input.ready or input.url and open_url(input) or
    open_path(input.path)
  input.ready = nil
  put_on_clock(input, ready)
  return ready.status, ready.handle, ready.why, ready.exit_status,
    ready.problem or "it could not be fetched"
end

-- path_of(word): where what a word names can be read from; nil and the exit status of what
-- could not be had and was said.
local function path_of(word)
  if urls.is_url(word) then
    return fetcher().open(first(word))
  end
  return word
end

-- finish(input): the handle has been closed, or was not to be had: the exit status of how
-- what was fetched has ended.
local function finish(input)
  return input.url and fetcher().finish(input) or 0
end

-- follow(input, handle): the trace behind the one that handle has read to its
-- end, in the same stream of bytes. Takes the handle.
local function follow(input, handle)
  local info = C.gotrace_info_of(handle)
  local next_one = at(input, tonumber(info.next))
  next_one.ready = opened(C.gotrace_follow(out, handle, why))
  return next_one
end

return { first = first, again = again, at = at, open = open, follow = follow,
  finish = finish, path_of = path_of }
