-- What export.chrome has methods for is, line by line, what its `add` makes of the same.
local program = require "support.program"

teardown(program.clean)

local trace = program.recording "http"

-- The events that a script writes; its hook is called for each GoCreate.
local function lines(code)
  local out = program.folder {} .. "/out.json"
  local r = program.run { "-o", out, "-e", ([[writes = "chrome" local w = export.chrome {}
    local function add(e) w:add(e) end
    function on.GoCreate(ev) %s end]]):format(code), trace }
  assert.equal(0, r.status, r.err)
  return program.read(out)
end

local function same(fast, slow)
  local a, b = lines(fast), lines(slow)
  assert.is_truthy(#a > 1000)
  assert.equal(b, a)
end

local names = { "'plain'", [['a "quoted" \\ name']], [['\1\n\t\127']], [['\195\188']], [['\255']], "''" }

describe("export.chrome has methods that write what add does:", function()
  it("slice", function()
    for _, name in ipairs(names) do
      same(("w:slice(3, ev.p, ev.time - 1234, ev.time, %s, ev.stack, ev.new_stack)"):format(name),
        ("add { name = %s, ph = 'X', pid = 3, tid = ev.p, ts = ev.time - 1234, dur = 1234, stack = ev.stack," ..
          "end_stack = ev.new_stack }"):format(name))
    end
    same([[w:slice(0, nil, ev.time, ev.time, "x", nil, nil, "key", 'a "word"')]],
      [[add { name = "x", ph = "X", pid = 0, ts = ev.time, dur = 0, args = { key = 'a "word"' } }]])
  end)

  it("instant", function()
    same("w:instant(0, -7, ev.time, 'x', ev.stack, 'some \\n')",
      "add { name = 'x', ph = 'I', s = 't', pid = 0, tid = -7, ts = ev.time, stack = ev.stack, cat = 'some \\n' }")
    assert.matches('"ts":%-0.001,', lines "w:instant(0, 2^52, -1, 5, nil)")
    assert.matches('"ts":%-1.5,', (lines("w:instant(0, 1, -1500, 5, nil)"):gsub("1.500", "1.5")))
    same("w:instant(0, 2^52, -1, 5, nil)", "add { name = 5, ph = 'I', s = 't', pid = 0, tid = 2^52, ts = -1 }")
  end)

  it("arrow", function()
    same("w:arrow(ev.new_g, 'x', 0, ev.p, ev.time, ev.stack, 9, ev.time + 1000)",
      [[add { name = "x", ph = "s", pid = 0, tid = ev.p, ts = ev.time, id = ev.new_g, stack = ev.stack }
        add { name = "x", ph = "t", pid = 0, tid = 9, ts = ev.time + 1000, id = ev.new_g }]])
  end)

  it("count", function()
    for _, values in ipairs { { "ev.time", "0", "-1" }, { "2^52", "-2^52", "1" }, { "0.5", "1", "2" },
      { "1", "2^60", "2" }, { "1", "2", "1/0" } } do
      same(([[n = n or w:counter('x"', 1, { "b", "c", 'a"' }) w:count(n, ev.time, %s, %s, %s)]]):format(unpack(values)),
        ([[add { name = 'x"', ph = "C", pid = 1, tid = 0, ts = ev.time, args = { b = %s, c = %s, ['a"'] = %s } }]])
          :format(unpack(values)))
    end
    same([[n = n or w:counter("x", 1, { "b" }) w:count(n, ev.time, 7)]],
      [[add { name = "x", ph = "C", pid = 1, tid = 0, ts = ev.time, args = { b = 7 } }]])
    same([[n = n or w:counter("x", 1, { "b", "a" }) w:count(n, ev.time, 7, 8)]],
      [[add { name = "x", ph = "C", pid = 1, tid = 0, ts = ev.time, args = { a = 8, b = 7 } }]])
  end)

  it("in the order in which they are called", function()
    same("w:instant(0, 1, ev.time, 'a') add { name = 'b' } w:instant(0, 1, ev.time, 'c')",
      [[for _, name in ipairs { "a", "b", "c" } do
        add(name == "b" and { name = "b" } or { name = name, ph = "I", s = "t", pid = 0, tid = 1, ts = ev.time })
      end]])
  end)

  it("beyond what waits in memory", function()
    same("w:instant(0, 1, ev.time, ('x'):rep(100000))",
      "add { name = ('x'):rep(100000), ph = 'I', s = 't', pid = 0, tid = 1, ts = ev.time }")
  end)

  it("has their mistakes told at their line", function()
    local function fails(text, code)
      local r = program.run { "-o", "/dev/null", "-e", 'writes = "chrome"\nlocal w = export.chrome {}\n' ..
        "function on.GoCreate(ev)\n" .. code .. " end", trace }
      assert.equal(4, r.status, r.err)
      assert.is_truthy(r.err:find("-e:4", 1, true), r.err)
      assert.is_truthy(r.err:find(text, 1, true), r.err)
    end
    fails("a number below 2^53 is wanted, not", "w:slice(0, 0, 'x', 1, 'a')")
    fails("a number below 2^53 is wanted, not", "w:slice(0, 2^53, 1, 1, 'a')")
    fails("a string or a number is wanted, not", "w:instant(0, 0, 1, {})")
    fails("a stack is wanted", "w:instant(0, 0, 1, 'x', 'stack')")
    fails("a counter is wanted", "w:count(1, 1, 1)")
    fails("a number below 2^53 is wanted, not", "w:count(w:counter('x', 1, { 'a' }), {}, 1)")
    fails("a number is wanted for b, not nil", "w:count(w:counter('x', 1, { 'a', 'b' }), 1, 1)")
    fails("a number is wanted for a, not string", "w:count(w:counter('x', 1, { 'a' }), 1, '1')")
    fails("a counter shows a list of one to 3 keys", "w:counter('x', 1, { 'a', 'b', 'c', 'd' })")
    fails("two keys are called a", "w:counter('x', 1, { 'a', 'b', 'a' })")
    fails("call it with a colon", "w.instant(1)")
    fails('it has no "put": it has add, arrow, count, counter, instant, slice', "w:put()")
  end)
end)
