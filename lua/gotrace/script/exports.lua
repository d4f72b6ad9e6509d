-- exports.lua: `export` as scripts have it: what they write that is no trace.
--
-- A script says what -o is, writes = "pprof", and makes it at its top: export.pprof {}. It
-- is one object for all traces, as tables are.
local lazy = require("gotrace.base.lazy").of
local proxy = require "gotrace.base.proxy"
local suggest = require "gotrace.base.suggest"

-- Each has make(spec) for the object, end_trace(object, trace), finish(object), which puts
-- what is not yet in the file there, and perhaps begin_trace(object, trace) and
-- see_clock(object, time, seconds, ns), see_generation(object, gen): one begins; open(object,
-- path) and close(object), if it has files of its own, begin_reading(object, handle), and
-- renew(object, spec): what was made for another trace is asked for again.
-- `adds`: several traces are one file; `aligns`: they are if --align puts them on one clock;
-- `is_text`: a terminal may show it; `packed`: it is
-- always packed with gzip.
local rows = lazy "gotrace.export.rows"
local formats = {
  chrome = lazy "gotrace.export.chrome",
  csv = function()
    return rows().csv
  end,
  dot = lazy "gotrace.export.dot",
  firefox = lazy "gotrace.export.profile.firefox",
  folded = lazy "gotrace.export.profile.folded",
  ndjson = function()
    return rows().ndjson
  end,
  otlp = lazy "gotrace.export.otlp",
  perfetto = lazy "gotrace.export.perfetto",
  pprof = lazy "gotrace.export.profile.pprof",
  recording = lazy "gotrace.export.recording",
  report = lazy "gotrace.export.report",
  speedscope = lazy "gotrace.export.profile.speedscope",
  sqlite = lazy "gotrace.export.sqlite.sqlite",
}

local ADVICE = "it has a function for each format"

-- problem(name): what is wrong with a format's name; nil: nothing.
local function problem(name)
  if type(name) == "string" and formats[name] then
    return nil
  end
  local list = proxy.sorted_keys(formats)
  local hint = type(name) == "string" and suggest.hint(name, list) or ""
  return ("writes is one of %s%s"):format(table.concat(list, ", "), hint)
end

local function refusal(stage, name)
  if stage.writes ~= name then
    return ('export.%s: say writes = "%s" before, at the top of the script')
      :format(name, name)
  elseif stage.loaded then
    return ("export.%s: make it at the top of the script, not in a hook")
      :format(name)
  elseif stage.is_export_made then
    return ("export.%s: a run writes one file, and it is made already")
      :format(name)
  end
end

-- What the object has to see of each trace; hook(name, fn, is_last) adds a hook.
local function watch(export, hook)
  local format, object = export.format, export.object
  if format.see_clock then
    hook("generation", function(gen)
      format.see_clock(object, gen.time, gen:wall())
    end)
  end
  if format.see_generation then
    hook("generation", function(gen)
      format.see_generation(object, gen)
    end)
  end
  if format.begin_trace then
    hook("begin", function(trace)
      format.begin_trace(object, trace)
    end)
  end
  hook("finish", function(trace)
    format.end_trace(object, trace)
  end, true)
end

local function constructor(stage, name, hook)
  return function(spec)
    local wrong = refusal(stage, name)
    if wrong then
      error(wrong, 2)
    elseif spec ~= nil and type(spec) ~= "table" then
      error(("export.%s wants a table, not %s"):format(name,
        proxy.kind(spec)), 2)
    end
    local format = formats[name]()
    stage.is_export_made = true
    if stage.export and format.renew then
      format.renew(stage.export.object, spec or {})
    end
    stage.export = stage.export or { name = name, format = format,
      object = format.make(spec or {}) }
    watch(stage.export, hook)
    return stage.export.object
  end
end

-- library(stage, hook): `export` for a script. The stage's `export` is what it made:
-- { name, format, object }.
local function library(stage, hook)
  local made = {}
  local new = proxy.class("export", ADVICE, {
    __index = function(_, name)
      if not formats[name] then
        error(("there is no export.%s: %s"):format(tostring(name),
          problem(name)), 2)
      end
      made[name] = made[name] or constructor(stage, name, hook)
      return made[name]
    end,
    __pairs = function()
      return proxy.pairs_of {}
    end,
  })
  return new {}
end

return { library = library, problem = problem }
