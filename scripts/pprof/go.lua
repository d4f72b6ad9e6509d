-- go.lua: what `go tool trace -pprof` counts, and under which stack (Go 1.27,
-- cmd/trace/pprof.go): of waits, syscalls or the scheduler's delay those that lie between
-- the first start and the end of a goroutine, by the stack of the event they begin with.

-- By kind: the state, what its reasons have, and the event that leads to it from Running.
local kinds = {
  net = { state = "Waiting", event = "GoBlock", reasons = { "^network$" } },
  sync = { state = "Waiting", event = "GoBlock",
    reasons = { "chan", "sync", "select" } },
  syscall = { state = "Syscall", event = "GoSyscallBegin" },
  sched = { state = "Runnable", event = "GoStop" },
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

-- The stack of the event that began it: of what it did itself, or of who woke it.
local function stack_of(s, has_none)
  if s.prev == "Running" and not has_none then
    return s.stack
  end
  return s.prev == "Waiting" and s.waker_stack or nil
end

-- A goroutine of a C thread has a life for each of its calls, under one number: Go has the
-- last one alone, from when it first runs. What the others had is taken off then. Only what
-- was there before the trace, or began in a syscall, can be such a one.
local lives = {} -- by goroutine: { old, own }, each { count, dur } by stack, false: none

local function add_to(list, stack, count, dur)
  local sum = list[stack or false] or { count = 0, dur = 0 }
  sum.count, sum.dur = sum.count + count, sum.dur + dur
  list[stack or false] = sum
end

local function begin_life(g)
  local life = lives[g] or { old = {}, own = {} }
  for stack, sum in pairs(life.own) do
    add_to(life.old, stack, sum.count, sum.dur)
  end
  lives[g] = { old = life.old, own = {} }
end

local function take_off_old(profile, life)
  for stack, sum in pairs(life.old) do
    profile:add(stack or nil, -sum.dur, nil, -sum.count)
  end
  life.old = {}
end

-- follow(profile, name): the samples of a kind go to the profile.
local function follow(profile, name)
  local kind, is_wanted = kinds[name], reasons_of(kinds[name])
  local fresh = {} -- goroutines that have not run yet
  local bare = {} -- those of which the last event of the kind has no stack

  on[kind.event] = function(ev)
    bare[ev.g] = #ev.stack == 0 or nil
  end

  local function begin(g, s)
    fresh[g] = true
    if s.open or s.state == "Syscall" then
      begin_life(g)
    end
  end

  local function run(g)
    fresh[g] = nil
    if lives[g] then
      take_off_old(profile, lives[g])
    end
  end

  local function add(g, s)
    local stack = stack_of(s, bare[g])
    profile:add(stack, s.dur)
    if lives[g] then
      add_to(lives[g].own, stack, 1, s.dur)
    end
  end

  function on.state(s)
    local g = s.g
    if s.prev == "NotExist" or s.open == "begin" or s.open == "both" then
      begin(g, s)
    end
    if s.state == "Running" then
      return run(g)
    end
    local counts = not fresh[g] or s.next == "NotExist"
    if s.state == kind.state and counts and not s.open and
      is_wanted(s.reason) then
      add(g, s)
    end
  end
end

return { kinds = kinds, follow = follow }
