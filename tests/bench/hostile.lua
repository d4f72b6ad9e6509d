-- hostile: what the shapes of tests/support/hostile.lua cost at n, 2n and 4n.
-- ./dev bench --hostile runs it and prints the table of docs/hostile.md.
local here = debug.getinfo(1, "S").source:match "^@(.*)/bench/hostile%.lua$"
package.path = ("%s/?.lua;%s"):format(here, package.path)

local lfs = require "lfs"
local process = require "bench.process"
local shapes = require "support.hostile"

local ours = os.getenv "GOTRACE_LUA" or here .. "/../build/release/gotrace-lua"
local MIB = 1024

-- What is done with each: read; written as it is; written by a script that
-- leaves out every seventh event.
local ways = {
  { name = "read", "-e", "local n = 0 function on.any() n = n + 1 end" },
  { name = "copy", "-o", "/dev/null" },
  { name = "rewrite", "-o", "/dev/null", "-e", [[
local n = 0
function on.UserRegionBegin(ev) if ev.name == "renamed" then ev.name = "name" end end
function on.any() n = n + 1 if n % 7 == 0 then return false end end]] },
}

-- A process of its own makes what is read: the peak of one that is started
-- begins with the size of the one that starts it.
local function make(shape, n, path)
  local run = process.run({ "luajit", arg[0], "--make", shape.name, tostring(n), path }, "/dev/null", path .. ".log")
  assert(run.status == 0, "no " .. shape.name)
  os.remove(path .. ".log")
  return lfs.attributes(path, "size")
end

local function make_here(name, n, path)
  for _, shape in ipairs(require "support.hostile") do
    if shape.name == name then
      local out = assert(io.open(path, "wb"))
      out:write(shape.make(n))
      out:close()
    end
  end
end

-- The least of `rounds` runs.
local function measure(way, path, rounds)
  local words, least = { ours, "-q" }, nil
  for _, word in ipairs(way) do
    words[#words + 1] = word
  end
  words[#words + 1] = path
  for _ = 1, rounds do
    local run = process.run(words, "/dev/null", "/dev/null")
    if run.status ~= 0 and run.status ~= 3 then
      error(("%s: exit status %d"):format(table.concat(words, " "), run.status))
    end
    if not least or run.cpu < least.cpu then
      least = run
    end
  end
  return least
end

local SIZES = { 1, 2, 4 }

-- A row: of each way the time and memory at n, 2n and 4n.
local function measure_shape(shape, n, path, rounds)
  local row = { name = shape.name, about = shape.about, bytes = {} }
  for i, times in ipairs(SIZES) do
    row.bytes[i] = make(shape, math.floor(n * shape.unit * times), path)
    for _, way in ipairs(ways) do
      row[way.name] = row[way.name] or {}
      row[way.name][i] = measure(way, path, rounds)
    end
  end
  return row
end

local function columns(list, field, unit)
  local out = {}
  for i, run in ipairs(list) do
    out[i] = ("%.0f"):format(run[field] / unit)
  end
  return table.concat(out, " / ")
end

local function print_row(row)
  io.write(("| %s | %.0f"):format(row.name, row.bytes[#row.bytes] / 1000))
  for _, way in ipairs(ways) do
    local runs = row[way.name]
    io.write((" | %s | %s"):format(columns(runs, "cpu", 1e-3), columns(runs, "kib", MIB)))
  end
  io.write " |\n"
  io.flush()
end

local function main(words)
  if words[1] == "--make" then
    return make_here(words[2], tonumber(words[3]), words[4])
  end
  local n, wanted, rounds = 10000, nil, tonumber(os.getenv "ROUNDS") or 2
  for _, word in ipairs(words) do
    n = tonumber(word) or n
    wanted = not tonumber(word) and word or wanted
  end
  local path = os.tmpname()
  io.write "| shape | KB at 4n | read, ms | MiB | copy, ms | MiB | rewrite, ms | MiB |\n"
  io.write "|---|---:|---|---|---|---|---|---|\n"
  for _, shape in ipairs(shapes) do
    if not wanted or shape.name:find(wanted, 1, true) then
      print_row(measure_shape(shape, n, path, rounds))
    end
  end
  os.remove(path)
end

main(arg)
