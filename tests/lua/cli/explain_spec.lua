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
    assert.matches("^full: %-f and %-p", explained("-e", thread, "-f", "g == 1", http).order)
    assert.matches("^full: %-o", explained("-o", program.tmpname(), "-e", thread, http).order)
    assert.matches("^full: %-%-from", explained("--from", "1ms", "-e", thread, http).order)
  end)

  it("says whether events are copied", function()
    local path = program.tmpname()
    assert.matches("^no trace", explained("events", http).output)
    assert.matches("^copied", explained("-o", path, "-e", "function on.UserLog() return false end", http).output)
    assert.matches("^rewritten: hooks", explained("-o", path, "-e", "function on.any() end", http).output)
    assert.matches("^rewritten: %-%-from", explained("-o", path, "--to", "1ms", http).output)
  end)

  it("leaves alone what is printed, and reads nothing with -n", function()
    local _, run = explained("count_gocreate", http)
    assert.equal("Created 70 goroutines\n", run.out)
    _, run = explained("-n", "count_gocreate")
    assert.equal("", run.out)
  end)
end)
