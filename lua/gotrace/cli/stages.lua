-- stages.lua: the stages of the pipeline that the command line asks for.
local args = require "gotrace.script.args"
local bundled = require "gotrace.cli.bundled"
local errors = require "gotrace.base.errors"
local expr = require "gotrace.script.expr"
local handlers = require "gotrace.span.handlers"
local event_fields = require "gotrace.event.fields"
local host = require "gotrace.engine.host"
local lazy = require("gotrace.base.lazy").of
local mistakes = require "gotrace.script.mistakes"
local output = require "gotrace.script.output"
local printable = require "gotrace.base.printable"
local script = require "gotrace.script.script"
local span_fields = require "gotrace.span.fields"
local type_filter = require "gotrace.script.type_filter"

local span_subject = lazy "gotrace.span.subject"

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

-- wanted(tokens, found, writes, spans): the stages that the line asks for, in its
-- order: { row =, value =, at = }. spans: it says what to print.
local function wanted_stages(tokens, found, writes, spans)
  local wanted = {}
  for _, f in ipairs(found) do
    if f.row.stage then
      wanted[#wanted + 1] = f
    end
  end
  local i, token = first_word(tokens)
  if token and is_script(token.text, tokens, spans or #wanted > 0, writes) then
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

-- Which spans an expression compares with: kind == "region".
local function compared_kind(node)
  local kinds = span_fields.by_kind
  local a, b = node[1], node[2]
  local is = node.op == "binary" and (node.sign == "==" or node.sign == "~=")
  if is and a.op == "constant" then
    a, b = b, a
  end
  return is and a.op == "name" and a.name == "kind" and b.op == "constant" and
    kinds[b.value] and b.value or nil
end

-- Whether an expression can only be about spans.
local function is_about_spans(text)
  return expr.asks_for(text, function(node)
    local name = node.op == "name" and node.name
    return span_fields.getters[name] and not event_fields.lenient[name] or
      compared_kind(node) ~= nil
  end)
end

-- The kinds of spans that expressions compare with, as a set.
local function add_kinds(kinds, text)
  expr.asks_for(text, function(node)
    local kind = compared_kind(node)
    if kind then
      kinds[kind] = true
    end
    return false
  end)
end

-- What -f and -p are about, for the whole line: events, or spans of some kinds: those
-- that --spans names, or that they compare with, else states.
local function subject_of(wanted, context)
  local kinds, spans = {}, context.spans ~= nil
  for _, w in ipairs(wanted) do
    if w.row.name == "filter" or w.row.name == "print" then
      spans = spans or is_about_spans(w.value)
      add_kinds(kinds, w.value)
    end
  end
  for _, kind in ipairs(context.spans or {}) do
    kinds[kind] = true
  end
  if next(kinds) == nil then
    kinds.state = true
  end
  return spans and span_subject() or mistakes.events, kinds
end

-- Names that the trace may tell of late.
local late = { func = true, task_name = true, system = true }

local function asks_for_names(text, kinds)
  return expr.asks_for(text, function(node)
    return node.op == "name" and (late[node.name] or node.name == "name" and
      kinds.goroutine)
  end)
end

local function span_stage(kind, text, each, context)
  local accounts = expr.asks_for(text, function(node)
    return node.op == "name" and node.name == "stats" or
      node.op == "index" and node[2].value == "stats"
  end)
  return { kind = kind, text = printable.line(text), span = each,
    kinds = context.kinds, accounts = accounts,
    names = asks_for_names(text, context.kinds) }
end

function make.filter(text, context)
  check_expression("-f", text)
  local each, tree = expr.filter(context.about, text, context.unsafe)
  if context.about ~= mistakes.events then
    return span_stage("span filter", text, each, context)
  end
  return {
    kind = "filter",
    text = printable.line(text),
    each = each,
    why_never = require("gotrace.script.vintage").of(tree),
    leaves_out = type_filter.left_out(text),
    words = expr.asked_word(text),
    names = asks_for_names(text, {}),
  }
end

function make.print(text, context)
  check_expression("-p", text)
  local each, head = expr.printer(context.about, text, context.style,
    context.unsafe)
  local stage = context.about ~= mistakes.events and
    span_stage("span print", text, each, context) or
    { kind = "print", text = text, each = each, words = expr.asked_word(text),
      names = asks_for_names(text, {}) }
  stage.head = head
  return stage
end

-- A filter alone shows what it keeps.
local function print_lines(context)
  if context.about ~= mistakes.events then
    local print, span = output.printer(), context.about.value
    return span_stage("span print", "", function()
      print(span)
    end, context)
  end
  return {
    kind = "print",
    each = output.event_printer(),
  }
end

local function is_filter(stage)
  return stage.kind == "filter" or stage.kind == "span filter"
end

local function count(stages, is)
  local n = 0
  for _, stage in ipairs(stages) do
    n = n + (is(stage) and 1 or 0)
  end
  return n
end

local function hooks_spans(stage)
  return stage.kind == "script" and handlers.hook_of(stage) ~= nil
end

-- What a filter of spans cannot do.
local function check_spans(stages, context)
  local scripts = count(stages, function(stage)
    return stage.kind == "script"
  end)
  if context.about == mistakes.events then
    return
  elseif context.writes then
    errors.usage("-f and -p about spans choose no events: what is written " ..
      "with -o is chosen by events, or by keep (see gotrace-lua --help keep)")
  elseif scripts > 0 and count(stages, hooks_spans) == 0 then
    errors.usage "-f is about spans, and no script hooks any"
  end
end

-- load(wanted, context): the stages themselves.
local function load_stages(wanted, context)
  local stages = {}
  context.alone = #wanted == 1
  context.about, context.kinds = subject_of(wanted, context)
  for i, w in ipairs(wanted) do
    stages[i] = make[w.row.name](w.value, context)
  end
  check_spans(stages, context)
  local alone = context.about ~= mistakes.events and #stages == 0 and
    context.spans ~= nil
  local filters = count(stages, is_filter)
  if alone or filters > 0 and filters == #stages and not context.writes then
    stages[#stages + 1] = print_lines(context)
  end
  return stages
end

return {
  first_word = first_word,
  wanted = wanted_stages,
  load = load_stages,
  is_trace = is_trace,
}
