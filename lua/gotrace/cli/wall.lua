-- wall.lua: the second wall around scripts and traces (wall.h): raised before
-- the first line of a script runs, for good.
local host = require "gotrace.engine.host"

local MOST_PARTS = 1000 -- that can be links

-- The parts of the output that are there, and one that is not: a link among
-- them leads to a folder of its own.
local function add_parts(outputs, output)
  for i = 1, MOST_PARTS do
    local name = output:gsub("%%d", i)
    outputs[i] = name
    if not host.kind(name) then
      return
    end
  end
end

-- The names that the run may write under. Numbers that become part of a folder's
-- name (part-%d/x.trace) leave the folder around it.
local function outputs_of(output)
  local around = output:match "^(.-)[^/]*%%d[^/]*/"
  if around then
    return { around .. "part" }
  end
  local outputs = {}
  if output:find("%d", 1, true) then
    add_parts(outputs, output)
  end
  outputs[#outputs + 1] = output
  return outputs
end

-- raise(output, partial): nothing but output (that of -o, or nil) and the file of partial
-- results, or nil, is written from now on. How the wall stands, as explain.lua tells it.
local function raise(output, partial)
  local outputs = output and outputs_of(output) or {}
  outputs[#outputs + 1] = partial
  return host.raise_wall(unpack(outputs))
end

return { raise = raise }
