-- What share-public leaves of traces that were made to give something away: recordings of a program that
-- plants a word everywhere, of each version of Go, and traces that no program writes.
local lfs = require "lfs"
local planted = require "lua.anonymize.planted"
local program = require "support.program"

teardown(program.clean)

local real = program.root .. "testdata/real/"
local WORD = "innober"

-- What is written of a trace.
local function shared(path, ...)
  local out = program.tmpname()
  os.remove(out)
  local r = program.run { "-q", "-c", "share-public", "-o", out, path, ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  assert.equal(0, program.run({ "--verify", out }).status)
  return program.read(out), out
end

-- Strings of a trace's tables, and what the pieces of those that are nobody's have.
local function strings_of(path)
  local secrets, others = {}, {}
  for text in program.run({ "-q", "strings", path }).out:gmatch "[^\n]+" do
    local list = text:lower():find(WORD, 1, true) and secrets or others
    list[#list + 1] = text
  end
  return secrets, table.concat(others, "\n")
end

local function assert_nothing_of(path, least, ...)
  local secrets = strings_of(path)
  assert.is_true(#secrets >= least, ("%d secrets"):format(#secrets))
  local bytes, out = shared(path, ...)
  local _, public = strings_of(out)
  assert.equal("", planted.found(bytes, secrets, public))
  assert.equal("", planted.found(bytes, { "zinnober", "secrets" }))
end

describe("a search for secrets", function()
  local function packed(text)
    local path = program.tmpfile(text)
    return program.shell(("gzip -nc '%s'"):format(path)).out
  end

  it("finds them however they are written", function()
    local framed = "\3zin\3nob\2er"
    local padded = ("zinnober"):gsub(".", function(c)
      return string.char(c:byte() + 128) .. "\128\0"
    end)
    for way, bytes in pairs { ["as it is"] = "a ZINNOBER b", ["as numbers"] = padded, ["in fragments"] = framed } do
      for _, text in ipairs { bytes, "head" .. packed(bytes) .. "tail", packed("x" .. packed(bytes)) } do
        assert.truthy(planted.found(text, { "Zinnober" }):find(way, 1, true), way)
      end
    end
    assert.truthy(planted.found("xinnobe", { "zinnober" }):find "innobe")
  end)

  it("finds nothing where nothing is", function()
    assert.equal("", planted.found("zinno ber", { "zinnobe" }))
    assert.equal("", planted.found("runtime.main", { "runtime.secret" }, "runtime.main"))
    assert.equal("", planted.found(packed "nothing", { "zinnober" }))
  end)
end)

describe("share-public lets nothing through that a program has planted:", function()
  for version, least in pairs { [15] = 20, [19] = 22, [21] = 22, [22] = 26, [23] = 26, [24] = 26, [25] = 26,
    [26] = 26, [27] = 26 } do
    local path = ("%sgo1.%d-cgosecrets.trace"):format(real, version)

    it("Go 1." .. version, function()
      assert_nothing_of(path, least)
      assert_nothing_of(path, least, "--logs=hash", "--lines", "--pcs", "--ids", "--times=keep", "--wall=keep")
    end)
  end

  -- Of versions that no machine at hand can run: the same places in the trace, in their own form. Traces of
  -- Go 1.5 have no strings.
  local text = program.run({ "yaml", real .. "go1.15-cgosecrets.trace" }).out
  for _, version in ipairs { "1.7", "1.8", "1.9", "1.10" } do
    it("Go " .. version .. ", as Go 1.15 would have written it", function()
      local older = text:gsub("header: go 1.11", "header: go " .. version):gsub("\n  %- User%w+: [^\n]*", "")
      local path = program.build(older)
      assert.truthy(program.run({ "--verify", path }).out:find("valid go " .. version, 1, true))
      assert_nothing_of(path, 12)
    end)
  end
end)

-- Functions that give something away, in whatever file.
local FUNCTIONS = {
  "zinnober", "zinnober.F", "zinnober.func1", "func1.zinnober", ".zinnober", "/zinnober", "a/b/zinnober",
  "main.zinnober", "main.(*zinnober).m", "main.(*T).zinnober", "main.zinnober-fm", "main.main.zinnober",
  "main.init.zinnober", "main.map.zinnober", "main.glob..zinnober", "main.f.func1.zinnober.gowrap1",
  "main.zinnober[...]", "main.F[zinnober.T]", "main.(*T[zinnober.T]).m-range1", "main.func1zinnober",
  "type:.zinnober.a.T", "type:.zinnober.net/http.T", "type:.eq.zinnober.T", "type..hash.zinnober.T",
  "type:.eq.net/http.struct { Zinnober main.T }", "type:.eq.struct { net/http.zinnober int }",
  "go.(*struct { zinnober.T }).M", "go:zinnober.x", "go:.zinnober.x", "go.shape.zinnober",
  "_cgo_zinnober", "_cgoexp_zinnober", "main._Cfunc_zinnober", "main._cgoexpwrap_0a_zinnober.zinnober",
  "net/http_test.Zinnober", "net/http/zinnober.F", "internal/zinnober.F", "cmd/zinnober.F", "vendor/zinnober.F",
  "golang.org/x/net/idna.Zinnober", "vendor/golang.org/x/zinnober.F", "vendor/golang.org/zinnober/x.F",
  "slices.SortFunc[go.shape.struct { zinnober.T }]", "sync/atomic.(*Pointer[zinnober.T]).Load",
  "zinnober%2ecom/x.F", "_/Users/zinnober/x.F", "command-line-arguments.zinnober", "pkg7.zinnober",
  "pkg_zinnober.fn1", "zinnober\\0x.F", "\\x80zinnober.F",
  -- Called as no function of Go's own is.
  "sync.(*zinnober.T).M", "sync.zinnober {", "sync.F[zinnober.T]", "sync.struct { zinnober int }.F",
  "sync.F[...].(*zinnober.T).m", "sync.F zinnober",
}
-- Those that may be Go's own by their names: their files tell.
local LIKE_GO = { "net/http.zinnober", "net/http.(*zinnober).m", "vendor/golang.org/x/net/idna.Zinnober",
  "slices.SortFunc[...].zinnober.func1", "time.zinnober" }
local GOROOT = "/go/src/sync/x.go"

-- Batches of experiments, in hexadecimal.
local BATCHES = {
  { "types with a name", "00018001100800087a696e6e6f626572" },
  { "types with a tag", "000180011008087a696e6e6f626572" },
  { "types and more behind them", "00018001100803696e747a696e6e6f626572" },
  { "types that end too early", "000180011008207a696e6e6f626572" },
  { "the numbers of the heap", "017a696e6e6f626572" },
  { "the numbers of the heap and more", "01010203047a696e6e6f626572" },
  { "nothing that is known", "7a696e6e6f626572" },
  { "what begins with a number that is not known", "027a696e6e6f626572" },
}

local TRACE = [[
header: go 1.26 trace
trace:
  - EventBatch: {gen: 5, time: 1000000005000}
    sync: [Frequency: {freq: 1000000000}, ClockSnapshot: {dt: 0, mono: 1000000005000, sec: 1700000000, nsec: 0}]
  - EventBatch: {gen: 5, m: 70001, time: 1000000005000}
    events:
      - ProcStatus: {dt: 1, target_p: 0, status: Running}
      - GoStatus: {dt: 1, target_g: 18000000, target_m: 70001, status: Running}
      - UserTaskBegin: {dt: 1, task: 900001, name: 4, stack: 1}
      - UserLog: {dt: 1, task: 900001, key: 4, value: 4, stack: 1}
      - UserTaskEnd: {dt: 1, task: 900001, stack: 1}
      - STWBegin: {dt: 1, kind: 4, stack: 1}
      - STWEnd: {dt: 1}
      - GoLabel: {dt: 1, label: 4}
      - UserRegionBegin: {dt: 1, name: 4, stack: 1}
      - UserRegionEnd: {dt: 1, name: 4, stack: 1}
      - HeapObjectAlloc: {dt: 1, id: 81, arg_type: 1}
      - GoBlock: {dt: 50, reason: 4, stack: 2}
  - EventBatch: {gen: 5}
    samples: [{time: 1000000005010, m: 70001, p: 0, g: 18000000, stack: 2}]
BATCHES
  - EventBatch: {gen: 5}
    stacks:
      - {id: 1, frames: [{pc: 4096, func: 20, file: 21, line: 7}]}
      - {id: 2, frames: [FRAMES]}
  - EventBatch: {gen: 5}
    strings:
      - {id: 4, data: "VALUE"}
      - {id: 11, data: "zinnober that nothing refers to"}
      - {id: 20, data: "runtime.gopark"}
      - {id: 21, data: "/go/src/runtime/proc.go"}
STRINGS
  - EndOfGeneration
]]

-- A trace of these functions in a file; value is what each event has that has a string.
local function trace_of(functions, file, value, batches)
  local frames, strings = {}, { ('      - {id: 22, data: "%s"}'):format(file) }
  for i, func in ipairs(functions) do
    frames[i] = ("{pc: %d, func: %d, file: 22, line: %d}"):format(8192 + i, 30 + i, i)
    strings[i + 1] = ('      - {id: %d, data: "%s"}'):format(30 + i, func)
  end
  local words = { FRAMES = table.concat(frames, ", "), STRINGS = table.concat(strings, "\n"), VALUE = value or "v",
    BATCHES = batches or "  - EventBatch: {gen: 5}" }
  return program.build((TRACE:gsub("%f[%w]%u%u%u+%f[%W]", words)))
end

-- Which strings have the secret, where one has it; else how it is there.
local function assert_clean(path, ...)
  local bytes, out = shared(path, ...)
  assert.same({}, (strings_of(out)))
  assert.equal("", planted.found(bytes, { "zinnober" }))
end

local function both(a, b)
  local list = { unpack(a) }
  for _, item in ipairs(b) do
    list[#list + 1] = item
  end
  return list
end

describe("share-public lets nothing through that was planted by hand:", function()
  for _, file in ipairs { "/Users/zinnober/x.go", "zinnober.go", "", "C:/zinnober/x.go", "C:\\\\zinnober\\\\x.go",
    "/zinnober/src/net/http/x.go", "net/http/zinnober.go", "/go/src/zinnober/x.go", "/go/src/net/zinnober/x.go",
    "/Users/go/src/sync/zinnober.go", "/go/src/../zinnober.go", "/go/src//zinnober.go" } do
    it("functions in '" .. file .. "'", function()
      assert_clean(trace_of(both(FUNCTIONS, LIKE_GO), file))
    end)
  end

  for _, file in ipairs { GOROOT, "<autogenerated>" } do
    it("functions that cannot be Go's in " .. file, function()
      assert_clean(trace_of(FUNCTIONS, file))
    end)
  end

  for _, text in ipairs { "zinnober", "sync zinnober", "time.Sleep.zinnober", "GC (zinnober)", "fn1 zinnober",
    "zinnober\\0", "\\x03zin\\x03nob\\x02er" } do
    it("values '" .. text .. "'", function()
      assert_clean(trace_of({ "main.main" }, "/x.go", text))
      assert_clean(trace_of({ "main.main" }, "/x.go", text), "--logs=hash")
    end)
  end

  for _, batch in ipairs(BATCHES) do
    it("batches of an experiment with " .. batch[1], function()
      local list = {}
      for _, experiment in ipairs { 1, 2, 200 } do
        for _, m in ipairs { "~", "70001" } do
          list[#list + 1] = ('  - ExperimentalBatch: {gen: 5, exp: %d, m: %s}\n    raw: "%s"'):format(experiment, m,
            batch[2])
        end
      end
      assert_clean(trace_of({ "main.main" }, "/x.go", "v", table.concat(list, "\n")))
    end)
  end
end)

describe("types of the alloc/free experiment", function()
  -- The names of types in what is written of a trace that has these.
  local function written(...)
    local raw = { "00" }
    for i, name in ipairs { ... } do
      raw[#raw + 1] = ("%02x80011008%02x"):format(i, #name) -- id, address, size, bytes with pointers
      raw[#raw + 1] = name:gsub(".", function(c)
        return ("%02x"):format(c:byte())
      end)
    end
    local path = trace_of({ "main.main" }, "/x.go", "v",
      '  - ExperimentalBatch: {gen: 5, exp: 1, m: ~}\n    raw: "' .. table.concat(raw) .. '"')
    return (shared(path))
  end

  it("stay if every program has them, and are pseudonyms if anything else is said", function()
    local stay = { "map[string][]*int", "func(int, ...string) (bool, error)", "chan<- struct {}", "<-chan [4096]uint8" }
    local bytes = written(unpack(stay))
    for _, name in ipairs(stay) do
      assert.truthy(bytes:find(name, 1, true), name)
    end
    for _, name in ipairs { 'struct { int "4111222233334444" }', "*main.T", "struct { zinnober int }", "int\200" } do
      assert.is_nil(written(name):find(name, 1, true), name)
    end
    assert.truthy(written('struct { int "4111222233334444" }'):find("\2T1", 1, true))
  end)
end)

describe("words that look like ours", function()
  it("are replaced as others are, by other words", function()
    local _, out = shared(trace_of({ "pkg7.(*T3).fn31" }, "pkg7/file4.go", "task1"))
    local strings = program.run({ "-q", "strings", out }).out
    for _, word in ipairs { "pkg7", "T3", "fn31", "file4", "task1" } do
      assert.is_nil(strings:find(word .. "%f[%D]"), word)
    end
    assert.truthy(strings:find("pkg1.(*T1).fn2", 1, true), strings)
    assert.truthy(strings:find("task2", 1, true))
  end)

  it("that share-public has made stay none", function()
    local _, once = shared(real .. "go1.27-cgosecrets.trace")
    local _, twice = shared(once)
    assert.is_true(lfs.attributes(twice, "size") > 0)
  end)
end)
