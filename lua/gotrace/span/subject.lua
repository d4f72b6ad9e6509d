-- subject.lua: what expressions that are about spans may say: fields, what these are,
-- and the words that they can be. Events have the same in expression/mistakes.lua.
local C = require "gotrace.engine.abi"
local event_words = require "gotrace.event.words"
local fields = require "gotrace.span.fields"
local log = require "gotrace.span.log"
local span = require("gotrace.span.span").span

local kind_of = {}
for kind, names in pairs {
  number = { "from", "to", "dur", "g", "p", "m", "task", "begin_n", "end_n",
    "waker", "depth", "self", "parent", "blocked" },
  text = { "kind", "name", "state", "prev", "next", "reason", "cause", "open",
    "clipped", "func", "region", "task_name", "waker_func" },
  stack = { "stack", "end_stack", "waker_stack", "event_stack" },
  frame = { "place" },
  trace = { "trace" },
} do
  for _, name in ipairs(names) do
    kind_of[name] = kind
  end
end

local kinds = {}
for id = 0, tonumber(C.GOTRACE_SPAN_KINDS) - 1 do
  kinds[id + 1] = fields.kinds[id]
end
local states = { "Runnable", "Running", "Syscall", "Waiting", "Idle" }
local around = { "Runnable", "Running", "Syscall", "Waiting", "Idle",
  "NotExist" }
local sides = { "begin", "end", "both" }

return {
  name = "span",
  getters = fields.getters,
  cur = fields.cur,
  object = "s",
  value = span,
  kind_of = kind_of,
  -- log("KEY"): the value of the latest log with that key in the span's task.
  functions = {
    log = function(key)
      return (log.latest(fields.cur, key))
    end,
  },
  words = { state = states, prev = around, next = around, kind = kinds,
    open = sides, clipped = sides, reason = event_words.reason },
}
