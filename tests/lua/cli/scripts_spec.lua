-- The scripts that come with the program.
local ffi = require "ffi"
local program = require "support.program"
local maker = require "support.trace"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

describe("count_gocreate", function()
  it("counts", function()
    assert.equal("Created 2 goroutines\n", prints("count_gocreate", small))
  end)

  it("names the files when there are several", function()
    assert.equal(("%s: Created 2 goroutines\n"):format(small):rep(2), prints("count_gocreate", small, small))
  end)
end)

describe("events", function()
  it("prints a row a type in each form", function()
    assert.matches("^type +count\nGoBlock +3\nGoStatus +3\n", prints("events", small))
    assert.matches("^type,count\nGoBlock,3\n", prints("events", "-F", "csv", small))
    assert.matches('^{"type":"GoBlock","count":3}\n{"type":"GoStatus","count":3}\n.*}\n$',
      prints("events", "-F", "json", small))
  end)

  it("counts every event once", function()
    local sum = 0
    for n in prints("events", "-F", "csv", small):gmatch ",(%d+)" do
      sum = sum + n
    end
    assert.equal(18, sum)
  end)
end)

describe("cat", function()
  it("prints every event as its line", function()
    local text = prints("cat", small)
    local _, n = text:gsub("\n", "")
    assert.equal(18, n)
    assert.matches("^0%.000000100 m=7 p=%- g=%- ProcStatus target_p=0 status=Running\n", text)
  end)

  it("prints stacks", function()
    assert.matches('\n0%.000000160 m=7 p=0 g=1 GoBlock reason="chan receive" stack=runtime.chanrecv1\n' ..
      "\truntime.chanrecv1\n\t\truntime/chan.go:30\n\tmain.main\n\t\tmain.go:11\n0%.", prints("cat", "--stacks", small))
  end)

  it("lets no name steer the terminal", function()
    local trace = program.build((program.read(program.root .. "tests/support/small.yaml")
      :gsub('"runtime.chanrecv1"', '"run\\x1b[31m\\n"')))
    local text = prints("cat", "--stacks", trace)
    assert.is_nil(text:find "\27")
    assert.matches("stack=run\\x1b%[31m\\n\n", text)
  end)
end)

describe("grep", function()
  local function numbers(...)
    local list = {}
    for line in prints("grep", ...):gmatch "[^\n]+" do
      list[#list + 1] = line:match "^0%.000000(%d+)" or line:match "^0%.00000(%d+)" or line
    end
    return table.concat(list, " ")
  end

  it("matches lines", function()
    assert.equal("110 120", numbers("GoCreate", small))
    assert.equal("160 190 1110", numbers('reason="(chan receive|sleep)"', small))
  end)

  it("matches functions and files anywhere in a stack", function()
    assert.equal("110 120 180 190", numbers("main[.]worker", small))
    assert.equal("180 190", numbers("runtime/time[.]go", small))
  end)

  it("matches strings", function()
    assert.equal("150", numbers("note", small))
  end)

  it("ignores case", function()
    assert.equal("", numbers("gocreate", small))
    assert.equal("110 120", numbers("-i", "gocreate", small))
  end)

  it("inverts", function()
    local text = prints("grep", "-v", "Go", small)
    local _, n = text:gsub("\n", "")
    assert.equal(7, n)
    assert.is_nil(text:find("GoCreate", 1, true))
  end)

  it("prints context", function()
    assert.equal("120 130 140", numbers("-C1", "HeapAlloc", small))
    assert.equal("130 140 150", numbers("--after", "2", "HeapAlloc", small))
    assert.equal("110 120 130", numbers("--before=2", "HeapAlloc", small))
    assert.equal("130 140 -- 190 200", numbers("-A", "1", 'HeapAlloc|"sleep"', small))
    assert.equal("120 130 140 150", numbers("-C1", "HeapAlloc|UserTask", small))
  end)

  it("wants something to look for", function()
    local r = program.run { "grep" }
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: grep wants REGEXP: what to look for, as for grep -E (see gotrace-lua --help grep)\n",
      r.err)
  end)
end)

describe("info", function()
  it("says what a trace is", function()
    local text = prints("info", small)
    for _, row in ipairs { "version +go 1%.26", "duration +1%.11us", "events +18", "generations +2", "procs +1",
      "threads +1", "goroutines +3", "size +544B", "header_bytes +16B", "strings_bytes +%d+B" } do
      assert.matches("\n" .. row .. "\n", text)
    end
  end)

  it("says it in JSON as one object", function()
    assert.matches('^{"file":"[^"]+","version":"go 1.26","compression":"none",.*"size":544,.*}\n$',
      prints("info", "-F", "json", small))
  end)
end)

describe("strings", function()
  it("prints each once, in one line", function()
    local text = prints("strings", small, small)
    local _, n = text:gsub("\n", "")
    assert.equal(12, n)
    assert.is_truthy(text:find('\na "b"\\n\n', 1, true))
  end)
end)

-- What a script writes of a trace, and the result of its run.
local function written(...)
  local path = program.tmpname()
  local r = program.run { "-q", "-o", path, ... }
  assert.equal("", r.err)
  assert.equal(0, program.run({ "--verify", path }).status)
  return path, r
end

-- How often each type occurs in a trace: "GoBlock=3 ...", sorted.
local function types(path)
  local list = {}
  for name, n in prints("events", "-F", "csv", path):gmatch "(%u%w+),(%d+)" do
    list[#list + 1] = name .. "=" .. n
  end
  table.sort(list)
  return table.concat(list, " ")
end

local function refused(...)
  local r = program.run { ... }
  assert.equal(2, r.status, r.err)
  return r.err:match "^gotrace%-lua: (.*)\n$"
end

describe("strings", function()
  it("is a table of one column in CSV, with a row for each", function()
    local trace = program.recording "timers"
    local csv, json = prints("strings", "-F", "csv", trace, trace), prints("strings", "-F", "json", trace, trace)
    local rows = csv:match "^string\n(.*)$"
    assert.is_nil(rows:find("\nstring\n", 1, true))
    assert.equal(select(2, json:gsub("\n", "")), select(2, rows:gsub('"[^"]*"', "x"):gsub("\n", "")))
  end)
end)

describe("upgrade", function()
  it("writes the same as one of the latest version", function()
    local path = written("upgrade", small)
    assert.equal(types(small), types(path))
  end)

  it("needs somewhere to write to", function()
    assert.equal("upgrade writes a trace: say where, with -o NEW.trace", refused("upgrade", small))
  end)
end)

describe("drop", function()
  it("drops types", function()
    local all = types(small)
    assert.equal((all:gsub(" UserLog=%d+", ""):gsub("HeapAlloc=%d+ ", "")),
      types((written("drop", "--types=UserLog,HeapAlloc", small))))
    assert.equal((all:gsub(" User%w+=%d+", "")), types((written("drop", "-t", "User*", small))))
  end)

  it("knows * and ? as file names do", function()
    assert.equal("ProcsChange\nGoUnblock\n",
      prints("drop", "--types=Go?????,Go??????,User*,CPU*,*Status,Heap*", "-p", "type", small))
    assert.equal("HeapAlloc\n", prints("drop", "-t", "Go*,User*", "-t", "Proc*,CPUSample", "-p", "type", small))
  end)

  it("shows the others to scripts behind it", function()
    assert.equal("type,count\nGoStatus,3\nGoCreate,2\nGoStart,2\nGoUnblock,1\n",
      prints("drop", "--types=Proc*,User*,Heap*,CPU*,GoBlock", "-s", "events", "-F", "csv", small))
  end)

  it("refuses names that no type has", function()
    assert.equal('--types \'UserLgo\': there is no event UserLgo (did you mean "UserLog"?)',
      refused("drop", "--types=UserLgo", small))
    assert.equal('--types \'HeapAlloc,GoSysCall\': there is no event GoSysCall ' ..
      "(that is GoSyscallBegin now)", refused("drop", "--types", "HeapAlloc,GoSysCall", small))
    assert.equal('--types \'X*\': there is no event X*', refused("drop", "--types=X*", small))
    assert.equal("drop wants --types: names of event types, * and ? as for files (see gotrace-lua --help drop)",
      refused("drop", small))
  end)
end)

describe("keep", function()
  -- Goroutines that do anything in a trace.
  local function goroutines(path)
    return (prints("-e", [[
      local seen, list = {}, {}
      function on.any(ev)
        if ev.g and not seen[ev.g] then seen[ev.g] = true list[#list + 1] = ev.g end
      end
      function on.finish() table.sort(list) print(table.concat(list, " ")) end]], path):gsub("\n", ""))
  end

  it("keeps goroutines by number", function()
    assert.equal("1", goroutines((written("keep", "--goroutine=1", small))))
    assert.equal("2", goroutines((written("keep", "-G", "2", small))))
    assert.equal("1 2", goroutines((written("keep", "-G", "2", "-G1", small))))
  end)

  it("keeps those of a number in one pass, of a pipe and in a window where they do nothing too", function()
    local path = written("keep", "-G2", small)
    local out = program.tmpname()
    local r = program.run { "-q", "-o", out, "keep", "-G2", "-", stdin = program.read(small) }
    assert.equal(0, r.status, r.err)
    assert.equal(program.read(path), program.read(out))
    r = program.run { "-q", "-o", out, "--from=0ns", "--to=1ns", "keep", "-G2", small }
    assert.equal(0, r.status, r.err)
    r = program.run { "-q", "-o", out, "--from=0ns", "--to=1ns", "keep", "-G9", small }
    assert.equal(1, r.status)
  end)

  it("goes on where ids are too large for Lua, or none", function()
    for id, none in pairs { [2 ^ 62] = false, [2 ^ 63] = true } do
      local path = program.tmpfile(maker.file(26, { { m = 1, { "ProcStatus", 0, 0, 1 }, { "GoStatus", 0, 1, 1, 2 },
        { "GoCreate", 5, ffi.cast("uint64_t", id), 0, 0 }, { "GoCreate", 5, 7, 0, 0 } } }))
      local out = written("keep", "--goroutine=1", path)
      local left = prints("-e", "function on.GoCreate(ev) print(ev.new_g) end", out)
      assert.equal(none and "nil\n" or "", left)
    end
  end)

  it("keeps those that run a function", function()
    assert.equal("2", goroutines((written("keep", "--func=^main.worker$", small))))
    assert.equal("1", goroutines((written("keep", "--func=main.main", small))))
  end)

  it("keeps those that work on a task, or enter a region", function()
    assert.equal("1", goroutines((written("keep", "--task=1", small))))
    local trace = program.recording "annotations"
    local all = prints("-e", [[
      local seen, list = {}, {}
      function on.UserRegionBegin(ev)
        if ev.name == "outer" and not seen[ev.g] then seen[ev.g] = true list[#list + 1] = ev.g end
      end
      function on.finish() table.sort(list) print(table.concat(list, " ")) end]], trace)
    assert.equal(all, goroutines((written("keep", "--region=outer", trace))) .. "\n")
  end)

  it("keeps their relatives", function()
    assert.equal("1 2", goroutines((written("keep", "-G2", "--with=creators", small))))
    assert.equal("1 2", goroutines((written("keep", "-G1", "--with=descendants", small))))
    assert.equal("1 2", goroutines((written("keep", "-G1", "--with=wakers:1", small))))
    assert.equal("1", goroutines((written("keep", "-G1", "--with=wakers:0", small))))
    assert.equal("2", goroutines((written("keep", "-G2", "--with=descendants,wakers:3", small))))
  end)

  it("has help that shows no empty default", function()
    assert.matches("wakers:N\n", program.run({ "--help", "keep" }).out)
  end)

  it("says when there is nothing to keep, or to write", function()
    local path = program.tmpname()
    os.remove(path)
    local r = program.run { "-o", path, "keep", "-G9", small }
    assert.equal(1, r.status)
    assert.is_nil(io.open(path))
    local none = "gotrace-lua: no goroutine of %s is what --func, --goroutine, --task, --region or --log want\n"
    none = none:format(small)
    assert.equal(none, r.err)
    for _, with in ipairs { "friends", "creators,friends", "wakers:many" } do
      r = program.run { "-o", "/nosuch/x", "keep", "-G1", "--with=" .. with, small }
      assert.equal(2, r.status)
      assert.equal(('gotrace-lua: --with: "%s" is not one of descendants, creators, wakers:N\n')
        :format(with:match "[^,]*$"), r.err)
    end
    assert.equal(none, program.run({ "-o", "/nosuch/x", "keep", small }).err)
    assert.equal("keep writes a trace: say where, with -o NEW.trace", refused("keep", small))
  end)
end)

describe("trim", function()
  local COUNT = "local n = 0 function on.any() n = n + 1 end function on.finish() print(n) end"

  it("cuts as --from and --to do", function()
    for _, window in ipairs { { "130ns", "170ns" }, { "1us", "1h" }, { "0s", "-500ns" }, { "-20ns", "-1ns" } } do
      local from, to = window[1], window[2]
      assert.equal(prints("--from", from, "--to", to, "-e", COUNT, small),
        prints("trim", "--start", from, "--stop", to, "-e", COUNT, small))
    end
    assert.equal(types((written("--from=130ns", small))), types((written("trim", "--start=130ns", small))))
    assert.equal("18\n", prints("trim", "-e", COUNT, small))
  end)

  it("refuses what is empty", function()
    local r = program.run { "trim", "--start=2us", "--stop=1us", small }
    assert.equal(1, r.status)
    assert.equal(("gotrace-lua: nothing is between --start and --stop in %s\n"):format(small), r.err)
  end)
end)

describe("split", function()
  -- How many events of the trace each part has.
  local function parts(every, trace)
    local dir = program.folder {}
    local list = {}
    for n in prints("-q", "-o", dir .. "/%d", "split", "--every", every, "-e",
      "local n = 0 function on.any() n = n + 1 end function on.finish(t) print(n) n = 0 end", trace):gmatch "%d+" do
      list[#list + 1] = n
      assert.equal(0, program.run({ "--verify", dir .. "/" .. #list }).status)
    end
    return table.concat(list, " ")
  end

  it("cuts by time", function()
    assert.equal("14 4", parts("1us", small))
    assert.equal("18", parts("1s", small))
    assert.equal("13 1 0 0 0 4", parts("0.2us", small))
  end)

  it("cuts by generation", function()
    assert.equal("14 4", parts("generation", small))
  end)

  it("cuts by size", function()
    local trace = program.recording "http"
    local sizes, sum = parts("20KB", trace), 0
    local n = 0
    for part in sizes:gmatch "%d+" do
      n, sum = n + 1, sum + part
    end
    assert.equal(4, n)
    assert.equal(12896, sum)
    assert.equal("18", parts("1GB", small))
  end)

  it("refuses other lengths", function()
    for _, every in ipairs { "often", "1", "0s", "-1s", "1.s", "5MBs" } do
      local r = program.run { "-o", "x%d", "split", "--every=" .. every, small }
      assert.equal(2, r.status)
      assert.equal(('gotrace-lua: --every: "%s" is not a time (1s), a size (16MB) or "generation"\n')
        :format(every), r.err)
    end
  end)
end)

describe("around", function()
  it("keeps the time around what matches", function()
    assert.equal("120\n130\n140\n", prints("around", "--when=heapalloc", "--pad=10ns", "-p", "time", small))
    assert.equal("130\n", prints("around", "--when=heapalloc == 4096", "--pad=0s", "-p", "time", small))
    assert.equal("110\n120\n160\n1110\n",
      prints("around", "-w", 'type == "GoCreate" or reason == "chan receive"', "--pad=1ns", "-p", "time", small))
    assert.matches("HeapAlloc=1", types((written("around", "--when=heapalloc", "--pad=10ns", small))))
  end)

  it("says when nothing matches, or the expression is wrong", function()
    local r = program.run { "around", "--when=false", small }
    assert.equal(1, r.status)
    assert.equal(("gotrace-lua: no event matches in %s\n"):format(small), r.err)
    assert.equal("--when 'a b': an operator, a comma or the end expected near 'b'",
      refused("around", "--when=a b", small))
    assert.equal("--when 'reson': no field is called \"reson\" (did you mean \"reason\"?)",
      refused("around", "--when=reson", small))
    r = program.run { "around", "--when=type:sub(1) > 1", small }
    assert.equal(4, r.status)
    assert.matches("^gotrace%-lua: expression:1: attempt to compare number with string\n  hook: scan.any\n", r.err)
  end)
end)
