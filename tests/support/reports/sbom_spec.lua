-- The SBOM has what SPDX 2.3 asks for, and is about this tree.
-- Not under ASan: it is about Lua of the tests alone.
local dkjson = require "dkjson"
local program = require "tests.support.program"

local root = program.root

local function make(epoch)
  local run = program.shell(("cd '%s.' && find CMakeLists.txt src lua -type f -print0 | "):format(root) ..
    ("SOURCE_DATE_EPOCH=%d xargs -0 luajit tests/support/reports/sbom.lua"):format(epoch))
  assert.same({ err = "", status = 0 }, { err = run.err, status = run.status })
  return run.out
end

local function assert_fields(row, names)
  for name in names:gmatch "%S+" do
    assert(row[name] ~= nil and row[name] ~= "", name)
  end
end

describe("the SBOM", function()
  teardown(program.clean)
  local text = make(86400)
  local bom = assert(dkjson.decode(text))
  local ids = { ["SPDXRef-DOCUMENT"] = true }
  for _, rows in ipairs { bom.packages, bom.files } do
    for _, row in ipairs(rows) do
      assert.is_nil(ids[row.SPDXID])
      ids[row.SPDXID] = row
    end
  end

  it("says what it is", function()
    assert_fields(bom, "spdxVersion dataLicense SPDXID name documentNamespace creationInfo")
    assert.equal("SPDX-2.3", bom.spdxVersion)
    assert.equal("CC0-1.0", bom.dataLicense)
    assert.equal("1970-01-02T00:00:00Z", bom.creationInfo.created)
    assert.matches("^Tool: ", bom.creationInfo.creators[1])
  end)

  it("names the program and each library with version and licence", function()
    local found = {}
    for _, row in ipairs(bom.packages) do
      assert.matches("^SPDXRef%-[%w.-]+$", row.SPDXID)
      assert_fields(row, "name versionInfo downloadLocation licenseConcluded licenseDeclared copyrightText")
      assert(row.filesAnalyzed == (row.packageVerificationCode ~= nil))
      found[row.name] = row.versionInfo
    end
    local version = program.run({ "--version" }).out:match "^gotrace%-lua ([%d.]+)"
    assert.equal(version, found["gotrace-lua"])
    for _, name in ipairs { "LuaJIT", "zlib", "zstd", "libyaml", "libseccomp", "glibc", "uPlot" } do
      assert(found[name], name)
    end
  end)

  it("leaves out no library that the build asks for", function()
    local n = 0
    local list = program.read(root .. "CMakeLists.txt")
    local libraries = program.read(root .. "tests/support/reports/sbom.lua")
    for module in list:gmatch "pkg_check_modules%([^%)]- ([%w.-]+)%)" do
      assert(libraries:find('"' .. module .. '"', 1, true), module)
      n = n + 1
    end
    assert(n >= 4)
  end)

  it("has the checksums of files", function()
    for _, row in ipairs(bom.files) do
      assert_fields(row, "SPDXID fileName checksums licenseConcluded copyrightText")
      assert.matches("^%x+$", row.checksums[1].checksumValue)
      assert.equal(40, #row.checksums[1].checksumValue)
      assert.equal(64, #row.checksums[2].checksumValue)
    end
    local path = bom.files[1].fileName
    local sum = program.shell(("sha1sum '%s%s'"):format(root, path)).out:match "^%x+"
    assert.equal(sum, bom.files[1].checksums[1].checksumValue)
  end)

  it("relates only what it has, and describes the program", function()
    local kinds = {}
    for _, row in ipairs(bom.relationships) do
      assert(ids[row.spdxElementId] and ids[row.relatedSpdxElement])
      kinds[row.relationshipType] = true
    end
    assert.is_true(kinds.DESCRIBES and kinds.DYNAMIC_LINK and kinds.BUILD_DEPENDENCY_OF)
  end)

  it("is the same for the same sources", function()
    assert.equal(text, make(86400))
  end)
end)
