-- Help of the commands that are no scripts ends in two examples, which print what they say; exit
-- statuses are one table.
require "support.embedded"
local examples_of = require("support.examples").of_help
local program = require "support.program"

teardown(program.clean)

describe("the help of", function()
  for _, name in ipairs { "new", "test", "init" } do
    it(name .. " ends in examples that print what they say", function()
      local folder = program.folder { ["scripts/x"] = "" }
      if name == "test" then
        program.shell(("cd '%s' && %s new waits"):format(folder, program.quote(program.path)))
      end
      local list = examples_of(program.run({ name, "--help" }).out)
      assert.equal(2, #list)
      for _, example in ipairs(list) do
        local command = example.command:gsub("gotrace%-lua", program.quote(program.path), 1)
        local r = program.shell(("cd '%s' && %s"):format(folder, command))
        assert.equal(example.output, r.out)
        assert.equal("", r.err)
      end
    end)
  end
end)

describe("exit statuses", function()
  it("are the same table in help and in the docs", function()
    local help = program.run({ "--help" }).out:match "\nexit status:\n(.-)\n\n"
    for _, name in ipairs { "stability", "troubleshooting" } do
      local rows = {}
      local text = program.read(program.root .. "docs/" .. name .. ".md")
      for status, meaning in text:gmatch "\n| (%d+) | ([^\n]*) |" do
        rows[#rows + 1] = ("  %-3s  %s"):format(status, meaning)
      end
      assert.equal(help, table.concat(rows, "\n"), name)
    end
  end)
end)

describe("help TOPIC", function()
  it("knows options, and where a word stands that has no page", function()
    local r = program.run { "help", "align" }
    assert.matches("^%-%-align wall  times of all traces by one clock[^\n]*\n\nmore: gotrace%-lua help fleet\n", r.out)
    r = program.run { "help", "quantile" }
    assert.equal(2, r.status)
    assert.matches("there is no page quantile; it is told of in gotrace%-lua help ", r.err)
    assert.matches('there is no page exit %(did you mean "stability"%?%)', program.run({ "help", "exit" }).err)
  end)

  it("knows an option by what is typed, and a page whose name is taken for a script's", function()
    local function run(...)
      return program.run { ... }
    end
    assert.equal(run("help", "from").out, run("help", "--from").out)
    assert.equal(run("help", "f").out, run("help", "-f").out)
    assert.matches("it is a page of the manual: gotrace%-lua help sharing", run("sharing", "x.trace").err)
    assert.matches("on.damage is a hook of scripts", run("-lv", "on.damage").err)
  end)

  it("says of pages how they are read", function()
    local out = program.run({ "help", "start" }).out
    assert.matches("gotrace%-lua help live", out)
    assert.is_nil(out:find("live.md", 1, true))
  end)

  it("has the docs that a user reads", function()
    for _, topic in ipairs { "start", "own-scripts", "library", "stability", "agents" } do
      assert.matches("^DESCRIPTION\n", program.run({ "help", topic }).out)
    end
  end)
end)
