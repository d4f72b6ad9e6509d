-- findings.lua: what stands out in a trace: a table of rules, each with the value from
-- which on it does.
local format = require "gotrace.format"
local places = require "overview.places"
local site = require "overview.site"
local words = require "overview.words"

local duration, count = format.duration, words.count

local MS = 1e6

-- Rules, in the order in which equally severe findings are told. Each has
--   id, unit    of its value
--   threshold   the value from which on it is a finding: of a part of the trace's
--               duration a `share` of it; with `is_most` it is one up to there
--   high        from how many thresholds on it is a severe one; nil: never
--   find(seen, t)  the value (nil: there is none), the evidence and the claim
--   ask         the options of a command that tells more
local rules = {}

local function rule(r)
  rules[#rules + 1] = r
end

rule {
  id = "damage", unit = "parts", threshold = 1, high = 1,
  ask = { "info" },
  find = function(seen, t)
    local whole = seen.whole and ("whole up to %s, behind that events are " ..
      "missing (--to %s leaves it out); "):format(words.earlier(seen.whole),
      words.earlier(seen.whole)) or ""
    return seen.damages, nil, ("%s%s could not be read, %s lost: %s"):format(
      whole, count(seen.damages, "part"), count(t.lost, "byte"),
      words.name(seen.damage or ""))
  end,
}

rule {
  id = "stw_long", unit = "ns", threshold = MS, high = 10,
  ask = { "stw" },
  find = function(seen)
    local stops = seen.stops
    return stops.longest, stops, ("the world was stopped for %s (%s)"):format(
      duration(stops.longest), words.name(stops.name or ""))
  end,
}

rule {
  id = "sched_latency", unit = "ns", threshold = MS, high = 10,
  ask = { "sched", "--by=func" },
  find = function(seen)
    local q = seen.latency:total()
    local p99 = q and math.floor(q.p99 + 0.5)
    return p99, seen.ready, p99 and
      ("p99 of waits for a proc is %s, the longest %s"):format(duration(p99),
      duration(seen.ready.longest))
  end,
}

-- The function that ran most, as evidence.
local function busiest(seen)
  local first = site.sorted(seen.functions, "total")[1]
  return first and { func = first.key, from = seen.first, to = seen.last }
end

-- In percent; nil: there was no time.
local function busy_of(seen)
  return seen.duration > 0 and words.percent(seen.busy, seen.capacity) or nil
end

rule {
  id = "cpu_saturated", unit = "%", threshold = 85, high = 95 / 85,
  ask = { "-a", "sum(dur) by func top 10", "-f", 'state == "Running"' },
  find = function(seen)
    local busy = busy_of(seen)
    return busy, busiest(seen), ("procs were busy for %s%% of the time")
      :format(tostring(busy))
  end,
}

rule {
  id = "cpu_idle", unit = "%", threshold = 10, is_most = true,
  ask = { "blocks" },
  find = function(seen)
    local busy = busy_of(seen)
    return busy, busiest(seen), ("procs were busy for only %s%% of the time")
      :format(tostring(busy))
  end,
}

rule {
  id = "gc_share", unit = "%", threshold = 10, high = 2.5,
  ask = { "gc" },
  find = function(seen)
    local share = seen:collector_share()
    return share, seen.marks, ("the collector took %s%% of the procs' time, " ..
      "in %s"):format(tostring(share), count(seen.marks.count, "cycle"))
  end,
}

rule {
  id = "assist", unit = "%", threshold = 5, high = 4,
  ask = { "--spans=assist", "-a", "sum(dur), count() by func, place" },
  find = function(seen)
    local share = words.percent(seen.assisting,
      math.max(seen.running.total, seen.assisting, 1))
    return share, seen.assists,
      ("goroutines helped the collector for %s%% of the time that they ran")
      :format(share)
  end,
}

-- The first of a list of sites by place, and its place.
local function first_of(list)
  local first = list[1]
  return first and first.site, first and first.key
end

rule {
  id = "lock", unit = "ns", share = 0.05, high = 5,
  ask = { "-a", "sum(dur), count() by place, waker_stack.user", "-f",
    'reason == "sync"' },
  find = function(seen)
    local most, place = first_of(places.sorted(seen.waiting.sync, "total",
      places.is_lock))
    return most and most.total, most, most and
      ("%s for a lock at %s, %s in all, longest %s"):format(
      count(most.count, "wait"), place, duration(most.total),
      duration(most.longest))
  end,
}

-- Those that wait for who takes it: what does so is slower than what sends.
rule {
  id = "chan_send", unit = "ns", share = 0.25, high = 8,
  ask = { "-a", "sum(dur), count() by place, waker_stack.user", "-f",
    'reason == "chan send"' },
  find = function(seen)
    local most, place = first_of(places.sorted(seen.sent, "total"))
    return most and most.total, most, most and
      ("%s to send to a channel at %s, %s in all, longest %s"):format(
      count(most.count, "wait"), place, duration(most.total),
      duration(most.longest))
  end,
}

rule {
  id = "long_run", unit = "ns", threshold = 20 * MS, high = 5,
  ask = { "-a", "max(dur) by func, next top 10", "-f", 'state == "Running"' },
  find = function(seen)
    local run = seen.running
    return run.longest, run, ("goroutine %s (%s) ran for %s at a stretch")
      :format(format.number(run.g or 0), words.name(run.func or ""),
      duration(run.longest))
  end,
}

rule {
  id = "syscall_blocked", unit = "ns", share = 0.05, high = 10,
  ask = { "syscalls" },
  find = function(seen)
    local most, place = first_of(places.sorted(seen.calls, "total"))
    local is_long = most and most.longest >= MS
    return is_long and most.total or nil, most, most and
      ("%s at %s, %s in all, longest %s"):format(
      count(most.count, "syscall"), place, duration(most.total),
      duration(most.longest))
  end,
}

rule {
  id = "goroutines_grow", unit = "goroutines", threshold = 5, high = 20,
  ask = { "leaks" },
  find = function(seen)
    local more = seen.at_end - seen.at_begin
    local is_growth = more >= seen.at_begin -- twice as many, or more
    return is_growth and more or nil,
      { from = seen.first, to = seen.last },
      ("%s at the end, %s at the beginning"):format(
      count(seen.at_end, "goroutine"), format.number(seen.at_begin))
  end,
}

-- What comes from outside may come at any time; of "" nobody knows for what it is.
local is_outside = { network = true, sleep = true, [""] = true }

-- The place at which most wait and will not be woken; and for what.
local function most_stuck(seen)
  local most, place, reason
  for _, why in ipairs(seen:reasons()) do
    local all = not is_outside[why] and seen.stuck[why]
    local one, at = first_of(places.sorted(all or {}, "count"))
    if one and (not most or one.count > most.count) then
      most, place, reason = one, at, why
    end
  end
  return most, place, reason
end

rule {
  id = "wait_forever", unit = "goroutines", threshold = 3, high = 20,
  ask = { "-a", "count(), max(dur) by reason, place", "-f",
    'state == "Waiting" and open == "end"' },
  find = function(seen)
    local most, place, reason = most_stuck(seen)
    local is_long = most and most.longest >= seen.duration / 10
    return is_long and most.count or nil, most, most and
      ("%s to the end at %s (%s), one for %s"):format(
      count(most.count, "goroutine waits", "goroutines wait"), place, reason,
      duration(most.longest))
  end,
}

local ENOUGH = 10 -- tasks, to speak of a tail

local function tail_of(d)
  local is_tail = d.tasks >= ENOUGH and d.p99 >= MS
  return is_tail and math.floor(10 * d.p99 / math.max(d.p50, 1) + 0.5) / 10
end

-- The task of which `ratio_of` its durations is the highest: that, its name, its durations.
local function most_of(tasks, ratio_of)
  local most, name, of = nil, nil, nil
  for task, d in tasks:each() do
    local ratio = ratio_of(d)
    if ratio and (not most or ratio > most) then
      most, name, of = ratio, task, d
    end
  end
  return most, name, of
end

rule {
  id = "task_tail", unit = "ratio", threshold = 10, high = 10,
  ask = { "slow_tasks" },
  find = function(seen)
    local most, name, of = most_of(seen.tasks, tail_of)
    return most, most and seen.slowest[name], most and
      ("tasks \"%s\" take %s, but %s at p99"):format(words.name(name),
      duration(of.p50), duration(of.p99))
  end,
}

-- How many times as long as one of them the slowest took, of 1 ms at least; nil: p99 is
-- as telling.
local function outlier_of(d)
  local is_one = d.tasks >= ENOUGH and d.max >= MS and d.p99 < 10 * d.p50
  return is_one and math.floor(10 * d.max / math.max(d.p50, 1) + 0.5) / 10
end

rule {
  id = "task_outlier", unit = "ratio", threshold = 30,
  ask = { "slow_tasks", "--top=3" },
  find = function(seen)
    local most, name, of = most_of(seen.tasks, outlier_of)
    return most, most and seen.slowest[name], most and
      ("tasks \"%s\" take %s, but one took %s"):format(words.name(name),
      duration(of.p50), duration(of.max))
  end,
}

local function is_over(r, value, threshold)
  if r.is_most then
    return value <= threshold
  end
  return value >= threshold
end

local function severity_of(r, value, threshold)
  if r.is_most then
    return "low"
  end
  return r.high and value >= r.high * threshold and "high" or "medium"
end

-- What a rule finds, or nil.
local function find(r, t, seen)
  local threshold = r.threshold or math.floor(r.share * seen.duration)
  local value, evidence, claim = r.find(seen, t)
  if not value or not is_over(r, value, threshold) or value == 0 and
    not r.is_most then
    return nil
  end
  return { id = r.id, severity = severity_of(r, value, threshold),
    claim = claim, value = value, unit = r.unit, threshold = threshold,
    evidence = evidence, command = words.command(t, unpack(r.ask)) }
end

-- of(t, seen): a list of findings, the severe ones first.
local function of(t, seen)
  local by, list = { high = {}, medium = {}, low = {} }, {}
  for _, r in ipairs(rules) do
    local finding = find(r, t, seen)
    if finding then
      table.insert(by[finding.severity], finding)
    end
  end
  for _, severity in ipairs { "high", "medium", "low" } do
    for _, finding in ipairs(by[severity]) do
      list[#list + 1] = finding
    end
  end
  return list
end

return { of = of }
