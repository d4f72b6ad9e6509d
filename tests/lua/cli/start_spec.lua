-- How the program starts and ends.
local program = require "tests.support.program"

local function with_init(code, words)
  words.env = "GOTRACE_LUA_INIT=" .. program.tmpfile(code)
  return program.run(words)
end

describe("the start", function()
  teardown(program.clean)

  local http = program.recording "http"
  local count = "local n = 0 function on.any() n = n + 1 end function on.finish() print(n) end"

  it("takes the text of modules where the bytecode is of another LuaJIT", function()
    local run = with_init([[jit.version = "another"]], { "-e", count, http })
    assert.same({ out = "12896\n", err = "", status = 0 }, run)
  end)

  it("knows the lines of modules, whatever they are loaded from", function()
    for _, version in ipairs { "jit.version", [["another"]] } do
      local run = with_init([[
        jit.version = ]] .. version .. [[

        package.preload["gotrace.trace.window"] = function()
          return { check = function() error "no window" end }
        end]], { "-e", "function on.GCEnd() end", http })
      assert.equal(70, run.status)
      assert.matches("lua/gotrace/cli/cli.lua:%d+: in function 'check_choice'", run.err)
    end
  end)
end)

describe("the end", function()
  teardown(program.clean)

  it("closes what --unsafe has opened", function()
    local path = program.tmpname()
    local run = program.run { "--unsafe", "-e", ([[
      local to = io.popen("sleep 0.2; cat >%s", "w")
      to:write "written"
      function on.GCEnd() end]]):format(path), program.recording "empty" }
    assert.equal(0, run.status)
    assert.equal("written", program.read(path))
  end)
end)
