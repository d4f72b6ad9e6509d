-- strip.lua: a smaller trace: leaves out what most questions do not need. Stacks alone are
-- more than half of many a trace.
--
--   $ gotrace-lua -o small.trace strip --stacks --heap testdata/real/go1.27-http.trace
--   gotrace-lua: small.trace: 12,547 events; 349 dropped (HeapAlloc, HeapGoal)
--
--   $ gotrace-lua -q -o s.trace strip --logs testdata/real/go1.27-annotations.trace && gotrace-lua --verify s.trace
--   s.trace: valid go 1.26 trace, 431 events
--
-- --stacks=N keeps N frames of each stack and its root, from which goroutines have their
-- names; without N the root alone. --to-size=5MB leaves out one after the other, from
-- --stacks to --experiments, until the trace is that small, and says which it took.
description = "A smaller trace: without stacks, samples, logs, ..."

-- What each option leaves out.
local types = {
  cpu_samples = { "CPUSample" },
  labels = { "GoLabel" },
  heap = { "HeapAlloc", "HeapGoal" },
  logs = { "UserLog" },
  annotations = { "UserTask*", "UserRegion*", "UserLog" },
  experiments = { "HeapObject*", "Span*", "GoroutineStack*" },
}

args = {
  { name = "stacks", type = "int", optional = true,
    help = "stacks, but for N frames and the root" },
  { name = "cpu-samples", type = "bool", help = "samples of the CPU profiler" },
  { name = "labels", type = "bool", help = "labels of goroutines" },
  { name = "heap", type = "bool", help = "sizes of the heap" },
  { name = "logs", type = "bool", help = "what the program logged" },
  { name = "annotations", type = "bool", help = "tasks, regions and logs" },
  { name = "experiments", type = "bool", help = "objects, spans and stacks" },
  { name = "to-size", type = "size",
    help = "of these what it takes to get there, in this order" },
}

needs = "output"

local steps = { "stacks", "cpu_samples", "labels", "heap", "logs",
  "annotations", "experiments" }

-- Which are left out: those that were asked for, and of the others as many as the size takes.
local function chosen()
  local left_out, more, names = {}, {}, {}
  for _, name in ipairs(steps) do
    left_out[name] = opt[name] or nil
    if not opt[name] then
      more[#more + 1], names[#names + 1] = name, "--" .. name:gsub("_", "-")
    end
  end
  local has_size = opt.to_size and opt.to_size < math.huge
  local taken = has_size and
    require "gotrace.fitting" { size = opt.to_size, steps = names } or 0
  for i = 1, taken do
    left_out[more[i]] = true
  end
  return left_out
end

local left_out = chosen()
for name, list in pairs(types) do
  if left_out[name] then
    drop(list)
  end
end

local most = type(left_out.stacks) == "number" and left_out.stacks or 0
local function copy_of(frame)
  return { func = frame.func, file = frame.file, line = frame.line,
    pc = frame.pc }
end

local function shorten(st)
  if #st <= most + 1 then
    return nil
  end
  local list = { [most + 1] = copy_of(st.root) }
  for i = 1, most do
    list[i] = copy_of(st[i])
  end
  return list
end

if left_out.stacks then
  on.stack = shorten
end

function on.begin()
  if not (next(left_out) or opt.to_size) then
    fail("say what to leave out: --stacks, --cpu-samples, --labels, --heap, " ..
      "--logs, --annotations or --experiments, or a --to-size")
  elseif most < 0 then
    fail("--stacks=%d: a number of frames", most)
  end
end
