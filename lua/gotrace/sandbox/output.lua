-- output.lua: what is printed: to standard output, buffered, or to standard
-- error where a trace goes out through the other; and how its failure ends the
-- run.
local ffi = require "ffi"
local buffer = require "string.buffer"
local errors = require "gotrace.base.errors"
local ev = require("gotrace.event.event").ev
local cur = require("gotrace.event.fields").cur
local json_lines = require "gotrace.printing.columns"
local line = require "gotrace.event.event_line"
local engine_lines = require "gotrace.printing.lines"
local event_row = require "gotrace.printing.event_row"
local printable = require "gotrace.base.printable"
local printed_as = require "gotrace.printing.printed"
local tables = require "gotrace.tables.object"

ffi.cdef [[
int isatty(int fd);
int ioctl(int fd, unsigned long request, ...);
struct gotrace_winsize {
  unsigned short row, col, xpixel, ypixel;
};
size_t gotrace_fwrite(const void *data, size_t size, size_t n, void *file)
  __asm__("fwrite");
char *strerror(int code);
]]

local out, fd = io.stdout, 1
out:setvbuf("full", 65536)

local rawequal, select, tostring, type = rawequal, select, tostring, type
local EPIPE = 32
-- Linux has two numbers for it.
local other_number = jit.arch:find "^mips" or jit.arch:find "^ppc"
local TIOCGWINSZ = other_number and 0x40087468 or 0x5413

local pending = false -- printed and not flushed
local printed = false -- and flushed
local insisting = false -- a reader that has seen enough is a failure, too
local failure -- of the first write that failed: { message, errno }
local told = false -- the failure was: once is enough

-- From now on everything printed goes to standard error. errors.warn and the
-- progress flush what they write there.
local function use_stderr()
  out, fd = io.stderr, 2
  out:setvbuf("full", 65536)
  io.output(out)
end

-- For a run that has more to do than to print: it must not end as if it had.
local function insist()
  insisting = true
end

local known -- of standard output: { is_terminal, columns }, where it is another one now

-- is_terminal(fd): whether what is printed, or another file, is seen at once.
local function is_terminal(other)
  if known and (other or fd) == 1 then
    return known.is_terminal
  end
  return ffi.C.isatty(other or fd) == 1
end

-- columns(): how wide the terminal is that is printed to; nil: it is none.
local function columns()
  if known then
    return known.columns
  end
  local size = ffi.new "struct gotrace_winsize"
  local is_known = is_terminal() and
    ffi.C.ioctl(fd, TIOCGWINSZ, size) == 0
  return is_known and size.col > 0 and size.col or nil
end

-- remember_terminal(): what is printed from now on goes to a pipe, and from there to where it
-- would go now.
local function remember_terminal()
  known = { is_terminal = is_terminal(1), columns = columns() }
end

-- What io says of a write, or what errno does.
local function note(ok, why, code)
  if not ok then
    code = code or ffi.errno()
    why = why or ffi.string(ffi.C.strerror(code))
    failure = failure or { why = why, code = code }
  end
end

-- tostring, without what no terminal may get. Numbers have none of it.
local function shown(value)
  if type(value) == "number" then
    return tostring(value)
  end
  return printable.text(tostring(value))
end

-- All values become text before the first is written: a script's __tostring may
-- print, err or yield.
local function print_several(n, ...)
  local texts = {}
  for i = 1, n do
    texts[i] = shown((select(i, ...)))
  end
  note(out:write(table.concat(texts, "\t"), "\n"))
end

local lines = buffer.new()

-- Writes a string.buffer, of which no string is made; it is fit to be shown.
local function put_buffer(text)
  pending = true
  local at, len = text:ref()
  note(ffi.C.gotrace_fwrite(at, 1, len, out) == len)
end

-- line_printer(lines, slow): a function that prints the event at work: by lines of the
-- engine, if there are any (printing/lines.lua), and what these do not take by slow().
local function line_printer(by_engine, slow)
  if not by_engine then
    return slow
  end
  local function print_line()
    pending = true
    local ok, done = engine_lines.put(by_engine, cur.e, 1, cur.gen, nil, out)
    note(ok)
    if ok and done == 0 then
      slow()
    end
  end
  engine_lines.note_printer(by_engine, print_line)
  return print_line
end

-- put_lines(lines, events, len, gen, modes): how many of the events are done, as
-- engine_lines.batch_printer wants it.
local function put_lines(by_engine, events, len, gen, modes)
  local ok, done = engine_lines.put(by_engine, events, len, gen, modes, out)
  pending = pending or by_engine.batch.printed ~= 0
  note(ok)
  return ok and done or len
end

-- The line of the event at work, and its object.
local event_lines = engine_lines.new {
  form = { strings = "QUOTED", none = "-" },
  steps_of = line.steps_of,
  text_of = line.text_of,
}
local print_event = line_printer(event_lines, function()
  lines:reset()
  line.put(lines, cur)
  lines:put "\n"
  put_buffer(lines)
end)
local object_lines = json_lines.objects()
local print_object = line_printer(object_lines, function()
  lines:reset()
  event_row.put_json(lines, cur)
  lines:put "\n"
  put_buffer(lines)
end)

-- print under another form than text.
local function print_in_form(...)
  local value = ...
  if select("#", ...) == 1 and rawequal(value, ev) and
    event_row.style() == "json" then
    print_object()
    return
  end
  pending = true
  local text = printed_as.line(select("#", ...), ...)
  note(text == nil or out:write(text, "\n"))
end

-- print and io.write of the scripts, which end lines and set tabs, and steer no
-- terminal: what a trace says comes out here. A failure ends the run at the next
-- batch.
-- One value is the common case, and a loop would keep it from being compiled
-- into the loop over events.
local function print(...)
  pending = true
  local n = select("#", ...)
  if n > 1 then
    print_several(n, ...)
  elseif n == 1 then
    local value = ...
    if rawequal(value, ev) then
      print_event()
    else
      local text = shown(value)
      note(out:write(text, "\n"))
    end
  else
    note(out:write "\n")
  end
end

-- The print of a script, and what prints the event at work, in the form of -F. A hook may be
-- such a print.
local function printer()
  local style = event_row.style()
  local chosen = style == "text" and print or print_in_form
  local by_engine = style == "text" and event_lines or
    style == "json" and object_lines
  if by_engine then
    engine_lines.note_printer(by_engine, chosen)
  end
  return chosen
end
local function event_printer()
  local style = event_row.style()
  return style == "text" and print_event or
    style == "json" and print_object or print_in_form
end

local function check(...)
  for i = 1, select("#", ...) do
    local kind = type((select(i, ...)))
    if kind ~= "string" and kind ~= "number" then
      error("io.write wants strings and numbers, not " .. kind, 3)
    end
  end
end

local function write_several(...)
  check(...)
  for i = 1, select("#", ...) do
    note(out:write(shown((select(i, ...)))))
  end
end

local function write(...)
  pending = true
  local value = ...
  if select("#", ...) == 1 and type(value) == "string" then
    note(out:write(printable.text(value)))
  else
    write_several(...)
  end
end

-- Writes strings that are fit to be shown already: tables and rows of -p, of
-- which CSV has carriage returns of its own.
local function put(...)
  pending = true
  note(out:write(...))
end

tables.set_put(put)

-- Everything printed so far is written, or the run ends: with exit status 5,
-- and quietly with 0 when the reader of a pipe has seen enough.
local function flush()
  printed = printed or pending
  pending = false
  note(out:flush())
  if not failure then
    return
  elseif failure.code == EPIPE and not insisting then
    errors.stop(errors.status.done, "")
  end
  local text = told and "" or "cannot write the output: " .. failure.why
  told = true
  errors.stop(errors.status.output, "%s", text)
end

-- Whether a write has failed: there is no point in going on.
local function has_failed()
  return failure ~= nil
end

-- Whether anything has been printed at all.
local function has_printed()
  return printed or pending
end

local function is_pending()
  return pending
end

return {
  use_stderr = use_stderr,
  insist = insist,
  is_terminal = is_terminal,
  columns = columns,
  remember_terminal = remember_terminal,
  printer = printer,
  event_printer = event_printer,
  write = write,
  put = put,
  put_buffer = put_buffer,
  line_printer = line_printer,
  put_lines = put_lines,
  flush = flush,
  has_failed = has_failed,
  has_printed = has_printed,
  is_pending = is_pending,
}
