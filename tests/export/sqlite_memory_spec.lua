-- A database without memory: the n-th allocation finds none, of ours or of SQLite's. Each time
-- that is an error that says so, or nothing that anybody notices, and never a leak.
local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.cdef [[
void mem_fail(uint64_t n, bool on);
uint64_t mem_count(void);
uint64_t mem_used(void);
]]
engine.cdef [[
gotrace_status yaml_build_file(const char *yaml_path, const char *trace_path, gotrace_diag *diag);
]]

local OK, END, NAMES = tonumber(C.GOTRACE_OK), tonumber(C.GOTRACE_END), tonumber(C.GOTRACE_NAMES)
local NO_MEMORY = tonumber(C.GOTRACE_NO_MEMORY)
local KINDS = 255 -- all but goroutines
local schema = dofile(engine.root .. "lua/gotrace/export/sqlite/schema.lua")
local diag = engine.diag()
local unknown = ffi.new "uint32_t[1]"

-- Adds a row until its names are known.
local function add(db, fn, ...)
  local status
  repeat
    status = tonumber(fn(db, ...))
    if status == NAMES and not lib.gotrace_sqlite_name(db, unknown[0], "shown", 5) then
      return NO_MEMORY
    end
  until status ~= NAMES
  return status
end

local function add_spans(db, spans, n, e)
  local made, status = lib.gotrace_spans_made(spans), OK
  for i = 0, n - 1 do
    status = status == OK and add(db, lib.gotrace_sqlite_span, made + i, e, unknown, diag) or status
  end
  return n < 0 and NO_MEMORY or status
end

local function add_batch(db, spans, batch)
  local status = OK
  for i = 0, batch.len - 1 do
    local e = batch.events + i
    if status == OK then
      status = add_spans(db, spans, lib.gotrace_spans_step(spans, e, batch.gen), e)
    end
    status = status == OK and add(db, lib.gotrace_sqlite_event, e, unknown, diag) or status
  end
  return status
end

local function read(db, t, spans)
  local batch, status = ffi.new "gotrace_batch", OK
  while status == OK do
    status = tonumber(lib.gotrace_next(t, batch, diag))
    status = status == OK and add_batch(db, spans, batch) or status
  end
  return status
end

local function fill(db, to, t, names)
  local spans = lib.gotrace_spans_new(names, KINDS, lib.gotrace_info_of(t).version)
  local status = spans == nil and NO_MEMORY or read(db, t, spans)
  lib.gotrace_spans_free(spans)
  if status == END then
    status = tonumber(lib.gotrace_sqlite_flush(db, diag))
  end
  if status == OK then
    status = tonumber(lib.gotrace_sqlite_run(db, schema.views, diag))
  end
  return status == OK and tonumber(lib.gotrace_sqlite_end(db, to, diag)) or status
end

local function with_database(to, t, names)
  local db = ffi.new "gotrace_sqlite *[1]"
  local status = tonumber(lib.gotrace_sqlite_open(db, to, names, schema.tables, diag))
  assert.equal(status == OK, db[0] ~= nil)
  status = status == OK and fill(db[0], to, t, names) or status
  lib.gotrace_sqlite_free(db[0])
  return status
end

local function with_output(path, packed, use)
  local to = ffi.new "gotrace_output *[1]"
  local status = tonumber(lib.gotrace_output_open(to, path, packed, nil, diag))
  if status ~= OK then
    return status
  end
  status = use(to[0])
  if status == OK then
    return tonumber(lib.gotrace_output_commit(to[0], ffi.new "uint64_t[1]", diag))
  end
  lib.gotrace_output_abandon(to[0])
  return status
end

-- A database at `path` of the trace at `input`.
local function make(input, path, packed)
  local names, t = lib.gotrace_names_new(), ffi.new "gotrace *[1]"
  local status = names == nil and NO_MEMORY or tonumber(lib.gotrace_open(t, input, names, diag))
  if status == OK then
    status = with_output(path, packed, function(to)
      return with_database(to, t[0], names)
    end)
  end
  lib.gotrace_close(t[0])
  lib.gotrace_names_free(names)
  return status
end

local function remove_and_read(path)
  local text = engine.read(path)
  os.remove(path)
  return text
end

-- Of SQLite's, which come later, there are thousands: some of them.
local FIRST, STEP = 200, 23

-- Lets allocations fail; `on`: those behind each too.
local function walk(input, folder, packed, on)
  local path = folder .. "/x.db"
  collectgarbage() -- what other specs have left is given back now, and not meanwhile
  collectgarbage()
  assert.equal(OK, make(input, path, packed), ffi.string(diag.what))
  local want, before, n = remove_and_read(path), lib.mem_used(), 0
  local count
  repeat
    n = n + (n < FIRST and 1 or STEP)
    lib.mem_fail(n, on)
    local status = make(input, path, packed)
    count = tonumber(lib.mem_count())
    lib.mem_fail(0, false)
    local what = ("allocation %d: status %d, %s"):format(n, status, ffi.string(diag.what))
    if status == OK then
      assert.is_true(remove_and_read(path) == want, what .. ": not what it is with memory")
    else
      assert.equal(NO_MEMORY, status, what)
      assert.is_nil(io.open(path), what)
    end
    assert.is_true(lib.mem_used() == before, what .. ": a leak")
  until count < n
  return n
end

describe("a database without memory", function()
  local input, folder

  setup(function()
    input, folder = engine.tmpname(), engine.tmpname()
    os.remove(input)
    os.remove(folder)
    assert(os.execute("mkdir " .. folder) == 0)
    assert.equal(OK, tonumber(lib.yaml_build_file(engine.root .. "testdata/good/go1.22-annotations.yaml", input, diag)))
  end)
  teardown(function()
    lib.mem_fail(0, false)
    os.remove(folder)
    engine.clean()
  end)

  for _, packed in ipairs { false, true } do
    local kind = packed and "packed" or "a file"
    it("is " .. kind .. " whole or not at all, without one allocation", function()
      assert.is_true(walk(input, folder, packed, false) > 300)
    end)

    it("is " .. kind .. " whole or not at all, without all from one on", function()
      assert.is_true(walk(input, folder, packed, true) > 300)
    end)
  end
end)
