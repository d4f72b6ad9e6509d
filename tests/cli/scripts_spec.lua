-- The scripts that come with the program.
local program = require "support.program"

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
    assert.matches('^{"GoBlock":3,.*}\n$', prints("events", "-F", "json", small))
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
    local trace = program.build((program.read(program.root .. "tests/script/small.yaml")
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
      "threads +1", "goroutines +3", "size +544", "header bytes +16", "strings bytes +%d+" } do
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
