-- compare: dumps of the same trace by two readers. Each function returns nil
-- when they agree and else a text that shows where they first do not.
local conversion = require "oracle.compare.conversion"
local compare = {}

local CONTEXT = 3 -- lines shown around a difference
local WIDTH = 300 -- and how much of each: stacks are long

local function clip(line)
  return #line <= WIDTH and line or line:sub(1, WIDTH) .. " ..."
end

local function show(report, label, lines)
  for _, line in ipairs(lines) do
    table.insert(report, label .. clip(line))
  end
end

-- The line first and up to n more behind it; no line is the end.
local function take(first, lines, n)
  local out = {}
  local line = first
  while line and #out < n do
    table.insert(out, line)
    line = lines()
  end
  table.insert(out, line or "(end)")
  return out
end

-- Line by line.
function compare.identical(want_path, got_path)
  if os.execute(("cmp -s '%s' '%s'"):format(want_path, got_path)) == 0 then
    return nil
  end
  local want, got = io.lines(want_path), io.lines(got_path)
  local before, n = {}, 0
  while true do
    local w, g = want(), got()
    n = n + 1
    if w ~= g then
      local report = { ("line %d differs:"):format(n) }
      show(report, "  both  ", before)
      show(report, "  Go    ", take(w, want, CONTEXT))
      show(report, "  ours  ", take(g, got, CONTEXT))
      return table.concat(report, "\n")
    elseif not w then
      return nil
    end
    table.insert(before, w)
    if #before > CONTEXT then
      table.remove(before, 1)
    end
  end
end

-- Whether one of the dumps is how the other begins: of a broken trace one
-- reader may deliver more than the other.
function compare.same_beginning(want_path, got_path)
  local want, got = io.lines(want_path), io.lines(got_path)
  local n = 0
  for w in want do
    local g = got()
    n = n + 1
    if not g or w:find("^error\t") then
      return nil
    elseif w ~= g then
      return ("line %d differs:\n  Go    %s\n  ours  %s"):format(n, clip(w), clip(g))
    end
  end
  return nil
end

-- A line's time, and all of it but the time and the thread.
local function split(line)
  local time, typ, rest = line:match("^(%-?%d+)\t(%w+)\t[^\t]*\t(.*)$")
  if not time then
    error("not a line of a dump: " .. clip(line))
  end
  return tonumber(time), typ .. "\t" .. rest
end

-- Runs of lines whose times follow each other by 1 ns: { from, to, lines }.
-- Events that one clock tick made equal are in one run; which of them comes
-- first is chance where they happened on different Ps.
local function runs(path, change)
  local lines = io.lines(path)
  local line = lines()
  return function()
    if not line then
      return nil
    end
    local run = { lines = {} }
    while line do
      local time, key = split(line)
      if run.to and time ~= run.to + 1 then
        break
      end
      run.from, run.to = run.from or time, time
      table.insert(run.lines, change and change(key) or key)
      line = lines()
    end
    return run
  end
end

-- The elements of a that b lacks, with multiplicity.
local function missing(a, b)
  local count, out = {}, {}
  for _, key in ipairs(b) do
    count[key] = (count[key] or 0) + 1
  end
  for _, key in ipairs(a) do
    if (count[key] or 0) == 0 then
      table.insert(out, key)
    else
      count[key] = count[key] - 1
    end
  end
  return out
end

-- Takes the first of keys that is what Go says by want out of it.
local function take_match(want, keys)
  for i, key in ipairs(keys) do
    if conversion.matches(want, key) then
      return table.remove(keys, i)
    end
  end
end

-- What Go has and we have not, and the reverse.
local function differences(want, got)
  local less, more, out = missing(want, got), missing(got, want), {}
  for _, key in ipairs(less) do
    if not take_match(key, more) then
      table.insert(out, key)
    end
  end
  return out, more
end

local function span(run)
  return run and ("%d to %d ns, %d events"):format(run.from, run.to, #run.lines) or "(end)"
end

-- The same times, and in each run the same events in any order, with the context
-- that Go's is by conversion.lua. The thread is left out: v1 knows it for some
-- events only.
function compare.same_runs(want_path, got_path)
  local want, got = runs(want_path, conversion.before), runs(got_path)
  while true do
    local w, g = want(), got()
    if not w and not g then
      return nil
    elseif span(w) ~= span(g) then
      return ("times differ:\n  Go    %s\n  ours  %s"):format(span(w), span(g))
    end
    local less, more = differences(w.lines, g.lines)
    if #less > 0 then
      local report = { "at " .. span(w) .. ":" }
      show(report, "  Go    ", less)
      show(report, "  ours  ", more)
      return table.concat(report, "\n")
    end
  end
end

-- In 1.5 frames are bare PCs, and what stands for names is our own choice.
local function only_pcs(key)
  return (key:gsub("[^\t=;]*@[^\t;]*@(0x%x+)", "%1"))
end

-- Every event of expected (conversion.lines) is in the dump, in the run of its time.
-- The dump may have more. It is ours, or Go 1.27's where `convert` is conversion.before.
function compare.contains(expected, got_path, version, convert)
  local change = version == 5 and only_pcs or convert
  local i = 1
  for run in runs(got_path, change) do
    local due = {}
    while expected[i] and expected[i].time <= run.to do
      local ev = expected[i]
      if ev.time < run.from then
        return ("no event at %d ns, expected\n  Go    %s"):format(ev.time, clip(ev.key))
      end
      table.insert(due, version == 5 and only_pcs(ev.key) or ev.key)
      i = i + 1
    end
    local less = differences(due, run.lines)
    if #less > 0 then
      local report = { "missing at " .. span(run) .. ":" }
      show(report, "  Go    ", less)
      show(report, "  ours  ", run.lines)
      return table.concat(report, "\n")
    end
  end
  if expected[i] then
    return ("the dump ends before %d ns:\n  Go    %s"):format(expected[i].time, clip(expected[i].key))
  end
  return nil
end

return compare
