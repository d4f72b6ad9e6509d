-- The manual: help, man pages, the examples of --help, and what -lv tells of one.
local examples_of = require("support.examples").of_help
local program = require "tests.support.program"

teardown(program.clean)

local function out_of(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

local function names_of(text, pattern)
  local list = {}
  for name in text:gmatch(pattern) do
    list[#list + 1] = name
  end
  return list
end

local scripts = names_of(out_of("-F", "csv", "-l"), "\n([%w_]+),")

-- Runs a command as the head of a script has it.
local function run(command)
  return program.shell(("PATH=$(cd '%s' && pwd):$PATH; cd './%s'; %s"):format(program.path:match "^(.*)/[^/]*$",
    program.root, command)).out
end

describe("--help", function()
  it("of the program ends in two examples that print what it says", function()
    local list = examples_of(out_of "--help")
    assert.equal(2, #list)
    for _, example in ipairs(list) do
      assert.equal(example.output, run(example.command))
    end
  end)

  -- That they print it is for tests/lua/cli/examples_spec.lua: they are those of the head.
  it("of each script ends in two examples", function()
    for _, name in ipairs(scripts) do
      local n = 0
      for _, example in ipairs(examples_of(out_of("--help", name))) do
        n = n + (example.output ~= "" and 1 or 0)
      end
      assert.equal(2, n, name)
    end
  end)

  it("of an own script has those of its head", function()
    local dir = program.folder { ["s.lua"] = "-- s.lua: mine\n--\n--   $ gotrace-lua s.lua x\n--   one\n--   two\n" ..
      "--\n-- and so on\n--\n--   no example\nfunction on.finish() end\n",
      ["t.lua"] = "#!/usr/bin/env gotrace-lua\n--   $ a\n--   b\27[31m\nfunction on.finish() end\n" }
    assert.matches("\n\nexamples:\n  %$ gotrace%-lua s%.lua x\n  one\n  two\n$", out_of("--help", dir .. "/s.lua"))
    assert.matches("\n  b\\x1b%[31m\n$", out_of("--help", dir .. "/t.lua"))
  end)

  it("is what commands say, too", function()
    for _, command in ipairs { "help", "yaml", "build", "merge" } do
      assert.equal(out_of "--help", out_of("--help", command))
    end
  end)

  it("has each exit status, and the docs the same of it", function()
    local help, docs = out_of "--help", program.read(program.root .. "docs/troubleshooting.md")
    local n = 0
    for status, meaning in docs:match("\n## Exit status\n.*"):gmatch "\n| (%d+) | ([^|]+) |" do
      assert.is_true(help:find(("\n  %-3d  %s\n"):format(status, meaning), 1, true) ~= nil, status)
      n = n + 1
    end
    assert.equal(10, n)
    local order = {}
    for name, status in pairs { usage = 2, interrupted = 130, terminated = 143, hung_up = 129, memory = 6, output = 5,
      script = 4, failed = 1, damaged = 3 } do
      order[#order + 1] = { at = program.read(program.root .. "lua/gotrace/base/errors.lua")
        :match("local order = {.-}"):find("status." .. name .. ",", 1, true), status = status }
    end
    table.sort(order, function(a, b)
      return a.at < b.at
    end)
    for i, row in ipairs(order) do
      order[i] = row.status
    end
    local text = table.concat(order, ", "):gsub(", (%d+)$", " and %1")
    assert.is_true(docs:find("the first of " .. text .. ".", 1, true) ~= nil)
  end)
end)

-- Words of a page without what Markdown puts around them.
local function words_of(text)
  local list = {}
  text = text:gsub("%]%([^)]*%)", " "):gsub("\n```%w*", "\n"):gsub("|[%s:|-]*|\n", "|\n")
  for word in text:gmatch "[%w_]+" do
    list[#list + 1] = word:lower()
  end
  return list
end

describe("help", function()
  local topics = names_of(out_of "help", "\n  ([%w-]+)  ")

  it("lists its pages and shows each", function()
    assert.is_true(#topics > 12)
    for _, topic in ipairs(topics) do
      if topic ~= "a" and topic ~= "an" and topic ~= "topic" then
        assert.is_true(#out_of("help", topic) > 1000, topic)
      end
    end
  end)

  it("leaves out no word of the docs", function()
    for _, topic in ipairs(topics) do
      local file = io.open(("%sdocs/%s.md"):format(program.root, topic))
      if file and topic ~= "events" then
        local shown = {}
        for _, word in ipairs(words_of(out_of("help", topic))) do
          shown[word] = (shown[word] or 0) + 1
        end
        local text = file:read("*a"):gsub("^# [^\n]*\n", ""):gsub("SKILL%.md", "agents.md")
          :gsub("%[([%w-]+)%.md%]%(%1%.md%)", "help %1")
        file:close()
        for _, word in ipairs(words_of(text)) do
          assert.is_true((shown[word] or 0) > 0, topic .. ": " .. word)
        end
      end
    end
  end)

  it("fits a terminal, but for what is shown as it is", function()
    for line in out_of("help", "scripting"):gmatch "[^\n]+" do
      assert.is_true(#line <= 90 or line:find "^    " ~= nil, line)
    end
  end)

  it("has scripts, events and kinds of spans", function()
    assert.matches("OPTIONS\n\n  option +meaning\n  %-G, %-%-goroutine N", out_of("help", "goroutine"))
    assert.equal(out_of("-lv", "GoBlock"), out_of("help", "GoBlock"))
    assert.equal(out_of("-lv", "region"), out_of("help", "region"))
    assert.equal(out_of("help", "spans"), out_of("help", "gotrace-lua-spans"))
  end)

  it("refuses what it does not have", function()
    local r = program.run { "help", "scriptin" }
    assert.equal(2, r.status)
    assert.equal('gotrace-lua: there is no page scriptin (did you mean "scripting"?); ' ..
      "gotrace-lua help lists the pages\n", r.err)
    for word, page in pairs { mutex = "blocks", Latency = "sched", share = "sharing", lua = "scripting" } do
      assert.matches(('there is no page %s (did you mean "%s"?)'):format(word, page),
        program.run({ "help", word }).err, 1, true)
    end
    assert.equal(2, program.run({ "help", "spans", "recipes" }).status)
    assert.equal(2, program.run({ "help", "--nosuch" }).status)
  end)
end)

describe("the man pages", function()
  local pages = names_of(out_of "--man", "[^\n]+")

  it("are those of the program, of each script, and of what scripts see", function()
    local has = {}
    for _, page in ipairs(pages) do
      has[page] = true
    end
    for _, page in ipairs { "gotrace-lua.1", "gotrace-lua-scripting.7", "gotrace-lua-events.7", "gotrace-lua-spans.7",
      "gotrace-lua-recipes.5" } do
      assert.is_true(has[page], page)
    end
    for _, name in ipairs(scripts) do
      assert.is_true(has["gotrace-lua-" .. name .. ".1"], name)
    end
    assert.equal(2, program.run({ "--man", "nosuch.1" }).status)
  end)

  it("are clean for mandoc, and have what help has", function()
    if os.execute "command -v mandoc >/dev/null" ~= 0 then
      pending "mandoc is not installed"
    end
    local dir = program.folder {}
    for _, page in ipairs(pages) do
      program.write(dir .. "/" .. page, out_of("--man", page))
    end
    local r = program.shell(("cd %s && mandoc -Tlint *"):format(dir))
    assert.equal("", r.out .. r.err)
    local shown = program.shell(("mandoc -Tascii %s/gotrace-lua.1 | col -b"):format(dir)).out
    for option in out_of("--help"):match("options:\n(.*)\n\nexit"):gmatch "\n  (%-%S+)" do
      assert.is_true(shown:find(option:gsub(",$", ""):gsub("%[.*", ""), 1, true) ~= nil, option)
    end
  end)

  it("have the day that SOURCE_DATE_EPOCH says", function()
    local r = program.run { "--man", "gotrace-lua.1", env = "SOURCE_DATE_EPOCH=86400" }
    assert.matches('^%.TH "GOTRACE\\%-LUA" "1" "1970%-01%-02"', r.out)
  end)
end)

describe("-lv", function()
  it("shows one of each as a recording has it", function()
    local n = 0
    local samples = dofile(program.root .. "lua/gotrace/manual/samples.lua")
    for name, command in pairs(samples.commands) do
      local shown = out_of("-lv", name)
      local tail = ("\n\n$ %s\n%s\n"):format(command, samples.lines[name])
      assert.equal(tail, shown:sub(-#tail))
      assert.equal(samples.lines[name] .. "\n", run(command))
      n = n + 1
    end
    assert.is_true(n >= 55, n)
  end)
end)
