-- program_runs.lua: the program, run for tests (library/gotrace/test.lua): in a process of its
-- own, in the test's folder. A test may be a stranger's, and so such a run may read, and
-- write what the test gets back, and nothing else.
local args = require "gotrace.script.args"
local urls = require "gotrace.fetch.urls"

-- What a test may say on the command line of a run.
local allowed = {}
for _, name in ipairs { "script", "eval", "filter", "print", "aggregate",
  "spans", "format", "wide", "color", "csv-safe", "strict", "from", "to",
  "check", "explain", "quiet", "sandbox", "memory-limit", "binary", "output",
} do
  allowed[name] = true
end

-- Bytes of a file that a run writes, and of all files that a test has at a time: a
-- stranger's test fills no disk.
local MOST_WRITTEN, MOST_KEPT = 32 * 2 ^ 20, 128 * 2 ^ 20
local MOST_FILES = 4096
local BLOCK = 512 -- ulimit -f counts these

local function refuse(text, ...)
  error("a test's run takes no " .. text:format(...) ..
    ": it may write nothing, and ask nothing of the network", 0)
end

local function quote(word)
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

local function contents(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "*a"
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

local function size_of(path)
  local file = io.open(path, "rb")
  local size = file and file:seek "end" or 0
  if file then
    file:close()
  end
  return size
end

-- Files of a test, and what is in them.
local function check_room(own, more)
  local files, bytes = 0, more
  for _, size in pairs(own) do
    files, bytes = files + 1, bytes + size
  end
  if files >= MOST_FILES or bytes > MOST_KEPT then
    error(("a test's files are too many, or too large: %d MiB at most"):format(
      MOST_KEPT / 2 ^ 20), 0)
  end
end

-- The path of this program: the shell is a child of it.
local function own_path()
  local pipe = assert(io.popen "readlink /proc/$PPID/exe")
  local path = pipe:read "*l"
  pipe:close()
  return path
end

-- Where a word is a command: what builds traces, and prints them as YAML, is asked for by
-- our own side of the test alone.
local function is_command_of(words, commands, token)
  return commands[token.text] and
    not (token.text == words[1] and (words[1] == "build" or
    words[1] == "yaml"))
end

-- The file that they have the program write, if any.
local function check_words(words, known)
  local tokens, written = args.tokens(words), nil
  for _, word in ipairs(words) do
    if word:find "%z" then -- it would end the shell's line
      refuse "word with a NUL byte"
    elseif urls.is_url(word) then
      refuse("URL (%s)", word)
    end
  end
  for _, f in ipairs(args.take(known.options, tokens)) do
    local name = f.row.name
    if not allowed[name] or name == "output" and not known.own[f.value] then
      refuse("%s", args.shown(f.row))
    end
    written = name == "output" and f.value or written
  end
  for _, token in ipairs(tokens) do
    if not (token.used or args.is_option(token)) then
      if is_command_of(words, known.commands, token) then
        refuse("command (%s)", token.text)
      end
      return written
    end
  end
  return written
end

-- A file that is too large is an error of the program's, which says so.
local LIMIT = ("trap '' XFSZ; ulimit -f %d; "):format(MOST_WRITTEN / BLOCK)

-- served: makes files, and removes them.
local function run(program, folder, words, served)
  if folder:sub(1, 1) ~= "/" then
    folder = "./" .. folder -- which may look like an option
  end
  local parts = {}
  for i, word in ipairs(words) do
    parts[i] = quote(word)
  end
  local files = { served.temporary(), served.temporary(), served.temporary() }
  local line = LIMIT .. "cd %s && %s %s </dev/null >%s 2>%s; echo $? >%s"
  os.execute(line:format(quote(folder), quote(program),
    table.concat(parts, " "), unpack(files)))
  local texts = {}
  for i, path in ipairs(files) do
    texts[i] = contents(path)
    served.remove(path)
  end
  return texts[1], texts[2], texts[3]:match "%d+"
end

-- functions(options, commands): what a test is served (served.lua), and what removes all
-- that is left of it. options: the rows of the program's; commands: its words that are no
-- scripts, as a set.
local function functions(options, commands)
  local known = { options = options, commands = commands, own = {} }
  local program = own_path()
  local served = {}

  -- A new file, and its path.
  function served.temporary(text)
    check_room(known.own, #(text or ""))
    local path = os.tmpname()
    known.own[path] = #(text or "")
    write(path, text or "")
    return path
  end

  function served.remove(path)
    if known.own[path] then
      known.own[path] = nil -- another's, perhaps, from now on
      os.remove(path)
    end
  end

  -- Output, errors and exit status of the program, in a folder.
  function served.execute(folder, ...)
    local words = { ... }
    local written = check_words(words, known)
    local out, err, status = run(program, folder, words, served)
    if written then
      known.own[written] = size_of(written)
    end
    return out, err, status
  end

  return served, function()
    for path in pairs(known.own) do
      os.remove(path)
    end
  end
end

-- host(folder, ask): what test.lua asks, in a test's folder. ask(name, text, ...) is one of
-- the functions.
local function host(folder, ask)
  return {
    temporary = function(text)
      return (ask("temporary", text or ""))
    end,
    remove = function(path)
      ask("remove", path)
    end,
    execute = function(words)
      local out, err, status = ask("execute", folder, unpack(words))
      return out, err, tonumber(status)
    end,
  }
end

return { functions = functions, host = host, own_path = own_path,
  quote = quote }
