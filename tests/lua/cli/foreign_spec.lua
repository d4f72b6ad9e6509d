-- The program on files that hold more than a trace, or none.
local program = require "support.program"
local removing = require "support.losing.v2"

local V1, V2 = program.root .. "testdata/real/go1.21-sync.trace", program.root .. "testdata/real/go1.27-sync.trace"
local COUNT = "function on.finish(t) print(t.offset, t.events, t.version) end"
local LOG = "2024/01/02 03:04:05 worker 1 ready\n"

local function events(path)
  return tonumber(program.run({ "-e", COUNT, path }).out:match "^%d+\t(%d+)")
end

describe("a file with text in it", function()
  local trace = program.read(V1)
  teardown(program.clean)

  local function check(text, offset)
    local r = program.run { "-e", COUNT, program.tmpfile(text) }
    assert.equal(3, r.status)
    assert.matches("\t" .. events(V1) .. "\t1.21\n", r.out, 1, true)
    assert.matches(("offset %d"):format(offset), r.err, 1, true)
    local have = '35 bytes are skipped (have "2024/01/02 03:04:05 worker 1 ready\\n")'
    assert.matches("text that is no part of the trace; " .. have, r.err, 1, true)
    assert.matches("likely something else was written to the file too", r.err, 1, true)
    return r
  end

  it("yields all of its events", function()
    check(LOG .. trace, 0)
    check(trace:sub(1, 16) .. LOG .. trace:sub(17), 16)
    check(trace .. LOG, #trace)
  end)

  it("is refused by --verify", function()
    local r = program.run { "--verify", program.tmpfile(LOG .. trace) }
    assert.equal(3, r.status)
    assert.matches("text that is no part of the trace", r.err)
  end)

  it("is written without", function()
    local path = program.tmpname()
    assert.equal(3, program.run({ "-o", path, program.tmpfile(LOG .. trace) }).status)
    assert.equal(0, program.run({ "--verify", path }).status)
    assert.equal(events(V1), events(path))
  end)
end)

describe("a file with two traces", function()
  local both, path
  setup(function()
    both = program.read(V1) .. program.read(V2)
    path = program.tmpfile(both)
  end)
  teardown(program.clean)

  local function want()
    return ("0\t%d\t1.21\n%d\t%d\t1.26\n"):format(events(V1), #program.read(V1), events(V2))
  end

  it("is read as if they were two", function()
    local r = program.run { "-e", COUNT, path }
    assert.equal(0, r.status)
    assert.equal(want(), r.out)
    assert.matches("another trace begins at byte " .. #program.read(V1), r.err)
  end)

  it("is read so from a pipe, a FIFO and packed", function()
    local code, fifo = program.quote(COUNT), program.tmpname()
    os.remove(fifo)
    for _, line in ipairs {
      "cat %s | %s -e %s -",
      "gzip -c %s | %s -e %s -",
      "zstd -qc %s | %s -e %s -",
      "mkfifo " .. fifo .. "; cat %s > " .. fifo .. " & %s -e %s " .. fifo,
    } do
      local r = program.shell(line:format(path, program.quote(program.path), code))
      assert.equal(0, r.status, r.err)
      assert.equal(want(), r.out)
    end
    local packed = program.tmpname()
    program.shell(("gzip -c %s > %s; gzip -c %s >> %s"):format(V1, packed, V2, packed))
    assert.equal(want(), program.run({ "-e", COUNT, packed }).out)
  end)

  it("has names of its own for each, and scan passes", function()
    local r = program.run {
      "-e", "local n = 0 function scan.GoStart() n = n + 1 end function on.finish(t) print(t.file, n > 0) end", path,
    }
    assert.equal(("%s\ttrue\n%s@%d\ttrue\n"):format(path, path, #program.read(V1)), r.out)
  end)

  it("is looked at in a window in each", function()
    local r = program.run { "--from", "-1ms", "-e", COUNT, path }
    assert.equal(2, select(2, r.out:gsub("\n", "")))
  end)

  it("is written as the first, or as all with %d", function()
    local folder = program.folder {}
    local r = program.run { "-o", folder .. "/one.trace", path }
    assert.equal(3, r.status)
    assert.matches("the one before it alone is written", r.err)
    assert.equal(events(V1), events(folder .. "/one.trace"))
    assert.equal(0, program.run({ "-o", folder .. "/all-%d.trace", path }).status)
    assert.equal(events(V1), events(folder .. "/all-1.trace"))
    assert.equal(events(V2), events(folder .. "/all-2.trace"))
  end)

  it("is refused by --verify", function()
    local r = program.run { "--verify", path }
    assert.equal(3, r.status)
    assert.matches("another trace begins here", r.err)
  end)
end)

describe("a file that is no trace", function()
  teardown(program.clean)

  it("is named", function()
    local text = program.tmpfile "Not Found: no such trace\nmore\n"
    local r = program.run { "-e", COUNT, text }
    assert.equal(3, r.status)
    assert.matches('not a Go execution trace (have "Not Found: no such trace",', r.err, 1, true)
    local zip = program.tmpfile("PK\3\4" .. program.read(V2))
    assert.matches("not a Go execution trace but a zip archive", program.run({ "-e", COUNT, zip }).err)
  end)
end)

describe("the likely cause", function()
  local trace = program.read(V2)
  teardown(program.clean)

  local function report(bytes)
    local r = program.run { "-e", COUNT, program.tmpfile(bytes) }
    assert.equal(3, r.status)
    return r.err
  end

  it("of what was copied in text mode", function()
    local text = report((trace:gsub("\n", "\r\n")))
    assert.matches("offset 0: a carriage return stands before each line feed; they are taken out", text, 1, true)
    assert.matches("all bytes could be read; likely it was copied in text mode", text, 1, true)
  end)
  it("of an answer of HTTP that was saved as it came", function()
    local text = report(("%x\r\n"):format(#trace) .. trace .. "\r\n0\r\n\r\n")
    assert.matches("offset 0: it comes in chunks, as HTTP sends it; their sizes are taken out", text, 1, true)
    assert.matches("all bytes could be read; likely an answer of HTTP was saved as it came", text, 1, true)
  end)
  it("of a file that ends early", function()
    assert.matches("likely the file ends early: the program ended without trace.Stop", report(trace:sub(1, #trace / 2)))
  end)
  it("of one that another follows", function()
    assert.matches("ended without trace.Stop, and another trace begins here", report(trace:sub(1, #trace / 2) .. trace))
  end)
  it("of events that are missing", function()
    local lost = 0
    for _, place in ipairs(removing.places(trace)) do
      if place.type == "GoUnblock" and lost < 3 then
        lost = lost + 1
        local text = report((removing.without(trace, place)))
        assert.matches("is missing", text)
        assert.matches("likely events are missing or wrong: ", text)
      end
    end
    assert.equal(3, lost)
  end)
  it("of regions that end in another order than they began", function()
    local r = program.run { "-e", COUNT, program.build [[
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
      - UserRegionBegin: {dt: 1, task: 0, name: 1}
      - UserRegionBegin: {dt: 1, task: 0, name: 2}
      - UserRegionEnd: {dt: 1, task: 0, name: 1}
  - EventBatch:
    strings:
      - {id: 1, data: "outer"}
      - {id: 2, data: "inner"}
  - EndOfGeneration
]] }
    assert.equal(3, r.status)
    assert.matches("likely regions are ended in another order than they were begun", r.err)
  end)
  it("is that of the file alone where events are missing for that", function()
    local text = report(trace:sub(1, #trace / 2))
    assert.not_matches("events are missing or wrong: ", text)
  end)
  it("is not told where nothing tells it", function()
    local at = #trace / 2
    assert.not_matches("likely", report(trace:sub(1, at) .. "\255\254\0\253\0" .. trace:sub(at + 6)))
  end)
end)
