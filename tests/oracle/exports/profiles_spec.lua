-- `pprof --kind=net|sync|syscall|sched` is what `go tool trace -pprof` writes, stack by stack
-- with files and addresses, to the ns, as Go reads both.
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

-- And of how many recordings at least there is one.
local KINDS = { net = 10, sync = 50, syscall = 50, sched = 50 }

local function add(by, stack, n, ns)
  local row = by[stack] or { n = 0, ns = 0 }
  row.n, row.ns = row.n + n, row.ns + ns
  by[stack] = row.n ~= 0 and row or nil
end

-- Go puts stacks together by their addresses: one without frames, and one whose frame has
-- neither an address nor a name.
local NOTHING = '"" "":0 0x0'

local function samples_in(path)
  local by = {}
  for n, ns, stack in programs.read(path):gmatch "(%d+) (%d+) |([^\n]*)\n" do
    add(by, stack == NOTHING and "" or stack, tonumber(n), tonumber(ns))
  end
  return by
end

local function samples_of_go(kind, path)
  local out = scratch .. "/go"
  assert(go:profile(kind, path, out))
  return samples_in(out)
end

local function own_samples(kind, path)
  local profile, out = scratch .. "/own.pb.gz", scratch .. "/own"
  local status, text = programs.run({ "-o", profile, "pprof", "--kind=" .. kind, path }, true)
  assert(status == 0 and programs.unexpected(text) == "", text)
  assert(go:samples(profile, out))
  return samples_in(out)
end

local function shown(row)
  return row and ("%d times, %d ns"):format(row.n, row.ns) or "none"
end

-- Where two Ps' events have equal ticks Go's reader of v1 chooses by chance which comes first,
-- and is 1 ns later: at either end of a wait.
local function is_near(a, b)
  return a and b and a.n == b.n and math.abs(a.ns - b.ns) <= 2 * a.n
end

local function differences(theirs, own, near)
  local list, stacks = {}, {}
  for _, by in ipairs { theirs, own } do
    for stack in pairs(by) do
      stacks[stack] = true
    end
  end
  for stack in pairs(stacks) do
    local a, b = theirs[stack], own[stack]
    if shown(a) ~= shown(b) and not (near and is_near(a, b)) then
      list[#list + 1] = ("%s: Go %s, ours %s"):format(stack, shown(a), shown(b))
    end
  end
  table.sort(list)
  return #list > 0 and table.concat(list, "\n") or nil
end

for kind, least in pairs(KINDS) do
  describe("pprof --kind=" .. kind .. " is what go tool trace -pprof writes, of", function()
    local seen = 0

    for _, path in ipairs(programs.recordings()) do
      if programs.version(path) >= 11 then
        check(programs.name_of(path), function()
          local theirs, own = samples_of_go(kind, path), own_samples(kind, path)
          assert.is_nil(differences(theirs, own, programs.version(path) < 22))
          seen = seen + (next(theirs) and 1 or 0)
        end)
      end
    end

    check("many recordings that have some", function()
      assert.is_true(seen > least, seen)
    end)
  end)
end

describe("Go reads the profiles of", function()
  for _, path in ipairs(programs.recordings()) do
    check(programs.name_of(path), function()
      local profile, out = scratch .. "/all.pb.gz", scratch .. "/all"
      for _, words in ipairs { { "pprof" }, { "pprof", "--kind=wall", "--labels=state,task,region,g" },
        { "pprof", "--event=Go*" } } do
        words[#words + 1] = path
        local status, text = programs.run({ "-o", profile, unpack(words) }, true)
        assert(status == 0 or status == 3, text)
        assert(go:samples(profile, out))
      end
    end)
  end
end)
