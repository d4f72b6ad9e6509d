-- speedscope.lua: export.speedscope: what a few goroutines did from moment to moment, in
-- the form of speedscope's "evented" profiles, one for each.
--
-- All of a profile stands together there, so what goroutines did is held until the end.
local file = require "gotrace.export.file"
local host = require "gotrace.engine.host"
local json = require "gotrace.printing.json"
local names = require "gotrace.engine.strings"
local printable = require "gotrace.base.printable"
local proxy = require "gotrace.base.proxy"
local stacks = require "gotrace.engine.stacks"
local value = require "gotrace.export.value"

local number = require("gotrace.base.value").number

local methods = {}

local new, of = proxy.class("speedscope", "what was done is added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('it has no "%s": it has add'):format(
      tostring(name)), 2)
  end,
})

local WIDTH = 4 -- numbers that are held of each: from, to, stack, leaf

local function leaf_number(self, leaf)
  if leaf == nil then
    return 0
  end
  local text = "[" .. printable.line(value.text(leaf)) .. "]"
  if not self.leaf_at[text] then
    self.leaves[#self.leaves + 1] = text
    self.leaf_at[text] = #self.leaves
  end
  return self.leaf_at[text]
end

local function profile_of(self, name)
  local profile = self.by_name[name]
  if not profile then
    profile = { name = name, last = 0 }
    self.by_name[name] = profile
    self.profiles[#self.profiles + 1] = profile
  end
  return profile
end

-- add(name, from, to, stack, leaf): the profile of that name was there from one time to
-- another, in ns; within one, times do not overlap and come in their order.
function methods.add(object, name, from, to, stack, leaf, ...)
  local self = of[object] or value.refuse "call it with a colon: w:add()"
  local profile = profile_of(self, value.text(name))
  from, to = value.number(from), value.number(to)
  if from < profile.last or to < from then
    value.refuse("what %s did comes in the order of time: %s to %s is " ..
      "behind %s", printable.line(profile.name), number(from), number(to),
      number(profile.last))
  end
  local n = #profile
  profile[n + 1], profile[n + 2] = from, to
  profile[n + 3], profile[n + 4] = value.stack(stack), leaf_number(self, leaf)
  profile.last = to
end

-- make(spec): spec: { name = of the file as a whole }.
local function make(spec)
  return new { by_name = {}, profiles = {}, leaf_at = {}, leaves = {},
    name = spec.name and value.text(spec.name), frames = {}, frame_at = {} }
end

local function begin_trace(object, trace)
  local self = of[object]
  self.name = self.name or trace.file
end

-- The number of a frame, from 0 on.
local function frame_number(self, name, path, line)
  local key = ("%d:%s%d:%s%s"):format(#name, name, #path, path, number(line))
  local at = self.frame_at[key]
  if not at then
    at = #self.frames
    local text = '{"name":' .. json.json(name)
    if path ~= "" then
      text = ('%s,"file":%s,"line":%s'):format(text, json.json(path),
        number(line))
    end
    self.frames[at + 1], self.frame_at[key] = text .. "}", at
  end
  return at
end

-- By stack and leaf, the numbers of the frames from root to leaf.
local function frames_of(self, stack, leaf)
  local key = ("%d:%d"):format(stack, leaf)
  local list = self.lists[key]
  if not list then
    local object = names.stack_of(stack)
    list = {}
    for i = #object, 1, -1 do
      local frame = object[i]
      list[#list + 1] = frame_number(self,
        printable.line(stacks.frame_label(frame)),
        printable.line(frame.file), frame.line)
    end
    list[#list + 1] = leaf > 0 and frame_number(self, self.leaves[leaf], "", 0)
      or nil
    self.lists[key] = list
  end
  return list
end

local function put_event(self, kind, frame, at)
  file.put(('%s{"type":"%s","frame":%d,"at":%s}'):format(
    self.is_first and "" or ",\n", kind, frame, number(at)))
  self.is_first = false
end

-- Of what is open all behind the first `kept` frames ends.
local function close(self, open, kept, at)
  for i = #open, kept + 1, -1 do
    put_event(self, "C", open[i], at)
  end
end

local function common(a, b)
  local n = 0
  while a[n + 1] and a[n + 1] == b[n + 1] do
    n = n + 1
  end
  return n
end

local function put_events(self, profile)
  local open, at = {}, profile[1] or 0
  for i = 1, #profile, WIDTH do
    local from, to = profile[i], profile[i + 1]
    local list = frames_of(self, profile[i + 2], profile[i + 3])
    local kept = from == at and common(open, list) or 0
    close(self, open, kept, at)
    for k = kept + 1, #list do
      put_event(self, "O", list[k], from)
    end
    open, at = list, to
  end
  close(self, open, 0, at)
end

local function put_profile(self, profile, i)
  file.put(('%s{"type":"evented","name":%s,"unit":"nanoseconds",' ..
    '"startValue":%s,"endValue":%s,"events":[\n'):format(i > 1 and "," or "",
    json.json(printable.line(profile.name)), number(profile[1] or 0),
    number(profile.last)))
  self.is_first = true
  put_events(self, profile)
  file.put "]}\n"
end

local function finish(object)
  local self = of[object]
  self.lists = {}
  file.put(('{"$schema":"https://www.speedscope.app/file-format-schema.json' ..
    '","exporter":"gotrace-lua@%s","name":%s,"activeProfileIndex":0,' ..
    '"profiles":[\n'):format(host.version,
    json.json(printable.line(self.name or ""))))
  for i, profile in ipairs(self.profiles) do
    put_profile(self, profile, i)
  end
  file.put('],"shared":{"frames":[\n' .. table.concat(self.frames, ",\n") ..
    "]}}\n")
end

return { make = make, begin_trace = begin_trace, end_trace = function() end,
  finish = finish, adds = false, is_text = true }
