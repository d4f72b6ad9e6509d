local packing = require "gotrace.base.packing"

local function same(value)
  local back, why = packing.unpack(packing.pack(value))
  assert.is_nil(why)
  return back
end

describe("packed values", function()
  it("come back as they were", function()
    for _, value in ipairs { 0, 1, -1, 127, 128, 2 ^ 52 - 1, 1 - 2 ^ 52, -2 ^ 52, 2 ^ 53 - 1, 2 ^ 53, -2 ^ 60,
      0.1, -1e300, 5e-324, math.huge, -math.huge, "", "abc", "a\0\255", true, false } do
      assert.equal(value, same(value))
    end
    assert.is_nil(same(nil))
    local nan = same(0 / 0)
    assert.is_true(nan ~= nan)
  end)

  it("may be tables: lists, with nil in them too, and by name", function()
    assert.same({ 1, "two", n = 2 }, same { 1, "two" })
    assert.same({ nil, 2, nil, n = 3 }, same { nil, 2, nil, n = 3 })
    assert.same({ a = { b = { 1, n = 1 } }, c = "x" }, same { a = { b = { 1 } }, c = "x" })
    assert.same({ "long text", "long text", { x = "long text" }, n = 3 },
      same { "long text", "long text", { x = "long text" } })
  end)

  it("keep names as they are where tables are a script's", function()
    for _, value in ipairs { { n = 5 }, { n = "x", count = 1 }, { 1, 2, 3 }, { n = { n = 1 } }, {}, { "n", "n" } } do
      assert.same(value, packing.unpack(packing.pack(value, true), true))
    end
    assert.is_false(pcall(packing.pack, { 1, n = 2 }, true))
  end)

  it("are the same bytes for equal values", function()
    local a, b = {}, {}
    for i = 1, 200 do
      a["key" .. i], b["key" .. 201 - i] = i, 201 - i
    end
    assert.equal(packing.pack(a), packing.pack(b))
    assert.equal(packing.pack(0), packing.pack(-0))
  end)

  it("are no functions, no loops and no mixtures", function()
    local loop = {}
    loop[1] = loop
    for _, value in ipairs { print, coroutine.create(print), loop, { 1, x = 2 }, { [2.5] = 1 }, { [true] = 1 } } do
      assert.is_false(pcall(packing.pack, value))
    end
  end)

  it("are refused by what they are, or by how deep", function()
    local function refused(value)
      local ok, why = pcall(packing.pack, value)
      return not ok and why
    end
    local function nested(depth)
      local value = {}
      for _ = 1, depth do
        value = { value }
      end
      return value
    end
    assert.equal("there is no place for a function", refused { print })
    assert.equal("there is no place for a thread", refused { a = coroutine.create(print) })
    assert.equal("tables are more than 64 deep", refused(nested(65)))
    local text = packing.pack(nested(64))
    assert.equal(text, packing.pack((packing.unpack(text))))
  end)

  it("are refused with their place where they are broken", function()
    local text = packing.pack { "long text", 0.5, { x = "long text", y = { 1, 2, 3 } } }
    for n = 0, #text - 1 do
      local value, why, at = packing.unpack(text:sub(1, n))
      assert.is_nil(value)
      assert.is_string(why)
      assert.is_true(at >= 0 and at <= n)
    end
    local _, why, at = packing.unpack(text .. "N")
    assert.equal("1 bytes are left over", why)
    assert.equal(#text, at)
  end)

  it("are refused before memory is taken for what is not there", function()
    local many = "\255\255\255\255\255\255\127"
    for _, text in ipairs { "L" .. many, "M" .. many, "S" .. many, "R\0", "R" .. many, "X", "", "M\1I\2N",
      "I\255\255\255\255\255\255\255\255\255\1", ("L\1"):rep(100000) .. "N" } do
      local value, why = packing.unpack(text)
      assert.is_nil(value)
      assert.is_string(why)
    end
  end)

  it("say something sensible whatever byte is changed", function()
    local text = packing.pack { "long text", 0.5, { x = "long text", y = { 1, -2, false } } }
    for i = 1, #text do
      for b = 0, 255, 3 do
        local ok = pcall(packing.unpack, text:sub(1, i - 1) .. string.char(b) .. text:sub(i + 1))
        assert.is_true(ok)
      end
    end
  end)
end)
