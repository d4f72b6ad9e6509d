-- chrome.lua: export.chrome: events for the trace viewer of Chrome, which is also what `go tool
-- trace` draws: JSON, an event a line. Frames of stacks stand behind all events, as a tree:
-- that is all that is held.
local file = require "gotrace.export.file"
local json = require "gotrace.tables.json"
local names = require "gotrace.engine.strings"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local value = require "gotrace.export.value"

local methods = {}

local new, of = proxy.class("viewer", "events are added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('it has no "%s": it has add'):format(
      tostring(name)), 2)
  end,
})

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
local function time(v)
  local ns = value.number(v)
  local rest = ns % 1000
  local us = ("%.0f"):format((ns - rest) / 1000)
  return rest > 0 and us .. (".%03d"):format(rest) or us
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

-- The number of a stack's leaf in the tree; 0: the empty one.
local function leaf_of(self, stack)
  local id = value.stack(stack)
  local leaf = self.leaves[id]
  if not leaf then
    leaf = 0
    local frames = names.stack_of(id)
    for i = #frames, 1, -1 do
      leaf = node_of(self, frames[i], leaf)
    end
    self.leaves[id] = leaf
  end
  return leaf
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

local function args(v)
  return type(v) == "table" and next(v) == nil and "{}" or json.json(v)
end

local fields = {
  { "name", text }, { "ph", text }, { "s", text }, { "ts", time },
  { "dur", unless_zero(time) }, { "pid", number }, { "tid", row },
  { "id", unless_zero(number) }, { "stack", stack, "sf" },
  { "end_stack", stack, "esf" }, { "args", args },
  { "cname", text }, { "cat", text },
}

-- add(event): a table by names: those of the format, with times in ns, and stacks as `stack`
-- and `end_stack`.
function methods.add(object, event)
  local self = of[object] or value.refuse "call it with a colon: w:add()"
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
  file.put((self.some and ",\n{" or "{") .. table.concat(parts, ",") .. "}")
  self.some = true
end

local function make()
  file.put '{"displayTimeUnit":"ns",\n"traceEvents":[\n'
  return new { children = {}, frames = {}, leaves = {}, some = false }
end

local function finish(object)
  local frames = of[object].frames
  file.put '\n],\n"stackFrames":{'
  for id, shown in ipairs(frames) do
    file.put(('%s"%d":%s'):format(id > 1 and ",\n" or "\n", id, shown))
  end
  file.put "\n}}\n"
end

return { make = make, end_trace = function() end, finish = finish,
  adds = false, is_text = true, packed = false }
