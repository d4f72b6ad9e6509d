-- verify: whether `gotrace-lua --verify` judges a trace as Go's tools do: its reader,
-- its validator, its Summarizer and the pages of `go tool trace`. What one of them
-- refuses is to be refused, and nothing else.
--
--   luajit tests/oracle/verify.lua FROM COUNT          tries mutations of recordings by these seeds
--   luajit tests/oracle/verify.lua FROM COUNT pages    with the pages, which take a second each
--   luajit tests/oracle/verify.lua FROM COUNT write    tries what is written of the mutations
--
-- A seed chooses a recording and a change of it (mutation.lua). Each that is judged
-- otherwise is printed and left in a file.
local main = ...
if main ~= "oracle.verify" then
  local tests = arg[0]:match("^(.*)/oracle/[^/]*$") or ".."
  package.path = tests .. "/?.lua;" .. package.path
end
local mutation = require "oracle.random.mutation"
local programs = require "oracle.programs"

local verify = {}

local LARGEST = 16 * 1024 -- bytes of recordings that are changed

-- Where the two may differ, each with its reason. A function of the trace's path,
-- what Go says and the line that --verify does is true where that is so.
verify.differences = {
  {
    about = "Go takes a batch that is there twice",
    -- Where its events may happen twice, or it is CPU samples: Go counts them twice.
    holds = function(_, go, line)
      return go.takes and line:find("a batch is there twice", 1, true)
    end,
  },
  {
    about = "Go takes the end of a table for the end of the trace",
    -- Where a table ends just before a number, Go's reader drops the generation, and
    -- all that follow, without a word. We report the table.
    holds = function(path, go)
      return go.takes and programs.generations(path) > go.generations
    end,
  },
  {
    about = "Go takes tables behind the last end of a generation for none",
    -- It asks whether there were batches of threads. To us the recording was cut off.
    holds = function(path, go, line)
      return go.takes and programs.version(path) >= 26 and programs.generations(path) == go.generations and
        line:find("the last generation has no end", 1, true)
    end,
  },
  {
    about = "Go takes a name of its own for one that an old trace lacks",
    -- It numbers the names of reasons and logs on from the trace's last.
    holds = function(_, go, line)
      return go.takes and line:find("is not in the trace, as Go's tools convert", 1, true)
    end,
  },
  {
    about = "Go takes stacks and names of frames that an old trace lacks for none",
    -- Its converter does not look them up. We tell that they are lost.
    holds = function(path, go, line)
      return go.takes and programs.version(path) < 22 and
        (line:find("a stack frame names the unknown string", 1, true) or
        line:find("an event refers to an unknown stack", 1, true)) ~= nil
    end,
  },
  {
    about = "Go takes procs without number",
    -- Its pages have something for each, and take as long.
    holds = function(_, go, line)
      return go.takes and (line:find("lists all procs up to this", 1, true) or
        line:find("GOMAXPROCS is beyond all sense", 1, true))
    end,
  },
}

-- What --verify says: true, or false and its first line.
local function ours(path)
  local status, text = programs.run({ "--verify", path }, true)
  if status == 0 then
    return true
  end
  local line = text:match("^[^\n]*") or ""
  assert(status == 3, ("exit status %d: %s"):format(status, text))
  return false, line
end

-- What Go's tools say of a trace. `pages`: a file for their list, if they are asked for.
-- Of what only Go 1.15 reads there is no other judge.
local function go_says(path, checker, pages)
  local go = {}
  go.takes, go.why, go.generations = checker:read(path)
  if go.takes and programs.version(path) >= 11 then
    go.takes, go.why = checker:accept(path)
    if go.takes and pages then
      go.takes, go.why = checker:pages(path, pages)
    end
  end
  go.takes = go.takes and true or false
  return go
end

-- Nil if Go and --verify agree on a trace, or differ for a reason; else a text.
function verify.difference(path, checker, pages)
  local go = go_says(path, checker, pages)
  local we_take, line = ours(path)
  if go.takes and not we_take and not pages then -- it may be for the pages' sake
    go = go_says(path, checker, path .. ".pages")
    os.remove(path .. ".pages")
  end
  if go.takes == we_take then
    return not we_take and line == "" and "--verify refuses it and says nothing" or nil
  end
  for _, difference in ipairs(verify.differences) do
    if difference.holds(path, go, line or "") then
      return nil
    end
  end
  return go.takes and "Go takes it, --verify says: " .. line or "--verify takes it, Go says: " .. go.why
end

local recordings, old = {}, {}
for _, path in ipairs(programs.files(programs.root .. "/testdata/real", "%.trace$")) do
  if #programs.read(path) <= LARGEST then
    table.insert(programs.version(path) < 22 and old or recordings, path)
  end
end

-- Writes the mutation of a seed to a file; returns what it is of what. Every
-- fifth is of an old trace.
function verify.mutate(seed, to)
  local is_old, number = seed % 5 == 0, math.floor(seed / 5) + seed % 5 * 7919
  local list, kinds = is_old and old or recordings, is_old and mutation.kinds_of_bytes or mutation.kinds
  local kind = kinds[number % #kinds + 1]
  local path = list[math.floor(number / #kinds) * 7 % #list + 1]
  programs.write(to, mutation.make(programs.read(path), kind, seed))
  return ("%s of %s"):format(kind, programs.name_of(path))
end

-- Tries a seed: nil, or a text. What it tried is in the file `to`.
function verify.seed(seed, checker, to, pages)
  local what = verify.mutate(seed, to)
  local report = verify.difference(to, checker, pages)
  return report and ("seed %d, %s: %s"):format(seed, what, report)
end

-- Roads that a rewrite takes, by the seed.
verify.roads = {
  {},
  { "drop", "--types=UserLog,HeapAlloc" },
  { "-e", "function on.any(ev) return ev.time > -1 end" },
  { "-e", "math.randomseed(7) function on.any() return math.random() > 0.1 end" },
  { "--from", "100us" },
}

-- Rewrites the mutation of a seed: nil if Go's tools take what comes out, or
-- nothing does; else a text. `to` has the mutation, to .. ".out" what was written.
function verify.rewrite(seed, checker, to)
  local what, out = verify.mutate(seed, to), to .. ".out"
  local line = { "-q", "-o", out, unpack(verify.roads[seed % 7 % #verify.roads + 1]) }
  table.insert(line, to)
  local status, text = programs.run(line, true)
  if status ~= 0 and status ~= 3 then
    return ("seed %d, %s: exit status %d: %s"):format(seed, what, status, text)
  elseif not programs.exists(out) then
    return nil
  end
  local version, why = checker:accept(out)
  os.remove(out)
  return not version and ("seed %d, %s: %s: %s"):format(seed, what, table.concat(line, " "), why) or nil
end

local function rewrite(from, count)
  programs.campaign(from, count, 500, "not valid", function(seed, checker, dir)
    local path = ("%s/seed-%d.trace"):format(dir, seed)
    local report = verify.rewrite(seed, checker, path)
    if not report then
      os.remove(path)
    end
    return report
  end)
end

local function run(from, count, with_pages)
  programs.campaign(from, count, 500, "differ", function(seed, checker, dir)
    local path = ("%s/seed-%d.trace"):format(dir, seed)
    local report = verify.seed(seed, checker, path, with_pages and path .. ".pages" or nil)
    if not report then
      os.remove(path)
    end
    return report and report .. "\n    " .. path
  end)
end

if main == "oracle.verify" then
  return verify
elseif tonumber(arg[1]) and tonumber(arg[2]) and arg[3] == "write" then
  rewrite(tonumber(arg[1]), tonumber(arg[2]))
elseif tonumber(arg[1]) and tonumber(arg[2]) then
  run(tonumber(arg[1]), tonumber(arg[2]), arg[3] == "pages")
else
  io.stderr:write("usage: verify.lua FROM COUNT [pages|write]\n")
  os.exit(2)
end
