-- gotrace_judge: an event's verdict by its context, as a script's expression would have it.
local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

local FIELDS = { g = C.GOTRACE_FIELD_G, p = C.GOTRACE_FIELD_P, m = C.GOTRACE_FIELD_M }
local SIGNS = {
  ["=="] = { C.GOTRACE_EQUALS, function(a, b) return a == b end },
  ["~="] = { C.GOTRACE_DIFFERS, function(a, b) return a ~= b end },
  ["<"] = { C.GOTRACE_LESS, function(a, b) return a ~= nil and a < b end },
  ["<="] = { C.GOTRACE_AT_MOST, function(a, b) return a ~= nil and a <= b end },
  [">"] = { C.GOTRACE_MORE, function(a, b) return a ~= nil and a > b end },
  [">="] = { C.GOTRACE_AT_LEAST, function(a, b) return a ~= nil and a >= b end },
}
local IDS = { -2LL ^ 63, -1LL, 0LL, 1LL, 7LL, 8LL, 2LL ^ 53, 2LL ^ 53 + 1, 2LL ^ 62 }

local function events_of(n)
  local events = ffi.new("gotrace_event[?]", n)
  for i = 0, n - 1 do
    events[i].type = 16
    events[i].g, events[i].p, events[i].m = IDS[i % #IDS + 1], IDS[(i + 3) % #IDS + 1], IDS[(i + 5) % #IDS + 1]
  end
  return events
end

local function read(event, field)
  local id = event[field]
  if id >= 0 then
    return tonumber(id)
  end
end

-- Each of list: { field, sign, number }.
local function check(list, any)
  local c = ffi.new "gotrace_comparisons"
  c.len, c.any = #list, any or false
  for i, each in ipairs(list) do
    local x = c.list[i - 1]
    x.field, x.sign, x.number = FIELDS[each[1]], SIGNS[each[2]][1], each[3]
  end
  local n = 2 * #IDS
  local events = events_of(n)
  assert.equal(n, lib.gotrace_judge(events, 0, n, c))
  for i = 0, n - 1 do
    local holds = not any
    for _, each in ipairs(list) do
      if SIGNS[each[2]][2](read(events[i], each[1]), each[3]) == (any or false) then
        holds = any or false
        break
      end
    end
    assert.equal(holds and tonumber(C.GOTRACE_KEEP) or tonumber(C.GOTRACE_DROP), events[i].verdict)
  end
end

describe("gotrace_judge", function()
  it("compares as Lua does, with nil too", function()
    for field in pairs(FIELDS) do
      for sign in pairs(SIGNS) do
        for _, number in ipairs { -1, 0, 0.5, 7, 2 ^ 53, 2 ^ 62, 1 / 0, -1 / 0 } do
          check { { field, sign, number } }
        end
      end
    end
  end)

  it("joins comparisons by and, or by or", function()
    for _, any in ipairs { false, true } do
      check({ { "g", ">", 1 }, { "p", "~=", 8 } }, any)
      check({ { "g", "==", 7 }, { "m", "<=", 7 }, { "p", "<", 1 } }, any)
    end
  end)

  it("stops at a mark, and leaves what is dropped already", function()
    local events, c = events_of(6), ffi.new "gotrace_comparisons"
    c.len, c.list[0].sign, c.list[0].number = 1, C.GOTRACE_MORE, -5
    events[0].verdict = C.GOTRACE_DROP
    events[4].type = C.GOTRACE_EV_GENERATION
    assert.equal(4, lib.gotrace_judge(events, 0, 6, c))
    assert.equal(tonumber(C.GOTRACE_DROP), events[0].verdict)
    assert.equal(4, lib.gotrace_judge(events, 4, 6, c))
    assert.equal(6, lib.gotrace_judge(events, 5, 6, c))
  end)
end)
