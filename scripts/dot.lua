-- dot.lua: who wakes whom and who creates whom, as a graph for Graphviz: functions that
-- goroutines start with, how often, and how long in all the waits were that were ended.
--
--   $ gotrace-lua dot --top=3 testdata/real/go1.27-faults.trace
--   digraph "gotrace" {
--     rankdir=LR;
--     node [shape=box];
--     "main.together.func1" -> "main.main" [label="wakes 3x 72.33ms"];
--     "main.together.func1" -> "main.together.func1" [label="wakes 17x 43.91ms"];
--     "(runtime)" -> "main.together.func1" [label="wakes 24x 39.56ms"];
--   }
--
--   $ gotrace-lua dot --top=20 testdata/real/go1.27-faults.trace | grep -c label
--   15
description = "Who wakes and creates whom, as a graph for Graphviz"
writes = "dot"
needs = "names"
args = {
  { name = "edges", type = "list", choices = { "wakes", "creates" },
    default = { "wakes", "creates" }, help = "what leads from one to another" },
  { name = "top", short = "t", type = "int", default = 100,
    help = "edges to show; 0: all" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local graph = export.dot { top = opt.top > 0 and opt.top or nil }
local follow, system = {}, opt.system

for _, name in ipairs(opt.edges) do
  follow[name] = true
end

local function name(func, otherwise)
  return func and func ~= "" and func or otherwise
end

-- The runtime, the network and timers wake goroutines, too.
if follow.wakes then
  function on.state(s)
    if s.state == "Waiting" and s.next == "Runnable" and
      (system or not s.system) then
      graph:add(name(s.waker_func, s.waker and "?" or "(runtime)"),
        name(s.func, "?"), s.dur, "wakes")
    end
  end
end

if follow.creates then
  local function created(ev)
    graph:add(name(ev.func, "(runtime)"), name(ev.new_stack.root.func, "?"),
      nil, "creates")
  end
  on.GoCreate, on.GoCreateBlocked = created, created
end
