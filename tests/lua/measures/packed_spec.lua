-- Measures and their states as plain values: none that is made up does harm.
local measures = require "gotrace.measures.measures"
local packed = require "gotrace.measures.packed"

local function refused(measure, plain)
  local ok, why = pcall(packed.read, measure, plain)
  assert.is_false(ok)
  assert.is_string(why)
  return why
end

describe("a state", function()
  it("of time that was spread is no longer than one call may make it", function()
    local series = measures.tseries(measures.sum "busy", 1e6)
    local steps = { n = 0 }
    local function covers(...)
      return { steps, { 0, { n = select("#", ...), ... }, n = 2 }, n = 2 }
    end
    local read = packed.read(series, covers(0, 1, 10, -1))
    assert.same({ [0] = 1, [10] = -1 }, read.covers[0])
    assert.equal("a value lasts for too many steps", refused(series, covers(0, 1, 1e15, -1)))
    assert.equal("a value has no end", refused(series, covers(0, 1)))
    refused(series, covers(0, -1, 5, 1))
    refused(series, { steps, { 1, { 0, 1, 10, -1, n = 4 }, n = 2 }, n = 2 })
  end)

  it("of quantiles has as many values as its buckets", function()
    local quantile = measures.quantile "q"
    assert.equal(3, quantile.rows(packed.read(quantile, { 3, 1, 9, { 0, 1, 5, 2, n = 4 }, n = 4 }))[1][1])
    refused(quantile, { 4, 1, 9, { 0, 1, 5, 2, n = 4 }, n = 4 })
    refused(quantile, { 3, 1, 9, { 0.5, 1, 5, 2, n = 4 }, n = 4 })
    refused(quantile, { 3, 1, 9, { 1e9, 1, 5, 2, n = 4 }, n = 4 })
    refused(quantile, { 1, 1, 9, { 0, 2, 5, -1, n = 4 }, n = 4 })
    refused(quantile, {})
  end)

  it("of a sum is in its parts", function()
    local sum = measures.sum "s"
    local state = sum.new()
    for i = -50, 99 do
      sum.add(state, i / 3)
    end
    local plain = packed.pack(sum, state)
    plain.n = 3
    assert.equal(sum.rows(state)[1][1], sum.rows(packed.read(sum, plain))[1][1])
    for _, bad in ipairs { { 0, -1, 0, n = 3 }, { 0, 2 ^ 53, 0, n = 3 }, { 0, 0, 2 ^ 20, n = 3 },
      { math.huge, 0, 0, n = 3 }, { 0, 0, n = 2 }, { "0", 0, 0, n = 3 } } do
      refused(sum, bad)
    end
  end)
end)

describe("a measure", function()
  it("is made again as it was", function()
    local unit = measures.quantile "q"
    unit.unit = "ns"
    for _, measure in ipairs { unit, measures.lhist("l", 0.5), measures.tseries(measures.max "m", 10, 4),
      measures.columns { measures.count "n", measures.last "l" } } do
      local function numbered(t)
        for _, inner in ipairs(t) do
          if type(inner) == "table" then
            numbered(inner)
          end
        end
        t.n = t.n or #t
        return t
      end
      local plain = numbered(packed.describe(measure))
      local other = packed.of(plain)
      assert.same(plain, numbered(packed.describe(other)))
      assert.same(measure.columns, other.columns)
      assert.equal(measure.unit, other.unit)
    end
  end)

  it("that is none is refused", function()
    for _, bad in ipairs { { "nothing", false, false, "x", n = 4 }, { "lhist", false, false, "x", 0, n = 5 },
      { "lhist", false, false, "x", math.huge, n = 5 }, { "sum", "apples", false, "x", n = 4 },
      { "sum", false, false, n = 3 }, { "columns", false, false, { n = 0 }, n = 4 },
      { "tseries", false, false, { "hist", false, false, "x", n = 4 }, 1, n = 5 },
      { "tseries", false, false, { "sum", false, false, "x", n = 4 }, -1, n = 5 } } do
      assert.is_false(pcall(packed.of, bad))
    end
  end)
end)
