-- How many columns of a terminal a text takes.
local width = require "gotrace.base.width"

describe("Columns of a text", function()
  it("are its characters, but two for those of East Asia and pictures, none for marks", function()
    for text, n in pairs { [""] = 0, abc = 3, ["größer"] = 6, ["→"] = 1, ["▁█"] = 2, ["日本語"] = 6, ["한글"] = 4,
      ["ｆｕｌｌ"] = 8, ["😀"] = 2, ["e\204\129"] = 1, ["a\226\128\139b"] = 2, ["𠀀"] = 2, ["𝔤𝔬"] = 2 } do
      assert.equal(n, width.of(text), text)
    end
  end)

  it("are kept by its beginnings and ends", function()
    assert.equal("ab", width.first("abc", 2))
    assert.equal("abc", width.first("abc", 9))
    assert.equal("", width.first("日本", 1))
    assert.equal("日", width.first("日本", 3))
    assert.equal("e\204\129", width.first("e\204\129x", 1))
    assert.equal("bc", width.last("abc", 2))
    assert.equal("abc", width.last("abc", 9))
    assert.equal("本", width.last("日本", 3))
    assert.equal("", width.last("日本", 1))
    assert.equal("x", width.last("e\204\129x", 1))
    assert.equal("", width.last("", 5))
  end)

  it("never are more than what was asked for, wherever a text is cut", function()
    local text = "aä日e\204\129😀한z"
    for n = 0, 12 do
      local head, tail = width.first(text, n), width.last(text, n)
      assert.is_true(width.of(head) <= n and width.of(tail) <= n)
      assert.is_true(width.of(head) >= math.min(n, width.of(text)) - 1)
      assert.is_true(width.of(tail) >= math.min(n, width.of(text)) - 1)
      assert.equal(text, n >= width.of(text) and head or text)
      assert.equal(head, text:sub(1, #head))
      assert.equal(tail, text:sub(#text - #tail + 1))
    end
  end)
end)
