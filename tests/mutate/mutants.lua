-- Mutants of whole folders: a change and the file that it is made in.
local lfs = require "lfs"
local changes = require "tests.mutate.changes"

-- The sources in a folder and below, sorted.
local function sources(folder, out)
  if lfs.attributes(folder, "mode") == "file" then
    return { folder }
  end
  for name in lfs.dir(folder) do
    local path = folder .. "/" .. name
    if not name:find "^%." and lfs.attributes(path, "mode") == "directory" then
      sources(path, out)
    elseif name:find "%.[ch]$" or name:find "%.lua$" then
      out[#out + 1] = path
    end
  end
  table.sort(out)
  return out
end

local function read(path)
  local f = assert(io.open(path, "rb"))
  local text = f:read "*a"
  f:close()
  return text
end

local function of_file(path, out)
  local text = read(path)
  for _, change in ipairs(changes.changes(text, path:find "%.lua$" and "lua" or "c")) do
    change.path, change.original = path, text
    change.line = select(2, text:sub(1, change.at - 1):gsub("\n", "")) + 1
    out[#out + 1] = change
  end
end

-- of(folder, seed, count): so many mutants of the files there, the same for the same
-- seed and sources. folder may be a file.
local function of(folder, seed, count)
  local all = {}
  for _, path in ipairs(sources(folder, {})) do
    of_file(path, all)
  end
  return changes.pick(all, seed, count)
end

-- text(mutant): the file's text with the change.
local function text(mutant)
  return changes.apply(mutant.original, mutant)
end

local function in_one_line(bytes)
  bytes = bytes:gsub("%s+", " ")
  return #bytes > 60 and bytes:sub(1, 57) .. "..." or bytes
end

-- shown(mutant): what was there, what is there now, and the line that it is in.
local function shown(mutant)
  local before = in_one_line(mutant.original:sub(mutant.at, mutant.last))
  local line = mutant.original:sub(1, mutant.at - 1):match "[^\n]*$" .. mutant.original:match("[^\n]*", mutant.at)
  return ("`%s` -> `%s` in `%s`"):format(before, in_one_line(mutant.with), in_one_line(line:match "^%s*(.*)$"))
end

-- What is said of it, but of its line, which may be another one by now.
local function said(mutant)
  return ("%s %s: %s"):format(mutant.path, mutant.kind, shown(mutant))
end

-- again(lines): those of which one of the lines of a former run says that they were not
-- noticed.
local function again(lines)
  local wanted, files, out = {}, {}, {}
  for line in lines do
    local path, rest = line:match "^unnoticed (%S+):%d+ (.*)$"
    if path then
      wanted[path .. " " .. rest] = true
      files[path] = files[path] or of(path, 1, math.huge)
    end
  end
  for _, all in pairs(files) do
    for _, mutant in ipairs(all) do
      out[#out + 1] = wanted[said(mutant)] and mutant or nil
    end
  end
  table.sort(out, function(a, b)
    return a.path < b.path or a.path == b.path and a.at < b.at
  end)
  return out
end

return { of = of, again = again, text = text, shown = shown }
