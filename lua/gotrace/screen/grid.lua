-- grid.lua: a table on a page: its rows in an order, those that a filter leaves, and as
-- lines of so many columns.
local format = require "gotrace.printing.format"
local printable = require "gotrace.base.printable"
local width = require "gotrace.base.width"

local LEAST_TEXT = 12 -- columns of a text, before others are left out
local GAP = 1
local FIRST = 0.6 -- of what is left goes to the first text, if it needs it

local write = {}

function write.text(value)
  return printable.line(tostring(value))
end
function write.count(value)
  return ("%d"):format(value)
end
function write.percent(value)
  return ("%.1f"):format(value)
end
function write.rate(value)
  return value < 10 and ("%.1f"):format(value) or ("%.0f"):format(value)
end
write.ns, write.bytes = format.duration, format.bytes

-- shown(kind, value): a cell's text; "" of what is not known.
local function shown(kind, value)
  return value == nil and "" or write[kind](value)
end

local function pad(text, n)
  return text .. (" "):rep(n - width.of(text))
end

-- The beginning of a text, in n columns.
local function cut_end(text, n)
  local over = width.of(text) > n
  return over and pad(width.first(text, n - 2), n - 2) .. ".." or pad(text, n)
end

-- cut(text, n): n columns of it, what is too long without its middle.
local function cut(text, n)
  local over = width.of(text) > n
  if not over then
    return pad(text, n)
  elseif n < 8 then
    return pad(width.first(text, n), n)
  end
  local head = math.floor((n - 2) / 2)
  return pad(width.first(text, head) .. ".." ..
    width.last(text, n - 2 - head), n)
end

-- Numbers the largest first, texts from a on; what is not known last.
local function is_before(a, b, kind)
  if a == nil or b == nil then
    return a ~= nil
  elseif kind == "text" then
    return tostring(a) < tostring(b)
  end
  return a > b
end

-- sort(rows, columns, by, reversed): by the column of that number. Equal ones are in the order
-- of their first column, whatever is reversed.
local function sort(rows, columns, by, reversed)
  local kind = columns[by].kind
  table.sort(rows, function(a, b)
    local x, y = a[by], b[by]
    if x == y then
      return tostring(a[1]) < tostring(b[1])
    elseif reversed and x ~= nil and y ~= nil then
      x, y = y, x
    end
    return is_before(x, y, kind)
  end)
end

-- matching(rows, text): those with that text in a cell of text, in whatever case.
local function matching(rows, columns, text)
  if text == "" then
    return rows
  end
  local left, wanted = {}, text:lower()
  for _, row in ipairs(rows) do
    for i, column in ipairs(columns) do
      if column.kind == "text" and
        shown("text", row[i] or ""):lower():find(wanted, 1, true) then
        left[#left + 1] = row
        break
      end
    end
  end
  return left
end

-- The widths of columns of numbers, by what is in them.
local function number_widths(columns, texts)
  local widths = {}
  for i, column in ipairs(columns) do
    widths[i] = column.kind ~= "text" and #column.name or nil
    for _, row in ipairs(texts) do
      widths[i] = widths[i] and math.max(widths[i], #row[i])
    end
  end
  return widths
end

-- How many columns there is room for, and what is left for those of text.
local function fitting(columns, widths, total)
  local n, left, texts = 0, total, 0
  for i, column in ipairs(columns) do
    local own = (widths[i] or LEAST_TEXT) + (i > 1 and GAP or 0)
    if own > left and i > 1 then
      break
    end
    n, left = i, left - own
    texts = texts + (column.kind == "text" and 1 or 0)
  end
  return n, left, texts
end

-- Columns that the longest cell of a column takes.
local function longest(texts, i)
  local most = 0
  for _, row in ipairs(texts) do
    most = math.max(most, width.of(row[i]))
  end
  return most
end

-- What is left goes to texts that need it: to the first one the greater part, and all of it
-- to the last.
local function share(columns, widths, total, texts)
  local n, left, others = fitting(columns, widths, total)
  for i = 1, n do
    if columns[i].kind == "text" then
      local most = others == 1 and left or math.floor(left * FIRST)
      local more = math.max(math.min(most, longest(texts, i) - LEAST_TEXT), 0)
      more = others == 1 and math.max(left, 0) or more
      widths[i] = LEAST_TEXT + more
      left, others = left - more, others - 1
    end
  end
  return n
end

local function line(columns, widths, n, cells)
  local parts = {}
  for i = 1, n do
    local text = cells[i]
    parts[i] = columns[i].kind ~= "text" and
      (" "):rep(widths[i] - #text) .. text or
      (i == 1 and cut or cut_end)(text, widths[i])
  end
  return table.concat(parts, (" "):rep(GAP))
end

-- lines(columns, rows, total, by): a head and a line for each row, in `total` columns; the
-- one that they are sorted by is marked.
local function lines(columns, rows, total, by)
  local texts, head = {}, {}
  for r, row in ipairs(rows) do
    texts[r] = {}
    for i, column in ipairs(columns) do
      texts[r][i] = shown(column.kind, row[i])
    end
  end
  for i, column in ipairs(columns) do
    head[i] = i == by and column.name:upper() or column.name
  end
  local widths = number_widths(columns, texts)
  local n = share(columns, widths, total, texts)
  local list = {}
  for r in ipairs(rows) do
    list[r] = line(columns, widths, n, texts[r])
  end
  return line(columns, widths, n, head), list
end

-- is_kind(name): whether columns can be of it.
local function is_kind(name)
  return write[name] ~= nil
end

return { lines = lines, sort = sort, matching = matching, cut = cut,
  is_kind = is_kind }
