-- audit.lua: whether what was written says nothing that was to be left out: it is read
-- back before it has a name. Each string of its tables was kept by a rule or made by us;
-- and no string of the input that was not kept stands anywhere in its bytes.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local entries = require "gotrace.anonymize.entries"
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
  self.entries:add(role, old, new, is_kept)
  if #new > CLIPPED then
    self.clipped[new:sub(1, CLIPPED)] = true
  end
end

-- Where a function or file comes from must not be told by a part of its name either.
function Audit:note_parts(func, file)
  local parts = { package = packages.package_of(func),
    folder = file:match "^(.*)[/\\]" }
  for role, part in pairs(parts) do
    local id = names.intern(part)
    self.parts[id] = self.parts[id] or role
  end
end

function Audit:is_ours(text)
  return text == "?" or self.entries:is_written(names.intern(text)) or
    #text >= CLIPPED and self.clipped[text:sub(1, CLIPPED)]
end

-- What of the trace that is read a text is.
function Audit:role_of(id)
  return self.entries:role_of(id) or self.parts[id] or "a string"
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

-- Calls fn with each string of a trace's tables, of which the bytes are borrowed.
local function each_string(bytes, len, fn)
  local own = ffi.gc(C.gotrace_names_new(), C.gotrace_names_free)
  if own == nil then
    memory.stop()
  end
  read_names(bytes, len, own)
  local size = ffi.new "uint32_t[1]"
  for id = 1, C.gotrace_string_count(own) - 1 do
    if C.gotrace_has_string(own, id) then
      local at = C.gotrace_string(own, id, size)
      fn(ffi.string(at, size[0]))
    end
  end
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

-- What of the input must not be in the output. Of strings there can be millions, so that
-- no text is kept. To be freed.
function Audit:search()
  local search = ffi.gc(C.gotrace_search_new(), C.gotrace_search_free)
  local size = ffi.new "uint32_t[1]"
  if search == nil then
    memory.stop()
  end
  for id = 1, C.gotrace_string_count(names.handle) - 1 do
    if not self.entries:is_written(id) and is_telling(names.text_of(id)) then
      local text = C.gotrace_string(names.handle, id, size)
      if not C.gotrace_search_add(search, text, size[0], id) then
        memory.stop()
      end
    end
  end
  return search
end

local at, found = ffi.new "size_t[1]", ffi.new "uint32_t[1]"

-- Calls fn with the id of each string of the search that stands in the bytes, and where.
local function search_in(search, bytes, len, fn)
  at[0] = 0
  local entry = C.gotrace_search_next(search, bytes, len, at, 0)
  while entry ~= NONE do
    local id = C.gotrace_search_id(search, entry, found)
    local length = found[0]
    fn(id, tonumber(at[0]))
    entry = C.gotrace_search_next(search, bytes, len, at, length)
  end
end

-- The ids of strings that are searched for and are a part of what is written anyway, a set.
function Audit:public(search)
  local public, size = {}, ffi.new "uint32_t[1]"
  local function note(id)
    public[id] = true
  end
  for id = 1, C.gotrace_string_count(names.handle) - 1 do
    if self.entries:is_written(id) then
      local text = C.gotrace_string(names.handle, id, size)
      search_in(search, text, size[0], note)
    end
  end
  for _, text in ipairs(OURS) do
    search_in(search, text, #text, note)
  end
  return public
end

-- The words that were made are nobody's: of a pipe the input's are known now.
function Audit:check_words(words)
  for id = 1, C.gotrace_string_count(names.handle) - 1 do
    local clash = not self.entries:is_written(id) and
      words:clash(names.text_of(id))
    if clash then
      refuse("the trace itself has the word %s, which stands for another " ..
        "name; from a file, not a pipe, that is known in time", clash)
    end
  end
end

-- judge(bytes, len, words): ends the run with exit status 5 if something is left in these
-- bytes, borrowed, of a whole trace.
function Audit:judge(bytes, len, words)
  each_string(bytes, len, function(text)
    if not self:is_ours(text) then
      refuse("no rule has kept '%s', which is in its tables", shown(text))
    end
  end)
  self:check_words(words)
  local search = self:search()
  local public = self:public(search)
  search_in(search, bytes, len, function(id, place)
    if not public[id] then
      refuse("%s '%s' of the trace that is read stands in what would be, at " ..
        "byte %.0f", self:role_of(id), shown(names.text_of(id)), place)
    end
  end)
  C.gotrace_search_free(ffi.gc(search, nil))
end

local function new()
  return setmetatable({ entries = entries.new(), clipped = {}, parts = {} },
    Audit)
end

return { new = new }
