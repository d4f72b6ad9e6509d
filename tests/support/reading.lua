-- Reads a trace in memory through gotrace.h and says in plain Lua what came.
--
--   local got = reading.read(bytes, { step = 1, want = { "GoCreate" }, order = "thread" })
--
--   got.lines     what was delivered, in order, a line each:
--                   "5 GoCreate 1 0 7 new_g=8 new_stack= stack=main.f:12"
--                 time, type, thread, proc, goroutine (- for none), arguments;
--                 a stack is func:line, leaf first, joined by ;
--                   "generation at 16", "damage 0"
--                 With `dump = true` as in the oracle's dumps, without marks
--                 (tests/oracle/README.md); then got.before[n] is how many
--                 came before damage number n.
--   got.events    the same as tables
--   got.damages   { what, have, want, off, gen, m, event, lost }
--   got.info      of gotrace_info, as numbers
--   got.generations, got.status (the last, by name), got.why
--   got.failed    for what cannot be opened: its status; got.why says why
local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

local reading = {}

local STATUS = {
  [C.GOTRACE_OK] = "OK",
  [C.GOTRACE_END] = "END",
  [C.GOTRACE_DAMAGED] = "DAMAGED",
  [C.GOTRACE_UNSUPPORTED] = "UNSUPPORTED",
  [C.GOTRACE_SYSTEM] = "SYSTEM",
  [C.GOTRACE_NO_MEMORY] = "NO_MEMORY",
  [C.GOTRACE_INTERRUPTED] = "INTERRUPTED",
}

-- A 64-bit number as text.
local function decimal(v)
  return (tostring(v):gsub("U?LL$", ""))
end
reading.decimal = decimal

local function id(v)
  return ffi.cast("int64_t", v) == -1 and "-" or decimal(v)
end

function reading.diag(d)
  return {
    what = ffi.string(d.what),
    have = ffi.string(d.have),
    want = ffi.string(d.want),
    off = tonumber(d.offset),
    gen = tonumber(d.gen),
    m = tonumber(d.m),
    event = ffi.string(d.event),
    status = STATUS[tonumber(d.status)],
  }
end

local len = ffi.new "uint32_t[1]"
function reading.string(names, i)
  local text = lib.gotrace_string(names, i, len)
  return ffi.string(text, len[0])
end

-- Frames of a stack: { func, file, line, pc }.
function reading.stack(names, i)
  local frames = {}
  for j = 0, lib.gotrace_stack_len(names, i) - 1 do
    local f = lib.gotrace_stack_frame(names, i, j)
    frames[j + 1] = {
      func = reading.string(names, f.func),
      file = reading.string(names, f.file),
      line = tonumber(f.line),
      pc = tonumber(f.pc),
    }
  end
  return frames
end

local function render(names, i)
  local out = {}
  for j, f in ipairs(reading.stack(names, i)) do
    out[j] = ("%s:%d"):format(f.func, f.line)
  end
  return table.concat(out, ";")
end

local GSTATUS = { [0] = "Bad", "Runnable", "Running", "Syscall", "Waiting" }
local PSTATUS = { [0] = "Bad", "Running", "Idle", "Syscall", "SyscallAbandoned" }

local SHOW = {
  [C.GOTRACE_ARG_STR] = function(v, names)
    return reading.string(names, tonumber(v))
  end,
  [C.GOTRACE_ARG_STACK] = function(v, names)
    return render(names, tonumber(v))
  end,
  [C.GOTRACE_ARG_GSTATUS] = function(v)
    return GSTATUS[tonumber(v)]
  end,
  [C.GOTRACE_ARG_PSTATUS] = function(v)
    return PSTATUS[tonumber(v)]
  end,
  [C.GOTRACE_ARG_NUM] = decimal,
  [C.GOTRACE_ARG_SEQ] = decimal,
}

local function show_mark(e)
  if e.type == C.GOTRACE_EV_GENERATION then
    return ("generation at %s"):format(decimal(e.off))
  end
  return ("damage %s"):format(decimal(e.arg[0]))
end

local function show(e, names)
  if e.type >= C.GOTRACE_EV_GENERATION then
    return show_mark(e)
  end
  local spec = lib.gotrace_spec_of(e.type)
  local out = { decimal(e.time), ffi.string(spec.name), id(e.m), id(e.p), id(e.g) }
  for i = 0, spec.nargs - 1 do
    local text = (SHOW[tonumber(spec.arg_type[i])] or id)(e.arg[i], names)
    out[#out + 1] = ("%s=%s"):format(ffi.string(spec.arg_name[i]), text or "?")
  end
  return table.concat(out, " ")
end

-- The same as a line of a dump.

local function escape(text, also)
  return (text:gsub("[%z\1-\31\\\127-\255" .. (also or "") .. "]", function(c)
    return c == "\\" and "\\\\" or ("\\x%02x"):format(c:byte())
  end))
end

local function dump_stack(names, i)
  local out = {}
  for j = 0, lib.gotrace_stack_len(names, i) - 1 do
    local f = lib.gotrace_stack_frame(names, i, j)
    local func, file = escape(reading.string(names, f.func), ";@"), escape(reading.string(names, f.file), ";@")
    out[j + 1] = ("%s@%s:%s@0x%s"):format(func, file, decimal(f.line), (bit.tohex(f.pc):gsub("^0+(.)", "%1")))
  end
  return table.concat(out, ";")
end

local function dump_value(kind, v, names)
  if kind == C.GOTRACE_ARG_STACK then
    return dump_stack(names, tonumber(v))
  elseif kind == C.GOTRACE_ARG_STR then
    return escape(reading.string(names, tonumber(v)))
  end
  return (SHOW[kind] or id)(v, names)
end

local function dump(e, names)
  local spec = lib.gotrace_spec_of(e.type)
  local out = { decimal(e.time), ffi.string(spec.name), id(e.m), id(e.p), id(e.g) }
  for i = 0, spec.nargs - 1 do
    local kind = tonumber(spec.arg_type[i])
    if kind ~= C.GOTRACE_ARG_SEQ then
      out[#out + 1] = ffi.string(spec.arg_name[i]) .. "=" .. dump_value(kind, e.arg[i], names)
    end
  end
  return table.concat(out, "\t")
end

local function copy(e)
  local out = { type = e.type, off = tonumber(e.off), n = tonumber(e.n), time = tonumber(e.time), arg = {} }
  for i = 0, 3 do
    out.arg[i + 1] = tonumber(e.arg[i])
  end
  return out
end

local function copy_info(info)
  local out = { part = {} }
  for _, name in ipairs {
    "version", "compression", "size", "consumed", "file_size", "lost", "damages", "events", "generations",
    "threads", "procs", "goroutines", "last_time",
  } do
    out[name] = tonumber(info[name])
  end
  for i = 0, C.GOTRACE_PARTS - 1 do
    out.part[i + 1] = tonumber(info.part[i])
  end
  return out
end

local function copy_generation(g)
  local out = { ns_per_tick = g.ns_per_tick, has_clock = g.has_clock ~= 0 }
  for _, name in ipairs {
    "gen", "off", "end", "time", "batches", "strings", "stacks", "samples", "clock_time", "clock_mono",
    "clock_sec", "clock_nsec",
  } do
    out[name] = tonumber(g[name])
  end
  return out
end

local function damages_of(t)
  local out, lost = {}, ffi.new "uint64_t[1]"
  local d = lib.gotrace_damage(t, 0, lost)
  while d ~= nil do
    out[#out + 1] = reading.diag(d)
    out[#out].lost = tonumber(lost[0])
    d = lib.gotrace_damage(t, #out, lost)
  end
  return out
end

-- The mask for a list of type names; "generation" and "damage" are the marks.
local MARKS = { generation = C.GOTRACE_EV_GENERATION, damage = C.GOTRACE_EV_DAMAGE }
function reading.mask(want)
  local mask = ffi.new "uint8_t[256]"
  for id_ = 0, 255 do
    local spec = lib.gotrace_spec_of(id_)
    for _, name in ipairs(want) do
      if MARKS[name] == id_ or spec ~= nil and ffi.string(spec.name) == name then
        mask[id_] = 1
      end
    end
  end
  return mask
end

local ORDER = { full = C.GOTRACE_ORDER_FULL, thread = C.GOTRACE_ORDER_THREAD }

-- Calls fn(batch) for each batch until something else than GOTRACE_OK comes.
local function each_batch(t, diag, fn)
  local batch = ffi.new "gotrace_batch"
  local st
  repeat
    st = lib.gotrace_next(t, batch, diag)
    if st == C.GOTRACE_OK then
      fn(batch)
    end
  until st ~= C.GOTRACE_OK
  return st
end

local function collect_dump(t, names, got, diag)
  got.before = {}
  got.status = STATUS[tonumber(each_batch(t, diag, function(batch)
    for i = 0, batch.len - 1 do
      if batch.events[i].type < C.GOTRACE_EV_GENERATION then
        got.lines[#got.lines + 1] = dump(batch.events[i], names)
      elseif batch.events[i].type == C.GOTRACE_EV_DAMAGE then
        got.before[tonumber(batch.events[i].arg[0]) + 1] = #got.lines
      end
    end
  end))]
end

local function collect(t, names, got, diag)
  local last
  local st = each_batch(t, diag, function(batch)
    local gen = copy_generation(batch.gen)
    if not last or last.off ~= gen.off then
      got.generations[#got.generations + 1] = gen
      last = gen
    end
    for i = 0, batch.len - 1 do
      local e = copy(batch.events[i])
      e.line = show(batch.events[i], names)
      e.gen = gen.gen
      got.events[#got.events + 1] = e
      got.lines[#got.lines + 1] = e.line
    end
  end)
  got.status = STATUS[tonumber(st)]
end

-- options: step, want, order, dump, names (to share; freed by the caller).
function reading.read(bytes, options)
  options = options or {}
  local names = options.names or lib.gotrace_names_new()
  local out, diag = ffi.new "gotrace *[1]", engine.diag()
  local got = { events = {}, lines = {}, generations = {} }
  local st = lib.gotrace_open_memory(out, bytes, #bytes, options.step or 0, names, diag)
  if st ~= C.GOTRACE_OK then
    got.failed = STATUS[tonumber(st)]
  else
    local t = out[0]
    local take = options.dump and collect_dump or collect
    if options.want or options.order then
      local all = ffi.new("uint8_t[256]")
      ffi.fill(all, 256, 1)
      lib.gotrace_want(t, options.want and reading.mask(options.want) or all, ORDER[options.order or "full"])
    end
    take(t, names, got, diag)
    got.info = copy_info(lib.gotrace_info_of(t))
    got.damages = damages_of(t)
    lib.gotrace_close(t)
  end
  got.why = reading.diag(diag)
  if not options.names then
    lib.gotrace_names_free(names)
  end
  return got
end

-- The same whole and one byte a read, which must not differ.
function reading.both(bytes, options)
  local slow = { step = 1 }
  for k, v in pairs(options or {}) do
    slow[k] = v
  end
  local whole, bytewise = reading.read(bytes, options), reading.read(bytes, slow)
  local assert = require "luassert"
  assert.same(whole.failed, bytewise.failed)
  assert.same(whole.lines, bytewise.lines)
  assert.same(whole.damages, bytewise.damages)
  assert.same(whole.generations, bytewise.generations)
  return whole
end

-- Lines of events, without marks.
function reading.events(got)
  local out = {}
  for _, line in ipairs(got.lines) do
    if not line:find "^generation " and not line:find "^damage " then
      out[#out + 1] = line
    end
  end
  return out
end

-- What was found wrong, one text each.
function reading.complaints(got)
  local out = {}
  for i, d in ipairs(got.damages) do
    out[i] = d.what
  end
  return out
end

return reading
