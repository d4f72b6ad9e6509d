-- Notes which lines of lua/ a process runs, for `./dev coverage`. Loaded before
-- anything else: by luajit through LUA_INIT, by gotrace-lua through
-- GOTRACE_LUA_INIT.
--
-- GOTRACE_COVERAGE names a folder; each process leaves a file there, a line
-- `FILE:LINE` for each line that ran. A process that is killed leaves none.
local dir = os.getenv "GOTRACE_COVERAGE"
if not dir then
  return
end

-- Scripts and specs may change what they find in the globals.
local io, next = io, next
local getinfo, sethook, match, exit = debug.getinfo, debug.sethook, string.match, os.exit

local hits = {} -- source -> line -> true
local lines_of = setmetatable({}, { __mode = "k" }) -- function -> its source's

local function hook(_, line)
  local fn = getinfo(2, "f").func
  local lines = lines_of[fn]
  if not lines then
    local source = getinfo(fn, "S").source
    lines = hits[source] or {}
    hits[source], lines_of[fn] = lines, lines
  end
  lines[line] = true
end

local function process_id()
  local f = io.open "/proc/self/stat"
  local id = f:read "*n"
  f:close()
  return id
end

local saved = false
local function save()
  if saved then
    return
  end
  saved = true
  sethook()
  local f = io.open(dir .. "/" .. process_id(), "a")
  for source, lines in next, hits do
    local name = match(source, "^@.*(lua/gotrace/.*%.lua)$") or match(source, "^@(lua/gotrace/.*%.lua)$")
    for line in next, name and lines or {} do
      f:write(name, ":", line, "\n")
    end
  end
  f:close()
end

-- At the end of the state, whichever way it ends.
local sentinel = newproxy(true)
getmetatable(sentinel).__gc = save
debug.getregistry().gotrace_coverage = sentinel

function os.exit(...) -- luacheck: ignore
  save()
  return exit(...)
end

-- Compiled code runs no hooks.
jit.off()
jit.flush()
sethook(hook, "l")
