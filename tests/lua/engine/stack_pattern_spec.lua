local stack_pattern = require "gotrace.engine.stack_pattern"

-- Whether a pattern is found in a stack, given from the root to the leaf.
local function found(text, stack)
  local funcs = {}
  for func in stack:gmatch "%S+" do
    table.insert(funcs, 1, func)
  end
  local pattern = assert(stack_pattern.compile(text))
  return stack_pattern.matches(pattern, #funcs, function(i)
    return funcs[i]
  end)
end

describe("a pattern for stacks", function()
  it("finds a function anywhere", function()
    assert.is_true(found("b", "a b c"))
    assert.is_true(found("c", "a b c"))
    assert.is_true(found("a", "a b c"))
    assert.is_false(found("d", "a b c"))
    assert.is_false(found("b", ""))
    assert.is_false(found("main.f", "main.f1 xmain.f"))
  end)

  it("finds functions that call each other, from the root on", function()
    assert.is_true(found("a b", "x a b c"))
    assert.is_true(found("a b c", "a b c"))
    assert.is_false(found("b a", "a b c"))
    assert.is_false(found("a c", "a b c"))
    assert.is_true(found("a a b", "a a a b"))
    assert.is_true(found('"a" "b"', "a b"))
  end)

  it("passes over frames with **", function()
    assert.is_true(found("a ** c", "a b c"))
    assert.is_true(found("a ** b", "a b"))
    assert.is_false(found("c ** a", "a b c"))
    assert.is_true(found("a b ** d", "x a b c d e"))
    assert.is_true(found("a ** b c ** d", "a b x b c x d"))
    assert.is_false(found("a b ** b c", "a b c"))
    assert.is_true(found("** a **", "a"))
  end)

  it("takes * for any frame", function()
    assert.is_true(found("a * c", "a b c"))
    assert.is_false(found("a * c", "a c"))
    assert.is_true(found("^ * *", "a c"))
    assert.is_false(found("^ * * $", "a b c"))
  end)

  it("holds on to the root and the leaf", function()
    assert.is_true(found("^ a", "a b c"))
    assert.is_false(found("^ b", "a b c"))
    assert.is_true(found("c $", "a b c"))
    assert.is_false(found("b $", "a b c"))
    assert.is_true(found("^ a ** c $", "a b c"))
    assert.is_true(found("^ a b $", "a b"))
    assert.is_false(found("^ a b $", "a b c"))
    assert.is_true(found("^ ** c $", "a b c"))
    assert.is_true(found("a ** $", "a b c"))
    assert.is_true(found("a b $", "a b x a b"))
    assert.is_false(found("a ** a $", "a"))
    assert.is_true(found("^ ** $", ""))
  end)

  it("finds packages", function()
    assert.is_true(found("net/http.*", "main.main net/http.(*conn).serve"))
    assert.is_true(found("net/http.*", "net/http.init.0"))
    assert.is_false(found("net.*", "net/http.init.0"))
    assert.is_true(found("net/...", "net/http.init.0"))
    assert.is_true(found("net/...", "net.Dial"))
    assert.is_false(found("net/...", "network/x.F"))
    assert.is_true(found("main.* ** sync.(*Mutex).Lock", "main.main main.f x.y sync.(*Mutex).Lock internal/sync.f"))
  end)

  it("says what is wrong with it", function()
    for text, wrong in pairs {
      [""] = "a pattern names functions",
      ["  "] = "a pattern names functions",
      ["a ^"] = "^ is the root, at the beginning of a pattern",
      ["^ $"] = "a pattern names functions",
      ["$ a"] = "$ is the leaf, at the end of a pattern",
    } do
      local pattern, why = stack_pattern.compile(text)
      assert.is_nil(pattern)
      assert.equal(wrong, why:sub(1, #wrong))
    end
  end)
end)
