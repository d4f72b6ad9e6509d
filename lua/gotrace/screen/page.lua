-- page.lua: a page on the terminal: what it shows, and what keys make of it. What it is
-- about comes from a script (library.lua), as text and numbers: here alone the terminal is
-- steered, and all text is fit to be shown before it comes near it.
local grid = require "gotrace.screen.grid"
local host = require "gotrace.engine.host"
local keys = require "gotrace.screen.keys"
local printable = require "gotrace.base.printable"

local REVERSE, BOLD, PLAIN = "\27[7m", "\27[1m", "\27[0m"
local REST_OF_KEY = 30 -- ms in which the rest of a key comes

local Page = {}
Page.__index = Page

-- new(spec): what library.lua has checked.
local function new(spec)
  local page = setmetatable({ spec = spec, view = 1, filter = "", top = 1,
    mode = "table", status = "", title = "", by = {}, reversed = {},
    chosen = {}, shown = {} }, Page)
  for i, view in ipairs(spec.views) do
    page.by[i] = view.by
  end
  return page
end

-- keep(page, before): what keys have made of a page like it stays.
local function keep(page, before)
  for _, name in ipairs { "view", "filter", "by", "reversed", "chosen",
    "shown", "is_paused", "has_quit" } do
    page[name] = before[name]
  end
end

local help = {
  "Keys",
  "",
  "  Tab, 1 to 9        the next view, that view",
  "  up, down, j, k     a row further; PgUp, PgDn, Home, End",
  "  s, S, left, right  sort by the next column, by the one before",
  "  r                  the other way round",
  "  /                  rows with this text alone; an empty one: all",
  "  Enter              more about the row: where it waits",
  "  Esc                back",
  "  p, space           pause: a file stops; a running program is read on,",
  "                     and what it did meanwhile is shown then",
  "  t                  figures of the last interval, or since the beginning",
  "  q, Ctrl-C          quit",
}

-- Rows

local function rows_of(page)
  local view = page.spec.views[page.view]
  local rows = {}
  for i, row in ipairs(view.rows()) do -- more than unpack takes, perhaps
    rows[i] = row
  end
  grid.sort(rows, view.columns, page.by[page.view], page.reversed[page.view])
  return grid.matching(rows, view.columns, page.filter)
end

local function key_of(row)
  return row.key or row[1]
end

-- The number of the row that is chosen: the same one as before, wherever it is now.
local function place_of(page, rows)
  local chosen = page.chosen[page.view]
  for i, row in ipairs(rows) do
    if key_of(row) == chosen then
      return i
    end
  end
  return 1
end

local function choose(page, rows, i)
  local row = rows[math.max(1, math.min(i, #rows))]
  page.chosen[page.view] = row and key_of(row) or nil
end

-- Lines

local function add(lines, text, columns, attribute)
  lines[#lines + 1] = (attribute or "") ..
    grid.cut(printable.line(text), columns) .. (attribute and PLAIN or "")
end

local function title_of(page)
  return page.spec.title .. "  " .. page.title .. "  " ..
    (page.is_paused and "PAUSED" or page.status)
end

local function tabs_of(page)
  local parts = {}
  for i, view in ipairs(page.spec.views) do
    parts[i] = (i == page.view and "[%d %s]" or " %d %s "):format(i, view.name)
  end
  local filter = page.mode == "filter" and "/" .. page.filter .. "_" or
    page.filter ~= "" and "/" .. page.filter or ""
  return table.concat(parts, " ") .. "  " .. filter
end

-- The first row that is shown, so that the chosen one is.
local function first_shown(page, place, room)
  page.top = math.max(math.min(page.top, place), place - room + 1, 1)
  return page.top
end

local function add_table(page, lines, height, columns)
  local view = page.spec.views[page.view]
  local rows = rows_of(page)
  local room = math.max(height - #lines - 2, 1)
  page.room = room
  local place = place_of(page, rows)
  local first, visible = first_shown(page, place, room), {}
  for i = first, math.min(first + room - 1, #rows) do
    visible[#visible + 1] = rows[i]
  end
  local head, list = grid.lines(view.columns, visible, columns,
    page.by[page.view])
  add(lines, head, columns, REVERSE)
  for i, text in ipairs(list) do
    add(lines, text, columns, first + i - 1 == place and REVERSE or nil)
  end
  if #rows == 0 then
    add(lines, page.filter ~= "" and "nothing has that in its name" or
      "nothing so far", columns)
  end
end

local function add_lines(page, lines, all, height, columns)
  local room = math.max(height - #lines - 1, 1)
  page.room = room
  page.top = math.max(math.min(page.top, #all - room + 1), 1)
  for i = page.top, math.min(page.top + room - 1, #all) do
    add(lines, all[i], columns, i == 1 and BOLD or nil)
  end
end

-- What there is to say of the row that was chosen, as of now.
local function detail_of(page)
  local view = page.spec.views[page.view]
  for _, row in ipairs(rows_of(page)) do
    if key_of(row) == page.chosen[page.view] then
      return view.detail(row)
    end
  end
  return { "it is not there any more" }
end

local hints = {
  table = "q quit  ? help  Tab view  s sort  r reverse  / filter  " ..
    "Enter more  p pause",
  detail = "Esc back  up, down  q quit",
  help = "Esc back  q quit",
  filter = "Enter done  Esc no filter",
}

-- Without the last line, where there is no room for all.
local function with_hint(page, lines, height, columns)
  while #lines < height - 1 do
    lines[#lines + 1] = ""
  end
  for i = #lines, math.max(height, 1), -1 do
    lines[i] = nil
  end
  add(lines, hints[page.mode], columns, REVERSE)
  return lines
end

local function compose(page, height, columns)
  local lines = {}
  add(lines, title_of(page), columns, BOLD)
  if page.mode == "help" then
    add_lines(page, lines, help, height, columns)
  elseif page.mode == "detail" then
    add_lines(page, lines, detail_of(page), height, columns)
  else
    for _, text in ipairs(page.spec.meters()) do
      add(lines, text, columns)
    end
    add(lines, tabs_of(page), columns)
    add_table(page, lines, height, columns)
  end
  return with_hint(page, lines, height, columns)
end

-- is_resized(): whether what is on the terminal is not what was drawn there.
function Page:is_resized()
  local is_new
  self.height, self.columns, is_new = host.terminal_size()
  self.is_new = self.is_new or is_new
  return self.is_new
end

-- draw(): what differs from what is on the terminal.
function Page:draw()
  local parts = {}
  if self:is_resized() then
    self.shown, self.is_new = {}, false
    parts[1] = "\27[0m\27[2J"
  end
  for i, line in ipairs(compose(self, self.height, self.columns)) do
    if self.shown[i] ~= line then
      self.shown[i] = line
      parts[#parts + 1] = ("\27[%d;1H\27[2K%s"):format(i, line)
    end
  end
  if #parts > 0 then
    host.terminal_write(table.concat(parts))
  end
end

-- Keys

local on = { table = {}, detail = {}, help = {}, filter = {} }

local function go(page, mode)
  page.mode, page.top = mode, 1
end

local function move(by)
  return function(page)
    local rows = rows_of(page)
    choose(page, rows, place_of(page, rows) + by(page))
  end
end

local function scroll(by)
  return function(page)
    page.top = math.max(page.top + by(page), 1)
  end
end

local function moves(list, make)
  local function always(n)
    return function()
      return n
    end
  end
  list.up, list.down = make(always(-1)), make(always(1))
  list.k, list.j = list.up, list.down
  list["page up"] = make(function(page)
    return -page.room
  end)
  list["page down"] = make(function(page)
    return page.room
  end)
  list.home, list["end"] = make(always(-2 ^ 30)), make(always(2 ^ 30))
end

moves(on.table, move)
moves(on.detail, scroll)
moves(on.help, scroll)

local function quit(page)
  page.has_quit = true
end

local function back(page)
  go(page, "table")
end

for _, list in ipairs { on.table, on.detail, on.help } do
  list.q = quit
end
for _, list in ipairs { on.detail, on.help } do
  list.escape, list.backspace, list.left = back, back, back
  list.enter = back
end
on.help["?"] = back

on.table["?"] = function(page)
  go(page, "help")
end
on.table.h = on.table["?"]

local function show_view(page, i)
  page.view, page.top = i, 1
end

function on.table.tab(page)
  show_view(page, page.view % #page.spec.views + 1)
end
on.table["back tab"] = function(page)
  show_view(page, (page.view - 2) % #page.spec.views + 1)
end

local function sort_by(step)
  return function(page)
    local n = #page.spec.views[page.view].columns
    page.by[page.view] = (page.by[page.view] - 1 + step) % n + 1
    page.reversed[page.view], page.top = nil, 1
  end
end
on.table.s, on.table.S = sort_by(1), sort_by(-1)
on.table.right, on.table.left = on.table.s, on.table.S

function on.table.r(page)
  page.reversed[page.view] = not page.reversed[page.view]
end

function on.table.enter(page)
  local rows = rows_of(page)
  if page.spec.views[page.view].detail and #rows > 0 then
    choose(page, rows, place_of(page, rows))
    go(page, "detail")
  end
end

on.table["/"] = function(page)
  go(page, "filter")
end
function on.table.escape(page)
  page.filter = ""
end

function on.table.p(page)
  page.is_paused = not page.is_paused
end
on.table[" "] = on.table.p
on.detail.p, on.detail[" "] = on.table.p, on.table.p

function on.table.t(page)
  if page.spec.total then
    page.spec.total()
  end
end
on.detail.t = on.table.t

on.filter.enter = back
function on.filter.escape(page)
  page.filter = ""
  back(page)
end
function on.filter.clear(page)
  page.filter = ""
end
function on.filter.backspace(page)
  page.filter = page.filter:gsub("[^\128-\191][\128-\191]*$", "")
end

local MOST_FILTER = 200 -- bytes

local function press(page, key)
  local act = on[page.mode][key]
  local digit = page.mode == "table" and tonumber(key)
  if key == "redraw" then
    page.is_new = true
  elseif act then
    act(page)
  elseif digit and page.spec.views[digit] then
    show_view(page, digit)
  elseif page.mode == "filter" and #key > 0 and not key:find "^%a%a" and
    #page.filter < MOST_FILTER then
    page.filter = page.filter .. key
  end
end

-- heed(ms): waits for keys at most that long, and does what they say. True: something may
-- look otherwise.
function Page:heed(ms)
  local text = host.terminal_read(ms)
  if text and keys.is_partial(text) then
    text = text .. (host.terminal_read(REST_OF_KEY) or "")
  end
  if not text then
    self.has_quit = true
    return false
  end
  for key in keys.each(text) do
    press(self, key)
  end
  return text ~= ""
end

return { new = new, keep = keep }
