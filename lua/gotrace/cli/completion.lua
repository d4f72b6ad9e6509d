-- completion.lua: what a shell can be told of this program: --completion SHELL, and what the
-- part of the shell asks then (--complete, complete/complete.lua).
local bundled = require "gotrace.cli.bundled"
local host = require "gotrace.engine.host"
local lazy = require("gotrace.base.lazy").of
local options = require "gotrace.cli.options"
local output = require "gotrace.sandbox.output"
local recipe = lazy "gotrace.cli.recipe"
local vocabulary = require "gotrace.cli.vocabulary"

local complete = lazy "gotrace.complete.complete"

-- What -l says of commands, which are no scripts.
local about = {
  build = "make a trace of YAML", help = "a page of the manual",
  init = "tell editors what scripts have",
  merge = "put --partial-out's files together",
  new = "begin a script, with a test", test = "run tests of scripts",
  yaml = "print a trace as YAML",
}

-- Scripts, described once each: nil of one that does not load.
local function descriptions(describe)
  local known = {}
  return function(name)
    if known[name] == nil then
      local ok, stage = pcall(describe, name)
      known[name] = ok and stage or false
    end
    return known[name] or nil
  end
end

-- Of a file only what its own comment says: a folder may have many, and each key that is
-- pressed would run them.
local function summary(name)
  local source = bundled.find(name)
  local text = source and source.text or ""
  return text:match '\ndescription = "([^"\n]*)"' or
    text:match "^%-%- [%w_]+%.lua: ([^\n]*)" or ""
end

-- answer(argv, commands, describe): what the word at work may become.
local function answer(argv, commands, describe)
  local described = descriptions(describe)
  complete().answer(argv, {
    options = options, commands = commands, about = about,
    span_kinds = vocabulary.kinds,
    scripts = bundled.names, recipes = recipe().names, summary = summary,
    rows = function(name)
      local stage = described(name)
      return stage and stage.rows or {}
    end,
    is_script = function(word)
      return bundled.find(word) ~= nil and not (host.kind(word) and
        not word:find "%.lua$")
    end,
  })
end

-- print_script(shell): what the shell is to run.
local function print_script(shell)
  output.put(complete().script(shell))
end

return { answer = answer, print_script = print_script }
