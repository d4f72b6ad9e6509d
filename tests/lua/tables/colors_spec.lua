-- Tables have bold headings and green bars on a terminal, unless somebody minds; nothing else
-- that is printed has, and no other form.
local program = require "support.program"

teardown(program.clean)

local gc = program.recording "gc"

-- What a command prints on a terminal (script(1) makes one).
local function on_terminal(env, ...)
  local command = program.quote(("%s %s"):format(env, program.line { ... }))
  local r = program.shell(("TERM=xterm script -qec %s /dev/null </dev/null"):format(command))
  return (r.out:gsub("\r", ""))
end

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  return r.out
end

describe("Colours", function()
  it("are those of a terminal alone", function()
    local plain, seen = prints("heap", gc), on_terminal("", "heap", gc)
    assert.is_nil(plain:find "\27")
    assert.matches("^\27%[1m *time +heap +goal\27%[0m\n", seen)
    assert.matches("  \27%[32m#+\27%[0m\n", seen)
    local bare = seen:gsub("\27%[%d*m", "")
    assert.equal(plain:match "^[^\n]*\n[^\n]*#", bare:match "^[^\n]*\n[^\n]*#")
  end)

  it("are not there if NO_COLOR is, for a terminal that has none, or with --color=never", function()
    for _, env in ipairs { "NO_COLOR=1", "TERM=dumb" } do
      assert.is_nil(on_terminal(env, "heap", gc):find "\27")
    end
    assert.is_truthy(on_terminal("NO_COLOR=", "heap", gc):find "\27")
    assert.is_nil(on_terminal("", "--color=never", "heap", gc):find "\27")
  end)

  it("are there with --color=always, in text", function()
    assert.matches("^\27%[1mtype +count\27%[0m\n%a+ +[%d,]+\n", prints("--color=always", "events", gc))
    for _, form in ipairs { "csv", "json" } do
      assert.is_nil(prints("--color=always", "-F", form, "events", gc):find "\27")
    end
    local r = program.run { "--color=sometimes", "events", gc }
    assert.equal(2, r.status)
    assert.matches("sometimes", r.err)
  end)

  it("come from no name in a trace", function()
    local r = program.run { "--color=always", "-e", "count('n', '\27[31mk'):add '\27[31mx'", gc }
    assert.equal("\27[1m\\x1b[31mk  n\27[0m\n\\x1b[31mx  1\n", r.out)
  end)
end)
