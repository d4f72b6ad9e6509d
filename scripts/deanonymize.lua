-- deanonymize.lua: puts back the names that anonymize --map=FILE has replaced, in a trace
-- (with -o) or in text that was made of one (without, from files or standard input).
--
--   $ gotrace-lua -q -o shared.trace anonymize --map=names.yaml testdata/real/go1.27-annotations.trace
--   $ gotrace-lua regions shared.trace | head -3
--   name     regions    total     mean      p50      p99      max     self
--   region1       18  20.84ms  1.158ms   1.18ms  1.372ms  1.372ms  20.38ms
--   region2       36  465.7us  12.94us   20.2us   30.1us  30.14us  465.7us
--   $ gotrace-lua regions shared.trace | gotrace-lua deanonymize --map=names.yaml | head -3
--   name     regions    total     mean      p50      p99      max     self
--   outer       18  20.84ms  1.158ms   1.18ms  1.372ms  1.372ms  20.38ms
--   inner       36  465.7us  12.94us   20.2us   30.1us  30.14us  465.7us
description = "Put original names back, by the map that anonymize has written"

args = {
  { name = "map", type = "map", required = true,
    help = "the file that anonymize --map has written" },
}

needs = "output"

local map = opt.map

function on.string(s, role)
  return map:original(role, s)
end

function on.stack(st)
  local list = {}
  for i, frame in ipairs(st) do
    list[i] = map:frame(frame)
  end
  return list
end
