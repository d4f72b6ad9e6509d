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

ffi.cdef [[
bool gotrace_is_plain(const char *s, size_t len, bool lines);
bool gotrace_is_unquoted(const char *s, size_t len);
]]

local function ask_engine(s, lines)
  return ffi.C.gotrace_is_plain(s, #s, lines)
end

local function ask_engine_quoted(s)
  return ffi.C.gotrace_is_unquoted(s, #s)
end

-- What runs outside the program (the report of the bench) can take its time.
local function no_engine()
  return false
end

local has_engine = pcall(ask_engine, "", true)
local is_plain = has_engine and ask_engine or no_engine
local is_unquoted = has_engine and ask_engine_quoted or no_engine

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
    return length, (string.gsub(char, ".", function(c)
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

local function with(list, more)
  for key, value in pairs(more) do
    list[key] = value
  end
  return list
end

local function bare_short()
  return { ["\n"] = "\\n", ["\t"] = "\\t", ["\r"] = "\\r" }
end
local function quoted_short()
  return with(bare_short(), { ['"'] = '\\"', ["\\"] = "\\\\" })
end
local function json_short()
  return with(quoted_short(), { ["\b"] = "\\b", ["\f"] = "\\f" })
end

-- What shows a control: by its short form, or by its number.
local function control(short, format)
  return function(c)
    return short[c] or format:format(c:byte())
  end
end

local SEEN = " -~"
local UNQUOTED = " !#-[%]^-~" -- but for " and \

-- stands: what of ASCII does, as it is in a set.
local function make_style(stands, low, byte)
  return {
    others = "[^" .. stands .. "\128-\255]",
    low = low,
    byte = byte or hex_byte,
    json = byte == marked_byte,
  }
end

-- Rare: what stands as it is, as nearly all does, never comes here. The bytes
-- from 128 on last: what the first step makes has none.
local function escape(s, style)
  s = string.gsub(s, style.others, style.low)
  return s:find "[\128-\255]" and show_all_high(s, style) or s
end

jit.off(escape)

-- A function from a string to what is shown of it, where " and \ are nothing
-- special, and newlines and tabs stand in `lines`. LuaJIT compiles all but escape
-- into the loop over events.
local function bare(stands, lines)
  local style = make_style(stands, control(bare_short(), "\\x%02x"))
  return function(s)
    if is_plain(s, lines) then
      return s
    end
    return (escape(s, style))
  end
end

-- The same between double quotes.
local function quoted(low, byte)
  local style = make_style(UNQUOTED, low, byte)
  return function(s)
    if is_unquoted(s) then
      return s
    end
    return (escape(s, style))
  end
end

return {
  -- Lines of text.
  text = bare(SEEN .. "\n\t", true),
  -- One line, or a field of one.
  line = bare(SEEN, false),
  -- The same between double quotes.
  quoted = quoted(control(quoted_short(), "\\x%02x")),
  -- A cell of CSV, which has quotes for the ends of lines.
  cell = bare(SEEN .. "\n\t\r", true),
  -- A string of JSON: different ones stay different. A byte that is no character
  -- is U+FFFD and two digits.
  json = quoted(control(json_short(), "\\u%04x"), marked_byte),
}
