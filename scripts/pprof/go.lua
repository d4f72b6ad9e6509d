-- go.lua: what `go tool trace -pprof` counts, and under which stack (Go 1.27,
-- cmd/trace/pprof.go): of waits, syscalls or the scheduler's delay those that lie between
-- the first start and the end of a goroutine, by the stack of the event they begin with.

-- By kind: the state, and what its reasons have.
local kinds = {
  net = { state = "Waiting", reasons = { "^network$" } },
  sync = { state = "Waiting", reasons = { "chan", "sync", "select" } },
  syscall = { state = "Syscall" },
  sched = { state = "Runnable" },
}

local function has_any(reason, patterns)
  for _, pattern in ipairs(patterns) do
    if reason:find(pattern) then
      return true
    end
  end
  return false
end

-- Whether a reason is one of the kind's, remembered.
local function reasons_of(kind)
  local known = {}
  return function(reason)
    if not kind.reasons then
      return true
    elseif known[reason or ""] == nil then
      known[reason or ""] = has_any(reason or "", kind.reasons)
    end
    return known[reason or ""]
  end
end

-- A goroutine of a C thread has a life for each of its calls, under one number: Go has the
-- last one alone, from when it first runs. What the others had is taken off then. Only what
-- was there before the trace, or began in a syscall, can be such a one.
local own, old, olds = {}, {}, 0 -- by goroutine, { count, dur } by stack, false: none

local function add_to(list, stack, count, dur)
  local sum = list[stack or false] or { count = 0, dur = 0 }
  sum.count, sum.dur = sum.count + count, sum.dur + dur
  list[stack or false] = sum
end

local function begin_life(g)
  for stack, sum in pairs(own[g] or {}) do
    olds = olds + (old[g] and 0 or 1)
    old[g] = old[g] or {}
    add_to(old[g], stack, sum.count, sum.dur)
  end
  own[g] = {}
end

local function take_off_old(profile, g)
  for stack, sum in pairs(old[g] or {}) do
    profile:add(stack or nil, -sum.dur, nil, -sum.count)
  end
  olds = olds - (old[g] and 1 or 0)
  old[g] = nil
end

local function add(profile, s)
  local sums = own[s.g]
  profile:add_span(s)
  if sums then
    add_to(sums, s.event_stack, 1, s.dur)
  end
end

-- Goroutines that were doing something else before they first run.
local before = {}

local function begin(s)
  if s.open and s.open ~= "end" or s.state == "Syscall" and
    s.prev == "NotExist" then
    begin_life(s.g)
  end
  before[s.g] = s.open ~= "end" and s.state ~= "Running" and
    s.state ~= "Runnable" or nil
end

-- Whether its goroutine has run, or ends without.
local function has_run(s)
  if s.prev == "Running" or s.next == "NotExist" then
    return true
  elseif s.prev == "NotExist" or before[s.g] then
    before[s.g] = nil
    return false
  end
  return true
end

-- follow(name): the profile of a kind is what is written.
local function follow(name)
  local profile = export.pprof { labels = {}, stack = "event" }
  local wanted, is_wanted = kinds[name].state, reasons_of(kinds[name])
  function on.state(s)
    local state, open = s.state, s.open
    if open or s.prev == "NotExist" then
      begin(s)
    end
    if state == wanted then
      if not open and is_wanted(s.reason) and has_run(s) then
        add(profile, s)
      end
    elseif olds > 0 and state == "Running" then
      take_off_old(profile, s.g)
    end
  end
end

return { kinds = kinds, follow = follow }
