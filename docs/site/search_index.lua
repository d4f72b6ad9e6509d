-- search_index.lua: what search.js looks through: a row for each heading. A page that is
-- opened from a disk may fetch nothing, but load a script: so it is one.
local search_index = {}

local function quoted(text)
  return '"' .. text:gsub('[%c"\\<\127]', function(char)
    return ("\\u%04x"):format(char:byte())
  end) .. '"'
end

-- text(pages): the script: rows of page, its title, id, heading, text.
function search_index.text(pages)
  local rows = {}
  for _, page in ipairs(pages) do
    for _, section in ipairs(page.sections) do
      rows[#rows + 1] = ("[%s,%s,%s,%s,%s]"):format(quoted(page.name),
        quoted(page.title), quoted(section.id), quoted(section.heading),
        quoted(section.text))
    end
  end
  return "window.searchIndex = [\n" .. table.concat(rows, ",\n") .. "\n];\n"
end

return search_index
