-- What the scripts of script_fuzz.c begin with: values, functions and names, and
-- what their statements do with them, by number. No statement ends the script by
-- an error, and all of them together do no more than FUEL things, so that what
-- takes long is the program's doing.
local FUEL = 400
local LARGE = 1000 -- for functions that go through all numbers up to theirs
local KEPT = 24 -- results that are values to later statements

local pcall, select, type, next, ipairs, tostring = pcall, select, type, next, ipairs, tostring
local getmetatable, setmetatable, sort = getmetatable, setmetatable, table.sort
local create, resume, yield, wrap = coroutine.create, coroutine.resume, coroutine.yield, coroutine.wrap
local format, regexp = require "gotrace.printing.format", require "gotrace.base.regexp"

local fuel, kept, depth = FUEL, 0, 0
local values, functions, seen = {}, {}, {}
local slow = { [table.move] = true, [table.insert] = true, [string.rep] = true, [format.csv_line] = true,
  [unpack] = true, [table.concat] = true }

local names = {
  "leaf", "root", "id", "func", "file", "line", "pc", "name", "type", "time", "stack", "match", "text", "status",
  "raw", "wall", "fields", "copy", "strings", "hide", "window", "split", "add", "top", "ns", "object", "table", "g",
  "p", "m", "n", "gen", "off", "key", "value", "task", "reason", "target_g", "new_g", "new_stack", "heapalloc",
  "parts", "damages", "generations", "written", "file", "events", "what", "x", "words", 1, 2, -1, "__index",
}

local types = { "UserLog", "GoCreate", "GoStart", "GoBlock", "GoUnblock", "GoDestroy", "GoStop", "GoStatus",
  "ProcStart", "ProcStop", "ProcStatus", "UserTaskBegin", "UserTaskEnd", "UserRegionBegin", "UserRegionEnd", "STWBegin",
  "STWEnd", "GCBegin", "GCEnd", "HeapAlloc", "GoSyscallBegin", "GoSyscallEnd", "GoLabel", "CPUSample", "Nothing", "" }

local function burn()
  fuel = fuel - 1
  return fuel >= 0
end

-- Values

local function keep(value)
  if value ~= nil then
    kept = kept % KEPT + 1
    values[#values - KEPT + kept] = value
  end
end

local function value(i)
  return values[i % #values + 1]
end

-- A metamethod may do anything: give values back, err, yield, or come again.
local function odd(a, b)
  if not burn() then
    return nil
  end
  local what = fuel % 7
  if what == 0 then
    error(a, fuel % 3)
  elseif what == 1 then
    pcall(yield, a, b)
  elseif what == 2 then
    return value(fuel)
  elseif what == 3 then
    return select(2, pcall(tostring, b or a))
  elseif what == 4 and functions[1] then
    return select(2, pcall(functions[fuel % #functions + 1], a, b))
  elseif what == 5 then
    return select(2, pcall(function() return a[b] end))
  end
  return what == 6 and "text" or {}
end

local function hostile(more)
  local meta = {}
  for _, event in ipairs {
    "index", "newindex", "call", "tostring", "eq", "lt", "le", "concat", "len", "unm", "add", "sub", "mul", "div",
    "mod", "pow", "pairs", "ipairs", "gc",
  } do
    meta["__" .. event] = odd
  end
  for name, member in next, more or {} do
    meta[name] = member
  end
  return setmetatable({}, meta)
end

local function fill_values()
  local stop = select(2, pcall(fail, "x"))
  local loop = {}
  loop[1], loop.name = loop, loop
  values = {
    0, -1, 1, 2, 7, 1.5, 100, 2 ^ 31, 2 ^ 53, 2 ^ 53 + 2, 2 ^ 64, -2 ^ 63, 1e308, 1 / 0, -1 / 0, 0 / 0, false, true,
    1LL, -1LL, 18446744073709551615ULL, 1i, "", "x", "%s%d%9999d", "GoBlock", "Running", "chan receive", "UserLog",
    "a\0b", "\27[2J\226\128\174\255", "\27Lua", ("x"):rep(1024), ("x"):rep(1025), ("y"):rep(1e6), "(a|b*)*c", "[",
    "return ev, _G", "%g(.-)%1", {}, loop, { key = "k", value = "v", task = 1 }, { target_g = 1, time = 2 ^ 53 },
    { { name = "x", type = "int", default = 1 } }, hostile(), hostile { __tostring = print },
    hostile { __index = loop }, hostile { __metatable = false }, hostile { __mode = "k" }, print, pcall, odd, burn,
    create(odd), create(print), wrap(odd), on, scan, opt, trace, _G, stop, io, string, count("n", "k"), sum("s"),
    rows("a", "b"), top("t", "l"), hist "h", lhist("l", 3), quantile "q", stats "z", tseries("time", 10),
    regexp.compile "a|b", select(2, pcall(load, "return ...")),
  }
  for _ = 1, KEPT do
    values[#values + 1] = false
  end
end

-- Functions: all that can be reached, in the order of their paths.

local found = {}

local hold

local function hold_member(object, name, path, left)
  local ok, member = pcall(function() return object[name] end)
  if ok then
    hold(member, path .. "." .. tostring(name), left)
  end
end

function hold(object, path, left)
  local kind = type(object)
  if kind ~= "function" and kind ~= "table" and kind ~= "userdata" and kind ~= "cdata" or seen[object] then
    return
  end
  seen[object] = true
  if kind == "function" then
    found[#found + 1] = { path = path, fn = object }
  elseif left > 0 and kind == "table" and not getmetatable(object) then
    for key, member in next, object do
      hold(member, path .. "." .. tostring(key), left - 1)
    end
  elseif left > 0 then
    for _, name in ipairs(names) do
      hold_member(object, name, path, left - 1)
    end
  end
end

local function take_found()
  sort(found, function(a, b) return a.path < b.path end)
  for _, one in ipairs(found) do
    functions[#functions + 1] = one.fn
  end
  found = {}
end

local function hold_globals()
  seen[odd], seen[burn] = true, true
  hold(_G, "_G", 2)
  for name, object in next, _G do
    hold(object, name, 2)
  end
  hold(format, "format", 2)
  for i, object in ipairs(values) do
    local special = type(object) ~= "table" or object == opt or object == trace
    hold(special and object or nil, ("value %03d"):format(i), 2)
  end
  take_found()
end

-- Statements

local function clamp(fn, a, ...)
  if not slow[fn] or select("#", ...) == 0 and type(a) ~= "number" then
    return a, ...
  elseif type(a) == "number" and not (a <= LARGE and a >= -LARGE) then
    a = LARGE
  end
  if select("#", ...) > 0 then
    return a, clamp(fn, ...)
  end
  return a
end

local function results(ok, ...)
  for i = 1, ok and select("#", ...) < 4 and select("#", ...) or 1 do
    keep((select(i, ...)))
  end
end

local function try(fn, ...)
  if burn() then
    depth = depth + 1
    results(pcall(fn, ...))
    depth = depth - 1
  end
end

local C, R, A, E, M, B, T, Y

-- A function of those there are; n: how many arguments.
function C(f, n, a, b, c)
  local fn = functions[f % #functions + 1]
  if n == 0 then
    try(fn)
  elseif n == 1 then
    try(fn, clamp(fn, value(a)))
  elseif n == 2 then
    try(fn, clamp(fn, value(a), value(b)))
  else
    try(fn, clamp(fn, value(a), value(b), value(c)))
  end
end

local function get(object, name) return object[name] end
local function put(object, name, new) object[name] = new end

-- Reads a field, sets one.
function R(a, i) try(get, value(a), names[i % #names + 1]) end
function A(a, i, b) try(put, value(a), names[i % #names + 1], value(b)) end

-- Calls a method.
function M(a, i, n, b, c)
  try(function(object, ...)
    local method = object[names[i % #names + 1]]
    return method(object, clamp(method, ...))
  end, value(a), unpack({ value(b), value(c) }, 1, n % 3))
end

-- Adds an event whose fields are these.
function E(i, a, x, b, y, c)
  local fields = { [names[x % #names + 1]] = value(b), [names[y % #names + 1]] = value(c), target_g = value(a),
    new_g = value(c), task = value(b), status = value(a) }
  try(emit, types[i % #types + 1], i % 5 == 0 and value(a) or fields)
end

local operators = {
  function(a, b) return a + b end, function(a, b) return a - b end, function(a, b) return a .. b end,
  function(a, b) return a < b end, function(a, b) return a <= b end, function(a, b) return a == b end,
  function(a) return #a end, function(a) return -a end, function(a, b) return a % b end,
  function(a, b) return a(b) end, function(a, b) return a[b] end, function(a, b) a[b] = b end,
  function(a, b) for _ in pairs(a) do if not burn() then return b end end end,
  function(a, b) for _, x in ipairs(a) do if not burn() then return b end keep(x) end end,
  function(a, b) return { [a] = b } end, function(a) return ("%s"):format(a) end, function(a) return a ^ 2 end,
}

function B(i, a, b) try(operators[i % #operators + 1], value(a), value(b)) end

-- The statement in a coroutine, and inside a sort.
function Y(fn)
  if depth < 8 and burn() then
    local co = create(fn)
    for _ = 1, 3 do
      keep(select(2, resume(co)))
    end
    keep(co)
  end
end
function T(fn, a, b)
  try(sort, { value(a), value(b), 3, 1 }, function() fn() return fuel % 2 == 0 end)
end

-- At the beginning of a hook: what it got is a value too. The first event's
-- methods are functions to call from then on. False: it is enough.
local first = true
local function H(object)
  if not burn() then
    return false
  end
  keep(object)
  local _, stack = pcall(get, object, "stack")
  if first and type(stack) == "cdata" then
    first = false
    for _, name in ipairs { "copy", "raw", "fields", "wall" } do
      hold_member(object, name, "event", 0)
    end
    hold_member(trace, "strings", "trace", 0)
    found[#found + 1] = { path = "following", fn = (ipairs(stack)) }
    take_found()
    keep(stack)
    keep(stack.leaf)
    keep(object:copy())
  end
  return true
end

fill_values()
hold_globals()
