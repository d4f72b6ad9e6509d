-- judge.lua: whether Go's tools take a trace that Go's reader takes: its
-- validator (Go 1.27 internal/trace/testtrace/validation.go), which Go's own
-- tests ask, its Summarizer (summary.go) and the pages of `go tool trace`, which
-- do not refuse but panic.
--
-- A judge is shown every event in full order, and every generation.
local ffi = require "ffi"
local Pages = require "gotrace.verify.judge_pages"
local C = require "gotrace.engine.abi"
local event_table = require "gotrace.engine.event_table"
local names = require "gotrace.engine.strings"
local states = require "gotrace.verify.judge_states"

local key, goroutine, proc = states.key, states.goroutine, states.proc
local move_goroutine, move_proc = states.move_goroutine, states.move_proc

local NO_KIND = tonumber(C.GOTRACE_NO_KIND)

local Judge = {}
Judge.__index = Judge

-- Only the first violation counts: what follows may come of it.
function Judge:refuse(what, have, want)
  self.wrong = self.wrong or { what = what, have = have, want = want }
end

-- The running goroutine's record.
local function own(s, e)
  return goroutine(s, e.g)
end

local function proc_of(e)
  return tonumber(e.p)
end

-- Rules by name of event

local rules = {}

local function move_own(s, e, from, to)
  return move_goroutine(s, own(s, e), from, to, e.m, proc_of(e))
end

local function move_target(s, e, from, to)
  return move_goroutine(s, goroutine(s, e.arg[0]), from, to, e.m, proc_of(e))
end

function rules.GoCreate(s, e)
  move_target(s, e, "NotExist", "Runnable")
end
function rules.GoCreateBlocked(s, e)
  move_target(s, e, "NotExist", "Waiting")
end
function rules.GoCreateSyscall(s, e)
  move_target(s, e, "NotExist", "Syscall")
end
function rules.GoStart(s, e)
  move_target(s, e, "Runnable", "Running")
end
function rules.GoUnblock(s, e)
  move_target(s, e, "Waiting", "Runnable")
end
function rules.GoDestroy(s, e)
  move_own(s, e, "Running", "NotExist")
end
function rules.GoStop(s, e)
  move_own(s, e, "Running", "Runnable")
end
function rules.GoBlock(s, e)
  move_own(s, e, "Running", "Waiting")
  if tonumber(e.arg[0]) == s.forever then
    own(s, e).finished = true
  end
end
function rules.GoSyscallBegin(s, e)
  move_own(s, e, "Running", "Syscall")
end
function rules.GoSyscallEnd(s, e)
  move_own(s, e, "Syscall", "Running")
end
function rules.GoSyscallEndBlocked(s, e)
  move_own(s, e, "Syscall", "Runnable")
end
function rules.GoDestroySyscall(s, e)
  if e.p ~= -1 then
    move_proc(s, proc(s, e.p), "Running", "Idle", e.m)
  end
  move_own(s, e, "Syscall", "NotExist")
end

-- Go's reader makes three events of it.
local function switch(s, e, to)
  move_target(s, e, "Waiting", "Runnable")
  move_own(s, e, "Running", to)
  move_target(s, e, "Runnable", "Running")
end
function rules.GoSwitch(s, e)
  switch(s, e, "Waiting")
end
function rules.GoSwitchDestroy(s, e)
  switch(s, e, "NotExist")
end

local go_status = {
  [0] = "Undetermined", "Runnable", "Running", "Syscall", "Waiting",
}

function rules.GoStatus(s, e)
  local state = go_status[tonumber(e.arg[2])]
  states.state_goroutine(s, goroutine(s, e.arg[0]), state, e.m, proc_of(e))
end
rules.GoStatusStack = rules.GoStatus

local proc_status = {
  [0] = "Undetermined", "Running", "Idle", "Running", "Idle",
}

function rules.ProcStatus(s, e)
  local r, state = proc(s, e.arg[0]), proc_status[tonumber(e.arg[1])]
  local from = r.state or (s.syncs > s.first and "NotExist" or "Undetermined")
  if from == "Undetermined" then
    states.check_first(s, "proc", r)
  end
  move_proc(s, r, r.state == state and state or from, state, e.m)
end
function rules.ProcStart(s, e)
  move_proc(s, proc(s, e.arg[0]), "Idle", "Running", e.m)
end
function rules.ProcStop(s, e)
  move_proc(s, proc(s, e.p), "Running", "Idle", e.m)
end
-- One that was lost already only has its loss told.
function rules.ProcSteal(s, e)
  local r = proc(s, e.arg[0])
  move_proc(s, r, r.state == "Idle" and "Idle" or "Running", "Idle", e.m)
end
function rules.ProcsChange(s, e)
  s.pages:gomaxprocs(tonumber(e.arg[0]))
end

-- Ranges: each of its subject's by name, once.

local function begin(s, r, name)
  if r.ranges[name] then
    s:refuse(("%s begins again"):format(name), "in flight", "ended")
  else
    r.ranges[name] = true
    r.open = r.open + 1
  end
end

local function finish(s, r, name)
  if r.ranges[name] then
    r.ranges[name] = nil
    r.open = r.open - 1
  else
    s:refuse(("%s ends that did not begin"):format(name),
      next(r.ranges) or "none", name)
  end
end

-- The Summarizer has nowhere to keep a range of one that it takes for ended.
local function count_range(s, r)
  if r.finished then
    s:refuse(("goroutine %s has a range after it blocked forever"):format(r.id))
  end
end

local function begin_own(s, e, name)
  local r = own(s, e)
  begin(s, r, name)
  count_range(s, r)
  s.pages:begin(r, name)
end

local function finish_own(s, e, name)
  finish(s, own(s, e), name)
  s.pages:finish_range(own(s, e), name)
end

local function stop_named(id)
  return ("stop-the-world (%s)"):format(names.string_of(id))
end

-- A stop of the goroutine's that goes on.
local function any_stop(s, e)
  for name in pairs(own(s, e).ranges) do
    if name:find "^stop" then
      return name
    end
  end
end

function rules.STWBegin(s, e)
  begin_own(s, e, stop_named(tonumber(e.arg[0])))
end
function rules.STWEnd(s, e)
  local kind = tonumber(e.arg[0])
  if s.version < 22 then
    finish_own(s, e, any_stop(s, e) or "a stop of the world")
  elseif kind == NO_KIND then
    s:refuse("the kind of this stop has no name in this generation",
      "none", any_stop(s, e))
  else
    finish_own(s, e, stop_named(kind))
  end
end

local ASSIST, SWEEP, MARK = "GC mark assist", "GC incremental sweep",
  "GC concurrent mark phase"

function rules.GCMarkAssistBegin(s, e)
  begin_own(s, e, ASSIST)
  s.pages:assist(own(s, e), true, proc_of(e))
end
function rules.GCMarkAssistEnd(s, e)
  finish_own(s, e, ASSIST)
  s.pages:assist(own(s, e), nil, proc_of(e))
end
function rules.GCMarkAssistActive(s, e)
  local r = goroutine(s, e.arg[0])
  if not r.ranges[ASSIST] then
    begin(s, r, ASSIST)
  end
  count_range(s, r)
  s.pages:begin(r, ASSIST)
  if s.syncs <= 1 then
    s.pages:assist(r, true, proc_of(e))
  end
end
local function sweeps(s, e)
  if e.g ~= -1 then
    count_range(s, own(s, e))
  end
  s.pages:sweep(proc_of(e))
end
function rules.GCSweepBegin(s, e)
  begin(s, proc(s, e.p), SWEEP)
  sweeps(s, e)
end
function rules.GCSweepEnd(s, e)
  finish(s, proc(s, e.p), SWEEP)
  s.pages:sweep(proc_of(e))
end
function rules.GCSweepActive(s, e)
  local r = proc(s, e.arg[0])
  if not r.ranges[SWEEP] then
    begin(s, r, SWEEP)
  end
  if s.syncs <= 1 then
    sweeps(s, e)
  elseif e.g ~= -1 then
    count_range(s, own(s, e))
  end
end
function rules.GCBegin(s)
  begin(s, s.all, MARK)
end
function rules.GCActive(s)
  if not s.all.ranges[MARK] then
    begin(s, s.all, MARK)
  end
end
function rules.GCEnd(s)
  finish(s, s.all, MARK)
end

-- Annotations

-- The number of a string that an old trace refers to and does not have. In a new
-- one that is damage.
local function missing(s, id)
  return s.version < 22 and names.string_of(id):match "^%?(%d+)$"
end

-- Of tasks Go does not ask for it.
local function check_name(s, e)
  local string = missing(s, tonumber(e.arg[1]))
  if string then
    s:refuse("its name is not in the trace", "string " .. string)
  end
end
rules.UserLog = check_name
rules.UserRegionBegin = check_name
rules.UserRegionEnd = check_name

function rules.GoLabel(s, e)
  local label = names.string_of(tonumber(e.arg[0]))
  if label == "" then
    s:refuse "a label without a name"
  end
end

-- The task that all of t's ancestors lead to.
local function root_of(parents, t)
  while parents[t] do
    parents[t] = parents[parents[t]] or parents[t]
    t = parents[t]
  end
  return t
end

-- A task that is its own ancestor: Go's tool follows children for ever.
local function adopt(s, task, parent)
  if s.parents[task] then
    return
  elseif root_of(s.parents, parent) == task then
    s:refuse(("task %s is its own ancestor"):format(task))
  else
    s.parents[task] = parent
  end
end

function rules.UserTaskBegin(s, e)
  local task, parent = key(e.arg[0]), key(e.arg[1])
  if task == 0 or task == -1 then
    s:refuse("a task with an id that is none", tostring(task))
  elseif parent == 0 then
    s:refuse "a task's parent is the background"
  elseif parent ~= -1 then
    adopt(s, task, parent)
  end
end

local CPU_SAMPLE = event_table.by_name.CPUSample.id
local by_type = {}
for name, rule in pairs(rules) do
  by_type[event_table.by_name[name].id] = rule
end

-- Stacks: all frames but the first are whole.

local function is_whole(f)
  return f.func ~= 0 and f.file ~= 0 and f.pc ~= 0 and f.line ~= 0
end

local function check_stack(s, id)
  for i = 0, tonumber(C.gotrace_stack_len(names.handle, id)) - 1 do
    local f = C.gotrace_stack_frame(names.handle, id, i)
    local string = missing(s, f.func) or missing(s, f.file)
    if i > 0 and not is_whole(f) then
      return s:refuse("a frame of its stack lacks function, file, line or pc",
        "frame " .. i + 1)
    elseif string then
      return s:refuse(
        "a frame of its stack has a name that is not in the trace",
        "string " .. string)
    end
  end
  s.whole[id] = true
end

local stacks = {} -- by type: the places of stacks among the arguments
for id, row in pairs(event_table.rows) do
  for _, arg in ipairs(row and row.args or {}) do
    if arg.kind == "STACK" then
      stacks[id] = stacks[id] or {}
      table.insert(stacks[id], arg.at)
    end
  end
end

local function check_stacks(s, e, places)
  for i = 1, #places do
    local id = tonumber(e.arg[places[i]])
    if id ~= 0 and not s.whole[id] then
      check_stack(s, id)
    end
  end
end

-- Clocks

local NS = ffi.new("uint64_t", 1e9)
-- Go's zero time, the year 1.
local ZERO = ffi.new("int64_t", -62135596800)

-- Seconds and nanoseconds of a wall clock, the latter below a second.
local function wall_of(gen)
  local over = gen.clock_nsec / NS
  return ffi.cast("int64_t", gen.clock_sec + over), gen.clock_nsec % NS
end

local function is_later(gen, before)
  local sec, nsec = wall_of(gen)
  local more = sec > before.sec or (sec == before.sec and nsec > before.nsec)
  return more and gen.clock_mono > before.mono and gen.clock_time > before.time
end

local function check_clock(s, gen)
  local sec, nsec = wall_of(gen)
  if (sec == ZERO and nsec == 0) or gen.clock_mono == 0 then
    s:refuse "the generation's clock snapshot is zero"
  elseif s.clock and not is_later(gen, s.clock) then
    s:refuse "the generation's clocks are not later than the one's before"
  end
  s.clock = { sec = sec, nsec = nsec, mono = gen.clock_mono,
    time = gen.clock_time }
end

-- new(version): of a trace of that header's.
function Judge.new(version)
  local s = setmetatable({
    version = version,
    syncs = 0, -- generations
    first = 0, -- the first that has an event, 0: none yet
    gs = {}, ps = {}, ms = {}, -- by key
    all = { ranges = {}, open = 0 },
    parents = {}, -- of tasks
    whole = {}, -- stacks that have been looked at
    forever = names.id_of "forever",
  }, Judge)
  s.pages = Pages.new(s)
  return s
end

-- Go knows of one experiment, and of none.
local function check_experiments(s, gen)
  for i = 0, tonumber(gen.experiments_len) - 1 do
    local id = gen.experiments[i].experiment
    if id > 1 then
      s:refuse("an experiment that Go does not know", tostring(id), "1")
    end
  end
end

function Judge:generation(gen)
  self.syncs = self.syncs + 1
  check_experiments(self, gen)
  if self.version < 25 then
    return
  elseif gen.has_clock ~= 0 then
    check_clock(self, gen)
  elseif self.syncs == 1 then
    self:refuse "the first generation has no clock snapshot"
  end
end

function Judge:event(e)
  local rule, places = by_type[e.type], stacks[e.type]
  if self.last and e.time <= self.last then
    self:refuse "time does not go on"
  end
  self.last = e.time
  if self.first == 0 and e.type ~= CPU_SAMPLE then
    self.first = self.syncs
  end
  if places then
    check_stacks(self, e, places)
  end
  if rule then
    rule(self, e)
  end
end

function Judge:finish()
  self.pages:finish(self.gs)
end

return Judge
