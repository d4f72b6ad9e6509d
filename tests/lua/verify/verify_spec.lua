-- --verify: what is said of good and bad traces. That it judges as Go's tools do
-- is tests/oracle's to show.
local minded = require "sched.minded"
local program = require "support.program"
local trace = require "support.trace"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function verify(...)
  return program.run { "--verify", ... }
end

describe("--verify", function()
  it("says that a trace is valid", function()
    local r = verify(small)
    assert.equal(small .. ": valid go 1.26 trace, 18 events\n", r.out)
    assert.equal("", r.err)
    assert.equal(0, r.status)
    local old = program.root .. "testdata/real/go1.15-http.trace"
    assert.matches(": valid go 1%.11 trace, [%d,]+ events\n$", verify(old).out)
  end)

  it("says so of one that begins in the middle of everything", function()
    for _, name in ipairs { "ranges-in-flight", "assist-of-a-waiting-goroutine" } do
      local path = program.build(program.read(("%stestdata/good/go1.22-%s.yaml"):format(program.root, name)))
      local r = verify(path)
      assert.equal("", r.err)
      assert.matches(": valid go 1%.22 trace, %d+ events\n$", r.out)
    end
  end)

  it("reads standard input and packed traces", function()
    local r = program.shell(("gzip -c %s | %s --verify -"):format(small, program.quote(program.path)))
    assert.equal("standard input: valid go 1.26 trace, 18 events\n", r.out)
  end)

  it("names the first violation", function()
    local bad = program.build((program.read(program.root .. "tests/support/small.yaml")
      :gsub("target_g: 2, g_seq: 1", "target_g: 2, g_seq: 7")))
    local r = verify(bad)
    assert.equal(3, r.status)
    assert.equal("", r.out)
    assert.matches("^gotrace%-lua: " .. bad:gsub("%p", "%%%0") .. ": offset %d+, generation 1, thread 7, " ..
      "GoStart: [^\n]+\n$", r.err)
  end)

  it("says where a cut one ends", function()
    local cut = program.tmpfile(program.read(small):sub(1, 450))
    local r = verify(cut)
    assert.equal(3, r.status)
    local _, lines = r.err:gsub("\n", "")
    assert.equal(1, lines)
    assert.matches(": offset %d+", r.err)
  end)

  it("judges several, and says of each", function()
    local cut = program.tmpfile(program.read(small):sub(1, 450))
    local r = verify(small, cut, small)
    assert.equal(3, r.status)
    assert.matches("^[^\n]+ valid [^\n]+\n[^\n]+ valid [^\n]+\n$", r.out)
    assert.matches("^gotrace%-lua: " .. cut:gsub("%p", "%%%0") .. ": offset %d+[^\n]+\n$", r.err)
  end)

  for _, case in ipairs(minded) do
    it("refuses " .. case.name, function()
      local r = verify(program.tmpfile(case.bytes))
      assert.equal(3, r.status)
      assert.matches(": offset %d+, generation %d+,[%a%d ,]* %a+: " .. case.why, r.err)
    end)
  end

  it("refuses clocks that do not go on", function()
    local function at(time, clock)
      return { time = time, clock = clock, trace.running(1, 0, 5) }
    end
    local r = verify(program.tmpfile(trace.file(26, at(1000, { 0, 7, 7, 7 }), at(2000, { 0, 7, 8, 7 }))))
    assert.equal(3, r.status)
    assert.matches(": the generation's clocks are not later than the one's before", r.err, 1, true)
  end)

  it("refuses what is no trace, or not there", function()
    local r = verify(program.tmpfile "hello, world, this is text")
    assert.equal(3, r.status)
    assert.matches(": offset 0: not a Go execution trace", r.err)
    r = verify "/nosuch"
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: cannot open /nosuch: No such file or directory\n", r.err)
  end)

  it("does nothing else", function()
    for words, message in pairs {
      [{ small, "-e", "x = 1" }] = "--verify reads traces and does nothing else: no -e",
      [{ small, "-o", "/nosuch/x" }] = "--verify reads traces and does nothing else: no -o",
      [{ small, "--from", "1ms" }] = "--verify reads traces and does nothing else: no --from",
      [{ small, "--strict" }] = "--verify reads traces and does nothing else: no --strict",
      [{ small, "--foo" }] = "unknown option --foo",
    } do
      local r = verify(unpack(words))
      assert.equal(2, r.status)
      assert.equal("gotrace-lua: " .. message .. "\n", r.err)
    end
  end)
end)
