-- What is seen in a script's text before it runs: words that no trace has, and
-- hooks that are none. Never a script that is right.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(...)
  return program.run_codes(small, ...)
end

describe("A comparison in a span's hook", function()
  for body, what in pairs {
    ['if s.state == "Run" then end'] = 'no trace has state "Run"',
    ['return s.prev ~= "Wating"'] = 'no trace has prev "Wating" (did you mean "Waiting"?)',
    ['if "chan recieve" == s.reason then end'] = '(did you mean "chan receive"?)',
    ['return s.state == Running'] = 'state is compared with Running, which is nothing here',
    ['return s.to == "Running"'] = "to is ns, such as 1500 or 5ms, and never text",
  } do
    it("is refused where nothing can be it: " .. body, function()
      for _, code in ipairs { "function on.state(s)\n%s end", "on.anyspan = function(s)\n%s end" } do
        local r = run((code:gsub("%%s", body)))
        assert.same({ 2, "" }, { r.status, r.out })
        assert.matches("^gotrace%-lua: %-e:2: ", r.err)
        assert.matches(what, r.err, 1, true)
      end
    end)
  end

  it("is none of an event's, and the other way round", function()
    for _, code in ipairs {
      'function on.state(s) if s.state == "Running" or s.next == "NotExist" or s.open == "end" then end end',
      'function on.state(s) if s.type == "anything" or s.kind == "state" then end end',
      'local function f(x) if x.kind == "GC mark termination" or x.state == "?" then end end on.GoBlock, on.stw = f, f',
    } do
      local r = run(code)
      assert.not_equal(2, r.status, r.err)
    end
  end)
end)

describe("A comparison in a hook is refused", function()
  for body, what in pairs {
    ['if ev.reason == "snyc" then end'] = 'no trace has reason "snyc" (did you mean "sync"?)',
    ['if "snyc" == ev.reason then end'] = '(did you mean "sync"?)',
    ['if ev["reason"] ~= "snyc" then end'] = '(did you mean "sync"?)',
    ['return ev.type ~= "GoBlok"'] = 'no trace has type "GoBlok" (did you mean "GoBlock"?)',
    ['return ev.type == "GoBlockSend"'] = 'shown as type == "GoBlock" with reason == "chan send"',
    ['return ev.type == "Go*"'] = 'type:find "^Go"',
    ['return ev.g == "1"'] = "g is a number and never text: write 1 without quotes",
    ['local r = ev.reason return r == "snyc"'] = '(did you mean "sync"?)',
    ["return ev.type == GoBlok"] = 'type is compared with GoBlok, which is nothing here: text is in quotes, "GoBlock"',
  } do
    it("where nothing can be it: " .. body, function()
      for _, code in ipairs {
        "function on.any(ev)\n%s end", "on.GoBlock = function(ev)\n%s end", "function scan.any(ev)\n%s end",
        "local function f(ev)\n%s end on.GoBlock, on.GoStop = f, f",
      } do
        local r = run(code:gsub("%%s", (body:gsub("%%", "%%%%"))), nil)
        assert.equal(2, r.status)
        assert.equal("", r.out)
        assert.matches("^gotrace%-lua: %-e:2: ", r.err)
        assert.matches(what, r.err, 1, true)
      end
    end)
  end

  it("in a module as well", function()
    local dir = program.folder { ["a.lua"] = "require 'b'",
      ["b.lua"] = "\nfunction on.GoBlock(ev) return ev.reason == 'snyc' end" }
    local r = program.run { dir .. "/a.lua", small }
    assert.equal(2, r.status)
    assert.matches("b.lua:2: no trace has reason", r.err)
  end)
end)

describe("A script is not refused", function()
  for _, code in ipairs {
    'function on.GoBlock(ev) return ev.reason == "sync" or ev.reason == "chan receive" end',
    'function on.STWBegin(ev) return ev.kind == "GC mark termination" end',
    'function on.any(ev) if ev.type == "GoSwitch" or ev.type == "GoBlock" then n = 1 end end',
    'function on.UserLog(ev) return ev.key == "anything" and ev.value == "snyc" end',
    'function on.GoBlock(ev) ev.reason = "mine" if ev.reason == "mine" then n = 1 end end',
    'local function f(x) return x.reason == "snyc" end function on.GoBlock(ev) f { reason = "snyc" } end',
    'local on = { } function on.GoBlock(ev) return ev.reason == "snyc" end print(1)',
    'function on.finish() local ev = { type = "x" } if ev.type == "x" then n = 1 end end',
    'function on.damage(d) return d.what == "nothing" end',
    'local t = { GoBlock = function() end } function t.GoStop() end function on.finish() t.GoBlock() end',
    'function GoBlock() end function on.GoBlock() GoBlock() end',
    'local function finish() end function on.finish() finish() end',
    'function begin() end function on.finish() _G["begin"]() end',
    'local function damage() end on.damage = damage',
    'local wanted = "sync" function on.GoBlock(ev) return ev.reason == wanted end',
    'function on.begin() wanted = "sync" end function on.GoBlock(ev) return ev.reason == wanted end',
    '_G["wanted"] = "sync" function on.GoBlock(ev) return ev.reason == wanted end',
    'function on.GoBlock(ev) for _, word in ipairs { "a" } do if ev.reason == word then n = 1 end end end',
  } do
    it("that is right: " .. code, function()
      local r = run(code)
      assert.equal(0, r.status)
      assert.equal("", (r.err:gsub("gotrace%-lua: [^\n]* without %-o\n", "")
        :gsub("gotrace%-lua: %-e has no hooks[^\n]*\n", "")))
    end)
  end

  it("for a word that a script before it has made", function()
    local use = 'function on.GoBlock(ev) return ev.reason == "mine" end'
    assert.equal(2, run(use).status)
    assert.equal(0, run('function on.GoBlock(ev) ev.reason = "mine" end', use).status)
    assert.equal(2, run("function on.GoBlock(ev) end", use).status)
  end)

  it("among those that come with the program, and in the documents", function()
    for _, name in ipairs { "cat", "created_by", "grep", "keep" } do
      local r = program.run { "-n", program.root .. "scripts/" .. name .. ".lua", "x" }
      assert.equal("", r.err)
    end
  end)
end)

describe("A function that looks like a hook and is none is refused:", function()
  for code, what in pairs {
    ["function finish(t) end"] = "function finish is called by nobody: a hook is function on.finish(trace)",
    ["local function GoBlock(ev) end"] = "a hook is function on.GoBlock(ev)",
    ["function onGoBlock(ev) end"] = "function onGoBlock is called by nobody",
    ["function on_GoBlock(ev) end"] = "function on_GoBlock is called by nobody",
    ["GoBlock = function(ev) end"] = "function GoBlock is called by nobody",
    ["function damage(d) end"] = "a hook is function on.damage(d)",
    ["function on:GoBlock(ev) end"] = "function on:GoBlock has a hidden parameter, self",
  } do
    it(code, function()
      local r = run("function on.GoStart() end\n" .. code)
      assert.equal(2, r.status)
      assert.matches("gotrace-lua: -e:2: " , r.err, 1, true)
      assert.matches(what, r.err, 1, true)
    end)
  end
end)

describe("A script whose hooks ask only for what came with a later Go", function()
  local old = program.root .. "testdata/real/go1.19-sync.trace"
  local code = 'function on.any(e) if e.type == "GoSwitch" then print(e) end end'

  it("is refused, as -f is", function()
    local r = program.run { "-e", code, old }
    assert.same({ 2, "" }, { r.status, r.out })
    assert.equal('gotrace-lua: -e: no trace of Go 1.19 has type "GoSwitch", which came with Go 1.23\n', r.err)
    r = program.run { "-e", code, old, small }
    assert.equal(0, r.status)
    assert.matches("go1.19%-sync.trace: %-e: no trace of Go 1.19 has", r.err)
  end)

  it("is not, if it does anything else", function()
    for _, more in ipairs { "function on.finish() end", "function on.GoBlock() end", 'local c = count "n"' } do
      local r = program.run { "-e", code .. " " .. more, old }
      assert.same({ 0, "" }, { r.status, r.err })
    end
  end)
end)
