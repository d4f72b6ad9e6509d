-- names.lua: strings, frames and stacks of a run, as Lua values.
--
-- Everything is made once and cached by the engine's id, which means the same
-- in every generation and trace of the run: equal stacks are one table.
local ffi = require "ffi"
local new_table = require "table.new"
local C = require "gotrace.abi"
local memory = require "gotrace.memory"
local printable = require "gotrace.printable"

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

local ids = {}
local interned = ffi.new "uint32_t[1]"

-- The id of a string that a script made.
local function id_of(s)
  local known = ids[s]
  if known then
    return known
  elseif not C.gotrace_intern(names, s, #s, interned) then
    memory.stop()
  end
  ids[s] = interned[0]
  return interned[0]
end

-- Names of what has no name: Go 1.5 knows only where, and the empty stack does
-- not even know that.
local function frame_label(frame)
  if frame.func ~= "" then
    return frame.func
  end
  return frame.pc > 0 and ("0x%x"):format(frame.pc) or "-"
end

local Frame = { __metatable = false }
function Frame.__index(_, key)
  error(('a frame has no field "%s"; it has func, file, line and pc')
    :format(tostring(key)), 2)
end
function Frame.__tostring(frame)
  local label = printable.line(frame_label(frame))
  if frame.file == "" then
    return label
  end
  return ("%s %s:%d"):format(label, printable.line(frame.file), frame.line)
end

local Stack = { __metatable = false }
function Stack.__index(_, key)
  -- Behind the last frame there is nothing, as in any array.
  if type(key) ~= "number" then
    error(('a stack has no field "%s"; it has leaf, root, id and frames ' ..
      "from 1 to #stack"):format(tostring(key)), 2)
  end
end
function Stack.__tostring(stack)
  local labels = {}
  for i, frame in ipairs(stack) do
    labels[i] = printable.line(frame_label(frame))
  end
  return #labels > 0 and table.concat(labels, " < ") or "-"
end

local nowhere = setmetatable({ func = "", file = "", line = 0, pc = 0 }, Frame)

-- Frames repeat from stack to stack; one table each saves most of the memory.
local function frame_of(raw)
  local pc, line = tonumber(raw.pc), tonumber(raw.line)
  local func, file = string_of(raw.func), string_of(raw.file)
  local frame = frames[pc]
  if not (frame and frame.line == line and frame.func == func and
    frame.file == file) then
    frame = setmetatable({ func = func, file = file, line = line, pc = pc },
      Frame)
    frames[pc] = frame
  end
  return frame
end

local function make_stack(id)
  local n = C.gotrace_stack_len(names, id)
  local stack = { id = id, leaf = nowhere, root = nowhere }
  for i = 0, n - 1 do
    stack[i + 1] = frame_of(C.gotrace_stack_frame(names, id, i))
  end
  if n > 0 then
    stack.leaf, stack.root = stack[1], stack[n]
  end
  if stacks[id] == nil then
    fill(stacks, id)
  end
  stacks[id] = setmetatable(stack, Stack)
  return stack
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

local function has_stack(id)
  return stacks[id]
end

local function on_missed(fn)
  missed = fn
end

-- The id of a stack object; nil if it is none of ours, whatever it says.
local function id_of_stack(stack)
  local its = type(stack) == "table" and rawget(stack, "id")
  return its and stacks[its] == stack and its or nil
end

local function string_count()
  return C.gotrace_string_count(names)
end

return {
  handle = names,
  string_of = string_of,
  stack_of = stack_of,
  make_stack = make_stack,
  has_stack = has_stack,
  on_missed = on_missed,
  id_of = id_of,
  id_of_stack = id_of_stack,
  string_count = string_count,
  frame_label = frame_label,
}
