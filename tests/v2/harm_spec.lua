-- Recordings of Go 1.22 and later broken as files are (tests/support/losing/harm.lua): what
-- is not hit is as it was, nothing is made up, and no cause is told that was none. Places
-- are drawn, the same each time; HARM=N draws N times as many.
local engine = require "support.engine"
local harm = require "support.losing.harm"

local TIMES = tonumber(os.getenv "HARM" or 1)
local RECORDINGS = {
  "go1.22-annotations", "go1.22-generations", "go1.23-channels", "go1.24-cpusamples", "go1.25-http", "go1.25-sync",
  "go1.26-flight", "go1.27-allocfree", "go1.27-cpusamples", "go1.27-lifetimes",
}

-- Kinds of harm that hit a batch from within: of it so many events may be misread in a
-- recording, and what depends on them.
local WITHIN = {
  ["a bit flipped"] = 10, ["a byte inserted"] = 2, ["a byte lost"] = 2, ["50 bytes lost"] = 2,
  ["text within"] = 2,
}

-- What is wrong, or nil. Before 1.26 a trace that lacks bytes of its last batch may look
-- as one that ends early.
local function judge(kind, report)
  local bad = report.lost > 0 or report.made > (WITHIN[kind] or 0) or not WITHIN[kind] and #report.causes > 0
  return bad and ("%d lost, %d made up; %s"):format(report.lost, report.made, table.concat(report.causes, ", "))
end

describe("a recording with", function()
  local wholes = {}
  setup(function()
    for i, name in ipairs(RECORDINGS) do
      wholes[i] = harm.whole(engine.read(engine.root .. "testdata/real/" .. name .. ".trace"))
    end
  end)

  for k, kind in ipairs(harm.kinds) do
    it(kind, function()
      local wrong = {}
      for i, whole in ipairs(wholes) do
        for n = 1, TIMES do
          local broken = harm.break_(kind, whole, 7919 * (k + 100 * n) + i)
          local bad = broken and judge(kind, harm.judge(whole, broken))
          wrong[#wrong + 1] = bad and ("%s, %d: %s"):format(RECORDINGS[i], n, bad) or nil
        end
      end
      assert(#wrong == 0, "\n  " .. table.concat(wrong, "\n  "))
    end)
  end
end)

-- Bytes of a batch's header at most.
local AT_MOST = 40
local LINES = { "2024/01/02 03:04:05 listening on :8080\n", '{"level":"info","msg":"ready"}\n', "exit status 2\n" }

-- A batch of one of the kinds that has more than `least` bytes; nil: the recording has none.
local function long_batch(whole, random, kinds, least)
  local list = {}
  for _, b in ipairs(whole.batches) do
    list[#list + 1] = kinds[b.kind] and b.behind - b.first > least and b or nil
  end
  return list[random(math.max(#list, 1)) + 1]
end

-- Places in a batch, `n` of them, in their order, no two of them near each other.
local function places(random, batch, n)
  local offs, size = {}, batch.behind - batch.first - AT_MOST
  for i = 1, n do
    local from = math.floor(size * (i - 1) / n)
    offs[i] = batch.first + AT_MOST + from + random(math.max(1, math.floor(size * i / n) - from - AT_MOST))
  end
  return offs
end

-- Reports what is read of the recording with `n` lines within that batch.
local function with_lines(whole, random, batch, n)
  local offs, lines, parts, from = places(random, batch, n), {}, {}, 0
  for i, off in ipairs(offs) do
    lines[i] = LINES[random(#LINES) + 1]
    parts[i], from = whole.bytes:sub(from + 1, off) .. lines[i], off
  end
  local function moved(at)
    local more = 0
    for i, off in ipairs(offs) do
      more = more + (at >= off and #lines[i] or 0)
    end
    return at + more
  end
  local bytes = table.concat(parts) .. whole.bytes:sub(from + 1)
  local report = harm.judge(whole, { bytes = bytes, hit = {}, causes = { TEXT = true }, moved = moved })
  return report, ("lines at %s: %d lost, %d wrong, %d made"):format(table.concat(offs, " "), report.lost,
    report.wrong, report.made)
end

describe("lines within a batch of events cost those that they stand in:", function()
  for i, name in ipairs(RECORDINGS) do
    it(name, function()
      local whole = harm.whole(engine.read(engine.root .. "testdata/real/" .. name .. ".trace"))
      local random = harm.random(100 + i)
      for n = 1, 16 * TIMES do
        local count = n % 16 < 12 and 1 or n % 16 - 10
        local batch = long_batch(whole, random, { events = true }, 2 * AT_MOST * count)
        if batch then
          local report, what = with_lines(whole, random, batch, count)
          -- Those that wait for the one that is lost may come too late.
          assert(report.lost <= count and report.wrong <= count * math.max(10, report.all / 100), what)
          assert(report.made == 0 and #report.causes == 0 and not report.silent, what)
        end
      end
    end)
  end
end)

local TABLES = { strings = true, stacks = true, samples = true }
-- Bytes of a line and the record that it stands in, at most.
local MOST = { strings = 1100, stacks = 2000, samples = 100 }

describe("lines within a table cost a record each, and no event:", function()
  for i, name in ipairs(RECORDINGS) do
    it(name, function()
      local whole = harm.whole(engine.read(engine.root .. "testdata/real/" .. name .. ".trace"))
      local random = harm.random(i)
      for n = 1, 8 * TIMES do
        local count = n % 3 + 1
        local batch = long_batch(whole, random, TABLES, 2 * AT_MOST * count)
        local report, what = with_lines(whole, random, batch, count)
        local lost = 0
        for _, d in ipairs(report.damages) do
          lost = lost + d.lost
        end
        assert(report.lost <= (batch.kind == "samples" and count or 0) and report.wrong == 0, what)
        assert(report.made == 0 and #report.causes == 0 and #report.damages == count, what)
        assert(lost <= count * MOST[batch.kind], ("%s; %d bytes"):format(what, lost))
      end
    end)
  end
end)

-- The batch with one bit of its time changed, the `i`-th; its time is the third number.
local function with_time_bit(whole, batch, i)
  local at, numbers = batch.first + 2, 0 -- the byte behind the type, from 1
  while numbers < 2 do
    numbers = numbers + (whole.bytes:byte(at) < 128 and 1 or 0)
    at = at + 1
  end
  at = at + math.floor(i / 7)
  local changed = bit.bxor(whole.bytes:byte(at), bit.lshift(1, i % 7))
  return whole.bytes:sub(1, at - 1) .. string.char(changed) .. whole.bytes:sub(at + 1)
end

describe("a bit of a batch's time that is wrong by more than the generation lasts is mended:", function()
  for i, name in ipairs(RECORDINGS) do
    it(name, function()
      local whole = harm.whole(engine.read(engine.root .. "testdata/real/" .. name .. ".trace"))
      local random = harm.random(i)
      for _ = 1, 6 * TIMES do
        local batch = long_batch(whole, random, { events = true }, 2 * AT_MOST)
        local number = 34 + random(6)
        local bytes = with_time_bit(whole, batch, number)
        local report = harm.judge(whole, {
          bytes = bytes, hit = {}, causes = { BIT = true },
          moved = function(at)
            return at
          end,
        })
        local what = ("bit %d of the batch at %d: %d lost, %d wrong, %d made"):format(number, batch.first, report.lost,
          report.wrong, report.made)
        assert(report.lost == 0 and report.wrong == 0 and report.made == 0 and #report.causes == 0, what)
        assert.equal("a batch whose time is broken; one bit of it is changed", report.damages[1].what)
        assert.equal(1, #report.damages)
      end
    end)
  end
end)
