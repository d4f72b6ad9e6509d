-- cli.lua: from the command line to a run.
--
-- The scripts' own options are known only once they are loaded, so the line is
-- taken apart in turns: the program's options, the scripts, each script's
-- options, and what is left are the traces.
local C = require "gotrace.engine.abi"
local agg = require "gotrace.tables.agg"
local args = require "gotrace.script.args"
local bundled = require "gotrace.cli.bundled"
local completion = require "gotrace.cli.completion"
local manual = require "gotrace.cli.manual"
local csv = require "gotrace.base.csv"
local event_row = require "gotrace.printing.event_row"
local diag = require "gotrace.engine.diag"
local clock = require "gotrace.trace.clock"
local errors = require "gotrace.base.errors"
local exporting = require "gotrace.output.exporting"
local host = require "gotrace.engine.host"
local inputs = require "gotrace.run.input"
local lazy = require("gotrace.base.lazy").of
local memory = require "gotrace.engine.memory"
local options = require "gotrace.cli.options"
local output = require "gotrace.sandbox.output"
local printable = require "gotrace.base.printable"
local progress = require "gotrace.run.progress"
local run = require "gotrace.run.run"
local script = require "gotrace.script.script"
local seal = require "gotrace.engine.seal"
local stages = require "gotrace.cli.stages"
local text_table = require "gotrace.printing.text_table"
local trace = require "gotrace.trace.trace"
local traces = require "gotrace.cli.traces"
local urls = require "gotrace.fetch.urls"
local wall = require "gotrace.cli.wall"
local wall_clock = require "gotrace.base.wall_clock"
local window = require "gotrace.trace.window"

-- What few runs need.
local definitions = lazy "gotrace.authoring.definitions"
local deanonymize = lazy "gotrace.cli.deanonymize"
local explain = lazy "gotrace.run.explain"
local fetcher = lazy "gotrace.fetch.fetcher"
local fleet = lazy "gotrace.fleet.fleet"
local list = lazy "gotrace.cli.list"
local merge = lazy "gotrace.fleet.merge"
local new = lazy "gotrace.authoring.new"
local recipe = lazy "gotrace.cli.recipe"
local starter = lazy "gotrace.cli.starter"
local testing = lazy "gotrace.authoring.testing"
local verify = lazy "gotrace.verify.verify"
local versions = lazy "gotrace.cli.versions"
local head, usage = lazy "gotrace.manual.head", lazy "gotrace.manual.usage"

local LEAST_MEMORY = 2 ^ 29 -- of what answers a key, and prints pages: half a GiB
local WIDTH = 80 -- characters of a picture, where there is no terminal

local function print_help()
  output.write(usage().help(args.help(options)))
end

local function print_script_help(stage)
  local words, rows = {}, {}
  for _, row in ipairs(stage.rows) do
    table.insert(rows, row)
    words[#words + 1] = row.positional and args.shown(row) .. " " or nil
  end
  output.write(("usage: gotrace-lua %s [options] %sTRACE...\n"):format(
    printable.line(stage.name), table.concat(words)))
  if stage.description then
    output.write("\n", stage.description, "\n")
  end
  if #rows > 0 then
    output.write("\noptions:\n", args.help(rows), "\n")
  end
  local main = stage.texts[1]
  local examples = main and head().examples(main.text) or {}
  if #examples > 0 then
    output.write("\n", usage().traces, "\n\nexamples:\n",
      usage().example_lines(examples), "\n")
  end
end

local function all_rows(pipeline)
  local rows = {}
  for _, stage in ipairs(pipeline) do
    for _, row in ipairs(stage.rows or {}) do
      rows[#rows + 1] = row
    end
  end
  for _, row in ipairs(options) do
    rows[#rows + 1] = row
  end
  return rows
end

local signs = { ["=="] = true, ["~="] = true, ["!="] = true, ["<"] = true,
  [">"] = true, ["<="] = true, [">="] = true, ["and"] = true, ["or"] = true,
  ["in"] = true, ["not"] = true }

-- The shell takes -f type == GoBlock apart.
local function check_signs(paths)
  for _, path in ipairs(paths) do
    if signs[path] and not host.kind(path) then
      errors.usage("%s is no trace: an expression is one word for the " ..
        "shell, in quotes: -f 'type == \"GoBlock\"'", path)
    end
  end
end

-- A script's own word may have been forgotten: grep TRACE.
local function check_taken(tokens)
  for _, token in ipairs(tokens) do
    if token.positional and stages.is_trace(token.text) then
      errors.usage("%s is taken for %s, and no trace is left", token.text,
        args.shown(token.positional))
    end
  end
end

-- Without a trace standard input is read, if somebody can have put one there.
local function traces_of(tokens)
  local paths = args.rest(tokens)
  check_signs(paths)
  if #paths == 0 then
    check_taken(tokens)
  end
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
  if memory.is_refusal(status) then
    return errors.status.memory
  elseif status ~= tonumber(C.GOTRACE_SYSTEM) then
    return errors.status.damaged
  end
  local kind = host.kind(input)
  local readable = kind and (kind ~= "file" or io.open(input) ~= nil)
  if readable or input == "-" then
    return errors.status.output
  end
  return errors.status.usage
end

-- What yaml and build take of the program's options.
local commands_take = { output = true, ["memory-limit"] = true, quiet = true,
  progress = true, sandbox = true, unsafe = true, method = true, header = true,
  netrc = true, cacert = true, insecure = true, ["unix-socket"] = true,
  save = true }

local function check_command(name, found, takes)
  for _, f in ipairs(found) do
    if not takes[f.row.name] then
      errors.usage("%s takes no %s", name, args.shown(f.row))
    end
  end
end

local function run_command(name, tokens, found, chosen)
  check_command(name, found, commands_take)
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
  elseif name == "build" and stages.is_trace(words[1]) then
    errors.usage("%s is a trace; build makes one of YAML", words[1])
  end
  local path, refusal = inputs.path_of(words[1])
  if not path then
    return refusal or errors.signal_status()
  end
  local ok, status, what, have, want = host.command(name, path, chosen.output)
  if ok then
    return errors.status.done
  end
  errors.warn("%s", tostring(diag.of_command(status, what, have, want)))
  return command_status(status, words[1])
end

local run_by_host = { yaml = true, build = true }
-- For those who write scripts: no trace is read, and none of their files is a script's.
-- What each takes of the program's options.
local authoring = { init = { help = true }, new = { help = true },
  test = { help = true, quiet = true, unsafe = true, sandbox = true,
    ["memory-limit"] = true } }
local modules = { init = definitions, new = new, test = testing }

-- For lists: whatever the script may do else, only what it says of itself.
local function describe(name)
  return script.load(bundled.locate(name), {
    tokens = {},
    program = options,
    describing = true,
    silent = true,
    library = agg.library,
    trace = trace.current,
  })
end

-- What the words behind them are: files of that kind (complete/files.lua).
local commands = { yaml = "trace", build = "yaml", merge = "any",
  init = "any", new = "any", test = "any" }
function commands.help()
  return manual.topics(describe)
end

local function is_worker(chosen)
  return chosen.fleet ~= nil and chosen.fleet.is_worker
end

local function context_of(tokens, chosen, begin_export)
  if chosen.sandbox and chosen.unsafe then
    errors.usage "--sandbox and --unsafe exclude each other"
  end
  return {
    tokens = tokens,
    program = options,
    unsafe = chosen.unsafe,
    describing = chosen.help,
    silent = chosen.help or chosen.check,
    quiet = chosen.quiet or chosen.help or is_worker(chosen),
    told = {},
    style = chosen.format,
    spans = chosen.spans,
    writes = chosen.output ~= nil,
    library = agg.library,
    trace = trace.current,
    begin_export = begin_export,
  }
end

local function print_heads(pipeline)
  for _, stage in ipairs(pipeline) do
    if stage.head then
      output.put(stage.head, "\n")
    end
  end
end

-- Names of standard output for which printing would go into the trace.
local stdout_names = {
  ["/dev/stdout"] = true,
  ["/dev/fd/1"] = true,
  ["/proc/self/fd/1"] = true,
}

-- What cannot be asked for together, or not without -o.
local function check_choice(chosen)
  if chosen.strict and not chosen.output then
    errors.usage "--strict is about the trace that -o writes: there is no -o"
  end
  if chosen.output == "-" and progress.is_terminal(1) then
    errors.usage "-o - would write a trace to the terminal: send it elsewhere"
  end
  if chosen.align and not wall_clock.ask(chosen.align) then
    errors.usage('--align: "%s" is not wall, or a day such as 2026-11-28, ' ..
      "with which the clock begins", chosen.align)
  end
  window.check(chosen)
end

-- Times by one clock are for what puts the times of several traces together.
local function check_align(chosen)
  local export = chosen.export
  if not chosen.align then
    return
  elseif chosen.output then
    errors.usage("--align is about what is found: -o writes a trace, " ..
      "whose times are its own")
  elseif export and not (export.format.adds or export.format.aligns) then
    errors.usage("--align is about several traces, and %s about one",
      export.name)
  end
end

-- Before any script prints.
local function prepare_output(chosen)
  if chosen.output then
    output.insist()
    host.ignore_broken_pipe()
  end
  if chosen.output == "-" then
    output.use_stderr()
  end
end

-- A script says that it writes: without -o to standard output.
local function begin_export(chosen)
  return not (chosen.help or chosen.check) and function()
    chosen.export_to = chosen.output or "-"
    prepare_output { output = chosen.export_to }
  end or nil
end

-- What is no trace goes where -o says, and no trace is written.
local function check_export(pipeline, chosen)
  local export = exporting.of(pipeline)
  chosen.export = export
  if not export then
    return
  elseif chosen.strict then
    errors.usage("--strict is about traces, and %s writes %s",
      export.stage.name, export.name)
  elseif chosen.export_to == "-" and not export.format.is_text and
    progress.is_terminal(1) then
    errors.usage("%s is nothing for a terminal: say where, with -o FILE",
      export.name)
  end
  chosen.output = nil
end

local function check_needs(pipeline, chosen)
  for _, stage in ipairs(pipeline) do
    local output_needed = stage.wants and stage.wants.output
    if output_needed and chosen.export then
      errors.usage("%s writes a trace, and %s writes %s: a run has one output",
        stage.name, chosen.export.stage.name, chosen.export.name)
    elseif output_needed and not chosen.output then
      errors.usage("%s writes a trace: say where, with -o NEW.trace",
        stage.name)
    elseif stage.fitting and #pipeline > 1 then
      errors.usage("%s writes the trace again and again for --to-size, " ..
        "which other scripts and expressions must not see: write first " ..
        "what they leave, and then %s that", stage.name, stage.name)
    elseif stage.guard and stage.guard.is_preview then
      -- Nothing goes there: output/writer.lua keeps it back.
      chosen.output = chosen.output or "-"
    end
  end
end

-- words: traces or folders.
local function check_pair(pipeline, words)
  for _, stage in ipairs(pipeline) do
    if stage.wants and stage.wants.pair and #words ~= 2 then
      errors.usage("%s compares two traces, or two folders of them: there " ..
        "%s %d here", stage.name, #words == 1 and "is" or "are", #words)
    end
  end
end

-- The traces to read, and for each the number of the word that it is of.
local function inputs_of(pipeline, tokens, chosen)
  local words
  if chosen.files_from then
    words = traces.listed(chosen.files_from, args.rest(tokens))
  else
    words = traces_of(tokens)
  end
  check_pair(pipeline, words)
  return traces.expand(words, chosen.recursive)
end

local function run_stages(pipeline, tokens, chosen)
  local paths, arguments = {}, {}
  if not is_worker(chosen) then
    paths, arguments = inputs_of(pipeline, tokens, chosen)
  end
  if chosen.output and #paths > 1 then
    errors.usage("-o writes one trace, of one that is read: there are %d here",
      #paths)
  elseif chosen.output and chosen["repeat"] and
    not chosen.output:find("%d", 1, true) then
    errors.usage "-o with --repeat wants a name with %d: -o trace-%d.trace"
  elseif chosen.export then
    exporting.check_traces(chosen.export, #paths, chosen["repeat"],
      chosen.align)
  end
  check_align(chosen)
  clock.prepare(paths)
  if not (is_worker(chosen) or chosen.partial_out) then
    print_heads(pipeline)
  end
  return run.run(pipeline, paths, {
    fleet = chosen.fleet and fleet().reader(pipeline, chosen, paths),
    style = chosen.format,
    spans = chosen.spans,
    quiet = chosen.quiet,
    progress = chosen.progress,
    output = chosen.output,
    strict = chosen.strict,
    binary = chosen.binary,
    align = chosen.align,
    from = chosen.from,
    to = chosen.to,
    arguments = arguments,
    export = chosen.export,
    export_to = chosen.export_to,
    repeats = chosen["repeat"] ~= nil,
  })
end

-- Whether tables have colours: where a terminal shows them and nobody minds
-- (https://no-color.org).
local function wants_colors(chosen)
  local no_color = os.getenv "NO_COLOR" or ""
  return chosen.format == "text" and not chosen.partial_out and
    (chosen.color == "always" or
    chosen.color == "auto" and no_color == "" and
    os.getenv "TERM" ~= "dumb" and output.is_terminal())
end

local function prepare_tables(chosen)
  local columns = output.columns() or tonumber(
    (os.getenv "COLUMNS" or ""):match "^[1-9]%d*$")
  local width = not chosen.wide and columns or math.huge
  text_table.set_width(width, chosen.wide, not chosen.wide and WIDTH or nil)
  text_table.use_colors(wants_colors(chosen))
end

-- The script of which --help has the options, if there is one only.
local function help_of(pipeline)
  local first = pipeline[1]
  local is_alone = #pipeline == 1 and first.kind == "script"
  return is_alone and bundled.is_bundled(first.name) and first.name or nil
end

-- What a goroutine's number may be in an event that is another's.
local OF_ONE = " (of one: -f 'g == 1 or target_g == 1 or new_g == 1'; " ..
  "for a copy with nothing else: keep)"

-- What to say of an option that is called as a script, or as what -f tells.
local function script_hint(option)
  local name = option:match "^%-%-([%a-]+)$"
  if name == "goroutine" then
    return OF_ONE
  end
  name = name and name:gsub("-", "_")
  return name and bundled.find(name) and
    (" (%s is a script: gotrace-lua %s TRACE)"):format(name, name) or nil
end

local function run_scripts(tokens, found, chosen)
  if stdout_names[chosen.output] then
    chosen.output = "-"
  end
  check_choice(chosen)
  local wanted = stages.wanted(tokens, found, chosen.output ~= nil,
    chosen.spans ~= nil)
  if #wanted == 0 and not (chosen.output or chosen.spans) then
    args.leftover(tokens, options)
    errors.usage "no trace given (see gotrace-lua --help)"
  end
  prepare_output(chosen)
  prepare_tables(chosen)
  errors.catch_signals()
  local pipeline = stages.load(wanted, context_of(tokens, chosen,
    begin_export(chosen)))
  memory.check "while the scripts were loaded"
  if chosen.help then
    print_script_help(pipeline[1])
    return errors.status.done
  end
  args.leftover(tokens, all_rows(pipeline), help_of(pipeline), script_hint)
  check_export(pipeline, chosen)
  if chosen.explain then
    explain()(pipeline, chosen)
    fleet().explain(pipeline, chosen)
  end
  if chosen.check then
    return errors.status.done
  end
  check_needs(pipeline, chosen)
  local status = run_stages(pipeline, tokens, chosen)
  if text_table.was_cut() and output.is_terminal() and not chosen.quiet then
    errors.warn "names are cut to fit the terminal: --wide shows them whole"
  end
  return status
end

local function has_stage(found)
  for _, f in ipairs(found) do
    if f.row.stage then
      return true
    end
  end
  return false
end

-- What is said of reading traces, or of writing one, is for the runs before.
local not_merging = { output = true, strict = true, jobs = true,
  recursive = true, ["files-from"] = true, progress = true }

local function check_merge(found, style)
  for _, f in ipairs(found) do
    if not_merging[f.row.name] then
      errors.usage("merge puts partial results together, and reads no " ..
        "trace: no %s", args.shown(f.row))
    elseif f.row.name == "format" and f.value ~= style then
      errors.usage("merge has the form that the runs had: -F %s", style)
    end
  end
end

-- merge [-s SCRIPT ...] PART...: the form is the parts' own.
local function run_merge(tokens, found, chosen)
  chosen.format = merge().style(tokens)
  check_merge(found, chosen.format)
  event_row.set_style(chosen.format)
  prepare_tables(chosen)
  errors.catch_signals()
  local pipeline = {}
  if has_stage(found) then
    pipeline = stages.load(stages.wanted(tokens, found, false,
      chosen.spans ~= nil), context_of(tokens, chosen))
  end
  args.leftover(tokens, all_rows(pipeline))
  return merge().merge(args.rest(tokens), pipeline, chosen)
end

local not_verifying = {
  binary = true, output = true, strict = true, from = true, to = true,
}

local function run_verify(tokens, found, chosen)
  args.leftover(tokens, options)
  for _, f in ipairs(found) do
    if f.row.stage or not_verifying[f.row.name] then
      errors.usage("--verify reads traces and does nothing else: no %s",
        args.shown(f.row))
    end
  end
  local paths = args.rest(tokens)
  table.insert(paths, 1, chosen.verify)
  return verify()(paths, chosen)
end

local function run_starter(tokens, chosen)
  if chosen.starter:find "^%d+$" then
    errors.usage("-g %s: that is a trace's place; a goroutine is -G %s",
      chosen.starter, chosen.starter)
  end
  args.leftover(tokens, options)
  if #args.rest(tokens) > 0 then
    errors.usage "-g wants one trace and no script"
  end
  return starter()(chosen.starter, { style = "text", quiet = chosen.quiet })
end

local function prepare_csv(chosen)
  if not chosen.csv_safe then
    return
  elseif chosen.format ~= "csv" then
    errors.usage "--csv-safe is about -F csv"
  end
  csv.guard()
end

-- What the line says, and its recipes: they are read before the wall is there, as the
-- output that it lets through may stand in one.
local function take_options(tokens)
  local found = args.take(options, tokens)
  for _, f in ipairs(found) do
    if f.row.name == "recipe" then
      return recipe().add(found)
    end
  end
  return found
end

-- Words of the command line that are no scripts, as a set.
local function command_words()
  local all = { deanonymize = true }
  for _, set in ipairs { commands, authoring } do
    for name in pairs(set) do
      all[name] = true
    end
  end
  return all
end

-- --unsafe: scripts have all modules, and a name leads to none of this folder.
local function open_all()
  seal.open()
  bundled.leave_out_here()
end

local function is_authoring(word, found)
  return word and authoring[word.text] and not has_stage(found)
end

-- new, test and init, which write files and start processes of their own.
local function run_authoring(name, tokens, found, chosen)
  check_command(name, found, authoring[name])
  local command = modules[name]()
  if chosen.help then
    output.write(command.usage)
    return errors.status.done
  elseif name == "test" then
    return command.run(tokens, {
      options = options,
      commands = command_words(),
    }, chosen)
  end
  return command.run(tokens, bundled.is_bundled)
end

-- Whether the line asks for what goes on until somebody has seen enough: a page, or a
-- recording, unless that asks again and again.
local function goes_on(tokens, chosen)
  local _, word = stages.first_word(tokens)
  if word and word.text == "record" then
    return not chosen["repeat"]
  end
  for _, token in ipairs(tokens) do
    if token.text == "--once" then
      return false
    end
  end
  return word ~= nil and word.text == "top"
end

local function nothing_given(tokens)
  return #tokens == 0
end

-- Before the wall stands (fleet.lua).
local function start_processes(chosen, has_urls)
  if chosen.jobs or chosen.partial_out then
    fleet().start(chosen, has_urls)
  end
end

-- Options that help does not tell of: for a shell in which a key is pressed, and for
-- `cmake --install`. Nothing of a line is run; scripts say behind the wall what options
-- they have.
local hidden = {
  ["--complete"] = function(argv)
    completion.answer({ unpack(argv, 2) }, commands, describe)
  end,
  ["--man"] = function(argv)
    manual.print_man(argv[2], describe)
  end,
}

-- What is printed of the program itself; false: something else is asked for.
local function tell(tokens, chosen, word)
  local is_command = word and commands[word.text]
  local is_help = chosen.help and not chosen.script and
    (not word or is_command)
  local is_of_page = word and word.text == "help" and not chosen.help
  if chosen.version or chosen.list or chosen.list_events or
    chosen.completion or is_of_page or chosen.help and not word then
    args.leftover(tokens, options)
  end
  if chosen.version then
    versions().print()
  elseif chosen.completion then
    completion.print_script(chosen.completion)
  elseif nothing_given(tokens) then
    errors.usage("no trace given (see gotrace-lua --help)")
  elseif is_help then
    print_help()
  elseif chosen.list_events then
    list().events(args.rest(tokens), chosen.format)
  elseif chosen.list then
    list().scripts(describe, args.rest(tokens),
      chosen.format)
  elseif is_of_page then
    word.used = true
    manual.help(args.rest(tokens), describe, chosen.format)
  else
    return false
  end
  return true
end

-- help --from is about the option, and none is given.
local function asked_of_option(argv)
  local name = #argv == 2 and argv[1] == "help" and argv[2]:match "^%-+(.*)$"
  return name and name ~= "help" and name ~= "h" and { "help", name } or argv
end

-- main(argv): the exit status.
local function main(argv)
  if hidden[argv[1]] then
    memory.set(LEAST_MEMORY)
    wall.raise()
    hidden[argv[1]](argv)
    return errors.status.done
  end
  local tokens = args.tokens(asked_of_option(argv))
  local found = take_options(tokens)
  local chosen = args.values(options, found)
  local has_urls = urls.are_asked(argv, chosen)
  if goes_on(tokens, chosen) then
    urls.ask_for_long()
  end
  if has_urls then -- by a process that the wall is not around
    fetcher().begin(tokens, chosen)
  end
  memory.set(chosen.memory_limit)
  local _, word = stages.first_word(tokens)
  if is_authoring(word, found) then
    word.used = true
    return run_authoring(word.text, tokens, found, chosen)
  elseif not (word and commands[word.text]) then
    start_processes(chosen, has_urls)
  end
  chosen.wall = not chosen.unsafe and wall.raise(chosen.output,
    not is_worker(chosen) and chosen.partial_out or nil)
  if chosen.unsafe then
    open_all()
  end
  prepare_csv(chosen)
  event_row.set_style(chosen.format)
  if tell(tokens, chosen, word) then
    return errors.status.done
  elseif word and word.text == "deanonymize" and
    not (chosen.output or chosen.help or chosen.check) then
    word.used = true
    return deanonymize().run(tokens)
  elseif word and word.text == "merge" and
    not (chosen.help or chosen.check) then
    word.used = true
    return run_merge(tokens, found, chosen)
  elseif word and run_by_host[word.text] and not chosen.help then
    word.used = true
    return run_command(word.text, tokens, found, chosen)
  elseif chosen.verify then
    return run_verify(tokens, found, chosen)
  elseif chosen.starter then
    return run_starter(tokens, chosen)
  end
  return run_scripts(tokens, found, chosen)
end

return main
