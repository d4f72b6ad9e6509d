-- `chrome` writes the events that `go tool trace` gives its viewer, with their stacks, as Go
-- reads both.
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

-- A byte that is no character: Go does not say which it was. And a U+FFFD that is cut by Go.
local function same_marks(text)
  return (text:gsub("\239\191\189%x%x", "\239\191\189"))
end

local function lines_of(path)
  local list = {}
  for line in same_marks(programs.read(path)):gmatch "([^\n]+)\n" do
    list[#list + 1] = line
  end
  table.sort(list)
  return list
end

local function events_of_go(path)
  local ok, why = go:json_trace(path, scratch .. "/go")
  return ok and lines_of(scratch .. "/go"), why
end

local function own_events(path)
  local json = scratch .. "/own.json"
  local status, text = programs.run({ "-o", json, "chrome", path }, true)
  assert(status == 0 and programs.unexpected(text) == "", text)
  assert(go:viewer(json, scratch .. "/own"))
  return lines_of(scratch .. "/own")
end

-- Where two Ps' events have equal ticks Go's reader of v1 chooses by chance which comes first,
-- and what it counts and when follows: then what remains is which events there are.
local function kinds_of(lines)
  local list = {}
  for i, line in ipairs(lines) do
    list[i] = line:match '^{"name":"[^,]*","ph":"."' or line
  end
  table.sort(list)
  return list
end

local function difference(theirs, own)
  local i = 1
  while theirs[i] == own[i] and theirs[i] do
    i = i + 1
  end
  return theirs[i] ~= own[i] and ("Go: %s\nours: %s"):format(tostring(theirs[i]), tostring(own[i])) or nil
end

describe("chrome is what go tool trace serves, of", function()
  local seen, exact = 0, 0

  for _, path in ipairs(programs.recordings()) do
    local version = programs.version(path)
    if version >= 11 then
      check(programs.name_of(path), function()
        local theirs, why = events_of_go(path)
        local own = own_events(path)
        if not theirs then
          -- Go's own tool gives up where a goroutine stops that did not run.
          return assert.matches("silently broken trace", why)
        end
        local wrong = difference(theirs, own)
        seen, exact = seen + 1, exact + (wrong and 0 or 1)
        if version < 22 then
          wrong = difference(kinds_of(theirs), kinds_of(own))
        end
        assert.is_nil(wrong)
      end)
    end
  end

  check("most of them to the ns, in traces of 1.21 and before too", function()
    assert.is_true(seen > 100 and exact > seen * 0.75, ("%d of %d"):format(exact, seen))
  end)
end)
