-- Which paths GOTRACE_PATHS and GOTRACE_THREADS name (src/read/plan.h).
local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.cdef [[
struct plan_of_spec { uint32_t paths; int threads; };
struct plan_of_spec plan_made(void);
void plan_wanted(const struct plan_of_spec *p, uint8_t out[256], const uint8_t asked[256]);
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
]]

local PATHS = 9
local ALL = 2 ^ PATHS - 1
local WHERE_IT_PAYS, NEVER, ALWAYS = 0, 1, 2

local function set(name, value)
  if value then
    C.setenv(name, value, 1)
  else
    C.unsetenv(name)
  end
end

describe("the plan", function()
  local before = {}
  setup(function()
    for _, name in ipairs { "GOTRACE_PATHS", "GOTRACE_THREADS" } do
      before[name] = os.getenv(name)
    end
  end)
  teardown(function()
    for _, name in ipairs { "GOTRACE_PATHS", "GOTRACE_THREADS" } do
      set(name, before[name])
    end
  end)

  local function made(paths, threads)
    set("GOTRACE_PATHS", paths)
    set("GOTRACE_THREADS", threads)
    local plan = lib.plan_made()
    return { tonumber(plan.paths), plan.threads }
  end

  it("takes all paths where nothing is said", function()
    assert.same({ ALL, WHERE_IT_PAYS }, made())
    assert.same({ ALL, WHERE_IT_PAYS }, made "")
  end)

  it("takes those that are named, and no other", function()
    for i = 0, PATHS - 1 do
      local name = ffi.string(lib.gotrace_path_name(i))
      assert.equal(2 ^ i, made(name)[1], name)
      assert.equal(2 ^ i + (name == "map" and 0 or 1), made("map," .. name)[1], name)
    end
    assert.is_true(lib.gotrace_path_name(PATHS) == nil)
  end)

  it("takes none for a name that is none, or part of one, or as long as one", function()
    for _, name in ipairs { "slow", "ma", "mapp", "maq", "thread", "treads", "copz", ",", "map,,x" } do
      assert.equal(name:find "^map," and 1 or 0, made(name)[1], name)
    end
  end)

  it("has as many threads as is said, whatever the paths", function()
    assert.same({ 2, ALWAYS }, made "threads")
    assert.same({ 2, NEVER }, made("threads", "1"))
    assert.same({ 1, NEVER }, made "map")
    assert.same({ 1, ALWAYS }, made("map", "2"))
    assert.same({ ALL, ALWAYS }, made(nil, "2"))
    assert.same({ ALL, WHERE_IT_PAYS }, made(nil, "3"))
    assert.same({ 1, NEVER }, made("map", "3"))
  end)

  it("has types counted only by the path for that", function()
    local asked, out = ffi.new "uint8_t[256]", ffi.new "uint8_t[256]"
    asked[1], asked[2] = C.GOTRACE_COUNT_ONLY, 1
    local plan = ffi.new("struct plan_of_spec", { C.GOTRACE_PATH_COUNT, 0 })
    lib.plan_wanted(plan, out, asked)
    assert.same({ 0, C.GOTRACE_COUNT_ONLY, 1 }, { out[0], out[1], out[2] })
    plan.paths = ALL - C.GOTRACE_PATH_COUNT
    lib.plan_wanted(plan, out, asked)
    assert.same({ 0, 1, 1 }, { out[0], out[1], out[2] })
  end)
end)
