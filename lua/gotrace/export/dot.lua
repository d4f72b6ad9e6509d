-- dot.lua: export.dot: a graph for Graphviz: how often, and for how long in all, something
-- leads from one to another.
local file = require "gotrace.export.file"
local format = require "gotrace.base.value"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local value = require "gotrace.export.value"

local methods = {}

local new, of = proxy.class("graph", "edges are added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('a graph has no "%s": it has add'):format(
      tostring(name)), 2)
  end,
})

-- add(from, to, ns, kind): once more; ns: for how long, nil: for none; kind: what the edge
-- is, nil: one of a kind.
function methods.add(object, from, to, ns, kind, ...)
  local self = of[object] or value.refuse "call it with a colon: graph:add()"
  local a, b = value.text(from), value.text(to)
  local word = kind ~= nil and value.text(kind) or ""
  local key = ("%d:%s%d:%s%s"):format(#a, a, #b, b, word)
  local edge = self.at[key]
  if not edge then
    edge = { from = a, to = b, kind = word, count = 0, ns = 0,
      number = #self.edges }
    self.at[key], self.edges[#self.edges + 1] = edge, edge
  end
  edge.count, edge.ns = edge.count + 1, edge.ns + value.number(ns or 0)
end

-- make(spec): spec: { name =, top = how many edges are shown at most, nil: all }.
local function make(spec)
  return new { at = {}, edges = {}, name = value.text(spec.name or "gotrace"),
    top = spec.top and value.number(spec.top) }
end

-- In a string of DOT a backslash begins an escape.
local function quoted(text)
  return '"' .. printable.line(text):gsub('["\\]', "\\%0") .. '"'
end

local function is_before(a, b)
  if a.ns ~= b.ns or a.count ~= b.count then
    return a.ns > b.ns or a.ns == b.ns and a.count > b.count
  end
  return a.number < b.number
end

local function label_of(edge)
  local words = { edge.kind ~= "" and edge.kind or nil }
  words[#words + 1] = format.number(edge.count) .. "x"
  words[#words + 1] = edge.ns ~= 0 and format.duration(edge.ns) or nil
  return table.concat(words, " ")
end

local function finish(object)
  local self = of[object]
  table.sort(self.edges, is_before)
  file.put("digraph " .. quoted(self.name) .. " {\n" ..
    "  rankdir=LR;\n  node [shape=box];\n")
  for i = 1, math.min(#self.edges, self.top or math.huge) do
    local edge = self.edges[i]
    file.put(("  %s -> %s [label=%s%s];\n"):format(quoted(edge.from),
      quoted(edge.to), quoted(label_of(edge)),
      edge.ns == 0 and ", style=dashed" or ""))
  end
  file.put "}\n"
end

return { make = make, end_trace = function() end, finish = finish,
  adds = true, is_text = true }
