-- top: a page on the terminal: what keys do, that it fits, and that the terminal is as it
-- was behind it; and its tables without one.
local hostile_names = require "support.hostile.names"
local lfs = require "lfs"
local program = require "support.program"
local terminal = require "support.tools.terminal"
local tools = require "support.tools.tools"

local check = tools.tests(it, pending, tools.command "tmux")

local faults, generations = program.recording "faults", program.recording "generations"

local function open(words, what)
  what = what or {}
  what.line = (what.before or "") .. program.line(words) .. (what.behind or "")
  return terminal.open(what)
end

local function ended(trace, what)
  local t = open({ "top", trace or faults }, what)
  t:wait "the trace has ended"
  return t
end

-- The lines of the table: from its head to the first that is empty.
local function rows(lines)
  local list, at = {}, 7
  while lines[at] and lines[at] ~= "" do
    list[#list + 1], at = lines[at], at + 1
  end
  return list
end

local function first_words(lines)
  local list = {}
  for i, line in ipairs(rows(lines)) do
    list[i] = line:match "^%S+"
  end
  return table.concat(list, " ")
end

-- The terminal is as it was, and the process has ended so.
local function is_over(t, status)
  local _, text = t:wait "status %d+\n"
  assert.matches("status " .. status .. "\n", text)
  t:wait "\necho"
  _, text = t:lines()
  assert.matches("\nicanon\n", text)
  assert.is_nil(text:find "goroutines%]")
  return text
end

describe("the page of top", function()
  after_each(terminal.clean)

  check("shows what goroutines do, in 80 columns and 24 lines", function()
    local t = ended()
    local lines = t:lines()
    assert.equal(24, #lines)
    for _, line in ipairs(lines) do
      assert.is_true(#line <= 80, line)
    end
    assert.matches("^top  .*faults.trace  0.1s  the trace has ended$", lines[1])
    assert.matches("^Ps    %[|+ +%] 1.55 of 4 busy$", lines[2])
    assert.matches("^Gs    %[ +%] 0 runnable, 1 running, 0 in syscalls, 16 waiting$", lines[3])
    assert.matches("^heap  .* 2.992MiB, goal 16MiB$", lines[4])
    assert.matches("^GC    .* 0 ended; 1 stops, 4.16us", lines[5])
    assert.matches("^%[1 goroutines%]  2 waits   3 tasks   4 collector$", lines[6])
    assert.matches("^function +n run rdy wait sys +CPU%% +p50 +p99 waits for$", lines[7])
    assert.matches("^main.together.func1 +0 +0 +0 +0 +0 +151.4 +17.4us +36.3ms sync 53%%", lines[8])
    assert.matches("^main.waitForNothing +7 +0 +0 +7 +0 +0.0 ", t:wait "waitForNothing" and lines[12])
    assert.matches("^q quit  %? help", lines[24])
    t:press "q"
    is_over(t, 0)
  end)

  check("is what docs/live.md shows, which has a page of one's own, too", function()
    local docs = program.read(program.root .. "docs/live.md")
    local t = open({ "top", "testdata/real/go1.27-faults.trace" }, { before = "cd '" .. lfs.currentdir() .. "/" ..
      program.root .. "'; " })
    local shown = {}
    for _, line in ipairs(t:wait "the trace has ended") do
      shown[#shown + 1] = line ~= "" and line or nil
    end
    assert.equal(docs:match "```text\n(.-)\n```", table.concat(shown, "\n"))
    local folder = program.folder { ["channels.lua"] = docs:match "```lua\n(%-%- channels.lua.-)```" }
    t = open { folder .. "/channels.lua", faults }
    local lines = t:wait "the trace has ended"
    assert.matches("^channels  ", lines[1])
    assert.equal("goroutines that wait", lines[2])
    assert.matches("^chan receive +9 99.64ms$", lines[5])
  end)

  check("has as many rows as there are", function()
    local folder = program.folder { ["many.lua"] = [[
      local rows = {}
      for i = 1, 20000 do rows[i] = { "row " .. i, i } end
      require "gotrace.screen".page { title = "many", update = function() end,
        meters = function() return {} end,
        views = { { name = "rows", sort = "n", columns = { { kind = "text", name = "name" },
          { kind = "count", name = "n" } }, rows = function() return rows end } } }]] }
    local t = open { folder .. "/many.lua", faults }
    local lines = t:wait "the trace has ended"
    assert.matches("^row 20000 +20000$", lines[4])
    t:press "q"
    is_over(t, 0)
  end)

  check("sorts, the other way round too, and filters", function()
    local t = ended()
    t:press("s", "s", "s")
    local lines = t:wait " WAITS FOR"
    assert.matches("^function main.waitForNothing main", first_words(lines))
    t:press "r"
    lines = t:wait(function(_, now)
      return now[8]:find "system goroutine"
    end)
    assert.matches("main.waitForNothing$", first_words(lines))
    t:press("S", "Left")
    t:wait " P50 "
    t:press("Right", "Right", "Right", "Right")
    lines = t:wait " N run rdy"
    assert.matches("^function main.waitForNothing main", first_words(lines))
    t:press "r"
    t:wait(function(_, now)
      return rows(now)[#rows(now)]:find "^main.waitForNothing"
    end)
    t:press "/"
    t:type "WAITFORx"
    t:wait "nothing has that in its name"
    t:press "BSpace"
    lines = t:wait "/WAITFOR_"
    assert.equal("function main.waitForNothing", first_words(lines))
    t:press "Enter"
    t:wait "/WAITFOR\n"
    t:press "Escape"
    t:wait "main.main"
  end)

  check("says with Enter where they wait, and has other views", function()
    local t = ended()
    t:press("Down", "Enter")
    local lines = t:wait "where it waits"
    assert.equal("main.main: where it waits", lines[2])
    assert.matches("^sync of main.main: 48.52ms, 1 ended, 0 now$", lines[4])
    assert.matches("^      sync.%(%*WaitGroup%).Wait  waitgroup.go:%d+$", lines[5])
    t:press("End", "Escape", "2")
    lines = t:wait "%[2 waits%]"
    assert.matches("^chan receive +7 +22 +451.3ms", rows(lines)[2])
    t:press "Enter"
    t:wait "chan receive of main.waitForNothing: "
    t:press("Escape", "Tab")
    lines = t:wait "%[3 tasks%]"
    assert.matches("^request +0 +12 ", rows(lines)[2])
    t:press "Enter" -- there is no more to say of it
    t:press "Tab"
    lines = t:wait "%[4 collector%]"
    assert.matches("^start trace +1 +4.16us", rows(lines)[2])
    t:press "BTab"
    t:wait "%[3 tasks%]"
    t:press "?"
    t:wait "Ctrl%-C +quit"
    t:press "Escape"
    t:wait "%[3 tasks%]"
  end)

  check("fits a terminal that becomes larger or smaller", function()
    local t = ended()
    t:resize(150, 40)
    local lines = t:wait(function(_, now)
      return #now == 40 and now[40]:find "^q quit" and now[8]:find "sleep 47%%"
    end)
    assert.matches("runtime/trace.%(%*traceMultiplexer%).startLocked.func1", table.concat(lines, "\n"))
    t:resize(30, 9)
    lines = t:wait(function(_, now)
      return #now == 9 and now[9]:find "^q quit"
    end)
    for _, line in ipairs(lines) do
      assert.is_true(#line <= 30)
    end
    t:resize(12, 3)
    t:wait(function(_, now)
      return #now == 3 and now[3] ~= ""
    end)
    t:resize(80, 24)
    t:wait "%[1 goroutines%]  2 waits"
    t:press "q"
    is_over(t, 0)
  end)

  check("gives the terminal back when a signal ends it", function()
    local t = ended()
    t:press "C-c"
    is_over(t, 130)
    for _, name in ipairs { "TERM", "HUP", "INT", "ABRT" } do
      local pid = program.tmpname()
      t = open({ "top", faults }, { before = "sh -c 'echo $$ >" .. pid .. "; exec \"$0\" \"$@\"' " })
      t:wait "the trace has ended"
      program.shell(("kill -%s %s"):format(name, program.read(pid)))
      is_over(t, ({ TERM = 143, HUP = 129, INT = 130, ABRT = 134 })[name])
    end
  end)

  check("gives it back to a shell on Ctrl-Z, and comes again", function()
    local t = terminal.open { line = "env PS1='shell> ' sh -i" }
    t:wait "shell>\n"
    t:type(program.line { "top", faults } .. "\n")
    t:wait "the trace has ended"
    t:press "C-z"
    t:wait "shell>\n"
    t:type "stty -a | grep -o -e '-*icanon'; echo; fg\n"
    local _, text = t:wait "the trace has ended"
    assert.matches("%[1 goroutines%]", text)
    t:press "q"
    _, text = t:wait "icanon.*shell>"
    assert.is_nil(text:find "%-icanon")
  end)

  check("closes what keys came from, if that is not standard input", function()
    local init, said = program.tmpname(), program.tmpname()
    program.write(init, ([[
      local host = require "gotrace.engine.host"
      local function open_files()
        local pipe = io.popen "ls -l /proc/$PPID/fd | grep -c '/dev/tty$'"
        local n = tonumber(pipe:read "*l")
        pipe:close()
        return n
      end
      local before = open_files()
      assert(host.terminal_open())
      local during = open_files()
      host.terminal_close()
      local file = io.open(%q, "w")
      file:write(during - before, " ", open_files() - before)
      file:close()
      os.exit(0)
    ]]):format(said))
    local t = open({ "--version" }, { before = "GOTRACE_LUA_INIT=" .. init .. " ", behind = " </dev/null" })
    t:wait "status 0"
    assert.equal("1 0", program.read(said))
  end)

  check("says errors of scripts where they can be read", function()
    local t = open { "-e", "function on.finish() error 'no more' end", "top", faults }
    t:wait "the trace has ended"
    t:press "q"
    local text = is_over(t, 4)
    assert.matches("no more", text)
    t = open { "-e", "function on.GoBlock() error 'in the middle' end", "top", faults }
    assert.matches("in the middle", is_over(t, 4))
  end)

  check("says what is damaged behind it", function()
    local cut = program.tmpfile(program.read(generations):sub(1, 20000))
    local t = ended(cut)
    t:press "q"
    assert.matches("cut", is_over(t, 3))
  end)

  check("plays a file back as fast as it was recorded, stands still with p, and ends with q at any time", function()
    local t = open { "top", generations }
    t:wait " 1%.0s  x1"
    t:press "p"
    t:wait "PAUSED"
    program.shell "sleep 2"
    local _, text = t:lines()
    assert.matches("PAUSED", text)
    t:press "p"
    t:wait " 2%.0s  x1"
    t:wait " 2%.4s  the trace has ended"
    t:press "q"
    is_over(t, 0)
    t = open { "top", "--speed=0.01", "--every=10ms", generations }
    t:wait "x0.01"
    t:press "q"
    is_over(t, 0)
    t = open { "top", "--speed=0", "--every=100ms", generations }
    t:wait " 2%.4s  the trace has ended"
  end)

  check("shows figures of the last interval, or with t of all so far", function()
    local t = open { "top", generations }
    t:wait "the trace has ended"
    local before = rows((t:lines()))
    t:press "t"
    t:wait(function(_, now)
      return rows(now)[2] ~= before[2]
    end)
    local once = program.run { "-F", "json", "top", "--once", generations }.out
    local main = tonumber(once:match '"function":"main.main","exec":(%d+)')
    local duration = tonumber(program.run { "-e", "function on.finish(t) print(t.duration) end", generations }.out)
    local lines = t:lines()
    for _, row in ipairs(rows(lines)) do
      if row:find "^main.main " then
        assert.matches(("%.1f "):format(main / duration * 100):gsub("%p", "%%%0"), row)
        return
      end
    end
    error "no main.main"
  end)

  check("shows what comes through a FIFO before the next comes", function()
    local fifo = program.tmpname()
    os.remove(fifo)
    -- The first generations, and a long time nothing.
    local t = open({ "top", fifo }, { before = ("mkfifo %s; (head -c 100000 %s; sleep 1000) >%s & "):format(fifo,
      generations, fifo) })
    local lines = t:wait "main.main"
    assert.matches("  live$", lines[1])
    t:press "p"
    t:wait "PAUSED"
    t:press "p"
    t:press("2", "Enter")
    t:wait "where it waits"
    t:press "q"
    is_over(t, 0)
  end)

  check("takes keys from the terminal where the trace comes through standard input", function()
    local t = open({ "top", "-" }, { before = ("cat %s | "):format(faults) })
    t:wait "the trace has ended"
    t:press "2"
    t:wait "%[2 waits%]"
    t:press "q"
    is_over(t, 0)
  end)

  check("goes on with the next trace of a file", function()
    local two = program.tmpfile(program.read(faults) .. program.read(program.recording "gc"))
    local t = open { "top", two }
    t:wait "the trace has ended"
    t:wait "@%d+"
    t:press "q"
    assert.matches("another trace begins", is_over(t, 0))
  end)

  check("lets no name steer the terminal", function()
    for _, name in ipairs(hostile_names.names) do
      local t = ended(hostile_names.trace(name.yaml))
      t:press("Enter", "Escape", "2", "Enter", "Escape", "3", "4", "q")
      is_over(t, 0)
      local raw = program.read(t.raw):match "^(.-)status "
      local rest = raw:gsub("\27%[%d*;?%d*[mHKJ]", ""):gsub("\27%[%?%d+[hl]", "")
      assert.is_nil(rest:match "[%z\1-\9\11\12\14-\31\127]", name.line)
      assert.is_nil(rest:match "\194[\128-\159]", name.line)
      t:close()
    end
  end)
end)

describe("top without a terminal", function()
  teardown(program.clean)

  it("is refused, with the way", function()
    local r = program.run { "top", faults }
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: top shows a page on a terminal, and standard output is no terminal: --once prints " ..
      "its table\n", r.err)
    r = program.run { "-F", "json", "top", faults }
    assert.matches("a page has no form json: %-%-once prints", r.err)
  end)

  check("is refused by a terminal that cannot do it", function()
    local t = open({ "top", faults }, { before = "TERM=dumb " })
    local _, text = t:wait "status 2"
    assert.matches('TERM is "dumb"', text:gsub("\n", ""))
    t:close()
  end)

  -- Rows of JSON as "function figure" by a pattern, sorted.
  local function figures(words, pattern)
    local list = {}
    for line in program.run(words).out:gmatch "[^\n]+" do
      local func, figure = line:match(pattern)
      list[#list + 1] = func and figure ~= "0" and func .. " " .. figure or nil
    end
    table.sort(list)
    return table.concat(list, "\n")
  end

  local function each_recording(pattern, visit)
    local n = 0
    for name in lfs.dir(program.root .. "testdata/real") do
      if name:find(pattern) and name:find "%.trace$" then
        visit(program.root .. "testdata/real/" .. name)
        n = n + 1
      end
    end
    assert.is_true(n > 5)
  end

  -- Of what C threads did, whose goroutines have their numbers again and again, goroutines counts the last alone.
  it("has the figures of goroutines", function()
    each_recording("^go1%.2[4-9]", function(trace)
      if not trace:find "cgothreads" then
        assert.equal(figures({ "-F", "json", "goroutines", "--top=0", "--system", trace },
          '"function":("[^"]*").-"exec":(%d+)'), figures({ "-F", "json", "top", "--once", "--system", trace },
          '"goroutines","function":("[^"]*"),"exec":(%d+)'), trace)
      end
    end)
  end)

  it("adds up what spans last", function()
    local words = { Running = "exec", Runnable = "sched_wait", Waiting = "block", Syscall = "syscall" }
    each_recording("^go1%.2[17]", function(trace)
      local state = ({ "Running", "Runnable", "Waiting", "Syscall" })[#trace % 4 + 1]
      assert.equal(figures({ "-F", "json", "-f", ('state == "%s"'):format(state), "-a", "sum(dur) by func", trace },
        '"func":("[^"]*").-:(%d+)}'), figures({ "-F", "json", "top", "--once", "--system", trace },
        '"goroutines","function":("[^"]*").-"' .. words[state] .. '":(%d+)'), trace)
    end)
  end)

  it("prints text, JSON and CSV, alike by all paths", function()
    for _, form in ipairs { "text", "json", "csv" } do
      local r = program.run { "-F", form, "top", "--once", faults }
      assert.equal(0, r.status, r.err)
      assert.matches("main.waitForNothing", r.out)
      local slow = program.run { "-F", form, "top", "--once", faults, env = "GOTRACE_PATHS=slow" }
      assert.equal(r.out, slow.out)
    end
  end)

  it("counts what is going on", function()
    local r = program.run { "-F", "json", "top", "--once", faults }
    assert.matches('{"table":"states","function":"main.waitForNothing","n":7,"running":0,"runnable":0,"waiting":7,' ..
      '"syscalls":0,"ended":0}', r.out)
    assert.matches('{"table":"waits","function":"main.waitForNothing","reason":"chan receive","n":7,"ended":0,', r.out)
    assert.matches('{"table":"tasks","task":"request","n":0,"ended":12,', r.out)
  end)

  it("is about what -f leaves", function()
    local r = program.run { "-F", "json", "-f", 'func == "main.main"', "top", "--once", faults }
    assert.equal(0, r.status, r.err)
    assert.matches('"function":"main.main","exec":2554241,', r.out)
    assert.is_nil(r.out:find "waitForNothing")
  end)
end)
