-- markdown.lua: Markdown as GitHub reads it, by cmark-gfm, with what a page needs beside it:
-- an id for each heading, the same that GitHub gives it.
local files = require "files"

local markdown = {}

local ENTITIES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;",
  ['"'] = "&quot;" }

-- escape(text): as text in HTML.
function markdown.escape(text)
  return (text:gsub('[&<>"]', ENTITIES))
end

-- plain(html): the text of it.
function markdown.plain(html)
  local text = html:gsub("<[^>]*>", "")
  for char, entity in pairs(ENTITIES) do
    if char ~= "&" then
      text = text:gsub(entity, char)
    end
  end
  return (text:gsub("&amp;", "&"))
end

-- slug(heading): what GitHub makes of it.
local function slug(heading)
  local text = heading:lower():gsub("[^%w%s_\128-\255-]", "")
  return (text:gsub("%s", "-"))
end

-- Headings with ids that no other of the page has.
local function with_ids(html)
  local seen = {}
  return (html:gsub("<h([1-6])>(.-)</h%1>", function(level, inner)
    local base = slug(markdown.plain(inner))
    local n = seen[base]
    seen[base] = (n or 0) + 1
    local id = n and base .. "-" .. n or base
    return ('<h%s id="%s">%s <a class="here" href="#%s" aria-label="' ..
      'link to this heading">#</a></h%s>'):format(level, id, inner, id, level)
  end))
end

-- In a console what was typed is told from what came of it.
local function with_commands(html)
  local block = '(<pre><code class="language%-console">)(.-)(</code></pre>)'
  return (html:gsub(block, function(before, text, after)
    text = ("\n" .. text):gsub("\n(%$ [^\n]*)", "\n<b>%1</b>"):sub(2)
    return before .. text .. after
  end))
end

-- Tables are as wide as they are, and scroll by themselves.
local function with_frames(html)
  return (html:gsub("<table>", '<div class="table"><table>')
    :gsub("</table>", "</table></div>"))
end

-- html(text): of Markdown. Raw HTML in it stays: it is our own.
function markdown.html(text)
  local name = os.tmpname()
  files.write(name, text)
  local out = files.output("cmark-gfm --unsafe -e table -e strikethrough " ..
    files.quote(name))
  os.remove(name)
  return with_frames(with_commands(with_ids(out)))
end

-- sections(html): { { level =, id =, heading =, text = } }, a row for each heading, and
-- the page's title.
function markdown.sections(html)
  local list, title = {}, nil
  local from = 1
  while true do
    local start, stop, level, id, inner =
      html:find('<h([1-6]) id="([^"]*)">(.-) <a class="here"', from)
    if list[#list] then
      list[#list].text = html:sub(from, (start or #html + 1) - 1)
    end
    if not start then
      break
    end
    local heading = markdown.plain(inner)
    list[#list + 1] = { level = tonumber(level), id = id, heading = heading }
    title = title or heading
    from = stop
  end
  for _, section in ipairs(list) do
    local text = section.text:gsub("^[^>]*>#</a></h%d>", "")
    section.text = markdown.plain(text):gsub("%s+", " ")
  end
  return list, assert(title, "a page without a heading")
end

return markdown
