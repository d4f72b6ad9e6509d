-- plan.lua: how a run is executed, decided once, from what can be known before
-- the first event: which types are asked for and what of them is filled in, in
-- which order, by how many threads, copied or rewritten; and why.
--
-- Nothing depends on what a hook looks like. One that is called may look at all
-- of an event, whatever parameters it has: by an option that is an expression,
-- by an ev that it kept. So what is known is only whether there are hooks.
-- Whoever reads events asks the plan: the engine by `wanted`, accessors by
-- `unknown`, the writer by `left_out`; --explain prints it.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local paths = require "gotrace.engine.paths"
local pipeline = require "gotrace.script.pipeline"
local spans = require "gotrace.span.handlers"
local spec = require "gotrace.engine.event_table"

local COUNT_ONLY = tonumber(C.GOTRACE_COUNT_ONLY)
local MARK_GENERATION = tonumber(C.GOTRACE_EV_GENERATION)
local MARK_DAMAGE = tonumber(C.GOTRACE_EV_DAMAGE)
local HEAP_ALLOC = spec.by_name.HeapAlloc.id
local HEAP_GOAL = spec.by_name.HeapGoal.id

-- Each decision yields what is done, and why.
local decide = {}

function decide.order(stages, options)
  if options.output then
    return "full", "-o writes what happened in its order"
  elseif options.from or options.to then
    return "full", "--from and --to cut at a time"
  end
  return pipeline.order(stages)
end

-- "all" fields of an event, or "count": type, time, number and offset.
function decide.fields(stages, options)
  if options.output then
    return "all", "-o writes them"
  end
  local looks = pipeline.who_looks(stages)
  if spans.why(stages) then
    return "all", spans.why(stages)
  end
  if looks then
    return "all", looks .. " may look at all of an event"
  elseif not paths.takes "count" then
    return "all", "GOTRACE_PATHS says so"
  end
  return "count", "nobody looks at an event, they are counted"
end

local function cannot_be_copied(types)
  for id = 1, 255 do
    if types[id] ~= 0 and not C.gotrace_can_leave_out(id) then
      return ("%s is left out, on which other events depend")
        :format(spec.rows[id].name)
    end
  end
end

-- A mask of the types that are left out of a copy, or false; and why.
function decide.left_out(stages, options)
  if not options.output then
    return false, "no trace is written"
  elseif options.from or options.to then
    return false, "--from and --to cut it"
  elseif not paths.takes "copy" then
    return false, "GOTRACE_PATHS says so"
  end
  local types, why = pipeline.left_out(stages)
  why = pipeline.who_inserts(stages) or spans.why(stages) or why
  why = why or cannot_be_copied(types)
  return not why and types, why or "nothing but types of events is left out"
end

-- Whether generations are copied up to the first change that hooks make. Spans,
-- and what scripts insert, know of no mark where a generation ends; names that scripts change are
-- in all of it.
function decide.watched(stages, options)
  return options.output ~= nil and not (options.from or options.to) and
    paths.takes "copy" and not pipeline.who_inserts(stages) and
    not spans.why(stages) and not pipeline.any_guards(stages) and
    not pipeline.fitting(stages) and not pipeline.any_has(stages, "string") and
    not pipeline.any_has(stages, "stack")
end

-- wanted(plan, handlers, writes): the mask that the engine gets: nothing is
-- decoded that nobody asks for, and what is written is wanted whole.
local function wanted(plan, handlers, writes)
  local mask = ffi.new "uint8_t[256]"
  local whole = plan.fields == "count" and COUNT_ONLY or 1
  for id = 1, 255 do
    local made = plan.spans and C.gotrace_spans_needs(id,
      plan.objects)
    mask[id] = (writes or made) and 1 or handlers[id] and whole or 0
  end
  if plan.heap then
    mask[HEAP_ALLOC], mask[HEAP_GOAL] = 1, 1
  end
  mask[MARK_DAMAGE] = 1 -- what scripts see counted goes by it
  return mask
end

local threads_asked = { ["1"] = "one", ["2"] = "two" }

-- What GOTRACE_THREADS says, in words; nil: nothing.
local function threads_said()
  local said = os.getenv "GOTRACE_THREADS" or ""
  local n = said:find "^%d%d?$" and tonumber(said) or 0
  return n >= 1 and n <= 64 and (threads_asked[said] or ("%d"):format(n)) or nil
end

-- Whether generations may be put in order side by side. A copy wants no event.
local function is_beside(plan)
  if plan.writes and not plan.left_out then
    return false
  end
  local order = plan.order == "full" and C.GOTRACE_ORDER_FULL or
    C.GOTRACE_ORDER_THREAD
  return C.gotrace_side_by_side(plan.left_out and ffi.new "uint8_t[256]" or
    wanted(plan, plan.handlers, false), order)
end

-- The engine decides it for each generation (src/read/plan.h).
local function threads(plan)
  local said = threads_said()
  local beside = is_beside(plan)
  if said or paths.asked() then
    return (said or paths.takes "threads" and "two" or "one") .. ": " ..
      (said and "GOTRACE_THREADS" or "GOTRACE_PATHS") .. " says so" ..
      (beside and "; generations side by side" or "")
  elseif beside then
    return "one for each CPU, generations side by side where they are long: " ..
      (plan.left_out and "it is copied" or "few types are asked for")
  end
  return "one, and a second where the trace is long and a CPU is free"
end

local function any_wants_heap(stages)
  for _, stage in ipairs(stages) do
    if stage.heap then
      return true
    end
  end
  return false
end

-- make(stages, options): the plan of a run.
--   options   { output, from, to } of the command line
--   order     "full" or "thread"
--   spans     whether spans are made
--   objects   whether hooks may ask for goroutines
--   heap      whether they may ask how large the heap is
--   exact     whether they may ask for what is known as of the event or span at hand
--   accounts  the kinds of spans that have stats, as a mask
--   figures   whether what goroutines do with their time is kept
--   names     whether a pass looks for the names of goroutines and tasks first
--   runs      whether a pass looks first for when goroutines run
--   fields    "all" or "count"
--   left_out  nothing else is done to the trace that is written than to leave
--             out these types, uint8_t[256] by id; or false
--   watched   generations are copied until hooks change something
--   handlers  the functions by type that an event goes through, or false
--   unknown   names of fields that no event has in this order
--   why       { order =, fields =, left_out =, threads = } in words
local function make(stages, options)
  paths.asked()
  local plan = { why = {} }
  for name, choose in pairs(decide) do
    plan[name], plan.why[name] = choose(stages, options)
  end
  plan.writes = options.output ~= nil
  plan.spans = spans.why(stages) ~= nil
  plan.objects = spans.asks_for_objects(stages)
  plan.heap = any_wants_heap(stages)
  plan.exact = spans.is_exact(stages)
  plan.accounts = spans.accounts(stages)
  plan.figures = plan.accounts ~= 0 or spans.may_ask_for_figures(stages)
  plan.why.names = plan.spans and spans.who_wants_names(stages)
  plan.names = plan.why.names ~= nil and plan.why.names ~= false
  plan.why.runs = plan.writes and pipeline.who_inserts(stages)
  plan.runs = plan.why.runs ~= nil and plan.why.runs ~= false
  plan.handlers = pipeline.handlers(stages, plan.writes)
  plan.unknown = plan.order == "thread" and
    { "p", "g", "known" } or {}
  plan.why.threads = threads(plan)
  return plan
end

-- may_ask(pass): whether hooks that are called as events of a pass come may ask for regions,
-- tasks and logs.
local function may_ask(pass)
  for id = 1, MARK_GENERATION - 1 do
    if pass.handlers[id] then
      return true
    end
  end
  for _, teller in pairs(pass.tellers or {}) do
    if teller then
      return true
    end
  end
  for _, stage in ipairs(pass.stages) do
    if stage.has_probes then
      return true
    end
  end
  return pipeline.any_has(pass.stages, "generation") or
    pipeline.any_has(pass.stages, "damage")
end

-- wanted_for_names(): the mask of the pass that looks for names.
local function wanted_for_names()
  local mask = ffi.new "uint8_t[256]"
  for id = 1, 255 do
    mask[id] = C.gotrace_known_names_needs(id) and 1 or 0
  end
  return mask
end

return { make = make, wanted = wanted, may_ask = may_ask,
  wanted_for_names = wanted_for_names }
