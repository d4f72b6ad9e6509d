-- The release build as a file: what guards it, and what it does not give away.
local program = require "tests.support.program"

local release = program.root .. "build/release/gotrace-lua"

local function readelf(words)
  local run = program.shell(("readelf -W %s '%s'"):format(words, release))
  assert.equal(0, run.status, run.err)
  return run.out
end

describe("the release build", function()
  teardown(program.clean)

  it("lies at no known address", function()
    assert.matches("Type:%s+DYN", readelf "-h")
    assert.matches("Flags:[^\n]*PIE", readelf "-d")
  end)

  it("runs nothing on its stack", function()
    local flags = readelf("-l"):match "GNU_STACK%s+%w+ %w+ %w+ %w+ %w+ (%u*)"
    assert.equal("RW", flags)
  end)

  it("is bound at its start, and its tables are read-only then", function()
    assert.matches("GNU_RELRO", readelf "-l")
    assert.matches("BIND_NOW", readelf "-d")
  end)

  it("notices what is written beyond an array", function()
    local symbols = readelf "-s"
    assert.matches("__stack_chk_fail", symbols)
    assert.matches("__vsnprintf_chk", symbols)
  end)

  it("jumps to the beginnings of functions only", function()
    if jit.arch ~= "x64" then
      return
    end
    local _, n = program.read(release):gsub("\243\15\30\250", "") -- endbr64
    assert.is_true(n > 100, n .. " marks")
  end)

  it("names no folder in which it was built", function()
    local root = program.shell(("cd '%s.' && pwd -P"):format(program.root)).out:gsub("\n$", "")
    assert.matches("^/.", root)
    assert.is_nil(program.read(release):find(root, 1, true))
  end)
end)

describe("what is embedded", function()
  teardown(program.clean)

  -- Keys of every kind, in tables in functions in functions.
  local function text()
    local keys = {}
    for i = 1, 40 do
      keys[i] = ("k%d = %d, [%d] = 'v%d', [%d.5] = true, [0x7fffffff%d] = false"):format(i, i, i * 7, i, i, i)
    end
    local t = "{" .. table.concat(keys, ", ") .. "}"
    return ("local a, b = 0x1234567890LL, 2i local t = %s\nreturn function(x) return a, b, x, t, %s end"):format(t, t)
  end

  it("is the same whenever it is made", function()
    local dir = program.folder { ["a.lua"] = text() }
    local embed, made = program.path:gsub("gotrace%-lua$", "embed"), {}
    for i = 1, 5 do
      local run = program.shell(("%s %s/out %s %s/a.lua"):format(embed, dir, dir, dir))
      assert.same({ out = "", err = "", status = 0 }, run)
      made[i] = program.read(dir .. "/out")
      assert.equal(made[1], made[i])
    end
  end)
end)
