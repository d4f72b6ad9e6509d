-- event_table.lua: the event table as Lua sees it, one row a type.
--
-- A row: { id, name, since (22 is Go 1.22), about, args = { { name, kind, at } }
-- } where kind is "NUM", "G", "STR" ... and at the argument's place in arg[].
local C = require "gotrace.engine.abi"
local host = require "gotrace.engine.host"

local kinds = {}
for _, kind in ipairs {
  "NUM", "G", "P", "M", "TASK", "STR", "STACK", "SEQ", "GSTATUS", "PSTATUS",
} do
  kinds[tonumber(C["GOTRACE_ARG_" .. kind])] = kind
end

-- What every event has, in the order in which it is shown.
local common = { "type", "time", "m", "p", "g", "stack", "n", "gen", "off" }
local is_common = {}
for _, name in ipairs(common) do
  is_common[name] = true
end

-- The arguments: name and kind of each.
local function args_of(...)
  local args = {}
  for i = 1, select("#", ...), 2 do
    local name, kind = select(i, ...)
    args[#args + 1] = { name = name, kind = kinds[kind], at = #args }
  end
  return args
end

local function row_of(id, name, since, about, ...)
  return name and {
    id = id,
    name = name,
    since = since,
    about = about,
    args = args_of(...),
  }
end

local rows, by_name, names = {}, {}, {}
for id = 0, 255 do
  local row = row_of(id, host.spec(id))
  rows[id] = row
  if row then
    by_name[row.name] = row
    names[#names + 1] = row.name
  end
end

-- Names of the arguments that scripts see: all but sequence numbers.
local function shown_args(row)
  local list = {}
  for _, arg in ipairs(row.args) do
    if arg.kind ~= "SEQ" then
      list[#list + 1] = arg.name
    end
  end
  return list
end

return {
  rows = rows, -- by id
  by_name = by_name,
  names = names, -- in the table's order
  common = common,
  is_common = is_common,
  shown_args = shown_args,
}
