-- complete.lua: what shells ask when a key is pressed:
--
--   gotrace-lua --complete bash LINE BREAKS    the line up to the cursor, COMP_WORDBREAKS
--   gotrace-lua --complete zsh WORD...         words without quotes, the last being written
--   gotrace-lua --complete fish WORD...
--
-- The shells' own parts (shell.bash, .zsh, .fish beside this file) are a few lines:
-- what there is to say is said here, for all three alike.
local host = require "gotrace.engine.host"
local lazy = require("gotrace.base.lazy").of
local output = require "gotrace.sandbox.output"
local printable = require "gotrace.base.printable"

local line = lazy "gotrace.complete.line"
local words = lazy "gotrace.complete.words"

local SHELLS = { bash = true, zsh = true, fish = true }

-- script(shell): what the shell is to run.
local function script(shell)
  return host.file("lua/gotrace/complete/shell." .. shell)
end

-- Words of a list as they are, of which none is without its quotes in a terminal.
local function is_fit(text)
  return not text:find "[%c]" and printable.line(text) == text
end

local say = {}

-- Each as readline puts it into the line, one a line.
function say.bash(argv, program)
  local list, quote = line().read(argv[1] or "", argv[2] or " \t\n\"'@><=;|&(:")
  local word, before = list[#list], {}
  for i = 2, #list - 1 do
    before[#before + 1] = list[i].text
  end
  for _, one in ipairs(words().candidates(before, word.text, program)) do
    local text = is_fit(one.text) and line().shown(one, word, quote)
    if text then
      output.write(text, "\n")
    end
  end
end

-- What may come behind these words, each to put(one, about).
local function each_fit(argv, program, put)
  local text = table.remove(argv) or ""
  for _, one in ipairs(words().candidates(argv, text, program)) do
    if is_fit(one.text) then
      put(one, printable.line(one.about or ""))
    end
  end
end

-- "part" or "word", "file" or "text", the word, how it is shown, and what it is.
function say.zsh(argv, program)
  each_fit(argv, program, function(one, about)
    output.write(table.concat({ one.part and "part" or "word", one.text,
      one.shown or one.text, about }, "\t"), "\n")
  end)
end

-- The word and what it is.
function say.fish(argv, program)
  each_fit(argv, program, function(one, about)
    output.write(one.text, "\t", about, "\n")
  end)
end

-- answer(argv, program): prints what the word may be. program: { options =, commands = by name
-- what adds the words behind it, about = by name a line, scripts() and recipes() = names,
-- summary(script), rows(script) = its options, is_script(word), span_kinds = }.
local function answer(argv, program)
  local shell = table.remove(argv, 1)
  if SHELLS[shell] then
    say[shell](argv, program)
  end
end

return { answer = answer, script = script }
