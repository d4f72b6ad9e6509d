-- explain.lua: --explain: how a run will be executed, and why. What decides is
-- asked where it is decided; here are only the sentences.
local errors = require "gotrace.base.errors"
local pipeline = require "gotrace.script.pipeline"

local function cuts(chosen)
  return chosen.from or chosen.to
end

local function order(stages, chosen)
  if chosen.output then
    return "full: -o writes what happened in its order"
  elseif cuts(chosen) then
    return "full: --from and --to cut at a time"
  end
  return ("%s: %s"):format(pipeline.order(stages))
end

local threads_asked = {
  ["1"] = "one: GOTRACE_THREADS says so",
  ["2"] = "two: GOTRACE_THREADS says so",
}

local function threads()
  return threads_asked[os.getenv "GOTRACE_THREADS" or ""] or
    "one, and a second where the trace is long and a CPU is free"
end

local function output(stages, chosen)
  if not chosen.output then
    return "no trace is written"
  elseif cuts(chosen) then
    return "rewritten: --from and --to cut it"
  elseif pipeline.drops(stages) then
    return "copied where nothing is dropped: no hook looks at an event"
  end
  return "rewritten: hooks, -f or -p look at events"
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

-- explain(stages, chosen): on stderr, as what is printed is the scripts'.
local function explain(stages, chosen)
  local rows = {
    { "order", order(stages, chosen) },
    { "threads", threads() },
    { "output", output(stages, chosen) },
    { "landlock", landlock(chosen.wall) },
    { "seccomp", seccomp(chosen.wall) },
  }
  for _, row in ipairs(rows) do
    errors.warn("%s: %s", row[1], row[2])
  end
end

return explain
