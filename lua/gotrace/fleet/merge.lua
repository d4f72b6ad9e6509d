-- merge.lua: gotrace-lua merge PART...: partial results put together, and printed as the run
-- would have that read all traces; with --partial-out they are one partial result.
local collected = require "gotrace.fleet.collected"
local errors = require "gotrace.base.errors"
local object = require "gotrace.tables.object"
local part = require "gotrace.fleet.part"

local function check_scripts(found, stages, path)
  if found.scripts and #stages == 0 then
    part.refuse(path, "has values of %s, which its own merge(a, b) puts " ..
      "together: merge -s SCRIPT, with the options of the run", found.shown)
  end
end

-- style(tokens): the form of -F that the parts are in, which stand among the words of the
-- command line.
local function style(tokens)
  for _, token in ipairs(tokens) do
    if not token.used and part.is_one(token.text) then
      return collected.read(token.text).style
    end
  end
  local first = tokens[#tokens]
  if first and not first.used then
    collected.read(first.text)
  end
  errors.usage "merge wants files of partial results (--partial-out)"
end

-- merge(paths, stages, chosen): the exit status. stages: what `merge -s SCRIPT` and the like
-- say, as in the run; none for those that need none.
local function merge(paths, stages, chosen)
  local found
  if #stages > 0 then
    found = collected.new(stages, chosen)
    found.n = #object.all()
  end
  for _, path in ipairs(paths) do
    local value = collected.read(path)
    found = found or collected.of_part(value)
    check_scripts(found, stages, path)
    if not found.first then
      found.align = value.align
    end
    collected.add(found, path, value)
  end
  collected.add_partials(found, stages)
  if not chosen.partial_out then
    return collected.print(found, stages)
  end
  collected.write(found, chosen.partial_out, found.n,
    #stages > 0 and collected.partials_of(stages) or found.no_partials)
  return errors.status.done
end

return { merge = merge, style = style }
