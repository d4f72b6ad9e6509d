-- judge_states.lua: goroutines and procs, as Go's validator and its Summarizer
-- follow them (Go 1.27 internal/trace/testtrace/validation.go, summary.go).
local ffi = require "ffi"
local shown = require "gotrace.verify.judge_shown"

local int64 = ffi.typeof "int64_t"

-- An id as a key: a number, or text where a number is not exact.
local function key(id)
  local signed = int64(id)
  local n = tonumber(signed)
  return n > -2 ^ 53 and n < 2 ^ 53 and n or shown.id(signed)
end

local executing = { Running = true, Syscall = true }

-- The thread's record; nil: it is none where there has to be one.
local function thread_of(s, m, may_be_none)
  if m == -1 and not may_be_none then
    s:refuse("this runs on no thread")
    return nil
  end
  local k = key(m)
  s.ms[k] = s.ms[k] or {}
  return s.ms[k]
end

-- The thread takes up r, which is its `kind`: "goroutine" or "proc".
local function bind(s, kind, r, m, may_be_none)
  local thread = thread_of(s, m, may_be_none)
  if not thread then
    return
  elseif thread[kind] and thread[kind] ~= r then
    s:refuse(("%s %s runs on a thread that has another"):format(kind, r.id),
      ("%s %s"):format(kind, thread[kind].id), "none")
  end
  thread[kind] = r
  r.thread = thread
end

local function let_go(s, kind, r)
  local thread = r.thread
  if thread and thread[kind] ~= r then
    s:refuse(("%s %s stops on a thread where it does not run"):format(kind,
      r.id))
  elseif thread then
    thread[kind] = nil
  end
  r.thread = nil
end

-- Old traces do not say which threads the syscalls have that were there before
-- them. The validator lets that pass, but for it there is one such thread.
local function is_old_syscall(s, kind, from, to)
  return s.version < 22 and kind == "goroutine" and from == "Undetermined" and
    to == "Syscall"
end

local function move(s, kind, r, from, to, m)
  if to == "Undetermined" then
    s:refuse(("%s %s has a status that is none"):format(kind, r.id))
  elseif r.state and r.state ~= from then
    s:refuse(("%s %s is not what it was"):format(kind, r.id), from, r.state)
  end
  r.state = to
  if executing[to] then
    bind(s, kind, r, m, is_old_syscall(s, kind, from, to))
  elseif executing[from] then
    let_go(s, kind, r)
  end
end

local states = { key = key }

-- The record of an id, whether or not it is alive; made if need be.
local function record(list, id)
  local k = key(id)
  local r = list[k]
  if not r then
    r = { id = k, ranges = {}, open = 0 }
    list[k] = r
  end
  return r
end

function states.goroutine(s, id)
  return record(s.gs, id)
end

function states.proc(s, id)
  return record(s.ps, id)
end

-- Go's reader knows threads of old traces by their procs: of one that has stopped it knows
-- none, though it goes on where its start is lost (Go 1.27 internal/trace/tracev1.go).
local function is_threadless(s, p)
  local proc = s.version < 22 and p and s.ps[key(p)]
  return proc and proc.state == "Idle"
end

-- Goroutine r goes from one state to another on thread m, with a proc p.
function states.move_goroutine(s, r, from, to, m, p)
  m = is_threadless(s, p) and -1 or m
  if to == "NotExist" and r.open > 0 then
    s:refuse(("goroutine %s ends in a range"):format(r.id),
      next(r.ranges), "none")
  end
  move(s, "goroutine", r, from, to, m)
  -- What the Summarizer takes for an end it asks no more.
  r.finished = to == "NotExist" or (from ~= "NotExist" and
    from ~= "Undetermined" and r.finished)
  s.pages:goroutine(r, from, to, p)
end

function states.move_proc(s, r, from, to, m)
  if from == to and to ~= "Undetermined" then
    return executing[to] and bind(s, "proc", r, m)
  end
  move(s, "proc", r, from, to, m)
  s.pages:proc(r, from, to)
end

-- Go's reader knows nothing before the first generation that has events, and its
-- validator lets nothing be unknown behind the first of all.
function states.check_first(s, kind, r)
  if s.syncs > 1 then
    s:refuse(("nothing was known of %s %s in the first generation"):format(kind,
      r.id))
  end
end

-- A status: what is known is only stated again.
function states.state_goroutine(s, r, state, m, p)
  local known = r.state and r.state ~= "NotExist"
  if known then
    return executing[state] and bind(s, "goroutine", r, m)
  end
  states.check_first(s, "goroutine", r)
  states.move_goroutine(s, r, "Undetermined", state, m, p)
end

return states
