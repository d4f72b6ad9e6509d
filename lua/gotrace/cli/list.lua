-- list.lua: -l and -lv: what there is to run and to hook.
local bundled = require "gotrace.cli.bundled"
local errors = require "gotrace.base.errors"
local format = require "gotrace.printing.format"
local glob = require "gotrace.base.glob"
local hooks = require "gotrace.event.hooks"
local output = require "gotrace.sandbox.output"
local printable = require "gotrace.base.printable"
local recipe = require "gotrace.cli.recipe"
local script = require "gotrace.script.script"
local spec = require "gotrace.engine.event_table"
local vintage = require "gotrace.expression.vintage"
local vocabulary = require "gotrace.cli.vocabulary"
local words = require "gotrace.event.words"

local function show(columns, rows, style)
  local t = { columns = columns, rows = rows }
  output.put(table.concat(format.table_lines(t, style), "\n"), "\n")
end

-- The first line of a description.
local function summary(stage)
  return (stage.description or ""):match "^[^\n]*"
end

-- Whether a name is chosen by the patterns, * and ? as in file names; by none: all are.
local function is_chosen(name, globs)
  for _, text in ipairs(globs) do
    if name:find(glob(text)) then
      return true
    end
  end
  return #globs == 0
end

local function bundled_rows(describe, globs)
  local rows = {}
  for _, name in ipairs(bundled.bundled_names()) do
    if is_chosen(name, globs) then
      local ok, stage = pcall(describe, name)
      rows[#rows + 1] = { name, ok and summary(stage) or "does not load" }
    end
  end
  for _, name in ipairs(recipe.names()) do
    if is_chosen(name, globs) then
      rows[#rows + 1] = { "-c " .. name, recipe.description(name) }
    end
  end
  return rows
end

-- Whether a text has a description, or hooks: it may be a module, or another program's,
-- which is not to be loaded.
local function looks_like_script(path)
  local text = script.read_file(path) or ""
  return text:find "%f[%w_]description%s*=" or
    text:find "%f[%w_]on%s*%.%s*%a" or text:find "%f[%w_]scan%s*%.%s*%a"
end

-- What a file of the user's says of itself; nil: one of the current folder that is no
-- script.
local function own_summary(describe, word, source)
  if source.from == "./" and not looks_like_script(source.path) then
    return nil
  end
  local ok, stage = pcall(describe, word)
  return ok and summary(stage) or "does not load"
end

-- The user's own: those that have a name, and those whose name is another's, which are
-- listed by their paths.
local function own_rows(describe, globs)
  local rows = {}
  local function add(word, source, remark)
    local text = is_chosen(source.name, globs) and
      own_summary(describe, word, source)
    rows[#rows + 1] = text and { word, text .. remark, source.from } or nil
  end
  local own, hidden = bundled.own()
  for _, source in ipairs(own) do
    add(source.name, source, source.hides_bundled and
      " (in place of the bundled one)" or "")
  end
  for _, source in ipairs(hidden) do
    add(source.path, source, "")
  end
  return rows
end

-- For people a table for each place.
local function show_own(rows, style)
  if style ~= "text" then
    show({ "script", "description", "from" }, rows, style)
    return
  end
  local places, by_place = {}, {}
  for _, row in ipairs(rows) do
    if not by_place[row[3]] then
      by_place[row[3]] = {}
      places[#places + 1] = row[3]
    end
    table.insert(by_place[row[3]], { row[1], row[2] })
  end
  for i, place in ipairs(places) do
    output.put(i > 1 and "\n" or "")
    show({ "own, in " .. printable.line(place), "description" },
      by_place[place], style)
  end
end

-- scripts(describe, globs, style): describe(name) loads a script and yields its stage.
local function scripts(describe, globs, style)
  local rows = bundled_rows(describe, globs)
  local own = own_rows(describe, globs)
  if #rows + #own == 0 then
    errors.usage("-l: there is no script %s", table.concat(globs, " "))
  elseif #rows > 0 then
    show({ "script", "description" }, rows, style)
  end
  if #own > 0 then
    output.put(#rows > 0 and style ~= "json" and "\n" or "")
    show_own(own, style)
  end
end

local function event_rows()
  local rows = {}
  for i, name in ipairs(spec.names) do
    local row = spec.by_name[name]
    rows[i] = { name, "1." .. row.since,
      table.concat(spec.shown_args(row), " "), row.about }
  end
  return rows
end

local function alias_rows()
  local rows = {}
  for name, meaning in pairs(hooks.aliases) do
    rows[#rows + 1] = { name, meaning[1], meaning[2] or "" }
  end
  table.sort(rows, function(a, b)
    return a[1] < b[1]
  end)
  return rows
end

-- The words that reasons, kinds and statuses are, and since when.
local function word_rows()
  local rows = {}
  for _, field in ipairs { "reason", "kind", "status" } do
    for _, word in ipairs(words[field]) do
      local since = vintage.since(field, word)
      rows[#rows + 1] = word ~= "" and { field, word,
        since and "1." .. since or "" } or nil
    end
  end
  return rows
end

local function hook_rows(list)
  local rows = {}
  for i, hook in ipairs(list) do
    rows[i] = { "on." .. hook.name, hook.help }
  end
  return rows
end

local function events(style)
  show({ "event", "since", "arguments", "about" }, event_rows(), style)
  if style ~= "text" then
    return
  end
  output.write("\nEvery event has " .. table.concat(spec.common, ", ") ..
    ".\nA hook may set its arguments and time, and emit(type, fields) adds " ..
    "an event.\n\n")
  show({ "hook", "called for" }, hook_rows(hooks.general), style)
  output.write "\n"
  show({ "hook", "called for spans" }, hook_rows(hooks.spans), style)
  output.write "\nscan.<hook> is called in a first pass over the file.\n"
  output.write "\nNames of Go 1.5 to 1.21 that are understood:\n\n"
  show({ "hook", "means", "with reason" }, alias_rows(), style)
  output.write "\nWhat Go calls the fields:\n\n"
  show({ "field", "of", "Go's name" }, vocabulary.go_fields, style)
  output.write "\nWords that fields can be:\n\n"
  show({ "field", "word", "since" }, word_rows(), style)
  output.write "\n-lv NAME tells all of an event, or of a kind of span.\n"
end

-- told(names, style): of each, or what there is.
local function told(names, style)
  for _, name in ipairs(names) do
    vocabulary.tell(name, style)
  end
  if #names == 0 then
    events(style)
  end
end

return { scripts = scripts, events = told }
