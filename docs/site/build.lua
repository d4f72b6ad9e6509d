-- build.lua: docs/ as a site: a folder of pages that need no network and no server.
--
--   luajit docs/site/build.lua PROGRAM FOLDER
--
-- from the repository's folder; PROGRAM is gotrace-lua, for what scripts say of themselves.
-- cmark-gfm makes HTML of Markdown. A link to what is not there ends the build, with all
-- of them told. The same sources give the same bytes.
package.path = "docs/site/?.lua;" .. package.path
local files = require "files"
local gallery = require "gallery"
local links = require "links"
local markdown = require "markdown"
local pages = require "pages"
local search_index = require "search_index"

local program, folder = arg[1], arg[2]
if not folder then
  io.stderr:write "usage: luajit docs/site/build.lua PROGRAM FOLDER\n"
  os.exit(2)
end

-- The page around a text: template's words in {{ }} are those of the table.
local template = files.read "docs/site/page.html"

local function write_page(page, body)
  local words = { title = markdown.escape(page.title), body = body,
    nav = pages.navigation(page) }
  files.write(folder .. "/" .. page.name,
    (template:gsub("{{(%l+)}}", words)))
end

-- What pages link to and is not Markdown: sources, as pages of their own.
local function source_page(path)
  local body
  if files.is_folder(path) then
    local rows = {}
    for i, name in ipairs(files.list(path)) do
      rows[i] = "<li>" .. markdown.escape(name) .. "</li>"
    end
    body = "<ul>" .. table.concat(rows, "\n") .. "</ul>"
  else
    body = "<pre><code>" .. markdown.escape(files.read(path)) ..
      "</code></pre>"
  end
  return "<h1>" .. markdown.escape(path) .. "</h1>\n" .. body
end

local function fail(status, text)
  io.stderr:write(text, "\n")
  os.exit(status)
end

local INDEX = "search-index.js"

local function build()
  local ok, why = files.make_folder(folder, INDEX)
  if not ok then
    fail(2, why)
  end
  local all = pages.all()
  for _, page in ipairs(all) do
    local text = page.path == gallery.path and gallery.text(program) or
      files.read(page.path)
    page.html = markdown.html(text)
    page.sections, page.title = markdown.sections(page.html)
  end
  local known = links.new(all)
  for _, page in ipairs(all) do
    write_page(page, known:resolve(page))
  end
  for _, path in ipairs(known:sources()) do
    write_page({ name = links.name_of_source(path), title = path },
      source_page(path))
  end
  for _, path in ipairs(known:pictures()) do
    files.write(folder .. "/" .. links.name_of_picture(path),
      files.read(path))
  end
  for _, name in ipairs { "style.css", "search.js" } do
    files.write(folder .. "/" .. name, files.read("docs/site/" .. name))
  end
  files.write(folder .. "/" .. INDEX, search_index.text(all))
  return known:dead(), #all
end

local dead, n = build()
if #dead > 0 then
  fail(1, table.concat(dead, "\n"))
end
print(("%d pages in %s: open index.html"):format(n, folder))
