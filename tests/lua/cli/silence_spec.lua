-- No empty answer without a word: what hooks nothing, looks at nothing, changes
-- what nobody writes, or was mistyped; and that -F holds for all that is printed.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(...)
  return program.run { ... }
end

local function warns(...)
  local r = run(...)
  assert.equal(0, r.status)
  return r.err
end

local function refused(...)
  local r = run(...)
  assert.equal(2, r.status)
  return r.err
end

describe("A warning is given of", function()
  it("a script without hooks that prints nothing", function()
    assert.matches("%-e has no hooks", warns("-e", "local x = 1", small))
    assert.equal("", warns("-e", "print 'hello'", small))
    assert.equal("", warns("-q", "-e", "local x = 1", small))
  end)

  it("a table that is empty", function()
    local r = run("-f", "g == 77777", "-a", "count() by type", small)
    assert.same({ 0, "type  count\n", "gotrace-lua: -a 'count() by type': no row: no event that is looked at has " ..
      "what it asks for; -a 'count() by type' shows what the trace has\n" }, { r.status, r.out, r.err })
    assert.matches("%-a 'sum%(dur%) by g': no row: no span ", warns("-f", "g == 77777", "-a", "sum(dur) by g", small))
    assert.equal("", warns("-q", "-f", "g == 77777", "-a", "count() by type", small))
    assert.equal("", warns("-a", "count()", "-f", "g == 77777", small)) -- 0 is a row
  end)

  it("figures of whole lives where a part of the trace is looked at", function()
    local text = "^gotrace%-lua: what goroutines did is of their whole lives"
    for _, by in ipairs { "func", "id" } do
      assert.matches(text, warns("--from", "1us", "goroutines", "--system", "--by=" .. by, small))
      assert.equal("", warns("goroutines", "--system", "--by=" .. by, small))
      assert.equal("", warns("-q", "--from", "1us", "goroutines", "--system", "--by=" .. by, small))
    end
    assert.matches(text, warns("-e", [[function on.begin() trace.window(1000, 2000) end
      function on.finish() for g in trace.each_goroutine() do print(g.id) end end]], small))
  end)

  it("a script's table that is empty, in its own words", function()
    local code = [[local n = count("n", "g"):when_empty "nobody slept" ]]
    for _, form in ipairs { "text", "csv", "json" } do
      assert.equal("gotrace-lua: nobody slept\n", warns("-F", form, "-e", code .. "on.any = function() end", small))
      assert.equal("", warns("-F", form, "-e", code .. "function on.any(ev) n:add(1) end", small))
    end
    assert.equal("", warns("-e", [[count("n", "g"):optional() on.any = function() end]], small))
    assert.equal("gotrace-lua: nobody\n", warns("-e",
      [[count("n", "g"):optional():when_empty "nobody" on.any = function() end]], small))
    assert.equal("gotrace-lua: no table has a row: nothing in the trace is what is looked for\n",
      warns("-e", [[count("n", "g") sum("m", "p") on.any = function() end]], small))
    assert.equal("", warns("-e", [[local n = count("n", "g") sum("m", "p") function on.any(ev) n:add(1) end]], small))
    assert.matches("when_empty wants a string, not nil", run("-e", [[count("n"):when_empty()]], small).err)
  end)

  it("what bundled scripts do not find", function()
    local empty = program.recording "empty"
    for name, says in pairs { blocks = "no goroutine waited", tasks = "trace.NewTask", regions = "trace.WithRegion",
      syscalls = "no syscall", wakers = "woken", slow_tasks = "trace.NewTask", task = "no such task",
      critical_path = "no such task", gc = "no collection ran", logs = "trace.Log" } do
      for _, form in ipairs { "text", "csv", "json" } do
        local err = warns("-F", form, name, empty)
        assert.matches("^gotrace%-lua: " .. name .. ": [^\n]+\n$", err)
        assert.matches(says, err, 1, true)
      end
      assert.equal("", warns("-q", name, empty))
    end
    assert.equal("", warns("goroutines", "--by=id", "-F", "json", empty)) -- it prints by itself
  end)

  it("a filter that holds for nothing", function()
    for _, print in ipairs { {}, { "-p", "g" } } do
      assert.equal("gotrace-lua: -f 'g == 77777': it holds for no event; -a 'count() by type' shows what the trace " ..
        "has\n", warns("-f", "g == 77777", small, unpack(print)))
    end
    assert.matches("it holds for no span; ", warns("-f", 'kind == "stw" and dur > 1m', small))
    assert.equal("", warns("-f", "g == 77777", "-s", "count_gocreate", small))
    assert.not_matches("it holds for", warns("-f", "g == 77777", "-o", program.tmpname(), small))
  end)

  it("a window behind the end", function()
    assert.matches("%-%-from 5s is behind its end at ", warns("--from=5s", "count_gocreate", small))
    assert.equal("", warns("--from=1ns", "count_gocreate", small))
    assert.equal("", warns("--from=1ns", "--to=200ns", "count_gocreate", small))
    local text = program.tmpfile "hi"
    assert.matches("^gotrace%-lua: [^\n]*: not a Go execution trace [^\n]*\n$", run("--from=1ns", "cat", text).err)
  end)

  it("edits that are not written", function()
    local edit = "function on.HeapAlloc(ev) ev.heapalloc = 1 end"
    assert.matches("without %-o", warns("-e", edit, small))
    assert.equal("", warns("-e", edit, "-s", "events", small))
    assert.not_matches("without %-o", run("-o", program.tmpname(), "-e", edit, small).err)
  end)
end)

describe("A warning is given of", function()
  it("goroutines that are hidden, and nothing is written", function()
    local hide = "function on.begin(t) t.hide(1) end"
    assert.matches("trace.hide is about what %-o writes", warns("-e", hide, small))
    assert.matches("trace.hide is about what %-o writes", warns("-e", hide, "-s", "cat", small))
    assert.equal("", warns("-q", "-e", hide, small))
    assert.not_matches("trace.hide", warns("-o", program.tmpname(), "-e", hide, small))
  end)

  it("a window before the first event", function()
    local file = "testdata/real/go1.27-http.trace"
    assert.matches("%-%-to 10ns is before its first event", warns("--to=10ns", "events", file))
    assert.equal("", warns("--to=1h", "events", file))
  end)

  it("a script that cuts, and nothing is made of the rest", function()
    for _, words in ipairs { { "drop", "--types=Go*" }, { "trim", "--start=1ns" } } do
      local name = words[1]
      words[#words + 1] = small
      assert.matches(name .. " leaves out a part of the trace, and nothing is made of the rest", warns(unpack(words)))
      table.insert(words, #words, "-s")
      table.insert(words, #words, "events")
      assert.equal("", warns(unpack(words)))
    end
  end)
end)

describe("A window that ends before the trace begins", function()
  it("is refused, with the trace's length, and without a table", function()
    local r = run("--to=-10s", "events", small)
    assert.same({ 2, "" }, { r.status, r.out })
    assert.matches("the window is empty: %-%-to %-10s, in a trace of 1.11us", r.err)
  end)
end)

describe("What was mistyped is refused:", function()
  it("a function with an event's name", function()
    assert.matches("%-e:2: function GoCreate is called by nobody: a hook is function on.GoCreate%(ev%)",
      refused("-e", "\nfunction GoCreate(ev) end", small))
    assert.matches("GoBlockSend", refused("-e", "function GoBlockSend() end", small))
    assert.equal("", run("-e", "function GoCreate() end on.GoCreate = GoCreate", small).err)
  end)

  for _, words in ipairs {
    { "--bogus", "cat" }, { "cat", "--bogus" }, { "grep", "--bogus" }, { "--bogus", "nothing" }, { "-l", "--bogus" },
    { "-lv", "--bogus" }, { "--version", "--bogus" }, { "--help", "--bogus" }, { "--bogus" },
  } do
    it("an unknown option: " .. table.concat(words, " "), function()
      words[#words + 1] = words[1] ~= "--version" and words[1] ~= "--help" and small or nil
      assert.matches("unknown option %-%-bogus", refused(unpack(words)))
    end)
  end

  it("an option without its value", function()
    assert.matches("^gotrace%-lua: %-f wants a value", refused("-f", "-p", "time", small))
    assert.matches("%-f wants an expression before the trace", refused("-f", small))
    assert.matches("%-p wants an expression before the trace", refused("-p", small))
    assert.matches("%-e wants code before the trace", refused("-e", small))
    assert.matches("%-f wants a value, and %-%-match looks like an option: ", refused("-f", "--match", small))
    assert.matches("%-%-verify wants a value, not the option %-o: ", refused("--verify", "-o", "x", small))
    assert.matches("%-%-match wants a value, and %-%-m looks", refused("around", "--match", "--m", small))
    assert.equal("", run("-n", "-e", "--comment").err)
    assert.matches("is taken for REGEXP, and no trace is left", refused("grep", small))
  end)

  it("what the shell has taken apart", function()
    assert.matches("== is no trace: an expression is one word for the shell", refused("-f", "type", "==", "x", small))
  end)

  it("an option by its whole name", function()
    for name, letter in pairs { format = "F", output = "o", filter = "f", print = "p", list = "l" } do
      assert.matches(("unknown option %%-%%-%s %%(that is %%-%s%%)"):format(name, letter),
        refused("--" .. name, "cat", small))
    end
    assert.matches('did you mean "%-%-version"', refused "-v")
  end)

  it("a trace where YAML is wanted", function()
    assert.matches("is a trace; build makes one of YAML", refused("build", small, "-o", program.tmpname()))
  end)
end)

describe("--to", function()
  it("bounds what is known of the trace", function()
    local code = [[
      local n, last = 0, 0
      function on.any(ev) n, last = n + 1, ev.time end
      function on.finish(t) print(n == t.events, last == t.duration, n) end]]
    for _, file in ipairs { "testdata/real/go1.27-http.trace", "testdata/real/go1.21-http.trace" } do
      assert.matches("^true\ttrue\t%d+\n", run("--to=5ms", "-e", code, file).out)
      assert.equal(run("-e", code, file).out, run("--to=1h", "-e", code, file).out)
    end
    local few = [[function on.HeapAlloc() end function on.finish(t) print(t.events) end]]
    local all = [[function on.any() end function on.finish(t) print(t.events) end]]
    assert.equal(run("--to=5ms", "-e", all, "testdata/real/go1.27-http.trace").out,
      run("--to=5ms", "-e", few, "testdata/real/go1.27-http.trace").out)
  end)
end)

describe("-F", function()
  it("json makes an object of each event, whoever prints it", function()
    for _, words in ipairs { { "cat" }, { "grep", "HeapAlloc" }, { "-f", 'type == "HeapAlloc"' },
      { "-e", "function on.HeapAlloc(ev) print(ev) end" } } do
      words[#words + 1] = small
      local r = run("-F", "json", unpack(words))
      assert.equal("", r.err)
      for line in r.out:gmatch "[^\n]+" do
        assert.matches('^{"type":"%w+","time":%d+,.*"stack":%[.*%].*}$', line)
      end
      assert.matches('"heapalloc":4096}', r.out)
    end
  end)

  it("json has the frames of stacks", function()
    local r = run("-F", "json", "-f", 'type == "UserLog"', "-p", "n,stack", small)
    assert.matches('^{"n":%d+,"stack":%[{"func":"[^"]+","file":"[^"]*","line":%d+,"pc":%d+}', r.out)
  end)

  it("csv has one head and a row an event", function()
    for _, words in ipairs { { "cat", small }, { "grep", "-A", "1", "HeapAlloc", small } } do
      local out = run("-F", "csv", unpack(words)).out
      assert.matches("^time,type,m,p,g,arguments,stack\n", out)
      assert.equal(1, select(2, out:gsub("time,type", "")))
      assert.not_matches("\n%-%-\n", out)
    end
  end)

  it("holds for strings and info", function()
    assert.matches('^"[^\n]*"\n', run("-F", "json", "strings", small).out)
    assert.matches('"duration":%d+,', run("-F", "json", "info", small).out)
  end)
end)
