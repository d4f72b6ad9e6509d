-- Random hostile scripts: whatever they drop, change and add, Go takes what is
-- written (verdicts.lua, which also tries more of them).
local found = require "oracle.random.found"
local programs = require "oracle.programs"
local verdicts = require "oracle.random.verdicts"

local SEEDS = 300
local AT_ONCE = 25 -- seeds of a test
local OLD_SEEDS = 5 -- of each recording that is not in the repository

local check, missing = programs.tests(it, pending)

describe("what a hostile script leaves of a trace, Go takes:", function()
  local scratch = programs.scratch()
  local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

  local function try(first, last, traces)
    local reports = {}
    for seed = first, last do
      table.insert(reports, verdicts.seed(seed, go, scratch, traces))
    end
    assert(#reports == 0, "\n" .. table.concat(reports, "\n\n"))
  end

  for first = 1, SEEDS, AT_ONCE do
    local last = first + AT_ONCE - 1
    check(("seeds %d to %d"):format(first, last), function()
      try(first, last)
    end)
  end

  for i, case in ipairs(found) do
    check(case.name, function()
      local path = ("%s/testdata/real/%s.trace"):format(programs.root, case.recording)
      local report = verdicts.try({
        seed = 0, trace = path, damage = case.damage, options = {}, statements = case.statements, scripts = 1,
      }, go, ("%s/found-%d"):format(scratch, i))
      assert(not report, report)
    end)
  end

  for i, path in ipairs(programs.corpus()) do
    check("seeds over " .. programs.name_of(path), function()
      try(i * 1000 + 1, i * 1000 + OLD_SEEDS, { path })
    end)
  end
end)

describe("oracle.random.verdicts", function()
  local function text(seed)
    return verdicts.describe(verdicts.make(seed))
  end

  it("makes the same script of the same seed, and others of others", function()
    local different = {}
    for seed = 1, 50 do
      assert.equal(text(seed), text(seed))
      different[text(seed)] = true
    end
    local n = 0
    for _ in pairs(different) do
      n = n + 1
    end
    assert.is_true(n > 45)
  end)

  -- A program that loses an event whenever the script says add.
  local function broken(case)
    for _, statement in ipairs(case.statements) do
      if statement[1] == "add" then
        return "no"
      end
    end
  end

  it("finds the statement that is to blame", function()
    local try = verdicts.try
    finally(function()
      verdicts.try = try
    end)
    verdicts.try = broken
    local seed = 1
    while not (broken(verdicts.make(seed)) and #verdicts.make(seed).statements > 3) do
      seed = seed + 1
    end
    local less, why = verdicts.minimise(verdicts.make(seed))
    assert.equal("no", why)
    assert.equal(1, #less.statements)
    assert.equal("add", less.statements[1][1])
    assert.same({}, less.options)
    assert.equal(1, less.scripts)
  end)
end)
