-- Rows of -p, which cells.lua and row_writer.lua make for each event at once, say what
-- gotrace.format makes of each value by itself.
local program = require "support.program"

local trace = program.recording "annotations"

-- Expressions whose values have every form that a value can have.
local expressions = {
  "0", "-0", "1", "-1", "0.1", "1/3", "999999999999999", "1e15", "-1e15", "1e17", "1e18", "1.5e300",
  "1/0", "-1/0", "0/0", "nil", "true", "false", "2LL^53", "18446744073709551615ULL",
  "''", "'a,b'", "'a\"b'", "'a\\nb'", "'\\27[0m'", "'\\255'", "'=1+1'", "{}", "{1,2}",
  "time", "type", "stack", "stack.leaf", "stack.leaf.func", "ev",
}

-- Values that have no line of their own, and an address in it.
local left_out = {
  text = { ["{}"] = true, ["{1,2}"] = true },
  csv = { ["{}"] = true, ["{1,2}"] = true, ["'a\\nb'"] = true },
  json = {},
}

-- Prints an expression's value, one event a line, as gotrace.format has it.
local alone = [[
local format = require "gotrace.format"
function on.any(ev)
  if ev.n <= 2 then
    local time, type, stack = ev.time, ev.type, ev.stack
    print(format.value(EXPRESSION))
  end
end]]

local function lines_of(text)
  local lines = {}
  for line in text:gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

-- The row of a value's text and the event's number.
local row_of = {
  text = function(text, n)
    return text .. "\t" .. n
  end,
  csv = function(text, n)
    return text .. "," .. n
  end,
  json = function(text, n, name)
    return ('{"%s":%s,"n":%d}'):format(name:gsub('[\\"]', "\\%0"), text, n)
  end,
}

describe("a row of -p", function()
  teardown(program.clean)

  local function check(style, expression)
    local shown = program.run { "-q", "-F", style, "-f", "n <= 2", "-p", expression .. ",n", trace }
    local wanted = program.run { "-q", "-F", style, "-e", (alone:gsub("EXPRESSION", function()
      return expression
    end)), trace }
    assert.equal("", shown.err .. wanted.err)
    local got, want = lines_of(shown.out), lines_of(wanted.out)
    if style == "csv" then
      table.remove(got, 1) -- the head
    end
    assert.same({ 2, 2 }, { #got, #want }, expression)
    for i, text in ipairs(want) do
      local plain = text == '""' and style == "csv" and "" or text -- of an empty cell alone
      assert.equal(row_of[style](plain, i, expression), got[i], expression)
    end
  end

  for style in pairs(row_of) do
    it("has what format makes of each value, as " .. style, function()
      for _, expression in ipairs(expressions) do
        if not left_out[style][expression] then
          check(style, expression)
        end
      end
    end)
  end

  it("has quotes where it is one empty cell", function()
    local result = program.run { "-F", "csv", "-f", "n <= 2", "-p", "nil", trace }
    assert.equal('nil\n""\n""\n', result.out)
  end)
end)
