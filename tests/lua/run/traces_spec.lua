-- Several traces in one run: nothing that a script leaves behind with one is
-- there for the next, but its tables and what it shares.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(code, ...)
  return program.run { "-e", code, small, ... }
end

local function prints(code, ...)
  local r = run(code, ...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

describe("With several traces", function()
  it("each one finds the script as it was written", function()
    local code = [[
      local n, seen = 0, {}
      times = (times or 0) + 1
      math.mine = (math.mine or 0) + 1
      function on.any(ev) n = n + 1 seen[n] = ev.type end
      function on.finish() print(times, math.mine, n, #seen) end]]
    local once = prints(code)
    assert.matches("^1\t1\t%d+\t%d+\n$", once)
    assert.equal(once:rep(3), prints(code, small, small))
  end)

  it("chance falls out alike in each", function()
    local code = "local first = math.random() function on.any() first = first + math.random() end " ..
      "function on.finish() print(first, math.random()) end"
    assert.equal(prints(code):rep(2), prints(code, small))
  end)

  it("scan hooks and hooks share what the script is", function()
    assert.equal("2\n2\n", prints([[
      local n = 0
      function scan.ProcsChange() n = n + 1 end
      function scan.begin() n = 1 end
      function on.begin() print(n) end]], small))
  end)

  it("the tables of the main chunk add up", function()
    local code = [[
      local by = count("n", "type")
      local longest = top("time", "type"):top(1)
      local all = rows("file")
      function on.HeapAlloc(ev) by:add(ev.type) longest:add(ev.type, ev.time) end
      function on.finish() all:add "x" end]]
    local one, two = prints(code), prints(code, small)
    local n = one:match "HeapAlloc  (%d+)"
    assert.matches("HeapAlloc +" .. 2 * n .. "\n", two)
    assert.equal(2, select(2, two:gsub("\nx", "")))
    assert.equal(1, select(2, two:gsub("type +time", "")))
  end)

  it("modules begin anew, and their tables add up", function()
    local folder = program.folder {
      ["main.lua"] = [[
        local m = require "counting"
        function on.HeapAlloc() m.count() end
        function on.finish() print(m.n) end]],
      ["counting.lua"] = [[
        local by, m = count "n", { n = 0 }
        function m.count() m.n = m.n + 1 by:add() end
        return m]],
    }
    local one = program.run { folder .. "/main.lua", small }
    local two = program.run { folder .. "/main.lua", small, small }
    local n = tonumber(one.out:match "^(%d+)\n")
    assert.equal(("%d\n%d\nn\n%d\n"):format(n, n, 2 * n):gsub("%s+", " "),
      (two.out:gsub("%s+", " ")))
  end)

  for name, code in pairs {
    kind = "local t = (shared.again and sum or count)('n', 'k')",
    name = "local t = count(shared.again and 'm' or 'n', 'k')",
    key = "local t = count('n', shared.again and 'l' or 'k')",
    width = "local t = lhist('n', shared.again and 2 or 1)",
  } do
    it("a table of another " .. name .. " is refused at its line", function()
      local r = run("\n" .. code .. "\nshared.again = true", small)
      assert.equal(2, r.status)
      assert.matches("^gotrace%-lua: %-e:2: .*for the trace before table 1 was", r.err)
    end)
  end

  it("what hooks make is of its trace", function()
    local out = prints("function on.finish(t) count('n', 'k'):add('x') end", small)
    assert.equal(2, select(2, out:gsub("k  n\nx  1", "")))
  end)

  it("a hook for events, spans, generations or damages makes none", function()
    for _, hook in ipairs { "on.any", "on.GoBlock", "scan.GoBlock", "on.state", "on.goroutine", "on.generation" } do
      local r = run(("function %s()\n count('n', 'k') end"):format(hook))
      assert.equal(4, r.status)
      assert.matches("^gotrace%-lua: %-e:2: count: this hook makes no tables: make it at the top of the script", r.err)
    end
    local r = run "function on.state(s)\n if s.open == 'end' or s.open == 'both' then count('n') end end"
    assert.matches("^gotrace%-lua: %-e:2: count: this hook makes no tables: make it at the top of the script", r.err)
    local cut = program.read(small):sub(1, -20)
    r = program.run { "-e", "function on.damage()\n count('n', 'k') end", program.tmpfile(cut) }
    assert.matches("%-e:2: count: this hook makes no tables: make it at the top of the script", r.err)
  end)

  it("begin and finish may make some", function()
    for _, hook in ipairs { "on.begin", "on.finish", "scan.begin", "scan.finish" } do
      assert.equal("n\n0\n", prints(("function %s() count('n') end"):format(hook)))
    end
  end)

  it("there are 1000 for each trace at most", function()
    local code = "%s for i = 1, %d do rows('n' .. i) end %s function on.any() end"
    for _, around in ipairs { { "", "" }, { "function on.finish()", "end" } } do
      local many = code:format(around[1], 1000, around[2])
      assert.equal("gotrace-lua: no table has a row: nothing in the trace is what is looked for\n",
        run(many, small, small).err)
      local r = run(code:format(around[1], 1001, around[2]), small)
      assert.matches("^gotrace%-lua: %-e:1: rows: more than 1000 tables", r.err)
    end
  end)

  it("shared lasts, and is the script's own", function()
    local r = program.run {
      "-e", "shared.n = (shared.n or 0) + 1 function on.begin() print('a', shared.n) end",
      "-e", "function on.begin() print('b', shared.n) end", small, small,
    }
    assert.equal("a\t1\nb\tnil\na\t2\nb\tnil\n", r.out)
    assert.matches("shared is a table", run("shared = 1").err)
  end)

  it("strings are those of the trace at hand", function()
    local code = [[
      function on.finish(t)
        local list = {}
        for s in t.strings() do list[#list + 1] = s end
        table.sort(list)
        print(table.concat(list, "\n"))
      end]]
    local cgo = program.recording "cgo"
    local one = program.run { "-e", code, cgo }
    assert.equal(prints(code) .. one.out, prints(code, cgo))
    assert.equal(prints(code) .. prints(code), prints(code, small))
    assert.truthy(one.out:find "main%.")
  end)

  it("strings that a script makes are not the trace's", function()
    local code = [[
      function on.UserLog(ev) ev.value = "made here" end
      function on.finish(t) for s in t.strings() do if s == "made here" then print(s) end end end]]
    local r = program.run { "-o", "/dev/null", "-e", code, program.recording "annotations" }
    assert.equal("", r.out)
  end)

  it("options are as the command line gives them", function()
    local file = program.tmpfile [[
      args = { { name = "l", type = "list" }, { name = "r", repeatable = true } }
      table.insert(opt.l, "more")
      opt.r[1] = opt.r[1] .. "!"
      function on.begin() print(table.concat(opt.l, ","), opt.r[1]) end]]
    local r = program.run { "-s", file, "--l=a,b", "--r=x", small, small }
    assert.equal("a,b,more\tx!\n" .. "a,b,more\tx!\n", r.out)
  end)

  it("hooks are those that the script sets for the trace", function()
    assert.equal("first\nsecond\n", prints([[
      if shared.again then
        function on.finish() print "second" end
      else
        shared.again = true
        function on.begin() print "first" end
      end]], small))
  end)

  it("the order is what is asked for each", function()
    local r = run([[
      if not shared.again then order = "thread" end
      shared.again = true
      function on.ProcsChange(ev) print(pcall(function() return ev.p end)) end]], small)
    assert.matches("^false\t.*thread order.*\ntrue\t0\n$", r.out)
  end)

  it("an error while the script is run again ends with 2 and what was found", function()
    local r = run([[
      local n = count "n"
      function on.ProcsChange() n:add() end
      if shared.again then error "again" end
      shared.again = true]], small)
    assert.equal(2, r.status)
    assert.matches("again", r.err)
    assert.matches("^n\n1\n", r.out)
  end)
end)

describe("What ends a run early", function()
  local code = [[
    local n = count "n"
    function on.ProcsChange() n:add() end
    function on.finish() %s end]]

  for what, status in pairs {
    ["fail 'enough'"] = 1, ["error 'broken'"] = 4, ["local x = nil + 1"] = 4,
  } do
    it(("%s prints the tables so far"):format(what), function()
      local r = run(code:format(what))
      assert.equal(status, r.status)
      assert.equal("n\n1\n", r.out)
    end)
  end
end)

describe("damage that a trace has", function()
  it("is counted as it is told", function()
    local bytes = program.read(program.recording "generations")
    local third = math.floor(#bytes / 3)
    local broken = bytes:sub(1, third) .. ("\255"):rep(40) .. bytes:sub(third + 41, 2 * third) .. ("\255"):rep(40) ..
      bytes:sub(2 * third + 41)
    local r = program.run { "-e", [[
      local n, lost = 0, 0
      local function check() if trace.damages ~= n or trace.lost ~= lost then print(n, lost) end end
      function on.damage(d) n, lost = n + 1, lost + d.lost check() end
      on.any, on.generation = check, check
      function on.finish() check() print(n > 1, lost > 0) end]], program.tmpfile(broken) }
    assert.equal("true\ttrue\n", r.out)
    assert.equal(3, r.status)
  end)
end)

describe("known", function()
  local generations = "testdata/real/go1.27-generations.trace"

  it("is true where a status only restates what is known", function()
    local r = program.run { "-e", [[
      local alive = {}
      local function born(ev) alive[ev.new_g] = true end
      on.GoCreate, on.GoCreateBlocked, on.GoCreateSyscall = born, born, born
      function on.GoDestroy(ev) alive[ev.g] = nil end
      local by = count("n", "known")
      local function status(ev)
        by:add(ev.known)
        if ev.known ~= (alive[ev.target_g] or false) then print(ev) end
        alive[ev.target_g] = true
      end
      on.GoStatus, on.GoStatusStack = status, status]], generations }
    assert.matches("^known +n\n *true +%d+\n *false +%d+\n$", r.out)
  end)

  it("is of statuses alone, and cannot be set", function()
    assert.matches('no field "known"', run("function on.GoStart(ev) print(ev.known) end").err)
    assert.matches("cannot set", run("function on.GoStatus(ev) ev.known = true end").err)
  end)

  it("is not known in thread order", function()
    local r = run 'order = "thread" function on.GoStatus(ev) print(ev.known) end'
    assert.equal(4, r.status)
    assert.matches("known is not known in thread order", r.err)
  end)

  it("is false throughout in v1", function()
    local r = program.run { "-e", [[
      local by = count("n", "known")
      function on.GoStatus(ev) by:add(ev.known) end]], "testdata/real/go1.21-http.trace" }
    assert.matches("^known +n\nfalse +%d+\n$", r.out)
  end)
end)
