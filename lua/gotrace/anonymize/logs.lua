-- logs.lua: what the program logged, by key, and what it and the names of tasks and regions
-- look like: for people, before the trace is handed out.
local looks = require "gotrace.anonymize.looks"
local printable = require "gotrace.base.printable"

local KEYS = 20 -- rows
local WIDTH = 24 -- bytes of an example

local Logs = {}
Logs.__index = Logs

local function zeros()
  local counts = {}
  for i = 1, looks.count do
    counts[i] = 0
  end
  return counts
end

local function short(text, width)
  return printable.line(#text > width and text:sub(1, width - 3) .. "..." or
    text)
end

-- add(key, value): something is logged. Of its texts no more is kept than an example.
function Logs:add(key, value)
  local row = self.rows[key]
  if not row then
    row = { key = key, n = 0, looks = zeros(), example = value }
    self.rows[key] = row
  end
  row.n = row.n + 1
  looks.each(value, function(i)
    if not row.is_telling then
      row.example, row.is_telling = value, true
    end
    row.looks[i] = row.looks[i] + 1
  end)
end

-- What becomes of logs, by the option.
local fates = { drop = "dropped", hash = "replaced", keep = "KEPT" }

function Logs:sorted()
  local list = {}
  for _, row in pairs(self.rows) do
    list[#list + 1] = row
  end
  table.sort(list, function(a, b)
    if a.n ~= b.n then
      return a.n > b.n
    end
    return a.key < b.key
  end)
  return list
end

local function looks_text(counts)
  local parts = {}
  for i, n in ipairs(counts) do
    if n > 0 then
      parts[#parts + 1] = ("%d %s"):format(n, looks.name_of(i))
    end
  end
  return table.concat(parts, "; ")
end

local function line_of(row, fate)
  local key = short(row.key ~= "" and row.key or "-", 16)
  local like = looks_text(row.looks)
  return ("%-16s  %5d  %-8s  %s%s"):format(key, row.n, fates[fate],
    short(row.example, WIDTH), like ~= "" and "; " .. like or "")
end

-- A line a key: how many, what becomes of them, what they look like, and an example.
function Logs:show(fate, print)
  local list = self:sorted()
  if #list == 0 then
    return print "\nnothing is logged"
  end
  print(("\n%-16s  %5s  %-8s  %s"):format("log key", "logs", "become",
    "such as; what the values look like"))
  for i = 1, math.min(#list, KEYS) do
    print(line_of(list[i], fate))
  end
  if #list > KEYS then
    print(("... and %d more keys"):format(#list - KEYS))
  end
end

-- Of names of tasks and regions, each once, how many look like what.
local function looks_of_names(entries)
  local counts, seen = { task = zeros(), region = zeros() }, {}
  for role, old in entries:each() do
    local of_role = counts[role]
    if of_role and not seen[role .. old] then
      seen[role .. old] = true
      looks.each(old, function(i)
        of_role[i] = of_role[i] + 1
      end)
    end
  end
  return counts
end

function Logs:looks()
  local counts = zeros()
  for _, row in pairs(self.rows) do
    for i, n in ipairs(row.looks) do
      counts[i] = counts[i] + n
    end
  end
  return counts
end

-- tell(entries, fate, print): the logs, and a line for each kind of what should not be
-- handed out. fate: of logs, as the option has it.
function Logs:tell(entries, fate, print)
  local names, values = looks_of_names(entries), self:looks()
  self:show(fate, print)
  print(("\n%-21s  %5s  %7s  %4s"):format("looks like", "tasks", "regions",
    "logs"))
  for i = 1, looks.count do
    print(("%-21s  %5d  %7d  %4d"):format(looks.name_of(i), names.task[i],
      names.region[i], values[i]))
  end
  print("(names of tasks and regions, and values of logs, by known " ..
    "patterns: a help, no proof)")
end

local function new()
  return setmetatable({ rows = {} }, Logs)
end

return { new = new }
