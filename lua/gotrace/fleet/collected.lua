-- collected.lua: what a run found, or what several did, as files of partial results have it.
-- It is in an order of its own, so that it is the same whatever was put to what first:
--
--   { run = { checksum, length } (identity.lua), shown, style, heads, scripts: whether
--     scripts put values together themselves, partials: of each stage, or false,
--     tables: { { how it is made, what is in it }, ... } (tables/packed.lua),
--     traces: { { file, texts, failures, own tables, status, how many could be opened, how
--     many stood in the file }, ... } by file,
--     flags: { changed, hides, inserts }, align: seconds from 1970 to the midnight that times
--     are since, or false }
--
-- Texts are what was printed, and { head } where a head of CSV may be wanted.
local agg = require "gotrace.tables.agg"
local changes = require "gotrace.event.edits"
local errors = require "gotrace.base.errors"
local event_row = require "gotrace.printing.event_row"
local failures = require "gotrace.trace.failures"
local identity = require "gotrace.fleet.identity"
local insert = require "gotrace.synthesis.insert"
local object = require "gotrace.tables.object"
local output = require "gotrace.sandbox.output"
local packed = require "gotrace.tables.packed"
local part = require "gotrace.fleet.part"
local packing = require "gotrace.base.packing"
local partials = require "gotrace.run.partials"
local printable = require "gotrace.base.printable"
local printed = require "gotrace.printing.printed"
local proxy = require "gotrace.base.proxy"
local wall_clock = require "gotrace.base.wall_clock"

local function put_text(task, text)
  local texts = task.texts or {}
  task.texts = texts
  if type(text) == "string" and type(texts[#texts]) == "string" then
    texts[#texts] = texts[#texts] .. text
  else
    texts[#texts + 1] = text
  end
end

-- Whether a script puts together by itself what it found.
local function has_scripts(stages)
  for _, stage in ipairs(stages) do
    if partials.functions_of(stage) then
      return true
    end
  end
  return false
end

local function heads_of(stages)
  local heads = {}
  for _, stage in ipairs(stages) do
    heads[#heads + 1] = stage.head
  end
  return heads
end

-- new(stages, chosen): of a run that has read nothing yet.
local function new(stages, chosen)
  return { run = identity.of(stages, chosen), shown = identity.shown(stages),
    style = event_row.style(), heads = heads_of(stages),
    scripts = has_scripts(stages), traces = {}, flags = {},
    align = wall_clock.state.base or false }
end

local function tables_of(n)
  local list = {}
  for i = 1, n do
    local one = object.all()[i]
    list[i] = { packed.describe(one), packed.pack(one) }
  end
  return list
end

local function partials_of(stages)
  local list = {}
  for i, stage in ipairs(stages) do
    list[i] = stage.partial or false
  end
  return list
end

local function flags()
  return { changes.list.lost or false, changes.list.hides or false,
    insert.state.lost or false }
end

-- In the order of the files' names.
local function sorted(traces)
  local list = {}
  for i, file in ipairs(proxy.sorted_keys(traces)) do
    list[i] = traces[file]
  end
  return list
end

-- write(found, path, n, partial): the file: n: how many tables add up; partial: of each stage.
local function write(found, path, n, partial)
  part.write(path, { run = found.run, shown = found.shown,
    style = found.style, heads = found.heads, scripts = found.scripts,
    partials = partial, tables = tables_of(n), flags = flags(),
    traces = sorted(found.traces), align = found.align })
end

-- sink(found, path): where texts of a parallel run go (parallel.lua): into the file.
local function sink(found, path)
  local to = { put = put_text }
  function to.head(task, head)
    put_text(task, { head })
  end
  function to.warn(_, text)
    errors.put_warning(text)
  end
  function to.own(task, own)
    task.own = task.own or {}
    table.insert(task.own, own)
  end
  function to.done(all, task)
    local result = task.result
    local file = all.paths[task.number]
    found.traces[file] = { file, task.texts or {}, task.failures,
      task.own or {}, result.status or errors.status.damaged,
      result.opened or 0, 1 + (result.more or 0) }
  end
  function to.refuse(why)
    errors.usage("no partial result can be made: %s", why)
  end
  function to.finish(all)
    write(found, path, all.n, partials_of(all.stages))
  end
  return to
end

-- Reading

local function check(path, ok, what)
  return ok or part.refuse(path, "is damaged: %s", what)
end

local function is_list(value, of)
  if type(value) ~= "table" or not value.n then
    return false
  end
  for i = 1, of and value.n or 0 do
    if type(value[i]) ~= of then
      return false
    end
  end
  return true
end

local function is_text(text)
  return type(text) == "string" or is_list(text, "string") and text.n == 1
end

local function is_all(list, is)
  for i = 1, list.n do
    if not is(list[i]) then
      return false
    end
  end
  return true
end

local function is_whole(n)
  return type(n) == "number" and n % 1 == 0 and n >= 0
end

local is_status = { [errors.status.done] = true, [errors.status.usage] = true,
  [errors.status.damaged] = true }

local function is_trace(one)
  return is_list(one) and type(one[1]) == "string" and is_list(one[2]) and
    is_all(one[2], is_text) and is_list(one[3], "table") and
    is_all(one[3], function(failure)
      return is_list(failure, "string") and failure.n == 2
    end) and is_list(one[4], "table") and is_status[one[5]] and
    is_whole(one[6]) and is_whole(one[7]) or false
end

local function is_day(seconds)
  return type(seconds) == "number" and seconds % 86400 == 0 and
    math.abs(seconds) < 2 ^ 40
end

local styles = { text = true, json = true, csv = true }

local function check_part(path, value)
  local flag_list = value.flags
  check(path, is_list(value.run, "number") and value.run.n == 2 and
    type(value.shown) == "string" and styles[value.style] and
    is_list(value.heads, "string") and type(value.scripts) == "boolean" and
    is_list(value.partials) and is_list(value.tables, "table") and
    is_list(flag_list, "boolean") and is_list(value.traces) and
    (value.align == false or is_day(value.align)) and
    is_all(value.traces, is_trace), "something is missing in it")
end

-- read(path): what is in a file of partial results.
local function read(path)
  local value = part.read(path)
  check_part(path, value)
  return value
end

local function is_same(a, b)
  return a[1] == b[1] and a[2] == b[2]
end

-- The earlier of two days.
local function days(found, value)
  wall_clock.state.base = math.min(found.align or math.huge,
    value.align or math.huge)
  return wall_clock.shown()
end

local function check_same(found, value, path)
  if not is_same(found.run, value.run) then
    part.refuse(path, "is of another run than %s: of %s, not of %s",
      found.first or "the scripts that are given", value.shown, found.shown)
  elseif found.align ~= value.align then
    part.refuse(path, "has times of another clock than %s: give all runs " ..
      "the same --align=DAY, such as --align=%s", found.first,
      days(found, value))
  elseif found.style ~= value.style then
    part.refuse(path, "is in the form -F %s, and %s in -F %s", value.style,
      found.first, found.style)
  end
end

local function add_traces(found, value, path)
  for i = 1, value.traces.n do
    local one = value.traces[i]
    local other = found.file_of[one[1]]
    if other then
      part.refuse(path, "has the trace %s, which %s has too: it would " ..
        "count twice", one[1], other)
    end
    found.file_of[one[1]], found.traces[one[1]] = path, one
  end
end

local function guarded(path, fn, ...)
  local ok, result = pcall(fn, ...)
  if not ok and errors.is_stop(result) then
    error(result, 0)
  end
  return check(path, ok, errors.text_of(result)) and result
end

-- The first part says which tables there are, unless the scripts have made them.
local function add_tables(found, value, path)
  local all = object.all()
  if not found.n then
    for i = 1, value.tables.n do
      guarded(path, packed.make, value.tables[i][1])
    end
    found.n = #all
  end
  check(path, value.tables.n == found.n, "it has other tables")
  for i = 1, found.n do
    local how = packing.pack(packed.describe(all[i]))
    check(path, how == packing.pack(value.tables[i][1]), "a table is another")
    guarded(path, packed.add, all[i], value.tables[i][2])
  end
end

local function add_flags(value)
  local list = value.flags
  changes.list.lost = changes.list.lost or list[1] or nil
  changes.list.hides = changes.list.hides or list[2] or nil
  insert.state.lost = insert.state.lost or list[3] or nil
end

-- Of parts in the order of their first traces.
local function add_partials(found, stages)
  table.sort(found.waiting, function(a, b)
    return a.of < b.of
  end)
  for _, waiting in ipairs(found.waiting) do
    for i, stage in ipairs(stages) do
      local bytes = waiting.partials[i]
      check(waiting.path, not bytes or type(bytes) == "string",
        "a script's value is none")
      partials.add(stage, bytes or nil)
    end
  end
end

-- add(found, path, value): what read has found. found: of new, with n, how many tables the
-- scripts have made, or of another part.
local function add(found, path, value)
  found.file_of, found.waiting = found.file_of or {}, found.waiting or {}
  check_same(found, value, path)
  found.first = found.first or path
  add_traces(found, value, path)
  add_tables(found, value, path)
  add_flags(value)
  if found.scripts then
    table.insert(found.waiting, { path = path, partials = value.partials,
      of = value.traces.n > 0 and value.traces[1][1] or "" })
  end
end

-- of_part(value): what add may add to, which is like this one and has nothing yet.
local function of_part(value)
  return { run = value.run, shown = value.shown, style = value.style,
    heads = value.heads, scripts = value.scripts, traces = {},
    align = value.align,
    no_partials = value.partials }
end

-- What a part says to be printed steers no terminal. Cells of CSV may have a carriage return.
local function shown(found, text)
  if found.style ~= "csv" then
    return printable.text(text)
  end
  return (text:gsub("[^\r]+", printable.text))
end

local function print_texts(found, trace)
  for i = 1, trace[2].n do
    local text = trace[2][i]
    output.put(shown(found, type(text) == "string" and text or
      printed.head_line(text[1])))
  end
end

-- A run, as far as failures.lua wants one.
local function run_of(found, list)
  local run = { options = { style = found.style }, failures = {}, inputs = 0,
    opened = 0, status = errors.status.done }
  for _, trace in ipairs(list) do
    run.inputs, run.opened = run.inputs + trace[7], run.opened + trace[6]
    run.status = errors.first(run.status, trace[5])
    for i = 1, trace[3].n do
      failures.add(run, trace[3][i][1], trace[3][i][2])
    end
  end
  return run
end

local function make_own(found, list)
  for _, trace in ipairs(list) do
    local path = found.file_of[trace[1]]
    for i = 1, trace[4].n do
      local own = trace[4][i]
      guarded(path, function()
        packed.add(packed.make(own[1]), own[2])
      end)
    end
  end
end

-- print(found, stages): as the run would have printed it that read all traces: its status.
local function print(found, stages)
  wall_clock.state.base = found.align or nil
  local list = sorted(found.traces)
  local run = run_of(found, list)
  for i = 1, found.heads.n or #found.heads do
    output.put(shown(found, found.heads[i]), "\n")
  end
  for _, trace in ipairs(list) do
    print_texts(found, trace)
  end
  if run.opened > 0 then
    make_own(found, list)
    partials.done(stages)
    agg.print_all(found.style, output.put)
    failures.print(run, output.put)
  end
  return run.status
end

return {
  new = new,
  sink = sink,
  read = read,
  add = add,
  add_partials = add_partials,
  of_part = of_part,
  partials_of = partials_of,
  write = write,
  print = print,
}
