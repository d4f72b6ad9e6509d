-- filter.lua: options that are an expression about events or about spans, as -f is:
-- forbid 'reason == "sync" and dur > 50ms'.
local expr = require "gotrace.expression.expr"
local mistakes = require "gotrace.expression.mistakes"
local proxy = require "gotrace.base.proxy"
local subject = require "gotrace.expression.subject"

local new, values
new, values = proxy.class("filter", "it comes from the command line", {
  __index = function(object, name)
    local filter = values[object]
    if name == "about" then
      return filter.about
    elseif name == "least" then
      return filter.least
    elseif name == "kinds" then
      return { unpack(filter.kinds) }
    elseif name == "holds" then
      return filter.holds
    end
    error(('a filter has no "%s": it has about, kinds, least and holds'):format(
      tostring(name)), 2)
  end,
  __tostring = function(object)
    return values[object].text
  end,
})

-- of(text): the object; or nil and what is wrong. It has
--   about   "events" or "spans"
--   kinds   of spans, a list of names for hooks; empty about events
--   least   ns that a span lasts for which it can hold, as far as the expression shows: 0 or more
--   holds   holds(): whether it does for the event or span at hand
local function of(text)
  local about, kinds = subject.of { { row = { name = "filter" },
    value = text } }
  local value, list = expr.compile(about, "expression", text)
  if not value then
    return nil, list
  elseif #list > 1 then
    return nil, "one expression is wanted here: and, or put several together"
  end
  local spans = about ~= mistakes.events
  return new {
    text = text,
    about = spans and "spans" or "events",
    least = spans and subject.least_dur(list[1]) or 0,
    kinds = spans and proxy.sorted_keys(kinds) or {},
    holds = function()
      return not not value()
    end,
  }
end

return { of = of }
