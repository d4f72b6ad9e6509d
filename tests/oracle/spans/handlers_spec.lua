-- What `handlers` says of a handler's time is what Go's own reader's events say, told here in
-- another way: from one stack of a goroutine to the next.
local programs = require "oracle.programs"

local check = programs.tests(it, pending)
local scratch = programs.scratch()

local CALLERS = { ["net/http.HandlerFunc.ServeHTTP"] = true, ["net/http.(*ServeMux).ServeHTTP"] = true,
  ["net/http.serverHandler.ServeHTTP"] = true }
local STATES = { GoStart = "running", GoBlock = "waiting", GoStop = "runnable", GoSyscallBegin = "syscall",
  GoSyscallEnd = "running", GoSyscallEndBlocked = "runnable", GoDestroy = "none" }
local COLUMNS = { "running", "waiting", "syscall", "runnable", "perhaps" }

-- The recordings' handlers are functions.
local function handler_of(stack)
  local before
  for func in (stack or ""):gmatch "([^;@]+)@[^;]*" do
    if CALLERS[func] and before and not CALLERS[before] then
      return before
    end
    before = func
  end
  return ""
end

-- The changes of each goroutine: { time, state or nil, handler or nil }.
local function changes_of(path)
  local by = {}
  local function add(g, ...)
    by[g] = by[g] or {}
    table.insert(by[g], { ... })
  end
  for line in io.lines(path) do
    local time, kind, g = line:match "^(%d+)\t(%S+)\t[^\t]*\t[^\t]*\t([^\t]*)"
    local stack = line:match "\tstack=([^\t]+)"
    local target = line:match "\ttarget_g=(%d+)" or line:match "\tnew_g=(%d+)"
    if kind == "GoUnblock" or kind == "GoCreate" then
      add(target, tonumber(time), "runnable")
    elseif kind == "GoStatus" or kind == "GoStatusStack" then
      add(target, tonumber(time), line:match("\tstatus=(%a+)"):lower(), stack and handler_of(stack))
    elseif kind == "GoStart" then
      g = target
    end
    if time and g ~= "-" and not kind:find "^GoStatus" then
      add(g, tonumber(time), STATES[kind], stack and handler_of(stack))
    end
  end
  return by
end

local function add_time(sums, handler, word, ns)
  if handler ~= "" then
    sums[handler] = sums[handler] or {}
    sums[handler][word] = (sums[handler][word] or 0) + ns
  end
end

local function add_interval(sums, from, to, times)
  for word, ns in pairs(times) do
    if from == to then
      add_time(sums, from, word, ns)
    else
      add_time(sums, from, "perhaps", ns)
      add_time(sums, to, "perhaps", ns)
    end
  end
end

local function add_goroutine(sums, list)
  local state, at, handler, times, has_run = "none", 0, "", {}, false
  for _, change in ipairs(list) do
    local ns = change[1] - at
    has_run = has_run or state == "running" and ns > 0
    if state ~= "none" and has_run then
      times[state] = (times[state] or 0) + ns
    elseif state ~= "none" then
      add_time(sums, handler, state, ns)
    end
    if change[3] then
      add_interval(sums, handler, change[3], times)
      handler, times, has_run = change[3], {}, false
    end
    at, state = change[1], change[2] or state
  end
  add_interval(sums, handler, "", times)
end

local function told_by_go(path)
  local sums, lines = {}, {}
  assert(programs.go_dump(path, scratch .. "/events"))
  for _, list in pairs(changes_of(scratch .. "/events")) do
    add_goroutine(sums, list)
  end
  for handler, by in pairs(sums) do
    local row = { handler }
    for i, word in ipairs(COLUMNS) do
      row[i + 1] = by[word] or 0
    end
    lines[#lines + 1] = table.concat(row, ",")
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

local function told_by_us(path)
  local status, out = programs.run({ "-F", "csv", "handlers", "--top=0", path }, true)
  assert(status == 0, out)
  local lines = {}
  for handler, times in out:match("\nhandler,total,running[^\n]*\n(.-\n)\n"):gmatch "([^,\n]+),%d+,([%d,]+),%d+\n" do
    lines[#lines + 1] = handler .. "," .. times
  end
  table.sort(lines)
  return table.concat(lines, "\n")
end

describe("handlers", function()
  for _, version in ipairs { "1.22", "1.23", "1.24", "1.25", "1.26", "1.27" } do
    check("have the times of Go's events: " .. version, function()
      local path = "testdata/real/go" .. version .. "-http.trace"
      local told = told_by_go(path)
      assert.truthy(told:find "main.handlers.func2,")
      assert.equal(told, told_by_us(path))
    end)
  end
end)
