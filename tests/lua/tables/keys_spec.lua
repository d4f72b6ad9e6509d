-- Stacks, frames, goroutines and traces as keys.
local program = require "support.program"

local channels = program.recording "channels"
local older = program.root .. "testdata/real/go1.19-channels.trace"

local function run(code, ...)
  local r = program.run { "-q", "-e", code, ... }
  assert.equal("", r.err)
  return r.out
end

describe("a stack", function()
  local code = "local c = count('n', 'stack') function on.GoBlock(ev) c:add(ev.stack) end "

  it("is a key for all that are equal by functions, files and lines", function()
    -- What the keys are to be, of the same events.
    local out = run([[
      local by = {}
      function on.GoBlock(ev)
        local parts = {}
        for i, f in ipairs(ev.stack) do parts[i] = f.func .. "\0" .. f.file .. "\0" .. f.line end
        local text = table.concat(parts, "\0")
        by[text] = (by[text] or 0) + 1
      end
      function on.finish() for _, n in pairs(by) do print(n) end end]], channels)
    local want, have = {}, {}
    for n in out:gmatch "%d+" do want[#want + 1] = tonumber(n) end
    for n in run(code, channels, "-F", "json"):gmatch '"n":(%d+)}' do have[#have + 1] = tonumber(n) end
    table.sort(want)
    table.sort(have)
    assert.is_true(#want > 10)
    assert.same(want, have)
  end)

  it("is the same key in another trace", function()
    local one, two = run(code, channels, "-F", "json"), run(code, channels, channels, "-F", "json")
    assert.equal((one:gsub('"n":(%d+)}', function(n) return ('"n":%d}'):format(2 * n) end)), two)
  end)

  it("is shown leaf first, and cut in its middle in text", function()
    assert.matches("\n120 +runtime.chansend1 < main.pingPong < ... < main.main\n", run(code, channels))
    assert.matches("\nruntime.chansend1 < main.pingPong < main.channels.func1 < main.%(%*recording%).times < " ..
      "main.channels < main.main,120\n", run(code, channels, "-F", "csv"))
    assert.matches('^{"stack":%[{"func":"runtime.chansend1","file":"[^"]*","line":%d+},{"func":"main.pingPong",' ..
      '"file":"[^"]*","line":36},', run(code, channels, "-F", "json"))
    for line in run(code, channels):gmatch "[^\n]+" do
      assert.is_true(#line < 90, line)
    end
  end)

  it("comes back as a stack", function()
    assert.equal("runtime.chansend1\t6\t120\ttrue\n", run("c = count('n', 's') " .. [[
      local some
      function on.GoBlock(ev) c:add(ev.stack) some = ev.stack end
      function on.finish()
        for st, n in c:each() do print(st.leaf.func, #st, n, c:get(some) > 0) break end
        c:clear() c:print()
      end]], channels):gsub("s +n\n$", ""):gsub("s  n\n", ""))
  end)

  it("is in the order of its functions", function()
    local last = ""
    for stack in run("local c = count('n', 's'):sort 'key' function on.GoBlock(ev) c:add(ev.stack) end", channels,
      "-F", "csv"):gmatch "\n(.-),%d+" do
      assert.is_true(last <= stack, last .. " is before " .. stack)
      last = stack
    end
    assert.is_true(last > "runtime")
  end)

  it("that is empty is one, too", function()
    assert.equal("n  s\n1  -\n", run("local c = count('n', 's') function on.GoUnblock(ev) if c:total() == 0 and " ..
      "#ev.stack == 0 then c:add(ev.stack) end end", channels))
  end)
end)

describe("a frame", function()
  local code = "local c = count('n', 'at') function on.GoBlock(ev) c:add(ev.stack.leaf) end"

  it("is a key by function, file and line", function()
    local text = run(code, channels)
    assert.matches("^ +n +at\n359 +runtime.chansend1:%d+\n", text)
    assert.matches("^ +n +at\n359 +runtime.chansend1 runtime/chan.go:%d+\n", run(code, channels, "--wide"))
    assert.matches('^{"at":{"func":"runtime.chansend1","file":"[^"]*","line":%d+},"n":359}\n',
      run(code, channels, "-F", "json"))
    assert.matches("^at,n\nruntime.chansend1 [^,]*:%d+,359\n", run(code, channels, "-F", "csv"))
    -- Another build has other lines in the runtime, and the same in the program.
    local both = run("local c = count('n', 'at') function on.GoBlock(ev) c:add(ev.stack.root) end", channels, older,
      "--wide")
    local seen = {}
    for at in both:gmatch "%f[^\n]%s*%d+ +(.-)\n" do
      assert.is_nil(seen[at])
      seen[at] = true
    end
  end)
end)

describe("a goroutine", function()
  local code = "local c = count('n', 'g') function on.GoBlock(ev) c:add(trace.goroutine(ev.g)) end "

  it("is a row, with the name that it has in the end", function()
    -- The names as a table of goroutines at the end has them.
    local names = {}
    for id, name in run("function on.GoBlock() trace.goroutine(1) end function on.finish(t) " ..
      "for g in t.each_goroutine() do print(g.id, g.name) end end", channels):gmatch "(%d+)\t([^\n]*)" do
      names[id] = name
    end
    local n = 0
    for id, name in run(code, channels, "-F", "csv"):gmatch "\nG(%d+) ([^,]+)" do
      assert.equal(names[id], name)
      n = n + 1
    end
    assert.is_true(n > 20)
  end)

  it("is shown by id and name", function()
    assert.matches("^g +n\nG1 main.main +229\n", run(code, channels))
    assert.matches('^{"g":{"id":1,"name":"main.main"},"n":229}\n', run(code, channels, "-F", "json"))
  end)

  it("of several traces with one name is one row", function()
    local two = run(code .. "function on.finish() print(c:get(trace.goroutine(1))) end", channels, channels)
    assert.matches("^229\n458\ng +n\nG1 main.main +458\n", two)
    assert.equal(1, select(2, two:gsub("\nG1 ", "")))
    local three = run("local c = quantile('n', 'x', 'g') function on.GoBlock(ev) " ..
      "c:add('x', trace.goroutine(ev.g), 1) end " ..
      "function on.finish() print(c:get('x', trace.goroutine(1)).count) end", channels, channels, channels)
    assert.matches("^229\n458\n687\n", three)
    local both = run(code, channels, older, "-F", "csv")
    assert.matches("\nG1 main.main,%d+\n", both)
  end)

  it("comes back as a goroutine, and as text when its trace has ended", function()
    local out = run(code .. "function on.finish() for g in c:each() do print(type(g), g) break end end", channels)
    assert.matches("^userdata\tG1 main.main\n", out)
    out = run(code .. "function on.begin() for g in c:each() do print(type(g), g) break end end", channels, channels)
    assert.matches("^string\tG1 main.main\n", out)
  end)

  it("can be a key beside others", function()
    assert.matches("\nmain.main,G1 main.main,%d+\n", run("local c = count('n', 'f', 'g') function on.GoBlock(ev) " ..
      "c:add(ev.stack.root.func, trace.goroutine(ev.g)) end", channels, channels, "-F", "csv"))
  end)
end)

describe("trace", function()
  it("is the name of its file", function()
    assert.equal(("file,n\n%s,1\n%s,1\n"):format(older, channels),
      run("local c = count('n', 'file') function on.begin(t) c:add(t) end", channels, older, "-F", "csv"))
  end)
end)

describe("values of rows and labels of top", function()
  it("may be the same", function()
    assert.equal('{"table":"rows","a":[],"b":"x"}\n', run("local r, t = rows('a', 'b'), top('n', 'g'):top(1) " ..
      "function on.GoBlock(ev) t:add(trace.goroutine(ev.g), ev.time) end " ..
      "function on.GoUnblock(ev) if #ev.stack == 0 and r then r:add(ev.stack, 'x') r = nil end end", channels,
      "-F", "json"):match "^[^\n]*\n")
  end)
end)
