-- stages.lua: the stages of the pipeline that the command line asks for.
local args = require "gotrace.script.args"
local bundled = require "gotrace.cli.bundled"
local errors = require "gotrace.base.errors"
local expr = require "gotrace.expression.expr"
local handlers = require "gotrace.span.handlers"
local hooks = require "gotrace.event.hooks"
local host = require "gotrace.engine.host"
local lazy = require("gotrace.base.lazy").of
local mistakes = require "gotrace.expression.mistakes"
local output = require "gotrace.sandbox.output"
local printed = require "gotrace.printing.printed"
local printable = require "gotrace.base.printable"
local script = require "gotrace.script.script"
local subject = require "gotrace.expression.subject"
local traces = require "gotrace.cli.traces"
local type_filter = require "gotrace.expression.type_filter"

local aggregate = lazy "gotrace.expression.aggregate"
local vintage = lazy "gotrace.expression.vintage"

local is_trace = traces.is_trace

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

-- Somebody who runs a command that was shared may not know of it.
local function tell_of(source, context)
  if bundled.note(source) and not (context.quiet or context.told[source.name])
  then
    context.told[source.name] = true
    errors.warn(bundled.note(source))
  end
  return source
end

local function count_words(tokens)
  local n = 0
  for _, token in ipairs(tokens) do
    n = n + ((token.used or args.is_option(token)) and 0 or 1)
  end
  return n
end

-- Words behind the first, which stays a trace.
local function misplaced_script(tokens, first)
  for i = first + 1, #tokens do
    local token = tokens[i]
    if not (token.used or args.is_option(token) or host.kind(token.text)) and
      bundled.find(token.text) then
      return token.text
    end
  end
end

-- What runs where nothing says what to do but a trace, a page about it; nil: the first
-- word is none, or the name of a script.
local function overview_of(tokens, first)
  local word = tokens[first].text
  local is_input = word == "-" or is_trace(word) or
    host.kind(word) == "folder" or traces.is_pattern(word)
  if looks_like_script(word) or not is_input then
    return nil
  end
  local script_name = misplaced_script(tokens, first)
  if script_name then
    errors.usage("%s is a trace: a script comes first, such as in " ..
      "gotrace-lua %s %s", word, script_name, word)
  end
  return { row = { name = "script" }, value = "overview", at = first }
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
-- order: { row =, value =, at =, place = and given = of a recipe's }. spans: it says what to print.
local function wanted_stages(tokens, found, writes, spans)
  local wanted = {}
  for _, f in ipairs(found) do
    if f.row.stage then
      wanted[#wanted + 1] = f
    end
  end
  local i, token = first_word(tokens)
  local others = spans or #wanted > 0
  local overview = token and not (others or writes) and overview_of(tokens, i)
  if overview then
    wanted[1] = overview
  elseif token and is_script(token.text, tokens, others, writes) then
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
  if not context.given then
    check_options(name, context)
  end
  return script.load(tell_of(source_of(name), context), context)
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

-- Names that the trace may tell of late.
local function asks_for_names(option, text, kinds)
  return subject.mentions(option, text, "func") or
    subject.mentions(option, text, "task_name") or
    subject.mentions(option, text, "waker_func") or
    subject.mentions(option, text, "system") or
    kinds.goroutine and subject.mentions(option, text, "name")
end

-- option: the name of the option's row.
local function span_stage(option, kind, text, each, context)
  return { kind = kind, text = printable.line(text), span = each,
    kinds = context.kinds,
    accounts = subject.mentions(option, text, "stats"),
    objects = subject.mentions(option, text, "log"),
    names = asks_for_names(option, text, context.kinds) }
end

-- What looks at events or at spans; shown: how the option is written.
local function event_or_span_stage(option, shown, text, each, context)
  if context.about ~= mistakes.events then
    return span_stage(option, "span print", text, each, context)
  end
  return { kind = "print", option = shown, text = text, each = each,
    words = subject.asked_word(option, text),
    names = asks_for_names(option, text, {}) }
end

function make.filter(text, context)
  check_expression("-f", text)
  local each, tree = expr.filter(context.about, text, context.unsafe)
  if context.about ~= mistakes.events then
    return span_stage("filter", "span filter", text, each, context)
  end
  return {
    kind = "filter",
    text = printable.line(text),
    each = each,
    tree = tree,
    why_never = vintage().of(tree),
    leaves_out = type_filter.left_out(text),
    words = subject.asked_word("filter", text),
    names = asks_for_names("filter", text, {}),
  }
end

function make.print(text, context)
  check_expression("-p", text)
  local each, head = expr.printer(context.about, text, context.style,
    context.unsafe)
  local stage = event_or_span_stage("print", "-p", text, each, context)
  stage.head = head
  return stage
end

function make.aggregate(text, context)
  check_expression("-a", text)
  local each, counted = aggregate().make(context.about, text, context.unsafe)
  if counted then
    return { kind = "script", name = "-a", text = printable.line(text),
      hooks = {}, leaves_out = {}, counts = each }
  end
  local stage = event_or_span_stage("aggregate", "-a", text, each, context)
  stage.aggregates = true
  return stage
end

-- A filter alone shows what it keeps.
local function print_lines(context)
  if context.about ~= mistakes.events then
    local print, span = output.printer(), context.about.value
    local stage = span_stage("print", "span print", "", function()
      print(span)
    end, context)
    stage.names = true -- func is among what is printed
    return stage
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
    errors.usage("expressions about spans choose no events: what is written " ..
      "with -o is chosen by events, or by keep (see gotrace-lua --help keep)")
  elseif scripts > 0 and count(stages, hooks_spans) == 0 then
    errors.usage "-f is about spans, and no script hooks any"
  end
end

-- A hook for events that a script has, in words; nil: none. What a scan sees no filter
-- keeps from it.
local function event_hook_of(stage)
  for _, list in ipairs { stage.hooks, stage.parts or {} } do
    for name in pairs(list) do
      if hooks.is_event(name) or name == "any" or name == "unhandled" then
        return "on." .. name
      end
    end
  end
  return stage.counts and "count_types"
end

local loads = { script = true, eval = true }

-- Whether all of the line are scripts and filters of what they hook.
local function only_filters(wanted)
  for _, w in ipairs(wanted) do
    if not loads[w.row.name] and w.row.name ~= "filter" then
      return false
    end
  end
  return true
end

-- What -f is about before these scripts, where it has no field of spans alone: whether of
-- what they hook spans are, and events.
local function hooked_by(scripts)
  local spans, events
  for _, stage in pairs(scripts) do
    spans = spans or handlers.hook_of(stage) ~= nil
    events = events or event_hook_of(stage) ~= nil
  end
  return spans, events
end

-- The stages of a filter before scripts: one of spans, one of events, or both.
local function add_filters(stages, text, context, spans, events)
  local field = spans and subject.event_field(text)
  if spans and field and not events then
    errors.usage("-f '%s' is about events, by %s, and the script hooks " ..
      "spans alone", text, field)
  elseif spans and not field then
    stages[#stages + 1] = make.filter(text, setmetatable({
      about = subject.spans(),
    }, { __index = context }))
  end
  if events or field or not spans then
    stages[#stages + 1] = make.filter(text, context)
  end
end

-- A stage of the line or of a recipe, whose words are for it alone.
local function make_stage(w, context)
  if w.given then
    context = setmetatable({ given = w.given }, { __index = context })
  end
  return errors.at(w.place, make[w.row.name], w.value, context)
end

-- The scripts of the line, by number: they are loaded first, as what they hook says what
-- filters are about.
local function load_scripts(wanted, context)
  local scripts = {}
  for i, w in ipairs(wanted) do
    scripts[i] = loads[w.row.name] and make_stage(w, context) or nil
  end
  return scripts
end

local function names_of(set)
  local list = {}
  for name in pairs(set) do
    list[#list + 1] = name
  end
  table.sort(list)
  return list
end

-- load(wanted, context): the stages themselves.
local function load_stages(wanted, context)
  local stages = {}
  context.alone = #wanted == 1
  context.about, context.kinds = subject.of(wanted, context.spans)
  printed.ask_spans(context.about ~= mistakes.events and
    names_of(context.kinds) or nil)
  local scripts = load_scripts(wanted, context)
  for _, stage in pairs(scripts) do
    context.writes = context.writes and not stage.writes
  end
  local spans, events = false, true
  if context.about == mistakes.events and not context.writes and
    only_filters(wanted) then
    spans, events = hooked_by(scripts)
  end
  for i, w in ipairs(wanted) do
    if w.row.name == "filter" then
      errors.at(w.place, add_filters, stages, w.value, context, spans, events)
    else
      stages[#stages + 1] = scripts[i] or make_stage(w, context)
    end
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
