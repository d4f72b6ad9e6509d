-- span_row.lua: a span as a row of CSV.
local cells = require "gotrace.printing.cells"
local getters = require("gotrace.span.fields").getters
local value = require "gotrace.base.value"

local columns = { "kind", "name", "from", "to", "dur", "g", "p", "m", "reason",
  "task", "waker", "func", "open", "clipped", "stack" }

-- csv(view): its line, without the line's end.
local function csv(view)
  local values = {}
  for i, name in ipairs(columns) do
    values[i] = getters[name](view)
  end
  return value.csv_line(values, #columns, cells.cell)
end

return { csv = csv, head = table.concat(columns, ",") }
