-- exporting.lua: what a run writes instead of a trace, when a script says what that is.
local errors = require "gotrace.base.errors"
local file = require "gotrace.export.file"
local output = require "gotrace.sandbox.output"
local value = require "gotrace.base.value"

-- of(stages): what one of the scripts writes, { stage, name, format, object }; nil: none
-- does.
local function of(stages)
  local found
  for _, stage in ipairs(stages) do
    if stage.writes and found then
      errors.usage("%s writes %s and %s writes %s: a run has one output",
        found.stage.name, found.name, stage.name, stage.writes)
    elseif stage.writes and not stage.export then
      errors.usage('%s says writes = "%s" and makes none: export.%s {}',
        stage.name, stage.writes, stage.writes)
    elseif stage.writes then
      found = { stage = stage, name = stage.writes,
        format = stage.export.format, object = stage.export.object }
    end
  end
  return found
end

-- check_traces(export, n, repeats, aligned): whether so many traces can be in one file, or as
-- many as come. aligned: they are by one clock.
local function check_traces(export, n, repeats, aligned)
  if n > 1 and export.format.aligns and not aligned then
    errors.usage("%s is about one trace: there are %d here, which " ..
      "--align=wall puts on one clock", export.name, n)
  elseif n > 1 and not (export.format.adds or export.format.aligns) then
    errors.usage("%s is about one trace: there are %d here", export.name, n)
  elseif repeats and not export.format.adds then
    errors.usage("%s is about one trace, and --repeat asks for several",
      export.name)
  end
end

-- open(export, path, quiet): path: of -o.
local function open(export, path, quiet)
  if export.format.open then
    return export.format.open(export.object, path, quiet)
  end
  file.open(path, export.format.packed or path:find "%.gz$" ~= nil)
end

-- begin_reading(export, handle): the engine's, of a trace that is open; export may be nil.
local function begin_reading(export, handle)
  if export and export.format.begin_reading then
    export.format.begin_reading(export.object, handle)
  end
end

local function abandon(is_told)
  if file.abandon() and is_told then
    errors.warn("%s: interrupted, nothing is written", file.shown())
  end
end

-- What opens a format.
local opens = {
  chrome = "chrome://tracing and https://ui.perfetto.dev open it",
  csv = "spreadsheets and databases read it",
  dot = "Graphviz draws it: dot -Tsvg -O %s",
  firefox = "https://profiler.firefox.com opens it",
  folded = "flamegraph.pl, inferno and https://www.speedscope.app draw it",
  ndjson = "jq reads it, a line each",
  otlp = "a collector's otlpjsonfile receiver reads it",
  perfetto = "https://ui.perfetto.dev opens it",
  pprof = "go tool pprof -http=: %s shows it",
  report = "a browser opens it",
  speedscope = "https://www.speedscope.app opens it",
  sqlite = "sqlite3 %s asks it",
}

-- Says what has been written, if it is a file.
local function tell(export, size)
  local how = opens[export.name]
  if size and how then
    errors.warn("%s: %s written; %s", file.shown(), value.bytes(size),
      (how:gsub("%%s", (file.shown():gsub("%%", "%%%%")))))
  end
end

-- finish(run, export): all is read: the file takes its place, unless the run was told to
-- end, or no trace could be read.
local function finish(run, export)
  if export.format.open then
    return export.format.finish(export.object, run.options.quiet)
  elseif run.interrupted or run.opened == 0 then
    return abandon(run.interrupted and not run.options.quiet)
  end
  output.flush()
  export.format.finish(export.object)
  local size = file.commit()
  if not run.options.quiet then
    tell(export, size)
  end
end

return { of = of, check_traces = check_traces, open = open,
  begin_reading = begin_reading, finish = finish, abandon = abandon }
