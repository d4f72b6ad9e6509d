-- What record writes, Go takes: of each recording, around whatever happens there, and of
-- damaged ones.
local programs = require "oracle.programs"

local MOST = 2 -- traces of a recording
local SHOWN = 8 -- failures of a test

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

-- Each way of recording: what is watched for, what is kept, and what becomes of the bytes before.
local ways = {
  { name = "a goroutine", when = 'kind == "goroutine"', keep = "2ms", after = "1ms" },
  { name = "a wait", when = 'state == "Waiting" and dur > 1ms', keep = "500us", after = "0s" },
  { name = "an event", when = 'type == "GoUnblock"', keep = "64KB", after = "300us" },
  { name = "a collection", when = 'kind == "gc" or kind == "stw"', keep = "1ms", after = "100us", system = true },
  { name = "something behind damage", when = 'type == "GoCreate" or type == "GoStop"', keep = "5ms", after = "2ms",
    breaks = function(text)
      local at = math.floor(#text * 0.6)
      return text:sub(1, at) .. ("\255"):rep(64) .. text:sub(at + 65)
    end },
}

-- The traces that were written: their names, and what was said.
local function record(way, path)
  local words = { "-q", "record", "--when", way.when, "--keep=" .. way.keep, "--after=" .. way.after, "--max=" .. MOST,
    "-o", scratch .. "/x-%d.trace" }
  words[#words + 1] = way.system and "--system" or nil
  words[#words + 1] = path
  local status, text = programs.run(words, true)
  return programs.files(scratch, "^x%-%d+%.trace$"), status, text
end

for _, way in ipairs(ways) do
  check("of " .. way.name .. " is valid", function()
    local failed, n, input = {}, 0, scratch .. "/input"
    for _, path in ipairs(programs.recordings()) do
      if way.breaks then
        programs.write(input, way.breaks(programs.read(path)))
      end
      local written, status, text = record(way, way.breaks and input or path)
      if status ~= 0 and not (way.breaks and status == 3) then
        failed[#failed + 1] = ("%s: status %d: %s"):format(path, status, text)
      end
      for _, file in ipairs(written) do
        local version, why = go:accept(file)
        n = n + 1
        failed[#failed + 1] = not version and ("%s: %s"):format(path, why) or nil
        os.remove(file)
      end
    end
    assert.is_true(n > 100, n)
    assert(#failed == 0, table.concat(failed, "\n", 1, math.min(SHOWN, #failed)))
  end)
end
