-- script.lua: loads a script and keeps what it declares: a stage of the
-- pipeline.
--
-- `drop` and `count_types` say what is left out and what is counted without a
-- hook. `on`, `scan`, `args`, `opt`, `order`, `needs`, `description` and `trace` are
-- not plain globals: assigning them is checked at once, at the script's line,
-- and reading `opt` is what makes the script's part of the command line be
-- parsed, so that the main chunk can use it right behind `args`.
local advice = require "gotrace.script.advice"
local anonymize =
  require("gotrace.base.lazy").of "gotrace.anonymize.library"
local args = require "gotrace.script.args"
local bounded = require "gotrace.sandbox.bounded"
local host = require "gotrace.engine.host"
local declare = require "gotrace.script.declare"
local emit = require "gotrace.event.emit"
local errors = require "gotrace.base.errors"
local lazy = require("gotrace.base.lazy").of
local event_row = require "gotrace.printing.event_row"
local exports = require "gotrace.script.exports"
local fields = require "gotrace.event.fields"
local hooks = require "gotrace.event.hooks"
local machine = require "gotrace.span.machine"
local made = require "gotrace.script.made"
local memory = require "gotrace.engine.memory"
local printable = require "gotrace.base.printable"
local printed = require "gotrace.printing.printed"
local probes = require "gotrace.script.probes"
local proxy = require "gotrace.base.proxy"
local regexp = require "gotrace.base.regexp"
local sandbox = require "gotrace.sandbox.sandbox"
local screen = require "gotrace.screen.library"
local source_check = require "gotrace.script.source_check"
local spec = require "gotrace.engine.event_table"
local suggest = require "gotrace.base.suggest"
local tables = require "gotrace.tables.object"
local trouble = require "gotrace.script.script_error"
local types = require "gotrace.script.types"

local expect = lazy "gotrace.expect.library"
local goroutine_sums = lazy "gotrace.tables.goroutine_sums"
local fitting = lazy "gotrace.script.fitting"
local sums = lazy "gotrace.tables.sums"

-- The table in which a script defines its hooks: `on` or `scan`, kept as
-- hooks_of by set_hook(stage, name, hook).
local function make_hooks(stage, where, hooks_of, set_hook)
  return setmetatable({}, {
    __metatable = false,
    __index = hooks_of,
    __newindex = function(_, name, hook)
      local refusal = hooks.refusal(name, where)
      if refusal then
        error(refusal, 2)
      elseif type(hook) ~= "function" then
        error(("%s.%s must be a function, not %s"):format(where, name,
          type(hook)), 2)
      elseif stage.loaded then
        error("hooks are set while the script loads, not later", 2)
      end
      set_hook(stage, name, hook)
    end,
  })
end

local function options_object(stage, values)
  local names, known = {}, {}
  for i, row in ipairs(stage.rows) do
    names[i] = args.key(row)
    known[names[i]] = true
  end
  local new = proxy.class("opt", "options come from the command line; a " ..
    "variable of the script's own can hold another value", {
    __index = function(_, name, ...)
      if not known[name] then
        error(('no option "%s"%s; args declares the options'):format(
          tostring(name), suggest.hint(tostring(name), names)), 2)
      end
      return values[name]
    end,
  })
  return new(values)
end

-- A list is a copy, so that what is done to it ends with the trace. What has a
-- metatable is an object.
local function copies(values)
  local t = {}
  for name, value in pairs(values) do
    local is_list = type(value) == "table" and getmetatable(value) == nil
    t[name] = is_list and copies(value) or value
  end
  return t
end

-- The program's options and the script's.
local function known_rows(stage)
  local rows = {}
  for _, list in ipairs { stage.rows, stage.context.program } do
    for _, row in ipairs(list) do
      rows[#rows + 1] = row
    end
  end
  return rows
end

-- What a recipe gives to the rows, and the command line, which counts for more.
local function found_for(rows, context)
  local found = context.given and args.take_given(rows, context.given) or {}
  for _, f in ipairs(args.take(rows, context.tokens)) do
    found[#found + 1] = f
  end
  if not context.quiet then
    args.tell_old(found)
  end
  if not context.given then
    args.take_positional(rows, context.tokens, found)
  end
  return found
end

-- The script's options from the command line, or from its recipe.
local function resolve(stage)
  if stage.values then
    return options_object(stage, copies(stage.values))
  end
  local context = stage.context
  local found = found_for(stage.rows, context)
  local values = args.values(stage.rows, found,
    event_row.style() ~= "text")
  stage.values = values
  local missing = args.missing(stage.rows, values)
  if missing and context.alone and not context.given then -- it may be there, but misspelled
    args.leftover(context.tokens, known_rows(stage))
  end
  if missing and not context.describing then
    errors.usage("%s wants %s: %s (see gotrace-lua --help %s)", stage.name,
      args.shown(missing), missing.help or "a value", stage.name)
  end
  return options_object(stage, copies(values))
end

local function opt_of(stage)
  stage.opt = stage.opt or resolve(stage)
  return stage.opt
end

-- Globals with a meaning: how they are read and set.
local get, set = {}, {}
function get.on(stage)
  return stage.tables.on
end
function get.scan(stage)
  return stage.tables.scan
end
function get.opt(stage)
  return opt_of(stage)
end
function get.trace(stage)
  return stage.context.trace
end
function get.shared(stage)
  stage.uses_shared = true
  return stage.shared
end
function get.order(stage)
  return stage.order
end
function get.needs(stage)
  return stage.needs
end
function get.description(stage)
  return stage.description
end
function get.writes(stage)
  return stage.writes
end
function get.export(stage)
  return stage.tables.export
end

function set.args(stage, value)
  if stage.values and not stage.opt then
    return -- of a chunk that is run again: the command line is read
  end
  local rows, wrong = declare.args(value, stage.context.program)
  if not rows then
    error(wrong, 3)
  elseif stage.opt then
    error("args must come before the first use of opt", 3)
  end
  stage.rows = rows
end
for _, name in ipairs { "description", "order", "needs" } do
  set[name] = function(stage, value)
    local checked, wrong = declare[name](value)
    if not checked then
      error(wrong, 3)
    end
    stage[name] = checked
  end
end
for _, name in ipairs { "on", "scan" } do
  set[name] = function()
    error(name .. " holds the hooks: write function " .. name ..
      ".GoCreate(ev) ... end", 3)
  end
end
local set_needs = set.needs
function set.needs(stage, value)
  set_needs(stage, value)
  local list = stage.needs
  stage.wants = {}
  for _, word in ipairs(type(list) == "table" and list or { list }) do
    stage.wants[word] = true
  end
end
-- What is printed goes elsewhere from now on, if it would go into the file.
function set.writes(stage, value)
  local wrong = exports.problem(value)
  if wrong then
    error(wrong, 3)
  elseif stage.writes and stage.writes ~= value then
    error(("writes is %s already"):format(stage.writes), 3)
  end
  if not stage.writes and stage.context.begin_export then
    stage.context.begin_export()
  end
  stage.writes = value
end
function set.export()
  error("export has a function for each format, and cannot be set", 3)
end
function set.opt()
  error("opt comes from the command line and cannot be set", 3)
end
function set.shared()
  error("shared is a table for what lasts from trace to trace: set its fields",
    3)
end
function set.trace()
  error("trace is the trace that is read and cannot be set", 3)
end

local function guard(env, stage)
  return setmetatable(env, {
    __metatable = false,
    __index = function(_, name)
      local g = get[name]
      return g and g(stage)
    end,
    __newindex = function(_, name, value)
      if set[name] then
        set[name](stage, value)
      else
        rawset(env, name, value)
      end
    end,
  })
end

local function read_file(path)
  local file, why = io.open(path, "rb")
  if not file then
    return nil, why
  end
  local text, problem = file:read "*a"
  file:close()
  if not text then
    return nil, path .. ": " .. problem
  end
  return text
end

-- How the stats of spans show in a text.
local STATS = "[.%[]%s*[\"']?stats%f[^%w_]"

local is_task = { task = true, each_task = true }
local is_object = { goroutine = true, proc = true, thread = true, gc = true,
  each_goroutine = true, task = true, each_task = true }

-- Whether a text may ask for one of these objects: if it does in a way that does not show,
-- it is told to say so (trace/trace.lua). `on.task(s)` is a hook, `ev.task` a field.
local function asks_for(text, objects)
  for of, name, behind in text:gmatch
    "([%w_]+)%s*[.%[]%s*[\"']?([%w_]+)[\"']?%]?%s*(.?)" do
    local called = behind == "(" and of ~= "on" and of ~= "scan"
    if objects[name] and (of == "trace" or called) then
      return true
    end
  end
  return false
end

-- An option of that name is none, unless it is called.
local function mentions_objects(text)
  local rest = text:gsub("%f[%w_]opt%s*%.%s*goroutine%f[^%w_]", "")
  return asks_for(text, is_object) or
    rest:find "[.%[]%s*[\"']?goroutine%f[^%w_]" ~= nil
end

local no_trace = { on = true, scan = true, math = true }

-- Whether a text may ask for regions, tasks or logs: as mentions_objects. `trace.task(id)`
-- only looks.
local function mentions_insertion(text)
  for of, name, behind in text:gmatch
    "([%w_]+)%s*[.%[]%s*[\"']?([%w_]+)[\"']?%]?%s*(.?)" do
    local given = behind == "{" or behind == "(" and name ~= "task"
    if (name == "region" or name == "log" or name == "task") and
      not no_trace[of] and
      (given or of == "trace" and name ~= "task") then
      return true
    end
  end
  return false
end

-- The chunk, or nil and what is wrong. Bytecode is refused: it can do anything.
local function compile(stage, text, name, env)
  if text:byte() == 27 then
    return nil, name:sub(2) .. " is bytecode; scripts are loaded as text only"
  end
  stage.objects = stage.objects or mentions_objects(text)
  stage.inserts = stage.inserts or mentions_insertion(text)
  stage.tasks = stage.tasks or asks_for(text, is_task)
  stage.accounts = stage.accounts or text:find(STATS) ~= nil
  local chunk, wrong = load(text, name, "t", env)
  stage.texts[#stage.texts + 1] = chunk and { fn = chunk, text = text }
  return chunk, wrong and advice.of(wrong)
end

-- Messages of Lua begin with it.
local function chunk_name(path)
  return sandbox.chunk_name("@" .. printable.line(path))
end

-- The text of a module of the script, or nil. A link may lead anywhere, and who
-- sends scripts can send links; a FIFO would be waited for.
local function read_module(stage, name, path)
  local kind = host.kind(path)
  if not kind or stage.context.unsafe then
    return kind and read_file(path)
  elseif kind ~= "file" or not host.is_inside(path, stage.dir) then
    error(('module "%s" is no file in %s, or a link that leads out of it')
      :format(name, stage.dir), 0)
  end
  return read_file(path)
end

local function compile_text(stage, text, name)
  local chunk, wrong = compile(stage, text, name, stage.env)
  if not chunk then
    error(wrong, 0)
  end
  return chunk
end

local function compile_bundled(stage, name)
  local text, path = stage.bundled(name)
  return text and compile_text(stage, text, chunk_name(path))
end

local function compile_module(stage, name)
  if stage.bundled then
    return compile_bundled(stage, name)
  elseif not stage.dir then
    return nil
  end
  local base = stage.dir .. "/" .. name:gsub("%.", "/")
  for _, path in ipairs { base .. ".lua", base .. "/init.lua" } do
    local text = read_module(stage, name, path)
    if text then
      return compile_text(stage, text, chunk_name(path))
    end
  end
end

-- The chunk of a module beside the script, compiled once, for the script's
-- environment of now.
local function load_module(stage, name)
  local chunk = stage.modules[name] or compile_module(stage, name)
  stage.modules[name] = chunk
  return chunk and setfenv(chunk, stage.env)
end

local function copy_of(module)
  local copy = {}
  for key, value in pairs(module) do
    copy[key] = value
  end
  return copy
end

-- Modules of ours that scripts may require. They get copies.
local public = {
  ["gotrace.format"] = printed.library,
  ["gotrace.regexp"] = function()
    return copy_of(regexp)
  end,
}

local function module_hint(name)
  return name:find "json" and '; json is in "gotrace.format"' or
    suggest.hint(name, proxy.sorted_keys(public))
end

local function find_module(stage, name)
  if public[name] then
    return function()
      return public[name](stage)
    end
  end
  local chunk = name:find "^[%w_-]+[%w_.-]*$" and not name:find("..", 1, true)
    and load_module(stage, name)
  if chunk then
    return chunk
  elseif stage.context.unsafe then
    return function()
      return require(name)
    end
  end
  error(('no module "%s" beside the script, in %s%s'):format(name,
    stage.dir or "the program", module_hint(name)), 3)
end

local function make_require(stage)
  local loaded = {}
  return function(name)
    if type(name) ~= "string" then
      error("require wants a name, not " .. type(name), 2)
    end
    if loaded[name] == nil then
      local value = find_module(stage, name)(name)
      loaded[name] = value == nil and true or value
    end
    return loaded[name]
  end
end

local function fail(fmt, ...)
  local text = fmt == nil and "a script called fail" or errors.text_of(fmt)
  if select("#", ...) > 0 then
    local ok, filled = pcall(errors.fill, text, ...)
    if not ok then
      error("fail: " .. errors.text_of(filled):gsub("to '%?'", "to 'fail'"), 2)
    end
    text = filled
  end
  errors.stop(errors.status.failed, text)
end

-- The rules of a script: they declare hooks, and judge behind the script's own finish.
public["gotrace.expect"] = function(stage)
  return expect().library {
    loaded = function()
      return stage.loaded
    end,
    hook = function(name, fn)
      probes.add(stage, name, fn)
    end,
    last = function(fn)
      probes.add(stage, "finish", fn, true)
    end,
    wants = function(spans)
      stage.names = true
      stage.objects = stage.objects or spans ~= nil
    end,
    style = function()
      return printed.library().style()
    end,
    print = function()
      return stage.env.print
    end,
    file = function()
      return stage.context.trace.file
    end,
    fail = fail,
  }
end

-- What is written in place of names, and who judges it.
public["gotrace.anonymize"] = function(stage)
  return anonymize().library {
    set_guard = function(own)
      stage.guard = own
    end,
    print = function()
      return stage.env.print
    end,
    trace = stage.context.trace,
  }
end

public["gotrace.fitting"] = function(stage)
  return fitting().library(stage)
end

public["gotrace.sums"] = function(stage)
  return sums().library(stage)
end

public["gotrace.goroutine_sums"] = function(stage)
  return goroutine_sums().library(stage)
end

-- Pages on the terminal.
public["gotrace.screen"] = function(stage)
  return screen.library(stage)
end

-- How large the heap is: a function that yields its bytes and its goal, as last told.
public["gotrace.heap"] = function(stage)
  stage.heap = true
  return machine.heap
end

-- drop(name, ...): events of these types are left out: the script's own hooks do
-- not see them, nor does what is behind it. Names may have * and ?, and be lists
-- of names, as options are.
local function make_drop(stage)
  local function add(name)
    local found, _, why = types.events.parse(name)
    if not found then
      error("drop: " .. why, 3)
    end
    for _, known in ipairs(found) do
      stage.leaves_out[spec.by_name[known].id] = true
    end
  end
  return function(...)
    if stage.loaded then
      error("types are dropped while the script loads, not later; a hook " ..
        "drops its event with return false", 2)
    end
    for i = 1, select("#", ...) do
      local name = select(i, ...)
      if type(name) == "table" then
        name = table.concat(name, ",")
      elseif type(name) ~= "string" then
        error('drop wants names of event types, as in drop("UserLog"), not ' ..
          type(name), 2)
      end
      add(name)
    end
  end
end

-- count_types(what): count(what, "type") of all events that come to the script,
-- before its hooks. Where nobody else looks at events, the engine fills in no
-- more than this takes.
local function make_count_types(stage, count)
  return function(what)
    if stage.loaded then
      error("what is counted is said while the script loads, not later", 2)
    end
    local by, before = count(what, "type"), stage.counts
    local type_of, cur = fields.lenient.type, fields.cur
    stage.counts = function(ev)
      if before then
        before(ev)
      end
      by:add(type_of(cur))
    end
    return by
  end
end

-- A script that is only described, or checked, prints nothing, and ends.
local function silence(env)
  bounded.limit(env)
  env.print = function() end
  env.io = { write = env.print }
  tables.set_put(env.print)
end

local function make_environment(stage)
  local env = sandbox.environment()
  env.fail = fail
  env.emit = emit.of(stage)
  env.drop = make_drop(stage)
  env.probe, env.group = probes.probe_of(stage), probes.group
  env.require = make_require(stage)
  for name, make in pairs(made.library(stage, stage.context.library)) do
    env[name] = make
  end
  env.count_types = make_count_types(stage, env.count)
  if stage.context.unsafe then
    sandbox.open(env)
  end
  if stage.context.silent then
    silence(env)
  end
  return guard(env, stage)
end

-- Of a script that is described or checked only what it declares is wanted: it
-- gets as many instructions as bounded.lua grants.
local function run_chunk(stage, chunk)
  local run = stage.context.silent and bounded.run or xpcall
  local ok, problem = run(chunk, trouble.describe)
  if ok then
    return
  end
  problem = memory.instead(problem, "while the script was loaded")
  if errors.is_stop(problem) then
    error(problem, 0)
  end
  errors.usage(trouble.load_text(problem))
end

-- What is the trace's own: the hooks and the environment.
local function begin(stage)
  stage.loaded, stage.opt, stage.order = false, nil, nil
  stage.hooks, stage.scan, stage.sums = {}, {}, {}
  stage.page = nil
  probes.begin(stage)
  stage.leaves_out, stage.counts = {}, nil
  stage.is_export_made = false
  stage.tables = {
    export = exports.library(stage, function(...)
      probes.add(stage, ...)
    end),
    on = make_hooks(stage, "on", stage.hooks, probes.set_own),
    scan = make_hooks(stage, "scan", stage.scan, function(_, name, hook)
      stage.scan[name] = hook
    end),
  }
  stage.env = make_environment(stage)
end

local function run_main(stage)
  run_chunk(stage, setfenv(stage.chunk, stage.env))
  opt_of(stage)
  stage.loaded = true
end

-- Not of what comes with the program, nor where a script is only described.
local function check_text(stage, source)
  if not (source.chunk or stage.context.describing) then
    source_check.check(stage)
  end
end

local keys = lazy "gotrace.expression.keys"

-- The modules that know what values of options ask for, by type of option.
local knows = {
  expr = lazy "gotrace.expression.expr",
  event_keys = keys,
}

-- What the script asks events for that wants spans: in its text, or in an option that is
-- an expression; nil: nothing.
local function asked_word(stage)
  for _, row in ipairs(stage.rows) do
    local value = knows[row.type] and stage.values[args.key(row)]
    local word = value and knows[row.type]().word_of(value)
    if word then
      return word
    end
  end
  return source_check.asked(stage, fields.is_word_of_g)
end

-- Whether an option groups spans by what their tasks log.
local function groups_by_logs(stage)
  for _, row in ipairs(stage.rows) do
    local value = row.type == "keys" and stage.values[args.key(row)]
    if value and keys().asks_for_logs(value) then
      return true
    end
  end
  return false
end

-- renew(stage): as if the script had just been loaded, for a further trace. Its
-- tables, options and `shared` stay.
local function renew(stage)
  begin(stage)
  run_main(stage)
end

-- without_interpreter(text): a script may begin with a line for the system: #!/usr/bin/env
-- gotrace-lua. Lines keep their numbers.
local function without_interpreter(text)
  return (text:gsub("^#![^\n]*", ""))
end

local function text_of(source)
  if source.text then
    return source.text
  end
  local text, why = read_file(source.path)
  if not text then
    errors.usage("cannot read the script: %s", why)
  end
  return without_interpreter(text)
end

-- The main chunk, compiled once for all traces.
local function compile_main(stage, source)
  local file = source.path or source.chunk
  local name = file and chunk_name(file) or "=" .. source.name
  local chunk, wrong = compile(stage, text_of(source), name, {})
  if not chunk then
    errors.usage("%s", wrong)
  end
  return chunk
end

-- load_script(source, context): the stage of a script.
--   source   { name =, path = or text = and chunk =, dir = if it is in one,
--            module(name) = the text and chunk of its modules, if it comes with
--            the program }
--   context  { tokens, program (rows), unsafe, describing, silent, library,
--            trace, given = what a recipe gives (args.take_given) }
-- Ends with exit status 2 if it does not load.
local function load_script(source, context)
  local stage = {
    kind = "script",
    name = source.name,
    dir = source.dir,
    bundled = source.module,
    context = context,
    texts = {}, -- { fn, text } of all that is compiled
    modules = {}, -- chunks by name
    wants = {}, -- the words of `needs`, as a set
    rows = {},
    shared = {},
    renew = renew,
  }
  stage.chunk = compile_main(stage, source)
  begin(stage)
  run_main(stage)
  check_text(stage, source)
  stage.words = asked_word(stage)
  stage.objects = stage.objects or groups_by_logs(stage)
  return stage
end

return { load = load_script, read_file = read_file,
  without_interpreter = without_interpreter }
