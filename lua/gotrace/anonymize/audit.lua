-- audit.lua: whether what was written says nothing that was to be left out: it is read
-- back before it has a name. Each string of its tables was kept by a rule or made by us;
-- and no string of the input that was not kept stands anywhere in its bytes.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local errors = require "gotrace.base.errors"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"
local packages = require "gotrace.engine.packages"
local printable = require "gotrace.base.printable"

local LEAST = tonumber(C.GOTRACE_SEARCH_LEAST)
local SHORT_NUMBER = 10 -- digits
local CLIPPED = 1020 -- bytes that a string of a table has at least, if it was cut
local OK, END = tonumber(C.GOTRACE_OK), tonumber(C.GOTRACE_END)
local NONE = 2 ^ 32 - 1

-- What an output has besides its tables: its header, and our name for what has none.
local OURS = { "?", "go 1.26 trace" }

local Audit = {}
Audit.__index = Audit

-- note(role, old, new, is_kept): new is written in place of old, which it is, or is a part
-- of, or says nothing about.
function Audit:note(role, old, new, is_kept)
  self.roles[old] = self.roles[old] or role
  self.written[new] = true
  if #new > CLIPPED then
    self.clipped[new:sub(1, CLIPPED)] = true
  end
  local list = is_kept and self.kept or self.made
  list[#list + 1] = { role = role, old = old, new = new }
end

-- Where a function or file comes from must not be told by a part of its name either.
function Audit:note_parts(func, file)
  local parts = { package = packages.package_of(func),
    folder = file:match "^(.*)[/\\]" }
  for role, part in pairs(parts) do
    if not self.roles[part] then
      self.roles[part] = role
      self.parts[#self.parts + 1] = part
    end
  end
end

function Audit:is_ours(text)
  return self.written[text] or
    #text >= CLIPPED and self.clipped[text:sub(1, CLIPPED)]
end

local function refuse(text, ...)
  errors.stop(errors.status.output, "nothing is written: " .. text, ...)
end

local function shown(text)
  return printable.line(#text > 60 and text:sub(1, 57) .. "..." or text)
end

-- Reads a trace in memory to its end, so that all its names are in `own`.
local function read_names(bytes, len, own)
  local out, why = ffi.new "gotrace *[1]", ffi.new "gotrace_diag"
  local batch = ffi.new "gotrace_batch"
  local status = C.gotrace_open_memory(out, bytes, len, 0, own, why)
  if tonumber(status) == OK then
    C.gotrace_want(out[0], ffi.new "uint8_t[256]", C.GOTRACE_ORDER_THREAD)
    repeat
      status = C.gotrace_next(out[0], batch, why)
    until tonumber(status) ~= OK
    C.gotrace_close(out[0])
  end
  if memory.is_refusal(status) then
    memory.stop()
  elseif tonumber(status) ~= END then
    refuse("it cannot be read back: %s", shown(ffi.string(why.what)))
  end
end

-- The strings of a trace's tables, of which the bytes are borrowed: an array, each once.
local function strings_of(bytes, len)
  local own = ffi.gc(C.gotrace_names_new(), C.gotrace_names_free)
  if own == nil then
    memory.stop()
  end
  read_names(bytes, len, own)
  local list, size = {}, ffi.new "uint32_t[1]"
  for id = 1, C.gotrace_string_count(own) - 1 do
    if C.gotrace_has_string(own, id) then
      local at = C.gotrace_string(own, id, size)
      list[#list + 1] = ffi.string(at, size[0])
    end
  end
  return list
end

-- Whether a string can be looked for: what has two characters alone, or is a short number,
-- may stand among numbers of the trace by chance.
local function is_telling(text)
  if #text < SHORT_NUMBER and not text:find "%D" then
    return false
  end
  local first, second = text:byte(1), nil
  for i = 2, #text >= LEAST and #text or 0 do
    local byte = text:byte(i)
    if byte ~= first and second and byte ~= second then
      return true
    end
    second = byte ~= first and byte or second
  end
  return false
end

-- A search for strings by their ids.
local function search_for(list)
  local search = ffi.gc(C.gotrace_search_new(), C.gotrace_search_free)
  local size = ffi.new "uint32_t[1]"
  if search == nil then
    memory.stop()
  end
  for _, id in ipairs(list) do
    local text = C.gotrace_string(names.handle, id, size)
    if not C.gotrace_search_add(search, text, size[0], id) then
      memory.stop()
    end
  end
  return search
end

-- Calls fn with the id of each string of the list that stands in the bytes, and where.
local function search_in(list, bytes, len, fn)
  local search = search_for(list)
  local at, size = ffi.new("size_t[1]", 0), ffi.new("uint32_t[1]", 0)
  local entry = C.gotrace_search_next(search, bytes, len, at, 0)
  while entry ~= NONE do
    fn(C.gotrace_search_id(search, entry, size), tonumber(at[0]))
    entry = C.gotrace_search_next(search, bytes, len, at, size[0])
  end
  C.gotrace_search_free(ffi.gc(search, nil))
end

-- Those of a list of ids that are no part of what is written.
function Audit:without_parts(list)
  local safe = {}
  for text in pairs(self.written) do
    safe[#safe + 1] = text
  end
  for _, text in ipairs(OURS) do
    safe[#safe + 1] = text
  end
  local joined, is_part, rest = table.concat(safe, "\0"), {}, {}
  search_in(list, joined, #joined, function(id)
    is_part[id] = true
  end)
  for _, id in ipairs(list) do
    rest[#rest + 1] = not is_part[id] and id or nil
  end
  return rest
end

-- What of the input must not be in the output: ids of strings, and of parts of them. There
-- can be millions, so that no text is kept.
function Audit:needles()
  local list = {}
  for _, part in ipairs(self.parts) do
    names.id_of(part)
  end
  for id = 1, C.gotrace_string_count(names.handle) - 1 do
    local text = names.text_of(id)
    if not self.written[text] and is_telling(text) then
      list[#list + 1] = id
    end
  end
  return self:without_parts(list)
end

-- The words that were made are nobody's: of a pipe the input's are known now.
function Audit:check_words(words)
  for id = 1, C.gotrace_string_count(names.handle) - 1 do
    local text = names.text_of(id)
    local clash = not self.written[text] and words:clash(text)
    if clash then
      refuse("the trace itself has the word %s, which stands for another " ..
        "name; from a file, not a pipe, that is known in time", clash)
    end
  end
end

-- judge(bytes, len, words): ends the run with exit status 5 if something is left in these
-- bytes, borrowed, of a whole trace.
function Audit:judge(bytes, len, words)
  for _, text in ipairs(OURS) do
    self.written[text] = self.written[text] or text == "?"
  end
  for _, text in ipairs(strings_of(bytes, len)) do
    if not self:is_ours(text) then
      refuse("no rule has kept '%s', which is in its tables", shown(text))
    end
  end
  self:check_words(words)
  search_in(self:needles(), bytes, len, function(id, at)
    local text = names.text_of(id)
    refuse("%s '%s' of the trace that is read stands in what would be, at " ..
      "byte %.0f", self.roles[text] or "a string", shown(text), at)
  end)
end

local function new()
  return setmetatable({ roles = {}, written = {}, clipped = {}, kept = {},
    made = {}, parts = {} }, Audit)
end

return { new = new }
