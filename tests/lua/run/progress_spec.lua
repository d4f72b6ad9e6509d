-- What is shown of how far a run is: bytes of files as they lie there, which only become more, and
-- a time left that comes true.
local hostile = require "support.hostile"
local program = require "support.program"

local COUNT = "function on.finish() print(trace.events) end"
-- Every event takes a while, each the same.
local STEADY = "local x = 0; function on.any(ev) for i = 1, 4000 do x = x + i % 7 end end"
local N = 150000

local one, packed -- a trace of one generation

setup(function()
  for _, shape in ipairs(hostile) do
    if shape.name == "goroutines" then
      one = program.tmpfile(shape.make(N))
    end
  end
  packed = one .. ".gz"
  program.shell(("gzip -1 -k '%s'"):format(one))
end)
teardown(function()
  os.remove(packed)
  program.clean()
end)

-- Seconds, to a hundredth.
local function uptime()
  return tonumber((program.read("/proc/uptime"):match "^%S+"))
end

local UNITS = { B = 1, KiB = 2 ^ 10, MiB = 2 ^ 20, GiB = 2 ^ 30 }

local function bytes(text)
  local n, unit = text:match "^([%d.]+)(%a+)$"
  return n * UNITS[unit]
end

local function seconds(text)
  local n, unit = text:match "([%d.]+)([smh]) left"
  return n and n * ({ s = 1, m = 60, h = 3600 })[unit]
end

-- Lines as they come, each with when; and when it ended.
local function watch(words)
  local line = ("%s 2>&1 >/dev/null </dev/null | stdbuf -o0 tr '\\r' '\\n'"):format(program.line(words))
  local pipe, list = io.popen(line), {}
  for text in pipe:lines() do
    local plain = text:gsub("\27%[K", "")
    list[#list + 1] = plain ~= "" and { at = uptime(), text = plain } or nil
  end
  pipe:close()
  return list, uptime()
end

-- Shares, in percent, and bytes of lines such as "37%  29.8MiB of 80MiB  112MiB/s  4s left".
local function parse(list, of)
  local shares, amounts = {}, {}
  for i, line in ipairs(list) do
    local share, done, all = line.text:match "(%d+)%%  (%S+) of (%S+)  %S+/s"
    assert.is_truthy(share, line.text)
    shares[i], amounts[i] = tonumber(share), bytes(done)
    assert.is_true(math.abs(bytes(all) - of) <= of * 0.001, line.text)
  end
  return shares, amounts
end

local function assert_grows(list)
  for i = 2, #list do
    assert.is_true(list[i] >= list[i - 1], ("%g, then %g"):format(list[i - 1], list[i]))
  end
end

local function distinct(list)
  local n, seen = 0, {}
  for _, x in ipairs(list) do
    n = n + (seen[x] and 0 or 1)
    seen[x] = true
  end
  return n
end

local function size(path)
  return #program.read(path)
end

describe("progress", function()
  local small
  setup(function()
    small = program.small()
  end)

  it("does not show where nobody asked for it", function()
    assert.equal("", program.run({ "-e", STEADY, one }).err)
  end)

  it("shows on a terminal, of what takes longer than a second", function()
    local function err_of(words)
      local line = program.quote(program.line(words) .. " >/dev/null")
      return program.shell(("TERM=xterm script -qec %s /dev/null </dev/null"):format(line)).out
    end
    assert.equal("", err_of { "-a", "count()", small })
    assert.matches("^\r *%d+%%  %S+ of %S+  %S+/s.*\r\27%[K$", err_of { "-e", STEADY, one })
    assert.equal("", err_of { "-q", "-e", STEADY, one })
  end)

  it("is erased", function()
    local r = program.run { "--progress", "-e", COUNT, small }
    assert.equal("18\n", r.out)
    assert.matches("^\r *%d+%%  %S+B of %S+B  %S+B/s\27%[K.*\r\27%[K$", r.err)
  end)

  it("knows no percentage of a pipe", function()
    local r = program.shell(("cat '%s' | %s"):format(small, program.line { "--progress", "-e", COUNT, "-" }))
    assert.matches("^\r%S+B  %S+B/s\27%[K", r.err)
  end)

  it("is quiet with -q", function()
    assert.equal("", program.run({ "-q", "--progress", "-e", COUNT, small }).err)
  end)

  for _, way in ipairs { "as it lies there", "packed" } do
    it("goes on inside of a generation, " .. way, function()
      local path = way == "packed" and packed or one
      local list = watch { "--progress", "-e", STEADY, path }
      local shares, amounts = parse(list, size(path))
      assert_grows(shares)
      assert_grows(amounts)
      assert.is_true(distinct(shares) >= 5, ("%d shares"):format(distinct(shares)))
      assert.is_true(amounts[#amounts] <= size(path) * 1.001)
      assert.is_true(shares[#shares] >= 75, "it ends at " .. shares[#shares])
    end)

    it("knows when it will end, " .. way, function()
      local list, ended = watch { "--progress", "-e", STEADY, way == "packed" and packed or one }
      local said, wrong = 0, {}
      for _, line in ipairs(list) do
        local left, comes = seconds(line.text), ended - line.at
        said = said + (left and 1 or 0)
        if left and (left > 2 * comes + 1 or comes > 2 * left + 1) then
          wrong[#wrong + 1] = ("%s, and it was %.1fs"):format(line.text, comes)
        end
      end
      assert.is_true(said > 0)
      assert.is_true(#wrong <= said / 4, table.concat(wrong, "\n")) -- others may have had the CPU meanwhile
    end)
  end

  it("goes on where few events are wanted, and in every order", function()
    for _, words in ipairs { { "-e", "function on.STWBegin() end" }, { "-f", "type == 'STWBegin'", "-p", "time" },
      { "-e", "order = 'thread' function on.STWBegin() end" } } do
      local r = program.run { "--progress", words[1], words[2], words[3] or one, words[4] or one, one }
      assert.equal(0, r.status, r.err)
    end
  end)

  it("is about all files", function()
    local both = { "--progress", "-e", STEADY, one, packed, small }
    local all = size(one) + size(packed) + size(small)
    for _, jobs in ipairs { "1", "2" } do
      local list = watch { "-j", jobs, unpack(both) }
      local shares, amounts = parse(list, all)
      assert_grows(shares)
      assert_grows(amounts)
      assert.is_true(distinct(shares) >= 5)
      assert.matches("^%d/3 traces  ", list[1].text)
    end
  end)

  it("is about all passes", function()
    local list = watch { "--progress", "--from=-1h", "-e", STEADY, one }
    assert_grows((parse(list, size(one))))
  end)

  it("is shown of --verify", function()
    local list = watch { "--progress", "--verify", one, small }
    assert_grows((parse(list, size(one) + size(small))))
  end)
end)
