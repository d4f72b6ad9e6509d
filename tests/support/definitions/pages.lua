-- pages.lua: the tables of the docs: what a page says of a field or method, in a sentence.
local pages = {}

local read = {} -- tables by page

-- Without Markdown's links; what steers a comment of the definitions is not there.
local function plain(text)
  return (text:gsub("%[([^%]]*)%]%b()", "%1"):gsub("^%s+", ""):gsub("%s+$", ""))
end

-- The cells of a row; a bar in `code` is none of its borders.
local function cells_of(line)
  local cells = {}
  local text = line:gsub("`[^`]*`", function(code)
    return (code:gsub("|", "\1"))
  end)
  for cell in text:match("^|(.*)|%s*$"):gmatch "[^|]+" do
    cells[#cells + 1] = plain((cell:gsub("\1", "|")))
  end
  return cells
end

-- The names that a first cell is about: `x:top(n)` is top, `trace.gc(n)` gc, `on.begin(trace)` begin.
local function names_of(cell)
  local names = {}
  for code in cell:gmatch "`([^`]*)`" do
    local name = code:gsub("[%({].*$", ""):gsub("%s+$", ""):match "([%a_][%w_]*)$"
    names[#names + 1] = name
  end
  return names
end

local function read_tables(page)
  local tables, current, section = {}, nil, ""
  for line in io.lines("docs/" .. page) do
    section = line:match "^#+%s+(.*)$" or section
    if not line:find "^|" then
      current = nil
    elseif not current then
      current = { section = section, head = cells_of(line)[1], rows = {} }
      tables[#tables + 1] = current
    elseif not line:find "^|%-" then
      local cells = cells_of(line)
      for _, name in ipairs(names_of(cells[1])) do
        current.rows[name] = cells
      end
    end
  end
  return tables
end

-- of(place, column): sentences by name, of the tables at "scripting.md#Section|head of its first
-- column". column: the number of the one they stand in; nil: the last.
function pages.of(place, column)
  local page, section, head = place:match "^([^#]+)#([^|]*)|(.*)$"
  local all = {}
  read[page] = read[page] or read_tables(page)
  for _, one in ipairs(read[page]) do
    if one.section == section and one.head == head then
      for name, cells in pairs(one.rows) do
        all[name] = cells[column or #cells]
      end
    end
  end
  assert(next(all), "the docs have no table " .. place)
  return all
end

return pages
