-- subject.lua: what the expressions of a command line are about: events, or spans of
-- some kinds. It is one of the two for the whole line.
local aggregate = require "gotrace.syntax.aggregate"
local event_fields = require "gotrace.event.fields"
local expr = require "gotrace.expression.expr"
local expression = require "gotrace.syntax.expression"
local lazy = require("gotrace.base.lazy").of
local mistakes = require "gotrace.expression.mistakes"
local span_fields = require "gotrace.span.fields"

local spans = lazy "gotrace.span.subject"

-- The trees of an option's text, by the option; none of what has a mistake, which is
-- told when it is compiled.
local trees = {}

function trees.filter(text)
  return expression.parse(text) or {}
end
trees.print = trees.filter

function trees.aggregate(text)
  local parts, list = aggregate.parse(text), {}
  for _, column in ipairs(parts and parts.columns or {}) do
    for _, arg in ipairs(column.args) do
      list[#list + 1] = arg.node
    end
  end
  for _, key in ipairs(parts and parts.by or {}) do
    list[#list + 1] = key.node
  end
  return list
end

-- Which spans an expression compares with: kind == "region".
local function compared_kind(node)
  local a, b = node[1], node[2]
  local is = node.op == "binary" and (node.sign == "==" or node.sign == "~=")
  if is and a.op == "constant" then
    a, b = b, a
  end
  return is and a.op == "name" and a.name == "kind" and b.op == "constant" and
    span_fields.by_kind[b.value] and b.value or nil
end

-- Adds the kinds that a tree compares with to a set. Whether it can only be about spans.
local function look(tree, kinds)
  local is_about = false
  mistakes.visit(tree, function(node)
    local kind = compared_kind(node)
    if kind then
      kinds[kind] = true
    end
    local name = node.op == "name" and node.name
    is_about = is_about or kind ~= nil or
      span_fields.getters[name] ~= nil and not event_fields.lenient[name]
  end)
  return is_about
end

-- of(wanted, asked): what the line is about, as expr.lua takes it, and the set of kinds of
-- spans: those that --spans names (asked: a list, or nil), or that expressions compare
-- with, else states. wanted: the stages of the line, as in stages.lua.
local function of(wanted, asked)
  local kinds, is_about = {}, asked ~= nil
  for _, w in ipairs(wanted) do
    local read = trees[w.row.name]
    for _, tree in ipairs(read and read(w.value) or {}) do
      local own = look(tree, kinds)
      is_about = is_about or own
    end
  end
  for _, kind in ipairs(asked or {}) do
    kinds[kind] = true
  end
  if next(kinds) == nil then
    kinds.state = true
  end
  return is_about and spans() or mistakes.events, kinds
end

-- event_field(text): a field of -f's text that events have and spans do not; nil: there is none.
local function event_field(text)
  for _, tree in ipairs(trees.filter(text)) do
    local found = mistakes.visit(tree, function(node)
      local name = node.op == "name" and node.name
      local is_of_events = name == "ev" or event_fields.lenient[name] and
        not span_fields.getters[name]
      return is_of_events and name or nil
    end)
    if found then
      return found
    end
  end
end

-- Whether a node is that field of the span at hand: stats, or s.stats.
local function is_field(node, name)
  return node.op == "name" and node.name == name or
    node.op == "index" and node[2].value == name and
    node[1].op == "name" and node[1].name == "s"
end

-- What a comparison of `dur` with a constant asks for at least; nil: it is none.
local swapped = { ["<"] = ">", ["<="] = ">=", [">"] = "<", [">="] = "<=",
  ["=="] = "==" }

local function compared_dur(node)
  local a, b, sign = node[1], node[2], node.sign
  if a.op == "constant" then
    a, b, sign = b, a, swapped[sign]
  end
  local is_lower = sign == ">" or sign == ">=" or sign == "=="
  return is_lower and is_field(a, "dur") and b.op == "constant" and
    type(b.value) == "number" and b.value or nil
end

-- least_dur(tree): ns for which a span lasts at least that the tree can hold for, as far as
-- its ands, ors and comparisons show: 0 or more.
local function least_dur(node)
  if node.op == "group" then
    return least_dur(node[1])
  elseif node.op ~= "binary" then
    return 0
  elseif node.sign == "and" then
    return math.max(least_dur(node[1]), least_dur(node[2]))
  elseif node.sign == "or" then
    return math.min(least_dur(node[1]), least_dur(node[2]))
  end
  local ns = compared_dur(node)
  return ns and ns > 0 and ns or 0
end

-- mentions(option, text, name): whether an expression of an option, by its row's name,
-- asks for that field of a span.
local function mentions(option, text, name)
  for _, tree in ipairs(trees[option](text)) do
    local found = mistakes.visit(tree, function(node)
      return is_field(node, name) or nil
    end)
    if found then
      return true
    end
  end
  return false
end

-- asked_word(option, text): the first word that wants spans that an expression about events
-- asks for, or nil.
local function asked_word(option, text)
  for _, tree in ipairs(trees[option](text)) do
    local word = expr.word_in(tree)
    if word then
      return word
    end
  end
end

return { of = of, spans = spans, least_dur = least_dur,
  event_field = event_field, mentions = mentions, asked_word = asked_word }
