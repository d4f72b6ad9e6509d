-- trace_processor: asks Perfetto's own engine about files, many in one process.
local programs = require "oracle.programs"
local tools = require "support.tools.tools"

local trace_processor = {}

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local quote, output_of = tools.quote, tools.output_of

-- Returns check(name, test): a test that needs it.
function trace_processor.tests(it, pending)
  local argent = tools.npm "argent"
  trace_processor.package = argent.path
  return tools.tests(it, pending, argent)
end

-- What is wrong with a file is a row of this.
trace_processor.ERRORS = "select name, value from stats where severity in ('error', 'data_loss') and value > 0"

-- ask(questions): each { file, query ... }; the answers: each a list of one list of rows a query,
-- a row a list of cells.
function trace_processor.ask(questions)
  local dir = programs.scratch()
  local file = assert(io.open(dir .. "/questions", "w"))
  for _, question in ipairs(questions) do
    file:write(table.concat(question, "\t"), "\n")
  end
  file:close()
  local status, text = output_of(("node %s %s <%s 2>%s"):format(quote(here .. "/trace_processor.mjs"),
    quote(trace_processor.package), quote(dir .. "/questions"), quote(dir .. "/errors")))
  assert(status == 0, programs.read(dir .. "/errors"))
  programs.remove(dir)
  local answers = {}
  for line in text:gmatch "([^\n]*)\n" do
    local answer = answers[#answers]
    if line == "file" then
      answers[#answers + 1] = {}
    elseif line == "query" then
      answer[#answer + 1] = {}
    else
      local row, rows = {}, answer[#answer]
      for cell in (line .. "\t"):gmatch "([^\t]*)\t" do
        row[#row + 1] = cell
      end
      rows[#rows + 1] = row
    end
  end
  assert(#answers == #questions)
  return answers
end

return trace_processor
