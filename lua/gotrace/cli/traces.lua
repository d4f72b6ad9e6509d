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

-- The traces in a folder, by name; hidden files, such as what -o has not finished, are none.
local function traces_in(folder)
  local names, why = host.list(folder)
  if not names then
    errors.usage("cannot list the folder %s: %s", folder, why)
  end
  table.sort(names)
  local found, base = {}, folder:gsub("/+$", "")
  for _, name in ipairs(names) do
    local path = base .. "/" .. name
    found[#found + 1] = name:sub(1, 1) ~= "." and is_trace(path) and path or nil
  end
  if #found == 0 then
    errors.usage("there is no trace in the folder %s", folder)
  end
  return found
end

-- expand(words): the paths of the traces, in their order, and for each the number of the
-- word that it is of.
local function expand(words)
  local paths, arguments = {}, {}
  for i, word in ipairs(words) do
    local found = host.kind(word) == "folder" and traces_in(word) or { word }
    for _, path in ipairs(found) do
      paths[#paths + 1] = path
      arguments[#paths] = i
    end
  end
  return paths, arguments
end

return { is_trace = is_trace, expand = expand }
