-- shapes.lua: what docs/stability.md calls stable, as lines: options, what scripts have, the keys of
-- JSON, the library's symbols and structs, the version of files of partial results. As a program,
-- from the repository's folder, it writes tests/stable/shapes.txt again:
--
--   luajit tests/stable/shapes.lua > tests/stable/shapes.txt
package.path = "./tests/?.lua;" .. package.path
local annotations = require "lua.authoring.annotations"
require "support.engine" -- declares what is in gotrace.h
local ffi = require "ffi"
local program = require "support.program"
local schema = require "lua.scripts.forms.schema"

local shapes = {}

local root = program.root

-- A script's rows on these traces, where it does not say more: what it wants on its line.
local real = "testdata/real/go1.27-%s.trace"
local words = {
  around = false, deanonymize = false, drop = false, keep = false, split = false, trim = false, upgrade = false,
  anonymize = false, strip = false, regions_from_stacks = false, -- they write traces
  chrome = false, csv = false, dot = false, firefox = false, folded = false, ndjson = false, otlp = false,
  perfetto = false, pprof = false, report = false, speedscope = false, sqlite = false, -- other formats
  count_gocreate = false, -- a sentence
  timeline = { "--top=2" }, goroutine = { "--goroutine=1" }, related = { "--goroutine=1" }, grep = { "GoCreate" },
  forbid = { 'reason == "sync"' }, critical_path = { "--goroutine=1" }, task = { "--slowest=2" },
  diff = { root .. real:format "gc" }, flame = false, -- a picture
}
local recordings = { gc = "gc", handlers = "http" }

local function add_keys(keys, prefix, value)
  for key, inner in pairs(value) do
    local name = type(key) == "number" and prefix .. "[]" or prefix .. (prefix ~= "" and "." or "") .. key
    if type(inner) == "table" then
      add_keys(keys, name, inner)
    else
      keys[name] = true
    end
  end
end

local function sorted(set)
  local list = {}
  for key in pairs(set) do
    list[#list + 1] = key
  end
  table.sort(list)
  return list
end

-- The keys of what a script prints with -F json, on a trace that has some of all.
local function keys_of(name)
  local keys, line = {}, { "-q", "-F", "json", name }
  for _, word in ipairs(words[name] or {}) do
    line[#line + 1] = word
  end
  line[#line + 1] = root .. real:format(recordings[name] or "faults")
  local r = program.run(line)
  for text in r.out:gmatch "[^\n]+" do
    local value = schema.decode(text)
    if type(value) == "table" then
      add_keys(keys, "", value)
    end
  end
  return sorted(keys)
end

-- Without scripts of the one who runs this.
local nobody = "HOME= XDG_CONFIG_HOME= GOTRACE_SCRIPTS="

local function names_of_scripts()
  local names = {}
  for name in program.run({ "-F", "json", "-l", env = nobody }).out:gmatch '{"script":"([%w_]+)"' do
    names[#names + 1] = name
  end
  return names
end

local function put(lines, ...)
  lines[#lines + 1] = string.format(...)
end

-- An option's line in --help: "-F, --format WORD", without what it is for and by default.
local function put_options(lines, what, help)
  for text in (help:match "options:\n(.*)" or ""):gmatch "\n?  (%-[^\n]*)" do
    put(lines, "option %s %s", what, (text:gsub("  +.*", "")))
  end
end

local function put_api(lines)
  local texts = {}
  for file in io.popen(("cd '%s' && find library -name '*.lua' | sort"):format(root == "" and "." or root)):lines() do
    texts[#texts + 1] = program.read(root .. file)
  end
  local all = annotations.read(texts)
  for name, class in pairs(all.classes) do
    put(lines, "api class %s%s", name, class.parent and ": " .. class.parent or "")
    for field, is in pairs(class.fields) do
      put(lines, "api %s.%s %s", name, field, is.type)
    end
  end
  for name, global in pairs(all.globals) do
    put(lines, "api global %s %s", name, global.type or "table")
  end
  for name, list in pairs(all.aliases) do
    put(lines, "api alias %s %s", name, table.concat(list, "|"))
  end
end

-- What gotrace.h declares.
local function put_library(lines)
  local text = program.read(root .. "src/gotrace.h"):gsub("/%*.-%*/", "")
  local seen = {}
  for name in text:gmatch "(gotrace_[%w_]+)%(" do
    seen[name] = true
  end
  for name in pairs(seen) do
    put(lines, "library function %s", name)
  end
  for name in text:gmatch "\n} (gotrace_[%w_]+);" do
    put(lines, "library type %s of %d bytes", name, ffi.sizeof(name))
  end
  for name, value in text:gmatch "%f[%w_](GOTRACE_[%w_]+) = (%-?%w+)" do
    put(lines, "library constant %s %s", name, value)
  end
end

local function put_part(lines)
  local path = program.tmpname()
  program.run { "--partial-out=" .. path, "-F", "json", "events", root .. real:format "sync" }
  local text = program.read(path)
  local magic = "gotrace-lua part\n"
  put(lines, "part %s, version %d", text:sub(1, #magic - 1), text:byte(#magic + 1))
end

-- lines(): all of it, sorted.
function shapes.lines()
  local lines = {}
  put_options(lines, "program", program.run({ "--help" }).out)
  for _, name in ipairs(names_of_scripts()) do
    put_options(lines, name, program.run({ "--help", name }).out)
    put(lines, "script %s", name)
    for _, key in ipairs(words[name] ~= false and keys_of(name) or {}) do
      put(lines, "json %s %s", name, key)
    end
  end
  for status in program.run({ "--help" }).out:match "\nexit status:\n(.-)\n\n":gmatch "%f[%d]%d+%f[ ]" do
    put(lines, "status %s", status)
  end
  put_api(lines)
  put_library(lines)
  put_part(lines)
  table.sort(lines)
  return lines
end

if arg and arg[0] and arg[0]:find "stable/shapes%.lua$" then
  print(table.concat(shapes.lines(), "\n"))
  program.clean()
end

return shapes
