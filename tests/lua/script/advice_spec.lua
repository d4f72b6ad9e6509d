-- Scripts and expressions that are wrong in a small way: what is said of them
-- names the user's line and what was meant, and no line of ours.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

-- Runs the code; its message, which blames the code's line.
local function said(code, status)
  local r = program.run_codes(small, code)
  assert.equal(status, r.status, r.err)
  assert.not_matches("lua/gotrace", r.err)
  return r.err
end

local function hook(body)
  return "function on.GoBlock(ev) " .. body .. " end"
end

local function table_hook(body)
  return 'local c = count("n", "reason") ' .. hook(body)
end

describe("A script that errs as it runs is told", function()
  for code, what in pairs {
    [hook 'print("g " .. nothing)'] = "attempt to concatenate global 'nothing'",
    ['function on.ProcStatus(ev) print("g " .. ev.g) end'] = "tostring(...) makes text of what may be missing",
    [hook "print(ev.goid)"] = "a goroutine's number is g here",
    [hook 'emit("UserLog", { message = "x" })'] = "trace.Log's message is value here",
    [hook 'emit { type = "UserLog" }'] = "the name of an event's type and a table of its fields, not a table",
    [hook "print(ev.stack > 3)"] = "a stack",
    [hook "printf(1)"] = '(did you mean "print"?)',
    [hook "e.g = 1"] = "attempt to index global 'e' (a nil value)",
    ["function on.GoBlock(e) print(ev.g) end"] = "ev is what a hook is called with",
    ["function on.finish() print(ev.g) end"] = "ev is what a hook is called with",
    ["function on.finish(t) print(t.written.edited) end"] = "trace.written is nil without -o",
    ["function on.finish(t) for s in t.strings do end end"] = "for s in trace.strings() do",
    ["function on.finish() os.exit(0) end"] = "files and processes with --unsafe only",
    ["function on.generation(gen) print(gen.number) end"] = 'a generation has no field "number"',
    [table_hook "c:add(ev)"] = "not event: tostring(x) is one",
    [table_hook "c:Add(ev.reason)"] = 'a table has no "Add" (did you mean "add"?)',
    [table_hook "c:show()"] = "and prints itself at the end",
    ['r = rows("a", "b") ' .. hook "r:add(1, 2, 3)"] = "rows: 2 columns, and 3 values for them",
    [hook 'fail("%d", "x")'] = "fail: bad argument #2 to 'fail'",
    [hook "error { code = 2 }"] = "error of type table\n",
    [hook "error()"] = "an error without a message\n",
    [hook "for i, frame in ev.stack do end"] = "a loop goes through it with pairs(x) or ipairs(x)",
    [hook "for name in ev do end"] = "a loop goes through it with pairs(x) or ipairs(x)",
    [hook "print(table.concat(ev.stack))"] = "are objects and no tables",
    ["function on.finish(t) print(t:duration()) end"] = "it is a field, without brackets behind it",
    [hook "require('gotrace.format').bytes(ev.stack)"] = "bytes wants a number, not stack",
  } do
    it(code, function()
      assert.matches(what, said(code, 4), 1, true)
    end)
  end

  for _, call in ipairs { "duration(1LL)", "duration(nil)", "bytes {}", "number 'x'", "csv_line(1, 2)",
    "csv_line({}, 1e300)", "json_object(1, 2)", "line(setmetatable({}, { __tostring = function() return 1 end }))" } do
    it("of gotrace.format at its own line: " .. call, function()
      assert.matches("^gotrace%-lua: %-e:2: ", said(
        "local format = require 'gotrace.format' function on.finish()\nlocal x = format." .. call .. " end", 4))
    end)
  end

  it("of damages, whose fields are known", function()
    local path = program.tmpfile(program.read(small):sub(1, -60))
    local r = program.run { "-q", "-e", "function on.damage(d) print(d.waht) end", path }
    assert.matches('a damage has no field "waht" (did you mean "what"?)', r.err, 1, true)
  end)
end)

describe("A script that does not load is told", function()
  for code, what in pairs {
    ["function On.GoBlock() end"] = "attempt to index global 'On' (a nil value) (did you mean \"on\"?)",
    ['local c = cuont("n")'] = '(did you mean "count"?)',
    [hook "if ev.time > 5ms then end"] = "times are in ns here, 5ms is 5000000",
    [hook "if ev.g != 1 then end"] = "!= is ~= in Lua",
    [hook "if a && b then end"] = "&& is and in Lua",
    [hook "if a || b then end"] = "|| is or in Lua",
    [hook "n += 1"] = "x = x + y is how Lua writes it",
    ['require "format"'] = '(did you mean "gotrace.format"?)',
    ['require "cjson"'] = 'json is in "gotrace.format"',
    ['local f = io.open("x")'] = "--unsafe only",
    ['require("gotrace.format").jsn(1)'] = '(did you mean "json"?)',
    ["drop(UserLog)"] = 'as in drop("UserLog"), not nil',
    [hook "if ev.g = 1 then end"] = "== compares",
    ["on.GoBlock(function(ev) end)"] = "a hook is function on.GoBlock(ev) ... end",
    ["on('GoBlock', function(ev) end)"] = "a hook is function on.GoCreate(ev) ... end",
    ['args = { { "n" } }'] = 'args[1]: has no name: write name = "n"',
    ['args = { { name = "n", type = "int", default = "5" } }'] = 'args[1]: the default "5" is no int',
    ["rows()"] = "the names of its columns are missing",
    ['rows("a"):object()'] = "an object has two columns",
  } do
    it(code, function()
      assert.matches(what, said(code, 2), 1, true)
    end)
  end
end)

describe("An object of ours", function()
  it("can be put behind a text", function()
    local r = program.run_codes(small, "local once " .. hook [[if not once then once = true
      print(#("x" .. ev) - #tostring(ev), "f " .. ev.stack.leaf.func == "f " .. ev.stack.leaf.func,
        ("s " .. ev.stack) == "s " .. tostring(ev.stack), (1 .. ev:copy()) == "1" .. tostring(ev))
      print(pcall(function() return ev .. nil end)) end]])
    assert.equal("1\ttrue\ttrue\ttrue\nfalse\t-e:4: attempt to concatenate a nil value\n", r.out)
  end)

  it("is shown by print, and its pairs have an order", function()
    local code = [[local c = count("n", "reason") c:add("x") print(c)
      function on.generation(gen) print(gen) end
      function on.finish(t)
        for _, object in ipairs { t.parts, t, opt } do
          local names = {}
          for name in pairs(object) do names[#names + 1] = name end
          local sorted = { unpack(names) }
          table.sort(sorted)
          print(table.concat(names) == table.concat(sorted))
        end
      end]]
    assert.matches("^reason  n\nx       1\ngeneration 1: %d+ bytes\ngeneration 2: %d+ bytes\ntrue\ntrue\ntrue\n",
      program.run_codes(small, code).out)
  end)
end)

describe("An error names", function()
  it("the hook that fits, of several that share a function", function()
    local code = "local function h(x) if x then error 'oh' end end "
    for hooks, name in pairs {
      ["on.GoStop, on.GoBlock, on.GoStart = h, h, h"] = "on.GoBlock",
      ["on.UserLog, on.any = h, h"] = "on.any",
      ["on.begin, on.finish = function() end, h"] = "on.finish",
      ["on.GoStop, on.unhandled = h, h"] = "on.unhandled",
      ["on.GoStop, on.GoBlockRecv = h, h"] = "on.GoBlockRecv",
    } do
      for _ = 1, 3 do
        assert.matches("\n  hook: " .. name .. "\n", said("function on.damage() end " .. code .. hooks, 4))
      end
    end
  end)
end)
