-- Pictures for Perfetto as bytes, and what scripts may ask of one. What Perfetto makes of them
-- is in tests/oracle/exports.
local program = require "support.program"

teardown(program.clean)

local http = program.recording "http"

-- A varint at `at`: its value, and where what follows begins.
local function varint(text, at)
  local value, factor = 0, 1
  while true do
    local byte = text:byte(at)
    at = at + 1
    value = value + byte % 128 * factor
    if byte < 128 then
      return value, at
    end
    factor = factor * 128
  end
end

-- The fields of a message, in their order: { number, value }.
local function fields_of(text)
  local list, at = {}, 1
  while at <= #text do
    local key, value
    key, at = varint(text, at)
    local wire = key % 8
    if wire == 0 then
      value, at = varint(text, at)
    elseif wire == 1 then
      value, at = text:sub(at, at + 7), at + 8
    else
      local n
      assert(wire == 2, wire)
      n, at = varint(text, at)
      value, at = text:sub(at, at + n - 1), at + n
    end
    list[#list + 1] = { math.floor(key / 8), value }
  end
  assert(at == #text + 1)
  return list
end

local function message(text)
  local by = {}
  for _, field in ipairs(fields_of(text)) do
    by[field[1]] = field[2]
  end
  return by
end

local function packets_in(text)
  local list = {}
  for i, field in ipairs(fields_of(text)) do
    assert(field[1] == 1)
    list[i] = message(field[2])
  end
  return list
end

local function written(...)
  local path = program.tmpname()
  local r = program.run { "-o", path, ... }
  assert.equal("", program.unexpected(r.err))
  assert.equal(0, r.status)
  return program.read(path)
end

local TIME, SEQUENCE, EVENT, INTERNED, FLAGS, TRACK = 8, 10, 11, 12, 13, 60

describe("a picture", function()
  it("clears what is interned once, and tells all that it refers to before", function()
    local tracks, names, stacks, open = {}, {}, {}, {}
    for i, packet in ipairs(packets_in(written("perfetto", http))) do
      assert.equal(1, packet[SEQUENCE])
      assert.equal(i == 1, (packet[FLAGS] or 0) % 2 == 1)
      local interned = packet[INTERNED] and message(packet[INTERNED]) or {}
      if interned[2] then
        names[message(interned[2])[1]] = true
      elseif interned[7] then
        stacks[message(interned[7])[1]] = true
      elseif packet[TRACK] then
        local track = message(packet[TRACK])
        assert.is_true(track[5] == nil or tracks[track[5]])
        assert.equal(2, track[15])
        tracks[track[1]] = true
      elseif packet[EVENT] then
        local event = message(packet[EVENT])
        assert.is_true(tracks[event[11]] and packet[TIME] ~= nil)
        assert.is_true(not event[10] or names[event[10]])
        assert.is_true(not event[56] or stacks[event[56]])
        local change = event[9] == 1 and 1 or event[9] == 2 and -1 or 0
        open[event[11]] = (open[event[11]] or 0) + change
      end
    end
    for _, n in pairs(open) do
      assert.equal(0, n)
    end
  end)

  it("is the same each time, packed too, and of a pipe with --all", function()
    local text = written("perfetto", http)
    assert.is_true(text == written("perfetto", http))
    local dir = program.folder {}
    program.run { "-o", dir .. "/x.gz", "perfetto", http }
    assert.is_true(text == program.shell(("gzip -dc %s/x.gz"):format(dir)).out)
    local r = program.shell(("%s -o %s/piped perfetto --all - <%s"):format(program.quote(program.path), dir, http))
    assert.equal("", program.unexpected(r.err))
    assert.is_true(#program.read(dir .. "/piped") > #text / 2)
  end)

  it("is what a script makes of it", function()
    local text = written("-e", [[
      writes = "perfetto"
      local w = export.perfetto {}
      function on.finish()
        local a = w:track("a", { rank = 3, order = "name" })
        local b = w:counter("b", { parent = a, unit = "bytes" })
        w:instant(a, 5, "from", nil, 7)
        w:slice(a, 10, 20, "slice", nil, 7)
        w:wake(a, 6, "unblock", 18)
        w:count(b, 30, 4711)
      end]], http)
    local events, tracks = {}, {}
    for _, packet in ipairs(packets_in(text)) do
      if packet[EVENT] then
        events[#events + 1] = message(packet[EVENT])
        events[#events].time = packet[TIME]
      elseif packet[TRACK] then
        tracks[#tracks + 1] = message(packet[TRACK])
      end
    end
    local flow = "\7" .. ("\0"):rep(7)
    assert.same({ [9] = 3, [11] = 1, [10] = 1, [47] = flow, time = 5 }, events[1])
    assert.same({ [9] = 1, [11] = 1, [10] = 2, [48] = flow, time = 10 }, events[2])
    assert.same({ [9] = 2, [11] = 1, time = 20 }, events[3])
    assert.same({ [9] = 3, [11] = 1, [23] = "unblock G18", time = 6 }, events[4])
    assert.same({ [9] = 4, [11] = 2, [30] = 4711, time = 30 }, events[5])
    assert.same({ [1] = 1, [2] = "a", [11] = 1, [12] = 3, [15] = 2 }, tracks[1])
    assert.same({ [1] = 2, [2] = "b", [5] = 1, [8] = "\24\3", [11] = 3, [12] = 0, [15] = 2 }, tracks[2])
  end)

  it("refuses what it cannot show, at the script's line", function()
    local wrong = {
      ["w:slice(9, 1, 2, 'x')"] = "a track is wanted, as picture:track() returns it, not 9",
      ["w:slice(w:track 'x', -1, 2, 'x')"] = "a time in ns since the trace began is wanted, not -1",
      ["w:slice(w:track 'x', 1, 0/0, 'x')"] = "a time in ns since the trace began is wanted, not nan",
      ["w:slice(w:track 'x', 1, 2, {})"] = "a string or a number is wanted, not table",
      ["w:slice(w:track 'x', 1, 2, 'x', 5)"] = "a stack is wanted",
      ["w:span(w:track 'x', 5, 'x')"] = "a span is wanted",
      ["w.slice(1)"] = "call it with a colon: picture:slice()",
      ["w:flow()"] = 'a picture has no "flow": it has count, counter, instant, ',
      ["w:counter('x', { unit = 'byte' })"] = "the unit of a counter is bytes, count or ns",
      ["w:wake(w:track 'x', 1, 'wakes up all of', 1)"] = "what is done to a goroutine is a word of at most 8 letters",
      ["w:track('x', { parent = 4 })"] = "a track is wanted",
    }
    for code, text in pairs(wrong) do
      local r = program.run { "-o", program.tmpname(), "-e", ([[
writes = "perfetto" local w = export.perfetto {}
function on.finish()
%s end]]):format(code), http }
      assert.equal(4, r.status, code)
      assert.is_truthy(r.err:find("-e:3: " .. text, 1, true), r.err)
    end
  end)

  it("says that a pipe cannot be read twice", function()
    local r = program.shell(("%s -o %s perfetto - <%s"):format(program.quote(program.path), program.tmpname(), http))
    assert.equal(2, r.status)
  end)
end)
