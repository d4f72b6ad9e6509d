-- text.lua: a page of the manual as text, for a terminal of some width.
local markdown = require("gotrace.base.lazy").of "gotrace.manual.markdown"
local width_of = require("gotrace.base.width").of

local LEFT = 2 -- spaces before text; code has two more
local WIDEST = 24 -- a first column that others stand beside

-- wrap(out, text, first, rest, width): lines of text, the first behind `first`, the others
-- behind `rest`.
local function wrap(out, text, first, rest, width)
  local line, has_words = first, false
  for word in text:gmatch "%S+" do
    local longer = line .. (has_words and " " or "") .. word
    if has_words and width_of(longer) > width then
      out[#out + 1] = line
      line = rest .. word
    else
      line = longer
    end
    has_words = true
  end
  out[#out + 1] = (line:gsub("%s+$", ""))
end

local function pad(text, width)
  return text .. (" "):rep(width - width_of(text))
end

local render = {}

function render.heading(out, block)
  local text = markdown().plain(block.text)
  if block.level <= 2 then
    out[#out + 1] = text:upper()
  else
    out[#out + 1] = " " .. text
  end
end

function render.text(out, block, width)
  local left = (" "):rep(LEFT)
  wrap(out, markdown().plain(block.text), left, left, width)
end

function render.item(out, block, width)
  local mark = (" "):rep(LEFT) .. block.mark .. " "
  wrap(out, markdown().plain(block.text), mark, (" "):rep(#mark), width)
end

function render.code(out, block)
  for _, line in ipairs(block) do
    out[#out + 1] = line == "" and "" or (" "):rep(LEFT + 2) .. line
  end
end

-- How wide each column is; all of a row without the last one's surplus.
local function columns_of(rows)
  local widths = {}
  for _, row in ipairs(rows) do
    for i, cell in ipairs(row) do
      widths[i] = math.max(widths[i] or 0, width_of(cell))
    end
  end
  return widths
end

-- Columns beside each other, the last one wrapped.
local function put_columns(out, rows, widths, width)
  for _, row in ipairs(rows) do
    local line = (" "):rep(LEFT)
    for i = 1, #row - 1 do
      line = line .. pad(row[i], widths[i]) .. "  "
    end
    wrap(out, row[#row] or "", line, (" "):rep(width_of(line)), width)
  end
end

-- Columns below each other, each with its head.
local function put_records(out, head, rows, width)
  local left = (" "):rep(LEFT + 4)
  for _, row in ipairs(rows) do
    wrap(out, row[1], (" "):rep(LEFT), left, width)
    for i = 2, #row do
      local is_named = #row > 2 and (head[i] or "") ~= ""
      local name = is_named and head[i] .. ": " or ""
      if row[i] ~= "" then
        wrap(out, name .. row[i], left, left, width)
      end
    end
  end
end

local function plain_cells(cells)
  local list = {}
  for i, cell in ipairs(cells) do
    list[i] = markdown().plain(cell)
  end
  return list
end

function render.table(out, block, width)
  local head = plain_cells(block.head)
  local rows = { table.concat(head) ~= "" and head or nil }
  for _, row in ipairs(block.rows) do
    rows[#rows + 1] = plain_cells(row)
  end
  local widths, sum = columns_of(rows), LEFT
  for i = 1, #widths - 1 do
    sum = sum + widths[i] + 2
  end
  local has_room = sum + math.min(widths[#widths] or 0, 30) <= width
  if has_room and (#head > 2 or (widths[1] or 0) <= WIDEST) then
    put_columns(out, rows, widths, width)
  else
    put_records(out, head, rows, width)
  end
end

-- of(text, width): the lines of a page that is Markdown.
local function of(text, width)
  local out, before = {}, nil
  for _, block in ipairs(markdown().blocks(text)) do
    local is_list = block.kind == "item" and before == "item"
    if before and not is_list then
      out[#out + 1] = ""
    end
    render[block.kind](out, block, width)
    before = block.kind
  end
  return table.concat(out, "\n") .. "\n"
end

return { of = of }
