-- What scripts get by require "gotrace.format": functions that refuse what they are not
-- for, at the line that called them.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(expression)
  return program.run { "-e", ('local f = require "gotrace.format" print(%s)'):format(expression), small }
end

local function shown(expression)
  local r = run(expression)
  assert.equal("", r.err)
  return (r.out:gsub("\n$", ""))
end

local function refused(expression)
  local r = run(expression)
  assert.equal("", r.out)
  return r.err:match "^gotrace%-lua: %-e:1: ([^\n]*)\n"
end

describe("numbers for people", function()
  it("are in the unit that is asked for", function()
    assert.equal("1234567.5", shown "f.number(1234567.5)")
    assert.equal("1,234,567.5", shown "f.thousands(1234567.5)")
    assert.equal("1.234ms", shown "f.duration(1234000)")
    assert.equal("1.5MiB", shown "f.bytes(1.5 * 2 ^ 20)")
  end)

  it("are made of numbers only", function()
    for _, name in ipairs { "number", "thousands", "duration", "bytes" } do
      assert.equal(name .. " wants a number, not string", refused("f." .. name .. "('1')"))
      assert.equal(name .. " wants a number, not nil", refused("f." .. name .. "()"))
    end
  end)
end)

describe("an object of two lists", function()
  it("has its names in their order, and null where there is no value", function()
    assert.equal('{"b":1,"a":"x","c":null}', shown "f.json_object({ 'b', 'a', 'c' }, { 1, 'x', nil })")
  end)

  it("is of nothing else", function()
    for _, arguments in ipairs { "", "{ 'a' }", "'a', { 1 }" } do
      assert.equal("json_object wants two lists: names, and values", refused("f.json_object(" .. arguments .. ")"))
    end
  end)
end)

describe("a line of CSV", function()
  it("has so many values as it is told, of a list", function()
    assert.equal('1,,"a,b",', shown "f.csv_line({ 1, nil, 'a,b' }, 4)")
    assert.equal("csv_line wants a list and how many values it has, not string", refused "f.csv_line('a', 1)")
  end)
end)

describe("the event at hand", function()
  it("is there in hooks only", function()
    assert.equal("there is no current event here", refused "f.event()")
  end)
end)
