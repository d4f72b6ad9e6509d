-- page.lua: the page of top.lua: its meters, views and stacks.
local format = require "gotrace.format"
local model = require "top.model"
local tables = require "top.tables"

local BAR = 20 -- columns
local FRAMES = 8 -- of a stack

local function bar(part, whole)
  local n = whole > 0 and math.min(math.floor(part / whole * BAR + 0.5), BAR)
    or 0
  return "[" .. ("|"):rep(n) .. (" "):rep(BAR - n) .. "]"
end

local function bytes(n)
  return n and format.bytes(n) or "?"
end

local function total_of(rows)
  local n, ns, longest = 0, 0, 0
  for _, row in pairs(rows) do
    local of = model.figures(row)
    n, ns = n + of.ended, ns + of.ns
    longest = math.max(longest, of.longest or 0)
  end
  return n, ns, longest
end

local function meters()
  local t, length = model.totals(), model.length()
  local heap, goal = model.heap()
  local busy = t.exec / length
  local cycles, marking = total_of(model.gc)
  local stops, stopped, longest = total_of(model.stw)
  return {
    ("Ps    %s %.2f of %d busy"):format(bar(busy, t.procs), busy, t.procs),
    ("Gs    %s %d runnable, %d running, %d in syscalls, %d waiting")
      :format(bar(t.Runnable, t.now), t.Runnable, t.Running, t.Syscall,
      t.Waiting),
    ("heap  %s %s, goal %s"):format(bar(heap or 0, goal or 0), bytes(heap),
      bytes(goal)),
    ("GC    %s %.1f%%, %d ended; %d stops, %s, longest %s"):format(
      bar(marking, length), marking / length * 100, cycles, stops,
      format.duration(stopped), format.duration(longest)),
  }
end

local function frames_of(lines, stack)
  for i = 1, math.min(stack and #stack or 0, FRAMES) do
    local frame = stack[i]
    lines[#lines + 1] = ("      %s  %s:%d"):format(frame.func,
      frame.file:match "[^/]*$", frame.line)
  end
  if stack and #stack > FRAMES then
    lines[#lines + 1] = ("      ... %d more"):format(#stack - FRAMES)
  end
end

-- Where those of a row wait, the longest first.
local function detail(row)
  local name = row[1] ~= "" and row[1] or "(no reason known)"
  local lines, sites = { name .. ": where it waits" }, {}
  for _, site in ipairs(row.sites) do
    local of = model.figures(site)
    if of.ns > 0 or site.now > 0 then
      sites[#sites + 1] = site
    end
  end
  table.sort(sites, function(a, b)
    local x, y = model.figures(a).ns, model.figures(b).ns
    return x > y or x == y and (a.now > b.now or a.now == b.now and
      a.reason .. a.sum.func < b.reason .. b.sum.func)
  end)
  for _, site in ipairs(sites) do
    local of = model.figures(site)
    lines[#lines + 1] = ""
    lines[#lines + 1] = ("%s of %s: %s, %d ended, %d now"):format(
      site.reason, site.sum.func, format.duration(of.ns),
      of.ended, site.now)
    frames_of(lines, site.sum.stack)
  end
  if #sites == 0 then
    lines[#lines + 1] = "nowhere"
  end
  return lines
end

local function view(name, sort, columns, rows, more)
  return { name = name, sort = sort, columns = columns, rows = rows,
    detail = more }
end

local function column(kind, name)
  return { kind = kind, name = name }
end

-- spec(options): what gotrace.screen shows.
return function(options)
  local rows = tables(options.system)
  return {
    title = "top", every = options.every, speed = options.speed,
    update = model.look, meters = meters, total = model.other,
    views = {
      view("goroutines", "cpu%", { column("text", "function"),
        column("count", "n"), column("count", "run"), column("count", "rdy"),
        column("count", "wait"), column("count", "sys"),
        column("percent", "cpu%"), column("ns", "p50"), column("ns", "p99"),
        column("text", "waits for") }, rows.goroutines, detail),
      view("waits", "waited", { column("text", "reason"), column("count", "n"),
        column("count", "ended"), column("ns", "waited"), column("ns", "mean"),
        column("ns", "longest") }, rows.waits, detail),
      view("tasks", "ended", { column("text", "task"), column("count", "n"),
        column("count", "ended"), column("rate", "/s"), column("ns", "p50"),
        column("ns", "p99"), column("ns", "longest") }, rows.tasks),
      view("collector", "total", { column("text", "what"),
        column("count", "n"), column("ns", "total"), column("percent", "%"),
        column("ns", "mean"), column("ns", "longest") }, rows.collector),
    },
  }
end
