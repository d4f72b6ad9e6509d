local summary = require "oracle.compare.summary"
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)

describe("oracle.compare.summary", function()
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
    assert.is_nil(summary.compare(figures(exec), figures("goroutine 1 exec|1100ns"), { tolerance = 1000 }))
    assert.is_string(summary.compare(figures(exec), figures("goroutine 1 exec|1101ns"), { tolerance = 1000 }))
    assert.is_string(summary.compare(figures(count), figures("transition proc Idle Running|4"), { tolerance = 1000 }))
    local ended = "goroutine 1 ended|"
    assert.is_string(summary.compare(figures(ended .. "-"), figures(ended .. "5ns"), { tolerance = 1000 }))
  end)

  it("lets a short duration be missing where durations may differ", function()
    assert.is_nil(summary.compare(figures(exec, block), figures(exec), { tolerance = 1000 }))
    assert.is_string(summary.compare(figures(exec, block), figures(exec), { tolerance = 10 }))
  end)

  it("leaves out what it is told to", function()
    local function ignored(key)
      return key:find("exec") ~= nil
    end
    assert.is_nil(summary.compare(figures(exec, count), figures("goroutine 1 exec|7ns", count), { ignored = ignored }))
    assert.is_string(summary.compare(figures(exec, count), figures(exec), { ignored = ignored }))
  end)

  describe("of an old trace", function()
    local function differs(want, got)
      return summary.compare(want, got, { v1 = true })
    end

    it("adds up a syscall with and without a P", function()
      local want = figures("goroutine 1 syscall|30ns", "goroutine 1 syscall-blocked|12ns")
      assert.is_nil(differs(want, figures("goroutine 1 syscall|2ns", "goroutine 1 syscall-blocked|40ns")))
      assert.is_string(differs(want, figures("goroutine 1 syscall|2ns", "goroutine 1 syscall-blocked|41ns")))
    end)

    it("takes no parent for the background, not the other way round", function()
      assert.is_nil(differs(figures("task 2 parent|0"), figures("task 2 parent|-1")))
      assert.is_nil(differs(figures("task 0 name|", "task 2 parent|0"), figures("task 2 parent|-1")))
      assert.is_string(differs(figures("task 2 parent|-1"), figures("task 2 parent|0")))
      assert.is_string(differs(figures("task 2 parent|3"), figures("task 2 parent|-1")))
    end)

    local calls = 'transition goroutine Syscall Runnable ""|2'
    local function procs(stops, starts)
      return figures(calls, ('transition proc Running Idle ""|%d'):format(stops),
        ('transition proc Idle Running ""|%d'):format(starts))
    end

    it("lets procs change hands as often as syscalls block", function()
      assert.is_nil(differs(procs(5, 4), procs(7, 6)))
      assert.is_string(differs(procs(5, 4), procs(8, 7)))
      assert.is_string(differs(procs(5, 4), procs(7, 5)))
      assert.is_string(differs(procs(7, 6), procs(5, 4)))
    end)

    it("lets procs show up in later generations", function()
      local want = figures('transition proc Undetermined Running ""|24')
      local new = 'transition proc NotExist Running ""|16'
      local known = 'transition proc Undetermined Running ""|8'
      assert.is_nil(differs(want, figures(new, known)))
      assert.is_string(differs(want, figures(new)))
    end)

    it("lets texts end where they have to, not before", function()
      local function text(n)
        return figures(('task 1 log 0 message|"%s"'):format(("x"):rep(n)))
      end
      assert.is_nil(differs(text(1500), text(1024)))
      assert.is_nil(differs(text(1500), text(1021)))
      assert.is_string(differs(text(1500), text(1020)))
      assert.is_string(differs(text(1024), text(1023)))
      assert.is_string(differs(text(1500), figures('task 1 log 0 message|"' .. ("y"):rep(1024) .. '"')))
    end)
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
  -- sees can be held against Go 1.27's own. Annotations are not converted, and 1.15
  -- does not say which goroutine stopped the world.
  local function not_converted(key)
    return key:find("^task") or key:find("region") or key:find("stop%-the%-world") or key:find("^events ")
  end

  for _, path in ipairs(programs.files(programs.root .. "/testdata/real", "^go1%.15%-")) do
    check("sums up alike what Go 1.15 and Go 1.27 see in " .. programs.name_of(path), function()
      local want = os.tmpname()
      assert(go:summary(path, want))
      assert(go:summary_115(path, out))
      local report = summary.compare(want, out, { tolerance = 1000, ignored = not_converted })
      os.remove(want)
      assert(not report, report)
    end)
  end
end)
