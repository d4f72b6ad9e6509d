-- Names out of programs' line tables against those of `go tool addr2line` of the Go
-- that built them: formats, byte orders, sizes, stripped or not; and the whole way
-- of a trace of Go 1.5 whose addresses are of such a program.
local ffi = require "ffi"
local engine = require "support.engine"
local programs = require "oracle.programs"
local tools = require "support.tools.tools"
local symbols = require "symbols.symbols"
local v1 = require "v1.v1_trace"
local lib, C = engine.lib, ffi.C

-- What is built: a version, a system, and how; `asked`: of which version addr2line
-- is, where it is not that one (Go 1.15's finds no table in a PIE); `external`: C's
-- linker puts it together, and code of C before Go's; `lost`: then, stripped, nothing
-- says any more where Go's begins, so both are wrong in the same way. Forms of the table: Go 1.15 has that
-- of 1.2, 1.19 that of 1.18, 1.27 that of 1.20.
local builds = {
  { "1.15", "linux/amd64" },
  { "1.15", "linux/amd64", pie = true, asked = "1.27" },
  { "1.15", "linux/386" },
  { "1.15", "linux/arm" },
  { "1.15", "linux/ppc64" }, -- big endian
  { "1.15", "windows/amd64" },
  { "1.15", "windows/386" },
  { "1.15", "darwin/amd64" },
  { "1.19", "linux/amd64" },
  { "1.19", "linux/386" },
  { "1.19", "windows/amd64" },
  { "1.19", "linux/amd64", external = true },
  { "1.27", "linux/amd64" },
  { "1.27", "linux/amd64", pie = true },
  { "1.27", "linux/amd64", external = true, lost = true },
  { "1.27", "linux/s390x" }, -- big endian
  { "1.27", "windows/amd64" },
  { "1.27", "darwin/arm64" },
}

local function quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

local function shell(line)
  local pipe = assert(io.popen(line .. " && echo done"))
  local text = pipe:read "*a"
  pipe:close()
  local out = text:match "^(.*)done\n$"
  return assert(out, line .. "\n" .. text)
end

-- go(goroot, words): a command of that toolchain and nobody else's settings.
local function go(goroot, words, environment)
  return shell(("env -u GOPATH GOROOT=%s GOENV=off GOFLAGS= GOWORK=off GO111MODULE=off GOTOOLCHAIN=local " ..
    "CGO_ENABLED=0 %s %s/bin/go %s"):format(goroot, environment or "", goroot, words))
end

local scratch = programs.scratch()

local function build(goroot, b, stripped)
  local out = ("%s/%s-%s%s%s"):format(scratch, b[1], b[2]:gsub("/", "-"), b.pie and "-pie" or "",
    (b.external and "-external" or "") .. (stripped and "-s" or ""))
  local words = ("build %s -ldflags='%s %s' -o %s %s"):format(b.pie and "-buildmode=pie" or "",
    stripped and "-s -w" or "", b.external and "-linkmode=external" or "", quote(out),
    quote(programs.root .. "/tests/oracle/go/named/main.go"))
  local system, machine = b[2]:match "^(.*)/(.*)$"
  go(goroot, words, ("GOOS=%s GOARCH=%s CGO_ENABLED=%d"):format(system, machine, b.external and 1 or 0))
  return out
end

-- Addresses in and around all functions: their begins, and some way into them. The
-- functions' begins also by name.
local function addresses(goroot, path)
  local pcs, begins, last = { 0, 1, 2 ^ 40 }, {}, nil
  for address, name in go(goroot, "tool nm -n " .. quote(path)):gmatch "(%x+) [Tt] ([^\n]*)" do
    local pc = tonumber(address, 16)
    begins[name] = begins[name] or pc
    for _, more in ipairs { -1, 0, 1, 7, 20, last and math.floor((pc - last) / 2) - pc + last or 3 } do
      pcs[#pcs + 1] = pc + more
    end
    last = pc
  end
  assert.is_true(#pcs > 3000)
  return pcs, begins
end

local function go_names(goroot, path, pcs)
  local lines = {}
  for i, pc in ipairs(pcs) do
    lines[i] = ("0x%x"):format(pc)
  end
  local asked = engine.tmpfile(table.concat(lines, "\n") .. "\n")
  return go(goroot, ("tool addr2line %s <%s"):format(quote(path), asked))
end

local function open(path)
  local out, diag = ffi.new "struct symbols *[1]", engine.diag()
  assert(lib.symbols_open(out, path, diag) == C.GOTRACE_OK, path .. ": " .. ffi.string(diag.what))
  return ffi.gc(out[0], lib.symbols_close)
end

-- As addr2line prints them.
local function our_names(path, pcs)
  local s, out = open(path), {}
  for i, pc in ipairs(pcs) do
    local func, file, line = symbols.find(s, pc)
    out[i] = func and ("%s\n%s:%d\n"):format(func, file, line == 0 and -1 or line) or "?\n?:0\n"
  end
  return table.concat(out)
end

-- What the linker itself makes has no source, and addr2line reads one out of the
-- wrong bytes.
local function is_linkers(func)
  return func:find "^go[:.]%l+$" ~= nil or func:find "^__x86%.get_pc_thunk%." ~= nil
end

local function same_names(pcs, want, have)
  if want == have then
    return
  end
  local theirs, ours = want:gmatch "([^\n]*)\n([^\n]*)\n", have:gmatch "([^\n]*)\n([^\n]*)\n"
  for _, pc in ipairs(pcs) do
    local func, line = theirs()
    local our_func, our_line = ours()
    if is_linkers(func) then
      line, our_line = "", our_line:match "[^:]*$" == "-1" and "" or our_line
    end
    assert.equal(("0x%x %s %s"):format(pc, func, line), ("0x%x %s %s"):format(pc, our_func, our_line))
  end
end

-- A toolchain, or what becomes of a test without.
local function toolchain(version)
  local goroot = programs.goroot(version)
  if not goroot then
    local why = ("no Go %s: what is in the programs that it builds is not compared"):format(version)
    io.stderr:write("\n", ("!"):rep(72), "\n", why, "\n", ("!"):rep(72), "\n")
    tools.without({ why = why }, pending)
  end
  return goroot
end

describe("names from a program's line table", function()
  teardown(function()
    programs.remove(scratch)
    engine.clean()
  end)

  for _, b in ipairs(builds) do
    it(("are those of Go %s's addr2line: %s%s"):format(b[1], b[2],
      b.pie and ", PIE" or b.external and ", with C" or ""), function()
      local goroot = toolchain(b[1])
      local path = build(goroot, b)
      local pcs = addresses(goroot, path)
      local want = go_names(toolchain(b.asked or b[1]), path, pcs)
      same_names(pcs, want, our_names(path, pcs))
      local stripped = build(goroot, b, true)
      same_names(pcs, b.lost and go_names(goroot, stripped, pcs) or want, our_names(stripped, pcs))
    end)
  end
end)

describe("a trace of Go 1.5 and the program", function()
  teardown(function()
    engine.clean()
  end)

  -- Of the function its begin, and a call in it, which returns to where the next
  -- address is.
  it("has the names of addr2line, one address before", function()
    local goroot = toolchain "1.15"
    os.execute("mkdir -p " .. quote(scratch))
    local path = build(goroot, { "1.15", "linux/amd64" }, true)
    local _, begins = addresses(goroot, build(goroot, { "1.15", "linux/amd64" }))
    local start = begins["main.main.func1"]
    local leaf, root = begins["strings.Repeat"] + 30, begins["main.main.func1"] + 40
    local want = go_names(goroot, build(goroot, { "1.15", "linux/amd64" }),
      { begins["runtime.main"], leaf - 1, root - 1, start })
    local t = v1.trace(5):Batch(0, 0, 1000):GoCreate(0, 0, 1, begins["runtime.main"], 0):GoStart(1, 10, 1)
    t:GoCreate(1, 10, 2, start, 1):Stack(1, leaf, root)
    local trace = engine.tmpfile(t:finish())
    local code = "function on.GoCreate(ev) for _, st in ipairs { ev.stack, ev.new_stack } do " ..
      "for _, f in ipairs(st) do print(f.func) print(f.file .. ':' .. f.line) end end end"
    local status, text = programs.run({ "--binary", path, "-e", code, trace }, true)
    assert.equal(want, text)
    assert.equal(0, status)
    programs.remove(scratch)
  end)
end)
