-- The questions that --help and `help start` begin with: each command answers, and both say the same.
local program = require "support.program"

teardown(program.clean)

local rows = {}
setup(function()
  local list = program.run({ "--help" }).out:match "\nyour question[^\n]*\n(.-)\n\n"
  for question, commands in list:gmatch "  (%S[^\n]-)  +(%S[^\n]*)" do
    rows[#rows + 1] = { question = question, commands = commands }
  end
end)

-- What stands for something is put in its place.
local function words_of(command, folder)
  local words = {}
  command = command:gsub("=ID", "=1"):gsub("=N", "=2"):gsub("1s", "1ms"):gsub("2s", "2ms"):gsub("X%.html",
    folder .. "/x.html"):gsub(" X$", " " .. folder .. "/x"):gsub("NEW", folder .. "/new")
  for word in command:gmatch "%S+" do
    if not word:find "^[A-Z]+$" and word ~= "gotrace-lua" then
      words[#words + 1] = word
    end
  end
  return words, command:find "BEFORE" and 2 or 1
end

describe("the questions of --help", function()
  it("have commands that answer", function()
    assert.is_true(#rows > 15)
    local folder = program.folder {}
    for _, row in ipairs(rows) do
      for command in (row.commands .. ";"):gmatch " *([^;]+);" do
        local words, n = words_of(command, folder)
        for _ = 1, n do
          words[#words + 1] = program.recording "http"
        end
        local r = program.run(words)
        assert.equal(0, r.status, command .. ": " .. r.err)
        assert.is_true(#(r.out .. r.err) > 0, command)
      end
    end
  end)

  it("are those of help start", function()
    local page = program.read(program.root .. "docs/start.md")
    for _, row in ipairs(rows) do
      local commands = ("`" .. row.commands .. "`"):gsub("; ", "`; `")
      local line = ("| %s | %s |"):format(row.question, commands)
      assert.truthy(page:find(line, 1, true), line)
    end
  end)
end)
