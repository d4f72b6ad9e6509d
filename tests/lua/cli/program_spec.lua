-- --binary: names for the stacks of Go 1.5 out of the program that was traced.
local file = require "symbols.program_file"
local program = require "support.program"
local v1 = require "v1.v1_trace"

local TEXT = 0x401000

-- A trace of Go 1.5 in which goroutine 1 starts goroutine 2. start: where that begins;
-- frames: of goroutine 1, return addresses.
local function trace(start, ...)
  local t = v1.trace(5):Batch(0, 0, 1000):GoCreate(0, 0, 1, TEXT, 0):GoStart(1, 10, 1)
  return program.tmpfile(t:GoCreate(1, 10, 2, start, 1):Stack(1, ...):finish())
end

local function binary(o)
  return program.tmpfile(file.program(o or {}))
end

local show = [[
function on.GoCreate(ev)
  for _, st in ipairs { ev.stack, ev.new_stack } do
    for _, f in ipairs(st) do print(f.func, f.file, f.line, ("%x"):format(f.pc)) end
  end
end]]

-- The call in main.work returns to where main.last begins: looked up is the address
-- before.
local NAMED = "main.work\t/src/work.go\t300\t401060\n" .. "main.main\t/src/main.go\t10\t401004\n" ..
  "main.work\t/src/work.go\t20\t401041\n"
local STACK = { TEXT + 0x60, TEXT + 4 }

local function run(...)
  return program.run { ... }
end

describe("--binary", function()
  teardown(program.clean)
  local path, right, quiet

  setup(function()
    path, right = trace(TEXT + 0x40, unpack(STACK)), binary()
    quiet = "function on.GoCreate(ev) if #ev.stack > 0 then print(ev.stack, ev.new_stack) end end"
  end)

  local function names(...)
    local r = run("--binary", right, "-e", show, ...)
    assert.equal("", r.err)
    assert.equal(0, r.status)
    return r.out
  end

  it("gives functions, files and lines", function()
    assert.equal("main.main\t/src/main.go\t10\t401001\n" .. NAMED, names(path))
    assert.equal("main.main\t/src/main.go\t10\t401001\n" .. NAMED, names("--from=-1s", path))
    local r = program.shell(("cat %s | %s"):format(path, program.line { "--binary", right, "-e", show, "-" }))
    assert.equal("main.main\t/src/main.go\t10\t401001\n" .. NAMED, r.out)
  end)

  it("gives them in thread order too, and to filters", function()
    local r = run("--binary", right, "-f", 'stack.leaf.func == "main.work"', "-p", "type", path)
    assert.equal("GoCreate\n", r.out:gsub("^type\n", ""))
    assert.equal("main.main\t/src/main.go\t10\t401001\n" .. NAMED, names("-e", "order = 'thread'", path))
  end)

  it("puts them into what is written", function()
    local out = program.tmpname()
    assert.equal(0, run("-q", "--binary", right, "-o", out, path).status)
    local r = run("-e", show, out)
    assert.equal(NAMED, r.out:sub(-#NAMED))
  end)

  it("is asked for where it is missing", function()
    assert.equal("0x401060 < 0x401004\t0x401041\n", run("-e", quiet, path).out)
    assert.matches("names +none, addresses only: %-%-binary PROGRAM\n", run("info", path).out)
    assert.matches("names +" .. right:gsub("%p", "%%%0") .. "\n", run("--binary", right, "info", path).out)
    assert.is_nil(run("info", program.recording "http").out:find("names ", 1, true))
  end)

  it("reads each kind of program", function()
    for kind in pairs(file.kinds) do
      for form in pairs(file.magics) do
        local r = run("--binary", binary { kind = kind, form = form }, "-e", quiet, path)
        assert.equal("main.work < main.main\tmain.work\n", r.out, kind .. form)
      end
    end
  end)

  it("is of no use for traces that have names", function()
    local http = program.recording "http"
    local r = run("--binary", right, "count_gocreate", http)
    assert.equal("gotrace-lua: " .. http .. ": --binary is of no use: stacks have their names in traces of Go 1.7 " ..
      "and later, this is one of Go 1.26\n", r.err)
    assert.equal(0, r.status)
    assert.equal(run("count_gocreate", http).out, r.out)
    assert.equal("", run("-q", "--binary", right, "count_gocreate", http).err)
    r = run("--binary", right, "--verify", http)
    assert.equal("gotrace-lua: --verify reads traces and does nothing else: no --binary\n", r.err)
  end)

  it("wants a program with a line table", function()
    local gone = program.tmpname()
    os.remove(gone)
    local cases = {
      [gone] = "cannot open " .. gone .. ": No such file or directory",
      [path] = path .. ": it is a trace: the program is wanted that was traced",
      ["/"] = "/: it is a folder",
    }
    for name, want in pairs(cases) do
      local r = run("--binary", name, "-e", show, path)
      assert.equal("gotrace-lua: --binary: " .. want .. "\n", r.err)
      assert.equal("", r.out)
      assert.equal(2, r.status)
    end
    local r = run("--binary", binary { form = "1.2", name = false, text = 2 ^ 40 }, "-e", show, path)
    assert.equal(2, r.status)
  end)

  it("leaves addresses as they are that are not in the program, and says which", function()
    local other = trace(TEXT + 0x40, TEXT + 0x60, 0x999)
    local r = run("--binary", right, "-e", quiet, other)
    assert.equal("main.work < 0x999\tmain.work\n", r.out)
    assert.equal(("gotrace-lua: %s: --binary %s: it may not be the program that was traced: 1 of 2 addresses in " ..
      "stacks are not in it (have 0x999)\n"):format(other, right), r.err)
    assert.equal(2, r.status)
    r = run("-q", "--binary", right, "-e", quiet, other)
    assert.equal("", r.err)
    assert.equal(2, r.status)
  end)

  it("sees goroutines that begin where no function does", function()
    local other = trace(TEXT + 0x44, unpack(STACK))
    local r = run("--binary", right, "-e", quiet, other)
    assert.equal("main.work < main.main\tmain.work\n", r.out)
    assert.matches("it may not be the program that was traced: 1 of 2 addresses where goroutines begin are not " ..
      "where functions of it begin %(have 0x401044%)\n$", r.err)
    assert.equal(2, r.status)
  end)

  it("takes no names from another program", function()
    local other = trace(TEXT + 0x40, TEXT + 0x60, 1, 2, 3, 4, 5, 6, 7)
    local r = run("--binary", right, "-e", quiet, other)
    assert.equal("0x401060 < 0x1 < 0x2 < 0x3 < 0x4 < 0x5 < 0x6 < 0x7\t0x401041\n", r.out)
    assert.matches("it is not the program that was traced, and no names are taken from it: 7 of 8 addresses in " ..
      "stacks are not in it %(have 0x1, 0x2, 0x3, 0x4, 0x5 and 2 more%)\n$", r.err)
    assert.equal(2, r.status)
  end)

  it("takes no names from another build, which has most addresses", function()
    local t = v1.trace(5):Batch(0, 0, 1000):GoCreate(0, 0, 1, TEXT, 0):GoStart(1, 10, 1)
    for g = 2, 5 do
      t:GoCreate(1, 10, g, TEXT + 0x40 + g % 4, 1)
    end
    local other = program.tmpfile(t:Stack(1, unpack(STACK)):finish())
    local r = run("--binary", right, "-e", quiet, other)
    assert.matches("^0x401060 < 0x401004\t0x401043\n", r.out)
    assert.matches("not the program that was traced, .*: 3 of 5 addresses where goroutines begin", r.err)
  end)

  it("finds out where a PIE was loaded", function()
    local funcs = file.functions(TEXT)
    funcs[1].name = "runtime.main"
    local slide = 0x555555554000
    local function slid(by)
      local t = v1.trace(5):Batch(0, 0, 1000):GoCreate(0, 0, 1, TEXT + by, 0):GoStart(1, 10, 1)
      t:GoCreate(1, 10, 2, TEXT + 0x40 + by, 1):Stack(1, TEXT + 0x60 + by, TEXT + 4 + by)
      return run("--binary", binary { funcs = funcs }, "-e", quiet, program.tmpfile(t:finish()))
    end
    local r = slid(slide)
    assert.equal("main.work < runtime.main\tmain.work\n", r.out)
    assert.equal("", r.err)
    assert.equal(r.out, slid(0).out)
    assert.equal(2, slid(slide + 0x10).status)
  end)

  it("shows what a hostile program is called as text", function()
    local funcs = file.functions(TEXT)
    funcs[2].name = "a\27[31mb\nc"
    local r = run("--binary", binary { funcs = funcs }, "-p", "new_stack", path)
    assert.is_nil(r.out:find("\27", 1, true))
    assert.matches("a\\x1b[31mb\\nc", r.out, 1, true)
  end)
end)
