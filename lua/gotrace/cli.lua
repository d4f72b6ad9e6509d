-- cli.lua: from the command line to a run.
--
-- The scripts' own options are known only once they are loaded, so the line is
-- taken apart in turns: the program's options, the scripts, each script's
-- options, and what is left are the traces.
local C = require "gotrace.abi"
local agg = require "gotrace.agg"
local args = require "gotrace.args"
local bundled = require "gotrace.bundled"
local diag = require "gotrace.diag"
local errors = require "gotrace.errors"
local expr = require "gotrace.expr"
local host = require "gotrace.host"
local line = require "gotrace.line"
local list = require "gotrace.list"
local options = require "gotrace.options"
local output = require "gotrace.output"
local progress = require "gotrace.progress"
local run = require "gotrace.run"
local script = require "gotrace.script"
local starter = require "gotrace.starter"
local trace = require "gotrace.trace"

local usage_text = [[
gotrace-lua: jq for Go execution traces.

usage: gotrace-lua [options] SCRIPT [script options] TRACE...
       gotrace-lua [options] -e CODE TRACE...
       gotrace-lua [options] -f EXPR -p EXPR,... TRACE...
       gotrace-lua yaml TRACE                 print a trace as YAML
       gotrace-lua build FILE.yaml -o TRACE   and make it again

SCRIPT is a path, or the name of a script that comes with the program (-l).
TRACE is a file of Go 1.5 to 1.27, also packed with gzip or zstd; - is standard
input.

options:
%s

Exit status: 0 done, 1 a script called fail, 2 usage or a script that does not
load, 3 input damaged (all that is readable was delivered), 4 a script's
run-time error, 5 cannot write, 130 ended by Ctrl-C.
]]

local function available(rows)
  local now = {}
  for _, row in ipairs(rows) do
    if row.help then
      now[#now + 1] = row
    end
  end
  return now
end

local function print_help()
  output.write(usage_text:format(args.help(available(options))))
end

local function print_version()
  output.write(("gotrace-lua %s, %s\n"):format(host.version, jit.version))
end

local function print_script_help(stage)
  local words, rows = {}, {}
  for _, row in ipairs(stage.rows) do
    table.insert(rows, row)
    words[#words + 1] = row.positional and args.shown(row) .. " " or nil
  end
  output.write(("usage: gotrace-lua %s [options] %sTRACE...\n"):format(
    stage.name, table.concat(words)))
  if stage.description then
    output.write("\n", stage.description, "\n")
  end
  if #rows > 0 then
    output.write("\noptions:\n", args.help(rows), "\n")
  end
end

-- What is said in the design and not in this version.
local function refuse_later(found)
  for _, f in ipairs(found) do
    if f.row.later then
      errors.usage("%s is not yet available in this version",
        args.shown(f.row))
    end
  end
end

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
    not bundled.is_file(word) and bundled.path_of(word) ~= nil
end

local function is_trace(path)
  local file = bundled.is_file(path) and io.open(path, "rb")
  local head = file and file:read(5)
  if file then
    file:close()
  end
  return head == "go 1." or head and head:find "^\31\139" or
    head and head:find "^\40\181\47\253"
end

local function source_of(name)
  local source = bundled.locate(name)
  if is_trace(source.path) then
    errors.usage("%s is a trace: a script comes first, such as in " ..
      "gotrace-lua events %s", name, name)
  end
  return source
end

-- The stages that the line asks for, in its order: { row =, value =, at = }.
local function wanted_stages(tokens, found)
  local wanted = {}
  for _, f in ipairs(found) do
    if f.row.stage then
      wanted[#wanted + 1] = f
    end
  end
  local i, token = first_word(tokens)
  if token and (#wanted == 0 or looks_like_script(token.text)) then
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

function make.script(name, context)
  return script.load(source_of(name), context)
end

function make.eval(code, context)
  context.evals = (context.evals or 0) + 1
  local name = context.evals > 1 and "-e " .. context.evals or "-e"
  return script.load({ name = name, text = code, dir = "." }, context)
end

function make.filter(text, context)
  return { kind = "filter", each = expr.filter(text, context.unsafe) }
end

function make.print(text, context)
  local each, head = expr.printer(text, context.style, context.unsafe)
  return { kind = "print", each = each, head = head }
end

-- A filter alone shows what it keeps.
local function print_lines()
  return {
    kind = "print",
    each = function()
      output.write(line.line(), "\n")
    end,
  }
end

local function load_stages(wanted, context)
  local stages, filters = {}, 0
  for i, w in ipairs(wanted) do
    stages[i] = make[w.row.name](w.value, context)
    filters = filters + (stages[i].kind == "filter" and 1 or 0)
  end
  if filters > 0 and filters == #stages then
    stages[#stages + 1] = print_lines()
  end
  return stages
end

local function all_rows(stages)
  local rows = {}
  for _, row in ipairs(available(options)) do
    rows[#rows + 1] = row
  end
  for _, stage in ipairs(stages) do
    for _, row in ipairs(stage.rows or {}) do
      rows[#rows + 1] = row
    end
  end
  return rows
end

-- Without a trace standard input is read, if somebody can have put one there.
local function traces_of(tokens)
  local paths = args.rest(tokens)
  if #paths == 0 then
    if progress.is_terminal(0) then
      errors.usage "no trace given (see gotrace-lua --help)"
    end
    paths[1] = "-"
  end
  return paths
end

-- What the engine's status means to the shell.
local function command_status(status, input)
  if status ~= tonumber(C.GOTRACE_SYSTEM) then
    return errors.status.damaged
  end
  local kind = host.kind(input)
  local readable = kind and (kind ~= "file" or io.open(input) ~= nil)
  if readable or input == "-" then
    return errors.status.output
  end
  return errors.status.usage
end

local function run_command(name, tokens, chosen)
  local rows = {}
  for _, row in ipairs(options) do
    rows[#rows + 1] = row.name == "output" and row or nil
  end
  args.leftover(tokens, rows)
  local words = args.rest(tokens)
  if #words ~= 1 then
    errors.usage("%s wants one file (see gotrace-lua --help)", name)
  elseif name == "build" and not chosen.output then
    errors.usage "build wants -o TRACE: where to write the trace"
  end
  local ok, status, what, have, want = host.command(name, words[1],
    chosen.output)
  if ok then
    return errors.status.done
  end
  errors.warn("%s", tostring(diag.of_command(status, what, have, want)))
  return command_status(status, words[1])
end

local commands = { yaml = true, build = true }

local function describe(name, chosen)
  return script.load(bundled.locate(name), {
    tokens = {},
    program = options,
    describing = true,
    unsafe = chosen.unsafe,
    library = agg.library,
    trace = trace.current,
  })
end

local function context_of(tokens, chosen)
  if chosen.sandbox and chosen.unsafe then
    errors.usage "--sandbox and --unsafe exclude each other"
  end
  return {
    tokens = tokens,
    program = options,
    unsafe = chosen.unsafe,
    describing = chosen.help,
    style = chosen.format,
    library = agg.library,
    trace = trace.current,
  }
end

local function print_heads(stages)
  for _, stage in ipairs(stages) do
    if stage.head then
      output.write(stage.head, "\n")
    end
  end
end

local function run_scripts(tokens, found, chosen)
  refuse_later(found)
  local wanted = wanted_stages(tokens, found)
  if #wanted == 0 then
    args.leftover(tokens, available(options))
    errors.usage "no script given (see gotrace-lua --help)"
  end
  local stages = load_stages(wanted, context_of(tokens, chosen))
  if chosen.help then
    print_script_help(stages[1])
    return errors.status.done
  end
  args.leftover(tokens, all_rows(stages))
  if chosen.check then
    return errors.status.done
  end
  local paths = traces_of(tokens)
  print_heads(stages)
  return run.run(stages, paths, {
    style = chosen.format,
    quiet = chosen.quiet,
    progress = chosen.progress,
  })
end

local function run_starter(tokens, found, chosen)
  refuse_later(found)
  args.leftover(tokens, options)
  if #args.rest(tokens) > 0 then
    errors.usage "-g wants one trace and no script"
  end
  return starter(chosen.starter, { style = "text", quiet = chosen.quiet })
end

local function nothing_given(tokens)
  return #tokens == 0
end

-- main(argv): the exit status.
local function main(argv)
  local tokens = args.tokens(argv)
  local found = args.take(options, tokens)
  local chosen = args.values(options, found)
  local _, word = first_word(tokens)
  if chosen.version then
    print_version()
  elseif nothing_given(tokens) then
    errors.usage("no script given (see gotrace-lua --help)")
  elseif chosen.help and not word and not chosen.script then
    print_help()
  elseif chosen.list_events then
    list.events(chosen.format)
  elseif chosen.list then
    list.scripts(function(name)
      return describe(name, chosen)
    end, chosen.format)
  elseif word and commands[word.text] and not chosen.help then
    word.used = true
    return run_command(word.text, tokens, chosen)
  elseif chosen.starter then
    return run_starter(tokens, found, chosen)
  else
    return run_scripts(tokens, found, chosen)
  end
  return errors.status.done
end

return main
