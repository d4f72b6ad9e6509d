-- The command line: every option, and every mistake a new user can make.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local function run(...)
  return program.run { ... }
end

-- What a good command line prints.
local function prints(...)
  local r = run(...)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- The message of a usage error.
local function usage(...)
  local r = run(...)
  assert.equal(2, r.status, r.out .. r.err)
  return r.err:match "^gotrace%-lua: (.*)\n$"
end

describe("the command line", function()
  it("without anything says where help is", function()
    assert.equal("no trace given (see gotrace-lua --help)", usage())
  end)

  it("without a script says so, unless an option is wrong", function()
    assert.equal("no trace given (see gotrace-lua --help)", usage "-q")
    assert.equal("unknown option --foo", usage "--foo")
  end)

  it("takes scripts by bundled name, with or without .lua", function()
    assert.equal("Created 2 goroutines\n", prints("count_gocreate", small))
    assert.equal("Created 2 goroutines\n", prints("count_gocreate.lua", small))
  end)

  it("suggests the script that was meant", function()
    assert.equal('there is no script evnts (did you mean "events"?); gotrace-lua -l lists those that come with it',
      usage("evnts", small))
    assert.equal("there is no script ./evnts", usage("./evnts", small))
  end)

  it("suggests the script that answers what was asked for", function()
    for word, meant in pairs { mutex = "blocks", locks = "blocks", Contention = "blocks", latency = "sched",
      requests = "handlers", watch = "top", share = "-c share-public", slow = "slow_tasks" } do
      assert.equal(('there is no script %s (did you mean "%s"?); gotrace-lua -l lists those that come with it'):format(
        word, meant), usage(word, small))
    end
    assert.equal("there is no script share-public; it is a recipe: gotrace-lua -c share-public",
      usage("share-public", small))
    assert.equal("there is no script xyzzy; gotrace-lua -l lists those that come with it", usage("xyzzy", small))
  end)

  it("suggests only scripts that there are", function()
    local is_script = {}
    for name in prints("-l"):gmatch "\n([%w_]+)  " do
      is_script[name] = true
    end
    local file = assert(io.open(program.root .. "lua/gotrace/cli/asked.lua"))
    local text = file:read "*a"
    file:close()
    local n = 0
    for name in text:match "words_of = (%b{})":gmatch "\n  ([%w_]+) = " do
      n = n + 1
      assert.is_true(is_script[name], name)
    end
    assert.is_true(n > 10)
  end)

  it("tells a program's address from a file", function()
    assert.equal("there is no script localhost:6060: a running program is http://localhost:6060",
      usage "localhost:6060")
    assert.equal("there is no script 10.0.0.1:80/debug: a running program is http://10.0.0.1:80/debug",
      usage "10.0.0.1:80/debug")
    assert.equal("there is no file localhost:6060: a running program is http://localhost:6060",
      usage("events", "localhost:6060"))
    assert.equal("cannot open a:b: No such file or directory", usage("events", "a:b"))
  end)

  it("shows a page about a trace alone, and says that a script comes before it", function()
    assert.matches("^" .. small:gsub("%p", "%%%0") .. "\ntrace +of Go 1%.26 or 1%.27, ", prints(small))
    assert.equal(("%s is a trace: a script comes first, such as in gotrace-lua events %s"):format(small, small),
      usage(small, "events"))
  end)

  it("takes the program's options before and after the script", function()
    assert.matches("^type,count\n", prints("-F", "csv", "events", small))
    assert.matches("^type,count\n", prints("events", "-F", "csv", small))
    assert.matches("^type,count\n", prints("events", small, "-Fcsv"))
  end)

  it("suggests the option that was meant, of the script too", function()
    assert.equal('unknown option --stakcs (did you mean "--stacks"?)', usage("cat", "--stakcs", small))
    assert.equal("unknown option --bogus (see gotrace-lua --help cat)", usage("cat", "--bogus", small))
    assert.equal("unknown option --bogus", usage("cat", "-s", "events", "--bogus", small))
    assert.equal('unknown option --verson (did you mean "--version"?)', usage("cat", "--verson", small))
  end)

  it("takes what follows -- as traces", function()
    local r = run("cat", "--", "--stacks")
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: cannot open --stacks: No such file or directory\n", r.err)
  end)

  it("wants values for options that have one", function()
    assert.equal("-F wants a value: form of tables and of -p", usage "-F")
    assert.equal("-e wants a value: run Lua code as a script", usage "-e")
  end)
end)

describe("--help and --version", function()
  it("say what there is", function()
    local text = prints "--help"
    assert.equal(text, prints "-h")
    assert.matches("^gotrace%-lua: jq for Go execution traces%.\n\nyour question +SCRIPT, before TRACE\n", text)
    assert.matches("\n\nusage: gotrace%-lua ", text)
    for _, option in ipairs { "-s SCRIPT", "-e CODE", "-f EXPR", "-p EXPR,...", "-F FORMAT", "-n", "-l", "-lv",
      "-g TRACE", "--sandbox", "--unsafe", "-q", "--progress", "--version", "-h, --help" } do
      assert.is_truthy(text:find("\n  " .. option .. " ", 1, true), option)
    end
    for line in text:gmatch "[^\n]*" do
      assert.is_true(#line <= 80, line)
    end
    assert.matches("^gotrace%-lua %d+%.%d+%.%d+, LuaJIT 2%.1%.", prints "--version")
    assert.matches("\nwith zlib [%d.]+, zstd [%d.]+, libyaml [%d.]+, PCRE2 [%d.]+\n", prints "--version")
    for _, name in ipairs { "libcurl", "SQLite", "libsodium" } do
      assert.matches("\nwhen asked for: " .. name .. " %S+,? ", prints "--version")
    end
  end)

  it("say what a script takes", function()
    local text = prints("--help", "grep")
    assert.equal(text, prints("grep", "--help"))
    assert.equal(text, prints("-s", "grep", "--help"))
    assert.matches("^usage: gotrace%-lua grep %[options%] REGEXP TRACE%.%.%.\n\nEvents whose line, ", text)
    assert.matches("\n  %-v, %-%-invert +events that do not match\n", text)
    local upgrades = prints("-l"):match "\nupgrade +([^\n]+)"
    assert.equal("usage: gotrace-lua upgrade [options] TRACE...\n\n" .. upgrades .. "\n",
      prints("--help", "upgrade"):match "^(.-)\nThe examples' traces ")
  end)

  it("do not need what the script requires", function()
    local dir = program.folder {
      ["s.lua"] = "args = { { name = 'x', required = true, help = 'what' } } local x = opt.x",
    }
    assert.matches("%-%-x TEXT  what %(required%)\n", prints("--help", dir .. "/s.lua"))
  end)
end)

describe("-e, -s and scripts", function()
  local function say(word)
    return ("function on.finish() print %q end"):format(word)
  end

  it("form a pipeline in the order given", function()
    local dir = program.folder { ["s.lua"] = say "s", ["t.lua"] = say "t" }
    assert.equal("a\ns\nb\n", prints("-e", say "a", "-s", dir .. "/s.lua", "-e", say "b", small))
    assert.equal("t\ns\n", prints(dir .. "/t.lua", "-s", dir .. "/s.lua", small))
    assert.equal("a\nt\n", prints("-e", say "a", dir .. "/t.lua", small))
    assert.equal("t\na\n", prints(dir .. "/t.lua", "-e", say "a", small))
  end)

  it("take a bundled name beside other scripts", function()
    assert.equal("Created 1 goroutines\n",
      prints("-e", "function on.GoCreate(ev) return ev.new_g == 2 end", "count_gocreate", small))
  end)

  it("name inline code in messages", function()
    assert.equal("-e:1: x", usage("-e", "error 'x'", small))
    assert.equal("-e 2:1: x", usage("-e", "", "-e", "error 'x'", small))
  end)
end)

describe("-n", function()
  it("loads and checks, and reads nothing", function()
    assert.equal("", prints("-n", "cat"))
    assert.equal("", prints("-n", "cat", "/nosuch"))
    assert.equal("-e:1: unexpected symbol near '<eof>'", usage("-n", "-e", "x ="))
    assert.equal("unknown option --nosuch (see gotrace-lua --help cat)", usage("-n", "cat", "--nosuch"))
    assert.equal("-f 'a b': an operator, a comma or the end expected near 'b'", usage("-n", "-f", "a b"))
  end)
end)

describe("-f", function()
  it("alone prints the events that it keeps", function()
    assert.equal("0.000000130 m=7 p=0 g=1 HeapAlloc heapalloc=4096\n", prints("-f", 'type == "HeapAlloc"', small))
  end)

  it("may ask for fields that only some types have", function()
    assert.equal("13\n", prints("-f", 'reason == "sleep"', "-p", "n", small))
    assert.equal("9\n", prints("-f", 'key == "note" and stack.leaf.line == 10', "-p", "n", small))
  end)

  it("given twice means both", function()
    assert.equal("8\n9\n", prints("-f", "n > 7", "-f", "n < 10", "-p", "n", small))
  end)

  it("knows ev, its methods and the library", function()
    assert.equal("1\n", prints("-f", "ev:raw().target_p and n < 9", "-p", "n", small))
    assert.equal("8\n", prints("-f", 'string.find(type, "^UserTask")', "-p", "n", small))
  end)

  it("says what does not compile", function()
    assert.equal("-f 'type = 3': = sets a variable; == compares", usage("-f", "type = 3", small))
    assert.equal("-f 'type ==': an expression expected near the end", usage("-f", "type ==", small))
  end)

  it("suggests the field that was meant", function()
    assert.equal("-f 'reson == 1': no field is called \"reson\" (did you mean \"reason\"?)",
      usage("-f", "reson == 1", small))
  end)

  it("says where an error was", function()
    local r = run("-f", "type:sub(1) > 1", small)
    assert.equal(4, r.status)
    assert.equal(table.concat({
      "gotrace-lua: -f:1: attempt to compare number with string",
      "  event: 1 at offset 38: 0.000000100 m=7 p=- g=- ProcStatus target_p=0 status=Running",
      "  stack traceback:",
      "    -f:1: in function <-f:1>",
      "    -f:1: in function <-f:1>",
      "",
    }, "\n"), (r.err:gsub("offset %d+", "offset 38")))
  end)

  it("cannot set anything", function()
    assert.matches("an expression cannot set x", run("-f", "(function() x = 1 end)()", small).err)
  end)
end)

describe("-p", function()
  it("prints expressions, tab separated", function()
    assert.equal("110\tGoCreate\t1\t2\n120\tGoCreate\t1\t3\n",
      prints("-f", 'type == "GoCreate"', "-p", "time, type, g, new_g", small))
  end)

  it("leaves empty what an event lacks", function()
    assert.equal("1\t\t0\n", prints("-f", "n == 1", "-p", "n,g,target_p", small))
  end)

  it("says when there are too many", function()
    local r = program.run { "-p", ("n,"):rep(300) .. "n", small }
    assert.equal(2, r.status)
    assert.matches("^gotrace%-lua: %-p 'n,.*': function or expression too complex", r.err)
  end)

  it("separates at the commas that separate", function()
    assert.equal("a,b\t2\tc,d\t0\n", prints("-f", "n == 5", "-p",
      '"a,b",math.max(1, 2),[[c,d]],(function(a, b) return a end)(0, 1)', small))
  end)

  it("prints CSV with a head, quoted", function()
    assert.equal('n,value,key\n9,"a ""b""\n",note\n', prints("-F", "csv", "-f", "value", "-p", "n, value, key", small))
  end)

  it("prints JSON, an object a line", function()
    assert.equal('{"n":9,"value":"a \\"b\\"\\n","g + 1":2,"p":0,"reason":null}\n',
      prints("-F", "json", "-f", "value", "-p", "n, value, g + 1, p, reason", small))
  end)

  it("prints stacks and frames readably", function()
    assert.equal("time.Sleep < main.worker\ttime.Sleep runtime/time.go:40\n",
      prints("-f", 'type == "GoUnblock"', "-p", "stack, stack.leaf", small))
  end)

  it("comes after the filters wherever it stands", function()
    assert.equal("7\n", prints("-p", "n", "-f", "heapalloc", small))
  end)

  it("may be given twice", function()
    assert.equal("7\n7\n", prints("-p", "n", "-p", "n", "-f", "heapalloc", small))
  end)

  it("sees what scripts let through", function()
    assert.equal("5\n", prints("-e", "function on.any(ev) return ev.new_g == 2 end" ..
      " on.any = function(ev) return ev.type == 'GoCreate' and ev.new_g == 2 end", "-p", "n", small))
  end)

  it("says what does not compile", function()
    assert.equal("-p 'time,,g': an expression expected near ','", usage("-p", "time,,g", small))
    assert.equal("-p 'time,f(': an expression expected near the end", usage("-p", "time,f(", small))
    assert.equal("-p 'nn': no field is called \"nn\"", usage("-p", "nn", small))
  end)
end)

describe("-F", function()
  it("knows three forms", function()
    assert.equal('-F: "xml" is none of text, json, csv', usage("-F", "xml", "events", small))
    assert.equal('-F: "jsn" is none of text, json, csv (did you mean "json"?)', usage("-F", "jsn", "events", small))
  end)
end)

describe("-l and -lv", function()
  it("list the scripts", function()
    local text = prints "-l"
    assert.matches("^script +description\n", text)
    for _, name in ipairs { "cat", "count_gocreate", "events", "grep", "info", "strings" } do
      assert.matches("\n" .. name .. " +%u[^\n]+", text)
    end
    assert.matches("^script,description\n", prints("-l", "-F", "csv"))
  end)

  it("list a script that does not load as that", function()
    local dir = program.folder { ["bad.lua"] = "x =" }
    assert.matches("\nbad +does not load\n", program.run({ "-l", env = "GOTRACE_SCRIPTS=" .. dir }).out)
  end)

  it("list events, hooks and old names", function()
    local text = prints "-lv"
    assert.matches("\nkey +UserLog +trace.Log's category\n", text)
    assert.matches("\nreason +synctest +1%.24\n", text)
    assert.matches("\nstatus +Runnable *\n", text)
    assert.matches("^event +since +arguments +about\n", text)
    assert.matches("\nGoCreate +1%.22 +new_g new_stack stack +%S", text)
    assert.matches("\nGoSwitch +1%.23 +target_g +%S", text)
    assert.matches("\nEvery event has type, time, m, p, g, stack, n, gen, off%.\n", text)
    assert.matches("\non%.unhandled +each event without a hook of its own\n", text)
    assert.matches("\nGoBlockSend +GoBlock +chan send\n", text)
    assert.matches("^event,since,arguments,about\nCPUSample,1%.22,stack,", prints("-lv", "-F", "csv"))
  end)
end)

describe("-g", function()
  it("prints a script for a trace, which runs", function()
    local text = prints("-g", small)
    assert.matches("^%-%- A script for " .. small .. ": delete what you do not need%.\n", text)
    assert.matches("\n%-%- 3 events: reason stack\nfunction on%.GoBlock%(ev%)\nend\n", text)
    assert.matches("\n%-%- 2 events: new_g new_stack stack\nfunction on%.GoCreate%(ev%)\nend\n", text)
    local _, n = text:gsub("\nfunction on%.", "")
    assert.equal(11, n)
    local dir = program.folder { ["s.lua"] = text }
    assert.equal("", prints(dir .. "/s.lua", small))
  end)

  it("wants one trace and nothing else", function()
    assert.equal("-g wants a value: print a script with a hook for each event type in TRACE", usage "-g")
    assert.equal("-g wants one trace and no script", usage("-g", small, "cat"))
    assert.equal("unknown option --foo", usage("-g", small, "--foo"))
    local r = run("-g", "/nosuch")
    assert.equal(2, r.status)
    assert.equal("", r.out)
  end)
end)

describe("yaml and build", function()
  it("are each other's reverse", function()
    local yaml = prints("yaml", small)
    local path = program.build(yaml)
    assert.equal(program.read(small), program.read(path))
  end)

  it("say what they want", function()
    assert.equal("yaml wants one file (see gotrace-lua --help)", usage "yaml")
    assert.equal("build wants one file (see gotrace-lua --help)", usage("build", "a", "b", "-o", "c"))
    assert.equal("build wants -o TRACE: where to write the trace", usage("build", "a"))
    assert.equal("unknown option --foo", usage("yaml", "--foo", small))
  end)

  it("tell what is wrong with the file from what is wrong with its place", function()
    assert.equal("cannot open /nosuch: No such file or directory", usage("yaml", "/nosuch"))
    local r = run("build", program.tmpfile "a: b", "-o", program.tmpname())
    assert.equal(3, r.status)
    assert.matches(":1:1: ", r.err)
    r = run("build", program.tmpfile(prints("yaml", small)), "-o", "/nosuch/x.trace")
    assert.equal(5, r.status)
  end)
end)
