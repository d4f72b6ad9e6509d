-- keys.lua: what tables tell their rows apart by. Strings, numbers and booleans
-- are their own keys; a stack, a frame and a goroutine have a key object, one for
-- all that are equal in every trace, trace is its file, and nil is `none`.
--
-- Key objects are cells (format.lua): text cuts a stack in its middle, JSON has
-- its frames, CSV its functions in one cell.
local cells = require "gotrace.printing.cells"
local goroutine = require "gotrace.span.goroutine"
local json = require "gotrace.printing.json"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local stacks = require "gotrace.engine.stacks"
local text_table = require "gotrace.printing.text_table"

local is_plain = { string = true, number = true, boolean = true }

local known = {} -- stacks and frames, by what they are equal by

-- By the numbers of stacks and frames (strings.lua), which are more.
local by_stack, by_frame = {}, {}

-- With lengths: a trace may say anything. What has no name (Go 1.5) is told apart by its
-- address, which is what is shown of it.
local function frame_identity(frame)
  return ("%d %s%d %s%d %.0f"):format(#frame.func, frame.func, #frame.file,
    frame.file, frame.line, frame.func == "" and frame.pc or 0)
end

local function stack_identity(stack)
  local parts = {}
  for i, frame in ipairs(stack) do
    parts[i] = frame_identity(frame)
  end
  return "stack " .. table.concat(parts, " ")
end

-- Where two builds have the same frame, its address is none of the key's.
local function frame_json(frame)
  return json.json_object({ "func", "file", "line" },
    { frame.func, frame.file, frame.line })
end

local LONGEST = 72 -- characters of a stack's text

local function label(frame)
  return printable.line(stacks.frame_label(frame))
end

-- Leaf first, and of a long one the first frames and the root.
local function short_text(stack)
  local whole = tostring(stack)
  if #whole <= LONGEST or #stack < 3 or not text_table.is_cut() then
    return whole
  end
  local text, last = label(stack.leaf), " < ... < " .. label(stack.root)
  for i = 2, #stack - 1 do
    local longer = text .. " < " .. label(stack[i])
    if #longer + #last > LONGEST then
      break
    end
    text = longer
  end
  return text .. last
end

local Stack = { is_place = true }
Stack.__index = Stack

function Stack:text()
  self.short = self.short or text_table.is_wide() and tostring(self.object) or
    short_text(self.object)
  return self.short
end

function Stack:csv()
  return cells.cell(self.object)
end

function Stack:json()
  local frames = {}
  for i, frame in ipairs(self.object) do
    frames[i] = frame_json(frame)
  end
  return "[" .. table.concat(frames, ",") .. "]"
end

local Frame = { is_place = true }
Frame.__index = Frame

function Frame:csv()
  return tostring(self.object)
end

-- Without its file, unless there is room for all.
function Frame:text()
  local frame = self.object
  if text_table.is_wide() or frame.file == "" then
    return tostring(frame)
  end
  return ("%s:%d"):format(label(frame), frame.line)
end

function Frame:json()
  return frame_json(self.object)
end

-- get(): what a script gets for the key.
function Stack:get()
  return self.object
end
Frame.get = Stack.get

local function key_of_object(class, object, identity)
  known[identity] = known[identity] or
    setmetatable({ object = object, identity = identity }, class)
  return known[identity]
end

local function new_stack_key(stack)
  local key = key_of_object(Stack, stack, stack_identity(stack))
  by_stack[stack._at] = key
  return key
end

local function new_frame_key(frame)
  local key = key_of_object(Frame, frame, frame_identity(frame))
  by_frame[frame._at] = key
  return key
end

-- Done once for each stack, as strings.lua's own.
jit.off(frame_identity)
jit.off(stack_identity)
jit.off(key_of_object)
jit.off(new_stack_key)
jit.off(new_frame_key)

-- A goroutine's name may be told late: of one whose trace is still read it is asked for
-- when it is shown.
local Goroutine = {}
Goroutine.__index = Goroutine

local current = {} -- by id: those of the trace at hand

function Goroutine:name()
  return self.settled or goroutine.name_of(self.id)
end

function Goroutine:text()
  local name = self:name()
  return ("G%.0f%s"):format(self.id, name ~= "" and " " ..
    printable.line(name) or "")
end
Goroutine.csv = Goroutine.text

function Goroutine:json()
  return json.json_object({ "id", "name" }, { self.id, self:name() })
end

-- The object, while it has something to say.
function Goroutine:get()
  return not self.settled and goroutine.of(self.id) or self:text()
end

local function key_of_goroutine(id)
  current[id] = current[id] or setmetatable({ id = id }, Goroutine)
  return current[id]
end

local before = {} -- by id: lists of those of the traces before

-- settle(): the trace ends: its goroutines have the names that they have now.
local function settle()
  for id, key in pairs(current) do
    key.settled = key:name()
    before[id] = before[id] or {}
    table.insert(before[id], key)
  end
  current = {}
end

-- forget(): no table has goroutines of the traces before.
local function forget()
  before = {}
end

local function is_goroutine(key)
  return getmetatable(key) == Goroutine
end

-- alike(key): a list of the keys that are one with it when they are shown: those of
-- goroutines of other traces with its id and name.
local function alike(key)
  local list = { key }
  for _, other in ipairs(is_goroutine(key) and before[key.id] or {}) do
    if other ~= key and other:name() == key:name() then
      list[#list + 1] = other
    end
  end
  return list
end

-- of_object(value): the key of what is no plain value; nil: it can be none. What is
-- common comes first: proxy.kind of an object is not compiled.
local function of_object(value)
  local g = goroutine.id_of(value)
  if g then
    return key_of_goroutine(g)
  elseif value == nil then
    return nil
  end
  local kind = proxy.kind(value)
  if kind == "stack" then
    return by_stack[value._at] or (new_stack_key(value))
  elseif kind == "frame" then
    return by_frame[value._at] or (new_frame_key(value))
  elseif kind == "trace" then
    return value.file
  end
end

-- What has no key: a row as any other, as parts that lack it would be no whole. Its text
-- is what each() yields of it, as loops end at nil, so that add and get take that for it.
local NO_KEY = "-"
local None = { order = "", identity = "none" }
None.__index = None

local none = setmetatable({}, None)

function None.text()
  return NO_KEY
end

function None.csv()
  return nil
end

function None.json()
  return "null"
end

function None.packed()
  return { "none" }
end

None.get = None.text

local function advice_on(value)
  return proxy.kind(value) ~= type(value) and ": tostring(x) is one" or ""
end

-- find(kind, value): the key that a value is; or nil and what is wrong with it: kind is
-- what it is to fill.
local function find(kind, value)
  if value ~= value and type(value) == "number" then
    return nil, ("%s: a key cannot be NaN"):format(kind)
  elseif is_plain[type(value)] and value ~= NO_KEY then
    return value
  end
  local key = (value == nil or value == NO_KEY) and none or of_object(value)
  if key == nil then
    return nil, ("%s: a key is a string, a number, a boolean, a stack, a " ..
      "frame, a goroutine, trace or nil, not %s%s"):format(kind,
      proxy.kind(value), advice_on(value))
  end
  return key
end

-- of(kind, value): as find, of what is no plain value. Blames the third level, the script.
local function of(kind, value)
  local key, problem = find(kind, value)
  if problem then
    error(problem, 3)
  end
  return key
end

-- cell(value): what a table keeps of a value that a script gives it to show.
local function cell(value)
  if value == nil or is_plain[type(value)] then
    return value
  end
  local key = of_object(value)
  if key == nil then
    return tostring(value)
  end
  return key
end

-- get(key): what a script gets for a key.
local function get(key)
  if type(key) == "table" then
    return key:get()
  end
  return key
end

-- identity(key): a text for each key, the same for those that are one in all traces.
local function identity(key)
  if type(key) == "table" then
    return key.identity or key:text()
  end
  return type(key) .. " " .. tostring(key)
end

-- What objects are sorted by; those with one text have an order all the same.
local function order_of(key)
  key.order = key.order or tostring(key.object)
  return key.order
end

local rank = { ["nil"] = 0, number = 1, string = 2, boolean = 3, table = 4 }

-- less(a, b): numbers by size, before strings, before booleans, before objects; nil,
-- which only cells are, is before them.
local function less(a, b)
  local kind, other = type(a), type(b)
  if kind ~= other then
    return rank[kind] < rank[other]
  elseif kind == "boolean" then
    return b and not a
  elseif kind ~= "table" then
    return a < b
  elseif is_goroutine(a) and is_goroutine(b) and a.id ~= b.id then
    return a.id < b.id
  end
  if is_goroutine(a) or is_goroutine(b) or order_of(a) == order_of(b) then
    return identity(a) < identity(b)
  end
  return order_of(a) < order_of(b)
end

-- Packed keys (packing.lua): a plain value is itself; others are lists: { "stack", function,
-- file, line, address, ... } with four for each frame, { "frame", ... } likewise,
-- { "goroutine", id, name }, and { "none" }. The address is 0 but where nothing has a name.

local function put_frame(list, frame)
  local n = #list
  list[n + 1], list[n + 2], list[n + 3] = frame.func, frame.file, frame.line
  list[n + 4] = frame.func == "" and frame.pc or 0
end

function Stack:packed()
  local list = { "stack" }
  for _, frame in ipairs(self.object) do
    put_frame(list, frame)
  end
  return list
end

function Frame:packed()
  local list = { "frame" }
  put_frame(list, self.object)
  return list
end

function Goroutine:packed()
  return { "goroutine", self.id, self:name() }
end

-- pack(key): a key, or a cell, as a plain value.
local function pack(key)
  if type(key) == "table" then
    return key:packed()
  end
  return key
end

local read = {}

local function is_id(n)
  return type(n) == "number" and n % 1 == 0 and n >= 0
end

-- The key of the frame whose four stand at i.
local function frame_at(plain, i)
  local func, file, line, pc = plain[i], plain[i + 1], plain[i + 2],
    plain[i + 3]
  if type(func) ~= "string" or type(file) ~= "string" or not is_id(line) or
    not is_id(pc) then
    error("a frame is none", 0)
  end
  local frame = { func = func, file = file, line = line, pc = pc }
  local text = frame_identity(frame)
  return known[text] or key_of_object(Frame, stacks.new_frame(frame), text)
end

function read.frame(plain)
  return frame_at(plain, 2)
end

function read.stack(plain)
  local fields = { id = 0 }
  for i = 2, plain.n, 4 do
    fields[#fields + 1] = frame_at(plain, i).object
  end
  local text, n = stack_identity(fields), #fields
  if known[text] then
    return known[text]
  end
  local nowhere = n == 0 and stacks.new_frame { func = "", file = "",
    line = 0, pc = 0 }
  fields.leaf, fields.root = fields[1] or nowhere, fields[n] or nowhere
  return key_of_object(Stack, stacks.new(fields, n), text)
end

function read.none()
  return none
end

-- One for all traces: nothing is told late any more.
function read.goroutine(plain)
  local id, name = plain[2], plain[3]
  if not is_id(id) or type(name) ~= "string" then
    error("a goroutine is none", 0)
  end
  before[id] = before[id] or {}
  for _, key in ipairs(before[id]) do
    if key.settled == name then
      return key
    end
  end
  local key = setmetatable({ id = id, settled = name }, Goroutine)
  table.insert(before[id], key)
  return key
end

-- read_packed(plain): the key or cell. An error, a text without a place, says what is wrong.
local function read_packed(plain)
  if type(plain) ~= "table" then
    return plain
  end
  local take = read[plain[1]]
  if not take then
    error("a key is none", 0)
  end
  return take(plain)
end

return {
  is_plain = is_plain,
  none = none,
  pack = pack,
  read_packed = read_packed,
  is_goroutine = is_goroutine,
  alike = alike,
  find = find,
  of = of,
  identity = identity,
  cell = cell,
  get = get,
  less = less,
  settle = settle,
  forget = forget,
}
