local suggest = require "gotrace.base.suggest"

describe("suggest", function()
  it("measures edits, a swap being one", function()
    assert.equal(0, suggest.distance("GoCreate", "GoCreate"))
    assert.equal(1, suggest.distance("GoCreat", "GoCreate"))
    assert.equal(1, suggest.distance("GoCraete", "GoCreate"))
    assert.equal(3, suggest.distance("kitten", "sitting"))
    assert.equal(4, suggest.distance("", "abcd"))
  end)

  it("finds the nearest name", function()
    local names = { "GoCreate", "GoDestroy", "GoCreateBlocked" }
    assert.equal("GoCreate", suggest.nearest("GoCrate", names))
    assert.equal("GoCreate", suggest.nearest("gocreate", names))
    assert.equal("GoDestroy", suggest.nearest("Destroy", names))
  end)

  it("says nothing rather than something far off", function()
    assert.is_nil(suggest.nearest("xyz", { "GoCreate" }))
    assert.equal("", suggest.hint("xyz", { "GoCreate" }))
    assert.equal(' (did you mean "top"?)', suggest.hint("tpo", { "top" }))
  end)
end)
