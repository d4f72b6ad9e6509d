-- gotrace_report_progress: what is read is the same, and how far it is goes on inside of generations,
-- whatever the trace comes from.
local engine = require "support.engine"
local ffi = require "ffi"
local hostile = require "support.hostile"

local lib = engine.lib

local OK = 0
local N = 300000

local whole

setup(function()
  for _, shape in ipairs(hostile) do
    if shape.name == "goroutines" then
      whole = shape.make(N)
    end
  end
end)

-- Reads all: what is known at the end, and the steps of the progress as they were.
local function read(bytes, step, order, reports)
  local names = lib.gotrace_names_new()
  local out, diag = ffi.new "gotrace *[1]", engine.diag()
  assert.equal(OK, tonumber(lib.gotrace_open_memory(out, bytes, #bytes, step, names, diag)))
  local t, batch, at = out[0], ffi.new "gotrace_batch", ffi.new "gotrace_progress"
  local wanted = ffi.new "uint8_t[256]"
  lib.gotrace_want(t, wanted, order)
  if reports then
    lib.gotrace_report_progress(t)
  end
  local steps, status = {}
  repeat
    status = tonumber(lib.gotrace_next(t, batch, diag))
    lib.gotrace_progress_of(t, at)
    steps[#steps + 1] = { tonumber(at.read), tonumber(at.done) }
  until status ~= OK
  local info = lib.gotrace_info_of(t)
  local known = { status, tonumber(info.events), tonumber(info.damages), tonumber(info.lost), tonumber(info.last_time),
    tonumber(info.generations), tonumber(info.goroutines), tonumber(info.consumed), tonumber(info.size) }
  lib.gotrace_close(t)
  lib.gotrace_names_free(names)
  return known, steps
end

local function distinct(steps, i)
  local n = 1
  for k = 2, #steps do
    assert.is_true(steps[k][i] >= steps[k - 1][i])
    n = n + (steps[k][i] > steps[k - 1][i] and 1 or 0)
  end
  return n
end

describe("progress", function()
  -- Bytes that are changed, cut off or too many, in the middle.
  local function harmed()
    local half = math.floor(#whole / 2)
    return {
      whole, whole:sub(1, half), whole:sub(1, half) .. ("\255"):rep(300) .. whole:sub(half + 301),
      whole:sub(1, half) .. "some text\n" .. whole:sub(half + 1), whole:sub(1, half) .. whole:sub(half + 500),
    }
  end

  it("changes nothing of what is read", function()
    for i, bytes in ipairs(harmed()) do
      for _, order in ipairs { 0, 1 } do
        for _, step in ipairs { 0, 5000 } do
          local with = read(bytes, step, order, true)
          assert.same(read(bytes, step, order, false), with, i)
        end
      end
    end
  end)

  it("goes on inside of a generation of which no event is wanted", function()
    for _, step in ipairs { 0, 5000 } do
      local _, steps = read(whole, step, 0, true)
      assert.is_true(distinct(steps, 2) >= 4)
      local last = steps[#steps]
      assert.same({ #whole, #whole }, last)
      assert.is_true(step == 0 or distinct(steps, 1) >= 3)
    end
  end)

  it("does not go on where nobody asks for it", function()
    local _, steps = read(whole, 0, 0, false)
    assert.is_true(distinct(steps, 2) <= 2)
  end)
end)
