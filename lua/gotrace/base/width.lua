-- width.lua: how many columns of a terminal a text takes, and parts of it by columns.
--
-- Letters of East Asia and most pictures take two, marks that combine with the letter
-- before them none, as Unicode's EastAsianWidth and general categories have it in outline.

-- First and last code points, in ascending order.
local wide = {
  { 0x1100, 0x115F }, { 0x231A, 0x231B }, { 0x23E9, 0x23EC },
  { 0x2614, 0x2615 }, { 0x2648, 0x2653 }, { 0x26AA, 0x26AB },
  { 0x26BD, 0x26BE }, { 0x26C4, 0x26C5 }, { 0x2705, 0x2705 },
  { 0x270A, 0x270B }, { 0x274C, 0x274C }, { 0x2753, 0x2755 },
  { 0x2757, 0x2757 }, { 0x2795, 0x2797 }, { 0x2B1B, 0x2B1C },
  { 0x2B50, 0x2B50 }, { 0x2E80, 0x303E }, { 0x3041, 0xA4CF },
  { 0xA960, 0xA97F }, { 0xAC00, 0xD7A3 }, { 0xF900, 0xFAFF },
  { 0xFE30, 0xFE6F }, { 0xFF01, 0xFF60 }, { 0xFFE0, 0xFFE6 },
  { 0x16FE0, 0x1B2FB }, { 0x1F300, 0x1F64F }, { 0x1F680, 0x1F6FF },
  { 0x1F900, 0x1F9FF }, { 0x1FA70, 0x1FAFF }, { 0x20000, 0x3FFFD },
}
local none = {
  { 0x300, 0x36F }, { 0x483, 0x489 }, { 0x591, 0x5BD }, { 0x610, 0x61A },
  { 0x64B, 0x65F }, { 0x200B, 0x200F }, { 0x20D0, 0x20F0 }, { 0x3099, 0x309A },
  { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F },
}

local function is_in(ranges, code)
  for _, range in ipairs(ranges) do
    if code <= range[2] then
      return code >= range[1]
    end
  end
  return false
end

-- A character of UTF-8 as its code point.
local function code_of(char)
  local first, code = char:byte(), 0
  for i = 2, #char do
    code = code * 64 + char:byte(i) % 64
  end
  return first % 2 ^ (7 - #char) * 64 ^ (#char - 1) + code
end

local function of_char(char)
  local code = code_of(char)
  return is_in(none, code) and 0 or is_in(wide, code) and 2 or 1
end

local CHAR = "[^\128-\191][\128-\191]*"

-- of(s): its columns. s is UTF-8 without controls.
local function of(s)
  if not s:find "[\204-\255]" then -- below U+0300 all take one
    return select(2, s:gsub("[^\128-\191]", ""))
  end
  local n = 0
  for char in s:gmatch(CHAR) do
    n = n + (#char > 1 and of_char(char) or 1)
  end
  return n
end

-- first(s, n): the longest beginning of at most n columns.
local function first(s, n)
  local have, at = 0, 1
  for from, char in s:gmatch("()(" .. CHAR .. ")") do
    have = have + of(char)
    if have > n then
      return s:sub(1, from - 1)
    end
    at = from + #char
  end
  return s:sub(1, at - 1)
end

-- last(s, n): the longest end of at most n columns.
local function last(s, n)
  local over = of(s) - n
  for from, char in s:gmatch("()(" .. CHAR .. ")") do
    if over <= 0 and of(char) > 0 then
      return s:sub(from)
    end
    over = over - of(char)
  end
  return ""
end

return { of = of, first = first, last = last }
