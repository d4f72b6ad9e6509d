-- What a run's plan is made from: what is declared, never what a hook looks like.
local program = require "support.program"

teardown(program.clean)

local sync, http = program.recording "sync", program.recording "http"

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- A script of that text, with an option `match` that is an expression.
local function asking(text, default)
  local head = ('args = { { name = "match", type = "expr", default = %q } }\n'):format(default or "true")
  local path = program.tmpname() .. ".lua"
  program.write(path, head .. text)
  return path
end

describe("a hook without a parameter sees all of an event", function()
  local COUNT = [[
    local n = 0
    function on.GoBlock(%s) if opt.match() then n = n + 1 end end
    function on.finish() print(n) end]]

  it("by an option that is an expression", function()
    for _, match in ipairs { 'reason == "sync"', "g", "m ~= nil", "#stack > 0", "off > 0", "ev.reason == 'sync'" } do
      local with = prints(asking(COUNT:format "ev"), "--match=" .. match, sync)
      assert.equal(with, prints(asking(COUNT:format ""), "--match=" .. match, sync))
      assert.is_true(tonumber(with) > 100, match)
    end
  end)

  it("by an ev that it kept", function()
    assert.equal(prints("-e", "function on.GoBlock(ev) print(ev, ev.g, ev.stack.leaf) end", sync),
      prints("-e", [[local kept
        function scan.GoBlock(ev) kept = ev end
        function on.GoBlock() print(kept, kept.g, kept.stack.leaf) end]], sync))
  end)

  it("by a function of many arguments, or of one that another gave", function()
    assert.equal(prints("-e", "function on.GoBlock(ev) print(ev) end", sync),
      prints("-e", "function on.GoBlock(...) print((...)) end", sync))
  end)

  it("whatever else counts", function()
    assert.matches("^170\n", prints("-s", "events", asking(COUNT:format ""), '--match=reason == "sync"', sync))
  end)
end)

describe("in thread order", function()
  local THREAD = [[order = "thread" local n = 0
    function on.GoBlock() if opt.match() then n = n + 1 end end function on.finish() print(n) end]]

  it("what is not known is an error, whoever asks", function()
    for _, field in ipairs { "p", "g" } do
      local r = program.run { asking(THREAD), "--match=" .. field .. " == 1", sync }
      assert.equal(4, r.status)
      assert.matches(field .. ' is not known in thread order: this run has order = "thread"', r.err)
      for _, get in ipairs { "ev.%s", "ev:copy().%s" } do
        local code = 'order = "thread" function on.GoBlock(ev) print(%s) end'
        r = program.run { "-e", code:format(get:format(field)), sync }
        assert.equal(4, r.status)
        assert.matches(field .. " is not known in thread order", r.err)
      end
    end
  end)

  it("scripts that only scan have a say, too", function()
    local order = [[order = "thread" local n = 0 function on.GoBlock() n = n + 1 end function on.finish() print(n) end]]
    local look = [[local n = 0
      function scan.GoBlock(ev) if ev.g then n = n + 1 end end function on.finish() print(n) end]]
    for _, words in ipairs { { "-e", order, "-e", look }, { "-e", look, "-e", order } } do
      assert.equal("217\n217\n", prints(words[1], words[2], words[3], words[4], sync))
    end
    local both = 'order = "thread" ' .. look
    local r = program.run { "-e", order, "-e", both, sync }
    assert.equal(4, r.status)
    assert.matches("g is not known in thread order", r.err)
    assert.equal("217\n217\n", prints("-e", order, "-e", (both:gsub("ev%.g", "ev.m")), sync))
  end)

  it("what is not known is not printed as none", function()
    local r = program.run { "-e", 'order = "thread" function on.any(ev) print(ev) end', http }
    local n = 0
    for line in r.out:gmatch "[^\n]+" do
      assert.truthy(line:find "^[%d.]+ m=%S+ p=%? g=%? ", line)
      n = n + 1
    end
    assert.equal(12896, n)
  end)

  it("the rest is", function()
    assert.equal("170\n", prints(asking(THREAD), '--match=reason == "sync"', sync))
    local text = prints("-e", [[order = "thread"
      function on.GoBlock(ev) for k in pairs(ev) do print(k) end end]], sync)
    assert.is_nil(text:find "\n[pg]\n")
  end)

  it("does not hold where others want full order", function()
    assert.equal("10\n", prints(asking(THREAD), "--match=g == 1", "-e", "function on.GoStop() end", sync))
  end)
end)

describe("drop", function()
  it("leaves types out for the script itself and those behind it", function()
    local all = prints("events", "-F", "csv", http)
    local some = prints("-e", 'drop("GoSt*", "HeapAlloc") function on.any(ev) assert(ev.type ~= "GoStart") end', "-s",
      "events", "-F", "csv", http)
    assert.equal((all:gsub("GoSt%a+,%d+\n", ""):gsub("HeapAlloc,%d+\n", "")), some)
    assert.equal(all, prints("-s", "events", "-e", 'drop "GoSt*"', "-F", "csv", http))
  end)

  it("takes lists, and names with * and ?", function()
    assert.equal(prints("-e", 'drop("GoStart", "GoStop")', "-s", "cat", http),
      prints("-e", 'drop({ "GoStar?" }, "GoSto*")', "-s", "cat", http))
  end)

  it("does not hold for scan hooks", function()
    assert.equal("5543\n", prints("-e", [[drop "GoStart" local n = 0
      function scan.GoStart() n = n + 1 end function on.begin() print(n) end]], http))
  end)

  it("holds for events that are added before it", function()
    local path = program.tmpname()
    local add = "function on.GoCreate() emit('UserLog', { key = 'k' }) end"
    assert.equal(0, program.run { "-q", "-o", path, "-e", add, "-e", 'drop "UserLog"', http }.status)
    assert.is_nil(prints("events", path):find "UserLog")
  end)

  it("is the same as a hook, written and counted", function()
    local function written(...)
      local path = program.tmpname()
      local r = program.run { "-o", path, ... }
      local err = r.err:gsub(path:gsub("%p", "%%%0"), "OUT"):gsub(" %(UserLog%)", "") -- a hook has no name for it
      return prints("cat", path), err, r.status
    end
    local trace = program.recording "annotations"
    local hook = { written("-e", "function on.UserLog() return false end", trace) }
    for _, words in ipairs { { "-e", 'drop "UserLog"' }, { "-f", 'type ~= "UserLog"' }, { "drop", "--types=UserLog" },
      { "-f", 'not (type == "UserLog")' } } do
      table.insert(words, trace)
      assert.same(hook, { written(unpack(words)) })
    end
  end)

  it("says what is wrong with it", function()
    for code, message in pairs {
      ["drop 'GoStrat'"] = "%-e:1: drop: there is no event GoStrat %(did you mean",
      ["drop(5)"] = '%-e:1: drop wants names of event types, as in drop%("UserLog"%), not number',
      ["drop 'GoSysCall'"] = "there is no event GoSysCall %(that is GoSyscallBegin now%)",
    } do
      local r = program.run { "-e", code, http }
      assert.equal(2, r.status)
      assert.matches(message, r.err)
    end
    local r = program.run { "-e", "function on.begin() drop 'GoStart' end", http }
    assert.equal(4, r.status)
    assert.matches("types are dropped while the script loads", r.err)
  end)
end)

describe("count_types", function()
  local BY_HAND = [[local by = count("n", "type") function on.any(ev) by:add(ev.type) end]]

  it("counts what comes to the script", function()
    assert.equal(prints("-e", BY_HAND, http), prints("-e", [[count_types "n"]], http))
    assert.equal(prints("-f", "g == 1", "-e", BY_HAND, http), prints("-f", "g == 1", "-e", [[count_types "n"]], http))
  end)

  it("does not keep hooks from seeing all of an event", function()
    local text = prints("-F", "csv", "-e", [[count_types "n" function on.GoCreate(ev) print(ev) end]], http)
    assert.equal(prints("-F", "csv", "-e", "function on.GoCreate(ev) print(ev) end", http), text:match "^(.-)type,n\n")
  end)

  it("is said while the script loads", function()
    assert.matches("while the script loads", program.run { "-e", "function on.begin() count_types() end", http }.err)
  end)
end)
