-- log.lua: what the task of a span has logged.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local fields = require "gotrace.span.fields"
local string_of = require("gotrace.engine.strings").string_of

local maker, task_of = fields.maker, fields.getters.task

local task, log = ffi.new "gotrace_task", ffi.new "gotrace_task_log"

-- latest(view, key): the value of the task's latest log with that key, up to now; nil: it
-- has none, or the span has no task.
local function latest(view, key)
  local id = task_of(view)
  if not id or id == 0 or not C.gotrace_spans_task(maker.handle, id, task) or
    task.gone ~= 0 then
    return nil
  end
  for i = tonumber(task.logs) - 1, 0, -1 do
    C.gotrace_spans_task_log(maker.handle, id, i, log)
    if string_of(log.key) == key then
      return string_of(log.value)
    end
  end
end

return { latest = latest }
