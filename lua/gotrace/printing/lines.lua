-- lines.lua: lines of events that the engine makes (src/export/lines.c), where what they
-- say of an event is plain: its fields, and texts around them.
--
-- Whoever wants such lines says for each type, once, what its line has, and what the texts
-- of strings and stacks are. An event about which anything is unusual is left to Lua, which
-- makes the same line: that is the slow path, and what GOTRACE_PATHS without `lines` takes.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"
local paths = require "gotrace.engine.paths"

local DONE = tonumber(C.GOTRACE_LINES_DONE)
local FAILED = tonumber(C.GOTRACE_LINES_FAILED)
local NO_MEMORY = tonumber(C.GOTRACE_LINES_NO_MEMORY)
local NEEDS_TYPE = tonumber(C.GOTRACE_LINES_NEEDS_TYPE)
local NEEDS_TEXT = tonumber(C.GOTRACE_LINES_NEEDS_TEXT)
local PRINTED = tonumber(C.GOTRACE_LINES_PRINTED)
local SKIPPED = tonumber(C.GOTRACE_LINES_SKIPPED)

local LAST = 255 -- type

-- The columns of arguments by their kind, and of what every event has by its name.
local of_kind = { STR = C.GOTRACE_LINES_STRING_ARG,
  STACK = C.GOTRACE_LINES_STACK_ARG, GSTATUS = C.GOTRACE_LINES_GSTATUS_ARG,
  PSTATUS = C.GOTRACE_LINES_PSTATUS_ARG, NUM = C.GOTRACE_LINES_NUMBER,
  G = C.GOTRACE_LINES_ID, P = C.GOTRACE_LINES_ID, M = C.GOTRACE_LINES_ID,
  TASK = C.GOTRACE_LINES_ID }
local common = { seconds = C.GOTRACE_LINES_SECONDS, time = C.GOTRACE_LINES_TIME,
  m = C.GOTRACE_LINES_M, p = C.GOTRACE_LINES_P, g = C.GOTRACE_LINES_G,
  n = C.GOTRACE_LINES_N, off = C.GOTRACE_LINES_OFF, gen = C.GOTRACE_LINES_GEN,
  known = C.GOTRACE_LINES_KNOWN, literal = C.GOTRACE_LINES_LITERAL }
local text_kinds = {
  [tonumber(C.GOTRACE_LINES_STRING)] = "STR",
  [tonumber(C.GOTRACE_LINES_STACK)] = "STACK",
  [tonumber(C.GOTRACE_LINES_GSTATUS)] = "GSTATUS",
  [tonumber(C.GOTRACE_LINES_PSTATUS)] = "PSTATUS",
  [tonumber(C.GOTRACE_LINES_FLAG)] = "FLAG",
}

local by_printer = {} -- lines, by the function that prints the event at work

local wanted = ffi.new "uint32_t[1]"

local function check(ok)
  if not ok then
    memory.stop()
  end
end

-- What the engine has to know of a type; false: it makes no lines of that.
local function say_type(self, type)
  local steps = self.steps_of(type)
  if not steps then
    return false
  end
  C.gotrace_lines_begin(self.handle, type)
  for _, step in ipairs(steps) do
    local column = common[step.column] or of_kind[step.column]
    check(C.gotrace_lines_step(self.handle, type, step.before, #step.before,
      column, step.arg or 0))
  end
  return true
end

local function say_text(self)
  local of = C.gotrace_lines_wanted(self.handle, wanted)
  local text = self.text_of(text_kinds[of], wanted[0])
  check(C.gotrace_lines_text(self.handle, of, wanted[0], text, #text))
  return true
end

-- Does what keeps an event from being printed; false: it is Lua's.
local function settle(self, status, batch)
  if status == NEEDS_TYPE then
    return say_type(self, batch.events[batch.done].type)
  elseif status == NEEDS_TEXT then
    return say_text(self)
  end
  check(status ~= NO_MEMORY)
  return false
end
jit.off(settle)

-- The engine's part, which few runs need.
local function open(self)
  local form = ffi.new("gotrace_lines_form", {
    most = self.form.most or -1ULL,
    none = self.form.none,
    none_len = #self.form.none,
    strings = C["GOTRACE_LINES_" .. self.form.strings],
    fills_empty = self.form.fills_empty and 1 or 0,
  })
  local handle = C.gotrace_lines_new(names.handle, form)
  check(handle ~= nil)
  self.handle = ffi.gc(handle, C.gotrace_lines_free)
  self.batch = ffi.new "gotrace_lines_batch"
end
jit.off(open)

-- new { form = { strings, most, none, fills_empty }, steps_of, text_of }: lines; nil where
-- this run is to do without.
--   steps_of(type)     what the line of a type has, in order: { before = text, column = a
--                      name in `common`, or the kind of an argument, arg = its place };
--                      nil: Lua is to make it
--   text_of(kind, id)  what is shown of a string, stack, word of a status, or flag
local function new(self)
  return paths.takes "lines" and self or nil
end

-- The rest of what the batch holds, behind what status says. Not part of the loop over
-- events, which it would keep from being compiled.
local function settle_and_go_on(self, status, file)
  local batch = self.batch
  while status ~= DONE and status ~= FAILED and settle(self, status, batch) do
    status = tonumber(C.gotrace_lines_put(self.handle, batch, file))
  end
  return status ~= FAILED, batch.done
end
jit.off(settle_and_go_on)

-- put(self, events, len, gen, modes, file): as many lines of the events as there can be. Yields
-- whether they could be written, and how many events are done: the next one is Lua's, if
-- that is not all. modes: of batch_printer; nil: all are printed.
local function put(self, events, len, gen, modes, file)
  if not self.handle then
    open(self)
  end
  local batch, handle = self.batch, self.handle
  batch.events, batch.len, batch.gen, batch.done = events, len, gen, 0
  batch.modes = modes
  local status = tonumber(C.gotrace_lines_put(handle, batch, file))
  if status == DONE then
    return true, len
  elseif status == FAILED then
    return false, batch.done
  end
  local ok, done = settle_and_go_on(self, status, file)
  return ok, done
end

-- note_printer(self, print): print(ev) prints such a line.
local function note_printer(self, print)
  by_printer[print] = self
end

-- What is done with the types where events go to these functions: those of one that has
-- lines are printed; yields them, the modes, and whether there are any.
local function modes_of(handlers)
  local modes, lines = ffi.new "uint8_t[256]", nil
  for type = 1, LAST do
    local handler = handlers[type]
    local own = handler and by_printer[handler]
    lines = lines or own
    if not handler then
      modes[type] = SKIPPED
    elseif own and own == lines then
      modes[type] = PRINTED
    end
  end
  return lines, modes
end

-- batch_printer(handlers, print): a function that does with the events of a batch from
-- `first` on, to `last`, what the handlers would; nil where none of these prints lines.
--   print(lines, events, len, gen, modes)  prints, and yields how many are done
--   one(batch, handlers, first, last)      what calls handlers
local function batch_printer(handlers, print, one)
  local lines, modes = modes_of(handlers)
  if not lines then
    return nil
  end
  return function(batch, first, last)
    local i = first
    while i < last do
      i = i + print(lines, batch.events + i, last - i, batch.gen, modes)
      if i < last then
        one(batch, handlers, i, i + 1)
        i = i + 1
      end
    end
  end
end

return { new = new, put = put, note_printer = note_printer,
  batch_printer = batch_printer }
