-- goroutines.lua: what goroutines did with their time, by the function they started with.
local words = require "overview.words"

local ROWS = 500
local COLUMNS = {
  { name = "function", code = true }, { name = "n", unit = "count" },
  { name = "total", unit = "ns" }, { name = "exec", unit = "ns", bar = "run" },
  { name = "sched_wait", unit = "ns", bar = "ready" },
  { name = "block", unit = "ns", bar = "wait" },
  { name = "syscall", unit = "ns", bar = "sys" },
  { name = "gc_assist", unit = "ns" },
}

-- Adds a goroutine's account to the row of its function.
local function add(rows, g)
  local s, func = g.stats, g.name == "" and "(no name)" or g.name
  local row = rows[func]
  if not row then
    row = { func, 0, 0, 0, 0, 0, 0, 0 }
    rows[func], rows[#rows + 1] = row, row
  end
  for i, value in ipairs { 1, s.total, s.exec, s.sched_wait, s.block,
    s.syscall, s.gc_assist } do
    row[i + 1] = row[i + 1] + value
  end
end

-- Those that ran most first.
local function is_before(a, b)
  if a[4] ~= b[4] then
    return a[4] > b[4]
  end
  return a[1] < b[1]
end

local told = {} -- those that -f leaves

-- goroutine(s): a life.
local function goroutine(s)
  told[s.g] = true
end

-- part(t, is_all): as a part of the page; is_all: those of the runtime, too. In on.finish.
local function part(t, is_all)
  local by, rows = {}, {}
  for g in trace.each_goroutine() do
    if told[g.id] and (is_all or not g.system) then
      add(by, g)
    end
  end
  for i, row in ipairs(by) do
    rows[i] = row
  end
  table.sort(rows, is_before)
  local more = #rows - ROWS
  for i = #rows, ROWS + 1, -1 do
    rows[i] = nil
  end
  return { kind = "table", id = "goroutines", title = "Goroutines",
    note = "By the function they started with: how many, and where their " ..
      "time went." .. (more > 0 and (" %d functions more ran less."):format(
      more) or ""),
    columns = COLUMNS, rows = rows,
    command = words.command(t, "goroutines") }
end

return { goroutine = goroutine, part = part }
