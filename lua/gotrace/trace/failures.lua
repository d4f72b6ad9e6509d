-- failures.lua: traces that could not be read, or not all of them. Where a run has several it
-- goes on with the others, and its result says in a table which are missing.
local format = require "gotrace.printing.format"

-- add(run, name, problem): of one trace the first is told.
local function add(run, name, problem)
  local list = run.failures
  if not (list[#list] and list[#list].name == name) then
    list[#list + 1] = { name = name, problem = problem }
  end
end

-- print(run, write): the table, behind all others. What a run that writes a trace says is
-- nobody's result.
local function print(run, write)
  if run.inputs < 2 or #run.failures == 0 or run.options.output then
    return
  end
  local rows, style = {}, run.options.style
  for i, failure in ipairs(run.failures) do
    rows[i] = { failure.name, failure.problem }
  end
  local lines = format.table_lines({ name = "failed", keys = 1, rows = rows,
    columns = { style == "text" and "failed" or "trace", "problem" },
    units = {} }, style)
  write(style ~= "json" and "\n" or "", table.concat(lines, "\n"), "\n")
end

return { add = add, print = print }
