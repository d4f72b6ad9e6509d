-- Many threads that wait: their events come in the order in which Go's reader
-- shows them, though we do not ask each again for every event as it does
-- (src/v2/order/waits.h). No times are equal here but by what a clock cannot tell.
local compare = require "oracle.compare.compare"
local programs = require "oracle.programs"
local hostile = require "support.hostile"
local program = require "support.program"

local check = programs.tests(it, pending)
local scratch = programs.scratch()

-- So many threads wait that asking all is soon too dear.
local N = { mixture = 60000 }
local OF = { "blocked", "baton", "unblocks", "one-proc", "mark-phases", "switches", "mixture" }

local function shape(name)
  for _, s in ipairs(hostile) do
    if s.name == name then
      return s.make(N[name] or 2500)
    end
  end
end

-- How many events come before the first that was said to be impossible.
local function possible(path)
  local r = program.run { "-q", "-e", [[
    local n, first = 0
    function on.any() n = n + 1 end
    function on.damage() first = first or n end
    function on.finish() print(first or n) end]], path }
  return tonumber(r.out)
end

local function first_lines(n, path)
  local lines = {}
  for line in io.lines(path) do
    if #lines == n then
      break
    end
    lines[#lines + 1] = line .. "\n"
  end
  return table.concat(lines)
end

describe("threads that wait, in a crowd", function()
  teardown(function()
    programs.remove(scratch)
  end)

  for _, name in ipairs(OF) do
    check(name, function()
      local path, want, got = scratch .. "/trace", scratch .. "/want", scratch .. "/got"
      programs.write(path, shape(name))
      assert.equal(programs.go_dump(path, want) == 0, programs.our_dump(path, got) == 0)
      -- From where what is waited for is missing we go on without it, and Go only
      -- when nothing else can happen; in the end its dump says so.
      local n = possible(path)
      assert.is_true(n > 1000)
      programs.write(want, first_lines(n, want))
      programs.write(got, first_lines(n, got))
      local report = compare.identical(want, got)
      assert(not report, report)
    end)
  end
end)
