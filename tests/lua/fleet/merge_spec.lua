-- Partial results: however the traces were shared out among runs, and whatever was put to what
-- first, what comes out is what one run says that reads all of them.
local lfs = require "lfs"
local program = require "support.program"

local root = program.root .. "testdata/real/"

teardown(program.clean)

-- What depends on an order, on roundings or on names: all kinds of tables, and what is printed.
local script = program.tmpname() .. ".lua"
program.write(script, [[
local by_reason = sum("thirds", "reason"):percent()
local tenths = mean("tenths", "reason")
local small = stats("small", "reason")
local waits = quantile("waits", "reason"):ns()
local last_of = last("last", "type")
local level = gauge("level", "reason")
local longest = top("longest", "reason", "trace"):top(7)
local stacks = durations("blocks", "stack"):top(5)
local leaves = count("leaves", "leaf"):sort "key":top(5)
local who = spread("who", "goroutine"):top(9)
local bits = hist("bits", "reason")
local steps = lhist("steps", 250.5)
local course = tseries { "busy", 1e6, "reason", rows = 5 }
local most = tseries { "most", 1e6, measure = { "max dur", "last dur", "sum dur" }, rows = 5 }
local both = columns { by = { "reason", "open" }, "count times", "sum time", "min least", "last at" }
local total = count "all"
local list = rows("trace", "reason", "dur", "stack"):unit("ns", "dur")
local n = 0

function on.state(s)
  local reason = s.reason or "none"
  total:add()
  by_reason:add(reason, s.dur / 3)
  tenths:add(reason, s.dur / 10 - 7)
  small:add(reason, -s.dur / 7)
  waits:add(reason, s.dur)
  last_of:add(s.state, s.dur)
  level:add(reason, s.dur / 9)
  longest:add(reason, trace, math.floor(s.dur / 1e6))
  stacks:add(s.stack or "none", s.dur)
  if s.stack then
    leaves:add(s.stack.leaf)
  end
  if s.g then
    who:add(trace.goroutine(s.g) or "none", s.dur)
  end
  bits:add(reason, s.dur)
  steps:add(s.dur % 1000)
  course:spread(reason, s.from, s.to)
  most:add(s.to, s.dur, s.dur, nil)
  most:spread(s.from, s.to, 3)
  both:add(reason, tostring(s.open), 1, s.dur, s.dur, s.to)
  n = n + 1
  if n % 500 == 1 then
    list:add(trace, reason, s.dur, s.stack)
  end
end

function on.finish()
  print(trace.file, n)
  local own = rows("file", "n"):optional()
  own:add(trace, n)
end
]])

-- 200 recordings, some of them damaged, one no trace at all.
local folder, names
setup(function()
  folder = program.tmpname()
  os.remove(folder)
  lfs.mkdir(folder)
  local all = {}
  for name in lfs.dir(root) do
    if name:find "%.trace$" and lfs.attributes(root .. name, "size") < 12000 then
      all[#all + 1] = name
    end
  end
  table.sort(all)
  names = {}
  for i = 1, 200 do
    local text = program.read(root .. all[(i - 1) % #all + 1])
    if i % 50 == 7 then
      text = text:sub(1, math.floor(#text * 0.7))
    elseif i == 100 then
      text = "no trace"
    end
    names[i] = ("%s/%03d.trace"):format(folder, i)
    program.write(names[i], text)
  end
end)
teardown(function()
  os.execute("rm -rf '" .. folder .. "' '" .. script .. "'")
end)

-- A generator of its own: the same trees in each run of this spec, on every machine.
local seed = 20261128
local function random(n)
  seed = (seed * 16807) % 2147483647
  return seed % n + 1
end

local function shuffled(list)
  local all = { unpack(list) }
  for i = #all, 2, -1 do
    local k = random(i)
    all[i], all[k] = all[k], all[i]
  end
  return all
end

local function run(words)
  return program.run(words)
end

local function with(words, more)
  for _, word in ipairs(more) do
    words[#words + 1] = word
  end
  return words
end

-- Runs each list of words, two at a time. Their results, as of program.run.
local function run_all(list)
  local commands = {}
  for i, words in ipairs(list) do
    commands[i] = ("%s >'%s/%d.out' 2>'%s/%d.err'; echo $? >'%s/%d.status'"):format(program.line(words), folder, i,
      folder, i, folder, i)
  end
  local r = program.shell(("xargs -0 -P 2 -n 1 sh -c <'%s'"):format(program.tmpfile(table.concat(commands, "\0"))))
  assert.equal(0, r.status, r.err)
  local results = {}
  for i in ipairs(list) do
    local function of(what)
      return program.read(("%s/%d.%s"):format(folder, i, what))
    end
    results[i] = { out = of "out", err = of "err", status = tonumber(of "status") }
  end
  return results
end

-- The traces in n shares, and the partial result of each.
local function parts_of(n, style)
  local shares, parts, list = {}, {}, {}
  for i, name in ipairs(shuffled(names)) do
    local k = (i - 1) % n + 1
    shares[k] = shares[k] or {}
    table.insert(shares[k], name)
  end
  for k, share in ipairs(shares) do
    parts[k] = ("%s/%d-%d.part"):format(folder, n, k)
    local jobs = n < 10 and k % 2 + 1 or 1
    if k % 2 == 0 then -- such that are in order are read several in a row
      table.sort(share)
    end
    list[k] = with({ "-q", "-F", style, "-j", jobs, "--partial-out", parts[k], "-s", script }, share)
  end
  for _, r in ipairs(run_all(list)) do
    assert.equal("", r.out)
    assert.is_true(r.status == 0 or r.status == 3, r.err)
  end
  return parts
end

-- Puts some of the parts together until one is left.
local function merged(parts)
  local list, n = shuffled(parts), 0
  while #list > 1 do
    n = n + 1
    local some = {}
    for _ = 1, math.min(#list, random(math.max(2, math.floor(#parts / 3))) + 1) do
      some[#some + 1] = table.remove(list, random(#list))
    end
    local path = ("%s/tree-%d-%d.part"):format(folder, #parts, n)
    local r = run(with({ "merge", "--partial-out", path }, some))
    assert.same({ out = "", err = "", status = 0 }, r)
    table.insert(list, path)
  end
  return list[1]
end

describe("200 recordings", function()
  local whole, bytes = {}, nil
  setup(function()
    local results = run_all { with({ "-q", "-F", "text", "-s", script }, names),
      with({ "-q", "-F", "json", "-s", script }, names) }
    whole.text, whole.json = results[1], results[2]
    assert.equal(3, whole.text.status)
    assert.equal(3, whole.json.status)
  end)

  for _, n in ipairs { 1, 2, 7, 200 } do
    it(("in %d partial results are those of one run"):format(n), function()
      local style = n == 7 and "json" or "text"
      local parts = parts_of(n, style)
      local all = run(with({ "merge" }, shuffled(parts)))
      assert.equal("", all.err)
      assert.equal(whole[style].out, all.out)
      assert.equal(3, all.status)
      local text = program.read(merged(parts))
      if style == "text" then
        bytes = bytes or text
        assert.is_true(bytes == text)
      end
      local last = program.write(folder .. "/last.part", text)
      assert.equal(whole[style].out, run({ "merge", last }).out)
    end)
  end

  it("say which of them could not be read", function()
    local rows = 0
    for line in whole.json.out:gmatch '{"table":"failed",[^\n]*' do
      rows = rows + 1
      assert.matches('"trace":"[^"]*%d%d%d%.trace","problem":"', line)
    end
    assert.is_true(rows >= 4)
  end)
end)

describe("a partial result", function()
  local first, second, both
  setup(function()
    first, second = program.recording "http", program.recording "mix"
    both = { first, second }
  end)

  local function part(...)
    local path = program.tmpname()
    local r = run(with({ "--partial-out", path }, { ... }))
    assert.same({ out = "", err = "", status = 0 }, r)
    return path
  end

  it("has what scripts put together themselves", function()
    local code = "local n = {} function on.GoBlock(ev) n[ev.reason] = (n[ev.reason] or 0) + 1 end " ..
      "function partial() return n end " ..
      "function merge(a, b) for k, v in pairs(b) do a[k] = (a[k] or 0) + v end return a end " ..
      "function on.done(all) local l = {} for k, v in pairs(all) do l[#l + 1] = k .. '=' .. v end " ..
      "table.sort(l) print(table.concat(l, ' ')) end"
    local one = run { "-e", code, first, second }
    assert.matches("chan receive=%d+ ", one.out)
    assert.same(one, run { "-j", 2, "-e", code, first, second })
    local a, b = part("-e", code, second), part("-e", code, first)
    assert.same(one, run { "merge", "-e", code, a, b })
    local r = run { "merge", a, b }
    assert.equal(2, r.status)
    assert.matches("has values of %-e, which its own merge%(a, b%) puts together: merge %-s SCRIPT", r.err)
    r = run { "merge", "-e", code .. " ", a, b }
    assert.equal(2, r.status)
    assert.matches("is of another run than the scripts that are given", r.err)
  end)

  it("goes with no other run's", function()
    local a, b = part("-a", "count() by type", first), part("-a", "count() by reason", second)
    local r = run { "merge", a, b }
    assert.equal(2, r.status)
    assert.equal("", r.out)
    assert.matches(b:gsub("%p", "%%%0") .. " is of another run than", r.err)
    r = run { "merge", a, part("-F", "json", "-a", "count() by type", second) }
    assert.equal(2, r.status)
    assert.matches("is in the form %-F json", r.err)
    r = run { "merge", a, part("-a", "count() by type, g", second) }
    assert.equal(2, r.status)
    a, b = part("around", "-w", 'type == "GoBlock"', first), part("around", "-w", 'type == "GoStart"', second)
    assert.equal(2, run({ "merge", a, b }).status)
    r = run { "merge", "-F", "csv", a }
    assert.equal(2, r.status)
    r = run { "merge", a, a }
    assert.equal(2, r.status)
    assert.matches("which .* has too: it would count twice", r.err)
  end)

  it("is refused by its name where it is foreign, cut short, changed or newer", function()
    local text = program.read(part("-a", "count() by type", first))
    local bad = {
      ["is no file of partial results"] = { "", "hello", program.read(first), "gotrace-lua part" .. text:sub(17) },
      ["is cut short"] = { text:sub(1, 20), text:sub(1, -2), text:sub(1, 40) },
      ["goes on behind its end"] = { text .. "x" },
      ["is damaged"] = { text:sub(1, 100) .. "\1" .. text:sub(102), text:sub(1, -2) .. "\0" },
      ["is of another gotrace%-lua: its format is 2, and this one reads 1"] = {
        text:sub(1, 17) .. "\2" .. text:sub(19) },
    }
    bad["is no file of partial results"][4] = "x" .. text:sub(2)
    for why, texts in pairs(bad) do
      for _, broken in ipairs(texts) do
        local path = program.tmpfile(broken)
        local r = run { "merge", path }
        assert.equal(2, r.status)
        assert.equal("", r.out)
        assert.matches(path:gsub("%p", "%%%0") .. " " .. why, r.err)
      end
    end
  end)

  it("steers no terminal, whatever it says", function()
    local ffi = require "ffi"
    local packing = require "gotrace.base.packing"
    ffi.cdef "unsigned long crc32(unsigned long crc, const char *data, unsigned size);"
    local text = program.read(part("-a", "count() by trace", "-e", "function on.begin() print 'hello' end", first))
    local value = packing.unpack(text:sub(26, -5))
    assert.equal("hello\n", value.traces[1][2][1])
    value.traces[1][2][1] = "\27[31mred\n"
    value.traces[1][3] = { { "\27[1mname", "\27[2mwhy", n = 2 }, { "other", "why", n = 2 }, n = 2 }
    value.traces[1][7] = 2
    local body = packing.pack(value)
    local function number(n)
      return string.char(n % 256, math.floor(n / 256) % 256, math.floor(n / 65536) % 256, math.floor(n / 2 ^ 24))
    end
    local made = text:sub(1, 21) .. number(#body) .. body
    made = made .. number(tonumber(ffi.load("z").crc32(0, made, #made)))
    local r = run { "merge", program.tmpfile(made) }
    assert.equal("", r.err)
    assert.matches("^\\x1b%[31mred\n", r.out)
    assert.matches("\\x1b%[1mname +\\x1b%[2mwhy\n", r.out)
  end)

  it("is taken or refused, whatever stands in it", function()
    local path = part("-s", script, program.recording "annotations")
    local env = ("GOTRACE_LUA_INIT=%stests/support/inside/mangling.lua GOTRACE_PART=%s"):format(program.root, path)
    local r = run { env = env, "--version" }
    local refused, taken, all = r.err:match "^(%d+) refused, (%d+) taken, of (%d+)\n$"
    assert.equal(0, r.status)
    assert.is_truthy(refused, r.err)
    assert.equal(tonumber(all), refused + taken)
    assert.is_true(tonumber(refused) > all / 4, r.err)
  end)

  it("is none of what depends on the traces before", function()
    for _, code in ipairs {
      "function on.done() end", "shared.n = 1", "local x = count 'n' function on.finish() print(x:total()) end" } do
      local path = program.tmpname()
      os.remove(path)
      local r = run { "--partial-out", path, "-e", code, unpack(both) }
      assert.equal(2, r.status)
      assert.matches("no partial result can be made: ", r.err)
      assert.is_nil(lfs.attributes(path))
    end
  end)

  it("is not written where a script fails", function()
    local path = program.tmpname()
    os.remove(path)
    local r = run { "--partial-out", path, "-e", "function on.finish() fail 'no' end", first }
    assert.same({ out = "", err = "gotrace-lua: no\n", status = 1 }, r)
    assert.is_nil(lfs.attributes(path))
  end)
end)
