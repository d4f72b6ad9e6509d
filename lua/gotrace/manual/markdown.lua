-- markdown.lua: the Markdown that docs/ is written in, as blocks:
--
--   { kind = "heading", level =, text = }      { kind = "text", text = }
--   { kind = "code", lines }                   { kind = "item", mark = "-", text = }
--   { kind = "table", head = { cell, ... }, rows = { { cell, ... }, ... } }
--
-- and text within them as pieces { style = "plain", "code" or "strong", text = }.

local written = require "gotrace.manual.written"

local function add_text(blocks, kind, line, mark)
  local last = blocks[#blocks]
  if kind == "text" and last and last.open then
    last.text = last.text .. " " .. line:match "^%s*(.*)$"
  else
    blocks[#blocks + 1] = { kind = kind, text = line, mark = mark,
      open = true }
  end
end

-- The cells of a row; \| is part of one.
local function cells_of(line)
  local cells = {}
  local inner = line:gsub("\\|", "\1"):match "^|(.*)|%s*$"
  for cell in ((inner or "") .. "|"):gmatch "([^|]*)|" do
    cells[#cells + 1] = cell:match "^%s*(.-)%s*$":gsub("\1", "|")
  end
  return cells
end

local function add_row(blocks, line)
  local last = blocks[#blocks]
  if line:find "^|[%s:|-]+|$" and line:find "%-%-%-" then
    return
  elseif not (last and last.kind == "table" and last.open) then
    blocks[#blocks + 1] = { kind = "table", head = cells_of(line), rows = {},
      open = true }
  else
    table.insert(last.rows, cells_of(line))
  end
end

-- Lines that are shown as they are.
local function add_code(blocks, line)
  local last = blocks[#blocks]
  if not (last and last.kind == "code" and last.more) then
    last = { kind = "code", more = true }
    blocks[#blocks + 1] = last
  end
  last[#last + 1] = line
end

local function close(blocks)
  local last = blocks[#blocks]
  if last then
    last.open = nil
  end
end

local function add_line(blocks, line)
  local level, title = line:match "^(#+) (.*)$"
  local mark, item = line:match "^(%-) (.*)$"
  local last = blocks[#blocks]
  if not mark then
    mark, item = line:match "^(%d+%.) (.*)$"
  end
  if level then
    close(blocks)
    blocks[#blocks + 1] = { kind = "heading", level = #level, text = title }
  elseif line:find "^%s*$" then
    close(blocks)
    if last and last.kind == "code" and last.more then
      add_code(blocks, "")
    end
  elseif line:find "^    " and not (last and last.open) then
    add_code(blocks, line:sub(5))
  elseif line:find "^|" then
    add_row(blocks, line)
  elseif mark then
    close(blocks)
    add_text(blocks, "item", item, mark)
  else
    local is_item = last and last.open and last.kind == "item"
    if last and last.kind == "code" then
      last.more = nil
    end
    add_text(blocks, is_item and "text" or "text", line)
  end
end

-- Empty lines at the end of code are none.
local function trimmed(blocks)
  for _, block in ipairs(blocks) do
    while block.kind == "code" and block[#block] == "" do
      block[#block] = nil
    end
  end
  return blocks
end

-- blocks(text): those of a page.
local function blocks_of(text)
  local blocks, fenced = {}, false
  for line in (text .. "\n"):gmatch "([^\n]*)\n" do
    if line:find "^```" then
      fenced = not fenced
      close(blocks)
      local last = blocks[#blocks]
      if last then
        last.more = nil
      end
    elseif fenced then
      add_code(blocks, line)
    else
      add_line(blocks, line)
    end
  end
  return trimmed(blocks)
end

-- file -> the topic of help that shows it.
local topic_of = {}
for _, page in ipairs(written) do
  topic_of[(page.file or page.name) .. ".md"] = page.name
end

-- What a link shows: its text, and where it leads to if that is on the network. A file of
-- docs/ is read by help.
local function link(text, target)
  if target:find "^https?://" and target ~= text then
    return ("%s (%s)"):format(text, target)
  end
  local topic = topic_of[text]
  return topic and "gotrace-lua help " .. topic or text
end

local function without_links(text)
  return (text:gsub("!?%[([^%]]*)%]%(([^)]*)%)", link))
end

-- pieces(text): the styles of a text.
local function pieces(text)
  local list = {}
  local function add(style, part)
    if part ~= "" then
      list[#list + 1] = { style = style, text = part }
    end
  end
  for plain, code in (text .. "``"):gmatch "([^`]*)`([^`]*)`" do
    plain = without_links(plain)
    for before, strong in (plain .. "****"):gmatch "(.-)%*%*(.-)%*%*" do
      add("plain", before)
      add("strong", strong)
    end
    add("code", code)
  end
  return list
end

-- plain(text): without any style.
local function plain(text)
  local list = pieces(text)
  for i, piece in ipairs(list) do
    list[i] = piece.text
  end
  return table.concat(list)
end

return { blocks = blocks_of, pieces = pieces, plain = plain }
