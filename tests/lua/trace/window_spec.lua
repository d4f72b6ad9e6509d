-- --from and --to, without -o.
local program = require "support.program"

local small
setup(function()
  small = program.small()
end)
teardown(program.clean)

local COUNT = "local n = 0 function on.any() n = n + 1 end function on.finish(t) print(n) n = 0 end"

local function counts(...)
  local words = { ... }
  table.insert(words, "-e")
  table.insert(words, COUNT)
  words[#words + 1] = small
  local r = program.run(words)
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return tonumber(r.out)
end

local function usage(...)
  local r = program.run { ... }
  assert.equal(2, r.status, r.err)
  return r.err:match "^gotrace%-lua: (.*)\n$"
end

describe("--from and --to", function()
  it("show a part of the trace", function()
    assert.equal(18, counts("--from", "0ns"))
    assert.equal(4, counts("--from", "130ns", "--to", "170ns"))
    assert.equal(4, counts("--from=0.13us", "--to=0.17us"))
    assert.equal(5, counts("--to", "120ns"))
    assert.equal(4, counts("--from", "1us"))
    assert.equal(0, counts("-q", "--from", "1s"))
  end)

  it("count from the end when they are negative", function()
    assert.equal(1, counts("--from", "-1ns"))
    assert.equal(4, counts("--from=-20ns"))
    assert.equal(14, counts("--to", "-500ns"))
    assert.equal(18, counts("--from", "-1s"))
    assert.equal(3, counts("--from", "1100ns", "--to", "-1ns"))
  end)

  it("hold whatever the order that scripts declare", function()
    local r = program.run { "--from", "1us", "-e", 'order = "thread" ' .. COUNT, small }
    assert.equal("4\n", r.out)
  end)

  it("hold for each of several traces", function()
    local r = program.run { "--from", "-1ns", "-e", COUNT, small, small }
    assert.equal("1\n1\n", r.out)
  end)

  it("leave marks alone, up to the end of the window", function()
    local r = program.run { "--from", "1us", "-e", "function on.generation(g) print(g.n) end " .. COUNT, small }
    assert.equal("1\n2\n4\n", r.out)
  end)

  it("read no further than they must", function()
    local cut = program.tmpfile(program.read(small):sub(1, 450))
    assert.equal(3, program.run({ "-e", COUNT, cut }).status)
    local r = program.run { "--to", "120ns", "-e", COUNT, cut }
    assert.equal("5\n", r.out)
    assert.equal(0, r.status)
  end)

  it("tell of nothing that was not counted up to there", function()
    local code = "function on.finish(t) print(t.events, t.procs, t.threads, t.goroutines) end"
    assert.equal("5\tnil\tnil\tnil\n", program.run({ "--to", "120ns", "-e", code, small }).out)
    local info = program.run { "--to", "120ns", "info", small }
    assert.matches("\nevents +5\n", info.out)
    assert.not_matches("\nprocs ", info.out)
    assert.matches("\nprocs +[1-9]", program.run({ "info", small }).out)
    assert.not_matches("nil", program.run({ "--to", "1s", "-e", code, small }).out)
  end)

  it("pick what is in them out of a long trace", function()
    local trace = program.recording "http"
    local all = program.run { "-e", "function on.any(ev) print(ev.n, ev.time) end", trace }.out
    local expected = 0
    for time in all:gmatch "\t(%d+)\n" do
      time = tonumber(time)
      expected = expected + (time >= 5e6 and time < 9e6 and 1 or 0)
    end
    local r = program.run { "--from", "5ms", "--to", "9ms", "-e", COUNT, trace }
    assert.is_true(expected > 512)
    assert.equal(expected .. "\n", r.out)
  end)

  it("refuse what is no time, or empty", function()
    local wanted = "is not a duration such as 12ms, or a time such as 2026-11-28T03:46:07.25Z"
    assert.equal('--from: "5" ' .. wanted, usage("--from", "5", "events", small))
    assert.equal('--to: "x" ' .. wanted, usage("--to=x", "events", small))
    assert.equal("the window is empty: --from 2ms --to 1ms", usage("--from", "2ms", "--to", "1ms", "events", small))
    assert.equal("the window is empty: --to 0ns", usage("--to", "0s", "events", small))
    assert.equal("the window is empty: --from -10ns --to -20ns, in a trace of 1.11us",
      usage("--from", "-10ns", "--to", "-20ns", "events", small))
  end)

  it("from the end need a file", function()
    local r = program.run { "--from", "-1ms", "events", stdin = program.read(small) }
    assert.equal(2, r.status)
    assert.equal("gotrace-lua: standard input cannot be read twice, and a time from the end wants to know the end " ..
      "first\n", r.err)
    assert.equal("cannot open /nosuch: No such file or directory", usage("--from", "-1ms", "events", "/nosuch"))
  end)
end)
