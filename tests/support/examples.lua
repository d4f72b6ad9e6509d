-- Examples in scripts and docs: a command behind `$ ` and the output below it.
--
-- In a script they stand in its comments:
--
--   --   $ gotrace-lua events TRACE | head -2
--   --   type    count
--
-- in a page of docs in blocks that are fenced with ```console. There a block
-- fenced with ```lua that begins with `-- NAME.lua`, with ```sql and `-- NAME.sql`, or with
-- ```yaml and `# NAME.yaml`, is a file that commands may use. They run one after the other
-- in a folder with those files, testdata and scripts; gotrace-lua is the program under test.
-- Run as a program, from the repository's folder, this writes the output of all again, or of
-- the files that it is given.
local program = require "support.program"

local examples = {}

local function lines_of(file)
  local list = {}
  for line in io.lines(program.root .. file) do
    list[#list + 1] = line
  end
  return list
end

local function list(pattern)
  local files = {}
  local pipe = io.popen(("cd '%s' && ls %s 2>/dev/null"):format(program.root == "" and "." or program.root, pattern))
  for file in pipe:lines() do
    files[#files + 1] = file
  end
  pipe:close()
  return files
end

function examples.scripts()
  return list "scripts/*.lua"
end

-- Its commands are those of a compiler: tests/api/library_spec.lua runs them.
local elsewhere = { ["docs/library.md"] = true }

function examples.markdown()
  return list "README.md docs/*.md"
end

-- Pages that show commands.
function examples.pages()
  local files = {}
  for _, file in ipairs(examples.markdown()) do
    if not elsewhere[file] and program.read(program.root .. file):find "\n```console\n" then
      files[#files + 1] = file
    end
  end
  return files
end

function examples.files()
  local files = examples.scripts()
  for _, file in ipairs(examples.pages()) do
    files[#files + 1] = file
  end
  return files
end

-- How lines of a file are read: mark(line) is the text that may belong to an
-- example, or nil.
local function marker(file)
  if file:find "%.lua$" then
    return function(line)
      return line == "--" and "" or line:match "^%-%-   (.*)$"
    end, "--   "
  end
  local inside = false
  return function(line)
    if line:find "^```" then
      inside = line == "```console"
      return nil
    end
    return inside and line or nil
  end, ""
end

-- of(file): { { command =, output =, at = line, last = line } }, output with
-- its line breaks.
function examples.of(file)
  local mark, prefix = marker(file)
  local found, current = {}, nil
  local function finish(last)
    if current then
      current.output = current.output:gsub("\n+$", "\n")
      current.last = last
      current = nil
    end
  end
  for i, line in ipairs(lines_of(file)) do
    local text = mark(line)
    if not text or text == "" and prefix ~= "" then
      finish(i - 1)
    elseif text:find "^%$ " then
      finish(i - 1)
      current = { command = text:sub(3), output = "", at = i, file = file, prefix = prefix }
      found[#found + 1] = current
    elseif current then
      current.output = current.output .. text .. "\n"
    end
  end
  finish(#lines_of(file))
  return found
end

-- of_help(help): { { command =, output = what it is said to print } }, of the end of a help.
function examples.of_help(help)
  local found = {}
  for line in (help:match "\nexamples:\n(.*)$" or ""):gmatch "([^\n]*)\n" do
    local command = line:match "^  %$ (.*)$"
    if command then
      found[#found + 1] = { command = command, output = "" }
    elseif line ~= "" then
      found[#found].output = found[#found].output .. line:sub(3) .. "\n"
    end
  end
  return found
end

-- blocks(file, language): the texts that a page fences with ```lua, or another language.
function examples.blocks(file, language)
  local fence = "```" .. (language or "lua")
  local found, current = {}, nil
  for _, line in ipairs(lines_of(file)) do
    if line:find "^```" then
      if current then
        found[#found + 1] = table.concat(current, "\n") .. "\n"
      end
      current = line == fence and {} or nil
    elseif current then
      current[#current + 1] = line
    end
  end
  return found
end

local folders = {}

-- Where the commands of a file run.
local function folder_of(file)
  if folders[file] then
    return folders[file]
  end
  local files = {}
  for language, head in pairs { lua = "^%-%- ([%w_]+%.lua)", sql = "^%-%- ([%w_]+%.sql)",
    yaml = "^# ([%w_-]+%.yaml)" } do
    for _, text in ipairs(file:find "%.md$" and examples.blocks(file, language) or {}) do
      files[text:match(head) or ""] = text
    end
  end
  files[""] = nil
  local folder = program.folder(files)
  local here = program.root == "" and "." or program.root
  for _, name in ipairs { "testdata", "scripts" } do
    program.shell(("ln -s \"$(cd '%s' && pwd)/%s\" '%s/%s'"):format(here, name, folder, name))
  end
  folders[file] = folder
  return folder
end

function examples.run(example)
  local bin = program.path:match "^(.*)/[^/]*$" or "."
  local r = program.shell(("export COLUMNS=80; PATH=$(cd '%s' && pwd):$PATH; cd '%s'; %s"):format(bin,
    folder_of(example.file), example.command))
  return (r.out .. r.err):gsub("\n+$", "\n"):gsub("[ \t]+\n", "\n")
end

-- Writes the output of a file's examples again.
local function update(file)
  local lines = lines_of(file)
  local out, from = {}, 1
  for _, example in ipairs(examples.of(file)) do
    for i = from, example.at do
      out[#out + 1] = lines[i]
    end
    for line in examples.run(example):gmatch "([^\n]*)\n" do
      out[#out + 1] = (example.prefix .. line):gsub("%s+$", "")
    end
    from = example.last + 1
  end
  for i = from, #lines do
    out[#out + 1] = lines[i]
  end
  program.write(program.root .. file, table.concat(out, "\n") .. "\n")
end

if arg and arg[0] and arg[0]:find "support/examples%.lua$" then
  for _, file in ipairs(#arg > 0 and arg or examples.files()) do
    update(file)
  end
  program.clean()
end

return examples
