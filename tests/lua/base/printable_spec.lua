local printable = require "gotrace.base.printable"

-- U+0085 as UTF-8 has it, and so on.
local function utf8(code)
  local function rest(n)
    return 128 + math.floor(code / 64 ^ n) % 64
  end
  if code < 0x80 then
    return string.char(code)
  elseif code < 0x800 then
    return string.char(192 + math.floor(code / 64), rest(0))
  elseif code < 0x10000 then
    return string.char(224 + math.floor(code / 4096), rest(1), rest(0))
  end
  return string.char(240 + math.floor(code / 2 ^ 18), rest(2), rest(1), rest(0))
end

local styles = { "text", "line", "quoted", "cell", "json" }

describe("printable", function()
  it("leaves what can be seen as it is", function()
    for _, text in ipairs { "", "main.main", "µ→😀 ñ", "~ %[]^-", "日本語", utf8(0xa0), utf8(0x10ffff), utf8(0xfffd) } do
      for _, style in ipairs(styles) do
        assert.equal(text, printable[style](text))
      end
    end
  end)

  it("escapes every control and every mark of direction", function()
    local function check(first, last, shown)
      for code = first, last do
        for _, style in ipairs { "line", "quoted", "json" } do
          local s = style == "json" and code < 0x80 and ("\\u%04x"):format(code) or shown:format(code)
          local got = printable[style]("a" .. utf8(code) .. "b")
          assert.is_true(got == "a" .. s .. "b" or code < 32 and got:find "^a\\[ntrbf]b$" ~= nil, got)
        end
      end
    end
    check(0, 31, "\\x%02x")
    check(127, 127, "\\x%02x")
    check(0x80, 0x9f, "\\u%04x")
    check(0x61c, 0x61c, "\\u%04x")
    check(0x200e, 0x200f, "\\u%04x")
    check(0x2028, 0x202e, "\\u%04x")
    check(0x2066, 0x2069, "\\u%04x")
  end)

  it("lets lines end where lines are wanted", function()
    assert.equal("a\n\tb\\r\\x1b", printable.text "a\n\tb\r\27")
    assert.equal("a\\n\\tb\\r\\x1b", printable.line "a\n\tb\r\27")
    assert.equal("a\n\tb\r\\x1b", printable.cell "a\n\tb\r\27")
    assert.equal("a\\n\\tb\\r\\u001b\\b\\f", printable.json "a\n\tb\r\27\b\f")
    assert.equal('a"\\', printable.line 'a"\\')
    assert.equal('a\\"\\\\', printable.quoted 'a"\\')
    assert.equal('a\\"\\\\', printable.json 'a"\\')
  end)

  -- What is no character, from any byte of it on.
  local broken = {
    "\128", "\155", "\191", "\192\128", "\193\191", "\195", "\224\128\128", "\224\159\191", "\226\130", "\237\160\128",
    "\237\191\191", "\240\128\128\128", "\240\143\191\191", "\240\159\152", "\244\144\128\128", "\245\128\128\128",
    "\254", "\255",
  }
  it("escapes bytes that are no character, one by one", function()
    for _, s in ipairs(broken) do
      local shown = s:gsub(".", function(c)
        return ("\\x%02x"):format(c:byte())
      end)
      for _, style in ipairs { "text", "line", "quoted", "cell" } do
        assert.equal("é" .. shown .. "é", printable[style]("é" .. s .. "é"))
      end
      assert.equal("é" .. shown:gsub("\\x", "\239\191\189") .. "é", printable.json("é" .. s .. "é"))
    end
  end)

  -- The string that JSON's text stands for.
  local function decode(text)
    text = text:gsub("\239\191\189(%x%x)", function(hex)
      return string.char(tonumber(hex, 16))
    end)
    return text
  end

  it("loses nothing in JSON", function()
    math.randomseed(1)
    local pieces = { "\239\191\189", "f", "0", "e", "\255", "\239", "\191", "\189", "é" }
    for _ = 1, 3000 do
      local parts = {}
      for i = 1, math.random(0, 8) do
        parts[i] = pieces[math.random(#pieces)]
      end
      local s = table.concat(parts)
      assert.equal(s, decode(printable.json(s)))
    end
  end)

  it("is not quadratic", function()
    local before = os.clock()
    printable.text(("\27\255é"):rep(2e5))
    assert.is_true(os.clock() - before < 5)
  end)
end)
