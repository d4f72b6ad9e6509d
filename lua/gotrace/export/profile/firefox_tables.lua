-- firefox_tables.lua: what the threads of a profile for profiler.firefox.com have in common:
-- texts, functions, frames, the tree of stacks, and the categories of frames; each told once,
-- by its number from 0 on.
local json = require "gotrace.printing.json"
local names = require "gotrace.engine.strings"
local printable = require "gotrace.base.printable"

local number = require("gotrace.base.value").number

local tables = {}
tables.__index = tables

-- Those with a colour of their own. The first grey one is what a frame without one has.
local COLOURS = { { "Other", "grey" }, { "Running", "green" },
  { "Runnable", "yellow" }, { "Syscall", "orange" }, { "Waiting", "blue" },
  { "User", "magenta" }, { "Runtime", "red" } }

-- The first of a category's own is the category itself.
local function add_category(self, name, colour)
  local category = { at = #self.categories, name = name, colour = colour,
    subs = { "Other" }, sub_at = { [""] = 0, Other = 0 } }
  self.categories[category.at + 1] = category
  self.category_of[name] = category
  return category
end

-- new()
local function new()
  local self = setmetatable({ strings = {}, string_at = {}, funcs = {},
    func_at = {}, frames = {}, frame_at = {}, nodes = {}, node_at = {},
    node_of = {}, leaf_of = {}, sources = {}, source_at = {}, categories = {},
    category_of = {} }, tables)
  for _, row in ipairs(COLOURS) do
    add_category(self, row[1], row[2])
  end
  return self
end

-- What a row is found by: parts of which only the last may be any text.
local function row_number(rows, at, key, make)
  local found = at[key]
  if not found then
    found = #rows
    rows[found + 1], at[key] = make, found
  end
  return found
end

-- text(s): the number of a text as it is shown.
function tables:text(s)
  return row_number(self.strings, self.string_at, s, printable.line(s))
end

-- category(name, sub): the numbers of both; nil: none. A new one is light blue.
function tables:category(name, sub)
  local category = self.category_of[name] or
    add_category(self, name, "lightblue")
  sub = sub or ""
  local at = category.sub_at[sub]
  if not at then
    at = #category.subs
    category.subs[at + 1], category.sub_at[sub] = sub, at
  end
  return category.at, at
end

local function func_number(self, name, path)
  local text = self:text(name)
  local source = path ~= "" and row_number(self.sources, self.source_at, path,
    self:text(path)) or nil
  return row_number(self.funcs, self.func_at, text .. ":" .. (source or ""),
    { text, source or "null" })
end

local function frame_number(self, func, line, category, sub)
  local row = { func, line > 0 and number(line) or "null", category or "null",
    sub or "null" }
  return row_number(self.frames, self.frame_at, table.concat(row, ":"), row)
end

local function child(self, parent, frame)
  return row_number(self.nodes, self.node_at, parent .. ":" .. frame,
    { frame, parent })
end

local function make_node(self, stack)
  local node, object = "null", names.stack_of(stack)
  for i = #object, 1, -1 do
    local frame = object[i]
    local name = frame.func ~= "" and frame.func or ("0x%x"):format(frame.pc)
    node = child(self, node, frame_number(self, func_number(self, name,
      frame.file), frame.line))
  end
  return node
end

-- stack(id): the number of an engine's stack in the tree, "null" for the empty one.
function tables:stack(id)
  local node = self.node_of[id]
  if not node then
    node = make_node(self, id)
    self.node_of[id] = node
  end
  return node
end

-- leaf(id, category, sub): the same with what was done there: "[chan receive]", which the
-- time counts as.
function tables:leaf(id, category, sub)
  local at, sub_at = self:category(category, sub)
  local key = ("%d:%d:%d"):format(id, at, sub_at)
  local node = self.leaf_of[key]
  if not node then
    local name = "[" .. (sub and sub ~= "" and sub or category) .. "]"
    node = child(self, self:stack(id), frame_number(self,
      func_number(self, name, ""), 0, at, sub_at))
    self.leaf_of[key] = node
  end
  return node
end

-- A column of rows: the values at a place, or one value for all.
local function column(rows, place)
  local values = {}
  for i, row in ipairs(rows) do
    values[i] = row[place]
  end
  return "[" .. table.concat(values, ",") .. "]"
end

local function constant(n, value)
  return "[" .. (value .. ","):rep(n):sub(1, -2) .. "]"
end

local function strings_text(self)
  local texts = {}
  for i, text in ipairs(self.strings) do
    texts[i] = json.json(text)
  end
  return table.concat(texts, ",\n")
end

-- Tables that nothing of ours is in: libraries, symbols.
local EMPTY = '"resourceTable":{"lib":[],"name":[],"host":[],"type":[],' ..
  '"length":0},\n"nativeSymbols":{"libIndex":[],"address":[],"name":[],' ..
  '"functionSize":[],"length":0}'

-- shared(put): the profile's member `shared`, handed on in pieces.
function tables:shared(put)
  local n, m = #self.frames, #self.funcs
  put(('{"stringArray":[\n%s],\n'):format(strings_text(self)))
  put(('"stackTable":{"frame":%s,"prefix":%s,"length":%d},\n'):format(
    column(self.nodes, 1), column(self.nodes, 2), #self.nodes))
  put(('"frameTable":{"func":%s,"line":%s,"category":%s,"subcategory":%s,')
    :format(column(self.frames, 1), column(self.frames, 2),
    column(self.frames, 3), column(self.frames, 4)))
  put(('"address":%s,"inlineDepth":%s,"nativeSymbol":%s,"innerWindowID":%s,' ..
    '"column":%s,"length":%d},\n'):format(constant(n, -1), constant(n, 0),
    constant(n, "null"), constant(n, 0), constant(n, "null"), n))
  put(('"funcTable":{"name":%s,"source":%s,"isJS":%s,"relevantForJS":%s,' ..
    '"resource":%s,"lineNumber":%s,"columnNumber":%s,"length":%d},\n'):format(
    column(self.funcs, 1), column(self.funcs, 2), constant(m, "false"),
    constant(m, "false"), constant(m, -1), constant(m, "null"),
    constant(m, "null"), m))
  put(('"sources":{"uuid":%s,"filename":[%s],"length":%d},\n'):format(
    constant(#self.sources, "null"), table.concat(self.sources, ","),
    #self.sources))
  put(EMPTY .. "}")
end

-- categories_text(): the member `categories` of `meta`.
function tables:categories_text()
  local parts = {}
  for i, category in ipairs(self.categories) do
    local subs = {}
    for k, sub in ipairs(category.subs) do
      subs[k] = json.json(printable.line(sub))
    end
    parts[i] = ('{"name":%s,"color":"%s","subcategories":[%s]}'):format(
      json.json(printable.line(category.name)), category.colour,
      table.concat(subs, ","))
  end
  return "[" .. table.concat(parts, ",\n") .. "]"
end

return { new = new }
