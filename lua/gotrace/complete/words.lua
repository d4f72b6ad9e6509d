-- words.lua: what the word at work may be, by the words before it: the program's options,
-- those of its script, their values, scripts, traces.
local args = require "gotrace.script.args"
local lazy = require("gotrace.base.lazy").of
local spec = require "gotrace.engine.event_table"
local types = require "gotrace.script.types"

local expression = lazy "gotrace.complete.expression"
local files = lazy "gotrace.complete.files"

-- What a list of words is, each whole: { text =, about = }.
local function add_words(found, text, list)
  for _, one in ipairs(list) do
    one = type(one) == "table" and one or { text = tostring(one) }
    if one.text:sub(1, #text) == text then
      found[#found + 1] = one
    end
  end
end

-- Of a list with commas the last item goes on.
local function add_items(found, text, list)
  local before, last = text:match "^(.*,)([^,]*)$"
  before, last = before or "", last or text
  for _, item in ipairs(list) do
    item = tostring(item)
    local is_there = ("," .. before):find("," .. item .. ",", 1, true)
    if item:sub(1, #last) == last and not is_there then
      found[#found + 1] = { text = before .. item, shown = item }
    end
  end
end

local function event_names()
  local list = {}
  for i, name in ipairs(spec.names) do
    list[i] = { text = name, about = spec.by_name[name].about }
  end
  return list
end

local function script_names(program)
  local list = {}
  for i, name in ipairs(program.scripts()) do
    list[i] = { text = name, about = program.summary(name) }
  end
  return list
end

local function recipe_names(program)
  local list = {}
  for i, name in ipairs(program.recipes()) do
    list[i] = { text = name, about = "recipe" }
  end
  return list
end

-- Words of a list that stand elsewhere too.
local function add_commands(found, text, program)
  local list = {}
  for name in pairs(program.commands) do
    list[#list + 1] = { text = name, about = program.about[name] }
  end
  table.sort(list, function(a, b)
    return a.text < b.text
  end)
  add_words(found, text, list)
end

-- of_spans: what they are about whatever else is asked.
local function expressions(form, of_spans)
  return function(found, text, place)
    local about = of_spans or place.spans
    for _, one in ipairs(expression().candidates(text, form, about)) do
      found[#found + 1] = one
    end
  end
end

local function of_files(what)
  return function(found, text)
    files().add(found, text, what)
  end
end

-- Values, by what help calls them.
local by_meta = {
  ["EXPR"] = expressions "filter",
  ["EXPR,..."] = expressions "print",
  ["AGG"] = expressions "aggregate",
  ["TRACE"] = of_files "trace",
  ["FILE..."] = of_files "trace",
  ["FILE"] = of_files "any",
  ["PATH"] = of_files "any",
  ["PROGRAM"] = of_files "any",
}

function by_meta.SCRIPT(found, text, place)
  add_words(found, text, script_names(place.program))
  files().add(found, text, "lua")
end

function by_meta.RECIPE(found, text, place)
  add_words(found, text, recipe_names(place.program))
  files().add(found, text, "yaml")
end

-- By the type that they have.
local by_type = {
  expr = expressions "filter",
  filter = expressions "filter",
  keys = expressions("keys", true),
  event_keys = expressions "keys",
  key = of_files "any",
  new_file = of_files "any",
  map = of_files "any",
}

function by_type.events(found, text)
  add_items(found, text, spec.names)
end

function by_type.bool(found, text)
  add_words(found, text, { "yes", "no" })
end

-- Adds the values that a row can have.
local function add_values(found, text, row, place)
  if row.choices and types[row.type].join then
    add_items(found, text, row.choices)
  elseif row.choices then
    add_words(found, text, row.choices)
  else
    local add = by_type[row.type] or by_meta[args.meta(row) or ""]
    if add then
      add(found, text, place)
    end
  end
end

-- The same behind something that stays: --top=, -F.
local function add_attached(found, before, text, row, place)
  local own = {}
  add_values(own, text, row, place)
  for _, one in ipairs(own) do
    one.text, one.shown = before .. one.text, one.shown or one.text
    found[#found + 1] = one
  end
end

-- Whether an option is there already, and counts once.
local function is_taken(row, tokens)
  for _, token in ipairs(tokens) do
    if token.row == row then
      return not (row.repeatable or types[row.type].join)
    end
  end
  return false
end

local function add_option(found, text, row, name)
  if name:sub(1, #text) ~= text then
    return
  end
  found[#found + 1] = { text = name, about = row.help }
  if row.optional and text:sub(1, 2) == "--" then
    found[#found + 1] = { text = name .. "=", about = row.help, part = true }
  end
end

local function add_options(found, text, rows, tokens)
  for _, row in ipairs(rows) do
    if not (row.positional or is_taken(row, tokens)) then
      if row.long ~= false then
        add_option(found, text, row, "--" .. row.name)
      end
      if row.short and #text < 2 then
        add_option(found, text, row, "-" .. row.short)
      end
    end
  end
end

-- A word that begins with -: an option, or one with its value.
local function add_dashed(found, text, place)
  local name, value = text:match "^(%-%-[^=]+)=(.*)$"
  if not name then
    name, value = text:match "^(%-%a)(.+)$"
  end
  local row = name and args.named(place.rows, name)
  if row and (name:sub(1, 2) == "--" or not args.is_flag(row)) then
    add_attached(found, text:sub(1, #text - #value), value, row, place)
  else
    add_options(found, text, place.rows, place.tokens)
  end
end

-- The row of a script that the next word without an option is for, or nil.
local function positional(rows, n)
  for _, row in ipairs(rows) do
    if row.positional then
      n = n - 1
      if n < 0 then
        return row
      end
    end
  end
end

local lists = {}

-- Behind -lv, -l and --help.
function lists.list_events(found, text, place)
  add_words(found, text, event_names())
  add_words(found, text, place.program.span_kinds)
end

function lists.list(found, text, place)
  add_words(found, text, script_names(place.program))
  add_words(found, text, recipe_names(place.program))
end

function lists.help(found, text, place)
  add_words(found, text, script_names(place.program))
end

local function listed(tokens)
  for _, token in ipairs(tokens) do
    local list = token.row and lists[token.row.name]
    if list then
      return list
    end
  end
end

local function add_positional(found, text, place)
  local list = listed(place.tokens)
  local command = place.word and place.program.commands[place.word]
  if list then
    list(found, text, place)
  elseif type(command) == "function" then
    add_words(found, text, command())
  elseif command then
    files().add(found, text, type(command) == "string" and command or "trace")
  elseif place.row then
    add_values(found, text, place.row, place)
  else
    if not place.word then
      add_commands(found, text, place.program)
      by_meta.SCRIPT(found, text, place)
    end
    files().add(found, text, "trace")
  end
end

-- The words that are no options and no values.
local function free_words(tokens)
  local list = {}
  for _, token in ipairs(tokens) do
    if not (token.used or args.is_option(token)) then
      list[#list + 1] = token
    end
  end
  return list
end

local function append(rows, more)
  for _, row in ipairs(more) do
    rows[#rows + 1] = row
  end
end

-- The scripts of a line: its word, those of -s, and overview where a trace stands alone.
local function scripts_of(tokens, word, program)
  local list = { word }
  for i, token in ipairs(tokens) do
    local is_script = token.row and token.row.name == "script"
    list[#list + 1] = is_script and tokens[i + 1] and tokens[i + 1].text or nil
  end
  local has_stage = false
  for _, token in ipairs(tokens) do
    has_stage = has_stage or token.row and (token.row.stage or
      token.row.name == "output")
  end
  if not (has_stage or program.is_script(word)) then
    list[1] = "overview"
  end
  return list
end

-- The line so far: { tokens =, rows = that may come, word = its script or command, waits = the
-- row whose value comes next, row = of the script that the next free word is for }.
local function place_of(words, program)
  local tokens = args.tokens(words)
  local place = { tokens = tokens, program = program, rows = {} }
  place.waits = args.pending(program.options, tokens)
  local free = free_words(tokens)
  place.word = free[1] and free[1].text
  if place.word and not program.commands[place.word] then
    for _, name in ipairs(scripts_of(tokens, place.word, program)) do
      append(place.rows, program.rows(name))
    end
    place.waits = args.pending(place.rows, tokens) or place.waits
    local n = #free_words(tokens) - (program.is_script(place.word) and 1 or 0)
    place.row = positional(place.rows, n)
  end
  append(place.rows, program.options)
  for _, token in ipairs(tokens) do
    place.spans = place.spans or token.row and token.row.name == "spans"
  end
  local last = tokens[#tokens]
  place.literal = last and (last.literal or last.text == "--")
  return place
end

-- candidates(words, text, program): what the word `text` may become behind words: a list of
-- { text =, shown = where that is only a part of it, about =, part = it goes on }.
local function candidates(words, text, program)
  local place, found = place_of(words, program), {}
  if place.waits then
    add_values(found, text, place.waits, place)
  elseif text:sub(1, 1) == "-" and not place.literal then
    add_dashed(found, text, place)
  else
    add_positional(found, text, place)
  end
  return found
end

return { candidates = candidates, files = of_files }
