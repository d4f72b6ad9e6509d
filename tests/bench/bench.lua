-- bench: gotrace-lua beside Go's own reader, on the same files and in turn.
-- ./dev bench runs it; docs/performance.md tells about it.
local here = debug.getinfo(1, "S").source:match "^@(.*)/bench/bench%.lua$"
package.path = ("%s/?.lua;%s/../lua/?.lua;%s"):format(here, here, package.path)

local lfs = require "lfs"
local inputs = require "bench.inputs"
local process = require "bench.process"
local report = require "bench.report"
local known = require "bench.cases"

local USAGE = [[
usage: ./dev bench [options] [NAME...]

Measures the cases whose names, or whose series' names, contain a NAME.

  --quick       smaller files, fewer rounds, of the cases those without @: a minute or two
  --tiny        to see that it works: a few seconds
  --rounds N    how often each case and its reference run (default 5, quick 3)
  --list        the cases
]]

local modes = {
  full = { scale = 1, least = 0, rounds = 5 },
  quick = { scale = 0.1, least = 4, rounds = 3 },
  tiny = { scale = 0.002, least = 0.2, rounds = 1 },
}

-- What is over sooner runs more often, up to MOST_ROUNDS.
local LEAST_SECONDS, MOST_ROUNDS = 0.5, 20
local EMPTY = here .. "/../testdata/real/go1.27-empty.trace"
local MIB = 1048576

local root = here .. "/.."
local ours = os.getenv "GOTRACE_LUA" or root .. "/build/release/gotrace-lua"
local oracle = os.getenv "GOTRACE_ORACLE" or root .. "/build/oracle"
local results = root .. "/build/bench"

local function usage_error(format, ...)
  io.stderr:write("bench: ", format:format(...), "\n", USAGE)
  os.exit(2)
end

-- { mode =, rounds =, names = }.
local function options(words)
  local chosen = { mode = "full", names = {} }
  local i = 1
  while words[i] do
    local word = words[i]
    if word == "--quick" or word == "--tiny" then
      chosen.mode = word:sub(3)
    elseif word == "--rounds" then
      i = i + 1
      chosen.rounds = tonumber(words[i]) or usage_error "--rounds wants a number"
    elseif word == "--list" then
      chosen.list = true
    elseif word == "--help" then
      io.write(USAGE)
      os.exit(0)
    elseif word:find "^%-" then
      usage_error("no option %s", word)
    else
      table.insert(chosen.names, word)
    end
    i = i + 1
  end
  return chosen
end

-- The cases whose names, or whose series, contain one of these words; without words all, when it
-- is to be quick those on their own shapes.
local function selection(names, mode)
  local series_of = {}
  for _, s in ipairs(known.series) do
    for _, name in ipairs(s) do
      series_of[name] = (series_of[name] or "") .. " " .. s.name
    end
  end
  local chosen = {}
  for _, case in ipairs(known.cases) do
    local text = case[1] .. (series_of[case[1]] or "")
    local wanted = #names == 0 and (mode == "full" or not case.shape)
    for _, name in ipairs(names) do
      wanted = wanted or text:find(name, 1, true)
    end
    if wanted then
      table.insert(chosen, case)
    end
  end
  if #chosen == 0 then
    usage_error("no case %s", table.concat(names, ", "))
  end
  return chosen
end

local function shell(line)
  local pipe = io.popen(line)
  local text = pipe:read "*a"
  pipe:close()
  return (text:gsub("%s+$", ""))
end

-- Runs one of tests/*/build; its last line. Exits with 3 if Go cannot be had.
local function build(words)
  local text, status = shell(words .. "; echo $?"):match "^(.-)%s*(%d+)$"
  if status ~= "0" then
    io.stderr:write("bench: Go's side is not built\n")
    os.exit(tonumber(status))
  end
  return text
end

local function builds(cases)
  local versions, seen = {}, {}
  for _, case in ipairs(cases) do
    local go = inputs.go(case[2])
    if not seen[go] then
      seen[go], versions[#versions + 1] = true, go
    end
  end
  build(("'%s/oracle/build' '%s'"):format(here, oracle))
  return build(("'%s/bench/build' '%s' %s"):format(here, results, table.concat(versions, " ")))
end

-- The middle one of a list of numbers.
local function median(list)
  table.sort(list)
  local n = #list
  return n % 2 == 1 and list[(n + 1) / 2] or (list[n / 2] + list[n / 2 + 1]) / 2
end

-- The median of a field of runs, and its least and largest value.
local function middle(runs, field)
  local values = {}
  for i, run in ipairs(runs) do
    values[i] = run[field]
  end
  return median(values), values[1], values[#values]
end

-- Reads the file once, so that it is in the kernel's cache. Virtual machines
-- that give memory back to their host lose some of it within seconds. Not by this
-- process: what it takes counts as the peak of those it forks.
local function warm(path)
  shell(("cat '%s' >/dev/null"):format(path))
end

local function run(words, out)
  local errors = results .. "/stderr"
  local done = process.run(words, out, errors)
  if done.status ~= 0 then
    error(("%s: exit status %d, see %s"):format(table.concat(words, " "), done.status, errors), 0)
  end
  return done
end

-- Our command and Go's in turn, for so many rounds, on the file `path`: the runs
-- of both, and the number of events that Go has counted. What is short gets more
-- rounds.
local function rounds(path, our_words, go_words, least)
  local our_runs, go_runs, spent = {}, {}, 0
  local counted = os.tmpname()
  while #our_runs < least or (least > 1 and spent < LEAST_SECONDS and #our_runs < MOST_ROUNDS) do
    warm(path)
    local mine = run(our_words, "/dev/null")
    table.insert(our_runs, mine)
    warm(path)
    table.insert(go_runs, run(go_words, counted))
    spent = spent + mine.seconds
  end
  local file = assert(io.open(counted))
  local events = file:read "*n"
  file:close()
  os.remove(counted)
  return our_runs, go_runs, events
end

-- What is measured beside a command of ours may have so much more than that.
local BESIDE_MIB = 64
-- Bytes that may be kept of a goroutine that has ended, and of one that lives.
local ENDED, LIVE = 256, 1024

-- What the peak of anonymous memory must stay under, in MiB: design.md, section 5; where goroutines are
-- known one by one, with what is kept of each.
local function memory_goal(case, path, facts, beside_mib)
  if beside_mib then
    return beside_mib + BESIDE_MIB
  end
  local bytes = facts.v1 and facts.bytes * 3 or facts.generation * 1.5
  if case.summary then
    local text = shell(("'%s' -q -F json info '%s'"):format(ours, path))
    bytes = bytes + tonumber(text:match '"goroutines":(%d+)') * ENDED + inputs.live(case[2]) * LIVE
  end
  return bytes / MIB + 24
end

local function command(case, path)
  local words = { ours }
  for _, word in ipairs(case[3]) do
    words[#words + 1] = word == "OUT" and results .. "/out.trace" or word
  end
  words[#words + 1] = path
  return words
end

-- What Go does meanwhile, or a command of ours.
local function reference(case, path)
  if case.beside then
    return command({ nil, nil, case.beside }, path)
  end
  return case.summary and { oracle .. "/goread", "-summary", path } or { oracle .. "/goread", path }
end

-- The most that a command has of memory that no file is behind, in MiB.
local function anonymous(words)
  return process.anonymous(words, "/dev/null", results .. "/stderr") / 1024
end

-- The row of a case.
local function measure(case, least, ...)
  local path = inputs.path(case[2], ...)
  local facts = inputs.facts(inputs.unpacked(case[2], ...))
  local our_runs, go_runs, events = rounds(path, command(case, path), reference(case, path), least)
  local row = {
    name = case[1], goal = case.goal, ns_goal = case.ns, spans = case.spans, rounds = #our_runs, events = events,
    mb = facts.bytes / 1e6,
    mib_goal = memory_goal(case, path, facts, case.beside and anonymous(reference(case, path))),
    mib = middle(our_runs, "kib") / 1024,
    anonymous_mib = anonymous(command(case, path)),
    go_mib = middle(go_runs, "kib") / 1024,
  }
  row.cpu, row.least_cpu = middle(our_runs, "cpu")
  row.go_cpu, row.go_least_cpu = middle(go_runs, "cpu")
  row.seconds, row.least_seconds, row.most_seconds = middle(our_runs, "seconds")
  row.go_seconds, row.go_least_seconds, row.go_most_seconds = middle(go_runs, "seconds")
  row.ratio = row.go_seconds / row.seconds
  row.cpu_ratio = row.go_cpu / math.max(row.cpu, 1e-3)
  return row
end

-- How the least CPU time for an event differs between the cases of a series, or how much more
-- it is than that of the one that it names, if all have been measured; start-up is taken off first.
local function spread(series, rows, startup)
  local ours_ns, gos_ns, texts, over = {}, {}, {}, nil
  for i, name in ipairs(series) do
    local row = rows[name]
    if not row then
      return nil
    end
    ours_ns[i] = math.max(row.least_cpu - startup, 0) / row.events * 1e9
    gos_ns[i] = row.go_least_cpu / row.events * 1e9
    texts[i] = ("%s %.1f"):format(name, ours_ns[i])
    over = name == series.over and i or over
  end
  local function factor(list)
    local least = over and list[over] or math.min(unpack(list))
    return math.max(unpack(list)) / math.max(least, 0.01)
  end
  return {
    name = series.name, goal = series.goal, over = series.over or "least", ns = table.concat(texts, ", "),
    spread = factor(ours_ns), go_spread = factor(gos_ns),
  }
end

-- The least CPU time of a run on a trace without events to speak of.
local function startup_seconds(least)
  local runs = {}
  for i = 1, math.max(least * 3, 1) do
    runs[i] = run({ ours, "-e", "function on.any() end", EMPTY }, "/dev/null")
  end
  local _, least_cpu = middle(runs, "cpu")
  return least_cpu
end

local function load_average()
  return shell "cut -d' ' -f1 /proc/loadavg"
end

local function about(chosen, least)
  return {
    when = os.date "!%Y-%m-%dT%H:%M:%SZ",
    commit = shell(("git -C '%s' describe --always --dirty 2>/dev/null"):format(root)),
    mode = chosen.mode, rounds = least,
    cores = tonumber(shell "nproc"),
    cpu = shell "sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1",
    load_before = load_average(),
  }
end

local function keep(facts, rows, series)
  local path = ("%s/%s-%s.json"):format(results, facts.when:gsub("[-:]", ""), facts.mode)
  local file = assert(io.open(path, "w"))
  file:write(report.json(facts, rows, series))
  file:close()
  print("kept in build/bench/" .. path:match "[^/]*$")
end

-- Prints the rows of the cases while they are measured. Returns them, also by
-- name, and whether any command has failed.
local function table_of(cases, least, ...)
  local rows, failed = {}, false
  print(report.heading())
  for _, case in ipairs(cases) do
    local measured, row = pcall(measure, case, least, ...)
    if measured then
      table.insert(rows, row)
      rows[row.name] = row
      print(report.row(row))
    else
      failed = true
      print(("%-24s  failed: %s"):format(case[1], row))
    end
  end
  os.remove(results .. "/out.trace")
  return rows, failed
end

local function scaling(rows, startup)
  local list = {}
  for _, s in ipairs(known.series) do
    local row = spread(s, rows, startup)
    if row then
      table.insert(list, row)
      print(report.series(row))
    end
  end
  return list
end

-- Builds and records all that there is to, for nothing is measured beside it.
local function prepare(cases, mode)
  lfs.mkdir(root .. "/build")
  lfs.mkdir(results)
  local sources = builds(cases)
  for _, case in ipairs(cases) do
    inputs.path(case[2], mode, results, sources)
  end
  return sources
end

local function main(words)
  local chosen = options(words)
  local cases, mode = selection(chosen.names, chosen.mode), modes[chosen.mode]
  if chosen.list then
    for _, case in ipairs(cases) do
      print(case[1])
    end
    return
  end
  local least = chosen.rounds or mode.rounds
  local sources = prepare(cases, mode)
  local facts = about(chosen, least)
  io.stdout:setvbuf "line"
  local rows, failed = table_of(cases, least, mode, results, sources)
  facts.startup = startup_seconds(least)
  facts.load_after = load_average()
  local series = scaling(rows, facts.startup)
  print(("start-up %.0f ms; %d cores, %s; load %s before, %s after"):format(
    facts.startup * 1e3, facts.cores, facts.cpu, facts.load_before, facts.load_after))
  keep(facts, rows, series)
  return failed
end

local ok, result = pcall(main, arg)
if not ok then
  io.stderr:write("bench: ", tostring(result), "\n")
end
os.exit(ok and not result and 0 or 1)
