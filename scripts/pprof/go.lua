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

local function add(profile, s)
  local stack, dur, life = s.event_stack, s.dur, lives[s.g]
  profile:add(stack, dur)
  if life then
    add_to(life.own, stack, 1, dur)
  end
end

-- follow(profile, name): the samples of a kind go to the profile.
local function follow(profile, name)
  local kind, is_wanted = kinds[name], reasons_of(kinds[name])
  local wanted = kind.state
  local fresh = {} -- goroutines that have not run yet

  local function begin(s)
    fresh[s.g] = true
    if s.open or s.state == "Syscall" then
      begin_life(s.g)
    end
  end

  local function run(g)
    fresh[g] = nil
    if lives[g] then
      take_off_old(profile, lives[g])
    end
  end

  function on.state(s)
    local state, open = s.state, s.open
    if s.prev == "NotExist" or open == "begin" or open == "both" then
      begin(s)
    end
    if state == "Running" and fresh[s.g] then
      run(s.g)
    elseif state == wanted and not open and is_wanted(s.reason) and
      (not fresh[s.g] or s.next == "NotExist") then
      add(profile, s)
    end
  end
end

return { kinds = kinds, follow = follow }
