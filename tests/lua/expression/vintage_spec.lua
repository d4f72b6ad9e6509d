-- Filters that ask for what came with a later Go than the trace's: nothing can
-- come through, which is said, and not shown as an empty answer.
local program = require "support.program"

local function recording(version, name)
  return ("%stestdata/real/go1.%d-%s.trace"):format(program.root, version, name)
end
local old, v22, v24, bubbles = recording(19, "sync"), recording(22, "sync"), recording(24, "sync"),
  recording(25, "bubbles")

describe("a filter that nothing of the trace's version comes through", function()
  teardown(program.clean)

  for expression, why in pairs {
    ['type == "GoSwitch"'] = 'no trace of Go 1.19 has type "GoSwitch", which came with Go 1.23',
    ['g ~= nil and ("GoCreateBlocked" == type)'] = 'has type "GoCreateBlocked"',
    ['type == "GoSwitch" or ev.type == "Span"'] = 'has type "Span"',
    ['type in {"GoSwitch", "GoSwitchDestroy"}'] = 'has type "GoSwitchDestroy"',
    ['type == "GoBlock" && reason == "synctest"'] = 'has reason "synctest", which came with Go 1.24',
    ['kind == "start trace"'] = 'has kind "start trace", which came with Go 1.21',
  } do
    it("is refused: " .. expression, function()
      local out = program.tmpname()
      os.remove(out)
      for _, words in ipairs { { "-f", expression, old }, { "-f", expression, "-o", out, old } } do
        local r = program.run(words)
        assert.equal(2, r.status)
        assert.equal("", r.out)
        assert.matches("gotrace-lua: -f '" .. expression .. "': ", r.err, 1, true)
        assert.matches(why, r.err, 1, true)
      end
      assert.is_nil(io.open(out))
    end)
  end

  for _, expression in ipairs {
    'type == "GoSwitch" or type == "GoBlock"', 'type ~= "GoSwitch"', 'not (type == "GoSwitch")',
    'type in {"GoSwitch", "GoBlock"}', 'kind == "GC mark termination"', 'type == "GoStart" or reason == "synctest"',
  } do
    it("is not one that may hold: " .. expression, function()
      local r = program.run { "-q", "-f", expression, old } -- some let nothing through
      assert.same({ 0, "" }, { r.status, r.err })
    end)
  end

  it("is measured by what writes the header", function()
    assert.equal(2, program.run({ "-f", 'reason == "synctest"', v22 }).status)
    assert.equal(0, program.run({ "-f", 'reason == "synctest"', v24 }).status)
  end)

  it("is told of each of several traces", function()
    local r = program.run { "-f", 'reason == "synctest"', "-p", "reason", v22, bubbles }
    assert.equal(0, r.status)
    assert.equal(("gotrace-lua: %s: -f 'reason == \"synctest\"': no trace of Go 1.22 has reason \"synctest\", which " ..
      "came with Go 1.24\n"):format(v22), r.err)
    assert.matches("^synctest\n", r.out)
    assert.equal("", program.run({ "-q", "-f", 'reason == "synctest"', v22, bubbles }).err)
  end)
end)
