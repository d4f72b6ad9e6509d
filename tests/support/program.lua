-- The program for specs: runs it as a user does, in a process of its own.
--
-- GOTRACE_LUA names it; by default build/debug/gotrace-lua.
local lfs = require "lfs"
local process = require "bench.process"

local program = {}

-- The repository's folder, with a slash at its end.
program.root = debug.getinfo(1, "S").source:match "^@(.*)tests/support/program%.lua$"
program.path = os.getenv "GOTRACE_LUA" or program.root .. "build/debug/gotrace-lua"

-- Under ASan (support/inside/now.lua): its time says nothing.
program.has_asan = (os.getenv "GOTRACE_PRELOAD" or "") ~= ""

local temporary = {}

-- A path that is free; program.clean (for a teardown) removes what is there.
function program.tmpname()
  local path = os.tmpname()
  temporary[#temporary + 1] = path
  return path
end

function program.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

function program.write(path, text)
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

function program.tmpfile(text)
  return program.write(program.tmpname(), text)
end

-- A folder with files in it: { name = text }.
function program.folder(files)
  local path = program.tmpname()
  os.remove(path)
  assert(os.execute("mkdir -p " .. path) == 0)
  for name, text in pairs(files) do
    os.execute(("mkdir -p '%s/%s'"):format(path, name:match "^(.*)/" or "."))
    program.write(path .. "/" .. name, text)
  end
  return path
end

-- A process a file would take half of the specs' time.
function program.clean()
  for i = #temporary, 1, -1 do
    if lfs.attributes(temporary[i], "mode") == "directory" then
      os.execute(("rm -rf '%s'"):format(temporary[i]))
    else
      os.remove(temporary[i])
    end
    temporary[i] = nil
  end
end

local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end
program.quote = quote

-- Runs a line of shell; { out =, err =, status = }.
function program.shell(line)
  local out, err, status = program.tmpname(), program.tmpname(), program.tmpname()
  os.execute(("{ %s\n} >%s 2>%s; echo $? >%s"):format(line, out, err, status))
  return {
    out = program.read(out),
    err = program.read(err),
    status = tonumber(program.read(status)),
  }
end

-- The words of a command line, quoted, the program first.
function program.line(words)
  local parts = { quote(program.path) }
  for _, word in ipairs(words) do
    parts[#parts + 1] = quote(word)
  end
  return table.concat(parts, " ")
end

-- run{ word, ..., stdin = text, env = "A=b" }: { out =, err =, status = }. Without a shell, which
-- would take a tenth of the time, but where variables are to be set.
function program.run(words)
  local input = words.stdin and program.tmpfile(words.stdin) or "/dev/null"
  if words.env then
    return program.shell(("%s %s <%s"):format(words.env, program.line(words), input))
  end
  local command = { program.path }
  for i, word in ipairs(words) do
    command[i + 1] = tostring(word)
  end
  local out, err = program.tmpname(), program.tmpname()
  local status = process.run(command, out, err, input).status
  return { out = program.read(out), err = program.read(err), status = status }
end

-- unexpected(err): what is on stderr but for the line that says of an export what was written.
function program.unexpected(err)
  return (err:gsub("^gotrace%-lua: [^\n]* written; [^\n]*\n", "", 1))
end

-- build(yaml): the path of a trace made of YAML text.
function program.build(yaml)
  local path = program.tmpname()
  local made = program.run { "build", program.tmpfile(yaml), "-o", path }
  assert(made.status == 0, made.err)
  return path
end

-- The trace of tests/support/small.yaml.
function program.small()
  return program.build(program.read(program.root .. "tests/support/small.yaml"))
end

-- The newest recording of that name in testdata/real.
function program.recording(name)
  return program.root .. "testdata/real/go1.27-" .. name .. ".trace"
end

-- Runs scripts, one -e each, over a trace.
function program.run_codes(trace, ...)
  local words = {}
  for _, code in ipairs { ... } do
    words[#words + 1] = "-e"
    words[#words + 1] = code
  end
  words[#words + 1] = trace
  return program.run(words)
end

return program
