-- deanonymize.lua: original names in texts: what somebody found in an anonymized trace is
-- read by who has its map. The script of that name does it to traces.
local args = require "gotrace.script.args"
local errors = require "gotrace.base.errors"
local options = require "gotrace.cli.options"
local output = require "gotrace.sandbox.output"
local traces = require "gotrace.cli.traces"

local rows = { { name = "map", type = "map", required = true,
  help = "the file that anonymize --map has written" } }

local function open(path)
  if path == "-" then
    return io.stdin
  elseif traces.is_trace(path) then
    errors.usage("%s is a trace: say where it is to be written, with " ..
      "-o NEW.trace", path)
  end
  local file, why = io.open(path, "rb")
  return file or errors.usage("cannot open the text: %s", why)
end

local function translate(map, path)
  local file = open(path)
  for line in file:lines "*L" do
    output.put(map:text(line))
  end
  if path ~= "-" then
    file:close()
  end
end

-- run(tokens): what is left of the command line: --map=FILE and texts, or standard input.
-- The exit status.
local function run(tokens)
  local values = args.values(rows, args.take(rows, tokens))
  args.leftover(tokens, options)
  if args.missing(rows, values) then
    errors.usage("deanonymize wants --map: %s", rows[1].help)
  end
  local paths = args.rest(tokens)
  paths[1] = paths[1] or "-"
  for _, path in ipairs(paths) do
    translate(values.map, path)
  end
  return errors.status.done
end

return { run = run }
