-- testing.lua: gotrace-lua test: runs tests of scripts. A test file is one as busted takes
-- it, and has what a script has: no files, no processes, and the wall around it. What starts
-- the program for it is another process (served.lua, program_runs.lua).
local args = require "gotrace.script.args"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local lazy = require("gotrace.base.lazy").of
local output = require "gotrace.sandbox.output"
local printable = require "gotrace.base.printable"
local sandbox = require "gotrace.sandbox.sandbox"
local script = require "gotrace.script.script"

local assertions = lazy "gotrace.authoring.assertions"
local program_runs = lazy "gotrace.authoring.program_runs"
local served = lazy "gotrace.authoring.served"

local HELPER = "library/gotrace/test.lua"
local NAME = "_test%.lua$"

local function file_names(dir)
  local names = host.list(dir)
  if not names then
    errors.usage("cannot read the folder %s", dir)
  end
  table.sort(names)
  return names
end

-- The test files that words of the command line name; none: those of this folder.
local function files_of(words)
  local files = {}
  for _, word in ipairs(#words > 0 and words or { "." }) do
    local kind = host.kind(word)
    if not kind then
      local test = word:gsub("%.lua$", "") .. "_test.lua"
      errors.usage("there is no %s%s", word, host.kind(test) and
        (' (did you mean "%s"?)'):format(test) or "")
    elseif kind == "folder" then
      for _, name in ipairs(file_names(word)) do
        local path = word == "." and name or word:gsub("/$", "") .. "/" .. name
        files[#files + 1] = name:find(NAME) and path or nil
      end
    else
      files[#files + 1] = word
    end
  end
  if #files == 0 then
    errors.usage("there are no tests here (files *_test.lua): gotrace-lua " ..
      "new NAME makes a script with one")
  end
  return files
end

local function folder_of(path)
  return path:match "^(.*)/[^/]*$" or "."
end

-- A chunk in the environment of a test, or an error that says why not.
local function load_text(text, name, env)
  local chunk, why = load(script.without_interpreter(text),
    sandbox.chunk_name("@" .. printable.line(name)), "t", env)
  if not chunk then
    error(why, 0)
  end
  return chunk
end

-- require of a test: gotrace.test, and modules beside it, in its own environment.
local function make_require(env, dir, runs)
  local loaded = {}
  local helper = load_text(host.file(HELPER), HELPER,
    setmetatable({}, { __index = env }))
  loaded["gotrace.test"] = helper("gotrace.test", runs)
  return function(name)
    local file = type(name) == "string" and name:find "^[%w_-][%w_.-]*$" and
      not name:find("..", 1, true) and
      dir .. "/" .. name:gsub("%.", "/") .. ".lua"
    if not loaded[name] then
      if not file or host.kind(file) ~= "file" or
        not host.is_inside(file, dir) then
        error(('no module "%s" beside the test; a test has gotrace.test')
          :format(tostring(name)), 2)
      end
      local value = load_text(script.read_file(file), file, env)(name)
      loaded[name] = value == nil and true or value
    end
    return loaded[name]
  end
end

-- The functions with which a file says what its tests are; they fill `root`, a tree of
-- { name, tests and groups in their order, before, after, up }.
local function add_words(env, root)
  local current = root
  function env.describe(name, fn)
    local group = { name = tostring(name), before = {}, after = {},
      up = current }
    table.insert(current, group)
    current = group
    fn()
    current = group.up
  end
  function env.it(name, fn)
    table.insert(current, { name = tostring(name), test = fn })
  end
  function env.pending(name)
    table.insert(current, { name = tostring(name), is_pending = true })
  end
  function env.before_each(fn)
    table.insert(current.before, fn)
  end
  function env.after_each(fn)
    table.insert(current.after, fn)
  end
end

local function environment(path, runs)
  local root = { before = {}, after = {} }
  local env = sandbox.environment()
  env.assert = assertions().new()
  env.require = make_require(env, folder_of(path), runs)
  add_words(env, root)
  return env, root
end

local function describe_problem(problem)
  return errors.is_stop(problem) and problem or errors.text_of(problem)
end

-- Calls all of a kind, those of the outermost group first.
local function call_all(kind, group)
  if group.up then
    call_all(kind, group.up)
  end
  for _, fn in ipairs(group[kind]) do
    fn()
  end
end

local function run_test(group, test)
  local ok, problem = xpcall(function()
    call_all("before", group)
    test()
  end, describe_problem)
  local also_ok, also = xpcall(call_all, describe_problem, "after", group)
  if not ok then
    return false, problem
  end
  return also_ok, also
end

local function put(...)
  output.write(...)
end

local function indented(text)
  return "        " .. tostring(text):gsub("\n", "\n        ") .. "\n"
end

-- report(name, what, problem): a line of a test, and why it failed.
local function reporter(counts, quiet)
  return function(what, name, problem)
    counts[what] = counts[what] + 1
    if what == "failed" or not quiet then
      put(({ passed = "ok", failed = "FAIL", skipped = "skip" })[what],
        (" "):rep(what == "passed" and 4 or 2), printable.line(name), "\n")
    end
    if problem then
      put(indented(problem))
    end
  end
end

local function run_group(group, prefix, report)
  for _, one in ipairs(group) do
    local name = prefix .. one.name
    if one.is_pending then
      report("skipped", name)
    elseif one.test then
      local ok, problem = run_test(group, one.test)
      report(ok and "passed" or "failed", name, not ok and problem or nil)
    else
      run_group(one, name .. " ", report)
    end
    output.flush()
  end
end

local function run_file(path, ask, report)
  local runs = program_runs().host(folder_of(path), ask)
  local ok, problem = xpcall(function()
    local env, root = environment(path, runs)
    load_text(script.read_file(path) or errors.usage("cannot read %s", path),
      path, env)()
    run_group(root, "", report)
  end, describe_problem)
  if not ok and errors.is_stop(problem) then
    error(problem, 0)
  elseif not ok then
    report("failed", path .. " does not load", problem)
  end
end

local function quoted(words)
  local parts = {}
  for i, word in ipairs(words) do
    parts[i] = program_runs().quote(word)
  end
  return table.concat(parts, " ")
end

-- A LuaJIT may have Lua 5.2's os.execute.
local function succeeds(line)
  local status = os.execute(line)
  return status == 0 or status == true
end

-- run_busted(files): the exit status; nil: it is not installed. It has no sandbox.
local function run_busted(files)
  if not succeeds "command -v busted >/dev/null" then
    return nil
  end
  local pipe = assert(io.popen "mktemp -d")
  local dir = pipe:read "*l"
  pipe:close()
  os.execute("mkdir " .. program_runs().quote(dir .. "/gotrace"))
  local file = assert(io.open(dir .. "/gotrace/test.lua", "wb"))
  file:write(host.file(HELPER))
  file:close()
  local ok = succeeds(("GOTRACE_LUA=%s busted --lpath=%s -o " ..
    "plainTerminal %s"):format(program_runs().quote(program_runs().own_path()),
    program_runs().quote(dir .. "/?.lua"), quoted(files)))
  os.execute("rm -r " .. program_runs().quote(dir))
  return ok and errors.status.done or errors.status.failed
end

local function run_files(files, ask, quiet)
  local counts = { passed = 0, failed = 0, skipped = 0 }
  local report = reporter(counts, quiet)
  for _, path in ipairs(files) do
    run_file(path, ask, report)
  end
  put(("%d passed, %d failed, %d skipped\n"):format(counts.passed,
    counts.failed, counts.skipped))
  return counts.failed > 0 and errors.status.failed or errors.status.done
end

-- run(tokens, known, chosen): the exit status.
--   known   { options = the program's rows, commands = a set of its words }
--   chosen  { unsafe = by busted, where it is installed; quiet }
local function run(tokens, known, chosen)
  args.leftover(tokens, {})
  local files = files_of(args.rest(tokens))
  local status = chosen.unsafe and run_busted(files)
  if status then
    return status
  end
  local functions, clean = program_runs().functions(known.options,
    known.commands)
  local is_child = false
  status = served().behind_wall(functions, function(ask)
    is_child = true
    assertions()
    return run_files(files, ask, chosen.quiet)
  end)
  if not is_child then
    clean()
  end
  return status
end

local usage = [[
usage: gotrace-lua [-q] [--unsafe] test [FILE|DIR...]

Runs tests of scripts: the files, and in folders (this one) those that are
called *_test.lua. Exit status 1: one failed. They run in the sandbox of
scripts; with --unsafe by busted, where it is installed. gotrace-lua help
own-scripts has more.

examples:
  $ gotrace-lua test
  ok    waits shows what goroutines wait for
  ok    waits leaves short waits out
  ok    waits prints a table
  3 passed, 0 failed, 0 skipped

  $ gotrace-lua -q test
  3 passed, 0 failed, 0 skipped
]]

return { run = run, usage = usage }
