-- Many threads that wait: their events come in the order in which Go's reader
-- shows them, though we do not ask each again for every event as it does
-- (src/v2/waits.h). No times are equal here but by what a clock cannot tell.
local compare = require "oracle.compare"
local programs = require "oracle.programs"
local hostile = require "support.hostile"

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

describe("threads that wait, in a crowd", function()
  teardown(function()
    programs.remove(scratch)
  end)

  for _, name in ipairs(OF) do
    check(name, function()
      local path, want, got = scratch .. "/trace", scratch .. "/want", scratch .. "/got"
      programs.write(path, shape(name))
      assert.equal(programs.go_dump(path, want) == 0, programs.our_dump(path, got) == 0)
      -- Where none can go on, Go's dump says so in a last line.
      programs.write(want, (programs.read(want):gsub("error\t[^\n]*\n$", "")))
      local report = compare.identical(want, got)
      assert(not report, report)
    end)
  end
end)
