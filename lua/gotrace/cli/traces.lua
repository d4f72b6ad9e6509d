-- traces.lua: the traces that words of the command line name: files; folders, which stand for
-- all traces that lie in them; and patterns, as a shell has them that did not see them.
local errors = require "gotrace.base.errors"
local ffi = require "ffi"
local glob = require "gotrace.base.glob"
local host = require "gotrace.engine.host"
local lazy = require("gotrace.base.lazy").of
local urls = require "gotrace.fetch.urls"

local asked = lazy "gotrace.cli.asked"

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

local DEEPEST = 64 -- folders in each other

ffi.cdef "char *realpath(const char *path, char *resolved);"

local real = ffi.new "char[4096]" -- PATH_MAX

-- Whether a folder is looked into for the first time, by what knows of those before: links may
-- lead in circles, and by many ways to one.
local function is_new(seen, folder)
  local path = folder == "" and "." or folder
  if ffi.C.realpath(path, real) ~= nil then
    path = ffi.string(real)
  end
  local was = seen[path]
  seen[path] = true
  return not was
end

-- The traces in a folder, by name; hidden files, such as what -o has not finished, are none.
-- depth: of folders below that are looked into. seen: as is_new has it.
local function add_traces(found, folder, depth, seen)
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
      if is_new(seen, path) then
        add_traces(found, path, depth - 1, seen)
      end
    elseif not is_hidden and is_trace(path) then
      found[#found + 1] = path
    end
  end
end

local function traces_in(folder, is_recursive)
  local found, seen = {}, {}
  is_new(seen, folder)
  add_traces(found, folder, is_recursive and DEEPEST or 0, seen)
  if #found == 0 then
    errors.usage("there is no trace in the folder %s%s", folder,
      is_recursive and " and those below" or "")
  end
  return found
end

-- Patterns: * and ? stand for what is no /, ** between two / for folders, however many, each
-- of them once (found.seen, by number of the part).

-- Calls visit(path, name) for what lies in a folder, by name, but for hidden files.
local function each_in(folder, visit)
  local names = host.list(folder == "" and "." or folder) or {}
  table.sort(names)
  for _, name in ipairs(names) do
    visit((folder == "" or folder:find "/$") and folder .. name or
      folder .. "/" .. name, name)
  end
end

local match -- below

-- What a pattern's parts from number i on name in a folder.
local function match_in(found, folder, parts, i, depth)
  local pattern = glob(parts[i])
  each_in(folder, function(path, name)
    local hidden = name:sub(1, 1) == "." and parts[i]:sub(1, 1) ~= "."
    if not hidden and name:find(pattern) then
      match(found, path, parts, i + 1, depth)
    end
  end)
end

local function match_below(found, folder, parts, i, depth)
  found.seen[i] = found.seen[i] or {}
  if not is_new(found.seen[i], folder) then
    return
  end
  match(found, folder, parts, i + 1, depth)
  each_in(folder, function(path, name)
    if depth > 0 and name:sub(1, 1) ~= "." and
      host.kind(path) == "folder" then
      match_below(found, path, parts, i, depth - 1)
    end
  end)
end

function match(found, path, parts, i, depth)
  local part = parts[i]
  if not part then
    found[#found + 1] = host.kind(path) and path or nil
  elseif part == "**" and parts[i + 1] then
    match_below(found, path, parts, i, depth)
  elseif part:find "[*?]" then
    match_in(found, path, parts, i, depth)
  else
    local plain = (path == "" or path:find "/$") and path .. part or
      path .. "/" .. part
    match(found, plain, parts, i + 1, depth)
  end
end

-- What a word names that has * or ? in it and is no file: files by name, each once.
local function matching(word)
  local parts, found, list = {}, { seen = {} }, {}
  for part in word:gmatch "[^/]+" do
    parts[#parts + 1] = part
  end
  match(found, word:sub(1, 1) == "/" and "/" or "", parts, 1, DEEPEST)
  table.sort(found)
  for i, path in ipairs(found) do
    if path ~= found[i - 1] and host.kind(path) ~= "folder" then
      list[#list + 1] = path
    end
  end
  if #list == 0 then
    errors.usage("no file is called like %s", word)
  end
  return list
end

-- Whether a word is a pattern: what a file is called is its name.
local function is_pattern(word)
  return word:find "[*?]" ~= nil and not urls.is_url(word) and
    host.kind(word) == nil
end

-- Ends the run where a word that is no file is a program's address.
local function check_address(word)
  local address = word:find(":", 1, true) and not urls.is_url(word) and
    host.kind(word) == nil and asked().address_hint(word)
  if address then
    errors.usage("there is no file %s: %s", word, address)
  end
end

local function traces_of(word, is_recursive)
  if host.kind(word) == "folder" then
    return traces_in(word, is_recursive)
  end
  check_address(word)
  return is_pattern(word) and matching(word) or { word }
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
    for _, path in ipairs(traces_of(word, is_recursive)) do
      paths[#paths + 1] = path
      arguments[#paths] = i
    end
  end
  return paths, arguments
end

return { is_trace = is_trace, is_pattern = is_pattern,
  listed = listed, expand = expand }
