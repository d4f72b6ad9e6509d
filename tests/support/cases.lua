-- Reads the traces of testdata/good and testdata/bad as far as tests need them:
-- the sentence at the top, and what is expected, in the three forms that
-- tests/api/cases_spec.lua shows. `gotrace-lua build` reads the rest.
local lfs = require "lfs"

local cases = {}

-- A scalar as it stands in YAML: "double" and 'single' quotes, or plain.
local function scalar(s)
  local double, single = s:match '^"(.*)"$', s:match "^'(.*)'$"
  if double then
    return (double:gsub("\\(.)", "%1"))
  end
  return single and single:gsub("''", "'") or s
end

-- The value of `key` in {a: 1, b: "two"}.
local function flow(text, key)
  local value = text:match("[{,]%s*" .. key .. ':%s*(".-[^\\]")%s*[},]')
    or text:match("[{,]%s*" .. key .. ":%s*([^,}]-)%s*[},]")
  return value and scalar(value)
end

-- The lines below `expect:`, indented by two.
local function block(text)
  local out = { exit = 0 }
  for line in text:gmatch "[^\n]+" do
    local key, value = line:match "^  (%l+): *(.*)$"
    local item = line:match "^    %- (.*)$"
    if key == "events" then
      out.events = {}
    elseif key then
      out[key] = scalar(value)
    elseif item then
      table.insert(out.events, scalar(item))
    end
  end
  return out
end

-- Where in the text the lines indented below `last` end.
local function indented(text, last)
  local first, more = text:find("^  [^\n]*\n", last + 1)
  return first and indented(text, more) or last
end

-- { exit =, error =, go =, events = } and where in the text it stands.
local function expectation(text, path)
  local first, last = text:find "\nexpect:[^\n]*\n"
  assert(first, path .. ": no expect")
  local value = text:sub(first, last):match "^\nexpect: *(.-)\n$"
  if value == "" then
    local behind = indented(text, last)
    return block(text:sub(last + 1, behind)), first + 1, behind
  elseif value == "ok" then
    return { exit = 0 }, first + 1, last
  end
  return { exit = flow(value, "exit"), error = flow(value, "error"), go = flow(value, "go") }, first + 1, last
end

local function read_case(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  local expect, first, last = expectation(text, path)
  expect.exit = tonumber(expect.exit)
  return {
    path = path,
    name = path:match "([^/]*)%.yaml$",
    text = text,
    about = text:match "^# ([^\n]*)" or "",
    expect = expect,
    first = first,
    last = last,
  }
end

-- All cases of a folder, sorted by their names.
function cases.read(dir)
  local out = {}
  for name in lfs.dir(dir) do
    if name:find "%.yaml$" then
      out[#out + 1] = read_case(dir .. "/" .. name)
    end
  end
  table.sort(out, function(a, b)
    return a.name < b.name
  end)
  return out
end

local function quoted(s)
  return '"' .. s:gsub('["\\]', "\\%0") .. '"'
end

local function in_a_line(e)
  local go = e.go and ", go: " .. e.go or ""
  local err = e.error and ", error: " .. quoted(e.error) or ""
  return ("expect: {exit: %d%s%s}\n"):format(e.exit, go, err)
end

local function in_lines(e)
  local out = { "expect:", "  exit: " .. e.exit }
  out[#out + 1] = e.go and "  go: " .. e.go
  out[#out + 1] = e.error and "  error: " .. quoted(e.error)
  out[#out + 1] = "  events:"
  for _, line in ipairs(e.events) do
    out[#out + 1] = "    - '" .. line:gsub("'", "''") .. "'"
  end
  return table.concat(out, "\n") .. "\n"
end

-- The text of a case with its expectation written anew.
function cases.with_expect(case)
  local expect = case.expect.events and in_lines(case.expect) or in_a_line(case.expect)
  return case.text:sub(1, case.first - 1) .. expect .. case.text:sub(case.last + 1)
end

return cases
