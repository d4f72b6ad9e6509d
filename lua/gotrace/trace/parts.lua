-- parts.lua: the parts that a trace is looked at in, and written in: as many as trace.split
-- says, else one.
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local trace = require "gotrace.trace.trace"
local window = require "gotrace.trace.window"

-- Whether there is a place for a number in the name of -o.
local function is_numbered(run)
  return run.options.output:find("%d", 1, true) ~= nil
end

-- The name of part i of what is written of a trace.
local function name_of(run, i)
  local file = run.options.output
  return file and file:gsub("%%d", run.parts + i)
end

-- The trace is read once more for each part: none may take its place.
local function check_parts(run, path, n)
  for i = 1, n do
    local name = name_of(run, i)
    if host.is_same(name, path) then
      errors.usage("part %d would be written over %s, from which the others " ..
        "are still to be read: -o wants another name", i, path)
    end
  end
end

local function parts_of(run, input, w)
  if not (run.main.writes and run.scan) then
    return { w }
  end
  local parts = window.parts(w, trace.current.duration)
  if #parts > 1 and not is_numbered(run) then
    errors.usage("the trace is split into %d parts: -o wants a name with " ..
      "%%d for their numbers, such as -o part-%%d.trace", #parts)
  end
  if #parts > 1 then
    check_parts(run, input.path, #parts)
  end
  return parts
end

return { is_numbered = is_numbered, name = name_of, of = parts_of }
