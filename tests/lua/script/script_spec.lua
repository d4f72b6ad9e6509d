-- Loading a script: what it declares, its options, its modules, its mistakes.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

-- Runs text as the script file s.lua of a folder.
local function run(text, ...)
  local dir = program.folder { ["s.lua"] = text }
  local r = program.run { dir .. "/s.lua", small, ... }
  r.out = r.out:gsub(dir .. "/", "")
  r.err = r.err:gsub(dir .. "/", "")
  return r
end

local function prints(text, ...)
  local r = run(text, ...)
  assert.equal("", r.err)
  return r.out
end

local function load_error(text, ...)
  local r = run(text, ...)
  assert.equal(2, r.status, r.out .. r.err)
  return r.err
end

-- The message for a wrong `args`.
local function args_error(row)
  return load_error("args = { " .. row .. " }"):match "^gotrace%-lua: s%.lua:1: (.*)\n$"
end

describe("a script", function()
  it("may begin with #!", function()
    assert.equal("hello\n", prints "#!/usr/bin/env gotrace-lua\nprint 'hello'")
  end)

  it("keeps line numbers behind #!", function()
    assert.equal("gotrace-lua: s.lua:2: x\n", load_error "#!/bin/x\nerror 'x'")
  end)

  it("has globals of its own", function()
    local r = program.run { "-e", "x = 1", "-e", "print(x)", small }
    assert.equal("nil\n", r.out)
  end)

  describe("that does not load", function()
    it("is exit status 2, with the place of a syntax error", function()
      assert.equal("gotrace-lua: s.lua:2: unexpected symbol near '<eof>'\n", load_error "\nx =")
    end)

    it("says where it went wrong", function()
      assert.equal("gotrace-lua: s.lua:1: boo\n", load_error "error 'boo'")
      assert.matches("^gotrace%-lua: s%.lua:1: attempt to call global 'nothing' %(a nil value%)\n$",
        load_error "nothing()")
    end)

    it("says how it got there", function()
      assert.equal(table.concat({
        "gotrace-lua: s.lua:2: deep",
        "  stack traceback:",
        "    s.lua:2: in function <s.lua:1>",
        "    s.lua:4: in main chunk",
        "",
      }, "\n"), load_error "local function f()\n  error 'deep'\nend\nf()")
    end)

    it("can fail, which is exit status 1", function()
      local r = run "fail('not with %s', 'you')"
      assert.equal(1, r.status)
      assert.equal("gotrace-lua: not with you\n", r.err)
    end)

    it("can be missing", function()
      local r = program.run { "-s", "/nosuch/s.lua", small }
      assert.equal(2, r.status)
      assert.equal("gotrace-lua: there is no script /nosuch/s.lua\n", r.err)
    end)
  end)
end)

describe("fail", function()
  it("ends the run with exit status 1 and its text", function()
    local r = run "function on.GoCreate(ev) fail('g %d is too many', ev.new_g) end"
    assert.equal(1, r.status)
    assert.equal("gotrace-lua: g 2 is too many\n", r.err)
  end)

  it("takes text as it is when there is nothing to format", function()
    assert.equal("gotrace-lua: 100%\n", run("function on.finish() fail '100%' end").err)
    assert.equal("gotrace-lua: a script called fail\n", run("function on.finish() fail() end").err)
  end)

  it("keeps what was printed, and prints the tables so far", function()
    local r = run "count('n') print 'before' function on.finish() fail 'x' end"
    assert.equal("before\nn\n0\n", r.out)
  end)
end)

describe("a run-time error", function()
  it("shows place, hook, event, offset and traceback", function()
    local r = run(table.concat({
      "local function deep(ev)",
      "  return ev.new_g .. nil",
      "end",
      "function on.GoCreate(ev)",
      "  deep(ev)",
      "end",
    }, "\n"))
    assert.equal(4, r.status)
    assert.equal(table.concat({
      "gotrace-lua: s.lua:2: attempt to concatenate a nil value",
      "  hook: on.GoCreate",
      "  event: 5 at offset 73: 0.000000110 m=7 p=0 g=1 GoCreate new_g=2 new_stack=main.worker stack=main.main",
      "  stack traceback:",
      "    s.lua:2: in function <s.lua:1>",
      "    s.lua:5: in function <s.lua:4>",
      "",
    }, "\n"), (r.err:gsub("offset %d+", "offset 73")))
  end)

  it("in begin or finish has no event", function()
    local r = run "function on.finish() error 'x' end"
    assert.equal(4, r.status)
    assert.equal("gotrace-lua: s.lua:1: x\n  hook: on.finish\n  stack traceback:\n" ..
      "    s.lua:1: in function <s.lua:1>\n", r.err)
  end)

  it("keeps what was printed before", function()
    assert.equal("2\n", run("function on.GoCreate(ev) print(ev.new_g) error 'x' end").out)
  end)

  it("names the hook under its v1 name", function()
    assert.matches("\n  hook: on.GoSleep\n", run("function on.GoSleep(ev) error 'x' end").err)
  end)

  it("of memory is one too", function()
    local r = run "function on.any() return ('x'):rep(2 ^ 31 - 1) end"
    assert.equal(4, r.status)
    assert.matches("^gotrace%-lua: not enough memory\n", r.err)
  end)
end)

describe("args and opt", function()
  local top = "args = { { name = 'top', short = 't', type = 'int', default = 20, help = 'rows' } } "

  it("take the script's part of the command line", function()
    assert.equal("20\n", prints(top .. "print(opt.top)"))
    assert.equal("3\n", prints(top .. "print(opt.top)", "--top=3"))
    assert.equal("3\n", prints(top .. "print(opt.top)", "-t", "3"))
    assert.equal("3\n", prints(top .. "function on.finish() print(opt.top) end", "-t3"))
  end)

  it("are checked even if nobody reads opt", function()
    assert.equal('gotrace-lua: --top: "x" is not a whole number\n', load_error(top, "--top=x"))
  end)

  it("know every type", function()
    assert.equal("5 2.5 x true a+b 12000000 true a.c\n", prints([[
      args = {
        { name = "i", type = "int" }, { name = "n", type = "number" }, { name = "s" },
        { name = "b", type = "bool" }, { name = "l", type = "list" }, { name = "d", type = "duration" },
        { name = "r", type = "regexp" }, { name = "p", type = "pattern" },
      }
      print(table.concat({ opt.i, opt.n, opt.s, tostring(opt.b), table.concat(opt.l, "+"), opt.d,
        tostring(opt.r:match "xabbbc"), opt.p }, " "))]],
      "--i=5", "--n=2.5", "--s=x", "--b", "--l=a,b", "--d=12ms", "--r=ab+c", "--p=a.c"))
  end)

  it("name an option with - as one with _", function()
    assert.equal("7\n", prints("args = { { name = 'max-len', type = 'int' } } print(opt.max_len)", "--max-len=7"))
  end)

  it("give defaults, also of regular expressions", function()
    assert.equal("true\tfalse\tnil\n", prints [[
      args = { { name = "r", type = "regexp", default = "a+" }, { name = "b", type = "bool" }, { name = "s" } }
      print(opt.r:match "aa", opt.b, opt.s)]])
  end)

  it("want what is required", function()
    local err = load_error "args = { { name = 'what', required = true, help = 'what to do' } }"
    assert.matches("^gotrace%-lua: .*s%.lua wants %-%-what: what to do %(see gotrace%-lua %-%-help .*s%.lua%)\n$", err)
  end)

  it("take words before the traces", function()
    local dir = program.folder { ["s.lua"] = [[
      args = { { name = "what", positional = true, required = true } }
      print(opt.what)
      function on.finish(t) print(t.events) end]] }
    local r = program.run { dir .. "/s.lua", "word", small }
    assert.equal("word\n18\n", r.out)
  end)

  it("may be shared by two scripts of a pipeline", function()
    local code = top .. "print(opt.top)"
    local r = program.run { "-e", code, "-e", code, "--top", "4", small }
    assert.equal("4\n20\n", r.out)
  end)

  it("refuse names of the program's options", function()
    assert.equal("args[1]: --help is an option of gotrace-lua itself", args_error "{ name = 'help' }")
    assert.equal("args[1]: --from is an option of gotrace-lua itself", args_error "{ name = 'from' }")
    assert.equal("args[1]: -q is an option of gotrace-lua itself", args_error "{ name = 'x', short = 'q' }")
    assert.equal("args[1]: -o is an option of gotrace-lua itself", args_error "{ name = 'x', short = 'o' }")
  end)

  it("say what is wrong with a declaration", function()
    assert.equal('args[1]: has no place for "defalt" (did you mean "default"?)',
      args_error "{ name = 'x', defalt = 1 }")
    assert.equal("args[1]: help must be a string", args_error "{ name = 'x', help = 1 }")
    assert.equal("args[1]: has no name", args_error "{ type = 'int' }")
    assert.equal('args[1]: "-x" is no name: letters, digits, - and _', args_error "{ name = '-x' }")
    assert.equal("args[1]: short must be one letter", args_error "{ name = 'x', short = 'xy' }")
    assert.matches('^args%[1%]: unknown type "itn" %(did you mean "int"%?%); there are bool, duration, event_keys, ',
      args_error "{ name = 'x', type = 'itn' }")
    assert.equal('args[1]: the default "x" is no int', args_error "{ name = 'x', type = 'int', default = 'x' }")
    assert.equal("args[2]: \"x\" is declared twice", (args_error "{ name = 'x' }, { name = 'x' }"))
    assert.matches("^args%[1%] must be a table such as", args_error "'x'")
    assert.matches("^gotrace%-lua: s%.lua:1: args must be a list of tables\n$", load_error "args = 1")
    assert.matches("args must be a list: args = { { name = ... } }\n$", load_error "args = { name = 'x' }")
  end)

  it("refuse options that nobody declared", function()
    assert.equal('gotrace-lua: unknown option --tpo (did you mean "--top"?)\n', load_error(top, "--tpo=3"))
  end)

  it("refuse reading what is not declared", function()
    assert.equal('gotrace-lua: s.lua:1: no option "tpo" (did you mean "top"?); args declares the options\n',
      load_error(top .. "print(opt.tpo)"))
  end)

  it("refuse being set at the wrong time", function()
    assert.equal("gotrace-lua: s.lua:1: args must come before the first use of opt\n",
      load_error("local x = opt " .. top))
    assert.equal("gotrace-lua: s.lua:1: opt comes from the command line and cannot be set\n", load_error "opt = {}")
  end)
end)

describe("description and order", function()
  it("are checked", function()
    assert.equal("gotrace-lua: s.lua:1: description must be a string\n", load_error "description = 3")
    assert.equal('gotrace-lua: s.lua:1: order must be "thread" or "full"\n', load_error "order = 'thred'")
  end)

  it("can be read", function()
    assert.equal("what\tthread\n", prints "description = 'what' order = 'thread' print(description, order)")
  end)
end)

describe("order = thread", function()
  -- Two threads: in full order their events alternate.
  local two
  setup(function()
    two = program.build [[
expect: ok
header: go 1.22 trace
trace:
  - EventBatch: {time: 100}
    sync:
      - Frequency: {freq: 1000000000}
  - EventBatch: {m: 1, time: 110}
    events:
      - ProcStatus: {dt: 0, target_p: 0, status: Running}
      - HeapAlloc: {dt: 10, heapalloc: 1}
      - HeapAlloc: {dt: 10, heapalloc: 2}
  - EventBatch: {m: 2, time: 115}
    events:
      - ProcStatus: {dt: 0, target_p: 1, status: Running}
      - HeapAlloc: {dt: 10, heapalloc: 3}
      - HeapAlloc: {dt: 10, heapalloc: 4}
]]
  end)

  local show = " local s = '' function on.HeapAlloc(ev) s = s .. ev.heapalloc end function on.finish() print(s) end"
  local function order(...)
    local words = { ... }
    words[#words + 1] = two
    return program.run(words).out
  end

  it("gives thread after thread", function()
    assert.equal("1324\n", order("-e", show))
    assert.equal("1234\n", order("-e", "order = 'thread'" .. show))
    assert.equal("1324\n", order("-e", "order = 'full'" .. show))
  end)

  it("holds if every script with events agrees", function()
    assert.equal("1324\n", order("-e", "order = 'thread'" .. show, "-e", "function on.any() end"))
    assert.equal("1234\n", order("-e", "order = 'thread'" .. show, "-e", "function on.finish() end"))
    assert.equal("1324\n", order("-e", "order = 'thread'" .. show, "-f", "true"))
  end)
end)

describe("require", function()
  local function folder(files)
    files["s.lua"] = files["s.lua"] or "print(require('a').x)"
    local dir = program.folder(files)
    local r = program.run { dir .. "/s.lua", small }
    r.err = r.err:gsub(dir .. "/", ""):gsub(dir, "DIR")
    return r
  end

  it("finds files beside the script", function()
    assert.equal("1\n", folder({ ["a.lua"] = "return { x = 1 }" }).out)
    assert.equal("2\n", folder({ ["a/init.lua"] = "return { x = 2 }" }).out)
    assert.equal("3\n", folder({ ["a/b.lua"] = "return 3", ["s.lua"] = "print(require 'a.b')" }).out)
  end)

  it("loads each once, inside the sandbox", function()
    assert.equal("loaded\ttrue\n", folder({
      ["a.lua"] = "io.write('loaded\t') return {}",
      ["s.lua"] = "print(require 'a' == require 'a')",
    }).out)
    assert.equal("nil\tfunction\n", folder({
      ["a.lua"] = "print(debug, type(count))", ["s.lua"] = "require 'a'",
    }).out)
  end)

  it("says where a module is wrong", function()
    local r = folder { ["a.lua"] = "\nx =" }
    assert.equal(2, r.status)
    assert.matches("a%.lua:2: unexpected symbol near '<eof>'", r.err)
    r = folder { ["a.lua"] = "\nerror 'x'" }
    assert.matches("^gotrace%-lua: a%.lua:2: x\n", r.err)
  end)

  it("says where it looked", function()
    local r = folder { ["s.lua"] = "\nrequire 'nosuch'" }
    assert.equal(2, r.status)
    assert.equal('gotrace-lua: s.lua:2: no module "nosuch" beside the script, in DIR\n', r.err)
  end)

  it("wants a name", function()
    assert.matches("require wants a name, not number", folder({ ["s.lua"] = "require(1)" }).err)
  end)
end)

describe("load", function()
  it("says what it cannot load", function()
    assert.matches("load wants a string or a function, not number", load_error "load(1)")
    assert.matches("loadstring wants a string, not nil", load_error "loadstring()")
    assert.matches("load wants a string as the name, not number", load_error "load('x = 1', 1)")
    assert.matches("load wants a table as the environment, not string", load_error "load('x = 1', 'n', 't', 'e')")
  end)
end)
