-- csv.lua: the overview as CSV: a row for each figure, of all traces in one table.
local record = require "overview.record"

local out = rows("file", "figure", "value")

-- write(r): adds what a report says.
local function write(r)
  local file = r.values.trace.values.file
  record.leaves(r, function(path, value)
    out:add(file, path, value)
  end)
end

return { write = write }
