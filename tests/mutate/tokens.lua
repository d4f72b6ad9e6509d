-- The tokens of C or Lua, for what changes them: each { kind, text, at }, with kind
-- "name", "number", "string" or "sign" and `at` its first byte, from 1. Comments are
-- none, nor is what the preprocessor reads, or what asserts.
local languages = {
  c = {
    signs = { "<<=", ">>=", "...", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=",
      "/=", "%=", "&=", "|=", "^=" },
    skipped = {
      { "^/%*", "%*/" },
      { "^//", "\n" },
      { "^#ifn?def NDEBUG", "\n#endif" },
      { "^#", "[^\\]\n" },
    },
  },
  lua = {
    signs = { "...", "..", "==", "~=", "<=", ">=", "::" },
    skipped = {
      { "^%-%-%[%[", "%]%]" },
      { "^%-%-", "\n" },
      { "^#!", "\n" },
    },
  },
}

-- Where what begins at `at` and is no token ends; nil if nothing of that kind does.
local function skipped(language, text, at)
  for _, pair in ipairs(language.skipped) do
    if text:find(pair[1], at) then
      local _, last = text:find(pair[2], at)
      return (last or #text) + 1
    end
  end
end

local function string_end(text, at)
  local level = text:match("^%[(=*)%[", at)
  if level then
    return select(2, text:find("]" .. level .. "]", at, true))
  end
  local quote, i = text:match("^[\"']", at), at + 1
  while quote and text:sub(i, i) ~= quote do
    i = i + (text:sub(i, i) == "\\" and 2 or 1)
  end
  return quote and i
end

local function sign_at(language, text, at)
  for _, sign in ipairs(language.signs) do
    if text:sub(at, at + #sign - 1) == sign then
      return sign
    end
  end
  return text:sub(at, at)
end

local function token_at(language, text, at)
  local name = text:match("^[%a_][%w_]*", at)
  if name then
    return "name", name
  end
  local number = text:match("^0[xX]%x+%w*", at) or text:match("^%d[%w.]*", at)
  if number then
    return "number", number
  end
  local last = (language == languages.lua or text:find("^[\"']", at)) and string_end(text, at)
  if last then
    return "string", text:sub(at, last)
  end
  return "sign", sign_at(language, text, at)
end

-- tokens(text, name): all of them, in order. `name` is "c" or "lua".
return function(text, name)
  local language, out, at = languages[name], {}, 1
  while true do
    at = text:find("%S", at)
    if not at then
      return out
    end
    local behind = skipped(language, text, at)
    if not behind then
      local kind, found = token_at(language, text, at)
      out[#out + 1] = { kind = kind, text = found, at = at }
      behind = at + #found
    end
    at = behind
  end
end
