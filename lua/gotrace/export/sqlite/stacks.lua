-- stacks.lua: the tables of stacks, frames and functions of a database: of those that
-- its rows refer to, when all rows are there.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local names = require "gotrace.engine.strings"
local printable = require "gotrace.base.printable"

local EXACT = 2 ^ 53 -- whole numbers up to there are exact
local LONGEST = 2 ^ 20 -- bytes of a folded stack

local int64 = ffi.typeof "int64_t"

local function key_of(n)
  return n < EXACT and tonumber(n) or tostring(n)
end

local function child(node, key)
  node[key] = node[key] or {}
  return node[key]
end

local function text_of(known, id)
  known.texts[id] = known.texts[id] or printable.line(names.string_of(id))
  return known.texts[id]
end

local function function_of(self, known, frame)
  local by_file = child(known.functions, frame.func)
  if not by_file[frame.file] then
    known.function_count = known.function_count + 1
    by_file[frame.file] = known.function_count
    self.functions:add(known.function_count, text_of(known, frame.func),
      text_of(known, frame.file))
  end
  return by_file[frame.file]
end

local function frame_of(self, known, frame)
  local number = function_of(self, known, frame)
  local by_pc = child(child(known.frames, number), key_of(frame.line))
  local pc = key_of(frame.pc)
  if not by_pc[pc] then
    known.frame_count = known.frame_count + 1
    by_pc[pc] = known.frame_count
    self.frames:add(known.frame_count, int64(frame.pc), number,
      int64(frame.line))
  end
  return by_pc[pc]
end

-- The functions from root to leaf, parted by semicolons. What would be longer than a cell
-- should be ends in dots.
local function folded(list)
  local text = table.concat(list, ";")
  if #text <= LONGEST then
    return text
  end
  return printable.line(text:sub(1, LONGEST)) .. "..."
end

local function add_stack(self, known, id)
  local n = C.gotrace_stack_len(names.handle, id)
  local list, rows = {}, {}
  for i = 0, n - 1 do
    local frame = C.gotrace_stack_frame(names.handle, id, i)
    rows[i] = frame_of(self, known, frame)
    list[n - i] = text_of(known, frame.func):gsub(";", "_")
  end
  self.stacks:add(id, folded(list))
  for i = 0, n - 1 do
    self.stack_frames:add(id, i, rows[i])
  end
end

-- add(self): self: the database's inserters, and its handle `db`.
local function add(self)
  local known = { functions = {}, frames = {}, texts = {}, function_count = 0,
    frame_count = 0 }
  local id = ffi.new("uint32_t[1]", 0)
  while C.gotrace_sqlite_next_stack(self.db, id) do
    add_stack(self, known, id[0])
    id[0] = id[0] + 1
  end
end

return { add = add }
