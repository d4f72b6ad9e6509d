-- kept.lua: the generations of a trace that came last, on disk, and traces that are made of
-- them: `record`'s.
--
-- A generation stands for itself: a header and some of them are a trace. So what is kept are
-- whole ones, as they came; the window is cut out of them as -o with --from and --to cuts it.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local diag = require "gotrace.engine.diag"
local errors = require "gotrace.base.errors"
local memory = require "gotrace.engine.memory"

local OK, END = tonumber(C.GOTRACE_OK), tonumber(C.GOTRACE_END)
local HEAD = tonumber(C.GOTRACE_KEPT_HEAD)
local MARK_GENERATION = tonumber(C.GOTRACE_EV_GENERATION)
local MARK_DAMAGE = tonumber(C.GOTRACE_EV_DAMAGE)
local CUT, FULL = tonumber(C.GOTRACE_CUT), C.GOTRACE_ORDER_FULL
local FOREVER = 2 ^ 62 -- ns

local why = ffi.new "gotrace_diag"
local length = ffi.new "size_t[1]"
local data = ffi.new "const uint8_t *[1]"

-- Ends the run if the engine could not do what it was asked for.
local function check(status, path)
  status = tonumber(status)
  if memory.is_refusal(status) then
    memory.refuse(path, why)
  elseif status ~= OK then
    errors.stop(errors.status.output, "%s", tostring(diag.of(why)))
  end
end

local Kept = {}
Kept.__index = Kept

-- open(path): what is kept is in the folder of path.
local function open(path)
  local out = ffi.new "gotrace_kept *[1]"
  check(C.gotrace_kept_open(out, path, why), path)
  return setmetatable({ path = path, list = {}, bytes = 0,
    handle = ffi.gc(out[0], C.gotrace_kept_free) }, Kept)
end

-- close(): nothing is kept any more.
function Kept:close()
  C.gotrace_kept_free(ffi.gc(self.handle, nil))
  self.handle = nil
end

-- begin(trace): the engine's; what there was of the one before is gone.
function Kept:begin(trace)
  self.trace = trace
  C.gotrace_guard(trace)
  self.head = ("go 1.%d trace"):format(C.gotrace_info_of(trace).version)
  self.head = self.head .. ("\0"):rep(HEAD - #self.head)
  self:drop(#self.list)
end

-- add(gen): the generation at hand, as scripts have it.
function Kept:add(gen)
  local bytes = C.gotrace_generation_bytes(self.trace, gen.off,
    gen.off + gen.bytes, length)
  local n = tonumber(length[0])
  check(C.gotrace_kept_add(self.handle, bytes, length[0], why), self.path)
  self.list[#self.list + 1] = { time = gen.time, bytes = n }
  self.bytes = self.bytes + n
end

-- drop(n): the first n generations.
function Kept:drop(n)
  local bytes = 0
  for _ = 1, n do
    bytes = bytes + table.remove(self.list, 1).bytes
  end
  self.bytes = self.bytes - bytes
  if n > 0 then
    check(C.gotrace_kept_drop(self.handle, bytes, why), self.path)
  end
end

-- drop_before(time): what ended before it.
function Kept:drop_before(time)
  local n = 0
  while self.list[n + 2] and self.list[n + 2].time <= time do
    n = n + 1
  end
  self:drop(n)
end

-- How many of the first generations are too many for that many bytes, the last one aside.
local function too_many(list, bytes, most)
  local n = 0
  while bytes > most and n < #list - 1 do
    n = n + 1
    bytes = bytes - list[n].bytes
  end
  return n
end

-- drop_to(most): the first ones, until there are no more bytes than that, but for the last.
function Kept:drop_to(most)
  self:drop(too_many(self.list, self.bytes, most))
end

-- begins(): when the first generation does that is kept.
function Kept:begins()
  return self.list[1] and self.list[1].time
end

local function time_of(ns)
  return ffi.cast("int64_t", math.max(-FOREVER, math.min(FOREVER, ns)))
end

-- Leaves out what is not in the window of a cut. Whether anything further can be.
local function set_verdicts(batch, from, to)
  local events, n = batch.events, batch.len
  if from <= events[0].time and events[n - 1].time < to then
    return true
  end
  for i = 0, n - 1 do
    local e = events[i]
    if e.type < MARK_GENERATION and (e.time < from or e.time >= to) then
      e.verdict = CUT
    end
  end
  return events[n - 1].time < to
end

-- What is written, and read, of a cut.
local function write_events(cut, w)
  local batch, shift = ffi.new "gotrace_batch", nil
  local going_on = true
  while going_on do
    local status = tonumber(C.gotrace_next(cut.trace, batch, why))
    if status == END then
      return
    end
    check(status, cut.path)
    shift = shift or w.time - tonumber(batch.gen.time)
    going_on = set_verdicts(batch, time_of(w.from - shift),
      time_of(w.to - shift))
    check(C.gotrace_write(cut.writer, batch, nil, 0, why), cut.path)
  end
end

local function all_types()
  local mask = ffi.new "uint8_t[256]"
  ffi.fill(mask, 256, 1)
  mask[MARK_DAMAGE] = 0 -- it was told as it was read first
  return mask
end

local function open_cut(self, cut)
  local trace, writer = ffi.new "gotrace *[1]", ffi.new "gotrace_writer *[1]"
  check(C.gotrace_kept_bytes(self.handle, self.head, data, length, why),
    cut.path)
  cut.names = C.gotrace_names_new()
  if cut.names == nil then
    memory.stop()
  end
  local options = ffi.new("gotrace_options", {
    size = ffi.sizeof "gotrace_options", data = data[0], len = length[0] })
  check(C.gotrace_open_with(trace, cut.path, options, cut.names, why),
    cut.path)
  cut.trace = trace[0]
  C.gotrace_want(cut.trace, all_types(), FULL)
  check(C.gotrace_writer_open(writer, cut.path, cut.trace, cut.names, false,
    why), cut.path)
  cut.writer = writer[0]
end

local function close_cut(cut)
  C.gotrace_writer_abandon(cut.writer)
  C.gotrace_close(cut.trace)
  if cut.names ~= nil then
    C.gotrace_names_free(cut.names)
  end
end

local function make_cut(self, cut, w, most)
  open_cut(self, cut)
  write_events(cut, w)
  check(C.gotrace_writer_end(cut.writer, why), cut.path)
  local bytes = tonumber(C.gotrace_writer_written(cut.writer).bytes)
  if bytes > most then
    return nil
  end
  local writer = cut.writer
  cut.writer = nil
  check(C.gotrace_writer_commit(writer, why), cut.path)
  return bytes
end

-- is_damaged(): whether something was lost of what is read.
function Kept:is_damaged()
  return C.gotrace_info_of(self.trace).damages > 0
end

-- write(path, from, to, most): the trace of that window, in ns of the trace that is read, as
-- far as it is kept. Its bytes; nil: they would be more than `most`, and there is no file.
function Kept:write(path, from, to, most)
  local cut = { path = path }
  local w = { from = from, to = to, time = self:begins() }
  local ok, result = pcall(make_cut, self, cut, w, most)
  close_cut(cut)
  if not ok then
    error(result, 0)
  end
  return result
end

return { open = open }
