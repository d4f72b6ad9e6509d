-- --explain: how a run is executed, and why.
local program = require "tests.support.program"

describe("--explain", function()
  teardown(program.clean)

  local http = program.recording "http"

  -- What is said, by its first word.
  local function explained(...)
    local run = program.run { "--explain", ... }
    assert.equal(0, run.status, run.err)
    local said = {}
    for key, text in run.err:gmatch "gotrace%-lua: (%l+): ([^\n]*)" do
      said[key] = text
    end
    return said, run
  end

  it("says what decides the order", function()
    local thread = [[order = "thread" function on.GoCreate() end]]
    assert.matches("^thread: ", explained("-e", thread, http).order)
    assert.equal('full: -e 2 hooks events without order = "thread"',
      explained("-e", thread, "-e", "function on.any() end", http).order)
    assert.matches("^full: expressions see events", explained("-e", thread, "-f", "g == 1", http).order)
    assert.matches("^full: %-o", explained("-o", program.tmpname(), "-e", thread, http).order)
    assert.matches("^full: %-%-from", explained("--from", "1ms", "-e", thread, http).order)
  end)

  it("says whether events are copied", function()
    local path = program.tmpname()
    assert.matches("^no trace", explained("events", http).output)
    for _, how in ipairs { 'drop "UserLog"', "function on.begin() end", "" } do
      assert.matches("^copied", explained("-o", path, "-e", how, http).output)
    end
    assert.matches("^copied.*all that is left out is UserLog$",
      explained("-o", path, "-f", 'type ~= "UserLog"', http).output)
    local watched, rewritten = "copied up to the first change, rewritten from there: ", "rewritten, not copied: "
    for why, words in pairs {
      [watched .. "on.any may drop by goroutine, edit or add (-e)"] = { "-e", "function on.any() end" },
      [watched .. "on.UserLog may drop by goroutine, edit or add (-e)"] = {
        "-e", "function on.UserLog() return false end" },
      [watched .. "-f 'g == 1' asks for more than the type"] = { "-f", "g == 1" },
      [watched .. "GoStart is left out, on which other events depend"] = { "drop", "--types=GoStart" },
      [rewritten .. "on.state of -e wants spans"] = { "-e", "function on.state() end" },
      [rewritten .. "--from and --to cut it"] = { "--to", "1ms" },
    } do
      table.insert(words, http)
      assert.equal(why, explained("-o", path, unpack(words)).output)
    end
  end)

  it("says which types are asked for, and what of them", function()
    local said = explained("-e", "function on.GoCreate() end", http)
    assert.matches("^1 of %d+: GoCreate$", said.types)
    assert.equal("all: on.GoCreate of -e may look at all of an event", said.fields)
    assert.matches("^type, time, number and offset: ", explained("events", http).fields)
    assert.matches("^2 of %d+: GoCreate, GoStart$",
      explained("-f", 'type == "GoStart" or type == "GoCreate"', http).types)
    assert.equal("all of them are asked for", explained("cat", http).types)
    assert.equal("all: -o writes them", explained("-o", program.tmpname(), "events", http).types)
  end)

  it("leaves alone what is printed, and reads nothing with -n", function()
    local _, run = explained("count_gocreate", http)
    assert.equal("Created 70 goroutines\n", run.out)
    _, run = explained("-n", "count_gocreate")
    assert.equal("", run.out)
  end)
end)
