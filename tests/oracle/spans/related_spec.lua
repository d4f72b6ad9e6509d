-- Which goroutines `related` names, of each recording, against Go's RelatedGoroutinesV2.
local programs = require "oracle.programs"

local check, missing = programs.tests(it, pending)
local scratch = programs.scratch()
local go = programs.judge(lazy_setup, lazy_teardown, missing, scratch)

-- Lines of numbers by the first of each.
local function go_related(path)
  local out, by, ids = scratch .. "/related", {}, {}
  assert(go:related(path, out))
  for id, others in programs.read(out):gmatch "(%d+)\t([^\n]*)\n" do
    by[tonumber(id)] = others
    ids[#ids + 1] = id
  end
  return by, ids
end

local function our_related(path, ids)
  local words, found, by = { "-F", "csv", "related" }, {}, {}
  for _, id in ipairs(ids) do
    words[#words + 1] = "--goroutine=" .. id
  end
  words[#words + 1] = path
  local status, out = programs.run(words, true)
  assert(status == 0, out)
  for of, steps, g in out:gmatch "\n(%d+),(%d),\"?G(%d+)" do
    of, g = tonumber(of), tonumber(g)
    found[of] = found[of] or {}
    assert((steps == "0") == (of == g))
    table.insert(found[of], g)
  end
  for of, list in pairs(found) do
    table.sort(list)
    by[of] = table.concat(list, " ")
  end
  return by
end

local related = 0

describe("Goroutines are related as Go has it in", function()
  for _, path in ipairs(programs.recordings()) do
    if programs.version(path) >= 11 then
      check(programs.name_of(path), function()
        local theirs, ids = go_related(path)
        assert(#ids > 0)
        assert.same(theirs, our_related(path, ids))
        for _, others in pairs(theirs) do
          related = related + select(2, others:gsub(" ", ""))
        end
      end)
    end
  end

  check("enough goroutines that are related to others", function()
    assert(related > 1000, related)
  end)
end)
