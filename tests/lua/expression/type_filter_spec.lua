-- A few rows of the table are enough, and it is C's.
local spec = { rows = {}, names = { "GoBlock", "GoCreate", "GoStart", "GoStop", "HeapAlloc", "UserLog" } }
for id, name in ipairs(spec.names) do
  spec.rows[id] = { name = name }
end
package.loaded["gotrace.engine.event_table"] = spec
local type_filter = require "gotrace.expression.type_filter"

-- The names of the types that are left out; nil if that cannot be said.
local function left_out(text)
  local ids, names = type_filter.left_out(text), {}
  if not ids then
    return nil
  end
  for id in pairs(ids) do
    names[#names + 1] = spec.rows[id].name
  end
  table.sort(names)
  return names
end

-- What Lua says of the expression, type by type.
local function asked(text)
  local names = {}
  for _, name in ipairs(spec.names) do
    if not load("return (" .. text .. "\n)", "=", "t", { type = name })() then
      names[#names + 1] = name
    end
  end
  table.sort(names)
  return names
end

describe("type_filter.left_out", function()
  for _, text in ipairs {
    'type ~= "UserLog"',
    '"UserLog" ~= type',
    "type ~= 'UserLog' and type ~= [[HeapAlloc]]",
    'not (type == "UserLog")',
    'not not (type == "UserLog")',
    '((type == "GoCreate")) or "GoStart" == type -- a comment',
    'type == "A" or type == "GoStop" and type ~= "B"',
    'type == "GoStop" and type ~= "B" or type == "GoStart"',
    '(type == "GoStop" or type == "GoStart") and not (type == "GoStart" and true)',
    'type ~= "\\85serLog"',
    "true",
    "false",
    'false or type == "GoBlock"',
  } do
    it("knows what " .. text .. " says", function()
      assert.same(asked(text), left_out(text))
    end)
  end

  for _, text in ipairs {
    'g ~= "UserLog"',
    'type ~= "UserLog" and g == 1',
    'type ~= "UserLog" or time > 5',
    'not type == "UserLog"',
    'type ~= name',
    'type == type',
    '"a" == "a"',
    'type',
    'not type',
    'type:find "User"',
    'type ~= ("UserLog")',
    'type ~= "User" .. "Log"',
    'ev.type ~= "UserLog"',
    'type ~= "UserLog" == true',
    'type > "G"',
    'type ~= "A" and',
    '(type ~= "A"',
    'type ~= "A")',
    'type != "A"',
    '',
    'type "x" ~= "A"',
    '"type" ~= "A"',
  } do
    it("leaves to Lua: " .. text, function()
      assert.is_nil(left_out(text))
    end)
  end
end)
