-- The inputs in tests/fuzz/corpus go through their fuzz targets again, and so do
-- the recordings and cases that fuzzing starts with.
--
-- GOTRACE_REPLAY names the folder of the replay programs, which the preset asan
-- builds; without it there is nothing to test here. GOTRACE_SEEDS names that of
-- the starting inputs.
local lfs = require "lfs"

local replay = os.getenv "GOTRACE_REPLAY"
local here = lfs.currentdir() .. "/tests/fuzz"

local function names(dir, pattern)
  local out = {}
  if lfs.attributes(dir, "mode") == "directory" then
    for name in lfs.dir(dir) do
      out[#out + 1] = name:match(pattern)
    end
  end
  table.sort(out)
  return out
end

-- Runs the program over the files; nil when all is well, else what it said from
-- the file on that it had last.
local function run(program, files)
  local list, log = os.tmpname(), os.tmpname()
  local f = assert(io.open(list, "w"))
  f:write(table.concat(files, "\0"))
  f:close()
  local failed = os.execute(("timeout 300 xargs -0 -a '%s' '%s' >'%s' 2>&1"):format(list, program, log)) ~= 0
  local text = ""
  for line in io.lines(log) do
    text = (line:find("/", 1, true) == 1 and line:find "^[^ ]*$" and "" or text .. "\n") .. line
  end
  os.remove(list)
  os.remove(log)
  return failed and text or nil
end

describe("the fuzz corpus", function()
  local targets = names(here, "^(.*)_fuzz%.c$")

  it("belongs to targets", function()
    for _, name in ipairs(names(here .. "/corpus", "^[^.].*$")) do
      assert.is_truthy(lfs.attributes(here .. "/" .. name .. "_fuzz.c"), "no target for corpus/" .. name)
    end
  end)

  for _, target in ipairs(replay and targets or {}) do
    for _, dir in ipairs { here .. "/corpus", os.getenv "GOTRACE_SEEDS" } do
      local files = {}
      for i, name in ipairs(names(dir .. "/" .. target, "^[^.].*$")) do
        files[i] = dir .. "/" .. target .. "/" .. name
      end
      if #files > 0 then
        it(("of %s, %d inputs in %s, finds nothing"):format(target, #files, dir), function()
          local text = run(replay .. "/replay_" .. target, files)
          assert(not text, text)
        end)
      end
    end
  end
end)
