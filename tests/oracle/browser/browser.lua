-- browser: opens what we write in headless Chromium, with playwright-core, and without a network.
local dkjson = require "dkjson"
local programs = require "oracle.programs"
local tools = require "support.tools.tools"

local browser = {}

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local root = here:match "^(.*)/tests/oracle/browser$" or "."

local chromium = tools.command("chromium", "chromium-browser", "google-chrome")
local playwright = tools.npm "playwright-core"

-- Where screenshots stay: they are looked at by people.
browser.shots = root .. "/build/screenshots"

-- Returns check(name, test): a test that needs it, and what else is given.
function browser.tests(it, pending, ...)
  return tools.tests(it, pending, chromium, playwright, ...)
end

-- run(script, word, ...): what a script beside this file tells: a list of objects.
function browser.run(script, ...)
  local words = { "mkdir -p " .. tools.quote(browser.shots) .. " && node", tools.quote(here .. "/" .. script),
    tools.quote(playwright.path), tools.quote(chromium.path) }
  for _, word in ipairs { ... } do
    words[#words + 1] = tools.quote(word)
  end
  local errors = programs.scratch()
  local status, text = tools.output_of(table.concat(words, " ") .. " 2>" .. errors .. "/errors")
  assert(status == 0, text .. programs.read(errors .. "/errors"))
  programs.remove(errors)
  local list = {}
  for line in text:gmatch "[^\n]+" do
    list[#list + 1] = assert(dkjson.decode(line), line)
  end
  return list
end

return browser
