-- keys.lua: options that say what to group by: --by='func, stack.leaf.func as leaf', as
-- behind `by` of -a; expressions about spans, or about events.
local expr = require "gotrace.expression.expr"
local mistakes = require "gotrace.expression.mistakes"
local parse = require("gotrace.syntax.aggregate").keys
local proxy = require "gotrace.base.proxy"
local subject = require "gotrace.span.subject"

local text_of_add = [[
local values = ...
return function(object VALUES)
  local KEYS = values()
  object:add(KEYS VALUES)
end]]

-- numbered("k", 2): { "k1", "k2" }.
local function numbered(letter, n)
  local list = {}
  for i = 1, n do
    list[i] = letter .. i
  end
  return list
end

-- A function that adds n values under the keys: a chunk, so that it is compiled with as
-- many variables as there are.
local function adder(values, keys, n)
  local names = numbered("k", keys)
  local inputs = n > 0 and ", " .. table.concat(numbered("v", n), ", ") or ""
  local text = text_of_add:gsub("%f[%u]%u%u%u+%f[%U]", {
    VALUES = inputs,
    KEYS = table.concat(names, ", "),
  })
  local chunk = assert(load(text, "@lua/gotrace/expression/keys.lua", "t", {}))
  return chunk(values)
end

-- By number of values.
local function adders(values, keys)
  return setmetatable({}, { __index = function(known, n)
    known[n] = adder(values, keys, n)
    return known[n]
  end })
end

local methods = {}

local new, values_of
new, values_of = proxy.class("keys", "they come from the command line", {
  __index = function(object, name)
    return name == "names" and { unpack(values_of[object].names) } or
      methods[name] or error(('keys have no "%s": they have names, and ' ..
        "add(table, value)"):format(tostring(name)), 2)
  end,
  __tostring = function(object)
    return values_of[object].text
  end,
})

-- add(table, value, ...): adds to a table, under what the keys are of the span at hand. One
-- that it lacks is nil, and so in the row of those that lack it.
function methods.add(object, ...)
  local keys = values_of[object] or error("call it with a colon: by:add()", 2)
  keys.add[select("#", ...) - 1](...)
end

-- The first word that wants spans that keys of events ask for, or nil.
local function word_in(list)
  for _, key in ipairs(list) do
    local word = expr.word_in(key.node)
    if word then
      return word
    end
  end
end

-- keys(text, about): the object; or nil and what is wrong. It has `names`, a list for the
-- columns of a table, and add. about: "events", or spans.
local function keys(text, about)
  local is_about_events = about == "events"
  local list, wrong = parse(text)
  if not list then
    return nil, wrong
  end
  local texts, names = {}, {}
  for i, key in ipairs(list) do
    texts[i], names[i] = "(" .. key.text .. ")", key.name
  end
  local values, trees = expr.compile(is_about_events and mistakes.events or
    subject, "--by", table.concat(texts, ", "))
  if not values then
    return nil, trees
  end
  return new { text = text, names = names, add = adders(values, #list),
    word = is_about_events and word_in(list) or nil,
    logs = not is_about_events and expr.asks_for_logs(trees) }
end

-- word_of(object): the word that wants spans that keys of events ask for, or nil.
local function word_of(object)
  return values_of[object].word
end

-- asks_for_logs(object): whether keys of spans ask for logs of tasks.
local function asks_for_logs(object)
  return values_of[object].logs
end

return { of = keys, word_of = word_of, asks_for_logs = asks_for_logs }
