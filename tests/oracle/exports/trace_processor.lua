-- trace_processor: asks Perfetto's own engine about files, many in one process.
local programs = require "oracle.programs"

local trace_processor = {}

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"

local function quote(s)
  return "'" .. s:gsub("'", "'\\''") .. "'"
end

local function output_of(line)
  local pipe = assert(io.popen(line .. "; echo $?"))
  local text = pipe:read "*a"
  pipe:close()
  local output, status = text:match "^(.-)(%d+)\n$"
  return tonumber(status), output
end

-- Its package; nil and why there is none on this machine.
local function package()
  local status, output = output_of(quote(here .. "/../trace_processor") .. " 2>&1")
  if status == 0 then
    return output:match "([^\n]+)\n$"
  end
  assert(status == 3, output)
  return nil, output
end

-- Returns check(name, test): a test that needs it. Without it the test is pending; CI has
-- to have all of them.
function trace_processor.tests(it, pending)
  local found, why = package()
  trace_processor.package = found
  if not found then
    io.stderr:write("SKIPPED, nothing is asked of Perfetto: ", why)
  end
  return function(name, test)
    it(name, function()
      if not found then
        assert(not os.getenv "CI", why)
        return pending "no trace processor"
      end
      return test()
    end)
  end
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
