-- lexer.lua: an expression as tokens, as LuaJIT cuts text into them.
--
-- Nothing is judged here: what no Lua has ("5ms", "&&", "!=") comes out as a
-- token too, so that whoever reads an expression can say what is wrong with it.
-- A token is { kind =, text = as written, at = its first byte, from 1 } and
--   name     and, or, end ... are of kind "keyword"
--   number   value =, nil for what is none: 5ms has number = 5, suffix = "ms"
--   string   value =
--   op       a sign or several: == ~= .. ... :: and, unlike Lua, != && ||
local keywords = {}
for word in ([[and break do else elseif end false for function goto if in local
  nil not or repeat return then true until while]]):gmatch "%a+" do
  keywords[word] = true
end

-- Signs of several characters, the longest first.
local signs = { "...", "===", "!==", "..", "==", "~=", "!=", "<=", ">=", "::",
  "&&", "||", "<<", ">>", "//", "=~", "!~", "<>", "=>", "=<", ":=",
  "??" }

-- What stands at `at`: a token's kind and where it ends, nil if it is none of
-- that kind, false and what is wrong if it is broken.
local read = {}

function read.name(text, at)
  local last = select(2, text:find("^[%a_\128-\255][%w_\128-\255]*", at))
  if last then
    return keywords[text:sub(at, last)] and "keyword" or "name", last
  end
end

-- As Lua: whatever may belong to a number, with a sign behind an exponent.
function read.number(text, at)
  local _, last = text:find("^%.?%d", at)
  if not last then
    return nil
  end
  local exponent = text:find("^0[xX]", at) and "^[pP][+-]" or "^[eE][+-]"
  repeat
    local _, signed = text:find(exponent, last + 1)
    local _, more = text:find("^[%w_.\128-\255]", signed and signed or last + 1)
    local before = last
    last = signed or more or last
  until last == before
  return "number", last
end

-- Where the long bracket that begins at `at` ends; nil if none begins there.
local function long_bracket(text, at)
  local level = text:match("^%[(=*)%[", at)
  if level then
    local _, last = text:find("]" .. level .. "]", at + 2 + #level, true)
    return last or false
  end
end

local function quoted(text, at)
  local quote, i = text:sub(at, at), at + 1
  while i <= #text do
    local c = text:sub(i, i)
    if c == quote then
      return i
    elseif c == "\n" or c == "\r" then
      return false
    end
    i = i + (c == "\\" and 2 or 1)
  end
  return false
end

function read.string(text, at)
  local last = text:find("^[\"']", at) and quoted(text, at)
  if last == nil then
    last = long_bracket(text, at)
  end
  if last then
    return "string", last
  elseif last == false then
    return false, "a string that does not end"
  end
end

function read.op(text, at)
  for _, sign in ipairs(signs) do
    if text:sub(at, at + #sign - 1) == sign then
      return "op", at + #sign - 1
    end
  end
  return "op", at
end

local order = { read.name, read.number, read.string, read.op }

-- Where the next token begins, behind white space and comments; false if a
-- comment does not end.
local function skip(text, at)
  while true do
    at = text:find("[^%s]", at) or #text + 1
    if text:sub(at, at + 1) ~= "--" then
      return at
    end
    local last = long_bracket(text, at + 2)
    if last == false then
      return false
    end
    at = (last or text:find("[\r\n]", at) or #text) + 1
  end
end

-- What a literal says is for Lua to tell, where it is not plain.
local function value_of(literal)
  if literal:find "^%d+$" then
    return tonumber(literal)
  elseif literal:find "^[\"'][^\\]*$" then
    return literal:sub(2, -2)
  end
  local chunk = load("return " .. literal, "=", "t", {})
  return chunk and chunk()
end

local function new_token(kind, text, at)
  local token = { kind = kind, text = text, at = at }
  if kind == "number" or kind == "string" then
    token.value = value_of(text)
  end
  if kind == "number" and token.value == nil then
    local number, suffix = text:match "^([%d.]+)(%D.*)$"
    token.number, token.suffix = tonumber(number), suffix
  end
  return token
end

local function next_token(text, at)
  for _, try in ipairs(order) do
    local kind, last = try(text, at)
    if kind == false then
      return nil, last
    elseif kind then
      return new_token(kind, text:sub(at, last), at), last + 1
    end
  end
end

-- tokens(text): the list of its tokens; or nil, what is wrong, and where.
local function tokens(text)
  local list, at = {}, skip(text, 1)
  while at and at <= #text do
    local token, behind = next_token(text, at)
    if not token then
      return nil, behind, at
    end
    list[#list + 1] = token
    at = skip(text, behind)
  end
  if not at then
    return nil, "a comment that does not end", #text
  end
  return list
end

return { tokens = tokens }
