-- assertions.lua: `assert` of tests, with those of busted's names that tests of scripts want.
-- A failure is an error at the test's line.
local compare = require("gotrace.base.lazy").of "gotrace.authoring.compare"
local suggest = require "gotrace.base.suggest"

local function fail(level, text, ...)
  error(select("#", ...) > 0 and text:format(...) or text, level + 1)
end

local function has_lines(value)
  return type(value) == "string" and value:find "\n" ~= nil
end

local function told(head, lines)
  return head .. "\n  " .. table.concat(lines, "\n  ")
end

local checks = {}

function checks.equal(expected, found)
  if rawequal(expected, found) then
    return
  elseif type(expected) == "string" and type(found) == "string" and
    (has_lines(expected) or has_lines(found)) then
    fail(2, told("the texts differ (- expected, + found)",
      compare().text_differences(expected, found)))
  end
  fail(2, "expected %s, found %s", compare().shown(expected),
    compare().shown(found))
end

function checks.not_equal(other, found)
  if rawequal(other, found) then
    fail(2, "expected anything but %s", compare().shown(found))
  end
end

function checks.same(expected, found)
  local lines = compare().differences(expected, found)
  if #lines > 0 then
    fail(2, told("the values differ", lines))
  end
end

function checks.matches(pattern, text)
  if type(text) ~= "string" or not text:find(pattern) then
    fail(2, "expected what matches %s, found %s", compare().shown(pattern),
      compare().shown(text))
  end
end

-- Those of one value.
local function add_checks_of_one(holds)
  for name, is in pairs(holds) do
    checks["is_" .. name] = function(found)
      if not is(found) then
        fail(2, "expected %s, found %s", name:gsub("_", " "),
          compare().shown(found))
      end
    end
  end
end

add_checks_of_one {
  ["true"] = function(value)
    return value == true
  end,
  ["false"] = function(value)
    return value == false
  end,
  ["nil"] = function(value)
    return value == nil
  end,
  not_nil = function(value)
    return value ~= nil
  end,
  truthy = function(value)
    return value
  end,
  falsy = function(value)
    return not value
  end,
}

function checks.has_error(fn, expected)
  local ok, problem = pcall(fn)
  if ok then
    fail(2, "expected an error, and there was none")
  elseif expected ~= nil and expected ~= problem then
    fail(2, "expected the error %s, found %s", compare().shown(expected),
      compare().shown(problem))
  end
end

checks.equals, checks.are_equal, checks.are_same = checks.equal, checks.equal,
  checks.same

local function no_check(_, name)
  local names = {}
  for known in pairs(checks) do
    names[#names + 1] = known
  end
  table.sort(names)
  error(("there is no assert.%s%s; there are %s"):format(tostring(name),
    suggest.hint(tostring(name), names), table.concat(names, ", ")), 2)
end

-- new(): an `assert` for a test file: a table that can be called as Lua's.
local function new()
  local own = {}
  for name, check in pairs(checks) do
    own[name] = check
  end
  return setmetatable(own, { __metatable = false, __index = no_check,
    __call = function(_, value, ...)
      if not value then
        local text = ...
        error(text == nil and "assertion failed!" or text, 2)
      end
      return value, ...
    end })
end

return { new = new }
