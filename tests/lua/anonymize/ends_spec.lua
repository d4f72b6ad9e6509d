-- anonymize reads a file twice, and what is written once more: whatever ends the run in between, nothing
-- appears.
local lfs = require "lfs"
local program = require "support.program"

teardown(program.clean)

-- Logs of 1000 bytes, all different: 60 MB of strings.
local LOGS = [[
local n = 0
function on.UserRegionBegin(ev)
  for _ = 1, 1000 do
    n = n + 1
    emit("UserLog", { key = "key", value = ("%d "):format(n):rep(500):sub(1, 1000) })
  end
end]]

local function entries(folder)
  local list = {}
  for name in lfs.dir(folder) do
    list[#list + 1] = not name:find "^%.+$" and name or nil
  end
  return list
end

describe("anonymize of a large trace", function()
  local big, folder, out

  lazy_setup(function()
    big = program.tmpname()
    local r = program.run { "-q", "-o", big, "-e", LOGS, program.recording "annotations" }
    assert.equal(0, r.status, r.err)
    folder = program.folder {}
    out = folder .. "/out.trace"
  end)

  it("is stopped by the memory limit while it reads the strings, and nothing is left", function()
    local code = 'function on.begin() io.write("begun") end'
    local r = program.run { "--memory-limit=40M", "-o", out, "anonymize", "-e", code, big }
    assert.equal(6, r.status, r.err)
    assert.equal("", r.out)
    assert.truthy(r.err:find("over the memory limit of 40 MiB", 1, true), r.err)
    assert.same({}, entries(folder))
  end)

  it("keeps to it otherwise", function()
    local r = program.run { "-q", "--memory-limit=160M", "-o", out, "anonymize", "--logs=hash", big }
    assert.equal("", r.err)
    assert.equal(0, r.status)
    assert.same({ "out.trace" }, entries(folder))
    os.remove(out)
  end)

  it("is ended by INT in its first pass, and later, and nothing is left", function()
    local words = program.line { "--unsafe", "-q", "-o", out, "anonymize", "--logs=hash", "-e",
      'function on.begin() io.write("begun") io.stdout:flush() end', big }
    local in_first = 0
    for _, delay in ipairs { 0.03, 0.06, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8 } do
      local r = program.shell(("env --default-signal=INT %s & pid=$!; sleep %.2f; kill -INT $pid; wait $pid"):format(
        words, delay))
      if r.status ~= 0 then
        assert.equal(130, r.status, r.err)
        assert.same({}, entries(folder))
        in_first = in_first + (r.out == "" and 1 or 0)
      end
      os.remove(out)
    end
    assert.is_true(in_first > 0)
  end)
end)
