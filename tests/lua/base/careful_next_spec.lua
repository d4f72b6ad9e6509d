-- next, as scripts have it: where LuaJIT compiles it wrongly it is one of ours, which is not
-- compiled, and says the same.
local program = require "support.program"

describe("next", function()
  teardown(program.clean)

  local function say(code)
    local result = program.run_codes(program.recording "channels", "function on.begin() " .. code .. " end")
    assert.equal(0, result.status, result.err)
    return result.out
  end

  it("yields what it ever did", function()
    assert.equal("1\ta\n", say "print(next { 'a' })")
    assert.equal("nil\n", say "print(next({ 'a' }, 1))")
    assert.equal("1\tfalse\n", say "print(select('#', next {}), next { false } == nil)")
    assert.equal("b\t2\n", say "for key, value in next, { b = 2 } do print(key, value) end")
  end)

  it("refuses what is no table, and a key that is none, at the caller's line", function()
    assert.matches("^false\t%-e:1: bad argument #1 to '[^']*' %(table expected, got nil%)\n$",
      say "print(pcall(function() next(nil) end))")
    assert.matches("^false\t.*invalid key to 'next'\n$", say "print(pcall(next, {}, 'x'))")
  end)

  -- The shape of what crashed: next in a branch of what is called for each span.
  it("crashes no program, however often it is asked", function()
    local code = [[
      local by = {}
      function on.state(s)
        local sums = by[s.g]
        if not sums then
          sums = { parts = {}, edges = {} }
          by[s.g] = sums
        end
        sums.edges[s.dur] = (sums.edges[s.dur] or 0) + 1
        if sums and next(sums.edges) then
          sums.parts, sums.edges = sums.edges, {}
        end
      end]]
    for _ = 1, 10 do
      assert.equal(0, program.run_codes(program.recording "mix", code).status)
    end
  end)
end)
