local lexer = require "gotrace.syntax.lexer"

-- "kind text" of each token, in one line.
local function shown(text)
  local parts = {}
  for i, token in ipairs(assert(lexer.tokens(text))) do
    parts[i] = token.kind .. " " .. token.text
  end
  return table.concat(parts, ", ")
end

local function values(text)
  local list = {}
  for i, token in ipairs(assert(lexer.tokens(text))) do
    list[i] = token.value
  end
  return list
end

describe("lexer.tokens", function()
  it("tells names, keywords, numbers, strings and signs apart", function()
    assert.equal('name type, op ~=, string "UserLog", keyword and, op (, name g, op .., number 3, op )',
      shown 'type ~= "UserLog" and (g .. 3)')
    assert.equal("name a, op ., name b, op :, name c, op (, op ..., op ), op [, number 1, op ]", shown "a.b:c(...)[1]")
    assert.equal("name täg", shown "täg")
  end)

  it("says where each stands", function()
    local list = lexer.tokens "a  ==\n'b'"
    assert.same({ 1, 4, 7 }, { list[1].at, list[2].at, list[3].at })
  end)

  it("reads what strings and numbers say", function()
    assert.same({ "a\nb\"", "it's" }, values [["a\nb\"" 'it\'s']])
    assert.same({ "]]", "two\nlines" }, values "[=[]]]=] [[\ntwo\nlines]]")
    assert.same({ 1, 0.5, 5e-3, 255, 1024, 2 }, values "1 .5 5e-3 0xff 0x1p+10 2.")
    assert.equal("17LL", tostring(values "17LL"[1]))
  end)

  it("passes over comments", function()
    assert.equal("name a, name b", shown "a -- or c\n b --")
    assert.equal("name a, name b", shown "a --[==[ c\n ]] ]==] b")
  end)

  it("takes what Lua does not know", function()
    assert.equal("name a, op !=, name b, op &&, op !, name c, op ||, name d", shown "a != b && !c || d")
    local token = lexer.tokens "dur > 5ms"[3]
    assert.same({ "number", 5, "ms" }, { token.kind, token.number, token.suffix })
    assert.is_nil(token.value)
    assert.same({ 1.5, "s" }, { lexer.tokens "1.5s"[1].number, lexer.tokens "1.5s"[1].suffix })
  end)

  it("cuts as the compiler does", function()
    for _, text in ipairs { "a..b", "1 ..2", "a.b.c", "x<=y", "-1", "#t", "a~=-1", "f'x'", "f[[x]]", "a--b\n+c" } do
      local list = assert(lexer.tokens(text))
      local parts = {}
      for i, token in ipairs(list) do
        parts[i] = token.text
      end
      assert.equal(string.dump(assert(load("return " .. text, "=", "t")), true),
        string.dump(assert(load("return " .. table.concat(parts, " "), "=", "t")), true))
    end
  end)

  it("says what does not end", function()
    for text, wrong in pairs {
      ["'a"] = "a string that does not end",
      ['"a\nb"'] = "a string that does not end",
      ['"a\\"'] = "a string that does not end",
      ["[==[ a ]=]"] = "a string that does not end",
      ["a --[[ b"] = "a comment that does not end",
    } do
      local list, why = lexer.tokens(text)
      assert.is_nil(list)
      assert.equal(wrong, why)
    end
  end)
end)
