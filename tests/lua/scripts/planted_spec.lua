-- testdata/planted: services with one fault each. The overview tells it, and the command that its
-- finding names says where it is, which is what docs/SKILL.md has an agent do.
local lfs = require "lfs"
local program = require "support.program"
local schema = require "lua.scripts.forms.schema"

teardown(program.clean)

local folder = program.root .. "testdata/planted/"

-- By service: the finding that tells the fault, and how grave it is; and what its command prints of
-- where it is, as patterns.
local faults = {
  catalog = { "lock", "high", "main%.%(%*catalog%)%.price:%d+ +main%.%(%*catalog%)%.price" },
  search = { "wait_forever", "medium", "chan send +14 +.*main%.query%.func1" },
  export = { "assist", "medium", "main%.addField" },
  ingest = { "chan_send", "high", "main%.serveIngest%.func1:%d+ +main%.storeAll" },
  journal = { "syscall_blocked", "high", " 64 .* main%.flush" },
  render = { "task_outlier", "medium", "\n138 render +sleep .* main%.fetchPicture" },
}

local function run(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

local function finding(report, id)
  for _, f in ipairs(report.findings) do
    if f.id == id then
      return f
    end
  end
end

local function follow(command)
  local r = program.shell((command:gsub("^gotrace%-lua", program.quote(program.path))))
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

describe("A planted fault", function()
  for service, fault in pairs(faults) do
    local id, severity, where = unpack(fault)

    it("is found in " .. service, function()
      local report = schema.decode(run("-F", "json", folder .. service .. ".trace"))
      local found = finding(report, id)
      assert.is_table(found)
      assert.equal(severity, found.severity)
      assert.matches(where, follow(found.command))
      local is_next = false
      for _, command in ipairs(report.next) do
        is_next = is_next or command == found.command
      end
      assert.is_true(is_next)
    end)

    it("is the only one of its kind, of " .. service, function()
      for other in pairs(faults) do
        local report = schema.decode(run("-F", "json", folder .. other .. ".trace"))
        assert.is_true(other == service or finding(report, id) == nil, id .. " in " .. other)
      end
    end)
  end

  it("is in every service that there is, in a small recording", function()
    local n = 0
    for name in lfs.dir(folder) do
      local service = name:match "^(%l+)%.go$"
      if service and service ~= "main" then
        assert.is_table(faults[service], name)
        assert.is_true(lfs.attributes(folder .. service .. ".trace", "size") < 100000)
        n = n + 1
      end
    end
    assert.equal(6, n)
  end)

  it("has a name that does not say it", function()
    for service in pairs(faults) do
      local names = run("strings", folder .. service .. ".trace")
      for _, word in ipairs { "leak", "contend", "garbage", "block", "slow", "starv" } do
        assert.is_nil(names:find("main%.[%w_.]*" .. word), service .. ": " .. word)
      end
    end
  end)
end)
