-- progress.lua: a line on stderr while a long run goes on: how much of its files has been read,
-- how fast, and how long that will still take.
--
-- Bytes are those of the files as they lie there. What has been read and waits for its events to
-- be delivered counts for a little: a generation is read whole before its first event comes.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local format = require "gotrace.printing.format"
local host = require "gotrace.engine.host"
local output = require "gotrace.sandbox.output"

ffi.cdef [[
struct gotrace_timespec { long sec, nsec; };
int clock_gettime(int clock, struct gotrace_timespec *at);
]]

local MONOTONIC = 1
local EVERY = 0.1 -- seconds from one line to the next
local PATIENCE = 1 -- seconds until the first, where it was not asked for
local WARM = 0.5 -- seconds of events that tell nothing: hooks are being compiled
local SURE = 0.5 -- ... and behind them those that tell how long the rest takes
local OF_READING = 0.2 -- what reading counts for
local at = ffi.new "struct gotrace_timespec"
local how_far = ffi.new "gotrace_progress"

-- now(): seconds, from whenever on.
local function now()
  ffi.C.clock_gettime(MONOTONIC, at)
  return tonumber(at.sec) + tonumber(at.nsec) / 1e9
end

local is_terminal = output.is_terminal

-- On a terminal after a second, or wherever it was asked for.
local function wanted(options)
  return not (options.quiet or options.no_meter) and
    (options.progress or is_terminal(2))
end

-- size_of(path): its bytes; nil where nobody knows how many come.
local function size_of(path)
  local file = host.kind(path) == "file" and io.open(path, "rb")
  local size = file and file:seek "end" or nil
  if file then
    file:close()
  end
  return size
end

-- Bytes before each of the paths, and behind the last; nil: of one they are not known.
local function places(paths)
  local list, sum = { 0 }, 0
  for i, path in ipairs(paths) do
    sum = sum + (size_of(path) or math.huge)
    list[i + 1] = sum
  end
  return sum < math.huge and list or nil
end

-- In a run: { began, due: when a line is, n: files, before: bytes before each of them, at: which
-- one is being read, passes: how often it will be, pass: how often it was, part: how much of it
-- has been read, shown: a line is there, most: the largest share that was shown, started: since when
-- events come as they will, and `from` which byte on, ends_early: not all is read }.
local Meter = {}
Meter.__index = Meter

-- start(options, paths): one for all of these; it never shows anything where nobody wants it.
local function start(options, paths)
  local t = now()
  local delay = options.progress and 0 or PATIENCE
  local due = wanted(options) and t + delay or math.huge
  return setmetatable({ began = t, due = due, shown = false, n = #paths,
    at = 1, passes = 1, pass = 0, most = 0, part = 0, paths = paths,
    ends_early = options.to ~= nil }, Meter)
end

-- telling(say): one that shows nothing, and says how many bytes have been read of the file.
local function telling(say)
  return setmetatable({ due = now(), say = say, at = 1, passes = 1, pass = 0,
    part = 0 }, Meter)
end

-- file(i): path i is being read.
function Meter:file(i)
  self.at, self.passes, self.pass, self.part = i, 1, 0, 0
end

-- plan(passes): how often that file is going to be read.
function Meter:plan(passes)
  self.passes, self.pass = passes, 0
end

-- more(passes): and so many times more.
function Meter:more(passes)
  self.passes = self.passes + passes
end

-- begin(handle): it is read, from its begin or where the trace before it ended.
function Meter:begin(handle)
  self.started, self.from = nil, nil
  if self.due < math.huge then
    C.gotrace_report_progress(handle)
  end
end

-- finish(handle): it has been read.
function Meter:finish(handle)
  self.pass = self.pass + 1
  self.part = math.min(self.pass / self.passes, 1)
  if self.say then
    C.gotrace_progress_of(handle, how_far)
    self.say(self.part * tonumber(how_far.size))
  end
end

-- Whether it is time to show something again.
function Meter:is_due()
  if self.due == math.huge then
    return false
  end
  local t = now()
  if t < self.due then
    return false
  end
  self.due = t + EVERY
  return true
end

-- Bytes of all files; nil: not known.
local function all_bytes(self)
  if self.paths then
    self.before, self.paths = places(self.paths), nil
  end
  return self.before and self.before[self.n + 1]
end

local function show(self, line)
  self.shown = true
  io.stderr:write("\r", line, "\27[K")
  io.stderr:flush()
end

-- Seconds that are left of a file of that many bytes, and of all behind it, as far as the last
-- pass over it tells; nil: it does not.
local function left(self, t, size)
  local done = tonumber(how_far.done)
  if done > 0 and not self.started then
    self.started = t
  end
  if not self.from and self.started and t - self.started >= WARM then
    self.started, self.from = t, done
  end
  local seconds = self.from and t - self.started or 0
  if seconds < SURE or done <= self.from or self.ends_early or
    self.pass < self.passes - 1 then
    return nil
  end
  local here = (size - done) * seconds / (done - self.from)
  local all = self.before[self.n + 1]
  local others = all - self.before[self.at + 1]
  local so_far = self.before[self.at] + self.part * size
  return here + (others > 0 and others * (t - self.began) / so_far or 0)
end

-- What is shown of a share of all bytes.
local function text_of(self, t, share, rest)
  local all = self.before[self.n + 1]
  local done = share * all
  local rate = done / math.max(t - self.began, 1e-3)
  return ("%3.0f%%  %s of %s  %s/s%s"):format(math.floor(share * 100),
    format.bytes(done), format.bytes(all), format.bytes(rate),
    rest and ("  %s left"):format(format.duration(
    math.max(math.ceil(rest), 1) * 1e9)) or "")
end

-- The share of all files, which grows only.
local function share_of(self, here)
  local all = self.before[self.n + 1]
  local size = self.before[self.at + 1] - self.before[self.at]
  local share = all > 0 and (self.before[self.at] + here * size) / all or 1
  self.most = math.min(math.max(self.most, share), 1)
  return self.most
end

-- How much of the file has been read, for all its passes.
local function part_of(self, size)
  local read, done = tonumber(how_far.read), tonumber(how_far.done)
  local here = (OF_READING * read + (1 - OF_READING) * done) / math.max(size, 1)
  return math.min((self.pass + math.min(here, 1)) / self.passes, 1)
end

local function place(self)
  return self.n > 1 and ("%d/%d traces  "):format(self.at, self.n) or ""
end

-- A pipe's end is not known.
local function show_unsized(self, t)
  local read = tonumber(how_far.read)
  show(self, ("%s%s  %s/s"):format(place(self), format.bytes(read),
    format.bytes(read / math.max(t - self.began, 1e-3))))
end

-- tick(handle): between batches.
function Meter:tick(handle)
  if not self:is_due() then
    return
  end
  local t = now()
  C.gotrace_progress_of(handle, how_far)
  local size = tonumber(how_far.size)
  self.part = part_of(self, size)
  if self.say then
    self.say(self.part * size)
  elseif all_bytes(self) then
    show(self, place(self) .. text_of(self, t, share_of(self, self.part),
      left(self, t, size)))
  else
    show_unsized(self, t)
  end
end

-- told(i, bytes): of traces that others read i are done with, and so many bytes of further ones
-- have been read.
function Meter:told(i, bytes)
  if not self:is_due() then
    return
  end
  local t, all = now(), all_bytes(self)
  if not all then
    return show(self, ("%d/%d traces"):format(i, self.n))
  end
  local done = math.min(self.before[i + 1] + bytes, all)
  self.most = math.max(self.most, all > 0 and done / all or 1)
  local seconds = t - self.began
  local rest = seconds > SURE and self.most > 0 and
    seconds * (1 - self.most) / self.most or nil
  show(self, ("%d/%d traces  %s"):format(i, self.n,
    text_of(self, t, self.most, rest)))
end

-- The line makes room for what comes next.
function Meter:clear()
  if self.shown then
    io.stderr:write "\r\27[K"
    io.stderr:flush()
    self.shown = false
  end
end

return {
  now = now,
  start = start,
  telling = telling,
  wanted = wanted,
  is_terminal = is_terminal,
}
