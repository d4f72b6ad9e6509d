-- line.lua: a line of bash as far as it is written, as words without quotes; and what may
-- stand in it, with them. readline replaces what is behind the last break of a word, not
-- all of the word, and knows of an open quote.
local SPECIAL = "[^%w%-_./:=,+@%%~\128-\255]" -- what needs a \ outside of quotes

-- These end a command, and another begins.
local ends = { [";"] = true, ["|"] = true, ["&"] = true, ["("] = true,
  ["\n"] = true }

local function new_word()
  return { text = "", behind = "" }
end

local Line = {}
Line.__index = Line

function Line:put(text)
  self.word = self.word or new_word()
  self.word.text = self.word.text .. text
end

-- What is written from here on is what readline looks at.
function Line:mark()
  self.word = self.word or new_word()
  self.word.behind = self.word.text
end

function Line:finish_word()
  self.words[#self.words + 1] = self.word
  self.word = nil
end

-- A sign in single or double quotes.
function Line:quoted(sign, next_sign)
  if sign == self.quote then
    self.quote = nil
    self:mark()
  elseif sign == "\\" and self.quote == '"' and next_sign:find '["\\$`]' then
    self:put(next_sign)
    return 2
  else
    self:put(sign)
  end
  return 1
end

-- A sign outside of them.
function Line:plain(sign, next_sign)
  if sign == "'" or sign == '"' then
    self.quote = sign
    self:mark()
  elseif sign == "\\" then
    self:put(next_sign)
    return 2
  elseif ends[sign] then
    self.words, self.word = {}, nil
  elseif sign:find "%s" then
    if self.word then
      self:finish_word()
    end
  else
    self:put(sign)
    if self.breaks:find(sign, 1, true) then
      self:mark()
    end
  end
  return 1
end

-- read(text, breaks): the words of the last command of a line, the last one, which may be
-- empty, being written: a list of { text =, behind = what of it stands before the break },
-- and the quote that is open, or nil. breaks: COMP_WORDBREAKS.
local function read(text, breaks)
  local line = setmetatable({ words = {}, breaks = breaks }, Line)
  local at = 1
  while at <= #text do
    local sign, next_sign = text:sub(at, at), text:sub(at + 1, at + 1)
    at = at + (line.quote and line:quoted(sign, next_sign) or
      not line.quote and line:plain(sign, next_sign))
  end
  line.word = line.word or new_word()
  line:finish_word()
  return line.words, line.quote
end

-- escape(text): as a word, outside of quotes.
local function escape(text)
  return (text:gsub(SPECIAL, "\\%0"))
end

-- What stands for a candidate behind the break; nil: it cannot stand there.
local function shown(one, word, quote)
  if one.text:sub(1, #word.behind) ~= word.behind then
    return nil
  end
  local rest = one.text:sub(#word.behind + 1)
  if quote == "'" then
    return not rest:find("'", 1, true) and rest or nil
  elseif quote then -- readline takes the \" at the end for the closing one
    local closing = not one.part and rest:sub(-1) == '"' and '"' or ""
    return rest:gsub('["\\$`]', "\\%0") .. closing
  end
  return escape(rest) .. (one.part and "" or " ")
end

return { read = read, escape = escape, shown = shown }
