-- Sums by stack and labels, and the profile that is made of them.
local ffi = require "ffi"
local engine = require "support.engine"
local pprof = require "export.pprof"
local program = require "support.program"
local C = engine.lib

engine.header "src/gotrace_lua.h"
engine.header "src/base/mem.h"

teardown(program.clean)

local OWN = C.GOTRACE_OWN_SETS

local function new()
  return ffi.gc(C.gotrace_samples_new(), C.gotrace_samples_free)
end

local function rows(samples)
  local list, raw, i = {}, ffi.new "gotrace_sample", 0
  while C.gotrace_samples_at(samples, i, raw) do
    list[#list + 1] = { raw.stack, raw.labels, tonumber(raw.value[0]), tonumber(raw.value[1]) }
    i = i + 1
  end
  return list
end

describe("samples", function()
  it("are summed by stack and labels, as they come up", function()
    local s = new()
    assert.is_true(C.gotrace_samples_add(s, 2, 0, 1, 10))
    assert.is_true(C.gotrace_samples_add(s, 1, OWN, 1, 20))
    assert.is_true(C.gotrace_samples_add(s, 2, 0, 2, -3))
    assert.is_true(C.gotrace_samples_add(s, 1, OWN + 1, 1, 1))
    assert.same({ { 2, 0, 3, 7 }, { 1, OWN, 1, 20 }, { 1, OWN + 1, 1, 1 } }, rows(s))
  end)

  it("stop at what 64 bits hold", function()
    local s, raw = new(), ffi.new "gotrace_sample"
    local most = 0x7fffffffffffffffLL
    C.gotrace_samples_add(s, 1, 0, most, -most)
    C.gotrace_samples_add(s, 1, 0, 1, -2)
    assert.is_true(C.gotrace_samples_at(s, 0, raw))
    assert.is_true(raw.value[0] == most)
    assert.is_true(raw.value[1] == -most - 1)
  end)

  it("change nothing where there is no memory", function()
    local s = new()
    for n = 1, 3 do
      C.mem_fail(n, true)
      local added = C.gotrace_samples_add(s, 1, 0, 1, 1)
      C.mem_fail(0, false)
      if added then
        assert.is_true(n > 1)
        return assert.same({ { 1, 0, 1, 1 } }, rows(s))
      end
      assert.same({}, rows(s))
    end
    error "it was never added"
  end)
end)

local function span_of(fields)
  local span = ffi.new("gotrace_span", { kind = C.GOTRACE_SPAN_STATE, state = C.GOTRACE_STATE_WAITING, g = 7,
    to = 5, stack = 3, waker_stack = 4, reason = C.GOTRACE_NO_REASON, task = ffi.cast("uint64_t", -1) })
  for name, value in pairs(fields or {}) do
    span[name] = value
  end
  return span
end

local function rule_of(fields)
  local rule = ffi.new("gotrace_sample_rule", { states = 2 ^ 32 - 1, counts = 1 })
  for name, value in pairs(fields or {}) do
    rule[name] = value
  end
  return rule
end

describe("spans as samples", function()
  local s

  before_each(function()
    s = new()
  end)

  local function add(span, rule)
    assert.is_true(C.gotrace_samples_add_span(s, nil, span_of(span), rule_of(rule)))
  end

  it("are their ns, and how many", function()
    add()
    add { to = 7 }
    assert.same({ { 3, 0, 2, 12 } }, rows(s))
  end)

  it("are ns alone, at the waker's stack", function()
    add({}, { counts = 0, stack = C.GOTRACE_STACK_WAKER })
    assert.same({ { 4, 0, 5, 0 } }, rows(s))
  end)

  it("are at the stack of the event that began them", function()
    local rule = { stack = C.GOTRACE_STACK_EVENT }
    add({}, rule)
    add({ bare = 1 }, rule)
    add({ state = C.GOTRACE_STATE_RUNNABLE, prev = C.GOTRACE_STATE_WAITING }, rule)
    add({ state = C.GOTRACE_STATE_RUNNABLE, prev = C.GOTRACE_STATE_RUNNING }, rule)
    assert.same({ { 3, 0, 2, 10 }, { 0, 0, 1, 5 }, { 4, 0, 1, 5 } }, rows(s))
  end)

  it("are those of some states, and none that is open", function()
    local rule = { states = bit.lshift(1, tonumber(C.GOTRACE_STATE_RUNNABLE)), skips_open = 1 }
    add({}, rule)
    add({ state = C.GOTRACE_STATE_RUNNABLE, open = 1 }, rule)
    add({ state = C.GOTRACE_STATE_RUNNABLE }, rule)
    add({ kind = C.GOTRACE_SPAN_GC, state = 0 }, rule)
    assert.same({ { 3, 0, 2, 10 } }, rows(s))
  end)

  it("are told apart by the labels that are asked for", function()
    local all = C.GOTRACE_LABEL_STATE + C.GOTRACE_LABEL_REASON + C.GOTRACE_LABEL_FUNC + C.GOTRACE_LABEL_REGION
    local different = { {}, { reason = 9 }, { func = 8 }, { region = 7 }, { state = C.GOTRACE_STATE_RUNNING },
      { kind = C.GOTRACE_SPAN_PROC }, { func = 8, reason = 9 } }
    for _ = 1, 2 do
      for _, fields in ipairs(different) do
        add(fields, { labels = all })
        add(fields, { labels = C.GOTRACE_LABEL_G })
      end
    end
    local list = rows(s)
    assert.equal(#different + 1, #list)
    local set = ffi.new "gotrace_label_set"
    assert.is_true(C.gotrace_samples_set_at(s, list[1][2], set))
    assert.equal(7, tonumber(set.g)) -- it has no name yet
    assert.is_true(C.gotrace_samples_set_at(s, list[4][2], set))
    assert.same({ -1, 8, tonumber(C.GOTRACE_STATE_WAITING) }, { tonumber(set.g), set.func, set.state })
    assert.is_true(C.gotrace_samples_set_at(s, list[5][2], set))
    assert.equal(7, set.region)
    assert.is_false(C.gotrace_samples_set_at(s, 0, set))
    assert.is_false(C.gotrace_samples_set_at(s, #list + 1, set))
  end)

  it("have no label that is not asked for", function()
    local fields = { reason = 9, func = 8, region = 7, state = C.GOTRACE_STATE_RUNNING }
    local set = ffi.new "gotrace_label_set"
    local function labels(asked)
      s = new()
      add(fields, { labels = asked })
      assert.is_true(C.gotrace_samples_set_at(s, rows(s)[1][2], set))
      return { set.reason, set.func, set.region, tonumber(set.g) }
    end
    assert.same({ 0, 0, 0, -1 }, labels(C.GOTRACE_LABEL_STATE))
    assert.same({ 9, 0, 0, -1 }, labels(C.GOTRACE_LABEL_REASON))
    assert.same({ 0, 8, 0, -1 }, labels(C.GOTRACE_LABEL_FUNC))
    assert.same({ 0, 0, 7, -1 }, labels(C.GOTRACE_LABEL_REGION))
    assert.same({ 0, 0, 0, 7 }, labels(C.GOTRACE_LABEL_G))
  end)

  it("are not added in part where there is no memory", function()
    local span, rule, failed = span_of {}, rule_of { labels = C.GOTRACE_LABEL_G }, 0
    for n = 1, 9 do
      s = new()
      C.mem_fail(n, true)
      local added = C.gotrace_samples_add_span(s, nil, span, rule)
      C.mem_fail(0, false)
      assert.equal(added and 1 or 0, #rows(s))
      failed = failed + (added and 0 or 1)
    end
    assert.is_true(failed > 1)
  end)

  it("are others in another trace", function()
    add({}, { labels = C.GOTRACE_LABEL_FUNC })
    C.gotrace_samples_end_trace(s)
    add({}, { labels = C.GOTRACE_LABEL_FUNC })
    assert.equal(2, #rows(s))
  end)
end)

describe("a profile", function()
  local names, ids

  before_each(function()
    names, ids = ffi.gc(C.gotrace_names_new(), C.gotrace_names_free), ffi.new "uint32_t[1]"
  end)

  local function text(s)
    assert.is_true(C.gotrace_intern(names, s, #s, ids))
    return ids[0]
  end

  local function stack(frames)
    local raw = ffi.new("gotrace_frame[?]", #frames)
    for i, f in ipairs(frames) do
      raw[i - 1] = { pc = f.pc or 0, line = f.line or 0, func = text(f.func or ""), file = text(f.file or "") }
    end
    assert.is_true(C.gotrace_intern_stack(names, raw, #frames, ids))
    return ids[0]
  end

  local function about(labels, ends, types)
    return ffi.new("gotrace_profile", { labels = labels, label_ends = ends, types = types or 2,
      type = { text "contentions", text "delay" }, unit = { text "count", text "nanoseconds" },
      period_type = text "trace", period_unit = text "count", default_type = text "delay",
      comment = text "a comment", time = 5, duration = 6 })
  end

  -- The bytes of a profile, or the status of the step that failed.
  local function write(samples, of)
    local path, out, diag = program.tmpname(), ffi.new "gotrace_output *[1]", engine.diag()
    assert(C.gotrace_output_open(out, path, false, nil, diag) == C.GOTRACE_OK)
    local p = ffi.gc(C.gotrace_pprof_new(out[0], names), C.gotrace_pprof_free)
    local status = p ~= nil and C.gotrace_pprof_write(p, samples, of, diag) or C.GOTRACE_NO_MEMORY
    local i, len = 0, ffi.new "uint32_t[1]"
    while status == C.GOTRACE_OK and C.gotrace_pprof_text_at(p, i, ids) do
      local s = C.gotrace_string(names, ids[0], len)
      status, i = C.gotrace_pprof_text(p, s, len[0], diag), i + 1
    end
    if status == C.GOTRACE_OK then
      status = C.gotrace_pprof_end(p, diag)
    end
    if status ~= C.GOTRACE_OK then
      C.gotrace_output_abandon(out[0])
      return nil, status
    end
    assert(C.gotrace_output_commit(out[0], ffi.new "uint64_t[1]", diag) == C.GOTRACE_OK)
    return program.read(path)
  end

  local function example()
    local s = new()
    local leaf = { func = "main.f", file = "f.go", line = 3, pc = 0x30 }
    local root = { func = "main.main", file = "m.go", line = 9, pc = 0x10 }
    C.gotrace_samples_add(s, stack { leaf, root }, 2, 1, 100)
    C.gotrace_samples_add(s, stack { { func = "main.f", file = "f.go", line = 4, pc = 0x34 }, root }, 1, 2, 200)
    C.gotrace_samples_add(s, stack { { pc = 0x99 }, {} }, 0, 3, 300)
    C.gotrace_samples_add(s, 0, 0, 4, -1)
    local labels = ffi.new("gotrace_label[3]", {
      { key = text "reason", text = text "sync" },
      { key = text "reason", text = text "select" }, { key = text "g", number = 18, unit = text "id" } })
    return s, about(labels, ffi.new("uint32_t[3]", { 0, 1, 3 })), labels
  end

  it("has each stack with its labels, and functions and locations once", function()
    local s, of, _ = example()
    local p = pprof.parse((write(s, of)))
    local main = { func = "main.main", file = "m.go", line = 9, pc = 0x10 }
    assert.same({ "contentions count", "delay nanoseconds" }, p.types)
    assert.same({ values = { 1, 100 }, labels = { reason = "select", g = 18 },
      frames = { { func = "main.f", file = "f.go", line = 3, pc = 0x30 }, main } }, p.samples[1])
    assert.same({ values = { 2, 200 }, labels = { reason = "sync" },
      frames = { { func = "main.f", file = "f.go", line = 4, pc = 0x34 }, main } }, p.samples[2])
    assert.same({ { func = "", file = "", line = 0, pc = 0x99 } }, p.samples[3].frames) -- of Go 1.5
    assert.same({}, p.samples[4].frames)
    assert.equal(4, #p.locations)
    assert.equal(2, #p.functions)
    assert.same({ 5, 6, "a comment", "delay", "trace count" },
      { p.time, p.duration, p.comment, p.default_type, p.period })
  end)

  it("has one value where there is one type", function()
    local s = new()
    C.gotrace_samples_add(s, 0, 0, 7, 0)
    local p = pprof.parse((write(s, about(nil, ffi.new("uint32_t[1]"), 1))))
    assert.same({ { 7 }, { "contentions count" } }, { p.samples[1].values, p.types })
  end)

  it("goes out in pieces", function()
    local s = new()
    for i = 1, 5000 do
      C.gotrace_samples_add(s, stack { { func = "f" .. i, file = ("x"):rep(50), line = i, pc = i } }, 0, 1, i)
    end
    local p = pprof.parse((write(s, about(nil, ffi.new("uint32_t[1]")))))
    assert.equal(5000, #p.samples)
    for i, one in ipairs(p.samples) do
      assert.equal("f" .. i, one.frames[1].func)
    end
  end)

  it("says that there is no memory, whichever allocation fails", function()
    local s, of, _ = example()
    local whole = write(s, of)
    for n = 1, 500 do
      C.mem_fail(n, false)
      local ok, bytes, status = pcall(write, s, of)
      local asked = tonumber(C.mem_count())
      C.mem_fail(0, false)
      if asked < n then
        assert.is_true(n > 10)
        return
      end
      -- To open the file is asserted, as it is no part of a profile.
      if ok then
        assert.is_true(bytes == whole or status == C.GOTRACE_NO_MEMORY)
      end
    end
    error "an allocation failed 500 times"
  end)
end)
