-- rows.lua: export.csv and export.ndjson: a table, row by row, of which nothing is held.
local cells = require "gotrace.printing.cells"
local event_fields = require "gotrace.event.fields"
local events = require "gotrace.event.event"
local file = require "gotrace.export.file"
local format = require "gotrace.printing.format"
local getters = require("gotrace.span.fields").getters
local proxy = require "gotrace.base.proxy"
local value = require "gotrace.export.value"

local MOST = 1000 -- columns

local methods = {}

local new, of = proxy.class("table", "rows are added to it", {
  __index = function(_, name, ...)
    return methods[name] or error(('a table has no "%s": it has add, ' ..
      "add_span and add_event"):format(tostring(name)), 2)
  end,
})

local function self_of(object, name)
  return of[object] or value.refuse("call it with a colon: table:%s()", name)
end

-- add(value, ...): a row, of a value for each column; nil for none.
function methods.add(object, ...)
  local self = self_of(object, "add")
  if select("#", ...) > #self.columns then
    value.refuse("there are %d columns, and %d values here", #self.columns,
      select("#", ...))
  end
  file.put(self.line(self.columns, { ... }))
end

-- What a span has in a column.
local function cell_of(self, name, view)
  if name == "trace" then
    return self.file
  elseif not getters[name] then
    value.refuse("a span has no field \"%s\", and the table such a column",
      name)
  end
  return (getters[name](view))
end

-- add_span(s): a row of the span's fields that the columns are called after; trace: its
-- file.
function methods.add_span(object, s, ...)
  local self, values = self_of(object, "add_span"), {}
  local view = value.span(s)
  for i, name in ipairs(self.columns) do
    values[i] = cell_of(self, name, view)
  end
  file.put(self.line(self.columns, values))
end

-- What an event has in a column; nil: one of its type has no such field.
local function event_cell(self, name, view)
  if name == "trace" then
    return self.file
  elseif not event_fields.lenient[name] then
    value.refuse("no event has a field \"%s\", and the table such a column",
      name)
  end
  return (event_fields.get(view, name))
end

-- add_event(ev): the same of an event's fields.
function methods.add_event(object, ev, ...)
  local self, view = self_of(object, "add_event"), events.view_of(ev)
  if not view then
    value.refuse("an event is wanted, as hooks have it, or a copy of one, " ..
      "not %s", proxy.kind(ev))
  end
  local values = {}
  for i, name in ipairs(self.columns) do
    values[i] = event_cell(self, name, view)
  end
  file.put(self.line(self.columns, values))
end

local function csv_line(columns, values)
  return format.csv_line(values, #columns, cells.cell) .. "\n"
end

local function json_line(columns, values)
  local parts = {}
  for i, name in ipairs(columns) do
    parts[i] = format.json(name) .. ":" .. cells.json(values[i])
  end
  return "{" .. table.concat(parts, ",") .. "}\n"
end

-- One name twice would be one column to most readers.
local function columns_of(spec)
  local columns, seen = {}, {}
  for i, name in ipairs(spec) do
    columns[i] = value.text(name)
    if seen[columns[i]] then
      value.refuse("two columns are called %s", columns[i])
    end
    seen[columns[i]] = true
  end
  if #columns == 0 or #columns > MOST then
    value.refuse("columns are a list of 1 to %d names", MOST)
  end
  return columns
end

-- A maker: spec: the names of columns. has_head: a line of them comes first.
local function maker(line, has_head)
  return function(spec)
    local columns = columns_of(spec)
    if has_head then
      file.put(line(columns, columns))
    end
    return new { columns = columns, line = line }
  end
end

local function begin_trace(object, trace)
  of[object].file = trace.file
end

local function finish() end

local function form(line, has_head)
  return { make = maker(line, has_head), begin_trace = begin_trace,
    end_trace = finish, finish = finish, adds = true, is_text = true }
end

return { csv = form(csv_line, true), ndjson = form(json_line, false) }
