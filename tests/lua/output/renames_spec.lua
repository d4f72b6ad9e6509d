-- on.string and on.stack: what is written in place of names and stacks. Whether Go takes
-- it is tests/oracle's to judge.
local lfs = require "lfs"
local program = require "support.program"

teardown(program.clean)

local small
setup(function()
  small = program.small()
end)

-- The path of what the script makes of a trace, and the result of the run.
local function write(script, path, ...)
  local out = program.tmpname()
  os.remove(out)
  local r = program.run { "-o", out, "-e", script, path or small, ... }
  return out, r
end

local function written(script, path, ...)
  local out, r = write(script, path, "-q", ...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  assert.equal(0, program.run { "--verify", out }.status)
  return out, r.out
end

local function show(path, what)
  local r = program.run { "-q", "-p", what, path }
  assert.equal("", r.err)
  return r.out
end

local ALL = "n, time, type, m, p, g, stack"
local function all(path)
  local r = program.run { "-q", "-e", "function on.any(ev) print((tostring(ev):gsub(' at .*', ''))) end", path }
  return r.out
end

local function failure(script, path)
  local out, r = write(script, path)
  assert.is_nil(lfs.attributes(out))
  return r.err, r.status
end

describe("on.string", function()
  it("is called once for each name that is written, and what it is", function()
    local _, out = written [[function on.string(s, role) print(role, s .. '|') end]]
    local seen, lines = {}, {}
    for line in out:gmatch "(%l+\t[^|]+)|" do
      assert.is_nil(seen[line], line)
      seen[line] = true
      lines[#lines + 1] = line
    end
    table.sort(lines)
    assert.same({
      "file\tmain.go", "file\truntime/chan.go", "file\truntime/time.go", "func\tmain.main", "func\tmain.worker",
      "func\truntime.chanrecv1", "func\ttime.Sleep", 'logkey\tnote', 'logvalue\ta "b"\n', "reason\tchan receive",
      "reason\tsleep", "task\tjob",
    }, lines)
  end)

  it("is not called for what only a dropped event had", function()
    local _, out = written [[drop "UserLog" function on.string(s, role) print(role) end]]
    assert.is_nil(out:find "log")
    assert.truthy(out:find "task")
  end)

  it("keeps a name by returning nothing", function()
    local out = written "function on.string(s, role) end"
    assert.equal(all(written "function on.any(ev) end"), all(out))
  end)

  it("tells what one text is apart", function()
    local out = written [[
      function on.GoBlock(ev) ev.reason = "main.main" end
      function on.string(s, role) return role == "reason" and s == "main.main" and "waits" or nil end]]
    assert.truthy(show(out, "reason"):find "waits\n")
    assert.truthy(show(out, "stack"):find "main.main")
    assert.is_nil(show(out, "reason"):find "main.main")
  end)

  it("leaves a name empty for false; a frame has one", function()
    local out = written "function on.string(s, role) return false end"
    assert.is_nil(program.read(out):find "main")
    assert.truthy(show(out, "stack"):find "%?")
    assert.equal("0\n", program.run { "-e", [[local n = 0
      function on.UserLog(ev) n = n + #ev.value + #ev.key end function on.finish() print(n) end]], out }.out)
  end)

  it("has what the script before it made, in a pipeline", function()
    local out = program.tmpname()
    local r = program.run { "-o", out, "-e", "function on.string(s) return '<' .. s end",
      "-e", "function on.string(s) return s .. '>' end", small }
    assert.equal("", r.err)
    assert.truthy(show(out, "name"):find "<job>")
  end)

  it("sees events as they are, and events do not see it", function()
    local _, out = written [[
      function on.string(s) return "x" end
      function on.UserLog(ev) print(ev.key) end]]
    assert.equal("note\n", out)
  end)

  it("has all names of generations, of what goes on in them, and of long old traces", function()
    for _, name in ipairs { "go1.27-generations", "go1.22-generations", "go1.15-gc", "go1.21-http", "go1.19-mix" } do
      local path = program.root .. "testdata/real/" .. name .. ".trace"
      local same = written("function on.string(s, role) end function on.stack(st) end", path)
      assert.equal(all(written("function on.any(ev) end", path)), all(same), name)
      local hidden = written("function on.string(s, role) return role end", path)
      assert.is_nil(program.read(hidden):find("main.main", 1, true), name)
      assert.equal(show(same, ALL:gsub(", stack", "")), show(hidden, ALL:gsub(", stack", "")))
    end
  end)

  it("has the types of the alloc/free experiment", function()
    local path = program.root .. "testdata/real/go1.27-allocfree.trace"
    local types = {}
    local _, out = written([[function on.string(s, role) if role == "experiment" then print(s) end end]], path)
    for line in out:gmatch "[^\n]+" do
      types[#types + 1] = line
    end
    assert.truthy(#types > 10)
    local hidden = program.read((written([[function on.string(s, role)
      return role == "experiment" and "T" or nil end]], path)))
    local found = 0
    for _, name in ipairs(types) do
      found = found + (#name > 12 and hidden:find(name, 1, true) and 1 or 0)
    end
    assert.equal(0, found)
  end)

  it("says what it may return", function()
    local err, status = failure "function on.string(s, role) return 7 end"
    assert.truthy(err:find("-e: on.string returns a string, nothing to keep it, or false for an empty one, not ", 1,
      true), err)
    assert.equal(4, status)
    assert.truthy(failure("function on.string(s, role) return s.x.y end"):find("-e:1:", 1, true))
  end)

  it("is of no use without -o, and says so", function()
    local r = program.run { "-e", "function on.string(s) end", small }
    assert.equal("gotrace-lua: on.string and on.stack are about what -o writes, and nothing is written\n", r.err)
  end)

  it("is why nothing is copied", function()
    local r = program.run { "--explain", "-o", program.tmpname(), "-e", "function on.string(s) end", small }
    assert.truthy(r.err:find "output: rewritten, not copied: on.string")
  end)
end)

describe("on.stack", function()
  it("is called once for each stack, and keeps it by returning nothing", function()
    local out, printed = written [[function on.stack(st) print(st[1].func) end]]
    local _, n = printed:gsub("\n", "")
    assert.equal(4, n)
    assert.equal(all(written "function on.any(ev) end"), all(out))
  end)

  it("gives other frames, each with a place of its own", function()
    local out = written [[function on.stack(st)
      return { { func = "a.B", file = "b.go", line = 3 }, { func = st[1].func } } end]]
    local r = program.run { "-e", [[function on.UserLog(ev)
      for _, f in ipairs(ev.stack) do print(f.func, f.file, f.line, f.pc > 0) end
      print(ev.stack[1].pc ~= ev.stack[2].pc) end]], out }
    assert.equal("a.B\tb.go\t3\ttrue\nmain.main\t?\t1\ttrue\ntrue\n", r.out)
  end)

  it("takes a stack away by false", function()
    local out = written "function on.stack(st) return false end"
    assert.is_nil(program.read(out):find "chanrecv1")
    assert.is_nil(show(out, "stack"):find "main")
  end)

  it("has its names asked for", function()
    local _, out = written [[
      function on.stack(st) return { { func = "new.F", file = "new.go", line = 1 } } end
      function on.string(s, role) if role == "func" then print(s) end end]]
    assert.equal("new.F\n", out)
  end)

  it("says what it may return", function()
    for script, text in pairs {
      ["return 'x'"] = "on.stack returns a list of frames, nothing to keep the stack, or false for none, not a string",
      ["return { 'x' }"] = "on.stack returns frames, {func =, file =, line =}, not string",
      ["return { { func = 1 } }"] = "on.stack returned a frame whose func is a number, not a string",
      ["return { { func = 'f', line = -1 } }"] = "on.stack returned a frame whose line is -1",
    } do
      local err, status = failure("function on.stack(st) " .. script .. " end")
      assert.truthy(err:find(text, 1, true), err)
      assert.equal(4, status)
    end
  end)
end)
