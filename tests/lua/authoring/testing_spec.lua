-- gotrace-lua new and test: scripts of users, and tests of these.
local program = require "support.program"
teardown(program.clean)

local function run_in(dir, ...)
  return program.shell(("cd '%s' && %s </dev/null"):format(dir, program.line { ... }))
end

local function absolute(path)
  return (program.shell(("readlink -f '%s'"):format(path)).out:gsub("\n", ""))
end

local recording = absolute(program.recording "sync")
local small = program.read(program.root .. "tests/support/small.yaml")

-- A folder with a trace as YAML, a script, and a test whose body this is.
local function folder_of(body, files)
  local all = { ["small.yaml"] = small,
    ["by_type.lua"] = "local c = count('n', 'type') function on.any(ev) c:add(ev.type) end",
    ["a_test.lua"] = 'local run = require "gotrace.test"\ndescribe("a", function()\n' .. body .. "\nend)\n" }
  for name, text in pairs(files or {}) do
    all[name] = text
  end
  return program.folder(all)
end

-- What a test of one `it` prints.
local function tested(body, files)
  return run_in(folder_of('it("b", function()\n' .. body .. "\nend)", files), "test")
end

local function holds(body, files)
  local r = tested(body, files)
  assert.equal("ok    a b\n1 passed, 0 failed, 0 skipped\n", r.out .. r.err)
  assert.equal(0, r.status)
end

local function fails(text, body, files)
  local r = tested(body, files)
  assert.matches("FAIL  a b\n", r.out, 1, true)
  assert.matches(text, r.out, 1, true)
  assert.matches("\n0 passed, 1 failed, 0 skipped\n", r.out, 1, true)
  assert.equal("", r.err)
  assert.equal(1, r.status)
end

describe("new", function()
  it("makes a script, whose test passes with ours and with busted", function()
    local dir = program.folder {}
    assert.equal("written:  waits.lua\nwritten:  waits_test.lua\n" ..
      "run it:   gotrace-lua waits TRACE\ntest it:  gotrace-lua test waits_test.lua\n", run_in(dir, "new", "waits").out)
    assert.matches("^reason +waits +total", run_in(dir, "waits", "--top=1", recording).out)
    assert.matches("^usage: gotrace%-lua waits %[options%] TRACE", run_in(dir, "--help", "waits").out)
    assert.equal('gotrace-lua: there is no waits (did you mean "waits_test.lua"?)\n', run_in(dir, "test", "waits").err)
    assert.equal("gotrace-lua: there is no wait\n", run_in(dir, "test", "wait").err)
    local r = run_in(dir, "test")
    assert.matches("^ok .*\n3 passed, 0 failed, 0 skipped\n$", r.out)
    assert.equal(0, r.status)
    local by_hand = program.shell(("cd '%s' && GOTRACE_LUA='%s' busted --lpath='%s/?.lua' waits_test.lua"):format(dir,
      absolute(program.path), absolute(program.root .. "library")))
    assert.matches("3 successes / 0 failures", by_hand.out)
    assert.matches("3 successes / 0 failures", run_in(dir, "test", "--unsafe").out)
  end)

  it("takes no file's place, and no bundled script's name", function()
    local dir = program.folder { ["x_test.lua"] = "mine" }
    local r = run_in(dir, "new", "x")
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: x_test.lua is there already: nothing is written (--force writes over it)\n", r.err)
    assert.is_nil(io.open(dir .. "/x.lua"))
    assert.equal("mine", program.read(dir .. "/x_test.lua"))
    assert.equal(0, run_in(dir, "new", "x", "--force").status)
    assert.matches("describe", program.read(dir .. "/x_test.lua"))
    assert.matches("events is the name of a script that comes with the program", run_in(dir, "new", "events").err)
    for _, name in ipairs { "../x", "a b", "", "-x", "a.b" } do
      assert.equal(2, run_in(dir, "new", "--", name).status)
    end
    assert.equal("gotrace-lua: new wants one name: gotrace-lua new NAME\n", run_in(dir, "new").err)
  end)

  it("makes a script that the system can run", function()
    local dir = program.folder {}
    run_in(dir, "new", "waits")
    local bin = absolute(program.path):match "^(.*)/"
    local r = program.shell(("cd '%s' && chmod +x waits.lua && PATH='%s':$PATH ./waits.lua --top=1 '%s'"):format(dir,
      bin, recording))
    assert.matches("^reason +waits", r.out)
    program.write(dir .. "/w", "#!/usr/bin/env -S gotrace-lua -F csv\n" ..
      "function on.GoCreate(ev) print(ev.nothing) end\nfunction on.finish(t) print(t.events) end")
    r = program.shell(("cd '%s' && chmod +x w && PATH='%s':$PATH ./w '%s'"):format(dir, bin,
      recording))
    assert.matches("^gotrace%-lua: %./w:2: GoCreate has no field", r.err) -- lines keep their numbers
  end)
end)

describe("a test", function()
  it("sees output, errors, status, rows", function()
    holds [[
      local r = run { script = "by_type.lua", trace = "small.yaml" }
      assert.equal(0, r.status)
      assert.equal("", r.errors)
      assert.matches("^type +n\n", r.output)
      assert.same({ type = "GoBlock", n = 3 }, r.rows[1])
      r = run { code = "fail('no %s', 'x')", trace = "small.yaml" }
      assert.equal(1, r.status)
      assert.equal("gotrace-lua: no x\n", r.errors)
    ]]
  end)

  it("sees several tables by their names, and what was printed", function()
    holds [[
      local r = run { code = "count('a', 'x'):add('y') count('b', 'x'):add('z') print({ 1, 'two', nil }, 3) print 'x'",
        trace = "small.yaml" }
      assert.same({ a = { { x = "y", a = 1 } }, b = { { x = "z", b = 1 } } }, r.tables)
      assert.same({ { 1, "two" }, 3 }, r.rows[1])
      assert.equal("x", r.rows[2])
    ]]
  end)

  it("sees the events and spans that a script leaves", function()
    holds [[
      local r = run { code = "function on.any(ev) print(ev) return ev.type ~= 'GoCreate' end", trace = "small.yaml" }
      for _, event in ipairs(r:events()) do
        assert.not_equal("GoCreate", event.type)
      end
      assert.is_true(#r:events() > 10)
      r = run { code = "function on.state(s) return s.state == 'Waiting' end", trace = "small.yaml" }
      assert.equal("Waiting", r:spans()[1].state)
      assert.equal("task", r:spans("task")[1].kind)
    ]]
  end)

  it("sees the trace that is written, as YAML that is a trace again", function()
    holds [[
      local r = run { code = "drop 'UserLog' function on.UserLog() print 'x' end", trace = "small.yaml" }
      assert.matches("GoCreate: ", r.written)
      assert.is_nil(r.written:find "UserLog")
      local again = run { script = "by_type.lua", trace = r.written }
      for _, row in ipairs(again.rows) do
        assert.not_equal("UserLog", row.type)
      end
    ]]
  end)

  it("takes recordings, several of them, and options", function()
    holds(([[
      local r = run { script = "events", trace = { %q, "small.yaml" }, args = { "-F", "csv" } }
      assert.matches("^type,count\n", r.output)
    ]]):format(recording))
  end)

  it("finds files from its own folder", function()
    local dir = folder_of [[it("b", function()
      assert.equal(0, run { script = "./by_type.lua", trace = "small.yaml" }.status)
      assert.equal(7, require("near").seven)
    end)]]
    program.write(dir .. "/near.lua", "return { seven = 7 }")
    local r = program.run { "test", dir .. "/a_test.lua" }
    assert.equal("ok    a b\n1 passed, 0 failed, 0 skipped\n", r.out .. r.err)
    assert.equal(r.out, program.run({ "test", dir }).out)
  end)

  it("shows how what was found differs", function()
    fails("a_test.lua:4: the values differ\n          [2].n: expected 3, found 2\n" ..
      "          [3]: expected nil, found \"x\"",
      'assert.same({ { n = 1 }, { n = 3 } }, { { n = 1 }, { n = 2 }, "x" })')
    fails("a_test.lua:4: the texts differ (- expected, + found)\n" ..
      "            a\n          - b\n          + c\n            d\n",
      'assert.equal("a\\nb\\nd\\n", "a\\nc\\nd\\n")')
    fails('a_test.lua:4: expected "a", found 7', 'assert.equal("a", 7)')
    fails("a_test.lua:4: expected true, found nil", "assert.is_true(nil)")
    fails("a_test.lua:4: expected an error, and there was none", "assert.has_error(function() end)")
    fails("a_test.lua:4: why", 'assert(false, "why")')
    fails('there is no assert.smae (did you mean "same"?)', "assert.smae(1, 1)")
    fails("a_test.lua:4: x", 'error "x"')
  end)

  it("says why a run whose rows are asked for did not come off", function()
    fails("gotrace-lua -F json -e function on.GoCraete() end", [[
      local r = run { code = "function on.GoCraete() end", trace = "small.yaml" }
      return r.rows]])
    fails("unknown hook on.GoCraete (did you mean \"GoCreate\"?)", [[
      return run { code = "function on.GoCraete() end", trace = "small.yaml" }.rows]])
    fails("there is no script nothing", 'return run { script = "nothing", trace = "small.yaml" }.rows')
    fails("run has no traces; it has script, code, trace, args", 'run { script = "x", trace = "x", traces = "y" }')
  end)

  it("has before_each, after_each, groups and what is pending", function()
    local r = run_in(folder_of [[
      local n = 0
      before_each(function() n = n + 1 end)
      describe("inner", function()
        before_each(function() n = n * 10 end)
        after_each(function() n = 0 end)
        it("one", function() assert.equal(10, n) end)
        it("two", function() assert.equal(10, n) end)
      end)
      it("three", function() assert.equal(1, n) end)
      pending("four", function() end)]], "test")
    assert.equal("ok    a inner one\nok    a inner two\nok    a three\nskip  a four\n" ..
      "3 passed, 0 failed, 1 skipped\n", r.out)
  end)

  it("with -q shows failures alone", function()
    local r = run_in(folder_of [[
      it("one", function() end)
      it("two", function() error("x", 0) end)]], "-q", "test")
    assert.equal("FAIL  a two\n        x\n1 passed, 1 failed, 0 skipped\n", r.out)
  end)

  it("that does not load is a failure, and others run", function()
    local dir = folder_of('it("b", function() end)', { ["b_test.lua"] = "x =", ["c_test.lua"] = "nothing()",
      ["d_spec.lua"] = "x =" })
    local r = run_in(dir, "test")
    assert.matches("FAIL  b_test.lua does not load\n", r.out, 1, true)
    assert.matches("FAIL  c_test.lua does not load\n        c_test.lua:1: attempt to call global 'nothing'", r.out,
      1, true)
    assert.matches("\n1 passed, 2 failed, 0 skipped\n", r.out, 1, true)
    assert.equal(1, r.status)
  end)

  it("of a folder that looks like an option is found", function()
    local dir = program.folder { ["-q/a_test.lua"] = [[
      it("b", function()
        assert.equal(7, require("near"))
        assert.equal("7\n", require "gotrace.test" { script = "./x.lua", trace = "small.yaml" }.output)
      end)]], ["-q/near.lua"] = "return 7", ["-q/x.lua"] = "print(7)", ["-q/small.yaml"] = small }
    assert.equal("ok    b\n1 passed, 0 failed, 0 skipped\n", run_in(dir, "test", "--", "-q").out)
  end)

  it("that is not there is a wrong usage", function()
    local r = program.run { "test", "/no/such" }
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: there is no /no/such\n", r.err)
    r = run_in(program.folder {}, "test")
    assert.equal(2, r.status)
    assert.matches("^gotrace%-lua: there are no tests here", r.err)
    assert.equal(2, program.run({ "test", "--nothing" }).status)
  end)
end)

describe("the sandbox of tests", function()
  it("has no files, no processes, no modules of the system", function()
    holds [[
      assert.is_nil(io.open)
      assert.is_nil(io.popen)
      assert.is_nil(os.execute)
      assert.is_nil(os.remove)
      assert.is_nil(debug)
      assert.is_nil(rawget(_G, "package"))
      assert.has_error(function() require "ffi" end)
      assert.has_error(function() require "io" end)
      assert.has_error(function() require "../x" end)
      assert.is_nil(getfenv)
      assert.equal("table", type(string))
    ]]
  end)

  it("takes no module from a link that leads out of it", function()
    local out = program.folder { ["x.lua"] = "return 1" }
    local dir = folder_of 'it("b", function() require "x" end)'
    program.shell(("ln -s '%s/x.lua' '%s/x.lua'"):format(out, dir))
    assert.matches('no module "x" beside the test', run_in(dir, "test").out)
  end)

  it("starts nothing that writes, may do everything, or asks the network", function()
    local there = program.tmpname()
    os.remove(there)
    local code = ("io.open(%q, 'w'):close()"):format(there)
    for _, given in ipairs {
      '{ code = "print(1)", trace = "small.yaml", args = { "-o", "' .. there .. '" } }',
      '{ code = "print(1)", trace = "small.yaml", args = { "-o' .. there .. '" } }',
      '{ code = "print(1)", trace = "-o' .. there .. '" }',
      '{ code = "print(1)", trace = "small.yaml", args = { "--partial-out=' .. there .. '" } }',
      ('{ code = %q, trace = "small.yaml", args = { "--unsafe" } }'):format(code),
      ('{ code = %q, trace = { "small.yaml", "--unsafe" } }'):format(code),
      ('{ code = %q, trace = "small.yaml", args = { "-q", "--unsafe" } }'):format(code),
      '{ code = "print(1)", trace = "http://localhost:1/x" }',
      '{ code = "print(1)", trace = "small.yaml", args = { "--save=' .. there .. '" } }',
      '{ code = "print(1)", trace = "small.yaml", args = { "-c", "r.yaml" } }',
      '{ script = "anonymize", trace = "new" }',
      '{ code = "print(1)", trace = "build", args = { "-o", "x" } }',
      [[{ code = "print(1)\0'; touch ]] .. there .. [[; '", trace = "small.yaml" }]],
    } do
      fails("a test's run takes no ", "run " .. given .. ".output:len()", {
        ["r.yaml"] = "pipeline:\n  - {script: events}\noutput: " .. there .. "\n",
      })
      assert.is_nil(io.open(there), given)
    end
  end)

  -- As an attacker who has escaped from Lua (tests/lua/cli/limits/wall_spec.lua).
  it("has the wall around it", function()
    local explained = program.run { "--explain", "-n", "-e", "print(1)" }.err
    if explained:find "seccomp: off" then -- as cli/wall_spec.lua has it
      assert.matches("seccomp: off: ", explained)
      return
    end
    local inside = program.folder { there = "there" }
    local outside = program.folder { there = "there" }
    local dir = folder_of 'it("b", function() end)'
    local r = program.run { "test", dir, env = ("GOTRACE_LUA_INIT=%s GOTRACE_INSIDE=%s GOTRACE_OUTSIDE=%s"):format(
      absolute(program.root .. "tests/support/inside/behind_wall.lua"), inside, outside) }
    for _, name in ipairs { "fork", "exec", "socket", "ptrace", "kill parent", "outside write", "outside unlink" } do
      assert.matches("try " .. name .. " %d+\n", r.out)
    end
    assert.matches("1 passed, 0 failed, 0 skipped\n$", r.out)
  end)

  it("has one line, whatever it is called", function()
    local r = run_in(folder_of [[it("b\nok    c\27[2J", function() end)]], "test")
    assert.equal("ok    a b\\nok    c\\x1b[2J\n1 passed, 0 failed, 0 skipped\n", r.out)
  end)

  it("fills no disk", function()
    holds [[
      local r = run { code = "for _ = 1, 40 do print(('x'):rep(2 ^ 20)) end", trace = "small.yaml" }
      assert.is_true(#r.output <= 32 * 2 ^ 20)
      assert.not_equal(0, r.status)
      assert.matches("File too large", r.errors, 1, true)]]
    fails("a test's files are too many, or too large: 128 MiB at most", [[
      local text = ("#" .. ("x"):rep(2 ^ 22 - 2) .. "\n")
      for i = 1, 40 do
        local ok, why = pcall(function() return run { code = "", trace = text .. i }.status end)
        if not ok and why:find "too large" then
          error(why, 0)
        end
      end]])
  end)

  it("leaves no file behind", function()
    local tmp = program.folder {}
    local dir = folder_of [[it("b", function()
      local r = run { code = "print(1)", trace = "small.yaml" }
      assert.equal("1\n", r.output)
      assert.is_truthy(r.written)
    end)]]
    local r = program.shell(("cd '%s' && TMPDIR='%s' %s"):format(dir, tmp, program.line { "test" }))
    assert.equal(0, r.status)
    assert.equal("", program.shell(("ls '%s'"):format(tmp)).out)
  end)
end)

describe("new, test and init", function()
  it("say what they are for", function()
    for _, name in ipairs { "new", "test", "init" } do
      for _, line in ipairs { { name, "--help" }, { "-h", name }, { "--help", name, "x" } } do
        local r = program.run(line)
        assert.matches("^usage: gotrace%-lua [^\n]*" .. name, r.out)
        assert.equal(0, r.status)
      end
    end
  end)

  it("take no options that say nothing to them", function()
    for _, line in ipairs { { "test", "-F", "json" }, { "-o", "x", "init" }, { "--unsafe", "new", "x" },
      { "-q", "init" } } do
      local r = program.run(line)
      assert.equal(2, r.status)
      assert.matches("^gotrace%-lua: %l+ takes no %-", r.err)
    end
  end)
end)

-- A debug build runs the file of GOTRACE_LUA_INIT before anything else.
describe("a run that asks for none of this", function()
  it("loads none of it", function()
    local init = program.tmpfile [[
      for name, load in pairs(package.preload) do
        if name:find "^gotrace%.authoring%." or name == "gotrace.cli.versions" then
          package.preload[name] = function(...)
            io.stderr:write("loads ", name, "\n")
            return load(...)
          end
        end
      end]]
    local env = "GOTRACE_LUA_INIT=" .. init
    assert.equal("", program.run({ env = env, "events", recording }).err)
    assert.matches("loads gotrace.cli.versions", program.run({ env = env, "--version" }).err)
  end)
end)
