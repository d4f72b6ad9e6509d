-- value.lua: what scripts hand to exports, checked: a mistake is an error at the script's
-- line.
local argument = require "gotrace.event.argument"
local names = require "gotrace.engine.strings"
local proxy = require "gotrace.base.proxy"
local spans = require "gotrace.span.span"
local stacks = require "gotrace.engine.stacks"
local suggest = require "gotrace.base.suggest"

local MOST = 2 ^ 53 -- whole numbers up to there are exact

-- The level of the script's line that has called us, as its caller's caller sees it.
local function level_of_script()
  local level = 2
  local info = debug.getinfo(level, "S")
  while info and (info.what == "C" or info.source:find "^@lua/gotrace/") do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  return level - 1
end

-- refuse(text, ...): blames the script.
local function refuse(text, ...)
  error(text:format(...), level_of_script())
end

-- stack(value): the id of a stack; 0, the empty one, for nil.
local function stack(value, ...)
  local id = value == nil and 0 or stacks.id_of(value)
  if not id then
    refuse("a stack is wanted, such as ev.stack or s.stack, not %s",
      proxy.kind(value))
  end
  return id
end

-- number(value): a whole one; fractions are rounded.
local function number(value, ...)
  if type(value) ~= "number" or not (value > -MOST and value < MOST) then
    refuse("a number below 2^53 is wanted, not %s", argument.shown(value))
  end
  return math.floor(value + 0.5)
end

-- span(value): what getters of spans take.
local function span(value, ...)
  local view = spans.view_of(value)
  if not view then
    refuse("a span is wanted, as hooks have it, or a copy of one, not %s",
      proxy.kind(value))
  end
  return view
end

local labels = { "state", "reason", "goroutine", "task", "region", "g" }
local states = { "Runnable", "Running", "Syscall", "Waiting" }

-- A list of a spec's as a set, all of it known; nil: there is none.
local function set_of(name, list, known)
  local set = {}
  if type(list) ~= "table" then
    refuse("%s is a list such as { \"%s\" }, not %s", name, known[1],
      proxy.kind(list))
  end
  for _, word in ipairs(known) do
    set[word] = false
  end
  for _, word in ipairs(list) do
    if set[word] == nil then
      refuse("no %s is called %s%s: there are %s", name, tostring(word),
        suggest.hint(tostring(word), known), table.concat(known, ", "))
    end
    set[word] = true
  end
  for word, is_there in pairs(set) do
    set[word] = is_there or nil
  end
  return set
end

-- one_of(name, word, known): a word of a list, of which the first is the default.
local function one_of(name, word, known)
  for _, other in ipairs(known) do
    if word == nil or word == other then
      return other
    end
  end
  refuse('%s is "%s", not %s', name, table.concat(known, '" or "'),
    argument.shown(word))
end

-- span_spec(spec): how spans are added: { labels = a list (all but g), states = a list
-- (all), stack = "own", "waker" or "event", open = "count" or "skip" }, as samples.rule has it.
local function span_spec(spec)
  local wanted = set_of("label", spec.labels or labels, labels)
  wanted.g = spec.labels and wanted.g
  return {
    labels = wanted,
    states = spec.states and set_of("state", spec.states, states) and
      spec.states,
    stack = one_of("stack", spec.stack, { "own", "waker", "event" }),
    skips_open = one_of("open", spec.open, { "count", "skip" }) == "skip",
  }
end

-- text(value): a string or a number, as a string.
local function text(value)
  if type(value) ~= "string" and type(value) ~= "number" then
    refuse("a string or a number is wanted, not %s", proxy.kind(value))
  end
  return tostring(value)
end

-- folded(id): the stack's frames from root to leaf, parted by semicolons.
local function folded(id)
  return names.stack_of(id):folded()
end

return {
  refuse = refuse,
  stack = stack,
  number = number,
  span = span,
  text = text,
  one_of = one_of,
  span_spec = span_spec,
  folded = folded,
}
