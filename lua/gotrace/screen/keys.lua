-- keys.lua: the keys that bytes from a terminal stand for.
local names = { ["\27[A"] = "up", ["\27OA"] = "up", ["\27[B"] = "down",
  ["\27OB"] = "down", ["\27[C"] = "right", ["\27OC"] = "right",
  ["\27[D"] = "left", ["\27OD"] = "left", ["\27[5~"] = "page up",
  ["\27[6~"] = "page down", ["\27[H"] = "home", ["\27OH"] = "home",
  ["\27[1~"] = "home", ["\27[F"] = "end", ["\27OF"] = "end",
  ["\27[4~"] = "end", ["\27[Z"] = "back tab", ["\27"] = "escape",
  ["\r"] = "enter", ["\n"] = "enter", ["\t"] = "tab", ["\127"] = "backspace",
  ["\8"] = "backspace", ["\21"] = "clear", ["\12"] = "redraw" }

-- The bytes of one key at the beginning of a text.
local function first(text)
  return text:match "^\27%[[%d;]*[%a~]" or text:match "^\27O%a" or
    text:match "^[\194-\244][\128-\191]*" or text:sub(1, 1)
end

-- is_partial(text): whether the rest of a key may be on its way.
local function is_partial(text)
  return text:find "\27$" ~= nil or text:find "\27[%[O][%d;]*$" ~= nil or
    text:find "[\194-\244][\128-\191]*$" ~= nil and #text < 4
end

-- each(text): an iterator over the names of keys; one that is a character is its own name,
-- one that is not known "".
local function each(text)
  return function()
    if text == "" then
      return nil
    end
    local key = first(text)
    text = text:sub(#key + 1)
    return names[key] or key:find "^[%z\1-\31]" and "" or key
  end
end

return { each = each, is_partial = is_partial }
