-- Names in tables are cut where a terminal has no room for them, and nowhere else.
local program = require "support.program"
local terminal = require "support.tools.terminal"
local tools = require "support.tools.tools"

teardown(terminal.clean)

local check = tools.tests(it, pending, tools.command "tmux")
local http = program.recording "http"
local LONG = "net/http.(*persistConn).writeLoop"
local STACKS = { "-a", "sum(dur) by stack", "-f", 'reason == "select"', http }

local function printed(columns, words)
  local r = program.run { env = "COLUMNS=" .. columns, unpack(words) }
  assert.equal("", r.err)
  return r.out
end

describe("names", function()
  it("are whole in a pipe, and fit where COLUMNS says how wide it is", function()
    for _, columns in ipairs { "''", "0", "wide", "-80" } do
      assert.truthy(printed(columns, { "goroutines", http }):find(LONG, 1, true))
    end
    local out = printed(80, { "goroutines", http })
    assert.is_nil(out:match("^[^\n]*\n.-\n\n"):find(LONG, 1, true))
    for line in out:gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
  end)

  it("of stacks are all there in a pipe", function()
    assert.truthy(printed(80, STACKS):find(" < ... < ", 1, true))
    local out = printed("''", STACKS)
    assert.is_nil(out:find("...", 1, true))
    assert.truthy(out:find("runtime.selectgo < net/http.(*Transport)", 1, true) or
      out:find("runtime.selectgo < net/http.(*persistConn)", 1, true), out)
  end)

  it("leave pictures as they are", function()
    local words = { "timeline", "--top=3", http }
    assert.equal(printed(80, words), printed("''", words))
  end)

  check("are cut on a terminal, which is told how to see them", function()
    local function shown(words, columns)
      local t = terminal.open { line = program.line(words), columns = columns }
      local _, text = t:wait "status %d"
      t:close()
      return text
    end
    local words = { "goroutines", "--top=2", http }
    assert.matches("names are cut to fit the terminal: %-%-wide shows them whole\n", shown(words, 80))
    assert.is_nil(shown(words, 180):find "names are cut")
    assert.is_nil(shown({ "-q", unpack(words) }, 80):find "names are cut")
    assert.is_nil(shown({ "--wide", unpack(words) }, 180):find "names are cut")
  end)
end)
