-- Which script a word of the command line means: what runs does not depend on
-- what lies in the current folder.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

-- Runs the program in a folder.
local function run_in(dir, words)
  return program.shell(("cd '%s' && %s %s </dev/null"):format(dir, words.env or "", program.line(words)))
end

describe("a word", function()
  local dir
  setup(function()
    dir = program.folder {
      ["events"] = "print 'the file'", ["cat"] = "print 'the file'", ["own"] = "print 'own'",
      ["events.lua"] = "print 'the file.lua'", ["grep.lua/x"] = "", ["sub/events.lua"] = "print 'below'",
      ["count"] = "print 'count'",
    }
  end)

  it("is the bundled script, whatever is called so here", function()
    for _, name in ipairs { "events", "cat", "count_gocreate" } do
      local r = run_in(dir, { name, small })
      assert.equal(program.run({ name, small }).out, r.out)
      assert.equal(0, r.status)
    end
    assert.matches("^usage: gotrace%-lua events ", run_in(dir, { "--help", "events" }).out)
    assert.matches("^type", run_in(dir, { "-s", "events", small }).out)
  end)

  it("is the bundled script beside -e and -f too, even if a trace is called so", function()
    program.write(dir .. "/strings", program.read(small))
    assert.matches("^main%.main\n", run_in(dir, { "-f", "true", "strings", small }).out)
    assert.matches("^main%.main\n", run_in(dir, { "strings", small }).out)
    assert.matches("^[^\n]*ProcStatus", run_in(dir, { "-f", "true", "./strings" }).out)
  end)

  it("is a path where it has a slash or ends in .lua", function()
    assert.equal("the file\n", run_in(dir, { "./events", small }).out)
    assert.equal("the file\n", run_in(dir, { dir .. "/cat", small }).out)
    assert.equal("the file.lua\n", run_in(dir, { "events.lua", small }).out)
    assert.equal("below\n", run_in(dir, { "sub/events.lua", small }).out)
    assert.equal("the file.lua\n", run_in(dir, { "-s", "./events.lua", small }).out)
  end)

  it("with .lua is the bundled script where there is no such file", function()
    assert.equal("Created 2 goroutines\n", run_in(dir, { "count_gocreate.lua", small }).out)
    assert.matches("main%.main", run_in(dir, { "grep.lua", "main", small }).out) -- the file is a folder
    local r = run_in(dir, { "./count_gocreate.lua", small })
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: there is no script ./count_gocreate.lua\n", r.err)
  end)

  it("that is only a file's name says how to run that", function()
    local r = run_in(dir, { "own", small })
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: there is no script own that comes with the program; the file is ./own\n", r.err)
    assert.equal("own\n", run_in(dir, { "./own", small }).out)
  end)

  it("behind a trace is said to come first", function()
    program.write(dir .. "/t", program.read(small))
    local r = run_in(dir, { "t", "stw" })
    assert.equal("gotrace-lua: t is a trace: a script comes first, such as in gotrace-lua stw t\n", r.err)
  end)
end)

describe("GOTRACE_SCRIPTS", function()
  local first, second
  setup(function()
    first = program.folder { ["own.lua"] = "description = 'My own' print 'own'", ["events.lua"] = "print 'first'",
      ["not a name.lua"] = "print 'x'", ["folder.lua/x"] = "" }
    second = program.folder { ["own.lua"] = "print 'second'", ["other.lua"] = "print(require 'near')",
      ["near.lua"] = "return 'near'" }
  end)

  local function prints(scripts, ...)
    local r = program.run { env = "GOTRACE_SCRIPTS=" .. scripts, ... }
    assert.equal("", r.err)
    return r.out
  end

  it("is in front of the bundled scripts, the first folder first", function()
    local both = first .. ":" .. second
    assert.equal("own\n", prints(both, "own", small))
    assert.equal("own\n", prints(both, "own.lua", small))
    assert.equal("second\n", prints(second .. ":" .. first, "own", small))
    local r = program.run { "events", small, env = "GOTRACE_SCRIPTS=" .. both }
    assert.equal("first\n", r.out)
    assert.equal(("gotrace-lua: events is %s/events.lua, by GOTRACE_SCRIPTS, and not the script that comes with the " ..
      "program\n"):format(first), r.err)
    assert.equal("first\n", prints(both, "-q", "events", small))
    assert.equal("near\n", prints(both, "other", small))
    assert.equal("Created 2 goroutines\n", prints(both, "count_gocreate", small))
  end)

  it("takes nothing from the bundled ones in the list", function()
    local text = prints(first .. ":" .. second, "-l")
    for _, name in ipairs { "cat", "events", "near", "other", "own", "upgrade" } do
      assert.matches("\n" .. name .. "[ \n]", text)
    end
    assert.matches("\nown +My own\n", text)
    assert.is_nil(text:find("not a name", 1, true))
    assert.is_nil(text:find("\nfolder", 1, true))
  end)

  it("has empty and missing folders for none", function()
    local here = program.folder { ["events.lua"] = "print 'here'" }
    for _, scripts in ipairs { "", ":", "::/no/such", "/no/such:" } do
      local r = run_in(here, { "-F", "csv", "events", small, env = "GOTRACE_SCRIPTS=" .. scripts })
      assert.matches("^type,count\n", r.out)
    end
  end)

  it("reads help there, and suggests those names", function()
    assert.matches("^usage: gotrace%-lua own .*My own", prints(first, "--help", "own"))
    local r = program.run { "otehr", small, env = "GOTRACE_SCRIPTS=" .. second }
    assert.matches('did you mean "other"', r.err)
  end)
end)

describe("the program", function()
  it("is whole when it is copied alone to another place", function()
    local dir = program.folder {}
    program.shell(("cp %s %s/g"):format(program.quote(program.path), dir))
    for name in program.run({ "-l" }).out:gmatch "\n([%w_]+) " do
      local r = program.shell(("cd / && %s/g --help %s"):format(dir, name))
      assert.equal("", r.err)
      assert.matches("^usage: gotrace%-lua " .. name, r.out)
    end
    assert.equal("Created 2 goroutines\n", program.shell(("cd / && %s/g count_gocreate %s"):format(dir, small)).out)
  end)

  it("takes no script from a folder beside it", function()
    local dir = program.folder { ["share/gotrace-lua/scripts/events.lua"] = "print 'x'",
      ["scripts/events.lua"] = "print 'x'", ["src/script/x"] = "", ["bin/x"] = "", ["build/debug/x"] = "" }
    for _, place in ipairs { "bin", "build/debug" } do
      program.shell(("cp %s %s/%s/g"):format(program.quote(program.path), dir, place))
      assert.matches("^type,count\n", program.shell(("%s/%s/g -F csv events %s"):format(dir, place, small)).out)
    end
  end)

  it("names its own scripts in their errors", function()
    local trace = program.build(program.read(program.root .. "tests/support/small.yaml"):gsub('"main.main"',
      '"' .. ("a"):rep(60) .. 'b"'))
    local r = program.run { "grep", "(a+)+$", trace }
    assert.equal(4, r.status)
    assert.matches("^gotrace%-lua: scripts/grep%.lua:%d+: the regular expression cannot be matched: ", r.err)
  end)
end)

describe("a release build", function()
  -- What ./dev builds besides.
  local release = program.root .. "build/release/gotrace-lua"

  it("takes no code from its environment", function()
    local file = io.open(release, "rb")
    if not file then
      pending "no release build"
      return
    end
    local text = file:read "*a"
    file:close()
    assert.is_nil(text:find("GOTRACE_LUA_INIT", 1, true))
    local init = program.tmpfile "print 'init'"
    local r = program.shell(("GOTRACE_LUA_INIT=%s '%s' --version"):format(init, release))
    assert.is_nil(r.out:find "init")
  end)
end)
