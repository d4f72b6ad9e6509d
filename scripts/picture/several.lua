-- several.lua: what is shown of several traces: programs get one table of all, with the
-- trace in its first column; people get one of each, which says its trace only where there
-- are several.
local format = require "gotrace.format"

local is_text = format.style() == "text"

-- either(first, ...): the first without the second, for which there is no room beside it; or
-- the rest, as with.
local function either(first, second, ...)
  if not is_text then
    return first, second, ...
  elseif trace.inputs > 1 then
    return first, ...
  end
  return second, ...
end

-- with(first, ...): what stands in the first column, if there is one, and the rest.
local function with(first, ...)
  if not is_text or trace.inputs > 1 then
    return first, ...
  end
  return ...
end

return { is_text = is_text, with = with, either = either }
