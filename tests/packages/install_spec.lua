-- cmake --install with DESTDIR, as packagers call it: the same files as without, all of them
-- there, and none that knows where that is.
local program = require "support.program"

local lib = os.getenv "GOTRACE_LIB" or program.root .. "build/debug/libgotrace.so"
local build = lib:match "^(.*)/[^/]*$"

teardown(program.clean)

local function output(line)
  local r = program.shell(line)
  assert(r.status == 0, line .. "\n" .. r.out .. r.err)
  return r.out
end

local function install(variable, prefix)
  output(("%s cmake --install '%s' --prefix '%s'"):format(variable, build, prefix))
end

-- Files and links below a folder, by name, with the bits that say who runs them.
local function listed(folder)
  return output(("cd '%s' && find . -not -type d -printf '%%P %%m %%l\\n' | LC_ALL=C sort"):format(folder))
end

describe("cmake --install with DESTDIR", function()
  it("puts there, below the prefix, what it puts anywhere, and nothing beside", function()
    local stage, prefix = program.folder {}, program.folder {}
    install(("DESTDIR='%s'"):format(stage), "/a/prefix")
    install("", prefix)
    local files = listed(prefix)
    assert.matches("bin/gotrace%-lua 755 \n", files)
    assert.matches("share/man/man1/gotrace%-lua%.1 644 \n", files)
    assert.equal(files, listed(stage .. "/a/prefix"))
    assert.equal("a\n", output(("ls -A '%s'"):format(stage)))
    assert.equal("prefix\n", output(("ls -A '%s/a'"):format(stage)))
    assert.equal("no\n", output("test -e /a/prefix && echo yes || echo no"))
    assert.equal("", output(("grep -rlF '%s' '%s' || true"):format(stage, stage)))
  end)
end)
