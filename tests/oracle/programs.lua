-- programs: runs the oracle's programs and gotrace-lua, and finds what to read.
local lfs = require "lfs"

local programs = {}

local here = debug.getinfo(1, "S").source:match("^@(.*)/[^/]*$")
local root = here .. "/../.."
local ours = os.getenv("GOTRACE_LUA") or root .. "/build/release/gotrace-lua"
local oracle = os.getenv("GOTRACE_ORACLE") or root .. "/build/oracle"

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
  return run({ ours, "-q", here .. "/dump.lua", path }, to)
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

programs.root = root

return programs
