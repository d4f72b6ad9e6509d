-- folded.lua: export.folded: stacks from root to leaf and a number, a line each, as flame
-- graphs take them. Sorted, so that two of them can be compared.
local file = require "gotrace.export.file"
local format = require "gotrace.base.value"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local samples = require "gotrace.export.profile.samples"
local value = require "gotrace.export.value"

local methods = {}

local new, of = proxy.class("folded", "samples are added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('folded stacks have no "%s": they have ' ..
      "add and add_span"):format(tostring(name)), 2)
  end,
})

local function self_of(object, name)
  return of[object] or
    value.refuse("call it with a colon: folded:%s()", name)
end

-- add(stack, value, leaf): leaf: what stands behind the stack, in brackets; nil: nothing.
function methods.add(object, stack, amount, leaf, ...)
  local self = self_of(object, "add")
  local set = leaf ~= nil and samples.of_list(self.samples,
    { { key = "leaf", value = value.text(leaf) } }) or 0
  samples.add(self.samples, value.stack(stack), set,
    value.number(amount or 1), 0)
end

-- add_span(s): how long it was, at its stack, behind which the reason stands, or the state.
function methods.add_span(object, s, ...)
  local self = self_of(object, "add_span")
  samples.add_span(self.samples, value.span(s).s, self.rule)
end

local LABELS = { state = true, reason = true }

-- make(spec): spec: as value.span_spec, but for labels.
local function make(spec)
  local of_spans = value.span_spec(spec)
  of_spans.labels = LABELS
  return new { samples = samples.new(), rule = samples.rule(1, of_spans) }
end

local function end_trace(object)
  samples.end_trace(of[object].samples, LABELS)
end

-- The state is said where there is no reason.
local function leaf_of(list)
  local by = {}
  for _, label in ipairs(list) do
    by[label.key] = label.value
  end
  return by.leaf or by.reason or by.state
end

local function line_of(stack, list)
  local frames, leaf = value.folded(stack), leaf_of(list)
  if leaf then
    leaf = "[" .. leaf:gsub("[;%c]", "_") .. "]"
    frames = frames == "" and leaf or frames .. ";" .. leaf
  end
  return printable.line(frames == "" and "[no stack]" or frames)
end

local function finish(object)
  local sums, lines = {}, {}
  for stack, list, sum in samples.each(samples.settled(of[object].samples)) do
    local line = line_of(stack, list)
    if not sums[line] then
      lines[#lines + 1] = line
    end
    sums[line] = (sums[line] or 0) + sum
  end
  table.sort(lines)
  for _, line in ipairs(lines) do
    file.put(line .. " " .. format.number(sums[line]) .. "\n")
  end
end

return { make = make, end_trace = end_trace, finish = finish, adds = true,
  is_text = true }
