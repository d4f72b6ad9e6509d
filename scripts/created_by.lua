-- created_by.lua: how many goroutines were started, with which function, and by whom.
--
--   $ gotrace-lua created_by testdata/real/go1.27-services.trace | head -4
--   function             creator            goroutines  creators  each
--   main.handleOne       main.startMany             40         1    40
--   main.checkOrder      main.placeOrder            12         1    12
--   main.packOrder       main.priceOrder            12        12     1
--
--   $ gotrace-lua created_by testdata/real/go1.27-services.trace | tail -2
--   in all   goroutines
--   started          82
--
--   $ gotrace-lua created_by -F json testdata/real/go1.27-gc.trace | head -n 1
--   {"function":"main.together.func1","creator":"main.together","goroutines":4,"creators":1,"each":4}
--
-- function is the one that the go statement calls; creator the one that it stands in, of the
-- program if one of it is on the stack (stack.user); creators is how many goroutines were there,
-- and each how many of the started ones come to one of them.
description = "Goroutines created: with which function, by whom, how many"
args = {
  { name = "by", choices = { "trace" },
    help = "each trace has rows of its own" },
  { name = "system", type = "bool", help = "goroutines of the runtime, too" },
}

local format = require "gotrace.format"

local keys = { "function", "creator" }
if opt.by then
  table.insert(keys, 1, "trace")
end
local created = columns { by = keys, "sum goroutines", "sum creators",
  "last each" }
created:when_empty("created_by: no goroutine of the program was started " ..
  "while the trace was made (--system: the runtime's, too)")

-- By the stack of what is called, that of the go statement, and who ran it: what functions these
-- are is asked at the end, once for each.
local starts = count("n", "trace", "called", "at", "g"):quiet()

local function on_create(ev)
  starts:add(trace, ev.new_stack, ev.stack, ev.g or -1)
end
on.GoCreate, on.GoCreateBlocked = on_create, on_create

local function add(file, func, creator, n, creators)
  if opt.by then
    created:add(file, func, creator, n, creators, nil)
  else
    created:add(func, creator, n, creators, nil)
  end
end

-- By C code, in a thread that Go did not make: no Go function was asked for.
function on.GoCreateSyscall()
  add(trace, "(called from C)", nil, 1, nil)
end

-- The tracer's, the profiler's and the collector's are none of the program's.
local function add_starts()
  local seen = {}
  for file, called, at, g, n in starts:each() do
    local func, creator = called.root.func, at.user.func
    local key = ("%s\0%s\0%s\0%.0f"):format(file, func, creator or "", g)
    if opt.system or not func:find "^runtime[./]" then
      add(file, func, creator, n, not seen[key] and 1 or nil)
      seen[key] = true
    end
  end
end

-- How many come to one creator is known at the end.
local function add_each(n, row, ...)
  if (row.creators or 0) > 0 then
    local values, each = { ... }, row.goroutines / row.creators
    values[n + 3] = math.floor(each * 10 + 0.5) / 10
    created:add(unpack(values, 1, n + 3))
  end
end

function on.done()
  add_starts()
  local n, list = #keys, {}
  local following = created:each()
  local row = { following() }
  while row[1] ~= nil do
    list[#list + 1] = row
    row = { following() }
  end
  for _, one in ipairs(list) do
    add_each(n, one[n + 1], unpack(one, 1, n))
  end
  if format.style() == "text" and #list > 0 then
    rows("in all", "goroutines"):add("started", created:total().goroutines)
  end
end
