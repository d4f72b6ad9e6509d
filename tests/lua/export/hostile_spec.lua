-- Exports of recordings of all kinds, and of traces whose names are hostile: all formats.
local formats = require "lua.export.formats"
local hostile_names = require "support.hostile.names"
local program = require "support.program"
local readers = require "lua.export.readers"

teardown(program.clean)

local function read(format, path)
  return assert(readers[format], "no reader of " .. format)(path)
end

-- How many samples, lines, rows there are in a trace's export.
local function export(format, ...)
  local path = program.tmpname()
  local r = program.run { "-q", "-o", path, ... }
  assert.equal("", program.unexpected(r.err))
  assert.equal(0, r.status)
  return read(format, path)
end

it("each format has a reader here", function()
  assert.is_true(#formats >= 11)
  for _, format in ipairs(formats) do
    assert.is_function(readers[format], format)
  end
end)

-- Some of the oldest Go, of the last of the first family, and of the latest; tests/oracle has all.
local recordings = {}
do
  local list = io.popen("ls " .. program.root .. "testdata/real/*.trace")
  for path in list:lines() do
    local version, name = path:match "go1%.(%d+)%-(%l+)%.trace$"
    local taken = (version == "15" or version == "21" or version == "27") and
      (("http mix empty annotations cgothreads turnover"):find(name or "none", 1, true))
    recordings[#recordings + 1] = taken and path or nil
  end
  list:close()
end

-- What there may be none of in a recording: of these fewer have to have some.
local seldom = { otlp = 0.3 }

for _, format in ipairs(formats) do
  it("recordings of three versions export to " .. format, function()
    local some = 0
    for _, path in ipairs(recordings) do
      some = some + (export(format, format, path) > 0 and 1 or 0)
    end
    assert.is_true(some > #recordings * (seldom[format] or 0.8), some)
  end)
end

-- What may stand in front of an export: fewer than in the whole, and not none.
local annotations = program.recording "annotations"

-- In a window what goes on at its begin has one sample, one line, too.
local function less(format, whole, ...)
  local n = export(format, ...)
  assert.is_true(n > 0 and n < whole, ("%s: %d of %d"):format(format, n, whole))
end

describe("in front of each export works", function()
  local kept, anonymous = program.tmpname(), program.tmpname()

  setup(function()
    for path, words in pairs { [kept] = { "keep", "-G23" }, [anonymous] = { "anonymize", "--logs=hash" } } do
      local r = program.run { "-q", "-o", path, words[1], words[2], annotations }
      assert(r.status == 0, r.err)
    end
  end)

  for _, format in ipairs(formats) do
    it("a window, -f, keep and anonymize: " .. format, function()
      local whole = export(format, format, annotations)
      less(format, whole, "--from", "1ms", "--to", "2ms", format, annotations)
      less(format, whole, "-f", "g == 23", format, annotations)
      less(format, whole, format, kept)
      assert.equal(whole, export(format, format, anonymous), format)
    end)
  end
end)

-- What only older traces have: the world is stopped on no goroutine.
it("cases of Go 1.5 and 1.19 export to all", function()
  for _, case in ipairs { "go1.5-gc", "go1.9-stw-of-each-proc", "go1.19-stw-kinds" } do
    local trace = program.build(program.read(program.root .. "testdata/good/" .. case .. ".yaml"))
    for _, format in ipairs(formats) do
      local r = program.run { "-q", "-o", program.tmpname(), format, trace }
      assert.same({ 0, "" }, { r.status, r.err }, format .. " " .. case)
    end
  end
end)

for _, name in ipairs(hostile_names.names) do
  it("a hostile name breaks no export: " .. name.line:sub(1, 40), function()
    local trace = hostile_names.trace(name.yaml)
    for _, format in ipairs(formats) do
      assert.is_true(export(format, format, trace) > 0, format)
    end
    -- Text is fit for a terminal, too.
    for _, format in ipairs { "folded", "dot", "ndjson", "speedscope", "firefox", "otlp" } do
      local out = program.run { format, trace }.out
      assert.is_nil(out:find "[%z\1-\8\11-\31\127]", format)
      assert.is_nil(out:find "\194[\128-\159]", format)
    end
  end)
end

it("60 KB of a trace's break no export", function()
  local trace = hostile_names.long_trace(([[\e;\0\"</script>]]):rep(3000))
  for _, format in ipairs(formats) do
    assert.is_true(export(format, format, trace) > 0, format)
  end
end)

it("60 KB of a script's break no export", function()
  local long = '("\\27\\0;\\n\\"\\255"):rep(10000)'
  local made = {
    pprof = "{} w:add(nil, 1, { [x] = x })",
    folded = "{} w:add(nil, 1, x)",
    speedscope = "{} w:add(x, 0, 1, nil, x)",
    dot = "{} w:add(x, x, 1, x)",
    chrome = "{} w:add { name = x, ph = 'X', ts = 1, args = { [x] = x }, cat = x }",
    csv = "{ x, 'y' } w:add(x, x)",
    firefox = "{ name = x } w:sample(w:thread(x, { process = x }), 0, 1, nil, x, x) w:count(w:counter(x), 1, 2) " ..
      "w:marker(0, 1, 2, x, { type = x, category = x, fields = { [x] = x } })",
    ndjson = "{ 'kind', x } w:add('state', x)",
    otlp = "{ service = x } w:add { trace = x, id = x, parent = x, name = x, from = 0, to = 1, " ..
      "attributes = { [x] = x }, events = { { time = 1, name = x, attributes = { [x] = x } } } }",
    perfetto = "{} w:slice(w:track(x), 0, 1, x)",
    report = "{ title = x } w:add { kind = 'table', title = x, columns = { { name = x } }, rows = { { x } } }",
  }
  local trace = hostile_names.trace(hostile_names.names[1].yaml)
  for name, code in pairs(made) do
    local r = export(name, "-e", ("writes = %q\nlocal x = %s\nlocal w = export.%s %s"):format(name, long, name, code),
      trace)
    assert.is_true(r > 0, name)
  end
  for _, format in ipairs(formats) do -- a database takes no texts of a script's
    assert.is_true(made[format] ~= nil or format == "sqlite", format)
  end
end)
