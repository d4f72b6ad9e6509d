-- Broken files of Go 1.5 to 1.21, as copies, disks and other writers make them: what was
-- not hit is there, as it was, and nothing is that nobody recorded.
--
-- The tries are the same each time; BREAKS=n makes n of each kind, thousands before the
-- walk or its costs are changed.
local breaks = require "support.losing.breaks"
local ffi = require "ffi"
local losing = require "support.losing.v1"
local one_removed = require "support.losing.one"
local program = require "support.program"
local C = ffi.C

teardown(program.clean)

local RECORDINGS = {}
for _, name in ipairs {
  "go1.15-annotations", "go1.15-gc", "go1.15-timers", "go1.19-cgo", "go1.19-cpusamples", "go1.19-lifetimes",
  "go1.21-channels", "go1.21-procs", "go1.21-syscalls", "go1.5-log", "go1.8-log",
} do
  if one_removed.exists(name) then
    RECORDINGS[#RECORDINGS + 1] = { name = name, bytes = one_removed.read(name) }
  end
end

local TRIES = tonumber(os.getenv "BREAKS" or 12)

-- What a kind may cost beyond what was hit, events a try on average: one byte that is
-- lost may be taken from the record behind; a batch without its header may be nobody's.
local MOST = {
  cut = { lost = 0, invented = 0.1 },
  lose = { lost = 0.3, invented = 0.2 },
  add = { lost = 0.2, invented = 0.2 },
  lf = { lost = 0.1, invented = 0.1 },
  text = { lost = 0.1, invented = 0.1 },
  within = { lost = 0.3, invented = 0.2 },
  run = { lost = 0.5, invented = 0.3 },
  batch = { lost = 20, invented = 3 },
  lines = { lost = 0.5, invented = 0.2 },
  behind = { lost = 0, invented = 0 },
}

-- The seeds of a kind, each with a recording: calls fn(recording, random).
local function each_try(fn)
  for seed = 1, TRIES do
    local random = breaks.random(seed * 104729)
    fn(RECORDINGS[random(#RECORDINGS)], random)
  end
end

local function whole_of(recording)
  recording.whole = recording.whole or breaks.read(recording.bytes)
  return recording.whole
end

local function has_fact(damages, name)
  for _, d in ipairs(damages) do
    if d.fact == tonumber(C["GOTRACE_FACT_" .. name]) then
      return true
    end
  end
  return false
end

describe("what is left of a v1 trace", function()
  for kind, most in pairs(MOST) do
    it("is there and nothing else: " .. kind, function()
      local sum, told = { lost = 0, invented = 0 }, {}
      each_try(function(recording, random)
        local one = breaks.make(recording.bytes, kind, random)
        local got = breaks.judge(whole_of(recording), one)
        for what in pairs(sum) do
          sum[what] = sum[what] + got[what]
          if got[what] > 0 then
            told[#told + 1] = ("%s at %d: %d %s"):format(recording.name, one.off, got[what], what)
          end
        end
      end)
      for what, n in pairs(sum) do
        assert.is_true(n / TRIES <= most[what], ("%d %s\n%s"):format(n, what, table.concat(told, "\n")))
      end
    end)
  end

  it("keeps the events of most batches whose header lacks a byte", function()
    local costly = 0
    each_try(function(recording, random)
      local got = breaks.judge(whole_of(recording), breaks.make(recording.bytes, "batch", random))
      costly = costly + (got.lost > 2 and 1 or 0)
    end)
    assert.is_true(costly <= TRIES / 6, costly .. " do not")
  end)
end)

describe("the cause of what is broken in a v1 trace", function()
  for _, kind in ipairs { "lf", "text" } do
    it("is that something else was written: " .. kind, function()
      local missed = 0
      each_try(function(recording, random)
        local _, damages = breaks.read(breaks.make(recording.bytes, kind, random).bytes)
        missed = missed + (has_fact(damages, "TEXT") and 0 or 1)
      end)
      assert.is_true(missed <= TRIES / 12, missed .. " are not told")
    end)
  end

  for _, kind in ipairs { "lose", "add", "run" } do
    it("is not that clocks disagree where bytes cannot be read: " .. kind, function()
      each_try(function(recording, random)
        local one = breaks.make(recording.bytes, kind, random)
        local _, damages = breaks.read(one.bytes)
        local lost = 0
        for _, d in ipairs(damages) do
          lost = lost + d.lost
        end
        assert.is_true(lost == 0 or not has_fact(damages, "CLOCKS"), ("%s at %d"):format(recording.name, one.off))
      end)
    end)
  end

  it("is not that clocks disagree where all bytes were encoded as UTF-8", function()
    local bytes = one_removed.read("go1.21-sync"):sub(17):gsub("[\128-\255]", function(c)
      return string.char(192 + math.floor(c:byte() / 64), 128 + c:byte() % 64)
    end)
    local _, damages = breaks.read("go 1.21 trace\0\0\0" .. bytes)
    assert.is_true(has_fact(damages, "UTF8"))
    assert.is_false(has_fact(damages, "CLOCKS"))
  end)

  it("is not that clocks disagree where a batch is said to be another P's", function()
    for _, name in ipairs { "go1.15-cgo", "go1.19-http", "go1.21-channels", "go1.21-timers" } do
      local bytes, n = one_removed.read(name), 0
      for _, r in ipairs(losing.records(bytes)) do
        n = n + (r.type == "Batch" and 1 or 0)
        if r.type == "Batch" and n <= 3 then
          local other = string.char((bytes:byte(r.off + 2) + 1) % 128)
          local _, damages = breaks.read(bytes:sub(1, r.off + 1) .. other .. bytes:sub(r.off + 3))
          assert.is_true(#damages > 0, name)
          assert.is_false(has_fact(damages, "CLOCKS"), ("%s, batch %d"):format(name, n))
        end
      end
    end
  end)

  it("is not that the file ends early if the frequency alone is missing", function()
    for _, recording in ipairs(RECORDINGS) do
      local _, damages = breaks.read((breaks.without(recording.bytes, "Frequency")))
      assert.equal("the frequency is missing: times are in ticks instead of ns", damages[1].what)
      assert.is_false(damages[1].cut)
    end
  end)

  for fact, taken in pairs { LF = "\n", CR = "\r" } do
    it("is that it was taken for text if no such byte is left: " .. fact, function()
      for _, name in ipairs { "go1.15-gc", "go1.21-channels" } do
        local bytes = one_removed.read(name)
        local _, damages = breaks.read(bytes:sub(1, 16) .. bytes:sub(17):gsub(taken, ""))
        assert.equal(tonumber(C["GOTRACE_FACT_" .. fact]), damages[1].fact)
      end
    end)
  end
end)

-- Of each kind one.
describe("what is written of a broken v1 trace", function()
  local function repairs(text)
    return text:match "repaired to stay valid: ([^\n]*)"
  end

  -- Of those before 1.10 what each P says of the world is absorbed, damaged or not.
  local function newer(random)
    local recording
    repeat
      recording = RECORDINGS[random(#RECORDINGS)]
    until tonumber(recording.name:match "^go1%.(%d+)") >= 10
    return recording
  end

  for _, kind in ipairs { "cut", "lose", "text", "run", "batch" } do
    it("is valid, and refused by --strict if it was repaired: " .. kind, function()
      for seed = 1, 3 do
        local random = breaks.random(seed * 7919)
        local trace = program.tmpfile(breaks.make(newer(random).bytes, kind, random).bytes)
        local path, strict = program.tmpname(), program.tmpname()
        os.remove(strict)
        local run = program.run { "-o", path, trace }
        assert.is_true(run.status == 3 or run.status == 0, run.err)
        assert.equal("valid", program.run({ "--verify", path }).out:match ": (%S+)")
        local refusal = program.run { "--strict", "-o", strict, trace }
        if repairs(run.err) then
          assert.equal(4, refusal.status, run.err)
          assert.is_nil(io.open(strict), "it is there")
        else
          assert.equal(run.status, refusal.status, refusal.err)
        end
      end
    end)
  end
end)

-- The batches of other Ps are cut off with the end, and what they said of goroutines: who made
-- them, and how they came back from syscalls.
describe("what is written of a v1 trace that is cut off", function()
  for name, length in pairs { ["go1.19-mix"] = 29651, ["go1.21-gc"] = 3561, ["go1.19-http"] = 2895 } do
    it("holds nearly all that there is: " .. name, function()
      local bytes, path = one_removed.read(name):sub(1, length), program.tmpname()
      local there = breaks.read(bytes).n
      local run = program.run { "-o", path, program.tmpfile(bytes) }
      assert.equal(3, run.status, run.err)
      assert.is_true(tonumber(run.err:match "(%d+) withheld" or 0) <= there / 100, run.err)
      assert.equal("valid", program.run({ "--verify", path }).out:match ": (%S+)")
    end)
  end
end)

describe("a broken v1 trace", function()
  it("is the same by every path", function()
    for seed = 1, 8 do
      local random = breaks.random(seed * 31337)
      local recording = RECORDINGS[random(#RECORDINGS)]
      local trace = program.tmpfile(breaks.make(recording.bytes, "lose", random).bytes)
      local fast, slow = program.run { "cat", trace }, program.run { "cat", trace, env = "GOTRACE_PATHS=slow" }
      assert.equal(fast.out, slow.out)
      assert.equal(fast.err, slow.err)
    end
  end)
end)

