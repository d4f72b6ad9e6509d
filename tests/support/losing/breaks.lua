-- What becomes of a v1 trace (Go 1.5 to 1.21) that is broken as files are: cut off,
-- bytes lost or added, text between its records, records removed, line ends changed.
--
--   local whole = breaks.read(bytes)
--   local one = breaks.make(bytes, "lose", random)     random(n): 1 to n
--   local r = breaks.judge(whole, one)
--   r.lost, r.other, r.invented    events outside of what was hit that are not there or are
--                                  not what they were, and those that nobody recorded
--   r.damages                      { what =, have =, fact =, cut =, off = }
local engine = require "support.engine"
local ffi = require "ffi"
local losing = require "support.losing.v1"
local reading = require "support.reading"
local lib, C = engine.lib, ffi.C

local breaks = {}

local HEADER = 16
local NEAR = 50000 -- ns

local TEXTS = {
  "\n", "x\n", "ok\n", "PASS\n", "hello\n", "2024/01/02 03:04:05 listening\n", "\r\n", "warning: x\r\n", '{"a":1}\n',
}

-- What programs print, with a percent sign that is read as a String, or long.
breaks.LINES = {
  "gc 1 @0.012s 3%: 0.018+1.1+0.009 ms clock, 0.14+0.3/0.9/0.1+0.07 ms cpu, 4->4->1 MB, 4 MB goal, 8 P\n",
  "  % Total    % Received % Xferd\r  0     0    0     0\r100 14022  100 14022\n",
  "  % Total    % Received % Xferd  Average Speed   Time    Time     Time  Current\n"
    .. "                                 Dload  Upload   Total   Spent    Left  Speed\n"
    .. "\r  0     0    0     0    0     0      0      0 --:--:-- --:--:-- --:--:--     0\n",
  "2026/11/27 06:58:00 listening on :8080\n", "    main_test.go:12: hello\n", "PASS\nok  \texample.com/foo\t1.234s\n",
  "coverage: 81.2% of statements\n", "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n\r\n",
  "--- FAIL: TestX (0.00s)\n    x_test.go:10: got 1, want 2\nFAIL\n",
  "panic: oh\n\ngoroutine 1 [running]:\nmain.main()\n\t/home/u/x.go:12 +0x1d\nexit status 2\n",
  '{"level":"info","ts":1764226680.1,"msg":"started","port":8080}\n',
}

-- The same numbers for the same seed.
function breaks.random(seed)
  seed = seed % 2147483646 + 1
  local function random(n)
    seed = seed * 16807 % 2147483647
    return seed % n + 1
  end
  for _ = 1, 3 do
    random(1)
  end
  return random
end

-- Reading

-- Calls visit(event) for each event, then with_damages(trace).
local function each_event(bytes, visit)
  local names = lib.gotrace_names_new()
  local t, batch, diag = ffi.new "gotrace *[1]", ffi.new "gotrace_batch", engine.diag()
  local damages, lost = {}, ffi.new "uint64_t[1]"
  assert(lib.gotrace_open_memory(t, bytes, #bytes, 0, names, diag) == C.GOTRACE_OK, ffi.string(diag.what))
  while lib.gotrace_next(t[0], batch, diag) == C.GOTRACE_OK do
    for i = 0, batch.len - 1 do
      if batch.events[i].type < C.GOTRACE_EV_GENERATION then
        visit(batch.events[i])
      end
    end
  end
  for i = 1, math.min(50, tonumber(lib.gotrace_info_of(t[0]).damages)) do
    local d = lib.gotrace_damage(t[0], i - 1, lost)
    damages[i] = reading.diag(d)
    damages[i].fact, damages[i].cut, damages[i].lost = tonumber(d.fact), d.cut == 1, tonumber(lost[0])
  end
  lib.gotrace_close(t[0])
  lib.gotrace_names_free(names)
  return damages
end

-- { [offset] = { time, type, m, p, g } } and the damages; of a record's second event one
-- half is added to the offset.
function breaks.read(bytes)
  local out, last = { n = 0 }, nil
  local damages = each_event(bytes, function(e)
    local off = tonumber(e.off)
    local key = off == last and off + 0.5 or off
    last = off
    out[key] = { tonumber(e.time), tonumber(e.type), tonumber(e.m), tonumber(e.p), tonumber(e.g) }
    out.n = out.n + 1
  end)
  return out, damages
end

-- Breaking

-- bytes with those from `from` up to `to` (offsets) made `with`.
local function replaced(bytes, from, to, with)
  return bytes:sub(1, from) .. with .. bytes:sub(to + 1)
end

-- What was hit: the records that have bytes of from up to to.
local function hit(records, from, to)
  local list, first, last = {}, from, to
  for _, r in ipairs(records) do
    if r.off < to and r.stop > from then
      list[#list + 1] = r
      first, last = math.min(first, r.off), math.max(last, r.stop)
    end
  end
  return list, first, last
end

local function change(bytes, records, from, to, with)
  local list, first, last = hit(records, from, to)
  return {
    bytes = replaced(bytes, from, to, with),
    off = from, stop = to, with = with, hit = list, first = first, last = last,
  }
end

local function any_record(records, random)
  return records[random(#records)]
end

-- A place that is no record's first byte, or the next record's begin.
local function inside(records, random)
  local r
  repeat
    r = any_record(records, random)
  until r.stop - r.off > 1
  return r.off + random(r.stop - r.off - 1)
end

breaks.kinds = {
  cut = function(bytes, records, random)
    local off = HEADER + random(#bytes - HEADER - 1)
    return change(bytes, records, off, #bytes, "")
  end,
  lose = function(bytes, records, random)
    local off = HEADER + random(#bytes - HEADER) - 1
    return change(bytes, records, off, off + 1, "")
  end,
  add = function(bytes, records, random)
    local off = HEADER + random(#bytes - HEADER) - 1
    return change(bytes, records, off, off, string.char(random(256) - 1))
  end,
  lf = function(bytes, records, random)
    local off = any_record(records, random).off
    return change(bytes, records, off, off, "\n")
  end,
  text = function(bytes, records, random)
    local off = any_record(records, random).off
    return change(bytes, records, off, off, TEXTS[random(#TEXTS)])
  end,
  lines = function(bytes, records, random)
    local off = any_record(records, random).off
    return change(bytes, records, off, off, breaks.LINES[random(#breaks.LINES)])
  end,
  behind = function(bytes, records, random)
    return change(bytes, records, HEADER, HEADER, breaks.LINES[random(#breaks.LINES)])
  end,
  within = function(bytes, records, random)
    local off = inside(records, random)
    return change(bytes, records, off, off, TEXTS[random(#TEXTS)])
  end,
  run = function(bytes, records, random)
    local off = HEADER + random(#bytes - HEADER - 51)
    return change(bytes, records, off, off + 50, "")
  end,
  batch = function(bytes, records, random)
    local batches = {}
    for _, r in ipairs(records) do
      batches[#batches + 1] = r.type == "Batch" and r or nil
    end
    local r = any_record(batches, random)
    local off = r.off + random(r.stop - r.off) - 1
    return change(bytes, records, off, off + 1, "")
  end,
  record = function(bytes, records, random)
    local types, list = {}, {}
    for _, r in ipairs(records) do
      if not types[r.type] then
        types[r.type] = {}
        list[#list + 1] = r.type
      end
      table.insert(types[r.type], r)
    end
    table.sort(list)
    local r = any_record(types[list[random(#list)]], random)
    return change(bytes, records, r.off, r.stop, "")
  end,
}

-- Breaks a trace in a way of that kind.
function breaks.make(bytes, kind, random)
  local one = breaks.kinds[kind](bytes, losing.records(bytes), random)
  one.kind = kind
  return one
end

-- bytes without the first record of a type.
function breaks.without(bytes, typ)
  for _, r in ipairs(losing.records(bytes)) do
    if r.type == typ then
      return replaced(bytes, r.off, r.stop, "")
    end
  end
end

-- Judging

-- Without a frequency times are in ticks.
local function is_same(a, b, timed)
  local near = not timed or math.abs(a[1] - b[1]) <= NEAR
  return near and a[2] == b[2] and a[3] == b[3] and a[4] == b[4] and a[5] == b[5]
end

-- Where an event at `off` is in the broken trace, nil: it was hit.
local function moved(one, off)
  if off < one.first or one.first == one.last and off < one.off then
    return off
  elseif off >= one.last then
    return off + #one.with - (one.stop - one.off)
  end
end

-- Offsets of events are those of their records.
function breaks.judge(whole, one)
  local got, damages = breaks.read(one.bytes)
  local r = { lost = 0, other = 0, invented = 0, damages = damages, n = got.n, list = {} }
  local seen, timed = { n = true }, true
  for _, record in ipairs(one.hit) do
    timed = timed and record.type ~= "Frequency"
  end
  local function count(what, key, a)
    r[what] = r[what] + 1
    r.list[#r.list + 1] = { what, key, a }
  end
  for key, want in pairs(whole) do
    local to = key ~= "n" and moved(one, math.floor(key))
    if to then
      to = to + key - math.floor(key)
      seen[to] = true
      if not got[to] then
        count("lost", key, want)
      elseif not is_same(got[to], want, timed) then
        count("other", key, got[to])
      end
    end
  end
  for key, event in pairs(got) do
    if not seen[key] and (key < one.first or key >= one.last + #one.with) then
      count("invented", key, event)
    end
  end
  return r
end

return breaks
