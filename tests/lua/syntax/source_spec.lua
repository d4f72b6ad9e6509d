-- A script's text, read without running it: its functions, what is compared with
-- what, and what a function asks first.
local comparison = require "gotrace.syntax.comparison"
local condition = require "gotrace.syntax.condition"
local source = require "gotrace.syntax.source"

-- "path(params) line" of each function.
local function functions(text)
  local list = {}
  for _, fn in ipairs(source.of(text).functions) do
    list[#list + 1] = ("%s%s(%s) %d"):format(fn.is_local and "local " or "", fn.path or "-",
      table.concat(fn.params, ","), fn.line)
  end
  return table.concat(list, "; ")
end

describe("source.of", function()
  it("finds functions, what they are called and take", function()
    assert.equal("on.GoBlock(ev) 1; local f(a,b) 2; t:m() 2",
      functions "function on.GoBlock(ev) end\nlocal function f(a, b) end function t:m() end")
    assert.equal("on.GoBlock(e) 1; local g() 1; -(x,...) 1", functions
      "on.GoBlock = function(e) end local g = function() end h(function(x, ...) end)")
  end)

  it("takes no key of a table and no list for a name", function()
    assert.equal("-() 1; -() 1", functions "local t = { finish = function() end } a, finish = 1, function() end")
  end)

  it("knows where functions end, whatever is in them", function()
    local text = [[function f() if a then while b do end elseif c then repeat x() until d end
      for i = 1, 2 do local s = "end" --[=[ end ]=] end return function() end end g()]]
    local s = source.of(text)
    local fn = s.functions[1]
    assert.equal("end", s.tokens[fn.last].text)
    assert.equal("g", s.tokens[fn.last + 2].text)
  end)

  it("is nil for what is no Lua", function()
    assert.is_nil(source.of "'")
    assert.is_nil(source.of "function f(")
    assert.is_nil(source.of "do do end")
  end)
end)

-- "field=value" of what is compared in the first function.
local function compared(body)
  local s = source.of("function f(ev) " .. body .. " end")
  local list = {}
  for i, each in ipairs(comparison.of(s, s.functions[1])) do
    list[i] = each.field .. "=" .. tostring(each.name or each.value)
  end
  return table.concat(list, " ")
end

describe("comparison.of", function()
  for body, found in pairs {
    ['if ev.reason == "x" then end'] = "reason=x",
    ['return "x" ~= ev.reason or ev["kind"] == "y"'] = "reason=x kind=y",
    ["return ev.reason == sync or x ~= ev.kind"] = "reason=sync kind=x",
    ["return ev.g == 1 and not (ev.m ~= 2)"] = "g=1 m=2",
    ["g(function() return ev.type == 'x' end)"] = "type=x",
    ["local r = ev.reason if r == 'x' then end return r ~= 'y'"] = "reason=x reason=y",
  } do
    it("finds " .. found .. " in " .. body, function()
      assert.equal(found, compared(body))
    end)
  end

  for _, body in ipairs {
    -- another operator has a part in it
    'return ev.reason .. "a" == "x"', 'return "a" .. ev.reason == "x"', 'return ev.reason == "x" .. y',
    'return not ev.reason == "x"', 'return ev.reason:lower() == "x"', 'return ev.reason.a == "x"',
    'return #ev.reason == 3', 'return a == ev.g == 1', 'return -ev.g == 1', 'return "x" == ev.reason .. "a"',
    'return ev.reason == x.y', 'return ev.reason == x()', 'return a.ev.reason == "x"',
    'return { ev = 1, b = a.ev.type == "x" }',
    -- the parameter is something else
    'ev = g() return ev.reason == "x"', 'local ev = g() return ev.reason == "x"',
    'for _, ev in ipairs(t) do if ev.reason == "x" then end end', 'g(function(ev) return ev.reason == "x" end)',
    'local function ev() end return ev.reason == "x"', 'a, ev = g() return ev.reason == "x"',
    -- the local is
    'local r = ev.reason r = "x" return r == "x"', 'local r = ev.reason or "x" return r == "x"',
    'local r, s = ev.reason, 1 return r == "x"', 'local r = ev.reason g(function(r) return r == "x" end)',
    'local r = ev.reason:lower() return r == "x"',
  } do
    it("finds nothing in " .. body, function()
      assert.equal("", compared(body))
    end)
  end
end)

describe("condition.of", function()
  local function of(body)
    local s = source.of("function f(e) " .. body .. " end")
    return condition.of(s, s.functions[1])
  end

  it("is the condition of a body that is one if", function()
    assert.equal("and", of('if e.type == "x" and a then if b then c() else d() end end').sign)
    assert.equal("ev", of('if e.type == "x" then c() end')[1][1].name)
  end)

  it("is nil of whatever else", function()
    for _, body in ipairs { "", "a()", "if a then b() end c()", "if a then b() else c() end",
      "if a then b() elseif c then d() end", "a() if b then c() end" } do
      assert.is_nil(of(body))
    end
  end)
end)
