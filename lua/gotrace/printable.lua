-- printable.lua: the one place that makes text fit to be shown. What a trace,
-- a file's name or a YAML file says may hold any bytes; what comes out steers no
-- terminal, hides nothing, and is valid UTF-8.
--
-- These do not stand as they are: controls (U+0000 to U+001F, U+007F to U+009F),
-- marks of direction (U+061C, U+200E, U+200F, U+202A to U+202E, U+2066 to
-- U+2069), separators of lines and paragraphs (U+2028, U+2029), and bytes that
-- are no character. They become \n, \t, \r, \xHH for a byte, \uHHHH.
--
-- Everything printed is `text` at least, and what is put into a line of ours
-- (a cell, a field, an argument of a message) is a `line` before.
local ffi = require "ffi"

ffi.cdef "size_t strspn(const char *s, const char *set);"

local function continues(byte)
  return byte and byte >= 0x80 and byte < 0xc0
end

-- How many of the bytes behind the first belong to its character, and of what
-- range the second one is; nil where the first begins none.
local function shape(first)
  if first >= 0xc2 and first < 0xe0 then
    return 1, 0x80, 0xc0
  elseif first >= 0xe0 and first < 0xf0 then -- shortest form, no half of a pair
    return 2, first == 0xe0 and 0xa0 or 0x80, first == 0xed and 0xa0 or 0xc0
  elseif first >= 0xf0 and first < 0xf5 then -- up to U+10FFFF
    return 3, first == 0xf0 and 0x90 or 0x80, first == 0xf4 and 0x90 or 0xc0
  end
end

-- The character at i, where a byte from 128 on is: its length and code point,
-- nil if there is none.
local function character(s, i)
  local first, second = s:byte(i, i + 1)
  local more, low, high = shape(first)
  if not (more and second and second >= low and second < high) then
    return nil
  end
  local code = first % 2 ^ (6 - more)
  for k = i + 1, i + more do
    local byte = s:byte(k)
    if not continues(byte) then
      return nil
    end
    code = code * 64 + byte % 64
  end
  return more + 1, code
end

local function is_hidden(code)
  return code < 0xa0 or code == 0x61c or code == 0x200e or code == 0x200f or
    code >= 0x2028 and code <= 0x202e or code >= 0x2066 and code <= 0x2069
end

local REPLACEMENT = "\239\191\189" -- U+FFFD

-- A byte of text that is no character, and one of JSON.
local function hex_byte(byte)
  return ("\\x%02x"):format(byte)
end
local function marked_byte(byte)
  return ("%s%02x"):format(REPLACEMENT, byte)
end

-- The bytes s[i..] that are a character of their own or none as they are shown.
-- JSON: a U+FFFD that could be taken for the mark of a byte is three of these.
local function show_high(s, i, style)
  local length, code = character(s, i)
  local char = length and s:sub(i, i + length - 1)
  if not length then
    return 1, style.byte(s:byte(i))
  elseif is_hidden(code) then
    return length, ("\\u%04x"):format(code)
  elseif style.json and char == REPLACEMENT and s:find("^%x%x", i + 3) then
    return length, (char:gsub(".", function(c)
      return style.byte(c:byte())
    end))
  end
  return length, char
end

-- What has bytes from 128 on.
local function show_all_high(s, style)
  local parts, at = {}, 1
  local i = s:find "[\128-\255]"
  while i do
    parts[#parts + 1] = s:sub(at, i - 1)
    local length, shown = show_high(s, i, style)
    parts[#parts + 1] = shown
    at = i + length
    i = s:find("[\128-\255]", at)
  end
  return table.concat(parts) .. s:sub(at)
end

local short = { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r" }
local quoted_short = { ['"'] = '\\"', ["\\"] = "\\\\" }
local json_short = { ["\b"] = "\\b", ["\f"] = "\\f" }

local function escapes(format, ...)
  local list = {}
  for byte = 0, 127 do
    list[string.char(byte)] = format:format(byte)
  end
  for _, more in ipairs { ... } do
    for char, shown in pairs(more) do
      list[char] = shown
    end
  end
  return list
end

-- stands: what of ASCII does, as it is in a set; low: how the rest is shown.
local function make_style(stands, low, byte)
  local free = {}
  for code = 1, 127 do
    local char = string.char(code)
    free[#free + 1] = char:find("[" .. stands .. "]") and char or nil
  end
  return {
    free = table.concat(free),
    others = "[^" .. stands .. "\128-\255]",
    low = low,
    byte = byte or hex_byte,
    json = byte == marked_byte,
  }
end

local BARE, QUOTED = " -~", " !#-[%]^-~" -- QUOTED: but for " and \

-- Rare: what stands as it is, as nearly all does, never comes here. The bytes
-- from 128 on last: what the first step makes has none.
local function escape(s, style)
  s = s:gsub(style.others, style.low)
  return s:find "[\128-\255]" and show_all_high(s, style) or s
end

jit.off(escape)

-- A function from a string to what is shown of it. LuaJIT compiles strspn into
-- the loop over events, but neither find nor gsub with a pattern.
local function shower(style)
  local free = style.free
  return function(s)
    if ffi.C.strspn(s, free) == #s then
      return s
    end
    return (escape(s, style))
  end
end

local plain = escapes("\\x%02x", short)

return {
  -- Lines of text.
  text = shower(make_style(BARE .. "\n\t", plain)),
  -- One line, or a field of one.
  line = shower(make_style(BARE, plain)),
  -- The same between double quotes.
  quoted = shower(make_style(QUOTED, escapes("\\x%02x", short, quoted_short))),
  -- A cell of CSV, which has quotes for the ends of lines.
  cell = shower(make_style(BARE .. "\n\t\r", plain)),
  -- A string of JSON: different ones stay different. A byte that is no character
  -- is U+FFFD and two digits.
  json = shower(make_style(QUOTED, escapes("\\u%04x", short, quoted_short,
    json_short), marked_byte)),
}
