-- pages.lua: the pages of the manual, as Markdown: of the program and of each script from
-- what --help says, of events and kinds of spans from what -lv says, and those of docs/.
local args = require "gotrace.script.args"
local host = require "gotrace.engine.host"
local lazy = require("gotrace.base.lazy").of
local written = require "gotrace.manual.written"

local head, usage = lazy "gotrace.manual.head", lazy "gotrace.manual.usage"

-- A cell of a table.
local function cell(text)
  return (tostring(text or ""):gsub("|", "\\|"):gsub("\n", " "))
end

local function add_table(out, names, rows)
  out[#out + 1] = "| " .. table.concat(names, " | ") .. " |"
  out[#out + 1] = "|---|"
  for _, row in ipairs(rows) do
    local cells = {}
    for i, text in ipairs(row) do
      cells[i] = cell(text)
    end
    out[#out + 1] = "| " .. table.concat(cells, " | ") .. " |"
  end
end

local function code(text)
  return text ~= "" and ("`%s`"):format(text) or ""
end

local function add_options(out, rows)
  local list = {}
  for i, row in ipairs(rows) do
    list[i] = { code(args.heading(row)), args.describe(row) }
  end
  if #list > 0 then
    out[#out + 1] = "\n## Options\n"
    add_table(out, { "option", "meaning" }, list)
  end
end

local function add_fenced(out, text)
  out[#out + 1] = "```\n" .. text:gsub("\n$", "") .. "\n```"
end

local function add_examples(out, list)
  if #list > 0 then
    out[#out + 1] = "\n## Examples\n\n" .. usage().traces
  end
  for _, example in ipairs(list) do
    out[#out + 1] = ""
    add_fenced(out, "$ " .. example.command .. "\n" .. example.output)
  end
end

local function see_also(out, list)
  out[#out + 1] = "\n## See also\n"
  out[#out + 1] = table.concat(list, ", ")
end

local function add_questions(out)
  out[#out + 1] = "\n## Questions\n"
  add_fenced(out, usage().question_lines())
end

local function of_program(program)
  local out = { "## Synopsis\n" }
  local lines = {}
  for i, row in ipairs(usage().synopsis) do
    lines[i] = row[1]
  end
  add_fenced(out, table.concat(lines, "\n"))
  out[#out + 1] = "\n## Description\n\n" .. usage().about
  add_questions(out)
  add_options(out, program.options)
  out[#out + 1] = "\n## Scripts that come with it\n"
  local rows = {}
  for i, name in ipairs(program.scripts()) do
    rows[i] = { code(name), program.summary(name) }
  end
  add_table(out, { "script", "description" }, rows)
  out[#out + 1] = "\n## Exit status\n"
  rows = {}
  for i, row in ipairs(usage().statuses) do
    rows[i] = { row[1], row[2] }
  end
  add_table(out, { "status", "meaning" }, rows)
  out[#out + 1] = "\nOf several that hold it is the first of 2, 130, 143, " ..
    "129, 6, 5, 4, 1 and 3."
  add_examples(out, usage().examples)
  see_also(out, { "gotrace-lua-scripting(7)", "gotrace-lua-events(7)",
    "gotrace-lua-spans(7)", "gotrace-lua-recipes(5)",
    "gotrace-lua-SCRIPT(1) of each script", "`gotrace-lua help`" })
  return table.concat(out, "\n")
end

local function of_script(program, name)
  local stage, text = program.describe(name), program.text(name)
  local words = {}
  for _, row in ipairs(stage.rows) do
    words[#words + 1] = row.positional and args.shown(row) .. " " or nil
  end
  local out = { "## Synopsis\n" }
  add_fenced(out, ("gotrace-lua [options] %s [script options] %sTRACE..."):
    format(name, table.concat(words)))
  out[#out + 1] = "\n## Description\n\n" .. head().prose(text)
  add_options(out, stage.rows)
  add_examples(out, head().examples(text))
  see_also(out, { "gotrace-lua(1)" })
  return table.concat(out, "\n")
end

-- What a field is, by rows that -lv has, one for each word.
local function field_of(rows, i)
  local row, words = rows[i], {}
  while rows[i] and rows[i][2] == row[2] do
    local word, since = rows[i][4], rows[i][5]
    local from = since ~= "" and " (" .. since .. ")" or ""
    words[#words + 1] = word ~= "" and code(word) .. from or nil
    i = i + 1
  end
  local go = row[6] ~= "" and "; Go's name: " .. row[6] or ""
  local list = #words > 0 and ": " .. table.concat(words, ", ") or ""
  return { code(row[2]), row[3] .. list .. go }, i
end

-- What -lv says of one (cli/vocabulary.lua).
local function add_told(out, name, told)
  out[#out + 1] = ("\n### %s\n\n%s\n"):format(name, told.head)
  local fields, i = {}, 1
  while i <= #told.all do
    fields[#fields + 1], i = field_of(told.all, i)
  end
  if #fields > 0 then
    add_table(out, { "field", "what it is" }, fields)
  end
  if #told.old > 0 then
    local names = {}
    for n, row in ipairs(told.old) do
      local reason = row[2] ~= "" and " (" .. row[2] .. ")" or ""
      names[n] = code(row[1]) .. reason
    end
    out[#out + 1] = "\nIn traces of Go 1.5 to 1.21: " ..
      table.concat(names, ", ")
  end
  if told.sample then
    out[#out + 1] = ""
    add_fenced(out, told.sample)
  end
end

local function of_events(program)
  local out = { "## Description\n\nA script has a hook for each event, " ..
    "`function on.GoBlock(ev)`, and `-f`, `-p` and `-a` know their fields. " ..
    "All events have `" .. table.concat(program.common, "`, `") .. "`. " ..
    "`since` is the version of Go whose traces have the event itself; of " ..
    "older ones the names are told.\n\n## Events" }
  for _, name in ipairs(program.events) do
    add_told(out, name, program.tell(name))
  end
  out[#out + 1] = "\n## Kinds of spans"
  for _, name in ipairs(program.span_kinds) do
    add_told(out, name, program.tell(name))
  end
  see_also(out, { "gotrace-lua(1)", "gotrace-lua-spans(7)",
    "gotrace-lua-scripting(7)" })
  return table.concat(out, "\n")
end

-- A page of docs/, whose title becomes the page's.
local function of_file(name)
  return host.file("docs/" .. name .. ".md"):gsub("^# [^\n]*\n",
    "## Description\n", 1)
end

local function says(text)
  return function()
    return text
  end
end

-- all(program): the pages, in order: { topic =, name =, section = or nil, about() = a line,
-- make() = Markdown }. program: what the command line knows (cli/manual.lua). What a script
-- is about it says itself when it is loaded: that costs more than its page.
local function all(program)
  local list = { { topic = "gotrace-lua", name = "gotrace-lua", section = 1,
    about = says "jq for Go execution traces", make = function()
      return of_program(program)
    end } }
  for _, page in ipairs(written) do
    list[#list + 1] = { topic = page.name, name = "gotrace-lua-" .. page.name,
      section = page.section, about = says(page.about),
      make = function()
        return of_file(page.file or page.name)
      end }
  end
  table.insert(list, 4, { topic = "events", name = "gotrace-lua-events",
    section = 7, about = says "events, their fields and words",
    make = function()
      return of_events(program)
    end })
  for _, name in ipairs(program.scripts()) do
    list[#list + 1] = { topic = name, name = "gotrace-lua-" .. name,
      section = 1, is_script = true, about = function()
        return program.summary(name)
      end, make = function()
        return of_script(program, name)
      end }
  end
  return list
end

return { all = all }
