-- open.lua: spans that are going on.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local fields = require "gotrace.span.fields"
local memory = require "gotrace.engine.memory"
local span = require("gotrace.span.span").span

local FOREVER = 2 ^ 62 -- ns

-- each(time, least): an iterator over those that are open at that time and have lasted for
-- `least` ns, as trace.each_open has it.
local function each(time, least)
  local n = C.gotrace_spans_open(fields.maker.handle,
    ffi.cast("int64_t", time),
    ffi.cast("int64_t", math.max(0, math.min(least, FOREVER))))
  if n < 0 then
    memory.stop()
  end
  local made, i = C.gotrace_spans_made(fields.maker.handle), -1
  return function()
    i = i + 1
    if i < n then
      fields.cur.s = made + i
      return span
    end
    fields.set_idle()
  end
end

return { each = each }
