-- Recipes: what -c runs is what the command line would, and what is wrong is said with
-- its place before any trace is read.
local program = require "support.program"

local mix = program.recording "mix"
teardown(program.clean)

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- A folder with the recipe r.yaml and other files; its path.
local function recipe(text, files)
  files = files or {}
  files["r.yaml"] = text
  return program.folder(files) .. "/r.yaml"
end

-- What is wrong with a recipe, without the names of folders.
local function refused(text, files)
  local path = recipe(text, files)
  local r = program.run { "-n", "-c", path }
  assert.equal(2, r.status, text .. r.out .. r.err)
  assert.equal("", r.out)
  local message = r.err:match "^gotrace%-lua: (.*)\n$"
  local at, last = message:find(path, 1, true)
  if not at then -- of a long name only the end is told
    at, last = message:find "%.%.%.%S-/r%.yaml"
  end
  return message:sub(1, at - 1) .. "r.yaml" .. message:sub(last + 1)
end

describe("a recipe", function()
  it("says what a command line would", function()
    local path = recipe [[
pipeline:
  - {script: trim, start: 0.1ms, stop: 20ms}
  - {script: drop, types: [UserLog, 'Heap*']}
  - filter: type ~= "GoStart"
  - print: time,type,g
]]
    assert.equal(prints("-s", "trim", "--start=0.1ms", "--stop=20ms", "-s", "drop", "--types=UserLog,Heap*",
      "-f", 'type ~= "GoStart"', "-p", "time,type,g", mix), prints("-c", path, mix))
  end)

  it("writes the trace that it names, where the program runs", function()
    local path = recipe "pipeline: [upgrade]\noutput: new.trace\n"
    local folder = program.folder {}
    local r = program.shell(("cd %s && %s"):format(program.quote(folder),
      program.line { "-q", "-c", path, program.root:sub(1, 1) == "/" and mix or os.getenv "PWD" .. "/" .. mix }))
    assert.equal("", r.err)
    local copy = program.tmpname()
    prints("-q", "-o", copy, mix)
    assert.is_true(program.read(folder .. "/new.trace") == program.read(copy))
  end)

  it("counts for less than the command line", function()
    local path = recipe "pipeline: [count_gocreate, {aggregate: count() by type}]\nformat: json\nto: 1ms\n"
    assert.equal(prints("-F", "json", "--to=1ms", "-s", "count_gocreate", "-a", "count() by type", mix),
      prints("-c", path, mix))
    assert.equal(prints("-F", "csv", "--to=2ms", "-s", "count_gocreate", "-a", "count() by type", mix),
      prints("-F", "csv", "-c", path, "--to=2ms", mix))
  end)

  it("stands in the line where it is given", function()
    local path = recipe "pipeline: [{eval: 'function on.GoCreate(ev) return false end'}]\n"
    local count = "local n = 0 function on.GoCreate() n = n + 1 end function on.finish() print(n) end"
    local before, behind = prints("-e", count, "-c", path, mix), prints("-c", path, "-e", count, mix)
    assert.equal("0\n", behind)
    assert.is_true(tonumber(before) > 0)
    assert.equal("0\n", prints("-c", path, "-c", recipe(("pipeline: [{eval: %q}]"):format(count)), mix))
  end)

  it("finds the scripts beside it, and their options", function()
    local path = recipe("pipeline:\n  - {script: own.lua, word: [a, 'b,c'], loud: true}\n  - sub/other.lua\n", {
      ["own.lua"] = 'args = { { name = "word", repeatable = true }, { name = "loud", type = "bool" } }\n' ..
        'print(table.concat(opt.word, " "), opt.loud)',
      ["sub/other.lua"] = 'print "other"',
    })
    assert.equal("a b,c\ttrue\nother\n", prints("-c", path, mix))
  end)

  it("leaves options of its scripts to the command line, too", function()
    local path = recipe "pipeline: [{script: drop, types: UserLog}, {script: cat, stacks: false}]\n"
    assert.equal(prints("-s", "drop", "--types=UserLog,GoStart", "-s", "cat", "--stacks", mix),
      prints("-c", path, "--stacks", "--types=GoStart", mix))
    assert.equal("gotrace-lua: unknown option --stakcs (did you mean \"--stacks\"?)\n",
      program.run({ "-c", path, "--stakcs", mix }).err)
  end)

  it("gives words to what a script takes without a name", function()
    local path = recipe "pipeline: [{script: grep, regexp: 'sync.*Mutex', ignore-case: no}]\n"
    assert.equal(prints("grep", "sync.*Mutex", mix), prints("-c", path, mix))
  end)

  it("keeps the options of each script to it", function()
    local path = recipe [[
pipeline:
  - {script: drop, types: UserLog}
  - {script: drop, types: GoCreate}
  - {aggregate: count() by type}
]]
    local out = prints("-c", path, mix)
    assert.is_nil(out:find "UserLog")
    assert.is_nil(out:find "GoCreate")
  end)
end)

describe("a recipe that comes with the program", function()
  local names = {}
  for line in prints("-l"):gmatch "[^\n]+" do
    names[#names + 1] = line:match "^%-c (%S+)  +%S"
  end

  it("is listed with what it is for", function()
    assert.same({ "share-internal", "share-public" }, names)
    for line in prints("-l", "share-*"):gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
  end)

  for _, name in ipairs(names) do
    it(name .. " is fine, and writes a trace that Go takes", function()
      for _, recording in ipairs { mix, program.recording "annotations", program.recording "http" } do
        local out = program.tmpname()
        local r = program.run { "-q", "-c", name, "-o", out, recording }
        assert.equal(0, r.status, r.err)
        prints("-q", "--verify", out)
      end
    end)
  end
end)

describe("a recipe that is wrong", function()
  local wrong = {
    { "pipeline:\n  - {scirpt: drop}\n",
      'r.yaml:2:6: a stage has one of script, filter, eval, print, aggregate (did you mean "script"?)' },
    { "pipeline:\n  - {script: dorp}\n", 'r.yaml:2:14: there is no script dorp (did you mean "drop"?); ' ..
      "gotrace-lua -l lists those that come with it" },
    { "pipeline:\n  - {script: drop, tpes: [UserLog]}\n", 'r.yaml:2:20: no option "tpes" (did you mean "types"?)' },
    { "pipeline:\n  - {script: drop, what: x}\n", 'r.yaml:2:20: no option "what"; there are types' },
    { "pipeline:\n  - {script: upgrade, what: x}\n", 'r.yaml:2:23: no option "what"' },
    { "pipeline:\n  - {script: drop, types: [UserLog, UserLgo]}\n",
      "r.yaml:2:37: --types 'UserLgo': there is no event UserLgo (did you mean \"UserLog\"?)" },
    { "pipeline:\n  - drop\n", "r.yaml:2:5: drop wants --types: names of event types, * and ? as for files " ..
      "(see gotrace-lua --help drop)" },
    { "pipeline:\n  - {script: trim, start: soon}\n",
      'r.yaml:2:27: --start: "soon" is not a duration such as 12ms or 1.5s' },
    { "pipeline:\n  - {script: trim, start: [1s, 2s]}\n", "r.yaml:2:20: start takes one value" },
    { "pipeline:\n  - {script: trim, start: {a: b}}\n", "r.yaml:2:27: start wants a value, or a list of them" },
    { "pipeline:\n  - {script: trim, start: }\n", "r.yaml:2:27: start wants a value" },
    { "pipeline: drop\n", "r.yaml:1:11: pipeline wants a list: - or [ ]" },
    { "pipeline: [[drop]]\n", "r.yaml:1:12: a stage wants key: value" },
    { "pipelin:\n - drop\n", 'r.yaml:1:1: a recipe has no "pipelin" (did you mean "pipeline"?); it has description, ' ..
      "pipeline, spans, format, wide, csv-safe, output, strict, from, to" },
    { "unsafe: true\npipeline: []\n", 'r.yaml:1:1: a recipe has no "unsafe"; it has description, ' ..
      "pipeline, spans, format, wide, csv-safe, output, strict, from, to" },
    { "format: csv\n", "r.yaml:1:1: a recipe wants a pipeline: a list of stages" },
    { "pipeline: []\nformat: xml\n", 'r.yaml:2:9: -F: "xml" is none of text, json, csv' },
    { "pipeline: []\nstrict: maybe\n", 'r.yaml:2:9: --strict: "maybe" is not yes or no' },
    { "pipeline: []\npipeline: []\n", "r.yaml:2:1: pipeline is there twice" },
    { "pipeline:\n  - {filter: 'reason == '}\n", "r.yaml:2:14: -f 'reason == ': an expression expected near the end" },
    { "pipeline:\n  - {filter: 'g == 1', x: 2}\n", "r.yaml:2:24: filter stands alone: x is an option of scripts" },
    { "pipeline:\n  - {eval: 'function on.GoCraete() end'}\n",
      'r.yaml:2:12: -e:1: unknown hook on.GoCraete (did you mean "GoCreate"?)' },
    { "- drop\n", "r.yaml:1:1: a recipe wants key: value" },
    { "", "r.yaml:1:1: a recipe wants key: value" },
    { "pipeline: [\n", "r.yaml:2:1: not YAML: did not find expected node content" },
    { "a: &a [x, x]\nb: *a\n", "r.yaml:1:4: anchors and aliases (& and *) are not read; write it out" },
  }
  for _, case in ipairs(wrong) do
    it(("is refused: %s"):format(case[2]), function()
      assert.equal(case[2], refused(case[1]))
    end)
  end

  it("is refused before a trace is opened", function()
    local r = program.run { "-c", recipe "pipeline: [dorp]", "/no/such.trace" }
    assert.equal(2, r.status)
    assert.is_nil(r.err:find("such.trace", 1, true))
  end)

  it("says which recipes there are", function()
    local r = program.run { "-n", "-c", "nosuch" }
    assert.equal(2, r.status)
    assert.matches("^gotrace%-lua: %-c: there is no recipe nosuch that comes with the program: there are ", r.err)
  end)

  it("is read no further than it may go", function()
    local bomb = { "a: &a [x, x, x, x, x, x, x, x, x]" }
    for i = 1, 12 do
      bomb[#bomb + 1] = ("b%d: &b%d [%s]"):format(i, i, ("*a, "):rep(9))
    end
    for text, message in pairs {
      [table.concat(bomb, "\n")] = "r.yaml:1:4: anchors and aliases (& and *) are not read; write it out",
      ["pipeline: [" .. ("a, "):rep(20000) .. "]"] = "r.yaml: more than 10000 words and lists",
      [(" "):rep(2 ^ 20 + 1)] = "r.yaml has more than 1048576 bytes",
      [("["):rep(20)] = "r.yaml:1:13: maps and lists nested more than 12 deep",
      ["pipeline: \255"] = "r.yaml:1:1: not YAML: invalid leading UTF-8 octet",
    } do
      assert.equal(message, refused(text))
    end
    assert.equal("cannot open /no/such.yaml: No such file or directory",
      program.run { "-n", "-c", "/no/such.yaml" }.err:match "^gotrace%-lua: (.*)\n$")
  end)
end)
