local regexp = require "gotrace.regexp"

describe("regexp", function()
  it("matches anywhere, as grep -E does", function()
    local re = regexp.compile "b+(c|d)$"
    assert.is_true(re:match "abbd")
    assert.is_false(re:match "abbdx")
    assert.equal("b+(c|d)$", tostring(re))
  end)

  it("ignores case where asked to", function()
    assert.is_false(regexp.compile("abc"):match "xABCx")
    assert.is_true(regexp.compile("abc", { ignore_case = true }):match "xABCx")
  end)

  it("says what is wrong", function()
    local re, why = regexp.compile "a("
    assert.is_nil(re)
    assert.equal("string", type(why))
    re, why = regexp.compile "a\0b"
    assert.is_nil(re)
    assert.equal("it has a NUL byte", why)
  end)

  it("takes strings only, and itself only", function()
    local re = regexp.compile "a"
    assert.has_error(function()
      re:match(3)
    end, "match wants a string, not number")
    assert.has_error(function()
      re.match({}, "a")
    end, "call it as re:match(text)")
  end)
end)
