-- page.lua: the overview as text: a screen of 80 columns, but for longer names.
local format = require "gotrace.format"
local words = require "overview.words"

local WIDTH = 80
local FINDINGS = 7 -- at most

local duration, count = format.duration, words.count

-- The figures that stand first, each said by say(name, text, ...).

local function trace_of(say, r)
  local t = r.trace.values
  say("trace", "of %s, %s, %s in %s, %s", words.go_of(t.version),
    duration(t.duration), count(t.events, "event"),
    count(t.generations, "generation"), format.bytes(t.size))
end

local function machine(say, r)
  local totals = r.totals.values
  say("procs", "%s, busy for %s%% of their time",
    format.number(r.trace.values.gomaxprocs),
    words.percent(totals.busy, totals.capacity))
  local g = totals.goroutines.values
  say("goroutines", "%s left at the end, %s at the beginning, %s created",
    format.number(g["end"]), format.number(g.begin), format.number(g.created))
  local s = r.sched.values
  say("scheduler", s.count == 0 and "nobody waited for a proc" or
    "%s for a proc, p50 %s, p99 %s, longest %s", count(s.count, "wait"),
    duration(s.p50), duration(s.p99), duration(s.max))
end

local function collector(say, r)
  local gc = r.totals.values.gc.values
  say("collector", gc.share and
    "%s, %s%% of the procs' time, assists %s (%s running)" or
    r.trace.values.version == "1.5" and
    "%s; Go 1.5 has no names of its workers: --binary PROGRAM" or
    "%s; its workers have no names: what they took is unknown",
    count(gc.cycles, "cycle"), gc.share, duration(gc.assist),
    duration(gc.assist_exec))
  say("stops", gc.stops == 0 and "none" or
    "%s of the world, longest %s", count(gc.stops, "stop"),
    duration(gc.longest_stop))
  local t = r.trace.values
  say("damage", t.damage == 0 and "none" or "%s, %s lost%s",
    count(t.damage, "part"), count(t.lost, "byte"), t.whole and
    ("; whole up to %s"):format(words.earlier(t.whole)) or "")
end

-- facts(r): the lines above the tables, each { name, text }.
local function facts(r)
  local rows = {}
  local function say(name, text, ...)
    rows[#rows + 1] = { name, text:format(...) }
  end
  for _, part in ipairs { trace_of, machine, collector } do
    part(say, r.values)
  end
  return rows
end

-- Words on lines of WIDTH, but for longer words; `glue` ends a line that goes on.
local function wrap(out, first, later, text, glue)
  local line, is_empty = first, true
  for _, word in ipairs(text) do
    if not is_empty and #line + 1 + #word + #glue > WIDTH then
      out[#out + 1] = line .. glue
      line, is_empty = later, true
    end
    line, is_empty = line .. (is_empty and "" or " ") .. word, false
  end
  out[#out + 1] = line
end

local function split(text)
  local list_of = {}
  for word in text:gmatch "%S+" do
    list_of[#list_of + 1] = word
  end
  return list_of
end

local function head(out, r)
  out[#out + 1] = format.line(r.trace.values.file)
  for _, fact in ipairs(facts { values = r }) do
    wrap(out, ("%-12s"):format(fact[1]), (" "):rep(12), split(fact[2]), "")
  end
end

-- A table: rows of cells, the last of which is text and stands at the left.
local function grid(out, rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i = 1, #row - 1 do
      widths[i] = math.max(widths[i] or 0, #row[i])
    end
  end
  for _, row in ipairs(rows) do
    local line = "  "
    for i = 1, #row - 1 do
      line = line .. (" "):rep(widths[i] - #row[i]) .. row[i] .. "  "
    end
    out[#out + 1] = line .. row[#row]
  end
end

local function named(name)
  return name == "" and "(no name)" or name
end

-- A table with a heading, if it has rows: `most` of them.
local function list(out, heading, all, most, row_of)
  local rows = { heading }
  for i = 1, math.min(#all, most) do
    rows[i + 1] = row_of(all[i])
  end
  if #all > 0 then
    out[#out + 1] = ""
    grid(out, rows)
  end
end

local function running(out, r)
  list(out, { "running", "goroutines", "function" }, r.functions, 3,
    function(f)
      local v = f.values
      return { duration(v.exec), format.number(v.goroutines),
        named(v.func) }
    end)
end

local function waiting(out, r)
  local by = r.totals.values.stats.values.block_by
  list(out, { "waiting", "for" }, by.names, 3, function(reason)
    local is_lost = reason:find "^%?%d+$"
    return { duration(by.values[reason]),
      reason == "" and "(the trace does not say)" or
      is_lost and reason .. " (its name is lost)" or reason }
  end)
end

local function tasks(out, r)
  local heading = { "tasks", "open", "p50", "p99", "max",
    "type (slowest: gotrace-lua slow_tasks)" }
  list(out, heading, r.tasks, 3,
    function(task)
      local v = task.values
      local function time(ns)
        return ns and duration(ns) or "-"
      end
      return { format.number(v.count), format.number(v.open), time(v.p50),
        time(v.p99), time(v.max), named(v.name) }
    end)
end

local function found(out, r)
  out[#out + 1] = ""
  out[#out + 1] = #r.findings > 0 and "What stands out" or
    "Nothing stands out."
  for i = 1, math.min(#r.findings, FINDINGS) do
    local f = r.findings[i].values
    wrap(out, ("  %-7s "):format(f.severity), (" "):rep(10), split(f.claim), "")
  end
  if #r.findings > FINDINGS then
    out[#out + 1] = ("  ... and %d more (-F json)"):format(
      #r.findings - FINDINGS)
  end
end

-- A line for the shell as its words, with their quotes; an option and its value are one.
local function shell_words(line)
  local all = {}
  local glued = line:gsub("'[^']*'", function(quoted)
    return (quoted:gsub(" ", "\1"))
  end):gsub(" (%-%a) ", " %1\1")
  for word in glued:gmatch "%S+" do
    all[#all + 1] = (word:gsub("\1", " "))
  end
  return all
end

local function ask(out, r)
  out[#out + 1] = ""
  out[#out + 1] = "What to ask next"
  for _, command in ipairs(r.next) do
    wrap(out, "  ", "    ", shell_words(command), " \\")
  end
end

-- of(r): the page of a report.
local function of(r)
  local out = {}
  for _, part in ipairs {
    head, running, waiting, tasks, found, ask,
  } do
    part(out, r.values)
  end
  return table.concat(out, "\n") .. "\n"
end

return { of = of, facts = facts }
