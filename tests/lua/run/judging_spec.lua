-- -f that compares an event's context with numbers is answered by the engine: the same as in Lua.
local program = require "support.program"

teardown(program.clean)

local EXPRESSIONS = {
  "g ~= 1", "g == 1", "(1 ~= g)", "5 < g", "g <= 6.5", "p == 0 or p == 1 or g ~= 6", "g > 1 and p ~= 2 and (m > 0)",
  "g ~= 1ms", "g ~= -1", "0 >= p",
}
-- Those that ask for more are Lua's.
local OTHERS = { "not (g == 1)", "g ~= 1 and (p == 0 or g == 2)", "g ~= nil", "g ~= '1'", "g == 1 or n % 5 ~= 2", "g" }

local function written(road, text, path)
  local out = program.tmpname()
  local r = program.run { "-o", out, "-f", text, path, env = "GOTRACE_PATHS=" .. road }
  return { status = r.status, out = r.out, err = r.err:gsub(out:gsub("%p", "%%%0"), "OUT"), bytes = program.read(out) }
end

describe("a filter by context", function()
  for _, name in ipairs { "mix", "generations", "gc" } do
    it("lets the same through: " .. name, function()
      local path = program.recording(name)
      local bytes = program.read(path)
      local broken = program.tmpfile(bytes:sub(1, #bytes / 2) .. "\255\1\7" .. bytes:sub(#bytes / 2 + 40))
      for _, list in ipairs { EXPRESSIONS, OTHERS } do
        assert.same(written("slow", list[1], broken), written("judge", list[1], broken))
        for _, text in ipairs(list) do
          assert.same(written("slow", text, path), written("judge", text, path), text)
        end
      end
    end)
  end

  it("changes the trace", function()
    local path = program.recording "mix"
    local r = written("judge", "g ~= 1", path)
    assert.equal(0, r.status)
    assert.matches("[1-9]%d* dropped", r.err)
    assert.is_true(#r.bytes < #written("judge", "g ~= 1000000", path).bytes)
  end)
end)
