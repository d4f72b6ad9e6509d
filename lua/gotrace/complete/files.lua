-- files.lua: the files that a word may name, told from their content.
local host = require "gotrace.engine.host"

local MOST = 2000 -- files of a folder that are looked into: a key was pressed

local GZIP, ZSTD = "\31\139", "(\181/\253"

-- Whether a file begins as a trace or what is packed: a few bytes are read.
local function is_trace(path)
  local file = io.open(path, "rb")
  local head = file and file:read(5) or ""
  if file then
    file:close()
  end
  return head == "go 1." or head:sub(1, #GZIP) == GZIP or
    head:sub(1, #ZSTD) == ZSTD
end

-- What is wanted, by a word: whether a file is that.
local is = {
  trace = is_trace,
  any = function()
    return true
  end,
  lua = function(path)
    return path:find "%.lua$" ~= nil
  end,
  yaml = function(path)
    return path:find "%.ya?ml$" ~= nil
  end,
}

-- The folder of a word as the system knows it: ~ is the user's home.
local function real(folder)
  local home = os.getenv "HOME"
  if home and folder:find "^~/" then
    folder = home .. folder:sub(2)
  end
  return folder == "" and "." or folder
end

local function in_folder(folder, start)
  local names = {}
  for _, name in ipairs(host.list(real(folder)) or {}) do
    local is_hidden = name:sub(1, 1) == "." and start:sub(1, 1) ~= "."
    names[#names + 1] = name:sub(1, #start) == start and not is_hidden and
      name or nil
  end
  table.sort(names)
  return names
end

-- add(found, text, what): the files of that kind whose names go on as the text does, and folders.
-- With a word for what they are.
local function add(found, text, what)
  local folder, start = text:match "^(.*/)([^/]*)$"
  folder, start = folder or "", start or text
  local base = real(folder)
  for i, name in ipairs(in_folder(folder, start)) do
    local path = base .. "/" .. name
    local kind = host.kind(path)
    if kind == "folder" then
      found[#found + 1] = { text = folder .. name .. "/", shown = name .. "/",
        part = true, is_file = true }
    elseif kind == "file" and (i > MOST or is[what](path)) then
      found[#found + 1] = { text = folder .. name, shown = name,
        is_file = true }
    end
  end
end

return { add = add }
