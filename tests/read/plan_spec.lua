-- Which paths GOTRACE_PATHS and GOTRACE_THREADS name (src/read/plan.h).
local engine = require "support.engine"
local ffi = require "ffi"
local lib, C = engine.lib, ffi.C

engine.cdef [[
struct plan_of_spec { uint32_t paths; int threads; unsigned said; };
unsigned plan_threads(const struct plan_of_spec *p);
unsigned worker_cpus(void);
bool plan_side_by_side(const struct plan_of_spec *p, const uint8_t wanted[256], gotrace_order order);
struct plan_of_spec plan_made(void);
void plan_wanted(const struct plan_of_spec *p, uint8_t out[256], const uint8_t asked[256]);
int setenv(const char *name, const char *value, int overwrite);
int unsetenv(const char *name);
]]

local PATHS = 13
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
    assert.same({ 1, ALWAYS }, made("map", "64"))
    for _, said in ipairs { "0", "65", "100", "two", "2x", " 2", "-1", "" } do
      assert.same({ ALL, WHERE_IT_PAYS }, made(nil, said))
      assert.same({ 1, NEVER }, made("map", said))
    end
  end)

  it("has a thread for each CPU where generations are side by side, or as many as is said", function()
    made()
    local plan = lib.plan_made()
    assert.equal(math.min(64, lib.worker_cpus()), lib.plan_threads(plan))
    made(nil, "7")
    assert.equal(7, lib.plan_threads(lib.plan_made()))
  end)

  it("has generations side by side where few types are wanted that open none", function()
    made(nil, "2")
    local function may(n, ...)
      local wanted, full = ffi.new "uint8_t[256]", C.GOTRACE_ORDER_FULL
      for id = 0, 255 do
        local spec = lib.gotrace_spec_of(id)
        local name = spec ~= nil and spec.timed == 1 and ffi.string(spec.name) or ""
        if n > 0 and name ~= "" and not name:find "Status" and not name:find "Active$" then
          wanted[id], n = 1, n - 1
        end
        for _, more in ipairs { ... } do
          wanted[id] = name == more and 1 or wanted[id]
        end
      end
      assert.is_false(lib.plan_side_by_side(lib.plan_made(), wanted, C.GOTRACE_ORDER_THREAD))
      return lib.plan_side_by_side(lib.plan_made(), wanted, full)
    end
    assert.is_true(may(0))
    assert.is_true(may(24))
    assert.is_false(may(26)) -- one of them may be the sample, which has no bytes
    for _, name in ipairs { "GoStatus", "GoStatusStack", "ProcStatus", "GCSweepActive", "GCMarkAssistActive" } do
      assert.is_false(may(0, name))
    end
    assert.is_true(may(0, "GCActive"))
    made("map,generations")
    assert.is_false(may(1))
    made("generations,threads")
    assert.is_true(may(1))
    made("threads")
    assert.is_false(may(1))
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
