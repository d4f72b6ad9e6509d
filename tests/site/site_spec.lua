-- The site (docs/site): all pages are there, no link leads nowhere, nothing comes from the network,
-- and every page that shows commands has them run.
local dkjson = require "dkjson"
local examples = require "support.examples"
local lfs = require "lfs"
local program = require "support.program"

teardown(program.clean)

local root = program.root == "" and lfs.currentdir() .. "/" or program.root
if root:sub(1, 1) ~= "/" then
  root = lfs.currentdir() .. "/" .. root
end
local bin = program.path:find "^/" and program.path or lfs.currentdir() .. "/" .. program.path
local cmark = program.shell("command -v cmark-gfm").status == 0
local check = cmark and it or function(name)
  pending(name .. ": no cmark-gfm")
end

local function build(sources, folder)
  return program.shell(("cd %s && luajit docs/site/build.lua %s %s"):format(program.quote(sources), program.quote(bin),
    program.quote(folder)))
end

local function files_of(folder)
  local all = {}
  for name in lfs.dir(folder) do
    if not name:find "^%." then
      all[name] = program.read(folder .. "/" .. name)
    end
  end
  return all
end

local site

local function pages()
  if not site then
    local folder = program.folder {}
    local r = build(root, folder)
    assert.equal("", r.err)
    assert.equal(0, r.status)
    site = files_of(folder)
  end
  return site
end

-- What tags of a page say in attributes: calls visit(name, value).
local function each_attribute(html, visit)
  for tag in html:gmatch "<%l[^>]*>" do
    for name, value in tag:gmatch '([%w-]+)="([^"]*)"' do
      visit(name, value)
    end
  end
end

local function ids_of(html)
  local ids, twice = {}, nil
  each_attribute(html, function(name, value)
    if name == "id" then
      twice = twice or ids[value] and value
      ids[value] = true
    end
  end)
  return ids, twice
end

local function sorted(list)
  table.sort(list)
  return list
end

describe("The site", function()
  check("has a page for each of docs/", function()
    for name in lfs.dir(root .. "docs") do
      local page = name:match "^(.*)%.md$"
      if page and page ~= "start" then
        assert.is_string(pages()[page:lower() .. ".html"], name)
      end
    end
    for _, page in ipairs { "index", "readme", "gallery", "changes", "security", "oracle", "testdata" } do
      assert.is_string(pages()[page .. ".html"], page)
    end
    assert.matches("<h1 id=\"start-in-two-minutes\">", pages()["index.html"], 1, true)
  end)

  check("has no link that leads nowhere", function()
    local ids, wrong, n = {}, {}, 0
    for name, html in pairs(pages()) do
      if name:find "%.html$" then
        local twice
        ids[name], twice = ids_of(html)
        assert.is_nil(twice, name)
      end
    end
    for page, html in pairs(pages()) do
      each_attribute(page:find "%.html$" and html or "", function(name, value)
        if name ~= "href" and name ~= "src" or value:find "^https://" then
          return
        end
        n = n + 1
        local file, id = value:match "^([^#]*)#?(.*)$"
        file = file == "" and page or file
        if not pages()[file] or id ~= "" and not ids[file][id] then
          wrong[#wrong + 1] = page .. ": " .. value
        end
      end)
    end
    assert.same({}, sorted(wrong))
    assert.is_true(n > 1000, n)
  end)

  check("loads nothing from elsewhere", function()
    for page, html in pairs(pages()) do
      if page:find "%.html$" then
        for tag in html:gmatch "<%l[^>]*>" do
          assert.is_nil(not tag:find "^<a " and tag:match "https?://[^\"]*" or nil, page)
          assert.is_nil(tag:match "%son%l+=", page)
        end
      elseif page:find "%.css$" or page == "search.js" then
        assert.is_nil(html:find "url%(" or html:find "@import" or html:find "fetch" or html:find "XMLHttp", page)
      end
    end
  end)

  check("shows every script with its example and its options", function()
    local gallery, n = pages()["gallery.html"], 0
    for _, file in ipairs(examples.scripts()) do
      local name = file:match "([%w_]+)%.lua$"
      local part = gallery:match('<h2 id="' .. name .. '">(.-)\n<h2 ') or gallery:match('<h2 id="' .. name .. '">(.*)$')
      local typed = 0
      for _ in part:gmatch "\n?<b>%$ " do
        typed = typed + 1
      end
      assert.equal(#examples.of(file), typed, file)
      local has_options = program.read(root .. file):find "\nargs = "
      assert.equal(has_options ~= nil, part:find "<code>options:\n" ~= nil, file)
      n = n + 1
    end
    assert.is_true(n > 40)
    for _, picture in ipairs { "report", "report-plots", "report-dark", "flame", "timeline", "chrome" } do
      assert.matches('src="' .. picture .. '.png"', gallery, 1, true)
    end
  end)

  check("keeps what is printed as it is printed", function()
    local text = pages()["start.html"] or pages()["index.html"]
    for _, example in ipairs(examples.of "docs/start.md") do
      local shown = "$ " .. example.command .. "</b>\n" .. example.output
      shown = shown:gsub('[&"]', { ["&"] = "&amp;", ['"'] = "&quot;" })
      assert.is_truthy(text:find(shown, 1, true), shown)
    end
  end)

  check("finds every heading in its index", function()
    local text = pages()["search-index.js"]:match "^window.searchIndex = (%[.*%]);\n$"
    local rows = assert(dkjson.decode(text))
    local seen = {}
    for _, row in ipairs(rows) do
      local page, _, id, heading = unpack(row)
      assert.is_truthy(pages()[page]:find('id="' .. id .. '"', 1, true), page .. " " .. id)
      seen[page .. " " .. heading] = row[5]
    end
    assert.matches("--repeat", seen["live.html Traces of running programs"], 1, true)
    assert.is_string(seen["scripting.html Without a script: -f, -p and -a"])
    assert.is_nil(text:find("<", 1, true))
  end)

  check("is the same bytes again", function()
    local folder = program.folder { ["old.html"] = "of another time", ["search-index.js"] = "" }
    assert.equal(0, build(root, folder).status)
    local again = files_of(folder)
    for name, text in pairs(pages()) do
      assert.is_true(again[name] == text, name)
    end
    assert.is_nil(again["old.html"])
  end)
end)

describe("A folder with files of others", function()
  check("is left as it is", function()
    local folder = program.folder { ["mine.html"] = "kept" }
    local r = build(root, folder)
    assert.equal(2, r.status)
    assert.equal(folder .. " has files that are not of the site\n", r.err)
    assert.same({ ["mine.html"] = "kept" }, files_of(folder))
  end)
end)

-- A tree with the sources of ours, and a page more.
local function tree_with(page)
  local tree = program.folder {}
  program.shell(("cd %s && cp -r %s/docs . && for path in %s/*; do case ${path##*/} in docs | build) ;; "
    .. "*) ln -s \"$path\" . ;; esac; done"):format(program.quote(tree), root, root))
  program.write(tree .. "/docs/zz.md", page)
  return tree
end

describe("A link that leads nowhere", function()
  check("ends the build, with all of them told", function()
    local tree = tree_with("# Links\n\n[a](no.md) [b](live.md#nowhere) [c](../../etc) [d](../src/none.c) [e](#links) "
      .. "[f](live.md#what-goes-wrong)\n![g](pictures/none.png) [h](http://example.com)\n")
    local r = build(tree, tree .. "/out")
    assert.equal(1, r.status)
    assert.equal("docs/zz.md: no.md: no such file\ndocs/zz.md: live.md#nowhere: no such heading\n"
      .. "docs/zz.md: ../../etc: no such file\ndocs/zz.md: ../src/none.c: no such file\n"
      .. "docs/zz.md: pictures/none.png: no such file\ndocs/zz.md: http://example.com: no such file\n", r.err)
  end)

  check("is none in code", function()
    local tree = tree_with("# Links <b> & \"more\"\n\n`<a href=\"no.md\">`\n\n```\n"
      .. "<a href=\"no.md\"> [x](no.md)\n```\n\n"
      .. "## Twice\n\n## Twice\n\n[last](#twice-1)\n")
    assert.equal("", build(tree, tree .. "/out").err)
    local html = program.read(tree .. "/out/zz.html")
    assert.is_truthy(html:find("&lt;a href=&quot;no.md&quot;&gt; [x](no.md)", 1, true))
    assert.is_truthy(html:find('<h2 id="twice-1">', 1, true))
    assert.is_truthy(html:find('href="zz.html#twice-1"', 1, true) or html:find('href="#twice-1"', 1, true))
  end)
end)

-- Blocks that look like commands and are not run, a reason each: what would run them is missing in a
-- test (a network, another project's program, hours), or it would change the tree.
local not_run = {
  ["README.md"] = "installs and builds",
  ["docs/start.md"] = "installs, builds and records",
  ["docs/development.md"] = "runs the tests themselves",
  ["docs/performance.md"] = "takes minutes",
  ["docs/hostile.md"] = "takes minutes",
  ["docs/mutation.md"] = "takes minutes",
  ["docs/fleet.md"] = "its shell scripts are for engines; tests/lua/fleet/recipes_spec.lua runs them",
  ["docs/live.md"] = "asks a running program; tests/lua/fetch and tests/oracle/live do",
  ["docs/own-scripts.md"] = "`init` is what tests/lua/authoring runs",
  ["docs/completion.md"] = "goes into a shell's start; tests/lua/complete asks real shells",
  ["docs/yaml.md"] = "tests/yaml/yaml_spec.lua runs that page's",
  ["docs/library.md"] = "tests/api/library_spec.lua runs that page's",
}

describe("Commands in docs", function()
  it("are run, but for those that cannot be", function()
    local found = {}
    for _, file in ipairs(examples.markdown()) do
      local fence = nil
      for line in io.lines(root .. file) do
        local opened = line:match "^```(.*)$"
        if opened then
          fence = not fence and "```" .. opened or nil
        end
        local is_command = line:find "^    %$? ?gotrace%-lua " or line:find "^    %./dev "
          or fence and fence ~= "```console" and line:find "^%$? ?gotrace%-lua "
        if is_command then
          found[file] = true
        end
      end
    end
    for file in pairs(found) do
      assert.is_string(not_run[file], file .. " shows commands that nothing runs")
    end
    for file, why in pairs(not_run) do
      local is_there = lfs.attributes(root .. file) ~= nil
      assert.is_true(not is_there or found[file] ~= nil or file == "docs/library.md",
        file .. " has none any more: " .. why)
    end
  end)
end)
