-- stages.lua: the stages of the pipeline that the command line asks for.
local args = require "gotrace.script.args"
local bundled = require "gotrace.cli.bundled"
local errors = require "gotrace.base.errors"
local expr = require "gotrace.script.expr"
local host = require "gotrace.engine.host"
local output = require "gotrace.script.output"
local printable = require "gotrace.base.printable"
local script = require "gotrace.script.script"
local type_filter = require "gotrace.script.type_filter"

local function first_word(tokens)
  for i, token in ipairs(tokens) do
    if not token.used and not args.is_option(token) then
      return i, token
    end
  end
end

-- With -e, -f and so on the first word is a script only if it looks like one.
local function looks_like_script(word)
  return word:find "%.lua$" or
    not word:find("/", 1, true) and bundled.find(word) ~= nil
end

local function is_trace(path)
  local file = host.kind(path) == "file" and io.open(path, "rb")
  local head = file and file:read(5)
  if file then
    file:close()
  end
  return head == "go 1." or head and head:find "^\31\139" or
    head and head:find "^\40\181\47\253"
end

local function source_of(name)
  local source, path = bundled.find(name), name
  if source then
    path = source.path
  end
  if path and is_trace(path) then
    errors.usage("%s is a trace: a script comes first, such as in " ..
      "gotrace-lua events %s", name, name)
  end
  return source or bundled.locate(name)
end

local function count_words(tokens)
  local n = 0
  for _, token in ipairs(tokens) do
    n = n + ((token.used or args.is_option(token)) and 0 or 1)
  end
  return n
end

-- Whether the first word is a script: where nothing else says what to do, it
-- must be, but for a trace that is only to be written again (-o).
local function is_script(word, tokens, others, writes)
  if looks_like_script(word) then
    return true
  elseif others then
    return false
  end
  return not writes or count_words(tokens) > 1 and not is_trace(word)
end

-- wanted(tokens, found, writes): the stages that the line asks for, in its
-- order: { row =, value =, at = }.
local function wanted_stages(tokens, found, writes)
  local wanted = {}
  for _, f in ipairs(found) do
    if f.row.stage then
      wanted[#wanted + 1] = f
    end
  end
  local i, token = first_word(tokens)
  if token and is_script(token.text, tokens, #wanted > 0, writes) then
    token.used = true
    table.insert(wanted, { row = { name = "script" }, value = token.text,
      at = i })
  end
  table.sort(wanted, function(a, b)
    return a.at < b.at
  end)
  return wanted
end

local make = {}

-- Without its script nobody can know an option that is not the program's.
local function check_options(name, context)
  if is_trace(name) or not (bundled.find(name) or host.kind(name)) then
    args.leftover(context.tokens, context.program)
  end
end

function make.script(name, context)
  check_options(name, context)
  return script.load(source_of(name), context)
end

local function check_expression(option, text)
  if is_trace(text) then
    errors.usage("%s wants %s before the trace %s", option,
      option == "-e" and "code" or "an expression", text)
  end
end

function make.eval(code, context)
  check_expression("-e", code)
  context.evals = (context.evals or 0) + 1
  local name = context.evals > 1 and "-e " .. context.evals or "-e"
  return script.load({ name = name, text = code, dir = "." }, context)
end

function make.filter(text, context)
  check_expression("-f", text)
  local each, tree = expr.filter(text, context.unsafe)
  return {
    kind = "filter",
    text = printable.line(text),
    each = each,
    why_never = require("gotrace.script.vintage").of(tree),
    leaves_out = type_filter.left_out(text),
  }
end

function make.print(text, context)
  check_expression("-p", text)
  local each, head = expr.printer(text, context.style, context.unsafe)
  return { kind = "print", text = text, each = each, head = head }
end

-- A filter alone shows what it keeps.
local function print_lines()
  return {
    kind = "print",
    each = output.event_printer(),
  }
end

-- load(wanted, context): the stages themselves.
local function load_stages(wanted, context)
  local stages, filters = {}, 0
  context.alone = #wanted == 1
  for i, w in ipairs(wanted) do
    stages[i] = make[w.row.name](w.value, context)
    filters = filters + (stages[i].kind == "filter" and 1 or 0)
  end
  if filters > 0 and filters == #stages and not context.writes then
    stages[#stages + 1] = print_lines()
  end
  return stages
end

return {
  first_word = first_word,
  wanted = wanted_stages,
  load = load_stages,
  is_trace = is_trace,
}
