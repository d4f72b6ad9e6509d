-- --verify: what is said of good and bad traces. That it judges as Go's reader
-- does is tests/oracle's to show.
local program = require "support.program"

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
    assert.matches(": valid go 1%.11 trace, %d+ events\n$", verify(old).out)
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
      [{ small, small }] = "--verify wants one trace and no script",
      [{ small, "-e", "x = 1" }] = "--verify reads a trace and does nothing else: no -e",
      [{ small, "-o", "/nosuch/x" }] = "--verify reads a trace and does nothing else: no -o",
      [{ small, "--from", "1ms" }] = "--verify reads a trace and does nothing else: no --from",
      [{ small, "--strict" }] = "--verify reads a trace and does nothing else: no --strict",
      [{ small, "--foo" }] = "unknown option --foo",
    } do
      local r = verify(unpack(words))
      assert.equal(2, r.status)
      assert.equal("gotrace-lua: " .. message .. "\n", r.err)
    end
  end)
end)
