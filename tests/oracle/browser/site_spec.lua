-- The site of docs/ in Chromium, from files and without a network: every page opens and is whole, a
-- word that is searched is found, and links lead on. Screenshots stay in build/screenshots.
local browser = require "oracle.browser.browser"
local program = require "support.program"
local programs = require "oracle.programs"
local tools = require "support.tools.tools"

local check = browser.tests(it, pending, tools.command "cmark-gfm")
local scratch = programs.scratch()

teardown(function()
  programs.remove(scratch)
  program.clean()
end)

local WORDS = { "timeline", "chan send", "--repeat", "proc is taken from", "what leaked", "<img", "zzzz" }

-- ./dev test of CI names the site that it made; else one is made here.
local function built()
  local folder = scratch .. "/site"
  local r = program.shell(("cd '%s' && luajit docs/site/build.lua %s %s"):format(program.root == "" and "."
    or program.root, program.quote(program.path), program.quote(folder)))
  assert.equal("", r.err)
  assert.equal(0, r.status)
  return folder
end

describe("The site", function()
  local told

  -- What the browser told, by what was done.
  local function seen()
    if not told then
      local folder = os.getenv "GOTRACE_SITE" or built()
      told = { pages = {}, words = {} }
      for _, answer in ipairs(browser.run("site.mjs", browser.shots, folder, unpack(WORDS))) do
        if answer.page then
          told.pages[answer.page] = answer
        elseif answer.word then
          told.words[answer.word] = answer
        else
          told[answer.followed and "follow" or "themes"] = answer
        end
      end
    end
    return told
  end

  check("opens every page, asks for nothing and says nothing", function()
    local n = 0
    for name, page in pairs(seen().pages) do
      assert.same({ {}, {}, {} }, { page.said, page.asked, page.broken }, name)
      assert.matches(" %- gotrace%-lua$", page.title)
      assert.is_string(page.here, name)
      assert.is_false(page.wide, name)
      n = n + 1
    end
    assert.is_true(n > 20, n)
  end)

  check("finds words, and goes to where they are", function()
    local at = {
      timeline = "^gallery%.html#timeline$", ["chan send"] = "%.html#", ["--repeat"] = "^live%.html#",
      ["proc is taken from"] = "^events%.html#", ["what leaked"] = "#16%-what%-leaked$",
    }
    for word, where in pairs(at) do
      local found = seen().words[word]
      assert.is_true(#found.found > 0, word)
      assert.matches(where, found.at)
      assert.is_true(found.seen.isSeen, word)
      assert.same({ {}, {} }, { found.said, found.asked })
    end
  end)

  check("says where nothing is found, and takes what is typed as text", function()
    local words = seen().words
    assert.same({}, words.zzzz.found)
    assert.equal(0, words["<img"].markup)
    assert.same({}, words["<img"].said)
  end)

  check("leads from page to page, and to sources", function()
    local follow = seen().follow
    assert.same({ "cookbook.html", "cookbook.html#locks", "source-testdata-programs-faults.go.html" }, follow.followed)
    assert.equal(program.read(program.root .. "testdata/programs/faults.go"), follow.text)
    assert.same({ {}, {} }, { follow.said, follow.asked })
  end)

  check("is light or dark as the system is, and fits a phone", function()
    assert.same({ light = "rgb(255, 255, 255)", dark = "rgb(18, 22, 27)" }, seen().themes.papers)
    assert.is_false(seen().themes.isWide)
  end)
end)
