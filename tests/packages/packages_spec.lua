-- debian/ says again what gotrace.h and the build say: both have to agree.
-- Not under ASan: it reads files, and runs nothing.
local program = require "support.program"

local root = program.root

local function read(path)
  return program.read(root .. path)
end

local contract = read "src/gotrace.h"
local abi = contract:match "GOTRACE_ABI = (%d+),"
local version = contract:match '#define GOTRACE_VERSION "([%d.]+)"'

describe("debian/", function()
  it("has the version of gotrace.h", function()
    assert.equal(version, read("debian/changelog"):match "^gotrace%-lua %(([^)]+)%)")
  end)

  it("names the library by its ABI", function()
    local control = read "debian/control"
    local name = "libgotrace" .. abi
    assert.matches("\nPackage: " .. name .. "\n", control)
    assert.matches("Depends: " .. name .. " (= ${binary:Version})", control, 1, true)
    assert.equal("usr/lib/*/libgotrace.so.*\n", read("debian/" .. name .. ".install"))
    local symbols = read("debian/" .. name .. ".symbols")
    assert.matches(("libgotrace.so.%s %s #MINVER#"):format(abi, name), symbols, 1, true)
    assert.matches(("(symver)GOTRACE_%s %s"):format(abi, version), symbols, 1, true)
  end)

  -- dev's list is what the build needs; debhelper and a compiler are Debian's own.
  it("builds with what dev installs", function()
    local needed = {}
    for name in read("dev"):match("\nfor_build=%(([^)]*)%)"):gmatch "%S+" do
      needed[name] = name ~= "gcc" and name ~= "libc6-dev" or nil
    end
    for name in read("debian/control"):match("\nBuild%-Depends: ([^\n]*)"):gmatch "([%w.-]+)[^,]*" do
      needed[name] = nil
    end
    assert.same({}, needed)
  end)
end)
