-- explain.lua: --explain: how a run will be executed, and why: its plan, printed.
local errors = require "gotrace.base.errors"
local paths = require "gotrace.engine.paths"
local planning = require "gotrace.run.plan"
local spec = require "gotrace.engine.event_table"

local SHOWN = 5 -- types, by name

-- The types for which is(id) holds: how many, and the names of a few.
local function listed(is)
  local found = {}
  for _, name in ipairs(spec.names) do
    found[#found + 1] = is(spec.by_name[name].id) and name or nil
  end
  local some = table.concat(found, ", ", 1, math.min(#found, SHOWN))
  return #found, #found > SHOWN and some .. " ..." or some
end

local function types(plan)
  if plan.writes then
    return "all: -o writes them"
  end
  local n, some = listed(function(id)
    return plan.handlers[id]
  end)
  if n == 0 then
    return "none: nobody asks for an event"
  elseif n == #spec.names then
    return "all of them are asked for"
  end
  return ("%d of %d: %s"):format(n, #spec.names, some)
end

local filled = { all = "all", count = "type, time, number and offset" }

local function output(plan, chosen)
  local why, export = plan.why.left_out, chosen.export
  if export then
    return ("%s, of %s; no trace"):format(export.name, export.stage.name)
  elseif not plan.writes then
    return why
  elseif plan.watched and not plan.left_out then
    return "copied up to the first change, rewritten from there: " .. why
  elseif not plan.left_out then
    return "rewritten, not copied: " .. why
  end
  local n, some = listed(function(id)
    return plan.left_out[id] ~= 0
  end)
  return "copied, where it is of Go 1.22 or later and not damaged: " ..
    (n == 0 and "nothing is changed" or "all that is left out is " .. some)
end

local function places(wall)
  local seen, list = {}, {}
  for _, place in ipairs(wall) do
    if place ~= "" and not seen[place] then
      seen[place] = true
      list[#list + 1] = place
    end
  end
  return table.concat(list, ", ")
end

local function landlock(wall)
  if not wall then
    return "off: --unsafe"
  elseif wall.abi == 0 then
    return "off: " .. wall.landlock
  end
  local writes = { nothing = "writes no file", files = "writes only ",
    folders = "writes only below " }
  return ("ABI %d, %s%s"):format(wall.abi, writes[wall.writes], places(wall))
end

local opening = {
  nothing = "opens files for reading only",
  files = "makes, renames and removes no file",
  folders = "makes files where Landlock lets it",
}

local function seccomp(wall)
  if not wall then
    return "off: --unsafe"
  elseif not wall.filtered then
    return "off: " .. wall.seccomp
  end
  return "on, starts no process, has no network, " .. opening[wall.writes]
end

local function passes(plan, stages)
  local why = {}
  why[#why + 1] = plan.names and plan.why.names .. ", which a first pass " ..
    "looks for where the trace can be read twice" or nil
  why[#why + 1] = plan.runs and plan.why.runs .. ", for which one looks " ..
    "for when goroutines run" or nil
  for _, stage in ipairs(stages) do
    if stage.scan and next(stage.scan) then
      why[#why + 1] = stage.name .. " has scan hooks"
    end
  end
  return ("%d"):format(#why + 1) .. (#why > 0 and ": " or "") ..
    table.concat(why, "; ")
end

-- explain(stages, chosen): on stderr, as what is printed is the scripts'.
local function explain(stages, chosen)
  local plan = planning.make(stages, chosen)
  local rows = {
    { "order", ("%s: %s"):format(plan.order, plan.why.order) },
    { "types", types(plan) },
    { "passes", passes(plan, stages) },
    { "fields", ("%s: %s"):format(filled[plan.fields], plan.why.fields) },
    { "threads", plan.why.threads },
    { "paths", paths.asked() or "all that pay" },
    { "output", output(plan, chosen) },
    { "landlock", landlock(chosen.wall) },
    { "seccomp", seccomp(chosen.wall) },
  }
  for _, row in ipairs(rows) do
    errors.warn("%s: %s", row[1], row[2])
  end
end

return explain
