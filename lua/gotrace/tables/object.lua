-- object.lua: what all tables of scripts are: objects that only their methods can
-- change (proxy.lua), and that print themselves at the end of the run.
local event_row = require "gotrace.printing.event_row"
local format = require "gotrace.printing.format"
local proxy = require "gotrace.base.proxy"
local suggest = require "gotrace.base.suggest"

-- One script's tables are in the order in which it made them, and those of a
-- pipeline in the order of the scripts: one list for the run. Each: { object,
-- value, class, given: its name }.
local all = {}

local kept = setmetatable({}, { __mode = "k" }) -- the same, by object

local watcher -- what is told when a table is read or set, or nil

-- watch(fn): fn(entry of `all`) is called before each method but those that add.
local function watch(fn)
  watcher = fn
end

local function look_at(one)
  if watcher and one then
    watcher(one)
  end
end

-- What only adds.
local adds = { add_sum = true, spread = true }

local function put() end

-- set_put(fn): what x:print() writes with, from now on.
local function set_put(fn)
  put = fn
end

-- How many tables with the same `what` and no other name there are up to this one.
local function number_of(one, what)
  local n = 0
  for _, other in ipairs(all) do
    local is_same = not other.given and other.class.what(other.value) == what
    n = n + (is_same and 1 or 0)
    if other == one then
      break
    end
  end
  return n
end

-- What JSON calls a table where there are several: as it was named, or what it shows, with
-- a number from the second of the same on.
local function name_of(one)
  if one.given then
    return one.given
  end
  local what = one.class.what(one.value)
  local n = number_of(one, what)
  return n > 1 and ("%s %d"):format(what, n) or what
end

-- lines_of(one, style): as lines.
-- Whether the reader sees several; quiet ones are for the script alone.
local function are_several()
  local n = 0
  for _, one in ipairs(all) do
    n = n + (one.is_quiet and 0 or 1)
  end
  return n > 1
end

local function lines_of(one, style)
  local t = one.class.table_of(one.value)
  t.name = are_several() and name_of(one) or nil
  return format.table_lines(t, style)
end

local function misused(name)
  error(("call it with a colon: x:%s()"):format(name), 3)
end

-- Methods that all of them have; each gets what it is of in `all`.
local shared = {}

-- print(): now, in the form of -F, and not by itself at the end.
function shared.print(one)
  local lines = lines_of(one, event_row.style())
  one.is_printed = true
  if #lines > 0 then
    put(table.concat(lines, "\n"), "\n")
  end
end

-- optional(): it is not printed while nothing was added.
function shared.optional(one)
  one.is_optional = true
end

-- when_empty(text): what is said on standard error where it has no row at the end: what was
-- looked for, why there may be none, what to ask next.
function shared.when_empty(one, text)
  if type(text) ~= "string" then
    error("when_empty wants a string, not " .. proxy.kind(text), 3)
  end
  one.when_empty = text
end

-- quiet(): it is there to be read, and does not print itself.
function shared.quiet(one)
  one.is_printed, one.is_quiet = true, true
end

-- name(text): what JSON calls it.
function shared.name(one, text)
  if type(text) ~= "string" then
    error("name wants a string, not " .. proxy.kind(text), 3)
  end
  one.given = text
end

-- Setters give the object back, so that they can follow each other; readers what
-- they found. Both blame the third level, the script, for a mistake.
local function add_methods(own, values, class)
  for name, method in pairs(class.setters) do
    own[name] = function(object, ...)
      local value = values[object] or misused(name)
      if not adds[name] then
        look_at(kept[object])
      end
      method(value, ...)
      return object
    end
  end
  for name, method in pairs(class.readers) do
    own[name] = function(object, ...)
      look_at(kept[object])
      local found = method(values[object] or misused(name), ...)
      return found
    end
  end
  for name, method in pairs(shared) do
    own[name] = function(object, ...)
      look_at(kept[object])
      method(kept[object] or misused(name), ...)
      return object
    end
  end
end

local function no_method(name, names)
  error(('a table has no "%s"%s; it has %s, and prints itself at the end')
    :format(tostring(name), suggest.hint(tostring(name), names),
      table.concat(names, ", ")), 3)
end

local function shown_of(object)
  look_at(kept[object])
  return table.concat(lines_of(kept[object], "text"), "\n")
end

local function json_of(object)
  local one = kept[object]
  look_at(one)
  local t = one.class.table_of(one.value)
  local lines = format.table_lines(t, "json")
  local text = table.concat(lines, ",")
  return t.keyed and text or "[" .. text .. "]"
end

-- class { name, setters, readers, table_of(value), has_rows(value), what(value), merge(value,
-- other) }: yields new(value), which makes an object of a value that has `add`; and the
-- values, by object. `all` of them print themselves, in the order in which they were made.
local function class(definition)
  local own, names = {}, nil
  local new, values
  new, values = proxy.class("table", "x:add() fills it", {
    -- With dots, as the getters (fields.lua).
    __index = function(object, name, ...)
      local method = name == "add" and values[object].add or own[name]
      return method or no_method(name, names)
    end,
    __pairs = function()
      return next, {}
    end,
    __tostring = shown_of,
    __json = json_of,
  })
  add_methods(own, values, definition)
  names = proxy.sorted_keys(own)
  table.insert(names, 1, "add")
  return function(value)
    local object = new(value)
    local one = { object = object, value = value, class = definition }
    all[#all + 1], kept[object] = one, one
    return object
  end, values
end

-- merge(object, other): adds all that the other table has, which was made the same
-- way.
local function merge(object, other)
  local one = kept[object]
  one.class.merge(one.value, kept[other].value)
end

-- print_all(style, write): each that no script printed, an empty line between.
local function print_all(style, write)
  local printed = false
  for _, one in ipairs(all) do
    local left_out = one.is_printed or
      one.is_optional and not one.class.has_rows(one.value)
    local lines = left_out and {} or lines_of(one, style)
    if #lines > 0 then
      write(printed and style ~= "json" and "\n" or "",
        table.concat(lines, "\n"), "\n")
      printed = true
    end
  end
end

-- Whether any of them has something to say.
local function has_rows()
  for _, one in ipairs(all) do
    if one.class.has_rows(one.value) then
      return true
    end
  end
  return false
end

-- empty(): a list of what to say of tables without a row: of each that has a text for that,
-- and once of the others, where none has a row.
local function empty()
  local list, others = {}, 0
  for _, one in ipairs(all) do
    if not (one.is_printed or one.class.has_rows(one.value)) then
      list[#list + 1] = one.when_empty
      others = others + ((one.when_empty or one.is_optional) and 0 or 1)
    end
  end
  if #list == 0 and others > 0 and not has_rows() then
    list[1] = "no table has a row: nothing in the trace is what is looked for"
  end
  return list
end

-- all(): every table: { object, value, class, given, is_optional, is_printed, when_empty }.
local function list()
  return all
end

-- of(object): the entry of one.
local function of(object)
  return kept[object]
end

-- drop(n): only the first n are left.
local function drop(n)
  for i = #all, n + 1, -1 do
    all[i] = nil
  end
end

-- cut(n): and they are empty.
local function cut(n)
  drop(n)
  for _, one in ipairs(all) do
    one.class.setters.clear(one.value)
  end
end

return {
  class = class,
  watch = watch,
  drop = drop,
  cut = cut,
  all = list,
  of = of,
  merge = merge,
  set_put = set_put,
  print_all = print_all,
  has_rows = has_rows,
  empty = empty,
}
