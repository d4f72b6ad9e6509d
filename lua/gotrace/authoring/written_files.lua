-- written_files.lua: files that init and new write: none takes the place of another's
-- unless that is said.
local errors = require "gotrace.base.errors"
local ffi = require "ffi"
local host = require "gotrace.engine.host"
local output = require "gotrace.sandbox.output"

ffi.cdef [[int mkdir(const char *path, unsigned mode);]]

-- Of a file; what else has that name may have no end.
local function contents(path)
  local file = host.kind(path) == "file" and io.open(path, "rb")
  local text = file and file:read "*a"
  if file then
    file:close()
  end
  return text
end

local function cannot_write(path, why)
  errors.stop(errors.status.output, "cannot write %s: %s", path,
    why or "it cannot be made")
end

-- The folders of a path, the outer ones first, are made.
local function make_folders(path)
  for at in path:gmatch "()/" do
    local folder = path:sub(1, at - 1)
    if folder ~= "" and not host.kind(folder) and
      ffi.C.mkdir(folder, 511) ~= 0 then -- 0777, less the umask
      cannot_write(folder)
    end
  end
end

-- state(path, text): "new", "same", or "other" where another text is there.
local function state(path, text)
  if not host.kind(path) then
    return "new"
  end
  return contents(path) == text and "same" or "other"
end

-- The file, to be written. A link that leads nowhere is not followed, where a folder is a
-- stranger's: x is the C library's word for that.
local function open(path)
  local kind = host.kind(path)
  if kind and kind ~= "file" then
    return nil, "it is no file"
  end
  return io.open(path, kind and "wb" or "wbx")
end

-- write(path, text): whether it was not there so.
local function write(path, text)
  if state(path, text) == "same" then
    return false
  end
  make_folders(path)
  local file, why = open(path)
  local ok = file and file:write(text)
  if file then
    ok = file:close() and ok
  end
  if not ok then
    cannot_write(path, why)
  end
  return true
end

-- put(path, text): the same, and says so.
local function put(path, text)
  output.write(write(path, text) and "written:  " or "is there: ", path, "\n")
end

return { contents = contents, state = state, write = write, put = put }
