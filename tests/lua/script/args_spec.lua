require "support.embedded"
local args = require "gotrace.script.args"
local errors = require "gotrace.base.errors"

local rows = {
  { name = "top", short = "t", type = "int", default = 20, help = "rows" },
  { name = "ratio", type = "number", help = "ratio" },
  { name = "stacks", short = "k", type = "bool", help = "stacks" },
  { name = "mode", type = "string", choices = { "fast", "slow" }, help = "mode" },
  { name = "types", type = "list", help = "types" },
  { name = "pad", type = "duration", default = 5e6, help = "pad" },
  { name = "match", type = "regexp", help = "match" },
  { name = "like", type = "pattern", help = "like" },
  { name = "quiet", short = "q", type = "bool", help = "quiet" },
  { name = "max-len", type = "int", help = "length" },
  { name = "also", short = "a", type = "string", repeatable = true, help = "also" },
  { name = "only", short = "o", long = false, type = "string", help = "only" },
  { name = "list_events", short = "lv", long = false, type = "bool", help = "list" },
}

local function parse(...)
  local tokens = args.tokens { ... }
  local found = args.take(rows, tokens)
  args.leftover(tokens, rows)
  return args.values(rows, found), args.rest(tokens)
end

-- The message of the usage error that a command line is.
local function wrong(...)
  local ok, stop = pcall(parse, ...)
  assert.is_false(ok)
  assert.is_true(errors.is_stop(stop), tostring(stop))
  assert.equal(2, stop.status)
  return stop.text
end

describe("args", function()
  it("takes values in every form", function()
    assert.equal(3, parse("--top=3").top)
    assert.equal(3, parse("--top", "3").top)
    assert.equal(3, parse("-t3").top)
    assert.equal(3, parse("-t", "3").top)
    assert.equal(-3, parse("--top", "-3").top)
    assert.equal("x", parse("-ox").only)
  end)

  it("takes flags, alone, in a row and with a value", function()
    local v = parse("-kqt5")
    assert.is_true(v.stacks)
    assert.is_true(v.quiet)
    assert.equal(5, v.top)
    assert.is_true(parse("--stacks").stacks)
    assert.is_false(parse("--stacks=no").stacks)
    assert.is_true(parse("-lv").list_events)
  end)

  it("fills in defaults", function()
    local v = parse()
    assert.equal(20, v.top)
    assert.is_false(v.stacks)
    assert.is_nil(v.ratio)
  end)

  it("leaves words, - and what follows --", function()
    local v, rest = parse("a", "-", "--top", "1", "b", "--", "--top", "-k")
    assert.equal(1, v.top)
    assert.same({ "a", "-", "b", "--top", "-k" }, rest)
  end)

  it("converts types", function()
    assert.equal(0.5, parse("--ratio=.5").ratio)
    assert.equal("fast", parse("--mode=fast").mode)
    assert.same({ "a", "b" }, parse("--types=a,b").types)
    assert.same({ "a", "b", "c" }, parse("--types=a,,b", "--types", "c").types)
    assert.same({ "x", "y" }, parse("-a", "x", "--also=y").also)
    assert.equal(7, parse("--max-len=7").max_len)
    assert.equal("^a.c$", parse("--like=^a.c$").like)
  end)

  it("reads durations", function()
    for text, ns in pairs {
      ["12ns"] = 12, ["1m30s"] = 90e9, ["-1m0.5s"] = -60.5e9, ["1us"] = 1e3, ["1µs"] = 1e3, ["12ms"] = 12e6,
      ["1.5s"] = 1.5e9, ["2m"] = 120e9, ["1h"] = 3600e9, ["-200ms"] = -200e6,
    } do
      assert.equal(ns, parse("--pad=" .. text).pad)
    end
  end)

  it("compiles regular expressions", function()
    local v = parse("--match=chan (send|receive)")
    assert.is_true(v.match:match 'reason="chan send"')
    assert.is_false(v.match:match "chan close")
  end)

  it("lets the last of two values count", function()
    assert.equal(2, parse("--top=1", "--top=2").top)
  end)

  it("names what is wrong with a value", function()
    assert.equal('--top: "x" is not a whole number', wrong("--top=x"))
    assert.equal('--top: "1.5" is not a whole number', wrong("--top=1.5"))
    assert.equal('--ratio: "x" is not a number', wrong("--ratio=x"))
    assert.equal('--stacks: "maybe" is not yes or no', wrong("--stacks=maybe"))
    assert.equal('--mode: "fats" is none of fast, slow (did you mean "fast"?)', wrong("--mode=fats"))
    assert.equal('--pad: "12" is not a duration such as 12ms or 1.5s', wrong("--pad=12"))
    assert.equal('--pad: "12x" is not a duration such as 12ms or 1.5s', wrong("--pad=12x"))
    assert.matches('^%-%-match: "%(" is not a regular expression %(.+%)$', wrong("--match=("))
    assert.equal('--like: "[" is not a Lua pattern', wrong("--like=["))
    assert.equal("--top wants a value: rows", wrong("--top"))
    assert.equal("-t wants a value: rows", wrong("-t"))
  end)

  it("suggests the option that was meant", function()
    assert.equal('unknown option --tpo (did you mean "--top"?)', wrong("--tpo=3"))
    assert.equal("unknown option --xyzzy", wrong("--xyzzy"))
    assert.equal("unknown option -z", wrong("-z"))
    assert.equal("unknown option -kz", wrong("-kz"))
  end)

  it("gives words to positional rows, in order", function()
    local positional = {
      { name = "what", type = "regexp", positional = true },
      { name = "n", type = "int", positional = true },
      { name = "file", type = "string", positional = true, required = true },
    }
    local tokens = args.tokens { "a+", "3" }
    local found = args.take(positional, tokens)
    args.take_positional(positional, tokens, found)
    local v = args.values(positional, found)
    assert.is_true(v.what:match "caat")
    assert.equal(3, v.n)
    assert.equal("file", args.missing(positional, v).name)
  end)

  it("writes help from the same rows", function()
    local text = args.help(rows)
    assert.matches("\n  %-k, %-%-stacks +stacks\n", text)
    assert.matches("\n  %-%-mode TEXT +mode: fast, slow\n", text)
    assert.matches("^  %-t, %-%-top N +rows %(default 20%)\n", text)
    assert.matches("\n  %-%-pad TIME +pad %(default 5ms%)\n", text)
    assert.matches("\n  %-o TEXT +only\n", text)
  end)

  it("puts the text of a long option on its own line", function()
    local text = args.help {
      { name = "a", type = "bool", help = "short" },
      { name = "a-rather-long-option-name", type = "int", help = "long", required = true },
      { name = "l", type = "list", default = { "x", "y" }, help = "list" },
    }
    assert.equal(table.concat({
      "  --a                       short",
      "  --a-rather-long-option-name N",
      "                            long (required)",
      "  --l A,B,...               list (default x,y)",
    }, "\n"), text)
  end)
end)
