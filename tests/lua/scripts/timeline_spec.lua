-- timeline: what it draws is what spans add up to.
local program = require "support.program"

teardown(program.clean)

local faults, mix = program.recording "faults", program.root .. "testdata/real/go1.15-mix.trace"

local function prints(...)
  local r = program.run { ... }
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return r.out
end

-- The sums of rows of CSV by their first `keys` cells: { ["a,b"] = { running, ... } }.
local function sums(csv, keys, from)
  local by = {}
  for line in csv:gmatch "[^\n]+" do
    local cells = {}
    for cell in (line .. ","):gmatch "([^,]*)," do
      cells[#cells + 1] = cell
    end
    local key = table.concat(cells, ",", 1, keys)
    local row = by[key] or { 0, 0, 0, 0 }
    for i = 1, 4 do
      row[i] = row[i] + (tonumber(cells[from + i]) or 0)
    end
    by[key] = row
  end
  return by
end

describe("timeline", function()
  it("has rows that add up to the states of spans", function()
    for _, trace in ipairs { faults, mix, program.recording "http" } do
      local all = sums(prints("-F", "csv", "timeline", "--by=func", "--top=0", trace), 2, 3)
      local n = 0
      for _, line in ipairs { "Running", "Runnable", "Syscall", "Waiting" } do
        local csv = prints("-F", "csv", "-a", "sum(dur) by func", "-f", ("state == %q"):format(line), trace)
        local at = ({ Running = 1, Runnable = 2, Syscall = 3, Waiting = 4 })[line]
        for func, ns in csv:gmatch "\n([^,\n]*),(%d+)" do
          assert.equal(tonumber(ns), all[trace .. "," .. func][at], func .. " " .. line)
          n = n + 1
        end
      end
      assert.is_true(n > 10)
    end
  end)

  it("fits the terminal, and shows when main ran last", function()
    local out = prints("timeline", "--by=p", faults)
    for line in out:gmatch "[^\n]+" do
      assert.is_true(select(2, line:gsub("[^\128-\191]", "")) <= 80, line)
    end
    assert.matches("^p  over time, 1%.%d+ms each\n0 ", out)
    assert.matches("█", out)
    assert.equal(5, select(2, out:gsub("\n", "")))
  end)

  it("has a line for each of many goroutines", function()
    local parts, n = { "header: go 1.22 trace\ntrace:\n  - EventBatch: {time: 100}\n    sync:\n" ..
      "      - Frequency: {freq: 1000000000}\n" }, 9000
    for g = 1, n do
      parts[#parts + 1] = (g % 3000 == 1 and "  - EventBatch: {m: 1, time: %d}\n    events:\n" or ""):format(100 + g) ..
        ("      - GoStatus: {target_g: %d, status: Waiting}\n"):format(g)
    end
    local out = prints("-F", "csv", "timeline", "--by=g", "--top=0", program.build(table.concat(parts)))
    local seen, found = {}, 0
    for g in out:gmatch "\n[^,\n]*,(%d+)," do
      found, seen[g] = found + (seen[g] and 0 or 1), true
    end
    assert.equal(n, found)
  end)

  it("draws as wide as it is told", function()
    local out = prints("timeline", "--top=1", "--width=10", "--by=g", faults)
    assert.equal(2, select(2, out:gsub("\n", "")))
    local line = out:match "\n%d+ +(.*)\n$"
    assert.is_true(select(2, line:gsub("[^\128-\191]", "")) <= 10)
  end)

  it("has colours where they are wanted, and no other change", function()
    local plain = prints("timeline", faults)
    local coloured = prints("--color=always", "timeline", faults)
    assert.is_nil(plain:find "\27")
    assert.is_truthy(coloured:find("\27[32m", 1, true))
    assert.is_truthy(coloured:find("\27[33m", 1, true))
    assert.equal(plain, (coloured:gsub("\27%[%d+m", "")))
  end)

  it("has a picture a trace, and nothing of none", function()
    local both = prints("timeline", "--top=1", faults, mix)
    assert.equal(2, select(2, both:gsub("over time, ", "")))
    assert.equal("", prints("timeline", program.recording "empty", "-f", "g == 77"))
  end)

  it("keeps to the window and to what is chosen", function()
    local csv = prints("-F", "csv", "timeline", "--from=20ms", "--to=30ms", "-f", 'state == "Running"', faults)
    for running, runnable in csv:gmatch ",%d+,(%d+),(%d+),%d+,%d+\n" do
      assert.is_true(tonumber(running) > 0)
      assert.equal("0", runnable)
    end
    local all = sums(csv, 1, 3)[faults][1]
    local want = prints("-F", "csv", "--from=20ms", "--to=30ms", "-a", "sum(dur)", "-f", 'state == "Running"', faults)
    assert.equal(tonumber(want:match "(%d+)\n$"), all)
  end)
end)
