-- man.lua: a page of the manual in the language of man(7).
local markdown = require("gotrace.base.lazy").of "gotrace.manual.markdown"
local utf8 = require("gotrace.base.lazy").of "gotrace.manual.code_points"

local LONGEST = 78 -- characters of a line of text

-- Signs that roff would read.
local function escape(text)
  text = text:gsub("\\", "\\e"):gsub("%-", "\\-"):gsub("'", "\\(aq")
    :gsub("`", "\\(ga"):gsub("%^", "\\(ha"):gsub("~", "\\(ti")
    :gsub('"', "\\(dq")
  return utf8().replace(text, "\\[u%04X]")
end

-- A line that begins with . or ' would be a request: what is escaped begins with \.
local function guard(line)
  return line:find "^%." and "\\&" .. line or line
end

local fonts = { code = "\\fB", strong = "\\fI", plain = "" }

local function styled(text)
  local out = {}
  for i, piece in ipairs(markdown().pieces(text)) do
    local inner = escape(piece.text)
    out[i] = piece.style == "plain" and inner or
      fonts[piece.style] .. inner .. "\\fR"
  end
  return table.concat(out)
end

-- Text in lines that are not long: roff fills them.
local function put(out, text)
  local line = ""
  for word in text:gmatch "%S+" do
    if line ~= "" and #line + #word >= LONGEST then
      out[#out + 1] = guard(line)
      line = word
    else
      line = line == "" and word or line .. " " .. word
    end
  end
  out[#out + 1] = line ~= "" and guard(line) or nil
end

local render = {}

function render.heading(out, block)
  local text = markdown().plain(block.text)
  if block.level <= 2 then
    out[#out + 1] = '.SH "' .. escape(text:upper()) .. '"'
  else
    out[#out + 1] = '.SS "' .. escape(text) .. '"'
  end
end

function render.text(out, block, before)
  out[#out + 1] = before ~= "heading" and ".PP" or nil
  put(out, styled(block.text))
end

function render.item(out, block)
  local is_dash = block.mark == "-"
  out[#out + 1] = (".IP %s 4"):format(is_dash and "\\(bu" or block.mark)
  put(out, styled(block.text))
end

function render.code(out, block, before)
  out[#out + 1] = before ~= "heading" and ".PP" or nil
  out[#out + 1] = ".RS 4"
  out[#out + 1] = ".nf"
  for _, line in ipairs(block) do
    out[#out + 1] = line == "" and "\\&" or
      guard((escape(line):gsub("\t", "        "):gsub("%s+$", "")))
  end
  out[#out + 1] = ".fi"
  out[#out + 1] = ".RE"
end

-- A row: its first cell, and the others behind it.
local function put_row(out, head, row)
  out[#out + 1] = ".TP"
  put(out, row[1] ~= "" and styled(row[1]) or "\\&")
  local texts = {}
  for i = 2, #row do
    local is_named = #row > 2 and (head[i] or "") ~= ""
    local name = is_named and head[i] .. ": " or ""
    texts[#texts + 1] = row[i] ~= "" and styled(name .. row[i]) or nil
  end
  local is_first = true
  for _, text in ipairs(texts) do
    out[#out + 1] = not is_first and ".br" or nil
    put(out, text)
    is_first = false
  end
  if is_first then
    out[#out + 1] = "\\&"
  end
end

function render.table(out, block)
  for _, row in ipairs(block.rows) do
    put_row(out, block.head, row)
  end
end

-- of(page, date): a page { name =, section =, about =, text = Markdown, version = }.
local function of(page, date)
  local out = {
    ('.TH "%s" "%s" "%s" "gotrace\\-lua %s" "gotrace\\-lua"'):format(
      escape(page.name:upper()), page.section, date, page.version),
    ".nh", ".ad l", ".SH NAME",
  }
  put(out, escape(page.name) .. " \\- " .. styled(page.about))
  local before = "text"
  for _, block in ipairs(markdown().blocks(page.text)) do
    render[block.kind](out, block, before)
    before = block.kind
  end
  return table.concat(out, "\n") .. "\n"
end

return { of = of }
