-- strip.lua: a smaller trace: leaves out what most questions do not need. Stacks alone are
-- more than half of many a trace.
--
--   $ gotrace-lua -o small.trace strip --stacks --heap testdata/real/go1.27-http.trace
--   gotrace-lua: small.trace: 12547 events; 349 dropped
--
-- --stacks=N keeps N frames of each stack and its root, from which goroutines have their
-- names; without N the root alone.
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
}

needs = "output"

local some = opt.stacks ~= nil
for name, list in pairs(types) do
  if opt[name] then
    some = true
    drop(list)
  end
end
local most = type(opt.stacks) == "number" and opt.stacks or 0
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

if opt.stacks ~= nil then
  on.stack = shorten
end

function on.begin()
  if not some then
    fail("say what to leave out: --stacks, --cpu-samples, --labels, --heap, " ..
      "--logs, --annotations or --experiments")
  elseif most < 0 then
    fail("--stacks=%d: a number of frames", most)
  end
end
