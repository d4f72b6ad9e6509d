-- Where nobody asks for more than sums (longest = false, as top), changes of states are counted in place: what is said
-- is what sums of spans say, of whole traces and broken ones; and who has ended takes no memory for ever.
local engine = require "support.engine"
local ffi = require "ffi"
local lfs = require "lfs"
local program = require "support.program"

local lib, C = engine.lib, ffi.C

teardown(program.clean)

local everything = os.getenv "GOTRACE_ALL_PATHS" == "1"
local seed = tonumber(os.getenv "GOTRACE_SEED") or tonumber(os.date "%Y%j")

local function random(n)
  seed = (seed * 16807 + 11) % 2147483647
  return seed % n
end

local recordings = {}
for name in lfs.dir(program.root .. "testdata/real") do
  recordings[#recordings + 1] = name:find "%.trace$" and program.root .. "testdata/real/" .. name or nil
end
table.sort(recordings)

-- All of them, or some that the seed chooses.
local function some(n)
  local list, left = {}, { unpack(recordings) }
  while #left > 0 and (everything or #list < n) do
    list[#list + 1] = table.remove(left, random(#left) + 1)
  end
  return list
end

-- The trace with a few bytes that are others, or without some, behind its header.
local function broken(path)
  local bytes = program.read(path)
  for _ = 0, random(3) do
    local at = 17 + random(#bytes - 60)
    bytes = bytes:sub(1, at) .. string.char(random(256)) .. bytes:sub(at + 2 + (random(2) == 0 and random(40) or 0))
  end
  return program.tmpfile(bytes)
end

local function run(paths, words)
  words.env = ("GOTRACE_PATHS='%s'"):format(paths)
  return program.run(words)
end

-- By all ways, `words` of a trace say the same; yields it.
local function same(words)
  local want = run("slow", words)
  assert.not_equal(2, want.status, want.err)
  for _, paths in ipairs { "", "sums", "sums,tally" } do
    local got = run(paths, words)
    assert.equal(want.out, got.out, ("GOTRACE_PATHS=%s %s"):format(paths, words[#words]))
    assert.equal(want.err .. want.status, got.err .. got.status)
  end
  return want.out
end

-- All that may be tallied, as it ends, goes on, and in all, at each generation.
local CODE = [[
local sums = require "gotrace.sums"
local list = {}
local function add(kind, state, by)
  list[#list + 1] = { name = kind .. (state or ""), by = by,
    of = sums { kind = kind, state = state, by = by, quantiles = true, keep = true, longest = false } }
end
add("state", "Running", { "func", "system" }) add("state", "Runnable", { "func", "stack" })
add("state", "Waiting", { "func", "reason", "stack" }) add("state", "Syscall", { "stack" })
add("goroutine", nil, { "func", "system" }) add("proc", nil, { "state" }) add("task", nil, { "name" })
add("gc", nil, { "name" }) add("stw", nil, { "name" }) add("sweep", nil, {})
local function show(what, one)
  local lines = {}
  for s in one.of[what](one.of) do
    local parts = { what, one.name, s.count, s.total, s.blocked, s.from, s.to, s.shortest, s.max, s.order }
    for _, name in ipairs(one.by) do
      parts[#parts + 1] = name == "stack" and s.stack and s.stack.id or s[name] or "-"
    end
    for _, name in ipairs { "p50", "p99" } do parts[#parts + 1] = what ~= "open" and s[name] or "-" end
    for i = 1, #parts do parts[i] = tostring(parts[i]) end
    lines[#lines + 1] = table.concat(parts, " ")
  end
  return table.concat(lines, "\n")
end
local function look()
  for _, one in ipairs(list) do
    print(show("each", one), show("open", one), show("all", one))
    one.of:clear()
  end
end
on.generation, on.finish = look, look]]

describe("What is tallied", function()
  it("is what spans are summed to", function()
    for _, path in ipairs(some(6)) do
      assert.truthy(same({ "-q", "-e", CODE, path }):find "each stateRunning %d")
      same { "-q", "--from", "1ms", "--to", "9ms", "-e", CODE, path }
    end
  end)

  it("is the same of a trace that is broken", function()
    for _, path in ipairs(some(6)) do
      for _ = 1, everything and 20 or 3 do
        same { "-q", "-e", CODE, broken(path) }
      end
    end
  end)

  it("is what top shows", function()
    for _, path in ipairs(some(5)) do
      for _, input in ipairs { path, broken(path), broken(path) } do
        same { "top", "--once", "-F", "json", input }
        same { "top", "--once", "--system", "--from", "2ms", "-F", "csv", input }
      end
    end
  end)

  it("has no longest span, but how long it was", function()
    local path = program.recording "faults"
    local head = [[local sums = require "gotrace.sums" local x = sums { kind = "state", longest = false }
      function on.finish() for s in x:each() do ]]
    for _, paths in ipairs { "", "slow" } do
      local r = run(paths, { "-e", head .. "print(s.longest) end end", path })
      assert.equal(4, r.status, r.err)
      assert.truthy(r.err:find("have no longest span", 1, true), r.err)
    end
    local max = program.run { "-e", head .. "print(s.max) end end", path }
    local longest = program.run { "-e", head:gsub(", longest = false", "") .. "print(s.longest.dur) end end", path }
    assert.equal(longest.out, max.out)
  end)
end)

-- What the engine keeps

engine.cdef [[
uint64_t mem_used(void);
bool names_string(gotrace_names *n, const void *data, size_t len, uint32_t *id);
bool names_stack(gotrace_names *n, const gotrace_frame *frames, uint32_t len, uint32_t *id);
]]

local GENERATION = tonumber(C.GOTRACE_EV_GENERATION)
local MOST = 2 ^ 19 -- MOST_GONE

local ids = {}
for id = 1, 255 do
  local row = lib.gotrace_spec_of(id)
  if row ~= nil and row.name ~= nil then
    ids[ffi.string(row.name)] = id
  end
end

describe("Of goroutines that have ended", function()
  local names, spans, generation, batch, events, stack, func
  local time, n = 0, 0

  local function flush()
    local count, stop = ffi.new "int32_t[1]", ffi.new "uint8_t[256]"
    if batch.len > 0 then
      assert.equal(batch.len, lib.gotrace_spans_run(spans, batch, 0, batch.len, stop, false, count))
      assert(count[0] >= 0)
    end
    batch.len = 0
  end

  local function event(name, g, a, b, c)
    local e = batch.events[batch.len]
    time, n = time + 1, n + 1
    e.type, e.g, e.m, e.p, e.time, e.n = ids[name] or GENERATION, g, 0, 0, time, n
    e.arg[0], e.arg[1], e.arg[2], e.arg[3] = a or 0, b or 0, c or 0, 0
    batch.len = batch.len + 1
    if batch.len == 1024 then
      flush()
    end
  end

  -- Goroutines from `first` on each live for 2 ns.
  local function live(first, count)
    for g = first, first + count - 1 do
      event("GoCreate", 1, g, stack)
      event("GoStart", -1, g, 1)
      event("GoDestroy", g)
    end
    flush()
  end

  local function sum(number, state, by)
    local spec = ffi.new("gotrace_sum_spec", { kind = state and C.GOTRACE_SPAN_STATE or C.GOTRACE_SPAN_GOROUTINE,
      states = state and bit.lshift(1, tonumber(C["GOTRACE_STATE_" .. state])) or 0xffffffff, by = by })
    assert(lib.gotrace_spans_sum(spans, spec))
    return number
  end

  -- How many spans a spec has of that function.
  local function count(spec, of)
    local one, i, all = ffi.new "gotrace_sum", 0, 0
    while lib.gotrace_spans_sum_at(spans, spec, i, one) do
      i, all = i + 1, all + (one.longest.func == of and tonumber(one.count) or 0)
    end
    return all
  end

  before_each(function()
    names, generation = lib.gotrace_names_new(), ffi.new "gotrace_generation"
    local id, frame = ffi.new "uint32_t[1]", ffi.new "gotrace_frame[1]"
    assert(lib.names_string(names, "main.work", 9, id))
    func = id[0]
    frame[0].func, frame[0].pc = func, 1
    assert(lib.names_stack(names, frame, 1, id))
    stack = id[0]
    spans = lib.gotrace_spans_new(names, 0, 26)
    local by = bit.lshift(1, tonumber(C.GOTRACE_BY_FUNC))
    sum(0, "RUNNING", by)
    sum(1, "RUNNABLE", by)
    sum(2, nil, by)
    lib.gotrace_spans_spare_figures(spans)
    lib.gotrace_spans_spare_longest(spans)
    assert(lib.gotrace_spans_window(spans, 0, 2 ^ 62))
    batch = ffi.new "gotrace_batch"
    events = ffi.new "gotrace_event[1024]"
    batch.events, batch.gen, time, n = events, generation, 0, 0
    local mark = ffi.new "gotrace_event"
    mark.type, mark.m, mark.p, mark.g = GENERATION, -1, -1, -1
    lib.gotrace_spans_step(spans, mark, generation)
  end)

  after_each(function()
    lib.gotrace_spans_free(spans)
    lib.gotrace_names_free(names)
  end)

  it("none is kept but the names of the last ones", function()
    live(2, MOST)
    local before = tonumber(lib.mem_used())
    live(2 + MOST, MOST)
    assert.is_true(tonumber(lib.mem_used()) - before < 2 ^ 17, tonumber(lib.mem_used()) - before)
    for spec = 0, 2 do
      assert.equal(2 * MOST, count(spec, func))
    end
  end)

  -- As behind a part that is lost.
  it("one that is spoken of again has its name, as long as so many have not ended since", function()
    live(2, 10)
    live(100, MOST - 5)
    event("GoStart", -1, 11, 1) -- the last of the ten; the first ones are forgotten
    event("GoDestroy", 11)
    flush()
    assert.equal(MOST + 6, count(0, func))
    event("GoStart", -1, 3, 1)
    event("GoDestroy", 3)
    flush()
    assert.equal(MOST + 6, count(0, func))
    assert.equal(1, count(0, 0))
  end)

  -- Tasks of a program that has been long at work.
  it("tasks take no memory, and are not gone on with by who speaks of them late", function()
    local spec, first, many = ffi.new("gotrace_sum_spec", { kind = C.GOTRACE_SPAN_TASK, states = 0xffffffff }), 2 ^ 40,
      100000
    assert(lib.gotrace_spans_sum(spans, spec))
    local function work(from)
      for id = from, from + many - 1 do
        event("UserTaskBegin", 1, id, -1ULL)
        event("UserTaskEnd", 1, id)
      end
      flush()
    end
    local function going_on()
      local one = ffi.new "gotrace_sum"
      assert(lib.gotrace_spans_sum_open(spans) >= 0)
      return lib.gotrace_spans_sum_open_at(spans, 3, 0, one) and tonumber(one.count) or 0
    end
    work(first)
    local before = tonumber(lib.mem_used())
    work(first + many)
    assert.is_true(tonumber(lib.mem_used()) - before < many, tonumber(lib.mem_used()) - before)
    for id = first, first + 2 * many, many / 4 do
      event("UserLog", 1, id)
    end
    event("UserTaskBegin", 1, first + 7, -1ULL) -- its number again
    flush()
    assert.equal(2, going_on()) -- and the one behind the last
    event("UserTaskEnd", 1, first + 7)
    event("UserTaskEnd", 1, first + 7)
    flush()
    assert.equal(1, going_on())
    assert.equal(2 * many + 1, count(3, 0))
  end)
end)
