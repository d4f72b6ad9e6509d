-- report.lua: what of a rule does not hold, for people and for programs.
--
-- A finding is { line = where the rule stands, rule =, found = in words, count =, things = a
-- few of those that it is about }.
local format = require "gotrace.printing.format"

local SHOWN = 5 -- things of a rule
local FRAMES = 8 -- of a stack

-- "1.2ms to 4.5ms (3.3ms)".
local function when(thing)
  local from = format.duration(thing.from)
  if thing.from == thing.to then
    return "at " .. from
  end
  return ("%s to %s (%s)"):format(from,
    thing.open and "the end" or format.duration(thing.to),
    format.duration(thing.to - thing.from))
end

local function who(thing)
  local func = thing.func and thing.func ~= "" and " " .. thing.func or ""
  return thing.g and ("G%d%s"):format(thing.g, func) or "no goroutine"
end

local function stack_lines(thing, put)
  local stack = thing.stack
  for i = 1, math.min(stack and #stack or 0, FRAMES) do
    put("      " .. tostring(stack[i]))
  end
  if stack and #stack > FRAMES then
    put(("      ... and %d more"):format(#stack - FRAMES))
  end
end

local forms = {}

function forms.text(finding, put)
  put(("%s: %s: %s"):format(finding.line, finding.rule, finding.found))
  local last -- equal stacks are one object
  for _, thing in ipairs(finding.things) do
    put(("  %s  %s  %s"):format(when(thing), thing.name, who(thing)))
    if thing.stack ~= last then
      stack_lines(thing, put)
    end
    last = thing.stack
  end
  local more = finding.count - #finding.things
  if more > 0 then
    put(("  ... and %d more"):format(more))
  end
end

-- The fields of a thing for programs.
local function fields_of(thing)
  return { from = thing.from, to = thing.to, g = thing.g, name = thing.name,
    func = thing.func, stack = thing.stack, open = thing.open }
end

function forms.json(finding, put)
  local things = {}
  for i, thing in ipairs(finding.things) do
    things[i] = fields_of(thing)
  end
  put { line = finding.line, rule = finding.rule, found = finding.found,
    count = finding.count, things = things }
end

-- A row a thing, or one where there is none.
function forms.csv(finding, put)
  for i = 1, math.max(1, #finding.things) do
    local thing = finding.things[i] or {}
    put(finding.line, finding.rule, finding.found, thing.from or "",
      thing.to or "", thing.g or "", thing.name or "", thing.func or "",
      thing.stack or "")
  end
end

local CSV_HEAD = { "line", "rule", "found", "from", "to", "g", "name", "func",
  "stack" }

-- print_all(findings, style, put): in the style of -F, by a script's print.
local function print_all(findings, style, put)
  if style == "csv" then
    put(unpack(CSV_HEAD))
  end
  for _, finding in ipairs(findings) do
    forms[style](finding, put)
  end
end

-- few(list): the first of a list of things.
local function few(list)
  local first = {}
  for i = 1, math.min(SHOWN, #list) do
    first[i] = list[i]
  end
  return first
end

return { print_all = print_all, few = few, SHOWN = SHOWN }
