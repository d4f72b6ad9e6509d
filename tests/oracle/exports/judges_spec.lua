-- What judges exports beside Go and Perfetto: speedscope's own schema, OpenTelemetry's messages,
-- and dot. And every recording goes into every format, and is read again.
local dkjson = require "dkjson"
local lfs = require "lfs"
local formats = require "lua.export.formats"
local hostile_names = require "support.hostile.names"
local program = require "support.program"
local programs = require "oracle.programs"
local readers = require "lua.export.readers"
local tools = require "support.tools.tools"

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
here = here:find "^/" and here or lfs.currentdir() .. "/" .. here
local scratch = programs.scratch()
local quote = tools.quote

teardown(function()
  programs.remove(scratch)
  program.clean()
end)

local function export(format, path, out)
  local status, text = programs.run({ "-q", "-o", out, format, path }, true)
  assert(text == "" and (status == 0 or status == 3), text)
  return out
end

-- The recordings, and traces with hostile names.
local function exports(format)
  local list = {}
  local function add(path)
    list[#list + 1] = export(format, path, ("%s/%s-%d"):format(scratch, format, #list))
  end
  for _, path in ipairs(programs.recordings()) do
    add(path)
  end
  for _, name in ipairs(hostile_names.names) do
    add(hostile_names.trace(name.yaml))
  end
  return list
end

-- What judge.mjs finds wrong in files.
local function verdict(files, ...)
  local words = { "node", quote(here .. "/judge.mjs") }
  for _, word in ipairs { ... } do
    words[#words + 1] = quote(word)
  end
  local names = scratch .. "/names"
  programs.write(names, table.concat(files, "\n") .. "\n")
  local status, text = tools.output_of(table.concat(words, " ") .. " <" .. quote(names))
  assert(status == 0, text)
  return text
end

local function remove(files)
  for _, path in ipairs(files) do
    os.remove(path)
  end
end

describe("speedscope", function()
  local package, validator = tools.npm "speedscope", tools.npm "jsonschema"
  local check = tools.tests(it, pending, package, validator)

  check("is what the viewer's schema asks for", function()
    local files = exports "speedscope"
    assert.equal("", verdict(files, "speedscope", package.path, validator.path))
    remove(files)
  end)

  check("is judged: what is no profile is told", function()
    local path = scratch .. "/wrong"
    programs.write(path, '{"$schema":"https://www.speedscope.app/file-format-schema.json","shared":{"frames":[{}]}}')
    local text = verdict({ path }, "speedscope", package.path, validator.path)
    assert.matches('requires property "name"', text)
    assert.matches('requires property "profiles"', text)
  end)
end)

describe("otlp", function()
  local protos, protobuf, protoc = tools.npm "otlp-protos", tools.npm "protobuf", tools.command "protoc"
  local check = tools.tests(it, pending, protos, protobuf, protoc)
  local descriptors = scratch .. "/descriptors"

  lazy_setup(function()
    if protos.path and protoc.path then
      local dir = quote(protos.path .. "/build/protos")
      local status, text = tools.output_of(("protoc -I %s --include_imports --descriptor_set_out=%s %s")
        :format(dir, descriptors, "opentelemetry/proto/collector/trace/v1/trace_service.proto"))
      assert(status == 0, text)
    end
  end)

  check("is what OpenTelemetry's messages are as JSON", function()
    local files = exports "otlp"
    assert.equal("", verdict(files, "otlp", protobuf.path, descriptors))
    remove(files)
  end)

  check("is judged: a field that there is not, and a number that is none, are told", function()
    local path = scratch .. "/wrong"
    local good = '{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"%s","spanId":"%s","name":"a",%s}]}]}]}'
    local ids = { ("1"):rep(32), ("1"):rep(16) }
    local lines = {}
    for i, field in ipairs { '"kinds":1', '"startTimeUnixNano":"x"', '"kind":"SPAN"' } do
      lines[i] = good:format(ids[1], ids[2], field) .. "\n"
    end
    lines[4] = good:format("1", ids[2], '"kind":1') .. "\n"
    programs.write(path, table.concat(lines))
    local text = verdict({ path }, "otlp", protobuf.path, descriptors)
    for i = 1, 4 do
      assert.matches("line " .. i, text)
    end
  end)
end)

describe("dot", function()
  local check = tools.tests(it, pending, tools.command "dot")

  check("is a graph that Graphviz draws", function()
    local files = exports "dot"
    for i = 1, #files do
      files[i] = quote(files[i])
    end
    local status, text = tools.output_of("for f in " .. table.concat(files, " ") ..
      "; do dot -Tsvg -o " .. quote(scratch .. "/svg") .. " $f || echo $f; done")
    assert.same({ 0, "" }, { status, text })
    assert.matches("<svg", programs.read(scratch .. "/svg"))
  end)
end)

-- Formats of which other tests export every recording, and which.
local elsewhere = { chrome = "chrome_spec", perfetto = "perfetto_spec", pprof = "profiles_spec",
  sqlite = "lua/export/sqlite_spec", speedscope = "above", otlp = "above", dot = "above" }

describe("every recording goes into", function()
  for _, format in ipairs(formats) do
    if not elsewhere[format] then
      it(format, function()
        local out, some = scratch .. "/any", 0
        for _, path in ipairs(programs.recordings()) do
          some = some + (readers[format](export(format, path, out)) > 0 and 1 or 0)
        end
        assert.is_true(some > #programs.recordings() * 0.8, some)
      end)
    end
  end
end)

-- In one shell: there are many.
describe("every case of testdata/good goes into", function()
  local cases = {}

  setup(function()
    for i, path in ipairs(programs.files(programs.root .. "/testdata/good", "%.yaml$")) do
      local case = ("%s/case-%d"):format(scratch, i)
      programs.run { "-q", "build", path, "-o", case } -- some are wrong YAML
      cases[#cases + 1] = programs.exists(case) and quote(case) or nil
    end
    assert(#cases > 50)
  end)

  for _, format in ipairs(formats) do
    it(format, function()
      local line = ("for f in %s; do %s -q -o %s %s $f || { test $? = 3 || echo $f; }; done"):format(
        table.concat(cases, " "), quote(programs.ours), quote(scratch .. "/any"), format)
      assert.same({ 0, "" }, { tools.output_of(line) })
    end)
  end
end)

-- Firefox's own reader, as a command: it has a process of its own for each profile, which it
-- is asked for by commands.
describe("firefox", function()
  local package = tools.npm "profiler-cli"
  local check = tools.tests(it, pending, package)

  local function ask(...)
    local words = { "PROFILER_CLI_SESSION_DIR=" .. quote(scratch .. "/sessions"), "PROFILER_CLI_NO_SYMBOLICATE=1",
      "node", "--require", quote(here .. "/patient.cjs"), quote(package.path .. "/dist/profiler-cli.js") }
    for _, word in ipairs { ... } do
      words[#words + 1] = quote(word)
    end
    local status, text = tools.output_of(table.concat(words, " ") .. " </dev/null")
    assert(status == 0, text)
    return text
  end

  local function asked_in_json(...)
    return assert(dkjson.decode((ask(...))))
  end

  -- what(): with a profile loaded.
  local function of_profile(path, what)
    ask("load", export("firefox", path, scratch .. "/profile.json"))
    local ok, why = pcall(what)
    ask("stop", "--all")
    assert(ok, why)
  end

  -- ns by category, of a thread.
  local function categories_of(handle)
    local by = {}
    for _, category in ipairs(asked_in_json("thread", "samples", "--json", "--thread", handle)
      .categoryBreakdown.categories) do
      by[category.name] = math.floor(category.samples * 1e6 + 0.5)
    end
    return by
  end

  local function figures(expression, path)
    local _, text = programs.run({ "-F", "csv", "-a", "sum(dur) by state", "-f", expression, path }, true)
    local by = {}
    for state, ns in text:gmatch "(%a+),(%d+)\n" do
      by[state] = tonumber(ns)
    end
    return by
  end

  check("has the times of each state that we tell, and as many markers", function()
    local http = programs.root .. "/testdata/real/go1.27-http.trace"
    of_profile(http, function()
      local threads = asked_in_json("thread", "list", "--json").threads
      assert.is_true(#threads > 50)
      for _, thread in ipairs { threads[5], threads[6], threads[9] } do
        local g = assert(thread.name:match "^G(%d+) ")
        assert.same(figures("g == " .. g, http), categories_of(thread.threadHandle))
      end
    end)
  end)

  check("is read of a recording of every version, and with hostile names", function()
    local paths = {}
    for _, path in ipairs(programs.recordings()) do
      paths[#paths + 1] = path:find "%-turnover" and path or nil
    end
    for _, name in ipairs(hostile_names.names) do
      paths[#paths + 1] = hostile_names.trace(name.yaml)
    end
    for _, path in ipairs(paths) do
      of_profile(path, function()
        assert.is_true(#asked_in_json("thread", "list", "--json").threads > 1)
        assert.is_true(#asked_in_json("thread", "markers", "--json", "--thread", "t-1").byType > 0)
      end)
    end
    assert.is_true(#paths > 15)
  end)
end)
