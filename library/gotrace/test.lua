-- gotrace/test.lua: runs scripts over traces for tests, in `gotrace-lua test` and in busted.
--
--   local run = require "gotrace.test"
--   local r = run { script = "waits.lua", trace = "small.yaml" }
--   assert.same({ { reason = "sleep", n = 3 } }, r.rows)
--
-- It is plain Lua, 5.1 to 5.4. What starts the program is `host`: that of gotrace-lua test, which is
-- handed in, or in another program a shell.

---What a test says of a run.
---@class gotrace.Run
---@field script string? # a script's name or path, as seen from the test's folder
---@field code string? # or its text
---@field trace string|string[] # paths of traces, from the test's folder, of YAML (.yaml), or a text of YAML itself
---@field args (string|number)[]? # options of the script and of the program

---What came of it. Each field runs the program when it is asked for first.
---@class gotrace.Result
---@field output string # what it printed
---@field errors string # what it said on standard error
---@field status integer # its exit status
---@field rows table[] # the rows of its tables and what it printed, as -F json has them
---@field tables table<string, table[]> # the rows by the name of their table, where there are several
---@field written string # the trace that it wrote, as YAML
---@field events fun(self: gotrace.Result): table[] # the events that it left, as `cat` has them
---@field spans fun(self: gotrace.Result, kinds: string?): table[] # the spans that it left, of these kinds (states)

local _, given = ...

-- In another program than ours: a shell starts the one of the environment, or of PATH.

local function quoted(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

local function contents(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

-- The folder of the test that called: the first file that is not this one.
local function folder_of_test()
  local own = debug.getinfo(1, "S").source
  for level = 2, 100 do
    local info = debug.getinfo(level, "S")
    local path = info and info.source:match "^@(.*)$"
    if info and path and info.source ~= own then
      return path:match "^(.*)/" or "."
    end
  end
  return "."
end

local shell = {}

function shell.temporary(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(text or "")
  file:close()
  return path
end

function shell.remove(path)
  os.remove(path)
end

function shell.read(path)
  return contents(path)
end

-- Its output, its errors and its status.
function shell.execute(words)
  local parts = {}
  for i, word in ipairs(words) do
    parts[i] = quoted(word)
  end
  local out, err, status = os.tmpname(), os.tmpname(), os.tmpname()
  os.execute(("cd %s && %s %s </dev/null >%s 2>%s; echo $? >%s"):format(quoted(folder_of_test()),
    quoted(os.getenv "GOTRACE_LUA" or "gotrace-lua"), table.concat(parts, " "), out, err, status))
  local texts = { contents(out), contents(err), tonumber(contents(status)) }
  for _, path in ipairs { out, err, status } do
    os.remove(path)
  end
  return texts[1], texts[2], texts[3]
end

local host = type(given) == "table" and given or shell

-- JSON, as the program writes it: one value.

local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }

local function utf8(code)
  if code < 0x80 then
    return string.char(code)
  elseif code < 0x800 then
    return string.char(0xc0 + math.floor(code / 0x40), 0x80 + code % 0x40)
  end
  return string.char(0xe0 + math.floor(code / 0x1000), 0x80 + math.floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

local function string_at(text, at)
  local parts, i = {}, at + 1
  while true do
    local plain, mark = text:match('^([^"\\]*)(["\\])', i)
    parts[#parts + 1] = plain
    i = i + #plain + 1
    if mark == '"' then
      return table.concat(parts), i
    end
    local letter = text:sub(i, i)
    if letter == "u" then
      parts[#parts + 1] = utf8(tonumber(text:sub(i + 1, i + 4), 16))
      i = i + 5
    else
      parts[#parts + 1] = escapes[letter] or letter
      i = i + 1
    end
  end
end

local value_at

-- What stands between brackets, one after the other: each(i) reads one there and yields where it ends.
local function items_at(text, at, close, each)
  local i = text:match("^%s*()", at + 1)
  while text:sub(i, i) ~= close do
    i = text:match("^%s*,?%s*()", each(i))
  end
  return i + 1
end

local function array_at(text, at)
  local list, n = {}, 0
  local behind = items_at(text, at, "]", function(i)
    n = n + 1
    list[n], i = value_at(text, i)
    return i
  end)
  return list, behind
end

local function object_at(text, at)
  local object = {}
  local behind = items_at(text, at, "}", function(i)
    local key
    key, i = string_at(text, i)
    object[key], i = value_at(text, text:match("^%s*:%s*()", i))
    return i
  end)
  return object, behind
end

local words = { ["true"] = true, ["false"] = false }

-- The value at a place, and where it ends. null is nil.
function value_at(text, at)
  local first = text:sub(at, at)
  if first == '"' then
    return string_at(text, at)
  elseif first == "[" then
    return array_at(text, at)
  elseif first == "{" then
    return object_at(text, at)
  end
  local word = text:match("^[%w.+-]+", at)
  if not word then
    error("gotrace.test: no JSON: " .. text:sub(at, at + 40), 0)
  end
  local value = words[word]
  if value == nil then
    value = tonumber(word)
  end
  return value, at + #word
end

local function lines_of_json(text)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    list[#list + 1] = (value_at(line, 1))
  end
  return list
end

-- Runs.

local function fail(words_of_run, err)
  error(("gotrace-lua %s: %s"):format(table.concat(words_of_run, " "), err), 0)
end

local function must(words_of_run)
  local out, err, status = host.execute(words_of_run)
  if status ~= 0 then
    fail(words_of_run, err)
  end
  return out
end

local built = {} -- traces by the YAML that they are made of

-- YAML text becomes a trace.
local function build(text)
  if not built[text] then
    local yaml, trace = host.temporary(text), host.temporary()
    must { "build", yaml, "-o", trace }
    host.remove(yaml)
    built[text] = trace
  end
  return built[text]
end

local function build_file(path)
  local key = "file " .. path
  if not built[key] then
    local trace = host.temporary()
    must { "build", path, "-o", trace }
    built[key] = trace
  end
  return built[key]
end

local function path_of(trace)
  if trace:find "\n" then
    return build(trace)
  end
  return trace:find "%.ya?ml$" and build_file(trace) or trace
end

-- The words of a run: options in front, the script, its options, the traces.
local function line_of(asked, front, behind)
  local line = { asked.code and "-e" or "-s", asked.code or asked.script }
  for i, word in ipairs(front or {}) do
    table.insert(line, i, word)
  end
  for _, list in ipairs { behind or {}, asked.args or {} } do
    for _, word in ipairs(list) do
      line[#line + 1] = tostring(word)
    end
  end
  local traces = type(asked.trace) == "table" and asked.trace or { asked.trace }
  for _, trace in ipairs(traces) do
    line[#line + 1] = path_of(trace)
  end
  return line
end

-- What each field of a result is made of; they are kept in it.
local made = {}

local function run_plainly(result, asked)
  local out, err, status = host.execute(line_of(asked))
  result.output, result.errors = out, err
  result.status = status or 127 -- a line that no shell takes: it is too long
end

for _, name in ipairs { "output", "errors", "status" } do
  made[name] = function(result, asked)
    run_plainly(result, asked)
    return result[name]
  end
end

function made.rows(_, asked)
  return lines_of_json(must(line_of(asked, { "-F", "json" })))
end

function made.tables(result)
  local tables = {}
  for _, row in ipairs(result.rows) do
    local name = type(row) == "table" and row.table or nil
    if name then
      tables[name] = tables[name] or {}
      row = { row = row, copy = {} }
      for key, value in pairs(row.row) do
        row.copy[key] = key ~= "table" and value or nil
      end
      table.insert(tables[name], row.copy)
    end
  end
  return tables
end

function made.written(_, asked)
  local trace = host.temporary()
  must(line_of(asked, { "-o", trace }))
  local text = must { "yaml", trace }
  host.remove(trace)
  return text
end

local methods = {}

local MARK = "gotrace.test"

-- What comes through the script to hooks of these names behind it; it may print, too.
local function seen_behind(asked, hooks)
  local code, list = {}, {}
  for hook in hooks:gmatch "%a+" do
    code[#code + 1] = ("function on.%s(x) print { [%q] = x } end"):format(hook, MARK)
  end
  local line = line_of(asked, { "-F", "json" }, { "-e", table.concat(code, " ") })
  for _, row in ipairs(lines_of_json(must(line))) do
    list[#list + 1] = type(row) == "table" and row[MARK] or nil
  end
  return list
end

local asked_of = setmetatable({}, { __mode = "k" })

function methods.events(result)
  return seen_behind(asked_of[result], "any")
end

function methods.spans(result, kinds)
  return seen_behind(asked_of[result], kinds or "state")
end

local Result = {}

function Result.__index(result, name)
  local make = made[name]
  if not make then
    return methods[name] or error(("a result has no %s; it has output, errors, status, rows, tables, written, " ..
      "events(), spans()"):format(tostring(name)), 2)
  end
  local value = make(result, asked_of[result])
  rawset(result, name, value)
  return value
end

local known = { script = true, code = true, trace = true, args = true }

---Runs a script over traces.
---@param asked gotrace.Run
---@return gotrace.Result
local function run(asked)
  if type(asked) ~= "table" or not (asked.script or asked.code) or not asked.trace then
    error('run wants { script = "x.lua", trace = "x.trace" }', 2)
  end
  for name in pairs(asked) do
    if not known[name] then
      error(("run has no %s; it has script, code, trace, args"):format(tostring(name)), 2)
    end
  end
  local result = setmetatable({}, Result)
  asked_of[result] = asked
  return result
end

return run
