-- A trace that is still being written: a generation is delivered as soon as it is there.
local program = require "support.program"

-- How many bytes of a trace there must be until its first generation is known to have
-- ended: up to the end of the first batch of the next.
local function first_end(trace)
  local text = program.run({ "yaml", trace }).out
  local inside = false
  for gen, off in text:gmatch "EventBatch: {gen: (%d+),[^\n]*# byte (%d+)" do
    if inside then
      return tonumber(off)
    end
    inside = gen == "2"
  end
end

describe("a trace that is being written", function()
  teardown(program.clean)

  for _, version in ipairs { "1.22", "1.23", "1.24", "1.25", "1.26", "1.27" } do
    it("tells of its first generation when the next begins, Go " .. version, function()
      local trace = ("%stestdata/real/go%s-generations.trace"):format(program.root, version)
      local there, out = first_end(trace), program.tmpname()
      local result = program.shell(([[
        { head -c %d '%s'
          for i in $(seq 100); do [ -s '%s' ] && break; sleep 0.05; done
          [ -s '%s' ] && echo in time >&2
          tail -c +%d '%s'
        } | %s >'%s']]):format(there, trace, out, out, there + 1, trace, program.line { "-p", "n,type", "-" }, out))
      assert.equal("in time\n", result.err)
      assert.equal(program.run({ "-p", "n,type", trace }).out, program.read(out))
    end)
  end
end)
