-- chrome.lua: export.chrome: events for the trace viewer of Chrome, which is also what `go tool
-- trace` draws: JSON, an event a line. Frames of stacks stand behind all events, as a tree:
-- that is all that is held. `add` takes whatever the format has; what there is most of has
-- methods of its own, whose lines the engine makes.
local ffi = require "ffi"
local C = require "gotrace.engine.abi"
local file = require "gotrace.export.file"
local json = require "gotrace.printing.json"
local memory = require "gotrace.engine.memory"
local names = require "gotrace.engine.strings"
local pieces = require "gotrace.export.pieces"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local value = require "gotrace.export.value"

local MOST = 2 ^ 53 -- whole numbers up to there are exact
local NO_ROW = tonumber(C.GOTRACE_CHROME_NO_ROW)

local methods = {}

local new, of = proxy.class("viewer", "events are added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('it has no "%s": it has %s'):format(
      tostring(name), table.concat(proxy.sorted_keys(methods), ", ")), 2)
  end,
})

local function self_of(object, name)
  return of[object] or value.refuse("call it with a colon: w:%s()", name)
end

local PIECE = pieces.PIECE
local hand_on, settle = pieces.of(C.gotrace_chrome_take,
  tonumber(C.GOTRACE_CHROME_FAILED))

-- In the order in which they are written, and how.
local function text(v)
  return '"' .. printable.json(value.text(v)) .. '"'
end

local function number(v)
  return ("%.0f"):format(value.number(v))
end

-- What happens without a P is on the row that Go gives to none.
local function row(v)
  return v >= 0 and number(v) or "18446744073709551615"
end

-- us, with the ns behind a point.
local function us(v)
  local ns = value.number(v)
  local size = math.abs(ns)
  local rest = size % 1000
  local whole = ("%s%.0f"):format(ns < 0 and "-" or "", (size - rest) / 1000)
  return rest > 0 and whole .. (".%03d"):format(rest) or whole
end

local function node_of(self, frame, parent)
  local children = self.children[parent]
  if not children then
    children = {}
    self.children[parent] = children
  end
  local id = children[frame.pc]
  if not id then
    id = #self.frames + 1
    children[frame.pc] = id
    self.frames[id] = ('{"name":"%s:%.0f"%s}'):format(
      printable.json(frame.func), frame.line,
      parent > 0 and (',"parent":%d'):format(parent) or "")
  end
  return id
end

local function new_leaf(self, id)
  local leaf, frames = 0, names.stack_of(id)
  for i = #frames, 1, -1 do
    leaf = node_of(self, frames[i], leaf)
  end
  self.leaves[id] = leaf
  return leaf
end

-- Done once for each stack, and full of branches.
jit.off(new_leaf)
jit.off(node_of)

-- The number of a stack's leaf in the tree; 0: the empty one, and nil.
local function leaf_of(self, stack, ...)
  local id = value.stack(stack)
  return self.leaves[id] or (new_leaf(self, id))
end

local function stack(v, self)
  local leaf = leaf_of(self, v)
  return leaf > 0 and ("%d"):format(leaf) or nil
end

-- Not those of 0, where Go leaves them out.
local function unless_zero(show)
  return function(v, self)
    if v ~= 0 then
      return show(v, self)
    end
  end
end

local function json_of(v)
  return type(v) == "table" and next(v) == nil and "{}" or json.json(v)
end

local fields = {
  { "name", text }, { "ph", text }, { "s", text }, { "ts", us },
  { "dur", unless_zero(us) }, { "pid", number }, { "tid", row },
  { "id", unless_zero(number) }, { "stack", stack, "sf" },
  { "end_stack", stack, "esf" }, { "args", json_of },
  { "cname", text }, { "cat", text },
}

-- add(event): a table by names: those of the format, with times in ns, and stacks as `stack`
-- and `end_stack`.
function methods.add(object, event)
  local self = self_of(object, "add")
  if type(event) ~= "table" then
    value.refuse("an event is a table, not %s", proxy.kind(event))
  end
  local parts = {}
  for _, field in ipairs(fields) do
    local v = event[field[1]]
    local shown = v ~= nil and field[2](v, self)
    if shown then
      parts[#parts + 1] = ('"%s":%s'):format(field[3] or field[1], shown)
    end
  end
  local line = table.concat(parts, ",")
  settle(self, C.gotrace_chrome_text(self.handle, line, #line))
end

-- What the engine makes lines of

local event = ffi.new "gotrace_chrome_event"
local phase = { slice = ("X"):byte(), instant = ("I"):byte(),
  from = ("s"):byte(), to = ("t"):byte() }

local function row_number(tid, ...)
  if tid == nil then
    return NO_ROW
  end
  return math.max(value.number(tid), -1)
end

-- What all have; the rest is as if there were none.
local function fill(kind, time, pid, tid, ...)
  event.phase, event.time = kind, value.number(time)
  event.pid, event.tid = value.number(pid), row_number(tid)
  event.dur, event.id, event.stack, event.end_stack = 0, 0, 0, 0
end

local function put(self, name, rest, ...)
  local shown = printable.json(value.text(name))
  local bytes = C.gotrace_chrome_put(self.handle, event, shown, #shown, rest,
    #rest)
  if bytes >= PIECE then
    settle(self, bytes)
  end
end

-- slice(pid, tid, from, to, name, stack, end_stack, key, word): ph = "X"; tid: nil for
-- none. key and word: args of a single text, or nil.
function methods.slice(object, pid, tid, from, to, name, stack_at, end_stack,
  key, word, ...)
  local self = self_of(object, "slice")
  fill(phase.slice, from, pid, tid)
  event.dur = value.number(to) - value.number(from)
  event.stack = leaf_of(self, stack_at)
  event.end_stack = leaf_of(self, end_stack)
  put(self, name, key and ',"args":{' .. text(key) .. ":" .. text(word) ..
    "}" or "")
end

-- instant(pid, tid, time, name, stack, category): ph = "I", s = "t".
function methods.instant(object, pid, tid, time, name, stack_at, category, ...)
  local self = self_of(object, "instant")
  fill(phase.instant, time, pid, tid)
  event.stack = leaf_of(self, stack_at)
  put(self, name, category and ',"cat":' .. text(category) or "")
end

-- arrow(id, name, pid, tid, time, stack, to_tid, to_time): one that begins, ph = "s", and
-- where it goes, ph = "t".
function methods.arrow(object, id, name, pid, tid, time, stack_at, to_tid,
  to_time, ...)
  local self = self_of(object, "arrow")
  fill(phase.from, time, pid, tid)
  event.id, event.stack = value.number(id), leaf_of(self, stack_at)
  put(self, name, "")
  fill(phase.to, to_time, pid, to_tid)
  event.id = value.number(id)
  put(self, name, "")
end

local function key_places(keys)
  local sorted, place_of, places = {}, {}, {}
  for i, key in ipairs(keys) do
    sorted[i] = value.text(key)
  end
  table.sort(sorted)
  for i, key in ipairs(sorted) do
    if place_of[key] then
      value.refuse("two keys are called %s", printable.line(key))
    end
    place_of[key] = i
  end
  for i, key in ipairs(keys) do
    places[i] = place_of[key]
  end
  return sorted, places
end

-- The engine's, with the texts that it refers to. More numbers than keys are not shown.
local function new_counter(name, pid, keys)
  local sorted, places = key_places(keys)
  local texts = { ('"name":%s,"ph":"C","ts":'):format(text(name)) }
  for i, key in ipairs(sorted) do
    texts[i + 1] = (i > 1 and "," or (',"pid":%s,"tid":0,"args":{')
      :format(number(pid))) .. text(key) .. ":"
  end
  local raw = ffi.new("gotrace_chrome_counter", { values = #keys })
  for i, one in ipairs(texts) do
    raw.text[i - 1], raw.text_len[i - 1] = one, #one
  end
  return { raw = raw, texts = texts, name = name, pid = pid, keys = keys,
    n = #keys, first = places[1] - 1, second = (places[2] or places[1]) - 1,
    third = (places[3] or places[1]) - 1 }
end

-- counter(name, pid, keys): a number for `count`. keys: a list of what it shows, one to
-- three.
function methods.counter(object, name, pid, keys)
  local self = self_of(object, "counter")
  local most = tonumber(C.GOTRACE_CHROME_VALUES)
  if type(keys) ~= "table" or #keys < 1 or #keys > most then
    value.refuse("a counter shows a list of one to %d keys", most)
  end
  self.counters[#self.counters + 1] = new_counter(value.text(name),
    value.number(pid), keys)
  return #self.counters
end

-- Numbers that the engine has no form for: fractions, and what is no exact number.
local function count_others(object, one, time, numbers)
  local args = {}
  for i, key in ipairs(one.keys) do
    if type(numbers[i]) ~= "number" then
      value.refuse("a number is wanted for %s, not %s", printable.line(key),
        proxy.kind(numbers[i]))
    end
    args[key] = numbers[i]
  end
  methods.add(object, { name = one.name, ph = "C", ts = time, pid = one.pid,
    tid = 0, args = args })
end

local function is_whole(n, ...)
  return type(n) == "number" and n > -MOST and n < MOST and n == math.floor(n)
end

local function refuse_counter(counter)
  value.refuse("a counter is wanted, as w:counter() returns it, not %s",
    proxy.kind(counter))
end

-- count(counter, time, a, b, c): ph = "C": what its keys are from then on.
function methods.count(object, counter, time, a, b, c, ...)
  local self = self_of(object, "count")
  local one = self.counters[counter] or refuse_counter(counter)
  local raw = one.raw
  if one.n < 2 then
    b = 0
  end
  if one.n < 3 then
    c = 0
  end
  if not (is_whole(a) and is_whole(b) and is_whole(c)) then
    return count_others(object, one, time, { a, b, c })
  end
  raw.value[one.second], raw.value[one.third] = b, c
  raw.value[one.first] = a
  local bytes = C.gotrace_chrome_count(self.handle, raw, value.number(time))
  if bytes >= PIECE then
    settle(self, bytes)
  end
end

local function make()
  local handle = C.gotrace_chrome_new()
  if handle == nil then
    memory.stop()
  end
  file.put '{"displayTimeUnit":"ns",\n"traceEvents":[\n'
  return new { handle = ffi.gc(handle, C.gotrace_chrome_free), children = {},
    frames = {}, leaves = {}, counters = {} }
end

local function finish(object)
  local frames = of[object].frames
  hand_on(of[object])
  file.put '\n],\n"stackFrames":{'
  for id, shown in ipairs(frames) do
    file.put(('%s"%d":%s'):format(id > 1 and ",\n" or "\n", id, shown))
  end
  file.put "\n}}\n"
end

return { make = make, end_trace = function() end, finish = finish,
  adds = false, is_text = true, packed = false }
