-- What happens to tests whose tool is missing: skipped, in CI a failure, and what the registry
-- has no more a skip there too, which is told.
-- Not under ASan: it is about Lua and shell of the tests alone.
local program = require "support.program"
local tools = require "support.tools.tools"

teardown(program.clean)

local npm_package = program.root .. "tests/support/tools/npm_package"

local function skipped(missing, in_ci, path)
  local told
  local ok, why = pcall(tools.skip, missing, function(text)
    told = text
  end, in_ci, path)
  return ok, ok and told or why
end

describe("a tool", function()
  it("that is not installed is a skip, and a failure in CI", function()
    local missing = tools.command "gotrace-no-such-tool"
    assert.same({ true, "gotrace-no-such-tool is not installed" }, { skipped(missing, nil) })
    local ok, why = skipped(missing, "true")
    assert.is_false(ok)
    assert.matches("gotrace%-no%-such%-tool is not installed", why)
    assert.matches("/sh$", tools.command("gotrace-no-such-tool", "sh").path)
  end)

  it("that the registry has no more is a skip in CI too, which is noted", function()
    local path = program.tmpfile ""
    local missing = { why = "x 1.0 cannot be had here: 404\n", gone = "x 1.0" }
    assert.same({ true, "x 1.0 cannot be had here: 404" }, { skipped(missing, "true", path) })
    assert.same({ true, "x 1.0 cannot be had here: 404" }, { skipped(missing, nil, path) })
    assert.equal("x 1.0\nx 1.0\n", program.read(path))
  end)

  -- An npm that answers as the registry's does.
  local function fetched(answer, sha512)
    local dir = program.folder { npm = "#!/bin/sh\n" .. answer, node = "#!/bin/sh\n" }
    assert(os.execute(("chmod +x %s/npm %s/node"):format(dir, dir)) == 0)
    local r = program.shell(("PATH=%s:$PATH NPM_PACKAGES=%s/cache %s @a/b 1.2.3 %s"):format(dir, dir, npm_package,
      sha512 or ("0"):rep(128)))
    return r.status, r.err, r.out, dir
  end

  it("of npm is gone only if the registry says so", function()
    local status, err = fetched "echo 'npm error code E404' >&2; exit 1"
    assert.equal(4, status)
    assert.matches("^@a/b 1%.2%.3 cannot be had here: the registry has it no more %(404%)", err)
    status, err = fetched "echo 'npm error code ENOTFOUND' >&2; exit 1"
    assert.equal(3, status)
    assert.matches("npm does not give it: npm error code ENOTFOUND", err)
  end)

  it("of npm has the content that it had", function()
    local make = [[mkdir package && echo 1 >package/x && tar --mtime=@0 --owner=0 --group=0 -cf b.tar package &&
      gzip -n b.tar && mv b.tar.gz b.tgz && echo b.tgz]]
    local status, err, _, dir = fetched(make)
    assert.equal(3, status)
    assert.matches("its content is not what it was", err)
    assert.equal("", program.shell(("ls %s/cache"):format(dir)).out)
    local where = program.folder {}
    local sum = program.shell(("cd %s && { %s; } >/dev/null && sha512sum <b.tgz"):format(where, make)).out
    local out
    status, err, out, dir = fetched(make, sum:match "%x+")
    assert.same({ 0, "", dir .. "/cache/b-1.2.3/package\n" }, { status, err, out })
    assert.equal("1\n", program.read(dir .. "/cache/b-1.2.3/package/x"))
  end)
end)
