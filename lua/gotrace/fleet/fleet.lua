-- fleet.lua: runs of several processes (-j), and such as leave a partial result
-- (--partial-out): what the command line asks of the processes, and where a run cannot be
-- shared among them.
local collected = require "gotrace.fleet.collected"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local output = require "gotrace.sandbox.output"
local parallel = require "gotrace.fleet.parallel"
local partials = require "gotrace.run.partials"
local pipeline = require "gotrace.script.pipeline"
local worker = require "gotrace.fleet.worker"

local MOST = 256 -- processes (workers.h)

local function check(chosen)
  local n = chosen.jobs
  if n and (n < 1 or n > MOST) then
    errors.usage("-j wants a number of processes from 1 to %d, not %d", MOST, n)
  elseif chosen.partial_out and chosen.output then
    errors.usage "--partial-out is about what a run finds, -o about a trace"
  end
end

-- start(chosen, has_urls): makes the processes, before the wall stands. chosen.fleet is { n }
-- then, with is_worker in one of them; nil: none is wanted. What is fetched (has_urls) comes
-- one by one.
local function start(chosen, has_urls)
  check(chosen)
  if has_urls and chosen.partial_out then
    errors.usage "--partial-out is about files: keep an URL's trace by --save"
  elseif has_urls then
    return
  end
  local n = chosen.partial_out and (chosen.jobs or 1) or chosen.jobs or 0
  local is_run = not (chosen.help or chosen.check or chosen.output or
    chosen.verify or chosen.version or chosen.list or chosen.list_events or
    chosen.starter)
  if not is_run or n < (chosen.partial_out and 1 or 2) then
    return
  end
  output.remember_terminal()
  local ok, own = pcall(host.start_workers, n)
  if not ok then
    errors.usage("-j %d: %s", n, own)
  end
  chosen.fleet = { n = n, is_worker = own ~= nil }
  if chosen.fleet.is_worker then
    worker.begin()
  end
end

-- Why the traces are to be read in their order, by one process; nil: they need not be.
local function why_in_order(stages)
  for _, stage in ipairs(stages) do
    local is_merged = partials.functions_of(stage) ~= nil
    if stage.uses_shared then
      return ("%s keeps things in shared from trace to trace"):format(
        stage.name)
    elseif not is_merged and pipeline.any_has({ stage }, "done") then
      return ("%s has on.done, and no partial() and merge(a, b) for it")
        :format(stage.name)
    end
  end
end

local function check_names(paths)
  local seen = {}
  for _, path in ipairs(paths) do
    if seen[path] then
      errors.usage("--partial-out: %s is given twice, and would count twice",
        path)
    end
    seen[path] = true
  end
end

local function has_stdin(paths)
  for _, path in ipairs(paths) do
    if path == "-" then
      return true
    end
  end
  return false
end

local function part_reader(stages, chosen, paths)
  local why = why_in_order(stages) or chosen.export and
    ("%s writes %s"):format(chosen.export.stage.name, chosen.export.name)
  if why then
    errors.usage("no partial result can be made: %s", why)
  end
  check_names(paths)
  local found = collected.new(stages, chosen)
  return parallel.reader(chosen.fleet.n, collected.sink(found,
    chosen.partial_out), function(number)
      return paths[number]
    end)
end

-- reader(stages, chosen, paths): what run.lua calls to read them; nil: it reads them itself.
local function reader(stages, chosen, paths)
  if not chosen.fleet then
    return nil
  elseif chosen.fleet.is_worker then
    return worker.read
  elseif chosen.partial_out then
    return part_reader(stages, chosen, paths)
  elseif #paths < 2 or has_stdin(paths) or chosen.export or
    why_in_order(stages) then
    host.end_workers()
    return nil
  end
  return parallel.reader(chosen.fleet.n)
end

-- explain(stages, chosen): a line of --explain, where several processes are asked for.
local function explain(stages, chosen)
  local why = why_in_order(stages)
  if chosen.fleet and why then
    errors.warn("traces: one by one: %s", why)
  elseif chosen.fleet then
    errors.warn("traces: in %d processes, as long as no hook reads or sets " ..
      "a table of the main chunk", chosen.fleet.n)
  end
end

return { start = start, reader = reader, explain = explain }
