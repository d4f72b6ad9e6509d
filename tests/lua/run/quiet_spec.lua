-- -q: nothing on standard error but errors, whatever is run.
local program = require "support.program"

local http, damaged, out
local here -- a folder with a script that has a bundled one's name, and others

setup(function()
  local text = program.read(program.recording "http")
  damaged = program.tmpfile(text:sub(1, 60000))
  out = program.tmpname()
  here = program.folder {
    ["scripts/gc.lua"] = "function on.GoCreate() end",
    ["two.trace"] = text .. text, ["http.trace"] = text,
    ["tasks.trace"] = program.read(program.recording "annotations"),
    ["old.trace"] = program.read(program.root .. "testdata/real/go1.15-http.trace"),
    ["hookless.lua"] = "description = 'nothing'",
  }
  http = here .. "/http.trace"
end)
teardown(program.clean)

local function run(words)
  return program.shell(("cd '%s' && GOTRACE_SCRIPTS=scripts %s </dev/null"):format(here, program.line(words)))
end

-- The line of words, with -q in front.
local function quiet(words)
  return { "-q", unpack(words) }
end

describe("-q", function()
  local talkative = {
    { "damage", function() return { "-a", "count()", damaged } end },
    { "damage, of several processes", function() return { "-j", "2", "-a", "count()", damaged, http } end },
    { "what was written", function() return { "-o", out, "drop", "--types=GoLabel,GoStart", http } end },
    { "repairs", function() return { "-o", out, "-e", "function on.GoStart() return false end", http } end },
    { "what anonymize did", function() return { "-o", out, "anonymize", http } end },
    { "what strip did", function() return { "-o", out, "strip", "--to-size=60KB", http } end },
    { "regions that moved", function()
      return { "-o", out, "regions_from_stacks", "main.together.func1", http }
    end },
    { "that nothing happened", function()
      return { "-o", here .. "/%d.trace", "record", "--when=g == 123456", http }
    end },
    { "that there are no hooks", function() return { "./hookless.lua", http } end },
    { "a window behind the end", function() return { "--from", "9s", "-a", "count()", http } end },
    { "a window before the begin", function() return { "--to", "1ns", "-a", "count()", http } end },
    { "edits without -o", function() return { "-e", "function on.UserLog(ev) ev.value = '' end", "tasks.trace" } end },
    { "that a cut alone does nothing", function() return { "trim", "--start=1ms", http } end },
    { "a second trace", function() return { "-a", "count()", "two.trace" } end },
    { "that --binary is of no use", function() return { "--binary", program.path, "-a", "count()", http } end },
    { "an own script that is not taken", function() return { "gc", http } end },
    { "an old name of an option", function() return { "task", "--id=1", "tasks.trace" } end },
    { "progress", function() return { "--progress", "-a", "count()", http } end },
    { "what a filter cannot find", function()
      return { "-f", "type == 'GoSwitch'", "-a", "count()", "old.trace", http }
    end },
  }

  for _, case in ipairs(talkative) do
    it("silences " .. case[1], function()
      local loud, silent = run(case[2]()), run(quiet(case[2]()))
      assert.is_true(loud.err ~= "", "nothing was said")
      assert.equal("", silent.err)
      assert.equal(loud.status, silent.status)
      assert.equal(loud.out, silent.out)
    end)
  end

  it("leaves errors", function()
    for _, words in ipairs { { "-a", "count()", "/nonexistent" }, { "nosuch", http }, { "-f", "tpye == 1", http },
      { "-e", "error 'x'", http }, { "-o", "/nonexistent/x", http }, { "-e", "fail 'no'", http } } do
      local r = run(quiet(words))
      assert.matches("^gotrace%-lua: ", r.err)
      assert.is_true(r.status ~= 0)
    end
  end)

  -- What scripts cannot do without.
  local wanted = {
    around = { "--when=type == 'GCBegin'" }, deanonymize = false, critical_path = { "-G", "1" },
    diff = { http = 2 }, drop = { "--types=GoLabel" }, forbid = { "type == 'GoLabel'" }, goroutine = { "-G", "1" },
    grep = { "main" }, keep = { "-G", "1" }, record = { "--when=type == 'GCBegin'", "--max=1" },
    related = { "-G", "1" }, split = { "--every=1s" }, top = { "--once" }, trim = { "--start=1ms" },
    regions_from_stacks = { "main" }, task = { "--slowest=1" },
  }

  it("is heeded by every script that comes with the program", function()
    local names = run { "-l", "-F", "csv" }
    for name in names.out:gmatch "\n([a-z_]+)," do
      local more = wanted[name]
      for _, trace in ipairs(more ~= false and { http, damaged } or {}) do
        local words = { "-q", "-o", here .. "/%d.out", name, unpack(more or {}) }
        words[#words + 1] = trace
        words[#words + 1] = more and more.http and http or nil
        local r = run(words)
        if r.err:find("^gotrace%-lua: [^\n]*%-o") then -- it writes nothing
          table.remove(words, 2)
          table.remove(words, 2)
          r = run(words)
        end
        local errors = r.status ~= 0 and r.status ~= 3
        assert.is_true(errors or r.err == "", ("%s: %d: %s"):format(name, r.status, r.err))
      end
    end
  end)
end)
