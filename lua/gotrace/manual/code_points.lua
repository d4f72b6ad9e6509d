-- code_points.lua: characters beyond ASCII as numbers, for what has no bytes for them.

-- The number of a character in UTF-8.
local function number_of(char)
  local first = char:byte()
  local number = first < 0xe0 and first % 0x20 or first < 0xf0 and
    first % 0x10 or first % 0x08
  for i = 2, #char do
    number = number * 64 + char:byte(i) % 64
  end
  return number
end

-- replace(text, format): each such character as its number, in a format.
local function replace(text, format)
  return (text:gsub("[\194-\244][\128-\191]+", function(char)
    return format:format(number_of(char))
  end))
end

return { replace = replace }
