-- partials.lua: what scripts make of each trace by themselves, and put together: those that
-- have functions partial() and merge(a, b). The first is called when a trace has been read,
-- behind on.finish, and returns a value: nil, numbers, strings, booleans, or tables of such;
-- the second gets two of them and returns one. on.done gets what all are together.
--
-- They are kept as bytes (packing.lua): so they are copies, with no metatables, whether they
-- come from this process or from another.
local packing = require "gotrace.base.packing"
local pipeline = require "gotrace.script.pipeline"

-- functions_of(stage): partial and merge; nil: it has not both.
local function functions_of(stage)
  local env = stage.env
  local partial = env and rawget(env, "partial")
  local merge = env and rawget(env, "merge")
  if type(partial) == "function" and type(merge) == "function" then
    return partial, merge
  end
end

local function packed(name, value)
  local ok, bytes = pcall(packing.pack, value, true)
  if not ok then
    error(("%s() returned what is no plain value: %s"):format(name, bytes), 0)
  end
  return value ~= nil and bytes or nil
end

local function value_of(bytes)
  return bytes and packing.unpack(bytes, true)
end

-- add(stage, bytes): what another trace, or several, gave the script; nil: nothing.
local function add(stage, bytes)
  local _, merge = functions_of(stage)
  if stage.partial and bytes then
    stage.partial = packed("merge", merge(value_of(stage.partial),
      value_of(bytes)))
  else
    stage.partial = stage.partial or bytes
  end
end

-- take(stages): a trace has been read.
local function take(stages)
  for _, stage in ipairs(stages) do
    local partial = functions_of(stage)
    if partial then
      add(stage, packed("partial", partial()))
    end
  end
end

-- done(stages): all traces have been read.
local function done(stages)
  pipeline.call_each(stages, "done", function(stage)
    return value_of(stage.partial)
  end)
end

return { functions_of = functions_of, add = add, take = take, done = done }
