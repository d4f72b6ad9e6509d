-- strip: what is left out, and what stays.
local lfs = require "lfs"
local program = require "support.program"

teardown(program.clean)

local real = program.root .. "testdata/real/"

local function strip(name, ...)
  local out = program.tmpname()
  local r = program.run { "-q", "-o", out, "strip", real .. name .. ".trace", ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  assert.equal(0, program.run { "--verify", out }.status)
  return out
end

local function goroutines(path)
  return program.run { "-q", "goroutines", "--top=0", path }.out
end

-- How often each type occurs.
local function counts(path)
  local list = {}
  for line in program.run({ "-q", "-F", "csv", "events", path }).out:gmatch "[^\n]+" do
    local name, n = line:match "^(%w+),(%d+)$"
    list[name or ""] = tonumber(n)
  end
  return list
end

describe("strip", function()
  it("leaves out stacks but for roots, so that goroutines have their names", function()
    for _, name in ipairs { "go1.27-http", "go1.22-generations", "go1.15-http" } do
      local path = real .. name .. ".trace"
      local whole = program.tmpname()
      assert.equal(0, program.run({ "-q", "-o", whole, path }).status)
      for _, option in ipairs { "--stacks", "--stacks=2" } do
        local out = strip(name, option)
        assert.is_true(lfs.attributes(out, "size") < lfs.attributes(whole, "size"))
        assert.equal(goroutines(path), goroutines(out))
      end
    end
  end)

  it("keeps as many frames as it is told, and the root", function()
    local code = "local most = 0 function on.any(ev) most = math.max(most, #ev.stack) end " ..
      "function on.finish() print(most) end"
    for frames = 0, 3 do
      local out = strip("go1.27-http", "--stacks=" .. frames)
      assert.equal(frames + 1 .. "\n", program.run({ "-q", "-e", code, out }).out)
    end
  end)

  it("leaves out events of one kind and no others", function()
    for option, types in pairs {
      ["--cpu-samples"] = { "go1.27-cpusamples", "CPUSample" },
      ["--labels"] = { "go1.27-gc", "GoLabel" },
      ["--heap"] = { "go1.27-gc", "HeapAlloc HeapGoal" },
      ["--logs"] = { "go1.27-annotations", "UserLog" },
      ["--annotations"] = { "go1.27-annotations",
        "UserTaskBegin UserTaskEnd UserRegionBegin UserRegionEnd UserLog" },
      ["--experiments"] = { "go1.27-allocfree",
        "HeapObject HeapObjectAlloc HeapObjectFree Span SpanAlloc SpanFree GoroutineStack GoroutineStackAlloc " ..
        "GoroutineStackFree" },
    } do
      local before, after = counts(real .. types[1] .. ".trace"), counts(strip(types[1], option))
      local gone = 0
      for name in types[2]:gmatch "%w+" do
        assert.is_nil(after[name], name)
        gone = gone + (before[name] or 0)
        before[name] = nil
      end
      assert.is_true(gone > 0, option)
      assert.same(before, after)
    end
  end)

  it("says what it wants", function()
    local r = program.run { "-o", program.tmpname(), "strip", program.small() }
    assert.equal(1, r.status)
    assert.truthy(r.err:find("say what to leave out: --stacks,", 1, true))
    r = program.run { "-o", program.tmpname(), "strip", "--stacks=-1", program.small() }
    assert.truthy(r.err:find("--stacks=-1: a number of frames", 1, true))
    assert.equal(2, program.run { "strip", "--stacks", program.small() }.status)
  end)
end)

describe("strip --to-size", function()
  local mix = real .. "go1.27-mix.trace"

  -- What is written, and what is said of it.
  local function to_size(size, path, ...)
    local out = program.tmpname()
    os.remove(out)
    local r = program.run { "-o", out, "strip", "--to-size=" .. size, path or mix, ... }
    return out, r
  end

  local function size_of(path)
    return lfs.attributes(path, "size")
  end

  -- The options that it says it took.
  local function taken(r)
    return r.err:match ": ([-a-z ]+) got it there\n"
  end

  it("leaves out nothing of what is small enough", function()
    local whole = program.tmpname()
    assert.equal(0, program.run({ "-q", "-o", whole, mix }).status)
    local out, r = to_size "1M"
    assert.equal(0, r.status)
    assert.truthy(r.err:find("at most 1MiB was asked for: nothing more had to be left out\n", 1, true), r.err)
    assert.equal(program.read(whole), program.read(out))
    assert.equal(program.read(whole), program.read((to_size(size_of(whole)))))
  end)

  it("takes the first steps that get there, and says which", function()
    local steps = { "--stacks", "--cpu-samples", "--labels", "--heap", "--logs", "--annotations", "--experiments" }
    for _, name in ipairs { "go1.27-mix", "go1.27-allocfree", "go1.15-mix" } do
      local path = real .. name .. ".trace"
      local words, before = {}, size_of(path) + 1000
      for _, step in ipairs(steps) do
        table.insert(words, step)
        local alone = strip(name, unpack(words))
        local size = size_of(alone)
        if size < before then
          local out, r = to_size(size, path)
          assert.equal(table.concat(words, " "), taken(r), r.err)
          assert.equal(program.read(alone), program.read(out))
          assert.truthy(size_of(alone) <= size)
        end
        before = math.min(before, size)
      end
    end
  end)

  it("does what is asked for besides in any case", function()
    local out, r = to_size("89K", mix, "--stacks=3", "--logs")
    assert.equal("--cpu-samples", (taken(r) or "--cpu-samples"):match "^%S+", r.err)
    assert.is_nil(counts(out).UserLog)
    local most = "local most = 0 function on.any(ev) most = math.max(most, #ev.stack) end " ..
      "function on.finish() print(most) end"
    assert.equal("4\n", program.run({ "-q", "-e", most, out }).out)
  end)

  it("says how near it came if nothing gets there, and writes nothing", function()
    local out, r = to_size "1K"
    assert.equal(1, r.status)
    local all = strip("go1.27-mix", "--stacks", "--cpu-samples", "--labels", "--heap", "--logs", "--annotations",
      "--experiments")
    local near = math.ceil(size_of(all) / 1024 * 10) / 10
    local size = tostring(size_of(all)):gsub("(%d%d%d)$", ",%1") -- with a comma, as it has five digits
    assert.truthy(r.err:find(("with --stacks --cpu-samples --labels --heap --logs --annotations --experiments " ..
      "it is still %.14gKiB (%s bytes), not 1KiB; what remains are "):format(near, size), 1, true), r.err)
    assert.is_nil(lfs.attributes(out))
    r = program.run { "-o", "-", "strip", "--to-size=1K", mix }
    assert.equal("", r.out)
    assert.equal(1, r.status)
  end)

  it("is the same each time, also to standard output", function()
    local out, r = to_size "79K"
    assert.truthy(taken(r))
    assert.equal(program.read(out), program.read((to_size "79K")))
    assert.equal(program.read(out), program.run({ "-q", "-o", "-", "strip", "--to-size=79K", mix }).out)
  end)

  it("begins anew with each of the traces of a file", function()
    local small = real .. "go1.27-annotations.trace"
    local both = program.tmpfile(program.read(mix) .. program.read(small))
    local dir = program.folder {}
    local r = program.run { "-o", dir .. "/%d.trace", "strip", "--to-size=79K", both }
    assert.equal(0, r.status)
    assert.truthy(r.err:find("1.trace: [^\n]* got it there\n"), r.err)
    assert.truthy(r.err:find("2.trace: [^\n]* nothing more had to be left out\n"), r.err)
    assert.equal(program.read((to_size "79K")), program.read(dir .. "/1.trace"))
  end)

  it("wants a file, since it reads it again, and no other script", function()
    local out = program.tmpname()
    local r = program.shell(("cat '%s' | %s"):format(mix, program.line { "-o", out, "strip", "--to-size=1M", "-" }))
    assert.equal(2, r.status)
    assert.truthy(r.err:find("standard input cannot be read twice, and --to-size writes it until it is small enough",
      1, true), r.err)
    local _
    for _, words in ipairs { { "-e", "x = 1" }, { "-f", "g == 1" }, { "-s", "drop", "--types=UserLog" } } do
      _, r = to_size("1M", mix, unpack(words))
      assert.equal(2, r.status)
      assert.truthy(r.err:find("write first what they leave, and then strip that", 1, true), r.err)
    end
    _, r = to_size("1M", mix, "--from=1ms", "--to=3ms")
    assert.equal(0, r.status)
    out, r = to_size "none"
    assert.equal(0, r.status)
    assert.equal("", r.err)
    assert.equal(program.read((to_size "1M")), program.read(out))
    _, r = to_size "5 potatoes"
    assert.equal(2, r.status)
    assert.truthy(r.err:find "is not a size such as 512M or 4G")
  end)
end)
