-- probe(name, fn): hooks that come and go.
local program = require "support.program"
local small = require "spans.small"

teardown(program.clean)

local run, lines = small.run, small.lines

local file
setup(function()
  file = small.one_thread(
    { "UserLog", 9, 0, 5, 6, 1 },
    { "GoCreate", 10, 2, 2, 1 },
    { "UserLog", 10, 0, 5, 6, 1 },
    { "GoBlock", 10, 1, 1 },
    { "GoStart", 10, 2, 1 },
    { "UserLog", 10, 0, 5, 6, 1 },
    { "GoDestroy", 10 }
  )
end)

describe("A probe", function()
  it("is detached at first, and called from the event behind the one that attaches it", function()
    assert.same({ "log 30", "log 60", "false" }, lines([[
      local h = probe("UserLog", function(ev) print("log " .. ev.time) end)
      function on.GoCreate() h:attach() end
      function on.UserLog(ev) if ev.time == 60 then h:detach() end end
      function on.finish() print(h.attached) end]], file))
    assert.same({ "10", "30", "60" }, lines([[
      local h = probe("UserLog", function(ev) print(ev.time) end)
      h:attach()]], file))
    assert.same({ "30", "60" }, lines([[
      local h
      h = probe("UserLog", function(ev) print(ev.time) end)
      local first = probe("UserLog", function() h:attach() end)
      first:attach()]], file))
  end)

  it("stands among hooks of its name in the order of declaration", function()
    local code = [[
      local a = probe("UserLog", function() print "a" end)
      function on.UserLog() print "own" return %s end
      local b = probe("UserLog", function() print "b" end)
      function on.any(ev) if ev.type == "UserLog" then print "any" end end
      group(a, b):attach()
      function on.GoCreate() group(b, group(a)):detach() end]]
    assert.same({ "any", "a", "own", "b", "any", "own", "any", "own" }, lines(code:format "nil", file))
    assert.same({ "any", "a", "own", "any", "own", "any", "own" }, lines(code:format "false", file))
  end)

  it("may be for any event, for what nobody handles, for spans and for marks", function()
    assert.same({ "GoBlock", "GoStart", "UserLog" }, lines([[
      local h = probe("any", function(ev) print(ev.type) end)
      function on.UserLog(ev) if ev.time == 30 then h:attach() elseif ev.time == 60 then h:detach() end end]],
      file))
    assert.same({ "u ProcStatus", "u GoStatus", "own GoCreate", "u GoBlock", "u GoStart", "u GoDestroy" },
      lines([[local h = probe("GoCreate", function(ev) print("own " .. ev.type) end)
      local g = probe("GoBlock", function(ev) print("own " .. ev.type) end)
      function on.UserLog(ev) if ev.time == 10 then h:attach() end end
      function on.unhandled(ev) print("u " .. ev.type) end]], file))
    assert.same({ "1 Running 40", "2 Runnable 50", "2 Running 70", "1 Waiting 71" }, lines([[
      local h = probe("state", function(s) print(("%d %s %d"):format(s.g, s.state, s.to)) end)
      function on.GoBlock() h:attach() end]], file))
    assert.same({ "2 50" }, lines([[
      local h = probe("anyspan", function(s) print(s.g .. " " .. s.to) end)
      function on.state(s)
        if s.to == 40 then h:attach() elseif s.to == 50 then h:detach() end
      end]], file))
    assert.same({ "0" }, lines([[local h = probe("finish", function() print "0" end) h:attach()]], file))
    assert.same({ "sleep" }, lines([[local h = probe("GoBlockRecv", function() print "sleep" end) h:attach()]], file))
  end)

  it("that a span's hook attaches misses nothing that follows", function()
    assert.same({ "GoStart 50", "UserLog 60", "GoDestroy 70" }, lines([[
      local h = probe("any", function(ev) print(ev.type .. " " .. ev.time) end)
      function on.state(s) if s.g == 1 and s.state == "Running" then h:attach() end end]], file))
  end)

  it("drops events while it is attached", function()
    local out = program.tmpname()
    local r = run([[local h = probe("UserLog", function() return false end)
      function on.GoCreate() h:attach() end
      function on.GoBlock() h:detach() end]], file, "-q", "-o", out)
    assert.equal("", r.err)
    assert.same({ "10", "60" }, lines("function on.UserLog(ev) print(ev.time) end", out))
  end)

  it("sees added events, too", function()
    local r = program.run { "-e", "function on.GoCreate() emit('UserLog', { key = 'mine' }) end", "-e", [[
      local h = probe("UserLog", function(ev) print(ev.key) end)
      function on.GoCreate() h:attach() end
      function on.GoBlock() h:detach() end]], file }
    assert.equal("mine\nouter\n", r.out)
  end)

  it("begins detached for each trace", function()
    local code = [[local h = probe("UserLog", function(ev) print(ev.time) end)
      function on.begin() print(h.attached) end
      function on.GoBlock() h:attach() end]]
    local r = program.run { "-e", code, file, file }
    assert.equal(("false\n60\n"):rep(2), r.out)
  end)

  it("may be attached in a first pass", function()
    assert.same({ "10", "30", "60" }, lines([[local h = probe("UserLog", function(ev) print(ev.time) end)
      function scan.GoDestroy() h:attach() end]], file))
  end)

  it("costs no call while it is detached, and its types come from the start", function()
    local r = program.run { "--explain", "-e", 'order = "thread" local h = probe("GoStart", function() end)', file }
    assert.matches("types: 1 of %d+: GoStart", r.err)
    assert.matches("order: thread", r.err)
    assert.same({ "0" }, lines([[local n = 0
      local h = probe("any", function() n = n + 1 end)
      local again = probe("anyspan", function() n = n + 1 end)
      function on.finish() print(n) end]], file))
  end)
end)

describe("What is wrong with a probe", function()
  local function fails(status, pattern, code)
    local r = run(code, file)
    assert.equal(status, r.status, code)
    assert.matches(pattern, r.err)
  end

  it("is said at its line", function()
    fails(4, "^gotrace%-lua: %-e:2: probe: a hook makes none: declare it at the top of the script, and attach it here",
      "function on.UserLog()\n probe('GoBlock', print) end")
    fails(2, '^gotrace%-lua: %-e:1: unknown hook on.GoBlok %(did you mean "GoBlock"%?%)', "probe('GoBlok', print)")
    fails(2, '%-e:1: probe wants the name of a hook and a function: probe%("GoBlock", function', "probe('GoBlock')")
    fails(2, "%-e:1: call it with a colon: h:attach%(%)", "local h = probe('GoBlock', print) h.attach()")
    fails(2, "%-e:1: cannot set probe.attached: attach and detach it", "probe('GoBlock', print).attached = true")
    fails(2, '%-e:1: a probe has no field "on"; it has attach%(%), detach%(%), attached and name',
      "print(probe('GoBlock', print).on)")
    fails(2, "%-e:1: group wants probes and groups, not number", "group(1)")
    fails(2, '%-e:1: a group has no field "n"; it has attach%(%), detach%(%)\n', "print(group().n)")
    fails(4, "hook: probe UserLog\n  event: 3 at offset",
      "probe('UserLog', function(ev) error 'no' end):attach() function on.UserLog() end")
    fails(2, '%-e:1: no trace has reason "slep"',
      "probe('GoBlock', function(ev) if ev.reason == 'slep' then print(ev) end end)")
  end)
end)

describe("Probes that come and go", function()
  local code = [[
    local n, sum = 0, 0
    local blocks = probe("GoBlock", function(ev) n = n + 1 sum = (sum * 31 + ev.time) % 2 ^ 40 end)
    local all = probe("any", function(ev) sum = (sum * 31 + ev.n) % 2 ^ 40 end)
    local spans = probe("state", function(s) sum = (sum * 31 + s.dur) % 2 ^ 40 end)
    local some = group(blocks, spans)
    function on.generation(gen) some:attach() end
    function on.GoUnblock(ev)
      if n %% 7 == 3 then all:attach() elseif n %% 7 == 5 then all:detach() end
      if n %% 50 == 49 then n = n + 1 some:detach() end
    end
    function on.GCBegin() some:attach() end
    function on.HeapAlloc() n = n + 1 end
    function on.finish() print(n, sum) end]]
  code = code:gsub("%%%%", "%%")

  it("do so over generations, the same by every path", function()
    for _, name in ipairs { "generations", "gc", "mix" } do
      local path = program.recording(name)
      local slow = program.run { "-e", code, path, env = "GOTRACE_PATHS=slow" }
      assert.equal("", slow.err)
      for _, paths in ipairs { "threads", "map,threads", "types,count" } do
        assert.equal(slow.out, program.run({ "-e", code, path, env = "GOTRACE_PATHS=" .. paths }).out, name)
      end
      assert.equal(slow.out, program.run({ "-e", code, path }).out, name)
      assert.equal(slow.out:rep(2), program.run({ "-e", code, path, path }).out, name)
    end
  end)
end)
