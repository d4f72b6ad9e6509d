local summary = require "oracle.summary"
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)

describe("oracle.summary", function()
  local paths

  -- Lines with `|` for TAB, as a file.
  local function figures(...)
    local path = os.tmpname()
    table.insert(paths, path)
    programs.write(path, (table.concat({ ... }, "\n"):gsub("|", "\t")) .. "\n")
    return path
  end

  before_each(function()
    paths = {}
  end)

  after_each(function()
    for _, path in ipairs(paths) do
      os.remove(path)
    end
  end)

  local exec, count = "goroutine 1 exec|100ns", "transition proc Idle Running|3"
  local block = 'goroutine 1 block "select"|20ns'

  it("says nothing of equal figures", function()
    assert.is_nil(summary.compare(figures(exec, block, count), figures(exec, block, count)))
    assert.is_nil(summary.compare(figures(exec, count), figures(count, exec)))
  end)

  it("names what differs, with both values", function()
    local report = summary.compare(figures(exec, count), figures("goroutine 1 exec|101ns", count))
    assert.matches("1 figures differ", report, 1, true)
    assert.matches("goroutine 1 exec: 100ns, rewritten 101ns", report, 1, true)
  end)

  it("sees what is missing on either side", function()
    assert.matches("rewritten (none)", summary.compare(figures(exec, count), figures(exec)), 1, true)
    assert.matches(": (none), rewritten 3", summary.compare(figures(exec), figures(exec, count)), 1, true)
  end)

  it("takes durations near each other if told so, and nothing else", function()
    assert.is_nil(summary.compare(figures(exec), figures("goroutine 1 exec|1100ns"), 1000))
    assert.is_string(summary.compare(figures(exec), figures("goroutine 1 exec|1101ns"), 1000))
    assert.is_string(summary.compare(figures(count), figures("transition proc Idle Running|4"), 1000))
    assert.is_string(summary.compare(figures("goroutine 1 ended|-"), figures("goroutine 1 ended|5ns"), 1000))
  end)

  it("lets a short duration be missing where durations may differ", function()
    assert.is_nil(summary.compare(figures(exec, block), figures(exec), 1000))
    assert.is_string(summary.compare(figures(exec, block), figures(exec), 10))
  end)

  it("leaves out what it is told to", function()
    local function ignored(key)
      return key:find("exec") ~= nil
    end
    assert.is_nil(summary.compare(figures(exec, count), figures("goroutine 1 exec|7ns", count), 0, ignored))
    assert.is_string(summary.compare(figures(exec, count), figures(exec), 0, ignored))
  end)

  it("does not pass over a summary of nothing, or what is none", function()
    assert.has_error(function()
      summary.compare(figures(), figures())
    end)
    assert.has_error(function()
      summary.compare(figures("exec"), figures("exec"))
    end)
  end)
end)

describe("gocheck", function()
  local go, out

  lazy_setup(function()
    out = os.tmpname()
    go = not missing and programs.checker()
  end)

  lazy_teardown(function()
    os.remove(out)
    if go then
      go:close()
    end
  end)

  local real = programs.root .. "/testdata/real/"

  check("says the version and the number of events of a trace that Go takes", function()
    local version, events = go:accept(real .. "go1.27-http.trace")
    assert.equal(26, version)
    assert.is_true(events > 1000)
    assert.equal(19, (go:accept(real .. "go1.19-channels.trace")))
  end)

  check("says why Go refuses one", function()
    programs.write(out, programs.read(real .. "go1.22-http.trace"):sub(1, 5000))
    local version, why = go:accept(out)
    assert.is_nil(version)
    assert.matches("%w", why)
    version, why = go:accept(real .. "none.trace")
    assert.is_nil(version)
    assert.matches("no such file", why, 1, true)
  end)

  local function summary_of(path, ask)
    assert(go[ask or "summary"](go, path, out))
    return programs.read(out)
  end

  check("sums up a trace", function()
    local text = summary_of(real .. "go1.27-annotations.trace")
    assert.matches('^goroutine 1 name\t"main.main"\n', text)
    assert.matches('\ngoroutine %d+ region 0 name\t"%w', text)
    assert.matches("\ntask %d+ log 0 message\t", text)
    assert.matches('\ntransition goroutine Running Waiting "sync"\t%d+\n', text)
    assert.matches("\nevents Log\t%d+\n", text)
    assert.matches('\ntransition proc Idle Running ""\t%d+\n', text)
  end)

  -- Both of Go's readers take 1.11's format, so that our sum over what Go 1.15
  -- sees can be held against Go 1.27's own. Annotations are not lifted, and 1.15
  -- does not say which goroutine stopped the world.
  local function not_lifted(key)
    return key:find("^task") or key:find("region") or key:find("stop%-the%-world") or key:find("^events ")
  end

  for _, path in ipairs(programs.files(programs.root .. "/testdata/real", "^go1%.15%-")) do
    check("sums up alike what Go 1.15 and Go 1.27 see in " .. programs.name_of(path), function()
      local want = os.tmpname()
      assert(go:summary(path, want))
      assert(go:summary_115(path, out))
      local report = summary.compare(want, out, 1000, not_lifted)
      os.remove(want)
      assert(not report, report)
    end)
  end
end)
