-- Exports of recordings of all kinds, and of traces whose names are hostile.
local dkjson = require "dkjson"
local pprof = require "export.pprof"
local program = require "support.program"

teardown(program.clean)

-- How a format's text is read again: a failure where it cannot be.
local readers = {}

function readers.pprof(path)
  local p = pprof.read(path)
  for _, text in pairs(p.strings) do
    assert.is_nil(text:find "[%z\1-\31\127]")
    assert.is_nil(text:find "\155")
  end
  return #p.samples
end

local function lines_of(text)
  assert.is_true(text == "" or text:sub(-1) == "\n")
  local lines = {}
  for line in text:gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

function readers.folded(path)
  local lines = lines_of(program.read(path))
  for _, line in ipairs(lines) do
    assert.matches("^[^%c]+ %d+$", line)
  end
  return #lines
end

function readers.ndjson(path)
  local lines = lines_of(program.read(path))
  for _, line in ipairs(lines) do
    assert.equal("state", assert(dkjson.decode(line), line).kind)
  end
  return #lines
end

-- The cells of a text of CSV, row by row.
local function rows_of(text)
  local rows, row, at = {}, {}, 1
  while at <= #text do
    local cell, ending
    if text:sub(at, at) == '"' then
      local from = at
      repeat
        at = assert(text:find('"', at + 1, true), "a quote is open") + 1
      until text:sub(at, at) ~= '"'
      cell, ending, at = text:sub(from, at - 1), text:sub(at, at), at + 1
    else
      cell, ending, at = text:match("^([^,\n]*)([,\n])()", at)
    end
    row[#row + 1] = cell
    if ending == "\n" then
      rows[#rows + 1], row = row, {}
    end
  end
  assert(#row == 0)
  return rows
end

function readers.csv(path)
  local rows = rows_of(program.read(path))
  for _, row in ipairs(rows) do
    assert.equal(#rows[1], #row)
  end
  return #rows - 1
end

function readers.dot(path)
  local lines, quoted = lines_of(program.read(path)), 0
  assert.matches('^digraph "', lines[1])
  assert.equal("}", lines[#lines])
  for i = 4, #lines - 1 do
    local bare = lines[i]:gsub("\\.", ""):gsub('"[^"]*"', "S")
    assert.matches("^  S %-> S %[label=S,? ?[%w=]*%];$", bare)
    quoted = quoted + 1
  end
  return quoted
end

function readers.speedscope(path)
  local all = assert(dkjson.decode(program.read(path)))
  local open = 0
  for _, profile in ipairs(all.profiles) do
    for _, event in ipairs(profile.events) do
      assert.is_not_nil(all.shared.frames[event.frame + 1])
      open = open + (event.type == "O" and 1 or -1)
    end
  end
  assert.equal(0, open)
  return #all.profiles
end

function readers.chrome(path)
  local all = assert(dkjson.decode(program.read(path)))
  for _, event in ipairs(all.traceEvents) do
    assert.is_true(not event.sf or all.stackFrames[tostring(event.sf)] ~= nil)
  end
  return #all.traceEvents
end

-- The parts of a page. The browser's own view of it is in tests/oracle/browser.
function readers.report(path)
  local text = program.read(path)
  local open, inside, close = text:match '^(.-<script type="application/json" id="data">\n)(.-)\n(</script>.*)$'
  assert.is_nil(inside:find "<")
  assert.is_nil(text:find "[%z\1-\8\11-\31\127]")
  -- Our own scripts, and the end of the data's element.
  assert.equal(3, select(2, (open .. close):gsub("</script", "")))
  return #assert(dkjson.decode(inside)).sections
end

-- How many samples, lines, rows there are in a trace's export.
local function export(name, trace, ...)
  local path = program.tmpname()
  local r = program.run { "-q", "-o", path, name, trace, ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return readers[name](path)
end

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

for name in pairs(readers) do
  it("recordings of three versions export to " .. name, function()
    local some = 0
    for _, path in ipairs(recordings) do
      some = some + (export(name, path) > 0 and 1 or 0)
    end
    assert.is_true(some > #recordings * 0.8, some)
  end)
end

-- As YAML writes them. Longer ones than the last are damage; those of scripts are below.
local hostile = {
  [["\x1B[31mred\x07"]], [["\x1B]0;title\x1B\\"]], [["two\nlines;a;b\tand\rback"]], [["nul\0del\x7F"]],
  [["c1 \u009B31m"]], [["\u202Egnp.exe\u202C"]], [["</script><script>alert(1)</script>"]], [["'\"\\\"; drop"]],
  [[!bytes "raw \x9B31m \xFF"]], [[!bytes "cut \xE2\x82"]], [["=cmd|'calc'!A1"]], [["\u2028"]], [["a -> b [label=c]"]],
  '"' .. ("long;"):rep(200) .. '"',
}

local function trace_of(n)
  return program.build((([[
expect: ok
header: go 1.26 trace
trace:
  - EventBatch: {time: 1000}
    sync:
      - Frequency: {freq: 1000000000}
      - ClockSnapshot: {dt: 0, mono: 5, sec: 1700000000, nsec: 0}
  - EventBatch: {m: 7, time: 1100}
    events:
      - ProcStatus: {dt: 0, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 1, target_m: 7, status: Running}
      - GoCreate: {dt: 8, new_g: 2, new_stack: 1, stack: 1}
      - UserTaskBegin: {dt: 10, task: 1, name: 1, stack: 1}
      - UserRegionBegin: {dt: 10, task: 1, name: 1, stack: 1}
      - GoBlock: {dt: 10, reason: 1, stack: 1}
      - GoStart: {dt: 10, target_g: 2, g_seq: 1}
      - GoUnblock: {dt: 10, target_g: 1, g_seq: 1, stack: 1}
      - GoDestroy: {dt: 10}
      - GoStart: {dt: 10, target_g: 1, g_seq: 2}
  - EventBatch:
    stacks:
      - {id: 1, frames: [{pc: 0x10, func: 1, file: 1, line: 10}, {pc: 0x20, func: 1, file: 1, line: 20}]}
  - EventBatch:
    strings:
      - {id: 1, data: DATA}
  - EndOfGeneration
]]):gsub("DATA", function()
    return hostile[n]
  end)))
end

for n, name in ipairs(hostile) do
  it("a hostile name breaks no export: " .. name:sub(1, 40), function()
    local trace = trace_of(n)
    for format in pairs(readers) do
      assert.is_true(export(format, trace) > 0, format)
    end
    -- Text is fit for a terminal, too.
    for _, format in ipairs { "folded", "dot", "ndjson", "speedscope" } do
      local out = program.run({ format, trace }).out
      assert.is_nil(out:find "[%z\1-\8\11-\31\127]", format)
      assert.is_nil(out:find "\194[\128-\159]", format)
    end
  end)
end

it("60 KB of a script's break no export", function()
  local long = '("\\27\\0;\\n\\"\\255"):rep(10000)'
  local made = {
    pprof = "{} w:add(nil, 1, { [x] = x })",
    folded = "{} w:add(nil, 1, x)",
    speedscope = "{} w:add(x, 0, 1, nil, x)",
    dot = "{} w:add(x, x, 1, x)",
    chrome = "{} w:add { name = x, ph = 'X', ts = 1, args = { [x] = x }, cat = x }",
    csv = "{ x, 'y' } w:add(x, x)",
    ndjson = "{ 'kind', x } w:add('state', x)",
    report = "{ title = x } w:add { kind = 'table', title = x, columns = { { name = x } }, rows = { { x } } }",
  }
  local trace = trace_of(7)
  for name, code in pairs(made) do
    local path = program.tmpname()
    local r = program.run { "-o", path, "-e", ("writes = %q\nlocal x = %s\nlocal w = export.%s %s"):format(name, long,
      name, code), trace }
    assert.equal("", r.err)
    assert.equal(0, r.status)
    assert.is_true(readers[name](path) > 0, name)
  end
end)
