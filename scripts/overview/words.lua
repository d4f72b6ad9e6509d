-- words.lua: how the overview says things: places, commands and texts that fit.
local format = require "gotrace.format"

-- Bytes of a name, and of a path in a command, at most: a trace may have any, and JSON
-- takes six for one.
local NAME, PATH = 160, 256

-- Without the parts of characters at a cut.
local function whole_start(text)
  return (text:gsub("[\192-\255][\128-\191]*$", ""))
end

local function whole_end(text)
  return (text:gsub("^[\128-\191]+", ""))
end

-- cut(text, width): the text, without its middle where it is longer.
local function cut(text, width)
  if #text <= width then
    return text
  end
  local head = math.floor((width - 3) / 2)
  return whole_start(text:sub(1, head)) .. "..." ..
    whole_end(text:sub(#text - (width - 3 - head) + 1))
end

-- name(text): a name in a line, of a length that a report has room for.
local function name(text)
  return cut(format.line(text), NAME)
end

-- place(frame): main.worker:12, without the folders of its package.
local function place(frame)
  if frame.func == "" then
    return ""
  end
  return name(("%s:%d"):format(frame.func, frame.line))
end

-- A word that the shell does not take apart.
local function quoted(word)
  if word:find "^[%w_./,=:@%%+-]+$" then
    return word
  end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

-- The trace as a command names it: several in one file have names with their place in it.
-- A name that is very long or of odd bytes is the reader's to put in.
local function file_word(t)
  local file = t.file
  if t.offset > 0 then
    file = file:gsub("@%d+$", "")
  end
  if #file > PATH or format.line(file) ~= file then
    return "TRACE"
  end
  return quoted(file:find "^-." and "./" .. file or file)
end

-- command(t, option, ...): a line for the shell that asks the trace something.
local function command(t, ...)
  local words = { "gotrace-lua" }
  for _, word in ipairs { ... } do
    words[#words + 1] = quoted(word)
  end
  words[#words + 1] = file_word(t)
  return table.concat(words, " ")
end

-- count(n, one, many): "1 wait", "3 waits".
local function count(n, one, many)
  return ("%s %s"):format(format.thousands(n), n == 1 and one or
    many or one .. "s")
end

-- percent(part, whole): in tenths.
local function percent(part, whole)
  return math.floor(1000 * part / whole + 0.5) / 10
end

-- earlier(ns): a time as an option has it, no later than it is.
local function earlier(ns)
  local unit = 10 ^ math.max(0, math.floor(math.log10(ns)) - 3)
  return format.duration(math.floor(ns / unit) * unit)
end

-- Versions of Go whose traces have the header of another one.
local others = { ["1.5"] = "1.5 or 1.6", ["1.11"] = "1.11 to 1.18",
  ["1.19"] = "1.19 or 1.20", ["1.23"] = "1.23 or 1.24",
  ["1.26"] = "1.26 or 1.27" }

-- go_of(version): which Go it was that wrote a trace with this header.
local function go_of(version)
  return "Go " .. (others[version] or version)
end

return {
  go_of = go_of,
  cut = cut,
  name = name,
  place = place,
  command = command,
  count = count,
  percent = percent,
  earlier = earlier,
}
