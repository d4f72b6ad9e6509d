-- What scripts and expressions ask of stacks.
local program = require "support.program"

teardown(program.clean)

local http, timers = program.recording "http", program.recording "timers"

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

local function fails(code)
  local r = program.run { "-e", code, timers }
  assert.equal(4, r.status, r.out)
  return r.err
end

-- What the first GoBlock for a reason has of an expression of its stack.
local function first(reason, expr, trace)
  return prints("-e", ([[local done
    function on.GoBlock(ev)
      if not done and ev.reason == %q then
        local st = ev.stack
        done = true
        print(%s)
      end
    end]]):format(reason, expr), trace or timers)
end

describe("a frame", function()
  it("has its package, and says whether that is Go's own", function()
    assert.equal("time\ttrue\tmain\tfalse\n", first("sleep", "st.leaf.pkg, st.leaf.std, st.root.pkg, st.root.std"))
  end)
end)

describe("a stack", function()
  it("has the user's frame", function()
    assert.equal("main.sleepers.func1\tmain\n", first("sleep", "st.user.func, st.user.pkg"))
  end)

  it("is the leaf where all is Go's own", function()
    local code = [[function on.GoBlock(ev)
      local own = true
      for _, frame in ipairs(ev.stack) do own = own and (frame.std or frame.pkg == "") end
      if own then assert(ev.stack.user == ev.stack.leaf) else assert(not ev.stack.user.std) end
    end]]
    assert.equal("", prints("-e", code, http))
  end)

  it("is asked for functions and packages", function()
    assert.equal("true\ttrue\tfalse\n", first("sleep", [[st:has "time.Sleep", st:has "main.*", st:has "sync.*"]]))
    assert.equal("true\ttrue\tfalse\n", first("sleep",
      [[st:match("main.*", "**", "time.Sleep $"), st:match "^ main.* ** time.Sleep", st:match "time.Sleep ** main.*"]]))
  end)

  it("is a line for flame graphs", function()
    assert.equal("main.together.func1;main.sleepers.func1;time.Sleep\n", first("sleep", "st:folded()"))
  end)

  it("refuses what is no pattern, and what is no stack", function()
    for call, wrong in pairs {
      [":has 'a b'"] = "has wants one function",
      [":has(1)"] = "has wants one function",
      [":match ''"] = "the pattern '': a pattern names functions",
      [":match()"] = "a pattern for stacks is a string, not nil",
      [".has('a')"] = "call it with a colon: stack:has()",
      [".match({}, 'a')"] = "call it with a colon: stack:match()",
    } do
      local err = fails("function on.GoBlock(ev) ev.stack" .. call .. " end")
      assert.equal("gotrace-lua: -e:1: " .. wrong, err:sub(1, 19 + #wrong))
    end
  end)

  it("refuses them at the line that asks", function()
    local err = fails("local function ask(stack)\n  if stack.has('a') then return true end\nend\n" ..
      "function on.GoBlock(ev)\n  ask(ev.stack)\n  return true\nend")
    assert.equal("gotrace-lua: -e:2: call it with a colon: stack:has()", err:match "^[^\n]*")
  end)

  it("is asked in expressions", function()
    local all = prints("-f", 'type == "GoBlock" and reason == "sleep"', timers)
    assert.is_true(#all > 0)
    assert.equal(all, prints("-f", 'type == "GoBlock" and has(stack, "time.Sleep")', timers))
    assert.equal(all, prints("-f", 'type == "GoBlock" and stack:has "time.Sleep"', timers))
    assert.equal(all, prints("-f", 'type == "GoBlock" and stack:match("time.Sleep $")', timers))
    assert.equal(all, prints("-f", 'type == "GoBlock" and match(reason, "^sl(e+)p$")', timers))
    assert.equal("main\n", prints("-f", 'reason == "sleep"', "-p", "stack.user.pkg", timers):match "^.-\n")
  end)
end)

describe("match and has in expressions", function()
  it("are nil of what is nil", function()
    assert.equal("\t\n", prints("-p", 'match(key, "x"),has(new_stack, "x")', timers):match "^.-\n")
  end)

  local function usage(expr)
    local r = program.run { "-f", expr, timers }
    assert.equal(2, r.status, r.out)
    return r.err
  end

  it("are checked before a trace is read", function()
    assert.matches("the regular expression '%(': ", usage 'match(reason, "(")')
    assert.matches("has wants one function", usage 'has(stack, "")')
    assert.matches("has wants one function", usage 'has(stack, 5)')
    assert.matches("match wants text and a regular expression: match%(reason, \"", usage 'match(reason)')
    assert.matches("match wants text, and stack is a list of frames: has%(stack, \"", usage 'match(stack, "x")')
    assert.matches("has wants a stack, and reason is text", usage 'has(reason, "x")')
    assert.matches("the pattern 'a %^': %^ is the root", usage 'stack:match "a ^"')
  end)
end)
