-- report: what was measured, as a table and as JSON.
local format = require "gotrace.printing.format"

local report = {}

local function verdict(ok)
  return ok and "ok" or "short"
end

-- A goal is a ratio, or spans a second, or ns of CPU for an event at most.
local function goal_text(r)
  if r.ns_goal then
    return ("%dns"):format(r.ns_goal)
  end
  return r.spans and ("%gM/s"):format(r.goal / 1e6) or (r.goal < 1 and "%.2f" or "%d"):format(r.goal)
end

local function has_goal(r)
  return r.goal or r.ns_goal
end

local function is_reached(r)
  if r.ns_goal then
    return r.cpu / r.events * 1e9 <= r.ns_goal
  end
  return (r.spans and r.events / r.seconds or r.ratio) >= r.goal
end

-- A column: heading, width (negative: at the left), text of a row.
local columns = {
  { "case", -24, function(r) return r.name end },
  { "MB", 6, function(r) return ("%.1f"):format(r.mb) end },
  { "M events", 8, function(r) return ("%.2f"):format(r.events / 1e6) end },
  { "ours s", 7, function(r) return ("%.3f"):format(r.seconds) end },
  { "Go s", 7, function(r) return ("%.3f"):format(r.go_seconds) end },
  { "ratio", 6, function(r) return (r.ratio < 1 and "%.2f" or "%.1f"):format(r.ratio) end },
  { "goal", 4, function(r) return has_goal(r) and goal_text(r) or "" end },
  { "", -5, function(r) return has_goal(r) and verdict(is_reached(r)) or "" end },
  { "CPU", 6, function(r) return ("%.1f"):format(r.cpu_ratio) end },
  { "anon", 5, function(r) return ("%.0f"):format(r.anonymous_mib) end },
  { "goal", 5, function(r) return ("%.0f"):format(r.mib_goal) end },
  { "", -5, function(r) return verdict(r.anonymous_mib <= r.mib_goal) end },
  { "MiB", 5, function(r) return ("%.0f"):format(r.mib) end },
  { "Go MiB", 6, function(r) return ("%.0f"):format(r.go_mib) end },
  { "M ev/s", 6, function(r) return ("%.1f"):format(r.events / r.seconds / 1e6) end },
  { "MB/s", 6, function(r) return ("%.0f"):format(r.mb / r.seconds) end },
}

local function line(text_of)
  local parts = {}
  for i, column in ipairs(columns) do
    parts[i] = ("%" .. column[2] .. "s"):format(text_of(column))
  end
  return (table.concat(parts, "  "):gsub(" +$", ""))
end

function report.heading()
  return line(function(column) return column[1] end)
end

function report.row(r)
  return line(function(column) return column[3](r) end)
end

-- One line of a series: { name, goal, over, spread, go_spread, ns }.
function report.series(s)
  return ("%-24s  ns an event: %s; largest / %s %.2f, goal %.1f: %s (Go's reader: %.2f)"):format(
    "scaling: " .. s.name, s.ns, s.over, s.spread, s.goal, verdict(s.spread <= s.goal), s.go_spread)
end

-- Rows of plain values as a JSON list, with the columns that any of them has.
local function json_list(rows)
  local names, seen = {}, {}
  for _, row in ipairs(rows) do
    for name in pairs(row) do
      if not seen[name] then
        seen[name], names[#names + 1] = true, name
      end
    end
  end
  table.sort(names)
  local values = {}
  for i, row in ipairs(rows) do
    values[i] = {}
    for j, name in ipairs(names) do
      values[i][j] = row[name]
    end
  end
  return "[" .. table.concat(format.table_lines({ columns = names, rows = values }, "json"), ",\n") .. "]"
end

-- The machine and the way it was measured, the rows and the series.
function report.json(about, rows, series)
  local form = '{"about": %s,\n"cases": %s,\n"series": %s}\n'
  return form:format(json_list { about }, json_list(rows), json_list(series))
end

return report
