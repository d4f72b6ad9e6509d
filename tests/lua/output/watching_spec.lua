-- Where hooks look at all of a trace, its generations are copied until something is
-- changed; what had gone by is then read once more. Nobody sees which way was gone.
local program = require "support.program"

teardown(program.clean)

-- What a reader sees of the output, and what the run says; env chooses the way.
local function seen(env, path, words)
  local output = program.tmpname()
  os.remove(output)
  local run = { "-o", output, unpack(words) }
  run[#run + 1] = path
  run.env = env
  local r = program.run(run)
  local name = output:gsub("%p", "%%%0")
  local text = { r.status, r.out, (r.err:gsub(name, "OUT")) }
  local cat, verdict = program.run { "cat", output }, program.run { "--verify", output }
  text[#text + 1] = cat.out
  text[#text + 1] = verdict.status
  os.remove(output)
  return table.concat(text, "\n")
end

local function count(path)
  return tonumber((program.run { "-e", "function on.finish() print(trace.events) end", path }.out:match "%d+"))
end

-- The change happens at event `at`.
local changes = {
  nothing = "",
  drop = "if ev.n == at then return false end",
  edit = "if ev.n >= at and ev.type == 'UserLog' then ev.value = 'x' end",
  add = "if ev.n == at then emit('UserLog', { key = 'k' }) end",
  hide = "if ev.n == at and ev.g then trace.hide(ev.g) end",
  ["drop all of a goroutine"] = "if ev.n >= at and ev.g == 1 then return false end",
}

local function script(change, at)
  return { "-e", ([[
    local at, calls = %d, 0
    function on.any(ev) calls = calls + 1 %s end
    function on.generation(g) local w = trace.written print(g.n, trace.events, w.events, w.dropped, w.generations) end
    function on.damage(d) print(d, trace.events) end
    function on.finish() print(calls, trace.events, trace.damages, trace.written.events) end]])
    :format(at, change) }
end

local function broken(path)
  local bytes = program.read(path)
  return program.tmpfile(bytes:sub(1, math.floor(#bytes * 0.9)) .. ("\255"):rep(20) ..
    bytes:sub(math.floor(#bytes * 0.9) + 20))
end

-- Two bytes of a batch with regions changed: a name that is no longer the innermost region's
-- comes before what is lost, and so is told of otherwise than behind it.
local function with_regions_broken()
  local bytes = program.read(program.root .. "testdata/real/go1.24-generations.trace")
  return program.tmpfile(bytes:sub(1, 43367) .. "\255\0" .. bytes:sub(43370))
end

describe("generations are copied until something is changed", function()
  local inputs = {}
  setup(function()
    for _, name in ipairs { "generations", "annotations", "http" } do
      inputs[#inputs + 1] = program.recording(name)
    end
    inputs[#inputs + 1] = broken(program.recording "generations")
    inputs[#inputs + 1] = with_regions_broken()
  end)

  for name, change in pairs(changes) do
    it("and nobody sees it: " .. name, function()
      for _, path in ipairs(inputs) do
        local n = count(path)
        for _, at in ipairs { math.floor(n / 2), n } do
          local words = script(change, at)
          local slow = seen("GOTRACE_PATHS=slow", path, words)
          for _, threads in ipairs { "1", "2" } do
            assert.equal(slow, seen("GOTRACE_THREADS=" .. threads, path, words),
              ("%s at %d of %s, %s threads"):format(name, at, path, threads))
          end
        end
      end
    end)
  end

  it("with the bytes of the input, where nothing is", function()
    local copy, watched = program.tmpname(), program.tmpname()
    local path = program.recording "generations"
    assert.equal(0, program.run { "-o", copy, path }.status)
    assert.equal(0, program.run { "-o", watched, "-e", "function on.any() end", path }.status)
    assert.equal(program.read(copy), program.read(watched))
  end)

  it("and those that are out stay as they are", function()
    local copy, watched = program.tmpname(), program.tmpname()
    local path = program.recording "generations"
    local last = program.run { "-e", "function on.generation(g) print(g.off, g.bytes) end", path }.out
    local before = tonumber((last:match "(%d+)%s+%d+%s*$"))
    assert.equal(0, program.run { "-o", copy, path }.status)
    local words = script(changes.drop, count(path))
    assert.equal(0, program.run { "-o", watched, words[1], words[2], path }.status)
    -- Some of it is left out: a half of what is before the last generation is enough to tell.
    local half = math.floor(before / 2)
    assert.truthy(half > 1000)
    assert.equal(program.read(copy):sub(1, half), program.read(watched):sub(1, half))
    assert.not_equal(program.read(copy), program.read(watched))
  end)

  -- The reader is on another thread then, and comes back; how far it is differs from run to run.
  it("ends where generations were read ahead, by whatever many threads", function()
    local path = program.root .. "testdata/real/go1.26-gc.trace"
    local words = { "-f", 'type == "GoBlock"' }
    local expected = seen("GOTRACE_THREADS=1", path, words)
    for n = 1, 6 do
      local env = ("GOTRACE_THREADS=%d timeout -s KILL 60"):format(n % 2 * 2 + 2)
      assert.equal(expected, seen(env, path, words))
    end
  end)
end)
