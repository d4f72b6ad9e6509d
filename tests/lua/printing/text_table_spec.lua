local text_table = require "gotrace.printing.text_table"

local function place(text)
  return { is_place = true, text = function() return text end }
end

local function lines(width, t)
  text_table.set_width(width)
  local list = text_table.lines(t)
  text_table.set_width(math.huge)
  return list
end

local waits = {
  columns = { "place", "reason", "n" },
  keys = 2,
  rows = {
    { place "main.waitForNothing:129", "chan receive", 7 },
    { place "main.f:1", "a reason that is long", 12345 },
  },
}

describe("a table as text", function()
  it("has places behind all else", function()
    assert.same({
      "reason                     n  place",
      "chan receive               7  main.waitForNothing:129",
      "a reason that is long  12345  main.f:1",
    }, lines(80, waits))
  end)

  it("cuts the widest keys in their middle until it fits", function()
    local list = lines(48, waits)
    assert.same({
      "reason                   n  place",
      "chan receive             7  main.wait...hing:129",
      "a reason... is long  12345  main.f:1",
    }, list)
    assert.equal(48, #list[2])
  end)

  it("cuts nothing below what can still be read, and no numbers", function()
    assert.same(lines(1, waits), lines(33, waits))
    assert.equal("a rea...long  12345  main.f:1", lines(1, waits)[3])
  end)

  it("cuts what was no key nowhere", function()
    local list = lines(10, { columns = { "property" }, rows = { { "a text that a script wrote" } } })
    assert.same({ "property", "a text that a script wrote" }, list)
  end)

  it("counts characters, not bytes", function()
    local t = { columns = { "k", "n" }, keys = 1, rows = { { ("ä"):rep(30), 1 } } }
    assert.same({ "k" .. (" "):rep(17) .. "n", ("ä"):rep(7) .. "..." .. ("ä"):rep(6) .. "  1" }, lines(19, t))
  end)

  it("counts what a terminal shows", function()
    local t = { columns = { "k", "n" }, keys = 1, rows = { { ("日"):rep(30), 1 }, { "abc", 2 } } }
    assert.same({ "k" .. (" "):rep(17) .. "n", "日日日...日日日   1", "abc" .. (" "):rep(15) .. "2" }, lines(19, t))
  end)

  it("has commas in what was counted, and none in what is a key", function()
    local t = { columns = { "g", "n" }, keys = 1, is_measured = true, rows = { { 12345, 123456 } },
      rest = { "all", 1e4 } }
    assert.same({ "    g        n", "12345  123,456", "  all   10,000" }, lines(80, t))
    t.is_measured = nil
    assert.same({ "    g       n", "12345  123456", "  all   10000" }, lines(80, t))
  end)

  it("shows heads and bars in colours where that is asked for", function()
    local t = { columns = { "k", "n" }, keys = 1, bars = 2, rows = { { "a", 2 }, { "b", 0 } } }
    local plain = lines(80, t)
    text_table.use_colors(true)
    local colored = lines(80, t)
    text_table.use_colors(false)
    assert.same({ "\27[1mk  n\27[0m", "a  2  \27[32m" .. ("#"):rep(40) .. "\27[0m", "b  0" }, colored)
    for i, line in ipairs(colored) do
      assert.equal(plain[i], (line:gsub("\27%[%d*m", "")))
    end
  end)

  it("leaves of a trace's name the end", function()
    local t = { columns = { "trace", "n" }, keys = 1, rows = { { "testdata/real/go1.27-gc.trace", 1 } } }
    assert.same({ "trace" .. (" "):rep(13) .. "n", "...1.27-gc.trace  1" }, lines(19, t))
  end)

  it("has bars in what room there is, beside their numbers", function()
    local rows = { { place "main.f:1", 4 }, { place "main.g:1", 1 } }
    local t = { columns = { "place", "n" }, keys = 1, bars = 2, rows = rows }
    assert.same({ "place     n", "main.f:1  4  " .. ("#"):rep(20), "main.g:1  1  " .. ("#"):rep(5) }, lines(33, t))
    assert.equal("main.f:1  4  " .. ("#"):rep(10), lines(20, t)[2])
    assert.equal("main.f:1  4  " .. ("#"):rep(40), lines(200, t)[2])
  end)
end)
