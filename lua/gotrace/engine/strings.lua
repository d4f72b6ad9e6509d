-- strings.lua: strings, frames and stacks of a run, as Lua values.
--
-- Everything is made once and cached by the engine's id, which means the same
-- in every generation and trace of the run: equal stacks are one object.
local ffi = require "ffi"
local new_table = require "table.new"
local C = require "gotrace.engine.abi"
local memory = require "gotrace.engine.memory"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"

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

-- What a script gets of a frame or a stack is a number in a C struct, which
-- refers to tables that no script sees: nothing can be assigned to it, not by
-- rawset either, and no arithmetic makes a pointer of it.
ffi.cdef [[
typedef struct gotrace_frame_object {
  const int32_t _at;
} gotrace_frame_object;
typedef struct gotrace_stack_object {
  const int32_t _at, _len;
} gotrace_stack_object;
]]

-- By _at: { func, file, line, pc }, and { leaf, root, id, frames from 1 on }.
local frame_fields, stack_fields = {}, {}
-- What is asked for most, by _at too: an array takes half the time of a field.
local funcs, leaves = {}, {}

local function refuse(message, ...)
  error(message:format(...), 3)
end

local Frame = { __metatable = false }
-- With dots, as the getters (fields.lua).
function Frame.__index(frame, key, ...)
  if key == "func" then
    return funcs[frame._at]
  end
  local value = frame_fields[frame._at][key]
  if value == nil then
    refuse('a frame has no field "%s"; it has func, file, line and pc',
      tostring(key))
  end
  return value
end
function Frame.__newindex(_, key)
  refuse("cannot set frame.%s: frames are for reading, and functions cannot " ..
    "be renamed; ev.stack = nil takes an event's stack away", tostring(key))
end
function Frame.__pairs(frame)
  return proxy.pairs_of(frame_fields[frame._at])
end
function Frame.__tostring(frame)
  local label = printable.line(frame_label(frame))
  if frame.file == "" then
    return label
  end
  return ("%s %s:%d"):format(label, printable.line(frame.file), frame.line)
end
Frame.__concat = proxy.concat
local new_frame = ffi.metatype("gotrace_frame_object", Frame)

local Stack = { __metatable = false }
function Stack.__index(stack, key, ...)
  if key == "leaf" then
    return leaves[stack._at]
  end
  local value = stack_fields[stack._at][key]
  -- Behind the last frame there is nothing, as in any array.
  if value == nil and type(key) ~= "number" then
    refuse('a stack has no field "%s"; it has leaf, root, id and frames ' ..
      "from 1 to #stack", tostring(key))
  end
  return value
end
function Stack.__newindex(_, key)
  refuse("cannot set stack.%s: stacks are for reading; ev.stack = nil takes " ..
    "an event's stack away, and another event's may take its place",
    tostring(key))
end
function Stack.__len(stack, ...)
  return stack._len
end
function Stack.__pairs(stack)
  return proxy.pairs_of(stack_fields[stack._at])
end
function Stack.__tostring(stack)
  local labels = {}
  for i, frame in ipairs(stack_fields[stack._at]) do
    labels[i] = printable.line(frame_label(frame))
  end
  return #labels > 0 and table.concat(labels, " < ") or "-"
end
Stack.__concat = proxy.concat
local new_stack = ffi.metatype("gotrace_stack_object", Stack)

local function is_stack(value)
  return ffi.istype(new_stack, value)
end

local function is_frame(value)
  return ffi.istype(new_frame, value)
end

proxy.set_kind_of_cdata(function(value)
  return is_stack(value) and "stack" or is_frame(value) and "frame" or nil
end)

-- Scripts get this function, and may call it with anything.
local function following(stack, i, ...)
  if not is_stack(stack) or type(i) ~= "number" then
    error("this goes on in a stack: for i, frame in ipairs(stack)", 2)
  end
  local frame = stack_fields[stack._at][i + 1]
  if frame then
    return i + 1, frame
  end
end

function Stack.__ipairs(stack, ...)
  return following, stack, 0
end

local function add_frame(fields)
  local at = #frame_fields + 1
  frame_fields[at], funcs[at] = fields, fields.func
  return new_frame(at)
end

local nowhere = add_frame { func = "", file = "", line = 0, pc = 0 }

-- Frames repeat from stack to stack; one object each saves most of the memory.
local function frame_of(raw)
  local pc, line = tonumber(raw.pc), tonumber(raw.line)
  local func, file = string_of(raw.func), string_of(raw.file)
  local frame = frames[pc]
  if not (frame and frame.line == line and frame.func == func and
    frame.file == file) then
    frame = add_frame { func = func, file = file, line = line, pc = pc }
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
  local at = #stack_fields + 1
  stack_fields[at], leaves[at] = fields, fields.leaf
  stacks[id] = new_stack(at, n)
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

local function has_stack(id)
  return stacks[id]
end

local function on_missed(fn)
  missed = fn
end

-- The id of a stack object; nil for whatever else.
local function id_of_stack(value)
  return is_stack(value) and stack_fields[value._at].id or nil
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
  stack_of = stack_of,
  make_stack = make_stack,
  has_stack = has_stack,
  on_missed = on_missed,
  id_of = id_of,
  id_of_stack = id_of_stack,
  is_frame = is_frame,
  each_string = each_string,
  frame_label = frame_label,
}
