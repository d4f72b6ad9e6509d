-- inputs: the traces that the bench reads. Each is recorded once by go/load and
-- kept outside the repository, in GOTRACE_BENCH (default
-- ${XDG_CACHE_HOME:-~/.cache}/gotrace-lua-bench).
local lfs = require "lfs"
local process = require "bench.process"

local inputs = {}

local MB = 1000000

local GOROUTINES = 1000

-- What is recorded: megabytes, and what differs from so many goroutines on 4 Ps by
-- Go 1.27.
local recipes = {
  ["v2"] = { mb = 100 },
  ["v2-1"] = { mb = 1 },
  ["v2-10"] = { mb = 10 },
  ["v2-20"] = { mb = 20 },
  ["v2-400"] = { mb = 400 },
  ["goroutines-10"] = { mb = 20, goroutines = 10 },
  ["goroutines-100000"] = { mb = 20, goroutines = 100000 },
  ["procs-1"] = { mb = 20, procs = 1 },
  ["procs-64"] = { mb = 20, procs = 64 },
  -- A generation ends when all goroutines have been asked: the fewer, the more.
  ["generations"] = { mb = 20, goroutines = 8, godebug = "traceadvanceperiod=100000" }, -- ns
  -- Other shapes than a server's; `one` is a single generation.
  ["one"] = { mb = 80, godebug = "traceadvanceperiod=3600000000000" }, -- ns
  ["short"] = { mb = 20, shape = "short", goroutines = 40000, procs = 2 },
  ["idle"] = { mb = 20, shape = "idle", procs = 64 },
  ["syscalls"] = { mb = 20, shape = "syscalls" },
  ["annotations"] = { mb = 20, shape = "annotations" },
  ["many-stacks"] = { mb = 20, shape = "stacks" },
  ["strings"] = { mb = 50, strings = 100000000 },
  ["gzip"] = { pack = "v2" },
  ["v1-1.15"] = { mb = 4, go = "1.15" },
  ["v1-1.21"] = { mb = 4, go = "1.21" },
}

-- Of how many megabytes a trace is: no less than `least` on account of the scale.
local function scaled(mb, mode)
  return math.max(mb * mode.scale, math.min(mb, mode.least))
end

-- The version of Go that records an input.
function inputs.go(name)
  local recipe = recipes[name]
  return recipe.pack and inputs.go(recipe.pack) or recipe.go or "1.27"
end

-- How many goroutines of an input live all along.
function inputs.live(name)
  return recipes[name].goroutines or GOROUTINES
end

local function cache()
  local home = os.getenv "XDG_CACHE_HOME" or os.getenv "HOME" .. "/.cache"
  return os.getenv "GOTRACE_BENCH" or home .. "/gotrace-lua-bench"
end

-- Makes a file by a command of words, whole or not at all.
local function make(path, words, out)
  local new = ("%s.%d.new"):format(path, math.floor(process.now() * 1e6))
  words[#words + 1] = not out and new or nil
  local done = process.run(words, out and new or "/dev/null", path .. ".log")
  if done.status ~= 0 then
    os.remove(new)
    error(("%s: exit status %d, see %s.log"):format(table.concat(words, " "), done.status, path), 0)
  end
  os.remove(path .. ".log")
  assert(os.rename(new, path))
end

-- The options of the program, also the name of what it records.
local function load_options(recipe, mode)
  return {
    "-size=" .. ("%d"):format(scaled(recipe.mb, mode) * MB),
    "-procs=" .. (recipe.procs or 4),
    "-goroutines=" .. (recipe.goroutines or GOROUTINES),
    "-strings=" .. (recipe.strings or 64),
    recipe.shape and "-shape=" .. recipe.shape,
  }
end

local function record(path, recipe, words, programs)
  make(path, {
    "env", "-u", "GOGC", "-u", "GOMEMLIMIT", "GODEBUG=" .. (recipe.godebug or ""),
    programs .. "/load-" .. (recipe.go or "1.27"), unpack(words)
  })
end

-- The path of an input, which is made if it is not there. mode has scale and
-- least; programs are where tests/bench/build has put them, and sources is what
-- it has printed.
function inputs.path(name, mode, programs, sources)
  local recipe = recipes[name]
  local words = load_options(recipes[recipe.pack or name], mode)
  local folder = cache() .. "/" .. sources
  local path = ("%s/go%s%s%s.trace%s"):format(folder, inputs.go(name), table.concat(words),
    recipe.godebug and "-" .. recipe.godebug or "", recipe.pack and ".gz" or "")
  if lfs.attributes(path, "mode") then
    return path
  end
  os.execute(("mkdir -p '%s'"):format(folder))
  io.stderr:write("bench: making ", path, "\n")
  if recipe.pack then
    make(path, { "gzip", "-c", inputs.path(recipe.pack, mode, programs, sources) }, true)
  else
    record(path, recipe, words, programs)
  end
  return path
end

-- The trace that an input is when it is unpacked.
function inputs.unpacked(name, ...)
  return inputs.path(recipes[name].pack or name, ...)
end

-- A varint at a file's position, which is left behind it.
local function varint(file)
  local value, factor = 0, 1
  repeat
    local byte = file:read(1):byte()
    value, factor = value + byte % 128 * factor, factor * 128
  until byte < 128
  return value
end

local BATCH, EXPERIMENTAL_BATCH, END_OF_GENERATION = 1, 49, 52

-- The size of a v2 trace's largest generation, by the headers of its batches.
local function largest_generation(file)
  local sizes, most, start = {}, 0, file:seek "cur"
  for kind in function() return file:read(1) end do
    kind = kind:byte()
    if kind == EXPERIMENTAL_BATCH then
      file:read(1)
    elseif kind ~= BATCH then
      assert(kind == END_OF_GENERATION, "not a v2 trace")
    end
    if kind ~= END_OF_GENERATION then
      local gen = varint(file)
      varint(file) -- thread
      varint(file) -- time
      local size = varint(file)
      local stop = file:seek("cur", size)
      sizes[gen] = (sizes[gen] or 0) + stop - start
      most, start = math.max(most, sizes[gen]), stop
    end
  end
  return most
end

-- What is known of a trace: { bytes =, v1 =, generation = (bytes) }.
function inputs.facts(path)
  local file = assert(io.open(path, "rb"))
  local minor = tonumber(file:read(16):match "^go 1%.(%d+) trace%z*$")
  local facts = { bytes = lfs.attributes(path, "size"), v1 = minor < 22 }
  if not facts.v1 then
    facts.generation = largest_generation(file)
  end
  file:close()
  return facts
end

return inputs
