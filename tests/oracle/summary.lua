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

-- Nil if both summaries say the same, times and durations within `tolerance`
-- ns (0 if not given), or else a text that lists what differs. `ignored(key)` is true
-- for figures that are not compared.
function summary.compare(want_path, got_path, tolerance, ignored)
  local want, want_keys = read(want_path)
  local got, got_keys = read(got_path)
  assert(#want_keys > 0, "an empty summary: " .. want_path)
  local differences = {}
  for _, key in ipairs(union(want_keys, got_keys, want)) do
    if not equal(want[key], got[key], tolerance or 0) and not (ignored and ignored(key)) then
      local line = ("  %s: %s, rewritten %s"):format(key, want[key] or "(none)", got[key] or "(none)")
      table.insert(differences, clip(line))
    end
  end
  return #differences > 0 and report(differences) or nil
end

return summary
