-- Completion: what the program answers to a shell, and three real shells that ask it.
local lfs = require "lfs"
local program = require "tests.support.program"
local process = require "bench.process"

teardown(program.clean)

-- What the last of these words may become, without what is said of it: words between |.
local function completed(...)
  local r = program.run { "--complete", "fish", ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return (r.out:gsub("\t[^\n]*", ""):gsub("\n$", ""):gsub("\n", "|"))
end

-- The same for a line of bash: what readline puts in.
local function in_bash(line)
  return (program.run({ "--complete", "bash", line }).out:gsub("\n$", ""):gsub("\n", "|"))
end

-- The options that a help tells of.
local function options_in(help)
  local list = {}
  for line in help:gmatch "[^\n]+" do
    for name in (line:match "^  (%-[^%s,].-)  " or line:match "^  (%-%S.*)$" or ""):gmatch "%-%-?[%w-]+" do
      list[#list + 1] = name
    end
  end
  return list
end

local function has(answer, word)
  return ("|" .. answer .. "|"):find("|" .. word .. "|", 1, true) ~= nil
end

local http = program.recording "http"

describe("completion", function()
  it("has all options that help has", function()
    local list = options_in(program.run({ "--help" }).out)
    assert.is_true(#list > 40)
    local short, long = completed "-", completed "--"
    for _, name in ipairs(list) do
      assert.is_true(has(short, name) or has(long, name), name)
    end
  end)

  it("has the options of each script, and their choices", function()
    local n = 0
    for name in program.run({ "-F", "csv", "-l" }).out:gmatch "\n([%w_]+)," do
      local short, long = completed(name, "-"), completed(name, "--")
      for _, option in ipairs(options_in(program.run({ "--help", name }).out)) do
        n = n + 1
        assert.is_true(has(short, option) or has(long, option), name .. " " .. option)
      end
    end
    assert.is_true(n > 150)
    assert.equal("drop|hash|keep", completed("anonymize", "--logs", ""))
    assert.equal("--logs=hash", completed("anonymize", "--logs=h"))
    assert.equal("--spans=state,stw", completed "--spans=state,st")
    assert.equal("--spans=state|--spans=stw", completed "--spans=st")
    assert.equal("-Fjson", completed "-Fj")
    assert.equal("GoStart,GoStop", completed("drop", "--types", "GoStart,GoSto"))
  end)

  it("has an own script's, by path and by GOTRACE_SCRIPTS", function()
    local dir = program.folder { ["mine.lua"] = 'description = "My own"\n' ..
      'args = { { name = "colour", choices = { "red", "green" } } }\nfunction on.finish() end\n' }
    assert.equal("red|green", completed(dir .. "/mine.lua", "--colour", ""))
    local asked = { "--complete", "fish", env = "GOTRACE_SCRIPTS=" .. dir }
    local function with(...)
      local words = { unpack(asked) }
      words.env = asked.env
      for _, word in ipairs { ... } do
        words[#words + 1] = word
      end
      return program.run(words).out
    end
    assert.matches("^mine\t", with "min")
    assert.equal("--colour=green\t\n", with("mine", "--colour=g"))
    assert.equal(dir .. "/mine.lua\t\n", with("-s", dir .. "/"))
  end)

  it("runs nothing of an own script but what says of itself", function()
    local mark = program.tmpname()
    os.remove(mark)
    local dir = program.folder { ["bad.lua"] = ("io.open(%q, 'w'):write 'x'\nargs = {}\n"):format(mark),
      ["broken.lua"] = "args = {", ["err.lua"] = "error 'no'" }
    for _, name in ipairs { "bad", "broken", "err" } do
      assert.matches("%-%-wide", completed(("%s/%s.lua"):format(dir, name), "--wi"))
    end
    assert.is_nil(io.open(mark))
    local noisy = program.folder { ["noisy.lua"] = "print 'x'\nio.write 'y'\n" ..
      "args = { { name = 'which', choices = { 'a\\nb', 'c', '\\27[31m' } } }\n" }
    assert.equal("c", completed(noisy .. "/noisy.lua", "--which", ""))
  end)

  it("goes on in expressions", function()
    assert.equal('type == "GoBlock"', completed("-f", 'type == "GoBloc'))
    assert.equal('kind == "GOMAXPROCS"', completed("-f", 'kind == "GOM'))
    assert.equal('type=="GoBlock"', completed("-f", 'type=="GoBloc'))
    assert.equal('g == 1 and reason ~= "sleep"', completed("-f", 'g == 1 and reason ~= "sl'))
    assert.equal('reason == "sleep"', completed("-f", 'reason == "sle'))
    assert.equal('state == "Runnable"|state == "Running"', completed("-f", "state == \"Ru"))
    assert.equal("type|type ==", completed("-f", "typ"))
    assert.equal("type ==|type ~=|type and|type or", completed("-f", "type "))
    assert.equal("dur > self", completed("-f", "dur > sel"))
    assert.equal('open == "begin"|open == "both"', completed("-f", 'open == "b'))
    assert.equal("stack.leaf.func|stack.leaf.file", completed("-f", "stack.leaf.f"))
    assert.equal("time,type", completed("-p", "time,ty"))
    assert.equal("sum(dur) by reason|sum(dur) by region", completed("-a", "sum(dur) by re"))
    assert.equal("sum(dur) by|sum(dur) every|sum(dur) top|sum(dur) as", completed("-a", "sum(dur) "))
    assert.equal("count()", completed("-a", "cou"))
    assert.equal("func", completed("forbid", "fun"):match "^[^|]*")
    assert.equal("reason|region", completed("blocks", "--by", "re"))
    for _, odd in ipairs { "(", ")", '"', "type ==", "a b c d", "--", "f(", "{", "1 + + ", "\\", "x.y.z", "[[", "a='",
      ":" } do
      for _, option in ipairs { "-f", "-p", "-a" } do
        completed(option, odd)
      end
    end
  end)

  it("has fields of spans where the line is about them", function()
    assert.is_false(has(completed("--spans", "-f", "heap"), "heapalloc"))
    assert.is_true(has(completed("-f", "heap"), "heapalloc"))
    assert.is_false(has(completed("-f", "dur > 1 and ti"), "dur > 1 and time"))
  end)

  it("tells traces by their content", function()
    local dir = program.folder { text = "hello", empty = "", zero = ("\0"):rep(100) }
    program.shell(("cp '%s' '%s/a b'; gzip -c '%s' >%s/packed; mkdir %s/folder"):format(http, dir, http, dir, dir))
    assert.equal(("%s/a b|%s/folder/|%s/packed"):format(dir, dir, dir), completed("events", dir .. "/"))
    assert.equal(dir .. "/a b", completed("-f", "g == 1", dir .. "/a"))
    assert.equal(("%s/a\\ b "):format(dir), in_bash("gotrace-lua events " .. dir .. "/a"))
    assert.equal(dir .. "/text", completed("events", "-o", dir .. "/te"))
    assert.equal("", completed("events", "/nosuch/"))
  end)

  it("names events, kinds of spans, scripts and recipes where they are asked for", function()
    assert.equal("GoBlock", completed("-lv", "GoBl"))
    assert.equal("region", completed("-lv", "reg"))
    assert.equal("goroutine|goroutines", completed("--help", "gorou"))
    assert.equal("share-internal|share-public", completed("-c", "share"))
    assert.equal("bash|zsh|fish", completed("--completion", ""))
    assert.is_true(has(completed "", "merge"))
    assert.equal("scripting", completed("help", "scripti"))
  end)

  it("is quoted for bash as readline wants it", function()
    assert.equal('type == "GoBlock"', in_bash "gotrace-lua -f 'type == \"GoBl")
    assert.equal('type == \\"GoBlock\\""', in_bash 'gotrace-lua -f "type == \\"GoBl')
    assert.equal('\\"GoBlock\\" ', in_bash 'gotrace-lua -f type==\\"GoBl')
    assert.equal("region ", in_bash "gotrace-lua --spans=reg")
    assert.equal("region ", in_bash "x=1; true && gotrace-lua --spans=reg")
    assert.equal("region ", in_bash "cat x | gotrace-lua --spans=reg")
    assert.equal("", in_bash "gotrace-lua -q -- --sp")
    for _, odd in ipairs { "", " ", "'", '"', "\\", "gotrace-lua", "gotrace-lua \"\\", "a;", "gotrace-lua -f '$(x",
      "|" } do
      assert.equal(0, program.run({ "--complete", "bash", odd }).status)
    end
  end)

  it("shows no control characters of files' names", function()
    local dir = program.folder {}
    program.shell(("cp '%s' '%s/%s'"):format(http, dir, "x\27[31my"))
    assert.equal("", completed("events", dir .. "/"))
    assert.equal("", in_bash("gotrace-lua events " .. dir .. "/"))
  end)

  it("takes no memory for a script that wants it all", function()
    local dir = program.folder { ["large.lua"] = "local t = {} for i = 1, 100 do t[i] = ('x'):rep(2 ^ 28) .. i end" }
    local out, err = program.tmpname(), program.tmpname()
    local most = process.anonymous({ program.path, "--complete", "zsh", dir .. "/large.lua", "--unk" }, out, err)
    assert.is_true(most < 2 ^ 20, most .. " KiB")
    assert.equal("", program.read(err))
  end)

  it("says nothing to shells that it does not know", function()
    local r = program.run { "--complete", "tcsh", "x" }
    assert.same({ out = "", err = "", status = 0 }, r)
    assert.equal(2, program.run({ "--completion", "tcsh" }).status)
  end)
end)

-- A folder with the program on its path, and what shells read first: there the program shows
-- the words that it gets.
local function shells()
  local shows = [[
PATH=$PWD:$PATH
PS1='ready> '
%s
gotrace-lua() {
  if [ "$1" = --complete ]; then command gotrace-lua "$@"; else printf '<%%s>' "$@"; printf '\nend of words\n'; fi
}
]]
  local dir = program.folder {
    ["rc.bash"] = shows:format 'eval "$(gotrace-lua --completion bash)"',
    [".zshrc"] = shows:format 'autoload -Uz compinit; compinit -u -D; eval "$(gotrace-lua --completion zsh)"',
    ["plain text"] = "hello",
  }
  program.shell(("ln -s '%s' '%s/gotrace-lua'; cp '%s' '%s/my trace'"):format(
    program.path:find "^/" and program.path or "$PWD/" .. program.path, dir, http, dir))
  return dir
end

local function is_there(shell)
  return os.execute("command -v " .. shell .. " >/dev/null") == 0
end

-- What is typed, and the words that the program gets.
local typed = {
  { "gotrace-lua -f 'type == \"GoBlo\t\n", '<-f><type == "GoBlock">' },
  { 'gotrace-lua -f "reason == \\"sle\t\n', '<-f><reason == "sleep">' },
  { 'gotrace-lua -f type==\\"GoBlo\t\n', '<-f><type=="GoBlock">' },
  { "gotrace-lua --spans=reg\t-F js\t\n", "<--spans=region><-F><json>" },
  { "gotrace-lua blo\t--sys\tx\n", "<blocks><--system><x>" },
  { "gotrace-lua anonym\t--logs=ha\t\n", "<anonymize><--logs=hash>" },
  { "gotrace-lua events my\t\n", "<events><my trace>" },
  { "gotrace-lua events 'my\t\n", "<events><my trace>" },
  { "gotrace-lua -f 'typ\t == \"GoBlo\t\n", '<-f><type == "GoBlock">' },
}

describe("completion in a real shell:", function()
  for _, shell in ipairs { "bash", "zsh" } do
    it(shell, function()
      if not is_there(shell) then
        pending(shell .. " is not installed")
      end
      local dir = shells()
      for _, case in ipairs(typed) do
        local r = program.shell(("tests/lua/complete/typed %s %s %s"):format(shell, program.quote(dir),
          program.quote((case[1]:gsub("\n$", "")))))
        assert.equal("", r.err)
        assert.equal(case[2] .. "\n", r.out)
      end
    end)
  end

  -- Words behind a ~ go into zsh's line as they are.
  for _, shell in ipairs { "bash", "zsh" } do
    it(shell .. " runs nothing of the name of a file in the user's home", function()
      if not is_there(shell) then
        pending(shell .. " is not installed")
      end
      local dir = shells()
      local name = "q $(touch ran)`touch ran`;&'\""
      program.shell(("mkdir '%s/d'; cp '%s' '%s/d/'%s"):format(dir, http, dir, program.quote(name)))
      local line = "gotrace-lua events ~/d/q\t"
      local r = program.shell(("HOME='%s' tests/lua/complete/typed %s '%s' %s"):format(dir, shell, dir,
        program.quote(line)))
      assert.equal("", r.err)
      assert.equal(("<events><%s/d/%s>\n"):format(dir, name), r.out)
      assert.is_nil(lfs.attributes(dir .. "/ran"))
    end)
  end

  it("fish", function()
    if not is_there "fish" then
      pending "fish is not installed"
    end
    local dir = shells()
    for _, case in ipairs {
      { "gotrace-lua -f 'type == \"GoBlo", 'type == "GoBlock"' },
      { 'gotrace-lua -f "reason == \\"sle', 'reason == "sleep"' },
      { 'gotrace-lua -f type==\\"GoBlo', 'type=="GoBlock"' },
      { "gotrace-lua --spans=reg", "--spans=region" },
      { "gotrace-lua anonymize --logs=ha", "--logs=hash" },
      { "A=1 gotrace-lua anonymize --logs=ha", "--logs=hash" },
      { "gotrace-lua events my", "my trace" },
    } do
      local r = program.shell(("cd %s; PATH=$PWD:$PATH HOME=$PWD fish --no-config -c %s"):format(dir,
        program.quote(("gotrace-lua --completion fish | source; complete -C %s"):format(
          "'" .. case[1]:gsub("[\\']", "\\%0") .. "'"))))
      assert.equal("", r.err)
      assert.equal(case[2] .. "\n", (r.out:gsub("\t", "")))
    end
  end)

  it("bash, where it is asked what there is", function()
    local r = program.shell([[cd ]] .. shells() .. [[; exec bash --norc --noprofile -c '
      PATH=$PWD:$PATH; eval "$(gotrace-lua --completion bash)"
      complete -p gotrace-lua
      COMP_LINE="gotrace-lua -lv GoBl" COMP_POINT=20
      _gotrace_lua gotrace-lua GoBl -lv
      printf "%s|\n" "${COMPREPLY[@]}"']])
    assert.equal("", r.err)
    assert.equal("complete -o nospace -F _gotrace_lua gotrace-lua\nGoBlock |\n", r.out)
  end)
end)
