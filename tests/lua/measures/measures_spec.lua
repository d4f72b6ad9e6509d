-- What is measured of values: exact, and the same however they are split and in
-- whatever order they come.
local exact = require "gotrace.measures.exact"
local measures = require "gotrace.measures.measures"

local function filled(measure, values)
  local state = measure.new()
  for _, value in ipairs(values) do
    measure.add(state, value)
  end
  return state
end

-- The rows as text, with all digits.
local function shown(measure, state)
  local lines = {}
  for i, row in ipairs(measure.rows(state)) do
    local cells = {}
    for k = 1, #measure.columns do
      cells[k] = type(row[k]) == "number" and ("%.17g"):format(row[k]) or row[k] and row[k].digits or "-"
    end
    lines[i] = table.concat(cells, " ")
  end
  return table.concat(lines, "\n")
end

local function sum_of(...)
  local cell = exact.shown(filled(measures.sum "n", { ... }))
  return type(cell) == "table" and cell.digits or ("%.17g"):format(cell)
end

-- Numbers that are the same in each run.
local function numbers(seed)
  return function(n)
    seed = (seed * 16807) % 2147483647
    return seed % n
  end
end

describe("a sum", function()
  it("is right to the unit", function()
    assert.equal("0", sum_of())
    assert.equal("9007199254740993", sum_of(2 ^ 53, 1))
    assert.equal("-9007199254740993", sum_of(-2 ^ 53, -1))
    assert.equal("1", sum_of(2 ^ 60, 1, -2 ^ 60))
    assert.equal("-1", sum_of(-2 ^ 60, -1, 2 ^ 60))
    assert.equal("18446744073709551617", sum_of(2 ^ 64, 1))
    assert.equal("1267650600228229401496703205377", sum_of(2 ^ 100, 1))
    assert.equal("-1267650600228229401496703205375", sum_of(-2 ^ 100, 1))
    assert.equal("10000000000000000000", sum_of(1e19))
    assert.equal("100000020000000", sum_of(1e14, 2e7))
    assert.equal(1e300, tonumber(sum_of(1e300)))
  end)

  it("of 2^30 durations of 104 days is what it is", function()
    local sum, twice = exact.new(), exact.new()
    exact.add(sum, 2 ^ 53 - 1)
    for _ = 1, 30 do
      exact.merge(twice, sum)
      exact.merge(twice, sum)
      sum, twice = twice, exact.new()
    end
    assert.equal("9671406556917032323907584", exact.shown(sum).digits) -- (2^53 - 1) * 2^30
  end)

  it("keeps fractions in steps of 2^-20", function()
    assert.equal("0.5", sum_of(0.25, 0.25))
    assert.equal("-0.25", sum_of(-0.5, 0.25))
    assert.equal("-0.25", sum_of(-2 ^ 60, 2 ^ 60, -0.25))
    assert.equal("1", sum_of(2 ^ 80, 0.5, 0.5, -2 ^ 80))
    assert.equal("0", sum_of(1e-9, -1e-9))
    assert.equal(("%.17g"):format(3 * math.floor(0.1 * 2 ^ 20 + 0.5) / 2 ^ 20), sum_of(0.1, 0.1, 0.1))
  end)

  it("is that of a slow twin, in any order", function()
    local random = numbers(7)
    for _ = 1, 200 do
      local values, slow = {}, 0LL
      for i = 1, 40 do
        local value = (random(2 ^ 21) - 2 ^ 20) * 2 ^ random(38)
        values[i], slow = value, slow + value
      end
      local whole = exact.shown(filled(measures.sum "n", values))
      table.sort(values)
      local again = exact.shown(filled(measures.sum "n", values))
      local function digits(cell)
        return type(cell) == "table" and cell.digits or ("%.0f"):format(cell)
      end
      assert.equal(tostring(slow):match "^%-?%d+", digits(whole))
      assert.equal(digits(whole), digits(again))
    end
  end)
end)

local makers = {}
for _, kind in ipairs { "count", "sum", "min", "max", "mean", "last", "gauge", "stats", "quantile", "hist" } do
  makers[kind] = measures[kind]
end
function makers.lhist(what)
  return measures.lhist(what, 7)
end
function makers.columns(what)
  return measures.columns { measures.sum(what), measures.max(what), measures.quantile(what) }
end
function makers.tseries(what)
  local series = measures.tseries(measures.stats(what), 100)
  local add = series.add
  function series.add(state, value)
    add(state, value % 1000, value)
  end
  return series
end
function makers.spread(what)
  local series = measures.tseries(measures.sum(what), 100)
  function series.add(state, value)
    assert(series.spread(state, value % 500, value % 500 + math.abs(value) % 1000) == nil)
  end
  return series
end

-- What columns add takes: the value for each.
local function adding(kind, measure)
  return kind == "columns" and function(state, value)
    measure.add(state, value, value, value)
  end or measure.add
end

describe("merged states of", function()
  local in_order = { last = true, gauge = true }

  local function values_of(n, seed)
    local random, values = numbers(seed), {}
    for i = 1, n do
      local exponent = random(50) - 10
      values[i] = (random(2001) - 1000) * 2 ^ exponent
    end
    return values
  end

  for kind, make in pairs(makers) do
    it(kind .. " are as if all had been added to one", function()
      for seed, n in ipairs { 0, 1, 2, 9, 13, 14, 40, 1000 } do
        local measure, values = make "n", values_of(n, seed * 31)
        local add = adding(kind, measure)
        local whole, parts = measure.new(), { measure.new(), measure.new(), measure.new() }
        for i, value in ipairs(values) do
          add(whole, value)
          add(parts[in_order[kind] and math.ceil(i * 3 / n) or i % 3 + 1], value)
        end
        local left, right = measure.new(), measure.new()
        for i = 1, 3 do
          measure.merge(left, parts[i])
          measure.merge(right, parts[4 - i])
        end
        assert.equal(shown(measure, whole), shown(measure, left))
        assert.equal(shown(measure, whole), shown(measure, right))
        assert.equal(measure.weight(whole), measure.weight(left))
      end
    end)
  end
end)

-- Rows are sorted by it, the greatest first.
describe("the weight of", function()
  local function weighs(expected, measure, ...)
    local state = measure.new()
    for i = 1, select("#", ...) do
      measure.add(state, (select(i, ...)))
    end
    assert.equal(expected, measure.weight(state))
  end

  it("a mean is the mean", function()
    weighs(4, measures.mean "n", 1, 7)
    weighs(-3, measures.mean "n", -3)
  end)

  it("a mean, a least or a greatest of nothing is below all others", function()
    for _, kind in ipairs { "mean", "min", "max" } do
      weighs(-math.huge, measures[kind] "n")
    end
  end)

  it("a least, a greatest and a last value is that value", function()
    weighs(1, measures.min "n", 7, 1, 3)
    weighs(7, measures.max "n", 1, 7, 3)
    weighs(3, measures.last "n", 7, 1, 3)
    weighs(7, measures.gauge "n", 1, 7, 3)
  end)

  it("what adds up is the sum, and of what counts how many", function()
    weighs(10, measures.sum "n", 3, 7)
    weighs(10, measures.stats "n", 3, 7)
    weighs(2, measures.quantile "n", 3, 7)
    weighs(2, measures.hist "n", 3, 7)
  end)
end)

describe("quantiles", function()
  -- The value at that rank, and what the sketch says.
  local function check(values)
    local measure = measures.quantile "n"
    local row = measure.rows(filled(measure, values))[1]
    table.sort(values)
    assert.equal(#values, row[1])
    assert.equal(values[#values], row[6])
    for i, q in ipairs { 0.5, 0.9, 0.99, 0.999 } do
      local want = values[math.max(1, math.ceil(q * #values - 1e-9))]
      assert.is_true(math.abs(row[i + 1] - want) <= math.abs(want) * 0.01 + 1e-300,
        ("p%g is %.17g, not %.17g"):format(q * 100, row[i + 1], want))
    end
  end

  it("are right to one percent, whatever the values", function()
    local random = numbers(11)
    for n = 1, 60 do
      local values = {}
      for i = 1, n * n do
        values[i] = (random(2000003) - 1000001) * 2 ^ (random(60) - 20)
      end
      check(values)
    end
  end)

  it("are so at the ends of what there is", function()
    check { 5e-324 }
    check { -1e308, 1e308 }
    check { 0 }
    check { -3, 0, 0, 4 }
    check { 1e-9, 1e-300, 0, -1e-300, 2 ^ 1023 }
  end)
end)

describe("memory", function()
  local function bytes_of(make)
    collectgarbage()
    collectgarbage()
    local before = collectgarbage "count"
    local kept = make()
    collectgarbage()
    collectgarbage()
    return (collectgarbage "count" - before) * 1024, kept
  end

  -- 100,000 keys with ten values each are to stay under 50 MB, their names included.
  it("of a quantile with ten values is less than 400 bytes", function()
    local measure = measures.quantile "n"
    local bytes = bytes_of(function()
      local states = {}
      for k = 1, 5000 do
        local values = {}
        for i = 1, 10 do
          values[i] = i * k
        end
        states["key " .. k] = filled(measure, values)
      end
      return states
    end)
    assert.is_true(bytes / 5000 < 400, bytes / 5000)
  end)

  it("of a quantile does not grow with its values", function()
    local measure = measures.quantile "n"
    local function of(n)
      local random = numbers(5)
      return (bytes_of(function()
        local state = measure.new()
        for _ = 1, n do
          measure.add(state, random(86400) * 1e9 + 1)
        end
        return state
      end))
    end
    assert.is_true(of(300000) < 200000)
    assert.is_true(of(300000) < of(30000) * 1.5)
  end)
end)

describe("columns", function()
  local ns = measures.sum "dur"
  ns.unit = "ns"
  local measure = measures.columns { ns, measures.count "n", measures.max "p", measures.stats "dur" }

  it("are those of each measure, no two of one name", function()
    assert.same({ "dur", "n", "p", "count", "min", "mean", "max", "dur stats" }, measure.columns)
    assert.equal("ns", measure.units[1])
    assert.is_nil(measure.units[2])
    assert.same({ false, false, true, false, true, true, true, true }, measure.measured)
  end)

  it("leave out what has no value", function()
    local state = measure.new()
    measure.add(state, 5, 1, nil, nil)
    measure.add(state, 6, nil, nil, nil)
    assert.same({ 11, 1, n = 8 }, measure.rows(state)[1])
    measure.add(state, nil, nil, 3, 2)
    assert.same({ 11, 1, 3, 1, 2, 2, 2, 2, n = 8 }, measure.rows(state)[1])
    assert.equal(11, measure.weight(state))
  end)
end)

describe("a time series", function()
  local function rows(series, state)
    local list = {}
    for i, row in ipairs(series.rows(state)) do
      list[i] = { unpack(row, 1, row.n) }
    end
    return list
  end

  it("takes any measure with a row", function()
    local series = measures.tseries(measures.max "n", 10)
    local state = series.new()
    series.add(state, 5, 3)
    series.add(state, 9, 7)
    series.add(state, 21, 1)
    assert.same({ { 0, 7 }, { 10 }, { 20, 1 } }, rows(series, state))
    assert.same({ "time", "n" }, series.columns)
  end)

  it("spreads what lasts over the steps that it covers", function()
    local series = measures.tseries(measures.sum "dur", 10)
    local state = series.new()
    series.spread(state, 5, 8)
    series.spread(state, 8, 42)
    series.spread(state, 30, 40)
    series.spread(state, 7, 7)
    assert.same({ { 0, 5 }, { 10, 10 }, { 20, 10 }, { 30, 20 }, { 40, 2 } }, rows(series, state))
    assert.equal(47, series.weight(state))
  end)

  it("has several measures, and spreads over those that sum up", function()
    local series = measures.tseries(measures.columns { measures.count "n", measures.sum "dur", measures.max "m" }, 10)
    local state, other = series.new(), series.new()
    series.add(state, 5, 1, nil, 7)
    assert.is_nil(series.spread(state, 5, 35, 2))
    assert.is_nil(series.spread(other, 15, 42, 2))
    series.add(other, 41, 1, 3, nil)
    series.merge(state, other)
    assert.same({ { 0, 1, 5, 7 }, { 10, 0, 15 }, { 20, 0, 20 }, { 30, 0, 15 }, { 40, 1, 5 } }, rows(series, state))
    for _, part in ipairs { 1, 3, 4, false } do
      assert.equal("it shares a time out to steps that sum up", series.spread(state, 5, 35, part or nil))
    end
  end)

  it("costs no more for what lasts long", function()
    local series = measures.tseries(measures.sum "dur", 1)
    local state = series.new()
    for i = 1, 100000 do
      series.spread(state, i % 7, 900000 + i % 11)
    end
    assert.equal("2000000 steps are too many, 1000000 the most: make them longer", series.spread(state, 1, 2000001))
    assert.equal("the end is before the begin", series.spread(state, 1, 0))
    local rows_of = series.rows(state)
    assert.equal(900010, #rows_of)
    assert.equal(100000, rows_of[1000][2])
  end)
end)
