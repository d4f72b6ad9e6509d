-- ./dev mutate: which small changes to the sources the specs do not notice.
--
--   luajit tests/mutate/mutate.lua TREE [--folder F]... [--seed N] [--count N] [--again LOG]
--     [--spec S]... [--limit S] [--seconds S]
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

local options = { folder = {}, spec = {}, seed = 1, count = 20, limit = 120, seconds = math.huge }
local tree = arg[1] or fail "no tree"
for i = 2, #arg, 2 do
  local name, value = arg[i]:match "^%-%-(%l+)$", arg[i + 1]
  if (name == "folder" or name == "spec") and value then
    table.insert(options[name], (value:gsub("/$", "")))
  elseif name == "again" and value then
    options.again = value
  elseif options[name] and tonumber(value) then
    options[name] = tonumber(value)
  else
    fail("%s %s: --folder FOLDER, --again LOG, --spec SPEC, --seed, --count, --limit and --seconds NUMBER", arg[i],
      value or "")
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
    exec env --default-signal=INT,PIPE timeout -k 2 %d \
    luajit /usr/bin/busted --no-keep-going '%s' >build/spec.log 2>&1 </dev/null
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

-- spec -> seconds that it takes where it passes; false: it fails as it is; nil: it was not
-- asked yet. Kept in the copy while all but the specs is as it was; of a spec that has
-- changed since, not.
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

local function set_cost(spec, seconds)
  costs[spec] = seconds
  save_costs()
end

-- What a spec may take of which nothing is known, so that it is ended at the limit.
local function at_most()
  return math.max(0, options.limit - 20) / 10
end

local function is_too_long(spec)
  return costs[spec] and costs[spec] >= options.limit
end

-- Sets what a spec costs of the sources as they are. It is asked twice if need be: others
-- may have kept the machine busy.
local function measure_cost(spec)
  local passed, seconds = passes(spec, at_most())
  if not passed and seconds < options.limit then
    passed, seconds = passes(spec, at_most())
  end
  set_cost(spec, (passed or seconds >= options.limit) and seconds)
  if not passed then
    print(("%s %s and is not asked"):format(spec, is_too_long(spec) and "takes too long" or "fails as it is"))
  end
end

-- By its length where it was not asked yet.
local function cost_guessed(spec)
  return costs[spec] or lfs.attributes(spec, "size") / 4096
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

-- In the order in which they are asked about a file: that of its name, the others of its
-- folder, then what else has to do with it; of either the cheapest first.
local function specs_of(path)
  local folder, name = path:match "^(.*)/([^/]*)%.%l+$"
  local own, out, rank = "/" .. name .. "_spec.lua", {}, {}
  local function add(paths, group)
    for _, spec in ipairs(paths) do
      if not rank[spec] and costs[spec] ~= false then
        rank[spec] = spec:sub(-#own) == own and 0 or group + cost_guessed(spec)
        out[#out + 1] = spec
      end
    end
  end
  if options.spec[1] then
    add(options.spec, 0)
  else
    add(specs_at(rooms.mirror(folder), {}), 0)
    for _, further in ipairs(rooms.further_of(folder)) do
      add(specs_at(further, {}), 1e6)
    end
  end
  table.sort(out, function(a, b)
    return rank[a] < rank[b]
  end)
  return out
end

-- Mutants

local function build()
  return shell("cmake --build '%s/build/debug' >'%s/build/build.log' 2>&1 </dev/null", tree, tree)
end

-- The copy has the mutant only meanwhile. build/mutated names the file whose object is
-- not that of its text, also if we are ended here.
local function put(mutant)
  write(tree .. "/build/mutated", mutant.path)
  write(tree .. "/" .. mutant.path, mutants.text(mutant))
  return build()
end

local function take_back(mutant)
  write(tree .. "/" .. mutant.path, mutant.original)
end

-- Whether a spec notices the mutant that is in the copy, and the seconds that it took of
-- the mutant's time. What it costs is learned where it passes; where it does not and never
-- did, it is asked about the sources as they are.
local function notices(mutant, spec)
  local passed, seconds = passes(spec, costs[spec] or at_most())
  if passed then
    set_cost(spec, costs[spec] or seconds)
  elseif not costs[spec] then
    take_back(mutant)
    build()
    measure_cost(spec)
    put(mutant)
  end
  local is_asked = costs[spec] and not is_too_long(spec)
  return is_asked and not passed, is_asked and seconds or 0
end

-- What becomes of a mutant that is built: "noticed" and by which spec, "unnoticed", or
-- "undecided" where the time is up, or a spec takes too long to be asked at all.
local function ask(mutant)
  local spent, skipped = 0, nil
  for _, spec in ipairs(specs_of(mutant.path)) do
    if spent > options.limit then
      return "undecided", spec
    elseif not is_too_long(spec) then
      local noticed, seconds = notices(mutant, spec)
      if noticed then
        return "noticed", spec
      end
      spent = spent + seconds
    end
    skipped = skipped or is_too_long(spec) and spec
  end
  return skipped and "undecided" or "unnoticed", skipped
end

local function judge(mutant)
  local verdict, spec = "not built", nil
  if put(mutant) then
    verdict, spec = ask(mutant)
  end
  take_back(mutant)
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

local function try(folder, list)
  local count = { noticed = 0, unnoticed = 0, undecided = 0, ["not built"] = 0 }
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
if options.again then
  good = try(options.again, mutants.again(io.lines(options.again)))
else
  for _, folder in ipairs(options.folder[1] and options.folder or rooms.all()) do
    if not is_late() then
      good = try(folder, mutants.of(folder, options.seed, options.count)) and good
    end
  end
end
build()
os.exit(good and 0 or 1)
