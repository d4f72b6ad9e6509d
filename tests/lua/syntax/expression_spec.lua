-- Expressions: what they say, what is made of them, and what is said of those
-- that cannot be meant.
local expression = require "gotrace.syntax.expression"
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

-- A tree in one line, with a bracket around each operation.
local function shown(node)
  if node.op == "constant" or node.op == "raw" then
    return node.text
  elseif node.op == "name" then
    return node.name
  end
  local parts = {}
  for i, inner in ipairs(node) do
    parts[i] = shown(inner)
  end
  local what = node.sign or node.name or node.op
  return ("(%s %s)"):format(what, table.concat(parts, " "))
end

local function tree(text)
  local list, wrong = expression.parse(text)
  assert(list, wrong)
  local parts = {}
  for i, node in ipairs(list) do
    parts[i] = shown(node)
  end
  return table.concat(parts, " ; ")
end

local function wrong(text)
  local list, problem, at = expression.parse(text)
  assert.is_nil(list)
  return problem, at
end

describe("expression.parse", function()
  it("binds operators as Lua does", function()
    assert.equal("(or a (and b (== c (+ d (* e f)))))", tree "a or b and c == d + e * f")
    assert.equal("(- (- 1 2) 3)", tree "1 - 2 - 3")
    assert.equal("(^ 2 (^ 3 2)) ; (- (^ 2 2)) ; (^ 2 (- 1))", tree "2^3^2, -2^2, 2^-1")
    assert.equal("(.. a (.. b c)) ; (< (.. a b) c)", tree "a .. b .. c, a .. b < c")
    assert.equal("(== (not a) b)", tree "not a == b")
    assert.equal("(* (group (+ a b)) c)", tree "(a + b) * c")
  end)

  it("knows calls, methods, indexes, tables and functions", function()
    assert.equal("(call f a (find b \"x\") (index c \"d\") (index e 1))", tree 'f(a, b:find "x", c.d, e[1])')
    assert.equal("(table 1 (+ a 1) 3)", tree "{ 1, [2] = a + 1; k = 3 }")
    assert.equal("(call (group function ( t ) if t then return 1 end end) a)",
      tree "(function(t) if t then return 1 end end)(a)")
    assert.equal("...", tree "...")
  end)

  it("takes what other languages write", function()
    assert.equal("(or (and (~= a b) c) (not d))", tree "a != b && c || !d")
    assert.equal("(in a (table 1 2)) ; (not (in a (table 1)))", tree "a in {1, 2}, a not in {1}")
    assert.equal("(not (in a (table 1)))", tree "not a in {1}")
  end)

  it("takes durations", function()
    for text, ns in pairs {
      ["5ms"] = 5e6, ["1.5s"] = 1.5e9, ["200us"] = 2e5, ["3µs"] = 3e3, ["1m30s"] = 90e9, ["7ns"] = 7, ["2h"] = 7200e9,
    } do
      local list = expression.parse(text)
      assert.equal(ns, list[1].value, text)
      assert.equal(ns, expression.duration(text))
    end
    assert.equal("5x is no number and no duration such as 5ms", wrong "5x")
  end)

  it("says where each expression stands", function()
    local text = "a == 1 ,  f(b, 'x') "
    local list = expression.parse(text)
    assert.equal("a == 1", text:sub(list[1].first, list[1].last))
    assert.equal("f(b, 'x')", text:sub(list[2].first, list[2].last))
  end)

  it("explains what is no Lua", function()
    for text, what in pairs {
      ["g = 3"] = "== compares", ["g ? 1 : 2"] = "a and b or c",
      ["g ?? 1"] = "a or b here", ["g & 1"] = "bit.band", ["g | 1"] = "bit.bor",
      ["a // b"] = "math.floor", ["(a"] = "'%)' expected near the end",
      ["a b"] = "a comma or the end expected near 'b'",
      ["a ="] = "== compares", ["'a"] = "does not end", ["a in {1"] = "expected near the end",
      ["a:"] = "a name expected",
    } do
      assert.matches(what, (wrong(text)))
    end
    assert.equal(3, select(2, wrong "g = 3"))
  end)

  it("is not upset by size", function()
    assert.equal(5000, #expression.parse(("a,"):rep(4999) .. "a"))
    assert.is_table(expression.parse("a" .. (" or a"):rep(5000)))
    assert.matches("nested too deeply", (wrong(("("):rep(1e5))))
    assert.matches("nested too deeply", (wrong(("not "):rep(1e5) .. "a")))
  end)
end)

-- Quietly, as some of them keep nothing.
local function kept(text)
  local r = program.run { "-q", "-f", text, "-p", "n", small }
  assert.equal("", r.err)
  return (r.out:gsub("\n", " "))
end

local function refused(text)
  local r = program.run { "-f", text, small }
  assert.equal(2, r.status)
  assert.equal("", r.out)
  return r.err
end

describe("-f", function()
  it("holds or not where an event lacks a field", function()
    assert.equal(kept 'type == "HeapAlloc"', kept 'heapalloc > 1')
    assert.equal(kept 'type == "UserLog" or type == "GoBlock"', kept 'value:find "a" or type == "GoBlock"')
    assert.equal("", kept "heapalloc + 1 < 0 or -heapalloc > 0 or heapalloc .. '' == 'x' or #reason > 100")
    assert.equal("", kept "target_g > target_m and value:find(reason)")
    assert.equal("", kept "math.floor(heapalloc / 2) == 1 or reason:sub(1, 2):upper() == 'XX'")
    assert.equal(kept "true", kept "not (heapalloc > 1e9)")
    assert.equal("", kept "ev.heapalloc == 1")
  end)

  it("is the same in every way of writing", function()
    local block = kept 'type == "GoBlock"'
    assert.equal(block, kept '!(type != "GoBlock")')
    assert.equal(block, kept 'type in {"GoBlock", "STWBegin"} && type in {"GoBlock"}')
    assert.equal(block, kept '(function(t) return t != "GoStart" && t == "GoBlock" end)(type)')
    assert.equal(kept "time >= 150 and time < 1000", kept "time >= 150ns && time < 1us")
    assert.equal(kept 'type ~= "GoBlock"', kept 'type not in {"GoBlock"}')
    assert.equal(kept "n ~= 1 and n ~= 2", kept "not n in {1, 2}")
    assert.equal(kept "n == 3", kept "n in {n, 3} and n in {3}")
  end)

  for text, what in pairs {
    ['type == "GoBlok"'] = 'did you mean "GoBlock"',
    ['"GoBlok" == type'] = 'did you mean "GoBlock"',
    ['type in {"GoStart", "GoBlok"}'] = 'did you mean "GoBlock"',
    ['ev.type == "GoBlok"'] = 'did you mean "GoBlock"',
    ['type == "GoBlockSend"'] = 'type == "GoBlock" with reason == "chan send"',
    ['reason == "chan recieve"'] = 'did you mean "chan receive"',
    ['kind == "GC mark terminaton"'] = 'did you mean "GC mark termination"',
    ['status ~= "running"'] = 'did you mean "Running"',
    ['time > "5"'] = "time is ns.*write 5 without quotes",
    ['time > "5ms"'] = "write 5ms without quotes",
    ['g == "18"'] = "g is a number and never text: write 18",
    ["reason == 5"] = "reason is text",
    ['stack == "main.main"'] = "stack.leaf.func",
    ['category == "x"'] = "trace.Log's category is key here",
    ["reson"] = 'did you mean "reason"',
    ["g, p"] = "one expression",
    ["type == GoBlock"] = 'text is in quotes, "GoBlock"',
    ["type == GoBlok"] = 'text is in quotes, "GoBlock"',
    ["type in {GoBlock}"] = 'text is in quotes, "GoBlock"',
    ["key == heap"] = 'text is in quotes, "heap"',
    ["status == Running"] = 'text is in quotes, "Running"',
    ['reason =~ "sync"'] = "a pattern is asked for with x:find",
    ['kind == "GC"'] = 'did you mean "GC mark termination"',
    ['reason == "mutex"'] = "gotrace%-lua %-lv lists",
    ['type == "Go*"'] = 'type:find "%^Go"',
    ['reason == "*chan*"'] = 'reason:find "..." asks for a pattern',
    ["g in 1"] = "in wants a list: g in {1}",
    ["g in m"] = "in wants a list",
    ["g in nil"] = "in wants a list",
    ['type in "GoBlock"'] = 'type in {"GoBlock"}',
    ['"main" in stack'] = "stack is one of frames",
    ["g in (1, 2)"] = "a list is in braces: in {1, 2}",
    ["g in [1, 2]"] = "a list is in braces: in {1, 2}",
    ["time > type"] = "time is a number, and type is text",
    ["type + 1 > 2"] = "type is text, and no number to calculate with",
    ['type.find("x")'] = "find is called with a colon: type:find",
    ['reason:contains("x")'] = "text has no contains: it is reason:find",
    ['stack:find("x")'] = "tostring%(stack%):find",
    ["g:find 'x'"] = "g is a number: it has no find",
    ["type(g) == 'number'"] = "a field of the event, and no function",
    ["stack.leef.func == 'x'"] = 'did you mean "leaf"',
    ["stack.leaf.fn == 'x'"] = 'stack.leaf is a frame: it has no "fn"',
    ["stack.leaf == 'main.main'"] = "compare stack.leaf.func",
    ["stack[1] == 'main.main'"] = "compare stack%[1%].func",
    ["stack.leaf.line == '5'"] = "stack.leaf.line is a number",
    ["ev.typ == 'x'"] = 'did you mean "type"',
    ["math.flor(time) == 1"] = 'math has no "flor" %(did you mean "floor"',
    ["1ms < time < 2ms"] = "a < b and b < c",
    ["time > 5 ms"] = "a duration is one word: 5ms",
    ["g == 1 AND p == 1"] = "and is written in small letters",
    ["g == 1;"] = "none ends with ;",
    ["if g then true end"] = "if is for the scripts of %-e",
    [""] = "it is empty",
    ["--x"] = "looks like an option",
    ["-- x"] = "%-%- begins a comment",
  } do
    it("refuses " .. text, function()
      assert.matches(what, (refused(text):gsub("\n", " ")))
    end)
  end

  it("says what is no list where only the run can tell", function()
    local r = program.run { "-f", "g in (function() return 1 end)()", small }
    assert.equal(4, r.status)
    assert.matches("^gotrace%-lua: in wants a list, such as {1, 2}, not a number\n", r.err)
    assert.equal("", kept "g in (function() end)()")
  end)

  it("takes the words that Go has, and what stands for damaged ones", function()
    for _, text in ipairs {
      "reason in {'chan receive', 'synctest', 'GC weak to strong wait', 'runtime.Gosched', '', '?12'}",
      "kind in {'GC mark termination', 'all goroutine stack trace', 'all goroutines stack trace', '?1'}",
      "status in {'Running', 'Syscall', 'Idle', 'SyscallAbandoned', 'status 7'}",
      "type in {'GoBlock', 'Span', 'CPUSample'} or name == 'anything' or time > 5ms",
    } do
      assert.equal("", program.run({ "-n", "-f", text }).err)
    end
  end)
end)

describe("-p", function()
  it("names columns as they are written, whatever commas they hold", function()
    local r = program.run { "-F", "csv", "-p", 'n ,("a,b"):rep(1),{1,2}[1] == nil, g+1', small }
    assert.matches("expected", r.err)
    r = program.run { "-F", "csv", "-f", "n == 1", "-p", 'n ,("a,b"):rep(1), g+1', small }
    assert.equal('n,"(""a,b""):rep(1)",g+1\n1,"a,b",\n', r.out)
  end)
end)
