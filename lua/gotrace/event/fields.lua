-- fields.lua: an event's fields, read from the engine's struct.
--
-- Each field has a getter, made from the event table, that reads what a view
-- points at: nothing is allocated for an event. A view is { e, gen }, an event
-- and its generation: `cur`, that of the event at work, or a copy's own. Getters
-- take it as their argument, so nobody has to put one in place of the other and
-- back. Those of `strict` (a script's ev) raise an error for what a type lacks,
-- those of `lenient` (-f and -p, which see events of all types) yield nil.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local go_names = require "gotrace.event.go_names"
local names = require "gotrace.engine.strings"
local spec = require "gotrace.engine.event_table"
local suggest = require "gotrace.base.suggest"

local int64 = ffi.typeof "int64_t"
local band, tobit = bit.band, bit.tobit
local string_of, stack_of = names.string_of, names.stack_of

-- The view of the event at work: borrowed from the engine's batch, or
-- the idle ones, of no type, so that the pointers are good at any time. No more
-- than 16 bytes, so that LuaJIT compiles its address into the code and does not
-- look for it at each event.
local idle_event = ffi.new "gotrace_event"
local idle_gen = ffi.new "gotrace_generation"
local cur = ffi.new [[
  struct {
    gotrace_event *e;
    const gotrace_generation *gen;
  }]]
-- Beside them, for edits: the batch that the event is in, the time of the last
-- event before it, and whether scripts may only look; and while the hook of a
-- mark runs, the number (else -1) and time of the last event before it, and the
-- mark's place in the batch.
local around = ffi.new [[
  struct {
    gotrace_event *batch;
    double before;
    bool looking;
    double mark_n, mark_time;
    uint32_t mark_at;
  }]]

local function set_idle()
  cur.e, cur.gen = idle_event, idle_gen
  around.mark_n = -1
end
set_idle()

local NO_PLACE = 255
local KNOWN = tonumber(C.GOTRACE_KNOWN)

-- No getter is to be compiled by itself, before the loop is, only because it is
-- called more often than the loop goes round: code that begins within a
-- metamethod cannot return from it ("NYI: return to lower frame"), and nothing
-- around it is compiled any more. LuaJIT takes functions with any number of
-- arguments only as a part of what calls them. Hence the dots.

-- Ids of nothing have the highest bit set, all others do not.
local function id_of(value, ...)
  if value < 0 then
    return nil
  end
  return (tonumber(value))
end

local words = {
  GSTATUS = { "Runnable", "Running", "Syscall", "Waiting" },
  PSTATUS = { "Running", "Idle", "Syscall", "SyscallAbandoned" },
}

local function status_word(kind, value)
  return words[kind][value] or "status " .. value
end

local function status_reader(kind)
  return function(e, at, ...)
    return (status_word(kind, tonumber(e.arg[at])))
  end
end

-- How an argument of each kind becomes a Lua value. Ids of strings and stacks
-- have 32 bits, and an index that is an integer needs no conversions.
local read = {
  NUM = function(e, at, ...)
    return (tonumber(e.arg[at]))
  end,
  G = function(e, at, ...)
    return (id_of(int64(e.arg[at])))
  end,
  STR = function(e, at, ...)
    return (string_of(tobit(e.arg[at])))
  end,
  STACK = function(e, at, ...)
    return (stack_of(tobit(e.arg[at])))
  end,
  GSTATUS = status_reader "GSTATUS",
  PSTATUS = status_reader "PSTATUS",
}
read.P, read.M, read.TASK = read.G, read.G, read.G

-- Types that say what a goroutine or proc is doing: statuses.
local is_status = {}
for id = 0, 255 do
  for _, arg in ipairs(spec.rows[id] and spec.rows[id].args or {}) do
    is_status[id] = is_status[id] or words[arg.kind] ~= nil
  end
end

-- The fields of a type, common ones first.
local function of_row(row)
  local list = {}
  for _, name in ipairs(spec.common) do
    list[#list + 1] = name
  end
  for _, name in ipairs(spec.shown_args(row)) do
    if name ~= "stack" then
      list[#list + 1] = name
    end
  end
  list[#list + 1] = is_status[row.id] and "known" or nil
  return list
end

-- error, at the line of the script that is running: whatever of ours it came
-- through is passed over. Tail calls would leave nothing to pass over, but
-- LuaJIT compiles only fifteen of them in one go.
local function raise(message)
  local level = 2
  local info = debug.getinfo(level, "S")
  while info and (info.what == "C" or info.source:find "^@lua/gotrace/") do
    level = level + 1
    info = debug.getinfo(level, "S")
  end
  error(message, info and level or 0)
end

local function no_event()
  raise "there is no current event here; ev:copy() keeps one"
end

local function no_field(row, name)
  local fields, text = of_row(row), tostring(name)
  local go = go_names[text:lower()]
  local hint = go and (": %s is %s here"):format(go[2], go[1]) or
    suggest.hint(text, fields)
  raise(('%s has no field "%s"%s; it has %s'):format(row.name, text, hint,
    table.concat(fields, ", ")))
end

local function absent(view, name)
  local row = spec.rows[view.e.type]
  if not row then
    return no_event()
  end
  return no_field(row, name)
end

local type_names = {}
for id = 1, 255 do
  type_names[id] = spec.rows[id] and spec.rows[id].name or false
end

local function context(field)
  return function(view, ...)
    return (id_of(view.e[field]))
  end
end

local common = {
  type = function(view, ...)
    return type_names[view.e.type]
  end,
  time = function(view, ...)
    return (tonumber(view.e.time))
  end,
  m = context "m",
  p = context "p",
  g = context "g",
  n = function(view, ...)
    return (tonumber(view.e.n))
  end,
  gen = function(view, ...)
    return (tonumber(view.gen.gen))
  end,
  off = function(view, ...)
    return (tonumber(view.e.off))
  end,
}

local function no_places()
  local places = ffi.new "uint8_t[256]"
  ffi.fill(places, 256, NO_PLACE)
  return places
end

-- { name = { kind = places in arg[] by type } }. One name may be of different
-- kinds in different types (status).
local function collect_args()
  local args = {}
  local function add(id, arg)
    local kinds = args[arg.name] or {}
    kinds[arg.kind] = kinds[arg.kind] or no_places()
    kinds[arg.kind][id] = arg.at
    args[arg.name] = kinds
  end
  for id = 0, 255 do
    for _, arg in ipairs(spec.rows[id] and spec.rows[id].args or {}) do
      if arg.kind ~= "SEQ" then
        add(id, arg)
      end
    end
  end
  return args
end

-- Reads the argument if the type has it as this kind, else goes on.
local function getter(places, get, otherwise)
  return function(view, ...)
    local e = view.e
    local at = places[e.type]
    if at ~= NO_PLACE then
      return (get(e, at))
    end
    return (otherwise(view))
  end
end

local function getter_of_kinds(kinds, otherwise)
  for kind, places in pairs(kinds) do
    otherwise = getter(places, read[kind], otherwise)
  end
  return otherwise
end

-- Every event has a stack; that of a type without one is empty.
local function empty_stack()
  return (stack_of(0))
end

local strict, lenient = {}, {}
for name, get in pairs(common) do
  strict[name], lenient[name] = get, get
end
local places = collect_args()
for name, kinds in pairs(places) do
  local otherwise = name == "stack" and empty_stack
  strict[name] = getter_of_kinds(kinds, otherwise or function(view)
    return absent(view, name)
  end)
  lenient[name] = getter_of_kinds(kinds, otherwise or function() end)
end

-- Whether a status only restates what is known, as those of later generations.
local function known(otherwise)
  return function(view, ...)
    local e = view.e
    if is_status[e.type] then
      return band(e.flags, KNOWN) ~= 0
    end
    return (otherwise(view))
  end
end
strict.known = known(function(view)
  return absent(view, "known")
end)
lenient.known = known(function() end)

-- Words to group by, as spans have them: about the goroutine of an event. They are known
-- where spans are made: `about` has their getters then (span/event_words.lua). A copy has
-- its own.
local words_of_g = { "func", "task_name", "region", "system" }
local is_word_of_g, about = {}, {}

for _, name in ipairs(words_of_g) do
  is_word_of_g[name] = true
  lenient[name] = function(view, ...)
    local get = about[name]
    if type(view) == "table" and view.words then
      return view.words[name]
    elseif not get then
      raise(name .. ' of an event is not known here: say needs = "spans" ' ..
        "at the top of the script")
    end
    return (get(view))
  end
  strict[name] = lenient[name]
end

-- kept_words(view): what a copy keeps of them; nil where they are not known.
local function kept_words(view)
  local kept = next(about) and {} or nil
  for _, name in ipairs(kept and words_of_g or {}) do
    kept[name] = lenient[name](view)
  end
  return kept
end

-- position(): the number and time of the event at work, or of the last one before
-- the mark at work; nil where there is neither.
local function position()
  local e = cur.e
  if e ~= idle_event then
    return tonumber(e.n), tonumber(e.time)
  elseif around.mark_n >= 0 then
    return around.mark_n, around.mark_time
  end
end

-- has_event(): whether an event is at hand.
local function has_event()
  return cur.e ~= idle_event
end

local unknown = {} -- getters of fields that no event of this run has, by name

-- The field, or nil if there is none of that name, or it is not known.
local function get(view, name)
  local g = lenient[name]
  if g and not unknown[name] then
    return (g(view))
  end
end

local function is_unknown(name)
  return unknown[name] ~= nil
end

-- set_unknown(list): what the plan of a run says of fields (plan.lua): to ask for
-- one of these is an error, whoever asks and however. To be called before the
-- first event.
local function set_unknown(list)
  for name, getters in pairs(unknown) do
    strict[name], lenient[name] = getters.strict, getters.lenient
    unknown[name] = nil
  end
  for _, name in ipairs(list) do
    unknown[name] = { strict = strict[name], lenient = lenient[name] }
    strict[name] = function()
      raise(name .. " is not known in thread order: this run has " ..
        'order = "thread"')
    end
    lenient[name] = strict[name]
  end
end

return {
  id_of = id_of,
  raise = raise,
  cur = cur,
  around = around,
  set_idle = set_idle,
  strict = strict,
  lenient = lenient,
  is_word_of_g = is_word_of_g,
  about = about,
  kept_words = kept_words,
  status_word = status_word,
  words = words,
  places = places,
  NO_PLACE = NO_PLACE,
  get = get,
  has_event = has_event,
  is_unknown = is_unknown,
  position = position,
  of_row = of_row,
  absent = absent,
  no_event = no_event,
  set_unknown = set_unknown,
}
