-- strings.lua: strings, frames and stacks of a run, as Lua values (stacks.lua has the
-- objects).
--
-- Everything is made once and cached by the engine's id, which means the same
-- in every generation and trace of the run: equal stacks are one object.
local ffi = require "ffi"
local new_table = require "table.new"
local C = require "gotrace.engine.abi"
local memory = require "gotrace.engine.memory"
local objects = require "gotrace.engine.stacks"

local names = ffi.gc(C.gotrace_names_new(), C.gotrace_names_free)
if names == nil then
  memory.stop()
end

-- By id; false: not made yet. They are arrays from the start: code that was
-- compiled for a hash is not good for an array, and is thrown away too late.
local strings, stacks = new_table(1024, 0), new_table(1024, 0)
strings[0] = ""
local frames = {} -- by pc: the last frame seen there
local len = ffi.new "uint32_t[1]"

-- Ids are dense, but do not come in their order. What is filled from its begin
-- on is an array, and an array is faster than a hash.
local function fill(list, id)
  for i = #list + 1, id + math.floor(id / 8) do
    list[i] = false
  end
end

local function make_string(id)
  if strings[id] == nil then
    fill(strings, id)
  end
  local at = C.gotrace_string(names, id, len)
  local s = ffi.string(at, len[0])
  strings[id] = s
  return s
end

-- With dots, as the getters that call it (fields.lua).
local function string_of(id, ...)
  return strings[id] or (make_string(id))
end

-- text_of(id): the same, and nothing is kept of it: for who goes through all of them.
local function text_of(id)
  local at = C.gotrace_string(names, id, len)
  return ffi.string(at, len[0])
end

local ids = {}
local interned = ffi.new "uint32_t[1]"

-- intern(s): the id of a string; nothing is kept of it here.
local function intern(s)
  if not C.gotrace_intern(names, s, #s, interned) then
    memory.stop()
  end
  return interned[0]
end

-- The id of a string that a script made.
local function id_of(s)
  local known = ids[s]
  if not known then
    known = intern(s)
    ids[s] = known
  end
  return known
end

local nowhere = objects.new_frame { func = "", file = "", line = 0, pc = 0 }

-- Frames repeat from stack to stack; one object each saves most of the memory.
local function frame_of(raw)
  local pc, line = tonumber(raw.pc), tonumber(raw.line)
  local func, file = string_of(raw.func), string_of(raw.file)
  local frame = frames[pc]
  if not (frame and frame.line == line and frame.func == func and
    frame.file == file) then
    frame = objects.new_frame { func = func, file = file, line = line, pc = pc }
    frames[pc] = frame
  end
  return frame
end

local function make_stack(id)
  local n = C.gotrace_stack_len(names, id)
  local fields = { id = id, leaf = nowhere, root = nowhere }
  for i = 0, n - 1 do
    fields[i + 1] = frame_of(C.gotrace_stack_frame(names, id, i))
  end
  if n > 0 then
    fields.leaf, fields.root = fields[1], fields[n]
  end
  if stacks[id] == nil then
    fill(stacks, id)
  end
  stacks[id] = objects.new(fields, n)
  return stacks[id]
end

-- Done once for each stack, and full of branches: what LuaJIT made of it would
-- only tear the code of the loop over events apart.
jit.off(make_stack)
jit.off(frame_of)
jit.off(fill)

local missed -- what to do when a stack was asked for that was not there

local function miss_stack(id)
  if missed then
    missed()
  end
  return stacks[id] or make_stack(id)
end

local function stack_of(id, ...)
  return stacks[id] or (miss_stack(id))
end

-- known_stack(id): the same, of a stack that is no event's at hand: no other is made for it.
local function known_stack(id)
  return stacks[id] or make_stack(id)
end

-- leaf_of(id): the function's name and pc of its innermost frame; no stack is made for it.
local function leaf_of(id)
  if C.gotrace_stack_len(names, id) == 0 then
    return "", 0
  end
  local raw = C.gotrace_stack_frame(names, id, 0)
  return string_of(raw.func), tonumber(raw.pc)
end

local function has_stack(id)
  return stacks[id]
end

local function on_missed(fn)
  missed = fn
end

-- each_string(): an iterator over the strings of the trace that was opened last,
-- as far as it has been read.
local function each_string()
  local id, count = 0, C.gotrace_string_count(names)
  return function()
    repeat
      id = id + 1
    until id >= count or C.gotrace_has_string(names, id)
    if id < count then
      return string_of(id)
    end
  end
end

return {
  handle = names,
  string_of = string_of,
  text_of = text_of,
  stack_of = stack_of,
  make_stack = make_stack,
  has_stack = has_stack,
  known_stack = known_stack,
  leaf_of = leaf_of,
  on_missed = on_missed,
  intern = intern,
  id_of = id_of,
  each_string = each_string,
}
