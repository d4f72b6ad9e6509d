-- readers: how what exports write is read again, format by format: each returns how many
-- samples, lines, rows there are, and fails where it cannot be read, or where it is not what the format
-- asks for.
local dkjson = require "dkjson"
local pprof = require "export.pprof"
local program = require "support.program"

local assert = require "luassert"

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
    assert.equal("string", type(assert(dkjson.decode(line), line).kind))
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

-- The fields of a protobuf message: number and where its value is.
local function fields_of(text)
  local list, at = {}, 1
  local function varint()
    local value, factor = 0, 1
    repeat
      local byte = assert(text:byte(at), "a varint is cut off")
      value, factor, at = value + byte % 128 * factor, factor * 128, at + 1
    until byte < 128
    return value
  end
  while at <= #text do
    local key = varint()
    local wire, field = key % 8, { math.floor(key / 8) }
    if wire == 0 then
      field[2] = varint()
    else
      local n = wire == 1 and 8 or wire == 2 and varint() or error("wire type " .. wire)
      assert(at + n - 1 <= #text, "a field is cut off")
      field[2], at = text:sub(at, at + n - 1), at + n
    end
    list[#list + 1] = field
  end
  return list
end

-- Packets of Perfetto's with an event: TracePacket.track_event.
function readers.perfetto(path)
  local events = 0
  for _, packet in ipairs(fields_of(program.read(path))) do
    assert.equal(1, packet[1])
    for _, field in ipairs(fields_of(packet[2])) do
      events = events + (field[1] == 11 and 1 or 0)
    end
  end
  return events
end

function readers.sqlite(path)
  local r = program.shell(("sqlite3 -batch -readonly %s 'PRAGMA integrity_check; PRAGMA foreign_key_check; " ..
    "SELECT count(*) FROM g_transitions'"):format(program.quote(path)))
  assert.equal("", r.err)
  return tonumber((assert(r.out:match "^ok\n(%d+)\n$", r.out)))
end

local function has_columns(t, ...)
  for _, name in ipairs { ... } do
    assert.equal(t.length, #t[name], name)
  end
end

local function all_below(values, most)
  for _, v in ipairs(values) do
    assert.is_true(v == dkjson.null or v >= 0 and v < most)
  end
end

local function check_shared(shared, categories)
  has_columns(shared.stackTable, "frame", "prefix")
  has_columns(shared.frameTable, "func", "line", "category", "subcategory", "address", "inlineDepth", "nativeSymbol",
    "innerWindowID", "column")
  has_columns(shared.funcTable, "name", "source", "isJS", "relevantForJS", "resource", "lineNumber", "columnNumber")
  has_columns(shared.sources, "uuid", "filename")
  all_below(shared.stackTable.frame, shared.frameTable.length)
  for i, prefix in ipairs(shared.stackTable.prefix) do
    assert.is_true(prefix == dkjson.null or prefix < i - 1)
  end
  all_below(shared.frameTable.func, shared.funcTable.length)
  all_below(shared.frameTable.category, #categories)
  all_below(shared.funcTable.name, #shared.stringArray)
  all_below(shared.funcTable.source, shared.sources.length)
  all_below(shared.sources.filename, #shared.stringArray)
end

local function is_sorted(times)
  for i = 2, #times do
    assert.is_true(times[i - 1] <= times[i])
  end
end

local function check_thread(thread, shared, categories)
  has_columns(thread.samples, "stack", "time", "weight")
  has_columns(thread.markers, "data", "name", "startTime", "endTime", "phase", "category")
  all_below(thread.samples.stack, shared.stackTable.length)
  is_sorted(thread.samples.time)
  all_below(thread.markers.name, #shared.stringArray)
  all_below(thread.markers.category, #categories)
  for _, data in ipairs(thread.markers.data) do
    assert.is_true(not data.cause or data.cause.stack < shared.stackTable.length)
  end
end

-- Samples and markers.
function readers.firefox(path)
  local all = assert(dkjson.decode(program.read(path), 1, dkjson.null))
  local n = 0
  check_shared(all.shared, all.meta.categories)
  for _, thread in ipairs(all.threads) do
    check_thread(thread, all.shared, all.meta.categories)
    n = n + thread.samples.length + thread.markers.length
  end
  for _, counter in ipairs(all.counters) do
    has_columns(counter.samples, "time", "count")
    is_sorted(counter.samples.time)
  end
  all_below(all.meta.initialVisibleThreads, #all.threads)
  return n
end

-- Spans, whose parents, if they are there, are of the same trace and were not there later.
function readers.otlp(path)
  local spans, n = {}, 0
  for _, line in ipairs(lines_of(program.read(path))) do
    local request = assert(dkjson.decode(line), line)
    local span = request.resourceSpans[1].scopeSpans[1].spans[1]
    assert.matches("^" .. ("%x"):rep(32) .. "$", span.traceId)
    assert.matches("^" .. ("%x"):rep(16) .. "$", span.spanId)
    assert.is_true(tonumber(span.startTimeUnixNano) <= tonumber(span.endTimeUnixNano))
    assert.is_nil(spans[span.spanId])
    spans[span.spanId], n = span, n + 1
  end
  for _, span in pairs(spans) do
    local parent = spans[span.parentSpanId]
    assert.is_true(not parent or parent.traceId == span.traceId)
  end
  return n
end

-- How many values there are in a value, at whatever depth.
local function leaves(value)
  local n = type(value) == "table" and 0 or 1
  for _, inner in pairs(type(value) == "table" and value or {}) do
    n = n + leaves(inner)
  end
  return n
end

-- The parts of a page. The browser's own view of it is in tests/oracle/browser.
function readers.report(path)
  local text = program.read(path)
  local open, inside, close = text:match '^(.-<script type="application/json" id="data">\n)(.-)\n(</script>.*)$'
  assert.is_nil(inside:find "<")
  assert.is_nil(text:find "[%z\1-\8\11-\31\127]")
  -- Our own scripts, and the end of the data's element.
  assert.equal(3, select(2, (open .. close):gsub("</script", "")))
  local page = assert(dkjson.decode(inside))
  assert(#page.sections > 0)
  return leaves(page) -- a page has the same parts whatever is in them
end

return readers
