-- The string and stack tables of what is written: which names are in them,
-- under which ids.
local engine = require "support.engine"
local reading = require "support.reading"
local rewriting = require "support.rewriting"
local trace = require "support.trace"
local v1 = require "v1.v1_trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

local RUNNING = { { "ProcStatus", 0, 0, 1 }, { "GoStatus", 1, 5, 1, 2 } }

local function generation(fields, ...)
  fields[1] = { m = 1, RUNNING[1], RUNNING[2], ... }
  return fields
end

local function intern(names, text)
  local id = ffi.new "uint32_t[1]"
  assert(lib.gotrace_intern(names, text, #text, id))
  return id[0]
end

-- The bytes of the rewrite, with all labels `label`, if there is one, and the
-- stacks that stack_of(e) yields for a GoStop.
local function rewrite(bytes, label, stack_of)
  local got = rewriting.run(bytes, function(_, _, e, _, names)
    local stack = stack_of and stack_of(e)
    if not (stack or label and e.type == trace.types.GoLabel) then
      return
    end
    local original = ffi.new("gotrace_event[1]", { e })
    original[0].flags, original[0].at = C.GOTRACE_ORIGINAL, 0
    e.flags = C.GOTRACE_EDITED
    e.arg[0] = label and intern(names, label) or e.arg[0]
    e.arg[1] = stack or e.arg[1]
    return original, 1
  end)
  assert.is_nil(got.why)
  assert.same({}, reading.complaints(reading.read(got.bytes)))
  return got.bytes
end

-- Labels as they come.
local function labels_of(bytes)
  local out = {}
  for _, line in ipairs(reading.read(bytes).lines) do
    out[#out + 1] = line:match "GoLabel .* label=(.*)$"
  end
  return out
end

local SOME_IDS = { 1, 2, 3, 8192, 8193, 8194 }

-- Those of them under which a text is in the string tables, in the file's order.
local function ids(bytes, text)
  local places, out = {}, {}
  for _, id in ipairs(SOME_IDS) do
    local at = 0
    repeat
      at = bytes:find(trace.string(id, text), at + 1, true)
      places[#places + 1] = at and { at = at, id = id }
    until not at
  end
  table.sort(places, function(a, b)
    return a.at < b.at
  end)
  for i, place in ipairs(places) do
    out[i] = place.id
  end
  return out
end

-- The PCs of the stack of the last GoStop.
local function pcs_of(bytes)
  local pcs, batch = {}, ffi.new "gotrace_batch"
  local names, t, diag = lib.gotrace_names_new(), ffi.new "gotrace *[1]", engine.diag()
  assert(lib.gotrace_open_memory(t, bytes, #bytes, 0, names, diag) == C.GOTRACE_OK)
  while lib.gotrace_next(t[0], batch, diag) == C.GOTRACE_OK do
    for i = 0, batch.len - 1 do
      if batch.events[i].type == trace.types.GoStop then
        for j, frame in ipairs(reading.stack(names, tonumber(batch.events[i].arg[1]))) do
          pcs[j] = frame.pc
        end
      end
    end
  end
  lib.gotrace_close(t[0])
  lib.gotrace_names_free(names)
  return pcs
end

-- n frames, each with a line of its own.
local function deep(n)
  local frames = {}
  for i = 1, n do
    frames[i] = { 100 + i, 1, 2, i }
  end
  return frames
end

describe("the tables of what is written", function()
  after_each(engine.clean)

  describe("number strings", function()
    local bytes = trace.file(
      26,
      generation(
        { strings = { [7] = "beta", [3] = "alpha", [900] = "gamma" } },
        { "GoLabel", 1, 900 }, { "GoLabel", 1, 3 }, { "GoLabel", 1, 900 }
      ),
      generation({ time = 2000, strings = { [4] = "alpha", [5] = "beta" } }, { "GoLabel", 1, 4 }, { "GoLabel", 1, 5 })
    )

    it("as they are used, in each generation from 1 on", function()
      local out = rewrite(bytes)
      assert.same({ 2, 1 }, ids(out, "alpha"))
      assert.same({ 1 }, ids(out, "gamma"))
    end)

    it("that are used, and no others", function()
      assert.same({ 2 }, ids(rewrite(bytes), "beta"))
    end)

    it("and mean the same", function()
      assert.same({ "gamma", "alpha", "gamma", "alpha", "beta" }, labels_of(rewrite(bytes)))
    end)
  end)

  describe("clip strings", function()
    local bytes = trace.file(26, generation({ strings = { "l" } }, { "GoLabel", 1, 1 }))

    local function written(text)
      return labels_of(rewrite(bytes, text))[1]
    end

    it("at 1024 bytes", function()
      assert.equal(("x"):rep(1024), written(("x"):rep(1024)))
      assert.equal(("x"):rep(1024), written(("x"):rep(1025)))
      assert.equal(("x"):rep(1024), written(("x"):rep(70000)))
    end)

    it("not inside a character", function()
      local euro = "\226\130\172"
      assert.equal(euro:rep(341), written(euro:rep(342)))
      assert.equal("x" .. euro:rep(341), written("x" .. euro:rep(342)))
      assert.equal("xx" .. euro:rep(340), written("xx" .. euro:rep(342)))
      local smile = "\240\159\152\128"
      assert.equal(smile:rep(256), written(smile:rep(257)))
      assert.equal("x" .. smile:rep(255), written("x" .. smile:rep(257)))
    end)

    it("that are no text anywhere", function()
      assert.equal(1020, #written(("\128"):rep(2000)))
    end)
  end)

  describe("write stacks", function()
    local STRINGS = { "main.f", "f.go", "main.g" }

    local function stops(stacks, ...)
      local events = {}
      for i, id in ipairs { ... } do
        events[2 * i - 1] = { "GoStop", 1, 0, id }
        events[2 * i] = { "GoStart", 1, 5, i }
      end
      return trace.file(26, generation({ strings = STRINGS, stacks = stacks }, unpack(events)))
    end

    local function stacks_of(bytes)
      local out = {}
      for _, line in ipairs(reading.read(bytes).lines) do
        out[#out + 1] = line:match "GoStop .* stack=(.*)$"
      end
      return out
    end

    it("that are used, once", function()
      local stacks = { [50] = { { 1, 1, 2, 10 } }, [60] = { { 2, 3, 2, 20 } }, [70] = { { 3, 1, 2, 30 } } }
      local out = rewrite(stops(stacks, 50, 70, 50))
      assert.same({ "main.f:10", "main.f:30", "main.f:10" }, stacks_of(out))
      assert.equal(2, reading.read(out).generations[1].stacks)
      assert.is_nil(out:find("main.g", 1, true))
    end)

    it("of 128 frames, and of no more from the leaf on", function()
      local t = v1.trace(11):String(1, "main.f"):String(2, "f.go"):start()
      local out = rewrite(t:Stack(1, unpack(deep(128))):Stack(2, unpack(deep(200))):GoSched(1, 1):GoStart(1, 1, 2)
        :GoSched(1, 2):finish())
      local whole, clipped = unpack(stacks_of(out))
      assert.equal(whole, clipped)
      assert.equal(128, select(2, whole:gsub("main.f:", "")))
    end)

    -- A reader knows one frame for a PC, a script stacks of other generations.
    it("with two frames of one PC", function()
      local function gen(time, func)
        return generation(
          { time = time, strings = STRINGS, stacks = { [1] = { { 7, func, 2, 10 }, { 8, func, 2, 20 } } } },
          { "GoStop", 1, 0, 1 }, { "GoStart", 1, 5, 1 }, { "GoStop", 1, 0, 1 }, { "GoStart", 1, 5, 2 }
        )
      end
      local n, first = 0
      local out = rewrite(trace.file(26, gen(1000, 1), gen(2000, 3)), nil, function(e)
        if e.type == trace.types.GoStop then
          n = n + 1
          first = first or e.arg[1]
          return n == 3 and first
        end
      end)
      local f, g = "main.f:10;main.f:20", "main.g:10;main.g:20"
      assert.same({ f, f, f, g }, stacks_of(out))
      assert.same({ 9, 10 }, pcs_of(out))
    end)

    it("without frames that name nothing, of v1", function()
      local t = v1.trace(11):start():Stack(1, { 0, 0, 0, 0 }, { 8, 0, 0, 0 }):GoSched(1, 1)
      local out = rewrite(t:finish())
      assert.same({ "?:1;?:1" }, stacks_of(out))
      assert.same({ 1, 8 }, pcs_of(out))
    end)
  end)

  it("keep the ids of kinds of stops", function()
    local function stopped(time, label, kind, ...)
      return generation({ time = time, strings = { label, kind } }, ...)
    end
    local out = rewrite(trace.file(
      26,
      stopped(1000, "one", "sweep", { "STWBegin", 1, 2 }),
      stopped(2000, "two", "mark", { "GoLabel", 1, 1 }, { "STWEnd", 1 }, { "STWBegin", 1, 2 }),
      stopped(3000, "three", "sweep", { "GoLabel", 1, 1 }, { "STWEnd", 1 }, { "STWBegin", 1, 2 }, { "STWEnd", 1 })
    ))
    assert.same({ 8192, 8192, 8192 }, ids(out, "sweep"))
    assert.same({ 8193, 8193 }, ids(out, "mark"))
    assert.same({ 1 }, ids(out, "two"))
  end)
end)

describe("A stack that the runtime could not walk", function()
  local program = require "support.program"
  teardown(program.clean)

  it("still says nothing, so that no goroutine is named by it", function()
    local old, new = program.root .. "testdata/real/go1.21-services.trace", program.tmpname()
    assert.equal("", program.run({ "-q", "-o", new, old }).err)
    local function of(path)
      return program.run({ "-f", '#stack == 1 and stack.leaf.func == ""', "-p", "type,time,g", path }).out
    end
    assert.matches("^GoStop\t%d+\t%d+\n", of(old))
    assert.equal(of(old), of(new))
    assert.equal("", program.run({ "-f", 'stack.root.func == "?"', new }).out)
  end)
end)
