-- what.lua: what a rule is about: things of a trace, chosen by a text: "region:load" and
-- the like, or an expression as for -f.
local expr = require "gotrace.expression.expr"
local event_fields = require "gotrace.event.fields"
local mistakes = require "gotrace.expression.mistakes"
local proxy = require "gotrace.base.proxy"
local span_fields = require "gotrace.span.fields"
local subject = require "gotrace.expression.subject"

local lenient, event = event_fields.lenient, event_fields.cur
local getters, span = span_fields.getters, span_fields.cur

-- By what stands before the colon: the expression.
local forms = {}
for word, format in pairs {
  task = 'kind == "task" and name == %q',
  region = 'kind == "region" and name == %q',
  func = 'kind == "goroutine" and name == %q',
} do
  forms[word] = function(text)
    return format:format(text)
  end
end

function forms.log(text)
  local key, pattern = text:match "^([^=]*)=(.*)$"
  local is_key = ('type == "UserLog" and key == %q'):format(key or text)
  return pattern and is_key .. (" and match(value, %q)"):format(pattern) or
    is_key
end

local function expression_of(text)
  local word, rest = text:match "^(%l+):(.*)$"
  return forms[word] and forms[word](rest) or text
end

-- Things: what is said of one in a report, and what rules compare.

local function event_thing()
  return {
    from = lenient.time(event),
    to = lenient.time(event),
    g = lenient.g(event),
    name = lenient.type(event),
    stack = lenient.stack(event),
  }
end

local function span_thing()
  local reason = getters.reason(span)
  return {
    from = getters.from(span),
    to = getters.to(span),
    g = getters.g(span),
    name = getters.name(span) .. (reason and reason ~= "" and
      (" (%s)"):format(reason) or ""),
    func = getters.func(span),
    stack = getters.stack(span),
    open = getters.open(span),
  }
end

-- of(text, by): { text =, kinds = of spans, nil: events, holds = holds(): whether it does for
-- what is at hand, and what `by` is then, make = make(): the thing at hand, words = whether
-- events are asked for what wants spans }; or nil and what is wrong.
local function of(text, by)
  local source = ("(%s), (%s)"):format(expression_of(text), by or "0")
  local about, kinds = subject.of { { row = { name = "filter" },
    value = source } }
  local alone, wrong = expr.compile(about, "expect", expression_of(text))
  if not alone then
    return nil, wrong
  end
  local values, list = expr.compile(about, "expect", source)
  if not values then
    return nil, list
  elseif #list ~= 2 then
    return nil, "one expression is wanted here: and, or put several together"
  end
  local is_events = about == mistakes.events
  return {
    text = text,
    kinds = not is_events and proxy.sorted_keys(kinds) or nil,
    holds = values,
    make = is_events and event_thing or span_thing,
    words = is_events and (expr.word_in(list[1]) or expr.word_in(list[2])),
  }
end

return { of = of, expression_of = expression_of }
