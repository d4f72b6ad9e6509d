-- Hostile shapes: traces whose making takes no wit, and which cost a reader
-- dear that has a list where it needs a table. Each is made of a number n, the
-- same for the same n; its bytes grow as n does. docs/hostile.md shows what they
-- cost, tests/bench/hostile.lua measures it, tests/bench/hostile_spec.lua says
-- how much that may be.
local ffi = require "ffi"
local trace = require "support.trace"
local v1 = require "v1.v1_trace"

local type_of = trace.types
local char, concat = string.char, table.concat

-- Statuses.
local G_RUNNABLE, G_RUNNING, G_WAITING = 1, 2, 4
local P_RUNNING, P_IDLE, P_SYSCALL, P_ABANDONED = 1, 2, 3, 4

-- A varint; most are numbers, and many.
local function varint(n)
  if type(n) == "string" then
    return n
  elseif type(n) ~= "number" or n < 0 then
    return trace.varint(n)
  end
  local out = ""
  while n >= 128 do
    out = out .. char(n % 128 + 128)
    n = math.floor(n / 128)
  end
  return out .. char(n)
end

local function event(name, ...)
  local out = char(type_of[name])
  for i = 1, select("#", ...) do
    out = out .. varint((select(i, ...)))
  end
  return out
end

local function batch(m, time, data, gen)
  return char(type_of.EventBatch) .. varint(gen or 1) .. varint(m) .. varint(time) .. varint(#data) .. data
end

local function tables(kind, records, gen)
  local out, size = {}, 0
  local function flush()
    if #out > 0 then
      out = batch(-1, 1000, char(type_of[kind]) .. concat(out), gen)
    end
  end
  local all = {}
  for _, r in ipairs(records) do
    if size + #r > 60000 then
      flush()
      all[#all + 1] = out
      out, size = {}, 0
    end
    out[#out + 1] = r
    size = size + #r
  end
  flush()
  all[#all + 1] = #records > 0 and out or nil
  return concat(all)
end

local function sync(gen)
  return batch(-1, 1000, event("Sync") .. event("Frequency", 1e9) .. event("ClockSnapshot", 0, 1, 2, 3), gen)
end

local function generation(gen, ...)
  return sync(gen) .. concat { ... } .. trace.end_of_generation
end

-- A file of one generation.
local function file(...)
  return trace.header(26) .. generation(1, ...)
end

-- The text of make(i) for i from 1 to n.
local function each(n, make)
  local out = {}
  for i = 1, n do
    out[i] = make(i)
  end
  return concat(out)
end

-- Batches of thread m, from time on, of make(1) to make(n).
local function long(m, time, n, make)
  local out, part, size = {}, {}, 0
  for i = 1, n do
    part[#part + 1] = make(i)
    size = size + #part[#part]
    if size > 60000 or i == n then
      out[#out + 1] = batch(m, time, concat(part))
      part, size, time = {}, 0, time + 100000
    end
  end
  return concat(out)
end

-- What a thread has to begin with: proc and goroutine of that number.
local function running(p, g)
  return event("ProcStatus", 1, p, P_RUNNING) .. event("GoStatus", 0, g, -1, G_RUNNING)
end

-- n threads, each at what `first` makes of its number; the earlier its time, the
-- later its turn comes.
local function queue(n, start, first)
  return file(start, each(n, function(i)
    return batch(i + 1, 2000 + 3 * (n - i), first(i))
  end))
end

-- The keys that all fall on one place if a number is hashed by a product with
-- this factor, folded: what map.h did.
local function colliding(i)
  local factor = 0xf1de83e19937733dULL -- 0x9e3779b97f4a7c15 times this is 1
  return factor * (ffi.cast("uint64_t", i) * 0x100000001ULL)
end

local shapes = {}

local function shape(name, about, make, unit)
  shapes[#shapes + 1] = { name = name, about = about, make = make, unit = unit or 1 }
end

-- Threads that wait

shape("blocked", "n threads wait for a goroutine that never runs, another goes on", function(n)
  return file(batch(1, 1000, running(1, 1)), each(n, function(i)
    return batch(i + 1, 1001 + i, event("GoStart", 0, 1000000, 1))
  end), long(1, 2000 + n, 4 * n, function()
    return event("GoStatus", 1, 1, -1, G_RUNNING)
  end))
end)

shape("missing", "n threads wait for a goroutine each that is missing, another goes on", function(n)
  return file(batch(1, 1000, running(1, 1)), each(n, function(i)
    return batch(i + 1, 1001 + i, event("GoStart", 0, 1000000 + i, 1))
  end), long(1, 2000 + n, 10 * n, function()
    return event("HeapAlloc", 1, 1)
  end))
end)

shape("baton", "n threads start one goroutine, the earliest last", function(n)
  return queue(n, batch(1, 1000, event("GoStatus", 0, 1, -1, G_RUNNABLE)), function(i)
    return event("ProcStatus", 0, i, P_RUNNING) .. event("GoStart", 1, 1, i) .. event("GoStop", 0, 0, 0)
  end)
end)

shape("unblocks", "n threads unblock one goroutine, which another blocks", function(n)
  return queue(n, long(1, 1000, n, function(i)
    return (i == 1 and running(1, 1) or "") .. event("GoBlock", 1, 0, 0) .. event("GoStart", 0, 1, 2 * i)
  end), function(i)
    return event("GoUnblock", 0, 1, 2 * i - 1, 0)
  end)
end)

shape("one-proc", "n threads start one proc, the earliest last", function(n)
  return queue(n, batch(1, 1000, event("ProcStatus", 0, 1, P_IDLE)), function(i)
    return event("ProcStart", 0, 1, i) .. event("ProcStop", 0)
  end)
end)

shape("mark-phases", "n threads begin and end mark phases, the earliest last", function(n)
  return queue(n, batch(1, 1000, running(n + 2, n + 2) .. event("GCBegin", 0, 1, 0)), function(i)
    return running(i, i) .. (i % 2 == 0 and event("GCBegin", 0, i + 1, 0) or event("GCEnd", 0, i + 1))
  end)
end)

shape("switches", "n threads switch to one goroutine, the earliest last", function(n)
  return queue(n, batch(1, 1000, event("GoStatus", 0, 1, -1, G_WAITING)), function(i)
    return running(i, i + 1) .. event("GoSwitch", 0, 1, i) .. event("GoBlock", 0, 0, 0)
  end)
end)

shape("shared-proc", "n threads have one proc, and lose it again and again", function(n)
  return file(each(n, function(i)
    local lost = i % 2 == 0 and event("ProcStatus", 0, 1, P_ABANDONED) or ""
    return batch(i, 1000 + i, event("ProcStatus", 0, 1, P_SYSCALL) .. lost)
  end), long(n + 1, 10000000, n, function()
    return event("ProcStatus", 1, 1, P_ABANDONED)
  end))
end)

-- A program that runs goroutines, at random, on n / 20 threads whose clocks have
-- nothing to do with each other: so most wait, for all that one can wait for. No
-- two times are equal.
local function mixture(n)
  local seed, threads = 1, math.ceil(n / 20)
  local function roll(most)
    seed = seed * 48271 % 2147483647
    return seed % most + 1
  end
  local all, waiting, runnable, idle, calling, gc = {}, {}, {}, {}, {}, 1
  local gs, ps = {}, {} -- sequence numbers
  local function take(list)
    local i = roll(#list)
    list[i], list[#list] = list[#list], list[i]
    return table.remove(list)
  end
  local function say(t, name, ...)
    local step = t.events == 0 and roll(20 * threads) or roll(20)
    t.events = t.events + 1
    t[#t + 1] = event(name, step * threads, ...)
  end
  local function next_of(seqs, id)
    seqs[id] = (seqs[id] or 0) + 1
    return seqs[id]
  end
  local acts = {
    function(t) -- block, be runnable, or have another take its place
      local what, g = roll(3), t.g
      if what == 1 and #waiting > 0 then
        t.g = take(waiting)
        say(t, "GoSwitch", t.g, next_of(gs, t.g))
      else
        say(t, what == 2 and "GoStop" or "GoBlock", 0, 0)
        t.g = nil
      end
      table.insert(what == 2 and runnable or waiting, g)
    end,
    function(t)
      if #waiting > 0 then
        local g = take(waiting)
        say(t, "GoUnblock", g, next_of(gs, g), 0)
        runnable[#runnable + 1] = g
      end
    end,
    function(t) -- a syscall, whose proc another takes
      say(t, "GoSyscallBegin", next_of(ps, t.p), 0)
      calling[#calling + 1] = t
    end,
    function(t)
      gc = gc + 1
      if gc % 2 == 1 then
        say(t, "GCBegin", gc, 0)
      else
        say(t, "GCEnd", gc)
      end
    end,
  }
  local function steal(t)
    local victim = take(calling)
    say(t, "ProcSteal", victim.p, next_of(ps, victim.p), victim.m)
    idle[#idle + 1] = victim.p
    say(victim, "GoSyscallEndBlocked")
    runnable[#runnable + 1] = victim.g
    victim.p, victim.g = nil, nil
  end
  for m = 1, threads do
    local t = { m = m, p = m, g = m, events = 0 }
    all[m] = t
    say(t, "ProcStatus", m, P_RUNNING)
    t[#t + 1] = event("GoStatus", 0, m, -1, G_RUNNING)
  end
  local function step(t)
    if calling[1] and calling[#calling] ~= t and roll(3) == 1 then
      return steal(t)
    elseif not t.p then
      if #idle > 0 then
        t.p = take(idle)
        say(t, "ProcStart", t.p, next_of(ps, t.p))
      end
    elseif not t.g then
      if #runnable > 0 then
        t.g = take(runnable)
        say(t, "GoStart", t.g, next_of(gs, t.g))
      else
        say(t, "ProcStop")
        idle[#idle + 1], t.p = t.p, nil
      end
    else
      acts[roll(#acts)](t)
    end
  end
  for _ = 1, n do
    local t = all[roll(threads)]
    local called = false
    for _, other in ipairs(calling) do
      called = called or other == t
    end
    if not called then
      step(t)
    end
  end
  -- What counts mark phases goes by the first, whichever it is.
  local first = batch(threads + 1, 1000, running(threads + 1, threads + 1) .. event("GCBegin", 0, 1, 0))
  return file(first, each(threads, function(m)
    return batch(m, 1000 + m, concat(all[m]))
  end))
end

shape("mixture", "n / 20 threads that wait for all that there is", mixture)

-- What there is many of

shape("threads", "n threads with an event each", function(n)
  return file(each(n, function(i)
    return batch(i, 1000 + i, event("ProcStatus", 0, i, P_IDLE))
  end))
end)

shape("generations", "n generations of an event each", function(n)
  return trace.header(26) .. each(n, function(i)
    return generation(i, batch(1, 1000 + i, event("ProcStatus", 0, 1, P_IDLE), i))
  end)
end, 0.5)

shape("then-generations", "n goroutines, then n generations of an event each", function(n)
  return trace.header(26) .. generation(1, long(1, 1000, n, function(i)
    return (i == 1 and running(1, 1) or "") .. event("GoCreate", 1, i + 1, 0, 0)
  end)) .. each(n, function(i)
    return generation(i + 1, batch(1, 1000000 + i, event("ProcStatus", 0, 1, P_RUNNING), i + 1))
  end)
end, 0.5)

shape("regions", "n regions inside each other", function(n)
  return file(long(1, 1000, 2 * n, function(i)
    return (i == 1 and running(1, 1) or "") .. event(i <= n and "UserRegionBegin" or "UserRegionEnd", 1, 0, 1, 0)
  end), tables("Strings", { trace.string(1, "region") }))
end)

shape("tasks", "n tasks that begin before the first ends", function(n)
  return file(long(1, 1000, 2 * n, function(i)
    return (i == 1 and running(1, 1) or "")
      .. (i <= n and event("UserTaskBegin", 1, i, i - 1, 1, 0) or event("UserTaskEnd", 1, i - n, 0))
  end), tables("Strings", { trace.string(1, "task") }))
end)

shape("stops", "n kinds of stops of the world at once", function(n)
  local strings = {}
  for i = 1, n do
    strings[i] = trace.string(i, "kind " .. i)
  end
  return file(long(1, 1000, 2 * n, function(i)
    return (i == 1 and running(1, 1) or "") .. (i <= n and event("STWBegin", 1, i, 0) or event("STWEnd", 1))
  end), tables("Strings", strings))
end)

shape("stops-go-on", "n stops of the world, then n generations of an event each", function(n)
  local strings = {}
  for i = 1, n do
    strings[i] = trace.string(i, "kind " .. i)
  end
  return trace.header(26) .. generation(1, long(1, 1000, n, function(i)
    return (i == 1 and running(1, 1) or "") .. event("STWBegin", 1, i, 0)
  end), tables("Strings", strings)) .. each(n, function(i)
    return generation(i + 1, batch(1, 1000000 + i, event("ProcStatus", 0, 1, P_RUNNING), i + 1))
  end)
end, 0.25)

shape("region-ends", "n regions, inside of which n more begin and end, under a name that a script changes", function(n)
  return file(long(1, 1000, 3 * n, function(i)
    return (i == 1 and running(1, 1) or "") .. (i <= n and event("UserRegionBegin", 1, 0, 1, 0)
      or event((i - n) % 2 == 1 and "UserRegionBegin" or "UserRegionEnd", 1, 0, 2, 0))
  end), tables("Strings", { trace.string(1, "region"), trace.string(2, "renamed") }))
end)

shape("regions-in-line", "n regions of a goroutine that end in the order in which they began", function(n)
  return file(long(1, 1000, 2 * n, function(i)
    return (i == 1 and running(1, 1) or "")
      .. (i <= n and event("UserRegionBegin", 1, i, 1, 0) or event("UserRegionEnd", 1, i - n, 1, 0))
  end), tables("Strings", { trace.string(1, "region") }))
end)

shape("goroutines", "n goroutines whose ids lie far apart", function(n)
  return file(long(1, 1000, n, function(i)
    return (i == 1 and running(1, 1) or "") .. event("GoCreate", 1, i * 2 ^ 33, 0, 0)
  end))
end)

shape("colliding-procs", "n procs whose ids a simple hash puts in one place", function(n)
  return file(long(1, 1000, n, function(i)
    return event("ProcStatus", 1, colliding(i), P_IDLE)
  end))
end)

shape("colliding-strings", "n strings, likewise", function(n)
  local strings = {}
  for i = 1, n do
    strings[i] = trace.string(colliding(i), "string " .. i)
  end
  return file(long(1, 1000, n, function(i)
    return (i == 1 and running(1, 1) or "") .. event("UserLog", 1, 0, colliding(i), 0, 0)
  end), tables("Strings", strings))
end)

shape("stacks", "n / 50 stacks of the greatest depth", function(n)
  local stacks = {}
  for i = 1, n / 50 do
    local frames = {}
    for j = 1, 128 do
      frames[j] = { 128 * i + j, 1, 1, j }
    end
    stacks[i] = trace.stack(i, frames)
  end
  return file(long(1, 1000, n / 50, function(i)
    return (i == 1 and running(1, 1) or "") .. event("GoCreate", 1, i + 1, i, i)
  end), tables("Stacks", stacks), tables("Strings", { trace.string(1, "f") }))
end)

shape("same-frames", "n generations with another frame at the same address", function(n)
  return trace.header(26) .. each(n, function(i)
    return generation(i, batch(1, 1000 + i, (i == 1 and running(1, 1) or event("ProcStatus", 0, 1, P_RUNNING)
      .. event("GoStatus", 0, 1, -1, G_RUNNING)) .. event("GoCreate", 0, i + 1, 0, 1), i),
      tables("Stacks", { trace.stack(1, { { 1, 1, 1, i } }) }, i), tables("Strings", { trace.string(1, "f") }, i))
  end)
end, 0.25)

shape("samples", "n CPU samples, the latest first", function(n)
  local samples = {}
  for i = 1, n do
    samples[i] = trace.sample { 1000 + n - i, 1, 1, 1, 0 }
  end
  return file(batch(1, 1000, running(1, 1)), tables("CPUSamples", samples))
end)

shape("batches", "n batches of one thread, the latest first", function(n)
  return file(batch(1, 1000, running(1, 1)), each(n, function(i)
    return batch(1, 1000 + n - i, event("GoStatus", 1, 1, -1, G_RUNNING))
  end))
end)

shape("empty-batches", "n batches without an event, of n threads", function(n)
  return file(each(n, function(i)
    return batch(i, 1000, "") .. batch(1, 1000, "")
  end))
end)

shape("experiments", "n batches of experiments", function(n)
  return file(batch(1, 1000, running(1, 1)), each(n, function(i)
    return char(type_of.ExperimentalBatch, 1) .. varint(1) .. varint(1) .. varint(1000 + i) .. varint(4) .. "data"
  end))
end)

shape("padded", "n events of numbers ten bytes long", function(n)
  local one = trace.varint(1, 10)
  return file(batch(1, 1000, running(1, 1)), long(1, 2000, n, function()
    return event("GoStatus", one, one, -1, trace.varint(G_RUNNING, 10))
  end))
end)

-- Damage

shape("broken-events", "n batches that end in a byte which is no event", function(n)
  return file(batch(1, 1000, running(1, 1)), each(n, function(i)
    return batch(1, 1000 + i, event("GoStatus", 1, 1, -1, G_RUNNING) .. "\255\1\2\3")
  end))
end)

shape("garbage", "n times a few bytes that are no batch", function(n)
  return file(batch(1, 1000, running(1, 1)), each(n, function(i)
    return batch(1, 1000 + i, event("GoStatus", 1, 1, -1, G_RUNNING)) .. "\255\254\253"
      .. batch(1, 1000 + i, event("GoStatus", 1, 1, -1, G_RUNNING))
  end))
end)

shape("gap", "n threads behind a gap, each at what is lost", function(n)
  return file("\255\254\253", each(n, function(i)
    return batch(i, 1000 + i, event("ProcSteal", 0, i, 5, 7) .. event("GoStart", 0, i, 5)
      .. event("ProcStatus", 0, 3, 4))
  end), batch(n + 1, 1000, event("ProcStatus", 0, 3, 3)))
end)

shape("duplicates", "n strings of one id", function(n)
  local strings = {}
  for i = 1, n do
    strings[i] = trace.string(1, "string " .. i)
  end
  return file(batch(1, 1000, running(1, 1)), tables("Strings", strings))
end)

shape("disorder", "n generations that break a rule", function(n)
  return trace.header(26) .. each(n, function(i)
    return generation(i, batch(i, 1000 + i, event("ProcStatus", 0, 1, 3) .. event("GoStop", 0, 0, 0), i))
  end)
end, 0.5)

-- Traces of Go 1.5 to 1.21

local function v1_shape(name, about, make, unit)
  shape("v1-" .. name, about, function(n)
    local t = v1.trace(21)
    make(t, n)
    return concat(t)
  end, unit)
end

v1_shape("procs", "n Ps with an event each", function(t, n)
  for p = 1, n do
    t:Batch(p, 1000 + p):ProcStart(1, 1)
  end
  t:Frequency(1e9)
end)

v1_shape("baton", "n Ps start one goroutine, the earliest last", function(t, n)
  t:Batch(0, 1000):GoCreate(1, 1, 1, 0)
  for p = 1, n do
    t:Batch(p, 2000 + 3 * (n - p)):ProcStart(1, p):GoStart(0, 1, 2 * p - 1):GoSched(0, 0)
  end
  t:Frequency(1e9)
end)

v1_shape("blocked", "n Ps wait for a goroutine that never runs, another goes on", function(t, n)
  t:Batch(0, 1000):ProcStart(0, 1):GoCreate(1, 1, 1, 0):GoStart(1, 1, 0)
  for p = 1, n do
    t:Batch(p, 1001 + p):GoStart(0, 2, 7)
  end
  t:Batch(0, 5000)
  for _ = 1, 4 * n do
    t:HeapAlloc(1, 1)
  end
  t:Frequency(1e9)
end)

v1_shape("same-frames", "n stacks of another frame at the same address", function(t, n)
  t:String(1, "main.f"):Batch(0, 1000):ProcStart(0, 1):GoCreate(1, 1, 1, 0):GoStart(1, 1, 0)
  for i = 1, n do
    t:GoCreate(1, i + 1, 1, i)
  end
  t:Frequency(1e9)
  for i = 1, n do
    t:Stack(i, { 1, 1, 1, i })
  end
end)

v1_shape("syscalls", "n goroutines in syscalls, which end in the opposite order", function(t, n)
  t:Batch(0, 1000):ProcStart(0, 1)
  for g = 1, n do
    t:GoCreate(1, g, 1, 0)
  end
  for g = 1, n do
    t:GoStart(1, g, 1):GoSysCall(1, 0):GoSysBlock(1)
  end
  for g = n, 1, -1 do
    t:GoSysExit(1, g, 3, 0)
  end
  t:Frequency(1e9)
end)

v1_shape("batches", "n batches of one P", function(t, n)
  for i = 1, n do
    t:Batch(0, 1000 + i):HeapAlloc(1, i)
  end
  t:Frequency(1e9)
end)

v1_shape("damage", "n strings of one id, n stacks that are shorter than they say", function(t, n)
  for i = 1, n do
    t:Batch(0, 1000 + i):HeapAlloc(1, i):String(1, "string " .. i):bytes(v1.record(21, "Stack", i, 7, 1, 1))
  end
  t:Frequency(1e9)
end)

v1_shape("broken", "n records, of which every third is broken", function(t, n)
  t:start()
  for i = 1, n / 3 do
    t:HeapAlloc(1, i):HeapAlloc(1):HeapAlloc(1, i)
  end
  t:Frequency(1e9)
end)

v1_shape("headers", "n batches, of every second of which the header is broken", function(t, n)
  t:start()
  for p = 1, n / 2 do
    t:Batch(p, 2000 + p):ProcStart(0, p):bytes("\65" .. ("\208"):rep(5) .. "\1"):HeapAlloc(1, p):HeapAlloc(1, p)
  end
  t:Frequency(1e9)
end)

shape("v1-traces", "n traces of Go 1.21 in one file, every second cut off and with a line behind it", function(n)
  local t = v1.trace(21):start():HeapAlloc(1, 1)
  local cut = t:text() .. "listening on :8080\n"
  local both = t:finish() .. cut
  return each(n / 2, function()
    return both
  end)
end)

v1_shape("threads", "n threads on one P, a second apart, in a mark phase", function(t, n)
  t:Batch(0, 1000):ProcStart(0, 1):GCStart(1, 1, 0)
  for i = 1, n do
    t:ProcStop(1e8):ProcStart(1, i):HeapAlloc(3e8, 1):HeapAlloc(3e8, 1):HeapAlloc(3e8, 1)
  end
  t:Frequency(1e9)
end)

v1_shape("labels", "n strings", function(t, n)
  for i = 1, n do
    t:String(i, "string " .. i)
  end
  t:Batch(0, 1000):ProcStart(0, 1):GoCreate(1, 1, 1, 0):GoStart(1, 1, 0)
  for i = 1, n do
    t:UserLog(1, 0, i, 0, "text " .. i)
  end
  t:Frequency(1e9)
end)

return shapes
