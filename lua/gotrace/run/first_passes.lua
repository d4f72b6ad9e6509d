-- first_passes.lua: passes over a trace before scripts see it: what the engine is asked for,
-- and what is learnt. run.lua makes passes of these tables.
--   wanted         the mask of types
--   open(info)     as the trace is opened; nil: nothing
--   learn(batch)   takes each batch
--   learned(last)  the trace has ended, with an event at that time; nil: nothing
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local lazy = require("gotrace.base.lazy").of
local plan = require "gotrace.run.plan"
local runs = require "gotrace.synthesis.runs"

local known_names = lazy "gotrace.span.known_names"

-- What all of them have in common.
local function pass(fields)
  fields.stages, fields.handlers = {}, {}
  fields.order = C.GOTRACE_ORDER_FULL
  fields.looking, fields.is_first = true, true
  return fields
end

-- idle(): to know when the trace ends.
local function idle()
  return pass {}
end

-- names(): those of goroutines and tasks.
local function names()
  return pass {
    wanted = plan.wanted_for_names(),
    learn = function(batch)
      known_names().learn(batch)
    end,
  }
end

-- strings(): all names, before the first event.
local function strings()
  local pass_ = pass { wanted = ffi.new "uint8_t[256]" }
  pass_.order = C.GOTRACE_ORDER_THREAD
  return pass_
end

-- goroutine_runs(): when goroutines run.
local function goroutine_runs()
  return pass {
    wanted = runs.wanted(),
    open = function(info)
      runs.begin(info.version)
    end,
    learn = runs.learn,
    learned = runs.finish,
  }
end

return { idle = idle, names = names, strings = strings, runs = goroutine_runs }
