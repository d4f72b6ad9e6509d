local format = require "gotrace.printing.format"

local function lines(t, style)
  return table.concat(format.table_lines(t, style), "\n")
end

describe("format", function()
  it("writes numbers as they are", function()
    assert.equal("0", format.number(0))
    assert.equal("-3", format.number(-3))
    assert.equal("9007199254740992", format.number(2 ^ 53))
    assert.equal("0.1", format.number(0.1))
    assert.equal("1.5", format.number(1.5))
    assert.equal("1e+300", format.number(1e300))
  end)

  it("quotes CSV by RFC 4180", function()
    assert.equal("plain", format.csv "plain")
    assert.equal('"a,b"', format.csv "a,b")
    assert.equal('"say ""hi"""', format.csv 'say "hi"')
    assert.equal('"two\nlines"', format.csv "two\nlines")
    assert.equal('"two\r\nlines"', format.csv "two\r\nlines")
    assert.equal('"lone\rreturn"', format.csv "lone\rreturn")
    assert.equal("", format.csv(nil))
    assert.equal("a,,3", format.csv_line({ "a", nil, 3 }, 3))
    assert.equal("", format.csv_line({}, 0))
    assert.equal('""', format.csv_line({}, 1)) -- an empty line is what is between two tables
    assert.equal('""', format.csv_line({ "" }, 1))
    assert.equal("x" .. (","):rep(99999), format.csv_line({ "x" }, 100000))
  end)

  it("makes no line of more than 100,000 columns", function()
    for _, n in ipairs { 1e300, 100001, -1, 1.5, 0 / 0, 1 / 0, "3", false } do
      assert.has_error(function() format.csv_line({ 1 }, n) end,
        "csv_line wants the number of values, from 0 to 100000")
    end
  end)

  it("writes JSON values", function()
    assert.equal("null", format.json(nil))
    assert.equal("true", format.json(true))
    assert.equal("12", format.json(12))
    assert.equal("null", format.json(0 / 0))
    assert.equal("null", format.json(math.huge))
    assert.equal([["a\"b\\c\n\u0001\u007f"]], format.json 'a"b\\c\n\1\127')
  end)

  it("makes JSON valid UTF-8 whatever the trace holds, and other strings other ones", function()
    assert.equal('"µ→😀"', format.json "µ→😀")
    local byte = "\239\191\189" -- U+FFFD
    assert.equal('"a' .. byte .. 'ffb"', format.json "a\255b")
    assert.equal('"a' .. byte .. 'feb"', format.json "a\254b")
    assert.equal('"' .. byte .. '"', format.json(byte))
    assert.equal('"' .. byte .. "ef" .. byte .. "bf" .. byte .. 'bdff"', format.json(byte .. "ff"))
  end)

  it("keeps the keys of an object apart", function()
    local t = { columns = { "key", "n" }, keyed = true,
      rows = { { 1, 1 }, { "1", 2 }, { true, 3 }, { "true", 4 }, { 0.1, 5 }, { 0.1 + 2 ^ -56, 6 }, { '"1"', 7 },
        { "a\255", 8 }, { "a\254", 9 } } }
    assert.equal('{"1":1,"\\"1\\"":2,"true":3,"\\"true\\"":4,"0.1":5,"0.10000000000000002":6,"\\"\\"1\\"\\"":7,' ..
      '"a\239\191\189ff":8,"a\239\191\189fe":9}', lines(t, "json"))
  end)

  it("steers no terminal in cells and headings", function()
    local t = { columns = { "a\27[31m", "n" },
      rows = { { "two\nlines\t\r", 1 }, { "\226\128\174", 2 }, { "\155", 3 } } }
    assert.equal("a\\x1b[31m       n\ntwo\\nlines\\t\\r  1\n\\u202e          2\n\\x9b            3", lines(t, "text"))
    assert.equal('a\\x1b[31m,n\n"two\nlines\t\r",1\n\\u202e,2\n\\x9b,3', lines(t, "csv"))
  end)

  it("keeps the order of an object's keys", function()
    assert.equal('{"b":1,"a":"x","c":null}', format.json_object({ "b", "a", "c" }, { 1, "x", nil }))
  end)

  local people = {
    columns = { "who", "n" },
    rows = { { "µm", 5 }, { "longer, than", 12 }, { nil, 1.5 } },
  }

  it("aligns text, numbers to the right", function()
    assert.equal(table.concat({
      "who             n",
      "µm              5",
      "longer, than   12",
      "              1.5",
    }, "\n"), lines(people, "text"))
  end)

  it("writes tables as CSV and JSON", function()
    assert.equal('who,n\nµm,5\n"longer, than",12\n,1.5', lines(people, "csv"))
    assert.equal('{"who":"µm","n":5}\n{"who":"longer, than","n":12}\n{"who":null,"n":1.5}', lines(people, "json"))
  end)

  it("writes keyed tables as one JSON object", function()
    local t = { columns = { "type", "count" }, rows = { { "B", 2 }, { "A", 1 } }, keyed = true }
    assert.equal('{"B":2,"A":1}', lines(t, "json"))
    assert.equal("type  count\nB         2\nA         1", lines(t, "text"))
  end)

  it("writes empty tables", function()
    local t = { columns = { "a", "b" }, rows = {} }
    assert.equal("a  b", lines(t, "text"))
    assert.equal("a,b", lines(t, "csv"))
    assert.equal("", lines(t, "json"))
  end)

  it("writes large numbers for people, from five digits on", function()
    local thousands = function(n) return format.thousands(n) end
    for n, text in pairs { [0] = "0", [9999] = "9999", [10000] = "10,000", [-12345] = "-12,345",
      [123456] = "123,456", [1234567] = "1,234,567", [12345.5] = "12,345.5", [1e300] = "1e+300" } do
      assert.equal(text, thousands(n))
    end
    assert.equal("nan", thousands(0 / 0):match "nan")
    assert.equal("inf", thousands(math.huge))
  end)

  it("writes durations and sizes for people", function()
    assert.equal("0ns", format.duration(0))
    assert.equal("999ns", format.duration(999))
    assert.equal("1.5us", format.duration(1500))
    assert.equal("1.235s", format.duration(1234567890))
    assert.equal("59.99s", format.duration(59.99e9))
    assert.equal("1m0s", format.duration(60e9))
    assert.equal("1m39.1s", format.duration(99.12e9))
    assert.equal("-2m0s", format.duration(-120e9))
    assert.equal("27m50s", format.duration(1669.8e9))
    assert.equal("1h", format.duration(3599.7e9))
    assert.equal("1h30m", format.duration(5400e9))
    assert.equal("100h1m", format.duration(360059e9))
    assert.equal("inf", format.duration(math.huge):match "^inf")
    assert.equal("-1.5ms", format.duration(-1.5e6))
    assert.equal("512B", format.bytes(512))
    assert.equal("1.5KiB", format.bytes(1536))
    assert.equal("2GiB", format.bytes(2 ^ 31))
  end)
end)
