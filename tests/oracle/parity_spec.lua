-- Recordings changed at random (mutation.lua), read by Go's reader and by ours:
-- what Go takes we read without damage, what Go refuses we do not, and as far
-- as Go reads, and nothing is missing, both see the same events.
local compare = require "oracle.compare.compare"
local mutation = require "oracle.random.mutation"
local programs = require "oracle.programs"
local tools = require "support.tools.tools"
local engine = require "support.engine"
local reading = require "support.reading"

local SEEDS = 16 -- of each kind
local LARGEST = 16 * 1024 -- recording, so that many can be tried

local missing = programs.prepare()
local scratch = programs.scratch()
local changed, want, got = scratch .. "/changed.trace", scratch .. "/want", scratch .. "/got"

local function write(path, bytes)
  local f = assert(io.open(path, "wb"))
  f:write(bytes)
  f:close()
end

-- More threads at once than Go's sort sorts by insertion.
local CROWDED = "cgothreads"

local recordings, crowded = {}, {}
for _, path in ipairs(programs.files(programs.root .. "/testdata/real", "%.trace$")) do
  if programs.version(path) >= 22 and #engine.read(path) <= LARGEST then
    table.insert(recordings, path)
    if path:find(CROWDED) then
      table.insert(crowded, path)
    end
  end
end

-- How many events came before the first that was said to be impossible. Where
-- one is missing, others happen without it from then on; Go goes on in another
-- order until nothing can.
local function possible(result)
  for i, d in ipairs(result.damages or {}) do
    if d.event ~= "" and result.before[i] then
      return result.before[i]
    end
  end
  return math.huge
end

-- Whether all that is wrong is that a batch is there twice, which Go takes where its events
-- can happen again.
local function is_twice(result)
  local n = 0
  for _, d in ipairs(result.damages or {}) do
    n = n + (d.what:find("a batch is there twice", 1, true) and 1 or 0)
  end
  return n > 0 and n == result.info.damages
end

-- Reads bytes with the engine; the dump goes to `got`. True if all was well;
-- how many events are to be Go's; and whether a batch is there twice.
local function we_read(bytes)
  local result = reading.read(bytes, { dump = true })
  write(got, table.concat(result.lines, "\n") .. (#result.lines > 0 and "\n" or ""))
  return not result.failed and result.info.damages == 0, possible(result), is_twice(result)
end

-- Leaves the first n lines of what Go says.
local function shorten(n)
  local out = {}
  for line in io.lines(want) do
    if #out >= n then
      break
    end
    out[#out + 1] = line .. "\n"
  end
  write(want, table.concat(out))
end

local function count(path)
  local n = 0
  for line in io.lines(path) do
    n = n + (line:find("^error\t") and 0 or 1)
  end
  return n
end

-- Where a table ends just before a number, Go's reader takes the end of the
-- table for the end of the trace: it drops the generation, and all that
-- follow, without a word. We deliver them and report the table.
local function go_drops_a_generation()
  return count(want) < count(got)
end

-- Nil, or how the two differ.
local function difference(bytes, kind)
  write(changed, bytes)
  local go_takes = programs.go_dump(changed, want) == 0
  local we_take, all_possible, has_twice = we_read(bytes)
  if go_takes and we_take then
    return compare.identical(want, got)
  elseif we_take then
    return "Go refuses it, we do not"
  elseif has_twice then
    return nil -- Go delivers it twice, as far as that can happen
  elseif go_takes and not go_drops_a_generation() then
    return "Go takes it, we do not"
  elseif mutation.breaks_framing[kind] and programs.version(changed) < 26 then
    return nil -- Go stops where no batch can be read; we go on behind it, in the same generation
  end
  shorten(all_possible)
  return compare.same_beginning(want, got)
end

local function try(kind, seed)
  local list = kind == "ties" and crowded or recordings
  local path = list[(seed * 7) % #list + 1]
  local report = difference(mutation.make(engine.read(path), kind, seed), kind)
  return report and ("%s, seed %d:\n%s"):format(path:match("[^/]*$"), seed, report)
end

describe("Go's reader and ours judge alike a recording with", function()
  lazy_teardown(function()
    programs.remove(scratch)
  end)

  for i, kind in ipairs(mutation.kinds) do
    it(kind, function()
      if missing then
        return tools.without({ why = missing }, pending)
      end
      assert.is_true(#crowded > 0)
      for seed = i * 1000 + 1, i * 1000 + SEEDS do
        local report = try(kind, seed)
        assert(not report, report)
      end
    end)
  end
end)
