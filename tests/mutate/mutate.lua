-- ./dev mutate: which small changes to the sources the specs do not notice.
--
--   luajit tests/mutate/mutate.lua TREE [--folder F]... [--seed N] [--count N] [--limit S] [--seconds S]
--
-- TREE is a copy of this tree that is there to be changed, with its debug build in
-- build/debug. docs/mutation.md says how to read what is printed.
package.path = "./?.lua;" .. package.path
local ffi = require "ffi"
local lfs = require "lfs"
local mutants = require "tests.mutate.mutants"
local rooms = require "tests.mutate.rooms"

-- Of those that are built.
local LEAST = 0.85

local function fail(...)
  io.stderr:write("mutate: ", string.format(...), "\n")
  os.exit(2)
end

-- Options

local options = { folder = {}, seed = 1, count = 20, limit = 120, seconds = math.huge }
local tree = arg[1] or fail "no tree"
for i = 2, #arg, 2 do
  local name, value = arg[i]:match "^%-%-(%l+)$", arg[i + 1]
  if name == "folder" and value then
    table.insert(options.folder, (value:gsub("/$", "")))
  elseif options[name] and tonumber(value) then
    options[name] = tonumber(value)
  else
    fail("%s %s: --folder FOLDER, --seed, --count, --limit and --seconds NUMBER", arg[i], value or "")
  end
end

ffi.cdef [[
  typedef struct { long sec, nsec; } mutate_time;
  int clock_gettime(int clock, mutate_time *out);
]]
local function now()
  local time = ffi.new "mutate_time"
  ffi.C.clock_gettime(1, time) -- CLOCK_MONOTONIC
  return tonumber(time.sec) + tonumber(time.nsec) / 1e9
end
local started, copied = now(), os.time()

-- Whether a command of the shell succeeds. Ctrl-C ends it, and us.
local function shell(...)
  local status, how = os.execute(string.format(...))
  if status == 2 or how == "signal" then
    fail "interrupted"
  end
  return status == 0 or status == true
end

local function write(path, text)
  local f = assert(io.open(path, "wb"))
  f:write(text)
  f:close()
end

-- Specs

-- What a mutant starts may run for ever, eat all memory or fill the disk, and leave
-- behind what it started: that is ended by its program, which is in the copy.
local run_spec = [[cd '%s' && (
  ulimit -c 0; ulimit -t %d; ulimit -v 8388608; ulimit -f 2097152
  GOTRACE_LUA=$PWD/build/debug/gotrace-lua GOTRACE_LIB=$PWD/build/debug/libgotrace.so \
    exec env --default-signal=INT,PIPE timeout -k 2 %d luajit /usr/bin/busted --no-keep-going '%s' >build/spec.log 2>&1 </dev/null
) && exit 0
for exe in /proc/[0-9]*/exe; do
  case $(readlink $exe) in
    "$PWD"/*) pid=${exe#/proc/}; kill -9 ${pid%%/exe} ;;
  esac
done 2>/dev/null
exit 1]]

-- Whether a spec passes, and how many seconds it took. usual: what it takes unchanged.
local function passes(spec, usual)
  local began = now()
  local passed = shell(run_spec, tree, usual * 5 + 10, usual * 10 + 20, spec)
  return passed, now() - began
end

-- spec -> seconds; false if it fails unchanged. Kept in the copy while all but the specs
-- is as it was; of a spec that has changed since, not.
local costs = {}
local costs_path = tree .. "/build/costs"

local function load_costs()
  local kept = lfs.attributes(costs_path, "modification")
  local same = kept and not shell([[cd '%s' && find src lua scripts tests testdata -type f -newer build/costs \
    -not -name '*_spec.lua' -not -path 'tests/mutate/*' | grep -q .]], tree)
  for line in same and io.lines(costs_path) or function() end do
    local seconds, spec = line:match "^(%S+) (.*)$"
    local changed = lfs.attributes(tree .. "/" .. spec, "modification")
    costs[spec] = changed and changed < kept and tonumber(seconds) or nil
  end
end

-- As of when the tree was copied: what is changed meanwhile is not in the copy.
local function save_costs()
  local lines = {}
  for spec, seconds in pairs(costs) do
    lines[#lines + 1] = seconds and ("%.3f %s\n"):format(seconds, spec) or nil
  end
  write(costs_path, table.concat(lines))
  lfs.touch(costs_path, copied)
end

local function cost_of(spec)
  if costs[spec] == nil then
    local passed, seconds = passes(spec, 600)
    if not passed then -- once: others may have kept the machine busy
      passed, seconds = passes(spec, 600)
    end
    costs[spec] = passed and seconds
    if not passed then
      print(("%s fails as it is and is not asked"):format(spec))
    end
  end
  return costs[spec]
end

-- The specs at a path, a file or a folder and all below, appended to out.
local function specs_at(path, out)
  local mode = lfs.attributes(path, "mode")
  if mode == "file" and path:find "_spec%.lua$" then
    out[#out + 1] = path
  elseif mode == "directory" then
    for name in lfs.dir(path) do
      if not name:find "^%." then
        specs_at(path .. "/" .. name, out)
      end
    end
  end
  return out
end

-- In the order in which they are asked about a folder: its own first, then what else
-- has to do with it; of either the cheapest first.
local function find_specs(folder)
  local out, seen = {}, {}
  local function add(paths)
    local all = {}
    for _, path in ipairs(paths) do
      specs_at(path, all)
    end
    table.sort(all, function(a, b)
      return (cost_of(a) or 0) < (cost_of(b) or 0)
    end)
    for _, spec in ipairs(all) do
      if cost_of(spec) and not seen[spec] then
        seen[spec] = true
        out[#out + 1] = spec
      end
    end
  end
  add { rooms.mirror(folder) }
  add(rooms.further_of(folder))
  return out
end

local by_folder = {}

-- Those about a file: that of its name is asked before all others.
local function specs_of(path)
  local folder, name = path:match "^(.*)/([^/]*)%.%l+$"
  by_folder[folder] = by_folder[folder] or find_specs(folder)
  local own, out = "/" .. name .. "_spec.lua", {}
  for _, spec in ipairs(by_folder[folder]) do
    table.insert(out, spec:sub(-#own) == own and 1 or #out + 1, spec)
  end
  return out
end

-- Mutants

local function build()
  return shell("cmake --build '%s/build/debug' >'%s/build/build.log' 2>&1 </dev/null", tree, tree)
end

-- What becomes of a mutant that is built: "noticed" and by which spec, "unnoticed", or
-- "undecided" where the time is up.
local function ask(mutant)
  local specs, began = specs_of(mutant.path), now()
  for _, spec in ipairs(specs) do
    if now() - began > options.limit then
      return "undecided", spec
    elseif not passes(spec, costs[spec]) then
      return "noticed", spec
    end
  end
  return "unnoticed"
end

-- The copy has the mutant only meanwhile. build/mutated names the file whose object is
-- not that of its text, also if we are ended here.
local function judge(mutant)
  local path = tree .. "/" .. mutant.path
  write(tree .. "/build/mutated", mutant.path)
  write(path, mutants.text(mutant))
  local verdict, spec = "not built", nil
  if build() then
    verdict, spec = ask(mutant)
  end
  write(path, mutant.original)
  return verdict, spec
end

local function show(mutant, verdict, spec)
  print(("%-9s %s:%d %s: %s%s"):format(verdict, mutant.path, mutant.line, mutant.kind, mutants.shown(mutant),
    spec and "  [" .. spec .. "]" or ""))
  io.flush()
end

local function summary(folder, count)
  local decided = count.noticed + count.unnoticed
  print(("%s: seed %d, %d tried, %d noticed, %d unnoticed (%.0f %%); %d undecided, %d not built"):format(folder,
    options.seed, decided, count.noticed, count.unnoticed, decided > 0 and 100 * count.noticed / decided or 100,
    count.undecided, count["not built"]))
  return decided == 0 or count.noticed / decided >= LEAST
end

local function is_late()
  return now() - started > options.seconds
end

local function try(folder)
  local count = { noticed = 0, unnoticed = 0, undecided = 0, ["not built"] = 0 }
  local list = mutants.of(folder, options.seed, options.count)
  build() -- without the last mutant, as specs are timed first
  for _, mutant in ipairs(list) do
    specs_of(mutant.path)
  end
  save_costs()
  for _, mutant in ipairs(list) do
    if is_late() then
      break
    end
    local verdict, spec = judge(mutant)
    count[verdict] = count[verdict] + 1
    show(mutant, verdict, spec)
  end
  return summary(folder, count)
end

load_costs()
local good = true
for _, folder in ipairs(options.folder[1] and options.folder or rooms.all()) do
  if not is_late() then
    good = try(folder) and good
  end
end
build()
os.exit(good and 0 or 1)
