-- A script that calls each function which it can reach, with values of every
-- type in every position, and looks at what comes back, from there on. It
-- prints `leak: ...` for what is from outside (outside.lua), and at the end how
-- many functions and calls there were.
local MOST = 2 -- functions that are found in one way: some make one at each call
local EVENTS = 1 -- types at whose events it is done again

local seen, queue, ways, calls, leaks = {}, {}, {}, 0, 0
local values, judge, pcall, next, select, type = {}, judge, pcall, next, select, type
local unpack, ipairs, pairs, getmetatable = unpack, ipairs, pairs, getmetatable

-- These go through all numbers up to the ones that they get.
local counts = { [table.move] = true, [table.insert] = true }

-- A hook makes no tables.
local tables = { count("n", "k"), rows("a"), top("t", "l"), tseries("s", 1e9, "k"), gauge("g", "k") }

-- Fields that objects of any kind may have.
local names = {
  "leaf", "root", "id", "func", "file", "line", "pc", "name", "type", "time", "stack", "match", "text", "status",
  "raw", "wall", "fields", "copy", "strings", "hide", "window", "split", "add", "top", "ns", "object", "table",
  "get", "each", "total", "print", "clear", "unit", "sort", "percent", "spread",
  "keys", "measure", "states", "rows", "columns", "parts", "damages", "generations", "handle", "__index", 1, 2,
}

local function hold(value, path, depth)
  local kind = type(value)
  if kind == "nil" or kind == "number" or kind == "string" or kind == "boolean" or seen[value] or value == judge then
    return
  end
  seen[value] = path
  if kind == "function" then
    ways[path] = (ways[path] or 0) + 1
    queue[#queue + 1] = ways[path] <= MOST and value or nil
    return
  elseif depth == 0 then
    return
  end
  local meta = getmetatable(value)
  hold(meta, path .. " metatable", depth - 1)
  if kind == "table" and not meta then
    for key, member in next, value do
      hold(key, path .. " key", depth - 1)
      hold(member, path .. "." .. tostring(key), depth - 1)
    end
    return
  end
  for _, name in ipairs(names) do
    local ok, member = pcall(function()
      return value[name]
    end)
    if ok then
      hold(member, path .. "." .. name, depth - 1)
    end
  end
end

local function look(path, ...)
  local found = judge(...)
  if found then
    leaks = leaks + 1
    io.write("leak: ", path, ": ", found, "\n")
  end
  for i = 2, select("#", ...) do
    hold((select(i, ...)), path .. "()", 2)
  end
end

local function call(fn, ...)
  calls = calls + 1
  look(seen[fn], pcall(fn, ...))
end

-- All values in two positions, and in the third and fourth behind a third of them.
local function call_with_all(fn)
  local n = counts[fn] and values.small or #values
  call(fn)
  for i = 1, n do
    call(fn, values[i])
    for k = 1, n do
      call(fn, values[i], values[k])
    end
    for k = 2, n, 3 do
      call(fn, values[k], "x", values[i])
      call(fn, values[k], "x", "t", values[i])
    end
  end
end

local function make_values(ev)
  local stop = select(2, pcall(fail, "x"))
  local small = {
    false, true, 0, -1, 1.5, 7, "", "x", "%s", "GoCreate", "return _G", {}, { 1, 2 }, { name = "x" }, function() end,
    function(...) return ... end, coroutine.create(function(...) coroutine.yield(...) end), 1LL, on, opt, trace, stop,
    setmetatable({}, { __index = function() error("x") end, __tostring = function() return {} end }),
    tables[1], tables[2], tables[3], require("gotrace.regexp").compile("x"), ev,
  }
  local list = { unpack(small) }
  for _, value in pairs { 2 ^ 31, 2 ^ 53, 1 / 0, 0 / 0, ("x"):rep(2000), "\27Lua" } do
    list[#list + 1] = value
  end
  list.small = #small
  return list
end

local function hold_all(ev)
  for name, value in pairs(_G) do
    hold(value, name, 3)
  end
  hold(require "gotrace.format", "format", 3)
  hold(require "gotrace.regexp", "regexp", 3)
  hold(require "gotrace.expect", "expect", 3)
  for _, value in ipairs(values) do
    hold(value, "value", 3)
  end
  if ev then
    hold(ev:copy(), "copy", 3)
    hold(ev.stack, "stack", 3)
    hold(ev.stack.leaf, "frame", 3)
  end
end

-- Some functions make tables that are printed at the end.
local function each(ev)
  seen, queue, ways = {}, {}, {}
  values = make_values(ev)
  hold_all(ev)
  local i = 1
  while queue[i] do
    call_with_all(queue[i])
    i = i + 1
  end
end

each()
local done, types = 0, {}
function on.any(ev)
  if done < EVENTS and #ev.stack > 0 and not types[ev.type] then
    done = done + 1
    types[ev.type] = true
    each(ev)
  end
end
function on.finish()
  io.write(("calls: %d leaks: %d\n"):format(calls, leaks))
end
