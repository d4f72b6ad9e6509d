-- definitions.lua: gotrace-lua init: what an editor wants to know of scripts, beside them:
-- the definition files (library/), and where the Lua language server finds them.
local args = require "gotrace.script.args"
local errors = require "gotrace.base.errors"
local host = require "gotrace.engine.host"
local output = require "gotrace.sandbox.output"
local written_files =
  require("gotrace.base.lazy").of "gotrace.authoring.written_files"

local FOLDER = ".gotrace-lua/library"

-- Members of the settings: what a script may set, and libraries that the sandbox has not.
local settings = [[
{
  "runtime.version": "LuaJIT",
  "runtime.builtin": {
    "debug": "disable", "ffi": "disable", "io": "disable", "jit": "disable",
    "os": "disable", "package": "disable", "utf8": "disable"
  },
  "workspace.library": ["]] .. FOLDER .. [["],
  "workspace.checkThirdParty": false,
  "diagnostics.severity": {
    "inject-field": "Error", "undefined-field": "Error"
  },
  "diagnostics.globals": [
    "on", "scan", "trace", "opt", "args", "description", "needs", "order",
    "writes", "shared", "export", "partial", "merge",
    "describe", "it", "pending", "before_each", "after_each"
  ]
}
]]

-- The definition files: { name from the library's folder, text }.
local function definitions()
  local list = {}
  for _, file in ipairs(host.files()) do
    local name = file:match "^library/(.*)$"
    list[#list + 1] = name and { name = name, text = host.file(file) } or nil
  end
  return list
end

-- A definition file of ours, of whatever version.
local function is_ours(path)
  local text = written_files().contents(path)
  return text and (text:find "^%-%-%-@meta\n%-%- What scripts of gotrace%-lua"
    or text:find "^%-%- gotrace/test%.lua: ") ~= nil
end

local function check_files(dir, force)
  for _, one in ipairs(definitions()) do
    local path = ("%s/%s/%s"):format(dir, FOLDER, one.name)
    local other = written_files().state(path, one.text) == "other"
    if other and not force and not is_ours(path) then
      errors.usage("%s is there and is none of ours: nothing is written " ..
        "(--force writes over it)", path)
    end
  end
end

local rows = { { name = "force", type = "bool",
  help = "write over files that are there" } }

local function in_folder(dir, name)
  return dir == "." and name or dir .. "/" .. name
end

local function put_definitions(dir)
  local n, all = 0, definitions()
  for _, one in ipairs(all) do
    local path = in_folder(dir, FOLDER .. "/" .. one.name)
    n = n + (written_files().write(path, one.text) and 1 or 0)
  end
  output.write(("%s%s (%d files)\n"):format(n > 0 and "written:  " or
    "is there: ", in_folder(dir, FOLDER), #all))
end

-- run(tokens): the exit status.
local function run(tokens)
  local force = args.values(rows, args.take(rows, tokens)).force
  args.leftover(tokens, rows)
  local words = args.rest(tokens)
  if #words > 1 then
    errors.usage "init wants one folder, or none: this one"
  end
  local dir = (words[1] or "."):gsub("(.)/+$", "%1")
  if host.kind(dir) ~= "folder" then
    errors.usage("%s is no folder", dir)
  end
  check_files(dir, force)
  put_definitions(dir)
  local path = in_folder(dir, ".luarc.json")
  if force or written_files().state(path, settings) ~= "other" then
    written_files().put(path, settings)
  else
    output.write("left:     ", path, ", which is none of ours; it wants ",
      '"workspace.library": ["', FOLDER, '"]\n',
      "          (--force writes over it)\n")
  end
  return errors.status.done
end

local usage = [[
usage: gotrace-lua init [--force] [DIR]

Writes beside scripts what the Lua language server wants to know of them:
definition files in .gotrace-lua/library, and .luarc.json.

options:
  --force  write over files that are there

examples:
  $ gotrace-lua init
  written:  .gotrace-lua/library (15 files)
  written:  .luarc.json

  $ gotrace-lua init --force scripts
  written:  scripts/.gotrace-lua/library (15 files)
  written:  scripts/.luarc.json
]]

return { run = run, usage = usage }
