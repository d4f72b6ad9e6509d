-- What a trace, a file's name or a script says reaches no terminal as it is:
-- hostile names in all that the program prints.
local hostile_names = require "support.hostile.names"
local program = require "support.program"

teardown(program.clean)

-- Without those that quotes change once more, or that a terminal's width cuts.
local hostile = {}
for _, name in ipairs(hostile_names.names) do
  hostile[#hostile + 1] = #name.line < 100 and not name.line:find '"' and name or nil
end

-- Of each a trace, made once.
local traces = {}
local function trace_of(n)
  traces[n] = traces[n] or hostile_names.trace(hostile[n].yaml)
  return traces[n]
end

-- Runs one process over the traces of all, behind these words.
local function run_all(words)
  local line = { unpack(words) }
  for n = 1, #hostile do
    line[#line + 1] = trace_of(n)
  end
  return program.run(line)
end

-- Number of the name with that line.
local function number_of(line)
  for n, name in ipairs(hostile) do
    if name.line == line then
      return n
    end
  end
end

-- The first thing in text that no terminal may get; newlines and tabs it may.
local function raw(text)
  local control = text:match "[%z\1-\8\11-\31\127]" or text:match "\194[\128-\159]" or text:match "\216\156" or
    text:match "\226\128[\142\143\168-\174]" or text:match "\226\129[\166-\169]" or
    -- What is no character; there are no others in these names and messages.
    text:match "[\128-\255]"
  return control and ("%q in %q"):format(control, text)
end

local function is_clean(r, of)
  assert.is_nil(raw(r.out), of)
  assert.is_nil(raw(r.err), of)
end

-- Words of the command line, and how often the name is in what it prints.
local outputs = {
  { "cat", least = 10 }, { "cat", "--stacks", least = 20 }, { "grep", ".", least = 10 }, { "strings", least = 1 },
  { "--wide", "created_by", least = 1 }, { "-p", "stack.leaf.func,stack.leaf.file,name,key,value", least = 10 },
  { "-f", 'type == "UserLog"', least = 3 }, { "-p", "stack.leaf", least = 12 }, { "-p", "stack", least = 6 },
  { "-e", 'local c = count("n", "name") function on.UserLog(ev) c:add(ev.value) end', least = 1 },
  { "-e", 'local r = rows("a", "b") function on.UserLog(ev) r:add(ev.value, ev.key) end', least = 2 },
  { "-e", 'local t = top("n", "name"):top(20) function on.UserLog(ev) t:add(ev.value, 1) end', least = 1 },
  { "-e", "function on.UserLog(ev) print(tostring(ev)) print(ev) print(ev:copy()) end", least = 9 },
  { "-e", "function on.UserLog(ev) print(ev.stack, ev.stack.leaf, tostring(ev.stack)) end", least = 4 },
}

-- What a script prints of names and goes on.
local printing = {
  "function on.UserLog(ev) print(ev.value) end", "function on.UserLog(ev) print(1, ev.value, ev.key) end",
  "function on.UserLog(ev) io.write(ev.value) end", "function on.UserLog(ev) io.write(ev.value, 1, ev.key) end",
  "function on.UserLog(ev) for k, v in pairs(ev) do print(k, v) end end",
  "function on.UserLog(ev) print(setmetatable({}, { __tostring = function() return ev.value end })) end",
  "function on.UserLog(ev) fail(ev.value) end", 'function on.UserLog(ev) fail("x %s", ev.value) end',
}

-- What ends in an error with the name in it, of the first trace that it is run over.
local failing = {
  "function on.UserLog(ev) error(ev.value) end", "function on.UserLog(ev) error({ ev.value }) end",
  "function on.UserLog(ev) print(ev[ev.value]) end", "function on.UserLog(ev) ev[ev.value] = 1 end",
  "function on.UserLog(ev) print(ev.stack[ev.value]) end", "function on.UserLog(ev) ev.g = ev.value end",
  "function on.UserLog(ev) print(trace[ev.value]) end", "function on.UserLog(ev) emit(ev.value, {}) end",
  "function on.UserLog(ev) x = require(ev.value) end", "function on.UserLog(ev) count(ev.value):add(1, 2) end",
  'function on.UserLog(ev) assert(load(ev.value, "=" .. ev.value))() end', "function on.UserLog(ev) _G[ev.value]() end",
  'local k function on.UserLog(ev) k = k or count("n", ev.value) k:add(1) end',
}

describe("names of a trace", function()
  for _, output in ipairs(outputs) do
    local of = table.concat(output, " ")
    it("are escaped in text: " .. of, function()
      local r = run_all(output)
      is_clean(r, of)
      -- In quotes a backslash of the name itself is two.
      local out = r.out:gsub("\\\\", "\\")
      for _, name in ipairs(hostile) do
        local _, times = out:gsub(name.line:gsub("\\\\", "\\"):gsub("%p", "%%%0"), "")
        assert.is_true(times >= output.least, name.line .. "\n" .. r.out)
      end
    end)

    it("are escaped in JSON and CSV: " .. of, function()
      for _, style in ipairs { "json", "csv" } do
        local r = run_all { "-F", style, unpack(output) }
        assert.not_equal("", r.out)
        local out = style == "json" and r.out:gsub("\239\191\189", "?") or r.out:gsub("\r", "?")
        assert.is_nil(raw(out), style)
      end
    end)
  end

  it("are escaped in what a script prints of them", function()
    for _, code in ipairs(printing) do
      local r = run_all { "-e", code }
      assert.is_true(r.status < 2, code .. r.err)
      is_clean(r, code)
    end
  end)

  for n, name in ipairs(hostile) do
    it("are escaped in errors: " .. name.line, function()
      for _, code in ipairs(failing) do
        is_clean(program.run { "-e", code, trace_of(n) }, code)
      end
    end)
  end

  it("print one line for an event, whatever they hold", function()
    for _, words in ipairs { { "-p", "name,value,stack" }, { "cat" } } do
      local _, lines = run_all(words).out:gsub("\n", "")
      assert.equal(hostile_names.EVENTS * #hostile, lines)
    end
  end)

  it("stay different as values of JSON", function()
    local r = program.run { "-F", "json", "-e", [[
      local c = count("n", "key")
      for _, key in ipairs { "a\255", "a\254", "a\239\191\189", "a\239\191\189ff", "a\\xff", "1", 1, true, "true" } do
        c:add(key)
      end]], trace_of(1) }
    local seen, n = {}, 0
    for key in r.out:gmatch '"key":([^:]-),"n":1}' do
      assert.is_nil(seen[key], key)
      seen[key], n = true, n + 1
    end
    assert.equal(9, n, r.out)
  end)
end)

describe("a name of a file", function()
  local names = { "e\27[31m", "two\nlines", "c1\194\155", "bad\255", "bidi\226\128\174" }
  local shown = { "e\\x1b[31m", "two\\nlines", "c1\\u009b", "bad\\xff", "bidi\\u202e" }

  -- How the program is run with a file of that name, and what the file holds.
  local ways = {
    { "no-such", "-p", "g", "NAME" }, { "no-such", "NAME.lua", "x" }, { "no-such", "./NAME", "x" },
    { "no-such", "NAME", "x" }, { "no-such", "--verify", "NAME" }, { "no-such", "-g", "NAME" },
    { "no-such", "yaml", "NAME" }, { "no-such", "build", "NAME", "-o", "x" }, { "no-such", "--NAME" },
    { "no-such", "-F", "NAME", "cat", "x" }, { "no-such", "drop", "--types=NAME", "x" },
    { "no-such", "-f", "NAME(", "x" },
    { "no-such", "-p", "NAME", "x" }, { "no-such", "--from", "NAME", "cat", "x" },
    { "no-such", "grep", "(NAME", "x" },
    { "trace: [", "build", "NAME", "-o", "x" }, { "no trace", "cat", "NAME" }, { "no trace", "--verify", "NAME" },
    { "x =", "NAME", "x", lua = true }, { "error 'x'", "NAME", "x", lua = true },
    { "x()", "NAME", "TRACE", lua = true },
    { "function on.any() x() end", "NAME", "TRACE", lua = true }, { "\27LJ", "NAME", "x", lua = true },
    { "require 'x'", "NAME", "x", lua = true }, { "print(opt.x)", "NAME", "x", lua = true },
    { "args = {{ name = 'x', required = true }}", "NAME", "x", lua = true },
    { "description = 'x'", "--help", "NAME", lua = true },
    { "go 1.26 trace\0\0\0", "info", "NAME" }, { "go 1.26 trace\0\0\0", "-F", "json", "info", "NAME" },
    { "go 1.26 trace\0\0\0", "-g", "NAME" }, { "go 1.26 trace\0\0\0", "count_gocreate", "NAME", "NAME" },
    { "go 1.26 trace\0\0\0", "-e", "function on.finish(t) print(t) fail('%s', t.file) end", "NAME" },
    { "go 1.26 trace\0\0\0", "-o", "/no/such/NAME", "NAME" }, { "go 1.26 trace\0\0\0", "NAME" },
    { "go 1.26 trace\0\0\0\1\1\1\1\1", "cat", "NAME" }, { "go 1.26 trace\0\0\0\1\1\1\1\1", "-o", "NAME.new", "NAME" },
  }

  for i, name in ipairs(names) do
    it("is escaped in messages: " .. shown[i], function()
      local trace = program.small()
      for _, way in ipairs(ways) do
        local dir = program.folder {}
        local file = dir .. "/" .. name .. (way.lua and ".lua" or "")
        if way[1] ~= "no-such" then
          program.write(file, way[1])
        end
        local words = {}
        for w = 2, #way do
          local path = way[w]:find "^[-./(]" and name or way[1] == "no-such" and name or file
          words[w - 1] = way[w]:gsub("NAME", (path:gsub("%%", "%%%%"))):gsub("TRACE", trace)
        end
        local r = program.run(words)
        local of = table.concat(way, " ")
        local out = r.out:gsub("\239\191\189ff", "")
        assert.is_nil(raw(out), of)
        assert.is_nil(raw(r.err), of)
        if name:find "\n" then
          assert.is_nil((r.out .. r.err):find "\nlines", of .. "\n" .. r.err)
        end
      end
    end)
  end
end)

describe("YAML", function()
  it("is quoted in errors without what steers a terminal", function()
    for _, yaml in ipairs {
      'expect: "\\e[31m"', '"\\e[31m": 1', 'header: "\\e[31m": 1',
      'header: go 1.26 trace\ntrace:\n  - "\\e[31m": {}',
      'header: go 1.26 trace\ntrace:\n  - EventBatch: {"\\e[31m": 1}',
      'header: go 1.26 trace\ntrace:\n  - EventBatch: {time: "\\e[31m"}', "a: \27[31m", "a: \194\155", "a: \255",
      'header: go 1.26 trace\ntrace:\n  - EventBatch: {"\\N\\L\\P": 1}', "? [\27\n", "&\27 a: *\27b", "!\27[31m a: b",
      'header: go 1.26 trace\ntrace:\n  - EventBatch: {time: !<tag:\226\128\174> 1}', 'a: "\\e[31m", "two\\nlines',
      'header: go 1.26 trace\ntrace:\n  - EventBatch:\n    events:\n      - "two\\nlines": {}',
      'header: go 1.26 trace\ntrace:\n  - EventBatch:\n    events:\n      - ProcStatus: {status: "\\e[31m"}',
    } do
      local r = program.run { "build", program.tmpfile(yaml), "-o", program.tmpname() }
      assert.not_equal(0, r.status, yaml)
      assert.is_nil(raw(r.err), yaml)
      assert.equal(1, select(2, r.err:gsub("\n", "")), yaml .. r.err)
    end
  end)

  it("is printed without it", function()
    for n = 1, #hostile do
      assert.is_nil(raw(program.run({ "yaml", trace_of(n) }).out))
    end
  end)
end)

describe("what a script prints", function()
  local function prints(code)
    return program.run({ "-e", code, program.small() }).out
  end

  it("has its own lines and tabs, and no controls", function()
    assert.equal("a\tb\nc\n", prints 'io.write("a\\tb\\n") print "c"')
    assert.equal("1\ttrue\tnil\tx\n", prints 'print(1, true, nil, "x")')
    assert.equal("\\x1b[1mbold\\x1b[0m\\r\n", prints 'print "\\27[1mbold\\27[0m\\r"')
    assert.equal("µ→😀\n", prints 'print "µ→😀"')
  end)

  it("is no message of the program's", function()
    for _, code in ipairs {
      "error 'a\\ngotrace-lua: x is valid'", "fail 'a\\ngotrace-lua: x is valid'",
      "function on.finish() error 'a\\ngotrace-lua: x is valid' end", "fail('%s', 'a\\ngotrace-lua: x')",
    } do
      local r = program.run { "-e", code, program.small() }
      assert.is_nil(r.err:find "\ngotrace", code)
      assert.matches("gotrace%-lua: x", r.err)
    end
  end)

  it("is its own affair with --unsafe", function()
    local r = program.run { "--unsafe", "-e", 'io.write "\\27[1m"', program.small() }
    assert.equal("\27[1m", r.out)
  end)

  it("is escaped in its description and its options", function()
    local script = program.tmpname() .. ".lua"
    program.write(script, 'description = "a \\27[31m" args = {{ name = "x", help = "\\27[31m", default = "\\27" }}')
    local r = program.run { "--help", script }
    os.remove(script)
    assert.equal(0, r.status)
    assert.is_nil(raw(r.out))
    local dir = program.folder { ["own.lua"] = 'description = "a \\27[31m\\226\\128\\174"' }
    r = program.run { "-l", env = "GOTRACE_SCRIPTS=" .. dir }
    assert.is_nil(raw(r.out))
    assert.matches("own +a \\x1b%[31m\\u202e\n", r.out)
  end)
end)

describe("--csv-safe", function()
  local codes = [[
    local r = rows("text", "n", "=head")
    r:add("=1+1", -5, "plain") r:add("+1", 1, "-x") r:add("@SUM(1)", 0.5, "\t=1") r:add("\r=1", 2, 'a"b')
    r:add("\239\188\157" .. "1", 3, "a;=1") r:add("a=1", 4, "\n=1")]]

  it("puts a quote before what a spreadsheet would run", function()
    local r = program.run { "-F", "csv", "--csv-safe", "-e", codes, program.small() }
    assert.equal("", r.err)
    assert.equal(table.concat({
      "text,n,'=head", "'=1+1,-5,plain", "'+1,1,'-x", "'@SUM(1),0.5,\"'\t=1\"", '"\'\r=1",2,"a""b"',
      "'\239\188\157" .. '1,3,"a;=1"', 'a=1,4,"\'\n=1"', "",
    }, "\n"), r.out)
  end)

  it("changes nothing that was not asked for", function()
    local r = program.run { "-F", "csv", "-e", codes, program.small() }
    assert.equal(table.concat({
      "text,n,=head", "=1+1,-5,plain", "+1,1,-x", "@SUM(1),0.5,\t=1", '"\r=1",2,"a""b"', "\239\188\157" .. "1,3,a;=1",
      'a=1,4,"\n=1"', "",
    }, "\n"), r.out)
  end)

  it("holds for -p, and is about CSV", function()
    local trace = trace_of(number_of "=cmd|'calc'!A1")
    local r = program.run { "-F", "csv", "--csv-safe", "-f", "name", "-p", "name,-g", trace }
    assert.equal("name,'-g\n'=cmd|'calc'!A1,-1\n", r.out:match "^[^\n]*\n[^\n]*\n")
    local dir = program.folder { ["own.lua"] = "description = '=1'" }
    r = program.run { "-l", "-F", "csv", "--csv-safe", env = "GOTRACE_SCRIPTS=" .. dir }
    assert.matches("\nown,'=1,GOTRACE_SCRIPTS\n", r.out)
    r = program.run { "--csv-safe", "cat", program.small() }
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: --csv-safe is about -F csv\n", r.err)
  end)
end)
