-- drawn.lua: lines of time as people see them, or as rows for programs.
local format = require "gotrace.format"
local several = require "picture.several"

local KEY, GAP, LEAST, WIDE = 32, 2, 20, 160 -- characters
local PROGRAM = 1000 -- steps of time, for programs

local blocks = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" }
local STATES = { "Running", "Runnable", "Syscall", "Waiting" }
local mark = { Runnable = "▒", Syscall = "s", Waiting = "·" }
local SHOWN = 1 / 8 -- of a step, to be seen

-- How long each state took in each step.
local function states_of(lines, line, factor)
  local by, n = {}, 0
  for _, state in ipairs(STATES) do
    by[state], n = lines.steps:grouped(state .. " " .. line.name, factor)
  end
  return by, n
end

local function character(by, at, step)
  local running = by.Running[at] / step
  if running >= SHOWN then
    return blocks[math.ceil(math.min(1, running) * #blocks)]
  end
  for i = 2, #STATES do
    if by[STATES[i]][at] / step >= SHOWN then
      return mark[STATES[i]]
    end
  end
  return " "
end

local function picture(lines, line, factor)
  local step = lines.steps.step * factor
  local by, n = states_of(lines, line, factor)
  local marks = {}
  for at = 0, n - 1 do
    marks[at + 1] = character(by, at, step)
  end
  return (table.concat(marks):gsub(" +$", ""))
end

-- Of a name that is too long its middle goes, as in tables.
local function short(name)
  if #name <= KEY then
    return name
  end
  return name:sub(1, KEY / 2 - 1) .. "..." .. name:sub(-(KEY / 2 - 2))
end

local function width_of(list, what)
  local key = #what
  for _, line in ipairs(list) do
    key = math.max(key, #short(line.name))
  end
  local room = (format.columns() or WIDE + key + GAP) - key - GAP
  return opt.width > 0 and opt.width or math.max(LEAST, room)
end

local function show_text(lines)
  local list, what = lines:best(opt.top), table.concat(opt.by.names, " ")
  if #list == 0 then
    return
  end
  local factor = lines.steps:fit(width_of(list, what))
  local over = ("over time, %s each"):format(
    format.duration(lines.steps.step * factor))
  local out = rows(what, over):picture(over)
  for _, line in ipairs(list) do
    out:add(short(line.name), picture(lines, line, factor))
  end
end

-- A row of a step in which something was done.
local function add_row(all, line, time, by, at)
  local row, any = { trace.file, unpack(line.keys) }, 0
  row[#row + 1] = time
  for _, state in ipairs(STATES) do
    row[#row + 1] = by[state][at]
    any = any + by[state][at]
  end
  if any > 0 then
    all:add(unpack(row))
  end
end

local function show_rows(lines, all)
  local factor = lines.steps:group(opt.width > 0 and opt.width or PROGRAM)
  local step = lines.steps.step * factor
  for _, line in ipairs(lines:best(opt.top)) do
    local by, n = states_of(lines, line, factor)
    for at = 0, n - 1 do
      add_row(all, line, trace.start + at * step, by, at)
    end
  end
end

-- The table for programs, which all traces share.
local function table_of()
  local columns = { "trace", unpack(opt.by.names) }
  for _, name in ipairs { "time", "running", "runnable", "syscall",
    "waiting" } do
    columns[#columns + 1] = name
  end
  return rows(unpack(columns))
end

local all = not several.is_text and table_of()

-- show(lines): in on.finish.
local function show(lines)
  if all then
    show_rows(lines, all)
  else
    show_text(lines)
  end
end

return { show = show }
