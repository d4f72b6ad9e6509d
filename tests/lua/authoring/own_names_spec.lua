-- Scripts of users by name: where they are looked for, and what comes first. Of GOTRACE_SCRIPTS
-- tests/lua/cli/names_spec.lua tells more.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

-- Runs in a folder, with a home of its own.
local function run_in(dir, words)
  local env = ("HOME='%s' XDG_CONFIG_HOME='%s'"):format(words.home or "/no/such", words.config or "")
  return program.shell(("cd '%s' && env %s %s %s </dev/null"):format(dir, env, words.env or "", program.line(words)))
end

local function script(text)
  return ("description = %q function on.finish() print %q end"):format(text, text)
end

local function prints(text, dir, words)
  local r = run_in(dir, words)
  assert.equal("", r.err)
  assert.equal(text .. "\n", r.out)
end

describe("a user's script", function()
  local here, home, config
  setup(function()
    here = program.folder { ["mine.lua"] = script "here", ["both.lua"] = script "here", ["events.lua"] = script "here",
      ["t.lua"] = script "a trace's name", ["near.lua"] = "return 1", ["mine_test.lua"] = "error 'x'",
      ["broken.lua"] = "function on.GoX() end", ["vim.lua"] = "vim.opt.x = 1" }
    program.write(here .. "/t", program.read(small))
    home = program.folder { [".config/gotrace-lua/scripts/both.lua"] = script "home",
      [".config/gotrace-lua/scripts/stw.lua"] = script "home", [".config/gotrace-lua/scripts/far.lua"] = script "far" }
    config = program.folder { ["gotrace-lua/scripts/far.lua"] = script "config" }
  end)

  it("has a name in this folder", function()
    prints("here", here, { "mine", small })
    prints("here", here, { "-q", "-f", "true", "mine", small })
    assert.matches("^usage: gotrace%-lua mine %[", run_in(here, { "--help", "mine" }).out)
    assert.matches('did you mean "mine"', run_in(here, { "mne", small }).err)
  end)

  it("has one in the user's folder, which comes before this one", function()
    prints("home", here, { "both", small, home = home })
    prints("here", here, { "both", small })
    prints("far", here, { "far", small, home = home })
    prints("config", here, { "far", small, home = home, config = config })
    prints("far", here, { "far", small, home = home, config = "relative" })
  end)

  it("never takes the place of a bundled one", function()
    assert.matches("^type", run_in(here, { "events", small }).out)
    assert.equal("", run_in(here, { "events", small }).err)
    assert.is_nil(run_in(here, { "stw", small, home = home }).out:find "home")
    prints("here", here, { "./events.lua", small })
  end)

  it("is behind GOTRACE_SCRIPTS, which may take the place of all, and says so", function()
    local named = program.folder { ["mine.lua"] = script "named", ["stw.lua"] = script "named" }
    local env = "GOTRACE_SCRIPTS=" .. named
    prints("named", here, { "mine", small, env = env })
    local r = run_in(here, { "stw", small, env = env, home = home })
    assert.equal("named\n", r.out)
    local line = "gotrace-lua: stw is %s/stw.lua, by GOTRACE_SCRIPTS, and not the script that comes with the program\n"
    assert.equal(line:format(named), r.err)
    local _, n = run_in(here, { "-s", "stw", "-s", "stw", small, env = env }).err:gsub("GOTRACE_SCRIPTS", "")
    assert.equal(1, n)
    assert.equal("", run_in(here, { "-q", "stw", small, env = env }).err)
    assert.equal("", run_in(here, { "--help", "stw", env = env }).err)
  end)

  it("is not what a trace is called", function()
    assert.matches("ProcStatus", run_in(here, { "-f", "true", "t" }).out)
    assert.matches("t is a trace: a script comes first", run_in(here, { "t", "stw" }).err)
  end)

  it("of this folder is no name where scripts may do everything", function()
    local r = run_in(here, { "--unsafe", "mine", small })
    assert.equal(2, r.status)
    assert.equal("", r.out)
    assert.equal("gotrace-lua: there is no script mine; with --unsafe a script of this folder is run by its path: " ..
      "./mine.lua\n", r.err)
    prints("here", here, { "--unsafe", "./mine.lua", small })
    prints("far", here, { "--unsafe", "far", small, home = home })
  end)

  it("is listed apart from ours, by where it is", function()
    local text = run_in(here, { "-l", home = home }).out
    local folder = home .. "/.config/gotrace-lua/scripts"
    local first, second = text:match("\n\nown, in " .. folder:gsub("%p", "%%%0") ..
      " +description\n(.-)\n\nown, in %./ +description\n(.*)$")
    assert.same({ "both", "far", folder .. "/stw.lua" }, { first:match "^(%S+) +home\n(%S+) +far\n(%S+) +home$" })
    assert.same({ "broken", "mine", "./both.lua", "./events.lua", "./t.lua" }, { second:match(
      "^(%S+) +does not load\n(%S+) +here\n(%S+) +here\n(%S+) +here\n(%S+) +a trace's name\n$") })
    local rows = run_in(here, { "-F", "json", "-l", "mi*" }).out
    assert.equal('{"script":"mine","description":"here","from":"./"}\n', rows)
    assert.equal("script,description,from\nmine,here,./\n", run_in(here, { "-F", "csv", "-l", "mi*" }).out)
  end)

  it("is a file: nobody waits for another, nor runs what is no script", function()
    local dir = program.folder { ["far.lua"] = script "far", ["long.lua"] = "while true do end" }
    program.shell(("mkfifo '%s/fifo.lua'"):format(dir))
    local r = program.shell(("cd '%s' && HOME= timeout 20 %s"):format(dir, program.line { "-l", "f*" }))
    assert.matches("own, in %./ +description\nfar +far\n$", r.out)
    assert.matches("there is no script fifo", run_in(dir, { "fifo", small }).err)
  end)

  it("in a list steers no terminal", function()
    local dir = program.folder { ["x.lua"] = "description = 'a\\27[31mb'" }
    assert.is_nil(run_in(dir, { "-l", "x" }).out:find "\27")
    local odd = program.folder { ["gotrace-lua/scripts/y.lua"] = script "y" }
    os.rename(odd, odd .. "\27[31m")
    local r = run_in(dir, { "-l", "y", config = odd .. "\27[31m" })
    assert.is_nil(r.out:find "\27")
    assert.matches("y +y\n", r.out)
    os.rename(odd .. "\27[31m", odd)
  end)
end)
