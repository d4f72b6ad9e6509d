-- verdicts: random hostile scripts over our recordings. Whatever a script does,
-- Go takes the trace that is written.
--
--   luajit tests/oracle/random/verdicts.lua FROM COUNT [TRACE...]     tries these seeds
--   luajit tests/oracle/random/verdicts.lua show SEED                 prints what a seed does
--
-- A seed that fails is printed with its command, Go's words and the shortest
-- part of its script that fails too; that script is left in a file. The same
-- seed makes the same script, and tries it on the same recording as long as none come
-- or go. The words of the scripts are those of hostile.lua.
local main = ...
if main ~= "oracle.random.verdicts" then
  local tests = arg[0]:match("^(.*)/oracle/") or "../.."
  package.path = tests .. "/?.lua;" .. package.path
end
local mutation = require "oracle.random.mutation"
local programs = require "oracle.programs"

local verdicts = {}

local LATEST = 26
local SMALL, LARGE = 12 * 1024, 110 * 1024 -- bytes of recordings that are tried often, or at all

-- Generating. A script is a list of statements { word, value, ... }; with the
-- options of the command, the recording and perhaps a change of it
-- (mutation.lua) it is a case.

-- The types of events and their arguments, { name, kind, ... } by type, as
-- docs/events.md lists them.
local function read_types()
  local names, arguments = {}, {}
  for line in io.lines(programs.root .. "/docs/events.md") do
    local name, args = line:match("^| `(%w+)` | 1%.%d+ | ([^|]*) |")
    if name then
      local list = {}
      for arg, kind in args:gmatch("`([%w_]+)` (%l+)") do
        table.insert(list, arg)
        table.insert(list, kind)
      end
      table.insert(names, name)
      arguments[name] = list
    end
  end
  assert(#names > 40, "docs/events.md lists no events")
  return names, arguments
end

local TYPES, ARGUMENTS = read_types()

-- Types that say where goroutines and procs are: what breaks when they go.
local SCHEDULING = {}
for _, name in ipairs(TYPES) do
  if name:find("^Go") and not name:find("^GoLabel") and not name:find("^Goroutine") or name:find("^Proc") then
    table.insert(SCHEDULING, name)
  end
end

local random = math.random

local function any(list)
  return list[random(#list)]
end

local function some(list, n)
  local out = {}
  for i = 1, n do
    out[i] = any(list)
  end
  return out
end

local function a_type()
  return any(random(3) > 1 and SCHEDULING or TYPES)
end

local function a_chance()
  return any { 1, 1, 0.5, 0.3, 0.1, 0.02, 0.002 }
end

local function a_seed()
  return random(1000000)
end

local WORDS = {}

function WORDS.drop()
  return { some(random(3) > 1 and SCHEDULING or TYPES, random(4)), a_chance(), a_seed() }
end

function WORDS.keep()
  return { some(TYPES, random(12)), any { 1, 0.9, 0.3 }, a_seed() }
end

function WORDS.drop_any()
  return { any { 0.9, 0.5, 0.3, 0.1, 0.01 }, a_seed() }
end

function WORDS.hook()
  return { a_type(), a_chance(), a_seed() }
end

function WORDS.drop_span()
  local first = random(3000)
  return { first, first + random(any { 5, 100, 2000 }) }
end

function WORDS.drop_on()
  local every = random(5)
  return { any { "g", "p", "m" }, every, random(0, every - 1) }
end

function WORDS.drop_nth()
  return { any { "g", "p", "m" }, random(8) }
end

function WORDS.edit()
  local typ = a_type()
  local list = ARGUMENTS[typ]
  if #list == 0 or random(6) == 1 then
    return { typ, "time", "time", a_chance(), a_seed() }
  end
  local i = random(#list / 2) * 2 - 1
  return { typ, list[i], list[i + 1], a_chance(), a_seed() }
end

function WORDS.edit_any()
  return { any { 0.3, 0.05, 0.005 }, a_seed() }
end

function WORDS.add()
  local typ = a_type()
  return { typ, ARGUMENTS[typ], any { 0.2, 0.03, 0.005 }, a_seed() }
end

function WORDS.again()
  return { any { 0.1, 0.01 }, a_seed() }
end

function WORDS.ask()
  return { any { "region", "region", "task", "log" }, any { "scan", "events" }, any { 0.3, 0.03, 0.005 }, a_seed() }
end

function WORDS.hide_nth()
  return { random(12), any { 0, 0, 1, 50, 500 } }
end

function WORDS.hide_turns()
  return { any { 0.3, 0.03, 0.005 }, a_seed() }
end

function WORDS.hide_first()
  return { any { 0, 1, 2, random(20), random(40), 1000000 } }
end

function WORDS.hide_others()
  return { some({ 1, 2, 7, 18, random(20), random(40), 1000000 }, random(4)), any { 0, 0, 0.02 }, a_seed() }
end

function WORDS.later()
  return { a_type(), any { 1, 1000, 1e5, 3e6, 1e9 }, any { 1, 0.2, 0.02 }, a_seed() }
end

function WORDS.window()
  local from = random(0, 6000) * 1000
  return { from, from + random(any { 100000, 3000000, 30000000 }) }
end

local NAMES = {}
for name in pairs(WORDS) do
  table.insert(NAMES, name)
end
table.sort(NAMES)

local function a_time()
  return any { "0s", "100ns", "20us", "300us", "1ms", random(20) .. "ms", random(5000) .. "us", "-1ms", "-200us",
    "-" .. random(8000) .. "us" }
end

local function options()
  local out = {}
  for _, name in ipairs { "--from", "--to" } do
    if random(15) == 1 then
      table.insert(out, { name, a_time() })
    end
  end
  if random(20) == 1 then
    table.insert(out, { "--strict" })
  end
  return out
end

-- Few: more are looked at by verify.lua and fuzzing.
local function a_damage(path)
  if random(12) > 1 then
    return nil
  end
  local kinds = programs.version(path) < 22 and mutation.kinds_of_bytes or mutation.kinds
  return { any(kinds), a_seed() }
end

local function statements()
  local out = {}
  for i = 1, any { 1, 1, 2, 3, 4, 6, 9 } do
    local word = any(NAMES)
    local statement = WORDS[word]()
    table.insert(statement, 1, word)
    out[i] = statement
  end
  return out
end

local function size(path)
  local f = assert(io.open(path, "rb"))
  local n = f:seek("end")
  f:close()
  return n
end

-- The recordings that are tried: all small ones, and all.
local small, all = {}, {}
for _, path in ipairs(programs.files(programs.root .. "/testdata/real", "%.trace$")) do
  local bytes = size(path)
  if bytes <= SMALL then
    table.insert(small, path)
  end
  if bytes <= LARGE then
    table.insert(all, path)
  end
end

-- The case of a seed. `traces` are those to choose from, if not our recordings.
function verdicts.make(seed, traces)
  math.randomseed(seed)
  random() -- LuaJIT's first numbers depend on close seeds alike
  local trace = any(traces or random(5) > 1 and small or all)
  return {
    seed = seed,
    trace = trace,
    damage = a_damage(trace),
    options = options(),
    statements = statements(),
    scripts = random(6) == 1 and 2 or 1,
  }
end

-- Writing a case down.

local function literal(value)
  if type(value) ~= "table" then
    return type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  local parts = {}
  for i, item in ipairs(value) do
    parts[i] = literal(item)
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

-- A statement in Lua.
local function text_of(statement)
  local parts = {}
  for i = 2, #statement do
    parts[i - 1] = literal(statement[i])
  end
  return ("say.%s(%s)"):format(statement[1], table.concat(parts, ", "))
end

local function lines_of(list, first, step)
  local lines = {}
  for i = first, #list, step do
    table.insert(lines, text_of(list[i]))
  end
  return table.concat(lines, "\n") .. "\n"
end

local prelude = programs.read(programs.root .. "/tests/oracle/random/hostile.lua"):gsub("return say%s*$", "")

-- The path of what a case reads.
local function input(case, stem)
  if not case.damage then
    return case.trace
  end
  local path = stem .. "-in.trace"
  programs.write(path, mutation.make(programs.read(case.trace), unpack(case.damage)))
  return path
end

-- The words of a command that runs a case; its scripts go to files at `stem`.
local function command(case, stem, out)
  local words = { "-o", out }
  for _, option in ipairs(case.options) do
    for _, word in ipairs(option) do
      table.insert(words, word)
    end
  end
  for i = 1, case.scripts do
    local path = ("%s-%d.lua"):format(stem, i)
    programs.write(path, prelude .. "\n" .. lines_of(case.statements, i, case.scripts))
    table.insert(words, "-s")
    table.insert(words, path)
  end
  table.insert(words, input(case, stem))
  return words
end

-- What a case does, without the prelude.
function verdicts.describe(case)
  local out = {}
  for _, option in ipairs(case.options) do
    table.insert(out, "-- " .. table.concat(option, " "))
  end
  if case.damage then
    table.insert(out, ("-- input damaged: %s, %d"):format(unpack(case.damage)))
  end
  for i = 1, case.scripts do
    table.insert(out, case.scripts > 1 and "-- script " .. i or nil)
    table.insert(out, (lines_of(case.statements, i, case.scripts):gsub("\n$", "")))
  end
  return table.concat(out, "\n")
end

-- Judging.

local function is_strict(case)
  for _, option in ipairs(case.options) do
    if option[1] == "--strict" then
      return true
    end
  end
  return false
end

local function first_line(text)
  return text:match("^[^\n]*")
end

-- Whether Go reads the damaged input and finds fault with what it says: so it may
-- then with what is written. (Where it reads nothing, frames that have lost
-- their names may still be among what we read.)
local function was_odd(go, stem)
  local _, why = go:accept(stem .. "-in.trace", true)
  return why and tostring(why):find("^validator") ~= nil
end

-- Runs a case. Nil when all is well, else why not; files are made at `stem`.
function verdicts.try(case, go, stem)
  local out = stem .. ".trace"
  os.remove(out)
  local status, text = programs.run(command(case, stem, out))
  if status == 4 and is_strict(case) and not text:find("%.lua:%d+:") then
    return nil
  elseif status == 2 and text:find("the window is empty", 1, true) then
    return nil
  elseif status ~= 0 and not (status == 3 and case.damage) then
    return ("exit status %d: %s"):format(status, text:sub(1, 1000))
  end
  local version, why = go:accept(out, case.damage ~= nil)
  if not version and case.damage and (why:find("invalid stack frame", 1, true) or was_odd(go, stem)) then
    version, why = go:read(out) and LATEST, why
  end
  if not version then
    return first_line(why)
  elseif version ~= LATEST then
    return "version " .. version
  end
  return nil
end

-- Making a failing case smaller.

local function copy(value)
  if type(value) ~= "table" then
    return value
  end
  local out = {}
  for key, item in pairs(value) do
    out[key] = copy(item)
  end
  return out
end

-- Shortens the list that find(case) returns as long as the case fails.
local function shorten(case, find, fails)
  local i = #(find(case) or {})
  while i > 0 do
    local less = copy(case)
    table.remove(find(less), i)
    if fails(less) then
      case = less
    end
    i = math.min(i - 1, #find(case))
  end
  return case
end

local function the_statements(case)
  return case.statements
end

local function the_options(case)
  return case.options
end

-- The list of types in statement n.
local function types_of(n)
  return function(case)
    local list = case.statements[n][2]
    return (case.statements[n][1] == "drop" or case.statements[n][1] == "keep") and list or nil
  end
end

-- The case with a field set otherwise, if it still fails.
local function simpler(case, field, value, fails)
  local less = copy(case)
  less[field] = value
  return case[field] ~= value and fails(less) and less or case
end

-- The smallest case found that still fails, and why it does.
function verdicts.minimise(case, go, stem)
  local why
  local function fails(less)
    local reason = verdicts.try(less, go, stem)
    why = reason or why
    return reason ~= nil
  end
  case = simpler(case, "damage", nil, fails)
  case = simpler(case, "scripts", 1, fails)
  case = shorten(case, the_options, fails)
  case = shorten(case, the_statements, fails)
  for n = 1, #case.statements do
    case = shorten(case, types_of(n), fails)
  end
  fails(case) -- leaves its files
  return case, why
end

-- The report of a seed that failed.
function verdicts.report(case, why, stem)
  local words = { "gotrace-lua" }
  for _, word in ipairs(command(case, stem, stem .. ".trace")) do
    table.insert(words, word)
  end
  return ("seed %d, %s: %s\n%s\n    %s"):format(case.seed, programs.name_of(case.trace), why,
    verdicts.describe(case):gsub("[^\n]+", "  %0"), table.concat(words, " "))
end

-- Tries a seed: nil, or the report of the smallest case that fails. Its files are left at
-- DIR/seed-SEED.
function verdicts.seed(seed, go, dir, traces)
  local stem = ("%s/seed-%d"):format(dir, seed)
  local case = verdicts.make(seed, traces)
  local why = verdicts.try(case, go, stem)
  if why then
    local less, reason = verdicts.minimise(case, go, stem)
    return verdicts.report(less, reason or why, stem)
  end
  for _, ending in ipairs { ".trace", "-in.trace", "-1.lua", "-2.lua" } do
    os.remove(stem .. ending)
  end
  return nil
end

local function run(from, count, traces)
  programs.campaign(from, count, 50, "failed", function(seed, go, dir)
    local report = verdicts.seed(seed, go, dir, traces)
    return report and report .. "\n"
  end)
end

if main == "oracle.random.verdicts" then
  return verdicts
elseif arg[1] == "show" and tonumber(arg[2]) then
  local case = verdicts.make(tonumber(arg[2]))
  print("-- " .. programs.name_of(case.trace) .. "\n" .. verdicts.describe(case))
elseif tonumber(arg[1]) and tonumber(arg[2]) then
  run(tonumber(arg[1]), tonumber(arg[2]), arg[3] and { unpack(arg, 3) })
else
  io.stderr:write("usage: verdicts.lua FROM COUNT [TRACE...] | show SEED\n")
  os.exit(2)
end
