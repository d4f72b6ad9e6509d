-- pages.lua: which pages the site has, and in what order one finds them.
local files = require "files"
local gallery = require "gallery"
local markdown = require "markdown"

local pages = {}

-- Groups of the navigation. A page of docs/ that is in none is in the last.
local groups = {
  { "Begin", "docs/start.md", "README.md", "docs/one-liners.md",
    "docs/cookbook.md", gallery.path, "docs/SKILL.md" },
  { "Ask", "docs/live.md", "docs/sql.md", "docs/exports.md",
    "docs/sharing.md", "docs/fleet.md", "docs/expect.md",
    "docs/recipes.md", "docs/completion.md",
    "docs/troubleshooting.md" },
  { "Write", "docs/scripting.md", "docs/own-scripts.md", "docs/events.md",
    "docs/spans.md", "docs/yaml.md", "docs/library.md" },
  { "Inside", "docs/stability.md", "docs/design.md", "docs/rooms.md",
    "docs/performance.md", "docs/hostile.md", "docs/development.md",
    "docs/mutation.md", "tests/oracle/README.md",
    "testdata/README.md", "SECURITY.md", "CHANGELOG.md" },
}

-- Names of pages that are not called as their file is.
local names = {
  ["docs/start.md"] = "index.html",
  ["README.md"] = "readme.html",
  ["CHANGELOG.md"] = "changes.html",
  ["tests/oracle/README.md"] = "oracle.html",
  ["testdata/README.md"] = "testdata.html",
}

-- In the navigation, where a page's title is long.
local short = {
  ["README.md"] = "What it is",
  ["docs/SKILL.md"] = "For agents",
  ["tests/oracle/README.md"] = "The oracle",
}

local function name_of(path)
  return names[path] or
    path:match "([^/]*)%.md$":lower() .. ".html"
end

local built -- the pages by group: { { title =, pages = }, ... }

local function load()
  local known = {}
  built = {}
  for i, group in ipairs(groups) do
    built[i] = { title = group[1], pages = {} }
    for k = 2, #group do
      local path = group[k]
      known[path] = true
      if path == gallery.path or files.exists(path) then
        table.insert(built[i].pages, { path = path, name = name_of(path) })
      end
    end
  end
  local last = built[#built].pages
  for _, file in ipairs(files.list "docs") do
    local path = "docs/" .. file
    if file:find "%.md$" and not known[path] then
      last[#last + 1] = { path = path, name = name_of(path) }
    end
  end
end

-- all(): a list of { path =, name = }, in their order.
function pages.all()
  load()
  local list = {}
  for _, group in ipairs(built) do
    for _, page in ipairs(group.pages) do
      list[#list + 1] = page
    end
  end
  return list
end

-- The headings of the page that one reads.
local function contents(page)
  local rows = {}
  for _, section in ipairs(page.sections) do
    if section.level == 2 then
      rows[#rows + 1] = ('<li><a href="#%s">%s</a></li>'):format(section.id,
        markdown.escape(section.heading))
    end
  end
  return #rows > 0 and "<ul>" .. table.concat(rows) .. "</ul>" or ""
end

-- navigation(page): HTML, with that page's headings in it.
function pages.navigation(page)
  local out = {}
  for _, group in ipairs(built) do
    out[#out + 1] = ("<h2>%s</h2>\n<ul>"):format(group.title)
    for _, one in ipairs(group.pages) do
      local is_here = one == page
      out[#out + 1] = ('<li><a href="%s"%s>%s</a>%s</li>'):format(one.name,
        is_here and ' aria-current="page"' or "",
        markdown.escape(short[one.path] or one.title),
        is_here and contents(one) or "")
    end
    out[#out + 1] = "</ul>"
  end
  return table.concat(out, "\n")
end

return pages
