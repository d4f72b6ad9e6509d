-- output.lua: standard output, buffered, and how its failure ends the run.
local errors = require "gotrace.errors"

local stdout = io.stdout
stdout:setvbuf("full", 65536)

local select, tostring, type = select, tostring, type
local EPIPE = 32

local pending = false -- printed and not flushed
local failure -- of the first write that failed: { message, errno }

local function note(ok, why, code)
  if not ok then
    failure = failure or { why = why, code = code }
  end
end

local function print_several(n, ...)
  for i = 1, n do
    note(stdout:write(tostring((select(i, ...))), i < n and "\t" or "\n"))
  end
end

-- print and io.write of the scripts. A failure ends the run at the next batch.
-- One value is the common case, and a loop would keep it from being compiled
-- into the loop over events.
local function print(...)
  pending = true
  local n = select("#", ...)
  if n > 1 then
    print_several(n, ...)
  elseif n == 1 then
    note(stdout:write(tostring((...)), "\n"))
  else
    note(stdout:write "\n")
  end
end

local function check(...)
  for i = 1, select("#", ...) do
    local kind = type((select(i, ...)))
    if kind ~= "string" and kind ~= "number" then
      error("io.write wants strings and numbers, not " .. kind, 3)
    end
  end
end

local function write(...)
  pending = true
  local value = ...
  if select("#", ...) ~= 1 or type(value) ~= "string" then
    check(...)
  end
  note(stdout:write(...))
end

-- Everything printed so far is written, or the run ends: with exit status 5,
-- and quietly with 0 when the reader of a pipe has seen enough.
local function flush()
  pending = false
  note(stdout:flush())
  if not failure then
    return
  elseif failure.code == EPIPE then
    errors.stop(errors.status.done, "")
  end
  errors.stop(errors.status.output, "cannot write the output: %s", failure.why)
end

-- Whether a write has failed: there is no point in going on.
local function has_failed()
  return failure ~= nil
end

local function is_pending()
  return pending
end

return {
  print = print,
  write = write,
  flush = flush,
  has_failed = has_failed,
  is_pending = is_pending,
}
