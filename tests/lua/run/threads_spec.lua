-- With two threads the program does what it does with one: the same lines, the
-- same traces, the same ends.
local program = require "support.program"

teardown(program.clean)

-- Shows whatever a script can see at each event.
local ALL = [[
  local function state()
    return trace.events, trace.damages, trace.lost, trace.duration, trace.generations, trace.goroutines, trace.threads
  end
  function on.begin() print("begin", state()) end
  function on.generation(g) print("generation", g.n, g.off, g.bytes, g.time, g.strings, g:wall(), state()) end
  function on.damage(d) print("damage", d, state()) end
  function on.any(ev) print(ev.n, ev.off, ev, state()) end
  function on.finish()
    local n = 0
    for s in trace.strings() do n = n + 1 print(n, s) end
    print("finish", state())
  end
]]

local function both(words)
  local got = {}
  for n = 1, 2 do
    words.env = "GOTRACE_THREADS=" .. n
    got[n] = program.run(words)
  end
  assert.is_true(got[1].out == got[2].out, "what is printed differs")
  assert.equal(got[1].err, got[2].err)
  assert.equal(got[1].status, got[2].status)
  return got[1]
end

-- The same with -o: the bytes that are written, nil for none.
local function written(words)
  local path, got = program.tmpname(), {}
  table.insert(words, 1, "-o")
  table.insert(words, 2, path)
  for n = 1, 2 do
    os.remove(path)
    words.env = "GOTRACE_THREADS=" .. n
    local r = program.run(words)
    local file = io.open(path, "rb")
    got[n] = { r.status, r.out, r.err, file and file:read "*a" }
    if file then
      file:close()
    end
  end
  for i = 1, 4 do
    assert.is_true(got[1][i] == got[2][i], "part " .. i .. " of the results differs")
  end
  return got[1][4]
end

-- Whole ones and broken ones.
local traces = {}
setup(function()
  for _, name in ipairs { "http", "generations", "turnover" } do
    traces[#traces + 1] = program.recording(name)
  end
  traces[#traces + 1] = program.root .. "testdata/real/go1.21-http.trace"
  traces[#traces + 1] = program.root .. "testdata/real/go1.15-mix.trace"
  local bytes = program.read(program.recording "gc")
  local at = math.floor(#bytes / 3)
  traces[#traces + 1] = program.tmpfile(bytes:sub(1, at) .. bytes:sub(at + 77, -5000))
  bytes = program.read(program.recording "generations")
  at = math.floor(#bytes * 2 / 3)
  traces[#traces + 1] = program.tmpfile(bytes:sub(1, at) .. bytes:sub(at + 50))
end)

describe("two threads", function()
  it("print the same", function()
    for _, path in ipairs(traces) do
      both { "-e", ALL, path }
      both { "events", path }
    end
    local all = { "-e", ALL }
    for i, path in ipairs(traces) do
      all[i + 2] = path
    end
    assert.matches("finish", both(all).out)
  end)

  it("print the same of a window, of what is packed and of a pipe", function()
    for _, path in ipairs(traces) do
      both { "--from", "1ms", "--to", "-1ms", "-e", ALL, path }
      both { "-e", "function scan.any() end" .. ALL, path }
      both { "-e", ALL, "-", stdin = program.read(path) }
      local packed = program.tmpname()
      program.shell(("gzip -c %s >%s"):format(path, packed))
      both { "-e", ALL, packed }
    end
  end)

  it("write the same", function()
    for _, path in ipairs(traces) do
      assert(written { path })
      assert(written { "drop", "--types=UserLog,HeapAlloc", path })
      assert(written { "-f", "n % 7 ~= 3", path })
      assert(written { "-e", "function on.GoCreate(ev) emit('UserLog', { key = 'k', value = ev.n .. '' }) end", path })
      assert(written { "--from", "1ms", path })
    end
  end)

  it("end alike where a script does", function()
    for _, n in ipairs { 1, 513, 9000 } do
      for _, how in ipairs { "fail 'x'", "error 'x'" } do
        local code = ("function on.any(ev) print(ev) if ev.n == %d then %s end end"):format(n, how)
        both { "-e", code, traces[1] }
        assert.is_nil(written { "-q", "-e", code, traces[1] })
      end
    end
  end)

  it("end when nobody reads on", function()
    for n = 1, 2 do
      local r = program.shell(("GOTRACE_THREADS=%d %s | head -n 3"):format(n,
        program.line { "-e", "function on.any(ev) print(ev.n) end", traces[2] }))
      assert.equal("1\n2\n3\n", r.out)
    end
  end)

  it("end on Ctrl-C", function()
    for n = 1, 2 do
      local r = program.shell(([[
        d=$(mktemp -d)
        GOTRACE_THREADS=%d env --default-signal=INT %s >$d/out & pid=$!
        i=0; while [ ! -s $d/out ] && [ $i -lt 200 ]; do sleep 0.02; i=$((i + 1)); done
        kill -INT $pid; wait $pid; status=$?; rm -r $d
        (exit $status)]]):format(n, program.line {
        "--unsafe", "-e", [[
          local n = 0
          function on.any(ev)
            n = n + 1
            if n == 600 then
              io.stdout:write "here" io.stdout:flush()
              local late = os.clock() + 0.3
              while os.clock() < late do end
            end
          end
          function on.finish() io.stderr:write(n < 5000 and "early" or "late") end]], traces[2],
      }))
      assert.equal("early", r.err)
      assert.equal(130, r.status)
    end
  end)
end)
