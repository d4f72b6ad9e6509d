-- Recordings of Go 1.22 and later broken as files are, and what is read of them beside
-- what is read of the whole.
--
--   local whole = harm.whole(bytes)
--   local broken = harm.break_(kind, whole, seed)     kind: one of harm.kinds
--   local report = harm.judge(whole, broken)          see there
--
-- The same seed breaks the same place.
local engine = require "support.engine"
local ffi = require "ffi"
local reading = require "support.reading"
local trace = require "support.trace"
local lib, C = engine.lib, ffi.C

-- As LuaJIT 2.1.0-beta3 compiles the loops of harm.judge, one run of three never left them;
-- interpreted all do.
jit.off(true, true)

local harm = {}

local NEAR = 50000 -- ns
local HEADER = 16
local LOG = "2024/01/02 03:04:05 listening on :8080\n"

-- Reading

local function event_of(e)
  return {
    type = tonumber(e.type), time = tonumber(e.time), m = tonumber(e.m), p = tonumber(e.p), g = tonumber(e.g),
    off = tonumber(e.off),
  }
end

local function damages_of(t)
  local out, lost = {}, ffi.new "uint64_t[1]"
  for i = 1, tonumber(lib.gotrace_info_of(t).damages) do
    local d = lib.gotrace_damage(t, i - 1, lost)
    if d == nil then -- only so many are listed
      break
    end
    local copy = reading.diag(d)
    copy.lost, copy.cut, copy.fact = tonumber(lost[0]), d.cut == 1, tonumber(d.fact)
    out[i] = copy
  end
  return out
end

-- { events = { [offset] = event }, count, damages, twice = events at one offset }
function harm.read(bytes)
  local names, out, diag = lib.gotrace_names_new(), ffi.new "gotrace *[1]", engine.diag()
  local got = { events = {}, count = 0, twice = 0 }
  assert(lib.gotrace_open_memory(out, bytes, #bytes, 0, names, diag) == C.GOTRACE_OK)
  local t, batch = out[0], ffi.new "gotrace_batch"
  while lib.gotrace_next(t, batch, diag) == C.GOTRACE_OK do
    for i = 0, batch.len - 1 do
      if batch.events[i].type < C.GOTRACE_EV_GENERATION then
        local e = event_of(batch.events[i])
        got.twice = got.twice + (got.events[e.off] and 1 or 0)
        got.events[e.off], got.count = e, got.count + 1
      end
    end
  end
  got.damages = damages_of(t)
  lib.gotrace_close(t)
  lib.gotrace_names_free(names)
  return got
end

local function number(bytes, at)
  local v, unit, byte = 0, 1
  repeat
    byte = bytes:byte(at)
    v, unit, at = v + byte % 128 * unit, unit * 128, at + 1
  until byte < 128
  return v, at
end

local KINDS = {
  [trace.types.Strings] = "strings", [trace.types.Stacks] = "stacks", [trace.types.CPUSamples] = "samples",
  [trace.types.Frequency] = "sync", [trace.types.Sync] = "sync",
}

-- The batches of a whole trace: { first, behind, kind, gen, m, time }, offsets from 0.
function harm.batches(bytes)
  local at, out = HEADER + 1, {}
  while at <= #bytes do
    local b = { first = at - 1, kind = "end" }
    local byte = bytes:byte(at)
    at = at + (byte == trace.types.ExperimentalBatch and 2 or 1)
    if byte ~= trace.types.EndOfGeneration then
      local size
      b.gen, at = number(bytes, at)
      b.m, at = number(bytes, at)
      b.time, at = number(bytes, at)
      size, at = number(bytes, at)
      b.kind = byte == trace.types.ExperimentalBatch and "experiment" or KINDS[bytes:byte(at)] or "events"
      at = at + size
    end
    b.behind = at - 1
    out[#out + 1] = b
  end
  return out
end

function harm.whole(bytes)
  local whole = harm.read(bytes)
  assert(#whole.damages == 0, "a whole recording")
  whole.bytes, whole.batches = bytes, harm.batches(bytes)
  whole.version = tonumber(bytes:match "^go 1%.(%d+)")
  return whole
end

-- Breaking. Each kind returns the bytes, a function from offsets of the whole to those in
-- them (nil: gone), the batches that are hit as a set, what the harm may be said to
-- come from (by the fact's name; "cut" for an end that is missing), and where the same
-- stands once more, if it does.

local function random_of(seed)
  local state = seed % 2147483646 + 1
  local function step()
    state = state * 48271 % 2147483647
    return state
  end
  for _ = 1, 5 do
    step()
  end
  return function(n) -- 0 to n - 1
    return math.floor(step() / 2147483647 * n)
  end
end

harm.random = random_of

local function batch_at(list, off)
  for _, b in ipairs(list) do
    if b.first <= off and off < b.behind then
      return b
    end
  end
end

local function set(...)
  local out = {}
  for i = 1, select("#", ...) do
    local key = select(i, ...)
    if key then
      out[key] = true
    end
  end
  return out
end

-- `less` bytes at off replaced by others.
local function splice(bytes, off, less, more)
  local function moved(at)
    if at < off then
      return at
    end
    return at >= off + less and at + #more - less or nil
  end
  return bytes:sub(1, off) .. more .. bytes:sub(off + less + 1), moved
end

local function hit(list, off, less)
  local out = {}
  for at = off, off + math.max(less - 1, 0) do
    local b = batch_at(list, at)
    if b then
      out[b] = true
    end
  end
  return out
end

-- A kind that replaces `less(random)` bytes at any place with more(random, byte there).
local function anywhere(less, more, causes)
  return function(whole, random)
    local off = HEADER + random(#whole.bytes - HEADER - less)
    local changed, moved = splice(whole.bytes, off, less, more(random, whole.bytes:byte(off + 1)))
    return changed, moved, hit(whole.batches, off, less), causes
  end
end

local function nothing()
  return ""
end

local function same(off)
  return off
end

local TEXTS = {
  LOG, '{"level":"info"}\n', "done\n", "\n", "PASS\nok  \tpkg\t0.1s\n", "panic: x\n\ngoroutine 1 [running]:\n",
}

local function any_batch(whole, random, accept)
  local list = {}
  for i, b in ipairs(whole.batches) do
    if accept(b) then
      list[#list + 1] = i
    end
  end
  return #list > 0 and list[random(#list) + 1] or nil
end

-- One batch of a kind removed.
local function without(kind)
  return function(whole, random)
    local i = any_batch(whole, random, function(b)
      return b.kind == kind
    end)
    if not i then
      return nil
    end
    local b = whole.batches[i]
    local changed, moved = splice(whole.bytes, b.first, b.behind - b.first, "")
    -- Before 1.26 strings end a trace.
    local is_last = kind == "end" or kind == "strings" and whole.version < 26
    return changed, moved, set(b), set("MISSING", "BATCHES", is_last and "cut")
  end
end

-- A copy of a batch put at the begin of that number `at` batches behind it.
local function doubled(kind, far)
  return function(whole, random)
    local i = any_batch(whole, random, function(b)
      return b.kind == kind
    end)
    if not i then
      return nil
    end
    local b, j = whole.batches[i], i
    for _ = 1, far and random(6) + 1 or 0 do
      local behind = whole.batches[j + 1]
      j = behind and behind.gen == b.gen and j + 1 or j
    end
    local copy = whole.bytes:sub(b.first + 1, b.behind)
    local changed, moved = splice(whole.bytes, whole.batches[j].behind, 0, copy)
    return changed, moved, {}, set "TWICE"
  end
end

-- A batch put elsewhere in its generation, behind others of its thread too.
local function displaced(whole, random)
  local list = whole.batches
  local i = any_batch(whole, random, function(b)
    return b.kind ~= "end"
  end)
  local b, j = list[i], i
  for _ = 1, random(6) + 1 do
    local behind = list[j + 1]
    j = behind and behind.gen == b.gen and j + 1 or j
  end
  local size, to = b.behind - b.first, list[j].behind
  local bytes = whole.bytes
  local changed = bytes:sub(1, b.first) .. bytes:sub(b.behind + 1, to) .. bytes:sub(b.first + 1, b.behind) ..
    bytes:sub(to + 1)
  local own = {}
  for _, other in ipairs(list) do -- its thread's
    own[other] = other.m == b.m and other.gen == b.gen or nil
  end
  return changed, function(at)
    if at < b.first or at >= to then
      return at
    end
    return at < b.behind and at + to - b.behind or at - size
  end, own, set("MISSING", "CLOCKS")
end

-- A block of so many bytes once more behind it, as a copy that went on at the wrong place.
local function block_twice(size)
  return function(whole, random)
    local blocks = math.floor((#whole.bytes - HEADER) / size)
    if blocks == 0 then
      return nil
    end
    local off = HEADER + size * random(blocks)
    local changed, moved = splice(whole.bytes, off + size, 0, whole.bytes:sub(off + 1, off + size))
    return changed, moved, {}, set "TWICE", function(at)
      return at >= off and at < off + size and at + size or nil
    end
  end
end

local BREAK = {
  ["a block of 512 bytes twice"] = block_twice(512),
  ["a block of 4096 bytes twice"] = block_twice(4096),
  ["1000 bytes twice"] = block_twice(1000),
  ["cut"] = function(whole, random)
    local off = HEADER + 1 + random(#whole.bytes - HEADER - 1)
    return whole.bytes:sub(1, off), function(at)
      return at < off and at or nil
    end, hit(whole.batches, off, 1), set "cut"
  end,
  ["a byte lost"] = anywhere(1, nothing, set()),
  ["a byte inserted"] = anywhere(0, function(random)
    return string.char(random(256))
  end, set()),
  ["50 bytes lost"] = anywhere(50, nothing, set("MISSING", "BATCHES")),
  ["a bit flipped"] = anywhere(1, function(random, byte)
    return string.char(bit.bxor(byte, bit.lshift(1, random(8))))
  end, set "BIT"),
  ["text within"] = anywhere(0, function(random)
    return TEXTS[random(#TEXTS) + 1]
  end, set "TEXT"),
  ["text between"] = function(whole, random)
    local b = whole.batches[random(#whole.batches) + 1]
    local changed, moved = splice(whole.bytes, b.first, 0, TEXTS[random(#TEXTS) + 1])
    return changed, moved, {}, set "TEXT"
  end,
  ["text without a line's end"] = function(whole, random)
    local b = whole.batches[random(#whole.batches) + 1]
    local text = TEXTS[random(2) + 1]:gsub("\n$", "")
    local changed, moved = splice(whole.bytes, b.first, 0, text)
    return changed, moved, {}, set "TEXT"
  end,
  ["text that ends in 1"] = function(whole, random) -- as an experimental batch begins
    local b = whole.batches[random(#whole.batches) + 1]
    local changed, moved = splice(whole.bytes, b.first, 0, "progress 51")
    local last = b.kind == "end" or b.kind == "experiment"
    return not last and changed, moved, {}, set "TEXT"
  end,
  ["a generation's bit flipped"] = function(whole, random)
    local i = any_batch(whole, random, function(b)
      return b.kind ~= "end" and b.kind ~= "experiment"
    end)
    local b = whole.batches[i]
    local changed = bit.bxor(whole.bytes:byte(b.first + 2), bit.lshift(1, random(8)))
    local bytes, moved = splice(whole.bytes, b.first + 1, 1, string.char(changed))
    return bytes, moved, set(b), set("BIT", "MISSING", "BATCHES", "cut")
  end,
  ["a batch behind the end"] = function(whole, random)
    local i = any_batch(whole, random, function(b)
      return b.kind == "events" and b.gen == whole.batches[#whole.batches - 1].gen
    end)
    local b = whole.batches[i]
    return whole.bytes .. whole.bytes:sub(b.first + 1, b.behind), function(at)
      return at
    end, {}, set "TWICE"
  end,
  ["a batch displaced"] = displaced,
  -- What is taken back: all is as it was.
  ["copied in text mode"] = function(whole)
    return (whole.bytes:gsub("\n", "\r\n")), same, {}, set "CRLF"
  end,
  ["taken for Latin-1"] = function(whole)
    return whole.bytes:gsub("[\128-\255]", function(c)
      return string.char(192 + math.floor(c:byte() / 64), 128 + c:byte() % 64)
    end), same, {}, set "UTF8"
  end,
  ["in chunks"] = function(whole, random)
    local size = 512 + random(4096)
    local chunks = {}
    for i = 1, #whole.bytes, size do
      local chunk = whole.bytes:sub(i, i + size - 1)
      chunks[#chunks + 1] = ("%x\r\n"):format(#chunk) .. chunk .. "\r\n"
    end
    return table.concat(chunks) .. "0\r\n\r\n", same, {}, set("CHUNKS", "TEXT")
  end,
}
for _, kind in ipairs { "events", "strings", "stacks", "samples", "sync", "end" } do
  BREAK["no " .. kind] = without(kind)
  BREAK["twice " .. kind] = doubled(kind, false)
  BREAK["again " .. kind] = doubled(kind, true)
end

harm.kinds = {}
for kind in pairs(BREAK) do
  table.insert(harm.kinds, kind)
end
table.sort(harm.kinds)

-- Nil if the recording has nothing to be broken so.
function harm.break_(kind, whole, seed)
  local bytes, moved, batches, causes, again = BREAK[kind](whole, random_of(seed))
  if bytes and bytes ~= whole.bytes then
    return { bytes = bytes, moved = moved, hit = batches, causes = causes, again = again }
  end
end

-- Judging

local function fact_name(fact)
  for _, name in ipairs {
    "TEXT", "CRLF", "UTF8", "ASCII", "ZEROS", "BIT", "CLOCKS", "C_THREAD", "REGION", "MISSING", "BATCHES", "LF",
    "CR", "TWICE", "CHUNKS",
  } do
    if fact == tonumber(C["GOTRACE_FACT_" .. name]) then
      return name
    end
  end
end

-- Without the first batch the clock begins later; without a frequency there is none: nil.
local function shift_of(whole, got, moved)
  for _, d in ipairs(got.damages) do
    if d.what:find("times are in ticks", 1, true) then
      return nil
    end
  end
  local list = {}
  for off, want in pairs(whole.events) do
    local at = moved(off)
    local e = at and got.events[at]
    if e and e.type == want.type then
      list[#list + 1] = e.time - want.time
    end
  end
  table.sort(list)
  return list[math.floor(#list / 2) + 1] or 0
end

local function is_right(e, want, shift)
  local in_time = not shift or math.abs(e.time - want.time - shift) <= NEAR
  return in_time and e.m == want.m and e.p == want.p and e.g == want.g
end

-- { all: events outside of batches that are hit, lost: of these not delivered, wrong: with
-- another thread, proc, goroutine or time (of more than 50 us), made: events delivered that
-- the whole does not have, damages, causes: those said that cannot be, silent: nothing said }
function harm.judge(whole, broken)
  local got = harm.read(broken.bytes)
  local report = { all = 0, lost = 0, wrong = 0, made = got.twice, damages = got.damages, causes = {} }
  local from, moved = {}, broken.moved
  local shift = shift_of(whole, got, moved)
  for off, want in pairs(whole.events) do
    local at, again = moved(off), broken.again and broken.again(off)
    if again and got.events[again] and not got.events[at] then
      at = again
    end
    if at then
      from[at] = want
    end
    if at and not broken.hit[batch_at(whole.batches, off)] then
      local e = got.events[at]
      report.all = report.all + 1
      if not e or e.type ~= want.type then
        report.lost = report.lost + 1
      elseif not is_right(e, want, shift) then
        report.wrong = report.wrong + 1
      end
    end
  end
  for at, e in pairs(got.events) do
    if not from[at] or from[at].type ~= e.type then
      report.made = report.made + 1
    end
  end
  local lost = 0
  for _, d in ipairs(got.damages) do
    lost = lost + d.lost
  end
  for _, d in ipairs(got.damages) do
    local cause = d.cut and "cut" or fact_name(d.fact)
    -- What is missing is not told where bytes are lost, see cause.lua.
    if cause and not broken.causes[cause] and not (cause == "MISSING" and (lost > 0 or #got.damages > 1)) then
      report.causes[#report.causes + 1] = cause .. ": " .. d.what
    end
  end
  report.silent = #got.damages == 0
  return report
end

return harm
