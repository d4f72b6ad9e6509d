-- deanonymize.lua: puts back the names that anonymize --map=FILE has replaced, in a trace
-- (with -o) or in text that was made of one (without, from files or standard input).
--
--   $ gotrace-lua -q -o shared.trace anonymize --map=names.yaml \
--       testdata/real/go1.27-annotations.trace && rm names.yaml
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
