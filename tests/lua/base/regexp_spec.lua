require "support.embedded"
local regexp = require "gotrace.base.regexp"

-- has_error_match of busted compares with the whole message.
local function fails(fn, expected)
  local ok, why = pcall(fn)
  assert.is_false(ok)
  assert.matches(expected, why)
end

local function matches(pattern, text, options)
  return assert(regexp.compile(pattern, options)):match(text)
end

describe("regexp", function()
  it("matches anywhere, as grep -E does", function()
    local re = regexp.compile "b+(c|d)$"
    assert.is_true(re:match "abbd")
    assert.is_false(re:match "abbdx")
    assert.equal("b+(c|d)$", tostring(re))
  end)

  it("ignores case where asked to", function()
    assert.is_false(matches("abc", "xABCx"))
    assert.is_true(matches("abc", "xABCx", { ignore_case = true }))
    assert.is_false(matches("abc", "xABCx", { ignore_case = false }))
  end)

  -- { pattern, text, whether it is found }
  local same_as_grep = {
    { "^main\\.", "main.main", true }, { "^main\\.", "xmain.main", false }, { "a|b|", "x", true },
    { "[[:digit:]]+ms", "in 12ms", true }, { "[[:alpha:]]", "1 2", false }, { "^[^[:space:]]+$", "a b", false },
    { "x{2,3}y", "xxy", true }, { "^x{2}$", "xxx", false }, { "a.c", "a\nc", true }, { "a$", "a\n", false },
    { "(ab)\\1", "abab", true }, { "", "", true }, { "^$", "", true }, { "[]x]", "]", true },
  }
  it("knows what grep -E knows", function()
    for _, case in ipairs(same_as_grep) do
      assert.equal(case[3], matches(case[1], case[2]), case[1])
    end
  end)

  it("takes any bytes, in the pattern and in the text", function()
    assert.is_true(matches("b$", "a\0b"))
    assert.is_true(matches("a\0b", "xa\0bx"))
    assert.is_false(matches("a\0b", "xa"))
    assert.is_true(matches("\255\254", "a\255\254"))
    assert.is_true(matches("^..$", "é")) -- bytes, not characters
  end)

  it("says what is wrong, and where", function()
    for pattern, expected in pairs {
      ["a("] = "missing closing parenthesis, at byte 2",
      ["["] = "missing terminating %] for character class",
      ["*"] = "at byte 0", ["a{3,2}"] = "numbers out of order", ["\\Ca"] = "disabled", ["(*UTF)a"] = "disabled",
      ["(a)\\2"] = "non%-existent", ["(?<=a+)b"] = "lookbehind",
    } do
      local re, why = regexp.compile(pattern)
      assert.is_nil(re, pattern)
      assert.matches(expected, why)
    end
  end)

  it("refuses grep's borders of words, which would mean something else", function()
    local re, why = regexp.compile "\\<main"
    assert.is_nil(re)
    assert.equal("\\< is no border of a word here: write \\b", why)
    assert.is_true(matches("\\\\<main", "\\<main"))
    assert.is_true(matches("\\bmain\\b", "a main."))
  end)

  -- What is over a limit when it is compiled.
  local too_much = {
    ["deep"] = ("("):rep(300) .. (")"):rep(300),
    ["deeper than any stack"] = ("("):rep(100000),
    ["deep classes of alternatives"] = ("(?:a|"):rep(5000) .. "b" .. (")"):rep(5000),
    ["long"] = ("a"):rep(1e6),
    ["repeated"] = "((a{1000}){1000}b){1000}",
    ["repeated within"] = ("("):rep(20) .. "a" .. ("){65535}"):rep(20),
    ["many ways"] = ("a|"):rep(30000) .. "b",
  }
  for name, pattern in pairs(too_much) do
    it("refuses a pattern that is too " .. name, function()
      local before = os.clock()
      fails(function()
        regexp.compile(pattern)
      end, "the regular expression is refused: ")
      assert.is_true(os.clock() - before < 1)
      local re, why, limit = regexp.try(pattern)
      assert.is_nil(re)
      assert.equal("string", type(why))
      assert.is_true(limit)
    end)
  end

  -- What is over a limit when it is matched: { pattern, text }.
  local endless = {
    { "(a+)+$", ("a"):rep(40) .. "b" }, { "(a+)+$", ("a"):rep(1e6) .. "b" }, { "(a|a)*$", ("a"):rep(1000) .. "b" },
    { "(.*)(.*)(.*)(.*)(.*)[xy]$", ("a"):rep(1000) }, { "((a*)*)*\\2[bc]", ("a"):rep(1000) },
    { "(*LIMIT_MATCH=4000000000)(a+)+$", ("a"):rep(1000) .. "b" }, { "^(a|b(?1)?)*$", ("ab"):rep(1000) .. "c" },
    { "((?:x|(?:xx))+)+[yz]", ("x"):rep(300) },
  }
  it("gives up what would go on without end, and says so", function()
    for _, case in ipairs(endless) do
      local re, before = assert(regexp.compile(case[1])), os.clock()
      fails(function()
        re:match(case[2])
      end, "the regular expression cannot be matched: ")
      assert.is_true(os.clock() - before < 3, case[1])
      assert.is_boolean(re:match "", case[1]) -- and is as good as ever
    end
  end)

  it("matches long texts where one step leads to the other", function()
    assert.is_true(matches("(ab)+c", ("ab"):rep(2e4) .. "c"))
    assert.is_false(matches("a.*b.*[cd]", ("ab"):rep(400)))
    assert.is_true(matches("x$", ("a"):rep(1e6) .. "x"))
  end)

  it("takes strings only, and itself only", function()
    local re = regexp.compile "a"
    assert.has_error(function()
      re:match(3)
    end, "match wants a string, not number")
    for _, self in ipairs { {}, setmetatable({ text = "a" }, { __index = re }), "a", 1 } do
      assert.has_error(function()
        re.match(self, "a")
      end, "call it as re:match(text)")
    end
    for _, text in ipairs { 1, true, 1LL } do
      fails(function()
        regexp.compile(text)
      end, "compile wants a string")
      fails(function()
        regexp.try(text)
      end, "is a string")
      fails(function()
        regexp.compile("a", text)
      end, "options of compile are a table")
    end
  end)
end)
