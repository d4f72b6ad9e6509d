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
local created = columns { by = keys, "count goroutines", "sum creators",
  "last each" }
created:when_empty("created_by: no goroutine of the program was started " ..
  "while the trace was made (--system: the runtime's, too)")
local seen -- creators of this trace, by what they started, where, and themselves

function on.begin()
  seen = {}
end

local function is_first(func, creator, g)
  local text = table.concat({ func, creator or "", g }, "\0")
  local is_new = not seen[text]
  seen[text] = true
  return is_new
end

local function add(func, creator, n)
  if opt.by then
    created:add(trace, func, creator, 1, n, nil)
  else
    created:add(func, creator, 1, n, nil)
  end
end

-- The tracer's, the profiler's and the collector's are none of the program's.
local function on_create(ev)
  local func, creator = ev.new_stack.root.func, ev.stack.user.func
  if opt.system or not func:find "^runtime[./]" then
    add(func, creator, is_first(func, creator, ev.g) and 1 or nil)
  end
end
on.GoCreate, on.GoCreateBlocked = on_create, on_create

-- By C code, in a thread that Go did not make: no Go function was asked for.
function on.GoCreateSyscall()
  add("(called from C)", nil, nil)
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
