-- stacks.lua: stacks and frames as scripts have them: objects to read, compare and ask.
--
-- Whoever makes them (strings.lua) makes one for each stack and frame there is.
local ffi = require "ffi"
local packages = require "gotrace.engine.packages"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local stack_pattern = require "gotrace.engine.stack_pattern"

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

-- What follows from the fields of a frame or a stack, worked out when it is asked for:
-- remembered(fn) is fn of what is at a place, once for each.
local function remembered(fn)
  local known = {}
  return function(at)
    local value = known[at]
    if value == nil then
      value = fn(at)
      known[at] = value
    end
    return value
  end
end

local of_frame = {
  pkg = remembered(function(at)
    return packages.package_of(funcs[at])
  end),
  std = remembered(function(at)
    local fields = frame_fields[at]
    return packages.is_standard(fields.func, fields.file)
  end),
}

local Frame = { __metatable = false }
-- With dots, as the getters (fields.lua).
function Frame.__index(frame, key, ...)
  if key == "func" then
    return funcs[frame._at]
  elseif of_frame[key] then
    return (of_frame[key](frame._at))
  end
  local value = frame_fields[frame._at][key]
  if value == nil then
    refuse('a frame has no field "%s"; it has func, file, line, pc, pkg and ' ..
      "std", tostring(key))
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
local frame_object = ffi.metatype("gotrace_frame_object", Frame)

-- The first frame of a package that is not Go's own, else the leaf.
local user_frame = remembered(function(at)
  for _, frame in ipairs(stack_fields[at]) do
    if frame.pkg ~= "" and not frame.std then
      return frame
    end
  end
  return leaves[at]
end)

-- From the root to the leaf, as flame graphs take it: what parts frames and lines there
-- is in none.
local folded = remembered(function(at)
  local labels, fields = {}, stack_fields[at]
  for i = #fields, 1, -1 do
    local label = frame_label(fields[i]):gsub("[;%c]", "_")
    labels[#labels + 1] = label
  end
  return table.concat(labels, ";")
end)

-- By text: { pattern, of each stack by _at whether it is found }. Patterns are few; a
-- script that makes them up as it goes is not to fill the memory with them.
local MOST_PATTERNS = 1000
local patterns, pattern_count = {}, 0

local function new_pattern(text)
  if type(text) ~= "string" then
    error("a pattern for stacks is a string, not " .. proxy.kind(text), 4)
  end
  local pattern, why = stack_pattern.compile(text)
  if not pattern then
    error(("the pattern '%s': %s"):format(printable.line(text), why), 4)
  elseif pattern_count == MOST_PATTERNS then
    patterns, pattern_count = {}, 0
  end
  pattern_count = pattern_count + 1
  patterns[text] = remembered(function(at)
    local fields = stack_fields[at]
    return stack_pattern.matches(pattern, #fields, function(i)
      return fields[i] and fields[i].func
    end)
  end)
  return patterns[text]
end

-- Scripts get these, and may call them with anything.
local methods = {}

local stack_type = ffi.typeof "gotrace_stack_object"

local function at_of(stack, name)
  if not ffi.istype(stack_type, stack) then
    error(("call it with a colon: stack:%s()"):format(name), 3)
  end
  return stack._at
end

function methods.match(stack, text, ...)
  local at = at_of(stack, "match")
  if select("#", ...) > 0 then
    text = table.concat({ text, ... }, " ")
  end
  return ((patterns[text] or new_pattern(text))(at))
end

-- word_problem(word): what is wrong with what `has` is given; nil if nothing is.
local function word_problem(word)
  local is_word = type(word) == "string" and word:find "^%S+$"
  if not is_word or word:find "^[*^$]+$" then
    return "has wants one function, such as \"sync.(*Mutex).Lock\", or a " ..
      "package: \"net/http.*\""
  end
end

function methods.has(stack, word, ...)
  local at, why = at_of(stack, "has"), word_problem(word)
  if why then
    error(why, 2)
  end
  return ((patterns[word] or new_pattern(word))(at))
end

function methods.folded(stack, ...)
  return (folded(at_of(stack, "folded")))
end

local Stack = { __metatable = false }
function Stack.__index(stack, key, ...)
  if key == "leaf" then
    return leaves[stack._at]
  end
  local value = stack_fields[stack._at][key]
  if value == nil and key == "user" then
    return (user_frame(stack._at))
  elseif value == nil and methods[key] then
    return methods[key]
  end
  -- Behind the last frame there is nothing, as in any array.
  if value == nil and type(key) ~= "number" then
    refuse('a stack has no field "%s"; it has leaf, root, user, id, frames ' ..
      "from 1 to #stack, and has, match and folded", tostring(key))
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
local stack_object = ffi.metatype("gotrace_stack_object", Stack)

local function is_stack(value)
  return ffi.istype(stack_object, value)
end

local function is_frame(value)
  return ffi.istype(frame_object, value)
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

-- new_frame(fields): the object of { func, file, line, pc }, which nobody changes any
-- more.
local function new_frame(fields)
  local at = #frame_fields + 1
  frame_fields[at], funcs[at] = fields, fields.func
  return frame_object(at)
end

-- new(fields, n): the object of { leaf, root, id, and n frames from 1 on }.
local function new(fields, n)
  local at = #stack_fields + 1
  stack_fields[at], leaves[at] = fields, fields.leaf
  return stack_object(at, n)
end

-- id_of(value): the id of a stack object; nil for whatever else.
local function id_of(value)
  return is_stack(value) and stack_fields[value._at].id or nil
end

return {
  new = new,
  new_frame = new_frame,
  id_of = id_of,
  is_frame = is_frame,
  word_problem = word_problem,
  frame_label = frame_label,
}
