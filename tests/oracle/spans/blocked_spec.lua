-- What `blocks` says of waits for channels, locks and selects is what `go tool trace
-- -pprof=sync` says, stack by stack, to the ns.
local dkjson = require "dkjson"
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

-- The reasons that Go takes by these words.
local FOR_OTHERS = 'state == "Waiting" and match(reason, "chan|sync|select")'

local function add(by, stack, n, ns)
  local row = by[stack] or { n = 0, ns = 0 }
  row.n, row.ns = row.n + n, row.ns + ns
  by[stack] = row
end

local function figures_of_go(path)
  local by, out = {}, scratch .. "/blocked"
  assert(go:blocked(path, out))
  for n, ns, stack in programs.read(out):gmatch "(%d+) (%d+) ([^\n]*)\n" do
    add(by, stack, tonumber(n), tonumber(ns))
  end
  return by
end

local function own_figures(path)
  local status, out = programs.run({ "-F", "json", "-f", FOR_OTHERS, "blocks", "--open=skip", "--system", "--top=0",
    "--by=stack", path }, true)
  assert(status == 0, out)
  local by = {}
  for line in out:gmatch "[^\n]+" do
    local row, frames = dkjson.decode(line), {}
    for i, frame in ipairs(row.stack) do
      frames[i] = ("%s:%d"):format(frame.func, frame.line)
    end
    add(by, table.concat(frames, ";"), row.waits, row.total)
  end
  return by
end

-- A goroutine of a C thread has a life for each of its calls, under one number. Go's profile
-- is of what lies between the start and the end of the last: waits of earlier ones are none.
local EARLIER = [[
  local born, waits = {}, {}
  function on.goroutine(s)
    born[s.g] = math.max(born[s.g] or 0, s.from)
  end
  function on.state(s)
    if s.state == "Waiting" and not s.open and is_for_others(s.reason or "") then
      waits[#waits + 1] = s:copy()
    end
  end
  function is_for_others(reason)
    return reason:find "chan" or reason:find "sync" or reason:find "select"
  end
  function on.finish()
    for _, s in ipairs(waits) do
      if s.to <= born[s.g] then
        local frames = {}
        for i, frame in ipairs(s.stack) do
          frames[i] = frame.func .. ":" .. frame.line
        end
        print(1, s.dur, table.concat(frames, ";"))
      end
    end
  end]]

-- How many waits there are of earlier lives, which are taken off.
local function leave_out_earlier(own, path)
  local status, out = programs.run({ "-e", EARLIER, path }, true)
  assert(status == 0, out)
  local n = 0
  for ns, stack in out:gmatch "1\t(%d+)\t([^\n]*)\n" do
    n = n + 1
    add(own, stack, -1, -ns)
    own[stack] = own[stack].n > 0 and own[stack] or nil
  end
  return n
end

local function shown(row)
  return row and ("%d waits, %d ns"):format(row.n, row.ns) or "none"
end

-- Where two Ps' events have equal ticks Go's reader of v1 chooses by chance which comes first,
-- and is 1 ns later: at either end of a wait.
local function is_near(a, b)
  return a and b and a.n == b.n and math.abs(a.ns - b.ns) <= 2 * a.n
end

local function differences(theirs, own, near)
  local list = {}
  local function compare(stack)
    local a, b = theirs[stack], own[stack]
    if shown(a) ~= shown(b) and not (near and is_near(a, b)) then
      list[#list + 1] = ("%s: Go %s, ours %s"):format(stack, shown(theirs[stack]), shown(own[stack]))
    end
  end
  for stack in pairs(theirs) do
    compare(stack)
  end
  for stack in pairs(own) do
    if not theirs[stack] then
      compare(stack)
    end
  end
  table.sort(list)
  return #list > 0 and table.concat(list, "\n") or nil
end

describe("Waits for others are those of go tool trace -pprof=sync, of", function()
  local seen = 0

  for _, path in ipairs(programs.recordings()) do
    if programs.version(path) >= 11 then
      check(programs.name_of(path), function()
        local theirs, own = figures_of_go(path), own_figures(path)
        local earlier = leave_out_earlier(own, path)
        assert.is_nil(differences(theirs, own, programs.version(path) < 22))
        assert.equal(path:find "cgothreads" ~= nil, earlier > 0)
        seen = seen + (next(theirs) and 1 or 0)
      end)
    end
  end

  check("many recordings that have some", function()
    assert.is_true(seen > 50)
  end)
end)

describe("the comparison", function()
  it("sees what differs", function()
    local a, b = { x = { n = 1, ns = 5 } }, { x = { n = 1, ns = 6 }, y = { n = 1, ns = 1 } }
    assert.equal("x: Go 1 waits, 5 ns, ours 1 waits, 6 ns\ny: Go none, ours 1 waits, 1 ns", differences(a, b))
    assert.is_nil(differences(a, a))
    b.y = nil
    assert.is_nil(differences(a, b, true))
    b.x.ns = 8
    assert.is_string(differences(a, b, true))
  end)
end)
