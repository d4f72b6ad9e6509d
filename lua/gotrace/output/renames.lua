-- renames.lua: on.string and on.stack: what is written in place of the trace's names
-- and stacks. The engine asks once for each of those that the output has, before it
-- writes them (gotrace.h, gotrace_writer_translate); events stay as they are.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"
local pipeline = require "gotrace.script.pipeline"
local proxy = require "gotrace.base.proxy"

local STACK = tonumber(C.GOTRACE_ROLE_STACK)
local words = {
  FUNC = "func", FILE = "file", REASON = "reason", STW = "stw",
  LABEL = "label", TASK = "task", REGION = "region", LOG_KEY = "logkey",
  LOG_VALUE = "logvalue", EXPERIMENT = "experiment",
}
local roles = {} -- by the engine's number
for name, word in pairs(words) do
  roles[tonumber(C["GOTRACE_ROLE_" .. name])] = word
end

local MOST_FRAMES = 128 -- Go's, internal/trace/tracev2/spec.go
-- A frame that a script made has no place in the program. Go's tools take frames
-- of one place for one frame, so that each gets a place of its own.
local FIRST_PC, PC_STEP = 0x1000, 16
local made_pcs, made = {}, 0 -- by func, file and line

local function pc_of(func, file, line)
  local key = ("%s\0%s\0%d"):format(func, file, line)
  if not made_pcs[key] then
    made_pcs[key] = FIRST_PC + made * PC_STEP
    made = made + 1
  end
  return made_pcs[key]
end

-- What a hook may not return; it has returned by now, so that its script is named.
local function refuse(stage, text, ...)
  error(("%s: %s"):format(stage.name, text:format(...)), 0)
end

local function field(stage, frame, name, kind, default)
  local value = frame[name]
  if value == nil then
    return default
  elseif type(value) ~= kind then
    refuse(stage, "on.stack returned a frame whose %s is a %s, not a %s", name,
      proxy.kind(value), kind)
  end
  return value
end

local function put_frame(stage, to, frame)
  if type(frame) ~= "table" then
    refuse(stage, "on.stack returns frames, {func =, file =, line =}, not %s",
      proxy.kind(frame))
  end
  local func = field(stage, frame, "func", "string", "")
  local file = field(stage, frame, "file", "string", "")
  local line = field(stage, frame, "line", "number", 1)
  if not (line >= 0 and line < 2 ^ 31 and line == math.floor(line)) then
    refuse(stage, "on.stack returned a frame whose line is %s", tostring(line))
  end
  to.func, to.file = names.id_of(func), names.id_of(file)
  local pc = field(stage, frame, "pc", "number", 0)
  if not (pc >= 0 and pc < 2 ^ 53 and pc == math.floor(pc)) then
    refuse(stage, "on.stack returned a frame whose pc is %s", tostring(pc))
  end
  to.line, to.pc = line, pc > 0 and pc or pc_of(func, file, line)
end

local interned = ffi.new "uint32_t[1]"

local function stack_id(stage, list)
  local n = math.min(#list, MOST_FRAMES)
  local frames = ffi.new("gotrace_frame[?]", n)
  for i = 1, n do
    put_frame(stage, frames[i - 1], list[i])
  end
  if n == 0 then
    return 0
  elseif not C.gotrace_intern_stack(names.handle, frames, n, interned) then
    memory.stop()
  end
  return interned[0]
end

-- By hook: what it is called with, what it may return, and the id of that. Each is asked
-- for once, so that no string is kept.
local kinds = {
  string = { value_of = names.text_of, type = "string",
    wanted = "a string, nothing to keep it, or false for an empty one",
    id_of = function(_, text)
      return names.intern(text)
    end },
  stack = { value_of = names.known_stack, type = "table",
    wanted = "a list of frames, nothing to keep the stack, or false for none",
    id_of = stack_id },
}

-- What becomes of a name or a stack in one script: its id, 0 for none.
local function change(stage, hook, id, role)
  local kind = kinds[hook]
  local value = stage.hooks[hook](kind.value_of(id), role)
  if value == nil then
    return id
  elseif value == false then
    return 0
  elseif type(value) ~= kind.type then
    refuse(stage, "on.%s returns %s, not a %s", hook, kind.wanted,
      proxy.kind(value))
  end
  return kind.id_of(stage, value)
end

-- In a pipeline each script has what those before it have made.
local function becomes(stages, hook, id, role)
  for _, stage in ipairs(stages) do
    if id == 0 then
      break
    end
    id = change(stage, hook, id, role)
  end
  return id
end

local count = ffi.new "size_t[1]"

-- answer(writer, stages): when the engine has said GOTRACE_NAMES. What is in a stack is
-- asked for when it is known what becomes of the stack.
local function answer(writer, stages)
  local list = C.gotrace_writer_unknown(writer, count)
  local hook, asked
  while count[0] > 0 do
    for i = 0, tonumber(count[0]) - 1 do
      local name = list[i]
      local role = tonumber(name.role)
      local is_of = role == STACK and "stack" or "string"
      if is_of ~= hook then
        hook, asked = is_of, pipeline.with_hook(stages, is_of)
      end
      local id = becomes(asked, hook, tonumber(name.id), roles[role])
      if not C.gotrace_writer_name(writer, name, id) then
        memory.stop()
      end
    end
    list = C.gotrace_writer_unknown(writer, count)
  end
end

return { answer = answer }
