-- output.lua: what is printed: to standard output, buffered, or to standard
-- error where a trace goes out through the other; and how its failure ends the
-- run.
local ffi = require "ffi"
local buffer = require "string.buffer"
local errors = require "gotrace.base.errors"
local ev = require("gotrace.event.event").ev
local cur = require("gotrace.event.fields").cur
local line = require "gotrace.event.event_line"
local event_row = require "gotrace.tables.event_row"
local printable = require "gotrace.base.printable"
local printed_as = require "gotrace.tables.printed"
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

-- is_terminal(fd): whether what is printed, or another file, is seen at once.
local function is_terminal(other)
  return ffi.C.isatty(other or fd) == 1
end

-- columns(): how wide the terminal is that is printed to; nil: it is none.
local function columns()
  local size = ffi.new "struct gotrace_winsize"
  local known = is_terminal() and
    ffi.C.ioctl(fd, TIOCGWINSZ, size) == 0
  return known and size.col > 0 and size.col or nil
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

-- The line of the event at work, and its object.
local function print_event()
  lines:reset()
  line.put(lines, cur)
  lines:put "\n"
  put_buffer(lines)
end
local function print_object()
  lines:reset()
  event_row.put_json(lines, cur)
  lines:put "\n"
  put_buffer(lines)
end

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

-- The print of a script, and what prints the event at work, in the form of -F.
local function printer()
  return event_row.style() == "text" and print or print_in_form
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
  printer = printer,
  event_printer = event_printer,
  write = write,
  put = put,
  put_buffer = put_buffer,
  flush = flush,
  has_failed = has_failed,
  has_printed = has_printed,
  is_pending = is_pending,
}
