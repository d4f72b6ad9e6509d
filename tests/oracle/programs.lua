-- programs: runs the oracle's programs and gotrace-lua, and finds what to read.
local lfs = require "lfs"
local tools = require "support.tools.tools"

local programs = {}

local here = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$")
local root = here:match("^(.*)/tests/oracle$") or "."
local ours = os.getenv("GOTRACE_LUA") or root .. "/build/release/gotrace-lua"
local oracle = os.getenv("GOTRACE_ORACLE") or root .. "/build/oracle"
-- Recordings of versions that are not in the repository.
local corpus = os.getenv("GOTRACE_CORPUS") or root .. "/../shared/corpus"

local MOST_KIB = 4 * 1024 * 1024 -- of memory for Go's side: what runs away is stopped
local PATIENCE = 60 -- seconds that gotrace-lua may take over a small recording

local function quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

-- Runs a command of words; what it prints goes to the file `to` or comes back.
-- Returns its exit status, and its output.
local function run(words, to)
  local command = {}
  for i, word in ipairs(words) do
    command[i] = quote(word)
  end
  local line = table.concat(command, " ")
  local pipe = assert(io.popen(line .. (to and " >" .. quote(to) or "") .. "; echo $?"))
  local text = pipe:read("*a")
  pipe:close()
  local output, status = text:match("^(.-)(%d+)\n$")
  return tonumber(status), output
end

-- Builds the oracle. Returns nil, or why there is none on this machine.
function programs.prepare()
  local status = run({ "mkdir", "-p", oracle })
  assert(status == 0, "cannot make " .. oracle)
  local log = oracle .. "/build.log"
  status = run({ "sh", "-c", 'exec "$0" "$@" 2>&1', here .. "/build", oracle }, log)
  if status == 0 then
    return nil
  end
  local f = assert(io.open(log))
  local message = f:read("*a")
  f:close()
  assert(status == 3, "the oracle does not build:\n" .. message)
  return "no toolchain, so nothing is compared with Go's readers:\n" .. message
end

-- Returns check(name, test): a test that needs Go, and why there is none (nil: it is there).
-- `it` and `pending` are the spec's.
function programs.tests(it, pending)
  local missing = programs.prepare()
  return tools.tests(it, pending, { why = missing }), missing
end

-- A toolchain's GOROOT, nil where it cannot be had.
function programs.goroot(version)
  local status, output = run({ "sh", "-c", 'exec "$0" "$1" 2>/dev/null', here .. "/toolchain", version })
  return status == 0 and output:match("^%S+") or nil
end

function programs.scratch()
  local _, output = run({ "mktemp", "-d" })
  return output:match("^[^\n]+")
end

function programs.remove(dir)
  run({ "rm", "-r", dir })
end

-- The files in a folder whose names match, sorted; none if it is not there.
function programs.files(dir, pattern)
  local out = {}
  if lfs.attributes(dir, "mode") == "directory" then
    for name in lfs.dir(dir) do
      if name:find(pattern) then
        table.insert(out, dir .. "/" .. name)
      end
    end
  end
  table.sort(out)
  return out
end

-- Recordings that are not in the repository, if there are any here.
function programs.corpus()
  return programs.files(corpus, "%.trace$")
end

-- All recordings of real programs at hand.
function programs.recordings()
  local out = programs.files(root .. "/testdata/real", "%.trace$")
  for _, path in ipairs(programs.corpus()) do
    table.insert(out, path)
  end
  return out
end

function programs.name_of(path)
  return path:match("[^/]*$")
end

function programs.read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read("*a")
  f:close()
  return text
end

function programs.exists(path)
  return lfs.attributes(path, "mode") == "file"
end

function programs.write(path, text)
  local f = assert(io.open(path, "wb"))
  f:write(text)
  f:close()
end

-- N of the `go 1.N trace` that a file begins with, 0 if it is no trace.
function programs.version(path)
  local f = assert(io.open(path, "rb"))
  local header = f:read(16) or ""
  f:close()
  return tonumber(header:match("^go 1%.(%d+) trace%z*$") or 0)
end

-- Which of Go's readers judges a file: Go 1.27 reads 1.11 and later.
local function judge(path)
  return oracle .. (programs.version(path) < 11 and "/godump115" or "/godump")
end

function programs.go_dump(path, to)
  return run({ judge(path), path }, to)
end

function programs.go_dump_115(path, to)
  return run({ oracle .. "/godump115", path }, to)
end

function programs.our_dump(path, to)
  return run({ ours, "-q", here .. "/compare/dump.lua", path }, to)
end

-- How often each type occurs, as a sorted text of Type,count.
local function sorted_counts(status, text)
  local rows = {}
  for typ, n in text:gmatch("(%w+),(%d+)") do
    if n ~= "0" then
      table.insert(rows, typ .. "," .. n)
    end
  end
  table.sort(rows)
  return table.concat(rows, "\n"), status
end

function programs.go_counts(path)
  return sorted_counts(run({ judge(path), "-counts", path }))
end

function programs.our_counts(path)
  return sorted_counts(run({ ours, "-q", "events", "-F", "csv", path }))
end

-- The number of generations that we see.
function programs.generations(path)
  local code = "function on.any() end function on.finish(t) print(t.generations) end"
  local _, text = programs.run({ "-e", code, path }, true)
  return tonumber(text:match("^%d+")) or 0
end

function programs.go_created(path)
  local _, output = run({ judge(path), "-created", path })
  return tonumber(output:match("^%d+"))
end

function programs.our_created(path)
  local _, output = run({ ours, "-q", "count_gocreate.lua", path })
  return tonumber(output:match("^Created (%d+) goroutines\n$"))
end

-- What Go and we make of a file, or with cuts of each beginning of 1/cuts,
-- 2/cuts ... of it: an array of { subject, taken, reason, status, kib }. What
-- is no exit status in status is a signal or a hang.
function programs.verdicts(path, cuts)
  local out = {}
  local _, text = run({ judge(path), "-check", "-cuts", tostring(cuts), "-try", ours, path })
  for line in text:gmatch("[^\n]+") do
    local word, subject, reason, status, kib = line:match("^(%l+)\t([^\t]*)\t([^\t]*)\t([^\t]*)\t(%d+)$")
    assert(word, "godump -check: " .. line)
    table.insert(out, {
      subject = subject,
      taken = word == "ok",
      reason = reason,
      status = status,
      kib = tonumber(kib),
    })
  end
  assert(#out == math.max(1, cuts - 1), "godump -check: " .. text)
  return out
end

-- Writes Go's text traces (mode -totrace) or fuzz inputs (-unfuzz) as binary
-- files into a folder and returns their paths.
function programs.convert(mode, paths, dir)
  local words, out = { oracle .. "/godump", mode }, {}
  for i, path in ipairs(paths) do
    out[i] = dir .. "/" .. path:match("[^/]*$")
    table.insert(words, path)
    table.insert(words, out[i])
  end
  local status, text = run(words)
  assert(status == 0, text)
  return out
end

-- Runs gotrace-lua -q with these words. Returns its exit status (124: it took
-- too long, 128 and more: a signal) and what it wrote to stderr, or to both
-- stdout and stderr.
function programs.run(words, both)
  local line = { "exec timeout -k 1 " .. PATIENCE, quote(ours), "-q" }
  for _, word in ipairs(words) do
    table.insert(line, quote(word))
  end
  table.insert(line, both and "2>&1 </dev/null" or "2>&1 >/dev/null </dev/null")
  local status, text = run({ "sh", "-c", table.concat(line, " ") })
  return status, text
end

-- unexpected(text): what was said but for the line of an export that was written.
function programs.unexpected(text)
  return (text:gsub("^gotrace%-lua: [^\n]* written; [^\n]*\n", "", 1))
end

-- Go's answers to questions about many files, from one process: go/gocheck.
local Checker = {}
Checker.__index = Checker

-- A checker for the tests of a file; close it behind them.
function programs.checker()
  local dir = programs.scratch()
  assert(run({ "mkfifo", dir .. "/answers" }) == 0)
  local self = setmetatable({ dir = dir }, Checker)
  local line = ("ulimit -v %d; exec %s >%s"):format(MOST_KIB, quote(oracle .. "/gocheck"), quote(dir .. "/answers"))
  self.questions = assert(io.popen(line, "w"))
  self.answers = assert(io.open(dir .. "/answers"))
  return self
end

function Checker:close()
  self.questions:close()
  self.answers:close()
  programs.remove(self.dir)
end

-- A checker for the tests of a describe, whose lazy_setup and lazy_teardown these
-- are: there from the first test to the last, unless Go is `missing`. The
-- scratch folder goes with it.
function programs.judge(lazy_setup, lazy_teardown, missing, scratch)
  local go
  lazy_setup(function()
    go = not missing and programs.checker()
  end)
  lazy_teardown(function()
    if go then
      go:close()
    end
    programs.remove(scratch)
  end)
  return setmetatable({}, {
    __index = function(_, name)
      return go[name]
    end,
  })
end

-- Tries seeds from `from` on for a command: try(seed, checker, dir) is nil or a
-- report. Says now and then how many were `bad`. Ends the program.
function programs.campaign(from, count, often, bad, try)
  local missing = programs.prepare()
  assert(not missing, missing)
  local checker, dir, failed = programs.checker(), programs.scratch(), 0
  for seed = from, from + count - 1 do
    local report = try(seed, checker, dir)
    if report then
      failed = failed + 1
      print(report)
    end
    local done = seed - from + 1
    if done % often == 0 or done == count then
      io.stderr:write(("%d of %d, %d %s\n"):format(done, count, failed, bad))
    end
  end
  checker:close()
  if failed == 0 then
    programs.remove(dir)
  end
  os.exit(failed == 0 and 0 or 1)
end

-- Asks, and returns the words of the answer: true and more, or nil and why.
function Checker:ask(...)
  self.questions:write(table.concat({ ... }, "\t"), "\n")
  self.questions:flush()
  local line = assert(self.answers:read("*l"), "gocheck is gone")
  local word, rest = line:match("^(%l+)\t?(.*)$")
  if word == "ok" then
    return true, rest
  end
  return nil, rest
end

-- Whether Go's reader, its validator and its tools take a trace: its version
-- (of the header) and its number of events, or nil and why not. `clockless`:
-- clock snapshots need not increase.
function Checker:accept(path, clockless)
  local ok, text = self:ask(clockless and "accept-clockless" or "accept", path)
  if not ok then
    return nil, text
  end
  local version, events = text:match("^(%d+)\t(%d+)$")
  return tonumber(version), tonumber(events)
end

-- Whether Go's reader (Go 1.15's for what 1.27 does not know) takes a trace: true, nil
-- and the number of generations it sees; or false and why not.
function Checker:read(path)
  local ok, text = self:ask(programs.version(path) < 11 and "read115" or "read", path)
  if not ok then
    return false, text
  end
  return true, nil, tonumber(text)
end

-- Writes the ranges of a trace as Go's reader has them to a file, likewise.
function Checker:ranges(path, to)
  return self:ask("ranges", path, to)
end

-- Writes Go's summary of a trace to a file: true, or nil and why not.
function Checker:summary(path, to)
  return self:ask("summary", path, to)
end

-- The same from what Go 1.15 reads.
function Checker:summary_115(path, to)
  return self:ask("summary115", path, to)
end

-- Writes which goroutines are related to which to a file: true, or nil and why not.
function Checker:related(path, to)
  return self:ask("related", path, to)
end

-- Writes Go's profile of waits for others of a trace to a file: true, or nil and why not.
function Checker:blocked(path, to)
  return self:ask("blocked", oracle .. "/trace", path, to)
end

-- Writes the samples of Go's profile of a kind (net, sync, syscall, sched) of a trace to a
-- file: true, or nil and why not.
function Checker:profile(kind, path, to)
  return self:ask("profile", oracle .. "/trace", kind, path, to)
end

-- Writes the samples that Go reads in a profile to a file, likewise.
function Checker:samples(path, to)
  return self:ask("samples", path, to)
end

-- Writes the events that Go's viewer gets of a trace to a file, a line each; likewise.
function Checker:json_trace(path, to)
  return self:ask("jsontrace", oracle .. "/trace", path, to)
end

-- Writes those of a file of such events to a file.
function Checker:viewer(path, to)
  return self:ask("viewer", path, to)
end

-- Asks `go tool trace` for all its pages of a trace: how many it serves, or nil
-- and what it says. They are listed in the file `to`.
function Checker:pages(path, to)
  local ok, text = self:ask("pages", oracle .. "/trace", path, to)
  return ok and tonumber(text), text
end

programs.root, programs.ours = root, ours
programs.trace_tool = oracle .. "/trace" -- Go's cmd/trace

return programs
