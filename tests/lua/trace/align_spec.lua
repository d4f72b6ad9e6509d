-- --align: times of several traces by one clock.
local program = require "support.program"

teardown(program.clean)

-- All begin within a minute of each other; the last one of 1.24 has no clock.
local http, mix = program.recording "http", program.recording "mix"
local old = program.root .. "testdata/real/go1.24-http.trace"

local function run(...)
  local r = program.run { ... }
  assert.equal("", program.unexpected(r.err))
  assert.equal(0, r.status)
  return r.out
end

describe("--align", function()
  it("puts events where the clock of their trace has them", function()
    local code = "function on.any(ev) local s, ns = ev:wall() print(('%d'):format(s % 86400 * 1e9 + ns)) end"
    for _, order in ipairs { "full", "thread" } do
      local own = run("-e", ("order = %q\n"):format(order) .. code, http)
      local by_clock = run("--align=wall", "-e", ("order = %q\n"):format(order) ..
        "function on.any(ev) print(('%d'):format(ev.time)) end", http)
      assert.equal(own, by_clock)
      assert.is_truthy(own:find "^27586%d+\n")
      assert.equal(own, run("--align=wall", "-e", ("order = %q\n"):format(order) .. code, http))
    end
  end)

  it("changes nothing but times", function()
    local code = [[
      local function tell(s, start)
        print(s.kind, s.name, ("%d"):format(s.from - start), s.dur, s.g, s.open, s.reason)
      end
      for _, kind in ipairs { "state", "proc", "stw", "gc", "sweep", "assist", "region", "task", "goroutine" } do
        on[kind] = function(s) tell(s, trace.start) end
      end
      function on.finish(t) print(t.duration, t.covered, t.events, t.generations) end]]
    for _, path in ipairs { http, mix, program.recording "generations", program.recording "annotations" } do
      assert.equal(run("-e", code, path), run("--align=wall", "-e", code, path))
      assert.equal(run("--from=1ms", "--to=4ms", "-e", code, path),
        run("--align=wall", "--from=1ms", "--to=4ms", "-e", code, path))
      assert.equal(run("--from=-3ms", "-e", code, path), run("--align=wall", "--from=-3ms", "-e", code, path))
      for _, name in ipairs { "overview", "blocks", "goroutines", "leaks", "procs", "timeline", "tasks" } do
        assert.equal(run("-q", name, path), run("-q", "--align=wall", name, path))
      end
    end
  end)

  it("makes one table of several traces, by time of day", function()
    local out = run("--align=wall", "-a", "count() every 50ms", mix, http)
    local times = {}
    for time in out:gmatch "\n(%d%d:%d%d:%d%d%.%d%d) " do
      times[#times + 1] = time
    end
    assert.same({ "07:39:46.25", "07:39:46.30", "07:39:46.35" }, times)
    local csv = run("--align=wall", "-F", "csv", "-a", "count() by trace every 50ms", mix, http)
    assert.is_truthy(csv:find("mix.trace,27586300000000,", 1, true), csv)
    assert.is_truthy(csv:find("go1.27-http.trace,27586250000000,", 1, true), csv)
  end)

  it("is the same with -j and from parts", function()
    for _, style in ipairs { "text", "json", "csv" } do
      local words = { "-F", style, "-a", "count(), max(dur) by trace every 20ms" }
      local function with(more)
        local all = { unpack(words) }
        for _, word in ipairs(more) do
          all[#all + 1] = word
        end
        return all
      end
      local one = program.run(with { "--align=wall", old, http, mix })
      assert.equal(3, one.status)
      assert.is_truthy(one.out:find("it has no wall clock", 1, true))
      assert.is_truthy(one.err:find("go1.24-http.trace: it has no wall clock", 1, true))
      assert.same(one, program.run(with { "--align=wall", "-j", 2, old, http, mix }))
      local a, b = program.tmpname(), program.tmpname()
      assert.equal(3, program.run(with { "--align=wall", "--partial-out", a, mix, old }).status)
      assert.equal(0, program.run(with { "--align=2026-11-21", "--partial-out", b, http }).status)
      local merged = program.run { "merge", a, b }
      assert.equal("", merged.err)
      assert.equal(one.out, merged.out)
      assert.equal(one.status, merged.status)
    end
  end)

  it("refuses parts of another day by name, and says what to do", function()
    local a, b, c = program.tmpname(), program.tmpname(), program.tmpname()
    run("--align=wall", "--partial-out", a, "-a", "count() every 50ms", http)
    run("--align=2026-11-20", "--partial-out", b, "-a", "count() every 50ms", mix)
    run("--partial-out", c, "-a", "count() every 50ms", mix)
    local r = program.run { "merge", a, b }
    assert.equal(2, r.status)
    assert.is_truthy(r.err:find(b .. " has times of another clock than " .. a, 1, true), r.err)
    assert.is_truthy(r.err:find("such as --align=2026-11-20", 1, true), r.err)
    r = program.run { "merge", a, c }
    assert.equal(2, r.status)
    assert.is_truthy(r.err:find("has times of another clock", 1, true), r.err)
  end)

  it("begins on a day that is given", function()
    assert.is_truthy(run("--align=2026-11-20", "-a", "count() every 50ms", http):find "\n1d 07:39:46.25 ")
    assert.is_truthy(run("--align=2026-11-22", "-a", "count() every 50ms", http):find "\n%-1d 07:39:46.25 ")
    for _, word in ipairs { "2026-02-29", "2026-13-01", "2026-11-28T00:00:00Z", "boot", "" } do
      local r = program.run { "--align=" .. word, "events", http }
      assert.equal(2, r.status)
      assert.is_truthy(r.err:find("is not wall, or a day such as 2026-11-28", 1, true), r.err)
    end
  end)

  it("takes moments for --from and --to", function()
    local times = "function on.any(ev) print(('%d'):format(ev.time)) end"
    local function within(from, to)
      local list = {}
      for time in run("--align=wall", "-e", times, http, mix):gmatch "%d+" do
        if tonumber(time) >= from and tonumber(time) < to then
          list[#list + 1] = time
        end
      end
      return table.concat(list, "\n") .. "\n"
    end
    local from, to = 27586270e6, 27586340e6
    assert.equal(within(from, to), run("--align=wall", "--from=2026-11-21T07:39:46.27Z",
      "--to=2026-11-21T08:39:46.340+01:00", "-e", times, http, mix))
    assert.equal("type,count\n", run("-q", "--align=wall", "--from=2026-11-22T00:00:00Z", "-F", "csv",
      "-a", "count() by type", http))
    local r = program.run { "--from=2026-11-21T07:39:46Z", "events", http }
    assert.equal(2, r.status)
    assert.is_truthy(r.err:find("--from 2026-11-21T07:39:46Z wants --align=wall", 1, true), r.err)
    for _, word in ipairs { "2026-11-21", "2026-11-21T07:39:46", "2026-11-21T25:00:00Z", "07:39:46Z" } do
      r = program.run { "--align=wall", "--from", word, "events", http }
      assert.equal(2, r.status)
      assert.is_truthy(r.err:find("a time such as 2026-11-28T03:46:07.25Z", 1, true), r.err)
    end
  end)

  it("is nothing for a trace that is written, is about one, or comes once", function()
    local said = {
      ["-o writes a trace, whose times are its own"] = { "-o", program.tmpname(), http },
      ["and report about one"] = { "-o", program.tmpname(), "report", http },
      ["cannot be read twice, and --align wants to know its clock first"] = { "events", "/dev/null" },
    }
    for text, words in pairs(said) do
      local r = program.run { "--align=wall", unpack(words) }
      assert.equal(2, r.status)
      assert.is_truthy(r.err:find(text, 1, true), r.err)
    end
    local r = program.run { "perfetto", "-o", program.tmpname(), http, mix }
    assert.equal(2, r.status)
    assert.is_truthy(r.err:find("there are 2 here, which --align=wall puts on one clock", 1, true), r.err)
  end)

  it("is heeded by rows of csv, ndjson and sqlite", function()
    local rows = run("--align=wall", "csv", "--kinds=gc", "--fields=trace,from,dur", http, mix)
    assert.is_truthy(rows:find("mix.trace,275863%d+,"), rows)
    local json = run("--align=wall", "ndjson", "--kinds=gc", "--fields=trace,from,dur", http, mix)
    assert.is_truthy(json:find('mix.trace","from":275863%d+,'), json)
    local path = program.tmpname()
    run("--align=wall", "-o", path, "sqlite", http, mix)
    local out = program.shell(("sqlite3 '%s' 'select min(time) / 1000000, max(time) / 1000000, wall_time_ns from " ..
      "g_transitions join files using (file) group by file'"):format(path)).out
    assert.equal("", out)
  end)

  it("leaves out a trace whose clock is too far away for times in ns", function()
    local yaml = run("yaml", http)
    for _, second in ipairs { "9223372036854775807", "18446744073709551615", "10413792000" } do
      local far = program.build((yaml:gsub("sec: 1795%d+", "sec: " .. second)))
      local r = program.run { "--align=wall", "-a", "count()", far, mix }
      assert.equal(3, r.status)
      assert.is_truthy(r.err:find(far .. ": its wall clock is more than 70 years from 2026-11-21", 1, true), r.err)
    end
    local r = program.run { "--align=9999-12-31", "-p", "time", http }
    assert.equal(3, r.status)
    assert.equal("", r.out)
  end)

  it("leaves out a trace whose clock was taken from it", function()
    local bare = program.tmpname()
    run("-q", "-o", bare, "anonymize", http)
    local r = program.run { "--align=wall", "-a", "count()", bare, mix }
    assert.equal(3, r.status)
    assert.is_truthy(r.err:find(bare .. ": it has no wall clock", 1, true), r.err)
  end)
end)
