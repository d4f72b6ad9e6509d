-- part.lua: files of partial results (docs/fleet.md has the format): written whole or not at
-- all, and read without trust: what is no such file, is cut short, was changed, or is of a
-- newer program is refused by its name.
local errors = require "gotrace.base.errors"
local file = require "gotrace.export.file"
local host = require "gotrace.engine.host"
local packing = require "gotrace.base.packing"

local MAGIC = "gotrace-lua part\n"
local VERSION = 1
local NUMBER = 4 -- bytes of a number in the file, the lowest first
local LEAST = #MAGIC + 3 * NUMBER -- of a file

local function number(n)
  local bytes = {}
  for i = 1, NUMBER do
    bytes[i] = n % 256
    n = math.floor(n / 256)
  end
  return string.char(unpack(bytes))
end

local function number_at(text, at)
  local n = 0
  for i = NUMBER - 1, 0, -1 do
    n = n * 256 + text:byte(at + i)
  end
  return n
end

-- write(path, value): the file, of what packing.lua takes.
local function write(path, value)
  local body = packing.pack(value)
  local text = MAGIC .. number(VERSION) .. number(#body) .. body
  file.open(path, false)
  file.put(text)
  file.put(number(host.checksum(text)))
  file.commit()
end

local function refuse(path, what, ...)
  errors.stop(errors.status.usage, "%s %s", path, what:format(...))
end

local function read_file(path)
  local from, why = io.open(path, "rb")
  if not from then
    refuse(path, "cannot be read: %s", why)
  end
  local text, problem = from:read "*a"
  from:close()
  return text or refuse(path, "cannot be read: %s", problem)
end

-- What stands between head and checksum.
local function body_of(path, text)
  if text:sub(1, #MAGIC) ~= MAGIC:sub(1, #text) or text == "" then
    refuse(path, "is no file of partial results")
  elseif #text < LEAST then
    refuse(path, "is cut short: it has %d bytes", #text)
  end
  local version = number_at(text, #MAGIC + 1)
  local size = number_at(text, #MAGIC + NUMBER + 1)
  if version ~= VERSION then
    refuse(path, "is of another gotrace-lua: its format is %d, and this one " ..
      "reads %d", version, VERSION)
  elseif #text ~= LEAST + size then
    refuse(path, #text < LEAST + size and
      "is cut short: %.0f bytes are there, %.0f are missing" or
      "goes on behind its end: %.0f bytes are there, %.0f too many",
      #text, math.abs(LEAST + size - #text))
  elseif number_at(text, #text - NUMBER + 1) ~=
    host.checksum(text:sub(1, -NUMBER - 1)) then
    refuse(path, "is damaged: its checksum is another one")
  end
  return text:sub(#MAGIC + 2 * NUMBER + 1, -NUMBER - 1)
end

-- read(path): the value. Ends the run if there is none.
local function read(path)
  local body = body_of(path, read_file(path))
  local value, why, at = packing.unpack(body)
  if type(value) ~= "table" then
    refuse(path, "is damaged at byte %.0f: %s",
      (at or 0) + #MAGIC + 2 * NUMBER, why or "there is no table in it")
  end
  return value
end

-- is_one(path): whether a file begins as one.
local function is_one(path)
  local from = host.kind(path) == "file" and io.open(path, "rb")
  if not from then
    return false
  end
  local head = from:read(#MAGIC)
  from:close()
  return head == MAGIC
end

return { is_one = is_one, write = write, read = read, refuse = refuse }
