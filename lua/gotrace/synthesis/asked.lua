-- asked.lua: trace.region, trace.task and trace.log: what scripts ask for, checked and
-- kept until it has been written.
local ffi = require "ffi"
local argument = require "gotrace.event.argument"
local names = require "gotrace.engine.strings"
local proxy = require "gotrace.base.proxy"
local suggest = require "gotrace.base.suggest"

local LONGEST = 1024 -- bytes of a string that Go's reader takes
local MOST = 2 ^ 32 - 2 -- of them

local kinds = { region = 1, task = 2, log = 3 }

-- What each takes, in the order of the docs.
local fields = {
  region = { "g", "name", "from", "to", "task" },
  task = { "name", "g", "from", "to", "parent" },
  log = { "g", "time", "key", "value", "task" },
}
local is_field = {}
for kind, list in pairs(fields) do
  is_field[kind] = {}
  for _, name in ipairs(list) do
    is_field[kind][name] = true
  end
end

-- g, times as asked for; task: of a task its own; parent -1: none; name, text: strings, of
-- a log its key and value; stage: number of the script that asks. What becomes of it:
-- first, last: where its ends go, last_key: before which event; state: 0 waits, 1 is
-- there, 2 is over.
local item = ffi.typeof [[
  struct {
    double g, from, to, task, parent;
    double first, last, last_key;
    uint32_t name, text;
    uint8_t kind, stage, state;
  }]]
local list = ffi.typeof("$[?]", item)
local SIZE = ffi.sizeof(item)

local items, room = list(64), 64
local counted = { n = 0 }

local function unwanted(name, wanted, value)
  return ("%s wants %s, not %s"):format(name, wanted, argument.shown(value))
end

local function is_time(value)
  return type(value) == "number" and value > -math.huge and value < math.huge
end

-- By field: nil, or what is wrong.
local checks = {}

function checks.g(value)
  if not argument.is_id(value) then
    return unwanted("g", "the id of a goroutine", value)
  end
end

for _, name in ipairs { "from", "to", "time" } do
  checks[name] = function(value)
    if not is_time(value) then
      return unwanted(name, "a time in ns", value)
    end
  end
end

for _, name in ipairs { "name", "key", "value" } do
  checks[name] = function(value)
    if type(value) ~= "string" then
      return unwanted(name, "a string", value)
    elseif #value > LONGEST then
      return unwanted(name, "a string of at most 1024 bytes", value)
    end
  end
end

for _, name in ipairs { "task", "parent" } do
  checks[name] = function(value)
    if not argument.is_whole(value) then
      return unwanted(name, "the id of a task, a whole number up to 2^53",
        value)
    end
  end
end

local optional = { task = true, parent = true, key = true, value = true }

local function check_field(values, name)
  local value = rawget(values, name)
  if value == nil and optional[name] then
    return nil
  elseif value == nil then
    return name .. " is missing"
  end
  return checks[name](value)
end

local function wrong_name(kind, values)
  for _, name in ipairs(proxy.sorted_keys(values)) do
    if not is_field[kind][name] then
      local text = tostring(name)
      return ('it has no field "%s"%s; it has %s'):format(text,
        suggest.hint(text, fields[kind]), table.concat(fields[kind], ", "))
    end
  end
end

-- check(kind, values): what is wrong with what a script asks for, or nil. Fields are read
-- raw: no metamethod of a script gets to ask for more meanwhile.
local function check(kind, values)
  if type(values) ~= "table" then
    return ("its fields are a table, not %s"):format(argument.shown(values))
  end
  for name in next, values do
    if not is_field[kind][name] then
      return wrong_name(kind, values)
    end
  end
  for _, name in ipairs(fields[kind]) do
    local wrong = check_field(values, name)
    if wrong then
      return wrong
    end
  end
  local from, to = rawget(values, "from"), rawget(values, "to")
  if from and from > to then
    return ("from %.0f is behind to %.0f"):format(from, to)
  end
end

local function fresh()
  if counted.n == room then
    local larger = list(2 * room)
    ffi.copy(larger, items, room * SIZE)
    items, room = larger, 2 * room
  end
  counted.n = counted.n + 1
  return items[counted.n - 1]
end

-- keep(kind, values, stage): the number of what is asked for, nil: there are too many.
local function keep(kind, values, stage)
  if counted.n > MOST then
    return nil
  end
  local new = fresh()
  local from = rawget(values, "from") or rawget(values, "time")
  new.kind, new.stage, new.state = kinds[kind], stage, 0
  new.g, new.from = rawget(values, "g"), math.floor(from)
  new.to = math.floor(rawget(values, "to") or from)
  new.task = rawget(values, "task") or 0
  new.parent = rawget(values, "parent") or -1
  new.name = names.id_of(rawget(values, "name") or rawget(values, "key") or "")
  new.text = names.id_of(rawget(values, "value") or "")
  return counted.n - 1
end

local function at(i)
  return items[i]
end

-- cut(n): only the first n are kept.
local function cut(n)
  counted.n = n
end

return { kinds = kinds, counted = counted, check = check, keep = keep, at = at,
  cut = cut }
