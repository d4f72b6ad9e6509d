-- Names that a trace tells of late, known from the first event on.
local lfs = require "lfs"
local program = require "support.program"
local small = require "spans.small"

teardown(program.clean)

local lines, one_thread = small.lines, small.one_thread

-- A goroutine that is in the trace from its begin, and has a stack late.
local function late()
  return one_thread(
    { "GoStatus", 1, 2, -1, 4 },
    { "GoUnblock", 9, 2, 1, 0 },
    { "GoBlock", 10, 1, 1 },
    { "GoStart", 10, 2, 2 },
    { "GoStop", 10, 4, 2 },
    { "GoStatus", 1, 3, -1, 4 }
  )
end

local tells = [[function on.state(s) print(s.g .. " " .. s.state .. " " .. s.func .. " " .. tostring(s.system)) end]]

describe("names", function()
  it("are those of the whole trace with needs = 'names'", function()
    local file = late()
    assert.same({
      "2 Waiting  nil",
      "1 Running main.main false",
      "2 Runnable  nil",
      "2 Running main.worker false",
    }, { unpack(lines(tells, file), 1, 4) })
    assert.same({
      "2 Waiting main.worker false",
      "1 Running main.main false",
      "2 Runnable main.worker false",
      "2 Running main.worker false",
      "3 Waiting  true", -- for ever without a name: the runtime's, as Go has it
      "1 Waiting main.main false",
      "2 Runnable main.worker false",
    }, lines("needs = 'names' " .. tells, file))
  end)

  it("are looked for by -f and -p that ask for them", function()
    local file = late()
    local r = program.run { "-f", 'func == "main.worker"', "-p", "g,state", "--spans", file }
    assert.equal("2\tWaiting\n2\tRunnable\n2\tRunning\n2\tRunnable\n", r.out)
    r = program.run { "--explain", "-p", "g,func", "--spans", file }
    assert.matches("passes: 2: %-f and %-p ask for names", r.err)
    r = program.run { "--explain", "-p", "g,state", file }
    assert.matches("passes: 1\n", r.err)
    r = program.run { "--explain", "-e", "needs = {'names', 'spans'} " .. tells, file }
    assert.matches('passes: 2: %-e says needs = "names"', r.err)
  end)

  it("are told as they come where the trace cannot be read twice", function()
    local bytes = program.read(late())
    local r = program.run { "-p", "g,func", "--spans", "-", stdin = bytes }
    assert.equal(0, r.status, r.err)
    assert.matches("^2\t\n1\tmain.main\n2\t\n2\tmain.worker\n", r.out)
    local twice = bytes .. bytes
    r = program.run { "-q", "-p", "g,func", "--spans", "-", stdin = twice }
    assert.equal(2, select(2, r.out:gsub("1\tmain.main\n2\t\n", "")))
    r = program.run { "-q", "-p", "g,func", "--spans", program.tmpfile(twice) }
    assert.equal(2, select(2, r.out:gsub("2\tmain.worker\n1\tmain.main\n2\tmain.worker\n", "")))
  end)

  it("are each trace's own", function()
    local other = one_thread({ "GoStatus", 1, 2, -1, 4 }, { "GoUnblock", 9, 2, 1, 0 })
    local r = program.run { "-f", "g == 2", "-p", "g,func", "--spans", late(), other }
    assert.equal(("2\tmain.worker\n"):rep(4) .. "2\t\n2\t\n", r.out)
  end)

  it("of one that has another's number are its own", function()
    local file = one_thread(
      { "GoCreate", 9, 2, 2, 1 },
      { "GoCreate", 1, 3, 2, 1 },
      { "GoBlock", 10, 1, 1 },
      { "GoStart", 10, 2, 1 },
      { "GoStop", 10, 4, 2 },
      { "GoStart", 10, 2, 2 },
      { "GoDestroy", 10 },
      { "GoStart", 10, 3, 1 },
      { "GoCreate", 9, 2, 1, 2 }
    )
    local list = lines("needs = 'names' " .. tells, file)
    assert.equal("2 Runnable main.worker false", list[2])
    assert.equal("2 Runnable main.main false", list[#list])
  end)

  it("are the same of recordings, from first to last", function()
    for name in lfs.dir(program.root .. "testdata/real") do
      if name:find "%.trace$" then
        local path = program.root .. "testdata/real/" .. name
        local list = lines([[needs = "names"
          local first, n = {}, 0
          function on.state(s) first[s.g] = first[s.g] or s.func end
          function on.finish()
            for g in trace.each_goroutine() do
              n = n + (g.name == "" and 1 or 0)
              if first[g.id] and first[g.id] ~= g.name then print(g, first[g.id]) end
            end
            print(n)
          end]], path)
        local late_ones = lines([[local n = 0
          function on.finish()
            for g in trace.each_goroutine() do n = n + (g.name == "" and 1 or 0) end
            print(n)
          end]], path)
        assert.same(late_ones, list, name) -- as many without a name, and nobody has two
      end
    end
  end)

  -- Tables come last in a generation: cut off, it names nobody.
  it("that may be lost are not the runtime's", function()
    local whole = program.read(program.root .. "testdata/real/go1.26-channels.trace")
    local file = program.tmpfile(whole:sub(1, math.floor(#whole * 0.6)))
    local r = program.run { "-q", "--spans=goroutine", "-F", "csv", "-a", "count() by func, system", file }
    assert.equal(3, r.status)
    assert.matches('^func,system,count\n"?"?,false,%d+\n$', r.out)
    r = program.run { "-q", "-F", "json", file }
    assert.not_matches('"created":0', r.out, 1, true)
    assert.matches("(no name)", program.run({ "-q", file }).out, 1, true)
  end)

  it("are there in a first pass of the script's own", function()
    assert.same({ "main.worker", "2 main.worker" }, lines([[needs = "names"
      local first
      function scan.state(s) if s.g == 2 and not first then first = s.func print(first) end end
      local n = 0
      function on.state(s) if n == 0 then n = 1 print(s.g .. " " .. s.func) end end]], late()))
  end)
end)
