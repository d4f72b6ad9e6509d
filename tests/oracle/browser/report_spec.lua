-- The page of `report` in Chromium: all is there and drawn, keys work, dark is dark, and
-- whatever a trace's names are, they are text. Screenshots stay in build/screenshots.
local browser = require "oracle.browser.browser"
local dkjson = require "dkjson"
local program = require "support.program"
local programs = require "oracle.programs"
local tools = require "support.tools.tools"

local check = browser.tests(it, pending)
local scratch = programs.scratch()

teardown(function()
  programs.remove(scratch)
  program.clean()
end)

local PARTS = { "findings", "figures", "states", "procs", "latency", "heap", "stacks", "goroutines", "tasks" }

-- `report` of traces, by name; and what the browser tells of each. how: "all", or "open".
local function pages_of(how, traces)
  local files, names = {}, {}
  for name, path in pairs(traces) do
    local file = ("%s/%s.html"):format(scratch, name)
    local status, text = programs.run({ "-o", file, "report", path }, true)
    assert(status == 0 and programs.unexpected(text) == "", text)
    files[#files + 1], names[file] = file, name
  end
  table.sort(files)
  local by = {}
  for _, answer in ipairs(browser.run("report.mjs", browser.shots, how, unpack(files))) do
    by[names[answer.file]] = answer
  end
  return by
end

local function recording(version, name)
  return ("%stestdata/real/go1.%s-%s.trace"):format(program.root, version, name)
end

describe("a page of report", function()
  local pages

  local function page(name)
    pages = pages or pages_of("all", {
      faults = recording("27", "faults"), gc = recording("27", "gc"), old = recording("15", "http"),
      empty = recording("27", "empty"), tasks = recording("27", "annotations"),
    })
    return pages[name]
  end

  check("has all parts, asks for nothing and says nothing", function()
    for _, name in ipairs { "faults", "gc", "old", "empty", "tasks" } do
      local p = page(name)
      assert.same(PARTS, p.sections)
      assert.same({}, p.said)
      assert.same({}, p.asked)
      assert.equal(0, p.strange)
    end
  end)

  check("draws its plots", function()
    for _, name in ipairs { "faults", "gc" } do
      local p = page(name)
      assert.is_true(#p.drawn >= 4, #p.drawn)
      for _, is_drawn in ipairs(p.drawn) do
        assert.is_true(is_drawn)
      end
      assert.matches("%% of all$", p.icicle)
    end
  end)

  check("has the overview's findings first, with their commands", function()
    local text = program.run({ "-F", "json", recording("27", "faults") }).out
    local claims, commands = {}, {}
    for i, finding in ipairs(assert(dkjson.decode(text)).findings) do
      claims[i], commands[i] = finding.claim, finding.command
    end
    assert.is_true(#claims > 3)
    assert.same(claims, page("faults").claims)
    assert.same(commands, page("faults").commands)
  end)

  check("obeys keys", function()
    local k = page("faults").keys
    assert.same({ "states", "figures" }, { k.next, k.before })
    assert.is_true(k.turned and k.back and k.help and k.closed)
    assert.matches("^24%.9%d*ms to 74%.9%d*ms$", k.closer)
    assert.matches("^37%.4%d*ms to 87%.4%d*ms$", k.later)
    assert.matches("^#figures@%d+%-%d+$", k.link)
    assert.equal("all", k.all)
    assert.same({ "filter", "n0" }, { k.filter, k.typed })
  end)

  check("sorts its tables", function()
    local t = page("faults").tables
    assert.equal("ascending", t.sort)
    assert.equal("14", t.down[1])
    assert.equal("14", t.up[#t.up])
  end)

  check("is dark where the system is, and shows what a link says", function()
    local dark = page("faults").dark
    assert.same({ "dark", "rgb(18, 22, 27)", "1us to 900us" }, { dark.theme, dark.paper, dark.zoom })
    assert.same({ {}, {} }, { dark.said, dark.asked })
  end)

  check("survives being saved by the browser, and is fit for paper", function()
    for _, name in ipairs { "faults", "empty" } do
      local p = page(name)
      assert.same({ sections = #PARTS, said = {} }, p.saved)
      assert.is_true(p.printed.isHidden and p.printed.bytes > 10000)
    end
  end)
end)

describe("pages of other recordings", function()
  check("of every version have all parts, and say nothing", function()
    local traces, n = {}, 0
    for _, path in ipairs(programs.recordings()) do
      local name = programs.name_of(path)
      traces[name] = name:find "%-http%.trace$" and path or name:find "%-mix%.trace$" and path or nil
    end
    for name, p in pairs(pages_of("open", traces)) do
      assert.same(PARTS, p.sections, name)
      assert.same({ {}, {} }, { p.said, p.asked }, name)
      n = n + 1
    end
    assert.is_true(n > 15, n)
  end)
end)

-- A script's page, in which every text is hostile, one of 60 KB among them.
local HOSTILE = [==[
writes = "report"
local texts = {
  "</script><script>window.pwned = true</script>", "<img src=x onerror='window.pwned = true'>",
  "<!--<script>", "nul\0byte", "\255\254 no utf-8 \226\130", "\27[31mred", "\226\128\174gnp.exe",
  "javascript:window.pwned = true", "\"'\\`${window.pwned = true}", ("long<b>"):rep(9000), "__proto__", "constructor",
}
local page = export.report { title = texts[1], about = texts[2] }
for i, t in ipairs(texts) do
  page:add { kind = "findings", id = "f" .. i, title = t, note = t, command = t,
    rows = { { severity = "high", claim = t, advice = t, command = t, where = t, stack = { t, t } } } }
  page:add { kind = "facts", id = t, title = t, rows = { { t, t } } }
  page:add { kind = "table", id = "t" .. i, title = t, columns = { { name = t }, { name = t, unit = t } },
    rows = { { t, 1 }, { t, t } } }
  page:add { kind = "lines", id = "l" .. i, title = t, unit = t, x = { 0, 1000 },
    series = { { name = t, values = { 1, 2 }, color = t } }, bands = { { name = t, color = t, times = { 0, 5 } } } }
  page:add { kind = "heat", id = "h" .. i, title = t, from = 0, step = 10, rows = { { name = t, values = { 50 } } } }
  page:add { kind = "bars", id = "b" .. i, title = t, unit = t, series = { { name = t, color = t,
    bins = { { from = 0, to = 1, count = 1 } }, figures = { { t, 1 } } } } }
  page:add { kind = "icicle", id = "i" .. i, title = t, names = { t }, columns = { { name = t } },
    tabs = { { name = t, unit = t, total = 2, parents = { 0 }, names = { 0 }, values = { 2 }, rows = { { t } } } } }
  page:add { kind = "tasks", id = "s" .. i, title = t, rows = { { id = 1, name = t, from = 0, to = 9, mostly = t,
    by = { exec = 9 }, parts = { { 0, 1, t, t, t, t } } } } }
end]==]

describe("hostile texts", function()
  check("are text in all parts of a page", function()
    local file = scratch .. "/hostile.html"
    local status, text = programs.run({ "-o", file, "-e", HOSTILE, recording("27", "empty") }, true)
    assert(status == 0 and programs.unexpected(text) == "", text)
    local p = browser.run("report.mjs", browser.shots, "all", file)[1]
    assert.is_false(p.pwned)
    assert.equal(0, p.strange)
    assert.same({ {}, {} }, { p.said, p.asked })
    assert.equal(12 * 8, #p.sections)
    assert.is_truthy(p.text:find("</script><script>window.pwned", 1, true))
    assert.is_truthy(p.text:find("nul\\x00byte", 1, true))
    assert.is_truthy(p.text:find("\\xff\\xfe no utf-8", 1, true))
    assert.is_nil(p.text:find("\226\128\174", 1, true))
  end)
end)

-- What is in the tree is what the registry has of that version.
describe("uPlot", function()
  local uplot = tools.npm "uplot"

  tools.tests(it, pending, uplot)("stands in the page as its makers give it", function()
    for own, theirs in pairs {
      ["uplot.js"] = "dist/uPlot.iife.min.js", ["uplot.css"] = "dist/uPlot.min.css", LICENSE = "LICENSE",
    } do
      local here = program.read(program.root .. "lua/gotrace/export/page/uplot/" .. own)
      assert.is_true(here == program.read(uplot.path .. "/" .. theirs), own)
    end
  end)
end)
