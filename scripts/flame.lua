-- flame.lua: where goroutines wait, run or sample, as a flame graph of text: stacks from the
-- root down to the leaf, each frame as wide as its time.
--
--   $ gotrace-lua flame testdata/real/go1.27-faults.trace | head -7
--   631.6ms blocked, 7.895ms a character
--   ├main.waitForNothing─────────────────────────────69.3%┤├main.main┤├main.toge┤├┤│
--   ├runtime.chanrecv1───────────────────────────────69.3%┤├main.faul┤├main.lock┤│││
--   ├[chan receive]──────────────────────────────────69.3%┤├main.(*re┤├main.w┤├m┤│││
--                                                          ├main.faul┤├sync┤├┤├t┤│
--                                                          ├main.┤├┤├┤├[syn┤├┤├[┤
--                                                          ├main.┤├┤├┤
--   $ gotrace-lua flame --kind=runnable --by=prev testdata/real/go1.27-faults.trace | head -4
--   150.7ms waiting for a P, 1.884ms a character
--   ├NotExist────────────────────────────────────────────────────84.3%┤├Running───┤│
--   ├main.together.func1─────────────────────────────────────────83.2%┤├main.toget┤│
--   ├[Runnable]──────────────────────────────────────────────────83.2%┤├[Runnable]┤│
--   $ gotrace-lua -F csv flame --kind=runnable testdata/real/go1.27-faults.trace | head -4
--   trace,stack,total,self
--   testdata/real/go1.27-faults.trace,main.together.func1,148319680,0
--   testdata/real/go1.27-faults.trace,main.together.func1;[Runnable],147363520,147363520
--   testdata/real/go1.27-faults.trace,main.together.func1;main.lockConvoy.func1,956160,0
--
-- Names that find no room are cut; -F csv, json, and `folded`, have all of them.
description = "A flame graph of waits, states or CPU samples, as text"
needs = "names"
args = {
  { name = "kind", default = "block", choices = { "block", "off-cpu",
    "runnable", "syscall", "exec", "wall", "cpu" },
    help = "waits; all but running; one state; all; CPU samples" },
  { name = "by", type = "keys",
    help = "roots for each of: fields of spans, such as func, task_name" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
  { name = "width", short = "w", type = "int", default = 0,
    help = "characters; 0: what the terminal has room for" },
}

local drawn = require "flame.drawn"
local stacks = require "picture.stacks"

local states = {
  block = { Waiting = true }, runnable = { Runnable = true },
  syscall = { Syscall = true }, exec = { Running = true },
  ["off-cpu"] = { Waiting = true, Runnable = true, Syscall = true },
  wall = { Waiting = true, Runnable = true, Syscall = true, Running = true },
}

if opt.kind == "cpu" and opt.by then
  fail "flame: --by is about spans, and CPU samples are events"
end

local by, wanted = opt.by, states[opt.kind]
local keys = by and #by.names or 0
local found = by and { unpack(by.names) } or {}
found[keys + 1], found[keys + 2] = "leaf", "stack"
local sums = sum("time", unpack(found)):quiet()

-- The tracer's own goroutine is none of the runtime's by its name.
local function is_wanted(s)
  local is_system = s.system or s.reason == "system goroutine wait" or
    s.func:find("runtime/", 1, true) == 1
  return wanted[s.state] and (opt.system or not is_system)
end

local function add(leaf, stack, value)
  if by then
    by:add(sums, leaf, stack, value)
  else
    sums:add(leaf, stack, value)
  end
end

if opt.kind == "cpu" then
  function on.CPUSample(ev)
    sums:add("", ev.stack, 1)
  end
else
  function on.state(s)
    if is_wanted(s) then
      local reason = s.reason ~= "" and s.reason or nil
      add(reason or s.state, s.stack, s.dur)
    end
  end
end

-- One row of the sums: keys, what is behind the stack, the stack, and how much.
local function put(tree, ...)
  local row, roots = { ... }, {}
  for i = 1, keys do
    roots[i] = tostring(row[i])
  end
  local leaf = row[keys + 1]
  tree:add(row[keys + 2], row[keys + 3], leaf ~= "" and "[" .. leaf .. "]" or
    nil, roots)
end

function on.finish()
  local tree, following = stacks.new(), sums:each()
  local row = { following() }
  while row[1] ~= nil do
    put(tree, unpack(row, 1, keys + 3))
    row = { following() }
  end
  sums:clear()
  drawn.show(tree, opt.kind)
end
