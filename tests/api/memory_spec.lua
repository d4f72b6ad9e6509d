-- Without memory: the n-th allocation finds none, for every n, in all that is done
-- to small traces. Each time that is an error that says so, or nothing that
-- anybody notices; never half a trace, a damage or a leak.
local engine = require "support.engine"
local program_file = require "symbols.program_file"
local v1 = require "v1.v1_trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.cdef [[
void mem_fail(uint64_t n, bool on);
uint64_t mem_count(void);
uint64_t mem_used(void);
void mem_free(void *p);
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
]]
engine.cdef "struct buf { uint8_t *data; size_t len, cap; };"
engine.cdef [[
gotrace_status yaml_dump(const char *trace_path, void *out, gotrace_diag *diag);
gotrace_status yaml_build(const char *yaml_path, struct buf *out, gotrace_diag *diag);
gotrace_status yaml_build_file(const char *yaml_path, const char *trace_path, gotrace_diag *diag);
void buf_free(struct buf *b);
]]

local OK, END = tonumber(C.GOTRACE_OK), tonumber(C.GOTRACE_END)
local NO_MEMORY = tonumber(C.GOTRACE_NO_MEMORY)
local DROP, FULL, THREAD = C.GOTRACE_DROP, C.GOTRACE_ORDER_FULL, C.GOTRACE_ORDER_THREAD

-- What each row does returns a status, and a text that says all there was to see.
-- The diag is that of the walk.
local diag = engine.diag()

local function recording(name)
  return engine.root .. "testdata/real/" .. name .. ".trace"
end

local function case(name)
  return engine.root .. "testdata/good/" .. name .. ".yaml"
end

local function open(path, names)
  local t = ffi.new "gotrace *[1]"
  local status = tonumber(lib.gotrace_open(t, path, names, diag))
  assert.equal(status == OK, t[0] ~= nil)
  return status, t[0]
end

-- The sum of all that is said of the events of a batch, and their number.
local function look(batch, sum)
  for i = 0, batch.len - 1 do
    local e = batch.events[i]
    sum.n = sum.n + 1
    sum.value = (sum.value * 31 + e.type + tonumber(e.time % 65521) + tonumber(e.m * 3 + e.p * 5 + e.g * 7)) % 2 ^ 40
  end
end

local function seen(t, sum)
  local info = lib.gotrace_info_of(t)
  return ("%d events, sum %.0f, %d damages, %d lost"):format(sum.n, sum.value, tonumber(info.damages),
    tonumber(info.lost))
end

local all = ffi.new("uint8_t[256]", 1)
ffi.fill(all, 256, 1)

-- Reads the events of t: each(batch) is told of a batch and returns a status.
local function read(t, each)
  local batch = ffi.new "gotrace_batch"
  local status = OK
  while status == OK do
    status = tonumber(lib.gotrace_next(t, batch, diag))
    if status == OK then
      status = each(batch)
    end
  end
  return status
end

-- Opens a trace with names of its own, for use(t, names).
local function with_trace(path, use)
  local names = lib.gotrace_names_new()
  if names == nil then
    return NO_MEMORY
  end
  local status, t = open(path, names)
  local text
  if status == OK then
    status, text = use(t, names)
  end
  lib.gotrace_close(t)
  lib.gotrace_names_free(names)
  return status, text
end

local function reading(order)
  return function(path)
    return with_trace(path, function(t)
      local sum = { n = 0, value = 0 }
      lib.gotrace_want(t, all, order)
      local status = read(t, function(batch)
        look(batch, sum)
        return OK
      end)
      return status, seen(t, sum)
    end)
  end
end

-- The sum of all that is said of n spans.
local function look_at_spans(made, n, sum)
  for i = 0, n - 1 do
    local s = made[i]
    sum.n = sum.n + 1
    sum.value = (sum.value * 31 + s.kind + s.state + tonumber(s.from % 65521) + tonumber(s.to % 65521) +
      tonumber(s.g * 3 + s.self)) % 2 ^ 40
  end
end

-- n as gotrace_spans_step returns it.
local function take_spans(spans, n, sum)
  if n < 0 then
    return NO_MEMORY
  end
  look_at_spans(lib.gotrace_spans_made(spans), n, sum)
  return OK
end

local function spans_of_batch(spans, batch, sum)
  for i = 0, batch.len - 1 do
    local status = take_spans(spans, lib.gotrace_spans_step(spans, batch.events + i, batch.gen), sum)
    if status ~= OK then
      return status
    end
  end
  return OK
end

-- What goroutines did, summed; false: no memory.
local function sum_goroutines(spans, sum)
  local spec = ffi.new("gotrace_group_spec", { bucket = 0.02, quantiles = 511, by_func = 1 })
  local groups, group = lib.gotrace_spans_groups(spans, spec, 2 ^ 40), ffi.new "gotrace_group"
  if groups == nil then
    return false
  end
  local i = 0
  while lib.gotrace_groups_at(groups, i, group) do
    sum.n, i = sum.n + tonumber(group.count), i + 1
  end
  lib.gotrace_groups_free(groups)
  return true
end

-- Names of goroutines and tasks, then spans of all kinds, cut into two windows.
local function spanning(path)
  return with_trace(path, function(t, names)
    local sum = { n = 0, value = 0 }
    local known = lib.gotrace_known_names_new()
    if known == nil then
      return NO_MEMORY, ""
    end
    local spans = lib.gotrace_spans_new(names, 2 ^ tonumber(C.GOTRACE_SPAN_KINDS) - 1,
      lib.gotrace_info_of(t).version)
    local status = spans == nil and NO_MEMORY or OK
    if status == OK then
      lib.gotrace_spans_keep(spans)
      lib.gotrace_spans_account(spans)
      lib.gotrace_spans_know(spans, known)
    end
    if status == OK and not (lib.gotrace_spans_window(spans, 0, 20000) and
      lib.gotrace_spans_window(spans, 20000, 2 ^ 60)) then
      status = NO_MEMORY
    end
    status = status == OK and read(t, function(batch)
      return lib.gotrace_known_names_learn(known, names, batch) and spans_of_batch(spans, batch, sum) or NO_MEMORY
    end) or status
    if status == END and not (take_spans(spans, lib.gotrace_spans_flush(spans, 2 ^ 40), sum) == OK and
      sum_goroutines(spans, sum)) then
      status = NO_MEMORY
    end
    lib.gotrace_spans_free(spans)
    lib.gotrace_known_names_free(known)
    return status, ("%d spans, sum %.0f"):format(sum.n, sum.value)
  end)
end

-- What all strings are, and all that is wrong with the program, of a trace of 1.5.
local function naming(program)
  return function(path)
    return with_trace(path, function(t, names)
      local sum, len = { n = 0, value = 0 }, ffi.new "uint32_t[1]"
      local status = tonumber(lib.gotrace_binary(t, program, diag))
      if status ~= OK then
        return status
      end
      status = read(t, function(batch)
        look(batch, sum)
        return OK
      end)
      local out = { seen(t, sum), tostring(lib.gotrace_binary_misfit(t, diag)), ffi.string(diag.have) }
      for id = 0, lib.gotrace_string_count(names) - 1 do
        out[#out + 1] = ffi.string(lib.gotrace_string(names, id, len), len[0])
      end
      return status, table.concat(out, "\n")
    end)
  end
end

local output -- the path of what is written

-- What is there after a status: all of it, or nothing. By which way it was written
-- must not show, so that bytes are not compared.
local function written(status)
  local file = io.open(output, "rb")
  if status ~= END then
    assert.is_nil(file)
    return
  end
  file:close()
  lib.mem_fail(0, false)
  local again, text = reading(FULL)(output)
  assert.equal(END, again)
  os.remove(output)
  return text
end

-- Writes t's events as `each` has set their verdicts; passing: those that can go
-- through as they are do; "watched": up to the first verdict.
local function write(t, names, passing, each)
  local out, none = ffi.new "gotrace_writer *[1]", ffi.new "uint8_t[256]"
  local status = tonumber(lib.gotrace_writer_open(out, output, t, names, false, diag))
  local w = out[0]
  if status ~= OK then
    return status
  end
  lib.gotrace_want(t, all, FULL)
  if passing == "watched" then
    lib.gotrace_writer_watch(w)
  elseif passing then
    lib.gotrace_writer_pass(w, none)
  end
  status = read(t, function(batch)
    each(batch)
    return tonumber(lib.gotrace_write(w, batch, nil, 0, diag))
  end)
  if status ~= END then
    lib.gotrace_writer_abandon(w)
    return status
  end
  status = tonumber(lib.gotrace_writer_commit(w, diag))
  return status == OK and END or status
end

local function rewriting(passing, each)
  return function(path)
    return with_trace(path, function(t, names)
      local status = write(t, names, passing, each)
      return status, written(status)
    end)
  end
end

local function keep_all() end

-- Most of what could be dropped is: the keeper has to bridge.
local function drop_many(batch)
  for i = 0, batch.len - 1 do
    if batch.events[i].n % 3 == 1 then
      batch.events[i].verdict = DROP
    end
  end
end

-- Only behind some that are all kept.
local function drop_late(batch)
  for i = 0, batch.len - 1 do
    if batch.events[i].n >= 8 and batch.events[i].n % 3 == 1 then
      batch.events[i].verdict = DROP
    end
  end
end

local function dumping(path)
  local file = assert(io.open(output, "wb"))
  local status = tonumber(lib.yaml_dump(path, file, diag))
  file:close()
  local text = engine.read(output)
  os.remove(output)
  return status == OK and END or status, status == OK and text or nil
end

local function building(path)
  local status = tonumber(lib.yaml_build_file(path, output, diag))
  status = status == OK and END or status
  return status, written(status)
end

-- Lets each allocation fail; `on`: those behind it too.
local function walk(path, act, on)
  local status, want = act(path)
  assert.equal(END, status)
  local before = lib.mem_used()
  local n, count = 0
  repeat
    n = n + 1
    ffi.fill(diag, ffi.sizeof(diag))
    lib.mem_fail(n, on)
    local got
    status, got = act(path)
    count = tonumber(lib.mem_count())
    lib.mem_fail(0, false)
    local what = ("allocation %d: status %d, %s"):format(n, status, ffi.string(diag.what))
    if status == END then
      assert.is_true(want == got, what .. ": not what it is with memory")
    else
      assert.is_true(status == NO_MEMORY, what)
    end
    assert.is_true(lib.mem_used() == before, what .. ": a leak")
  until count < n
  return n
end

-- With one thread and with two.
local function each_way(inputs, act)
  for _, path in ipairs(inputs) do
    for threads = 1, 2 do
      C.setenv("GOTRACE_THREADS", tostring(threads), 1)
      walk(path, act, false)
      walk(path, act, true)
    end
  end
end

describe("without memory", function()
  local built, inputs = {}, nil

  setup(function()
    output = engine.tmpname()
    os.remove(output)
    for i, name in ipairs {
      "go1.22-sequence-across-generations", "go1.22-samples", "go1.22-annotations", "go1.11-syscalls",
      "go1.19-samples", "go1.10-stw",
    } do
      local path = engine.tmpname()
      os.remove(path)
      assert.equal(OK, tonumber(lib.yaml_build_file(case(name), path, diag)))
      built[i] = path
    end
    inputs = { recording "go1.27-empty", recording "go1.26-bubbles", recording "go1.21-empty", unpack(built) }
  end)
  teardown(function()
    C.unsetenv "GOTRACE_THREADS"
    lib.mem_fail(0, false)
    engine.clean()
  end)

  it("reads in full order", function()
    each_way(inputs, reading(FULL))
  end)

  it("reads in thread order", function()
    each_way(inputs, reading(THREAD))
  end)

  it("makes spans", function()
    each_way(built, spanning)
  end)

  it("reads what is packed", function()
    local bytes = engine.read(recording "go1.27-empty")
    each_way({
      engine.tmpfile(engine.filter("gzip -c", bytes)),
      engine.tmpfile(engine.filter("zstd -qc", bytes)),
    }, reading(FULL))
  end)

  it("names the addresses of Go 1.5", function()
    local t = v1.trace(5):Batch(0, 0, 1000):GoCreate(0, 0, 1, 0x401000, 0):GoStart(1, 10, 1)
    t:GoCreate(1, 10, 2, 0x401041, 1):Stack(1, 0x401060, 0x401004, 7)
    each_way({ engine.tmpfile(t:finish()) }, naming(engine.tmpfile(program_file.program {})))
  end)

  it("lets generations through", function()
    each_way(inputs, rewriting(true, keep_all))
  end)

  it("writes event by event", function()
    each_way(inputs, rewriting(false, keep_all))
    each_way(inputs, rewriting("watched", keep_all))
  end)

  it("writes what scripts leave", function()
    each_way(inputs, rewriting(false, drop_many))
    each_way(built, rewriting("watched", drop_late))
  end)

  it("prints YAML", function()
    each_way(inputs, dumping)
  end)

  it("builds from YAML", function()
    each_way({ case "go1.22-samples", case "go1.11-syscalls" }, building)
  end)
end)
