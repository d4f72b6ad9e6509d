-- traces.lua: the traces that words of the command line name: files, and folders, which
-- stand for all traces that lie in them.
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local urls = require "gotrace.fetch.urls"

local GZIP, ZSTD = "\31\139", "(\181/\253"
local SEARCHED = 65536 -- bytes in which the engine looks for a header (src/read/header.h)

-- Whether a file begins as a trace does, is packed, or has text before the trace; or it is
-- an URL.
local function is_trace(path)
  if urls.is_url(path) then
    return true
  end
  local file = host.kind(path) == "file" and io.open(path, "rb")
  if not file then
    return false
  end
  local head = file:read(5) or ""
  local is_one = head == "go 1." or head:sub(1, #GZIP) == GZIP or
    head:sub(1, #ZSTD) == ZSTD or
    (head .. (file:read(SEARCHED) or "")):find "go 1%.%d+ trace%z" ~= nil
  file:close()
  return is_one
end

local DEEPEST = 64 -- folders in each other: links may lead in a circle

-- The traces in a folder, by name; hidden files, such as what -o has not finished, are none.
-- depth: of folders below that are looked into.
local function add_traces(found, folder, depth)
  local names, why = host.list(folder)
  if not names then
    errors.usage("cannot list the folder %s: %s", folder, why)
  end
  table.sort(names)
  local base = folder == "/" and "" or folder:gsub("/+$", "")
  for _, name in ipairs(names) do
    local path = base .. "/" .. name
    local is_hidden = name:sub(1, 1) == "."
    if not is_hidden and depth > 0 and host.kind(path) == "folder" then
      add_traces(found, path, depth - 1)
    elseif not is_hidden and is_trace(path) then
      found[#found + 1] = path
    end
  end
end

local function traces_in(folder, is_recursive)
  local found = {}
  add_traces(found, folder, is_recursive and DEEPEST or 0)
  if #found == 0 then
    errors.usage("there is no trace in the folder %s%s", folder,
      is_recursive and " and those below" or "")
  end
  return found
end

-- listed(path, words): behind the words of the command line, those of the lines of a file; "-"
-- is standard input. Where it has NUL bytes they end names, as find -print0 has it.
local function listed(path, words)
  local file, why = io.stdin, nil
  if path ~= "-" then
    file, why = io.open(path, "rb")
  end
  local text = file and file:read "*a"
  if not text then
    errors.usage("--files-from: %s", why or "cannot read " .. path)
  end
  local names = text:find("%z") and "[^%z]+" or "[^\r\n]+"
  for name in text:gmatch(names) do
    if urls.is_url(name) then
      errors.usage("--files-from: URLs stand on the command line: %s", name)
    end
    words[#words + 1] = name
  end
  if #words == 0 then
    errors.usage("--files-from: %s names no trace", path)
  end
  return words
end

-- expand(words, is_recursive): the paths of the traces, in their order, and for each the number
-- of the word that it is of. is_recursive: folders stand for those in folders below, too.
local function expand(words, is_recursive)
  local paths, arguments = {}, {}
  for i, word in ipairs(words) do
    local found = host.kind(word) == "folder" and
      traces_in(word, is_recursive) or { word }
    for _, path in ipairs(found) do
      paths[#paths + 1] = path
      arguments[#paths] = i
    end
  end
  return paths, arguments
end

return { is_trace = is_trace, listed = listed, expand = expand }
