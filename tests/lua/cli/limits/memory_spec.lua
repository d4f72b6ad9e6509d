-- --memory-limit: what is over it ends the run with exit status 6 and a sentence,
-- wherever it happens, and leaves nothing behind.
local engine = require "support.engine"
local ffi = require "ffi"
local lfs = require "lfs"
local program = require "support.program"
local trace = require "support.trace"

local hungry = "local t = {} while true do t[#t + 1] = ('x'):rep(1e6) .. #t end"

describe("--memory-limit", function()
  local small
  setup(function()
    small = program.small()
  end)
  teardown(function()
    program.clean()
    engine.clean()
  end)

  local function run(words)
    table.insert(words, 1, "--memory-limit=64M")
    words[#words + 1] = words.trace or small
    return program.run(words)
  end

  -- Ends with 6, and says the limit and what to do.
  local function refuses(words)
    local r = run(words)
    assert.equal(6, r.status, r.err)
    assert.matches("over the memory limit of 64 MiB", r.err, 1, true)
    assert.matches("--memory-limit raises it", r.err, 1, true)
    return r
  end

  it("takes sizes, and nothing else", function()
    for _, size in ipairs { "64M", "64m", "0.5G", "64MiB", "100000K", "70000000", "none" } do
      assert.equal(0, program.run({ "--memory-limit", size, "events", small }).status, size)
    end
    for _, size in ipairs { "", "0", "-1M", "M", "1X", "1..5M", "unlimited" } do
      local r = program.run { "--memory-limit=" .. size, "events", small }
      assert.equal(2, r.status, size)
      assert.matches("is not a size such as", r.err, 1, true)
    end
  end)

  it("changes nothing within it", function()
    local path = program.recording "http"
    local with, without = program.run { "--memory-limit=32M", "events", path }, program.run { "events", path }
    assert.equal(0, with.status)
    assert.equal(without.out, with.out)
  end)

  it("holds for a script, whatever it is doing", function()
    refuses { "-e", hungry }
    refuses { "-e", "function on.any(ev) " .. hungry .. " end" }
    refuses { "-e", "function on.finish() " .. hungry .. " end" }
    refuses { "-e", "function scan.any(ev) " .. hungry .. " end" }
    refuses { "-f", "(function() " .. hungry .. " end)()" }
    refuses { "-p", "(function() " .. hungry .. " end)()" }
    refuses { "-e", "function on.any(ev) coroutine.wrap(function() " .. hungry .. " end)() end" }
    refuses { "-e", "local t = setmetatable({}, { __tostring = function() " .. hungry .. " end })" ..
      " function on.any(ev) print(t) end" }
    refuses { "-e", "function on.any(ev) ('x'):rep(1e9) end" }
    refuses { "-e", "function on.any(ev) table.concat { ('x'):rep(3e7), ('y'):rep(3e7) } end" }
    refuses { "-e", "function on.any(ev) (('x'):rep(2e7)):gsub('x', 'yyyyy') end" }
    refuses { "-e", "function on.any(ev) string.format('%s%s', ('x'):rep(3e7), ('x'):rep(3e7)) end" }
  end)

  it("holds for what the engine makes for a script", function()
    refuses { "-e", "local t = {} function on.any(ev) while true do t[#t + 1] = ev:copy() end end" }
    refuses { "-e", "function on.GoStart(ev) for i = 1, 1e6 do " ..
      "emit('GoLabel', { label = ('y'):rep(1000) .. i }) end end",
      "-o", program.tmpname() }
    refuses { "-e", "local g = count('n', 'key') function on.any(ev) local i = 0 " ..
      "while true do i = i + 1 g:add(('k'):rep(100) .. i) end end" }
  end)

  it("cannot be held by pcall", function()
    refuses { "-e", "pcall(function() " .. hungry .. " end)" }
    refuses { "-e", "function on.any(ev) pcall(function() " .. hungry .. " end) end" }
    refuses { "-e", "function on.finish() pcall(function() " .. hungry .. " end) end" }
    refuses { "-e", "function on.any(ev) while true do pcall(function() " .. hungry .. " end) end end" }
    refuses { "-e", "function on.any(ev) local ok = pcall(string.rep, 'x', 1e9) error 'mine' end" }
    refuses { "-e", "function on.any(ev) local ok = pcall(string.rep, 'x', 1e9) fail 'mine' end" }
    refuses { "-e", "function on.any(ev) while true do xpcall(function() " .. hungry .. " end, function() " .. hungry ..
      " end) end end" }
    refuses { "-e", "function on.any(ev) while true do coroutine.resume(coroutine.create(function() " .. hungry ..
      " end)) end end" }
  end)

  it("says at which event", function()
    assert.matches("\n  event: 1 at offset ", refuses({ "-e", "function on.any(ev) ('x'):rep(1e9) end" }).err, 1, true)
  end)

  it("leaves no output behind", function()
    local folder = program.folder {}
    refuses { "-o", folder .. "/new.trace", "-e", "function on.any(ev) " .. hungry .. " end" }
    refuses { "-o", folder .. "/new.trace", "-e", "function on.any(ev) pcall(string.rep, 'x', 1e9) end" }
    for name in lfs.dir(folder) do
      assert.matches("^%.%.?$", name)
    end
  end)

  it("lets a script have what it can do without garbage", function()
    local r = run { "-e", "function on.finish() local s = 0 for i = 1, 3000 do s = s + #(('x'):rep(1e5) .. i) end " ..
      "print(s > 0) end" }
    assert.equal(0, r.status, r.err)
    assert.equal("true\n", r.out)
  end)

  it("is told even if nothing is left to tell it with", function()
    for _, size in ipairs { "1", "100K", "500K", "700K", "1M", "1200K", "1500K" } do
      local r = program.run { "--memory-limit=" .. size, "-e", "function on.any(ev) " .. hungry .. " end", small }
      assert.equal(6, r.status, size .. ": " .. r.err)
      assert.matches("^gotrace%-lua: ", r.err)
      assert.matches("over the memory limit of", r.err, 1, true)
    end
  end)

  -- A generation that is long when it is unpacked: its bytes are the log of an
  -- experiment, which nobody looks at.
  local function bomb(size)
    local batch = trace.batch({ gen = 1, m = 1, time = 1000, exp = 1, size = 60000 }, { ("\0"):rep(60000) })
    local batches = { m = 1, { "ProcStatus", 0, 0, 2 } }
    return trace.file(26, { batches, batch:rep(math.floor(size / #batch)) })
  end

  it("refuses what unpacks to more, and says how much that is at least", function()
    local bytes = bomb(100e6)
    for name, command in pairs { gzip = "gzip -1 -c", zstd = "zstd -qc" } do
      local path = engine.tmpfile(engine.filter(command, bytes))
      local r = run { "events", trace = path }
      assert.equal(6, r.status, r.err)
      local size = tonumber(r.err:match(name .. " data has at least (%d+)[%d.]* MiB that belong together"))
      assert.is_true(size > 40 and size < 64, r.err)
      assert.matches("the memory limit of 64 MiB", r.err, 1, true)
      assert.equal(0, program.run({ "--memory-limit=256M", "events", path }).status)
      assert.equal(6, run({ "-o", program.tmpname(), trace = path }).status)
      assert.equal(6, program.run({ "--memory-limit=64M", "--verify", path }).status)
    end
    -- A file's own bytes are not counted, those of a pipe are.
    local plain = engine.tmpfile(bytes)
    assert.equal(0, run({ "events", trace = plain }).status)
    local line = program.line { "--memory-limit=64M", "events", "-" }
    assert.equal(6, program.shell("cat " .. plain .. " | " .. line).status)
  end)

  it("refuses a window of zstd that is too large", function()
    local path = engine.tmpfile(engine.filter("zstd -qc --long=27", bomb(1e6)))
    local r = program.run { "--memory-limit=16M", "events", path }
    assert.is_true(r.status == 6 or r.status == 0, r.err) -- as zstd has it: the size of the content if that is less
    path = engine.tmpfile(engine.filter("cat | zstd -qc --long=27", bomb(1e6)))
    r = program.run { "--memory-limit=64M", "events", path }
    assert.equal(6, r.status, r.err)
    assert.matches("zstd data cannot be unpacked", r.err, 1, true)
  end)

  -- Six bytes each, and nothing in them.
  it("keeps no batches that are empty", function()
    local empty = trace.batch({ gen = 1, m = 1, time = 1000 }, {})
    local path = engine.tmpfile(trace.file(26, { { m = 1, { "ProcStatus", 0, 0, 2 } }, empty:rep(3e6) }))
    local r = program.run { "--memory-limit=16M", "events", "-F", "csv", path }
    assert.equal(0, r.status, r.err)
    assert.equal("type,count\nProcStatus,1\n", r.out)
  end)

  it("holds for YAML", function()
    local path = program.tmpfile("trace: \"" .. ("x"):rep(5e7) .. "\"\n")
    local r = program.run { "--memory-limit=64M", "build", path, "-o", program.tmpname() }
    assert.equal(6, r.status, r.err)
  end)

  describe("by default", function()
    engine.cdef "uint64_t machine_memory(const char *root);"
    local function memory(files)
      return tonumber(engine.lib.machine_memory(program.folder(files)))
    end
    local installed = tonumber(engine.lib.machine_memory "/nowhere")

    it("is about the machine", function()
      local kib = tonumber(program.read("/proc/meminfo"):match "MemTotal:%s*(%d+)")
      assert.is_true(math.abs(installed / (kib * 1024) - 1) < 0.05)
    end)

    it("is about a control group of version 2, and those around it", function()
      local group = { ["proc/self/cgroup"] = "0::/a/b\n", ["sys/fs/cgroup/a/b/memory.max"] = "max\n" }
      assert.equal(installed, memory(group))
      group["sys/fs/cgroup/a/memory.max"] = "5000000\n"
      assert.equal(5000000, memory(group))
      group["sys/fs/cgroup/a/b/memory.max"] = "4000000\n"
      assert.equal(4000000, memory(group))
      group["sys/fs/cgroup/memory.max"] = "3000000\n"
      assert.equal(3000000, memory(group))
    end)

    it("is about one of version 1", function()
      local group = {
        ["proc/self/cgroup"] = "5:cpu:/x\n4:memory:/x/y\n0::/\n",
        ["sys/fs/cgroup/memory/x/y/memory.limit_in_bytes"] = "6000000\n",
        ["sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n",
      }
      assert.equal(6000000, memory(group))
    end)

    it("finds a container's own, whose name is the host's", function()
      assert.equal(7000000, memory {
        ["proc/self/cgroup"] = "0::/docker/123\n",
        ["sys/fs/cgroup/memory.max"] = "7000000\n",
      })
    end)

    it("has no use for what is no number", function()
      assert.equal(installed, memory { ["proc/self/cgroup"] = "nonsense\n0:\n::\n" })
      assert.equal(installed, memory { ["proc/self/cgroup"] = "0::/\n", ["sys/fs/cgroup/memory.max"] = "lots\n" })
    end)
  end)
end)

describe("the budget", function()
  engine.cdef [[
  void *mem_alloc(size_t n);
  void *mem_zeroed(size_t count, size_t size);
  void *mem_aligned(size_t align, size_t n);
  void *mem_resize(void *p, size_t n);
  char *mem_string(const char *s);
  bool mem_fits(uint64_t n);
  bool mem_charge(size_t n);
  void mem_discharge(size_t n);
  void mem_set_limit(uint64_t limit);
  uint64_t mem_limit(void);
  bool mem_is_met(char *text);
  const char *mem_show(char *to, uint64_t n);
  ]]
  engine.cdef [[
  uint64_t mem_used(void);
  void mem_free(void *p);
  ]]
  local lib = engine.lib
  local NONE = 0xffffffffffffffffULL
  local ENOMEM = 12

  after_each(function()
    lib.mem_set_limit(NONE)
  end)

  it("counts what there is", function()
    local before = lib.mem_used()
    local a, b, c = lib.mem_alloc(1000), lib.mem_zeroed(10, 100), lib.mem_aligned(64, 6400)
    local d = lib.mem_string "abc"
    assert.is_true(lib.mem_used() >= before + 8403)
    assert.equal("abc", ffi.string(d))
    a = lib.mem_resize(a, 100000)
    assert.is_true(lib.mem_used() >= before + 107403)
    a = lib.mem_resize(a, 10)
    assert.is_true(lib.mem_used() < before + 50000)
    for _, p in ipairs { a, b, c, d } do
      lib.mem_free(p)
    end
    lib.mem_free(nil)
    assert.is_true(lib.mem_used() == before)
  end)

  it("refuses what is over the limit, and keeps a reserve until then", function()
    local text = ffi.new "char[160]"
    lib.mem_set_limit(lib.mem_used() + 4 * 2 ^ 20)
    assert.is_true(lib.mem_fits(3 * 2 ^ 20))
    assert.is_false(lib.mem_fits(3 * 2 ^ 20 + 1))
    assert.is_false(lib.mem_is_met(text))
    assert.is_true(lib.mem_charge(3 * 2 ^ 20))
    local before = lib.mem_used()
    assert.is_true(lib.mem_alloc(1000) == nil)
    assert.is_true(lib.mem_used() == before)
    assert.is_true(lib.mem_is_met(text))
    assert.matches("^over the memory limit of .* %(.* in use, 1000 bytes more wanted%)$", ffi.string(text))
    assert.is_true(lib.mem_charge(2 ^ 20))
    assert.is_false(lib.mem_charge(1))
    lib.mem_discharge(4 * 2 ^ 20)
  end)

  it("refuses sizes that overflow", function()
    local before = lib.mem_used()
    for _, n in ipairs { NONE, NONE / 2 + 1 } do
      assert.is_true(lib.mem_alloc(n) == nil)
      assert.is_false(lib.mem_charge(n))
    end
    for _, n in ipairs { NONE, NONE / 2 } do
      ffi.errno(0)
      assert.is_true(lib.mem_zeroed(n, 3) == nil)
      assert.equal(ENOMEM, ffi.errno())
    end
    assert.is_true(lib.mem_used() == before)
  end)

  it("shows sizes", function()
    local to = ffi.new "char[32]"
    for n, text in pairs {
      [0] = "0 bytes", [1023] = "1023 bytes", [1024] = "1 KiB", [1536] = "1.5 KiB", [64 * 2 ^ 20] = "64 MiB",
      [3.3 * 2 ^ 30] = "3.3 GiB", [130.4 * 2 ^ 20] = "130 MiB",
    } do
      assert.equal(text, ffi.string(lib.mem_show(to, n)))
    end
  end)
end)
