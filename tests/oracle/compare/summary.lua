-- summary: compares Go's summaries of two traces, a file of lines `what TAB
-- value` each (go/gocheck/summary.go).
local summary = {}

local SHOWN = 12 -- differences that a report lists
local WIDTH = 200

local function clip(line)
  return #line <= WIDTH and line or line:sub(1, WIDTH) .. " ..."
end

-- The figures by what they are, and what they are in the file's order.
local function read(path)
  local values, keys = {}, {}
  for line in io.lines(path) do
    local key, value = line:match("^(.*)\t([^\t]*)$")
    assert(key, "not a line of a summary: " .. clip(line))
    assert(not values[key], "twice in a summary: " .. clip(line))
    values[key] = value
    table.insert(keys, key)
  end
  return values, keys
end

local function ns(value)
  return tonumber(value:match("^(%-?%d+)ns$"))
end

-- Whether both are durations at most `tolerance` ns apart. A duration of
-- nothing may be left out.
local function near(a, b, tolerance)
  a, b = ns(a or "0ns"), ns(b or "0ns")
  return a and b and math.abs(a - b) <= tolerance
end

local function equal(a, b, tolerance)
  return a == b or tolerance > 0 and near(a, b, tolerance)
end

-- What is in both, or in either, once; want's order first.
local function union(keys, more, has)
  local out = {}
  for _, key in ipairs(keys) do
    table.insert(out, key)
  end
  for _, key in ipairs(more) do
    if not has[key] then
      table.insert(out, key)
    end
  end
  return out
end

local function report(differences)
  local out = { ("%d figures differ:"):format(#differences) }
  for i = 1, math.min(SHOWN, #differences) do
    out[i + 1] = differences[i]
  end
  if #differences > SHOWN then
    table.insert(out, "  ...")
  end
  return table.concat(out, "\n")
end

-- What Go's reader of old traces makes up, and a trace of today has to say
-- otherwise. Each changes the figures of both: `a` of the old trace, `b` of the new.

local V1 = {}

-- Whether a goroutine in a syscall still has its P, v1 does not always say. Go
-- goes by the P on which the event stands.
function V1.syscalls(a, b)
  for _, values in ipairs { a, b } do
    for key, value in pairs(values) do
      local blocked = key:match("^(.* syscall)$") and key .. "-blocked"
      if blocked and values[blocked] then
        values[key] = ("%dns"):format(ns(value) + ns(values[blocked]))
        values[blocked] = nil
      end
    end
  end
end

-- A task of no parent: Go's reader gives it the background as soon as it ends.
function V1.tasks(a, b)
  for key, value in pairs(a) do
    if key:find("^task %d+ parent$") and value == "0" and b[key] == "-1" then
      a[key] = "-1"
    end
  end
  if not b["task 0 name"] then
    for _, what in ipairs { "name", "parent", "start", "end" } do
      a["task 0 " .. what] = nil
    end
  end
end

-- A P that first shows up later was not known in the first generation, of which
-- an old trace has no second.
function V1.new_procs(a, b)
  for _, values in ipairs { a, b } do
    for _, state in ipairs { "Running", "Idle" } do
      local new = ('transition proc NotExist %s ""'):format(state)
      local known = ('transition proc Undetermined %s ""'):format(state)
      if values[new] then
        values[known] = tostring(values[new] + (values[known] or 0))
        values[new] = nil
      end
    end
  end
end

-- A P that goes from a thread in a syscall to another thread without a word has
-- to be let go of and taken up. At most once for each such syscall.
function V1.handed_over(a, b)
  local stop, start = 'transition proc Running Idle ""', 'transition proc Idle Running ""'
  local calls = tonumber(a['transition goroutine Syscall Runnable ""'] or 0)
  local stops = (b[stop] or 0) - (a[stop] or 0)
  local starts = (b[start] or 0) - (a[start] or 0)
  if stops == starts and stops > 0 and stops <= calls then
    b[stop], b[start] = a[stop], a[start]
  end
end

-- Texts had no limit; now they end, with a whole character, where they reach it.
local LIMIT, CHARACTER = 1024, 4 -- bytes

function V1.long_texts(a, b)
  for key, value in pairs(a) do
    local text, cut = value:match('^"(.*)"$'), b[key] and b[key]:match('^"(.*)"$')
    if text and cut and #text > LIMIT and #cut > LIMIT - CHARACTER and text:sub(1, #cut) == cut then
      a[key] = b[key]
    end
  end
end

local function allow_for_v1(a, b)
  V1.syscalls(a, b)
  V1.tasks(a, b)
  V1.new_procs(a, b)
  V1.handed_over(a, b)
  V1.long_texts(a, b)
end

-- Nil if both summaries say the same, or else a text that lists what differs.
-- options.tolerance is how many ns times and durations may differ by (0 if not
-- given), options.v1 is true if the first is of an old trace, options.ignored(key) is
-- true for figures that are not compared.
function summary.compare(want_path, got_path, options)
  local want, want_keys = read(want_path)
  local got, got_keys = read(got_path)
  assert(#want_keys > 0, "an empty summary: " .. want_path)
  local all = union(want_keys, got_keys, want)
  options = options or {}
  if options.v1 then
    allow_for_v1(want, got)
  end
  local differences = {}
  for _, key in ipairs(all) do
    if not equal(want[key], got[key], options.tolerance or 0) and not (options.ignored and options.ignored(key)) then
      local line = ("  %s: %s, rewritten %s"):format(key, want[key] or "(none)", got[key] or "(none)")
      table.insert(differences, clip(line))
    end
  end
  return #differences > 0 and report(differences) or nil
end

return summary
