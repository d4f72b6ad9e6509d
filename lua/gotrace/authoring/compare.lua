-- compare.lua: how what a test found differs from what it expected, in lines.
local proxy = require "gotrace.base.proxy"

local MOST = 20 -- differences that are told
local LONGEST = 500 -- lines of texts that are compared line by line

-- A value in a line.
local function shown(value)
  if type(value) == "string" then
    return ("%q"):format(value):gsub("\\\n", "\\n")
  elseif type(value) ~= "table" then
    return tostring(value)
  end
  local parts = {}
  for i, key in ipairs(proxy.sorted_keys(value)) do
    parts[i] = type(key) == "number" and shown(value[key]) or
      ("%s = %s"):format(tostring(key), shown(value[key]))
  end
  return "{ " .. table.concat(parts, ", ") .. " }"
end

local function below(path, key)
  return path .. (type(key) == "number" and "[%s]" or ".%s"):format(
    tostring(key))
end

-- Adds to lines where two values differ; at most MOST are kept.
local function compare(path, expected, found, lines, seen)
  if rawequal(expected, found) then
    return
  elseif type(expected) ~= "table" or type(found) ~= "table" then
    if expected ~= found then
      lines[#lines + 1] = ("%s: expected %s, found %s"):format(
        path ~= "" and path or "the value", shown(expected), shown(found))
    end
    return
  elseif seen[expected] == found then -- in a table that holds itself
    return
  end
  seen[expected] = found
  local keys = {}
  for _, t in ipairs { expected, found } do
    for key in pairs(t) do
      keys[key] = true
    end
  end
  for _, key in ipairs(proxy.sorted_keys(keys)) do
    compare(below(path, key), expected[key], found[key], lines, seen)
  end
end

-- differences(expected, found): lines, a difference each; none: they are the same.
local function differences(expected, found)
  local lines = {}
  compare("", expected, found, lines, {})
  local n = #lines
  for i = n, MOST + 1, -1 do
    lines[i] = nil
  end
  if n > MOST then
    lines[#lines + 1] = ("... and %d more"):format(n - MOST)
  end
  return lines
end

local function lines_of(text)
  local lines = {}
  for line in (text:gsub("\n$", "") .. "\n"):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

-- The lengths of the longest common subsequences of what follows i and j.
local function common(a, b)
  local length = { [#a + 1] = {} }
  for i = #a, 1, -1 do
    length[i] = {}
    for j = #b, 1, -1 do
      local here = a[i] == b[j]
      length[i][j] = here and 1 + (length[i + 1][j + 1] or 0) or
        math.max(length[i + 1][j] or 0, length[i][j + 1] or 0)
    end
  end
  return length
end

local function walk(a, b, length, put)
  local i, j = 1, 1
  while i <= #a or j <= #b do
    if i <= #a and j <= #b and a[i] == b[j] then
      put(" ", a[i])
      i, j = i + 1, j + 1
    elseif i <= #a and (j > #b or
      (length[i + 1][j] or 0) >= (length[i][j + 1] or 0)) then
      put("-", a[i])
      i = i + 1
    else
      put("+", b[j])
      j = j + 1
    end
  end
end

-- text_differences(expected, found): their lines, those that were expected alone behind a
-- minus, those that were found alone behind a plus.
local function text_differences(expected, found)
  local a, b, lines = lines_of(expected), lines_of(found), {}
  if #a > LONGEST or #b > LONGEST then
    return { ("expected a text of %d lines, found another of %d"):format(#a,
      #b) }
  end
  walk(a, b, common(a, b), function(mark, line)
    lines[#lines + 1] = mark .. " " .. line
  end)
  if expected:find "\n$" and not found:find "\n$" then
    lines[#lines + 1] = "(the last line was found without an end)"
  elseif found:find "\n$" and not expected:find "\n$" then
    lines[#lines + 1] = "(the last line was expected without an end)"
  end
  return lines
end

return { differences = differences, text_differences = text_differences,
  shown = shown }
