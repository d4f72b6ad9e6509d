local constant = require "gotrace.script.constant"

local function body(code)
  return assert(loadstring("local up = false return " .. code))()
end

describe("constant.is_false", function()
  for _, code in ipairs {
    "function() return false end",
    "function(ev) return false end",
    "function(ev, more, and_more) return false end",
    "function(ev) do return false end end",
  } do
    it("says so of " .. code, function()
      assert.is_true(constant.is_false(body(code)))
    end)
  end

  for _, code in ipairs {
    "function() end",
    "function() return end",
    "function() return nil end",
    "function() return true end",
    "function() return 0 end",
    "function() return 'false' end",
    "function(ev) return ev end",
    "function(ev) return not ev end",
    "function(ev) return up end",
    "function(ev) up = true return false end",
    "function(ev) n = 1 return false end",
    "function(ev) print() return false end",
    "function(ev) return false, false end",
    "function(ev) local x = 1 return false end",
    "function(ev) if ev then return true end return false end",
    "function(ev) while ev do end return false end",
    "function(...) return false end",
    "function(ev, ...) return false end",
    "function(a, b, c, d, e, f, g, h, i, j) return false end",
  } do
    it("is in doubt about " .. code, function()
      assert.is_false(constant.is_false(body(code)))
    end)
  end

  it("knows nothing of functions of C, of tables and of nil", function()
    assert.is_false(constant.is_false(print))
    assert.is_false(constant.is_false(string.format))
    assert.is_false(constant.is_false(setmetatable({}, { __call = function() return false end })))
    assert.is_false(constant.is_false(nil))
    assert.is_false(constant.is_false(false))
  end)

  it("says the same of a function that is compiled", function()
    local never, ever = body "function(ev) return false end", body "function(ev) return true end"
    local n = 0
    for i = 1, 1000 do
      n = n + (never(i) == false and 1 or 0) + (ever(i) and 1 or 0)
      string.rep("x", i % 3):gsub("x", never)
    end
    assert.equal(2000, n)
    assert.is_true(constant.is_false(never))
    assert.is_false(constant.is_false(ever))
  end)

  it("says the same of bytecode with and without names", function()
    local f = body "function(ev) return false end"
    assert.is_true(constant.is_false(loadstring(string.dump(f))))
    assert.is_true(constant.is_false(loadstring(string.dump(f, true))))
  end)
end)
