-- text_table.lua: a table (format.lua) as lines of text, in columns that fit the width of
-- the terminal: places in the code come last, and what is too long loses its middle; names
-- of traces, which differ at their ends, lose their folders.
local by_width = require "gotrace.base.width"
local value = require "gotrace.base.value"

local line, number_of = value.line, value.number_of

local BAR = 40 -- characters of the longest bar, and of one where there is little room
local SHORT_BAR = 10
local NARROW = 12 -- no text is cut shorter
local GAP = "  "

local width, room = math.huge, nil
local names_whole, has_cut = true, false
local colors = false

-- How terminals show headings, bars and pictures, and what ends it.
local BOLD, GREEN, PLAIN = "\27[1m", "\27[32m", "\27[0m"
local YELLOW, BLUE, DIM = "\27[33m", "\27[34m", "\27[2m"
local ON_CYAN, ON_YELLOW = "\27[30;46m", "\27[30;43m"

-- set_width(n, is_whole, n_pictures): characters of a line, at most, if nothing else makes it
-- longer. is_whole: places have their files, and stacks all of their frames; nil: where n is
-- huge. n_pictures: the same of pictures, where n is huge; nil: as many as they take.
local function set_width(n, is_whole, n_pictures)
  width, room = n, n < math.huge and n or n_pictures
  names_whole = is_whole == nil and n == math.huge or is_whole == true
end

-- use_colors(is): whether headings and bars are told apart by how a terminal shows them.
local function use_colors(is)
  colors = is
end

local function is_wide()
  return names_whole
end

-- is_cut(): whether lines have an end.
local function is_cut()
  return width < math.huge
end

-- columns(): how many characters a picture has room for; nil: as many as it takes.
local function columns_of_line()
  return room
end

-- was_cut(): whether a name of what lines() made has lost its middle.
local function was_cut()
  return has_cut
end

-- What a terminal shows, not bytes, so that columns stay aligned.
local width_of = by_width.of

-- cell_text(unit, cell, is_measured): unit makes text of numbers; those that were measured,
-- other than ids, have commas between their thousands.
local function cell_text(unit, cell, is_measured)
  local n = number_of(cell)
  if n and unit then
    return unit(n)
  end
  local text = type(cell) == "table" and cell:text() or line(cell)
  return n and is_measured and value.thousands(text) or text
end

-- Whether a cell is a place in the code: a stack or a frame.
local function is_place(cell)
  return type(cell) == "table" and cell.is_place == true
end

local function widest(column)
  local most = 0
  for r = 0, #column.texts do
    most = math.max(most, width_of(column.texts[r]))
  end
  return most
end

-- A column: { texts: the heading at 0, that of the rest behind the others; numeric: all are
-- numbers; is_key, place, is_path: what it is; width }.
local function column_of(t, i)
  local unit = t.units and t.units[i]
  local column = { texts = { [0] = line(t.columns[i]) }, numeric = #t.rows > 0,
    is_key = i <= (t.keys or 0), place = false,
    is_path = t.columns[i] == "trace",
    is_picture = t.pictures and t.pictures[i] }
  local is_measured = t.is_measured and not column.is_key
  for r, row in ipairs(t.rows) do
    column.texts[r] = cell_text(unit, row[i], is_measured)
    column.numeric = column.numeric and
      (row[i] == nil or number_of(row[i]) ~= nil)
    column.place = column.place or column.is_key and is_place(row[i])
  end
  if t.rest then
    column.texts[#t.rows + 1] = cell_text(unit, t.rest[i], is_measured)
  end
  column.width = widest(column)
  return column
end

-- The largest value of each group, in either direction.
local function most_of(t, group_of)
  local most = {}
  for r, row in ipairs(t.rows) do
    local group, n = group_of(r), math.abs(number_of(row[t.bars]) or 0)
    most[group] = math.max(most[group] or 0, n)
  end
  return most
end

-- The column as bars; those of negative values are of minuses.
local function bar_column(t, length)
  local function group_of(r)
    return t.bar_group and t.bar_group[r] or 1
  end
  local most, texts = most_of(t, group_of), { [0] = "" }
  for r, row in ipairs(t.rows) do
    local n, longest = number_of(row[t.bars]) or 0, most[group_of(r)]
    local share = longest > 0 and math.abs(n) / longest or 0
    texts[r] = (n < 0 and "-" or "#"):rep(math.ceil(share * length))
  end
  texts[#t.rows + 1] = ""
  return { texts = texts, width = length, is_key = false, is_bar = true }
end

-- Numbers first, places last; bars belong beside what they are of.
local function in_order(columns, t)
  if t.bars then
    return columns
  end
  local list = {}
  for _, place in ipairs { false, true } do
    for _, column in ipairs(columns) do
      list[#list + 1] = column.place == place and column or nil
    end
  end
  return list
end

local function total_of(columns)
  local total = -#GAP
  for _, column in ipairs(columns) do
    total = total + column.width + #GAP
  end
  return total
end

-- The widest column that may lose more: keys that are text.
local function widest_text(columns)
  local found
  for _, column in ipairs(columns) do
    local may = column.is_key and not column.numeric and column.width > NARROW
    if may and (not found or column.width > found.width) then
      found = column
    end
  end
  return found
end

-- Makes columns narrower until a line fits, or no column can be.
local function fit(columns)
  local over = total_of(columns) - width
  local column = over > 0 and widest_text(columns)
  while column do
    column.width, over = column.width - 1, over - 1
    column = over > 0 and widest_text(columns)
  end
end

-- Text of at most n columns: its middle goes, or its beginning.
local function cut(s, n, is_path)
  if width_of(s) <= n then
    return s
  end
  has_cut = true
  local right = is_path and n - 3 or math.floor((n - 3) / 2)
  local left = n - 3 - right
  return by_width.first(s, left) .. "..." .. by_width.last(s, right)
end

-- A column of numbers is right-aligned, and so is its heading.
local function padded(column, r)
  local text = cut(column.texts[r], column.width, column.is_path)
  local gap = (" "):rep(column.width - width_of(text))
  return column.numeric and gap .. text or text .. gap
end

local function colored(text, color)
  return colors and text ~= "" and color .. text .. PLAIN or text
end

-- What goroutines did, as pictures show it: they ran (blocks by how much of the time), could
-- have run, were in a syscall, waited.
local function color_of(char)
  return char:find "^\226\150[\129-\136]" and GREEN or char == "▒" and YELLOW or
    char == "s" and BLUE or char == "·" and DIM
end

-- Where the box that begins at `from` ends: │ is one by itself.
local function box_end(text, from)
  if text:byte(from + 2) == 0x82 then
    return from + 2
  end
  local _, last = text:find("┤", from, true)
  return last or #text
end

-- Boxes of a picture, from ├ to ┤: each of another colour than the one before.
local function shaded(text)
  local out, at, n = {}, 1, 0
  local from = text:find("\226\148[\130\156]")
  while from do
    local last = box_end(text, from)
    n = n + 1
    out[n] = text:sub(at, from - 1) .. (n % 2 == 1 and ON_CYAN or ON_YELLOW) ..
      text:sub(from, last) .. PLAIN
    at, from = last + 1, text:find("\226\148[\130\156]", last + 1)
  end
  return table.concat(out) .. text:sub(at)
end

local function painted(text)
  if not colors then
    return text
  elseif text:find "^ *\226\148[\130\156]" then
    return shaded(text)
  end
  local out, before = {}, nil
  for char in text:gmatch "[^\128-\191][\128-\191]*" do
    local color = color_of(char)
    if color ~= before then
      out[#out + 1] = (before and PLAIN or "") .. (color or "")
      before = color
    end
    out[#out + 1] = char
  end
  return table.concat(out) .. (before and PLAIN or "")
end

-- Without the blanks at its end. From the back: a pattern that begins with
-- blanks would go through those in the middle again from each.
local function trimmed(s)
  return s:match "^.*%S" or ""
end

-- Bars take what room there is.
local function add_bars(columns, t)
  local left = width - total_of(columns) - #GAP
  local longest = math.max(SHORT_BAR, math.min(BAR, left))
  columns[#columns + 1] = bar_column(t, longest)
end

-- lines(t): the table as lines.
local function lines(t)
  local columns = {}
  for i = 1, #t.columns do
    columns[i] = column_of(t, i)
  end
  if t.bars then
    add_bars(columns, t)
  end
  columns = in_order(columns, t)
  fit(columns)
  local list = {}
  for r = 0, #t.rows + (t.rest and 1 or 0) do
    local cells, bar = {}, ""
    for i, column in ipairs(columns) do
      cells[i] = column.is_bar and "" or padded(column, r)
      cells[i] = column.is_picture and r > 0 and painted(cells[i]) or cells[i]
      bar = column.is_bar and column.texts[r] or bar
    end
    local text = table.concat(cells, GAP)
    text = bar ~= "" and text .. colored(bar, GREEN) or trimmed(text)
    list[r + 1] = r == 0 and colored(text, BOLD) or text
  end
  return list
end

return { lines = lines, set_width = set_width, use_colors = use_colors,
  is_wide = is_wide, columns = columns_of_line, is_cut = is_cut,
  was_cut = was_cut }
