-- Rewrites of v2 traces as plays: a line is an event, and what becomes of it.
--
--   1 GoStart 5           THREAD TYPE ARGUMENT...: it is in the input and in the output
--   drop 1 GoStart 5      the script drops it
--   lost 1 GoStart 5      the script keeps it, and yet it is not in the output
--   also 1 GoStart 5      it is in the output only
--   edit 1 GoStop 'a'     the script makes of it
--   as 1 GoStop 'b'       ... this, which is in the output
--   vain 1 GoStop 'b'     ... this, which is not
--   emit 1 HeapAlloc 7    the script adds it behind the one before; it is in the output
--   fail 1 HeapAlloc 7    the same, but it is not
--   emit 1:5 GoStop 'a'   added as of goroutine 5
--   cut 1 GoStart 5       it is outside the window
--   hide 5                from here on goroutine 5 is hidden
--   gen                   a generation begins; `also gen`: in the output only
--
-- Arguments are in the order of the event table, without sequence numbers and
-- stacks; - is no id, 'x' a string, Running a status. What is left out at the end
-- is 0 (for numbers), '' or -. Events are 10 ns apart; the first is at 1000.
local engine = require "support.engine"
local reading = require "support.reading"
local trace = require "support.trace"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.header "src/sched/sched.h"

local rewriting = {}

local STATUSES = {
  [C.GOTRACE_ARG_GSTATUS] = { [0] = "Bad", "Runnable", "Running", "Syscall", "Waiting" },
  [C.GOTRACE_ARG_PSTATUS] = { [0] = "Bad", "Running", "Idle", "Syscall", "Abandoned" },
}
local HIDDEN = { [C.GOTRACE_ARG_SEQ] = true, [C.GOTRACE_ARG_STACK] = true }
local WORDS = {}
for word in ("drop lost also edit as vain emit fail cut hide gen"):gmatch "%a+" do
  WORDS[word] = true
end
local IN_INPUT = { keep = true, drop = true, lost = true, edit = true, cut = true }
local IN_OUTPUT = { keep = true, also = true, as = true, emit = true }

-- Reading plays

local function number_of(word, kind)
  for status, name in pairs(STATUSES[kind] or {}) do
    if word == name then
      return status
    end
  end
  return word == "-" and -1 or assert(tonumber(word), word)
end

-- The arguments of an event as the table has them; strings as strings.
local function arguments(spec, words)
  local args, at = {}, 3
  for i = 0, spec.nargs - 1 do
    local kind, word = tonumber(spec.arg_type[i]), words[at]
    local text = word and word:match "^'(.*)'$"
    if HIDDEN[kind] then
      args[i + 1] = 0
    else
      args[i + 1] = text or word and number_of(word, kind) or kind == C.GOTRACE_ARG_STR and "" or 0
      at = at + 1
    end
  end
  return args
end

-- { fate, text, m, g, type, args } of a line.
local function parse_line(line)
  local words = {}
  for word in line:gmatch "%S+" do
    words[#words + 1] = word
  end
  local fate = WORDS[words[1]] and table.remove(words, 1) or "keep"
  if fate == "gen" or words[1] == "gen" then
    return { fate = fate == "gen" and "keep" or fate, text = "gen" }
  elseif fate == "hide" then
    return { fate = fate, g = tonumber(words[1]) }
  end
  local m, g = words[1]:match "^(%-?%d*):?(%d*)$"
  local type = assert(trace.types[words[2]], words[2])
  words[1] = m
  return {
    fate = fate,
    text = table.concat(words, " "),
    m = m == "-" and -1 or tonumber(m),
    g = tonumber(g),
    type = type,
    args = arguments(lib.gotrace_spec_of(type), words),
  }
end

local function parse(text)
  local out = {}
  for line in text:gmatch "[^\n]+" do
    if line:find "%S" then
      out[#out + 1] = parse_line(line)
    end
  end
  return out
end

-- Making the input

-- Which argument is the name that the model compares.
local NAME = { UserTaskBegin = 3, UserRegionBegin = 2, UserRegionEnd = 2 }

-- Sets the sequence numbers, as the model wants them, and sees to it that the
-- play is legal.
local function number(sched, line, gen, args)
  local handle, diag = ffi.new "uint32_t[1]", engine.diag()
  local arg, ev = ffi.new "uint64_t[4]", ffi.new "struct sched_event"
  for i, v in ipairs(args) do
    arg[i - 1] = ffi.cast("int64_t", v)
  end
  assert(lib.sched_thread(sched, line.m, handle))
  lib.sched_number(sched, handle[0], line.type, gen, arg)
  ev.thread, ev.type, ev.gen, ev.arg = handle[0], line.type, gen, arg
  ev.name = args[NAME[ffi.string(lib.gotrace_spec_of(line.type).name)]] or 0
  local result = lib.sched_advance(sched, ev, diag)
  assert(result == C.SCHED_ADVANCED, line.text .. ": " .. ffi.string(diag.what))
  for i = 1, #args do
    args[i] = arg[i - 1]
  end
end

-- The line as an event of tests/support/trace.lua.
local function wire(sched, line, gen, strings)
  local args = {}
  for i, v in ipairs(line.args) do
    if type(v) == "string" then
      strings.ids[v] = strings.ids[v] or #strings + 1
      strings[strings.ids[v]] = v
      v = strings.ids[v]
    end
    args[i] = v
  end
  number(sched, line, gen, args)
  if line.type == trace.types.UserTaskBegin and args[2] == trace.none then
    args[2] = 0
  end
  return { ffi.string(lib.gotrace_spec_of(line.type).name), 0, unpack(args) }
end

-- The trace that the play begins with; options as those of a generation.
local function input(lines, options)
  local sched, gens = lib.sched_new(), {}
  local time = 1000
  local function generation()
    local strings = { ids = {} }
    gens[#gens + 1] = { time = time, strings = strings, clock = { 0, time, 0, time } }
    for k, v in pairs(options or {}) do
      gens[#gens][k] = v
    end
  end
  generation()
  for _, line in ipairs(lines) do
    local g = gens[#gens]
    if line.text == "gen" and line.fate == "keep" then
      generation()
    elseif IN_INPUT[line.fate] and line.type then
      g[#g + 1] = { m = line.m, time = time, wire(sched, line, #gens, g.strings) }
      time = time + 10
    end
  end
  for _, g in ipairs(gens) do
    g.strings.ids = nil
  end
  lib.sched_free(sched)
  return trace.file(26, unpack(gens))
end

-- Doing what the script does

local function intern(names, text)
  local id = ffi.new "uint32_t[1]"
  assert(lib.gotrace_intern(names, text, #text, id))
  return id[0]
end

local function set_args(e, line, names)
  for i, v in ipairs(line.args) do
    local kind = lib.gotrace_spec_of(line.type).arg_type[i - 1]
    if not HIDDEN[tonumber(kind)] then
      e.arg[i - 1] = type(v) == "string" and intern(names, v) or ffi.cast("int64_t", v)
    end
  end
end

-- What was done to an event: a piece of gotrace_write's extra.
local function append(extra, e, flags)
  local x = ffi.new("gotrace_event", e)
  x.flags, x.at, x.verdict = flags, 0, C.GOTRACE_KEEP
  extra[#extra + 1] = x
  return x
end

local function add(extra, e, line, names)
  local x = append(extra, e, C.GOTRACE_ADDED)
  x.type, x.m, x.home = line.type, line.m, line.m
  x.g = line.g or x.g
  ffi.fill(x.arg, ffi.sizeof(x.arg))
  set_args(x, line, names)
end

local VERDICT = { drop = C.GOTRACE_DROP, cut = C.GOTRACE_CUT }

-- Carries out lines[i], which is about e, and those behind that belong to it.
local function act(lines, i, e, names)
  local extra = {}
  e.verdict = VERDICT[lines[i].fate] or C.GOTRACE_KEEP
  for j = i + 1, #lines do
    local line = lines[j]
    if line.fate == "as" or line.fate == "vain" then
      append(extra, e, C.GOTRACE_ORIGINAL)
      e.flags = C.GOTRACE_EDITED
      set_args(e, line, names)
    elseif line.fate == "emit" or line.fate == "fail" then
      add(extra, e, line, names)
    elseif line.fate ~= "also" then
      break
    end
  end
  local array = ffi.new("gotrace_event[?]", math.max(#extra, 1))
  for n, x in ipairs(extra) do
    array[n - 1] = x
  end
  return array, #extra
end

-- Writes one event; lines[i] is what the play says of it.
local function write(w, batch, at, array, len)
  local one, diag = ffi.new "gotrace_batch", engine.diag()
  one.events, one.len, one.gen = batch.events + at, 1, batch.gen
  local st = lib.gotrace_write(w, one, array, len, diag)
  return st == C.GOTRACE_OK, diag
end

-- Reading the output

local function shown(e, names)
  local spec = lib.gotrace_spec_of(e.type)
  local out = { e.home == -1 and "-" or tostring(tonumber(e.home)), ffi.string(spec.name) }
  local last = 2
  for i = 0, spec.nargs - 1 do
    local kind, v = tonumber(spec.arg_type[i]), e.arg[i]
    if not HIDDEN[kind] then
      local text = kind == C.GOTRACE_ARG_STR and "'" .. reading.string(names, tonumber(v)) .. "'"
        or STATUSES[kind] and STATUSES[kind][tonumber(v)]
        or ffi.cast("int64_t", v) == -1 and "-"
        or reading.decimal(v)
      out[#out + 1] = text
      last = (text ~= "0" or kind ~= C.GOTRACE_ARG_NUM) and text ~= "''" and text ~= "-" and #out or last
    end
  end
  return table.concat(out, " ", 1, last)
end

-- Calls fn(batch, i, e) for each event and mark.
local function each(t, names, fn)
  local all, batch, diag = ffi.new "uint8_t[256]", ffi.new "gotrace_batch", engine.diag()
  ffi.fill(all, 256, 1)
  lib.gotrace_want(t, all, C.GOTRACE_ORDER_FULL)
  while lib.gotrace_next(t, batch, diag) == C.GOTRACE_OK do
    for i = 0, batch.len - 1 do
      if fn(batch, i, batch.events[i], names) then
        return
      end
    end
  end
end

-- Lines as in a play, and { time, line } of each, of a trace, which has to be
-- without damage.
function rewriting.lines(bytes)
  local names, out, diag = lib.gotrace_names_new(), ffi.new "gotrace *[1]", engine.diag()
  assert(lib.gotrace_open_memory(out, bytes, #bytes, 0, names, diag) == C.GOTRACE_OK, ffi.string(diag.what))
  local lines, times = {}, {}
  each(out[0], names, function(_, _, e)
    if e.type == C.GOTRACE_EV_GENERATION then
      lines[#lines + 1] = "gen"
    elseif e.type == C.GOTRACE_EV_DAMAGE then
      lines[#lines + 1] = "damage: " .. ffi.string(lib.gotrace_damage(out[0], e.arg[0], ffi.new "uint64_t[1]").what)
    else
      lines[#lines + 1] = shown(e, names)
    end
    times[#times + 1] = tonumber(e.time)
  end)
  lib.gotrace_close(out[0])
  lib.gotrace_names_free(names)
  table.remove(lines, 1) -- the first generation goes without saying
  table.remove(times, 1)
  return lines, times
end

-- Writing

local COUNTS = {
  "events", "dropped", "cut", "edited", "added", "absorbed", "bridged", "withheld", "moved", "bytes", "generations",
  "touched",
}

local function counts_of(w)
  local out = {}
  for _, name in ipairs(COUNTS) do
    out[name] = tonumber(lib.gotrace_writer_written(w)[name])
  end
  return out
end

-- Writes `bytes` anew. fn(batch, i, e, w, names), called for each event and mark,
-- yields extra and its length, or nothing. options: strict, path. Yields
-- { bytes =, counts =, why = }; why is the diag of the failure, without which
-- there is none.
function rewriting.run(bytes, fn, options)
  options = options or {}
  local names, t, w = lib.gotrace_names_new(), ffi.new "gotrace *[1]", ffi.new "gotrace_writer *[1]"
  local diag, path, got = engine.diag(), options.path or engine.tmpname(), {}
  assert(lib.gotrace_open_memory(t, bytes, #bytes, 0, names, diag) == C.GOTRACE_OK, ffi.string(diag.what))
  local ok = lib.gotrace_writer_open(w, path, t[0], names, options.strict or false, diag) == C.GOTRACE_OK
  if ok then
    each(t[0], names, function(batch, i, e)
      local array, len = fn(batch, i, e, w[0], names)
      ok, diag = write(w[0], batch, i, array, len or 0)
      return not ok
    end)
    ok = ok and lib.gotrace_writer_end(w[0], diag) == C.GOTRACE_OK
    got.counts = counts_of(w[0])
    if ok then
      ok = lib.gotrace_writer_commit(w[0], diag) == C.GOTRACE_OK
    else
      lib.gotrace_writer_abandon(w[0])
    end
  end
  got.damages = tonumber(lib.gotrace_info_of(t[0]).damages)
  lib.gotrace_close(t[0])
  lib.gotrace_names_free(names)
  got.why = not ok and reading.diag(diag) or nil
  got.bytes = ok and engine.read(path) or nil
  return got
end

-- Performs a play's script; rewriting.run's options, and `generation`, of the
-- input's.
function rewriting.perform(text, options)
  local lines, i = parse(text), 0
  options = options or {}
  local got = rewriting.run(input(lines, options.generation), function(_, _, e, w, names)
    if not lib.gotrace_spec_of(e.type) or e.type >= C.GOTRACE_EV_GENERATION then
      return
    end
    repeat
      i = i + 1
      if lines[i].fate == "hide" then
        assert(lib.gotrace_writer_hide(w, lines[i].g, engine.diag()) == C.GOTRACE_OK)
      end
    until IN_INPUT[lines[i].fate] and lines[i].type
    assert(e.type == lines[i].type, lines[i].text)
    return act(lines, i, e, names)
  end, options)
  got.expected = {}
  for _, line in ipairs(lines) do
    if IN_OUTPUT[line.fate] then
      table.insert(got.expected, line.text)
    end
  end
  return got
end

-- Performs a play, whose output must be as it says; counts are those that must
-- be in gotrace_written.
function rewriting.play(text, counts, options)
  local assert = require "luassert"
  local got = rewriting.perform(text, options)
  assert(not got.why, got.why and got.why.what)
  assert.equal(0, got.damages)
  assert.same(got.expected, (rewriting.lines(got.bytes)))
  for name, n in pairs(counts or {}) do
    assert.equal(n, got.counts[name], name)
  end
  return got
end

return rewriting
