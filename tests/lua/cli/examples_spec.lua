-- The examples in the heads of the bundled scripts and in the docs do what they
-- say. `luajit tests/support/examples.lua` writes their output again.
local examples = require "support.examples"
local program = require "support.program"
teardown(program.clean)

for _, file in ipairs(examples.files()) do
  describe(file, function()
    for _, example in ipairs(examples.of(file)) do
      it(("prints what line %d says"):format(example.at), function()
        assert.equal(example.output, examples.run(example))
      end)
    end
  end)
end

describe("the scripts in docs/scripting.md", function()
  for i, text in ipairs(examples.blocks "docs/scripting.md") do
    it(("load, number %d"):format(i), function()
      local folder = program.folder { ["s.lua"] = text }
      -- A word for those that want one.
      local r = program.run { "-n", folder .. "/s.lua", "word" }
      assert.equal("", r.err)
      assert.equal(0, r.status)
    end)
  end
end)

describe("the scripts", function()
  it("each have an example", function()
    for _, file in ipairs(examples.scripts()) do
      assert.is_true(#examples.of(file) > 0, file)
    end
  end)

  it("each have a description and are short", function()
    for _, file in ipairs(examples.scripts()) do
      local text = program.read(program.root .. file)
      local _, lines = text:gsub("\n", "")
      assert.matches("\ndescription = ", text)
      assert.is_true(lines <= 110, file .. " has " .. lines .. " lines")
    end
  end)
end)
