-- cases: what is measured. A case is { name, input, words of the command before
-- the trace, goal = (how many times as fast as Go's reader, with `summary` and
-- Summarizer), or ns = of CPU for an event at most }; OUT is a file that may be written.
-- With `beside`, words of another command of ours, this takes the place of Go's reader;
-- `spans`: goal = how many spans a second, of those that it prints.
local function counter(hook, head)
  return ([[%s local n = 0 function on.%s(ev) n = n + 1 end
    function on.finish() print(n) end]]):format(head or "", hook)
end

local ANY = { "-e", counter "any" }
local READ_STACKS = [[
local n = 0
function on.any(ev) if ev.stack.leaf and ev.stack.leaf.func ~= "" then n = n + #ev.stack end end
function on.finish() print(n) end]]
local READ_STRINGS = [[
local n = 0
function on.UserLog(ev) n = n + #ev.key + #ev.value end
function on.UserRegionBegin(ev) n = n + #ev.name end
function on.GoBlock(ev) if ev.reason == "sync" then n = n + 1 end end
function on.finish() print(n) end]]
-- Three scripts: one drops, one reads fields, one counts what is left.
local PIPED = {
  "-e", [[function on.GCSweepBegin() return false end function on.GCSweepEnd() return false end]],
  "-e", [[local ends = 0 function on.any(ev) ends = math.max(ends, ev.time) end function on.finish() print(ends) end]],
  "-e", [[local by = count("n", "type") function on.any(ev) by:add(ev.type) end]],
}

-- What changes what happened. Goroutine 816 of these recordings is one of a thousand.
local function script(code)
  return { "-q", "-o", "/dev/null", "-e", code }
end
local DROP_ONE = script "function on.any(ev) if ev.g == 816 then return false end end"
local HIDE = script "function on.begin() trace.hide(816) end function on.any() end"
local KEEP = { "-q", "-o", "/dev/null", "keep", "--goroutine=816" }
local RANDOM = script "function on.any() if math.random() < 0.1 then return false end end"
local EDIT_LOGS = script "function on.UserLog(ev) ev.value = 'x' end"
local FIELD = { "-q", "-o", "/dev/null", "-f", "g ~= 816" }
local FREE_FIELD = { "-q", "-o", "/dev/null", "-f", "type ~= 'UserLog' or value ~= 'x'" }

-- What an export adds to reading is measured beside this: of pprof at most 1.3 times the
-- time, of the others so many spans a second; of all 64 MiB at most.
local STATES = { "-e", counter "state" }
local SPANS = { "-e", counter "anyspan" }
local PPROF_GOAL, SPANS_GOAL = 1 / 1.3, 1e6

local function pprof(kind)
  return { "pprof-" .. kind, "v2", { "-o", "OUT", "pprof", "--kind=" .. kind }, beside = STATES, goal = PPROF_GOAL }
end

local function export(name, input, words, goal)
  return { name, input, { "-o", "OUT", unpack(words) }, beside = SPANS, spans = true, goal = goal }
end

-- Of a program that has a million events a second top takes 5 % of a core.
local TOP_NS = 50

local FIELDS = "time,type,g"

local cases = {
  { "count-thread", "v2", { "-e", counter("GoCreate", [[order = "thread"]]) }, goal = 40 },
  { "rare", "v2", { "-e", counter "GCBegin" }, goal = 10 },
  { "any", "v2", ANY, goal = 8 },
  { "rewrite", "v2", { "-q", "-o", "/dev/null" }, goal = 5 },
  { "rewrite-file", "v2", { "-q", "-o", "OUT" }, goal = 5 },
  { "rewrite-strings", "v2", { "-q", "-o", "OUT", "-e", "function on.string(s) end" } },
  { "anonymize", "v2", { "-q", "-o", "OUT", "anonymize" } },
  { "rewrite-any", "v2", { "-q", "-o", "/dev/null", unpack(ANY) }, goal = 6 },
  { "drop-log", "v2", { "-q", "-o", "/dev/null", "drop", "--types=UserLog" }, goal = 10 },
  { "drop-one", "v2", DROP_ONE, goal = 4 },
  { "hide", "v2", HIDE, goal = 4 },
  { "keep", "v2", KEEP, goal = 4 },
  { "drop-random", "v2", RANDOM, goal = 2 },
  { "edit-logs", "v2", EDIT_LOGS, goal = 4 },
  { "filter-field", "v2", FIELD, goal = 4 },
  { "filter-log", "v2", FREE_FIELD, goal = 4 },
  { "v1-1.15", "v1-1.15", ANY, goal = 10 },
  { "v1-1.21", "v1-1.21", ANY, goal = 10 },
  { "cat", "v2-10", { "cat" }, goal = 2 },
  { "print", "v2-10", { "-p", FIELDS }, goal = 3 },
  { "print-csv", "v2-10", { "-F", "csv", "-p", FIELDS } },
  { "print-json", "v2-10", { "-F", "json", "-p", FIELDS } },
  { "states", "v2", STATES, goal = 6, summary = true },
  { "goroutines", "v2", { "goroutines" }, goal = 3, summary = true },
  { "overview", "v2", { "overview" }, summary = true },
  { "top", "v2", { "top", "--once" }, ns = TOP_NS, summary = true },
  { "goroutines-live", "goroutines-100000", { "goroutines" }, goal = 3, summary = true },
  pprof "block",
  pprof "sync",
  pprof "sched",
  export("perfetto", "v2", { "perfetto" }, SPANS_GOAL),
  export("perfetto-all", "v2", { "perfetto", "--all" }, SPANS_GOAL),
  export("sqlite", "v2", { "sqlite" }, SPANS_GOAL),
  export("chrome", "v2-10", { "chrome" }),
  { "stacks", "v2", { "-e", READ_STACKS } },
  { "strings", "v2", { "-e", READ_STRINGS } },
  { "piped", "v2", PIPED },
  { "gzip", "gzip", ANY },
  { "generations", "generations", ANY },
  { "wide-strings", "strings", ANY },
  { "wide-strings-rewrite", "strings", { "-q", "-o", "/dev/null" } },
  { "size-1", "v2-1", ANY },
  { "size-10", "v2-10", ANY },
  { "size-20", "v2-20", ANY },
  { "size-400", "v2-400", ANY },
  { "goroutines-10", "goroutines-10", ANY },
  { "goroutines-100000", "goroutines-100000", ANY },
  { "procs-1", "procs-1", ANY },
  { "procs-64", "procs-64", ANY },
}

-- The same on other shapes, as NAME@SHAPE, with what their goals are there: false where there is
-- none but for what the case has on its own shape. Nothing is tuned to one of them alone.
local NO_GOAL = false
local READING = { rare = NO_GOAL, any = NO_GOAL, rewrite = NO_GOAL, ["rewrite-any"] = NO_GOAL,
  ["drop-random"] = NO_GOAL, cat = 2, print = 3 }
local shapes = {
  { "one", {
    ["count-thread"] = 40, rare = 10, any = 8, rewrite = 5, ["rewrite-any"] = 6, ["drop-log"] = 8, ["drop-one"] = 4,
    hide = 4, keep = 4, ["drop-random"] = 2, ["edit-logs"] = 4, ["filter-field"] = 4, ["filter-log"] = 4,
    ["rewrite-file"] = 5,
    ["rewrite-strings"] = NO_GOAL, anonymize = NO_GOAL, states = 6, goroutines = 3, overview = NO_GOAL,
    stacks = NO_GOAL,
    strings = NO_GOAL, piped = NO_GOAL,
  } },
  { "short", {
    ["pprof-block"] = PPROF_GOAL, ["pprof-sync"] = PPROF_GOAL, ["pprof-sched"] = PPROF_GOAL, perfetto = SPANS_GOAL,
    ["perfetto-all"] = SPANS_GOAL, sqlite = SPANS_GOAL, chrome = NO_GOAL,
  }, READING },
  { "idle", {}, READING },
  { "syscalls", {}, READING },
  { "annotations", { ["print-csv"] = NO_GOAL, ["print-json"] = NO_GOAL }, READING },
  { "many-stacks", {}, READING },
}

local function on_shape(case, shape, goal)
  local other = {}
  for key, value in pairs(case) do
    other[key] = value
  end
  other[1], other[2], other.goal, other.shape = case[1] .. "@" .. shape, shape, goal or nil, shape
  return other
end

local function add_shapes()
  local on_own = { unpack(cases) }
  for _, shape in ipairs(shapes) do
    for _, case in ipairs(on_own) do
      local goal = shape[2][case[1]]
      if goal == nil and shape[3] then
        goal = shape[3][case[1]]
      end
      if goal ~= nil then
        cases[#cases + 1] = on_shape(case, shape[1], goal)
      end
    end
  end
end
add_shapes()

-- Cases between which the time for an event may differ by this factor; `over`: by which it
-- may be more than that of this one. size-20 has 1000 goroutines and 4 Ps.
local MOST_SPREAD = 1.5
local MOST_FOR_FORM = 1.5 -- of what -p takes in text
local MOST_FOR_SHARING = 1.3 -- of what a rewrite costs that asks a script for each string
local series = {
  { name = "size", goal = MOST_SPREAD, "size-1", "size-10", "any", "size-400" },
  { name = "goroutines", goal = MOST_SPREAD, "goroutines-10", "size-20", "goroutines-100000" },
  { name = "procs", goal = MOST_SPREAD, "procs-1", "size-20", "procs-64" },
  { name = "forms", goal = MOST_FOR_FORM, over = "print", "print", "print-csv", "print-json" },
  { name = "anonymize", goal = MOST_FOR_SHARING, "rewrite-strings", "anonymize" },
  { name = "spans", goal = MOST_SPREAD, over = "states", "states", "goroutines", "overview" },
}

return { cases = cases, series = series }
