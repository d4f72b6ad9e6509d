-- links.lua: links between files of the repository as links between pages, and those that
-- lead nowhere.
local files = require "files"

local Links = {}
Links.__index = Links
local links = {}

-- new(pages): each with path, name and sections.
function links.new(pages)
  local self = setmetatable({ by_path = {}, wrong = {}, linked = {},
    shown = {} }, Links)
  for _, page in ipairs(pages) do
    local ids = {}
    for _, section in ipairs(page.sections) do
      ids[section.id] = true
    end
    self.by_path[page.path] = { name = page.name, ids = ids }
  end
  return self
end

-- name_of_source(path): of the page that shows a file.
function links.name_of_source(path)
  return "source-" .. path:gsub("[^%w.]", "-") .. ".html"
end

-- name_of_picture(path): of the copy beside the pages.
function links.name_of_picture(path)
  return path:match "[^/]*$"
end

-- A path from the repository's folder, without .. in it; nil: it leads out of it.
local function whole(folder, path)
  local parts = {}
  for part in (folder .. path):gmatch "[^/]+" do
    if part == ".." then
      if #parts == 0 then
        return nil
      end
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return table.concat(parts, "/")
end

function Links:is_dead(page, link, why)
  self.wrong[#self.wrong + 1] = ("%s: %s: %s"):format(page.path, link, why)
  return link
end

-- A link to a place in a page of ours.
function Links:to_page(page, target, link, id)
  if id and not target.ids[id] then
    return self:is_dead(page, link, "no such heading")
  end
  return target.name .. (id and "#" .. id or "")
end

-- The link of a page, as it is in the site.
function Links:follow(page, link)
  if link:find "^https://" then
    return link
  end
  local file, id = link:match "^([^#]*)#?(.*)$"
  id = id ~= "" and id or nil
  local path = file == "" and page.path or
    whole(page.path:match "^(.*/)[^/]*$" or "", file)
  local target = path and self.by_path[path]
  if target then
    return self:to_page(page, target, link, id)
  elseif not path or path == "" or not files.exists(path) then
    return self:is_dead(page, link, "no such file")
  elseif path:find "%.png$" then
    self.shown[path] = true
    return links.name_of_picture(path)
  end
  self.linked[path] = true
  return links.name_of_source(path)
end

-- resolve(page): its HTML, with links that hold in the site.
function Links:resolve(page)
  return (page.html:gsub('(<[^>]- )(%l+)="([^"]*)"', function(tag, name, link)
    if name == "href" or name == "src" then
      link = self:follow(page, link)
    end
    return ('%s%s="%s"'):format(tag, name, link)
  end))
end

local function sorted(set)
  local list = {}
  for path in pairs(set) do
    list[#list + 1] = path
  end
  table.sort(list)
  return list
end

-- sources(), pictures(): paths that pages link to and show.
function Links:sources()
  return sorted(self.linked)
end

function Links:pictures()
  return sorted(self.shown)
end

-- dead(): lines, one for each link that leads nowhere.
function Links:dead()
  return self.wrong
end

return links
