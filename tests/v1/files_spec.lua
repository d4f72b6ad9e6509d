-- Recordings of v1 traces: our own, Go's test data where its toolchains have
-- been fetched, and the folder that GOTRACE_CORPUS names. What is in them is
-- compared with Go's readers by tests/oracle; here they go through the reader
-- in every way that must make no difference.
local engine = require "support.engine"
local lfs = require "lfs"
local v1 = require "v1.v1_trace"
local GO_START = 16

local toolchains = os.getenv "GO_TOOLCHAINS"
  or (os.getenv "XDG_CACHE_HOME" or os.getenv "HOME" .. "/.cache") .. "/go-toolchains"
local folders = {
  engine.root .. "testdata/real",
  toolchains .. "/1.15/usr/lib/go-1.15/src/internal/trace/testdata",
  toolchains .. "/1.21/usr/lib/go-1.21/src/internal/trace/testdata",
  os.getenv "GOTRACE_CORPUS",
}

local function is_v1(path)
  local header = lfs.attributes(path, "mode") == "file" and io.open(path, "rb"):read(16)
  local version = header and tonumber(header:match "^go 1%.(%d+) trace")
  return version and version < 22
end

-- Each name once: much of Go's test data is in several toolchains.
local paths, names = {}, {}
for _, folder in ipairs(folders) do
  for name in (lfs.attributes(folder, "mode") == "directory" and lfs.dir or function() return next, {} end)(folder) do
    local path = folder .. "/" .. name
    if not paths[name] and is_v1(path) then
      paths[name] = path
      names[#names + 1] = name
    end
  end
end
table.sort(names)

describe("a recording", function()
  it("of ours is there", function()
    assert.is_truthy(paths["go1.21-http.trace"])
  end)

  for _, name in ipairs(names) do
    it(name .. " is read without damage, but for what is known, whole and in pieces", function()
      local text = engine.read(paths[name])
      local out = v1.digest(text, {})
      assert.equal(name:find "unordered" and 1 or 0, #out.damages)
      assert.equal(0, out.info.lost)
      assert.same(out, v1.digest(text, { step = #text < 50000 and 1 or 1009 }))
    end)

    it(name .. " has as many events of each type P after P", function()
      local text = engine.read(paths[name])
      local out = v1.digest(text, { thread = true })
      assert.same(v1.digest(text, {}).count, out.count)
      assert.equal(0, #out.damages)
    end)

    it(name .. " gives as many of one type alone", function()
      local text = engine.read(paths[name])
      local all, only = v1.digest(text, {}), v1.digest(text, { only = { GoStart = true } })
      assert.equal(all.count[GO_START], only.count[GO_START])
      assert.same(all.info, only.info)
      for typ, n in pairs(only.count) do
        assert.is_true(typ == GO_START or n == 0)
      end
    end)

    it(name .. " is read up to where it was cut", function()
      local text = engine.read(paths[name])
      for k = 1, 49 do
        local len = math.max(16, math.floor(#text * k / 50))
        local out = v1.digest(text:sub(1, len), {})
        assert.equal(len, out.info.size)
        assert.is_true(out.info.lost <= 64 * 1024) -- one record: a log with a long text
      end
    end)
  end
end)
